import { beforeAll, describe, expect, test } from 'vitest';
import { explain, GradError, init, manualSeed, noGrad, ones, randn, type Tensor, tensor } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

/** Parameters whose gradients are the given values. */
function withGradients(...grads: (number | readonly number[])[]): Tensor[] {
  return grads.map((g) => {
    const p = tensor(g, { dtype: 'float32', requiresGrad: true });
    p.grad = tensor(g, { dtype: 'float32' });
    return p;
  });
}
const lists = (ps: readonly Tensor[]) => Promise.all(ps.map((p) => p.grad!.tolist()));
const near = (list: unknown[], digits = 5) =>
  JSON.parse(JSON.stringify(list), (_, v) => (typeof v === 'number' ? Number(v.toFixed(digits)) : v));

describe('clipGradNorm_', () => {
  test('scales down to the norm', async () => {
    const ps = withGradients([3, 0], 4);
    expect(await nn.utils.clipGradNorm_(ps, 1).item()).toBe(5);
    expect(near(await lists(ps))).toEqual([[0.6, 0], 0.8]);
  });
  test('never up', async () => {
    const ps = withGradients([0.3, 0], 0.4);
    expect(await nn.utils.clipGradNorm_(ps, 1).item()).toBeCloseTo(0.5, 6);
    expect(near(await lists(ps))).toEqual([[0.3, 0], 0.4]);
  });
  // Totals of torch.nn.utils.clip_grad_norm_ on the same gradients.
  test.each([
    [1, 9],
    [2, 6.40312423],
    [3, 6.0822024345],
    [0.5, 23.6556148529],
    [Number.POSITIVE_INFINITY, 6],
  ])('norm %s', async (normType, total) => {
    const ps = withGradients([1, -2], -6);
    expect(await nn.utils.clipGradNorm_(ps, total / 2, { normType }).item()).toBeCloseTo(total, 4);
    expect(near(await lists(ps), 3)).toEqual([[0.5, -1], -3]);
  });
  test('one tensor, no gradients, parameters without one', async () => {
    const [p] = withGradients([3, 4]) as [Tensor];
    expect(await nn.utils.clipGradNorm_(p, 10).item()).toBe(5);
    const bare = tensor([1], { dtype: 'float32', requiresGrad: true });
    expect(await nn.utils.clipGradNorm_([bare], 1).item()).toBe(0);
    expect(await nn.utils.clipGradNorm_([bare, p], 10).item()).toBe(5);
    expect(await nn.utils.clipGradNorm_([], 1).item()).toBe(0);
  });
  test('the norm that is not finite: scaled all the same, or an error at the next read', async () => {
    const [p] = withGradients([Number.NaN, 1]) as [Tensor];
    expect(await nn.utils.clipGradNorm_([p], 1).item()).toBeNaN();
    expect(await p.grad!.tolist()).toEqual([Number.NaN, Number.NaN]);
    const [q] = withGradients([Number.POSITIVE_INFINITY, 1]) as [Tensor];
    const norm = nn.utils.clipGradNorm_([q], 1, { errorIfNonfinite: true });
    await expect(norm.item()).rejects.toThrow(GradError);
    const [fine] = withGradients([3, 4]) as [Tensor];
    expect(await nn.utils.clipGradNorm_([fine], 1, { errorIfNonfinite: true }).item()).toBe(5);
  });
  test('in a step: after backward(), through the same tensors', async () => {
    const model = new nn.Sequential(new nn.Linear(3, 4), new nn.Tanh(), new nn.Linear(4, 2));
    model
      .forward(tensor([[1, 2, 3]], { dtype: 'float32' }))
      .square()
      .sum()
      .mul(100)
      .backward();
    // A sum and a product for each parameter, and no copies.
    const text = explain(() => nn.utils.clipGradNorm_(model.parameters(), 0.1));
    expect(text.match(/^ +\d+\. mul /gm)).toHaveLength(4);
    expect(text).not.toMatch(/copy|cat/);
    const squares = await Promise.all(
      model.parameters().map(async (p) => ((await p.grad!.data()) as Float32Array).reduce((s, v) => s + v * v, 0)),
    );
    expect(Math.sqrt(squares.reduce((a, b) => a + b))).toBeCloseTo(0.1, 5);
  });
});

