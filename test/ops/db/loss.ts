import { functional } from '../../../src/index.ts';
import { f, int, type OpCase, op } from './kit.ts';

type Reduction = 'mean' | 'sum' | 'none';
interface Nll {
  readonly ignoreIndex?: number;
  readonly reduction?: Reduction;
}
interface CrossEntropy extends Nll {
  readonly labelSmoothing?: number;
}
const classes = (shape: readonly number[], n: number) => int(shape, undefined, [0, n]);
const weights = (n: number) => f([n], { range: [0.2, 2] });
const logProbabilities = (shape: readonly number[]) => f(shape, { range: [-4, -0.1] });

export const lossOps: readonly OpCase[] = [
  op<CrossEntropy>({
    name: 'crossEntropy',
    call: (o, x, target, weight) => functional.crossEntropy(x, target, { ...(weight && { weight }), ...o }),
    constants: [2],
    samples: [
      { inputs: [f([4, 5]), classes([4], 5)] },
      { inputs: [f([4, 5]), classes([4], 5)], options: { reduction: 'sum' } },
      { inputs: [f([4, 5]), classes([4], 5)], options: { reduction: 'none' } },
      { inputs: [f([4, 5]), classes([4], 5), weights(5)] },
      { inputs: [f([4, 5]), classes([4], 5), weights(5)], options: { reduction: 'none' } },
      { inputs: [f([4, 5]), int([4], [1, -100, 4, -100])] },
      { inputs: [f([4, 5]), int([4], [1, 2, 4, 2]), weights(5)], options: { ignoreIndex: 2 } },
      { inputs: [f([4, 5]), classes([4], 5)], options: { labelSmoothing: 0.1 } },
      { inputs: [f([4, 5]), int([4], [1, -100, 4, 0]), weights(5)], options: { labelSmoothing: 0.2 } },
      { inputs: [f([5]), int([], [3])] },
      { inputs: [f([2, 3, 2, 2]), classes([2, 2, 2], 3)] },
      { inputs: [f([2, 3, 4]), classes([2, 4], 3)], options: { reduction: 'none', labelSmoothing: 0.1 } },
      // Class probabilities as targets.
      { inputs: [f([3, 4]), f([3, 4], { range: [0, 0.5] })] },
      { inputs: [f([4, 5], { view: 'transposed' }), classes([4], 5)] },
      { inputs: [f([2, 3], { values: [1e4, -1e4, 0, 100, -100, 88] }), int([2], [1, 0])], extreme: true },
      { inputs: [f([2, 3]), int([2], [-100, -100])], extreme: true },
    ],
    parity: [{ inputs: [f([33, 17]), classes([33], 17)] }],
    errors: [
      {
        inputs: [f([4, 5]), classes([3], 5)],
        error: 'ShapeError',
        message: /^Expected input batch_size \(4\) to match target batch_size \(3\)\./,
      },
      { inputs: [int([4, 5]), classes([4], 5)], error: 'DTypeError', message: /crossEntropy/ },
      {
        inputs: [f([4, 5]), classes([4], 5)],
        options: { reduction: 'average' as Reduction },
        error: 'OptionError',
        message: /^average is not a valid value for reduction/,
      },
    ],
  }),
  op<Nll>({
    name: 'nllLoss',
    call: (o, x, target, weight) => functional.nllLoss(x, target, { ...(weight && { weight }), ...o }),
    constants: [2],
    samples: [
      { inputs: [logProbabilities([4, 5]), classes([4], 5)] },
      { inputs: [logProbabilities([4, 5]), classes([4], 5), weights(5)], options: { reduction: 'sum' } },
      { inputs: [logProbabilities([4, 5]), int([4], [1, 2, 4, 2]), weights(5)], options: { ignoreIndex: 2 } },
      { inputs: [logProbabilities([4, 5]), int([4], [1, -100, 4, 0])], options: { reduction: 'none' } },
      { inputs: [logProbabilities([2, 3, 4]), classes([2, 4], 3)] },
    ],
  }),
  op<{ reduction?: Reduction }>({
    name: 'mseLoss',
    call: (o, x, target) => functional.mseLoss(x, target, o),
    samples: [
      { inputs: [f([3, 4]), f([3, 4])] },
      { inputs: [f([3, 4]), f([3, 4])], options: { reduction: 'sum' } },
      { inputs: [f([3, 4]), f([3, 4])], options: { reduction: 'none' } },
      { inputs: [f([3, 4], { view: 'transposed' }), f([3, 4], { view: 'sliced' })] },
      { inputs: [f([]), f([])] },
    ],
    errors: [
      {
        inputs: [f([2, 3]), f([4])],
        error: 'ShapeError',
        message: /^The size of tensor a \(3\) must match the size of tensor b \(4\) at non-singleton dimension 1/,
      },
    ],
  }),
  op<{ reduction?: Reduction; hasWeight?: boolean; hasPosWeight?: boolean }>({
    name: 'bceWithLogits',
    call: ({ hasWeight, hasPosWeight, ...o }, x, target, a, b) =>
      functional.binaryCrossEntropyWithLogits(x, target, {
        ...(hasWeight && { weight: a! }),
        ...(hasPosWeight && { posWeight: hasWeight ? b! : a! }),
        ...o,
      }),
    constants: [2, 3],
    samples: [
      { inputs: [f([3, 4]), f([3, 4], { range: [0, 1] })] },
      { inputs: [f([3, 4]), f([3, 4], { range: [0, 1] })], options: { reduction: 'sum' } },
      {
        inputs: [f([3, 4]), f([3, 4], { range: [0, 1] }), weights(4), weights(4)],
        options: { reduction: 'none', hasWeight: true, hasPosWeight: true },
      },
      { inputs: [f([3, 4]), f([3, 4], { range: [0, 1] }), weights(4)], options: { hasPosWeight: true } },
      {
        inputs: [f([6], { values: [1e4, -1e4, 100, -100, 0, -0] }), f([6], { values: [1, 1, 0, 0, 0.5, 1] })],
        options: { reduction: 'none' },
        extreme: true,
      },
    ],
    errors: [
      {
        inputs: [f([3]), f([4])],
        error: 'ShapeError',
        message: /^Target size \(?(torch\.Size\()?\[4\]\)?\)? must be the same as input size \(?(torch\.Size\()?\[3\]/,
      },
    ],
  }),
];
