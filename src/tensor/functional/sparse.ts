/** Class indices: one-hot vectors and embeddings. */
import { checkOptions } from '../../core/errors.ts';
import * as indexing from '../impl/indexing.ts';
import { Tensor, varOf } from '../tensor.ts';

/**
 * 1 at each class index, 0 elsewhere: int32 of shape (*, numClasses).
 *
 * @throws ShapeError for an index out of range.
 * @example
 * await functional.oneHot(tensor([2, 0]), 3).tolist(); // [[0, 0, 1], [1, 0, 0]]
 */
export function oneHot(input: Tensor, numClasses: number): Tensor<'int32'> {
  return new Tensor(indexing.oneHot(varOf('oneHot', input), numClasses));
}
/** Rows of `weight` (V, D) at int32 indices (*): (*, D). Rows at paddingIdx get no gradient. */
export function embedding(input: Tensor, weight: Tensor, options: { paddingIdx?: number | null } = {}): Tensor {
  checkOptions('embedding', options, ['paddingIdx']);
  return new Tensor(
    indexing.embedding(varOf('embedding', input), varOf('embedding', weight, 'weight'), options.paddingIdx ?? null),
  );
}
