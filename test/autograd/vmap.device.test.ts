/** vmap: one sample's function on a batch gives what the function gives sample by sample. */
import { beforeAll, describe, expect, test } from 'vitest';
import { vmap } from '../../src/func/index.ts';
import {
  cat,
  explain,
  functional,
  grad,
  init,
  manualSeed,
  noGrad,
  rand,
  randint,
  randn,
  stack,
  type Tensor,
  tensor,
} from '../../src/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

/** By hand: `fn` on each sample, stacked. */
const each = (fn: (...t: Tensor[]) => Tensor, ...batch: Tensor[]): Tensor =>
  stack(Array.from({ length: batch[0]!.shape[0]! }, (_, i) => fn(...batch.map((b) => b.at(i)))));

const close = async (a: Tensor, b: Tensor): Promise<void> => {
  expect(a.shape).toEqual(b.shape);
  const [x, y] = [await a.data(), await b.data()];
  for (const [i, v] of x.entries()) expect(v).toBeCloseTo(y[i]!, 4);
};

const w = () =>
  tensor(
    [
      [1, -2, 0.5],
      [0.25, 1, -1],
      [2, 0, 1],
      [1, 1, 1],
    ],
    { dtype: 'float32' },
  );
const functions: Readonly<Record<string, (x: Tensor, y: Tensor) => Tensor>> = {
  'arithmetic of samples of different rank': (x, y) => x.add(y.sum()).mul(y.unsqueeze(1)).sub(2),
  'reductions over dims and over all': (x, y) =>
    cat([x.sum(0), x.mean({ dim: -1 }), x.amax().reshape([1]), y.std(0).reshape([1])]),
  argmax: (x) => cat([x.argmax(1), x.argmin(0), x.argmax().reshape([1])]),
  'extremum along a dim': (x) => x.max(1).values,
  softmax: (x) => x.softmax(0).add(x.logSoftmax(-1)),
  'running results': (x) => cat([x.cumsum(0), x.cumprod(-1), x.cummax(1).values, x.logcumsumexp(0)]),
  'products with a shared and with a mapped matrix': (x, y) => x.matmul(w()).matmul(y.at([0, 3])),
  views: (x) => x.transpose(0, 1).reshape([2, 6]).at(':', [1, 6, 2]).flip([0]).unsqueeze(1).expand([2, 3, 3]),
  'gather and one hot': (x, y) => x.gather(1, y.sign().abs().to('int32').reshape([3, 1])),
  'a fixed index': (x) => x.indexSelect(1, tensor([2, 0])),
  normalisation: (x) => functional.layerNorm(x, 4),
  'in place': (x, y) => {
    const c = x.clone();
    c.at(0).mul_(2);
    c.add_(y.unsqueeze(1));
    return c;
  },
  'what has no rule of its own': (x) => functional.maxPool2d(x.unsqueeze(0), 2),
  'convolution with shared filters': (x) => functional.conv2d(x.reshape([1, 1, 3, 4]), w().reshape([2, 1, 2, 3])),
  'convolution with filters of its own': (x, y) => functional.conv2d(x.reshape([1, 1, 3, 4]), y.reshape([1, 1, 3, 1])),
  'a loss': (x, y) => functional.crossEntropy(x, y.sign().abs().to('int32')),
};

