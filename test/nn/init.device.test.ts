/** Initial values by their distributions, or exactly where there is nothing random. */
import { beforeAll, describe, expect, test } from 'vitest';
import { eye, Generator, init, manualSeed, ones, rand, randn, type Tensor, tensor, zeros } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));
const N = [40, 50];

async function moments(t: Tensor) {
  const values = Array.from((await t.data()) as Float32Array);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const std = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
  return { mean, std, min: Math.min(...values), max: Math.max(...values) };
}

describe('distributions', () => {
  // Mean, standard deviation, bounds.
  const infinite = Number.POSITIVE_INFINITY;
  test.each<[string, (t: Tensor) => Tensor, number, number, number, number]>([
    ['uniform_', (t) => nn.init.uniform_(t), 0.5, 1 / Math.sqrt(12), 0, 1],
    ['uniform_ in bounds', (t) => nn.init.uniform_(t, -2, { b: 4 }), 1, 6 / Math.sqrt(12), -2, 4],
    ['normal_', (t) => nn.init.normal_(t), 0, 1, -infinite, infinite],
    ['normal_ moved', (t) => nn.init.normal_(t, { mean: 3, std: 0.5 }), 3, 0.5, -infinite, infinite],
    ['xavierUniform_', (t) => nn.init.xavierUniform_(t), 0, Math.sqrt(2 / 90), -Math.sqrt(6 / 90), Math.sqrt(6 / 90)],
    ['xavierNormal_', (t) => nn.init.xavierNormal_(t, { gain: 2 }), 0, 2 * Math.sqrt(2 / 90), -infinite, infinite],
    ['kaimingUniform_', (t) => nn.init.kaimingUniform_(t), 0, Math.sqrt(2 / 50), -Math.sqrt(6 / 50), Math.sqrt(6 / 50)],
    [
      'kaimingNormal_',
      (t) => nn.init.kaimingNormal_(t, 0, { mode: 'fan_out', nonlinearity: 'relu' }),
      0,
      Math.sqrt(2 / 40),
      -infinite,
      infinite,
    ],
    // Moments of the truncated normal distribution, by their closed formulas.
    ['truncNormal_', (t) => nn.init.truncNormal_(t), 0, 0.879626, -2, 2],
    ['truncNormal_ on one side', (t) => nn.init.truncNormal_(t, 0, 1, 0, 2), 0.72279, 0.501315, 0, 2],
    ['truncNormal_ far out', (t) => nn.init.truncNormal_(t, { a: 4, b: 6 }), 4.225547, 0.215771, 4, 6],
  ])('%s', async (_, fill, mean, std, low, high) => {
    manualSeed(7);
    const t = zeros(N);
    expect(fill(t)).toBe(t);
    const found = await moments(t);
    expect(Math.abs(found.mean - mean)).toBeLessThan(0.1 * std);
    expect(Math.abs(found.std / std - 1)).toBeLessThan(0.08);
    expect(found.min).toBeGreaterThanOrEqual(low - 1e-6);
    expect(found.max).toBeLessThanOrEqual(high + 1e-6);
  });
  test('come from a generator, and leave the global one alone', async () => {
    const draw = () => nn.init.normal_(zeros([3]), { generator: new Generator(5) }).tolist();
    manualSeed(3);
    const next = await rand([2]).tolist();
    manualSeed(3);
    expect(await draw()).toEqual(await draw());
    expect(await rand([2]).tolist()).toEqual(next);
    expect(() => nn.init.normal_(zeros([3]), { generator: 5 as never })).toThrow("'generator' must be a Generator");
    expect(() => nn.init.normal_(zeros([3]), { mu: 5 } as never)).toThrow("unexpected option 'mu'");
  });
  test('requiring grad stays as it was', () => {
    const p = new nn.Parameter(zeros([2, 2]));
    for (const fill of [nn.init.eye_, nn.init.orthogonal_, nn.init.xavierNormal_, nn.init.truncNormal_])
      expect([fill(p), p.requiresGrad, p.gradFn]).toEqual([p, true, null]);
  });
});

describe('structure', () => {
  test('eye_ and dirac_', async () => {
    expect(await nn.init.eye_(ones([2, 3])).tolist()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(await nn.init.dirac_(ones([3, 2, 3])).tolist()).toEqual([
      [
        [0, 1, 0],
        [0, 0, 0],
      ],
      [
        [0, 0, 0],
        [0, 1, 0],
      ],
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
    ]);
    const x = randn([1, 4, 3, 3]);
    const conv = new nn.Conv2d(4, 4, 3, { padding: 1, groups: 2, bias: false });
    nn.init.dirac_(conv.weight, 2);
    expect(await conv.forward(x).tolist()).toEqual(await x.tolist());
    expect(() => nn.init.dirac_(zeros([3, 1, 1]), 2)).toThrow('dim 0 must be divisible by groups');
    expect(() => nn.init.dirac_(zeros([3, 1]))).toThrow('Only tensors with 3, 4, or 5 dimensions are supported');
    expect(() => nn.init.eye_(zeros([3]))).toThrow('Only tensors with 2 dimensions are supported');
  });
  test('orthogonal_', async () => {
    const far = async (t: Tensor, n: number, scale: number) => await t.sub(eye(n).mul(scale)).abs().amax().item();
    const tall = nn.init.orthogonal_(zeros([5, 3]), 2);
    expect(await far(tall.t().matmul(tall), 3, 4)).toBeLessThan(1e-5);
    const wide = nn.init.orthogonal_(zeros([2, 2, 2])).reshape(2, 4);
    expect(await far(wide.matmul(wide.t()), 2, 1)).toBeLessThan(1e-5);
    expect(() => nn.init.orthogonal_(zeros([3]))).toThrow('Only tensors with 2 or more dimensions are supported');
  });
  test('sparse_: so many zeros in each column', async () => {
    const values = (await nn.init
      .sparse_(ones([10, 6]), 0.25, { std: 1 })
      .t()
      .tolist()) as number[][];
    expect(values.map((column) => column.filter((v) => v === 0).length)).toEqual(Array(6).fill(3));
    expect(new Set(values.map((column) => column.map((v) => v === 0).join())).size).toBeGreaterThan(1);
    expect(() => nn.init.sparse_(zeros([3]), 0.1)).toThrow('Only tensors with 2 dimensions are supported');
  });
  test('nothing to fill', async () => {
    expect(nn.init.kaimingUniform_(zeros([0, 3])).shape).toEqual([0, 3]);
    expect(nn.init.orthogonal_(zeros([0, 3])).shape).toEqual([0, 3]);
  });
});

test.each([
  ['linear', null, 1],
  ['conv2d', null, 1],
  ['conv_transpose3d', null, 1],
  ['convTranspose1d', null, 1],
  ['sigmoid', null, 1],
  ['tanh', null, 5 / 3],
  ['relu', null, Math.SQRT2],
  ['leaky_relu', null, Math.sqrt(2 / 1.0001)],
  ['leakyRelu', 0.2, Math.sqrt(2 / 1.04)],
  ['selu', null, 0.75],
] as const)('gain of %s', (name, param, gain) => {
  expect(nn.init.calculateGain(name, param)).toBeCloseTo(gain, 12);
});
test('gain of what is unknown', () => {
  expect(() => nn.init.calculateGain('gelu' as never)).toThrow("Unsupported nonlinearity 'gelu'");
  expect(() => nn.init.calculateGain('leakyRelu', 'a' as never)).toThrow("negative_slope 'a' not a valid number");
  expect(() => nn.init.kaimingNormal_(tensor([[1.5]]), { mode: 'both' as never })).toThrow("Mode 'both' not supported");
});
