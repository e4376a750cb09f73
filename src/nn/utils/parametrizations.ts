/** torch.nn.utils.parametrizations: weights of a norm, of a spectral norm, and orthogonal ones. */
import { OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape, sameShape } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../../tensor/arguments.ts';
import { eye, ones, randn, zeros } from '../../tensor/create.ts';
import { normalize } from '../../tensor/functional/index.ts';
import { cat, where } from '../../tensor/functions/core.ts';
import { householderProduct, matrixExp, qr, solve } from '../../tensor/linalg/index.ts';
import { noGrad, Tensor } from '../../tensor/tensor.ts';
import { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from '../conv-transpose.ts';
import { Module } from '../module.ts';
import { NoInverse, registerParametrization } from './parametrize.ts';

/** Which tensor of the module, and the dim of its outputs. */
export interface NormOptions {
  /** The parameter's name. Default `'weight'`. */
  readonly name?: string;
  readonly dim?: number | null;
}
/** Settings of {@link spectralNorm}. */
export interface SpectralNormOptions extends NormOptions {
  /** Iterations at each use in training. Default 1. */
  readonly nPowerIterations?: number;
  /** The least length that is divided by. Default 1e-12. */
  readonly eps?: number;
}

/** The tensor to be parametrized. */
function tensorOf(module: Module, name: string): Tensor {
  const found: unknown = Reflect.get(module, name);
  if (found instanceof Tensor) return found;
  throw new OptionError(`Module '${module}' has no parameter or buffer with name '${name}'`);
}

/** Lengths along all dims but `dim`, of size 1; of everything, 0-d, for −1. */
export function normExceptDim(v: Tensor, dim: number): Tensor {
  if (dim === -1) return v.square().sum().sqrt();
  const others = v.shape.flatMap((_, i) => (i === dim ? [] : [i]));
  return (others.length === 0 ? v.square() : v.square().sum(others, true)).sqrt();
}
/** v in length g. */
export const rescaled = (v: Tensor, g: Tensor, dim: number): Tensor => v.mul(g.div(normExceptDim(v, dim)));

class _WeightNorm extends Module {
  readonly dim: number;
  constructor(dim: number | null) {
    super();
    this.dim = dim ?? -1;
  }
  override forward(g: Tensor, v: Tensor): Tensor {
    return rescaled(v, g, this.dim);
  }
  rightInverse(weight: Tensor): Tensor[] {
    return [normExceptDim(weight, this.dim), weight];
  }
}

/**
 * Learns the length and the direction of a weight apart: g·v/|v|, with a length for each index of `dim`, or one for all with
 * `dim: null`. Source: torch.nn.utils.parametrizations.weight_norm, arXiv 1602.07868.
 *
 * @throws OptionError where there is no such parameter.
 * @example
 * const layer = nn.utils.parametrizations.weightNorm(new nn.Linear(20, 40));
 * layer.getParameter('parametrizations.weight.original0').shape; // [40, 1]
 */
export function weightNorm<M extends Module>(
  module: M,
  ...rest: OptionalArgs<[name: string, dim: number | null], NormOptions>
): M {
  const { name = 'weight', dim = 0 } = optionalArgs<NormOptions>('weightNorm', ['name', 'dim'], rest);
  const { ndim } = tensorOf(module, name);
  registerParametrization(module, name, new _WeightNorm(dim !== null && dim < -1 ? dim + ndim : dim), { unsafe: true });
  // As the older function of this name called them.
  module.registerLoadStateDictPreHook((_, state, prefix) => {
    const [g, v] = [state.get(`${prefix}${name}_g`), state.get(`${prefix}${name}_v`)];
    if (!g || !v) return;
    for (const [i, [suffix, t]] of (
      [
        ['g', g],
        ['v', v],
      ] as const
    ).entries()) {
      state.delete(`${prefix}${name}_${suffix}`);
      state.set(`${prefix}parametrizations.${name}.original${i}`, t);
    }
  });
  return module;
}

const unit = (length: number, like: Tensor, eps: number): Tensor =>
  noGrad(() => normalize(randn([length], { dtype: 'float32', device: like.device }), { dim: 0, eps }));

class _SpectralNorm extends Module {
  readonly dim: number;
  readonly eps: number;
  readonly nPowerIterations: number;
  declare _u: Tensor;
  declare _v: Tensor;

  constructor(weight: Tensor, nPowerIterations: number, dim: number, eps: number) {
    super();
    const { ndim } = weight;
    if (dim >= ndim || dim < -ndim)
      throw new ShapeError(
        `Dimension out of range (expected to be in range of [-${ndim}, ${ndim - 1}] but got ${dim})`,
      );
    if (!(nPowerIterations > 0))
      throw new OptionError(
        `Expected n_power_iterations to be positive, but got n_power_iterations=${nPowerIterations}`,
      );
    this.dim = dim < 0 ? dim + ndim : dim;
    this.eps = eps;
    this.nPowerIterations = nPowerIterations;
    if (ndim < 2) return;
    const matrix = asMatrix(weight.detach(), this.dim);
    this.registerBuffer('_u', unit(matrix.shape[0]!, weight, eps));
    this.registerBuffer('_v', unit(matrix.shape[1]!, weight, eps));
    this.iterate(matrix, 15);
  }
  private iterate(matrix: Tensor, times: number): void {
    const { eps } = this;
    noGrad(() => {
      for (let i = 0; i < times; i++) {
        this._u.copy_(normalize(matrix.matmul(this._v), { dim: 0, eps }));
        this._v.copy_(normalize(matrix.t().matmul(this._u), { dim: 0, eps }));
      }
    });
  }
  override forward(weight: Tensor): Tensor {
    if (weight.ndim < 2) return normalize(weight, { dim: 0, eps: this.eps });
    const matrix = asMatrix(weight, this.dim);
    if (this.training) this.iterate(matrix.detach(), this.nPowerIterations);
    return weight.div(greatestValue(matrix, this._u, this._v));
  }
  rightInverse(value: Tensor): Tensor {
    return value;
  }
}

/** A weight as matrix, its `dim` first. */
export function asMatrix(weight: Tensor, dim: number): Tensor {
  const front = dim === 0 ? weight : weight.permute([dim, ...weight.shape.flatMap((_, i) => (i === dim ? [] : [i]))]);
  return front.flatten(1);
}
/** uᵀWv. Of copies: the vectors change before backward() where a network is used twice. */
export const greatestValue = (matrix: Tensor, u: Tensor, v: Tensor): Tensor =>
  u.clone().mul(matrix.matmul(v.clone())).sum();

/** 1 for transposed convolutions, whose outputs lie along the second dim of their weight. */
export const outputDim = (module: Module): number =>
  module instanceof ConvTranspose1d || module instanceof ConvTranspose2d || module instanceof ConvTranspose3d ? 1 : 0;

export const spectralNormNames = ['name', 'nPowerIterations', 'eps', 'dim'] as const;

/**
 * Divides a weight by its greatest singular value, which is estimated by a power iteration at each use in training. Source:
 * torch.nn.utils.parametrizations.spectral_norm, arXiv 1802.05957.
 *
 * @throws OptionError where there is no such parameter.
 * @example
 * const layer = nn.utils.parametrizations.spectralNorm(new nn.Linear(20, 40));
 * [...layer.stateDict().keys()][1]; // 'parametrizations.weight.original'
 */
export function spectralNorm<M extends Module>(
  module: M,
  ...rest: OptionalArgs<[name: string, nPowerIterations: number], SpectralNormOptions>
): M {
  const options = optionalArgs<SpectralNormOptions>('spectralNorm', spectralNormNames, rest);
  const { name = 'weight', nPowerIterations = 1, eps = 1e-12, dim } = options;
  const weight = tensorOf(module, name);
  return registerParametrization(
    module,
    name,
    new _SpectralNorm(weight, nPowerIterations, dim ?? outputDim(module), eps),
  );
}

/** How a matrix becomes an orthogonal one. */
export type OrthogonalMap = 'matrix_exp' | 'cayley' | 'householder' | 'matrixExp';
/** Settings of {@link orthogonal}. */
export interface OrthogonalOptions {
  /** The parameter's name. Default `'weight'`. */
  readonly name?: string;
  /** Default: `'matrix_exp'` for square matrices, `'householder'` for others. */
  readonly orthogonalMap?: OrthogonalMap | null;
  /** Learn the way from a fixed orthogonal matrix, so that the parameter can be set. Default true. */
  readonly useTrivialization?: boolean;
}

/** The orthogonal factor of a matrix whose triangular one has a positive diagonal. */
function orthogonalFactor(matrix: Tensor): Tensor {
  const { Q, R } = qr(matrix);
  return Q.mul(R.diagonal(0, -2, -1).sign().unsqueeze(-2));
}

/**
 * The reflections that make a tall matrix (…, n, k) triangular, below the diagonal, and on it the signs of that of the triangular
 * one, or the contrary for a column that needs no reflection. Source: LAPACK's geqrf.
 */
function reflectors(matrix: Tensor): Tensor {
  const [n, k] = [matrix.shape.at(-2)!, matrix.shape.at(-1)!];
  const { dtype, device } = matrix;
  const batch = matrix.shape.slice(0, -2);
  const columns: Tensor[] = [];
  let rest = matrix;
  for (let j = 0; j < k; j++) {
    const x = rest.at('...', [0, 1]);
    const [head, tail] = [x.at('...', [0, 1], ':'), x.at('...', [1, null], ':')];
    const none = tail.square().sum(-2, true).eq(0);
    const length = x.square().sum(-2, true).sqrt();
    const beta = where(none, head, where(head.ge(0), length.neg(), length));
    const below = where(none, tail.mul(0), tail.div(head.sub(beta)));
    const tau = where(none, head.mul(0), beta.sub(head).div(beta));
    const sign = where(none, beta.sign().neg(), beta.sign());
    columns.push(cat([zeros([...batch, j, 1], { dtype, device }), sign, below], -2));
    const v = cat([ones(head.shape, { dtype, device }), below], -2);
    rest = rest.sub(tau.mul(v).matmul(v.mT.matmul(rest))).at('...', [1, null], [1, null]);
  }
  return columns.length > 0 ? cat(columns, -1) : matrix.clone().reshape([...batch, n, k]);
}

class _Orthogonal extends Module {
  private readonly shape: readonly number[];
  private readonly map: Exclude<OrthogonalMap, 'matrixExp'>;
  private readonly trivialized: boolean;
  base: Tensor | null = null;

  constructor(weight: Tensor, map: Exclude<OrthogonalMap, 'matrixExp'>, trivialized: boolean) {
    super();
    this.shape = weight.shape;
    this.map = map;
    this.trivialized = trivialized;
    if (trivialized) this.registerBuffer('base', null);
  }

  override forward(input: Tensor): Tensor {
    const wide = input.shape.at(-2)! < input.shape.at(-1)!;
    const X = wide ? input.mT : input;
    const made = this.map === 'householder' ? reflections(X) : this.rotation(X);
    const Q = this.base ? this.base.matmul(made) : made;
    return wide ? Q.mT : Q;
  }
  /** Of a skew-symmetric matrix. */
  private rotation(X: Tensor): Tensor {
    const [n, k] = [X.shape.at(-2)!, X.shape.at(-1)!];
    const { dtype, device } = X;
    const lower = X.tril();
    const empty = zeros([...X.shape.slice(0, -1), n - k], { dtype, device });
    const square = n === k ? lower : cat([lower, empty], -1);
    const A = square.sub(square.mT);
    const unit = eye(n, { dtype, device });
    const Q = this.map === 'matrix_exp' ? matrixExp(A) : solve(unit.sub(A.mul(0.5)), unit.add(A.mul(0.5)));
    return n === k ? Q : Q.at('...', [0, k]);
  }

  rightInverse(value: Tensor): Tensor {
    if (!sameShape(value.shape, this.shape))
      throw new ShapeError(
        `Expected a matrix or batch of matrices of shape ${formatShape(this.shape)}. Got a tensor of shape ${formatShape(value.shape)}.`,
      );
    const wide = value.shape.at(-2)! < value.shape.at(-1)!;
    const tall = wide ? value.mT : value;
    const [n, k] = [tall.shape.at(-2)!, tall.shape.at(-1)!];
    if (!this.trivialized) {
      if (this.map !== 'householder')
        throw new NoInverse(
          'It is not possible to assign to the matrix exponential or the Cayley parametrizations when use_trivialization=False.',
        );
      const made = reflectors(tall);
      return wide ? made.mT : made;
    }
    const { dtype, device } = value;
    const full =
      n === k
        ? tall
        : cat([tall, randn([...tall.shape.slice(0, -1), n - k], { dtype: dtype as 'float32', device })], -1);
    this.base = orthogonalFactor(full).detach().keep();
    return eye(value.shape.at(-2)!, value.shape.at(-1)!, { dtype, device }).neg().expand(value.shape).clone();
  }
}
/** The product of the reflections below the diagonal; on it are signs, which are not learnt. */
function reflections(X: Tensor): Tensor {
  const A = X.tril(-1);
  const tau = A.square().sum(-2).add(1).reciprocal().mul(2);
  const signs = X.detach().diagonal(0, -2, -1).int().to(X.dtype);
  return householderProduct(A, tau).mul(signs.unsqueeze(-2));
}
/**
 * Keeps a matrix, or a batch of them, orthogonal: QᵀQ = I where it is tall, QQᵀ = I where it is wide. Source:
 * torch.nn.utils.parametrizations.orthogonal.
 *
 * @throws OptionError for less than 2 dims, or an unknown map.
 * @example
 * const layer = nn.utils.parametrizations.orthogonal(new nn.Linear(2, 3));
 * const near = layer.weight.t().matmul(layer.weight).sub(eye(2)).abs().amax();
 * (await near.item()) < 1e-5; // true
 */
export function orthogonal<M extends Module>(
  module: M,
  ...rest: OptionalArgs<[name: string, orthogonalMap: OrthogonalMap | null], OrthogonalOptions>
): M {
  const names = ['name', 'orthogonalMap', 'useTrivialization'] as const;
  const options = optionalArgs<OrthogonalOptions>('orthogonal', names, rest);
  const { name = 'weight', orthogonalMap, useTrivialization = true } = options;
  const weight = tensorOf(module, name);
  if (weight.ndim < 2)
    throw new OptionError(`Expected a matrix or batch of matrices. Got a tensor of ${weight.ndim} dimensions.`);
  const isSquare = weight.shape.at(-2) === weight.shape.at(-1);
  const map = orthogonalMap ?? (isSquare ? 'matrix_exp' : 'householder');
  const known = map === 'matrixExp' ? 'matrix_exp' : map;
  if (!['matrix_exp', 'cayley', 'householder'].includes(known))
    throw new OptionError(`orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: ${map}`);
  return registerParametrization(module, name, new _Orthogonal(weight, known, useTrivialization), { unsafe: true });
}
