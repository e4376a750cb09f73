/** The walk through CTC's lattice: by many and by few threads, with its rows in storage, and on a folded grid; against the CPU's kernels. */
import { describe, expect, test } from 'vitest';
import { ctcKernels as cpuKernels } from '../../src/backends/cpu/kernels/ctc.ts';
import { ctcKernels } from '../../src/backends/webgpu/kernels/ctc.ts';
import type { Capabilities } from '../../src/backends/webgpu/kernels/types.ts';
import { numel, type Shape } from '../../src/core/shape.ts';
import { arranged, expectClose, operand, runKernel, uniform } from './mini-runner.ts';

const ways: readonly (readonly [string, Partial<Capabilities>])[] = [
  ['many threads', {}],
  ['few threads', { software: true }],
  ['rows in storage', { maxComputeWorkgroupStorageSize: 8 }],
  ['a folded grid', { maxComputeWorkgroupsPerDimension: 2 }],
];
const [time, batch, classes, size] = [9, 3, 5, 6] as const;
// Repeated labels, one that is infeasible, and one without labels.
const labels = [1, 2, 2, 3, 1, 2, 4, 4, 4, 4, 4, 4, 3, 1, 1, 1, 1, 1];
const lengths = [9, 5, 8, 6, 7, 0];

const results = (shapes: readonly Shape[]) => shapes.map((shape) => ({ shape, dtype: 'float32' as const }));
const empty = (shapes: readonly Shape[]) =>
  results(shapes).map((output) => ({ ...output, data: new Float32Array(numel(output.shape)) }));

describe.each(ways)('%s', (_, capabilities) => {
  test.each([0, 4])('with class %i as the blank', async (blank) => {
    const x = arranged([time, batch, classes], 'permuted', 'float32', uniform(blank));
    const shown = labels.map((v) => (blank === 4 ? v - 1 : v));
    const targets = operand([batch, size], Int32Array.from(shown), 'int32');
    const counts = operand([batch, 2], Int32Array.from(lengths), 'int32');
    const attrs = { blank, zeroInfinity: true };
    const shapes = [[batch], [batch, time, 2 * size + 1]] as const;
    const expected = empty(shapes);
    cpuKernels.ctcLoss([x, targets, counts], expected, attrs);
    const { outputs } = await runKernel(ctcKernels.ctcLoss, {
      op: 'ctcLoss',
      inputs: [x, targets, counts],
      outputs: results(shapes),
      attrs,
      capabilities,
    });
    expect(outputs[0]![1]).toBe(Number.POSITIVE_INFINITY);
    expectClose(outputs[0]!, expected[0]!.data, 1e-5, 1e-5);
    expectClose(outputs[1]!, expected[1]!.data, 1e-5, 1e-5);

    const g = operand([batch], Float32Array.of(1, 0.5, -2));
    const saved = expected.map(({ shape, data }) => operand(shape, data));
    const inputs = [g, x, targets, counts, ...saved];
    const gradient = empty([x.layout.shape]);
    cpuKernels.ctcLossBackward(inputs, gradient, attrs);
    const { outputs: found } = await runKernel(ctcKernels.ctcLossBackward, {
      op: 'ctcLossBackward',
      inputs,
      outputs: results([x.layout.shape]),
      attrs,
      capabilities,
    });
    expectClose(found[0]!, gradient[0]!.data, 1e-4, 1e-5);
  });
});

test('lengths and labels out of range touch nothing: the loss is that of what fits, or NaN', async () => {
  const x = operand([2, 2, 2], Float32Array.of(-1, -2, -1, -2, -1, -2, -1, -2));
  const { outputs } = await runKernel(ctcKernels.ctcLoss, {
    op: 'ctcLoss',
    inputs: [x, operand([2, 1], Int32Array.of(2, 1), 'int32'), operand([2, 2], Int32Array.of(99, 99, 2, 1), 'int32')],
    outputs: results([[2], [2, 2, 3]]),
    attrs: { blank: 0, zeroInfinity: false },
  });
  // Of the first, class 2 would be a number of the second. Of the second: blank and label, label and blank, label twice.
  expectClose(outputs[0]!, [Number.NaN, -Math.log(2 * Math.exp(-3) + Math.exp(-4))], 1e-5);
});

test('of no frames: nothing is lost if there are no labels either', async () => {
  const { outputs } = await runKernel(ctcKernels.ctcLoss, {
    op: 'ctcLoss',
    inputs: [
      operand([2, 2, 2], new Float32Array(8).fill(-1)),
      operand([2, 1], Int32Array.of(1, 1), 'int32'),
      operand([2, 2], Int32Array.of(0, 0, 0, 1), 'int32'),
    ],
    outputs: results([[2], [2, 2, 3]]),
    attrs: { blank: 0, zeroInfinity: false },
  });
  expectClose(outputs[0]!, [0, Number.POSITIVE_INFINITY], 0, 0);
});
