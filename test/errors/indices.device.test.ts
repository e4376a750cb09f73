/** Labels, indices and probabilities out of range: refused at the call where the host knows them, else by the next read. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  bernoulli,
  DTypeError,
  flush,
  functional,
  GradError,
  init,
  memoryStats,
  OptionError,
  ones,
  ShapeError,
  scope,
  synchronize,
  type Tensor,
  tensor,
} from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import { testDevice } from '../device.ts';
import { eachRefusal, wild } from './refusals.ts';

const { crossEntropy, embedding, nllLoss, oneHot } = functional;
let x: Tensor;
beforeAll(() => init({ device: testDevice }));
beforeEach(() => {
  x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]).float();
});
/** Numbers that only the device knows. */
const computed = (data: number[] | number[][]): Tensor<'int32'> => tensor(data).add(0).int();
const works = async () => expect(await x.sum().item()).toBe(21);

describe('known on the host: at the call', () => {
  eachRefusal([
    [
      'label',
      () => crossEntropy(x, tensor([0, 7])),
      ShapeError,
      'Target 7 is out of bounds.\n  in crossEntropy: labels must be in [0, 2]',
    ],
    ['negative label', () => nllLoss(x, tensor([0, -1])), ShapeError, 'Target -1 is out of bounds.'],
    ['label beside an ignored one', () => crossEntropy(x, tensor([-100, 3])), ShapeError, 'Target 3 is out of bounds.'],
    [
      'label in a layer',
      () => new nn.CrossEntropyLoss().forward(x, tensor([0, 3])),
      ShapeError,
      /^Target 3 .*\n.*\n {2}in CrossEntropyLoss/,
    ],
    ['gather', () => x.gather(0, tensor([[5]])), ShapeError, 'index 5 is out of bounds for dimension 0 with size 2'],
    [
      'negative',
      () => x.gather(1, tensor([[-1]])),
      ShapeError,
      'index -1 is out of bounds for dimension 1 with size 3',
    ],
    ['indexSelect', () => x.indexSelect(0, tensor([5])), ShapeError, 'index 5 out of range'],
    [
      'scatterAdd',
      () => x.scatterAdd(0, tensor([[5]]), x),
      ShapeError,
      'index 5 is out of bounds for dimension 0 with size 2',
    ],
    ['at', () => x.at(tensor([5])), ShapeError, 'index 5 is out of bounds for dimension 0 with size 2'],
    [
      'at, from the end',
      () => x.at(':', tensor([-4])),
      ShapeError,
      'index -4 is out of bounds for dimension 1 with size 3',
    ],
    ['embedding', () => embedding(tensor([5]), x), ShapeError, 'index 5 out of range\n  in embedding'],
    ['one-hot', () => oneHot(tensor([5]), 3), ShapeError, 'Class values must be smaller than num_classes.'],
    ['negative class', () => oneHot(tensor([-1]), 3), ShapeError, 'Class values must be non-negative.'],
    ['no classes', () => oneHot(tensor([1]), 0), OptionError, 'oneHot: numClasses must be a positive integer, got 0'],
    ['float index', () => x.gather(0, wild(ones([1, 1]))), DTypeError, 'gather(): Expected dtype int32 for index'],
  ]);
  test('a part of the data is judged by itself', async () => {
    const pairs = tensor([
      [0, 9],
      [1, 9],
    ]);
    expect(await x.indexSelect(0, pairs.at(':', 0)).at(':', 0).tolist()).toEqual([1, 4]);
    expect(await crossEntropy(x, pairs.at(':', 0)).item()).toBeCloseTo(1.9076, 4);
    await expect(x.indexSelect(0, pairs.at(':', 1)).data()).rejects.toThrow('index out of range');
    await works();
  });
  test('ignored labels are within range, whatever they are', async () => {
    const alone = await crossEntropy(x.at([0, 1]), tensor([1])).item();
    for (const ignoreIndex of [-100, 255, 2]) {
      expect(await crossEntropy(x, tensor([1, ignoreIndex]), { ignoreIndex }).item()).toBeCloseTo(alone, 5);
      expect(await nllLoss(x, tensor([1, ignoreIndex]), { ignoreIndex }).item()).toBe(-2);
    }
  });
  test('what was written in place is no longer known', async () => {
    const labels = tensor([0, 1]);
    labels.add_(5);
    await expect(crossEntropy(x, labels).item()).rejects.toThrow('is out of bounds');
    labels.sub_(5);
    expect(await crossEntropy(x, labels).item()).toBeCloseTo(1.9076, 4);
  });
});

