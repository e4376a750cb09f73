/** Pooling as torch.* has it beside torch.nn.functional. */
import * as functional from '../functional/adaptive.ts';
import type { Tensor } from '../tensor.ts';

export { adaptiveAvgPool1d } from '../functional/adaptive.ts';
export { avgPool1d, maxPool1d, maxPool2d, maxPool3d } from '../functional/pooling.ts';
export { maxPool1dWithIndices } from '../functional/with-indices.ts';

/**
 * {@link functional.adaptiveMaxPool1d} with indices. Source: torch.adaptive_max_pool1d.
 *
 * @throws ShapeError for an empty line.
 * @example
 * const [values, indices] = adaptiveMaxPool1d(tensor([[1.0, 2.5, 2.0, 5.5, 3.0]]), 2);
 * await indices.tolist(); // [[1, 3]]
 */
export function adaptiveMaxPool1d(input: Tensor, outputSize: number | readonly number[]): [Tensor, Tensor<'int32'>] {
  return functional.adaptiveMaxPool1d(input, outputSize, { returnIndices: true });
}
