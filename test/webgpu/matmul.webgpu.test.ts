import { describe, expect, test } from 'vitest';
import type { OpKernel } from '../../src/backends/backend.ts';
import { matmulKernels } from '../../src/backends/webgpu/kernels/matmul.ts';
import type { Capabilities, KernelBuilder } from '../../src/backends/webgpu/kernels/types.ts';
import { contiguousLayout, numel, type Shape } from '../../src/core/shape.ts';
import {
  arranged,
  arrangements,
  type Call,
  dense,
  expectClose,
  capabilities as gpu,
  type Operand,
  operand,
  runKernel,
  uniform,
} from './mini-runner.ts';

/** Each way in which the builder chooses kernels. Those of GPUs take long on a software adapter, so they get fewer shapes. */
const devices: readonly (readonly [name: string, capabilities: Partial<Capabilities>, all: boolean])[] = [
  ['software adapter', { software: true, subgroups: false }, true],
  ['software adapter with subgroups', { software: true, subgroups: true }, true],
  ['GPU', { software: false }, false],
];

function reference(a: Operand, b: Operand): { shape: Shape; values: number[] } {
  const [m, k] = a.layout.shape.slice(-2) as [number, number];
  const n = b.layout.shape.at(-1)!;
  const batch = a.layout.shape.slice(0, -2);
  const x = dense(a);
  const y = dense(b);
  const values: number[] = [];
  for (let s = 0; s < numel(batch); s++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let q = 0; q < k; q++) sum += x[(s * m + i) * k + q]! * y[(s * k + q) * n + j]!;
        values.push(sum);
      }
    }
  }
  return { shape: [...batch, m, n], values };
}

function call(a: Operand, b: Operand, capabilities: Partial<Capabilities>): Call {
  return { op: 'matmul', inputs: [a, b], outputs: [{ shape: reference(a, b).shape, dtype: 'float32' }], capabilities };
}

/** Products of numbers in [-1, 1): the error grows with their number. */
const tolerance = (k: number): number => 1e-6 * Math.sqrt(k + 1) + 1e-6;

async function check(a: Operand, b: Operand, capabilities: Partial<Capabilities>): Promise<void> {
  const { outputs } = await runKernel(matmulKernels.matmul, call(a, b, capabilities));
  expectClose(outputs[0]!, reference(a, b).values, 1e-5, tolerance(a.layout.shape.at(-1)!));
}

/** M, K, N: around the edges of every block and tile, and long sums that are cut in parts. */
const sizes: readonly (readonly [m: number, k: number, n: number])[] = [
  [1, 1, 1],
  [2, 130, 33],
  [37, 66, 3],
  [17, 18, 19],
  [33, 64, 68],
  [65, 31, 63],
  [20, 700, 24],
];
const arrangedSizes: typeof sizes = [
  [33, 36, 40],
  [3, 50, 20],
];
const moreSizes: typeof sizes = [
  [1, 7, 5],
  [5, 3, 1],
  [7, 5, 9],
  [16, 4, 16],
  [31, 33, 34],
  [32, 32, 32],
  [64, 16, 128],
  [130, 20, 70],
  [5, 1030, 6],
];

