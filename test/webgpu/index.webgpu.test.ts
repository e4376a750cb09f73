import { describe, expect, test } from 'vitest';
import { indexKernels } from '../../src/backends/webgpu/kernels/index-ops.ts';
import type { Capabilities } from '../../src/backends/webgpu/kernels/types.ts';
import type { DType } from '../../src/core/dtype.ts';
import { contiguousStrides, numel, type Shape } from '../../src/core/shape.ts';
import type { Scalar } from '../../src/ops/types.ts';
import {
  type Arrangement,
  arranged,
  arrangements,
  dense,
  expectClose,
  type Operand,
  operand,
  type Result,
  random,
  runKernel,
  uniform,
} from './mini-runner.ts';

type IndexOp = keyof typeof indexKernels;

function run(
  op: IndexOp,
  inputs: readonly (Operand | Scalar)[],
  shape: Shape,
  attrs: Record<string, number | readonly number[]>,
  capabilities: Partial<Capabilities> = {},
): Promise<Result> {
  const inPlace = op === 'scatterAdd' || op === 'indexAdd' || op === 'scatterView';
  const { dtype } = inputs[0] as Operand;
  const outputs = [inPlace ? { shape, dtype, inPlaceOf: 0 } : { shape, dtype }];
  return runKernel(indexKernels[op], { op, inputs, outputs, attrs, capabilities });
}

const fills: Record<string, (seed: number) => () => number> = {
  float32: (seed) => uniform(seed),
  int32: (seed) => {
    const next = random(seed);
    return () => Math.floor(next() * 2000 - 1000);
  },
  uint32: (seed) => {
    const next = random(seed);
    return () => Math.floor(next() * 4e9);
  },
  bool: (seed) => {
    const next = random(seed);
    return () => Math.floor(next() * 2);
  },
};
const dtypes: readonly DType[] = ['float32', 'int32', 'uint32', 'bool'];
const values = (shape: Shape, arrangement: Arrangement, dtype: DType, seed: number): Operand =>
  arranged(shape, arrangement, dtype, fills[dtype]!(seed));

/** Indices into [0, extent), with one in ten just outside. */
function indices(shape: Shape, arrangement: Arrangement, extent: number, seed: number): Operand {
  const next = random(seed);
  return arranged(shape, arrangement, 'int32', () =>
    next() < 0.1 ? (next() < 0.5 ? -1 : extent) : Math.floor(next() * extent),
  );
}

function coordinates(shape: Shape, e: number): number[] {
  return contiguousStrides(shape).map((s, i) => Math.floor(e / s) % shape[i]!);
}
const position = (shape: Shape, at: readonly number[]): number =>
  contiguousStrides(shape).reduce((sum, s, i) => sum + s * at[i]!, 0);
const replaced = (at: readonly number[], dim: number, value: number): number[] =>
  at.map((v, i) => (i === dim ? value : v));

const gatherCases: readonly (readonly [x: Shape, index: Shape, dim: number])[] = [
  [[5], [9], 0],
  [[1], [1], 0],
  [[4, 3], [7, 3], 0],
  [[4, 3], [2, 2], 1],
  [[3, 5, 4], [3, 8, 2], 1],
  [[3, 300], [3, 5], 1],
];

