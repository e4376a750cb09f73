/** Half precision: stored as halves, computed in float32, by PyTorch's rules. Expected numbers are PyTorch's. */
import { beforeAll, describe, expect, test } from 'vitest';
import { roundToHalf } from '../../src/core/float16.ts';
import { arange, engineStats, full, init, ones, tensor, zeros } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

const half = (values: number[], requiresGrad = false) => tensor(values, { dtype: 'float16', requiresGrad });
/** Within one unit in the last place of a half. */
const near = (actual: ArrayLike<number>, expected: number[]): void => {
  expect(actual.length).toBe(expected.length);
  for (const [i, e] of expected.entries()) expect(Math.abs(actual[i]! - e)).toBeLessThanOrEqual(Math.abs(e) * 2 ** -10);
};
const given = [
  0.1,
  -1.5,
  Math.PI,
  1000,
  65504,
  6e-8,
  2 ** -25,
  65519,
  65520,
  70000,
  -1e9,
  Number.NaN,
  Infinity,
  -0,
  1 + 2 ** -11,
  1 + 3 * 2 ** -11,
];
const halves = [
  0.0999755859375,
  -1.5,
  3.140625,
  1000,
  65504,
  2 ** -24,
  0,
  65504,
  Infinity,
  Infinity,
  -Infinity,
  Number.NaN,
  Infinity,
  -0,
  1,
  1 + 2 ** -9,
];

