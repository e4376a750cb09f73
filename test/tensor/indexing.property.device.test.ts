/** at() and put_() against a model of PyTorch's indexing on plain arrays, for random shapes and indices. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { arange, init, type Tensor, type TensorIndex, tensor } from '../../src/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));
const runs = testDevice === 'cpu' ? 300 : 25;

/** An entry of an index; tensors as shape and values, since a fresh one is made for each run. */
type Entry =
  | { readonly kind: 'number'; readonly at: number }
  | { readonly kind: 'slice'; readonly bounds: readonly [number | null, number | null, number | null] }
  | { readonly kind: 'new' }
  | { readonly kind: 'whole' }
  | { readonly kind: 'tensor'; readonly shape: readonly number[]; readonly values: readonly number[] };
interface Case {
  readonly shape: readonly number[];
  readonly entries: readonly Entry[];
}

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
/** All coordinates of a shape, row-major. */
function coordinates(shape: readonly number[]): number[][] {
  let all: number[][] = [[]];
  for (const n of shape) all = all.flatMap((c) => Array.from({ length: n }, (_, i) => [...c, i]));
  return all;
}
const position = (shape: readonly number[], at: readonly number[]): number =>
  at.reduce((n, c, i) => n * shape[i]! + c, 0);

/** Shapes of one joint broadcast, so that several tensors go together. */
const joint: readonly (readonly number[])[][] = [
  [[3], [1], []],
  [[2, 2], [2], [2, 1], []],
  [[0], [1]],
];

const cases: fc.Arbitrary<Case> = fc
  .record({
    shape: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
    group: fc.constantFrom(...joint),
    trailing: fc.nat({ max: 2 }),
  })
  .chain(({ shape, group, trailing }) => {
    const bound = (n: number) => fc.option(fc.integer({ min: -n - 1, max: n + 1 }));
    const entryFor = (n: number): fc.Arbitrary<Entry[]> => {
      const entry: fc.Arbitrary<Entry> = fc.oneof(
        fc.integer({ min: -n, max: n - 1 }).map((at) => ({ kind: 'number' as const, at })),
        fc
          .tuple(bound(n), bound(n), fc.constantFrom(null, 1, 2, -1, -2))
          .map((bounds) => ({ kind: 'slice' as const, bounds })),
        fc.constant({ kind: 'whole' as const }),
        fc
          .constantFrom(...group)
          .chain((of) =>
            fc
              .array(fc.integer({ min: -n, max: n - 1 }), { minLength: size(of), maxLength: size(of) })
              .map((values) => ({ kind: 'tensor' as const, shape: of, values })),
          ),
      );
      return fc
        .tuple(fc.boolean(), entry)
        .map(([isNew, e]) => (isNew && n % 2 === 0 ? [{ kind: 'new' as const }, e] : [e]));
    };
    const used = shape.slice(0, Math.max(1, shape.length - trailing));
    return fc.tuple(...used.map(entryFor)).map((lists) => ({ shape, entries: lists.flat() }));
  });

const broadcast = (shapes: readonly (readonly number[])[]): number[] => {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map((s) => s[s.length - rank + i] ?? 1);
    return sizes.find((d) => d !== 1) ?? 1;
  });
};

