/** Ways to give arguments to functions that make and rearrange tensors, and those that need no goldens. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  arange,
  asTensor,
  broadcastShapes,
  emptyLike,
  emptyPermuted,
  emptyStrided,
  eye,
  fromfunction,
  functional,
  init,
  isSameSize,
  isTensor,
  linspace,
  numel,
  randintLike,
  repeatInterleave,
  roll,
  scalarTensor,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts';
import { testDevice as device } from '../device.ts';

beforeAll(() => init({ device }));

const grid = () => arange(6, { dtype: 'float32' }).reshape(2, 3);

describe('optional arguments come positionally or by name', () => {
  test.each<[string, () => Tensor, () => Tensor]>([
    ['flatten', () => zeros([2, 3, 4]).flatten(1, 2), () => zeros([2, 3, 4]).flatten({ startDim: 1, endDim: 2 })],
    ['squeeze', () => zeros([1, 2, 1]).squeeze([0, 2]), () => zeros([1, 2, 1]).squeeze({ dim: [0, 2] })],
    ['squeeze nothing', () => zeros([1, 2]), () => zeros([1, 2]).squeeze([])],
    ['diagonal', () => grid().diagonal(1, 0, 1), () => grid().diagonal({ offset: 1 })],
    ['tril', () => grid().tril(-1), () => grid().tril({ diagonal: -1 })],
    ['diagEmbed', () => grid().diagEmbed(1), () => grid().diagEmbed({ offset: 1, dim1: 1, dim2: 2 })],
    ['roll', () => roll(grid(), 1, 1), () => grid().roll([1], { dims: [1] })],
    ['rot90', () => grid().rot90(1, [1, 0]), () => grid().rot90({ k: 3 })],
    ['repeat', () => grid().repeat(2, 1), () => grid().repeat([2, 1])],
    ['pad', () => functional.pad(grid(), [1, 1], 'constant', 2), () => functional.pad(grid(), [1, 1], { value: 2 })],
    ['asStrided', () => grid().asStrided([2], [1], 1), () => grid().asStrided([2], [1], { storageOffset: 1 })],
    ['broadcastTo', () => grid().broadcastTo(1, 2, 3), () => grid().broadcastTo([1, 2, 3])],
    ['newZeros', () => grid().newZeros(2, 3), () => grid().newZeros([2, 3], { dtype: 'float32' })],
    ['arange', () => arange(0, 6, 2), () => arange(0, 6, { step: 2 })],
    ['eye', () => eye(2, 3), () => eye(2, { m: 3 })],
  ])('%s', async (_, positional, named) => {
    const [a, b] = [positional(), named()];
    expect([b.shape, b.dtype, await b.tolist()]).toEqual([a.shape, a.dtype, await a.tolist()]);
  });
  test('unknown ones are named', () => {
    expect(() => functional.pad(grid(), [1, 1], { vaule: 1 } as never)).toThrow("did you mean 'value'?");
    expect(() => grid().newOnes([2], { dype: 'int32' } as never)).toThrow("did you mean 'dtype'?");
    expect(() => arange(0, 4, 1, { step: 2 } as never)).toThrow("multiple values for argument 'step'");
  });
});

describe('repeatInterleave by a tensor', () => {
  test('waits for the repeats, or is told the size', async () => {
    const x = grid().requiresGrad_();
    const each = tensor([2, 0, 1]);
    const read = await x.repeatInterleave(each, 1);
    expect(await read.tolist()).toEqual([
      [0, 0, 2],
      [3, 3, 5],
    ]);
    expect(await x.repeatInterleave(each, { dim: 1, outputSize: 3 }).tolist()).toEqual(await read.tolist());
    expect(await (await repeatInterleave(each)).tolist()).toEqual([0, 0, 2]);
    read.sum().backward();
    expect(await x.grad!.tolist()).toEqual([
      [2, 0, 1],
      [2, 0, 1],
    ]);
  });
  test('refuses negative ones, floats, and a size that is too large', async () => {
    await expect(repeatInterleave(grid(), tensor([1, -2]), 0)).rejects.toThrow('repeats can not be negative');
    expect(() => repeatInterleave(grid(), tensor([1.5, 2]), 0)).toThrow('"repeat_interleave" not implemented for');
    const long = repeatInterleave(grid(), tensor([1, 1]), { dim: 0, outputSize: 3 });
    await expect(long.tolist()).rejects.toThrow('index out of range');
  });
});

describe('tensorSplit by a tensor', () => {
  test('waits for the positions, or the number of parts', async () => {
    const parts = await arange(5).tensorSplit(tensor([1, 3]));
    expect(await Promise.all(parts.map((x) => x.tolist()))).toEqual([[0], [1, 2], [3, 4]]);
    expect((await arange(5).tensorSplit(tensor(2))).map((x) => x.shape)).toEqual([[3], [2]]);
    await expect(arange(5).tensorSplit(tensor([[1]]))).rejects.toThrow('zero-dimensional or one-dimensional');
    expect(arange(5).unsafeChunk(2)[1]!.shape).toEqual([2]);
    expect(arange(5).unsafeSplit(4)[1]!.shape).toEqual([1]);
  });
});

describe('factories', () => {
  test('like another tensor', async () => {
    const x = zeros([2, 3], { dtype: 'int32' });
    expect([emptyLike(x).shape, emptyLike(x).dtype]).toEqual([[2, 3], 'int32']);
    const drawn = (await randintLike(x, 5, 7).data()) as Int32Array;
    expect([...drawn].every((v) => v === 5 || v === 6)).toBe(true);
    expect(randintLike(grid(), 3).dtype).toBe('float32');
    expect(await x.newTensor([1.5, 2]).tolist()).toEqual([1, 2]);
    expect(await x.newFull([1], 3.7).tolist()).toEqual([3]);
  });
  test('asTensor keeps a tensor, or casts it', async () => {
    const x = grid();
    expect(asTensor(x)).toBe(x);
    expect(asTensor(x, { dtype: 'int32' }).dtype).toBe('int32');
    expect(await asTensor([true, false]).tolist()).toEqual([true, false]);
    const other = device === 'cpu' ? 'webgpu' : 'cpu';
    expect(() => asTensor(x, { device: other })).toThrow(`await x.to('${other}')`);
  });
  test('memory laid out otherwise', () => {
    const x = emptyStrided([2, 3], [1, 2], { dtype: 'int32', requiresGrad: false });
    expect([x.shape, x.stride(), x.dtype]).toEqual([[2, 3], [1, 2], 'int32']);
    expect(emptyPermuted([2, 3, 4], [2, 0, 1], { requiresGrad: true }).stride()).toEqual([3, 1, 6]);
    expect(grid().newEmptyStrided([0, 2], [1, 1]).shape).toEqual([0, 2]);
    expect(() => emptyPermuted([2, 3], [0, 0])).toThrow('Duplicate dim not allowed');
    expect(() => emptyStrided([2], [1, 1])).toThrow('mismatch in length of strides and shape');
  });
  test('scalarTensor, fromfunction and whole numbers from linspace', async () => {
    expect([scalarTensor(3).dtype, scalarTensor(3).shape]).toEqual(['float32', []]);
    expect(await fromfunction((i, j) => i.mul(2).sub(j), [2, 2]).tolist()).toEqual([
      [0, -1],
      [2, 1],
    ]);
    expect(fromfunction(() => 3, [])).toBe(3);
    expect(await linspace(0, 10, 4, { dtype: 'int32' }).tolist()).toEqual([0, 3, 6, 10]);
    expect(() => linspace(0, 1, 2, { dtype: 'bool' })).toThrow('not implemented for bool');
  });
});

describe('what a tensor is', () => {
  test('sizes, offsets and equality of shapes', () => {
    const x = grid();
    expect([numel(x), x.nelement(), x.ndimension(), x.elementSize()]).toEqual([6, 6, 2, 4]);
    expect(x.select(0, 1).storageOffset()).toBe(3);
    expect([isSameSize(x, zeros([2, 3])), x.isSameSize(zeros([3, 2]))]).toEqual([true, false]);
    expect([isTensor(x), isTensor([1])]).toEqual([true, false]);
  });
  test('broadcastShapes', () => {
    expect(broadcastShapes([3, 1], [2], 1, [])).toEqual([3, 2]);
    expect(broadcastShapes([0, 1], [1, 4])).toEqual([0, 4]);
    expect(broadcastShapes()).toEqual([]);
    expect(() => broadcastShapes([2, 3], [3, 2])).toThrow(
      'Attempting to broadcast a dimension of length 2 at -1! Mismatching argument at index 1 had (3, 2); but expected shape should be broadcastable to [2, 3]',
    );
  });
});