describe.each(devices)('matmul on a %s', (_, capabilities, all) => {
  test.each([...sizes, ...(all ? moreSizes : [])])('%i x %i x %i', async (m, k, n) => {
    await check(
      arranged([m, k], 'contiguous', 'float32', uniform(1)),
      arranged([k, n], 'contiguous', 'float32', uniform(2)),
      capabilities,
    );
  });

  test.each(all ? [...arrangedSizes, [40, 520, 12] as const] : arrangedSizes)(
    'operands in any arrangement, %i x %i x %i',
    async (m, k, n) => {
      for (const [i, first] of arrangements.entries()) {
        const second = arrangements[(i * 2 + 2) % arrangements.length]!;
        await check(
          arranged([m, k], first, 'float32', uniform(3)),
          arranged([k, n], second, 'float32', uniform(4)),
          capabilities,
        );
      }
    },
  );

  test.each([
    [[3], 17, 9, 20],
    [[2, 2, 3], 5, 6, 7],
    [[4], 1, 70, 30],
    [[2], 8, 600, 8],
  ])('batches of %j, %i x %i x %i', async (batch, m, k, n) => {
    for (const arrangement of ['reversed', 'expanded'] as const) {
      const a = arranged([...batch, m, k], arrangement, 'float32', uniform(7));
      const b = arranged([...batch, k, n], 'permuted', 'float32', uniform(8));
      await check(a, b, capabilities);
    }
    // One matrix for all batches.
    const a = arranged([...batch, m, k], 'contiguous', 'float32', uniform(7));
    const one = arranged([k, n], 'contiguous', 'float32', uniform(9));
    const layout = {
      shape: [...batch, k, n],
      strides: [...batch.map(() => 0), ...one.layout.strides],
      offset: one.layout.offset,
    };
    await check(a, { ...one, layout }, capabilities);
  });

  test('a sum of nothing is zero, a result of nothing is not computed', async () => {
    const { outputs } = await runKernel(
      matmulKernels.matmul,
      call(operand([3, 0], new Float32Array(0)), operand([0, 2], new Float32Array(0)), capabilities),
    );
    expect([...outputs[0]!]).toEqual([0, 0, 0, 0, 0, 0]);
    const { built } = await runKernel(
      matmulKernels.matmul,
      call(operand([0, 3], new Float32Array(0)), operand([3, 2], new Float32Array(6)), capabilities),
    );
    expect(built.dispatches).toEqual([]);
  });

  test('infinities and NaN stay in their rows and columns', async () => {
    const m = 5;
    const k = 7;
    const n = 6;
    const x = Float32Array.from({ length: m * k }, () => 1);
    x[k - 1] = Infinity;
    x[2 * k] = NaN;
    const y = Float32Array.from({ length: k * n }, () => 1);
    y[(k - 1) * n + 1] = -Infinity;
    await check(operand([m, k], x), operand([k, n], y), capabilities);
  });

  test.each([
    [33, 20, 40],
    [3, 40, 50],
    [6, 1040, 10],
  ])('what is fused into loads and stores, %i x %i x %i', async (m, k, n) => {
    // relu((-a) @ b + bias), bias along columns, with the epilogue reading its operands itself.
    const a = arranged([m, k], 'permuted', 'float32', uniform(10));
    const b = arranged([k, n], 'contiguous', 'float32', uniform(11));
    const bias = arranged([n], 'contiguous', 'float32', uniform(12));
    const fused: KernelBuilder = (kernel, caps) => {
      const [argA, argB, argBias] = kernel.inputs;
      if (argA?.kind !== 'buffer' || argB?.kind !== 'buffer' || argBias?.kind !== 'buffer')
        throw new Error('expected buffers');
      const shape = [m, n];
      return matmulKernels.matmul(
        {
          ...kernel,
          inputs: [
            {
              kind: 'program',
              program: {
                shape: [m, k],
                carried: null,
                args: [argA],
                instrs: [{ op: 'neg', inputs: [0], dtype: 'float32' }],
              },
              value: 1,
              layout: contiguousLayout([m, k]),
              dtype: 'float32',
            },
            argB,
          ],
          outputs: [{ ref: -1, shape, dtype: 'float32' }],
          epilogue: {
            program: {
              shape,
              carried: 'float32',
              args: [{ ...argBias, layout: { shape, strides: [0, 1], offset: 0 } }],
              instrs: [
                { op: 'add', inputs: [0, 1], dtype: 'float32' },
                { op: 'relu', inputs: [2], dtype: 'float32' },
              ],
            },
            stores: [{ value: 3, ref: kernel.outputs[0]!.ref, dtype: 'float32' }],
          },
        },
        caps,
      );
    };
    const { outputs } = await runKernel(fused, { ...call(a, b, capabilities), inputs: [a, b, bias] });
    const expected = reference(a, b).values.map((v, e) => Math.max(0, dense(bias)[e % n]! - v));
    expectClose(outputs[0]!, expected, 1e-5, tolerance(k));
  });

  test('the same result every time', async () => {
    const a = arranged([12, 2000], 'contiguous', 'float32', uniform(13));
    const b = arranged([2000, 9], 'contiguous', 'float32', uniform(14));
    const first = await runKernel(matmulKernels.matmul, call(a, b, capabilities));
    expect(first.built.dispatches.length).toBe(2);
    const second = await runKernel(matmulKernels.matmul, call(a, b, capabilities));
    expect(second.outputs[0]).toEqual(first.outputs[0]);
  });
});

test.each([
  ['thin', 3, 1100, 9],
  ['thin', 40, 1100, 2],
  ['sum of', 1, 9000, 1],
])('few results of long sums: %s, %i x %i x %i', async (kind, m, k, n) => {
  const a = arranged([m, k], 'contiguous', 'float32', uniform(19));
  for (const arrangement of ['contiguous', 'permuted'] as const) {
    const b = arranged([k, n], arrangement, 'float32', uniform(20));
    const { outputs, built } = await runKernel(matmulKernels.matmul, call(a, b, {}));
    expect(built.dispatches.at(-1)!.label).toContain(kind);
    expectClose(outputs[0]!, reference(a, b).values, 1e-5, tolerance(k));
  }
});

test('more workgroups than one grid dimension takes', async () => {
  const a = arranged([70, 9], 'contiguous', 'float32', uniform(15));
  const b = arranged([9, 70], 'contiguous', 'float32', uniform(16));
  for (const [, capabilities] of devices) {
    await check(a, b, { ...capabilities, maxComputeWorkgroupsPerDimension: 3 });
  }
});

test.each([
  ['tile 32x32', {}, 40, 40, 40, 8],
  ['tile 64x64', {}, 60, 60, 64, 18],
  ['tile 64x64', {}, 60, 62, 63, 5],
  ['tile 128x128', {}, 200, 124, 120, 17],
  ['tile 32x32', { vendor: 'qualcomm' }, 60, 60, 64, 18],
] as const)('%s on a GPU %j with %i products of %i x %i', async (tile, capabilities, batches, m, n, k) => {
  const a = arranged([batches, m, k], 'contiguous', 'float32', uniform(17));
  const b = arranged([batches, k, n], 'contiguous', 'float32', uniform(18));
  const { outputs, built } = await runKernel(matmulKernels.matmul, call(a, b, capabilities));
  expect(built.dispatches.map(({ label }) => label)).toEqual([`matmul ${batches}x${m}x${k}x${n} ${tile}`]);
  expectClose(outputs[0]!, reference(a, b).values, 1e-5, tolerance(k));
});

test('a product too large for one dispatch is spread over several', () => {
  const layout = contiguousLayout([8192, 8192]);
  const kernel: OpKernel = {
    kind: 'op',
    op: 'matmul',
    attrs: {},
    inputs: [0, 1].map((ref) => ({ kind: 'buffer', ref, layout, dtype: 'float32' })),
    outputs: [{ ref: 2, shape: [8192, 8192], dtype: 'float32' }],
  };
  const { dispatches } = matmulKernels.matmul(kernel, gpu);
  expect(dispatches.length).toBeGreaterThan(40);
  expect(dispatches.reduce((sum, { workgroups: [x, y, z] }) => sum + x * y * z, 0)).toBe(64 * 64);
});
