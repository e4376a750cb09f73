/** Checkpointing: the same numbers with less kept. */
import { beforeAll, describe, expect, test } from 'vitest';
import { checkpoint } from '../../src/func/index.ts';
import { functional, grad, init, manualSeed, memoryStats, rand, randn, type Tensor } from '../../src/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

const block = (w: Tensor) => (x: Tensor) => x.matmul(w).tanh().mul(x).sigmoid();

async function run(deep: (f: (x: Tensor) => Tensor, x: Tensor) => Tensor) {
  manualSeed(3);
  const x = randn([4, 4], { requiresGrad: true });
  const w = randn([4, 4], { requiresGrad: true });
  const y = deep(block(w), deep(block(w), x.mul(1)));
  y.square().sum().backward();
  return [await y.tolist(), await x.grad!.tolist(), await w.grad!.tolist()];
}

describe('checkpoint', () => {
  test('gives the gradients that the function has without it', async () => {
    const plain = await run((f, x) => f(x));
    expect(await run((f, x) => checkpoint(f, [x]))).toEqual(plain);
  });
  test('computes the function again in backward, once', () => {
    const w = randn([4, 4], { requiresGrad: true });
    let calls = 0;
    const y = checkpoint(
      (x: Tensor) => {
        calls++;
        return block(w)(x);
      },
      [randn([4, 4])],
    );
    expect(calls).toBe(1);
    y.sum().backward();
    expect(calls).toBe(2);
  });
  test('repeats the random numbers of the default generator, and leaves it where it was', async () => {
    manualSeed(1);
    const x = rand([100], { requiresGrad: true });
    const y = checkpoint((t: Tensor) => functional.dropout(t.exp(), 0.5).square(), [x]);
    const after = rand([3]);
    y.sum().backward();
    const zeros = (a: ArrayLike<number>) => Array.from(a, (v) => v === 0);
    expect(zeros(await x.grad!.data())).toEqual(zeros(await y.data()));
    manualSeed(1);
    rand([100]);
    rand([100]);
    functional.dropout(x, 0.5);
    expect(await after.tolist()).not.toEqual(await rand([3]).tolist());
  });
  test('nests, and is differentiated twice', async () => {
    const w = randn([3, 3], { requiresGrad: true });
    const x = randn([3, 3], { requiresGrad: true });
    const twice = async (f: (t: Tensor) => Tensor) => {
      const [first] = grad(f(x).sum(), [x], { createGraph: true });
      const [second] = grad(first!.square().sum(), [w]);
      return second!.tolist();
    };
    const once = block(w);
    const plain = await twice((t) => once(once(t)));
    expect(await twice((t) => checkpoint((a: Tensor) => checkpoint(once, [once(a)]), [t]))).toEqual(plain);
  });
  test('keeps less between forward and backward', async () => {
    const w = randn([16, 16], { requiresGrad: true });
    const x = randn([16, 16]);
    const once = async (f: (g: (t: Tensor) => Tensor, t: Tensor) => Tensor) => {
      await x.add(w).sum().item();
      const before = memoryStats().liveBytes;
      const y = f((t) => block(w)(block(w)(block(w)(t))), x);
      await y.sum().item();
      const bytes = memoryStats().liveBytes - before;
      y.sum().backward();
      await w.grad!.sum().item();
      w.grad = null;
      return bytes;
    };
    // The collector may take what other tests have left, and make a count too small, but hardly every time.
    const held = async (f: Parameters<typeof once>[0]) => Math.max(await once(f), await once(f), await once(f));
    const plain = await held((g, t) => {
      const y = g(t);
      return y;
    });
    const less = await held((g, t) => checkpoint(g, [t]));
    expect(less).toBeLessThan(plain / 2);
  });
  test('says when the function is another one the second time', () => {
    let n = 0;
    const x = randn([2, 2], { requiresGrad: true });
    const y = checkpoint((t: Tensor) => (n++ === 0 ? t.exp().sin() : t.exp()), [x]);
    expect(() => y.sum().backward()).toThrow('the function did other things');
    const z = x.mul(1);
    const written = checkpoint((t: Tensor) => t.exp().sin(), [z]);
    z.add_(1);
    expect(() => written.sum().backward()).toThrow('an input was modified in place');
  });
});
