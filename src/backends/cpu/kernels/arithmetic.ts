/** Quotients, remainders, signs and bits of two operands. */
import type { DType } from '../../../core/dtype.ts';
import { everyDType, map2, map3, type PointwiseKernel } from '../lane.ts';

type Binary = (x: number, y: number) => number;
const same: Binary = (x) => x;

/** A loop for each of float32, float64 and integers. */
const byKind =
  (of: (round: (x: number) => number) => Binary, int32: Binary, uint32 = int32): PointwiseKernel =>
  (dtype) =>
    map2(dtype === 'int32' ? int32 : dtype === 'uint32' ? uint32 : of(roundingOf(dtype)));
const roundingOf = (dtype: DType): ((x: number) => number) => (dtype === 'float64' ? (x) => x : Math.fround);
const integer = (int32: Binary, uint32 = int32): PointwiseKernel => byKind(() => same, int32, uint32);
const floating = (fn: Binary): PointwiseKernel => everyDType(map2(fn));

/** The sign of the divisor, as in Python. */
function remainder(x: number, y: number): number {
  const rest = x % y;
  return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
}
/** From the exact remainder, so that the quotient is never one too many; each step rounded as `round` does. */
const floorDivide =
  (round: (x: number) => number): Binary =>
  (x, y) => {
    if (y === 0) return x / y;
    const rest = x % y;
    let quotient = round(round(x - rest) / y);
    if (rest !== 0 && rest < 0 !== y < 0) quotient = round(quotient - 1);
    if (quotient === 0) return Math.sign(x / y) * 0;
    const floor = Math.floor(quotient);
    return quotient - floor > 0.5 ? floor + 1 : floor;
  };

function hypot(x: number, y: number): number {
  return Math.hypot(x, y);
}
/** Also of −0; NaN counts as positive. */
const isNegative = (x: number): boolean => x < 0 || (x === 0 && 1 / x < 0);
function logaddexp(x: number, y: number): number {
  if (x === y && !Number.isFinite(x)) return x;
  return Math.max(x, y) + Math.log1p(Math.exp(-Math.abs(x - y)));
}
function logaddexp2(x: number, y: number): number {
  if (x === y && !Number.isFinite(x)) return x;
  return Math.max(x, y) + Math.log1p(2 ** -Math.abs(x - y)) * Math.LOG2E;
}
function heaviside(x: number, atZero: number): number {
  return x === 0 ? atZero : +(x > 0);
}

const view = new DataView(new ArrayBuffer(8));
/** A float's neighbour is its bits as an integer, one up or down. */
function step32(x: number, by: 1 | -1): number {
  view.setFloat32(0, x);
  view.setInt32(0, view.getInt32(0) + by);
  return view.getFloat32(0);
}
function step64(x: number, by: 1 | -1): number {
  view.setFloat64(0, x);
  view.setBigInt64(0, view.getBigInt64(0) + BigInt(by));
  return view.getFloat64(0);
}
const nextafter =
  (step: (x: number, by: 1 | -1) => number, least: number): Binary =>
  (x, towards) => {
    if (Number.isNaN(x) || Number.isNaN(towards)) return Number.NaN;
    if (x === towards) return towards;
    if (x === 0) return towards > 0 ? least : -least;
    return step(x, x < towards === x > 0 ? 1 : -1);
  };

function gcd(x: number, y: number): number {
  let [a, b] = [Math.abs(x), Math.abs(y)];
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
/** What a shift moves out is gone, also by more than the width. */
const inRange = (n: number): boolean => n >= 0 && n < 32;

export const arithmeticKernels = {
  // Integers divided by 0 give 0 and leave the dividend.
  truncDivide: byKind(
    (round) => (x, y) => Math.trunc(round(x / y)),
    (x, y) => (y === 0 ? 0 : x / y),
  ),
  floorDivide: byKind(floorDivide, (x, y) => (y === 0 ? 0 : Math.floor(x / y))),
  fmod: byKind(
    () => (x, y) => x % y,
    (x, y) => (y === 0 ? x : x % y),
  ),
  remainder: byKind(
    () => remainder,
    (x, y) => (y === 0 ? x : remainder(x, y)),
  ),
  atan2: floating(Math.atan2),
  hypot: floating(hypot),
  copysign: floating((x, y) => (isNegative(x) === isNegative(y) ? x : -x)),
  fmax: floating((x, y) => (Number.isNaN(x) ? y : Number.isNaN(y) ? x : Math.max(x, y))),
  fmin: floating((x, y) => (Number.isNaN(x) ? y : Number.isNaN(y) ? x : Math.min(x, y))),
  logaddexp: floating(logaddexp),
  logaddexp2: floating(logaddexp2),
  xlogy: floating((x, y) => (x === 0 && !Number.isNaN(y) ? 0 : x * Math.log(y))),
  lerp: everyDType(map3((a, b, w) => (Math.abs(w) < 0.5 ? a + w * (b - a) : b - (b - a) * (1 - w)))),
  heaviside: everyDType(map2(heaviside)),
  nextafter: (dtype) => map2(dtype === 'float64' ? nextafter(step64, Number.MIN_VALUE) : nextafter(step32, 2 ** -149)),
  gcd: integer(gcd),
  bitwiseAnd: integer((x, y) => x & y),
  bitwiseOr: integer((x, y) => x | y),
  bitwiseXor: integer((x, y) => x ^ y),
  leftShift: integer((x, n) => (inRange(n) ? x << n : 0)),
  rightShift: integer(
    (x, n) => x >> (inRange(n) ? n : 31),
    (x, n) => (inRange(n) ? x >>> n : 0),
  ),
} satisfies Record<string, PointwiseKernel>;
