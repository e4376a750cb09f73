/** Dropout of elements and of channels: how much, which, with which gradient, and the same with the same seed. */
import { beforeAll, describe, expect, test } from 'vitest';
import { functional, Generator, init, manualSeed, ones, randn, type Tensor, tensor } from '../../src/index.ts';
import { testDevice } from '../device.ts';

const { alphaDropout, dropout, dropout1d, dropout2d, dropout3d, featureAlphaDropout } = functional;
beforeAll(() => init({ device: testDevice }));

const seeded = (seed = 3) => ({ generator: new Generator(seed) });
const flat = async (x: Tensor): Promise<number[]> => [...(await x.data())].map(Number);
const mean = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0) / x.length;
const spread = (x: readonly number[]): number => mean(x.map((v) => (v - mean(x)) ** 2));

describe('which elements', () => {
  const all = { dropout, dropout2d, dropout3d, alphaDropout, featureAlphaDropout };
  test.each(Object.entries(all))('%s drops a share p of them, the same with the same seed', async (_, drop) => {
    const x = ones([40, 50, 1, 1, 1]);
    const options = { p: 0.3, training: true };
    const y = await flat(drop(x, { ...options, ...seeded() }));
    const [low] = [...y].sort((a, b) => a - b) as [number];
    expect(y.filter((v) => v === low).length / y.length).toBeCloseTo(0.3, 1);
    expect(new Set(y).size).toBe(2);
    expect(await flat(drop(x, { ...options, ...seeded() }))).toEqual(y);
    expect(await flat(drop(x, { ...options, ...seeded(4) }))).not.toEqual(y);
    manualSeed(3);
    expect(await flat(drop(x, 0.3, true))).toEqual(y);
  });

  const whole: readonly (readonly [string, typeof dropout, readonly number[], number])[] = [
    ['dropout1d', dropout1d, [6, 7, 3], 3],
    ['dropout1d of one example', dropout1d, [30, 3], 3],
    ['dropout2d', dropout2d, [6, 7, 2, 2], 4],
    ['dropout2d of three dims', dropout2d, [6, 7, 3], 3],
    ['dropout3d', dropout3d, [6, 7, 1, 2, 2], 4],
    ['dropout3d of one example', dropout3d, [30, 2, 1, 2], 4],
    ['featureAlphaDropout', featureAlphaDropout, [6, 7, 2], 2],
  ];
  test.each(whole)('%s takes whole channels', async (_, drop, shape, size) => {
    const y = await flat(drop(ones(shape), { p: 0.5, training: true, ...seeded() }));
    const channels = Array.from({ length: y.length / size }, (_, c) => y.slice(c * size, (c + 1) * size));
    for (const channel of channels) expect(new Set(channel).size).toBe(1);
    expect(new Set(channels.map(([v]) => v)).size).toBe(2);
  });
});

test('the gradient goes through the same mask', async () => {
  for (const drop of [dropout, dropout2d, alphaDropout, featureAlphaDropout]) {
    const x = ones([5, 6, 2]).mul(2).requiresGrad_();
    const y = drop(x, { p: 0.4, training: true, ...seeded() });
    y.sum().backward();
    const [values, slopes] = [await flat(y), await flat(x.grad!)];
    const low = Math.min(...values);
    slopes.forEach((g, i) => {
      expect(g === 0).toBe(values[i] === low);
    });
    expect(new Set(slopes).size).toBe(2);
    const scale = Math.max(...slopes);
    expect(scale).toBeCloseTo(
      drop === dropout || drop === dropout2d ? 1 / 0.6 : 1 / Math.sqrt((1.7580993408473766 ** 2 * 0.4 + 1) * 0.6),
      5,
    );
  }
});

test('alphaDropout keeps a mean of 0 and a variance of 1', async () => {
  const x = randn([60, 60], { generator: new Generator(1) });
  for (const drop of [alphaDropout, featureAlphaDropout]) {
    const y = await flat(drop(x, { p: 0.2, training: true, ...seeded() }));
    expect(Math.abs(mean(y))).toBeLessThan(0.06);
    expect(Math.abs(spread(y) - 1)).toBeLessThan(0.06);
  }
});

test('nothing happens in evaluation, with p = 0, or to nothing; all goes with p = 1', async () => {
  const x = tensor([[1.5, -2]]);
  for (const drop of [dropout, dropout1d, dropout2d, dropout3d, alphaDropout, featureAlphaDropout]) {
    expect(drop(x, { training: false })).toBe(x);
    expect(drop(x, 0, true)).toBe(x);
    expect(drop(x, 0.5, { training: false })).toBe(x);
    expect(drop(ones([0, 2]), 0.5, true).shape).toEqual([0, 2]);
    expect(await drop(x, 1, true).tolist()).toEqual([[0, -0]]);
  }
  expect(alphaDropout(x, 0.5)).toBe(x);
  expect(featureAlphaDropout(x)).toBe(x);
  expect(dropout(tensor([1, 2]), { training: false }).dtype).toBe('int32');
});

test('what is dropped is multiplied by 0, as in PyTorch: infinities become NaN', async () => {
  const y = await flat(dropout(ones([64]).mul(Number.POSITIVE_INFINITY), { ...seeded() }));
  expect(new Set(y)).toEqual(new Set([Number.POSITIVE_INFINITY, Number.NaN]));
});

test('in place', async () => {
  const x = ones([4, 8]);
  const y = dropout(x.clone(), 0.5, { ...seeded() });
  expect(dropout(x, 0.5, { inplace: true, ...seeded() })).toBe(x);
  expect(await flat(x)).toEqual(await flat(y));
  const leaf = ones([3]).requiresGrad_();
  expect(() => dropout(leaf, { inplace: true })).toThrow(/leaf Variable that requires grad/);
});

test('wrong use is refused', () => {
  expect(() => dropout(ones([3]), 1.5)).toThrow('dropout probability has to be between 0 and 1, but got 1.5');
  expect(() => dropout(tensor([1, 2]), 0.5)).toThrow(
    "result type Float can't be cast to the desired output type int32",
  );
  expect(() => dropout1d(ones([3]))).toThrow('dropout1d: Expected 2D or 3D input, but received a 1D input.');
  expect(() => dropout2d(ones([3]))).toThrow('Feature dropout requires at least 2 dimensions in the input');
  expect(() => featureAlphaDropout(ones([3]), 0.5, true)).toThrow('Feature dropout requires at least 2 dimensions');
  expect(() => dropout(ones([3]), { prob: 0.2 } as object)).toThrow(/unexpected option 'prob'/);
});

test('attention drops weights, not values', async () => {
  const [q, k] = [randn([1, 4, 2]), randn([1, 50, 2])];
  const value = ones([1, 50, 1]).requiresGrad_();
  const y = functional.scaledDotProductAttention(q, k, value, { dropoutP: 0.5, ...seeded() });
  y.sum().backward();
  // The weights that are left do not add up to 1, and the gradient of the values is what was left of them.
  const left = await flat(y);
  for (const v of left) expect(Math.abs(v - 1)).toBeGreaterThan(1e-6);
  expect(mean(left)).toBeGreaterThan(0.4);
  expect(mean(left)).toBeLessThan(1.6);
  expect((await flat(value.grad!)).reduce((a, b) => a + b)).toBeCloseTo(
    left.reduce((a, b) => a + b),
    4,
  );
});
