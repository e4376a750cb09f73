/** Functions that PyTorch makes views with share memory: a write through the result is seen in the input. Those that copy, not. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  adjoint,
  arange,
  asStrided,
  asStridedScatter,
  atleast2d,
  atleast3d,
  broadcastTensors,
  diagonal,
  functional,
  hsplit,
  init,
  meshgrid,
  movedim,
  narrow,
  noGrad,
  ones,
  ravel,
  roll,
  rot90,
  select,
  splitWithSizes,
  swapaxes,
  type Tensor,
  t,
  tensor,
  tensorSplit,
  tile,
  tril,
  unbind,
  unflatten,
  zeros,
} from '../../src/index.ts';
import { testDevice as device } from '../device.ts';

beforeAll(() => init({ device }));

const grid = () => arange(12, { dtype: 'float32' }).reshape(3, 4);
/** Where a tensor differs from grid(), in row-major order. */
const written = async (x: Tensor) =>
  [...((await x.data()) as Float32Array).entries()].flatMap(([i, v]) => (v === i ? [] : [i]));

describe('views', () => {
  test.each<[string, (x: Tensor) => Tensor, number[]]>([
    ['diagonal', (x) => diagonal(x), [0, 5, 10]],
    ['diagonal above', (x) => diagonal(x, 2), [2, 7]],
    ['unfold', (x) => x.unfold(1, 2, 2).select(1, 1), [2, 3, 6, 7, 10, 11]],
    ['select', (x) => select(x, 1, -1), [3, 7, 11]],
    ['narrow', (x) => narrow(x, 0, 1, 1), [4, 5, 6, 7]],
    ['split', (x) => x.split(2, 1)[1]!, [2, 3, 6, 7, 10, 11]],
    ['splitWithSizes', (x) => splitWithSizes(x, [3, 1], 1)[1]!, [3, 7, 11]],
    ['chunk', (x) => x.chunk(2)[1]!, [8, 9, 10, 11]],
    ['unbind', (x) => unbind(x, 1)[0]!, [0, 4, 8]],
    ['tensorSplit', (x) => tensorSplit(x, [1, 2])[1]!, [4, 5, 6, 7]],
    ['hsplit', (x) => hsplit(x, 4)[1]!, [1, 5, 9]],
    ['movedim', (x) => movedim(x, 0, 1).select(0, 1), [1, 5, 9]],
    ['swapaxes', (x) => swapaxes(x, 0, 1).select(0, 0), [0, 4, 8]],
    ['t', (x) => t(x).select(1, 0), [0, 1, 2, 3]],
    ['adjoint', (x) => adjoint(x).select(0, 3), [3, 7, 11]],
    ['mH', (x) => x.mH.select(0, 3), [3, 7, 11]],
    ['squeeze', (x) => x.select(0, 1).unsqueeze(0).squeeze(), [4, 5, 6, 7]],
    ['unflatten', (x) => unflatten(x, 1, [2, 2]).select(1, 1), [2, 3, 6, 7, 10, 11]],
    ['ravel', (x) => narrow(ravel(x), 0, 5, 2), [5, 6]],
    ['viewAs', (x) => x.viewAs(zeros([4, 3])).select(0, 0), [0, 1, 2]],
    ['asStrided', (x) => asStrided(x, [2, 2], [5, 1], 1), [1, 2, 6, 7]],
    ['asStrided of a view, beyond it', (x) => asStrided(select(x, 0, 1), [2], [1], 0), [0, 1]],
    ['broadcastTensors', (x) => broadcastTensors(x, zeros([1]))[0]!.select(0, 2), [8, 9, 10, 11]],
    ['atleast3d', (x) => atleast3d(x).select(1, 0), [0, 4, 8]],
    ['atleast2d', (x) => atleast2d(x.select(0, 0)), [0, 1, 2, 3]],
    ['meshgrid', (x) => meshgrid(x.select(0, 0), zeros([1]))[0]!.select(1, 0), [0, 1, 2, 3]],
  ])('%s', async (_, view, positions) => {
    const x = grid();
    view(x).add_(100);
    expect(await written(x)).toEqual(positions);
  });

  test('a write through the base is seen in windows and diagonals, and differentiated', async () => {
    const w = ones([4], { requiresGrad: true });
    const x = w.mul(2);
    const windows = x.unfold(0, 3, 1);
    x.mul_(tensor([1, 10, 100, 1000]).float());
    expect(await windows.tolist()).toEqual([
      [2, 20, 200],
      [20, 200, 2000],
    ]);
    windows.sum().backward();
    expect(await w.grad!.tolist()).toEqual([2, 40, 400, 2000]);
  });

  test('windows that overlap cannot be written', () => {
    expect(() => grid().unfold(1, 2, 1).add_(1)).toThrow('more than one element of the written-to tensor');
    const apart = grid();
    expect(() => apart.unfold(1, 2, 2).add_(1)).not.toThrow();
  });

  test('a leaf of any layout gets the gradient of what asStrided showed of it', async () => {
    // [[0, 2, 4], [1, 3, 5]]: the memory is 0 … 5, of which four elements are shown twice.
    const x = noGrad(() => arange(6, { dtype: 'float32' }).reshape(3, 2).T).requiresGrad_();
    asStrided(x, [2, 4], [2, 1])
      .mul(
        tensor([
          [1, 2, 3, 4],
          [10, 20, 30, 40],
        ]),
      )
      .sum()
      .backward();
    expect(await x.grad!.tolist()).toEqual([
      [1, 13, 30],
      [2, 24, 40],
    ]);
    // Both rows are one memory: as PyTorch, they share its gradient.
    const twice = noGrad(() => arange(3, { dtype: 'float32' }).expand(2, 3)).requiresGrad_();
    asStrided(twice, [2], [2])
      .mul(tensor([1, 10]))
      .sum()
      .backward();
    expect(await twice.grad!.tolist()).toEqual([
      [0.5, 0, 5],
      [0.5, 0, 5],
    ]);
  });
});

