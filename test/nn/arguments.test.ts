/** Constructors: what they refuse, and with which words. Containers. Text of numbers. */
import { describe, expect, test, vi } from 'vitest';
import { OptionError, ones, randn, ShapeError, type Tensor, tensor } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import { pythonFloat, pythonTuple } from '../../src/nn/repr.ts';

describe('options', () => {
  test.each<[string, () => unknown, string]>([
    [
      'unknown',
      () => new nn.Linear(1, 1, { bais: false } as never),
      "Linear() got an unexpected option 'bais'; did you mean 'bias'?",
    ],
    [
      'positional bias',
      () => new nn.Linear(1, 1, false as never),
      'Linear: optional arguments go by name, in one object that comes last: { bias: false }',
    ],
    ['sizes', () => new nn.Linear(1.5, 1), 'Linear: inFeatures must be an integer of at least 0, got 1.5'],
    [
      'missing sizes',
      () => new (nn.Linear as new (n: number) => nn.Linear)(1),
      'Linear: outFeatures must be an integer of at least 0, got undefined',
    ],
    [
      'positional stride and padding',
      () => new nn.Conv2d(...([3, 8, 3, 1, [1, 0]] as unknown as [3, 8, 3])),
      'Conv2d: optional arguments go by name, in one object that comes last: { stride: 1, padding: [1, 0] }',
    ],
    [
      'kernel',
      () => new nn.Conv2d(1, 1, [3, 3, 3]),
      'Conv2d: kernelSize must be an integer of at least 1 or two of them, got [3, 3, 3]',
    ],
    ['stride', () => new nn.Conv2d(1, 1, 3, { stride: 0 }), 'Conv2d: stride must be'],
    ['padding', () => new nn.Conv2d(1, 1, 3, { padding: -1 }), 'Conv2d: padding must be'],
    [
      'padding string',
      () => new nn.Conv2d(1, 1, 3, { padding: 'full' as never }),
      "Invalid padding string 'full', should be one of {'valid', 'same'}",
    ],
    [
      'padding same',
      () => new nn.Conv2d(1, 1, 3, { padding: 'same', stride: 2 }),
      "padding='same' is not supported for strided convolutions",
    ],
    [
      'padding mode',
      () => new nn.Conv2d(1, 1, 3, { paddingMode: 'full' as never }),
      "padding_mode must be one of {'zeros', 'reflect', 'replicate', 'circular'}, but got padding_mode='full'",
    ],
    ['groups', () => new nn.Conv2d(3, 4, 1, { groups: 2 }), 'in_channels must be divisible by groups'],
    ['groups of results', () => new nn.Conv2d(4, 3, 1, { groups: 2 }), 'out_channels must be divisible by groups'],
    ['no groups', () => new nn.Conv2d(4, 4, 1, { groups: 0 }), 'groups must be a positive integer'],
    ['pooling', () => new nn.MaxPool2d(0), 'MaxPool2d: kernelSize must be'],
    ['pooling stride', () => new nn.AvgPool2d(2, { stride: [1, 0] }), 'AvgPool2d: stride must be'],
    [
      'pooling option',
      () => new nn.AvgPool2d(2, { dilation: 1 } as never),
      "AvgPool2d() got an unexpected option 'dilation'",
    ],
    ['dropout', () => new nn.Dropout(2), 'dropout probability has to be between 0 and 1, but got 2'],
    ['gelu', () => new nn.GELU({ approximate: 'erf' as never }), 'approximate argument must be either none or tanh.'],
    ['softmax along no integer', () => new nn.Softmax(0.5), 'classes are usually along dim 1: new nn.Softmax(1)'],
    [
      'options of a transposed one, some by position',
      () => new nn.ConvTranspose2d(...([3, 8, 3, 2, { bias: false }] as unknown as [3, 8, 3])),
      '{ stride: 2, bias: false }',
    ],
    [
      'a required argument by name',
      () => new nn.Conv2d(3, 8, { kernelSize: 3 } as never),
      'options come last, in one object, after the required arguments',
    ],
    ['leaky relu', () => new nn.LeakyReLU('0.1' as never), 'LeakyReLU: negativeSlope must be a number, got string'],
    ['batch norm', () => new nn.BatchNorm2d(3, { moment: 1 } as never), "did you mean 'momentum'"],
    ['layer norm', () => new nn.LayerNorm([]), 'Expected normalized_shape to be at least 1-dimensional'],
    ['embedding', () => new nn.Embedding(3, 2, { paddingIdx: 3 }), 'Padding_idx must be within num_embeddings'],
    [
      'pretrained',
      () => nn.Embedding.fromPretrained(ones([3])),
      'Embeddings parameter is expected to be 2-dimensional',
    ],
    [
      'loss',
      () => new nn.CrossEntropyLoss({ reduction: 'average' as never }),
      'average is not a valid value for reduction',
    ],
    ['loss option', () => new nn.MSELoss({ weight: 1 } as never), "MSELoss() got an unexpected option 'weight'"],
    [
      'dtype',
      () => new nn.Linear(1, 1, { dtype: 'int32' }),
      'only Tensors of floating point dtype can require gradients',
    ],
    [
      'target',
      () => new nn.MSELoss().forward(ones([1]), 1 as never),
      "MSELoss(): argument 'target' must be Tensor, not 1",
    ],
    [
      'relu of an array',
      () => new nn.ReLU().forward(Float32Array.of(1) as never),
      "ReLU(): argument 'input' must be Tensor, not Float32Array",
    ],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message);
  });
  test('dtype and device reach parameters and buffers', () => {
    const layer = new nn.BatchNorm1d(2, { dtype: 'float64', device: 'cpu' });
    expect([...layer.stateDict().values()].map((t) => t.dtype)).toEqual([
      'float64',
      'float64',
      'float64',
      'float64',
      'int32',
    ]);
    expect(layer.parameters().every((p) => p.device === 'cpu')).toBe(true);
  });
});

