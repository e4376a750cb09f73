/** Gamma, error and Bessel functions that Math lacks, in double precision. */
import { erf, erfc, erfcxTail } from './special.ts';

/** sin(πx) and cos(πx): whole and half numbers are exact, and large x lose nothing. */
export function sinPi(x: number): number {
  const r = x - 2 * Math.round(x / 2);
  const folded = r > 0.5 ? 1 - r : r < -0.5 ? -1 - r : r;
  return Math.sin(Math.PI * folded);
}
const cosPi = (x: number): number => sinPi(0.5 - Math.abs(x - 2 * Math.round(x / 2)));

export function sinc(x: number): number {
  return x === 0 ? 1 : sinPi(x) / (Math.PI * x);
}
/** (cos(πx) − sinc(x))/x; near 0, where the two cancel, its power series. */
export function sincBackward(x: number, dy: number): number {
  if (!(Math.abs(x) < 0.5)) return (dy * (cosPi(x) - sinc(x))) / x;
  const z = (Math.PI * x) ** 2;
  let sum = 0;
  let term = -1 / 6;
  for (let k = 1; k < 12; k++) {
    sum += 2 * k * term;
    term *= -z / ((2 * k + 2) * (2 * k + 3));
  }
  return dy * Math.PI ** 2 * x * sum;
}

/** Coefficients of Stirling's series: B₂ₖ / (2k (2k − 1)). */
const stirling = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400];
const halfLog2Pi = 0.5 * Math.log(2 * Math.PI);

/** log |Γ(x)|: Stirling's series from 12 on, recurrence below, reflection for negative x. DLMF 5.5.1, 5.5.3, 5.11.1. */
export function lgamma(x: number): number {
  if (Number.isNaN(x)) return x;
  if (!Number.isFinite(x)) return Number.POSITIVE_INFINITY;
  if (x <= 0) {
    if (Number.isInteger(x)) return Number.POSITIVE_INFINITY;
    return x > -1e-20 ? -Math.log(-x) : Math.log(Math.PI / Math.abs(x * sinPi(x))) - lgamma(-x);
  }
  if (x === 1 || x === 2) return 0;
  let product = 1;
  let z = x;
  for (; z < 12; z++) product *= z;
  const w = 1 / (z * z);
  let series = 0;
  for (let i = stirling.length - 1; i >= 0; i--) series = series * w + stirling[i]!;
  return (z - 0.5) * Math.log(z) - z + halfLog2Pi + series / z - Math.log(product);
}

/** B₂ₖ / 2k */
const digammaSeries = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12];

/** The derivative of log Γ: asymptotic series from 10 on, recurrence below, reflection for negative x. DLMF 5.5.2, 5.5.4, 5.11.2. */
export function digamma(x: number): number {
  if (x === 0) return Object.is(x, -0) ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  if (x < 0) {
    if (Number.isInteger(x) || x === Number.NEGATIVE_INFINITY) return Number.NaN;
    return digamma(1 - x) - (Math.PI * cosPi(x)) / sinPi(x);
  }
  let sum = 0;
  let z = x;
  for (; z < 10; z++) sum -= 1 / z;
  const w = 1 / (z * z);
  let series = 0;
  for (let i = digammaSeries.length - 1; i >= 0; i--) series = series * w + digammaSeries[i]!;
  return sum + Math.log(z) - 0.5 / z - series * w;
}

/** B₂ₖ / (2k)! */
const eulerMaclaurin = [
  1 / 12,
  -1 / 720,
  1 / 30240,
  -1 / 1209600,
  1 / 47900160,
  -691 / 1307674368000,
  1 / 74724249600,
  -3617 / 10670622842880000,
];

/** Σ (q + k)^−s over k >= 0, for q > 0 and s > 1: ten terms, then the Euler-Maclaurin formula (DLMF 25.11.28). */
function hurwitzZeta(s: number, q: number): number {
  let sum = 0;
  for (let k = 0; k < 10; k++) sum += (q + k) ** -s;
  const w = q + 10;
  let result = sum + w ** (1 - s) / (s - 1) + 0.5 * w ** -s;
  let term = s * w ** (-s - 1);
  for (const [k, b] of eulerMaclaurin.entries()) {
    result += b * term;
    term *= ((s + 2 * k + 1) * (s + 2 * k + 2)) / (w * w);
  }
  return result;
}

