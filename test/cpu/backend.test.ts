import { describe, expect, test } from 'vitest';
import type { Kernel, OpKernel, PlanSpec, Program } from '../../src/backends/backend.ts';
import { createCpuBackend } from '../../src/backends/cpu/index.ts';
import { sizeClass } from '../../src/backends/cpu/memory.ts';
import { DeviceError, DisposedError } from '../../src/core/errors.ts';
import { contiguousLayout } from '../../src/core/shape.ts';
import { bufferArg, instr, runPlan, scalarArg, upload } from './helpers.ts';

const f32 = (numel: number) => ({ dtype: 'float32' as const, numel });
const plan = (spec: Partial<PlanSpec>): PlanSpec => ({
  kernels: [],
  externals: [],
  results: [],
  temporaries: [],
  scalars: [],
  ...spec,
});
/** y = op(x) over n elements, from one place of the table to another. */
const map = (op: 'neg' | 'square', n: number, from: number, to: number): Kernel => ({
  kind: 'pointwise',
  program: { shape: [n], carried: null, args: [bufferArg(from, contiguousLayout([n]))], instrs: [instr(op, [0])] },
  stores: [{ value: 1, ref: to, dtype: 'float32' }],
});

describe('buffers', () => {
  test('write, read a copy, copy', async () => {
    const backend = createCpuBackend();
    const a = upload(backend, 'int32', [1, 2, 3]);
    const b = upload(backend, 'int32', [0, 0, 0]);
    const before = await backend.read(a);
    backend.copy(a, b);
    backend.write(a, new Int32Array([7, 8, 9]));
    expect(Array.from(before)).toEqual([1, 2, 3]);
    expect(Array.from(await backend.read(b))).toEqual([1, 2, 3]);
    expect(backend.stats()).toMatchObject({ reads: 2, writes: 3, buffersCreated: 2 });
    expect(() => backend.write(a, new Int32Array(2))).toThrow(DeviceError);
  });

  test('a read sees what was there when it was asked for', async () => {
    const backend = createCpuBackend();
    const a = upload(backend, 'float32', [1]);
    const pending = backend.read(a);
    backend.write(a, new Float32Array([2]));
    expect(Array.from(await pending)).toEqual([1]);
  });

  test('freed memory is used again, and counted once', () => {
    const backend = createCpuBackend();
    const { temporaryBytes } = backend.memory();
    const a = backend.alloc('float32', 1000);
    const peakBytes = temporaryBytes + a.bytes;
    expect(backend.memory()).toMatchObject({ liveBytes: a.bytes, liveBuffers: 1, pooledBytes: 0, peakBytes });
    expect(a.bytes).toBeGreaterThanOrEqual(4000);
    backend.free(a);
    backend.free(a);
    expect(backend.memory()).toMatchObject({ liveBytes: 0, liveBuffers: 0, pooledBytes: a.bytes, peakBytes });
    const b = backend.alloc('int32', 990);
    expect(b.id).not.toBe(a.id);
    expect(backend.stats().buffersCreated).toBe(1);
    expect(backend.memory().pooledBytes).toBe(0);
  });

  test('use after free throws', () => {
    const backend = createCpuBackend();
    const a = backend.alloc('float32', 4);
    backend.free(a);
    expect(() => backend.write(a, new Float32Array(4))).toThrow(DisposedError);
    const executable = backend.compile(plan({ externals: [f32(4)] }));
    expect(() => executable.run([a], [])).toThrow(DisposedError);
  });

  test('an arena is one allocation, freed with its last range', async () => {
    const backend = createCpuBackend();
    const ranges = backend.allocArena('float32', [3, 100, 0, 5]);
    expect(new Set(ranges.map((r) => r.allocation)).size).toBe(1);
    expect(new Set(ranges.map((r) => r.id)).size).toBe(4);
    expect(ranges.map((r) => r.numel)).toEqual([3, 100, 0, 5]);
    expect(backend.memory().liveBytes).toBe(ranges.reduce((sum, r) => sum + r.bytes, 0));
    backend.write(ranges[0]!, new Float32Array([1, 2, 3]));
    backend.write(ranges[1]!, new Float32Array(100).fill(9));
    backend.write(ranges[3]!, new Float32Array(5).fill(4));
    expect(Array.from(await backend.read(ranges[0]!))).toEqual([1, 2, 3]);
    expect(Array.from(await backend.read(ranges[3]!))).toEqual([4, 4, 4, 4, 4]);
    for (const r of ranges.slice(1)) backend.free(r);
    expect(backend.memory().pooledBytes).toBe(0);
    backend.free(ranges[0]!);
    expect(backend.memory()).toMatchObject({ liveBytes: 0, liveBuffers: 0 });
    expect(backend.memory().pooledBytes).toBeGreaterThan(0);
    expect(backend.stats().buffersCreated).toBe(1);
  });

  test('size classes waste at most a quarter and cover every size', () => {
    for (const bytes of [0, 1, 256, 257, 1000, 4096, 4097, 123456, 2 ** 31 + 1]) {
      const size = sizeClass(bytes);
      expect(size).toBeGreaterThanOrEqual(bytes);
      expect(size % 8).toBe(0);
      if (bytes > 256) expect(size).toBeLessThanOrEqual(bytes * 1.25);
    }
  });

  test('sizes that cannot exist are refused by name', () => {
    const backend = createCpuBackend();
    expect(() => backend.checkSize('zeros', [65536, 65536], 'float32')).toThrow(DeviceError);
    expect(() => backend.checkSize('zeros', [65536, 65536], 'float32')).toThrow(
      /zeros.*\[65536, 65536\].*17179869184 bytes/,
    );
    expect(() => backend.alloc('float64', 2 ** 50)).toThrow(/out of memory.*bytes are in use by 0 buffers/);
    backend.checkSize('zeros', [1024, 1024], 'float64');
    expect(backend.supports('float64')).toBe(true);
  });
});

