/** Elementary functions of one tensor beyond the core: trigonometric, hyperbolic, logarithms, gamma. */
import { checkNumbers, OptionError, wrongType } from '../../core/errors.ts';
import type { PointwiseOp } from '../../ops/index.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed, inPlace } from '../compose.ts';
import { floating, op, scalar, scoped } from '../impl/common.ts';
import * as pointwise from '../impl/pointwise.ts';
import { checkTensor, Tensor, varOf } from '../tensor.ts';

/** A function that is one op; integers and bools are converted to float32 first. */
export function unaryOf(name: PointwiseOp): (input: Tensor) => Tensor {
  return (input) => new Tensor(pointwise.unary(name, varOf(name, input)));
}
/** The functions of T by their names with an underscore. */
export type Twins<T> = { [K in keyof T & string as `${K}_`]: T[K] };
/** In-place twins of functions. Tables of them say their type, which would otherwise be found by way of Tensor's own methods. */
export function inPlaceTwins<T>(table: T): Twins<T> {
  const twins = Object.entries(table as Record<string, (x: Tensor) => Tensor>).map(([name, fn]) => [
    `${name}_`,
    inPlace(`${name}_`, fn),
  ]);
  return Object.fromEntries(twins);
}

// ---- trigonometric and hyperbolic -------------------------------------------------------------------------------------

/**
 * Tangent. Source: torch.tan.
 *
 * @example
 * await tan(tensor([0, Math.PI / 4])).tolist(); // [0, 1]
 */
export const tan = unaryOf('tan');
/**
 * Inverse sine, in [−π/2, π/2]; NaN beyond [−1, 1]. Source: torch.asin.
 *
 * @example
 * await asin(tensor([0, 0.5])).tolist(); // [0, 0.5236]
 */
export const asin = unaryOf('asin');
/**
 * Inverse cosine, in [0, π]; NaN beyond [−1, 1]. Source: torch.acos.
 *
 * @example
 * await acos(tensor([1, 0.5])).tolist(); // [0, 1.0472]
 */
export const acos = unaryOf('acos');
/**
 * Inverse tangent, in [−π/2, π/2]. Source: torch.atan.
 *
 * @example
 * await atan(tensor([0, 1])).tolist(); // [0, 0.7854]
 */
export const atan = unaryOf('atan');
/**
 * Hyperbolic sine (e^x − e^−x)/2. Source: torch.sinh.
 *
 * @example
 * await sinh(tensor([0, 1])).tolist(); // [0, 1.1752]
 */
export const sinh = unaryOf('sinh');
/**
 * Hyperbolic cosine (e^x + e^−x)/2. Source: torch.cosh.
 *
 * @example
 * await cosh(tensor([0, 1])).tolist(); // [1, 1.5431]
 */
export const cosh = unaryOf('cosh');
/**
 * Inverse hyperbolic sine. Source: torch.asinh.
 *
 * @example
 * await asinh(tensor([0, 1])).tolist(); // [0, 0.8814]
 */
export const asinh = unaryOf('asinh');
/**
 * Inverse hyperbolic cosine; NaN below 1. Source: torch.acosh.
 *
 * @example
 * await acosh(tensor([1, 2])).tolist(); // [0, 1.317]
 */
export const acosh = unaryOf('acosh');
/**
 * Inverse hyperbolic tangent; infinite at ±1, NaN beyond. Source: torch.atanh.
 *
 * @example
 * await atanh(tensor([0, 0.5])).tolist(); // [0, 0.5493]
 */
export const atanh = unaryOf('atanh');
/** Alias of {@link asin}. */
export const arcsin = asin;
/** Alias of {@link acos}. */
export const arccos = acos;
/** Alias of {@link atan}. */
export const arctan = atan;
/** Alias of {@link asinh}. */
export const arcsinh = asinh;
/** Alias of {@link acosh}. */
export const arccosh = acosh;
/** Alias of {@link atanh}. */
export const arctanh = atanh;
/**
 * sin(πx)/(πx), and 1 at 0. Source: torch.sinc.
 *
 * @example
 * await sinc(tensor([0, 0.5])).tolist(); // [1, 0.6366]
 */
export const sinc = unaryOf('sinc');

// ---- exponential and logarithms -----------------------------------------------------------------------------------------

/**
 * 2^x. Source: torch.exp2.
 *
 * @example
 * await exp2(tensor([-1, 3])).tolist(); // [0.5, 8]
 */
export const exp2 = unaryOf('exp2');
/**
 * Logarithm to base 2: −∞ at 0, NaN below. Source: torch.log2.
 *
 * @example
 * await log2(tensor([1, 8])).tolist(); // [0, 3]
 */
export const log2 = unaryOf('log2');
/**
 * Logarithm to base 10: −∞ at 0, NaN below. Source: torch.log10.
 *
 * @example
 * await log10(tensor([1, 1000])).tolist(); // [0, 3]
 */
export const log10 = unaryOf('log10');
/** Options of {@link logit}. */
export interface LogitOptions {
  /** Limits the input to [eps, 1 − eps] first; null (default): no limit, and NaN beyond [0, 1]. */
  readonly eps?: number | null;
}
/**
 * log(x / (1 − x)), the inverse of the sigmoid. Source: torch.logit.
 *
 * @example
 * await logit(tensor([0.5, 0.9])).tolist(); // [0, 2.1972]
 * await logit(tensor([0, 1]), { eps: 0.25 }).tolist(); // [-1.0986, 1.0986]
 */