/** The n-th derivative of digamma, n >= 1: (−1)^(n+1) n! ζ(n + 1, x). Left of 0 the terms left of 0 are summed apart. */
export function polygamma(x: number, n: number): number {
  if (Number.isNaN(x)) return x;
  const sign = n % 2 === 1 ? 1 : -1;
  let factorial = 1;
  for (let i = 2; i <= n; i++) factorial *= i;
  if (x > 0) return x === Number.POSITIVE_INFINITY ? 0 * sign : sign * factorial * hurwitzZeta(n + 1, x);
  // A pole, of even or odd order; PyTorch has +∞·sign at both sides of it.
  if (Number.isInteger(x)) return sign * Number.POSITIVE_INFINITY;
  if (x === Number.NEGATIVE_INFINITY) return Number.NaN;
  // The distance from the nearest pole, whose term is the greatest.
  const d = x - Math.round(x);
  const nearest = (d < 0 ? sign : 1) * Math.abs(d) ** -(n + 1);
  const left = hurwitzZeta(n + 1, 1 - d) - hurwitzZeta(n + 1, 1 - x);
  return sign * factorial * (nearest + hurwitzZeta(n + 1, 1 + d) + sign * left);
}

/** exp(x²)·erfc(x). From 27 on its asymptotic series (DLMF 7.12.1). */
export function erfcx(x: number): number {
  if (x < 1) return x < -27 ? Number.POSITIVE_INFINITY : Math.exp(x * x) * erfc(x);
  if (x <= 27) return erfcxTail(x);
  const w = 0.5 / (x * x);
  return (1 - w * (1 - 3 * w * (1 - 5 * w * (1 - 7 * w)))) / (x * Math.sqrt(Math.PI));
}

/** 2x·erfcx(x) − 2/√π, of which the two parts cancel for large x. */
export function erfcxSlope(x: number): number {
  if (x < 50) return 2 * x * erfcx(x) - 2 / Math.sqrt(Math.PI);
  const w = 0.5 / (x * x);
  return ((-2 * w) / Math.sqrt(Math.PI)) * (1 - 3 * w * (1 - 5 * w * (1 - 7 * w)));
}

/** z with erf(z) = y, or, past one half, with erfc(z) = q = 1 − y, for 0 <= y < 1: Winitzki's formula, then Newton's method. */
function inverseErf(y: number, q: number): number {
  const log = Math.log(q * (1 + y));
  const s = 2 / (0.147 * Math.PI) + log / 2;
  let z = y * y < 1e-10 ? (y * Math.sqrt(Math.PI)) / 2 : Math.sqrt(Math.sqrt(s * s - log / 0.147) - s);
  for (let i = 0; i < 4; i++) {
    if (y < 0.5) {
      const step = (erf(z) - y) * (Math.sqrt(Math.PI) / 2) * Math.exp(z * z);
      z -= step / (1 + z * step);
    } else {
      // The logarithm of erfc is almost a parabola.
      const e = erfcx(z);
      z += (Math.log(e / q) - z * z) * e * (Math.sqrt(Math.PI) / 2);
    }
  }
  return z;
}
export function erfinv(y: number): number {
  const size = Math.abs(y);
  if (!(size < 1)) return size === 1 ? y * Number.POSITIVE_INFINITY : Number.NaN;
  return Math.sign(y) * inverseErf(size, 1 - size);
}
/** The inverse of the normal distribution function. */
export function ndtri(p: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? Number.NEGATIVE_INFINITY : p === 1 ? Number.POSITIVE_INFINITY : Number.NaN;
  const q = 2 * Math.min(p, 1 - p);
  return Math.SQRT2 * inverseErf(1 - q, q) * (p < 0.5 ? -1 : 1);
}
export function logNdtr(x: number): number {
  const z = x * Math.SQRT1_2;
  return x < -1 ? Math.log(erfcx(-z) / 2) - z * z : Math.log1p(-erfc(z) / 2);
}

/** I₀ or I₁ times e^−|x|: the power series, all of whose terms have one sign, up to 22, then the asymptotic one (DLMF 10.25.2, 10.40.1). */
function besselScaled(order: 0 | 1, x: number): number {
  const z = Math.abs(x);
  let sum = 1;
  let term = 1;
  if (z <= 22) {
    const w = (z * z) / 4;
    for (let k = 1; term > 1e-17 * sum; k++) {
      term *= w / (k * (k + order));
      sum += term;
    }
    return sum * Math.exp(-z) * (order === 0 ? 1 : z / 2);
  }
  for (let k = 1; Math.abs(term) > 1e-17; k++) {
    term *= ((2 * k - 1) ** 2 - 4 * order) / (8 * k * z);
    sum += term;
  }
  return sum / Math.sqrt(2 * Math.PI * z);
}
const unscaled = (scaled: number, x: number): number => {
  // e^|x| alone may overflow before the product does.
  const half = Math.exp(Math.abs(x) / 2);
  return scaled * half * half;
};
export const i0e = (x: number): number => besselScaled(0, x);
export const i1e = (x: number): number => (x < 0 ? -besselScaled(1, x) : besselScaled(1, x));
export const i1Slope = (x: number): number => unscaled(x === 0 ? 0.5 : i0e(x) - i1e(x) / x, x);
export const i1eSlope = (x: number): number => (x === 0 ? 0.5 : i0e(x) - i1e(x) * (Math.sign(x) + 1 / x));
export const i0 = (x: number): number => unscaled(i0e(x), x);
export const i1 = (x: number): number => unscaled(i1e(x), x);
