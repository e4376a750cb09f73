/** Activations that overwrite their input and return it. A leaf that requires grad throws, outside of noGrad(). */
import type { OptionalArgs } from '../arguments.ts';
import { inPlace } from '../compose.ts';
import type { Tensor } from '../tensor.ts';
import { type LeakyReluOptions, leakyRelu, relu } from './activation.ts';
import {
  celu,
  type EluOptions,
  elu,
  type HardtanhOptions,
  hardtanh,
  type RreluOptions,
  rrelu,
  selu,
  threshold,
} from './rectifiers.ts';

/** What is left to choose where it is certain that the input is overwritten. */
type Other<P extends readonly unknown[], O> = OptionalArgs<P, Omit<O, 'inplace'>>;

/**
 * {@link relu} in place. Source: torch.nn.functional.relu_.
 *
 * @throws GradError for a leaf that requires grad.
 * @example
 * await functional.relu_(tensor([-1, 2])).tolist(); // [0, 2]
 */
export const relu_ = inPlace('relu_', (x: Tensor) => relu(x));
/**
 * {@link leakyRelu} in place. Source: torch.nn.functional.leaky_relu_.
 *
 * @throws GradError for a leaf that requires grad.
 * @example
 * await functional.leakyRelu_(tensor([-1, 0.5]), 0.5).tolist(); // [-0.5, 0.5]
 */
export const leakyRelu_ = inPlace<Tensor, Other<[negativeSlope: number], LeakyReluOptions>>('leakyRelu_', leakyRelu);
/**
 * {@link elu} in place. Source: torch.nn.functional.elu_.
 *
 * @throws GradError for a leaf that requires grad.
 * @example
 * await functional.elu_(tensor([-1, 0.5])).tolist(); // [-0.6321, 0.5]
 */
export const elu_ = inPlace<Tensor, Other<[alpha: number], EluOptions>>('elu_', elu);
/**
 * {@link celu} in place. Source: torch.nn.functional.celu_.
 *
 * @throws GradError for a leaf that requires grad.
 * @example
 * await functional.celu_(tensor([-1, 0.5]), 2).tolist(); // [-0.7869, 0.5]
 */
export const celu_ = inPlace<Tensor, Other<[alpha: number], EluOptions>>('celu_', celu);
/**
 * {@link selu} in place. Source: torch.nn.functional.selu_.
 *
 * @throws GradError for a leaf that requires grad.
 * @example
 * await functional.selu_(tensor([-1, 0.5])).tolist(); // [-1.1113, 0.5254]
 */
export const selu_ = inPlace('selu_', (x: Tensor) => selu(x));
/**
 * {@link hardtanh} in place. Source: torch.nn.functional.hardtanh_.
 *
 * @throws GradError for a leaf that requires grad.
 * @example
 * await functional.hardtanh_(tensor([-3, 0.5])).tolist(); // [-1, 0.5]
 */
export const hardtanh_ = inPlace<Tensor, Other<[minVal: number, maxVal: number], HardtanhOptions>>(
  'hardtanh_',
  hardtanh,
);
/**
 * {@link threshold} in place. Source: torch.nn.functional.threshold_.
 *
 * @throws GradError for a leaf that requires grad.
 * @example
 * await functional.threshold_(tensor([-3.5, 2]), 0.5, 9).tolist(); // [9, 2]
 */
export const threshold_ = inPlace('threshold_', (x: Tensor, below: number, value: number) =>
  threshold(x, below, value),
);
/**
 * {@link rrelu} in place. Source: torch.nn.functional.rrelu_.
 *
 * @throws GradError for a leaf that requires grad.
 * @example
 * await functional.rrelu_(tensor([-2, 0.5]), 0.25, 0.25).tolist(); // [-0.5, 0.5]
 */
export const rrelu_ = inPlace<Tensor, Other<[lower: number, upper: number], RreluOptions>>('rrelu_', rrelu);
