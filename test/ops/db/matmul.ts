/** Matrix products. */
import { functional } from '../../../src/index.ts';
import { tolerances } from '../tolerances.ts';
import { f, int, type OpCase, op } from './kit.ts';

export const matmulOps: readonly OpCase[] = [
  op({
    name: 'matmul',
    call: (_, a, b) => a.matmul(b),
    samples: [
      { inputs: [f([4]), f([4])] },
      { inputs: [f([3, 4]), f([4])] },
      { inputs: [f([4]), f([4, 3])] },
      { inputs: [f([3, 4]), f([4, 5])] },
      { inputs: [f([1, 1]), f([1, 1])] },
      { inputs: [f([2, 3, 4]), f([2, 4, 2])] },
      { inputs: [f([2, 3, 4]), f([4, 2])] },
      { inputs: [f([3, 4]), f([2, 4, 2])] },
      { inputs: [f([2, 1, 2, 3]), f([2, 3, 2])] },
      { inputs: [f([2, 2, 3]), f([3])] },
      { inputs: [f([3]), f([2, 3, 2])] },
      { inputs: [f([3, 0]), f([0, 2])] },
      { inputs: [f([0, 3]), f([3, 2])] },
      { inputs: [f([3, 4], { view: 'transposed' }), f([4, 5], { view: 'transposed' })] },
      { inputs: [f([3, 4], { view: 'sliced' }), f([4, 5], { view: 'flipped' })] },
      { inputs: [f([2, 3, 4], { view: 'expanded' }), f([2, 4, 2], { view: 'transposed' })] },
      { inputs: [f([5, 17]), f([17, 9])] },
      { inputs: [f([2, 2], { values: [Infinity, 1, NaN, 0] }), f([2, 2], { values: [1, 0, 2, 3] })], extreme: true },
    ],
    // Around the edges of tiles of 4, 8, 16, 32 and 64.
    parity: [
      { inputs: [f([63, 65]), f([65, 33])] },
      { inputs: [f([64, 16]), f([16, 64])] },
      { inputs: [f([1, 130]), f([130, 67])] },
      { inputs: [f([67, 130], { view: 'transposed' }), f([130, 1])] },
      { inputs: [f([3, 17, 31]), f([3, 31, 19], { view: 'transposed' })] },
    ],
    tolerance: tolerances.sums,
    errors: [
      {
        inputs: [f([2, 3]), f([4, 5])],
        error: 'ShapeError',
        message: /^mat1 and mat2 shapes cannot be multiplied \(2x3 and 4x5\)/,
      },
      {
        inputs: [f([]), f([2])],
        error: 'ShapeError',
        message: /^both arguments to matmul need to be at least 1D, but they are 0D and 1D/,
      },
      {
        inputs: [f([2, 3]), int([3, 2])],
        error: 'DTypeError',
        message: /^expected m1 and m2 to have the same dtype, but got: float32 != int32/,
      },
    ],
  }),
  op({
    name: 'linear',
    call: (_, x, w, b) => (b === undefined ? functional.linear(x, w) : functional.linear(x, w, b)),
    samples: [
      { inputs: [f([3, 4]), f([2, 4]), f([2])] },
      { inputs: [f([2, 3, 4]), f([5, 4]), f([5])] },
      { inputs: [f([4]), f([2, 4])] },
      { inputs: [f([3, 4], { view: 'transposed' }), f([2, 4], { view: 'sliced' }), f([2])] },
    ],
    errors: [
      {
        inputs: [f([3, 4]), f([2, 5])],
        error: 'ShapeError',
        message: /^mat1 and mat2 shapes cannot be multiplied \(3x4 and 5x2\)/,
      },
    ],
  }),
];
