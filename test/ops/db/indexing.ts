/** Joining, splitting, and reading and writing by index. */
import { cat, functional, stack } from '../../../src/index.ts';
import { bool, f, int, type OpCase, op } from './kit.ts';

interface Dim {
  readonly dim: number;
}
const index = (shape: readonly number[], below: number) => int(shape, undefined, [0, below]);

export const indexingOps: readonly OpCase[] = [
  op<Dim>({
    name: 'cat',
    call: ({ dim }, ...tensors) => cat(tensors, dim),
    samples: [
      { inputs: [f([2, 3]), f([1, 3])], options: { dim: 0 } },
      { inputs: [f([2, 3]), f([2, 1]), f([2, 4])], options: { dim: -1 } },
      { inputs: [f([2, 0]), f([2, 3])], options: { dim: 1 } },
      { inputs: [f([2, 3])], options: { dim: 0 } },
      {
        inputs: [f([3, 2], { view: 'transposed' }), f([1, 2], { view: 'sliced' }), f([2, 2], { view: 'expanded' })],
        options: { dim: 0 },
      },
      { inputs: [int([2]), int([3])], options: { dim: 0 } },
    ],
    parity: [{ inputs: [f([5, 31, 3]), f([5, 17, 3]), f([5, 1, 3])], options: { dim: 1 } }],
    errors: [
      {
        inputs: [f([2, 3]), f([2, 4])],
        options: { dim: 0 },
        error: 'ShapeError',
        message: /^Sizes of tensors must match except in dimension 0\./,
      },
      {
        inputs: [f([2]), f([2])],
        options: { dim: 1 },
        error: 'ShapeError',
        message: /^Dimension out of range \(expected to be in range of \[-1, 0\], but got 1\)/,
      },
    ],
  }),
  op<Dim>({
    name: 'stack',
    call: ({ dim }, ...tensors) => stack(tensors, dim),
    samples: [
      { inputs: [f([2, 3]), f([2, 3])], options: { dim: 0 } },
      { inputs: [f([2, 3]), f([2, 3]), f([2, 3])], options: { dim: -1 } },
      { inputs: [f([]), f([])], options: { dim: 0 } },
      { inputs: [f([2, 3], { view: 'transposed' }), f([2, 3], { view: 'flipped' })], options: { dim: 1 } },
    ],
    errors: [
      {
        inputs: [f([2]), f([3])],
        options: { dim: 0 },
        error: 'ShapeError',
        message: /^stack expects each tensor to be equal size, but got \[2\] at entry 0 and \[3\] at entry 1/,
      },
    ],
  }),
  op<{ size: number | number[]; dim: number }>({
    name: 'split',
    call: ({ size, dim }, x) => x.split(size, dim),
    samples: [
      { inputs: [f([5, 2])], options: { size: 2, dim: 0 } },
      { inputs: [f([2, 6])], options: { size: [1, 2, 3], dim: -1 } },
      { inputs: [f([4, 3], { view: 'transposed' })], options: { size: 3, dim: 0 } },
    ],
    errors: [
      {
        inputs: [f([5])],
        options: { size: [2, 2], dim: 0 },
        error: 'ShapeError',
        message:
          /^split_with_sizes expects split_sizes to sum exactly to 5 \(input tensor's size at dimension 0\), but got split_sizes=\[2, 2\]/,
      },
    ],
  }),
  op<{ chunks: number; dim: number }>({
    name: 'chunk',
    call: ({ chunks, dim }, x) => x.chunk(chunks, dim),
    samples: [
      { inputs: [f([5, 2])], options: { chunks: 2, dim: 0 } },
      { inputs: [f([2, 6])], options: { chunks: 4, dim: 1 } },
      { inputs: [f([2, 3])], options: { chunks: 5, dim: 1 } },
    ],
  }),
  op<Dim>({
    name: 'gather',
    call: ({ dim }, x, idx) => x.gather(dim, idx),
    samples: [
      { inputs: [f([3, 4]), index([3, 2], 4)], options: { dim: 1 } },
      { inputs: [f([3, 4]), index([2, 4], 3)], options: { dim: 0 } },
      { inputs: [f([2, 3, 4]), index([2, 5, 4], 3)], options: { dim: -2 } },
      { inputs: [f([3, 4], { view: 'transposed' }), { ...index([3, 2], 4), view: 'transposed' }], options: { dim: 1 } },
      { inputs: [f([3, 4]), index([0, 4], 3)], options: { dim: 0 } },
      { inputs: [int([3, 4]), index([3, 1], 4)], options: { dim: 1 } },
      { inputs: [f([5]), index([2, 0], 1)], options: { dim: 0 } },
    ],
    parity: [{ inputs: [f([17, 33]), index([17, 90], 33)], options: { dim: 1 } }],
    errors: [
      {
        inputs: [f([3, 4]), index([3], 3)],
        options: { dim: 0 },
        error: 'ShapeError',
        message: /^Index tensor must have the same number of dimensions as input tensor/,
      },
      {
        inputs: [f([3, 4]), f([3, 4])],
        options: { dim: 0 },
        error: 'DTypeError',
        message: /^gather\(\): Expected dtype int32/,
      },
    ],
  }),
  op<Dim>({
    name: 'indexSelect',
    call: ({ dim }, x, idx) => x.indexSelect(dim, idx),
    samples: [
      { inputs: [f([3, 4]), int([4], [2, 0, 2, 2])], options: { dim: 0 } },
      { inputs: [f([2, 3, 4]), int([2], [3, 0])], options: { dim: -1 } },
      { inputs: [f([3, 4], { view: 'transposed' }), int([3], [1, 1, 0])], options: { dim: 0 } },
      { inputs: [f([3, 4]), int([0], [])], options: { dim: 1 } },
    ],
    parity: [{ inputs: [f([31, 9]), index([120], 31)], options: { dim: 0 } }],
    errors: [
      {
        inputs: [f([3, 4]), int([1, 2], [0, 1])],
        options: { dim: 0 },
        error: 'ShapeError',
        message: /^index_select\(\): Index is supposed to be a vector/,
      },
    ],
  }),
  op<Dim>({
    name: 'scatterAdd',
    call: ({ dim }, x, idx, src) => x.scatterAdd(dim, idx, src),
    samples: [
      { inputs: [f([3, 4]), index([3, 6], 4), f([3, 6])], options: { dim: 1 } },
      { inputs: [f([3, 4]), index([5, 2], 3), f([5, 2])], options: { dim: 0 } },
      { inputs: [f([3, 4]), index([2, 2], 4), f([2, 2])], options: { dim: 1 } },
      {
        inputs: [
          f([3, 4], { view: 'transposed' }),
          { ...index([3, 2], 4), view: 'transposed' },
          f([3, 2], { view: 'sliced' }),
        ],
        options: { dim: 1 },
      },
      { inputs: [f([3, 4]), index([0, 4], 3), f([0, 4])], options: { dim: 0 } },
      { inputs: [bool([3, 4]), index([3, 6], 4), bool([3, 6])], options: { dim: 1 } },
    ],
    // PyTorch has no gradient where the index is smaller than the source.
    parity: [
      { inputs: [f([7, 13]), index([7, 200], 13), f([7, 200])], options: { dim: 1 } },
      { inputs: [f([3, 4]), index([2, 2], 4), f([3, 5])], options: { dim: 1 } },
    ],
    errors: [
      {
        inputs: [f([3, 4]), index([3], 3), f([3])],
        options: { dim: 0 },
        error: 'ShapeError',
        message: /^Index tensor must have the same number of dimensions as self tensor/,
      },
      {
        inputs: [f([3, 4]), index([3, 5], 3), f([3, 4])],
        options: { dim: 0 },
        error: 'ShapeError',
        message: /^Expected index \[3, 5\] to be no larger than self \[3, 4\] apart from dimension 0/,
      },
    ],
  }),
  op<{ numClasses?: number }>({
    name: 'oneHot',
    call: ({ numClasses }, x) => functional.oneHot(x, numClasses!),
    samples: [
      { inputs: [int([4], [0, 2, 1, 2])], options: { numClasses: 3 } },
      { inputs: [index([2, 3], 4)], options: { numClasses: 5 } },
      { inputs: [int([], [1])], options: { numClasses: 2 } },
    ],
  }),
  op<{ paddingIdx?: number }>({
    name: 'embedding',
    call: (o, idx, weight) => functional.embedding(idx, weight, o),
    samples: [
      { inputs: [int([4], [0, 2, 2, 1]), f([3, 5])] },
      { inputs: [index([2, 3], 4), f([4, 2])] },
      { inputs: [int([2, 2], [1, 0, 1, 3]), f([4, 3])], options: { paddingIdx: 1 }, extreme: true },
      { inputs: [int([], [2]), f([4, 3], { view: 'transposed' })] },
    ],
    parity: [{ inputs: [index([9, 21], 15), f([15, 7])] }],
  }),
];