describe('float16', () => {
  test('numbers are rounded as they are stored: from the host, and by a cast on the device', async () => {
    expect(given.map(roundToHalf)).toEqual(halves);
    const x = half(given);
    expect(x.dtype).toBe('float16');
    expect(await x.data()).toEqual(Float32Array.from(halves));
    const y = tensor(given, { dtype: 'float32' });
    expect(await y.half().data()).toEqual(Float32Array.from(halves));
    expect(await y.to('float16').float().data()).toEqual(Float32Array.from(halves));
  });
  test('every half is itself, and every float32 between two goes to the nearer, ties to even', () => {
    for (let i = 1; i < 0x7c00; i += 7) {
      const value = (b: number) => (b < 1024 ? b * 2 ** -24 : (1024 + (b & 1023)) * 2 ** ((b >> 10) - 25));
      const [a, b] = [value(i), value(i + 1)];
      expect(roundToHalf(a)).toBe(a);
      if (i + 1 === 0x7c00) continue;
      const middle = (a + b) / 2;
      expect(roundToHalf(middle)).toBe(i % 2 === 0 ? a : b);
      expect(roundToHalf(middle * (1 + 2 ** -20))).toBe(b);
      expect(roundToHalf(-middle * (1 - 2 ** -20))).toBe(-a);
    }
  });
  test('arithmetic', async () => {
    const y = half([0.1, -1.5, Math.PI, 10]);
    expect(Array.from(await y.add(y).data())).toEqual([0.199951171875, -3, 6.28125, 20]);
    near(await y.mul(y).data(), [0.0099945068359375, 2.25, 9.8671875, 100]);
    near(await y.exp().data(), [1.10546875, 0.22314453125, 23.125, 22032]);
    near(await y.softmax(0).data(), [5.01275e-5, 1.01327e-5, 0.00104808807, 0.9990234375]);
    expect(await y.mul(1e4).data()).toEqual(Float32Array.of(1000, -15000, 31408, Infinity));
  });
  test('promotion', () => {
    const y = half([1]);
    expect(y.add(0.3).dtype).toBe('float16');
    expect(y.add(ones([1])).dtype).toBe('float32');
    expect(y.add(tensor(1, { dtype: 'float32' })).dtype).toBe('float16');
    expect(y.add(tensor([1])).dtype).toBe('float16');
    expect(y.gt(0).dtype).toBe('bool');
    expect(y.argmax().dtype).toBe('int32');
  });
  test('sums and products accumulate in float32', async () => {
    expect(await full([4096], 0.1, { dtype: 'float16' }).sum().item()).toBe(409.5);
    near(await half([0.1, -1.5, Math.PI, 10]).mean().data(), [2.935546875]);
    const a = arange(12).reshape([3, 4]).div(7).half();
    const b = arange(8).reshape([4, 2]).div(5).half();
    near(await a.matmul(b).data(), [0.7998046875, 0.97119140625, 2.171875, 2.80078125, 3.54296875, 4.62890625]);
  });
  test('gradients are halves', async () => {
    const a = arange(12).reshape([3, 4]).div(7).half().detach().requiresGrad_();
    const b = arange(8).reshape([4, 2]).div(5).half();
    const loss = a.matmul(b).square().sum();
    loss.backward();
    expect(a.grad!.dtype).toBe('float16');
    near(await loss.data(), [48.125]);
    near(
      await a.grad!.data(),
      [
        0.388427734375, 1.8056640625, 3.22265625, 4.640625, 1.1201171875, 5.09765625, 9.078125, 13.0546875, 1.8515625,
        8.390625, 14.921875, 21.46875,
      ],
    );
  });
  test('views, in-place writes and indices', async () => {
    const x = zeros([3, 4], { dtype: 'float16' });
    x.at(1).add_(0.1);
    x.at(':', 2).copy_(tensor([1, 2, 3]));
    expect(await x.transpose(0, 1).sum(1).data()).toEqual(
      Float32Array.of(0.0999755859375, 0.0999755859375, 6, 0.0999755859375),
    );
    expect(await x.indexSelect(1, tensor([2])).tolist()).toEqual([[1], [2], [3]]);
    expect((await x.at([0, 1], ':').tolist()) as number[][]).toEqual([[0, 0, 1, 0]]);
  });
  test('wide ones, four at a time', async () => {
    const x = arange(2048).div(3).half();
    const y = await x.mul(1).add(0).data();
    expect(y.every((v, i) => v === roundToHalf(roundToHalf(Math.fround(i / 3))))).toBe(true);
  });
  test('fused ops round as they would one by one', async () => {
    const x = half([1, 1000, 3]);
    expect(
      await x
        .add(2 ** -11)
        .sub(1)
        .tolist(),
    ).toEqual([0, 999, 2]);
    // After a product and before a sum, and beyond the largest half.
    const row = half([300, 200, 100]).reshape([1, 3]);
    expect(await row.matmul(row.T).float().div(2).item()).toBe(Number.POSITIVE_INFINITY);
    expect(await half([60_000, -60_000]).mul(2).float().sum().item()).toBe(Number.NaN);
    expect(
      await x
        .add(2 ** -11)
        .sub(1)
        .float()
        .sum()
        .item(),
    ).toBe(1001);
    const wide = full([2048], 1, { dtype: 'float16' });
    expect(
      await wide
        .add(2 ** -11)
        .sub(1)
        .float()
        .amax()
        .item(),
    ).toBe(0);
  });
  test('prints as PyTorch', async () => {
    expect(await half([0.1, -1.5, Math.PI, 10]).toStringAsync()).toBe(
      'tensor([ 0.1000, -1.5000,  3.1406, 10.0000], dtype=torch.float16)',
    );
  });
  test('a model in half precision trains', async () => {
    const layer = new nn.Linear(3, 2, { dtype: 'float16' });
    const optimizer = new optim.SGD(layer.parameters(), { lr: 0.1 });
    const x = half([1, 2, 3, -1, 0, 1]).reshape([2, 3]);
    const losses: number[] = [];
    for (let i = 0; i < 8; i++) {
      optimizer.zeroGrad();
      const loss = layer.forward(x).sub(1).square().mean();
      loss.backward();
      optimizer.step();
      losses.push(await loss.item());
    }
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
    expect(layer.weight.dtype).toBe('float16');
    const values = await layer.weight.data();
    expect(values.every((v) => v === roundToHalf(v))).toBe(true);
    expect(engineStats().runs).toBeGreaterThan(0);
  });
});
