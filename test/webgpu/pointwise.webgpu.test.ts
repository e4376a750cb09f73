import { expect, test } from 'vitest';
import { pointwise as build } from '../../src/backends/webgpu/kernels/pointwise.ts';
import type { Layout } from '../../src/core/shape.ts';
import {
  buffer,
  evaluate,
  gatherLayout,
  numbers,
  plan,
  pointwise,
  pretendingBackend,
  program,
  scalar,
  sharedBackend,
} from './plans.ts';

test('a fused chain with a scalar and two results', async () => {
  const backend = await sharedBackend();
  const n = 1000;
  const p = program(
    [n],
    [buffer(0, [n]), buffer(1, [n]), scalar(0)],
    [
      ['mul', [0, 2]],
      ['add', [3, 1]],
      ['relu', [4]],
    ],
  );
  const spec = plan(
    [
      pointwise(p, [
        { value: 5, ref: 2, dtype: 'float32' },
        { value: 3, ref: 3, dtype: 'float32' },
      ]),
    ],
    {
      externals: [
        ['float32', n],
        ['float32', n],
      ],
      results: [
        ['float32', n],
        ['float32', n],
      ],
      scalars: ['float32'],
    },
  );
  const a = numbers(n, 1);
  const b = numbers(n, 2);
  const [y, m] = await evaluate(backend, spec, [a, b], [2.5]);
  a.forEach((x, i) => {
    expect(m![i]).toBe(Math.fround(x * 2.5));
    expect(y![i]).toBe(Math.max(0, Math.fround(Math.fround(x * 2.5) + b[i]!)));
  });
});

const layouts: Record<string, { numel: number; layout: Layout }> = {
  transposed: { numel: 12, layout: { shape: [4, 3], strides: [1, 4], offset: 0 } },
  expanded: { numel: 3, layout: { shape: [4, 3], strides: [0, 1], offset: 0 } },
  'one value': { numel: 5, layout: { shape: [4, 3], strides: [0, 0], offset: 4 } },
  reversed: { numel: 12, layout: { shape: [4, 3], strides: [-3, -1], offset: 11 } },
  'reversed in one dim': { numel: 12, layout: { shape: [4, 3], strides: [3, -1], offset: 2 } },
  stepped: { numel: 24, layout: { shape: [4, 3], strides: [6, 2], offset: 1 } },
  'shifted but dense': { numel: 20, layout: { shape: [4, 3], strides: [3, 1], offset: 7 } },
  'four dims': { numel: 120, layout: { shape: [2, 3, 4, 5], strides: [5, 40, 10, 1], offset: 0 } },
};

test.each(Object.entries(layouts))('loads: %s', async (_, { numel, layout }) => {
  const backend = await sharedBackend();
  const n = layout.shape.reduce((a, b) => a * b, 1);
  const p = program(layout.shape, [buffer(0, layout), buffer(1, layout.shape)], [['add', [0, 1]]]);
  const spec = plan([pointwise(p, [{ value: 2, ref: 2, dtype: 'float32' }])], {
    externals: [
      ['float32', numel],
      ['float32', n],
    ],
    results: [['float32', n]],
  });
  const data = Array.from({ length: numel }, (__, i) => i);
  const [y] = await evaluate(backend, spec, [data, new Array<number>(n).fill(100)]);
  expect([...y!]).toEqual(gatherLayout(data, layout).map((x) => x + 100));
});

