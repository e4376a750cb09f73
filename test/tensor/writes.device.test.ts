/** Writing by index: what of several entries stays, gradients, aliases, and what is refused. */
import { beforeAll, describe, expect, test } from 'vitest';
import { vmap } from '../../src/func/index.ts';
import {
  arange,
  DTypeError,
  functional,
  GradError,
  indexCopy,
  init,
  maskedScatter,
  memoryStats,
  noGrad,
  OptionError,
  ones,
  rand,
  randint,
  ShapeError,
  scatter,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));
const leaf = (data: number[]): Tensor => tensor(data, { dtype: 'float32' }).requiresGrad_();
const list = (t: Tensor | null) => t!.tolist();
/** Numbers that only the device knows. */
const computed = (data: number[]): Tensor => tensor(data).add(0);

describe('equal places', () => {
  test('the last one stays, and alone gets a gradient', async () => {
    const at = tensor([1, 0, 1, 1]);
    const made = [
      (x: Tensor, v: Tensor) => scatter(x, 0, at, v),
      (x: Tensor, v: Tensor) => indexCopy(x, 0, at, v),
      (x: Tensor, v: Tensor) => x.indexPut([at], v),
      (x: Tensor, v: Tensor) => x.mul(1).put_([at], v),
      (x: Tensor, v: Tensor) => x.mul(1).put_(at, v),
    ];
    for (const write of made) {
      const x = leaf([10, 20, 30]);
      const v = leaf([1, 2, 3, 4]);
      const y = write(x, v);
      expect(await list(y)).toEqual([2, 4, 30]);
      y.mul(tensor([1, 2, 3]))
        .sum()
        .backward();
      expect(await list(v.grad)).toEqual([0, 1, 0, 2]);
      expect(await list(x.grad)).toEqual([0, 0, 3]);
    }
  });
});

describe('activations in place', () => {
  type Activation = (x: Tensor, options: { inplace: boolean }) => Tensor;
  const { relu, leakyRelu, silu, mish, hardtanh, relu6, elu, selu, celu, rrelu, hardsigmoid, hardswish } = functional;
  const below: Activation = (x, options) => functional.threshold(x, 0, -1, options);
  const all = { relu, leakyRelu, silu, mish, hardtanh, relu6, elu, selu, celu, rrelu, hardsigmoid, hardswish, below };
  test.each(Object.entries<Activation>(all))('%s', async (_, activate) => {
    const [given, other] = [leaf([-2, 0.5, 8]), leaf([-2, 0.5, 8])];
    const x = given.mul(1);
    const y = activate(other, { inplace: false });
    expect(activate(x, { inplace: true })).toBe(x);
    expect(await list(x)).toEqual(await list(y));
    for (const t of [x, y]) t.square().sum().backward();
    expect(await list(given.grad)).toEqual(await list(other.grad));
    expect(() => activate(x, { inplace: 1 as never })).toThrow(OptionError);
  });
  test('not a leaf that requires grad', () => {
    expect(() => functional.relu(leaf([1]), true)).toThrow('a leaf Variable that requires grad');
  });
});

