/** Float64 references for the prelude's functions, and the distance of a float32 from them. */

/** erf and erfc by the Taylor series below 2.5 and the continued fraction above (Abramowitz & Stegun 7.1.6, 7.1.14). */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

export function erfc(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x < 0) return 2 - erfc(-x);
  if (x < 2.5) return 1 - erf(x);
  if (x > 27.3) return 0;
  let tail = 0;
  for (let n = 120; n > 0; n--) tail = n / 2 / (x + tail);
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + tail));
}

export function erf(x: number): number {
  if (Number.isNaN(x) || x === 0) return x;
  if (x < 0) return -erf(-x);
  return x < 2.5 ? erfSeries(x) : 1 - erfc(x);
}

export const normalCdf = (x: number): number => 0.5 * erfc(-x * Math.SQRT1_2);
export const normalPdf = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);

export function sigmoid(x: number): number {
  return x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x));
}

/** C's pow, which JavaScript's leaves in two cases: 1^NaN and (-1)^Infinity are 1. */
export function pow(x: number, y: number): number {
  if (x === 1 || (x === -1 && Math.abs(y) === Number.POSITIVE_INFINITY)) return 1;
  return x ** y;
}

export function roundEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (!(rest === 0.5)) return rest < 0.5 || Number.isNaN(rest) ? floor : Math.ceil(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

const minNormal = 2 ** -126;
const maxFinite = (2 - 2 ** -23) * 2 ** 127;

/** The spacing of float32 numbers at x. */
export function spacing(x: number): number {
  const size = Math.abs(x);
  if (size < minNormal) return 2 ** -149;
  let exponent = Math.floor(Math.log2(size));
  if (2 ** exponent > size) exponent--;
  else if (2 ** (exponent + 1) <= size) exponent++;
  return 2 ** (Math.min(exponent, 127) - 23);
}

/**
 * The distance of a float32 `got` from the exact `want`, in units of the last place. Infinite where one is NaN or
 * infinite and the other is not. Results in the subnormal range may be flushed to 0, and near the overflow bound either
 * side of it is right.
 */
export function ulpError(got: number, want: number): number {
  if (Number.isNaN(got) || Number.isNaN(want))
    return Number.isNaN(got) && Number.isNaN(want) ? 0 : Number.POSITIVE_INFINITY;
  const rounded = Math.fround(want);
  if (Object.is(got, rounded) || got === rounded) return 0;
  if (Math.abs(got) === Number.POSITIVE_INFINITY) {
    return Math.sign(got) === Math.sign(want)
      ? (maxFinite * (1 + 2 ** -24) - Math.abs(want)) / 2 ** 104
      : Number.POSITIVE_INFINITY;
  }
  if (Math.abs(rounded) === Number.POSITIVE_INFINITY) {
    return Math.sign(got) === Math.sign(want)
      ? (Math.min(Math.abs(want), 2 ** 128) - Math.abs(got)) / 2 ** 104
      : Number.POSITIVE_INFINITY;
  }
  if (Math.abs(want) < minNormal && Math.abs(got) <= minNormal) return 0;
  return Math.abs(got - want) / spacing(want);
}

/** Threefry-2x32 of 20 rounds, as the paper states it (Salmon et al., SC 2011). */
export function threefry([k0, k1]: readonly [number, number], [c0, c1]: readonly [number, number]): [number, number] {
  const rotations = [13, 15, 26, 6, 17, 29, 16, 24];
  const key = [k0, k1, 0x1bd11bda ^ k0 ^ k1];
  let x0 = (c0 + k0) >>> 0;
  let x1 = (c1 + k1) >>> 0;
  for (let round = 0; round < 20; round++) {
    const r = rotations[round % 8]!;
    x0 = (x0 + x1) >>> 0;
    x1 = (((x1 << r) | (x1 >>> (32 - r))) ^ x0) >>> 0;
    if (round % 4 !== 3) continue;
    const injection = (round + 1) / 4;
    x0 = (x0 + key[injection % 3]!) >>> 0;
    x1 = (x1 + key[(injection + 1) % 3]! + injection) >>> 0;
  }
  return [x0, x1];
}
