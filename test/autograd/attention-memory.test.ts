/** What attention keeps for the backward pass. On the CPU only: so many weights take software WebGPU long. */
import { beforeAll, describe, expect, test } from 'vitest';
import { functional, init, memoryStats, ones, randn, type Tensor } from '../../src/index.ts';

beforeAll(() => init({ device: 'cpu' }));

describe('from 2 ** 22 weights on', () => {
  // 4 heads of 1024 queries and keys of one feature: 16 MiB of weights.
  const made = (length: number) =>
    [0, 1, 2].map(() => randn([1, 4, length, 1]).requiresGrad_()) as [Tensor, Tensor, Tensor];

  test('only operands are kept', async () => {
    const kept = async (length: number): Promise<number> => {
      const operands = made(length);
      for (const t of operands) await t.data();
      const before = memoryStats().liveBytes;
      const y = functional.scaledDotProductAttention(...operands, { isCausal: true });
      await y.data();
      const bytes = memoryStats().liveBytes - before;
      y.sum().backward();
      for (const t of operands) await t.grad!.data();
      return bytes / (4 * length * length * 4);
    };
    // The weights of 1023 are kept, with the mask; of 1024, only the result is.
    expect(await kept(1023)).toBeGreaterThan(1);
    expect(await kept(1024)).toBeLessThan(0.01);
  });

  test('where keys are shared by groups of heads', async () => {
    const [q] = made(1024);
    const [k, v] = [randn([1, 2, 1024, 1]), randn([1, 2, 1024, 1])].map((t) => t.requiresGrad_()) as [Tensor, Tensor];
    const y = functional.scaledDotProductAttention(q, k, v, { enableGqa: true });
    expect(y.shape).toEqual([1, 4, 1024, 1]);
    y.backward(ones(y.shape));
    expect(v.grad!.shape).toEqual([1, 2, 1024, 1]);
    // Each of 1024 queries of two heads hands out a whole.
    expect(Math.abs((await v.grad!.sum().item()) - 4 * 1024)).toBeLessThan(1);
  });
});
