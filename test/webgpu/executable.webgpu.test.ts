/** Compiled plans: what a run costs once warm, the order of work, scalars, arenas. */
import { expect, test } from 'vitest';
import type { OpKernel, PlanSpec } from '../../src/backends/backend.ts';
import { estimate } from '../../src/backends/webgpu/cost.ts';
import {
  buffer,
  evaluate,
  plan,
  pointwise,
  pretendingBackend,
  program,
  scalar,
  sharedBackend,
  upload,
} from './plans.ts';

/** result = relu(a · s + b), by way of two temporaries; and its sum. */
function smallStep(n: number): PlanSpec {
  const sum: OpKernel = {
    kind: 'op',
    op: 'sum',
    attrs: { dims: [0] },
    inputs: [buffer(5, [n])],
    outputs: [{ ref: 3, shape: [1], dtype: 'float32' }],
  };
  return plan(
    [
      pointwise(program([n], [buffer(0, [n]), scalar(0)], [['mul', [0, 1]]]), [{ value: 2, ref: 4, dtype: 'float32' }]),
      pointwise(program([n], [buffer(4, [n]), buffer(1, [n])], [['add', [0, 1]]]), [
        { value: 2, ref: 5, dtype: 'float32' },
      ]),
      pointwise(program([n], [buffer(5, [n])], [['relu', [0]]]), [{ value: 1, ref: 2, dtype: 'float32' }]),
      sum,
    ],
    {
      externals: [
        ['float32', n],
        ['float32', n],
      ],
      results: [
        ['float32', n],
        ['float32', 1],
      ],
      temporaries: [
        ['float32', n],
        ['float32', n],
      ],
      scalars: ['float32'],
    },
  );
}

test('a warm run makes one submit and nothing new', async () => {
  const backend = await sharedBackend();
  const n = 300;
  const executable = backend.compile(smallStep(n));
  const a = upload(backend, 'float32', new Array<number>(n).fill(2));
  const b = upload(backend, 'float32', new Array<number>(n).fill(1));
  const seen: number[][] = [];
  for (let step = 0; step < 6; step++) {
    // Results rotate among pooled buffers, as in a training loop.
    const y = backend.alloc('float32', n);
    const sum = backend.alloc('float32', 1);
    const before = backend.stats();
    executable.run([a, b, y, sum], [step]);
    const after = backend.stats();
    if (step >= 2) {
      expect(after.submits - before.submits).toBe(1);
      expect(after.dispatches - before.dispatches).toBe(executable.describe().length);
      for (const counter of [
        'buffersCreated',
        'bindGroupsCreated',
        'pipelinesCreated',
        'shaderModulesCreated',
        'aliasCopies',
      ] as const) {
        expect(after[counter] - before[counter], counter).toBe(0);
      }
    }
    seen.push([(await backend.read(y))[n - 1]!, (await backend.read(sum))[0]!]);
    backend.free(y);
    backend.free(sum);
  }
  // The scalar is data: it changes from run to run.
  expect(seen).toEqual([0, 1, 2, 3, 4, 5].map((step) => [2 * step + 1, n * (2 * step + 1)]));
  executable.dispose();
});

test('equal shaders are compiled once, for all plans', async () => {
  const backend = await sharedBackend();
  const spec = smallStep(301);
  const first = backend.compile(spec);
  const before = backend.stats();
  const second = backend.compile(spec);
  expect(backend.stats().pipelinesCreated).toBe(before.pipelinesCreated);
  expect(backend.stats().shaderModulesCreated).toBe(before.shaderModulesCreated);
  expect(second.describe().map(({ source }) => source)).toEqual(first.describe().map(({ source }) => source));
  expect(second.describe()[0]!.kernel).toBe('mul [301]');
  first.dispose();
  second.dispose();
});

test('pipelines of disposed plans are kept for a while, not for ever', async () => {
  const backend = await pretendingBackend({});
  const fill = (n: number): PlanSpec =>
    plan([pointwise(program([n], [scalar(0)], [['fill', [0]]]), [{ value: 1, ref: 0, dtype: 'float32' }])], {
      externals: [],
      results: [['float32', n]],
      scalars: ['float32'],
    });
  const compile = (n: number): number => {
    const before = backend.stats().pipelinesCreated;
    backend.compile(fill(n)).dispose();
    return backend.stats().pipelinesCreated - before;
  };
  for (let n = 1; n <= 300; n++) expect(compile(n)).toBe(1);
  expect(compile(300)).toBe(0);
  expect(compile(100)).toBe(0);
  expect(compile(1)).toBe(1);
  await backend.throttle(0);
  backend.dispose();
});