describe('computed on the device: by the next read', () => {
  test.each<[string, () => Tensor, string]>([
    ['label', () => crossEntropy(x, computed([0, 7])), 'Target computed on the device is out of bounds.'],
    [
      'smoothed',
      () => crossEntropy(x, computed([0, 7]), { labelSmoothing: 0.1 }),
      'Target computed on the device is out of',
    ],
    [
      'label beside an ignored one',
      () => nllLoss(x, computed([-100, -1])),
      'Target computed on the device is out of bounds.',
    ],
    [
      'gather',
      () => x.gather(0, computed([[5]])),
      'index computed on the device is out of bounds for dimension 0 with size 2',
    ],
    ['indexSelect', () => x.indexSelect(0, computed([5])), 'index out of range'],
    ['scatterAdd', () => x.scatterAdd(0, computed([[5]]), x), 'index computed on the device is out of bounds'],
    ['at', () => x.at(computed([5])), 'index computed on the device is out of bounds'],
    ['at, from the end', () => x.at(computed([-3])), 'index computed on the device is out of bounds'],
    ['embedding', () => embedding(computed([5]), x), 'index out of range'],
    ['one-hot', () => oneHot(computed([5]), 3), 'Class values must be smaller than num_classes.'],
  ])('%s', async (_what, call, words) => {
    const result = call();
    const rejection = await result.data().catch((error: unknown) => error);
    expect(rejection).toBeInstanceOf(ShapeError);
    expect((rejection as Error).message.slice(0, words.length)).toBe(words);
    // Once: the device goes on, and so do other programs.
    await works();
    await result.data();
  });

  test('whatever is read', async () => {
    scope(() => x.indexSelect(0, computed([2])).sum());
    await expect(x.data()).rejects.toThrow(ShapeError);
    await works();
  });

  test('not of an op that was refused', async () => {
    expect(() => x.gather(0, computed([9]))).toThrow(ShapeError);
    expect(() => x.scatterAdd(0, computed([[9]]), wild(x.int()))).toThrow(DTypeError);
    expect(() => crossEntropy(x, computed([9, 9]), { weight: ones([3], { dtype: 'int32' }) })).toThrow(DTypeError);
    expect(() => x.at(computed([9]), computed([0]), computed([0]))).toThrow(ShapeError);
    await works();
  });

  test('probabilities and norms are looked at too', async () => {
    await expect(bernoulli(tensor([0.5, 2])).data()).rejects.toThrow('Expected p_in >= 0 && p_in <= 1 to be true');
    await expect(bernoulli(tensor([Number.NaN])).data()).rejects.toThrow(OptionError);
    const [half, off] = [tensor([0.5, 1]), tensor([0, 1.5])];
    const loss = (input: Tensor, target: Tensor) => functional.binaryCrossEntropy(input, target).item();
    expect(await loss(half, half)).toBeGreaterThan(0);
    await expect(loss(off, half)).rejects.toThrow('all elements of input should be between 0 and 1');
    await expect(loss(half, off)).rejects.toThrow('all elements of target should be between 0 and 1');
    await expect(loss(tensor([0.5, Number.NaN]), half)).rejects.toThrow('all elements of input');
    const w = tensor([1, Number.POSITIVE_INFINITY], { requiresGrad: true });
    w.square().sum().backward();
    await expect(nn.utils.clipGradNorm_([w], 1, { errorIfNonfinite: true }).item()).rejects.toThrow(GradError);
    await works();
  });

  test('also when nothing is read for long, and without piling up', async () => {
    const index = tensor([0, 1]);
    const step = async (i: number) => {
      scope(() => x.indexSelect(0, index.mul(i === 70 ? 2 : 1)).sum()).dispose();
      flush();
      await synchronize();
    };
    for (let i = 0; i < 100; i++) await step(i);
    const { liveBuffers } = memoryStats();
    for (let i = 100; i < 300; i++) await step(i);
    expect(memoryStats().liveBuffers - liveBuffers).toBeLessThan(100);
    await expect(x.data()).rejects.toThrow('index out of range');
    await works();
  });
});
