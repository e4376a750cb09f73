import { describe, expect, test } from 'vitest';
import type { OpKernel } from '../../src/backends/backend.ts';
import { convKernels } from '../../src/backends/webgpu/kernels/conv.ts';
import type { KernelBuilder } from '../../src/backends/webgpu/kernels/types.ts';
import { contiguousLayout, contiguousStrides, numel, type Shape } from '../../src/core/shape.ts';
import { type Conv2dAttrs, convOutputSize } from '../../src/ops/conv.ts';
import type { Attrs } from '../../src/ops/types.ts';
import {
  type Arrangement,
  arranged,
  arrangements,
  type Call,
  dense,
  expectClose,
  type Operand,
  operand,
  runKernel,
  uniform,
} from './mini-runner.ts';

type ConvOp = keyof typeof convKernels;
type Pair = readonly [number, number];
type Four = readonly [number, number, number, number];

interface Case {
  /** (N, C, H, W) and (O, C / groups, kH, kW). */
  readonly x: Four;
  readonly w: Four;
  readonly stride?: Pair;
  readonly padding?: Pair;
  readonly dilation?: Pair;
  readonly groups?: number;
}

const attrsOf = ({ stride = [1, 1], padding = [0, 0], dilation = [1, 1], groups = 1 }: Case): Conv2dAttrs => ({
  stride,
  padding,
  dilation,
  groups,
});

function outputShape({ x, w, ...rest }: Case): Four {
  const { stride, padding, dilation } = attrsOf({ x, w, ...rest });
  const size = (i: 0 | 1): number => convOutputSize(x[2 + i]!, w[2 + i]!, stride[i], padding[i], dilation[i]);
  return [x[0], w[0], size(0), size(1)];
}

/** Calls `visit` with the positions of each product x · w that adds to a result. */
function products(c: Case, visit: (x: number, w: number, y: number) => void): void {
  const { stride, padding, dilation, groups } = attrsOf(c);
  const [, channels, height, width] = c.x;
  const [outputs, perGroup, kernelY, kernelX] = c.w;
  const [images, , outY, outX] = outputShape(c);
  const rows = outputs / groups;
  for (let n = 0; n < images; n++) {
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < outY; i++) {
        for (let j = 0; j < outX; j++) {
          const y = ((n * outputs + o) * outY + i) * outX + j;
          for (let q = 0; q < perGroup; q++) {
            for (let k = 0; k < kernelY; k++) {
              const v = i * stride[0] - padding[0] + k * dilation[0];
              if (v < 0 || v >= height) continue;
              for (let l = 0; l < kernelX; l++) {
                const u = j * stride[1] - padding[1] + l * dilation[1];
                if (u < 0 || u >= width) continue;
                const channel = Math.floor(o / rows) * perGroup + q;
                visit(
                  ((n * channels + channel) * height + v) * width + u,
                  ((o * perGroup + q) * kernelY + k) * kernelX + l,
                  y,
                );
              }
            }
          }
        }
      }
    }
  }
}

const call = (op: ConvOp, c: Case, inputs: readonly Operand[], shape: Shape, software: boolean): Call => ({
  op,
  inputs,
  outputs: [{ shape, dtype: 'float32' }],
  attrs: { ...attrsOf(c), inputShape: c.x, weightShape: c.w } as unknown as Attrs,
  capabilities: { software },
});

async function check(
  c: Case,
  software: boolean,
  at: Arrangement = 'contiguous',
  other: Arrangement = at,
): Promise<string[]> {
  const out = outputShape(c);
  const x = arranged(c.x, at, 'float32', uniform(1));
  const w = arranged(c.w, other, 'float32', uniform(2));
  const dy = arranged(out, other, 'float32', uniform(3));
  const [xs, ws, dys] = [x, w, dy].map(dense) as [number[], number[], number[]];
  const y = new Float64Array(numel(out));
  const dx = new Float64Array(numel(c.x));
  const dw = new Float64Array(numel(c.w));
  products(c, (i, j, k) => {
    y[k]! += xs[i]! * ws[j]!;
    dx[i]! += dys[k]! * ws[j]!;
    dw[j]! += dys[k]! * xs[i]!;
  });
  const labels: string[] = [];
  const run = async (
    op: ConvOp,
    inputs: Operand[],
    shape: Shape,
    expected: Float64Array,
    terms: number,
  ): Promise<void> => {
    const { outputs, built } = await runKernel(convKernels[op], call(op, c, inputs, shape, software));
    expectClose(outputs[0]!, expected, 1e-5, 1e-6 * (2 + Math.sqrt(terms)));
    labels.push(...built.dispatches.map(({ label }) => label));
  };
  await run('conv2d', [x, w], out, y, numel(c.w) / c.w[0]);
  await run('conv2dBackwardInput', [dy, w], c.x, dx, numel(c.w));
  await run('conv2dBackwardWeight', [x, dy], c.w, dw, numel(out) / c.w[0]);
  return labels;
}

