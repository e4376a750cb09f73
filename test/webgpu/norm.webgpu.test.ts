import { describe, expect, test } from 'vitest';
import { normKernels } from '../../src/backends/webgpu/kernels/norm.ts';
import { numel, type Shape } from '../../src/core/shape.ts';
import {
  arranged,
  arrangements,
  type Call,
  dense,
  expectClose,
  type Operand,
  operand,
  type Result,
  runKernel,
  uniform,
} from './mini-runner.ts';

const statShape = (shape: Shape, count: number): number[] => shape.map((d, i) => (i < shape.length - count ? d : 1));

function forward(x: Operand, count: number, eps: number, software: boolean): Promise<Result> {
  const { shape } = x.layout;
  const stat = { shape: statShape(shape, count), dtype: 'float32' } as const;
  const call: Call = {
    op: 'layerNorm',
    inputs: [x, eps],
    outputs: [{ shape, dtype: 'float32' }, stat, stat],
    attrs: { count },
    capabilities: { software },
  };
  return runKernel(normKernels.layerNorm, call);
}

async function backward(inputs: readonly Operand[], count: number, software: boolean): Promise<ArrayLike<number>> {
  const outputs = [{ shape: inputs[0]!.layout.shape, dtype: 'float32' }] as const;
  const call: Call = { op: 'layerNormBackward', inputs, outputs, attrs: { count }, capabilities: { software } };
  return (await runKernel(normKernels.layerNormBackward, call)).outputs[0]!;
}

function rowsOf(values: readonly number[], columns: number): number[][] {
  return Array.from({ length: values.length / columns }, (_, r) => values.slice(r * columns, (r + 1) * columns));
}
const mean = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0) / x.length;

function referenceStats(row: readonly number[], eps: number): { m: number; rstd: number } {
  const m = mean(row);
  return { m, rstd: 1 / Math.sqrt(mean(row.map((v) => (v - m) ** 2)) + eps) };
}

const shapes: readonly (readonly [Shape, count: number])[] = [
  [[7], 1],
  [[5, 1], 1],
  [[3, 33], 1],
  [[2, 3, 4, 5], 2],
  [[2, 5, 31], 3],
  [[70, 6], 1],
  [[2, 5000], 1],
];

describe.each([true, false])('layerNorm, software: %s', (software) => {
  test.each(shapes)('of %j over the last %i in any arrangement', async (shape, count) => {
    const columns = numel(shape.slice(shape.length - count));
    for (const [seed, arrangement] of arrangements.entries()) {
      const x = arranged(shape, arrangement, 'float32', uniform(seed, 3));
      const dy = arranged(shape, arrangements[(seed + 2) % arrangements.length]!, 'float32', uniform(seed + 10));
      const stats = rowsOf(dense(x), columns).map((row) => referenceStats(row, 1e-3));
      const xhat = rowsOf(dense(x), columns).map((row, r) => row.map((v) => (v - stats[r]!.m) * stats[r]!.rstd));
      const { outputs } = await forward(x, count, 1e-3, software);
      expectClose(outputs[0]!, xhat.flat(), 1e-5, 2e-5);
      expectClose(
        outputs[1]!,
        stats.map(({ m }) => m),
        1e-5,
        1e-6,
      );
      expectClose(
        outputs[2]!,
        stats.map(({ rstd }) => rstd),
        1e-5,
      );

      const stat = statShape(shape, count);
      const saved = [stats.map(({ m }) => m), stats.map(({ rstd }) => rstd)].map((v) =>
        operand(stat, Float32Array.from(v)),
      );
      const expected = rowsOf(dense(dy), columns).flatMap((g, r) => {
        const average = mean(g);
        const dot = mean(g.map((v, c) => v * xhat[r]![c]!));
        return g.map((v, c) => stats[r]!.rstd * (v - average - xhat[r]![c]! * dot));
      });
      // One element has no spread: the statistics of float32 inputs meet a large rstd.
      expectClose(await backward([dy, x, ...saved], count, software), expected, 1e-4, columns === 1 ? 1e-3 : 1e-4);
    }
  });

  test('does not cancel where the mean is large', async () => {
    const noise = uniform(5);
    const x = operand(
      [1, 4096],
      Float32Array.from({ length: 4096 }, () => 1000 + noise()),
    );
    const { m, rstd } = referenceStats(dense(x), 1e-5);
    const { outputs } = await forward(x, 1, 1e-5, software);
    expectClose(
      outputs[0]!,
      dense(x).map((v) => (v - m) * rstd),
      1e-4,
      2e-4,
    );
    expectClose(outputs[2]!, [rstd], 1e-5);
  });

  test('what the mean loses by rounding does not enter the variance', async () => {
    // The mean lies half-way between two numbers.
    const x = operand(
      [1, 4096],
      Float32Array.from({ length: 4096 }, (_, i) => 5e6 + (i % 2) / 2),
    );
    const { outputs } = await forward(x, 1, 1e-5, software);
    expectClose(outputs[2]!, [1 / Math.sqrt(0.0625 + 1e-5)]);
  });

  test('what the mean loses by rounding is given back to it', async () => {
    const x = operand(
      [1, 4096],
      Float32Array.from({ length: 4096 }, (_, i) => 5e6 + (i % 4 === 3 ? 2 : 0)),
    );
    const { outputs } = await forward(x, 1, 1e-5, software);
    expect(Array.from(outputs[1]!)).toEqual([5000000.5]);
  });

  test('a constant row normalises to zeros, NaN and infinity spread over theirs', async () => {
    const x = operand([3, 2], Float32Array.of(4, 4, NaN, 1, Infinity, 1));
    const { outputs } = await forward(x, 1, 1e-5, software);
    expectClose(outputs[0]!, [0, 0, NaN, NaN, NaN, NaN]);
    expectClose(outputs[1]!, [4, NaN, NaN]);
    expectClose(outputs[2]!, [316.2278, NaN, NaN]);
  });
});

test('agrees with PyTorch', async () => {
  // torch.nn.functional.layer_norm([[1, 2, 4, 8]], (4,)) and its gradient for dy = [1, -1, 0.5, 2]
  const x = operand([1, 4], Float32Array.of(1, 2, 4, 8));
  const { outputs } = await forward(x, 1, 1e-5, false);
  expectClose(outputs[0]!, [-1.0257546, -0.65275294, 0.09325042, 1.585257]);
  const dy = operand([1, 4], Float32Array.of(1, -1, 0.5, 2));
  const saved = [outputs[1]!, outputs[2]!].map((data) => operand([1, 1], data));
  expectClose(await backward([dy, x, ...saved], 1, false), [0.4119232, -0.4330065, -0.07135682, 0.0924401], 1e-5, 1e-6);
});

test('nothing is dispatched for an empty tensor', async () => {
  const { built } = await forward(operand([0, 4], new Float32Array(0)), 1, 1e-5, false);
  expect(built.dispatches).toEqual([]);
});