test('work that waits for a pipeline keeps its order', async () => {
  const backend = await sharedBackend();
  const n = 7;
  // A shader nobody has compiled yet.
  const spec = plan(
    [
      pointwise(
        program(
          [n],
          [buffer(0, [n]), scalar(0)],
          [
            ['sub', [0, 1]],
            ['square', [2]],
          ],
        ),
        [{ value: 3, ref: 1, dtype: 'float32' }],
      ),
    ],
    {
      externals: [['float32', n]],
      results: [['float32', n]],
      scalars: ['float32'],
    },
  );
  const executable = backend.compile(spec);
  const x = upload(backend, 'float32', [1, 2, 3, 4, 5, 6, 7]);
  const y = backend.alloc('float32', n);
  const scalars = [1];
  executable.run([x, y], scalars);
  scalars[0] = 100;
  const data = new Float32Array(n).fill(10);
  const first = backend.read(y);
  backend.write(x, data);
  data.fill(99);
  executable.run([x, y], [1]);
  const second = backend.read(y);
  const copied = backend.alloc('float32', n);
  backend.copy(y, copied);
  const third = backend.read(copied);
  // Freed while work that uses it waits; the next buffer must not be the same memory too early.
  backend.free(y);
  const other = upload(backend, 'float32', [8, 8, 8, 8, 8, 8, 8]);
  expect([...(await first)]).toEqual([0, 1, 4, 9, 16, 25, 36]);
  expect([...(await second)]).toEqual(new Array(n).fill(81));
  expect([...(await third)]).toEqual(new Array(n).fill(81));
  expect([...(await backend.read(other))]).toEqual(new Array(n).fill(8));
  executable.dispose();
});

test('plans share temporaries, one run after another', async () => {
  const backend = await pretendingBackend({});
  const specs = [smallStep(1000), smallStep(1001), smallStep(1002)];
  const executables = specs.map((spec) => backend.compile(spec));
  // Two of 4 KiB, plus scratch of the reductions.
  expect(backend.memory().temporaryBytes).toBeLessThan(3 * 4096);
  const a = [1000, 1001, 1002].map((n) => upload(backend, 'float32', new Array<number>(n).fill(1)));
  const results = executables.map((executable, i) => {
    const n = 1000 + i;
    const y = backend.alloc('float32', n);
    const sum = backend.alloc('float32', 1);
    executable.run([a[i]!, a[i]!, y, sum], [i]);
    return sum;
  });
  expect(await Promise.all(results.map(async (r) => (await backend.read(r))[0]))).toEqual([1000, 2002, 3006]);
  for (const executable of executables) executable.dispose();
  expect(backend.memory().temporaryBytes).toBe(0);
  backend.dispose();
});

test('reading and writing ranges of one arena in one dispatch goes by way of a copy', async () => {
  const backend = await sharedBackend();
  const [a, b, c] = backend.allocArena('float32', [5, 100, 5]) as [never, never, never];
  const spec = plan(
    [pointwise(program([5], [buffer(0, [5])], [['square', [0]]]), [{ value: 1, ref: 1, dtype: 'float32' }])],
    {
      externals: [['float32', 5]],
      results: [['float32', 5]],
    },
  );
  const executable = backend.compile(spec);
  backend.write(a, new Float32Array([1, 2, 3, 4, 5]));
  const before = backend.stats().aliasCopies;
  executable.run([a, c], []);
  executable.run([c, a], []);
  expect([...(await backend.read(c))]).toEqual([1, 4, 9, 16, 25]);
  expect([...(await backend.read(a))]).toEqual([1, 16, 81, 256, 625]);
  expect([...(await backend.read(b))]).toEqual(new Array(100).fill(0));
  expect(backend.stats().aliasCopies - before).toBe(2);
  // The very same range, read and written under two numbers.
  executable.run([a, a], []);
  expect([...(await backend.read(a))]).toEqual([1, 16, 81, 256, 625].map((v) => v * v));
  executable.dispose();
  for (const range of [a, b, c]) backend.free(range);
});

test('copies between ranges of one arena, whose padding starts as zeros', async () => {
  const backend = await sharedBackend();
  const dirty = upload(backend, 'float32', new Array<number>(192).fill(7));
  backend.free(dirty);
  const [a, b, c] = backend.allocArena('float32', [3, 64, 3]);
  expect(a!.allocation).toBe(b!.allocation);
  expect(a!.id).not.toBe(b!.id);
  expect([...(await backend.read(b!))]).toEqual(new Array(64).fill(0));
  backend.write(a!, new Float32Array([1, 2, 3]));
  backend.copy(a!, c!);
  expect([...(await backend.read(c!))]).toEqual([1, 2, 3]);
  for (const range of [a!, b!, c!]) backend.free(range);
});

