import { expect, test } from 'vitest';
import type { Backend, KernelOutput, OpKernel, ProgramArg } from '../../src/backends/backend.ts';
import { chooseSplit, type reduceKernels } from '../../src/backends/webgpu/kernels/reduce.ts';
import type { DType, TypedArray } from '../../src/core/dtype.ts';
import { contiguousLayout, type Layout, numel } from '../../src/core/shape.ts';
import {
  buffer,
  evaluate,
  gatherLayout,
  numbers,
  plan,
  pretendingBackend,
  program,
  scalar,
  sharedBackend,
} from './plans.ts';

type Op = keyof typeof reduceKernels;

const indexOps: readonly Op[] = ['argmax', 'argmin'];
const resultType = (op: Op, dtype: DType): DType => (indexOps.includes(op) ? 'int32' : dtype);

/** The definition, in double precision. */
const definitions: Record<Op, (values: number[]) => number> = {
  sum: (v) => v.reduce((a, b) => a + b, 0),
  prod: (v) => v.reduce((a, b) => a * b, 1),
  amax: (v) => (v.some(Number.isNaN) ? Number.NaN : Math.max(...v)),
  amin: (v) => (v.some(Number.isNaN) ? Number.NaN : Math.min(...v)),
  any: (v) => (v.some((x) => x !== 0) ? 1 : 0),
  all: (v) => (v.every((x) => x !== 0) ? 1 : 0),
  argmax: (v) => (v.some(Number.isNaN) ? v.findIndex(Number.isNaN) : v.indexOf(Math.max(...v))),
  argmin: (v) => (v.some(Number.isNaN) ? v.findIndex(Number.isNaN) : v.indexOf(Math.min(...v))),
};

function expected(op: Op, data: readonly number[], layout: Layout, dims: readonly number[]): number[] {
  const all = gatherLayout(data, layout);
  const kept = layout.shape.map((_, i) => i).filter((i) => !dims.includes(i));
  const groups = Array.from({ length: numel(kept.map((i) => layout.shape[i]!)) }, (): number[] => []);
  all.forEach((value, e) => {
    const coordinates: number[] = [];
    for (let i = layout.shape.length - 1, rest = e; i >= 0; i--) {
      coordinates[i] = rest % layout.shape[i]!;
      rest = Math.floor(rest / layout.shape[i]!);
    }
    groups[kept.reduce((index, i) => index * layout.shape[i]! + coordinates[i]!, 0)]!.push(value);
  });
  return groups.map(definitions[op]);
}

async function reduce(
  backend: Backend,
  op: Op,
  data: readonly number[],
  layout: Layout,
  dims: readonly number[],
  dtype: DType = 'float32',
): Promise<TypedArray> {
  const shape = layout.shape.map((d, i) => (dims.includes(i) ? 1 : d));
  const output: KernelOutput = { ref: 1, shape, dtype: resultType(op, dtype) };
  const kernel: OpKernel = { kind: 'op', op, attrs: { dims }, inputs: [buffer(0, layout, dtype)], outputs: [output] };
  const spec = plan([kernel], { externals: [[dtype, data.length]], results: [[output.dtype, numel(shape)]] });
  return (await evaluate(backend, spec, [data]))[0]!;
}

const cases: readonly { readonly name: string; readonly layout: Layout; readonly dims: readonly number[] }[] = [
  { name: 'short rows', layout: contiguousLayout([37, 9]), dims: [1] },
  { name: 'long rows', layout: contiguousLayout([3, 1000]), dims: [1] },
  { name: 'middling rows, many', layout: contiguousLayout([100, 50]), dims: [1] },
  { name: 'rows one short of two blocks', layout: contiguousLayout([3, 63]), dims: [1] },
  { name: 'columns', layout: contiguousLayout([300, 7]), dims: [0] },
  { name: 'long columns', layout: contiguousLayout([5000, 3]), dims: [0] },
  { name: 'everything', layout: contiguousLayout([9, 11, 13]), dims: [0, 1, 2] },
  { name: 'everything, long', layout: contiguousLayout([30000]), dims: [0] },
  { name: 'long rows that chunks do not divide', layout: contiguousLayout([2, 5003]), dims: [1] },
  { name: 'outer and inner', layout: contiguousLayout([5, 6, 70]), dims: [0, 2] },
  { name: 'middle', layout: contiguousLayout([5, 60, 7]), dims: [1] },
  { name: 'a transposed view', layout: { shape: [40, 30], strides: [1, 40], offset: 0 }, dims: [1] },
  { name: 'a reversed view', layout: { shape: [20, 30], strides: [-30, -1], offset: 599 }, dims: [1] },
  { name: 'an expanded view', layout: { shape: [20, 30], strides: [0, 1], offset: 2 }, dims: [0] },
  { name: 'nothing', layout: contiguousLayout([4, 5]), dims: [] },
  { name: 'a 0-d tensor', layout: contiguousLayout([]), dims: [] },
];

