/** Writes in place, views and their gradients. All numbers are PyTorch 2.13's. */
import { beforeAll, describe, expect, test } from 'vitest';
import { init, noGrad, type Tensor, tensor, zeros } from '../../src/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

const leaf = (data: Parameters<typeof tensor>[0]): Tensor => tensor(data, { dtype: 'float32', requiresGrad: true });
const constant = (data: Parameters<typeof tensor>[0]): Tensor => tensor(data, { dtype: 'float32' });
const list = async (t: Tensor | null): Promise<unknown> => (t === null ? null : t.tolist());

describe('values', () => {
  test('a write through a view is seen through all aliases', async () => {
    const x = zeros([2, 3]);
    const flat = x.view(6);
    x.T.at(1).copy_(constant([3, 6]));
    expect(await flat.tolist()).toEqual([0, 3, 0, 0, 6, 0]);
    flat.at([null, null, 2]).add_(1);
    expect(await x.tolist()).toEqual([
      [1, 3, 1],
      [0, 7, 0],
    ]);
  });

  test('a view shows later writes to its base, a copy does not', async () => {
    const x = constant([1, 2, 3]);
    const view = x.at([1, null]);
    const copy = x.at([1, null]).clone();
    x.mul_(10);
    expect(await view.tolist()).toEqual([20, 30]);
    expect(await copy.tolist()).toEqual([2, 3]);
  });

  test('values read before a write stay what they were', async () => {
    const x = constant([1, 2, 3]);
    const sum = x.add(x.at([null, null, -1]));
    const early = x.tolist();
    x.zero_();
    expect(await sum.tolist()).toEqual([4, 4, 4]);
    expect(await early).toEqual([1, 2, 3]);
    expect(await x.tolist()).toEqual([0, 0, 0]);
  });

  test('overlapping source and target: the source is read first', async () => {
    const x = constant([1, 2, 3, 4]);
    x.at([1, null]).copy_(x.at([null, -1]));
    expect(await x.tolist()).toEqual([1, 1, 2, 3]);
    x.copy_(x.at([null, null, -1]));
    expect(await x.tolist()).toEqual([3, 2, 1, 1]);
    const m = constant([
      [1, 2],
      [3, 4],
    ]);
    m.T.add_(m);
    expect(await m.tolist()).toEqual([
      [2, 5],
      [5, 8],
    ]);
  });

  test('detach() shares memory, in both directions', async () => {
    const x = leaf([1, 2]).mul(3);
    const d = x.detach();
    d.at(0).fill_(100);
    expect(await x.tolist()).toEqual([100, 6]);
    noGrad(() => x.mul_(2));
    expect(await d.tolist()).toEqual([200, 12]);
  });

  test('writing to an expanded tensor throws', () => {
    expect(() => zeros([1, 2]).expand(3, 2).add_(1)).toThrow(
      'unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the tensor before performing the operation.',
    );
  });

  test('shape and dtype of a target never change', () => {
    expect(() => zeros([2]).add_(zeros([3, 2]))).toThrow(
      "output with shape [2] doesn't match the broadcast shape [3, 2]",
    );
    expect(() => zeros([2], { dtype: 'int32' }).add_(zeros([2]))).toThrow(
      /^result type .* can't be cast to the desired output type int32/,
    );
  });
});

