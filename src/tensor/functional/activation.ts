/** Activation functions. */
import { checkNumbers, checkOptions, describe, OptionError } from '../../core/errors.ts';
import * as pointwise from '../impl/pointwise.ts';
import { checkTensor, Tensor, varOf } from '../tensor.ts';

/** max(x, 0) */
export function relu(input: Tensor): Tensor {
  checkTensor('relu', input);
  return input.relu();
}
/** x where positive, negativeSlope·x elsewhere. */
export function leakyRelu(input: Tensor, negativeSlope = 0.01): Tensor {
  checkNumbers('leakyRelu', { negativeSlope });
  return new Tensor(pointwise.leakyRelu(varOf('leakyRelu', input), negativeSlope));
}
/** x·Φ(x), with the normal distribution function Φ; `approximate: 'tanh'` for the tanh form. Source: Hendrycks & Gimpel, arXiv 1606.08415. */
export function gelu(input: Tensor, options: { approximate?: 'none' | 'tanh' } = {}): Tensor {
  checkOptions('gelu', options, ['approximate']);
  const form = options.approximate ?? 'none';
  if (form !== 'none' && form !== 'tanh')
    throw new OptionError(`approximate argument must be either none or tanh.\n  in gelu: got ${describe(form)}`);
  return new Tensor(pointwise.unary(form === 'tanh' ? 'geluTanh' : 'gelu', varOf('gelu', input)));
}
/** x·σ(x) */
export function silu(input: Tensor): Tensor {
  return new Tensor(pointwise.unary('silu', varOf('silu', input)));
}
/** log(1 + e^(beta·x))/beta, linear where beta·x > threshold. */
export function softplus(input: Tensor, beta = 1, threshold = 20): Tensor {
  checkNumbers('softplus', { beta, threshold });
  return new Tensor(pointwise.softplus(varOf('softplus', input), beta, threshold));
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
/** e^x / Σ e^x along `dim`, without overflow */
export function softmax(input: Tensor, dim: number): Tensor {
  checkTensor('softmax', input);
  return input.softmax(dim);
}
/** log(softmax(x)) along `dim`, without loss of precision */
export function logSoftmax(input: Tensor, dim: number): Tensor {
  checkTensor('logSoftmax', input);
  return input.logSoftmax(dim);
}
