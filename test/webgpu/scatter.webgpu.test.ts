/** Overwriting and combining by index, in each form of the kernel. */
import { describe, expect, test } from 'vitest';
import { scatterKernels } from '../../src/backends/webgpu/kernels/scatter-add.ts';
import type { Capabilities } from '../../src/backends/webgpu/kernels/types.ts';
import type { DType } from '../../src/core/dtype.ts';
import { contiguousStrides, type Shape } from '../../src/core/shape.ts';
import { type Arrangement, arranged, arrangements, dense, type Operand, random, runKernel } from './mini-runner.ts';

type Reduce = 'last' | 'prod' | 'amax' | 'amin';
const reduces: readonly Reduce[] = ['last', 'prod', 'amax', 'amin'];
const dtypes: readonly DType[] = ['float32', 'int32', 'uint32', 'bool'];

/** What becomes of `a` when `b` arrives. */
function combine(reduce: Reduce, dtype: DType, a: number, b: number): number {
  if (reduce === 'last') return b;
  if (reduce === 'amax') return Math.max(a, b);
  if (reduce === 'amin') return Math.min(a, b);
  if (dtype === 'float32') return Math.fround(a * b);
  return dtype === 'uint32' ? Math.imul(a, b) >>> 0 : Math.imul(a, b);
}
/** Numbers whose products are exact for long; NaN among the floats. */
function values(shape: Shape, arrangement: Arrangement, dtype: DType, seed: number): Operand {
  const next = random(seed);
  return arranged(shape, arrangement, dtype, () => {
    const n = Math.floor(next() * 100);
    if (dtype === 'bool') return n % 2;
    if (dtype === 'float32') return n === 0 ? Number.NaN : [1, -1, 2, 0.5][n % 4]!;
    return dtype === 'int32' ? n - 50 : n;
  });
}
/** Indices into [0, extent), with one in ten just outside. */
function indices(shape: Shape, extent: number, seed: number): Operand {
  const next = random(seed);
  return arranged(shape, 'contiguous', 'int32', () =>
    next() < 0.1 ? (next() < 0.5 ? -1 : extent) : Math.floor(next() * extent),
  );
}
const coordinates = (shape: Shape, e: number): number[] =>
  contiguousStrides(shape).map((s, i) => Math.floor(e / s) % shape[i]!);
const position = (shape: Shape, at: readonly number[]): number =>
  contiguousStrides(shape).reduce((sum, s, i) => sum + s * at[i]!, 0);
const replaced = (at: readonly number[], dim: number, value: number): number[] =>
  at.map((v, i) => (i === dim ? value : v));

const forms: readonly (readonly [string, Partial<Capabilities>])[] = [
  ['software', { software: true }],
  ['hardware', {}],
];
/** [base, entries, dim]; the last ones are long: sorted, in several passes. */
const cases: readonly (readonly [base: Shape, entries: number, dim: number])[] = [
  [[5], 9, 0],
  [[4, 3], 40, 0],
  [[2, 7, 3], 300, 1],
  [[700], 5000, 0],
  [[200, 3], 4500, 0],
];

describe.each(forms)('%s', (_, capabilities) => {
  test.each(cases)('into %j of %i entries along %i', async (shape, entries, dim) => {
    for (const [seed, reduce] of reduces.entries()) {
      for (const shared of [false, true]) {
        const dtype = dtypes[(seed + Number(shared)) % dtypes.length]!;
        const srcShape = replaced(shape, dim, entries);
        const base = values(shape, 'contiguous', dtype, seed);
        const src = values(srcShape, arrangements[seed % arrangements.length]!, dtype, seed + 1);
        const index = indices(shared ? [entries] : srcShape, shape[dim]!, seed + 2);
        const picks = dense(index);
        const expected = dense(base);
        dense(src).forEach((v, e) => {
          const from = coordinates(srcShape, e);
          const at = picks[shared ? from[dim]! : e]!;
          if (at < 0 || at >= shape[dim]!) return;
          const to = position(shape, replaced(from, dim, at));
          expected[to] = combine(reduce, dtype, expected[to]!, v);
        });
        const row = reduce === 'last' ? 'last' : 'combine';
        const op = { last: ['scatter', 'indexCopy'], combine: ['scatterReduce', 'indexReduce'] } as const;
        const name = op[row][Number(shared)]!;
        const { outputs } = await runKernel(scatterKernels[name], {
          op: name,
          inputs: [base, index, src],
          outputs: [{ shape, dtype, inPlaceOf: 0 }],
          attrs: row === 'last' ? { dim } : { dim, reduce },
          capabilities,
        });
        expect(Array.from(outputs[0]!), `${name} ${reduce} of ${dtype}`).toEqual(expected);
      }
    }
  });
});