describe('gather and indexSelect', () => {
  test.each(gatherCases)('of %j by %j along %i, any dtype and arrangement', async (shape, indexShape, dim) => {
    for (const [seed, arrangement] of arrangements.entries()) {
      const x = values(shape, arrangement, dtypes[seed % dtypes.length]!, seed);
      const index = indices(indexShape, arrangements[(seed + 1) % arrangements.length]!, shape[dim]!, seed + 1);
      const source = dense(x);
      const expected = dense(index).map((at, e) =>
        at < 0 || at >= shape[dim]! ? 0 : source[position(shape, replaced(coordinates(indexShape, e), dim, at))]!,
      );
      expect(Array.from((await run('gather', [x, index], indexShape, { dim })).outputs[0]!)).toEqual(expected);

      const vector = indices([indexShape[dim]!], seed % 2 === 0 ? 'reversed' : 'strided', shape[dim]!, seed + 2);
      const picks = dense(vector);
      const out = replaced(shape, dim, picks.length);
      const slices = Array.from({ length: numel(out) }, (_, e) => {
        const at = coordinates(out, e);
        const pick = picks[at[dim]!]!;
        return pick < 0 || pick >= shape[dim]! ? 0 : source[position(shape, replaced(at, dim, pick))]!;
      });
      expect(Array.from((await run('indexSelect', [x, vector], out, { dim })).outputs[0]!)).toEqual(slices);
    }
  });

  test('a 0-d tensor has one place', async () => {
    const x = operand([], Float32Array.of(7));
    expect(
      Array.from((await run('gather', [x, operand([], Int32Array.of(0), 'int32')], [], { dim: 0 })).outputs[0]!),
    ).toEqual([7]);
  });
});

/** [base, index, src, dim] of scatterAdd; [base, entries, dim] of indexAdd. The last ones are long: sorted, in several passes. */
const scatterCases: readonly (readonly [base: Shape, index: Shape, src: Shape, dim: number])[] = [
  [[5], [9], [9], 0],
  [[1, 1], [1, 1], [1, 1], 0],
  [[4, 3], [7, 2], [8, 3], 0],
  [[4, 6], [3, 50], [3, 51], 1],
  [[3, 5, 4], [2, 40, 3], [2, 41, 4], 1],
  [[700], [5000], [5000], 0],
];
const indexAddCases: readonly (readonly [base: Shape, entries: number, dim: number])[] = [
  [[5], 9, 0],
  [[4, 3], 40, 0],
  [[4, 3], 2, 1],
  [[2, 7, 5], 300, 1],
  [[200, 4], 4500, 0],
];

const forms: readonly (readonly [string, Partial<Capabilities>, form: string])[] = [
  ['software', { software: true }, 'walking'],
  ['hardware', {}, ''],
];

/** float32 sums in order, as every form of the kernel must make them. */
const plus: Partial<Record<DType, (a: number, b: number) => number>> = {
  float32: (a, b) => Math.fround(a + b),
  int32: (a, b) => (a + b) | 0,
  uint32: (a, b) => (a + b) >>> 0,
  bool: (a, b) => a | b,
};

describe.each(forms)('scatterAdd and indexAdd, %s', (_, capabilities, form) => {
  test.each(scatterCases)('scatterAdd into %j by %j of %j along %i', async (shape, indexShape, srcShape, dim) => {
    for (const [seed, arrangement] of arrangements.entries()) {
      const dtype = dtypes[seed % dtypes.length]!;
      const base = values(shape, 'contiguous', dtype, seed);
      const index = indices(indexShape, arrangement, shape[dim]!, seed + 1);
      const src = values(srcShape, arrangements[(seed + 1) % arrangements.length]!, dtype, seed + 2);
      const expected = dense(base);
      const source = dense(src);
      dense(index).forEach((at, e) => {
        if (at < 0 || at >= shape[dim]!) return;
        const from = coordinates(indexShape, e);
        const to = position(shape, replaced(from, dim, at));
        expected[to] = plus[dtype]!(expected[to]!, source[position(srcShape, from)]!);
      });
      const { outputs, built } = await run('scatterAdd', [base, index, src], shape, { dim }, capabilities);
      expect(Array.from(outputs[0]!)).toEqual(expected);
      expect(built.dispatches.at(-1)!.label).toContain(form);
    }
  });

  test.each(indexAddCases)('indexAdd into %j of %i slices along %i', async (shape, entries, dim) => {
    for (const [seed, arrangement] of arrangements.entries()) {
      const dtype = dtypes[seed % dtypes.length]!;
      const srcShape = replaced(shape, dim, entries);
      const base = values(shape, 'contiguous', dtype, seed);
      const index = indices([entries], seed % 2 === 0 ? 'reversed' : 'strided', shape[dim]!, seed + 1);
      const src = values(srcShape, arrangement, dtype, seed + 2);
      const expected = dense(base);
      const picks = dense(index);
      dense(src).forEach((v, e) => {
        const from = coordinates(srcShape, e);
        const at = picks[from[dim]!]!;
        if (at < 0 || at >= shape[dim]!) return;
        const to = position(shape, replaced(from, dim, at));
        expected[to] = plus[dtype]!(expected[to]!, v);
      });
      const { outputs, built } = await run('indexAdd', [base, index, src], shape, { dim }, capabilities);
      expect(Array.from(outputs[0]!)).toEqual(expected);
      expect(built.dispatches.at(-1)!.label).toContain(form);
    }
  });
});

