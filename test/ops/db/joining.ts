/** Joining and taking apart, beyond those of indexing.ts. */
import {
  blockDiag,
  cartesianProd,
  columnStack,
  combinations,
  concat,
  concatenate,
  dsplit,
  dstack,
  hsplit,
  hstack,
  meshgrid,
  rowStack,
  splitWithSizes,
  tensorSplit,
  unbind,
  vsplit,
  vstack,
} from '../../../src/index.ts';
import { bool, f, int, type OpCase, op } from './kit.ts';

type Cut = { sections: number | number[]; dim?: number };

export const joiningOps: readonly OpCase[] = [
  op<{ dim?: number }>({
    name: 'concat',
    call: (o, ...all) => concat(all, o),
    samples: [{ inputs: [f([2, 1]), int([2, 3])], options: { dim: -1 } }, { inputs: [f([0]), f([2, 3])] }],
    errors: [
      {
        inputs: [f([2, 3]), f([])],
        error: 'ShapeError',
        message: /^zero-dimensional tensor \(at position 1\) cannot be concatenated/,
      },
    ],
  }),
  op<{ dim?: number }>({
    name: 'concatenate',
    call: (o, ...all) => concatenate(all, o.dim),
    samples: [{ inputs: [bool([2]), bool([1])], options: { dim: 0 } }],
  }),
  op({
    name: 'hstack',
    call: (_, ...all) => hstack(all),
    samples: [
      { inputs: [f([]), f([])] },
      { inputs: [f([2]), f([3])] },
      { inputs: [f([2, 1]), f([2, 3], { view: 'transposed' })] },
    ],
    errors: [
      {
        inputs: [f([2, 3]), f([3, 3])],
        error: 'ShapeError',
        message:
          /^Sizes of tensors must match except in dimension 1\. Expected size 2 but got size 3 for tensor number 1/,
      },
    ],
  }),
  op({
    name: 'vstack',
    call: (_, ...all) => vstack(all),
    samples: [{ inputs: [f([3]), f([2, 3])] }, { inputs: [f([]), f([1])] }],
  }),
  op({
    name: 'rowStack',
    call: (_, ...all) => rowStack(all),
    samples: [{ inputs: [f([3]), int([3])] }],
  }),
  op({
    name: 'dstack',
    call: (_, ...all) => dstack(all),
    samples: [{ inputs: [f([3]), f([3])] }, { inputs: [f([2, 3]), f([2, 3, 2])] }],
  }),
  op({
    name: 'columnStack',
    call: (_, ...all) => columnStack(all),
    samples: [{ inputs: [f([2]), f([2, 3]), f([2])] }, { inputs: [f([]), f([1])] }],
  }),
  op({
    name: 'blockDiag',
    call: (_, ...all) => blockDiag(...all),
    samples: [
      { inputs: [f([2, 3]), f([]), f([2]), f([1, 2], { view: 'flipped' })] },
      { inputs: [f([2, 0]), int([1, 2])] },
    ],
    errors: [
      {
        inputs: [f([1, 2, 3])],
        error: 'ShapeError',
        message: /^torch\.block_diag: Input tensors must have 2 or fewer dimensions\. Input 0 has 3 dimensions/,
      },
    ],
  }),
  op<{ indexing?: 'ij' | 'xy' }>({
    name: 'meshgrid',
    call: (o, ...all) => (o.indexing ? meshgrid(...all, o) : meshgrid(all)),
    samples: [
      { inputs: [f([2]), f([3])] },
      { inputs: [f([2]), f([3]), f([])], options: { indexing: 'xy' } },
      { inputs: [f([2])], options: { indexing: 'xy' } },
    ],
    errors: [
      {
        inputs: [f([2, 3])],
        error: 'ShapeError',
        message: /^torch\.meshgrid: Expected 0D or 1D tensor in the tensor list but got: /,
      },
      {
        inputs: [f([2]), int([3])],
        error: 'DTypeError',
        message: /^meshgrid expects all tensors to have the same dtype/,
      },
    ],
  }),
  op({
    name: 'cartesianProd',
    call: (_, ...all) => cartesianProd(...all),
    samples: [{ inputs: [f([2]), f([3])] }, { inputs: [f([3])] }],
    errors: [{ inputs: [f([2, 3])], error: 'ShapeError', message: /^Expect a 1D vector, but got shape \[2, 3\]/ }],
  }),
  op<{ r?: number; withReplacement?: boolean }>({
    name: 'combinations',
    call: (o, x) => combinations(x, o),
    samples: [
      { inputs: [f([4])], options: {} },
      { inputs: [f([4])], options: { r: 3 } },
      { inputs: [f([3])], options: { r: 2, withReplacement: true } },
      { inputs: [int([2])], options: { r: 3 } },
      { inputs: [int([2])], options: { r: 0 } },
    ],
    errors: [
      {
        inputs: [f([2])],
        options: { r: -1 },
        error: 'OptionError',
        message: /^Expect a non-negative number, but got -1/,
      },
    ],
  }),
  op<{ splitSizes: number[]; dim?: number }>({
    name: 'splitWithSizes',
    call: (o, x) => splitWithSizes(x, o.splitSizes, o.dim),
    samples: [{ inputs: [f([2, 5])], options: { splitSizes: [2, 0, 3], dim: 1 } }],
    errors: [
      {
        inputs: [f([3])],
        options: { splitSizes: [1, -1, 3] },
        error: 'ShapeError',
        message:
          /^split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes=\[1, -1, 3\]/,
      },
    ],
  }),
  op<Cut>({
    name: 'tensorSplit',
    call: (o, x) => tensorSplit(x, o.sections, o.dim),
    samples: [
      { inputs: [f([7, 2])], options: { sections: 3 } },
      { inputs: [f([2, 3])], options: { sections: 5, dim: 1 } },
      { inputs: [f([2, 6])], options: { sections: [1, 9, 2, -1], dim: -1 } },
    ],
    errors: [
      {
        inputs: [f([2, 3])],
        options: { sections: 0 },
        error: 'OptionError',
        message: /^number of sections must be larger than 0, got 0/,
      },
      {
        inputs: [f([])],
        options: { sections: 2 },
        error: 'ShapeError',
        message: /^tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims/,
      },
    ],
  }),
  op<Cut>({
    name: 'hsplit',
    call: (o, x) => hsplit(x, o.sections),
    samples: [
      { inputs: [f([4])], options: { sections: [1, 3] } },
      { inputs: [f([2, 4])], options: { sections: 2 } },
    ],
    errors: [
      {
        inputs: [f([2, 3])],
        options: { sections: 2 },
        error: 'ShapeError',
        message:
          /^torch\.hsplit attempted to split along dimension 1, but the size of the dimension 3 is not divisible by the split_size 2!/,
      },
      {
        inputs: [f([])],
        options: { sections: 1 },
        error: 'ShapeError',
        message: /^torch\.hsplit requires a tensor with at least 1 dimension, but got a tensor with 0 dimensions!/,
      },
    ],
  }),
  op<Cut>({
    name: 'vsplit',
    call: (o, x) => vsplit(x, o.sections),
    samples: [{ inputs: [f([4, 2])], options: { sections: 2 } }],
  }),
  op<Cut>({
    name: 'dsplit',
    call: (o, x) => dsplit(x, o.sections),
    samples: [{ inputs: [f([2, 1, 4])], options: { sections: [3] } }],
    errors: [
      {
        inputs: [f([2, 3])],
        options: { sections: 1 },
        error: 'ShapeError',
        message: /^torch\.dsplit requires a tensor with at least 3 dimension, but got a tensor with 2 dimensions!/,
      },
    ],
  }),
  op<{ dim?: number }>({
    name: 'unbind',
    call: (o, x) => unbind(x, o),
    samples: [
      { inputs: [f([2, 3])], options: { dim: -1 } },
      { inputs: [f([2])], options: {} },
      { inputs: [f([2, 0])], options: {} },
    ],
    errors: [
      { inputs: [f([])], error: 'ShapeError', message: /^Dimension specified as 0 but tensor has no dimensions/ },
    ],
  }),
];
