import { describe, expect, test } from 'vitest';
import type { DType } from '../../src/core/dtype.ts';
import { exactNumbers, hasPlaces, type ScanOp, scanned, scanOps } from '../scans.ts';
import { hardToSort } from '../sorting.ts';
import { run, runInAllLayouts, tensor } from './helpers.ts';

/** Repeatable numbers in [0, 1). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function scans(op: ScanOp, shape: readonly number[], dim: number, dtype: DType, seed = 1): void {
  const n = shape.reduce((p, d) => p * d, 1);
  const next = random(seed);
  const fill = hasPlaces(op) ? hardToSort(dtype, next) : exactNumbers(op, next);
  const x = Array.from({ length: n }, fill);
  const b = Array.from({ length: n }, exactNumbers('cumsum', next));
  const inputs = [tensor(shape, x, dtype), ...(op === 'linearScan' ? [tensor(shape, b, dtype)] : [])];
  const outputs = [{ shape, dtype }, ...(hasPlaces(op) ? [{ shape, dtype: 'int32' as const }] : [])];
  const { values, places } = scanned(op, shape, dim, x, b);
  for (const { name, results } of runInAllLayouts(op, inputs, outputs, { dim })) {
    if (hasPlaces(op)) expect(results[1], name).toEqual(places);
    if (op === 'logcumsumexp') for (const [i, v] of values.entries()) expect(results[0]![i], name).toBeCloseTo(v, 5);
    else
      expect(
        results[0]!.map((v) => v + 0),
        name,
      ).toEqual(values.map((v) => v + 0));
  }
}

describe.each(scanOps)('%s', (op) => {
  test('along each dim', () => {
    // float64 where results grow.
    const dtype = op === 'linearScan' ? 'float64' : 'float32';
    for (const dim of [0, 1, 2]) scans(op, [3, 7, 5], dim, dtype, dim + 1);
    scans(op, [1], 0, dtype);
    scans(op, [40], 0, dtype);
  });
  test('of nothing', () => {
    const outputs = [{ shape: [2, 0] }, ...(hasPlaces(op) ? [{ shape: [2, 0], dtype: 'int32' as const }] : [])];
    const none = tensor([2, 0], []);
    expect(run(op, [none, none], outputs, { dim: 1 })[0]).toEqual([]);
    expect(run(op, [none, none], outputs, { dim: 0 })[0]).toEqual([]);
  });
});

test.each(['int32', 'uint32', 'bool'] as const)('extrema of %s', (dtype) => {
  scans('cummax', [2, 30], 1, dtype);
  scans('cummin', [2, 30], 1, dtype, 2);
});

test('integers wrap to 32 bits', () => {
  const big = 2 ** 31 - 1;
  const out = (dtype: DType) => [{ shape: [3], dtype }];
  expect(run('cumsum', [tensor([3], [big, 1, 1], 'int32')], out('int32'), { dim: 0 })).toEqual([
    [big, -(2 ** 31), -big],
  ]);
  expect(run('cumsum', [tensor([3], [2 ** 32 - 1, 2, 1], 'uint32')], out('uint32'), { dim: 0 })[0]).toEqual([
    2 ** 32 - 1,
    1,
    2,
  ]);
  expect(run('cumprod', [tensor([3], [123456789, 987654321, 3], 'int32')], out('int32'), { dim: 0 })[0]).toEqual([
    123456789,
    Math.imul(123456789, 987654321),
    Math.imul(Math.imul(123456789, 987654321), 3),
  ]);
});

test('sums are kept in double precision', () => {
  const n = 20000;
  const [sums] = run('cumsum', [tensor([n], new Array<number>(n).fill(0.1))], [{ shape: [n] }], { dim: 0 });
  expect(sums!.at(-1)).toBe(Math.fround(Math.fround(0.1) * n));
});
