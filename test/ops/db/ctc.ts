/** Connectionist temporal classification. */
import { functional } from '../../../src/index.ts';
import { f, int, type OpCase, type Operand, op, type Sample } from './kit.ts';

interface Options {
  readonly inputLengths: readonly number[];
  readonly targetLengths: readonly number[];
  readonly blank?: number;
  readonly reduction?: 'mean' | 'sum' | 'none';
  readonly zeroInfinity?: boolean;
}
const log = (shape: readonly number[]): Operand => f(shape, { range: [-3, -0.2] });
// PyTorch's gradient is that of normalised log-probabilities, and has none of its own: no finite differences here.
const sample = (x: readonly number[], targets: Operand, options: Options): Sample<Options> => ({
  inputs: [log(x), targets],
  options,
  extreme: true,
});
const padded = int([3, 4], [1, 2, 3, 0, 4, 4, 1, 2, 3, -7, 9, 0]);
const three = { inputLengths: [7, 6, 3], targetLengths: [3, 4, 1] };

export const ctcOps: readonly OpCase[] = [
  op<Options>({
    name: 'ctcLoss',
    call: ({ inputLengths, targetLengths, ...o }, x, targets) =>
      functional.ctcLoss(x, targets!, inputLengths, targetLengths, o),
    samples: [
      sample([7, 3, 5], padded, three),
      sample([7, 3, 5], padded, { ...three, reduction: 'none' }),
      sample([7, 3, 5], int([8], [1, 2, 3, 4, 4, 1, 2, 3]), { ...three, reduction: 'sum' }),
      sample([7, 3, 5], int([3, 2], [0, 2, 1, 1, 3, 0]), {
        inputLengths: [7, 7, 7],
        targetLengths: [2, 2, 0],
        blank: 4,
        reduction: 'none',
      }),
      // Too short: [1, 1] takes three frames.
      sample([4, 3, 3], int([3, 2], [1, 1, 1, 1, 2, 1]), {
        inputLengths: [2, 3, 0],
        targetLengths: [2, 2, 1],
        reduction: 'none',
      }),
      sample([4, 3, 3], int([3, 2], [1, 1, 1, 1, 2, 1]), {
        inputLengths: [2, 3, 0],
        targetLengths: [2, 2, 1],
        zeroInfinity: true,
      }),
      sample([5, 4], int([3], [3, 1, 3]), { inputLengths: [5], targetLengths: [3], reduction: 'none' }),
      sample([3, 2, 3], int([2, 0], []), { inputLengths: [3, 2], targetLengths: [0, 0], reduction: 'none' }),
      {
        inputs: [
          f([3, 1, 3], { values: [-1, -2, -0.5, -1, Number.NEGATIVE_INFINITY, -0.5, -0.3, -1, -2] }),
          int([1, 1], [1]),
        ],
        options: { inputLengths: [3], targetLengths: [1] },
        extreme: true,
      },
    ],
    parity: [
      // Longer than a workgroup, with labels that recur.
      sample([330, 2, 6], int([2, 150], undefined, [1, 6]), { inputLengths: [330, 301], targetLengths: [150, 90] }),
    ],
    errors: [
      {
        inputs: [log([7, 3, 5]), padded],
        options: { ...three, inputLengths: [8, 6, 3] },
        error: 'ShapeError',
        message: /^Expected input_lengths to have value at most 7, but got value 8/,
      },
      {
        inputs: [log([7, 3, 5]), padded],
        options: { ...three, inputLengths: [7, -1, 3] },
        error: 'ShapeError',
        message: /^Expected input_lengths to have value at least 0, but got value -1/,
      },
      {
        inputs: [log([7, 3, 5]), padded],
        options: { ...three, targetLengths: [3, 5, 1] },
        error: 'ShapeError',
        message: /^Expected tensor to have size at least 5 at dimension 1, but got size 4 for argument #2 'targets'/,
      },
      {
        inputs: [log([7, 3, 5]), padded],
        options: { ...three, targetLengths: [3, 4] },
        error: 'ShapeError',
        message: /^target_lengths must be of size batch_size/,
      },
      {
        inputs: [log([7, 3, 5]), int([7], [1, 2, 3, 4, 4, 1, 2])],
        options: three,
        error: 'ShapeError',
        message: /^Expected tensor to have size 8 at dimension 0, but got size 7 for argument #2 'targets'/,
      },
      {
        inputs: [log([7, 3, 5]), padded],
        options: { ...three, blank: 5 },
        error: 'OptionError',
        message: /^blank must be in label range/,
      },
      {
        inputs: [log([0, 3, 5]), padded],
        options: three,
        error: 'ShapeError',
        message: /^log_probs tensor must not be empty/,
      },
    ],
  }),
];
