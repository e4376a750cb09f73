/** Ops whose results' size depends on the data. */
import {
  argwhere,
  bincount,
  type NonzeroOptions,
  nonzero,
  type UniqueOptions,
  unique,
  uniqueConsecutive,
  where,
} from '../../../src/index.ts';
import { type AsyncOpCase, asyncOp, bool, f, int, vec } from './kit.ts';

const nan = Number.NaN;
const rows = int([5, 2], [2, 1, 1, 2, 2, 1, 1, 2, 0, 9]);
const runs = int([3, 4], [1, 1, 2, 2, 2, 0, 0, 1, 1, 1, 1, 3]);
const all = { returnInverse: true, returnCounts: true };

export const dynamicOps: readonly AsyncOpCase[] = [
  asyncOp<NonzeroOptions>({
    name: 'nonzero',
    call: (o, x) => nonzero(x, o),
    samples: [
      { inputs: [int([3, 4])] },
      { inputs: [bool([2, 3, 2], 'transposed')], options: { asTuple: true } },
      { inputs: [vec([0, nan, -0, 2])], options: { asTuple: false } },
      { inputs: [f([])] },
      { inputs: [f([])], options: { asTuple: true } },
      { inputs: [f([2, 0])] },
      { inputs: [int([2], [0, 0])] },
    ],
  }),
  asyncOp({
    name: 'argwhere',
    call: (_, x) => argwhere(x),
    samples: [{ inputs: [int([2, 3])] }, { inputs: [f([])] }],
  }),
  asyncOp({
    name: 'whereAlone',
    call: (_, x) => where(x),
    samples: [{ inputs: [bool([2, 3])] }],
  }),
  asyncOp<UniqueOptions>({
    name: 'unique',
    call: (o, x) => unique(x, o),
    samples: [
      { inputs: [int([3, 4])] },
      { inputs: [int([3, 4])], options: all },
      { inputs: [vec([2, nan, -1, 2, nan, 0.5])], options: { sorted: true, returnCounts: true } },
      { inputs: [f([3, 2], { view: 'transposed' })], options: { returnInverse: true } },
      { inputs: [bool([5])], options: all },
      { inputs: [f([])], options: all },
      { inputs: [f([0])], options: all },
      { inputs: [rows], options: { ...all, dim: 0 } },
      { inputs: [int([2, 6])], options: { dim: -1, returnCounts: true } },
      { inputs: [f([0, 3])], options: { dim: 0 } },
    ],
    constants: [0],
    errors: [
      {
        inputs: [f([0, 3])],
        options: { dim: 1 },
        error: 'ShapeError',
        message: /^There are 0 sized dimensions, and they aren't selected, so unique cannot be applied/,
      },
    ],
  }),
  asyncOp<UniqueOptions>({
    name: 'uniqueConsecutive',
    call: (o, x) => uniqueConsecutive(x, o),
    samples: [
      { inputs: [int([2, 9], undefined, [0, 2])] },
      { inputs: [runs], options: all },
      { inputs: [f([0])] },
      { inputs: [f([])], options: all },
      { inputs: [{ ...int([4, 2], [1, 2, 1, 2, 0, 0, 1, 2]) }], options: { ...all, dim: 0 } },
    ],
    constants: [0],
  }),
  asyncOp<{ minlength?: number }>({
    name: 'bincount',
    call: (o, x, weights) => bincount(x, weights ? { ...o, weights } : o),
    samples: [
      { inputs: [int([7], undefined, [0, 5])] },
      { inputs: [int([7], undefined, [0, 5]), f([7])], options: { minlength: 2 } },
      { inputs: [int([3], [1, 0, 1])], options: { minlength: 6 } },
      { inputs: [int([0])], options: { minlength: 2 } },
    ],
    constants: [1],
    errors: [
      {
        inputs: [int([2], [-1, 2])],
        error: 'ShapeError',
        message: /^bincount only supports 1-d non-negative integral inputs\./,
      },
      {
        inputs: [int([2, 2])],
        error: 'ShapeError',
        message: /^bincount only supports 1-d non-negative integral inputs\./,
      },
      { inputs: [f([2])], error: 'DTypeError', message: /^"bincount_cpu" not implemented for 'Float'/ },
      {
        inputs: [int([2], [1, 0]), f([3])],
        error: 'ShapeError',
        message: /^weights should be 1-d and have the same length as input/,
      },
    ],
  }),
];