describe('vmap', () => {
  for (const [name, fn] of Object.entries(functions)) {
    test(name, async () => {
      manualSeed(2);
      const [x, y] = [randn([5, 3, 4]), randn([5, 3])];
      await close(vmap(fn)(x, y), each(fn, x, y));
    });
  }

  test('inDims, outDims and arguments that all samples share', async () => {
    const x = randn([3, 5]);
    const y = randn([3]);
    const fn = (a: Tensor, b: Tensor) => a.mul(b).add(1);
    const out = vmap(fn, { inDims: [1, null], outDims: 1 })(x, y);
    await close(out, x.mul(y.unsqueeze(1)).add(1));
    await close(vmap((a: Tensor) => a.mul(2), 1, -1)(x), x.mul(2));
    const shared = vmap((_: Tensor, b: Tensor) => b.mul(2), { inDims: [0, null] })(x, y);
    expect(shared.shape).toEqual([3, 3]);
  });
  test('lists and objects of tensors, in and out', async () => {
    const p = { a: randn([4, 2]), b: [randn([4])] as const };
    const out = vmap((q: typeof p) => ({ s: q.a.sum(), all: [q.b[0].mul(q.a)] }))(p) as {
      s: Tensor;
      all: [Tensor];
    };
    await close(out.s, p.a.sum(1));
    await close(out.all[0], p.a.mul(p.b[0].unsqueeze(1)));
  });
  test('nested', async () => {
    const [x, y] = [randn([3, 2]), randn([4, 2])];
    const dot = (a: Tensor, b: Tensor) => a.mul(b).sum();
    const outer = vmap((a: Tensor) => vmap(dot, { inDims: [null, 0] })(a, y));
    await close(outer(x), x.matmul(y.transpose(0, 1)));
  });
  test('in chunks', async () => {
    const x = randn([7, 3]);
    const sizes: number[] = [];
    const out = vmap(
      (a: Tensor) => {
        sizes.push(1);
        return a.square().sum();
      },
      { chunkSize: 3 },
    )(x);
    await close(out, x.square().sum(1));
    expect(sizes.length).toBe(3);
  });
  test('gradients flow to mapped and to shared tensors', async () => {
    const x = randn([5, 3], { requiresGrad: true });
    const v = randn([3], { requiresGrad: true });
    vmap((a: Tensor) => a.mul(v).sum().square())(x)
      .sum()
      .backward();
    const [gx, gv] = [x.grad!, v.grad!];
    const again = [x.detach().requiresGrad_(), v.detach().requiresGrad_()] as const;
    again[0].mul(again[1]).sum(1).square().sum().backward();
    await close(gx, again[0].grad!);
    await close(gv, again[1].grad!);
  });
  test('a gradient for each sample', async () => {
    const x = randn([4, 3]);
    const v = randn([3], { requiresGrad: true });
    const per = vmap((a: Tensor, u: Tensor) => grad(a.mul(u).sum().square(), [u])[0]!)(x, v.expand([4, 3]));
    await close(
      per,
      noGrad(() => x.mul(x.mul(v).sum(1, { keepdim: true })).mul(2)),
    );
    expect(() => vmap((a: Tensor) => grad(a.mul(v).sum(), [v])[0]!)(x)).toThrow('the gradient of one sample');
  });
  test('random numbers: refused, the same, or other ones', async () => {
    const x = randn([3, 4]);
    const noise = (a: Tensor) => a.mul(0).add(rand([4]));
    expect(() => vmap(noise)(x)).toThrow('vmap: called random operation while in randomness error mode');
    const same = (await vmap(noise, { randomness: 'same' })(x).tolist()) as number[][];
    expect(same[0]).toEqual(same[1]);
    const different = (await vmap(noise, { randomness: 'different' })(x).tolist()) as number[][];
    expect(different[0]).not.toEqual(different[1]);
    const dropped = (await vmap((a: Tensor) => functional.dropout(a.mul(0).add(1)), { randomness: 'different' })(
      randn([3, 32]),
    ).tolist()) as number[][];
    expect(dropped[0]).not.toEqual(dropped[1]);
  });
  test('costs one run of the function, whatever the size', () => {
    const kernels = (n: number) =>
      explain(() => vmap((a: Tensor) => a.mul(2).softmax(0).sum())(randn([n, 3]))).match(/softmax\(/g)?.length;
    expect([kernels(2), kernels(64)]).toEqual([1, 1]);
  });
  test('says what is wrong', async () => {
    const x = randn([3, 2]);
    expect(() => vmap((a: Tensor, b: Tensor) => a.add(b))(x, randn([4, 2]))).toThrow(
      'Expected all tensors to have the same size',
    );
    expect(() => vmap((a: Tensor) => a)(tensor(1))).toThrow('the input is of dimensionality 0');
    expect(() => vmap((a: Tensor) => a, { inDims: [null] })(x)).toThrow('at least one argument must be mapped');
    expect(() => vmap((a: Tensor) => a, { inDims: [0, 0] })(x)).toThrow('2 dims for 1 arguments');
    expect(() => vmap((a: Tensor) => a, { randomness: 'some' as 'same' })(x)).toThrow(
      'Only allowed values for randomness',
    );
    let leaked: Tensor | null = null;
    vmap((a: Tensor) => {
      leaked = a;
      return a;
    })(x);
    await expect((leaked as unknown as Tensor).tolist()).rejects.toThrow(
      'a tensor was read inside of the mapped function',
    );
    expect(() => (leaked as unknown as Tensor).add(1)).toThrow('used after it had returned');
    const idx = randint(0, 3, [3, 1]);
    await expect(vmap((a: Tensor, i: Tensor) => a.gather(0, i))(x, idx.add(5)).tolist()).rejects.toThrow(
      'out of bounds',
    );
  });
});