describe('aliases and history', () => {
  test('written through a view, seen through the tensor', async () => {
    const x = zeros([3, 4]);
    const column = x.at(':', 1);
    x.T.put_([1, tensor([0, 2])], tensor([5, 6]).float());
    expect(await list(column)).toEqual([5, 0, 6]);
    column.put_([column.gt(5)], 9).put_([[0, 1]], 7);
    expect(await list(x)).toEqual([
      [0, 7, 0, 0],
      [0, 0, 0, 0],
      [0, 9, 0, 0],
    ]);
  });
  test('a composed write over what its own parts have saved', async () => {
    const x = tensor(2, { dtype: 'float32', requiresGrad: true });
    const v = leaf([3, 5]);
    const y = x.mul(2);
    y.scatterReduce_(0, tensor([0, 0]), v, 'prod');
    y.backward();
    expect([await y.item(), await x.grad!.item(), await list(v.grad)]).toEqual([60, 30, [20, 12]]);
    const z = x.mul(2).scatterReduce_(0, tensor([0, 0]), v, 'prod');
    z.mul_(2);
    expect(() => z.backward()).toThrow('has been modified by an inplace operation');
  });
  test('what a write needs is not what it overwrites', async () => {
    const x = leaf([1, 2, 3]);
    const y = x.mul(2);
    const square = y.mul(y);
    y.put_([tensor([0])], 1);
    expect(() => square.sum().backward()).toThrow('has been modified by an inplace operation');
  });
  test('leaves that require grad are written outside the tape only', async () => {
    const x = leaf([1, 2]);
    expect(() => x.put_([0], 1)).toThrow(GradError);
    expect(() => x.put_([tensor([0])], 1)).toThrow('a leaf Variable that requires grad');
    noGrad(() => x.put_([tensor([0])], 5));
    expect(await list(x)).toEqual([5, 2]);
    expect(x.requiresGrad).toBe(true);
  });
  test('a tensor into a part of itself', async () => {
    const x = arange(5).add(0);
    x.put_([[1, 4]], x.at([0, 3]));
    expect(await list(x)).toEqual([0, 0, 1, 2, 4]);
    x.put_([tensor([0, 1])], x.at(tensor([4, 3])));
    expect(await list(x)).toEqual([4, 2, 1, 2, 4]);
  });
  test('values are cast, expanded tensors refused', async () => {
    const x = arange(3).add(0);
    x.put_([tensor([0, -1])], tensor([1.7, -1.7])).put_([1], 2.9);
    expect(await list(x)).toEqual([1, 2, -1]);
    expect(() => zeros([1]).expand(3).put_([0], 1)).not.toThrow();
    expect(() =>
      zeros([1])
        .expand(3)
        .put_([tensor([0])], 1),
    ).toThrow('single memory location');
  });
});

test('all samples of a vmap() are written at once', async () => {
  const x = arange(6).reshape(2, 3).float();
  const at = tensor([2, 0]);
  expect(await list(vmap((row: Tensor) => indexCopy(row, 0, at, ones([2])))(x))).toEqual([
    [1, 1, 1],
    [1, 4, 1],
  ]);
  expect(await list(vmap((row: Tensor) => indexCopy(zeros([3]), 0, at, row.at([0, 2])))(x))).toEqual([
    [1, 0, 0],
    [4, 0, 3],
  ]);
  const order = tensor([
    [2, 1, 0],
    [0, 1, 2],
  ]);
  expect(await list(vmap((row: Tensor, i: Tensor) => scatter(zeros([3]), 0, i, row))(x, order))).toEqual([
    [2, 1, 0],
    [3, 4, 5],
  ]);
});

describe('masks', () => {
  test('as many values as it selects: else by the next read', async () => {
    const x = zeros([4]);
    const mask = tensor([true, false, true, true]);
    x.put_([mask], tensor([1, 2, 3]));
    expect(await list(x)).toEqual([1, 0, 2, 3]);
    x.put_([mask], ones([2]));
    await expect(x.data()).rejects.toThrow('shape mismatch: value tensor of shape [2]');
    maskedScatter(zeros([4]), mask, ones([2]));
    await expect(x.data()).rejects.toThrow('Number of elements of source < number of ones in mask');
    maskedScatter(zeros([4]), mask, ones([3]));
    await x.data();
  });
  test('long ones: values in order across blocks', async () => {
    const n = 5000;
    const chosen = Array.from({ length: n }, (_, i) => (i * 7919) % 5 < 2);
    const y = await maskedScatter(zeros([n], { dtype: 'int32' }), tensor(chosen), arange(n)).data();
    let next = 0;
    expect(Array.from(y)).toEqual(chosen.map((on) => (on ? next++ : 0)));
  });
  test('with other tensors, and to read, they say what to do instead', () => {
    const x = zeros([2, 3]);
    const rows = tensor([true, false]);
    expect(() => x.at(rows)).toThrow(/^at: a boolean mask .*\n.*nonzero\(mask, { asTuple: true }\)/);
    expect(() => x.put_([rows, tensor([0])], 1)).toThrow(OptionError);
    expect(() => x.put_(x.gt(0), x)).toThrow('a mask goes into a list: put_([mask], value)');
  });
});

