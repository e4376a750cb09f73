/** Reductions, statistics and scans: the forms of calls, and what is reported late. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  cov,
  cumsum,
  gradient,
  init,
  nanmean,
  norm,
  ones,
  stdMean,
  sum,
  tensor,
  trapezoid,
  trapz,
  var as unbiasedVariance,
  variance,
  varMean,
  zeros,
} from '../../src/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));
const floats = (data: number[] | number[][]) => tensor(data, { dtype: 'float32' });

describe('calls', () => {
  test('dtype beside dims, in any form', async () => {
    const x = tensor([
      [true, false],
      [true, true],
    ]);
    for (const y of [
      x.sum(1, true, { dtype: 'float32' }),
      x.sum({ dim: 1, keepdim: true, dtype: 'float32' }),
      x.sum(1, { keepdim: true, dtype: 'float32' }),
      sum(x, 1, true, { dtype: 'float32' }),
    ]) {
      expect(y.dtype).toBe('float32');
      expect(await y.tolist()).toEqual([[1], [2]]);
    }
    expect(await x.mean(0, { dtype: 'float32' }).tolist()).toEqual([1, 0.5]);
    expect(() => x.sum({ dType: 'float32' } as never)).toThrow("did you mean 'dtype'?");
  });
  test('var and std: by position, by name, some of each', async () => {
    const x = floats([
      [1, 3],
      [2, 6],
    ]);
    expect(await x.var(1).tolist()).toEqual([2, 8]);
    expect(await x.var(1, false).tolist()).toEqual([1, 4]);
    expect(await x.var([1], false, true).tolist()).toEqual([[1], [4]]);
    expect(await x.std(1, { unbiased: false, keepdim: true }).tolist()).toEqual([[1], [2]]);
    expect(await variance(x, false).item()).toBe(3.5);
    expect(unbiasedVariance).toBe(variance);
    expect(() => x.var(0, 1 as never)).toThrow("var(): argument 'unbiased' must be true or false, not 1");
    expect(() => x.std({ correction: '1' as never })).toThrow("std(): argument 'correction' must be a number");
    const [v, m] = varMean(x, 1, false);
    expect([await v.tolist(), await m.tolist()]).toEqual([
      [1, 4],
      [2, 4],
    ]);
    expect((await stdMean(x, { dim: null, keepdim: true })[1].data())[0]).toBe(3);
  });
  test('norm and integrals by position', async () => {
    expect(
      await norm(
        floats([
          [3, 4],
          [0, 0],
        ]),
        2,
        1,
        true,
      ).tolist(),
    ).toEqual([[5], [0]]);
    expect(trapz).toBe(trapezoid);
    expect(await trapezoid(floats([1, 5]), floats([0, 2])).item()).toBe(6);
    expect(
      await trapezoid(
        floats([
          [1, 5],
          [2, 3],
        ]),
        null,
        { dx: 2, dim: 0 },
      ).tolist(),
    ).toEqual([3, 8]);
    expect(() => trapezoid(floats([1, 5]), floats([0, 2]), { dx: 1 })).toThrow('received both x and dx');
    expect((await gradient(floats([1, 2, 4]), 2)[0]!.data())[1]).toBe(0.75);
  });
  test('logsumexp of nothing is the logarithm of 0', async () => {
    expect(await zeros([0, 2]).logsumexp(0).tolist()).toEqual([-Infinity, -Infinity]);
    const x = zeros([2, 0], { requiresGrad: true });
    const y = x.logsumexp(1, true);
    expect(await y.tolist()).toEqual([[-Infinity], [-Infinity]]);
    y.sum().backward();
    expect(x.grad!.shape).toEqual([2, 0]);
    expect(zeros([0, 2]).logsumexp(1).shape).toEqual([0]);
  });
  test('the mean of nothing but NaN is NaN', async () => {
    expect(await nanmean(floats([NaN, NaN])).item()).toBeNaN();
  });
  test('running sums in place, of another dtype too', async () => {
    const x = floats([1, 2, 3]);
    expect(x.cumsum_(0)).toBe(x);
    expect(await x.cumprod_(0).tolist()).toEqual([1, 3, 18]);
    expect(cumsum(tensor([true, true]), 0, { dtype: 'bool' }).dtype).toBe('bool');
    expect(() => tensor([true]).cumsum_(0)).toThrow("result type int32 can't be cast to the desired output type bool");
  });
});

describe('weights of cov are looked at by the next read', () => {
  test.each([
    [{ fweights: () => tensor([1, -1, 2]) }, /fweights cannot be negative/],
    [{ aweights: () => floats([1, -1, 2]) }, /aweights cannot be negative/],
    [{ aweights: () => floats([0, 0, 0]) }, /weights sum to zero, can't be normalized/],
  ] as const)('%o', async (weights, message) => {
    const [[name, make]] = Object.entries(weights) as [[string, () => ReturnType<typeof floats>]];
    await expect(cov(ones([2, 3]), { [name]: make() }).data()).rejects.toThrow(message);
  });
});