describe('forms of scatter-add on hardware', () => {
  /** Row-major sums in the order of the entries, of many entries into few places and many. */
  async function total(base: Shape, entries: number, columns: number): Promise<Result> {
    const index = indices([entries], 'contiguous', base[0]!, 3);
    const src = values([entries, columns], 'contiguous', 'float32', 4);
    const result = await run('indexAdd', [operand(base, new Float32Array(numel(base))), index, src], base, { dim: 0 });
    const expected = new Float32Array(numel(base));
    dense(index).forEach((at, e) => {
      if (at < 0 || at >= base[0]!) return;
      for (let c = 0; c < columns; c++)
        expected[at * columns + c] = expected[at * columns + c]! + src.data[e * columns + c]!;
    });
    expect(result.outputs[0]).toEqual(expected);
    return result;
  }

  test('few places: scanned', async () => {
    const { built } = await total([30, 5], 400, 5);
    expect(built.dispatches.map(({ label }) => label)).toEqual(['indexAdd of 400x5 into 30, scanning']);
  });

  test('many places: sorted and merged', async () => {
    const { built } = await total([40000, 2], 9000, 2);
    expect(built.dispatches.map(({ label }) => label)).toEqual([
      'indexAdd of 9000x2 into 40000, sort',
      'indexAdd of 9000x2 into 40000, merge runs of 256',
      'indexAdd of 9000x2 into 40000, merge runs of 4096',
      'indexAdd of 9000x2 into 40000, sum',
    ]);
  });

  test('merged with a shorter run, all of whose entries belong before the others', async () => {
    const index = operand(
      [600],
      Int32Array.from({ length: 600 }, (_, e) => 60 * (599 - e)),
      'int32',
    );
    const src = values([600], 'contiguous', 'float32', 4);
    const base = operand([40000], new Float32Array(40000));
    const { outputs, built } = await run('indexAdd', [base, index, src], [40000], { dim: 0 });
    expect(built.dispatches[1]!.label).toContain('merge runs of 256');
    const expected = new Float32Array(40000);
    for (let e = 0; e < 600; e++) expected[60 * (599 - e)] = src.data[e]!;
    expect(outputs[0]).toEqual(expected);
  });

  test('too many pairs for one binding: walked', async () => {
    const limit = { maxStorageBufferBindingSize: 8 * 599 };
    const inputs = [
      values([700], 'contiguous', 'float32', 1),
      indices([600], 'contiguous', 700, 2),
      values([600], 'contiguous', 'float32', 3),
    ];
    const sorted = await run('scatterAdd', inputs, [700], { dim: 0 });
    const walked = await run('scatterAdd', inputs, [700], { dim: 0 }, limit);
    expect(sorted.built.dispatches.at(-1)!.label).toContain('sum');
    expect(walked.built.dispatches.map(({ label }) => label)).toEqual(['scatterAdd of 600 into 700, walking']);
    expect(walked.outputs).toEqual(sorted.outputs);
  });

  test('sorted over several lines of their own indices', async () => {
    const base: Shape = [3, 20000];
    const index = indices([3, 1500], 'permuted', 20000, 8);
    const src = values([3, 1500], 'reversed', 'float32', 9);
    const { outputs, built } = await run('scatterAdd', [values(base, 'contiguous', 'float32', 7), index, src], base, {
      dim: 1,
    });
    expect(built.dispatches.length).toBe(4);
    const expected = Float32Array.from(dense(values(base, 'contiguous', 'float32', 7)));
    const source = dense(src);
    dense(index).forEach((at, e) => {
      const to = Math.floor(e / 1500) * 20000 + at;
      if (at >= 0 && at < 20000) expected[to] = expected[to]! + source[e]!;
    });
    expect(outputs[0]).toEqual(expected);
  });
});