describe('out of range', () => {
  test('known on the host: at the call, and nothing is written', async () => {
    const x = zeros([2, 3]);
    for (const call of [
      () => x.put_([tensor([2])], 1),
      () => x.put_([':', tensor([-4])], 1),
      () => x.put_(tensor([6]), ones([1])),
      () => x.indexFill_(1, tensor([3]), 1),
      () => x.scatter_(1, tensor([[-1]]), 1),
      () => x.indexAdd_(0, tensor([2]), ones([1, 3])),
      () => functional.embeddingBag(tensor([[2]]), x),
    ])
      expect(call).toThrow(ShapeError);
    expect(() => x.put_([tensor([0.5])], 1)).toThrow(DTypeError);
    expect(await x.sum().item()).toBe(0);
  });
  test('computed on the device: by the next read, and the write is dropped', async () => {
    const x = zeros([3]);
    for (const call of [
      () => x.put_([computed([3])], 1),
      () => x.put_(computed([-4]), ones([1])),
      () => x.indexFill_(0, computed([3]), 1),
      () => x.indexCopy_(0, computed([-1]), ones([1])),
      () => x.scatterReduce_(0, computed([3]), ones([1]), 'amax'),
    ]) {
      call();
      await expect(x.data()).rejects.toThrow('computed on the device');
      expect(await list(x)).toEqual([0, 0, 0]);
    }
  });
  test('what arange() and randint() make is known to be in range, and to be not', async () => {
    expect(() => zeros([3]).at(arange(4))).toThrow('index 3 is out of bounds');
    const x = ones([10, 2]);
    await x.data();
    const { liveBuffers } = memoryStats();
    const y = x.at(randint(10, [5]));
    await y.data();
    // The result and the indices: no flag of a check.
    expect(memoryStats().liveBuffers - liveBuffers).toBeLessThanOrEqual(2);
  });
});

describe('tables', () => {
  test('maxNorm changes a parameter outside the tape, before it is looked up', async () => {
    const table = tensor(
      [
        [3, 4],
        [0.3, 0.4],
      ],
      { requiresGrad: true },
    );
    const y = functional.embedding(tensor([0, 0]), table, { maxNorm: 1 });
    y.sum().backward();
    const [[a, b]] = (await table.tolist()) as [[number, number], unknown];
    expect([a, b]).toEqual([expect.closeTo(0.6, 5), expect.closeTo(0.8, 5)]);
    expect(await list(table.grad)).toEqual([
      [2, 2],
      [0, 0],
    ]);
  });
  test('a bag whose gradient is shared by frequency is the sum of such rows', async () => {
    const indices = tensor([0, 2, 2, 1, 2, 0]);
    const weight = rand([3, 2]);
    const bags = weight.clone().requiresGrad_();
    const rows = weight.clone().requiresGrad_();
    const options = { scaleGradByFreq: true };
    const y = functional.embeddingBag(indices, bags, { ...options, offsets: tensor([0, 3]), mode: 'sum' });
    const z = functional.embedding(indices, rows, options).reshape(2, 3, 2).sum(1);
    y.mul(
      tensor([
        [1, 2],
        [3, 5],
      ]),
    )
      .sum()
      .backward();
    z.mul(
      tensor([
        [1, 2],
        [3, 5],
      ]),
    )
      .sum()
      .backward();
    const [a, b] = [await bags.grad!.data(), await rows.grad!.data()];
    for (const [i, v] of a.entries()) expect(v).toBeCloseTo(b[i]!, 5);
  });
  test('offsets must start with 0', async () => {
    functional.embeddingBag(tensor([0, 0]), ones([1, 1]), tensor([1]));
    await expect(ones([1]).data()).rejects.toThrow('offsets[0] has to be 0');
  });
  test('the number of classes: from the data, where the host has it', async () => {
    expect(functional.oneHot(tensor([0, 2])).shape).toEqual([2, 3]);
    expect(functional.oneHot(tensor([0, 2]), -1).shape).toEqual([2, 3]);
    expect(functional.oneHot(tensor([0, 2]), { numClasses: 4 }).shape).toEqual([2, 4]);
    expect(() => functional.oneHot(computed([0, 2]))).toThrow(/depends on data .*\n {2}give numClasses/);
    expect(() => functional.oneHot(zeros([0], { dtype: 'int32' }))).toThrow('Can not infer total number of classes');
  });
});
