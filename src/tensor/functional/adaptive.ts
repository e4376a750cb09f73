/** Adaptive pooling: the number of windows is given, and they share the input out. */
import { OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { formatShape } from '../../core/shape.ts';
import { optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { named } from '../impl/common.ts';
import { type Axis, avgPool, maxPool } from '../impl/pooling.ts';
import { checkTensor, Tensor } from '../tensor.ts';
import { checkPooled, torchName } from './windows.ts';

/** One number of windows for all spatial dims, or one for each; null keeps the input's size. */
export type AdaptiveSizes = number | null | readonly (number | null)[];
/** Settings of {@link adaptiveMaxPool2d} and its kin. */
export interface AdaptiveMaxPoolOptions {
  /** Return the index of each maximum in its line, plane or volume too, int32. */
  readonly returnIndices?: boolean;
}
type WithIndices = AdaptiveMaxPoolOptions & { readonly returnIndices: true };
/** Values, and the index of each. */
type Indexed = [values: Tensor, indices: Tensor<'int32'>];

function axesOf(name: string, input: Tensor, dims: number, given: AdaptiveSizes): Axis[] {
  checkTensor(name, input);
  const list: unknown = Array.isArray(given) ? given : Array.from({ length: dims }, () => given);
  const whole = (v: unknown): boolean => Number.isInteger(v) || (v === null && dims > 1);
  if (!Array.isArray(list) || !list.every(whole))
    wrongType(name, 'outputSize', dims > 1 ? 'an integer, null or a list of those' : 'an integer', given);
  if (list.length !== dims)
    throw new OptionError(
      dims === 1
        ? `${torchName(name)}() argument 'output_size' should contain one int (got ${list.length})`
        : `${torchName(name)}: output_size must be ${dims}\n  in ${name}: got ${list.length} sizes`,
    );
  if (Array.isArray(given) && dims > 1 && input.ndim <= dims)
    throw new ShapeError(
      `Input dimension should be at least ${dims + 1}\n  in ${name}: got ${formatShape(input.shape)}`,
    );
  checkPooled(name, input, dims);
  const size = input.shape.slice(-dims);
  const empty = input.shape.findIndex((d, i) => d === 0 && i >= input.shape.length - dims);
  if (empty >= 0)
    throw new ShapeError(
      `${torchName(name)}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes ${formatShape(input.shape)} with dimension ${empty} being empty`,
    );
  const counts = size.map((d, i): number => list[i] ?? d);
  if (counts.some((n) => n < 0))
    throw new OptionError(
      `${torchName(name).replace('1d', '2d')}: elements of output_size must be greater than or equal to 0 but received {${[...(dims === 1 ? [1] : []), ...counts].join(', ')}}\n  in ${name}`,
    );
  return counts.map((outputSize) => ({ kernelSize: 1, stride: 1, padding: 0, dilation: 1, outputSize }));
}

function mean(name: string, dims: number, gradFn: string, input: Tensor, outputSize: AdaptiveSizes): Tensor {
  const axes = axesOf(name, input, dims, outputSize);
  // Over everything: a reduction, which shares out the work of one window.
  if (axes.every((a) => a.outputSize === 1)) {
    const all = axes.map((_, i) => -1 - i);
    return composed(dims === 1 ? gradFn : 'MeanBackward1', () => input.mean(all, { keepdim: true }));
  }
  return new Tensor(named(avgPool(input.impl, axes, {}), gradFn));
}
/**
 * Means of `outputSize` windows that share out each line of (N, C, L) or (C, L): the i-th of n from floor(i·L/n) up to
 * ceil((i + 1)·L/n). Source: torch.nn.functional.adaptive_avg_pool1d.
 *
 * @throws ShapeError for an empty line.
 * @example
 * await functional.adaptiveAvgPool1d(tensor([[1.0, 2.0, 3.0, 4.0, 5.5]]), 2).tolist(); // [[2, 4.1667]]
 */
export function adaptiveAvgPool1d(input: Tensor, outputSize: AdaptiveSizes): Tensor {
  return mean('adaptiveAvgPool1d', 1, 'SqueezeBackward1', input, outputSize);
}
/**
 * Means of windows that share out each plane of (N, C, H, W) or (C, H, W): see {@link adaptiveAvgPool1d}. Size 1 is the mean of
 * the plane. Source: torch.nn.functional.adaptive_avg_pool2d.
 *
 * @throws ShapeError for an empty plane.
 * @example
 * functional.adaptiveAvgPool2d(randn([8, 3, 15, 10]), [4, null]).shape; // [8, 3, 4, 10]
 */
export function adaptiveAvgPool2d(input: Tensor, outputSize: AdaptiveSizes): Tensor {
  return mean('adaptiveAvgPool2d', 2, 'AdaptiveAvgPool2DBackward0', input, outputSize);
}
/**
 * Means of windows that share out each volume of (N, C, D, H, W) or (C, D, H, W): see {@link adaptiveAvgPool1d}. Source:
 * torch.nn.functional.adaptive_avg_pool3d.
 *
 * @throws ShapeError for an empty volume.
 * @example
 * functional.adaptiveAvgPool3d(randn([2, 3, 5, 7, 9]), 2).shape; // [2, 3, 2, 2, 2]
 */
export function adaptiveAvgPool3d(input: Tensor, outputSize: AdaptiveSizes): Tensor {
  return mean('adaptiveAvgPool3d', 3, 'AdaptiveAvgPool3DBackward0', input, outputSize);
}

function max(
  name: string,
  dims: number,
  gradFn: string,
  input: Tensor,
  outputSize: AdaptiveSizes,
  rest: readonly unknown[],
): Tensor | Indexed {
  const { returnIndices = false } = optionalArgs<AdaptiveMaxPoolOptions>(name, ['returnIndices'], rest);
  const axes = axesOf(name, input, dims, outputSize);
  const [y, indices] = maxPool(input.impl, axes, false, returnIndices);
  const values = new Tensor(named(y!, gradFn));
  return indices ? [values, new Tensor(indices)] : values;
}
/**
 * Greatest elements of `outputSize` windows that share out each line of (N, C, L) or (C, L): see {@link adaptiveAvgPool1d}.
 * Source: torch.nn.functional.adaptive_max_pool1d.
 *
 * @throws ShapeError for an empty line.
 * @example
 * await functional.adaptiveMaxPool1d(tensor([[1.0, 2.5, 2.0, 5.5, 3.0]]), 2).tolist(); // [[2.5, 5.5]]
 */
export function adaptiveMaxPool1d(input: Tensor, outputSize: AdaptiveSizes, options: WithIndices): Indexed;
export function adaptiveMaxPool1d(input: Tensor, outputSize: AdaptiveSizes, options?: AdaptiveMaxPoolOptions): Tensor;
export function adaptiveMaxPool1d(input: Tensor, outputSize: AdaptiveSizes, ...rest: unknown[]): Tensor | Indexed {
  return max('adaptiveMaxPool1d', 1, 'SqueezeBackward1', input, outputSize, rest);
}
/**
 * Greatest elements of windows that share out each plane of (N, C, H, W) or (C, H, W): see {@link adaptiveAvgPool1d}. Source:
 * torch.nn.functional.adaptive_max_pool2d.
 *
 * @throws ShapeError for an empty plane.
 * @example
 * functional.adaptiveMaxPool2d(randn([8, 3, 15, 10]), [4, null]).shape; // [8, 3, 4, 10]
 */
export function adaptiveMaxPool2d(input: Tensor, outputSize: AdaptiveSizes, options: WithIndices): Indexed;
export function adaptiveMaxPool2d(input: Tensor, outputSize: AdaptiveSizes, options?: AdaptiveMaxPoolOptions): Tensor;
export function adaptiveMaxPool2d(input: Tensor, outputSize: AdaptiveSizes, ...rest: unknown[]): Tensor | Indexed {
  return max('adaptiveMaxPool2d', 2, 'AdaptiveMaxPool2DBackward0', input, outputSize, rest);
}
/**
 * Greatest elements of windows that share out each volume of (N, C, D, H, W) or (C, D, H, W): see {@link adaptiveAvgPool1d}.
 * Source: torch.nn.functional.adaptive_max_pool3d.
 *
 * @throws ShapeError for an empty volume.
 * @example
 * functional.adaptiveMaxPool3d(randn([2, 3, 5, 7, 9]), 2).shape; // [2, 3, 2, 2, 2]
 */
export function adaptiveMaxPool3d(input: Tensor, outputSize: AdaptiveSizes, options: WithIndices): Indexed;
export function adaptiveMaxPool3d(input: Tensor, outputSize: AdaptiveSizes, options?: AdaptiveMaxPoolOptions): Tensor;
export function adaptiveMaxPool3d(input: Tensor, outputSize: AdaptiveSizes, ...rest: unknown[]): Tensor | Indexed {
  return max('adaptiveMaxPool3d', 3, 'AdaptiveMaxPool3DBackward0', input, outputSize, rest);
}
