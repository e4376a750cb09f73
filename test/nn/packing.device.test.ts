/** torch.nn.utils.rnn. Numbers in the first tests are those of PyTorch's documentation and of PyTorch 2.13. */
import { beforeAll, describe, expect, test } from 'vitest';
import { arange, engineStats, flush, init, noGrad, randn, type Tensor, tensor, zeros } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';
import { testDevice } from '../device.ts';

const {
  PackedSequence,
  packPaddedSequence,
  padPackedSequence,
  packSequence,
  padSequence,
  unpackSequence,
  unpadSequence,
} = nn.utils.rnn;
const { invertPermutation } = nn.utils.rnn;
const lists = (ts: readonly (Tensor | null)[]): Promise<unknown[]> =>
  Promise.all(ts.map(async (t) => (t ? t.tolist() : null)));
const floats = (data: number[][] | number[]): Tensor => tensor(data, { dtype: 'float32' });

beforeAll(() => init({ device: testDevice }));

describe('packing', () => {
  test('unsorted sequences', async () => {
    const padded = tensor([
      [1, 2, 0],
      [3, 0, 0],
      [4, 5, 6],
    ]);
    const packed = packPaddedSequence(padded, [2, 1, 3], { batchFirst: true, enforceSorted: false });
    expect(await lists([...packed])).toEqual([
      [4, 1, 3, 5, 2, 6],
      [3, 2, 1],
      [2, 0, 1],
      [1, 2, 0],
    ]);
    expect(await lists(padPackedSequence(packed, true))).toEqual([await padded.tolist(), [2, 1, 3]]);
    expect(await lists(unpackSequence(packed))).toEqual([[1, 2], [3], [4, 5, 6]]);
    expect(await packed.toStringAsync()).toMatch(
      /^PackedSequence\(data=tensor\(\[4, 1, 3, 5, 2, 6\].*\), batch_sizes=tensor\(\[3, 2, 1\].*\), sorted_indices=tensor\(\[2, 0, 1\].*\), unsorted_indices=tensor\(\[1, 2, 0\].*\)\)$/,
    );
  });
  test('sorted sequences have no indices, and lose what stands beyond all lengths', async () => {
    const packed = packPaddedSequence(arange(8).reshape(4, 2), tensor([3, 1]));
    expect(await lists([...packed])).toEqual([[0, 1, 2, 4], [2, 1, 1], null, null]);
    expect(await lists(padPackedSequence(packed))).toEqual([
      [
        [0, 1],
        [2, 0],
        [4, 0],
      ],
      [3, 1],
    ]);
  });
  test('the lengths that come out go in again', async () => {
    const packed = packSequence([tensor([1]), tensor([2, 3, 4])], { enforceSorted: false });
    const [padded, lengths] = padPackedSequence(packed);
    const again = packPaddedSequence(padded, lengths, { enforceSorted: false });
    expect(await again.data.tolist()).toEqual([2, 1, 3, 4]);
    expect(await lists(unpadSequence(padded, lengths))).toEqual([[1], [2, 3, 4]]);
    const [, last] = [lengths.at([0, 1]), lengths.at([1, 2])];
    expect(await lists(unpadSequence(padded.at(':', [1, 2]), last))).toEqual([[2, 3, 4]]);
  });
  test.each<[string, object, unknown]>([
    [
      'totalLength and paddingValue',
      { totalLength: 4, paddingValue: -1.5 },
      [
        [1, 3],
        [2, -1.5],
        [-1.5, -1.5],
        [-1.5, -1.5],
      ],
    ],
    [
      'batch first',
      { totalLength: 3, batchFirst: true },
      [
        [1, 2, 0],
        [3, 0, 0],
      ],
    ],
  ])('padding with %s', async (_, options, expected) => {
    const packed = packSequence([floats([1, 2]), floats([3])]);
    expect(await padPackedSequence(packed, options)[0].tolist()).toEqual(expected);
  });
  test('rows and block are two readings of the same numbers', async () => {
    const x = floats([
      [1, 2],
      [3, 4],
    ]);
    const packed = packPaddedSequence(x, [2, 1]);
    x.zero_();
    expect(await packed.data.tolist()).toEqual([1, 2, 3]);
    packed.data.mul_(10);
    expect(await padPackedSequence(packed)[0].tolist()).toEqual([
      [10, 20],
      [30, 0],
    ]);
    const [padded] = padPackedSequence(packed);
    padded.zero_();
    expect(await packed.data.tolist()).toEqual([10, 20, 30]);
  });
  test('gradients reach what was packed, and nothing beyond the lengths', async () => {
    const x = floats([
      [1, 2],
      [3, 4],
    ]).requiresGrad_();
    const packed = packPaddedSequence(x, [2, 1]);
    const data = noGrad(() => packed.data);
    const [padded] = padPackedSequence(new PackedSequence(data.square(), packed.batchSizes));
    padded.sum().add(data.sum()).backward();
    expect(await x.grad!.tolist()).toEqual([
      [3, 5],
      [7, 0],
    ]);
  });
  test('to another dtype', async () => {
    const packed = packSequence([tensor([1, 2]), tensor([3])]);
    expect(packed.to('int32')).toBe(packed);
    const other = packed.to('float32');
    expect(other.data.dtype).toBe('float32');
    expect(await other.data.tolist()).toEqual([1, 3, 2]);
    expect(other.lengths).toEqual([2, 1]);
  });
  test('a list of sequences', async () => {
    const list = [tensor([1, 2]), tensor([3, 4, 5]), tensor([6])];
    const right = { batchFirst: true, paddingValue: 7.9 };
    expect(await padSequence(list, right).tolist()).toEqual([
      [1, 2, 7],
      [3, 4, 5],
      [6, 7, 7],
    ]);
    expect(await padSequence(list, { paddingSide: 'left' }).tolist()).toEqual([
      [0, 3, 0],
      [1, 4, 0],
      [2, 5, 6],
    ]);
    const mixed = padSequence([tensor([true]), tensor([0, 2])], true, 3);
    expect(mixed.dtype).toBe('bool');
    expect(await mixed.tolist()).toEqual([
      [true, true],
      [false, true],
    ]);
    expect(padSequence(zeros([3, 4, 2])).shape).toEqual([4, 3, 2]);
  });
  test('permutations', async () => {
    expect(await invertPermutation(tensor([2, 0, 1]))!.tolist()).toEqual([1, 2, 0]);
    expect(invertPermutation(null)).toBe(null);
  });
});