const cases: readonly Case[] = [
  { x: [1, 1, 1, 1], w: [1, 1, 1, 1] },
  { x: [2, 3, 5, 6], w: [4, 3, 3, 3] },
  { x: [2, 2, 9, 17], w: [5, 2, 3, 3], padding: [1, 1] },
  { x: [2, 3, 7, 6], w: [3, 3, 3, 2], stride: [2, 2], padding: [1, 0] },
  { x: [1, 2, 8, 9], w: [3, 2, 3, 3], stride: [1, 3], padding: [2, 1], dilation: [2, 2] },
  { x: [2, 6, 5, 4], w: [4, 3, 3, 3], groups: 2, padding: [1, 1] },
  { x: [2, 5, 6, 7], w: [10, 1, 3, 3], groups: 5, padding: [1, 1], stride: [2, 1] },
  { x: [3, 8, 5, 5], w: [6, 8, 1, 1] },
  { x: [2, 8, 5, 4], w: [6, 4, 1, 1], groups: 2 },
  { x: [2, 4, 5, 7], w: [6, 4, 1, 1], stride: [2, 2] },
  { x: [1, 2, 9, 9], w: [3, 2, 3, 3], stride: [4, 3], padding: [1, 2] },
  { x: [1, 1, 12, 12], w: [4, 1, 4, 4], stride: [4, 4] },
  { x: [1, 1, 7, 40], w: [2, 1, 2, 19], padding: [0, 9] },
  { x: [1, 2, 20, 20], w: [2, 2, 7, 7], padding: [3, 3] },
  { x: [1, 1, 3, 3], w: [2, 1, 3, 3], padding: [4, 3], stride: [3, 2], dilation: [2, 3] },
  { x: [1, 2, 6, 23], w: [2, 2, 2, 3], dilation: [3, 8], padding: [2, 8] },
];
/** More taps along y than a thread of a weight's gradient takes. */
const tallCase: Case = { x: [1, 2, 18, 3], w: [2, 2, 15, 2], padding: [2, 0] };
/** Wide enough for tiles. */
const wideCases: readonly Case[] = [
  { x: [2, 17, 6, 7], w: [19, 17, 3, 3], padding: [1, 1] },
  { x: [3, 16, 8, 8], w: [32, 16, 3, 3], padding: [1, 1] },
  { x: [2, 16, 9, 8], w: [18, 16, 3, 3], stride: [2, 2], padding: [1, 1] },
  { x: [2, 16, 8, 9], w: [18, 16, 3, 3], dilation: [2, 3], padding: [2, 3] },
  { x: [2, 36, 6, 6], w: [40, 18, 3, 2], groups: 2, padding: [1, 1] },
  { x: [2, 20, 8, 8], w: [24, 20, 1, 1] },
];

