/** Layers with shapes: what their constructors and forward refuse, and with which words; what they start with. */
import { describe, expect, test } from 'vitest';
import { manualSeed, noGrad, ones, randn, tensor } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';

const wild = (value: unknown): never => value as never;

describe('constructors refuse', () => {
  test.each<[string, () => unknown, string]>([
    [
      'padding mode',
      () => new nn.Conv1d(1, 1, 3, { paddingMode: wild('mirror') }),
      "padding_mode must be one of {'zeros', 'reflect', 'replicate', 'circular'}, but got padding_mode='mirror'",
    ],
    [
      'kernel of a line',
      () => new nn.Conv1d(1, 1, [3, 3]),
      'Conv1d: kernelSize must be an integer of at least 1 or one of them, got [3, 3]',
    ],
    [
      'kernel of a volume',
      () => new nn.Conv3d(1, 1, [3, 3]),
      'Conv3d: kernelSize must be an integer of at least 1 or three of them, got [3, 3]',
    ],
    [
      'same with a stride',
      () => new nn.Conv3d(1, 1, 2, { stride: 2, padding: 'same' }),
      "padding='same' is not supported for strided convolutions",
    ],
    [
      'transposed padding mode',
      () => new nn.ConvTranspose2d(1, 1, 3, { paddingMode: wild('reflect') }),
      'Only "zeros" padding mode is supported for ConvTranspose2d',
    ],
    [
      'transposed padding',
      () => new nn.ConvTranspose2d(1, 1, 3, { padding: wild('same') }),
      "ConvTranspose2d(): argument 'padding' must be an integer or a list of them, not 'same'",
    ],
    [
      'transposed groups',
      () => new nn.ConvTranspose1d(4, 3, 1, { groups: 2 }),
      'out_channels must be divisible by groups',
    ],
    [
      'transposed option',
      () => new nn.ConvTranspose1d(4, 3, 1, { outputPading: 1 } as never),
      "did you mean 'outputPadding'",
    ],
    [
      'too many',
      () => new (nn.MaxPool2d as new (...args: unknown[]) => unknown)(2, 2, 0, 1, false, false, 1),
      'MaxPool2d() takes at most 5 optional arguments',
    ],
    ['twice', () => new nn.MaxPool1d(2, 2, { stride: 1 }), "MaxPool1d() got multiple values for argument 'stride'"],
    [
      'max pooling option',
      () => new nn.MaxPool3d(2, { countIncludePad: true } as never),
      "MaxPool3d() got an unexpected option 'countIncludePad'",
    ],
    [
      'average pooling option',
      () => new nn.AvgPool1d(2, { divisorOverride: 2 } as never),
      "AvgPool1d() got an unexpected option 'divisorOverride'",
    ],
    ['divisor', () => new nn.AvgPool3d(2, { divisorOverride: 0 }), 'divisor must be not zero'],
    [
      'indices',
      () => new nn.MaxPool1d(2, { returnIndices: wild(1) }),
      "MaxPool1d(): argument 'returnIndices' must be true or false, not 1",
    ],
    [
      'adaptive size',
      () => new nn.AdaptiveAvgPool2d([1, 2, 3]),
      "AdaptiveAvgPool2d(): argument 'outputSize' must be an integer, null or a list of 2 of those, not [1, 2, 3]",
    ],
    [
      'adaptive size of a line',
      () => new nn.AdaptiveMaxPool1d(null),
      "AdaptiveMaxPool1d(): argument 'outputSize' must be an integer, not null",
    ],
    [
      'no fractional size',
      () => new nn.FractionalMaxPool2d(2),
      'FractionalMaxPool2d requires specifying either an output size, or a pooling ratio',
    ],
    [
      'two fractional sizes',
      () => new nn.FractionalMaxPool3d(2, 2, 0.5),
      'only one of output_size and output_ratio may be specified',
    ],
    [
      'fractional ratio',
      () => new nn.FractionalMaxPool2d(2, { outputRatio: [0.5, 1] }),
      'output_ratio must be between 0 and 1 (got [0.5, 1])',
    ],
    ['norm', () => new nn.LPPool2d(wild('2'), 2), "LPPool2d(): argument 'normType' must be a number, not '2'"],
    ['padding', () => new nn.ZeroPad2d([1, 2]), 'ZeroPad2d: padding must be'],
    [
      'value',
      () => new nn.ConstantPad1d(1, wild(undefined)),
      "ConstantPad1d(): argument 'value' must be a number, not undefined",
    ],
    [
      'unflattened size',
      () => new nn.Unflatten(1, wild(6)),
      "Unflatten(): argument 'unflattenedSize' must be a list of ints, not 6",
    ],
    ['fold', () => new nn.Fold([4, 5], 0), 'Fold: kernelSize must be'],
    ['unfold', () => new nn.Unfold(2, { paddings: 1 } as never), "did you mean 'padding'"],
    ['shuffle', () => new nn.PixelShuffle(0), 'PixelShuffle: upscaleFactor must be an integer of at least 1, got 0'],
    ['bilinear', () => new nn.Bilinear(0, 2, 3), 'in1_features must be > 0, but got (in1_features=0)'],
    ['distance', () => new nn.PairwiseDistance({ q: 1 } as never), 'PairwiseDistance() got an unexpected option'],
    [
      'upsampling',
      () => new nn.UpsamplingNearest2d({ mode: 'bilinear' } as never),
      'UpsamplingNearest2d() got an unexpected option',
    ],
    [
      'embedding norm',
      () => new nn.Embedding(3, 2, { maxNorm: wild('1') }),
      "Embedding(): argument 'maxNorm' must be a number, not '1'",
    ],
    [
      'embedding weight',
      () => new nn.Embedding(3, 2, { _weight: ones([3, 3]) }),
      'Shape of weight does not match num_embeddings and embedding_dim',
    ],
    ['bag mode', () => new nn.EmbeddingBag(3, 2, { mode: wild('min') }), 'mode has to be one of sum, mean or max'],
    ['bag padding', () => new nn.EmbeddingBag(3, 2, { paddingIdx: -4 }), 'Padding_idx must be within num_embeddings'],
    [
      'pretrained bag',
      () => nn.EmbeddingBag.fromPretrained(ones([3])),
      'Embeddings parameter is expected to be 2-dimensional',
    ],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});

describe('forward refuses', () => {
  test.each<[string, () => unknown, string]>([
    [
      'no tensor',
      () => new nn.Conv3d(1, 1, 1).forward(wild([1])),
      "Conv3d(): argument 'input' must be Tensor, not [1]",
    ],
    [
      'an output size of the wrong length',
      () => new nn.ConvTranspose2d(1, 1, 3).forward(ones([1, 1, 4, 4]), [1]),
      'ConvTranspose2D: for 4D input, output_size must have 2 or 4 elements (got 1)',
    ],
    [
      'an output size that cannot be',
      () => new nn.ConvTranspose2d(1, 1, 3, { stride: 2 }).forward(ones([1, 1, 4, 4]), { outputSize: [9, 11] }),
      'requested an output size of [9, 11], but valid sizes range from [9, 9] to [10, 10] (for an input of torch.Size([4, 4]))',
    ],
    [
      'an unknown option',
      () => new nn.ConvTranspose1d(1, 1, 3).forward(ones([1, 1, 4]), { size: [4] } as never),
      'ConvTranspose1d() got an unexpected option',
    ],
    [
      'a padding larger than the input',
      () => new nn.Conv2d(1, 1, 3, { padding: 4, paddingMode: 'reflect' }).forward(ones([1, 1, 4, 4])),
      'Padding size should be less than the corresponding input dimension',
    ],
    ['the wrong rank', () => new nn.CircularPad2d(1).forward(ones([4, 4])), 'expected 3D or 4D input (got 2D input)'],
    ['no size', () => new nn.Upsample().forward(ones([1, 1, 4])), 'either size or scale_factor should be defined'],
    [
      'a bag without offsets',
      () => new nn.EmbeddingBag(3, 2).forward(tensor([1, 2])),
      'offsets has to be a 1D Tensor but got None',
    ],
    ['an index that is not there', () => new nn.Embedding(3, 2).forward(tensor([3])), 'index 3 out of range'],
  ])('%s', (_, run, message) => {
    expect(run).toThrow(message);
  });
});

describe('initial values', () => {
  /** Uniform in ±bound: nothing is beyond it, and the extremes come close. */
  async function expectUniform(t: { data(): Promise<ArrayLike<number>> }, bound: number): Promise<void> {
    const values = Array.from(await t.data());
    expect(Math.max(...values)).toBeLessThanOrEqual(bound);
    expect(Math.max(...values)).toBeGreaterThan(0.9 * bound);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-bound);
    expect(Math.min(...values)).toBeLessThan(-0.9 * bound);
  }
  test.each<[string, () => nn.Conv1d | nn.ConvTranspose1d | nn.Bilinear, number]>([
    ['Conv1d', () => new nn.Conv1d(8, 60, 5, { groups: 2 }), 1 / Math.sqrt(4 * 5)],
    ['Conv3d', () => new nn.Conv3d(4, 60, [1, 2, 3]), 1 / Math.sqrt(4 * 6)],
    ['ConvTranspose1d', () => new nn.ConvTranspose1d(8, 60, 5), 1 / Math.sqrt(60 * 5)],
    ['ConvTranspose2d', () => new nn.ConvTranspose2d(8, 60, 3, { groups: 2 }), 1 / Math.sqrt(30 * 9)],
    ['Bilinear', () => new nn.Bilinear(9, 5, 60), 1 / 3],
  ])('of %s', async (_, make, bound) => {
    manualSeed(0);
    const layer = make();
    await expectUniform(layer.weight, bound);
    await expectUniform(layer.bias!, bound);
  });
  test('of EmbeddingBag: standard normal, without the padding', async () => {
    manualSeed(0);
    const { weight } = new nn.EmbeddingBag(40, 50, { paddingIdx: 3 });
    expect(await weight.at(3).abs().sum().item()).toBe(0);
    expect(Math.abs((await weight.mean().item()) as number)).toBeLessThan(0.1);
    expect(Math.abs(((await weight.std().item()) as number) - 1)).toBeLessThan(0.1);
  });
});

describe('embeddings', () => {
  test('with maxNorm scale the rows that are looked up, in place', async () => {
    const layer = nn.Embedding.fromPretrained(
      tensor([
        [3.0, 4.0],
        [0.3, 0.4],
        [6.0, 8.0],
      ]),
      { maxNorm: 1, freeze: false },
    );
    const y = layer.forward(tensor([0, 1]));
    const expected = [0.6, 0.8, 0.3, 0.4, 6, 8];
    const scaled = await layer.weight.data();
    for (const [i, v] of expected.entries()) expect(scaled[i]).toBeCloseTo(v, 5);
    y.sum().backward();
    expect(await layer.weight.grad!.tolist()).toEqual([
      [1, 1],
      [1, 1],
      [0, 0],
    ]);
  });
  test('share the memory of what they are made of', async () => {
    const table = ones([2, 2]);
    for (const layer of [
      nn.Embedding.fromPretrained(table),
      nn.EmbeddingBag.fromPretrained(table),
      new nn.Embedding(2, 2, { _weight: table }),
    ]) {
      noGrad(() => layer.weight.add_(1));
    }
    expect(await table.tolist()).toEqual([
      [4, 4],
      [4, 4],
    ]);
  });
  test('made of given vectors are frozen, unless told', () => {
    const table = ones([2, 2]);
    expect(nn.EmbeddingBag.fromPretrained(table).weight.requiresGrad).toBe(false);
    expect(nn.EmbeddingBag.fromPretrained(table, { freeze: false }).weight.requiresGrad).toBe(true);
    expect(new nn.Embedding(2, 2, { _freeze: true }).weight.requiresGrad).toBe(false);
  });
  test('are sparse in name only', () => {
    expect(String(new nn.Embedding(3, 2, { sparse: true }))).toBe('Embedding(3, 2, sparse=True)');
  });
});

test('pooling goes back to where it came from', async () => {
  const pool = new nn.MaxPool2d(2, { returnIndices: true });
  const x = randn([1, 2, 5, 5]);
  const [y, indices] = pool.forward(x);
  const back = new nn.MaxUnpool2d(2).forward(y, indices, { outputSize: x.shape });
  expect(back.shape).toEqual(x.shape);
  expect(await new nn.MaxPool2d(2).forward(back.add(x.mul(0))).data()).toEqual(await y.clamp(0).data());
});
test('fractional pooling draws its windows anew, unless told', async () => {
  const x = randn([1, 1, 40, 40]);
  const layer = new nn.FractionalMaxPool2d(2, { outputRatio: 0.6 });
  expect(await layer.forward(x).data()).not.toEqual(await layer.forward(x).data());
  expect([...layer.stateDict().keys()]).toEqual([]);
});