/** What the index selects: the result's shape, and for each element its position in x. */
function model({ shape, entries }: Case): { shape: number[]; from: number[] } {
  // Each dim of x as the dims of the result that it depends on: -1 and up for the tensors' dims.
  const dims: { readonly positions: (at: readonly number[]) => number }[] = [];
  const kept: number[] = [];
  const tensors = entries.filter((e) => e.kind === 'tensor');
  const wide = broadcast(tensors.map((e) => e.shape));
  /** How many kept dims came before each tensor that is not 0-d. */
  const places: number[] = [];
  let dim = 0;
  const keep = (n: number, at: (i: number) => number): void => {
    const own = kept.length;
    kept.push(n);
    dims.push({ positions: (c) => at(c[own]!) });
  };
  const wrap = (i: number, n: number): number => (i < 0 ? i + n : i);
  for (const e of entries) {
    const n = shape[dim]!;
    if (e.kind === 'new') {
      kept.push(1);
      continue;
    }
    dim++;
    if (e.kind === 'number') dims.push({ positions: () => wrap(e.at, n) });
    else if (e.kind === 'whole') keep(n, (i) => i);
    else if (e.kind === 'slice') {
      const step = e.bounds[2] ?? 1;
      const all = Array.from({ length: n }, (_, i) => i);
      const [low, high] = step > 0 ? [0, n] : [-1, n - 1];
      const clip = (v: number): number => Math.min(Math.max(wrap(v, n), low), high);
      const start = e.bounds[0] === null ? (step > 0 ? 0 : n - 1) : clip(e.bounds[0]);
      const stop = e.bounds[1] === null ? (step > 0 ? n : -1) : clip(e.bounds[1]);
      const picked = (step > 0 ? all : all.reverse()).filter(
        (i) => (step > 0 ? i >= start && i < stop : i <= start && i > stop) && (i - start) % step === 0,
      );
      keep(picked.length, (i) => picked[i]!);
    } else {
      if (e.shape.length > 0) places.push(kept.length);
      dims.push({
        positions: (c) => {
          const joined = c.slice(kept.length);
          const own = e.shape.map((d, i) => (d === 1 ? 0 : joined[wide.length - e.shape.length + i]!));
          return wrap(e.values[position(e.shape, own)]!, n);
        },
      });
    }
  }
  for (; dim < shape.length; dim++) keep(shape[dim]!, (i) => i);
  // Neighbours keep their place; tensors with kept dims between them go to the front.
  const lead = new Set(places).size <= 1 ? (places[0] ?? 0) : 0;
  const result = [...kept.slice(0, lead), ...wide, ...kept.slice(lead)];
  const from = coordinates(result).map((c) => {
    const plain = [...c.slice(0, lead), ...c.slice(lead + wide.length), ...c.slice(lead, lead + wide.length)];
    return position(
      shape,
      dims.map((d) => d.positions(plain)),
    );
  });
  return { shape: result, from };
}

const indexOf = ({ entries }: Case): TensorIndex[] =>
  entries.map((e) => {
    if (e.kind === 'number') return e.at;
    if (e.kind === 'whole') return ':';
    if (e.kind === 'new') return null;
    if (e.kind === 'slice') return e.bounds;
    return tensor(e.values.length === 0 ? [] : [...e.values], { dtype: 'int32' }).reshape(e.shape);
  });
const filled = (shape: readonly number[]): Tensor => arange(size(shape)).reshape(shape);

describe('indexing is as PyTorch’s', () => {
  test('at() reads the same elements', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (c) => {
        const expected = model(c);
        const y = filled(c.shape).at(...indexOf(c));
        expect(y.shape).toEqual(expected.shape);
        expect(Array.from(await y.data())).toEqual(expected.from);
      }),
      { numRuns: runs },
    );
  });

  test('put_() writes the same elements: one number, and values in order', async () => {
    await fc.assert(
      fc.asyncProperty(cases, fc.boolean(), async (c, accumulate) => {
        const { shape, from } = model(c);
        const x = filled(c.shape).add(0);
        const before = Array.from({ length: size(c.shape) }, (_, i) => i);
        const after = [...before];
        for (const at of from) after[at] = accumulate ? after[at]! + 100 : 100;
        x.put_(indexOf(c), 100, { accumulate });
        expect(Array.from(await x.data())).toEqual(after);
        const values = from.map((_, i) => 1000 + i);
        for (const [i, at] of from.entries()) after[at] = accumulate ? after[at]! + values[i]! : values[i]!;
        x.put_(indexOf(c), tensor(values, { dtype: 'int32' }).reshape(shape), { accumulate });
        expect(Array.from(await x.data())).toEqual(after);
      }),
      { numRuns: runs },
    );
  });

  test('gradients of what is read and of what is written are one at each of their elements', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (c) => {
        const { shape, from } = model(c);
        const x = filled(c.shape).float().requiresGrad_();
        x.at(...indexOf(c))
          .sum()
          .backward();
        const counts = Array.from({ length: size(c.shape) }, (_, i) => from.filter((at) => at === i).length);
        expect(Array.from(await x.grad!.data())).toEqual(counts);
        x.grad = null;
        const v = filled(shape).float().requiresGrad_();
        const y = x.mul(1);
        y.put_(indexOf(c), v);
        y.sum().backward();
        expect(Array.from(await x.grad!.data())).toEqual(counts.map((n) => (n > 0 ? 0 : 1)));
        const last = from.map((at, i) => (from.lastIndexOf(at) === i ? 1 : 0));
        expect(Array.from(await v.grad!.data())).toEqual(last);
      }),
      { numRuns: Math.ceil(runs / 3) },
    );
  });
});
