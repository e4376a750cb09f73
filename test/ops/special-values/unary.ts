/** Functions of one tensor that go through the special values; PyTorch's side is UNARY in tools/golden/special_values.py. */
import {
  clampMax,
  clampMin,
  functional,
  logit,
  nanToNum,
  polygamma,
  special,
  type Tensor,
} from '../../../src/index.ts';
import type { Bound, Instead } from './judge.ts';

export interface UnaryCase {
  readonly call: (x: Tensor) => Tensor;
  readonly bound?: Bound;
  readonly instead?: Instead;
}

/** Tensor methods without arguments, by name. */
const methods = [
  'neg abs exp expm1 log log1p sqrt rsqrt reciprocal square sin cos tanh sigmoid relu erf floor ceil round sign',
  'acos acosh asin asinh atan atanh cosh sinh tan exp2 log10 log2 erfc erfinv digamma lgamma i0 sinc logit',
  'frac trunc sgn signbit positive isfinite isinf isnan isneginf isposinf isreal deg2rad rad2deg',
].join(' ');

const method = (name: string): UnaryCase => ({ call: (x) => (x as unknown as Record<string, () => Tensor>)[name]!() });

const pole = (x: number): boolean => x < 0 && Number.isInteger(x);

export const unaryCases: Readonly<Record<string, UnaryCase>> = {
  ...Object.fromEntries(methods.split(' ').map((name) => [name, method(name)])),
  // Their gradients are made from results that were rounded near 1.
  tanh: { ...method('tanh'), bound: { atol: 3e-7 } },
  sigmoid: { ...method('sigmoid'), bound: { atol: 1e-7 } },
  // Beyond its domain.
  acosh: { ...method('acosh'), instead: (x) => (x === -1 ? { gradient: -Infinity } : undefined) },
  // At its poles PyTorch has what rounding pi leaves.
  digamma: {
    ...method('digamma'),
    bound: { atol: 1e-6 },
    instead: (x) => (pole(x) ? { gradient: Infinity } : undefined),
  },
  'polygamma(1)': {
    call: (x) => polygamma(1, x),
    bound: { atol: 3e-6 },
    instead: (x) =>
      pole(x) ? { result: Infinity } : Math.abs(x) === Infinity ? { gradient: x > 0 ? 0 : Number.NaN } : undefined,
  },
  'polygamma(2)': {
    call: (x) => polygamma(2, x),
    bound: { atol: 3e-6 },
    // The limit to the right; there is none to the left.
    instead: (x) =>
      Math.abs(x) === Infinity
        ? x > 0
          ? { result: 0, gradient: 0 }
          : { result: Number.NaN, gradient: Number.NaN }
        : undefined,
  },
  sinc: { ...method('sinc'), bound: { atol: 1e-7 } },
  nanToNum: { call: (x) => nanToNum(x) },
  'special.entr': { call: (x) => special.entr(x) },
  'special.erfcx': {
    call: (x) => special.erfcx(x),
    bound: { atol: 1e-7 },
    instead: (x) => (x === Infinity ? { gradient: 0 } : undefined),
  },
  'special.i0e': { call: (x) => special.i0e(x), bound: { atol: 1e-7 } },
  'special.i1': {
    call: (x) => special.i1(x),
    // Where the two terms overflow, so does their difference.
    instead: (x) => {
      if (Number.isNaN(x)) return { gradient: Number.NaN };
      return Number.isFinite(x) && Math.abs(x) > 92 ? { gradient: Infinity } : undefined;
    },
  },
  'special.i1e': {
    call: (x) => special.i1e(x),
    bound: { atol: 1e-7 },
    instead: (x) => (Number.isNaN(x) ? { gradient: Number.NaN } : undefined),
  },
  'special.logNdtr': {
    call: (x) => special.logNdtr(x),
    // -x to the left, which PyTorch loses to 0, Infinity or NaN.
    instead: (x) => (x < -1e6 ? { gradient: -x } : undefined),
  },
  'special.ndtr': { call: (x) => special.ndtr(x), bound: { atol: 1e-14 } },
  'special.ndtri': { call: (x) => special.ndtri(x), bound: { rtol: 3e-5 } },
  'logit(0.25)': { call: (x) => logit(x, 0.25) },
  'round(2)': { call: (x) => x.round({ decimals: 2 }) },
  'round(-2)': { call: (x) => x.round({ decimals: -2 }) },
  'clamp(-1, 2)': { call: (x) => x.clamp(-1, 2) },
  'clampMin(NaN)': { call: (x) => clampMin(x, Number.NaN) },
  'clampMax(0.5)': { call: (x) => clampMax(x, 0.5) },
  gelu: { call: (x) => functional.gelu(x), bound: { atol: 1e-12 } },
  geluTanh: { call: (x) => functional.gelu(x, { approximate: 'tanh' }), bound: { atol: 1e-16 } },
  silu: { call: (x) => functional.silu(x), bound: { atol: 1e-35 } },
  leakyRelu: { call: (x) => functional.leakyRelu(x) },
  softplus: { call: (x) => functional.softplus(x) },
};