const wide: Record<string, { numel: number; layout: Layout; vectors: boolean }> = {
  'a bias along rows': { numel: 64, layout: { shape: [32, 64], strides: [0, 1], offset: 0 }, vectors: true },
  'a bias along columns': { numel: 32, layout: { shape: [32, 64], strides: [1, 0], offset: 0 }, vectors: true },
  'one value for all': { numel: 3, layout: { shape: [32, 64], strides: [0, 0], offset: 2 }, vectors: true },
  'transposed rows of four': { numel: 2048, layout: { shape: [32, 64], strides: [1, 32], offset: 0 }, vectors: true },
  'reversed rows of four': { numel: 2048, layout: { shape: [32, 64], strides: [64, -1], offset: 63 }, vectors: true },
  'an unaligned slice': { numel: 2051, layout: { shape: [32, 64], strides: [64, 1], offset: 3 }, vectors: true },
  'a slice of wider rows': { numel: 32 * 68, layout: { shape: [32, 64], strides: [68, 1], offset: 4 }, vectors: true },
  'rows 66 apart': { numel: 32 * 66 + 4, layout: { shape: [32, 64], strides: [66, 1], offset: 4 }, vectors: true },
  'rows of 63': { numel: 32 * 64, layout: { shape: [32, 63], strides: [64, 1], offset: 0 }, vectors: false },
};

test.each(Object.entries(wide))('four at a time: %s', async (_, { numel, layout, vectors }) => {
  const backend = await sharedBackend();
  const n = layout.shape.reduce((a, b) => a * b, 1);
  const p = program(
    layout.shape,
    [buffer(0, layout), buffer(1, layout.shape), buffer(2, layout.shape, 'bool'), scalar(0)],
    [
      ['add', [0, 1]],
      ['arange', [3, 3]],
      ['where', [2, 4, 5]],
      ['logicalNot', [2], 'bool'],
    ],
  );
  const spec = plan(
    [
      pointwise(p, [
        { value: 6, ref: 3, dtype: 'float32' },
        { value: 7, ref: 4, dtype: 'bool' },
      ]),
    ],
    {
      externals: [
        ['float32', numel],
        ['float32', n],
        ['bool', n],
      ],
      results: [
        ['float32', n],
        ['bool', n],
      ],
      scalars: ['float32'],
    },
  );
  expect(backend.compile(spec).describe()[0]!.source.includes('vec4<f32>')).toBe(vectors);
  const data = Array.from({ length: numel }, (__, i) => i);
  const flags = numbers(n).map((x) => (x > 0 ? 1 : 0));
  const [y, not] = await evaluate(backend, spec, [data, new Array<number>(n).fill(100_000), flags], [1]);
  const want = gatherLayout(data, layout).map((x, i) => (flags[i] ? x + 100_000 : i + 1));
  expect([...y!]).toEqual(want);
  expect([...not!]).toEqual(flags.map((f) => 1 - f));
});

test('four at a time: one tensor read in fours and, one further, by elements', async () => {
  const backend = await sharedBackend();
  const views = [0, 1].map((offset): Layout => ({ shape: [32, 64], strides: [64, 1], offset }));
  const p = program([32, 64], [buffer(0, views[0]!), buffer(0, views[1]!)], [['sub', [1, 0]]]);
  const spec = plan([pointwise(p, [{ value: 2, ref: 1, dtype: 'float32' }])], {
    externals: [['float32', 2052]],
    results: [['float32', 2048]],
  });
  expect(backend.compile(spec).describe()[0]!.source).toContain('% 4u]');
  const data = numbers(2052);
  const [y] = await evaluate(backend, spec, [data]);
  expect([...y!]).toEqual(Array.from(y!, (_, i) => Math.fround(Math.fround(data[i + 1]!) - Math.fround(data[i]!))));
});

test('bool, comparisons, casts and selection', async () => {
  const backend = await sharedBackend();
  const n = 6;
  const p = program(
    [n],
    [buffer(0, [n]), buffer(1, [n], 'bool'), scalar(0)],
    [
      ['lt', [0, 2], 'bool'],
      ['logicalOr', [3, 1], 'bool'],
      ['cast', [4], 'int32'],
      ['cast', [0], 'int32'],
      ['where', [4, 6, 5], 'int32'],
    ],
  );
  const spec = plan(
    [
      pointwise(p, [
        { value: 4, ref: 2, dtype: 'bool' },
        { value: 7, ref: 3, dtype: 'int32' },
        { value: 6, ref: 4, dtype: 'int32' },
      ]),
    ],
    {
      externals: [
        ['float32', n],
        ['bool', n],
      ],
      results: [
        ['bool', n],
        ['int32', n],
        ['int32', n],
      ],
      scalars: ['float32'],
    },
  );
  const [either, selected, cast] = await evaluate(
    backend,
    spec,
    [
      [-1.5, 2.75, Number.NaN, 1e20, -1e20, 0],
      [0, 1, 0, 0, 0, 0],
    ],
    [0.5],
  );
  expect([...either!]).toEqual([1, 1, 0, 0, 1, 1]);
  expect([...cast!]).toEqual([-1, 2, 0, 2147483647, -2147483648, 0]);
  expect([...selected!]).toEqual([-1, 2, 0, 0, -2147483648, 0]);
});

