/** Half precision: IEEE 754 binary16, kept as the float32 numbers that it can hold. */
import type { TypedArray } from './dtype.ts';

const number = new Float32Array(1);
const bits = new Uint32Array(number.buffer);

/** The nearest half, ties to even: beyond 65504 infinity, below 2^-14 multiples of 2^-24. */
export function roundToHalf(x: number): number {
  number[0] = x;
  const word = bits[0]!;
  const magnitude = word & 0x7fffffff;
  if (magnitude >= 0x477ff000) return magnitude > 0x7f800000 ? Number.NaN : x < 0 ? -Infinity : Infinity;
  if (magnitude < 0x38800000) {
    // Adding 1.5·2^(23-24) leaves no bit below 2^-24; the sum is rounded to nearest even.
    const shifted = Math.fround(Math.fround(Math.abs(number[0]!) + 0.75) - 0.75);
    return (word & 0x80000000) !== 0 ? -shifted : shifted;
  }
  bits[0] = ((word & 0x80000000) | ((magnitude + 0xfff + ((magnitude >>> 13) & 1)) & 0x7fffe000)) >>> 0;
  return number[0]!;
}

/** Rounds `n` elements where they are: all, unless told. */
export function roundToHalves(data: TypedArray, from = 0, n = data.length - from): void {
  for (let i = from; i < from + n; i++) data[i] = roundToHalf(data[i]!);
}
