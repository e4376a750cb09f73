/** Writing by index tensors: scatter and index functions, and their twins in place. */
import {
  indexAdd,
  indexCopy,
  indexFill,
  indexReduce,
  scatter,
  scatterReduce,
  type Tensor,
} from '../../../src/index.ts';
import { bool, f, int, type OpCase, op, vec } from './kit.ts';

interface Dim {
  readonly dim: number;
}
type ScatterMode = Dim & { readonly value?: number; readonly reduce?: 'add' | 'multiply' };
type Reduce = Dim & { readonly reduce: 'sum' | 'prod' | 'mean' | 'amax' | 'amin'; readonly includeSelf?: boolean };
type IndexReduce = Reduce & { readonly reduce: Exclude<Reduce['reduce'], 'sum'> };
const index = (shape: readonly number[], below: number) => int(shape, undefined, [0, below]);

/** Rows of a permutation: no place is written twice, so that PyTorch has one answer. */
const rows34 = int([3, 4], [2, 0, 3, 1, 1, 3, 0, 2, 0, 1, 2, 3]);
const reduces = ['sum', 'prod', 'mean', 'amax', 'amin'] as const;

export const scatterOps: readonly OpCase[] = [
  op<ScatterMode>({
    name: 'scatter',
    call: ({ dim, value, ...rest }, x, idx, src) => scatter(x, dim, idx, value ?? src!, rest),
    samples: [
      { inputs: [f([3, 5]), rows34, f([3, 4])], options: { dim: 1 } },
      { inputs: [f([5, 3]), int([2, 3], [4, 0, 1, 2, 3, 0]), f([2, 3])], options: { dim: 0 } },
      {
        inputs: [f([2, 3, 4], { view: 'transposed' }), int([2, 1, 2], [2, 0, 1, 1]), f([2, 1, 2], { view: 'sliced' })],
        options: { dim: -2 },
      },
      { inputs: [f([3, 4]), index([3, 2], 4)], options: { dim: 1, value: 2.5 } },
      { inputs: [int([4]), int([2], [3, 1]), int([2])], options: { dim: 0 } },
      { inputs: [f([]), int([], [0]), f([])], options: { dim: 0 } },
      { inputs: [f([3, 4]), int([0, 4], []), f([0, 4])], options: { dim: 0 } },
      { inputs: [int([3, 4]), index([3, 6], 4), int([3, 6])], options: { dim: 1, reduce: 'add' } },
      { inputs: [int([3, 4]), index([3, 6], 4), int([3, 6])], options: { dim: 1, reduce: 'multiply' } },
      { inputs: [bool([3, 4]), index([3, 6], 4), bool([3, 6])], options: { dim: 1, reduce: 'add' } },
      { inputs: [int([3, 4]), index([3, 6], 4)], options: { dim: 1, value: 3, reduce: 'multiply' } },
    ],
    // The last of equal places wins here; PyTorch leaves open which.
    parity: [
      { inputs: [f([7, 13]), index([7, 200], 13), f([7, 200])], options: { dim: 1 } },
      { inputs: [f([7, 13]), index([7, 20], 13), f([7, 20])], options: { dim: 1, reduce: 'multiply' } },
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
      {
        inputs: [f([3, 4]), index([3, 4], 3), int([3, 4])],
        options: { dim: 0 },
        error: 'DTypeError',
        message: /^scatter\(\): Expected self.dtype to be equal to src.dtype/,
      },
      {
        inputs: [f([3, 4]), int([1, 1], [4]), f([1, 1])],
        options: { dim: 1 },
        error: 'ShapeError',
        message: /^index 4 is out of bounds for dimension 1 with size 4/,
      },
      {
        inputs: [f([3]), int([1], [0]), f([1])],
        options: { dim: 0, reduce: 'mean' as 'add' },
        error: 'OptionError',
        message: /^reduce argument must be either add or multiply/,
      },
    ],
  }),
  op<Reduce>({
    name: 'scatterReduce',
    call: ({ dim, reduce, ...rest }, x, idx, src) => scatterReduce(x, dim, idx, src!, reduce, rest),
    samples: [
      ...reduces.flatMap((reduce) => [
        { inputs: [f([3, 4]), index([3, 6], 4), f([3, 6])], options: { dim: 1, reduce } },
        {
          inputs: [f([4, 3], { view: 'transposed' }), index([6, 2], 4), f([6, 2], { view: 'sliced' })],
          options: { dim: 0, reduce, includeSelf: false },
        },
        { inputs: [int([4]), index([9], 3), int([9])], options: { dim: 0, reduce } },
      ]),
      // Zeros among the factors, none, one and several at a place.
      {
        inputs: [vec([2, 3, 0, 0, 5]), int([8], [0, 0, 1, 1, 2, 2, 3, 0]), vec([1.5, 0, 0, 0, 2, 3, 0, 4])],
        options: { dim: 0, reduce: 'prod' },
        extreme: true,
      },
      // Equal extrema.
      {
        inputs: [vec([2, 3, 0]), int([6], [0, 0, 1, 1, 1, 2]), vec([2, 2, 1, 3, 3, -1])],
        options: { dim: 0, reduce: 'amax' },
        extreme: true,
      },
      {
        inputs: [vec([1, 2]), int([3], [0, 1, 1]), vec([Number.NaN, 5, 7])],
        options: { dim: 0, reduce: 'amin' },
        extreme: true,
      },
      { inputs: [f([]), int([], [0]), f([])], options: { dim: 0, reduce: 'amax' } },
      { inputs: [bool([3, 4]), index([3, 6], 4), bool([3, 6])], options: { dim: 1, reduce: 'sum' } },
      {
        inputs: [int([3], [-7, 7, 3]), int([4], [0, 0, 1, 1]), int([4], [2, -2, 1, 2])],
        options: { dim: 0, reduce: 'mean' },
      },
    ],
    parity: reduces.map((reduce) => ({
      inputs: [f([7, 13]), index([7, 90], 13), f([7, 90], { range: [0.8, 1.2] })],
      options: { dim: 1, reduce },
    })),
    errors: [
      {
        inputs: [f([3]), index([3], 3), f([3])],
        options: { dim: 0, reduce: 'median' as 'sum' },
        error: 'OptionError',
        message: /^reduce argument must be either sum, prod, mean, amax/,
      },
    ],
  }),
  op<Dim & { alpha?: number }>({
    name: 'indexAdd',
    call: ({ dim, ...rest }, x, idx, src) => indexAdd(x, dim, idx, src!, rest),
    samples: [
      { inputs: [f([4, 3]), index([5], 4), f([5, 3])], options: { dim: 0 } },
      { inputs: [f([4, 3], { view: 'transposed' }), index([2], 3), f([4, 2])], options: { dim: -1, alpha: -0.5 } },
      { inputs: [int([4]), index([3], 4), int([3])], options: { dim: 0, alpha: 3 } },
      { inputs: [bool([4]), index([7], 4), bool([7])], options: { dim: 0 } },
      { inputs: [bool([4]), index([7], 4), bool([7])], options: { dim: 0, alpha: 0 } },
      { inputs: [f([]), int([1], [0]), f([])], options: { dim: 0 } },
      { inputs: [f([4]), int([], [2]), f([1])], options: { dim: 0 } },
      { inputs: [f([4, 3]), int([0], []), f([0, 3])], options: { dim: 0 } },
    ],
    errors: [
      {
        inputs: [f([4, 3]), index([2], 4), f([3, 3])],
        options: { dim: 0 },
        error: 'ShapeError',
        message: /^index_add_\(\): Number of indices \(2\) should be equal to source.size\(dim\): \(3\), for dim: 0/,
      },
      {
        inputs: [f([4, 3]), index([2], 4), f([2, 2])],
        options: { dim: 0 },
        error: 'ShapeError',
        message: /^source tensor shape must match self tensor shape, excluding the specified dimension/,
      },
      {
        inputs: [f([4, 3]), index([2], 4), int([2, 3])],
        options: { dim: 0 },
        error: 'DTypeError',
        message: /^index_add_\(\): self \(\w+\) and source \(\w+\) must have the same scalar type/,
      },
      {
        inputs: [f([4]), index([2, 1], 4), f([2])],
        options: { dim: 0 },
        error: 'ShapeError',
        message: /^index_add_\(\): Index is supposed to be a vector/,
      },
    ],
  }),
  op<Dim>({
    name: 'indexCopy',
    call: ({ dim }, x, idx, src) => indexCopy(x, dim, idx, src!),
    samples: [
      { inputs: [f([4, 3]), int([3], [3, 0, 2]), f([3, 3])], options: { dim: 0 } },
      {
        inputs: [f([4, 3], { view: 'transposed' }), int([2], [2, 0]), f([4, 2], { view: 'sliced' })],
        options: { dim: 1 },
      },
      { inputs: [int([4]), int([2], [1, 3]), int([2])], options: { dim: 0 } },
      { inputs: [f([]), int([], [0]), f([])], options: { dim: 0 } },
    ],
    parity: [{ inputs: [f([31, 9]), index([120], 31), f([120, 9])], options: { dim: 0 } }],
  }),
  op<Dim & { value?: number }>({
    name: 'indexFill',
    call: ({ dim, value }, x, idx, v) => indexFill(x, dim, idx, value ?? v!),
    samples: [
      { inputs: [f([4, 3]), int([3], [3, 0, 3])], options: { dim: 0, value: 1.5 } },
      { inputs: [f([4, 3], { view: 'transposed' }), int([2], [1, 0]), f([])], options: { dim: -1 } },
      // PyTorch has no gradient for these.
      { inputs: [int([4, 3]), int([2], [-1, 0])], options: { dim: -1, value: 9 } },
      { inputs: [int([4]), int([], [1])], options: { dim: 0, value: -3 } },
      { inputs: [f([]), int([1], [0])], options: { dim: 0, value: 7 } },
      { inputs: [f([3]), int([0], [])], options: { dim: 0, value: 7 } },
    ],
    errors: [
      {
        inputs: [f([3]), int([1], [0]), f([1])],
        options: { dim: 0 },
        error: 'ShapeError',
        message: /^index_fill_ only supports a 0-dimensional value tensor, but got tensor with 1 dimension/,
      },
    ],
  }),
  op<IndexReduce>({
    name: 'indexReduce',
    call: ({ dim, reduce, ...rest }, x, idx, src) => indexReduce(x, dim, idx, src!, reduce, rest),
    samples: [
      ...(['prod', 'mean', 'amax', 'amin'] as const).flatMap((reduce) => [
        { inputs: [f([4, 3]), index([6], 3), f([6, 3])], options: { dim: 0, reduce } },
        {
          inputs: [f([2, 4], { view: 'transposed' }), index([5], 4), f([2, 5], { view: 'sliced' })],
          options: { dim: 1, reduce, includeSelf: false },
        },
      ]),
      { inputs: [int([4]), index([9], 3), int([9])], options: { dim: 0, reduce: 'amax' } },
    ],
    parity: [{ inputs: [f([31, 5]), index([120], 31), f([120, 5])], options: { dim: 0, reduce: 'amin' } }],
  }),
  op<{ dim: number }>({
    name: 'scatterInPlace',
    call: ({ dim }, x, idx, src) => {
      const y = x.mul(2);
      return [y.scatter_(dim, idx, src!), x.mul(3).scatterAdd_(dim, idx, src!), y.mul(y)];
    },
    samples: [{ inputs: [f([3, 4]), rows34, f([3, 4])], options: { dim: 1 } }],
  }),
  op<{ reduce: 'prod' | 'amax' | 'mean' }>({
    name: 'scatterReduceInPlace',
    call: ({ reduce }, x, idx, src) => {
      const y = x.mul(2);
      y.at(0).scatterReduce_(0, idx, src!, reduce);
      const z = x.add(1).indexReduce_(1, idx, stackOf(src!), reduce);
      return [y, z];
    },
    samples: (['prod', 'amax', 'mean'] as const).map((reduce) => ({
      inputs: [f([2, 4]), index([6], 4), f([6])],
      options: { reduce },
    })),
  }),
  op({
    name: 'indexInPlace',
    call: (_, x, src, at, first) => {
      const y = x.mul(2);
      y.at(':', 1).indexAdd_(0, at!, src!, { alpha: 2 });
      return [y.indexFill_(1, first!, 4), x.add(1).indexCopy_(0, at!, stackOf(src!, 3).T)];
    },
    samples: [{ inputs: [f([3, 3]), f([2]), int([2], [2, 0]), int([1], [0])] }],
  }),
];

/** The vector as each of n rows. */
const stackOf = (v: Tensor, n = 2): Tensor => v.expand(n, v.shape[0]!);
