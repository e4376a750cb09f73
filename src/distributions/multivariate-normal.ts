/** The normal distribution of vectors. */
import { describe, OptionError, wrongType } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { eye } from '../tensor/create.ts';
import { broadcastShapes } from '../tensor/functions/views.ts';
import { cholesky, solveTriangular } from '../tensor/linalg/index.ts';
import { scope } from '../tensor/scope.ts';
import { Tensor } from '../tensor/tensor.ts';
import { type Constraint, lowerCholesky, positiveDefinite, realVector } from './constraints.ts';
import { Distribution } from './distribution.ts';
import { normalDraw } from './draws.ts';
import { halfLog2Pi } from './normal.ts';
import { broadcastAll, checkedFlag, type DistributionOptions } from './parameters.ts';

/** Options of {@link MultivariateNormal}, of which exactly one matrix is to be given. */
export interface MultivariateNormalOptions extends DistributionOptions {
  /** The covariances (…, N, N), positive-definite. */
  readonly covarianceMatrix?: Tensor | null;
  /** Their inverse. */
  readonly precisionMatrix?: Tensor | null;
  /** Their lower triangular factor, with a positive diagonal: the cheapest. */
  readonly scaleTril?: Tensor | null;
}
const kinds = ['covarianceMatrix', 'precisionMatrix', 'scaleTril'] as const;
const spoken = {
  covarianceMatrix: 'covariance_matrix',
  precisionMatrix: 'precision_matrix',
  scaleTril: 'scale_tril matrix',
};
const allowed = { covarianceMatrix: positiveDefinite, precisionMatrix: positiveDefinite, scaleTril: lowerCholesky };

const factors = {
  scaleTril: (matrix: Tensor) => matrix,
  covarianceMatrix: (matrix: Tensor) => cholesky(matrix),
  // The factor of the inverse: that of the matrix read backwards, read backwards and inverted.
  precisionMatrix: (matrix: Tensor) => inverseOf(cholesky(matrix.flip([-2, -1])).flip([-2, -1]).mT),
};
/** The inverse of a lower triangular matrix. */
export function inverseOf(lower: Tensor): Tensor {
  const { dtype, device } = lower;
  return solveTriangular(lower, eye(lower.shape.at(-1)!, { dtype, device }), { upper: false });
}
/** x·Mᵀ for vectors x in the last dim. */
export const applied = (matrix: Tensor, x: Tensor): Tensor => x.unsqueeze(-2).matmul(matrix.mT).squeeze(-2);
/** The sum of the logarithms of the diagonal. */
export const logDiagonal = (lower: Tensor): Tensor => lower.diagonal({ dim1: -2, dim2: -1 }).log().sum(-1);

/**
 * The normal distribution of vectors of mean `loc` (…, N), with one of `covarianceMatrix`, `precisionMatrix` and `scaleTril` (…, N, N).
 * Leading dims broadcast. Source: torch.distributions.MultivariateNormal.
 *
 * @throws OptionError unless exactly one matrix is given, and (at the next read) for one that is not of its kind; ShapeError for
 * shapes that do not fit.
 * @example
 * const scaleTril = tensor([[1, 0], [1, 1]]).float();
 * const d = new distributions.MultivariateNormal(tensor([0, 1]), { scaleTril });
 * d.rsample([5]).shape; // [5, 2]
 * await d.logProb(tensor([1, 1])).item(); // -2.8379
 * await d.covarianceMatrix.tolist(); // [[1, 1], [1, 2]]
 */
export class MultivariateNormal extends Distribution {
  /** The mean. */
  readonly loc: Tensor;
  private readonly tril: Tensor;

  constructor(
    loc: Tensor,
    ...rest: OptionalArgs<
      [covarianceMatrix: Tensor | null, precisionMatrix: Tensor | null, scaleTril: Tensor | null],
      MultivariateNormalOptions
    >
  ) {
    const name = 'MultivariateNormal';
    const options = optionalArgs<MultivariateNormalOptions>(name, [...kinds, 'validateArgs'], rest);
    if (!(loc instanceof Tensor)) wrongType(name, 'loc', 'a tensor', loc);
    if (loc.ndim < 1) throw new OptionError(`loc must be at least one-dimensional.\n  in ${name}`);
    const given = kinds.filter((kind) => options[kind] !== undefined && options[kind] !== null);
    const [kind] = given;
    if (!kind || given.length > 1)
      throw new OptionError(
        `Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.\n  in ${name}: got ${describe(given)}`,
      );
    const matrix = options[kind]!;
    if (!(matrix instanceof Tensor)) wrongType(name, kind, 'a tensor', matrix);
    if (matrix.ndim < 2)
      throw new OptionError(
        `${spoken[kind]} must be at least two-dimensional, with optional leading batch dimensions\n  in ${name}`,
      );
    const batchShape = broadcastShapes(matrix.shape.slice(0, -2), loc.shape.slice(0, -1));
    const [n] = broadcastShapes(matrix.shape.slice(-1), loc.shape.slice(-1)) as [number];
    const floats = {
      ...broadcastAll(name, { loc: loc.expand([...batchShape, n]) }),
      ...broadcastAll(name, { matrix: matrix.expand([...batchShape, n, n]) }),
    };
    super({
      name,
      batchShape,
      eventShape: [n],
      like: floats.loc,
      parameters: { loc: [floats.loc, realVector], [kind]: [floats.matrix, allowed[kind]] },
      validateArgs: checkedFlag(name, options.validateArgs),
    });
    this.loc = floats.loc;
    this.tril = scope(() => factors[kind](floats.matrix));
  }
  override get hasRsample(): boolean {
    return true;
  }
  override get support(): Constraint {
    return realVector;
  }
  /** The lower triangular factor of the covariances. */
  get scaleTril(): Tensor {
    return this.tril;
  }
  /** The covariances. */
  get covarianceMatrix(): Tensor {
    return this.tril.matmul(this.tril.mT);
  }
  /** The inverse of the covariances. */
  get precisionMatrix(): Tensor {
    return scope(() => {
      const inverse = inverseOf(this.tril);
      return inverse.mT.matmul(inverse);
    });
  }
  protected override expanded(shape: Shape): MultivariateNormal {
    const scaleTril = this.tril.expand([...shape, ...this.eventShape, ...this.eventShape]);
    const loc = this.loc.expand([...shape, ...this.eventShape]);
    return new MultivariateNormal(loc, { scaleTril, validateArgs: false });
  }
  protected override draw(shape: Shape): Tensor {
    return applied(this.tril, normalDraw(this.like, shape)).add(this.loc);
  }
  protected override logProbOf(value: Tensor): Tensor {
    const distance = applied(inverseOf(this.tril), value.sub(this.loc)).square().sum(-1);
    return distance
      .mul(-0.5)
      .sub(logDiagonal(this.tril))
      .sub(halfLog2Pi * this.eventShape[0]!);
  }
  protected override entropyOf(): Tensor {
    return logDiagonal(this.tril).add((0.5 + halfLog2Pi) * this.eventShape[0]!);
  }
  protected override meanOf(): Tensor {
    return this.loc;
  }
  protected override varianceOf(): Tensor {
    return this.tril.square().sum(-1);
  }
  protected override modeOf(): Tensor {
    return this.loc;
  }
}
