import { describe, expect, test } from 'vitest';
import { normKernels } from '../../src/backends/webgpu/kernels/norm.ts';
import { numel, type Shape } from '../../src/core/shape.ts';
import { arranged, arrangements, dense, expectClose, operand, runKernel, uniform } from './mini-runner.ts';

const mean = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0) / x.length;
const rowsOf = (values: readonly number[], columns: number): number[][] =>
  Array.from({ length: values.length / columns }, (_, r) => values.slice(r * columns, (r + 1) * columns));

const shapes: readonly (readonly [Shape, count: number])[] = [
  [[7], 1],
  [[5, 1], 1],
  [[2, 3, 4, 5], 2],
  [[70, 6], 1],
  [[2, 3000], 1],
];

describe.each([true, false])('rmsNorm, software: %s', (software) => {
  test.each(shapes)('of %j over the last %i in any arrangement', async (shape, count) => {
    const eps = 1e-3;
    const columns = numel(shape.slice(shape.length - count));
    const statistics = { shape: shape.map((d, i) => (i < shape.length - count ? d : 1)), dtype: 'float32' } as const;
    const like = { shape, dtype: 'float32' } as const;
    const settings = { attrs: { count }, capabilities: { software } };
    for (const [seed, arrangement] of arrangements.entries()) {
      const x = arranged(shape, arrangement, 'float32', uniform(seed, 3));
      const dy = arranged(shape, arrangements[(seed + 2) % arrangements.length]!, 'float32', uniform(seed + 10));
      const rows = rowsOf(dense(x), columns);
      const roots = rows.map((row) => 1 / Math.sqrt(mean(row.map((v) => v * v)) + eps));
      const hats = rows.map((row, r) => row.map((v) => v * roots[r]!));
      const { outputs } = await runKernel(normKernels.rmsNorm, {
        op: 'rmsNorm',
        inputs: [x, eps],
        outputs: [like, statistics],
        ...settings,
      });
      expectClose(outputs[0]!, hats.flat(), 1e-5, 2e-5);
      expectClose(outputs[1]!, roots, 1e-5);

      const saved = operand(statistics.shape, Float32Array.from(roots));
      const { outputs: gradients } = await runKernel(normKernels.rmsNormBackward, {
        op: 'rmsNormBackward',
        inputs: [dy, x, saved],
        outputs: [like],
        ...settings,
      });
      const expected = rowsOf(dense(dy), columns).flatMap((g, r) => {
        const dot = mean(g.map((v, c) => v * hats[r]![c]!));
        return g.map((v, c) => roots[r]! * (v - hats[r]![c]! * dot));
      });
      expectClose(gradients[0]!, expected, 1e-4, columns === 1 ? 1e-3 : 1e-4);
    }
  });
});

test('nothing is dispatched for an empty tensor', async () => {
  const { built } = await runKernel(normKernels.rmsNorm, {
    op: 'rmsNorm',
    inputs: [operand([0, 4], new Float32Array(0)), 1e-5],
    outputs: [
      { shape: [0, 4], dtype: 'float32' },
      { shape: [0, 1], dtype: 'float32' },
    ],
    attrs: { count: 1 },
  });
  expect(built.dispatches).toEqual([]);
});
