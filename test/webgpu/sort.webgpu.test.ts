import { describe, expect, test } from 'vitest';
import { sortKernels } from '../../src/backends/webgpu/kernels/sort.ts';
import type { Capabilities } from '../../src/backends/webgpu/kernels/types.ts';
import type { DType } from '../../src/core/dtype.ts';
import type { Shape } from '../../src/core/shape.ts';
import { compare, hardToSort, sortedAlong } from '../sorting.ts';
import { type Arrangement, arranged, arrangements, dense, operand, random, runKernel } from './mini-runner.ts';

const dtypes: readonly DType[] = ['float32', 'int32', 'uint32', 'bool'];

/** Less workgroup memory: quicker to compile, and rows need not be long to be merged. */
const small = { maxComputeWorkgroupStorageSize: 1100 };
/** The forms of the kernel, with the length of the runs of the first step and how many are merged by each further one. */
const forms = [
  { name: 'in workgroup memory', capabilities: small, run: 128, ways: 2 },
  { name: 'on software', capabilities: { software: true }, run: 32, ways: 4 },
];

interface Case {
  readonly dim?: number;
  readonly dtype?: DType;
  readonly arrangement?: Arrangement;
  readonly descending?: boolean;
  readonly capabilities?: Partial<Capabilities>;
  readonly seed?: number;
  readonly fill?: () => number;
}

async function sorts(shape: Shape, given: Case = {}): Promise<string[]> {
  const { dim = 0, dtype = 'float32', arrangement = 'contiguous', descending = false, seed = 1 } = given;
  const x = arranged(shape, arrangement, dtype, given.fill ?? hardToSort(dtype, random(seed)));
  const { outputs, built } = await runKernel(sortKernels.sort, {
    op: 'sort',
    inputs: [x],
    outputs: [
      { shape, dtype },
      { shape, dtype: 'int32' },
    ],
    attrs: { dim, descending },
    capabilities: given.capabilities ?? small,
  });
  const expected = sortedAlong(dense(x), shape, dim, descending);
  expect(Array.from(outputs[1]!)).toEqual(expected.indices);
  expect(Array.from(outputs[0]!)).toEqual(expected.values);
  return built.dispatches.map(({ label }) => label);
}

describe.each(forms)('sort $name', ({ capabilities, run, ways }) => {
  test.each([1, 2, 31, 32, 33, 127, 128, 129])('of rows of %i', async (n) => {
    for (const [seed, dtype] of dtypes.entries()) {
      const arrangement = arrangements[seed]!;
      await sorts([3, n], { dim: 1, dtype, seed, descending: seed % 2 === 1, arrangement, capabilities });
    }
  });

  test.each([255, 256, 257, 1023, 1025, 5000])('of rows of %i, merged in several steps', async (n) => {
    for (const [seed, dtype] of (['float32', 'int32'] as const).entries()) {
      const labels = await sorts([2, n], { dim: 1, dtype, descending: seed === 1, seed: n, capabilities });
      expect(labels.length).toBe(1 + Math.ceil(Math.log(n / run) / Math.log(ways)));
    }
  });

  test('along a dim in the middle, of any arrangement', async () => {
    for (const [seed, arrangement] of arrangements.entries()) {
      await sorts([2, 37, 3], { dim: 1, arrangement, seed, dtype: dtypes[seed % 4]!, capabilities });
      await sorts([2, 200, 3], { dim: 1, arrangement, seed, descending: true, capabilities });
    }
  });

  test('of equal elements, and of elements in order or the other way round', async () => {
    for (const n of [20, 600]) {
      await sorts([n], { fill: () => 7, descending: true, capabilities });
      await sorts([n], { fill: () => Number.NaN, capabilities });
      let up = 0;
      await sorts([n], { dtype: 'int32', fill: () => up++, capabilities });
      let down = 0;
      await sorts([n], { dtype: 'int32', fill: () => down--, capabilities });
    }
  });

  test('of many rows: more workgroups than a dimension takes, and small workgroups', async () => {
    const folded = { ...capabilities, maxComputeWorkgroupsPerDimension: 3 };
    await sorts([700, 5], { dim: 1, capabilities: folded });
    await sorts([5, 500], { dim: 1, capabilities: folded });
    await sorts([2, 300], { dim: 1, capabilities: { ...capabilities, maxComputeInvocationsPerWorkgroup: 16 } });
  });
});

describe('sort', () => {
  test.each([1023, 1025, 4100])('of rows of %i, as on hardware', async (n) => {
    const labels = await sorts([2, n], { dim: 1, seed: n, descending: n === 1025, capabilities: {} });
    expect(labels.length).toBe(1 + Math.ceil(Math.log2(Math.max(n, 1024) / 1024)));
  });

  test('of nothing', async () => {
    expect(await sorts([3, 0], { dim: 1 })).toEqual([]);
  });
});

test('unsort puts back what sort moved', async () => {
  const shape = [2, 37, 3];
  for (const [seed, arrangement] of arrangements.entries()) {
    const dim = seed % 3;
    const x = arranged(shape, arrangement, 'float32', hardToSort('float32', random(seed)));
    const { values, indices } = sortedAlong(dense(x), shape, dim, false);
    const { outputs } = await runKernel(sortKernels.unsort, {
      op: 'unsort',
      inputs: [operand(shape, Float32Array.from(values)), operand(shape, Int32Array.from(indices), 'int32')],
      outputs: [{ shape, dtype: 'float32' }],
      attrs: { dim },
    });
    expect(Array.from(outputs[0]!)).toEqual(dense(x));
  }
});

test('searchsorted counts the boundaries below, in one list or a list per row', async () => {
  for (const [seed, dtype] of dtypes.entries()) {
    const right = seed % 2 === 0;
    const count = (row: readonly number[], v: number): number =>
      row.filter((b) => compare(b, v) < 0 || (right && compare(b, v) === 0)).length;
    const search = async (rows: number[][], valuesArrangement: Arrangement): Promise<void> => {
      // A list lies in a row of memory, or in a column.
      const [arrangement, all] =
        seed < 2
          ? (['contiguous', rows.flat()] as const)
          : (['permuted', rows[0]!.flatMap((_, i) => rows.map((row) => row[i]!))] as const);
      const boundaries = arranged(rows.length === 1 ? [37] : [2, 37], arrangement, dtype, (i) => all[i] ?? 0);
      const values = arranged([2, 11], valuesArrangement, dtype, hardToSort(dtype, random(seed + 9)));
      const { outputs } = await runKernel(sortKernels.searchsorted, {
        op: 'searchsorted',
        inputs: [boundaries, values],
        outputs: [{ shape: [2, 11], dtype: 'int32' }],
        attrs: { right },
      });
      const expected = dense(values).map((v, i) => count(rows[rows.length === 1 ? 0 : Math.floor(i / 11)]!, v));
      expect(Array.from(outputs[0]!)).toEqual(expected);
    };
    const sortedRow = (n: number): number[] => Array.from({ length: 37 }, hardToSort(dtype, random(n))).sort(compare);
    await search([sortedRow(seed)], 'permuted');
    await search([sortedRow(seed), sortedRow(seed + 1)], 'reversed');
  }
});