describe('plans', () => {
  test('kernels run in order, through temporaries; counters count', async () => {
    const backend = createCpuBackend();
    const x = upload(backend, 'float32', [1, -2, 3]);
    const y = backend.alloc('float32', 3);
    const executable = backend.compile(
      plan({
        kernels: [map('neg', 3, 0, 2), map('square', 3, 2, 3), map('neg', 3, 3, 1)],
        externals: [f32(3)],
        results: [f32(3)],
        temporaries: [f32(3), f32(3)],
      }),
    );
    const created = backend.stats().buffersCreated;
    executable.run([x, y], []);
    executable.run([x, y], []);
    expect(Array.from(await backend.read(y))).toEqual([-1, -4, -9]);
    expect(backend.stats()).toMatchObject({ submits: 2, dispatches: 6, buffersCreated: created });
    await backend.throttle(1);
  });

  test('plans share their temporaries, and give them back', () => {
    const backend = createCpuBackend();
    const spec = plan({ temporaries: [f32(5000), f32(5000)] });
    const before = backend.memory().temporaryBytes;
    const first = backend.compile(spec);
    const one = backend.memory().temporaryBytes - before;
    expect(one).toBe(2 * sizeClass(20000));
    const second = backend.compile(spec);
    expect(backend.memory().temporaryBytes - before).toBe(one);
    first.dispose();
    first.dispose();
    expect(backend.memory().temporaryBytes - before).toBe(one);
    second.dispose();
    expect(backend.memory().temporaryBytes).toBe(before);
    expect(() => second.run([], [])).toThrow(DeviceError);
  });

  test('buffers that do not fit the plan are refused', () => {
    const backend = createCpuBackend();
    const executable = backend.compile(plan({ externals: [f32(4)] }));
    expect(() => executable.run([], [])).toThrow(/expected 1 buffers/);
    expect(() => executable.run([backend.alloc('float32', 3)], [])).toThrow(/4 x float32/);
    expect(() => executable.run([backend.alloc('int32', 4)], [])).toThrow(DeviceError);
  });

  const relu: Program = {
    shape: [2, 2],
    carried: 'float32',
    args: [bufferArg(2, { shape: [2, 2], strides: [0, 1], offset: 0 }), scalarArg(0)],
    instrs: [instr('add', [0, 1]), instr('mul', [3, 2]), instr('relu', [4])],
  };
  const matmul = (extra: Partial<OpKernel>): OpKernel => ({
    kind: 'op',
    op: 'matmul',
    attrs: {},
    inputs: [bufferArg(0, contiguousLayout([2, 2])), bufferArg(1, contiguousLayout([2, 2]))],
    outputs: [{ ref: 3, shape: [2, 2], dtype: 'float32' }],
    ...extra,
  });
  const operands = [
    { dtype: 'float32' as const, values: [1, 2, 3, 4] },
    { dtype: 'float32' as const, values: [1, 0, 1, -1] },
    { dtype: 'float32' as const, values: [-5, 10] },
  ];

  test('an epilogue reads the result; the result itself need not be kept', async () => {
    const epilogue = { program: relu, stores: [{ value: 5, ref: 3, dtype: 'float32' as const }] };
    const [y] = await runPlan(
      {
        kernels: [matmul({ outputs: [{ ref: -1, shape: [2, 2], dtype: 'float32' }], epilogue })],
        results: [f32(4)],
        temporaries: [],
      },
      operands,
      [2],
    );
    expect(y).toEqual([0, 16, 4, 12]);
    const both = { program: relu, stores: [{ value: 5, ref: 4, dtype: 'float32' as const }] };
    const [raw, after] = await runPlan(
      { kernels: [matmul({ epilogue: both })], results: [f32(4), f32(4)], temporaries: [] },
      operands,
      [2],
    );
    expect(raw).toEqual([3, -2, 7, -4]);
    expect(after).toEqual([0, 16, 4, 12]);
  });

  test('an operand may be a program read through a layout', async () => {
    const program: Program = {
      shape: [2, 2],
      carried: null,
      args: [bufferArg(0, contiguousLayout([2, 2])), scalarArg(0)],
      instrs: [instr('mul', [0, 1])],
    };
    const transposed = {
      kind: 'program' as const,
      program,
      value: 2,
      layout: { shape: [2, 2], strides: [1, 2], offset: 0 },
      dtype: 'float32' as const,
    };
    const [y] = await runPlan(
      {
        kernels: [matmul({ inputs: [transposed, bufferArg(1, contiguousLayout([2, 2]))] })],
        results: [f32(4)],
        temporaries: [],
      },
      operands,
      [10],
    );
    // [[10, 30], [20, 40]] @ [[1, 0], [1, -1]]
    expect(y).toEqual([40, -30, 60, -40]);
  });

  test('a result may overwrite its operand', async () => {
    const backend = createCpuBackend();
    const p = upload(backend, 'float32', [1, 2]);
    const g = upload(backend, 'float32', [10, 20]);
    const layout = contiguousLayout([2]);
    const executable = backend.compile(
      plan({
        kernels: [
          {
            kind: 'op',
            op: 'sgdStep',
            attrs: { n: 1, momentum: false, nesterov: false, maximize: false },
            inputs: [
              bufferArg(0, layout),
              bufferArg(1, layout),
              scalarArg(0),
              scalarArg(1),
              scalarArg(1),
              scalarArg(1),
            ],
            outputs: [{ ref: 0, shape: [2], dtype: 'float32', inPlaceOf: 0 }],
          },
        ],
        externals: [f32(2), f32(2)],
        scalars: ['float32', 'float32'],
      }),
    );
    executable.run([p, g], [0.1, 0]);
    executable.run([p, g], [0.2, 0]);
    expect(Array.from(await backend.read(p))).toEqual([-2, -4]);
  });

  test('describe() tells each kernel and its program', () => {
    const backend = createCpuBackend();
    const epilogue = { program: relu, stores: [{ value: 5, ref: 3, dtype: 'float32' as const }] };
    const executable = backend.compile(
      plan({
        kernels: [map('neg', 4, 0, 3), matmul({ epilogue })],
        externals: [f32(4), f32(4), f32(2)],
        results: [f32(4)],
        scalars: ['float32'],
      }),
    );
    expect(executable.describe()).toEqual([
      { kernel: 'neg [4]', source: 'out0 = neg(in0)' },
      {
        kernel: 'matmul + add + mul + relu [2, 2]',
        source:
          'result = matmul(in0 [2, 2], in1 [2, 2]); t3 = add(result, in0); t4 = mul(t3, scalar0); out0 = relu(t4)',
      },
    ]);
  });
});
