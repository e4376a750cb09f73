/** Norms, scalings and running averages of lists of tensors that lie in arenas. */
import { describe, expect, test } from 'vitest';
import type { Capabilities } from '../../src/backends/webgpu/kernels/types.ts';
import { updateKernels } from '../../src/backends/webgpu/kernels/update.ts';
import type { DType } from '../../src/core/dtype.ts';
import type { Attrs } from '../../src/ops/types.ts';
import { expectClose, type Operand, operand, runKernel, uniform } from './mini-runner.ts';

/** Sizes of the tensors: one element, an empty one, whole granules of an arena, and more than a workgroup. */
const sizes = [1, 64, 0, 130, 5, 700];
const n = sizes.length;

const list = (seed: number): Float32Array[] => {
  const next = uniform(seed, 2);
  return sizes.map((size) => Float32Array.from({ length: size }, () => next()));
};
const flat = (tensors: readonly Float32Array[]): number[] => tensors.flatMap((t) => Array.from(t));

/** The first of the lists after an op that writes it. */
async function written(
  op: 'scaleLists' | 'averageLists',
  lists: readonly Float32Array[][],
  rest: readonly (Operand | number)[],
  attrs: Attrs,
  dtype: DType = 'float32',
): Promise<number[]> {
  const { outputs } = await runKernel(updateKernels[op], {
    op,
    inputs: [...lists.flat().map((data) => operand([data.length], data, dtype)), ...rest],
    outputs: sizes.map((size, inPlaceOf) => ({ shape: [size], dtype, inPlaceOf })),
    attrs: { n, ...attrs },
    arenas: lists.map((_, l) => sizes.map((_, i) => l * n + i)),
  });
  return outputs.flatMap((t) => Array.from(t));
}
const scalar = (value: number): Operand => operand([], Float32Array.of(value));

describe.each<[string, Partial<Capabilities>, dispatches: number]>([
  ['one group', {}, 1],
  ['several groups', { maxComputeInvocationsPerWorkgroup: 8 }, 2],
  ['several bindings', { maxComputeInvocationsPerWorkgroup: 8, maxStorageBufferBindingSize: 2800 }, 3],
])('norm by %s', (_, capabilities, dispatches) => {
  const norm = async (tensors: readonly Float32Array[], kind: string, p?: number): Promise<number> => {
    const { outputs, built } = await runKernel(updateKernels.normOfLists, {
      op: 'normOfLists',
      inputs: [...tensors.map((data) => operand([data.length], data)), ...(p === undefined ? [] : [p])],
      outputs: [{ shape: [], dtype: 'float32' }],
      attrs: { n, norm: kind },
      capabilities,
      arenas: [sizes.map((_, i) => i)],
    });
    expect(built.dispatches.length).toBe(dispatches);
    return outputs[0]![0]!;
  };
  test.each([
    ['two', 2],
    ['any', 3],
    ['any', 0.5],
  ])('%s, %d', async (kind, p) => {
    const tensors = list(1);
    const want = flat(tensors).reduce((sum, v) => sum + Math.abs(v) ** p, 0) ** (1 / p);
    expectClose([await norm(tensors, kind, kind === 'any' ? p : undefined)], [want]);
  });
  test('infinity, and NaN', async () => {
    const tensors = list(2);
    // Each place of four, in its turn, holds the largest.
    for (const at of [40, 41, 42, 43]) {
      tensors[5]![at] = -at;
      expect(await norm(tensors, 'infinity')).toBe(at);
    }
    tensors[3]![77] = Number.NaN;
    expect(await norm(tensors, 'infinity')).toBeNaN();
  });
});

test('times a factor: zeros stay zeros whatever it is', async () => {
  const tensors = list(3);
  expectClose(
    await written('scaleLists', [tensors], [-1.5], { by: 'factor' }),
    flat(tensors).map((v) => -1.5 * v),
  );
  tensors[1]!.fill(0);
  expect(await written('scaleLists', [tensors], [Infinity], { by: 'factor' })).toEqual(
    flat(tensors).map((v) => (v === 0 ? 0 : v * Infinity)),
  );
});

test.each([
  [10, 5 / (10 + 1e-6)],
  [1e-7, 1],
  [0, 1],
  [Number.POSITIVE_INFINITY, 0],
  [Number.NaN, Number.NaN],
])('clipped at 5 for a norm of %d', async (norm, factor) => {
  const tensors = list(4);
  expectClose(
    await written('scaleLists', [tensors], [scalar(norm), 5], { by: 'clip' }),
    flat(tensors).map((v) => v * factor),
    1e-6,
  );
});

test('a small norm is told from zero when it is clipped to something smaller', async () => {
  const tensors = list(4);
  expectClose(
    await written('scaleLists', [tensors], [scalar(1e-6), 1e-6], { by: 'clip' }),
    flat(tensors).map((v) => v / 2),
  );
});

test('limited from both sides', async () => {
  const tensors = list(5);
  tensors[5]![3] = Number.NaN;
  expectClose(
    await written('scaleLists', [tensors], [-0.25, 0.5], { by: 'clamp' }),
    flat(tensors).map((v) => Math.min(Math.max(v, -0.25), 0.5)),
  );
});

test('averages move towards tensors, and to them at once by the weight 1', async () => {
  const [averages, news] = [list(6), list(7)] as const;
  const fresh = flat(news);
  expectClose(
    await written('averageLists', [averages, news], [scalar(0.25)], {}),
    flat(averages).map((v, i) => v + 0.25 * (fresh[i]! - v)),
  );
  averages[0]![0] = Infinity;
  expect(await written('averageLists', [averages, news], [scalar(1)], {})).toEqual(fresh);
});

test('halves are rounded to halves', async () => {
  const [ones, twos] = [1, 2].map((v) => sizes.map((size) => new Float32Array(size).fill(v))) as [
    Float32Array[],
    Float32Array[],
  ];
  const thirds = await written('scaleLists', [ones], [1 / 3], { by: 'factor' }, 'float16');
  expect(new Set(thirds)).toEqual(new Set([0.333251953125]));
  const averages = await written('averageLists', [ones, twos], [scalar(1 / 3)], {}, 'float16');
  expect(new Set(averages)).toEqual(new Set([1.3330078125]));
});
