/** What is kept in memory and what is not (docs/memory.md), and that nothing piles up. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  DisposedError,
  functional as F,
  flush,
  init,
  memoryStats,
  noGrad,
  ones,
  scope,
  synchronize,
  type Tensor,
  tensor,
} from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';
import { testDevice } from '../device.ts';
import { Random } from './programs/random.ts';
import { labels, mlp, noise } from './training.ts';

beforeAll(() => init({ device: testDevice }));

const constant = (data: Parameters<typeof tensor>[0]): Tensor => tensor(data, { dtype: 'float32' });

/** How many buffers `fn` leaves in memory. The collector may run meanwhile and free those of earlier tests, so least counts. */
async function buffersLeft(fn: () => unknown): Promise<{ result: unknown; buffers: number }> {
  await synchronize();
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 5));
  const before = memoryStats().liveBuffers;
  const result = fn();
  flush();
  return { result, buffers: memoryStats().liveBuffers - before };
}

describe('what keeps its memory', () => {
  test('user-level tensors do, interior ones do not', async () => {
    const x = constant([1, 2, 3]);
    const outside = await buffersLeft(() => {
      const a = x.exp();
      return [a, a.tanh()];
    });
    expect(outside.buffers).toBe(2);
    const inside = await buffersLeft(() =>
      scope(() => {
        const a = x.exp();
        return a.tanh().add(a).sum();
      }),
    );
    expect(inside.buffers).toBe(1);
  });

  test('results of a module, not what it computed on the way', async () => {
    const model = mlp([4, 8, 8, 2]);
    const x = ones([3, 4]);
    const run = await buffersLeft(() => noGrad(() => model.forward(x)));
    expect(run.buffers).toBe(1);
  });

  test('what backward needs, until backward', async () => {
    const w = tensor([1, 2, 3], { dtype: 'float32', requiresGrad: true });
    const forward = await buffersLeft(() => scope(() => w.exp().mul(w).tanh().sum()));
    expect(forward.buffers).toBeGreaterThan(2);
    const backward = await buffersLeft(() => (forward.result as Tensor).backward());
    // The gradient came, everything saved went; the loss stays.
    expect(forward.buffers + backward.buffers).toBe(2);
    expect(w.grad).not.toBeNull();
  });

  test('interior values with keep()', async () => {
    const x = constant([1, 2, 3]);
    let inner: Tensor | null = null;
    const run = await buffersLeft(() =>
      scope(() => {
        inner = x.exp().keep();
        return inner.sum();
      }),
    );
    expect(run.buffers).toBe(2);
    x.zero_();
    flush();
    expect((await inner!.data())[0]).toBeCloseTo(Math.E, 5);
  });
});

describe('reading an interior tensor later', () => {
  const square = (x: Tensor): { inner: Tensor; result: Tensor } => {
    let inner: Tensor | null = null;
    const result = scope(() => {
      inner = x.mul(x);
      return inner.sum();
    });
    return { inner: inner!, result };
  };

  test('computes it again', async () => {
    const { inner, result } = square(constant([1, 2, 3]));
    expect(await result.item()).toBe(14);
    expect(await inner.tolist()).toEqual([1, 4, 9]);
    expect(await inner.add(1).tolist()).toEqual([2, 5, 10]);
  });

  test('works before anything ran, even if an input is written afterwards', async () => {
    const x = constant([1, 2, 3]);
    const { inner } = square(x);
    const values = inner.tolist();
    x.zero_();
    expect(await values).toEqual([1, 4, 9]);
  });

  test('throws when an input has been written since, naming keep()', async () => {
    const x = constant([1, 2, 3]);
    const { inner, result } = square(x);
    expect(await result.item()).toBe(14);
    x.zero_();
    flush();
    await expect(inner.data()).rejects.toThrow(DisposedError);
    await expect(inner.data()).rejects.toThrow(/input changed since\n.*keep\(\)/);
    expect(() => inner.add(1)).toThrow(DisposedError);
  });

  test('gives what was written in place inside the scope', async () => {
    const x = constant([1, 2, 3]);
    let inner: Tensor | null = null;
    const result = scope(() => {
      inner = x.mul(2);
      inner.add_(1);
      inner.at([0, 1]).fill_(100);
      return inner.sum();
    });
    expect(await result.item()).toBe(112);
    expect(await inner!.tolist()).toEqual([100, 5, 7]);
  });

  test('keeps it once it has been written outside', async () => {
    const x = constant([1, 2, 3]);
    const { inner } = square(x);
    inner.add_(1);
    flush();
    x.zero_();
    flush();
    expect(await inner.tolist()).toEqual([2, 5, 10]);
  });

  test('draws the same random numbers', async () => {
    let inner: Tensor | null = null;
    const result = scope(() => {
      inner = F.dropout(ones([32]), 0.5);
      return inner.sum();
    });
    const total = await result.item();
    expect(await inner!.sum().item()).toBe(total);
  });

  test('after a step, logits can still be compared with labels', async () => {
    const random = new Random(5);
    const model = mlp([4, 8, 3]);
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
    const y = labels(random, 6, 3, testDevice);
    const logits = model.forward(noise(random, [6, 4], testDevice));
    const loss = F.crossEntropy(logits, y);
    loss.backward();
    optimizer.step();
    const accuracy = logits.argmax(1).eq(y).float().mean();
    expect((await accuracy.item()) * 6).toBeCloseTo(Math.round((await accuracy.item()) * 6), 4);
    expect(Number.isFinite(await loss.item())).toBe(true);
  });
});

