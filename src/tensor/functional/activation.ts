/** The most used activation functions. */
import { checkNumbers, checkOptions, describe, OptionError } from '../../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { leakyRelu as leaky, softplus as smooth, unary } from '../impl/pointwise.ts';
import { checkTensor, Tensor, varOf } from '../tensor.ts';
import { activation, type InplaceArgs, type InplaceOptions } from './inplace.ts';

/**
 * max(x, 0). Source: torch.nn.functional.relu.
 *
 * @example
 * const x = tensor([-1.5, 2]);
 * functional.relu(x, { inplace: true });
 * await x.tolist(); // [0, 2]
 */
export function relu(input: Tensor, ...rest: InplaceArgs): Tensor {
  return activation('relu', [], input, rest, (x) => x.relu());
}
/** Settings of {@link leakyRelu}. */
export interface LeakyReluOptions extends InplaceOptions {
  /** Default 0.01. */
  readonly negativeSlope?: number;
}
/**
 * x where positive, negativeSlope·x elsewhere.
 *
 * @example
 * await functional.leakyRelu(tensor([-2.5, 1]), 0.1).tolist(); // [-0.25, 1]
 */
export function leakyRelu(
  input: Tensor,
  ...rest: OptionalArgs<[negativeSlope: number, inplace: boolean], LeakyReluOptions>
): Tensor {
  return activation<LeakyReluOptions>('leakyRelu', ['negativeSlope'], input, rest, (x, { negativeSlope = 0.01 }) => {
    checkNumbers('leakyRelu', { negativeSlope });
    return new Tensor(leaky(x.impl, negativeSlope));
  });
}
/** x·Φ(x), with the normal distribution function Φ; `approximate: 'tanh'` for the tanh form. Source: Hendrycks & Gimpel, arXiv 1606.08415. */
export function gelu(input: Tensor, options: { approximate?: 'none' | 'tanh' } = {}): Tensor {
  checkOptions('gelu', options, ['approximate']);
  const form = options.approximate ?? 'none';
  if (form !== 'none' && form !== 'tanh')
    throw new OptionError(`approximate argument must be either none or tanh.\n  in gelu: got ${describe(form)}`);
  return new Tensor(unary(form === 'tanh' ? 'geluTanh' : 'gelu', varOf('gelu', input)));
}
/** x·σ(x) */
export function silu(input: Tensor, ...rest: InplaceArgs): Tensor {
  return activation('silu', [], input, rest, (x) => new Tensor(unary('silu', x.impl)));
}
/**
 * log(1 + e^(beta·x))/beta, linear where beta·x > threshold.
 *
 * @example
 * await functional.softplus(tensor([0, 30.5])).tolist(); // [0.6931, 30.5]
 */
export function softplus(
  input: Tensor,
  ...rest: OptionalArgs<[beta: number, threshold: number], { beta?: number; threshold?: number }>
): Tensor {
  const options = optionalArgs<{ beta?: number; threshold?: number }>('softplus', ['beta', 'threshold'], rest);
  const { beta = 1, threshold = 20 } = options;
  checkNumbers('softplus', { beta, threshold });
  return new Tensor(smooth(varOf('softplus', input), beta, threshold));
}
/** 1/(1 + e^−x) */
export function sigmoid(input: Tensor): Tensor {
  checkTensor('sigmoid', input);
  return input.sigmoid();
}
/** (e^x − e^−x)/(e^x + e^−x) */
export function tanh(input: Tensor): Tensor {
  checkTensor('tanh', input);
  return input.tanh();
}

/** Settings of {@link softmax} and {@link logSoftmax}. */
export interface SoftmaxOptions {
  readonly dim?: number | null;
  /** Cast to this before. */
  readonly dtype?: 'float16' | 'float32' | 'float64' | null;
}
/* @__NO_SIDE_EFFECTS__ */
const along =
  (name: 'softmax' | 'logSoftmax') =>
  (input: Tensor, rest: readonly unknown[]): Tensor => {
    const { dim, dtype } = optionalArgs<SoftmaxOptions>(name, ['dim', 'dtype'], rest);
    checkTensor(name, input);
    // Without a dim, as PyTorch (which warns of it).
    const implicit = input.ndim === 0 || input.ndim === 1 || input.ndim === 3 ? 0 : 1;
    return (dtype ? input.to(dtype) : input)[name](dim ?? implicit);
  };
const alongSoftmax = along('softmax');
const alongLogSoftmax = along('logSoftmax');
/** e^x / Σ e^x along `dim`, without overflow */
export function softmax(input: Tensor, ...rest: OptionalArgs<[dim: number], SoftmaxOptions>): Tensor {
  return alongSoftmax(input, rest);
}
/** log(softmax(x)) along `dim`, without loss of precision */
export function logSoftmax(input: Tensor, ...rest: OptionalArgs<[dim: number], SoftmaxOptions>): Tensor {
  return alongLogSoftmax(input, rest);
}
