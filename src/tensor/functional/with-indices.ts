/** Max poolings that always return indices. */

import type { Tensor } from '../tensor.ts';
import { type AdaptiveSizes, adaptiveMaxPool1d, adaptiveMaxPool2d, adaptiveMaxPool3d } from './adaptive.ts';
import type { Pair, Sizes } from './arguments.ts';
import { type FractionalMaxPoolOptions, fractionalMaxPool2d, fractionalMaxPool3d } from './fractional.ts';
import { type MaxPoolOptions, maxPool1d, maxPool2d, maxPool3d } from './pooling.ts';

/** Values, and the index of each. */
type Indexed = [values: Tensor, indices: Tensor<'int32'>];

/**
 * {@link maxPool1d}, and where in its line each maximum lies. Source: torch.nn.functional.max_pool1d_with_indices.
 *
 * @throws ShapeError for an input smaller than the window.
 * @example
 * const [values, indices] = functional.maxPool1dWithIndices(tensor([[1, 3, 2, 5]]), 2);
 * await indices.tolist(); // [[1, 3]]
 */
export function maxPool1dWithIndices(
  input: Tensor,
  kernelSize: Sizes,
  options: Omit<MaxPoolOptions<Sizes>, 'returnIndices'> = {},
): Indexed {
  return maxPool1d(input, kernelSize, { ...options, returnIndices: true });
}
/**
 * {@link maxPool2d}, and where in its plane each maximum lies. Source: torch.nn.functional.max_pool2d_with_indices.
 *
 * @throws ShapeError for an input smaller than the window.
 * @example
 * const [values, indices] = functional.maxPool2dWithIndices(tensor([[[1, 3], [2, 5]]]), 2);
 * await indices.tolist(); // [[[3]]]
 */
export function maxPool2dWithIndices(
  input: Tensor,
  kernelSize: Pair,
  options: Omit<MaxPoolOptions<Pair>, 'returnIndices'> = {},
): Indexed {
  return maxPool2d(input, kernelSize, { ...options, returnIndices: true });
}
/**
 * {@link maxPool3d}, and where in its volume each maximum lies. Source: torch.nn.functional.max_pool3d_with_indices.
 *
 * @throws ShapeError for an input smaller than the window.
 * @example
 * const [values, indices] = functional.maxPool3dWithIndices(tensor([[[[1, 3], [2, 5]]]]), [1, 2, 2]);
 * await indices.tolist(); // [[[[3]]]]
 */
export function maxPool3dWithIndices(
  input: Tensor,
  kernelSize: Sizes,
  options: Omit<MaxPoolOptions<Sizes>, 'returnIndices'> = {},
): Indexed {
  return maxPool3d(input, kernelSize, { ...options, returnIndices: true });
}
/**
 * {@link adaptiveMaxPool1d}, and where in its line each maximum lies. Source:
 * torch.nn.functional.adaptive_max_pool1d_with_indices.
 *
 * @throws ShapeError for an empty line.
 * @example
 * const [values, indices] = functional.adaptiveMaxPool1dWithIndices(tensor([[1, 3, 2, 5]], { dtype: 'float32' }), 2);
 * await indices.tolist(); // [[1, 3]]
 */
export function adaptiveMaxPool1dWithIndices(input: Tensor, outputSize: AdaptiveSizes): Indexed {
  return adaptiveMaxPool1d(input, outputSize, { returnIndices: true });
}
/**
 * {@link adaptiveMaxPool2d}, and where in its plane each maximum lies. Source:
 * torch.nn.functional.adaptive_max_pool2d_with_indices.
 *
 * @throws ShapeError for an empty plane.
 * @example
 * const [values, indices] = functional.adaptiveMaxPool2dWithIndices(tensor([[[1, 3], [2, 5]]], { dtype: 'float32' }), 1);
 * await indices.tolist(); // [[[3]]]
 */
export function adaptiveMaxPool2dWithIndices(input: Tensor, outputSize: AdaptiveSizes): Indexed {
  return adaptiveMaxPool2d(input, outputSize, { returnIndices: true });
}
/**
 * {@link adaptiveMaxPool3d}, and where in its volume each maximum lies. Source:
 * torch.nn.functional.adaptive_max_pool3d_with_indices.
 *
 * @throws ShapeError for an empty volume.
 * @example
 * const [values, indices] = functional.adaptiveMaxPool3dWithIndices(tensor([[[[1, 3], [2, 5]]]], { dtype: 'float32' }), 1);
 * await indices.tolist(); // [[[[3]]]]
 */
export function adaptiveMaxPool3dWithIndices(input: Tensor, outputSize: AdaptiveSizes): Indexed {
  return adaptiveMaxPool3d(input, outputSize, { returnIndices: true });
}
/**
 * {@link fractionalMaxPool2d}, and where in its plane each maximum lies. Source:
 * torch.nn.functional.fractional_max_pool2d_with_indices.
 *
 * @throws ShapeError when the windows do not fit; OptionError without outputSize and outputRatio.
 * @example
 * const [values, indices] = functional.fractionalMaxPool2dWithIndices(randn([1, 2, 5, 5]), 2, { outputSize: 3 });
 * indices.shape; // [1, 2, 3, 3]
 */
export function fractionalMaxPool2dWithIndices(
  input: Tensor,
  kernelSize: Sizes,
  options: Omit<FractionalMaxPoolOptions, 'returnIndices'>,
): Indexed {
  return fractionalMaxPool2d(input, kernelSize, { ...options, returnIndices: true });
}
/**
 * {@link fractionalMaxPool3d}, and where in its volume each maximum lies. Source:
 * torch.nn.functional.fractional_max_pool3d_with_indices.
 *
 * @throws ShapeError when the windows do not fit; OptionError without outputSize and outputRatio.
 * @example
 * const [values, indices] = functional.fractionalMaxPool3dWithIndices(randn([1, 2, 5, 5, 5]), 2, { outputSize: 3 });
 * indices.shape; // [1, 2, 3, 3, 3]
 */
export function fractionalMaxPool3dWithIndices(
  input: Tensor,
  kernelSize: Sizes,
  options: Omit<FractionalMaxPoolOptions, 'returnIndices'>,
): Indexed {
  return fractionalMaxPool3d(input, kernelSize, { ...options, returnIndices: true });
}
