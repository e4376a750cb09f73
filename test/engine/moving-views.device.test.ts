/** Where a view starts is data: the same work on another part of a tensor is the same plan and the same kernels. */
import { beforeAll, describe, expect, test } from 'vitest';
import { engineStats, explain, init, type Tensor, tensor } from '../../src/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

const rows = 24;
const columns = 8;
const element = (row: number, column: number): number => row * columns + column;
const data = (): Tensor =>
  tensor(
    Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (_, c) => element(r, c))),
    { dtype: 'float32' },
  );

/** Runs `step` for 1, 2, …: the first times make plans, the others must not make any. */
async function repeats(count: number, step: (i: number) => Promise<void>): Promise<void> {
  for (let i = 1; i <= 3; i++) await step(i);
  const before = engineStats(testDevice);
  for (let i = 4; i <= count; i++) await step(i);
  const after = engineStats(testDevice);
  expect(after.planMisses - before.planMisses).toBe(0);
  expect(after.pipelinesCreated - before.pipelinesCreated).toBe(0);
}

describe('one plan for all parts', () => {
  test('pointwise, row by row', async () => {
    const x = data();
    await repeats(rows - 1, async (i) => {
      expect(await x.at(i).mul(2).tolist()).toEqual(Array.from({ length: columns }, (_, c) => 2 * element(i, c)));
    });
  });

  test('a kernel of its own, over batches', async () => {
    const x = data();
    const w = tensor([[1, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 1]], { dtype: 'float32' }); // biome-ignore format: a matrix
    await repeats(10, async (i) => {
      const y = x.at([2 * i, 2 * i + 2]).matmul(w.T);
      expect(await y.tolist()).toEqual([2 * i, 2 * i + 1].map((r) => [element(r, 0), element(r, 7)]));
    });
  });

  test('of what is computed in the same plan: a prologue, and a value in memory', async () => {
    const x = data();
    await repeats(10, async (i) => {
      const y = x.relu();
      const [sum, most] = [y.at([i, i + 4]).sum(), y.cumsum(0).at(i).amax()];
      expect(await sum.item()).toBe(4 * (8 * element(i, 0) + 28) + 8 * 8 * 6);
      expect(await most.item()).toBe(Array.from({ length: i + 1 }, (_, r) => element(r, 7)).reduce((a, b) => a + b));
    });
  });

  test('backwards, with steps, in columns', async () => {
    const x = data();
    await repeats(10, async (i) => {
      const y = x.T.flip(1).at([4, 8], [i, i + 9, 4]);
      const expected = [4, 5, 6, 7].map((c) => [i, i + 4, i + 8].map((r) => element(rows - 1 - r, c)));
      expect(await y.tolist()).toEqual(expected);
    });
  });

  test('written to', async () => {
    const x = data();
    await repeats(rows - 1, async (i) => {
      x.at(i).mul_(-1);
      x.at(i, [2, 4]).copy_(tensor([0.5, 0.25]));
      const row = Array.from({ length: columns }, (_, c) => -element(i, c));
      expect(await x.at(i).tolist()).toEqual(row.with(2, 0.5).with(3, 0.25));
    });
  });

  test('with gradients', async () => {
    const x = data().requiresGrad_();
    await repeats(10, async (i) => {
      x.grad = null;
      const loss = x
        .at([i, i + 2])
        .square()
        .sum();
      loss.backward();
      const expected = Array.from({ length: rows }, (_, r) =>
        Array.from({ length: columns }, (_, c) => (r === i || r === i + 1 ? 2 * element(r, c) : 0)),
      );
      expect(await x.grad!.tolist()).toEqual(expected);
    });
  });
});

test('a recurrence is one kernel per kind of work, however many steps', async () => {
  const pipelines: number[] = [];
  for (const steps of [6, 12]) {
    const x = tensor(Array.from({ length: (steps + 1) * 4 }, (_, i) => i / 50)).reshape([steps + 1, 1, 4]);
    const w = tensor(Array.from({ length: 16 }, (_, i) => ((i * 7) % 5) / 10 - 0.2)).reshape([4, 4]);
    const before = engineStats(testDevice).pipelinesCreated;
    const plan = explain(() => {
      let h = x.at(0);
      for (let t = 1; t <= steps; t++) h = h.matmul(w).add(x.at(t)).tanh();
      return h.sum();
    });
    expect(plan).toContain(`${steps + 1} kernels`);
    pipelines.push(engineStats(testDevice).pipelinesCreated - before);
  }
  expect(pipelines[1]).toBeLessThanOrEqual(pipelines[0]!);
});

describe('views that share a start share it in the plan only while they do', () => {
  test('two views of one tensor', async () => {
    const x = data();
    const distance = async (i: number, j: number): Promise<number> => x.at(i).sub(x.at(j)).sum().item();
    for (const [i, j] of [[3, 3], [3, 5], [4, 9], [7, 7], [5, 3]] as const) // biome-ignore format: a table
      expect(await distance(i, j)).toBe(64 * (i - j));
  });

  test('a view and the whole, or the start of it', async () => {
    const x = data();
    for (const i of [1, 0, 2, 0]) {
      const y = x.at([i, i + 22]).add(x.at([0, 22]));
      expect(await y.at(1, 1).item()).toBe(element(i + 1, 1) + element(1, 1));
    }
  });

  test('a write beside a read of the same memory', async () => {
    const x = data();
    for (const [to, from] of [
      [4, 4],
      [4, 5],
      [6, 2],
      [2, 2],
    ] as const) {
      // biome-ignore format: a table
      const [a, b] = [Number(await x.at(to, 0).item()), Number(await x.at(from, 0).item())];
      x.at(to).add_(x.at(from));
      expect(await x.at(to, 0).item()).toBe(a + b);
    }
  });
});
