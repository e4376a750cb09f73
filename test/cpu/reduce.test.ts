import { describe, expect, test } from 'vitest';
import { contiguousStrides, numel, type Shape } from '../../src/core/shape.ts';
import { noise, run, runInAllLayouts, tensor } from './helpers.ts';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

/** Groups row-major elements by their index outside of `dims`. */
function groups(shape: Shape, values: readonly number[], dims: readonly number[]): number[][] {
  const kept = shape.map((d, i) => (dims.includes(i) ? 1 : d));
  const strides = contiguousStrides(shape);
  const keptStrides = contiguousStrides(kept);
  const out: number[][] = Array.from({ length: numel(kept) }, () => []);
  values.forEach((v, n) => {
    const at = shape.reduce(
      (p, d, i) => p + (dims.includes(i) ? 0 : (Math.floor(n / strides[i]!) % d) * keptStrides[i]!),
      0,
    );
    out[at]!.push(v);
  });
  return out;
}
const subsets = (rank: number): number[][] =>
  Array.from({ length: 2 ** rank }, (_, bits) =>
    Array.from({ length: rank }, (_, d) => d).filter((d) => bits & (1 << d)),
  );

describe('any dims of any layout', () => {
  const shapes: Shape[] = [[5], [3, 4], [4, 1, 3], [2, 3, 4, 5], [40, 33]];
  test.each(shapes.map((s) => [s]))('%j', (shape) => {
    const x = noise(numel(shape)).map((v) => Math.round(v * 8) / 4);
    for (const dims of subsets(shape.length)) {
      const kept = shape.map((d, i) => (dims.includes(i) ? 1 : d));
      const sets = groups(shape, x, dims);
      for (const { name, results } of runInAllLayouts('sum', [tensor(shape, x)], [{ shape: kept }], { dims })) {
        expect(results[0], `sum over ${dims} ${name}`).toEqual(sets.map((g) => g.reduce((a, b) => a + b, 0)));
      }
      for (const { name, results } of runInAllLayouts('amax', [tensor(shape, x)], [{ shape: kept }], { dims })) {
        expect(results[0], `amax over ${dims} ${name}`).toEqual(sets.map((g) => Math.max(...g)));
      }
      for (const { results } of runInAllLayouts('amin', [tensor(shape, x)], [{ shape: kept }], { dims })) {
        expect(results[0]).toEqual(sets.map((g) => Math.min(...g)));
      }
      const bits = x.map((v) => +(v > 0));
      for (const { results } of runInAllLayouts(
        'any',
        [tensor(shape, bits, 'bool')],
        [{ shape: kept, dtype: 'bool' }],
        { dims },
      )) {
        expect(results[0]).toEqual(groups(shape, bits, dims).map((g) => Math.max(...g)));
      }
      for (const { results } of runInAllLayouts(
        'all',
        [tensor(shape, bits, 'bool')],
        [{ shape: kept, dtype: 'bool' }],
        { dims },
      )) {
        expect(results[0]).toEqual(groups(shape, bits, dims).map((g) => Math.min(...g)));
      }
      if (dims.length !== 1 && dims.length !== shape.length) continue;
      for (const { name, results } of runInAllLayouts('argmax', [tensor(shape, x)], [{ shape: kept, dtype: 'int32' }], {
        dims,
      })) {
        expect(results[0], `argmax over ${dims} ${name}`).toEqual(sets.map((g) => g.indexOf(Math.max(...g))));
      }
      for (const { results } of runInAllLayouts('argmin', [tensor(shape, x)], [{ shape: kept, dtype: 'int32' }], {
        dims,
      })) {
        expect(results[0]).toEqual(sets.map((g) => g.indexOf(Math.min(...g))));
      }
    }
  });

  test('prod', () => {
    const x = [1, 2, 3, 4, 5, 6];
    for (const { results } of runInAllLayouts('prod', [tensor([2, 3], x)], [{ shape: [1, 3] }], { dims: [0] }))
      expect(results[0]).toEqual([4, 10, 18]);
    for (const { results } of runInAllLayouts('prod', [tensor([2, 3], x)], [{ shape: [2, 1] }], { dims: [1] }))
      expect(results[0]).toEqual([6, 120]);
  });

  test('a broadcast operand (stride 0)', () => {
    const x = { ...tensor([1], [3]), layout: { shape: [4, 5], strides: [0, 0], offset: 0 } };
    expect(run('sum', [x], [{ shape: [1, 1] }], { dims: [0, 1] })).toEqual([[60]]);
    expect(run('sum', [x], [{ shape: [4, 1] }], { dims: [1] })).toEqual([[15, 15, 15, 15]]);
  });
});

test('no elements: 0, 1, false, true', () => {
  const empty = tensor([2, 0], []);
  expect(run('sum', [empty], [{ shape: [2, 1] }], { dims: [1] })).toEqual([[0, 0]]);
  expect(run('prod', [empty], [{ shape: [2, 1] }], { dims: [1] })).toEqual([[1, 1]]);
  const bits = tensor([0], [], 'bool');
  expect(run('any', [bits], [{ shape: [1], dtype: 'bool' }], { dims: [0] })).toEqual([[0]]);
  expect(run('all', [bits], [{ shape: [1], dtype: 'bool' }], { dims: [0] })).toEqual([[1]]);
  expect(run('sum', [tensor([0, 3], [])], [{ shape: [0, 1] }], { dims: [1] })).toEqual([[]]);
});

test('a 0-d tensor', () => {
  expect(run('sum', [tensor([], [5])], [{ shape: [] }], { dims: [] })).toEqual([[5]]);
  expect(run('argmax', [tensor([], [5])], [{ shape: [], dtype: 'int32' }], { dims: [] })).toEqual([[0]]);
});

test('NaN wins, the first of several', () => {
  const x = tensor([2, 4], [1, nan, 9, nan, -inf, -inf, -inf, -inf]);
  for (const { results } of runInAllLayouts('amax', [x], [{ shape: [2, 1] }], { dims: [1] }))
    expect(results[0]).toEqual([nan, -inf]);
  for (const { results } of runInAllLayouts('amin', [x], [{ shape: [1, 4] }], { dims: [0] }))
    expect(results[0]).toEqual([-inf, nan, -inf, nan]);
  expect(run('argmax', [x], [{ shape: [2, 1], dtype: 'int32' }], { dims: [1] })).toEqual([[1, 0]]);
  expect(run('argmin', [x], [{ shape: [1, 1], dtype: 'int32' }], { dims: [0, 1] })).toEqual([[1]]);
});

test('integers wrap, and their products keep the low 32 bits', () => {
  const x = tensor([3], [2147483647, 1, 1], 'int32');
  expect(run('sum', [x], [{ shape: [1], dtype: 'int32' }], { dims: [0] })).toEqual([[-2147483647]]);
  const y = tensor([2, 2], [123456789, 987654321, 3, 5], 'int32');
  expect(run('prod', [y], [{ shape: [2, 1], dtype: 'int32' }], { dims: [1] })).toEqual([[-67153019, 15]]);
});

test('sums are accumulated in double precision', () => {
  const n = 65536;
  const x = new Array<number>(n).fill(0.1);
  expect(run('sum', [tensor([n], x)], [{ shape: [1] }], { dims: [0] })[0]![0]).toBe(Math.fround(n * Math.fround(0.1)));
  expect(run('sum', [tensor([n / 2, 2], x)], [{ shape: [1, 2] }], { dims: [0] })[0]![1]).toBe(
    Math.fround((n / 2) * Math.fround(0.1)),
  );
});
