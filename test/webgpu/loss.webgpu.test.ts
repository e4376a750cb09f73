import { describe, expect, test } from 'vitest';
import { lossKernels } from '../../src/backends/webgpu/kernels/loss.ts';
import {
  arranged,
  arrangements,
  type Call,
  dense,
  expectClose,
  type Operand,
  operand,
  random,
  runKernel,
  uniform,
} from './mini-runner.ts';

const ignoreIndex = -100;

async function forward(x: Operand, target: Operand, software: boolean): Promise<ArrayLike<number>[]> {
  const row = { shape: [x.layout.shape[0]!], dtype: 'float32' } as const;
  const call: Call = {
    op: 'crossEntropy',
    inputs: [x, target],
    outputs: [row, row],
    attrs: { ignoreIndex },
    capabilities: { software },
  };
  return [...(await runKernel(lossKernels.crossEntropy, call)).outputs];
}

async function backward(inputs: readonly Operand[]): Promise<ArrayLike<number>> {
  const call: Call = {
    op: 'crossEntropyBackward',
    inputs,
    outputs: [{ shape: inputs[1]!.layout.shape, dtype: 'float32' }],
    attrs: { ignoreIndex },
  };
  return (await runKernel(lossKernels.crossEntropyBackward, call)).outputs[0]!;
}

const shapes: readonly (readonly [rows: number, classes: number])[] = [
  [1, 1],
  [5, 3],
  [70, 10],
  [3, 33],
  [4, 1000],
  [2, 5001],
];

describe.each([true, false])('crossEntropy, software: %s', (software) => {
  test.each(shapes)('%i rows of %i classes in any arrangement', async (rows, classes) => {
    for (const [seed, arrangement] of arrangements.entries()) {
      const x = arranged([rows, classes], arrangement, 'float32', uniform(seed, 5));
      const next = random(seed + 20);
      // Now and then a target that is ignored, or that is no class.
      const pick = (): number => (next() < 0.1 ? ignoreIndex : next() < 0.1 ? classes : Math.floor(next() * classes));
      const target = arranged([rows], arrangement === 'expanded' ? 'contiguous' : arrangement, 'int32', pick);
      const targets = dense(target);
      const logits = dense(x);
      const row = (r: number): number[] => logits.slice(r * classes, (r + 1) * classes);
      const lse = targets.map((_, r) => Math.log(row(r).reduce((s, v) => s + Math.exp(v), 0)));
      const loss = targets.map((t, r) => (t === ignoreIndex ? 0 : t < classes ? lse[r]! - row(r)[t]! : NaN));
      const actual = await forward(x, target, software);
      expectClose(actual[0]!, loss, 1e-5, 3e-6);
      expectClose(actual[1]!, lse, 1e-5, 3e-6);

      const g = arranged([rows], arrangement, 'float32', uniform(seed + 30));
      const gs = dense(g);
      const dx = targets.flatMap((t, r) =>
        row(r).map((v, c) => (t === ignoreIndex ? 0 : gs[r]! * (Math.exp(v - lse[r]!) - Number(c === t)))),
      );
      expectClose(await backward([g, x, target, operand([rows], Float32Array.from(lse))]), dx, 1e-5, 2e-6);
    }
  });

  test('infinities and NaN (values by PyTorch)', async () => {
    const inf = Infinity;
    const x = operand([5, 2], Float32Array.of(inf, 0, -inf, -inf, NaN, 0, -inf, 1, -inf, 1));
    const [loss] = await forward(x, operand([5], Int32Array.of(0, 0, 0, 0, 1), 'int32'), software);
    expectClose(loss!, [NaN, NaN, NaN, inf, 0]);
  });

  test('keeps its digits where logits are large', async () => {
    const x = operand([1, 3], Float32Array.of(100000, 100001, 99999));
    const [loss] = await forward(x, operand([1], Int32Array.of(1), 'int32'), software);
    expectClose(loss!, [0.40760596]);
  });
});

test('nothing is dispatched without rows', async () => {
  const inputs = [operand([0, 3], new Float32Array(0)), operand([0], new Int32Array(0), 'int32')];
  const outputs = [
    { shape: [0], dtype: 'float32' },
    { shape: [0], dtype: 'float32' },
  ] as const;
  const { built } = await runKernel(lossKernels.crossEntropy, {
    op: 'crossEntropy',
    inputs,
    outputs,
    attrs: { ignoreIndex },
  });
  expect(built.dispatches).toEqual([]);
});
