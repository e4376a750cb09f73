/** Gradients through views that show an element several times. */
import { beforeAll, expect, test } from 'vitest';
import { grad, init, ShapeError, Tensor, tensor } from '../../src/index.ts';
import { op } from '../../src/tensor/impl/common.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

/** The windows of 3 along a line, at every second place. */
const windows = (x: Tensor): Tensor =>
  new Tensor(op('asStrided', [x.impl], { shape: [2, 3], strides: [2, 1], offset: 0 }));

test('add up, and can be differentiated again', async () => {
  const x = tensor([1, 2, 3, 4, 5], { dtype: 'float32', requiresGrad: true });
  const [first] = grad(windows(x).pow(3).sum(), [x], { createGraph: true });
  expect(await first!.tolist()).toEqual([3, 12, 54, 48, 75]);
  const [second] = grad(first!.sum(), [x]);
  expect(await second!.tolist()).toEqual([6, 12, 36, 24, 30]);
});

test('also where the view is repeated', async () => {
  const x = tensor([1, 2, 3, 4, 5], { dtype: 'float32', requiresGrad: true });
  windows(x).unsqueeze(0).expand([4, 2, 3]).sum().backward();
  expect(await x.grad!.tolist()).toEqual([4, 4, 8, 4, 4]);
});

test('and are not written to', () => {
  const x = tensor([1, 2, 3, 4, 5], { dtype: 'float32' });
  expect(() => windows(x).add_(1)).toThrow(ShapeError);
  expect(() => windows(x).add_(1)).toThrow(
    'unsupported operation: more than one element of the written-to tensor refers to a single memory location.',
  );
});