describe('training on packed sequences', () => {
  test('other lengths run the same plan, and padding adds no gradient', async () => {
    const lstm = new nn.LSTM(2, 3, { bidirectional: true });
    const head = new nn.Linear(6, 1);
    const optimizer = new optim.SGD([...lstm.parameters(), ...head.parameters()], { lr: 0.1 });
    const x = randn([3, 4, 2]);
    const step = (lengths: number[]): void => {
      optimizer.zeroGrad();
      const packed = packPaddedSequence(x, lengths, { enforceSorted: false });
      const [output] = lstm.forward(packed);
      head.forward(padPackedSequence(output)[0]).square().mean().backward();
      optimizer.step();
    };
    for (let i = 0; i < 3; i++) step([3, 2, 1, 1]);
    await flush();
    const before = engineStats();
    for (const lengths of [
      [1, 2, 3, 3],
      [3, 3, 3, 3],
      [2, 1, 1, 3],
    ])
      step(lengths);
    await flush();
    const after = engineStats();
    expect(after.planMisses - before.planMisses).toBe(0);
    expect(after.planHits - before.planHits).toBe(3);
  });
  test('what a layer returns is kept, packed too', async () => {
    const gru = new nn.GRU(1, 1);
    const packed = packSequence([floats([[1], [2]]), floats([[3]])]);
    const [output] = noGrad(() => gru.forward(packed));
    const expected = await padPackedSequence(output)[0].tolist();
    // A later write to a weight would make a recomputed output fail, or differ.
    noGrad(() => gru.weightIhL0!.zero_());
    expect(await padPackedSequence(output)[0].tolist()).toEqual(expected);
  });
});