describe('Sequential', () => {
  test('has a length, positions and an order', () => {
    const [a, b] = [new nn.ReLU(), new nn.Tanh()];
    const model = new nn.Sequential<nn.Module>(a, b);
    expect(model.length).toBe(2);
    expect([model.at(0), model.at(-1), ...model]).toEqual([a, b, a, b]);
    expect(() => model.at(2)).toThrow('index 2 is out of range');
    const c = new nn.Sigmoid();
    expect(model.append(c).at(2)).toBe(c);
    const many = new nn.Sequential(...Array.from({ length: 12 }, () => new nn.ReLU()));
    expect([...many.namedChildren()].map(([name]) => name)).toEqual(Array.from({ length: 12 }, (_, i) => String(i)));
  });
  test('takes names from an object or a Map', async () => {
    const make = () => ({ hidden: new nn.Linear(2, 3), act: new nn.ReLU() });
    for (const model of [
      new nn.Sequential(make()),
      new nn.Sequential(new Map<string, nn.Module>(Object.entries(make()))),
    ]) {
      expect([...model.stateDict().keys()]).toEqual(['hidden.weight', 'hidden.bias']);
      expect(String(model)).toBe(
        'Sequential(\n  (hidden): Linear(in_features=2, out_features=3, bias=True)\n  (act): ReLU()\n)',
      );
      expect(model.forward(ones([1, 2])).shape).toEqual([1, 3]);
    }
    expect(new nn.Sequential({}).length).toBe(0);
  });
  test('empty, it returns its input', () => {
    const x = ones([2]);
    expect(new nn.Sequential().forward(x)).toBe(x);
  });
  test.each<[string, () => unknown, string]>([
    [
      'a function',
      () => new nn.Sequential(new nn.ReLU(), Math.abs as never),
      "Sequential: entry '1' must be a Module, got a function (abs)",
    ],
    [
      'a class',
      () => new nn.Sequential(nn.ReLU as never, new nn.ReLU()),
      "entry '0' must be a Module, got a function (ReLU)",
    ],
    ['nothing', () => new nn.Sequential(null as never, new nn.ReLU()), "entry '0' must be a Module, got null"],
    ['a dot', () => new nn.Sequential({ 'a.b': new nn.ReLU() }), 'module name can\'t contain ".", got: a.b'],
    ['no name', () => new nn.Sequential({ '': new nn.ReLU() }), 'module name can\'t be empty string ""'],
    ['a taken name', () => new nn.Sequential({ forward: new nn.ReLU() }), "attribute 'forward' already exists"],
    ['ModuleList of several', () => new nn.ModuleList(new nn.ReLU() as never), 'new nn.ModuleList([a, b])'],
    [
      'ModuleList called',
      () => new nn.ModuleList([new nn.ReLU()]).forward(),
      'Module [ModuleList] is missing the required "forward" function',
    ],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(OptionError);
    expect(make).toThrow(message);
  });
});