test('clipGradValue_', async () => {
  const ps = withGradients([3, -0.2], -4);
  nn.utils.clipGradValue_(ps, 0.5);
  expect(near(await lists(ps))).toEqual([[0.5, -0.2], -0.5]);
});

describe('parameters as a vector', () => {
  test('there and back', async () => {
    const [a, b] = [new nn.Linear(2, 2), new nn.Linear(2, 2)];
    const vector = nn.utils.parametersToVector(a.parameters());
    expect(vector.shape).toEqual([6]);
    nn.utils.vectorToParameters(vector, b.parameters());
    expect(await b.weight.tolist()).toEqual(await a.weight.tolist());
    expect(await b.bias!.tolist()).toEqual(await a.bias!.tolist());
    noGrad(() => a.weight.zero_());
    expect(await b.weight.tolist()).not.toEqual(await a.weight.tolist());
  });
  test('differentiably', async () => {
    const layer = new nn.Linear(2, 1);
    nn.utils.parametersToVector(layer.parameters()).square().sum().backward();
    const [w] = (await layer.weight.tolist()) as number[][];
    expect(near((await layer.weight.grad!.tolist()) as unknown[])).toEqual(near([w!.map((v) => 2 * v)]));
  });
});

describe('total norms', () => {
  test('apart from clipping', async () => {
    const ps = withGradients([3, 0], 4);
    const norm = nn.utils.getTotalNorm(ps.map((p) => p.grad!));
    expect(await norm.item()).toBe(5);
    nn.utils.clipGradsWithNorm_(ps, 1, norm, { foreach: false });
    expect(near(await lists(ps))).toEqual([[0.6, 0], 0.8]);
    expect(await nn.utils.getTotalNorm([], 1).item()).toBe(0);
    const infinite = nn.utils.getTotalNorm([tensor([Number.POSITIVE_INFINITY])], { errorIfNonfinite: true });
    await expect(infinite.item()).rejects.toThrow('The total norm of order 2 for gradients');
  });
});

describe('fusion', () => {
  const used = (bn: nn.BatchNorm2d): nn.BatchNorm2d => {
    noGrad(() => {
      nn.init.uniform_(bn.runningMean!);
      nn.init.uniform_(bn.runningVar!, 0.5, 1.5);
      for (const p of bn.parameters()) nn.init.uniform_(p);
    });
    return bn;
  };
  test.each<[string, () => nn.Conv2d | nn.ConvTranspose2d, boolean]>([
    ['a convolution', () => new nn.Conv2d(2, 3, 2), false],
    ['a transposed one without bias', () => new nn.ConvTranspose2d(2, 3, 2, { bias: false }), true],
  ])('%s and batch norm', async (_, make, transpose) => {
    manualSeed(4);
    const [conv, bn] = [make(), used(new nn.BatchNorm2d(3))];
    expect(() => nn.utils.fuseConvBnEval(conv, bn)).toThrow('Fusion only for eval!');
    conv.eval();
    bn.eval();
    const fused = nn.utils.fuseConvBnEval(conv, bn, transpose);
    const x = randn([1, 2, 3, 3]);
    const difference = fused
      .forward(x)
      .sub(bn.forward(conv.forward(x)))
      .abs()
      .amax();
    expect(await difference.item()).toBeLessThan(1e-5);
    expect(fused.weight).not.toBe(conv.weight);
  });
  test('a linear layer and batch norm', async () => {
    const [linear, bn] = [new nn.Linear(2, 3).eval(), new nn.BatchNorm1d(3, { affine: false }).eval()];
    const x = randn([2, 2]);
    const difference = nn.utils
      .fuseLinearBnEval(linear, bn)
      .forward(x)
      .sub(bn.forward(linear.forward(x)));
    expect(await difference.abs().amax().item()).toBeLessThan(1e-5);
    expect(() => nn.utils.fuseLinearBnEval(new nn.Linear(2, 2).eval(), bn)).toThrow('To fuse, linear.out_features');
  });
});