describe('gradients', () => {
  test('through a chain of views of one tensor', async () => {
    const w = leaf([1, 2, 3, 4]);
    const x = w.mul(2);
    const m = x.view(2, 2);
    const row = m.at(1);
    m.T.mul_(constant([[1], [3]]));
    row.add_(1);
    x.mul(constant([1, 2, 3, 4]))
      .sum()
      .backward();
    expect(await list(w.grad)).toEqual([2, 12, 6, 24]);
    expect(await x.tolist()).toEqual([2, 12, 7, 25]);
  });

  test('of a view whose base was written', async () => {
    const w = leaf([1, 2, 3]);
    const x = w.mul(2);
    const view = x.at([1, null]);
    x.mul_(3);
    view.mul(view).sum().backward();
    expect(await list(w.grad)).toEqual([0, 144, 216]);
  });

  test('of an expanded view whose base was written', async () => {
    const w = leaf([1, 2]);
    const x = w.mul(1);
    const wide = x.expand(3, 2);
    x.mul_(2);
    wide
      .mul(constant([[1], [2], [3]]))
      .sum()
      .backward();
    expect(await list(w.grad)).toEqual([12, 12]);
  });

  test('into what was written into a part', async () => {
    const [w, u] = [leaf([1, 2, 3]), leaf([5])];
    const x = w.mul(2);
    x.at([0, 1]).copy_(u.mul(u));
    x.prod().backward();
    expect(await list(w.grad)).toEqual([0, 300, 200]);
    expect(await list(u.grad)).toEqual([240]);
  });

  test('into what was written into a constant', async () => {
    const u = leaf([5]);
    const x = zeros([3]);
    x.at([1, 2]).copy_(u.mul(2));
    expect(x.requiresGrad).toBe(true);
    x.mul(constant([1, 2, 3]))
      .sum()
      .backward();
    expect(await list(u.grad)).toEqual([4]);
  });

  test('into what was written into a detached part', async () => {
    const w = leaf([1, 2]);
    const x = zeros([4]);
    const part = x.at([0, 2]).detach();
    part.copy_(w);
    expect([part.requiresGrad, x.requiresGrad]).toEqual([true, false]);
    part
      .mul(constant([1, 10]))
      .sum()
      .backward();
    expect(await list(w.grad)).toEqual([1, 10]);
    expect(await x.tolist()).toEqual([1, 2, 0, 0]);
  });

  test('into what was written into a view of a detached part', async () => {
    const w = leaf([3]);
    const x = zeros([2, 2]);
    const part = x.at(':', 0).detach();
    part.at([0, 1]).copy_(w);
    part
      .mul(constant([5, 7]))
      .sum()
      .backward();
    expect(await list(w.grad)).toEqual([5]);
    expect(await x.tolist()).toEqual([
      [3, 0],
      [0, 0],
    ]);
  });

  test('of a leaf that is a part of something larger', async () => {
    const x = zeros([4]);
    const part = x.at([1, 3]).detach().requiresGrad_();
    const one = part.at(1);
    noGrad(() => part.fill_(2));
    one.mul(one).backward();
    expect(await list(part.grad)).toEqual([0, 4]);
    expect(() => part.at([0, 1]).add_(1)).toThrow('a view of a leaf Variable that requires grad');
  });

  test('through operands that the op itself overwrites', async () => {
    const w = leaf([0.5, 2]);
    const x = w.clone();
    x.mul_(w).add_(1);
    x.mul_(x.detach().clone());
    x.sum().backward();
    expect(await x.tolist()).toEqual([1.5625, 25]);
    expect(await list(w.grad)).toEqual([1.25, 20]);
  });

  test('zero where old values were overwritten', async () => {
    const w = leaf([1, -2, 3]);
    const x = w.mul(1);
    x.at([0, 2]).zero_();
    x.mul(x).sum().backward();
    expect(await list(w.grad)).toEqual([0, 0, 6]);
    const v = leaf([1, 2]);
    const y = v.mul(1);
    y.zero_();
    expect(y.requiresGrad).toBe(true);
    y.sum().backward();
    expect(await list(v.grad)).toEqual([0, 0]);
  });

  test('a row written from another row', async () => {
    const w = leaf([
      [1, 2],
      [3, 4],
    ]);
    const x = w.mul(1);
    x.at(0).copy_(x.at(1).clone().mul(2));
    x.sum().backward();
    expect(await list(w.grad)).toEqual([
      [0, 0],
      [3, 3],
    ]);
  });

  test('strided writes', async () => {
    const w = leaf([1, 2, 3, 4, 5, 6]);
    const x = w.mul(1);
    x.at([null, null, 2]).copy_(constant([10, 20, 30]));
    x.at([1, null, 2]).mul_(constant([2, 3, 4]));
    x.mul(x).sum().backward();
    expect(await list(w.grad)).toEqual([0, 16, 0, 72, 0, 192]);
  });

  test('writes under noGrad change data, not history', async () => {
    const w = leaf([1, 2, 3]);
    const x = w.mul(1);
    noGrad(() => x.at([null, 2]).mul_(5));
    x.mul(x).sum().backward();
    expect(await list(w.grad)).toEqual([10, 20, 6]);
    const v = leaf([1, 2]);
    const a = v.mul(3);
    a.detach().mul_(2);
    a.mul(a).sum().backward();
    expect(await list(v.grad)).toEqual([36, 72]);
  });
});