describe('text', () => {
  test.each([
    [1, '1.0'],
    [0, '0.0'],
    [0.1, '0.1'],
    [1e-5, '1e-05'],
    [1.5e-7, '1.5e-07'],
    [0.0001, '0.0001'],
    [123456.5, '123456.5'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [-2.5, '-2.5'],
    [1e-12, '1e-12'],
    [1e100, '1e+100'],
    [Number.POSITIVE_INFINITY, 'inf'],
    [Number.NaN, 'nan'],
    [-0, '-0.0'],
  ])('%s as Python writes it', (value, text) => {
    expect(pythonFloat(value)).toBe(text);
  });
  test('tuples', () => {
    expect([pythonTuple([3]), pythonTuple([3, 4])]).toEqual(['(3,)', '(3, 4)']);
  });
  test('settings of several lines', () => {
    class Shown extends nn.Module {
      override forward(x: Tensor): Tensor {
        return x;
      }
      override extraRepr(): string {
        return 'a=1\nb=2';
      }
    }
    expect(String(new Shown())).toBe('Shown(\n  a=1\n  b=2\n)');
  });
});

describe("PyTorch's warnings", () => {
  const warned = (fn: () => unknown): unknown[] => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    fn();
    const said = warn.mock.calls.map(([text]) => String(text).split('\n')[0]);
    warn.mockRestore();
    return said;
  };
  test('dropout between the layers of a single one', () => {
    expect(warned(() => new nn.GRU(2, 3, { numLayers: 2, dropout: 0.5 }))).toEqual([]);
    expect(warned(() => new nn.GRU(2, 3, { dropout: 0.5 }))).toEqual([
      'dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers greater than 1, but got dropout=0.5 and num_layers=1',
    ]);
  });
  test('softmax along the dim that it chooses itself', async () => {
    const layers: nn.Module[] = [];
    expect(warned(() => layers.push(new nn.Softmax(), new nn.LogSoftmax(), new nn.Softmin()))).toEqual(
      ['softmax', 'log_softmax', 'softmin'].map(
        (name) =>
          `Implicit dimension choice for ${name} has been deprecated. Change the call to include dim=X as an argument.`,
      ),
    );
    expect(String(layers[0])).toBe('Softmax(dim=None)');
    const sums = (x: Tensor, dim: number) =>
      (layers[0] as nn.Softmax).forward(x).sum(dim).round({ decimals: 5 }).tolist();
    expect(await sums(randn([3, 2]), 1)).toEqual([1, 1, 1]);
    expect(await sums(randn([3, 1, 2]), 0)).toEqual([[1, 1]]);
  });
});

describe('utils', () => {
  test('arguments', () => {
    const w = tensor([1, 2], { dtype: 'float32', requiresGrad: true });
    expect(() => nn.utils.clipGradNorm_([w], 1, { norm_type: 1 } as never)).toThrow("did you mean 'normType'");
    expect(() => nn.utils.clipGradNorm_([w], 1, { normType: 0 })).toThrow(OptionError);
    expect(() => nn.utils.clipGradNorm_([1] as never, 1)).toThrow("argument 'parameters' must be Tensor, not 1");
    expect(() => nn.utils.clipGradValue_([w], -1)).toThrow(OptionError);
    expect(() => nn.utils.vectorToParameters(ones([3]), [w])).toThrow(ShapeError);
  });
});
