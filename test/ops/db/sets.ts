/** Searching in what is sorted, and membership. */
import { bucketize, type IsinOptions, isin, type SearchsortedOptions, searchsorted } from '../../../src/index.ts';
import { bool, f, int, type OpCase, op, vec } from './kit.ts';

const rising = { shape: [2, 4], values: [-1, 0, 0, 1.5, -3, -0.5, 0.5, 2] };

interface Search extends Omit<SearchsortedOptions, 'sorter'> {
  readonly value?: number;
  /** The third operand puts the boundaries in order. */
  readonly hasSorter?: true;
}

export const setOps: readonly OpCase[] = [
  op<Search>({
    name: 'searchsorted',
    call: ({ value, hasSorter, ...o }, boundaries, ...rest) =>
      hasSorter
        ? searchsorted(boundaries!, rest[0]!, { ...o, sorter: rest[1]! })
        : searchsorted(boundaries!, value ?? rest[0]!, o),
    samples: [
      { inputs: [vec([-1, 0, 0, 1.5]), f([3, 5])] },
      { inputs: [rising, f([2, 3])], options: { right: true } },
      { inputs: [rising, { shape: [2, 3], values: [0, 1.5, 9, 0.5, -3, -9] }], options: { side: 'right' } },
      { inputs: [rising, { shape: [2, 3], values: [0, 1.5, 9, 0.5, -3, -9] }], options: { side: 'left' } },
      { inputs: [vec([-1, 0, 0, 1.5])], options: { value: 0, right: true } },
      { inputs: [vec([1, 2, 2, 7], 'int32'), int([2, 2])] },
      { inputs: [vec([1, 2, 2, 7], 'int32'), vec([1.5, 2, -1])] },
      { inputs: [vec([5, 1, 3]), f([4], { range: [0, 6] }), int([3], [1, 2, 0])], options: { hasSorter: true } },
      { inputs: [f([0]), f([2])] },
      { inputs: [vec([-2, 0, 2]), vec([Number.NaN, Number.POSITIVE_INFINITY, -0, 0])] },
    ],
    parity: [{ inputs: [vec([-1.5, -0.5, 0, 0.5, 1]), f([7, 31], { view: 'transposed' })] }],
    errors: [
      {
        inputs: [f([2, 3]), f([3, 3])],
        error: 'ShapeError',
        message: /^torch.searchsorted\(\): boundaries tensor should be 1 dimension or the first N-1/,
      },
      {
        inputs: [f([]), f([3])],
        error: 'ShapeError',
        message: /^torch.searchsorted\(\): boundaries tensor should have positive dimension/,
      },
      {
        inputs: [f([3]), f([3])],
        options: { right: true, side: 'left' },
        error: 'OptionError',
        message: /^torch.searchsorted\(\): side and right can't be set to opposites/,
      },
    ],
  }),
  op<{ right?: boolean; value?: number }>({
    name: 'bucketize',
    call: ({ value, ...o }, boundaries, x) => bucketize(value ?? x!, boundaries!, o),
    samples: [
      { inputs: [vec([-1, 0, 1]), f([2, 3])] },
      { inputs: [vec([0, 1, 3], 'int32'), int([5])], options: { right: true } },
      { inputs: [vec([0, 1, 3], 'int32')], options: { value: 2.5 } },
    ],
    errors: [
      {
        inputs: [f([2, 2]), f([2])],
        error: 'ShapeError',
        message: /^boundaries tensor must be 1 dimension, but got dim\(2\)/,
      },
    ],
  }),
  op<IsinOptions & { value?: number; first?: true }>({
    name: 'isin',
    call: ({ value, first, ...o }, x, tests) =>
      value === undefined ? isin(x!, tests!, o) : first ? isin(value, x!, o) : isin(x!, value, o),
    samples: [
      { inputs: [int([3, 4]), int([2], [1, 3])] },
      { inputs: [int([3, 4]), int([2], [1, 3])], options: { invert: true, assumeUnique: false } },
      { inputs: [f([3, 4]), int([40])] },
      { inputs: [int([3, 4]), f([40])] },
      {
        inputs: [
          { shape: [2, 3], values: [1, Number.NaN, -0, 3, 1e30, 2] },
          f([33], { values: [Number.NaN, 0, ...Array(31).fill(3)] }),
        ],
      },
      { inputs: [int([3]), int([0])] },
      { inputs: [int([4])], options: { value: 2 } },
      { inputs: [int([4], [1, 2, 3, 4])], options: { value: 2, first: true } },
    ],
    errors: [
      {
        inputs: [bool([2]), bool([2])],
        error: 'DTypeError',
        message: /^Unsupported input type encountered for isin\(\): Bool/,
      },
    ],
  }),
];
