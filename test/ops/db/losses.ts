/** Losses of numbers, and losses with margins. */
import { functional, type Tensor } from '../../../src/index.ts';
import { f, int, type OpCase, type Operand, type Options, op, type Sample } from './kit.ts';

type Reduction = 'mean' | 'sum' | 'none';
type Loss = (...args: (Tensor | object)[]) => Tensor;
const call = (name: string): Loss => functional[name as 'l1Loss'] as Loss;

interface Spec {
  readonly inputs: readonly Operand[];
  /** Further samples: options, and other inputs. */
  readonly more?: readonly {
    readonly options?: Options;
    readonly inputs?: readonly Operand[];
    readonly extreme?: true;
  }[];
  readonly constants?: readonly number[];
  readonly errors?: OpCase['errors'];
}
const reductions: readonly Reduction[] = ['mean', 'sum', 'none'];
const wrong = { reduction: 'average' } as const;

/** A loss under each reduction, and with further options and inputs. */
function loss(name: string, { inputs, more = [], constants, errors = [] }: Spec): OpCase {
  const samples: Sample[] = [
    ...reductions.map((reduction) => ({ inputs, options: { reduction } })),
    ...more.map((s) => ({
      inputs: s.inputs ?? inputs,
      options: s.options ?? {},
      ...(s.extreme && { extreme: s.extreme }),
    })),
  ];
  return op<Options>({
    name,
    call: (o, ...tensors) => call(name)(...tensors, o),
    samples,
    ...(constants && { constants }),
    errors: [
      {
        inputs,
        options: wrong,
        error: 'OptionError',
        message: /^average is not( a)? valid/,
      },
      ...errors,
    ],
  });
}
const probability = (shape: readonly number[]) => f(shape, { range: [0.05, 0.95] });
const positive = (shape: readonly number[]) => f(shape, { range: [0.2, 3] });
const signs = (shape: readonly number[], values: readonly number[]) => f(shape, { values });
const three = (shape: readonly number[]) => [f(shape), f(shape), f(shape)];