test('sources see the element index; integer scalars keep all bits', async () => {
  const backend = await sharedBackend();
  const p = program(
    [2, 3],
    [scalar(0, 'int32'), scalar(1, 'int32'), scalar(2, 'uint32'), scalar(3, 'bool')],
    [
      ['arange', [0, 1], 'int32'],
      ['fill', [2], 'uint32'],
      ['fill', [3], 'bool'],
    ],
  );
  const spec = plan(
    [
      pointwise(p, [
        { value: 4, ref: 0, dtype: 'int32' },
        { value: 5, ref: 1, dtype: 'uint32' },
        { value: 6, ref: 2, dtype: 'bool' },
      ]),
    ],
    {
      externals: [],
      results: [
        ['int32', 6],
        ['uint32', 6],
        ['bool', 6],
      ],
      scalars: ['int32', 'int32', 'uint32', 'bool'],
    },
  );
  const [range, filled, flags] = await evaluate(backend, spec, [], [-2147483648, 3, 4294967295, 1]);
  expect([...range!]).toEqual([0, 1, 2, 3, 4, 5].map((i) => -2147483648 + 3 * i));
  expect(filled![5]).toBe(4294967295);
  expect([...flags!]).toEqual([1, 1, 1, 1, 1, 1]);
});

test('a kernel may overwrite what it reads', async () => {
  const backend = await sharedBackend();
  const p = program([5], [buffer(0, [5])], [['add', [0, 0]]]);
  const spec = plan(
    [
      pointwise(p, [{ value: 1, ref: 2, dtype: 'float32' }]),
      pointwise(program([5], [buffer(2, [5])], [['add', [0, 0]]]), [{ value: 1, ref: 2, dtype: 'float32' }]),
      pointwise(program([5], [buffer(2, [5])], [['copy', [0]]]), [{ value: 1, ref: 1, dtype: 'float32' }]),
    ],
    { externals: [['float32', 5]], results: [['float32', 5]], temporaries: [['float32', 5]] },
  );
  const [y] = await evaluate(backend, spec, [[1, 2, 3, 4, 5]]);
  expect([...y!]).toEqual([4, 8, 12, 16, 20]);
});

test('no elements, no dispatch', async () => {
  const backend = await sharedBackend();
  const p = program([0, 3], [buffer(0, [0, 3])], [['neg', [0]]]);
  const spec = plan([pointwise(p, [{ value: 1, ref: 1, dtype: 'float32' }])], {
    externals: [['float32', 0]],
    results: [['float32', 0]],
  });
  const before = backend.stats().dispatches;
  const [y] = await evaluate(backend, spec, [[]]);
  expect(y!.length).toBe(0);
  expect(backend.stats().dispatches).toBe(before);
});

test('a grid too long for one dimension is folded', async () => {
  const backend = await pretendingBackend({ maxComputeWorkgroupsPerDimension: 7 });
  const n = 256 * 31 + 3;
  const kernel = pointwise(program([n], [buffer(0, [n])], [['neg', [0]]]), [{ value: 1, ref: 1, dtype: 'float32' }]);
  for (const size of build(kernel, backend.capabilities).dispatches[0]!.workgroups) expect(size).toBeLessThanOrEqual(7);
  const data = numbers(n);
  const [y] = await evaluate(backend, plan([kernel], { externals: [['float32', n]], results: [['float32', n]] }), [
    data,
  ]);
  expect([...y!]).toEqual(data.map((x) => -x));
  backend.dispose();
});
