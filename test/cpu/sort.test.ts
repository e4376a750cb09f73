import { describe, expect, test } from 'vitest';
import type { DType } from '../../src/core/dtype.ts';
import { compare, hardToSort, sortedAlong } from '../sorting.ts';
import { run, runInAllLayouts, tensor } from './helpers.ts';

const dtypes: readonly DType[] = ['float32', 'float64', 'int32', 'uint32', 'bool'];

/** Repeatable numbers in [0, 1). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
const numbers = (n: number, dtype: DType, seed: number): number[] =>
  Array.from({ length: n }, hardToSort(dtype, random(seed)));

function sorts(shape: readonly number[], dim: number, dtype: DType, seed: number): void {
  const values = numbers(
    shape.reduce((n, d) => n * d, 1),
    dtype,
    seed,
  );
  for (const descending of [false, true]) {
    const outputs = [
      { shape, dtype },
      { shape, dtype: 'int32' as const },
    ];
    const expected = sortedAlong(values, shape, dim, descending);
    for (const { name, results } of runInAllLayouts('sort', [tensor(shape, values, dtype)], outputs, {
      dim,
      descending,
    })) {
      expect(results[1], name).toEqual(expected.indices);
      expect(results[0], name).toEqual(expected.values);
    }
  }
}

describe('sort', () => {
  test.each([1, 2, 15, 16, 17, 31, 32, 33, 255, 256, 257, 1023, 1025, 5000])('of %i elements, any dtype', (n) => {
    for (const dtype of dtypes) sorts([n], 0, dtype, n);
  });
  test('along each dim', () => {
    for (const dim of [0, 1, 2]) sorts([3, 40, 5], dim, dtypes[dim]!, dim);
  });
  test('of nothing, and of equal elements', () => {
    expect(run('sort', [tensor([0], [])], [{ shape: [0] }, { shape: [0], dtype: 'int32' }], { dim: 0 })).toEqual([
      [],
      [],
    ]);
    const same = new Array<number>(100).fill(7);
    const outputs = [{ shape: [100] }, { shape: [100], dtype: 'int32' as const }];
    expect(run('sort', [tensor([100], same)], outputs, { dim: 0, descending: true })).toEqual([same, [...same.keys()]]);
  });
});

test('unsort puts back what sort moved', () => {
  const shape = [3, 40, 5];
  const values = numbers(600, 'float32', 9);
  for (const dim of [0, 1, 2]) {
    const { values: moved, indices } = sortedAlong(values, shape, dim, false);
    const inputs = [tensor(shape, moved), tensor(shape, indices, 'int32')];
    for (const { results } of runInAllLayouts('unsort', inputs, [{ shape }], { dim }))
      expect(results[0]).toEqual(values);
  }
});

test('searchsorted counts the boundaries below, in one list or a list per row', () => {
  for (const [seed, dtype] of dtypes.entries()) {
    for (const right of [false, true]) {
      const rows = [0, 1].map((r) => numbers(37, dtype, seed + r).sort(compare));
      const values = numbers(22, dtype, seed + 5);
      const count = (row: number[], v: number): number =>
        row.filter((b) => compare(b, v) < 0 || (right && compare(b, v) === 0)).length;
      const outputs = [{ shape: [2, 11], dtype: 'int32' as const }];
      const perRow = [tensor([2, 37], rows.flat(), dtype), tensor([2, 11], values, dtype)];
      for (const { results } of runInAllLayouts('searchsorted', perRow, outputs, { right }))
        expect(results[0]).toEqual(values.map((v, i) => count(rows[Math.floor(i / 11)]!, v)));
      const shared = [tensor([37], rows[0]!, dtype), tensor([2, 11], values, dtype)];
      for (const { results } of runInAllLayouts('searchsorted', shared, outputs, { right }))
        expect(results[0]).toEqual(values.map((v) => count(rows[0]!, v)));
    }
  }
});
