/** What changes the tensor itself and not its elements: views in place, resize_(), detach_(). */
import { beforeAll, describe, expect, test } from 'vitest';
import { arange, GradError, init, ones, type Tensor, tensor } from '../../src/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

const m = (): Tensor => arange(6).reshape(2, 3).clone();

describe('views in place', () => {
  test.each<readonly [string, (x: Tensor) => Tensor, (x: Tensor) => Tensor]>([
    ['t_', (x) => x.t_(), (x) => x.t()],
    ['transpose_', (x) => x.transpose_(0, -1), (x) => x.transpose(0, 1)],
    ['swapaxes_', (x) => x.swapaxes_(0, 1), (x) => x.swapaxes(0, 1)],
    ['swapdims_', (x) => x.swapdims_(0, 1), (x) => x.swapdims(0, 1)],
    ['unsqueeze_', (x) => x.unsqueeze_(1), (x) => x.unsqueeze(1)],
    ['squeeze_', (x) => x.unsqueeze_(0).squeeze_(0), (x) => x],
    ['squeeze_ of all', (x) => x.unsqueeze_(0).unsqueeze_(-1).squeeze_(), (x) => x],
    ['asStrided_', (x) => x.asStrided_([2, 2], [1, 2], 1), (x) => x.asStrided([2, 2], [1, 2], 1)],
  ])('%s: the tensor becomes the view', async (_, inPlace, view) => {
    const x = m();
    expect(inPlace(x)).toBe(x);
    expect(x.shape).toEqual(view(m()).shape);
    expect(await x.tolist()).toEqual(await view(m()).tolist());
  });
  test('share the memory still', async () => {
    const x = m();
    const row = x.at(0);
    x.t_().mul_(2);
    expect(await row.tolist()).toEqual([0, 2, 4]);
    row.add_(1);
    expect(await x.tolist()).toEqual([
      [1, 6],
      [3, 8],
      [5, 10],
    ]);
  });
  test('are recorded', async () => {
    const x = ones([2, 3], { requiresGrad: true });
    const y = x.mul(2);
    y.t_();
    expect(y.gradFn).toBe('TBackward0');
    y.mul(arange(6).reshape(3, 2)).sum().backward();
    expect(await x.grad!.tolist()).toEqual([
      [0, 4, 8],
      [2, 6, 10],
    ]);
  });
  test('refuse a leaf that requires grad', () => {
    expect(() => ones([2, 3], { requiresGrad: true }).t_()).toThrow(
      'a leaf Variable that requires grad is being used in an in-place operation',
    );
  });
});

describe('resize_', () => {
  test('reads the same memory in another shape, or less of it', async () => {
    const x = m();
    const before = x.view(-1);
    expect(x.resize_(3, 2)).toBe(x);
    expect(await x.resizeAs_(ones([2, 2])).tolist()).toEqual([
      [0, 1],
      [2, 3],
    ]);
    x.add_(10);
    expect(await before.tolist()).toEqual([10, 11, 12, 13, 4, 5]);
    expect(await x.resize_([6]).tolist()).toEqual([10, 11, 12, 13, 4, 5]);
  });
  test('grows with zeros', async () => {
    expect(await m().resize_(2, 4).tolist()).toEqual([
      [0, 1, 2, 3],
      [4, 5, 0, 0],
    ]);
  });
  test('refuses what requires grad', () => {
    expect(() => ones([2], { requiresGrad: true }).resize_(1)).toThrow('cannot resize variables that require grad');
  });
});

describe('detach_', () => {
  test('cuts the tensor off, and makes it a leaf', async () => {
    const x = tensor([1, 2], { dtype: 'float32', requiresGrad: true });
    const y = x.mul(3);
    expect(y.detach_()).toBe(y);
    expect([y.requiresGrad, y.isLeaf, y.gradFn]).toEqual([false, true, null]);
    y.requiresGrad_();
    y.mul(2).sum().backward();
    expect(await y.grad!.tolist()).toEqual([2, 2]);
    expect(x.grad).toBe(null);
  });
  test('refuses views', () => {
    const y = ones([2, 2], { requiresGrad: true }).mul(2);
    expect(() => y.at(0).detach_()).toThrow(GradError);
    expect(() => y.at(0).detach_()).toThrow("Can't detach views in-place.");
  });
  test('retainsGrad says whether retainGrad() was called', () => {
    const y = ones([2], { requiresGrad: true }).mul(2);
    expect(y.retainsGrad).toBe(false);
    y.retainGrad();
    expect(y.retainsGrad).toBe(true);
  });
});

test('cpu() is awaited', async () => {
  const x = await m().cpu();
  expect(x.device).toBe('cpu');
  expect(await x.at(1).tolist()).toEqual([3, 4, 5]);
});
