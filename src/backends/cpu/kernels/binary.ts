/** Binary pointwise ops, comparisons, selection and casts. */
import type { DType } from '../../../core/dtype.ts';
import { roundToHalf } from '../../../core/float16.ts';
import { byDType, everyDType, type Loop, map1, map2, map3, type PointwiseKernel } from '../lane.ts';
import { integerPower, power } from '../special.ts';

const binary = (float32: Loop, fn: (x: number, y: number) => number, integer = fn): PointwiseKernel =>
  byDType(float32, map2(fn), map2(integer));

// Stores into integer arrays wrap to 32 bits; products need imul, being longer than a double's 53 bits.
const arithmetic = {
  add: binary(
    (n, { data: o, at: p }, { data: x, at: q }, { data: y, at: r }) => {
      for (let i = 0; i < n; i++) o[p + i] = x[q + i]! + y[r + i]!;
    },
    (x, y) => x + y,
  ),
  sub: binary(
    (n, { data: o, at: p }, { data: x, at: q }, { data: y, at: r }) => {
      for (let i = 0; i < n; i++) o[p + i] = x[q + i]! - y[r + i]!;
    },
    (x, y) => x - y,
  ),
  mul: binary(
    (n, { data: o, at: p }, { data: x, at: q }, { data: y, at: r }) => {
      for (let i = 0; i < n; i++) o[p + i] = x[q + i]! * y[r + i]!;
    },
    (x, y) => x * y,
    Math.imul,
  ),
  div: binary(
    (n, { data: o, at: p }, { data: x, at: q }, { data: y, at: r }) => {
      for (let i = 0; i < n; i++) o[p + i] = x[q + i]! / y[r + i]!;
    },
    (x, y) => x / y,
  ),
  pow: binary(
    (n, { data: o, at: p }, { data: x, at: q }, { data: y, at: r }) => {
      for (let i = 0; i < n; i++) o[p + i] = power(x[q + i]!, y[r + i]!);
    },
    power,
    integerPower,
  ),
  maximum: binary((n, { data: o, at: p }, { data: x, at: q }, { data: y, at: r }) => {
    for (let i = 0; i < n; i++) o[p + i] = Math.max(x[q + i]!, y[r + i]!);
  }, Math.max),
  minimum: binary((n, { data: o, at: p }, { data: x, at: q }, { data: y, at: r }) => {
    for (let i = 0; i < n; i++) o[p + i] = Math.min(x[q + i]!, y[r + i]!);
  }, Math.min),
} satisfies Record<string, PointwiseKernel>;

const comparisons = {
  eq: binary(
    (n, { data: o, at: p }, { data: x, at: q }, { data: y, at: r }) => {
      for (let i = 0; i < n; i++) o[p + i] = +(x[q + i]! === y[r + i]!);
    },
    (x, y) => +(x === y),
  ),
  ne: binary(
    (n, { data: o, at: p }, { data: x, at: q }, { data: y, at: r }) => {
      for (let i = 0; i < n; i++) o[p + i] = +(x[q + i]! !== y[r + i]!);
    },
    (x, y) => +(x !== y),
  ),
  lt: binary(
    (n, { data: o, at: p }, { data: x, at: q }, { data: y, at: r }) => {
      for (let i = 0; i < n; i++) o[p + i] = +(x[q + i]! < y[r + i]!);
    },
    (x, y) => +(x < y),
  ),
  le: binary(
    (n, { data: o, at: p }, { data: x, at: q }, { data: y, at: r }) => {
      for (let i = 0; i < n; i++) o[p + i] = +(x[q + i]! <= y[r + i]!);
    },
    (x, y) => +(x <= y),
  ),
  gt: binary(
    (n, { data: o, at: p }, { data: x, at: q }, { data: y, at: r }) => {
      for (let i = 0; i < n; i++) o[p + i] = +(x[q + i]! > y[r + i]!);
    },
    (x, y) => +(x > y),
  ),
  ge: binary(
    (n, { data: o, at: p }, { data: x, at: q }, { data: y, at: r }) => {
      for (let i = 0; i < n; i++) o[p + i] = +(x[q + i]! >= y[r + i]!);
    },
    (x, y) => +(x >= y),
  ),
  // bool is 0 or 1
  logicalAnd: everyDType((n, { data: o, at: p }, { data: x, at: q }, { data: y, at: r }) => {
    for (let i = 0; i < n; i++) o[p + i] = x[q + i]! & y[r + i]!;
  }),
  logicalOr: everyDType((n, { data: o, at: p }, { data: x, at: q }, { data: y, at: r }) => {
    for (let i = 0; i < n; i++) o[p + i] = x[q + i]! | y[r + i]!;
  }),
  logicalXor: everyDType((n, { data: o, at: p }, { data: x, at: q }, { data: y, at: r }) => {
    for (let i = 0; i < n; i++) o[p + i] = x[q + i]! ^ y[r + i]!;
  }),
} satisfies Record<string, PointwiseKernel>;

