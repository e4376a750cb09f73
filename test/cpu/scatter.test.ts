import { describe, expect, test } from 'vitest';
import { run, runInAllLayouts, tensor } from './helpers.ts';

const int = (shape: readonly number[], values: readonly number[]) => tensor(shape, values, 'int32');

describe('overwriting by index', () => {
  test('the last of equal places stays; indices out of range are dropped', () => {
    const base = tensor([2, 3], [1, 2, 3, 4, 5, 6]);
    const index = int([2, 3], [0, 2, 0, -1, 3, 1]);
    const src = tensor([2, 3], [10, 20, 30, 40, 50, 60]);
    for (const { results } of runInAllLayouts('scatter', [base, index, src], [{ shape: [2, 3] }], { dim: 1 }))
      expect(results[0]).toEqual([30, 2, 20, 4, 60, 6]);
    const rows = int([3], [1, 5, 1]);
    const slices = tensor([3, 3], [1, 1, 1, 2, 2, 2, 7, 8, 9]);
    for (const { results } of runInAllLayouts('indexCopy', [base, rows, slices], [{ shape: [2, 3] }], { dim: 0 }))
      expect(results[0]).toEqual([1, 2, 3, 7, 8, 9]);
  });
});

describe('combining by index', () => {
  const reduced = (
    reduce: string,
    base: number[],
    index: number[],
    src: number[],
    dtype?: 'int32' | 'uint32' | 'bool',
  ) =>
    run(
      'scatterReduce',
      [tensor([base.length], base, dtype), int([index.length], index), tensor([src.length], src, dtype)],
      [{ shape: [base.length], ...(dtype && { dtype }) }],
      { dim: 0, reduce },
    )[0];
  test('products of integers wrap around', () => {
    expect(reduced('prod', [65537, 3], [0, 0], [65537, 3], 'int32')).toEqual([
      Math.imul(Math.imul(65537, 65537), 3),
      3,
    ]);
    expect(reduced('prod', [4294967295], [0, 1], [4294967295, 5], 'uint32')).toEqual([1]);
    expect(reduced('prod', [1, 1], [0, 0], [1, 0], 'bool')).toEqual([0, 1]);
  });
  test('extrema: NaN wins', () => {
    expect(reduced('amax', [1, 1, 1], [0, 1, 1, 2], [3, Number.NaN, 7, -1])).toEqual([3, Number.NaN, 1]);
    expect(reduced('amin', [1, Number.NaN, 1], [0, 1, 2], [3, 4, -1])).toEqual([1, Number.NaN, -1]);
  });
  test('slices', () => {
    const base = tensor([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]);
    const src = tensor([2, 3, 2], [2, 2, 3, 3, 9, 9, 1, 1, 2, 2, 9, 9]);
    for (const { results } of runInAllLayouts('indexReduce', [base, int([3], [1, 1, 2]), src], [{ shape: [2, 2, 2] }], {
      dim: 1,
      reduce: 'prod',
    }))
      expect(results[0]).toEqual([1, 2, 18, 24, 5, 6, 14, 16]);
  });
});