const memoryOf = ({ shape, strides, offset }: Layout): number =>
  1 + shape.reduce((n, d, i) => n + Math.max(0, strides[i]!) * (d - 1), offset);

// The strategies of GPUs are tried on whatever adapter runs the tests.
for (const software of [true, false]) {
  const adapter = software ? 'a software adapter' : 'a GPU';
  test.each(cases)(`over $name, as on ${adapter}`, async ({ layout, dims }) => {
    const backend = await pretendingBackend({ software });
    const data = numbers(memoryOf(layout));
    for (const op of software ? (['sum', 'amax', 'argmin'] as const) : (['sum'] as const)) {
      // argmin over several dims is defined over all of them.
      const over = op === 'argmin' && dims.length > 1 ? layout.shape.map((_, i) => i) : dims;
      const got = await reduce(backend, op, data, layout, over);
      const want = expected(op, data, layout, over);
      expect(got.length).toBe(want.length);
      want.forEach((w, i) => {
        expect(Math.abs(got[i]! - w)).toBeLessThanOrEqual(op === 'sum' ? 1e-5 + 2e-8 * data.length : 0);
      });
    }
    backend.dispose();
  });
}

test.each([true, false])('more workgroups than a dimension takes, software: %s', async (software) => {
  const backend = await pretendingBackend({ software, maxComputeWorkgroupsPerDimension: 2 });
  const layout = contiguousLayout([700, 5]);
  const data = numbers(3500).map((v) => Math.round(v * 20));
  for (const op of ['sum', 'argmin'] as const)
    expect([...(await reduce(backend, op, data, layout, [1]))]).toEqual(expected(op, data, layout, [1]));
  backend.dispose();
});

test('chunks without an element do not enter the result', async () => {
  const limits = { software: false, maxComputeInvocationsPerWorkgroup: 1 };
  const backend = await pretendingBackend(limits);
  const { capabilities } = await sharedBackend();
  const length = 1025;
  const { chunks } = chooseSplit(1, length, true, { ...capabilities, ...limits });
  expect((chunks - 1) * Math.ceil(length / chunks)).toBeGreaterThanOrEqual(length);
  const data = numbers(length).map((v) => 1 + Math.abs(v));
  const layout = contiguousLayout([length]);
  expect([...(await reduce(backend, 'argmin', data, layout, [0]))]).toEqual(expected('argmin', data, layout, [0]));
  backend.dispose();
});

test('all strategies are covered by the cases', async () => {
  const { capabilities } = await sharedBackend();
  const hardware = { ...capabilities, software: false };
  const kinds = new Set<string>();
  for (const { layout, dims } of cases) {
    const length = dims.reduce((n, d) => n * layout.shape[d]!, 1);
    for (const rows of [true, false]) {
      const { x, y, chunks } = chooseSplit(numel(layout.shape) / length, length, rows, hardware);
      kinds.add(
        `${y === 1 ? 'threads' : x === 1 ? 'rows' : rows ? 'several rows' : 'columns'}${chunks > 1 ? ', chunks' : ''}`,
      );
    }
  }
  expect([...kinds].sort()).toEqual(['columns', 'columns, chunks', 'rows', 'rows, chunks', 'several rows', 'threads']);
});