describe('dispose()', () => {
  test('frees at once; reading and using it throw', async () => {
    const x = constant([1, 2, 3]);
    const y = x.mul(2);
    await y.data();
    const before = memoryStats().liveBuffers;
    y.dispose();
    expect(memoryStats().liveBuffers).toBe(before - 1);
    y.dispose();
    await expect(y.data()).rejects.toThrow(DisposedError);
    await expect(y.data()).rejects.toThrow('this tensor was disposed');
    expect(() => y.add(1)).toThrow(DisposedError);
    expect(await x.tolist()).toEqual([1, 2, 3]);
  });

  test('leaves work recorded before untouched', async () => {
    const x = constant([1, 2, 3]);
    const y = x.mul(2);
    x.dispose();
    expect(await y.tolist()).toEqual([2, 4, 6]);
  });
});

describe('a thousand steps', () => {
  /** Live bytes after each hundredth step. */
  async function watch(step: (n: number) => unknown): Promise<number[]> {
    const bytes: number[] = [];
    for (let n = 1; n <= 1000; n++) {
      await step(n);
      if (n % 100 === 0) {
        await synchronize();
        bytes.push(memoryStats().liveBytes);
      }
    }
    return bytes;
  }

  /** The collector lets the results of some hundred steps wait: handles are small. What must not happen is that they add up. */
  function expectFlat(name: string, bytes: readonly number[], perStep: number): void {
    console.info(`${name}: ${perStep} bytes made per step; live at steps 100, 200, … ${bytes.join(', ')}`);
    expect(Math.max(...bytes)).toBeLessThan(700 * perStep);
  }

  const setUp = () => {
    const random = new Random(6);
    const model = mlp([6, 16, 3], 0.1);
    const optimizer = new optim.Adam(model.parameters());
    return (): { logits: Tensor; loss: Tensor; y: Tensor } => {
      const y = labels(random, 8, 3, testDevice);
      optimizer.zeroGrad();
      const logits = model.forward(noise(random, [8, 6], testDevice));
      const loss = F.crossEntropy(logits, y);
      loss.backward();
      nn.utils.clipGradNorm_(model.parameters(), 1);
      optimizer.step();
      return { logits, loss, y };
    };
  };
  /** Bytes of user level that one step makes: nothing is collected within ten of them. */
  async function bytesMade(step: () => unknown): Promise<number> {
    await step();
    await synchronize();
    const before = memoryStats().liveBytes;
    const held = [];
    for (let n = 0; n < 10; n++) held.push(step());
    flush();
    const made = memoryStats().liveBytes - before;
    await Promise.all(held);
    return made / held.length;
  }

  test('reading the loss after each', async () => {
    const step = setUp();
    const made = await bytesMade(step);
    expectFlat('loss', await watch(() => step().loss.item()), made);
  }, 60_000);

  test('computing accuracy from logits, too', async () => {
    const next = setUp();
    const step = async (): Promise<void> => {
      const { logits, loss, y } = next();
      const accuracy = logits.argmax(1).eq(y).float().mean();
      await Promise.all([loss.item(), accuracy.item(), logits.data()]);
    };
    const made = await bytesMade(step);
    expectFlat('loss and accuracy', await watch(step), made);
  }, 60_000);
});
