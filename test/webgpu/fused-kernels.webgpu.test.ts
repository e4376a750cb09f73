/** Row and pooling kernels with a program fused into their loads and one into their stores. */
import { expect, test } from 'vitest';
import type { OpKernel } from '../../src/backends/backend.ts';
import { lossKernels } from '../../src/backends/webgpu/kernels/loss.ts';
import { normKernels } from '../../src/backends/webgpu/kernels/norm.ts';
import { poolKernels } from '../../src/backends/webgpu/kernels/pool.ts';
import { softmaxKernels } from '../../src/backends/webgpu/kernels/softmax.ts';
import { contiguousStrides, numel, type Shape } from '../../src/core/shape.ts';
import type { KernelOp } from '../../src/ops/index.ts';
import type { Attrs } from '../../src/ops/types.ts';
import { expectClose, type Operand, operand, runKernel, uniform } from './mini-runner.ts';
import { buffer, evaluate, gatherLayout, plan, program, scalar, sharedBackend } from './plans.ts';

interface Case {
  readonly op: KernelOp;
  /** Shape of the first operand, which is computed on load. */
  readonly x: Shape;
  readonly others?: readonly Operand[];
  readonly outputs: readonly Shape[];
  readonly attrs: Attrs;
}

const kernels = { ...softmaxKernels, ...normKernels, ...poolKernels, ...lossKernels };
const pool: Attrs = {
  kernelSize: [2, 2],
  stride: [2, 1],
  padding: [1, 0],
  dilation: [1, 1],
  ceilMode: false,
  countIncludePad: true,
  divisorOverride: 0,
};
const floats = (shape: Shape, seed: number): Operand =>
  operand(shape, Float32Array.from({ length: numel(shape) }, uniform(seed)));
const x: Shape = [3, 5];
const cases: readonly Case[] = [
  { op: 'softmax', x, outputs: [x], attrs: { dim: 1 } },
  { op: 'logSoftmax', x, outputs: [x], attrs: { dim: 0 } },
  { op: 'softmaxBackward', x, others: [floats(x, 5)], outputs: [x], attrs: { dim: 1 } },
  {
    op: 'layerNormBackward',
    x,
    others: [floats(x, 5), floats([3, 1], 6), floats([3, 1], 7)],
    outputs: [x],
    attrs: { count: 1 },
  },
  { op: 'avgPool2d', x: [1, 2, 4, 3], outputs: [[1, 2, 3, 2]], attrs: pool },
  { op: 'avgPool2dBackward', x: [1, 2, 3, 2], outputs: [[1, 2, 4, 3]], attrs: pool },
  {
    op: 'maxPool2d',
    x: [1, 2, 4, 3],
    outputs: [
      [1, 2, 3, 2],
      [1, 2, 3, 2],
    ],
    attrs: pool,
  },
  {
    op: 'crossEntropy',
    x,
    others: [operand([3], Int32Array.of(4, 0, -100), 'int32')],
    outputs: [[3], [3]],
    attrs: { ignoreIndex: -100 },
  },
];

test.each(cases)('$op', async ({ op, x: shape, others = [], outputs, attrs }) => {
  const dtype = (i: number) => (op === 'maxPool2d' && i === 1 ? 'int32' : 'float32');
  // Memory of x with its last two dims swapped: the program's domain is that memory, read through a permuted layout.
  const rank = shape.length;
  const swapped = [...shape.slice(0, rank - 2), shape[rank - 1]!, shape[rank - 2]!];
  const dense = contiguousStrides(swapped);
  const layout = { shape, strides: [...dense.slice(0, rank - 2), dense[rank - 1]!, dense[rank - 2]!], offset: 0 };
  const memory = Float32Array.from({ length: numel(shape) }, uniform(1, 3));
  const bias = Float32Array.from({ length: numel(outputs[0]!) }, uniform(2));

  const doubled = Float32Array.from(gatherLayout(memory, layout), (v) => 2 * v);
  const plain = await runKernel(kernels[op as keyof typeof kernels], {
    op,
    inputs: [operand(shape, doubled), ...others],
    outputs: outputs.map((s, i) => ({ shape: s, dtype: dtype(i) })),
    attrs,
  });

  // Buffers: memory, bias, the other operands; then the epilogue's result, and the results after the first.
  const first = 2 + others.length;
  const kernel: OpKernel = {
    kind: 'op',
    op,
    attrs,
    inputs: [
      {
        kind: 'program',
        program: program(swapped, [buffer(0, swapped), scalar(0)], [['mul', [0, 1]]]),
        value: 2,
        layout,
        dtype: 'float32',
      },
      ...others.map((o, i) => buffer(2 + i, o.layout, o.dtype)),
    ],
    outputs: outputs.map((s, i) => ({ ref: i === 0 ? -1 : first + i, shape: s, dtype: dtype(i) })),
    epilogue: {
      program: program(outputs[0]!, [buffer(1, outputs[0]!)], [['add', [0, 1]]], 'float32'),
      stores: [{ value: 2, ref: first, dtype: 'float32' }],
    },
  };
  const spec = plan([kernel], {
    externals: [
      ['float32', memory.length],
      ['float32', bias.length],
      ...others.map((o) => [o.dtype, o.data.length] as const),
    ],
    results: outputs.map((s, i) => [dtype(i), numel(s)] as const),
    scalars: ['float32'],
  });
  const results = await evaluate(await sharedBackend(), spec, [memory, bias, ...others.map((o) => o.data)], [2]);
  expectClose(
    results[0]!,
    Array.from(plain.outputs[0]!, (v, i) => v + bias[i]!),
    1e-6,
    1e-6,
  );
  expect(results.slice(1)).toEqual(plain.outputs.slice(1));
});
