/** Lengths, angles and distances of vectors. */
import { isFloat } from '../../core/dtype.ts';
import { DTypeError, OptionError } from '../../core/errors.ts';
import { broadcastShapes } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { resultType, spoken } from '../impl/common.ts';
import { vectorNorm } from '../linalg/norms.ts';
import { checkTensor, type Tensor } from '../tensor.ts';

export { pdist } from '../functions/distances.ts';

/** Options of {@link cosineSimilarity}. */
export interface CosineOptions {
  /** The dim along which the vectors lie: 1 by default. */
  readonly dim?: number;
  /** The least length that is divided by: 1e-8 by default. */
  readonly eps?: number;
}
/**
 * The cosine of the angle between vectors: x₁·x₂/(max(‖x₁‖, eps)·max(‖x₂‖, eps)). Shapes broadcast. Source:
 * torch.nn.functional.cosine_similarity.
 *
 * @throws ShapeError where shapes do not broadcast, DTypeError for integers, OptionError for eps below 0.
 * @example
 * await functional.cosineSimilarity(tensor([[3, 4]]).float(), tensor([[4, 3]]).float()).tolist(); // [0.96]
 */
export function cosineSimilarity(
  x1: Tensor,
  x2: Tensor,
  ...rest: OptionalArgs<[dim: number, eps: number], CosineOptions>
): Tensor {
  checkTensor('cosineSimilarity', x1, 'x1');
  checkTensor('cosineSimilarity', x2, 'x2');
  const { dim = 1, eps = 1e-8 } = optionalArgs<CosineOptions>('cosineSimilarity', ['dim', 'eps'], rest);
  if (!(eps >= 0)) throw new OptionError(`eps must be non-negative, got: ${eps}\n  in cosineSimilarity`);
  const dtype = resultType(x1.impl, x2.impl);
  if (!isFloat(dtype))
    throw new DTypeError(
      `expected common dtype to be floating point, yet common dtype is ${spoken[dtype]}\n  in cosineSimilarity; cast with .float()`,
    );
  const shape = broadcastShapes('cosineSimilarity', x1.shape, x2.shape);
  return composed('SumBackward1', () => {
    const unit = (x: Tensor): Tensor => {
      const wide = x.to(dtype).expand(shape);
      const length = vectorNorm(wide, { dim, keepdim: true });
      // PyTorch raises short lengths to eps without telling the gradient.
      const raised = length.sub(length.detach()).add(eps);
      return wide.div(raised.where(length.lt(eps), length));
    };
    return unit(x1).mul(unit(x2)).sum(dim);
  });
}

/** Options of {@link pairwiseDistance}. */
export interface PairwiseOptions {
  /** The norm: 2 by default. */
  readonly p?: number;
  /** Added to each difference, so that the gradient of equal vectors is finite: 1e-6 by default. */
  readonly eps?: number;
  readonly keepdim?: boolean;
}
/**
 * The distance ‖x₁ − x₂ + eps‖ of vectors along the last dim. Shapes broadcast. Source: torch.nn.functional.pairwise_distance.
 *
 * @throws ShapeError where shapes do not broadcast.
 * @example
 * await functional.pairwiseDistance(tensor([[3, 4]]), tensor([[0, 0]])).tolist(); // [5]
 */
export function pairwiseDistance(
  x1: Tensor,
  x2: Tensor,
  ...rest: OptionalArgs<[p: number, eps: number, keepdim: boolean], PairwiseOptions>
): Tensor {
  checkTensor('pairwiseDistance', x1, 'x1');
  checkTensor('pairwiseDistance', x2, 'x2');
  const names = ['p', 'eps', 'keepdim'] as const;
  const { p = 2, eps = 1e-6, keepdim = false } = optionalArgs<PairwiseOptions>('pairwiseDistance', names, rest);
  return composed('NormBackward1', () => vectorNorm(x1.sub(x2).add(eps), { ord: p, dim: -1, keepdim }));
}

/** Options of {@link normalize}. */
export interface NormalizeOptions {
  /** The norm: 2 by default. */
  readonly p?: number;
  /** The dim, or dims, along which the vectors lie: 1 by default. */
  readonly dim?: number | readonly number[];
  /** The least length that is divided by: 1e-12 by default. */
  readonly eps?: number;
}
/**
 * Vectors of length 1: x/max(‖x‖, eps). Source: torch.nn.functional.normalize.
 *
 * @throws ShapeError for a dim that does not exist, DTypeError for integers.
 * @example
 * await functional.normalize(tensor([[3, 4]]).float()).tolist(); // [[0.6, 0.8]]
 */
export function normalize(
  input: Tensor,
  ...rest: OptionalArgs<[p: number, dim: number | readonly number[], eps: number], NormalizeOptions>
): Tensor {
  checkTensor('normalize', input);
  const { p = 2, dim = 1, eps = 1e-12 } = optionalArgs<NormalizeOptions>('normalize', ['p', 'dim', 'eps'], rest);
  return composed('DivBackward0', () => input.div(vectorNorm(input, { ord: p, dim, keepdim: true }).clamp(eps)));
}