test.each(['a software adapter', 'a GPU'])(
  'every op and dtype, with NaN, infinities and ties, as on %s',
  async (adapter) => {
    const backend = await pretendingBackend({ software: adapter !== 'a GPU' });
    const layout = contiguousLayout([4, 200]);
    const data = numbers(800).map((x) => Math.round(x * 20));
    for (const op of ['sum', 'prod', 'amax', 'amin', 'argmax', 'argmin'] as const) {
      for (const dtype of ['float32', 'int32', 'uint32'] as const) {
        const values =
          op === 'prod' ? data.map((x) => (x > 18 ? 2 : 1)) : dtype === 'uint32' ? data.map(Math.abs) : data;
        expect([...(await reduce(backend, op, values, layout, [1], dtype))]).toEqual(expected(op, values, layout, [1]));
      }
    }
    for (const op of ['any', 'all'] as const) {
      const flags = [...new Array(200).fill(0), ...new Array(200).fill(1), ...numbers(400).map((x) => (x > 0 ? 1 : 0))];
      expect([...(await reduce(backend, op, flags, layout, [1], 'bool'))]).toEqual(expected(op, flags, layout, [1]));
    }
    const special = data.slice();
    special[50] = Number.NaN;
    special[120] = Number.NaN;
    special[230] = Infinity;
    special[430] = -Infinity;
    for (let i = 600; i < 800; i++) special[i] = -Infinity;
    for (const op of ['sum', 'amax', 'amin', 'argmax', 'argmin'] as const) {
      expect([...(await reduce(backend, op, special, layout, [1]))]).toEqual(expected(op, special, layout, [1]));
    }
    backend.dispose();
  },
);

test('nothing to reduce gives the identity', async () => {
  const backend = await sharedBackend();
  const layout = contiguousLayout([3, 0]);
  expect([...(await reduce(backend, 'sum', [], layout, [1]))]).toEqual([0, 0, 0]);
  expect([...(await reduce(backend, 'prod', [], layout, [1]))]).toEqual([1, 1, 1]);
  expect([...(await reduce(backend, 'all', [], layout, [1], 'bool'))]).toEqual([1, 1, 1]);
  expect([...(await reduce(backend, 'any', [], layout, [1], 'bool'))]).toEqual([0, 0, 0]);
});

test('rounding errors of a long sum do not grow with its length', async () => {
  const data = new Array<number>(2 ** 18).fill(0.1);
  for (const software of [true, false]) {
    const backend = await pretendingBackend({ software });
    const [got] = await reduce(backend, 'sum', data, contiguousLayout([data.length]), [0]);
    expect(Math.abs(got! / (data.length * Math.fround(0.1)) - 1)).toBeLessThan(3e-7);
    backend.dispose();
  }
});

test('a prologue is computed on load, an epilogue on store', async () => {
  for (const software of [true, false]) {
    const backend = await pretendingBackend({ software });
    for (const [rows, columns] of [
      [6, 10],
      [2, 3000],
    ] as const) {
      const n = rows * columns;
      const prologue: ProgramArg = {
        kind: 'program',
        program: program(
          [rows, columns],
          [buffer(0, [rows, columns]), scalar(0)],
          [
            ['mul', [0, 0]],
            ['add', [2, 1]],
          ],
        ),
        value: 3,
        layout: contiguousLayout([rows, columns]),
        dtype: 'float32',
      };
      const kernel: OpKernel = {
        kind: 'op',
        op: 'sum',
        attrs: { dims: [1] },
        inputs: [prologue],
        outputs: [{ ref: 2, shape: [rows, 1], dtype: 'float32' }],
        epilogue: {
          program: program(
            [rows, 1],
            [buffer(1, [rows, 1]), scalar(1)],
            [
              ['mul', [0, 2]],
              ['add', [3, 1]],
            ],
            'float32',
          ),
          stores: [{ value: 4, ref: 3, dtype: 'float32' }],
        },
      };
      const spec = plan([kernel], {
        externals: [
          ['float32', n],
          ['float32', rows],
        ],
        results: [
          ['float32', rows],
          ['float32', rows],
        ],
        scalars: ['float32', 'float32'],
      });
      const x = numbers(n);
      const bias = numbers(rows, 7);
      const [sums, mapped] = await evaluate(backend, spec, [x, bias], [0.25, 3]);
      for (let i = 0; i < rows; i++) {
        const want = x.slice(i * columns, (i + 1) * columns).reduce((a, v) => a + v * v + 0.25, 0);
        expect(sums![i]! / want).toBeCloseTo(1, 5);
        expect(mapped![i]! / (want * 3 + bias[i]!)).toBeCloseTo(1, 5);
      }
    }
    backend.dispose();
  }
});