export function logit(input: Tensor, ...rest: OptionalArgs<[eps: number | null], LogitOptions>): Tensor {
  checkTensor('logit', input);
  const { eps = null } = optionalArgs<LogitOptions>('logit', ['eps'], rest, ['eps']);
  if (eps !== null) checkNumbers('logit', { eps });
  return composed('LogitBackward0', () => {
    const x = new Tensor(floating(input.impl));
    return new Tensor(op('logit', [(eps === null ? x : x.clamp(eps, 1 - eps)).impl]));
  });
}

// ---- error, gamma and Bessel functions ----------------------------------------------------------------------------------

/**
 * The complement 1 − erf(x) of the error function, without cancellation for large x. Source: torch.erfc.
 *
 * @example
 * await erfc(tensor([0, 1])).tolist(); // [1, 0.1573]
 */
export const erfc = unaryOf('erfc');
/**
 * The inverse of the error function: infinite at ±1, NaN beyond. Source: torch.erfinv.
 *
 * @example
 * await erfinv(tensor([0, 0.5])).tolist(); // [0, 0.4769]
 */
export const erfinv = unaryOf('erfinv');
/**
 * log |Γ(x)|. Source: torch.lgamma.
 *
 * @example
 * await lgamma(tensor([1, 4])).tolist(); // [0, 1.7918]
 */
export const lgamma = unaryOf('lgamma');
/**
 * The derivative of lgamma. Source: torch.digamma.
 *
 * @example
 * await digamma(tensor([1, 2])).tolist(); // [-0.5772, 0.4228]
 */
export const digamma = unaryOf('digamma');
/**
 * The n-th derivative of digamma. Source: torch.polygamma, whose order of arguments this has; the method is `x.polygamma(n)`.
 *
 * @throws OptionError when n is negative.
 * @example
 * await polygamma(1, tensor([1, 2])).tolist(); // [1.6449, 0.6449]
 */
export function polygamma(n: number, input: Tensor): Tensor {
  const x = varOf('polygamma', input);
  if (!Number.isInteger(n)) wrongType('polygamma', 'n', 'int', n);
  if (n < 0) throw new OptionError(`polygamma(n, x) does not support negative n.\n  n is ${n}`);
  if (n === 0) return digamma(input);
  return new Tensor(
    scoped(() => {
      const real = floating(x);
      return op('polygamma', [real, scalar(n, real.dtype)]);
    }),
  );
}
/**
 * The logarithm of the multivariate gamma function of dimension p. Source: torch.mvlgamma.
 *
 * @throws OptionError when p is less than 1.
 * @example
 * await mvlgamma(tensor([1.5, 3]), 2).tolist(); // [0.4516, 1.5501]
 */
export function mvlgamma(input: Tensor, p: number): Tensor {
  checkTensor('mvlgamma', input);
  if (!Number.isInteger(p)) wrongType('mvlgamma', 'p', 'int', p);
  if (p < 1) throw new OptionError(`p has to be greater than or equal to 1\n  in mvlgamma: p is ${p}`);
  return composed('MvlgammaBackward0', () => {
    let sum = lgamma(input);
    for (let j = 1; j < p; j++) sum = sum.add(lgamma(input.sub(j / 2)));
    return sum.add((p * (p - 1) * Math.log(Math.PI)) / 4);
  });
}
/**
 * The modified Bessel function of the first kind of order 0. Source: torch.i0.
 *
 * @example
 * await i0(tensor([0, 1])).tolist(); // [1, 1.2661]
 */
export const i0 = unaryOf('i0');

/** Methods whose result has the dtype of floating-point arithmetic. */
export const elementaryMethods = {
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  asinh,
  acosh,
  atanh,
  arcsin,
  arccos,
  arctan,
  arcsinh,
  arccosh,
  arctanh,
  sinc,
  exp2,
  log2,
  log10,
  logit,
  erfc,
  erfinv,
  lgamma,
  digamma,
  polygamma: (input: Tensor, n: number): Tensor => polygamma(n, input),
  mvlgamma,
  i0,
};
const coreNames = [
  'abs',
  'neg',
  'exp',
  'expm1',
  'log',
  'log1p',
  'sqrt',
  'rsqrt',
  'reciprocal',
  'sin',
  'cos',
  'tanh',
  'sigmoid',
  'relu',
  'erf',
  'floor',
  'ceil',
  'sign',
] as const;
type CoreFunctions = Record<(typeof coreNames)[number], (input: Tensor) => Tensor>;
const coreFunctions = Object.fromEntries(
  coreNames.map((name) => [name, (x: Tensor): Tensor => x[name]()]),
) as unknown as CoreFunctions;
/** The same in place, and in-place twins of the core's functions of one tensor. */
export const elementaryInPlaceMethods: Twins<typeof elementaryMethods> & Twins<CoreFunctions> = {
  ...inPlaceTwins(elementaryMethods),
  ...inPlaceTwins(coreFunctions),
};
