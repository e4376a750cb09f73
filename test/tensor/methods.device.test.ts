/** What the tables of test/ops do not hold: methods that wait, ways to give an argument, and types. */
import { beforeAll, describe, expect, test } from 'vitest';
import { arange, cat, chunk, init, max, ones, randint, stack, type Tensor, tensor, zeros } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import { testDevice as device } from '../device.ts';

beforeAll(() => init({ device }));

const grid = () => arange(6, { dtype: 'float32' }).reshape(2, 3);

describe('maskedSelect', () => {
  test('gives the elements under the mask, and their gradient back to where they stood', async () => {
    const x = grid().requiresGrad_();
    const picked = await x.maskedSelect(x.gt(2));
    expect(await picked.tolist()).toEqual([3, 4, 5]);
    picked
      .mul(tensor([1, 2, 3]))
      .sum()
      .backward();
    expect(await x.grad!.tolist()).toEqual([
      [0, 0, 0],
      [1, 2, 3],
    ]);
  });
  test('broadcasts the mask, reads views, and may find nothing', async () => {
    expect(await (await grid().maskedSelect(tensor([true, false, true]))).tolist()).toEqual([0, 2, 3, 5]);
    expect(await (await grid().T.maskedSelect(grid().T.lt(4))).tolist()).toEqual([0, 3, 1, 2]);
    expect((await grid().maskedSelect(grid().gt(9))).shape).toEqual([0]);
  });
  test('needs a mask of bool', async () => {
    await expect(grid().maskedSelect(tensor([1, 0, 1]))).rejects.toThrow('expected BoolTensor for mask, got int32');
  });
});

describe('products of a given rank', () => {
  test('bmm, mv and dot are matmul with checked ranks', async () => {
    const batch = stack([grid(), grid().add(1)]);
    expect(await batch.bmm(batch.mT).tolist()).toEqual(await batch.matmul(batch.mT).tolist());
    expect(
      await grid()
        .mv(tensor([1, 2, 3]).float())
        .tolist(),
    ).toEqual([8, 26]);
    expect(await grid().at(0).dot(grid().at(1)).item()).toBe(14);
  });
  test.each<[string, () => unknown, string]>([
    ['bmm', () => grid().bmm(grid()), 'batch1 must be a 3D tensor'],
    ['batches', () => zeros([2, 2, 2]).bmm(zeros([1, 2, 2])), 'batch2 tensor to be: [2, 2] but got: [1, 2]'],
    ['mv', () => grid().mv(grid()), 'vector + matrix @ vector expected, got 1, 2, 2'],
    ['dot', () => grid().dot(grid()), '1D tensors expected, but got 2D and 2D tensors'],
  ])('%s says what it takes', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

describe('optional arguments come positionally or by name', () => {
  test.each<[string, () => Tensor, () => Tensor]>([
    ['argmax', () => grid().argmax(1, true), () => grid().argmax({ dim: 1, keepdim: true })],
    ['max', () => grid().max(1, true).values, () => grid().max({ dim: 1, keepdim: true }).values],
    ['free max', () => max(grid(), 0).indices, () => max(grid(), { dim: 0 }).indices],
    ['cat', () => cat([grid(), grid()], 1), () => cat([grid(), grid()], { dim: 1 })],
    ['stack', () => stack([grid(), grid()], 2), () => stack([grid(), grid()], { dim: 2 })],
    ['chunk', () => chunk(grid(), 3, 1)[2]!, () => chunk(grid(), 3, { dim: 1 })[2]!],
    ['split', () => grid().split([1, 2], 1)[1]!, () => grid().split([1, 2], { dim: 1 })[1]!],
    ['clamp_', () => grid().clamp_(null, 3), () => grid().clamp_({ max: 3 })],
  ])('%s', async (_, positional, named) => {
    expect(await named().tolist()).toEqual(await positional().tolist());
  });
  test('randint starts at 0 unless told', async () => {
    const values = await randint(3, [100]).data();
    expect([Math.min(...values), Math.max(...values)]).toEqual([0, 2]);
    expect(randint(5, [2], { dtype: 'float32' }).dtype).toBe('float32');
    expect(randint(-1, 1, 4).shape).toEqual([4]);
  });
});

test('requiresGrad can be assigned', () => {
  const layer = new nn.Linear(2, 1);
  layer.weight.requiresGrad = false;
  layer
    .forward(ones([1, 2]))
    .sum()
    .backward();
  expect([layer.weight.grad, layer.bias!.grad!.shape]).toEqual([null, [1]]);
  layer.weight.requiresGrad = true;
  expect(layer.weight.isLeaf && layer.weight.requiresGrad).toBe(true);
});

test('types follow the dtype, so that a variable can be assigned its own successor', async () => {
  let x = zeros([2]);
  x = x.add(1).mul(2).div(4).exp().log().add(x).softmax(0);
  const values: Float32Array = await x.data();
  expect(Array.from(values)).toEqual([0.5, 0.5]);
});