describe.each([true, false])('convolution and its gradients, software: %s', (software) => {
  // Narrow convolutions take the same kernels on both.
  test.each(software ? [...cases, tallCase, ...wideCases] : [...cases.slice(0, 4), tallCase, ...wideCases])(
    '%j',
    async (c) => {
      await check(c, software);
    },
  );

  test.each(arrangements)('of operands that are %s', async (arrangement) => {
    const other = arrangements[(arrangements.indexOf(arrangement) + 1) % arrangements.length]!;
    const strided: Case = { x: [2, 4, 6, 5], w: [6, 2, 3, 3], groups: 2, stride: [2, 1], padding: [1, 1] };
    const wide: Case = { x: [1, 16, 5, 6], w: [17, 16, 3, 3], padding: [1, 0] };
    await check(software ? strided : wide, software, arrangement, other);
  });

  test('as a matrix product, of operands that are not contiguous', async () => {
    const c: Case = { x: [2, 6, 4, 3], w: [5, 6, 1, 1] };
    expect((await check(c, software, 'contiguous', 'reversed'))[0]).toContain('conv2d 2x5x6x12');
    await check(c, software, 'permuted', 'contiguous');
  });

  test('the gradient of the weight of a large batch is summed in parts', async () => {
    const labels = await check({ x: [24, 2, 9, 7], w: [3, 2, 3, 3], padding: [1, 1] }, software);
    expect(labels.at(-1)).toContain('sum of');
    expect((await check({ x: [40, 3, 7, 6], w: [16, 3, 3, 3], padding: [1, 1] }, software)).at(-1)).toContain('sum of');
  });

  test.each([
    [
      [2, 3, 6, 7],
      [4, 3, 3, 3],
    ],
    [
      [2, 16, 6, 6],
      [20, 16, 3, 3],
    ],
    [
      [2, 5, 4, 6],
      [6, 5, 1, 1],
    ],
  ] as const)('what is fused into loads and stores, %j * %j', async (xShape, wShape) => {
    // relu(conv(-x, w) + bias)
    const c: Case = { x: xShape, w: wShape };
    const out = outputShape(c);
    const x = arranged(c.x, 'permuted', 'float32', uniform(4));
    const w = operand(c.w, Float32Array.from({ length: numel(c.w) }, uniform(5)));
    const bias = operand([c.w[0]], Float32Array.from({ length: c.w[0] }, uniform(6)));
    const fused: KernelBuilder = (kernel, capabilities) => {
      const [argX, argW, argBias] = kernel.inputs;
      if (argX?.kind !== 'buffer' || argW?.kind !== 'buffer' || argBias?.kind !== 'buffer')
        throw new Error('expected buffers');
      const rewritten: OpKernel = {
        ...kernel,
        inputs: [
          {
            kind: 'program',
            program: {
              shape: c.x,
              carried: null,
              args: [argX],
              instrs: [{ op: 'neg', inputs: [0], dtype: 'float32' }],
            },
            value: 1,
            layout: contiguousLayout(c.x),
            dtype: 'float32',
          },
          argW,
        ],
        outputs: [{ ref: -1, shape: out, dtype: 'float32' }],
        epilogue: {
          program: {
            shape: out,
            carried: 'float32',
            args: [{ ...argBias, layout: { shape: out, strides: [0, 1, 0, 0], offset: 0 } }],
            instrs: [
              { op: 'add', inputs: [0, 1], dtype: 'float32' },
              { op: 'relu', inputs: [2], dtype: 'float32' },
            ],
          },
          stores: [{ value: 3, ref: kernel.outputs[0]!.ref, dtype: 'float32' }],
        },
      };
      return convKernels.conv2d(rewritten, capabilities);
    };
    const expected = new Float64Array(numel(out));
    const plane = contiguousStrides(out)[1]!;
    expected.forEach((_, e) => {
      expected[e] = bias.data[Math.floor(e / plane) % c.w[0]]!;
    });
    const xs = dense(x);
    products(c, (i, j, k) => {
      expected[k]! -= xs[i]! * w.data[j]!;
    });
    const { outputs } = await runKernel(fused, call('conv2d', c, [x, w, bias], out, software));
    expectClose(
      outputs[0]!,
      expected.map((v) => Math.max(0, v)),
      1e-5,
      1e-5,
    );
  });

  test('nothing in, nothing or zeros out', async () => {
    const c: Case = { x: [0, 2, 4, 4], w: [3, 2, 3, 3] };
    const none = operand(c.x, new Float32Array(0));
    const w = operand(c.w, new Float32Array(numel(c.w)));
    const forward = await runKernel(convKernels.conv2d, call('conv2d', c, [none, w], outputShape(c), software));
    expect(forward.built.dispatches).toEqual([]);
    const dy = operand(outputShape(c), new Float32Array(0));
    const backward = await runKernel(
      convKernels.conv2dBackwardWeight,
      call('conv2dBackwardWeight', c, [none, dy], c.w, software),
    );
    expect([...backward.outputs[0]!]).toEqual(Array(numel(c.w)).fill(0));
  });

  test('more images than one grid dimension takes', async () => {
    const c: Case = { x: [11, 1, 3, 4], w: [2, 1, 2, 2] };
    const x = arranged(c.x, 'contiguous', 'float32', uniform(7));
    const w = arranged(c.w, 'contiguous', 'float32', uniform(8));
    const expected = new Float64Array(numel(outputShape(c)));
    const [xs, ws] = [dense(x), dense(w)];
    products(c, (i, j, k) => {
      expected[k]! += xs[i]! * ws[j]!;
    });
    const small = call('conv2d', c, [x, w], outputShape(c), software);
    const { outputs } = await runKernel(convKernels.conv2d, {
      ...small,
      capabilities: { software, maxComputeWorkgroupsPerDimension: 4 },
    });
    expectClose(outputs[0]!, expected);
  });
});
