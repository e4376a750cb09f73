import { describe, expect, test } from 'vitest';
import type { CpuTensor } from '../../src/backends/cpu/kernel.ts';
import { numel, type Shape } from '../../src/core/shape.ts';
import { kernelSetNames, noise, run, runInAllLayouts, tensor } from './helpers.ts';

function naive(m: number, k: number, n: number, a: readonly number[], b: readonly number[]): number[] {
  return Array.from({ length: m * n }, (_, at) => {
    const i = Math.floor(at / n);
    const j = at % n;
    let sum = 0;
    for (let p = 0; p < k; p++) sum += a[i * k + p]! * b[p * n + j]!;
    return Math.fround(sum);
  });
}
function expectClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((v, i) => {
    expect(Math.abs(v - expected[i]!), `element ${i}`).toBeLessThanOrEqual(tolerance);
  });
}

// Single elements, vectors, the direct path, edges of the 4x4 tile, more than one block in each direction.
const sizes = [
  [1, 1, 1],
  [1, 7, 5],
  [5, 7, 1],
  [3, 4, 2],
  [2, 300, 9],
  [9, 300, 2],
  [4, 4, 4],
  [5, 6, 7],
  [16, 16, 16],
  [31, 9, 33],
  [130, 5, 6],
  [5, 5, 133],
  [17, 270, 19],
  [129, 257, 130],
] as const;

describe.each(kernelSetNames)('%s', (set) => {
  test.each(sizes)('[%i, %i] @ [.., %i] in all layouts', (m, k, n) => {
    const a = noise(m * k, 1);
    const b = noise(k * n, 2);
    const expected = naive(m, k, n, a, b);
    const operands = [tensor([m, k], a), tensor([k, n], b)];
    for (const { results } of runInAllLayouts('matmul', operands, [{ shape: [m, n] }], {}, set))
      expectClose(results[0]!, expected, 4e-6);
  });
});

test('float64 keeps double precision', () => {
  const [m, k, n] = [20, 300, 21];
  const a = noise(m * k, 3);
  const b = noise(k * n, 4);
  const [c] = run(
    'matmul',
    [tensor([m, k], a, 'float64'), tensor([k, n], b, 'float64')],
    [{ shape: [m, n], dtype: 'float64' }],
  );
  const exact = Array.from({ length: m * n }, (_, at) => {
    let sum = 0;
    for (let p = 0; p < k; p++) sum += a[Math.floor(at / n) * k + p]! * b[p * n + (at % n)]!;
    return sum;
  });
  expectClose(c!, exact, 1e-13);
});

test('batches, one operand broadcast over them', () => {
  const [m, k, n] = [3, 4, 5];
  const a = noise(6 * m * k, 5);
  const b = noise(k * n, 6);
  const shared: CpuTensor = { ...tensor([k, n], b), layout: { shape: [2, 3, k, n], strides: [0, 0, n, 1], offset: 0 } };
  const [c] = run('matmul', [tensor([2, 3, m, k], a), shared], [{ shape: [2, 3, m, n] }]);
  const expected = Array.from({ length: 6 }, (_, i) => naive(m, k, n, a.slice(i * m * k, (i + 1) * m * k), b)).flat();
  expectClose(c!, expected, 1e-6);
});

test.each<[Shape, Shape]>([
  [
    [3, 0],
    [0, 4],
  ],
  [
    [0, 5],
    [5, 4],
  ],
  [
    [0, 3, 2],
    [0, 2, 3],
  ],
])('%j @ %j: nothing to add is 0', (a, b) => {
  const shape = [...a.slice(0, -1), b[b.length - 1]!];
  expect(run('matmul', [tensor(a, []), tensor(b, new Array<number>(numel(b)).fill(1))], [{ shape }])[0]).toEqual(
    new Array(numel(shape)).fill(0),
  );
});

test.each(kernelSetNames)('%s: NaN and infinity spread to their row and column only', (set) => {
  const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
  const a = new Array<number>(64).fill(1);
  a[0] = nan;
  a[8] = inf;
  const ones = tensor([8, 8], new Array<number>(64).fill(1));
  const [c] = run('matmul', [tensor([8, 8], a), ones], [{ shape: [8, 8] }], {}, set);
  expect(c!.slice(0, 8)).toEqual(new Array(8).fill(nan));
  expect(c!.slice(8, 16)).toEqual(new Array(8).fill(inf));
  expect(c!.slice(16)).toEqual(new Array(48).fill(8));
});
