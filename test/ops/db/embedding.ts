/** Rows of tables: options of embedding, and bags. */
import { functional, type Tensor } from '../../../src/index.ts';
import { f, int, type OpCase, op } from './kit.ts';

interface Lookup {
  readonly paddingIdx?: number;
  readonly maxNorm?: number;
  readonly normType?: number;
  readonly scaleGradByFreq?: boolean;
}
type Bag = Lookup & {
  readonly mode?: 'sum' | 'mean' | 'max';
  readonly includeLastOffset?: boolean;
  /** Which operands follow input and weight. */
  readonly rest?: readonly ('offsets' | 'perSampleWeights')[];
};
const index = (shape: readonly number[], below: number) => int(shape, undefined, [0, below]);
const modes = ['sum', 'mean', 'max'] as const;

export const embeddingOps: readonly OpCase[] = [
  op<Lookup>({
    name: 'embeddingOptions',
    call: (o, idx, weight) => functional.embedding(idx, weight!, o),
    samples: [
      { inputs: [index([7], 4), f([4, 3])], options: { scaleGradByFreq: true }, extreme: true },
      { inputs: [index([2, 3], 4), f([4, 3])], options: { scaleGradByFreq: true, paddingIdx: -1 }, extreme: true },
    ],
    errors: [
      { inputs: [int([1], [4]), f([4, 3])], error: 'ShapeError', message: /^index (4 )?out of range/ },
      { inputs: [int([1], [0]), f([4])], error: 'ShapeError', message: /^'weight' must be 2-D/ },
      {
        inputs: [int([1], [0]), f([4, 2])],
        options: { paddingIdx: 4 },
        error: 'OptionError',
        message: /^Padding_idx must be within num_embeddings/,
      },
    ],
  }),
  op<Lookup>({
    name: 'embeddingMaxNorm',
    // The weight is changed, and the rows are those of the changed weight.
    call: (o, idx, weight) => {
      const table = weight!.detach().clone();
      return [functional.embedding(idx, table, o), table];
    },
    samples: [
      { inputs: [index([6], 4), f([4, 3])], options: { maxNorm: 1 } },
      { inputs: [index([2, 2], 4), f([4, 3])], options: { maxNorm: 1.5, normType: 1 } },
      { inputs: [index([3], 4), f([4, 3])], options: { maxNorm: 0.7, normType: Number.POSITIVE_INFINITY } },
    ],
  }),
  op<Bag>({
    name: 'embeddingBag',
    call: ({ rest = [], ...o }, idx, weight, ...tensors) => {
      const named = Object.fromEntries(rest.map((name, i): [string, Tensor] => [name, tensors[i]!]));
      return functional.embeddingBag(idx, weight!, { ...o, ...named });
    },
    samples: [
      ...modes.flatMap((mode) => [
        { inputs: [index([3, 4], 5), f([5, 2])], options: { mode } },
        { inputs: [index([3, 3], 3), f([3, 2])], options: { mode, paddingIdx: 1 } },
        {
          inputs: [index([7], 5), f([5, 2]), int([4], [0, 3, 3, 5])],
          options: { mode, rest: ['offsets'] as const },
        },
        {
          inputs: [int([6], [0, 0, 1, 0, 2, 2]), f([3, 2]), int([4], [0, 2, 4, 6])],
          options: { mode, includeLastOffset: true, paddingIdx: 0, rest: ['offsets'] as const },
        },
      ]),
      {
        inputs: [index([2, 3], 5), f([5, 2]), f([2, 3])],
        options: { mode: 'sum', rest: ['perSampleWeights'] },
      },
      {
        inputs: [index([5], 4), f([4, 3]), int([3], [0, 1, 4]), f([5])],
        options: { mode: 'sum', rest: ['offsets', 'perSampleWeights'] },
      },
      { inputs: [int([0], []), f([3, 2]), int([2], [0, 0])], options: { mode: 'mean', rest: ['offsets'] } },
    ],
    errors: [
      {
        inputs: [index([3], 2), f([2, 2])],
        error: 'OptionError',
        message: /^offsets has to be a 1D Tensor but got None/,
      },
      {
        inputs: [index([1, 2], 2), f([2, 2]), int([1], [0])],
        options: { rest: ['offsets'] },
        error: 'OptionError',
        message: /^if input is 2D, then offsets has to be None/,
      },
      {
        inputs: [index([1, 2], 2), f([2, 2])],
        options: { mode: 'min' as 'max' },
        error: 'OptionError',
        message: /^mode has to be one of sum, mean or max/,
      },
      {
        inputs: [index([1, 2], 2), f([2, 2]), f([1, 2])],
        options: { rest: ['perSampleWeights'] },
        error: 'OptionError',
        message: /^embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum'/,
      },
      {
        inputs: [index([2], 2), f([2, 2]), int([2], [0, 5])],
        options: { rest: ['offsets'] },
        error: 'ShapeError',
        message: /^offsets\[-1\] can not be greater than input's length 2 but got offsets\[-1\] of 5/,
      },
    ],
  }),
];