export const lossesOps: readonly OpCase[] = [
  loss('l1Loss', {
    inputs: [f([3, 4]), f([3, 4])],
    more: [{ inputs: [f([]), f([])] }, { inputs: [f([2, 3], { view: 'transposed' }), f([2, 3])] }],
  }),
  loss('smoothL1Loss', {
    inputs: [f([3, 4]), f([3, 4])],
    more: [{ options: { beta: 0.3 } }, { options: { beta: 0 } }],
  }),
  loss('huberLoss', { inputs: [f([3, 4]), f([3, 4])], more: [{ options: { delta: 0.3 } }] }),
  loss('klDiv', {
    inputs: [f([3, 4], { range: [-4, -0.1] }), probability([3, 4])],
    more: [
      { options: { reduction: 'batchmean' } },
      {
        options: { logTarget: true, reduction: 'sum' },
        inputs: [f([3, 4], { range: [-4, -0.1] }), f([3, 4], { range: [-4, -0.1] })],
      },
      { inputs: [f([3], { range: [-4, -0.1] }), f([3], { values: [0, 1, 0.5] })], extreme: true },
    ],
  }),
  loss('poissonNllLoss', {
    inputs: [f([2, 3]), f([2, 3], { values: [0, 1, 2, 3, 7, 1] })],
    constants: [1],
    more: [
      { options: { full: true } },
      {
        options: { logInput: false, eps: 0.01 },
        inputs: [positive([2, 3]), f([2, 3], { values: [0, 1, 2, 3, 7, 1] })],
      },
    ],
  }),
  loss('gaussianNllLoss', {
    inputs: [f([3, 4]), f([3, 4]), positive([3, 4])],
    more: [
      { options: { full: true }, inputs: [f([3, 4]), f([3, 4]), positive([3])] },
      { inputs: [f([3, 4]), f([3, 4]), positive([3, 1])] },
    ],
  }),
  loss('binaryCrossEntropy', { inputs: [probability([3, 4]), probability([3, 4])], constants: [1] }),
  loss('hingeEmbeddingLoss', {
    inputs: [f([2, 3]), signs([2, 3], [1, -1, -1, 1, 1, -1])],
    constants: [1],
    more: [{ options: { margin: 0.3 } }],
  }),
  loss('marginRankingLoss', {
    inputs: [f([5]), f([5]), signs([5], [1, -1, -1, 1, 1])],
    constants: [2],
    more: [{ options: { margin: 0.5 } }],
    errors: [
      {
        inputs: [f([2]), f([2]), f([2, 1])],
        error: 'ShapeError',
        message: /^margin_ranking_loss : All input tensors should have same dimension/,
      },
    ],
  }),
  loss('softMarginLoss', {
    inputs: [f([2, 3], { range: [-40, 40] }), signs([2, 3], [1, -1, -1, 1, 1, -1])],
    constants: [1],
  }),
  loss('multiMarginLoss', {
    inputs: [f([3, 4]), int([3], [0, 3, 1])],
    more: [{ options: { p: 2, margin: 0.5 } }, { inputs: [f([4]), int([], [2])], options: { reduction: 'none' } }],
    errors: [
      {
        inputs: [f([3, 4]), int([2], [0, 3])],
        error: 'ShapeError',
        message: /Expected target size \[3\], but got \[2\]/,
      },
      { inputs: [f([3, 4]), int([3], [0, 4, 1])], error: 'ShapeError', message: /target out of range/ },
    ],
  }),
  loss('multilabelMarginLoss', {
    inputs: [f([2, 4]), int([2, 4], [3, 0, -1, 1, 1, -1, -1, -1])],
    more: [
      { inputs: [f([4]), int([4], [3, 0, 1, 2])] },
      { inputs: [f([3]), int([3], [-1, 0, 1])], options: { reduction: 'none' } },
    ],
  }),
  loss('multilabelSoftMarginLoss', {
    inputs: [f([2, 3]), signs([2, 3], [1, 0, 0, 1, 1, 0])],
    constants: [1],
  }),
  loss('cosineEmbeddingLoss', {
    inputs: [f([3, 4]), f([3, 4]), signs([3], [1, -1, -1])],
    constants: [2],
    more: [{ options: { margin: 0.2 } }, { inputs: [f([4]), f([4]), signs([], [-1])] }],
    errors: [{ inputs: [f([3, 4]), f([3, 4]), f([3, 4])], error: 'ShapeError', message: /target tensor expect/ }],
  }),
  loss('tripletMarginLoss', {
    inputs: three([3, 4]),
    more: [{ options: { margin: 0.5, p: 1, swap: true } }, { options: { p: 3 } }],
    errors: [
      {
        inputs: [f([2, 3]), f([3]), f([2, 3])],
        error: 'ShapeError',
        message: /^The anchor, positive, and negative tensors are expected to have the same number of dimensions/,
      },
    ],
  }),
  op<{ reduction?: Reduction; ignoreIndex?: number; labelSmoothing?: number }>({
    name: 'linearCrossEntropy',
    call: (o, x, weight, target, linearBias) =>
      functional.linearCrossEntropy(x, weight!, target!, { ...o, linearBias: linearBias ?? null }),
    samples: [
      { inputs: [f([4, 3]), f([5, 3]), int([4], [0, 4, 2, 2])] },
      { inputs: [f([3]), f([5, 3]), int([], [2])], options: { reduction: 'sum' } },
      { inputs: [f([4, 3]), f([2, 3, 3]), int([4, 3], undefined, [0, 2]), f([2, 3])], options: { reduction: 'none' } },
      {
        inputs: [f([4, 3]), f([5, 3]), int([4], [0, 4, 2, 2]), f([5])],
        options: { ignoreIndex: 2, labelSmoothing: 0.1 },
      },
      { inputs: [f([4, 3]), f([5, 3]), f([4, 5], { range: [0, 1] })] },
    ],
    errors: [
      {
        inputs: [f([2, 3, 3]), f([2, 3]), f([3, 2])],
        error: 'ShapeError',
        message: /^expected input with dimensionality 1 or 2, got 3/,
      },
      {
        inputs: [f([2, 3]), f([2]), f([2, 2])],
        error: 'ShapeError',
        message: /^expected linear_weight with dimensionality at least 2, got 1/,
      },
      {
        inputs: [f([2, 3]), f([2, 4]), f([2, 2])],
        error: 'ShapeError',
        message: /^expected equal input and linear_weight last dimensions \(in_features\), got 3 and 4, respectively/,
      },
      {
        inputs: [f([2, 3]), f([2, 3]), f([2, 2])],
        options: { ignoreIndex: 0 },
        error: 'OptionError',
        message: /^ignore_index cannot be specified when target contains probabilities/,
      },
      {
        inputs: [f([3]), f([2, 4, 3]), f([2, 4])],
        error: 'ShapeError',
        message:
          /^K-dimensional loss defined by linear_weight shape \(2, 4, 3\) requires batched input, \(N, 3\), got unbatched/,
      },
      {
        inputs: [f([2, 3]), f([2, 3]), int([2], [0, 1]), f([3])],
        error: 'ShapeError',
        message: /^expected linear_bias shape \(2,\), got \(3,\)/,
      },
    ],
  }),
];
