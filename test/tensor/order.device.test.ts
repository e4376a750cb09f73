/** Sorting, quantiles, sets and counts: calls, what is reported late, and what cannot be differentiated. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  bincount,
  histc,
  histogram,
  init,
  isin,
  kthvalue,
  mode,
  nonzero,
  ones,
  quantile,
  searchsorted,
  sort,
  tensor,
  topk,
  unique,
  uniqueConsecutive,
  where,
} from '../../src/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

const float = { dtype: 'float32' } as const;

describe('calls', () => {
  test('what comes along a dim is a pair as well, as in PyTorch', async () => {
    const x = tensor([[3, 1, 2]], { dtype: 'float32' });
    for (const pair of [x.max(1), x.sort(), x.topk(2), x.kthvalue(2), x.mode(), x.median(1), x.cummax(1)]) {
      const [values, indices] = pair;
      expect(values).toBe(pair.values);
      expect(indices).toBe(pair.indices);
      expect([pair[0], pair[1]]).toEqual([values, indices]);
      expect(Object.keys(pair)).toEqual(['values', 'indices']);
    }
  });
  test('optional arguments come one after the other or by name', async () => {
    const x = tensor([
      [3, 1, 2],
      [1, 5, 0],
    ]);
    const expected = [
      [3, 5, 2],
      [1, 1, 0],
    ];
    expect(await sort(x, 0, true).values.tolist()).toEqual(expected);
    expect(await sort(x, { dim: 0, descending: true, stable: true }).values.tolist()).toEqual(expected);
    expect(await x.sort({ dim: 0, descending: true }).values.tolist()).toEqual(expected);
    expect(await topk(x, 1, 1, false).values.tolist()).toEqual([[1], [0]]);
    expect(await kthvalue(x, 2, 1, true).indices.tolist()).toEqual([[2], [0]]);
    expect(await mode(x, 0).values.tolist()).toEqual([1, 1, 0]);
    expect(await quantile(x.float(), 0.5, 1).tolist()).toEqual([2, 1]);
    expect(await searchsorted(tensor([1, 3]), 3, { side: 'right' }).item()).toBe(2);
    const [values, inverse] = (await x.unique(true, true)) as [typeof x, typeof x];
    expect(await values.tolist()).toEqual([0, 1, 2, 3, 5]);
    expect(await inverse.tolist()).toEqual([
      [3, 1, 2],
      [1, 4, 0],
    ]);
  });

  test('wrong ones are refused', () => {
    const x = ones([3]);
    expect(() => sort(x, { decending: true } as object)).toThrow(
      /unexpected option 'decending'; did you mean 'descending'/,
    );
    expect(() => topk(x, 1.5)).toThrow(/argument 'k' must be int/);
    expect(() => quantile(x, Number.NaN)).toThrow(/q must be in the range/);
    expect(() => quantile(x, 0.5, { interpolation: 'cubic' as 'linear' })).toThrow(/must be one of linear, lower/);
    expect(() => isin(1, 2)).toThrow(/one must be a Tensor/);
    expect(() => searchsorted(x, 1, { side: 'middle' as 'left' })).toThrow(/side can only be/);
    expect(() => searchsorted(x, x, { sorter: tensor([0, 1]) })).toThrow(/boundary and sorter must have the same size/);
    expect(() => searchsorted(x, x, { sorter: x })).toThrow(/sorter must be a tensor of long dtype/);
    expect(() => histogram(x, tensor([0, 1], float), { range: [0, 1] })).toThrow(/range goes with a number of bins/);
    expect(() => histogram(x, 2, { weight: ones([2]) })).toThrow(
      /weight tensor is provided it should have the same shape/,
    );
  });

  test('rejections come from the promise', async () => {
    await expect(bincount(tensor([1]), { minlength: -1 })).rejects.toThrow('minlength should be >= 0');
    await expect(unique(tensor([1]), { dim: 2 })).rejects.toThrow('Dimension out of range');
  });

  test('where() of a condition alone is what at() takes', async () => {
    const x = tensor([
      [1, 0],
      [0, 3],
    ]);
    const places = await where(x.ne(0));
    expect(await x.at(...places).tolist()).toEqual([1, 3]);
    expect((await nonzero(x.eq(7))).shape).toEqual([0, 2]);
    expect(await x.at(1, 1).isNonzero()).toBe(true);
    await expect(x.isNonzero()).rejects.toThrow('Boolean value of Tensor with more than one value is ambiguous');
  });
});

describe('what only the device knows is reported by the next read', () => {
  test('quantiles out of range', async () => {
    const y = quantile(tensor([1, 2], float), tensor([0.5, 2], float));
    await expect(y.data()).rejects.toThrow('quantile() q values must be in the range [0, 1]');
    expect((await y.tolist()) as number[]).toHaveLength(2);
  });
  test('data without a finite range', async () => {
    for (const bad of [Infinity, Number.NaN]) {
      const y = histc(tensor([1, bad], float), { bins: 3 });
      await expect(y.data()).rejects.toThrow('range of the data is not finite');
    }
    await expect(histogram(tensor([1, Infinity], float), 3).hist.data()).rejects.toThrow('is not finite');
  });
});

describe('gradients', () => {
  test('are refused where there is none', async () => {
    const x = ones([3], { requiresGrad: true });
    await expect(unique(x)).rejects.toThrow("the derivative for 'unique' is not implemented");
    await expect(uniqueConsecutive(x)).rejects.toThrow('detach()');
    expect(() => histc(x)).toThrow("the derivative for 'histc' is not implemented");
    expect(await (await unique(x.detach())).tolist()).toEqual([1]);
  });
  test('flow to weights and quantile levels', async () => {
    const weights = tensor([1, 2, 3], { ...float, requiresGrad: true });
    const counts = await bincount(tensor([1, 0, 1]), weights);
    counts
      .mul(tensor([10, 1], float))
      .sum()
      .backward();
    expect(await weights.grad!.tolist()).toEqual([1, 10, 1]);
    const q = tensor([0.25], { ...float, requiresGrad: true });
    quantile(tensor([0, 1, 5], float), q)
      .sum()
      .backward();
    expect(await q.grad!.tolist()).toEqual([2]);
  });
  test('names of the nodes are PyTorch’s', () => {
    const x = ones([3], { requiresGrad: true });
    expect([
      sort(x).values.gradFn,
      topk(x, 1).values.gradFn,
      kthvalue(x, 1).values.gradFn,
      x.median().gradFn,
      x.median(0).values.gradFn,
      x.nanmedian(0).values.gradFn,
      mode(x).values.gradFn,
      quantile(x, 0.5).gradFn,
      x.aminmax().min.gradFn,
    ]).toEqual([
      'SortBackward0',
      'TopkBackward0',
      'KthvalueBackward0',
      'MedianBackward0',
      'MedianBackward1',
      'NanmedianBackward1',
      'ModeBackward0',
      'SqueezeBackward4',
      'AminmaxBackward0',
    ]);
  });
});
