import { describe, expect, test } from 'vitest';
import { softmaxKernels } from '../../src/backends/webgpu/kernels/softmax.ts';
import type { Shape } from '../../src/core/shape.ts';
import {
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

type SoftmaxOp = keyof typeof softmaxKernels;

async function run(
  op: SoftmaxOp,
  inputs: readonly Operand[],
  dim: number,
  software: boolean,
  safe = false,
): Promise<ArrayLike<number>> {
  const call: Call = {
    op,
    inputs,
    outputs: [{ shape: inputs[0]!.layout.shape, dtype: 'float32' }],
    attrs: safe ? { dim, safe } : { dim },
    capabilities: { software },
  };
  return (await runKernel(softmaxKernels[op], call)).outputs[0]!;
}

/** Applies `row` to each line of row-major elements along `dim`. */
function alongDim(
  shape: Shape,
  dim: number,
  lists: readonly (readonly number[])[],
  row: (...rows: number[][]) => number[],
): number[] {
  const columns = shape[dim] ?? 1;
  const inner = shape.slice(dim + 1).reduce((a, b) => a * b, 1);
  const out: number[] = [];
  const count = lists[0]!.length;
  for (let e = 0; e < count; e++) {
    if (Math.floor(e / inner) % columns !== 0) continue;
    const at = Array.from({ length: columns }, (_, c) => e + c * inner);
    row(...lists.map((list) => at.map((i) => list[i]!))).forEach((v, c) => {
      out[at[c]!] = v;
    });
  }
  return out;
}

const sum = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0);
const references: Record<SoftmaxOp, (...rows: number[][]) => number[]> = {
  softmax: (x) => {
    const m = Math.max(...x);
    const e = x.map((v) => Math.exp(v - m));
    const total = sum(e);
    return e.map((v) => v / total);
  },
  logSoftmax: (x) => {
    const m = Math.max(...x);
    const scale = Math.log(sum(x.map((v) => Math.exp(v - m))));
    return x.map((v) => v - m - scale);
  },
  softmaxBackward: (dy, y) => {
    const dot = sum(dy.map((g, i) => g * y[i]!));
    return dy.map((g, i) => y[i]! * (g - dot));
  },
  logSoftmaxBackward: (dy, y) => {
    const total = sum(dy);
    return dy.map((g, i) => g - Math.exp(y[i]!) * total);
  },
};
const ops = Object.keys(references) as SoftmaxOp[];

const shapes: readonly (readonly [Shape, dim: number])[] = [
  [[], 0],
  [[1], 0],
  [[7], 0],
  [[5, 1], 1],
  [[3, 33], 1],
  [[33, 3], 0],
  [[2, 130, 3], 1],
  [[2, 3, 70], 2],
  [[70, 3, 2], 0],
  [[2, 5000], 1],
  [[3000, 2], 0],
];

describe.each([true, false])('softmax, software: %s', (software) => {
  test.each(shapes)('of %j along %i in any arrangement', async (shape, dim) => {
    for (const [seed, arrangement] of arrangements.entries()) {
      for (const op of ops) {
        const [count, size] = op.endsWith('Backward') ? [2, 1] : [1, 4];
        // y of a backward kernel is any tensor: the formulas hold for all.
        const inputs = Array.from({ length: count }, (_, i) =>
          arranged(
            shape,
            i === 0 ? arrangement : arrangements[(seed + 1) % arrangements.length]!,
            'float32',
            uniform(seed + i, size),
          ),
        );
        const expected = alongDim(shape, dim, inputs.map(dense), references[op]);
        expectClose(
          await run(op, inputs, dim, software),
          expected,
          2e-5,
          op.endsWith('Backward') ? shape.reduce((a, b) => a + b, 1) * 1e-7 + 1e-6 : 2e-6,
        );
      }
    }
  });

  test('keeps its accuracy far from zero', async () => {
    const x = operand([2, 3], Float32Array.of(1000, 1001, 1002, -1e30, -1000, -999));
    expectClose(await run('softmax', [x], 1, software), [0.09003057, 0.24472848, 0.66524094, 0, 0.26894143, 0.7310586]);
    expectClose(
      await run('logSoftmax', [x], 1, software),
      [-2.407606, -1.4076059, -0.4076059, -1e30, -1.3132616, -0.31326166],
    );
  });

  test('of one logit far above the others, wherever it stands', async () => {
    const n = 40;
    const hot = Float32Array.from({ length: n * n }, (_, e) => Number(e % (n + 1) === 0));
    const x = operand(
      [n, n],
      hot.map((v) => 200 * v),
    );
    expectClose(await run('softmax', [x], 1, software), hot);
    expectClose(
      await run('logSoftmax', [x], 1, software),
      hot.map((v) => 200 * v - 200),
    );
  });

  test.each([3, 40])('infinities and NaN, %i columns (values by PyTorch)', async (columns) => {
    const inf = Infinity;
    const heads = [
      [inf, 0],
      [-inf, -inf],
      [NaN, 0],
      [NaN, -inf],
      [-inf, 1],
    ];
    const x = operand(
      [5, columns],
      Float32Array.from(heads.flatMap((head) => [...head, ...Array(columns - 2).fill(-inf)])),
    );
    const nans = Array<number>(4 * columns).fill(NaN);
    const zeros = Array<number>(columns - 2).fill(0);
    expectClose(await run('softmax', [x], 1, software), [...nans, 0, 1, ...zeros]);
    expectClose(await run('logSoftmax', [x], 1, software), [...nans, -inf, 0, ...zeros.map(() => -inf)]);
    // Attention gives nothing to a row that is masked out, but NaN is no mask.
    const masked = nans.map((v, e) => (Math.floor(e / columns) === 1 ? 0 : v));
    expectClose(await run('softmax', [x], 1, software, true), [...masked, 0, 1, ...zeros]);
  });
});

test('nothing is dispatched for an empty tensor', async () => {
  for (const shape of [
    [0, 3],
    [3, 0],
  ]) {
    const inputs = [operand(shape, new Float32Array(0))];
    const { built } = await runKernel(softmaxKernels.softmax, {
      op: 'softmax',
      inputs,
      outputs: [{ shape, dtype: 'float32' }],
      attrs: { dim: 1 },
    });
    expect(built.dispatches).toEqual([]);
  }
});

test('more rows than one grid dimension takes', async () => {
  const shape = [300, 40];
  const x = arranged(shape, 'contiguous', 'float32', uniform(3));
  const call: Call = {
    op: 'softmax',
    inputs: [x],
    outputs: [{ shape, dtype: 'float32' }],
    attrs: { dim: 1 },
    capabilities: { maxComputeWorkgroupsPerDimension: 7 },
  };
  const { outputs, built } = await runKernel(softmaxKernels.softmax, call);
  expect(built.dispatches[0]!.workgroups[1]).toBeGreaterThan(1);
  expectClose(outputs[0]!, alongDim(shape, 1, [dense(x)], references.softmax));
});

test('many rows across memory: one thread per row', async () => {
  const shape = [40, 4100];
  const x = arranged(shape, 'contiguous', 'float32', uniform(3));
  const { outputs, built } = await runKernel(softmaxKernels.softmax, {
    op: 'softmax',
    inputs: [x],
    outputs: [{ shape, dtype: 'float32' }],
    attrs: { dim: 0 },
  });
  expect(built.dispatches[0]!.workgroups).toEqual([Math.ceil(4100 / 64), 1, 1]);
  expectClose(outputs[0]!, alongDim(shape, 0, [dense(x)], references.softmax));
});