describe('cat', () => {
  test.each([0, 1, 2])('along %i, of operands in any arrangement and dtype', async (dim) => {
    for (const dtype of dtypes) {
      const parts = arrangements.map((arrangement, i) =>
        values(replaced([2, 3, 4], dim, (i % 4) + (i === 3 ? -3 : 1)), arrangement, dtype, i),
      );
      const sizes = parts.map((part) => part.layout.shape[dim]!);
      const shape = replaced(
        [2, 3, 4],
        dim,
        sizes.reduce((a, b) => a + b, 0),
      );
      const lists = parts.map(dense);
      const expected = Array.from({ length: numel(shape) }, (_, e) => {
        const at = coordinates(shape, e);
        let from = at[dim]!;
        let p = 0;
        while (from >= sizes[p]!) from -= sizes[p++]!;
        return lists[p]![position(parts[p]!.layout.shape, replaced(at, dim, from))]!;
      });
      const { outputs, built } = await run('cat', parts, shape, { dim });
      expect(Array.from(outputs[0]!)).toEqual(expected);
      expect(built.dispatches.length).toBe(1);
    }
  });

  test('more operands than one dispatch can bind, and one tensor twice', async () => {
    const parts = Array.from({ length: 20 }, (_, i) => values([3, (i % 3) + 1], arrangements[i % 5]!, 'float32', i));
    const width = parts.reduce((sum, part) => sum + part.layout.shape[1]!, 0);
    const { outputs, built } = await run('cat', parts, [3, width], { dim: 1 });
    const lists = parts.map(dense);
    const expected = [0, 1, 2].flatMap((r) =>
      parts.flatMap((part, i) => lists[i]!.slice(r * part.layout.shape[1]!, (r + 1) * part.layout.shape[1]!)),
    );
    expect(Array.from(outputs[0]!)).toEqual(expected);
    expect(built.dispatches.map(({ bindings }) => bindings.length)).toEqual([8, 8, 7]);
  });
});

describe('scatterView', () => {
  test.each([
    ['a slice with steps', [4, 5], [2, 2], [10, 2], 1],
    ['a reversed row', [4, 5], [5], [-1], 14],
    ['a transposed block', [4, 5], [2, 3], [1, 5], 0],
    ['one element', [4, 5], [], [], 7],
  ] as const)('%s', async (_, shape, view, strides, offset) => {
    for (const [seed, arrangement] of arrangements.entries()) {
      const dtype = dtypes[seed % dtypes.length]!;
      const base = values(shape, 'contiguous', dtype, seed);
      const src = values(view, arrangement, dtype, seed + 1);
      const expected = dense(base);
      dense(src).forEach((v, e) => {
        expected[coordinates(view, e).reduce((sum, c, i) => sum + c * strides[i]!, offset)] = v;
      });
      const { outputs } = await run('scatterView', [base, src, { scalar: offset, dtype: 'uint32' }], shape, {
        strides,
      });
      expect(Array.from(outputs[0]!)).toEqual(expected);
    }
  });
});

test('nothing is dispatched where nothing is read or written', async () => {
  const empty = operand([0], new Float32Array(0));
  const none = operand([0], new Int32Array(0), 'int32');
  const x = operand([3], Float32Array.of(1, 2, 3));
  expect((await run('gather', [x, none], [0], { dim: 0 })).built.dispatches).toEqual([]);
  expect((await run('cat', [empty, empty], [0], { dim: 0 })).built.dispatches).toEqual([]);
  for (const op of ['scatterAdd', 'indexAdd'] as const) {
    const { outputs, built } = await run(op, [x, none, empty], [3], { dim: 0 });
    expect(built.dispatches).toEqual([]);
    expectClose(outputs[0]!, [1, 2, 3]);
  }
});