describe('layers that draw', () => {
  const values = async (t: Tensor) => Array.from((await t.data()) as Float32Array);
  test('RReLU: slopes within the bounds in training, a gradient each', async () => {
    manualSeed(2);
    const x = ones([200]).neg().requiresGrad_();
    const y = new nn.RReLU(0.25, 0.5).forward(x);
    y.sum().backward();
    const slopes = await values(x.grad!);
    expect(slopes.every((v) => v >= 0.25 && v <= 0.5)).toBe(true);
    expect(new Set(slopes).size).toBeGreaterThan(100);
    expect(await values(y.neg())).toEqual(slopes);
  });
  test('dropout of channels: all of one or nothing', async () => {
    manualSeed(3);
    const rows = (await new nn.Dropout1d(0.5)
      .forward(ones([20, 2, 3]))
      .reshape(40, 3)
      .tolist()) as number[][];
    expect(rows.every((row) => row.every((v) => v === row[0]))).toBe(true);
    expect(new Set(rows.map((row) => row[0]))).toEqual(new Set([0, 2]));
    for (const [layer, shape] of [
      [new nn.Dropout2d(0.5), [4, 5, 2, 2]],
      [new nn.Dropout3d(0.5), [4, 5, 1, 2, 2]],
      [new nn.FeatureAlphaDropout(0.5), [4, 5, 4]],
    ] as const) {
      const planes = (await layer
        .forward(ones([...shape]))
        .reshape(20, 4)
        .tolist()) as number[][];
      expect(planes.every((plane) => plane.every((v) => v === plane[0]))).toBe(true);
      expect(new Set(planes.map((plane) => plane[0])).size).toBe(2);
    }
  });
  test('AlphaDropout keeps mean and variance', async () => {
    manualSeed(5);
    const list = await values(new nn.AlphaDropout(0.3).forward(randn([4000])));
    const mean = list.reduce((a, b) => a + b, 0) / list.length;
    const variance = list.reduce((a, b) => a + (b - mean) ** 2, 0) / list.length;
    expect(Math.abs(mean)).toBeLessThan(0.08);
    expect(Math.abs(variance - 1)).toBeLessThan(0.12);
  });
  test('SyncBatchNorm is batch norm of any number of dims', async () => {
    const x = randn([3, 2, 2, 2]);
    const [a, b] = [new nn.SyncBatchNorm(2), new nn.BatchNorm2d(2)];
    expect(await a.forward(x).tolist()).toEqual(await b.forward(x).tolist());
    expect(() => a.forward(ones([2]))).toThrow('expected at least 2D input (got 1D input)');
    expect(() => new nn.GroupNorm(2, 3)).toThrow('num_channels (3) must be divisible by num_groups (2)');
    expect(() => new nn.InstanceNorm2d(3).forward(ones([2, 2]))).toThrow('expected 3D or 4D input (got 2D input)');
  });
  test('AdaptiveLogSoftmaxWithLoss: all classes, the likeliest, and labels that are none', async () => {
    manualSeed(6);
    const layer = new nn.AdaptiveLogSoftmaxWithLoss(4, 6, [2, 4]);
    const x = randn([5, 4]);
    const all = layer.logProb(x);
    expect(near(await values(all.exp().sum(1)))).toEqual([1, 1, 1, 1, 1]);
    expect(await layer.predict(x).tolist()).toEqual(await all.argmax(1).tolist());
    const wrong = layer.forward(x, tensor([0, 1, 2, 3, 6])).loss;
    await expect(wrong.item()).rejects.toThrow('Target values should be in [0, 5]');
    expect(() => new nn.AdaptiveLogSoftmaxWithLoss(4, 6, [4, 2])).toThrow('cutoffs should be a sequence of unique');
  });
});
