/** Activations that overwrite their input and return it. A leaf that requires grad throws, outside of noGrad(). */
import { inPlace } from '../compose.ts';
import { leakyRelu, relu } from './activation.ts';
import { celu, elu, hardtanh, rrelu, selu, threshold } from './rectifiers.ts';

/**
 * {@link relu} in place. Source: torch.nn.functional.relu_.
 *
 * @throws GradError for a leaf that requires grad.
 * @example
 * await functional.relu_(tensor([-1, 2])).tolist(); // [0, 2]
 */
export const relu_ = inPlace('relu_', relu);
/**
 * {@link leakyRelu} in place. Source: torch.nn.functional.leaky_relu_.
 *
 * @throws GradError for a leaf that requires grad.
 * @example
 * await functional.leakyRelu_(tensor([-1, 0.5]), 0.5).tolist(); // [-0.5, 0.5]
 */
export const leakyRelu_ = inPlace('leakyRelu_', leakyRelu);
/**
 * {@link elu} in place. Source: torch.nn.functional.elu_.
 *
 * @throws GradError for a leaf that requires grad.
 * @example
 * await functional.elu_(tensor([-1, 0.5])).tolist(); // [-0.6321, 0.5]
 */
export const elu_ = inPlace('elu_', elu);
/**
 * {@link celu} in place. Source: torch.nn.functional.celu_.
 *
 * @throws GradError for a leaf that requires grad.
 * @example
 * await functional.celu_(tensor([-1, 0.5]), 2).tolist(); // [-0.7869, 0.5]
 */
export const celu_ = inPlace('celu_', celu);
/**
 * {@link selu} in place. Source: torch.nn.functional.selu_.
 *
 * @throws GradError for a leaf that requires grad.
 * @example
 * await functional.selu_(tensor([-1, 0.5])).tolist(); // [-1.1113, 0.5254]
 */
export const selu_ = inPlace('selu_', selu);
/**
 * {@link hardtanh} in place. Source: torch.nn.functional.hardtanh_.
 *
 * @throws GradError for a leaf that requires grad.
 * @example
 * await functional.hardtanh_(tensor([-3, 0.5])).tolist(); // [-1, 0.5]
 */
export const hardtanh_ = inPlace('hardtanh_', hardtanh);
/**
 * {@link threshold} in place. Source: torch.nn.functional.threshold_.
 *
 * @throws GradError for a leaf that requires grad.
 * @example
 * await functional.threshold_(tensor([-3.5, 2]), 0.5, 9).tolist(); // [9, 2]
 */
export const threshold_ = inPlace('threshold_', threshold);
/**
 * {@link rrelu} in place. Source: torch.nn.functional.rrelu_.
 *
 * @throws GradError for a leaf that requires grad.
 * @example
 * await functional.rrelu_(tensor([-2, 0.5]), 0.25, 0.25).tolist(); // [-0.5, 0.5]
 */
export const rrelu_ = inPlace('rrelu_', rrelu);
