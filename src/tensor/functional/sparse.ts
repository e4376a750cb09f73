/** Class indices: one-hot vectors, embeddings and bags of them. */
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import * as impl from '../impl/embedding.ts';
import { type BagMode, embeddingBag as bags } from '../impl/embedding-bag.ts';
import { Tensor, varOf } from '../tensor.ts';
import { optional } from './arguments.ts';

/** Options of {@link oneHot}. */
export interface OneHotOptions {
  /** Length of the vectors; −1 or left out: one more than the greatest index. */
  readonly numClasses?: number;
}
/**
 * 1 at each class index, 0 elsewhere: int32 of shape (*, numClasses). Without numClasses the indices must have come from the
 * host. Source: torch.nn.functional.one_hot.
 *
 * @throws ShapeError for an index out of range, OptionError where the number of classes is unknown.
 * @example
 * await functional.oneHot(tensor([2, 0]), 3).tolist(); // [[0, 0, 1], [1, 0, 0]]
 */
export function oneHot(input: Tensor, ...rest: OptionalArgs<[numClasses: number], OneHotOptions>): Tensor<'int32'> {
  const { numClasses } = optionalArgs<OneHotOptions>('oneHot', ['numClasses'], rest);
  return new Tensor(impl.oneHot(varOf('oneHot', input), numClasses));
}

/** Options of {@link embedding}. */
export interface EmbeddingOptions {
  /** The row that stands for nothing: it gets no gradient. Negative counts from the end. */
  readonly paddingIdx?: number | null;
  /** Rows looked up with a greater norm are first scaled down to it, in `weight` itself and outside the tape. */
  readonly maxNorm?: number | null;
  /** Which norm that is (default 2). */
  readonly normType?: number;
  /** Divide the gradient of each row by how often it is looked up. */
  readonly scaleGradByFreq?: boolean;
  /** Accepted for PyTorch's sake: gradients are always dense. */
  readonly sparse?: boolean;
}
const embeddingNames = ['paddingIdx', 'maxNorm', 'normType', 'scaleGradByFreq', 'sparse'] as const;

/**
 * Rows of `weight` (V, D) at int32 indices (*): (*, D). Source: torch.nn.functional.embedding.
 *
 * @throws ShapeError for an index outside the table.
 * @example
 * const table = tensor([[1, 2], [3, 4]]);
 * await functional.embedding(tensor([1, 0, 1]), table).tolist(); // [[3, 4], [1, 2], [3, 4]]
 */
export function embedding(
  input: Tensor,
  weight: Tensor,
  ...rest: OptionalArgs<[paddingIdx: number | null, maxNorm: number | null], EmbeddingOptions>
): Tensor {
  const o = optionalArgs<EmbeddingOptions>('embedding', embeddingNames, rest);
  const table = varOf('embedding', weight, 'weight');
  return new Tensor(impl.embedding(varOf('embedding', input), table, lookup(o)));
}
const lookup = (o: EmbeddingOptions): impl.Lookup => ({
  paddingIdx: o.paddingIdx ?? null,
  maxNorm: o.maxNorm ?? null,
  normType: o.normType ?? 2,
  scaleGradByFreq: o.scaleGradByFreq ?? false,
});

/** Options of {@link embeddingBag}. */
export interface EmbeddingBagOptions extends EmbeddingOptions {
  /** Where each bag starts in a 1-d input: a 1-d int32 tensor that begins with 0. */
  readonly offsets?: Tensor | null;
  /** 'mean' (default), 'sum' or 'max'. */
  readonly mode?: BagMode;
  /** What each row is multiplied by, of the shape of `input`; for 'sum'. */
  readonly perSampleWeights?: Tensor | null;
  /** The last of `offsets` is the end of the last bag and starts none. */
  readonly includeLastOffset?: boolean;
}
const bagNames = [
  'offsets',
  'maxNorm',
  'normType',
  'scaleGradByFreq',
  'mode',
  'sparse',
  'perSampleWeights',
  'includeLastOffset',
  'paddingIdx',
] as const;

/**
 * Means, sums or maxima of bags of rows of `weight` (V, D): (B, D). A 2-d input (B, N) holds bags of N indices each; a 1-d
 * input is cut at `offsets`. Entries at paddingIdx do not count; a bag of none gives 0. Source: torch.nn.functional.embedding_bag.
 *
 * @throws ShapeError for an index outside the table, OptionError for options that do not go together.
 * @example
 * const table = tensor([[1, 2], [3, 4]]).float();
 * await functional.embeddingBag(tensor([0, 1, 1]), table, tensor([0, 2])).tolist(); // [[2, 3], [3, 4]]
 * await functional.embeddingBag(tensor([[0, 1]]), table, { mode: 'sum' }).tolist(); // [[4, 6]]
 */
export function embeddingBag(
  input: Tensor,
  weight: Tensor,
  ...rest: OptionalArgs<[offsets: Tensor | null], EmbeddingBagOptions>
): Tensor {
  const o = optionalArgs<EmbeddingBagOptions>('embeddingBag', bagNames, rest);
  return new Tensor(
    bags(varOf('embeddingBag', input), varOf('embeddingBag', weight, 'weight'), {
      ...lookup(o),
      mode: o.mode ?? 'mean',
      offsets: optional('embeddingBag', o.offsets, 'offsets'),
      weights: optional('embeddingBag', o.perSampleWeights, 'perSampleWeights'),
      includeLastOffset: o.includeLastOffset ?? false,
    }),
  );
}
