import { describe, expect, test } from 'vitest';
import { poolKernels } from '../../src/backends/webgpu/kernels/pool.ts';
import { numel, type Shape } from '../../src/core/shape.ts';
import { poolOutputSize } from '../../src/ops/pool.ts';
import type { Attrs } from '../../src/ops/types.ts';
import {
  arranged,
  arrangements,
  dense,
  expectClose,
  type Operand,
  operand,
  runKernel,
  uniform,
} from './mini-runner.ts';

interface Pool {
  readonly kernelSize: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;
  readonly divisorOverride: number;
}
const base: Pool = {
  kernelSize: [2, 2],
  stride: [2, 2],
  padding: [0, 0],
  dilation: [1, 1],
  ceilMode: false,
  countIncludePad: true,
  divisorOverride: 0,
};
const attrs = (pool: Pool): Attrs => ({ ...pool });

function outputShape([n, c, h, w]: readonly number[], p: Pool): number[] {
  const size = (s: number, i: 0 | 1): number =>
    poolOutputSize(s, p.kernelSize[i], p.stride[i], p.padding[i], p.dilation[i], p.ceilMode);
  return [n!, c!, size(h!, 0), size(w!, 1)];
}

/** Calls `visit(output, [inputs of its window], full window size with padding)` for each window. */
function windows(shape: Shape, p: Pool, visit: (o: number, inputs: number[], size: number) => void): void {
  const [n, c, h, w] = shape as readonly [number, number, number, number];
  const [, , oh, ow] = outputShape(shape, p) as [number, number, number, number];
  for (let o = 0; o < n * c * oh * ow; o++) {
    const plane = Math.floor(o / (oh * ow));
    const top = (Math.floor(o / ow) % oh) * p.stride[0] - p.padding[0];
    const left = (o % ow) * p.stride[1] - p.padding[1];
    const inputs: number[] = [];
    let size = 0;
    for (let i = 0; i < p.kernelSize[0]; i++) {
      for (let j = 0; j < p.kernelSize[1]; j++) {
        const y = top + i * p.dilation[0];
        const x = left + j * p.dilation[1];
        if (y < h + p.padding[0] && x < w + p.padding[1]) size++;
        if (y >= 0 && y < h && x >= 0 && x < w) inputs.push((plane * h + y) * w + x);
      }
    }
    visit(o, inputs, size);
  }
}

async function maxPool(x: Operand, p: Pool): Promise<{ y: number[]; index: number[] }> {
  const shape = outputShape(x.layout.shape, p);
  const outputs = [
    { shape, dtype: 'float32' },
    { shape, dtype: 'int32' },
  ] as const;
  const result = await runKernel(poolKernels.maxPool2d, { op: 'maxPool2d', inputs: [x], outputs, attrs: attrs(p) });
  return { y: Array.from(result.outputs[0]!), index: Array.from(result.outputs[1]!) };
}

async function single(
  op: 'maxPool2dBackward' | 'avgPool2d' | 'avgPool2dBackward',
  inputs: readonly Operand[],
  shape: Shape,
  p: Pool,
): Promise<ArrayLike<number>> {
  const extra = op === 'avgPool2d' ? {} : { inputShape: shape };
  const call = { op, inputs, outputs: [{ shape, dtype: 'float32' }] as const, attrs: { ...attrs(p), ...extra } };
  return (await runKernel(poolKernels[op], call)).outputs[0]!;
}

const maxCases: readonly (readonly [Shape, Partial<Pool>])[] = [
  [[1, 1, 1, 1], { kernelSize: [1, 1], stride: [1, 1] }],
  [[2, 3, 6, 8], {}],
  [[2, 3, 7, 5], { kernelSize: [3, 2], stride: [1, 3], padding: [1, 1] }],
  [[1, 2, 9, 8], { kernelSize: [3, 3], stride: [2, 2], padding: [1, 1], ceilMode: true }],
  [[2, 1, 9, 11], { kernelSize: [3, 2], stride: [1, 2], padding: [1, 1], dilation: [2, 3] }],
  [[1, 1, 5, 5], { kernelSize: [1, 1], stride: [3, 3] }],
  [[1, 2, 3, 40], { kernelSize: [3, 9], stride: [1, 1] }],
];

