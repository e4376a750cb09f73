import { describe, expect, test } from 'vitest';
import { noise, run, runInAllLayouts, tensor } from './helpers.ts';

const int = (shape: readonly number[], values: readonly number[]) => tensor(shape, values, 'int32');

describe('gather and scatterAdd', () => {
  const x = tensor([3, 2], [1, 2, 3, 4, 5, 6]);
  test('gather along each dim; indices out of range read 0', () => {
    for (const { results } of runInAllLayouts('gather', [x, int([2, 2], [2, 0, -1, 3])], [{ shape: [2, 2] }], {
      dim: 0,
    })) {
      expect(results[0]).toEqual([5, 2, 0, 0]);
    }
    for (const { results } of runInAllLayouts(
      'gather',
      [x, int([3, 3], [0, 1, 1, 1, 0, 0, 1, 1, 2])],
      [{ shape: [3, 3] }],
      { dim: 1 },
    )) {
      expect(results[0]).toEqual([1, 2, 2, 4, 3, 3, 6, 6, 0]);
    }
  });
  test('the index may be smaller than x in the other dims', () => {
    expect(run('gather', [x, int([2, 1], [1, 0])], [{ shape: [2, 1] }], { dim: 1 })).toEqual([[2, 3]]);
    expect(run('gather', [x, int([0, 1], [])], [{ shape: [0, 1] }], { dim: 1 })).toEqual([[]]);
  });
  test('scatterAdd adds duplicates and drops indices out of range', () => {
    const src = tensor([2, 3], [10, 20, 30, 40, 50, 60]);
    const index = int([2, 2], [1, 1, 5, -1]);
    for (const { results } of runInAllLayouts('scatterAdd', [x, index, src], [{ shape: [3, 2] }], { dim: 1 })) {
      expect(results[0]).toEqual([1, 32, 3, 4, 5, 6]);
    }
    for (const { results } of runInAllLayouts(
      'scatterAdd',
      [x, int([2, 2], [2, 2, 2, 0]), tensor([2, 2], [1, 2, 3, 4])],
      [{ shape: [3, 2] }],
      { dim: 0 },
    )) {
      expect(results[0]).toEqual([1, 6, 3, 4, 9, 8]);
    }
  });
  test('in place, only what changes is written', () => {
    const base = tensor([3], [1, 2, 3]);
    expect(
      run('scatterAdd', [base, int([2], [0, 0]), tensor([2], [5, 7])], [{ shape: [3], data: base.data }], { dim: 0 }),
    ).toEqual([[13, 2, 3]]);
  });
  test('duplicates are added in the order of src', () => {
    const values = [1e8, 1, -1e8, 1];
    const expected = values.reduce((a, v) => Math.fround(a + v), 0);
    expect(
      run('scatterAdd', [tensor([1], [0]), int([4], [0, 0, 0, 0]), tensor([4], values)], [{ shape: [1] }], { dim: 0 }),
    ).toEqual([[expected]]);
  });
});

describe('indexSelect and indexAdd', () => {
  const x = tensor(
    [2, 3, 2],
    Array.from({ length: 12 }, (_, i) => i),
  );
  test('slices along a dim; indices out of range read 0', () => {
    for (const { results } of runInAllLayouts('indexSelect', [x, int([4], [2, 0, 3, 2])], [{ shape: [2, 4, 2] }], {
      dim: 1,
    })) {
      expect(results[0]).toEqual([4, 5, 0, 1, 0, 0, 4, 5, 10, 11, 6, 7, 0, 0, 10, 11]);
    }
    expect(run('indexSelect', [x, int([1], [1])], [{ shape: [1, 3, 2] }], { dim: 0 })).toEqual([[6, 7, 8, 9, 10, 11]]);
    expect(run('indexSelect', [x, int([0], [])], [{ shape: [0, 3, 2] }], { dim: 0 })).toEqual([[]]);
  });
  test('indexAdd adds duplicates and drops indices out of range', () => {
    const base = tensor([2, 2], [1, 2, 3, 4]);
    const src = tensor([2, 3], [10, 20, 30, 40, 50, 60]);
    for (const { results } of runInAllLayouts('indexAdd', [base, int([3], [1, 1, 2]), src], [{ shape: [2, 2] }], {
      dim: 1,
    })) {
      expect(results[0]).toEqual([1, 32, 3, 94]);
    }
    expect(
      run('indexAdd', [base, int([1], [-1]), tensor([1, 2], [5, 5])], [{ shape: [2, 2], data: base.data }], { dim: 0 }),
    ).toEqual([[1, 2, 3, 4]]);
  });
  test('other dtypes', () => {
    expect(
      run('indexSelect', [tensor([3], [1, 0, 1], 'bool'), int([2], [1, 2])], [{ shape: [2], dtype: 'bool' }], {
        dim: 0,
      }),
    ).toEqual([[0, 1]]);
    expect(
      run('indexAdd', [int([2], [1, 2]), int([2], [0, 0]), int([2], [5, 6])], [{ shape: [2], dtype: 'int32' }], {
        dim: 0,
      }),
    ).toEqual([[12, 2]]);
  });
});

describe('cat', () => {
  test.each([0, 1, 2])('along dim %i, with an empty part and long blocks', (dim) => {
    const sizes = [2, 0, 1, 40];
    const shapes = sizes.map((s) => [2, 3, 5].map((d, i) => (i === dim ? s : d)));
    const parts = shapes.map((s, i) =>
      tensor(
        s,
        noise(
          s.reduce((a, b) => a * b, 1),
          i + 1,
        ),
      ),
    );
    const shape = [2, 3, 5].map((d, i) => (i === dim ? 43 : d));
    const inner = shape.slice(dim + 1).reduce((a, b) => a * b, 1);
    const expected: number[] = [];
    for (let o = 0; o < shape.slice(0, dim).reduce((a, b) => a * b, 1); o++) {
      parts.forEach((p, i) => {
        expected.push(...Array.from(p.data).slice(o * sizes[i]! * inner, (o + 1) * sizes[i]! * inner));
      });
    }
    for (const { results } of runInAllLayouts('cat', parts, [{ shape }], { dim })) expect(results[0]).toEqual(expected);
  });
});

describe('scatterView', () => {
  const base = tensor(
    [3, 4],
    Array.from({ length: 12 }, (_, i) => i),
  );
  test('writes a strided view', () => {
    const attrs = { strides: [8, -2] };
    for (const { results } of runInAllLayouts(
      'scatterView',
      [base, tensor([2, 2], [-1, -2, -3, -4]), 3],
      [{ shape: [3, 4] }],
      attrs,
    )) {
      expect(results[0]).toEqual([0, -2, 2, -1, 4, 5, 6, 7, 8, -4, 10, -3]);
    }
  });
  test('in place, of no element, of one', () => {
    const data = base.data.slice();
    const x = { ...base, data };
    run('scatterView', [x, tensor([0], []), 0], [{ shape: [3, 4], data }], { strides: [1] });
    run('scatterView', [x, tensor([], [50]), 5], [{ shape: [3, 4], data }], { strides: [] });
    expect(Array.from(data)).toEqual([0, 1, 2, 3, 4, 50, 6, 7, 8, 9, 10, 11]);
  });
});
