/** Special functions: torch.special in camelCase. */

import type { DType } from '../../core/dtype.ts';
import { checkOptions } from '../../core/errors.ts';
import type { PointwiseOp } from '../../ops/index.ts';
import { composed } from '../compose.ts';
import { logSoftmax as logSoftmaxOf, sigmoid, softmax as softmaxOf } from '../functions/core.ts';
import { digamma, erfc, lgamma, mvlgamma } from '../functions/elementary.ts';
import { floating } from '../impl/common.ts';
import * as pointwise from '../impl/pointwise.ts';
import { checkTensor, operand, Tensor, type TensorOrNumber, varOf } from '../tensor.ts';

export { xlogy } from '../functions/arithmetic.ts';
export { erf, expm1, log1p, round } from '../functions/core.ts';
export { digamma, erfc, erfinv, exp2, i0, type LogitOptions, logit, polygamma, sinc } from '../functions/elementary.ts';
export { logsumexp } from '../functions/statistics.ts';

/** A function that is one op, with PyTorch's name on the tape. */
function special(name: PointwiseOp, node: string): (input: Tensor) => Tensor {
  return (input) => {
    const x = varOf(name, input);
    return composed(`Special${node}Backward0`, () => new Tensor(pointwise.unary(name, x)));
  };
}

/** Alias of {@link digamma}. */
export const psi = digamma;
/** Alias of {@link lgamma}. */
export const gammaln = lgamma;
/** The logistic function 1/(1 + e^−x), as sigmoid. */
export const expit = sigmoid;

/**
 * The entropy −x·log x of single elements: 0 at 0, −∞ below. Source: torch.special.entr.
 *
 * @example
 * await special.entr(tensor([0, 0.5, 1])).tolist(); // [0, 0.3466, 0]
 */
export const entr = special('entr', 'Entr');
/**
 * e^(x²)·erfc(x), which neither overflows nor vanishes for large x. Source: torch.special.erfcx.
 *
 * @example
 * await special.erfcx(tensor([0, 10])).tolist(); // [1, 0.05614]
 */
export const erfcx = special('erfcx', 'Erfcx');
/**
 * The modified Bessel function of order 0, times e^−|x|. Source: torch.special.i0e.
 *
 * @example
 * await special.i0e(tensor([0, 1])).tolist(); // [1, 0.4658]
 */
export const i0e = special('i0e', 'I0E');
/**
 * The modified Bessel function of the first kind of order 1. Source: torch.special.i1.
 *
 * @example
 * await special.i1(tensor([0, 1])).tolist(); // [0, 0.5652]
 */
export const i1 = special('i1', 'I1');
/**
 * The modified Bessel function of order 1, times e^−|x|. Source: torch.special.i1e.
 *
 * @example
 * await special.i1e(tensor([0, 1])).tolist(); // [0, 0.2079]
 */
export const i1e = special('i1e', 'I1E');
/**
 * The logarithm of the standard normal distribution function, exact far to the left. Source: torch.special.log_ndtr.
 *
 * @example
 * await special.logNdtr(tensor([0, -20])).tolist(); // [-0.6931, -203.92]
 */
export const logNdtr = special('logNdtr', 'LogNdtr');
/**
 * The inverse of the standard normal distribution function: infinite at 0 and 1, NaN beyond. Source: torch.special.ndtri.
 *
 * @example
 * await special.ndtri(tensor([0.5, 0.975])).tolist(); // [0, 1.96]
 */
export const ndtri = special('ndtri', 'Ndtri');
/**
 * The standard normal distribution function. Source: torch.special.ndtr.
 *
 * @example
 * await special.ndtr(tensor([0, 1.96])).tolist(); // [0.5, 0.975]
 */
export function ndtr(input: Tensor): Tensor {
  checkTensor('ndtr', input);
  return composed('MulBackward0', () => erfc(new Tensor(floating(input.impl)).mul(-Math.SQRT1_2)).mul(0.5));
}
/**
 * The logarithm of the multivariate gamma function of dimension p. Source: torch.special.multigammaln.
 *
 * @throws OptionError when p is less than 1.
 * @example
 * await special.multigammaln(tensor([1.5, 3]), 2).tolist(); // [0.4516, 1.5501]
 */
export function multigammaln(input: Tensor, p: number): Tensor {
  checkTensor('multigammaln', input);
  return mvlgamma(input, p);
}
/**
 * input·log(1 + other), 0 where `input` is 0 (but NaN where `other` is). Either may be a number, not both.
 * Source: torch.special.xlog1py.
 *
 * @throws ShapeError when the shapes do not broadcast.
 * @example
 * await special.xlog1py(tensor([0, 2]), tensor([-1, 1])).tolist(); // [0, 1.3863]
 */
export function xlog1py(input: TensorOrNumber, other: TensorOrNumber): Tensor {
  const [a, b] = [operand('xlog1py', input, 'input'), operand('xlog1py', other)];
  return composed('SpecialXlog1PyBackward0', () => new Tensor(pointwise.arithmetic('xlog1py', a, b, 'float32')));
}

/** Options of softmax and logSoftmax. */
export interface SoftmaxOptions {
  /** Cast to this dtype first. */
  readonly dtype?: DType | null;
}
function converted(op: string, input: Tensor, options: SoftmaxOptions): Tensor {
  checkTensor(op, input);
  checkOptions(op, options, ['dtype']);
  const { dtype } = options;
  return dtype === undefined || dtype === null ? input : input.to(dtype);
}
/**
 * e^x / Σ e^x along `dim`. Source: torch.special.softmax.
 *
 * @example
 * await special.softmax(tensor([1, 1]), 0, { dtype: 'float32' }).tolist(); // [0.5, 0.5]
 */
export function softmax(input: Tensor, dim: number, options: SoftmaxOptions = {}): Tensor {
  const x = converted('softmax', input, options);
  return softmaxOf(x, dim);
}
/**
 * The logarithm of softmax, without loss of precision. Source: torch.special.log_softmax.
 *
 * @example
 * await special.logSoftmax(tensor([1.5, 1.5]), 0).tolist(); // [-0.6931, -0.6931]
 */
export function logSoftmax(input: Tensor, dim: number, options: SoftmaxOptions = {}): Tensor {
  const x = converted('logSoftmax', input, options);
  return logSoftmaxOf(x, dim);
}