describe('maxPool2d', () => {
  test.each(maxCases)('%j with %j in any arrangement, forward and backward', async (shape, options) => {
    const p = { ...base, ...options };
    const [, , h, w] = shape as readonly [number, number, number, number];
    for (const [seed, arrangement] of arrangements.entries()) {
      const next = uniform(seed, 4);
      // Few distinct values, so that windows have ties. Adding 0 makes -0 into 0.
      const x = arranged(shape, arrangement, 'float32', () => Math.round(next()) + 0);
      const values = dense(x);
      const y: number[] = [];
      const index: number[] = [];
      windows(shape, p, (o, inputs) => {
        y[o] = Math.max(...inputs.map((i) => values[i]!));
        index[o] = inputs.find((i) => values[i] === y[o])! % (h * w);
      });
      expect(await maxPool(x, p)).toEqual({ y, index });

      const out = outputShape(shape, p);
      const dy = arranged(out, arrangements[(seed + 1) % arrangements.length]!, 'float32', uniform(seed + 7));
      const dx = new Array<number>(numel(shape)).fill(0);
      const grads = dense(dy);
      windows(shape, p, (o, inputs) => {
        dx[inputs[0]! - (inputs[0]! % (h * w)) + index[o]!]! += grads[o]!;
      });
      const stored = arranged(out, seed % 2 === 0 ? 'contiguous' : 'strided', 'int32', () => 0);
      index.forEach((v, o) => {
        stored.data[stored.layout.offset + o * (stored.layout.strides.at(-1) ?? 1)] = v;
      });
      expectClose(await single('maxPool2dBackward', [dy, stored], shape, p), dx);
    }
  });

  test('-∞, NaN and padding (values by PyTorch)', async () => {
    const row = (...v: number[]): Operand => operand([1, 1, 1, v.length], Float32Array.from(v));
    const wide = { ...base, kernelSize: [1, 5] as const, stride: [1, 1] as const };
    expect(await maxPool(row(1, NaN, 2, NaN, 0), wide)).toEqual({ y: [NaN], index: [3] });
    const padded = { ...base, kernelSize: [1, 3] as const, stride: [1, 1] as const, padding: [0, 1] as const };
    expect(await maxPool(row(-Infinity, -Infinity, -5), padded)).toEqual({ y: [-Infinity, -5, -5], index: [0, 2, 2] });
    expect(await maxPool(row(Infinity, NaN, Infinity), padded)).toEqual({ y: [NaN, NaN, NaN], index: [1, 1, 1] });
  });
});

const avgCases: readonly (readonly [Shape, Partial<Pool>])[] = [
  [[1, 1, 1, 1], { kernelSize: [1, 1], stride: [1, 1] }],
  [[2, 3, 6, 8], {}],
  [[2, 3, 7, 5], { kernelSize: [3, 2], stride: [1, 3], padding: [1, 1] }],
  [[2, 3, 7, 5], { kernelSize: [3, 2], stride: [1, 3], padding: [1, 1], countIncludePad: false }],
  [[1, 2, 8, 8], { kernelSize: [3, 3], stride: [2, 2], padding: [1, 1], ceilMode: true }],
  [[1, 2, 10, 8], { kernelSize: [4, 4], stride: [3, 3], padding: [2, 1], ceilMode: true, countIncludePad: false }],
  [[1, 2, 9, 8], { kernelSize: [3, 3], stride: [2, 2], padding: [1, 1], divisorOverride: 5 }],
];

describe('avgPool2d', () => {
  test.each(avgCases)('%j with %j in any arrangement, forward and backward', async (shape, options) => {
    const p = { ...base, ...options };
    const out = outputShape(shape, p);
    const divisors: number[] = [];
    windows(shape, p, (o, inputs, size) => {
      divisors[o] = p.divisorOverride || (p.countIncludePad ? size : inputs.length);
    });
    for (const [seed, arrangement] of arrangements.entries()) {
      const x = arranged(shape, arrangement, 'float32', uniform(seed));
      const dy = arranged(out, arrangement, 'float32', uniform(seed + 7));
      const values = dense(x);
      const grads = dense(dy);
      const y: number[] = [];
      const dx = new Array<number>(numel(shape)).fill(0);
      windows(shape, p, (o, inputs) => {
        y[o] = inputs.reduce((s, i) => s + values[i]!, 0) / divisors[o]!;
        for (const i of inputs) dx[i]! += grads[o]! / divisors[o]!;
      });
      expectClose(await single('avgPool2d', [x], out, p), y);
      expectClose(await single('avgPool2dBackward', [dy], shape, p), dx);
    }
  });

  test('agrees with PyTorch where windows hang over the edge', async () => {
    // avg_pool2d([1..6], (1, 3), stride 2, padding (0, 1), ceil_mode=True) and with count_include_pad=False
    const x = operand([1, 1, 1, 6], Float32Array.from([1, 2, 3, 4, 5, 6]));
    const p = {
      ...base,
      kernelSize: [1, 3] as const,
      stride: [1, 2] as const,
      padding: [0, 1] as const,
      ceilMode: true,
    };
    expectClose(await single('avgPool2d', [x], outputShape([1, 1, 1, 6], p), p), [1, 3, 5, 3]);
    expectClose(
      await single('avgPool2d', [x], outputShape([1, 1, 1, 6], p), { ...p, countIncludePad: false }),
      [1.5, 3, 5, 6],
    );
  });
});

test('nothing is dispatched for an empty batch', async () => {
  const shape = [0, 2, 4, 4];
  const outputs = [
    { shape: [0, 2, 2, 2], dtype: 'float32' },
    { shape: [0, 2, 2, 2], dtype: 'int32' },
  ] as const;
  const inputs = [operand(shape, new Float32Array(0))];
  const { built } = await runKernel(poolKernels.maxPool2d, { op: 'maxPool2d', inputs, outputs, attrs: attrs(base) });
  expect(built.dispatches).toEqual([]);
});
