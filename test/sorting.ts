/** A stable sort in plain JavaScript, and numbers that are hard to sort: what both backends' kernels are tested with. */
import { type DType, isFloat } from '../src/core/dtype.ts';
import { contiguousStrides, numel, type Shape } from '../src/core/shape.ts';

/** NaN is the greatest, -0 equals 0. */
export const compare = (a: number, b: number): number =>
  a < b ? -1 : a > b ? 1 : Number(Number.isNaN(a)) - Number(Number.isNaN(b));

/** What sort() of row-major elements along `dim` gives. */
export function sortedAlong(
  elements: ArrayLike<number>,
  shape: Shape,
  dim: number,
  descending: boolean,
): { values: number[]; indices: number[] } {
  const values = new Array<number>(numel(shape));
  const indices = new Array<number>(numel(shape));
  const step = contiguousStrides(shape)[dim]!;
  const size = shape[dim]!;
  for (let start = 0; start < values.length; start++) {
    if (Math.floor(start / step) % size !== 0) continue;
    const order = Array.from({ length: size }, (_, k) => k);
    const at = (k: number): number => elements[start + k * step]!;
    order.sort((a, b) => (descending ? compare(at(b), at(a)) : compare(at(a), at(b))) || a - b);
    order.forEach((k, i) => {
      values[start + i * step] = at(k);
      indices[start + i * step] = k;
    });
  }
  return { values, indices };
}

const hard: Readonly<Record<DType, readonly number[]>> = {
  float32: [Number.NaN, Infinity, -Infinity, 0, -0, 3.4028234663852886e38, -3.4028234663852886e38, 1.5, 1.5, -1.5],
  float16: [Number.NaN, Infinity, -Infinity, 0, -0, 65504, -65504, 1.5, 1.5, -1.5],
  float64: [Number.NaN, Infinity, -Infinity, 0, -0, 1.7e308, -1.7e308, 1.5, 1.5, -1.5],
  int32: [-(2 ** 31), 2 ** 31 - 1, 0, -1, 1, -1],
  uint32: [0, 2 ** 32 - 1, 2 ** 31, 2 ** 31 - 1, 1],
  bool: [0, 1],
};

/** Numbers in no order: a third are edges of the dtype, a third are repeated often, the others are any. */
export function hardToSort(dtype: DType, random: () => number): () => number {
  const edges = hard[dtype];
  return () => {
    const kind = random();
    if (kind < 0.33 || dtype === 'bool') return edges[Math.floor(random() * edges.length)]!;
    const few = kind < 0.66;
    if (isFloat(dtype)) return few ? Math.floor(random() * 4) - 2 : Math.fround(random() * 8 - 4);
    const wide = Math.floor(random() * 2 ** 32);
    const n = few ? Math.floor(random() * 4) : wide;
    return dtype === 'uint32' ? n : n | 0;
  };
}
