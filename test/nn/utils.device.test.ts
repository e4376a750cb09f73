import { beforeAll, describe, expect, test } from 'vitest';
import { explain, GradError, init, noGrad, type Tensor, tensor } from '../../src/index.ts';
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