test('an op over a whole arena wants its tensors side by side', async () => {
  const backend = await sharedBackend();
  const sgd: OpKernel = {
    kind: 'op',
    op: 'sgdStep',
    attrs: { n: 2, momentum: false, nesterov: false, maximize: false },
    inputs: [
      buffer(0, [3]),
      buffer(1, [2]),
      buffer(2, [3]),
      buffer(3, [2]),
      scalar(0),
      scalar(1),
      scalar(2),
      scalar(3),
    ],
    outputs: [
      { ref: 0, shape: [3], dtype: 'float32', inPlaceOf: 0 },
      { ref: 1, shape: [2], dtype: 'float32', inPlaceOf: 1 },
    ],
  };
  const spec = plan([sgd], {
    externals: [
      ['float32', 3],
      ['float32', 2],
      ['float32', 3],
      ['float32', 2],
    ],
    results: [],
    scalars: ['float32', 'float32', 'float32', 'float32'],
  });
  const executable = backend.compile(spec);
  const p = backend.allocArena('float32', [3, 2]);
  const g = backend.allocArena('float32', [3, 2]);
  backend.write(p[0]!, new Float32Array([1, 2, 3]));
  backend.write(p[1]!, new Float32Array([4, 5]));
  backend.write(g[0]!, new Float32Array([10, 10, 10]));
  backend.write(g[1]!, new Float32Array([20, 20]));
  executable.run([...p, ...g], [0.5, 0, 0, 0]);
  await expect(backend.read(p[0]!)).resolves.toEqual(new Float32Array([-4, -3, -2]));
  await expect(backend.read(p[1]!)).resolves.toEqual(new Float32Array([-6, -5]));
  expect(() => executable.run([p[0]!, g[1]!, g[0]!, p[1]!], [0.5, 0, 0, 0])).toThrow(/consecutive ranges of one arena/);
  // While its shader is being compiled the call cannot throw: the next read does.
  const later = backend.compile({ ...spec, kernels: [{ ...sgd, attrs: { ...sgd.attrs, maximize: true } }] });
  later.run([p[0]!, g[1]!, g[0]!, p[1]!], [0.5, 0, 0, 0]);
  await expect(backend.read(p[0]!)).rejects.toThrow(/consecutive ranges of one arena/);
  later.dispose();
  executable.dispose();
  for (const range of [...p, ...g]) backend.free(range);
});

test('a plan beyond the budget is submitted in pieces', async () => {
  const backend = await pretendingBackend({}, { submitBudget: 1000 });
  const n = 300;
  const kernels = smallStep(n).kernels.slice(0, 3);
  const total = kernels.reduce((sum, kernel) => sum + estimate(kernel), 0);
  expect(total).toBeGreaterThan(1000);
  const executable = backend.compile({ ...smallStep(n), kernels });
  const x = upload(backend, 'float32', new Array<number>(n).fill(2));
  const y = backend.alloc('float32', n);
  const before = backend.stats().submits;
  executable.run([x, x, y, y], [3]);
  expect([...(await backend.read(y))]).toEqual(new Array(n).fill(8));
  // 600, 900 and 600 operations: no two fit together. The read is a submit too.
  expect(backend.stats().submits - before).toBe(4);
  backend.dispose();
});

test('contractions are estimated by their products, not by their operands', () => {
  const matmul: OpKernel = {
    kind: 'op',
    op: 'matmul',
    attrs: {},
    inputs: [buffer(0, [100, 200]), buffer(1, [200, 300])],
    outputs: [{ ref: 2, shape: [100, 300], dtype: 'float32' }],
  };
  expect(estimate(matmul)).toBeGreaterThanOrEqual(2 * 100 * 200 * 300);
  expect(estimate(matmul)).toBeLessThan(2.1 * 100 * 200 * 300);
});

test('a program with no buffers to read and several scalars per block', async () => {
  const backend = await sharedBackend();
  const args = Array.from({ length: 9 }, (_, i) => scalar(i));
  const instrs = Array.from({ length: 8 }, (_, i) => ['add', [i === 0 ? 0 : 9 + i - 1, i + 1]] as const);
  const total = program([2], [...args], [...instrs.slice(0, 8), ['fill', [16]]]);
  const spec = plan([pointwise(total, [{ value: 17, ref: 0, dtype: 'float32' }])], {
    externals: [],
    results: [['float32', 2]],
    scalars: new Array(9).fill('float32'),
  });
  const [y] = await evaluate(backend, spec, [], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect([...y!]).toEqual([45, 45]);
});