describe('copies', () => {
  test('asStridedScatter: what is written over has no gradient, the rest has', async () => {
    const x = zeros([4], { requiresGrad: true });
    asStridedScatter(x, ones([2]), [2], [2])
      .mul(tensor([1, 2, 3, 4]))
      .sum()
      .backward();
    expect(await x.grad!.tolist()).toEqual([0, 2, 0, 4]);
    // In the memory of a transposed matrix.
    expect(
      await grid()
        .T.asStridedScatter(ones([2]), [2], [1])
        .tolist(),
    ).toEqual([
      [1, 4, 8],
      [1, 5, 9],
      [2, 6, 10],
      [3, 7, 11],
    ]);
  });

  test.each<[string, (x: Tensor) => Tensor]>([
    ['roll by nothing', (x) => roll(x, 0)],
    ['roll by a whole turn', (x) => roll(x, 4, 1)],
    ['tile once', (x) => tile(x, [1])],
    ['repeat once', (x) => x.repeat(1, 1)],
    ['repeatInterleave once', (x) => x.repeatInterleave(1, 0)],
    ['pad by nothing', (x) => functional.pad(x, [0, 0])],
    ['crop by padding', (x) => functional.pad(x, [-1, 0], { mode: 'replicate' })],
    ['diag', (x) => x.diag()],
    ['narrowCopy', (x) => x.narrowCopy(0, 0, 1)],
    ['tril', (x) => tril(x, 9)],
    ['pixelShuffle by one', (x) => functional.pixelShuffle(x.reshape(3, 2, 2), 1)],
  ])('%s', async (_, copy) => {
    const x = grid();
    copy(x).add_(100);
    expect(await written(x)).toEqual([]);
  });

  test('what is repeated without a copy of each can be written', async () => {
    const x = tensor([1, 2]).repeat(2);
    x.select(0, 0).fill_(9);
    expect(await x.tolist()).toEqual([9, 2, 1, 2]);
  });
});

describe('in place', () => {
  test('tril_ and triu_ write through views', async () => {
    const x = ones([2, 2, 2], { dtype: 'int32' });
    x.select(0, 1).tril_();
    x.select(2, 0).triu_(1);
    expect(await x.flatten().tolist()).toEqual([0, 1, 1, 1, 0, 0, 0, 1]);
  });
  test('triangles of wide matrices, whose positions do not fit int32 when multiplied', async () => {
    const x = ones([2, 50_000], { dtype: 'int32' });
    expect(await tril(x, 40_000).sum(1).tolist()).toEqual([40_001, 40_002]);
    expect(await tril(x.select(0, 0).reshape(50_000, 1), -9).sum().item()).toBe(49_991);
  });
  test('rot90 is a view of the same elements', async () => {
    expect(await rot90(grid(), 2).select(0, 0).tolist()).toEqual([11, 10, 9, 8]);
  });
});