/** Moves 32-bit words: exact for every value, and one loop for three dtypes. */
const copyWords: Loop = (n, { bits: o, at: p }, { bits: x, at: q }) => {
  for (let i = 0; i < n; i++) o[p + i] = x[q + i]!;
};
const copyAny: Loop = map1((x) => x);
const selectWords: Loop = (
  n,
  { bits: o, at: p },
  { data: condition, at: q },
  { bits: x, at: r },
  { bits: y, at: s },
) => {
  for (let i = 0; i < n; i++) {
    const mask = -condition[q + i]!;
    o[p + i] = (x[r + i]! & mask) | (y[s + i]! & ~mask);
  }
};
const selectAny: Loop = map3((condition, x, y) => (condition !== 0 ? x : y));

const isWord = (d: DType): boolean => d === 'float32' || d === 'int32' || d === 'uint32';

const boolToFloat32: Loop = (n, { data: o, at: p }, { data: x, at: q }) => {
  for (let i = 0; i < n; i++) o[p + i] = x[q + i]!;
};
const int32ToFloat32: Loop = (n, { data: o, at: p }, { data: x, at: q }) => {
  for (let i = 0; i < n; i++) o[p + i] = x[q + i]!;
};
const nonZero: Loop = map1((x) => +(x !== 0));

/** Truncates and saturates; NaN gives 0. Between integers the low 32 bits are kept. */
function toInteger(low: number, high: number): Loop {
  return map1((x) => (x < low ? low : x > high ? high : x));
}
const toInt32 = toInteger(-(2 ** 31), 2 ** 31 - 1);
const toUint32 = toInteger(0, 2 ** 32 - 1);

const toHalf: Loop = map1(roundToHalf);

const cast: PointwiseKernel = (dtype, [from]) => {
  // What is a half already, or a bool, is one.
  if (dtype === 'float16') return from === 'float16' || from === 'bool' ? copyAny : toHalf;
  if (dtype === 'bool') return from === 'bool' ? copyAny : nonZero;
  if (isWord(dtype) && (dtype === from || (dtype !== 'float32' && from !== 'float32' && isWord(from!))))
    return copyWords;
  const integral = from === 'bool' || from === 'int32' || from === 'uint32';
  if (dtype === 'float32' && from === 'bool') return boolToFloat32;
  if (dtype === 'float32' && from === 'int32') return int32ToFloat32;
  if (dtype === 'float32' || dtype === 'float64' || integral) return copyAny;
  return dtype === 'int32' ? toInt32 : toUint32;
};

export const binaryKernels = {
  ...arithmetic,
  ...comparisons,
  where: (dtype) => (isWord(dtype) ? selectWords : selectAny),
  copy: (dtype) => (isWord(dtype) ? copyWords : copyAny),
  cast,
} satisfies Record<string, PointwiseKernel>;
