/** Triangles and diagonals of matrices. */
import { diag, diagEmbed, diagflat, tril, trilIndices, triu, triuIndices } from '../../../src/index.ts';
import { bool, f, int, type OpCase, op } from './kit.ts';

type Diagonal = { diagonal?: number };
type Indices = { row: number; col: number; offset?: number };
const nan = f([2, 2], { values: [Number.NaN, Number.NaN, Infinity, Number.NaN] });

export const triangularOps: readonly OpCase[] = [
  op<Diagonal>({
    name: 'tril',
    call: (o, x) => tril(x, o),
    samples: [
      { inputs: [f([3, 4])], options: {} },
      { inputs: [f([2, 3, 2])], options: { diagonal: -1 } },
      { inputs: [f([4, 3], { view: 'transposed' })], options: { diagonal: 1 } },
      { inputs: [bool([2, 2])], options: {} },
      { inputs: [int([2, 0])], options: {} },
      { inputs: [nan], options: { diagonal: -1 }, extreme: true },
    ],
    errors: [
      {
        inputs: [f([3])],
        options: {},
        error: 'ShapeError',
        message: /^tril: input tensor must have at least 2 dimensions/,
      },
    ],
  }),
  op<Diagonal>({
    name: 'triu',
    call: (o, x) => triu(x, o.diagonal ?? 0),
    samples: [
      { inputs: [f([3, 4])], options: { diagonal: 1 } },
      { inputs: [int([3, 2])], options: { diagonal: -1 } },
      { inputs: [f([2, 3])], options: { diagonal: 5 } },
    ],
  }),
  op<Diagonal>({
    name: 'tril_',
    call: (o, x) => x.clone().tril_(o),
    samples: [{ inputs: [f([3, 3])], options: { diagonal: 1 } }],
  }),
  op<Diagonal>({
    name: 'triu_',
    call: (o, x) => x.clone().triu_(o.diagonal ?? 0),
    samples: [{ inputs: [f([3, 3])], options: {} }],
  }),
  op<{ wrap?: boolean }>({
    name: 'fillDiagonal_',
    call: (o, x) => x.clone().fillDiagonal_(3, o),
    samples: [
      { inputs: [f([3, 4])], options: {} },
      { inputs: [f([7, 2])], options: { wrap: true } },
      { inputs: [f([2, 2, 2])], options: {} },
    ],
    errors: [
      { inputs: [f([3])], options: {}, error: 'ShapeError', message: /^dimensions must larger than 1/ },
      {
        inputs: [f([3, 2, 3])],
        options: {},
        error: 'ShapeError',
        message: /^all dimensions of input must be of equal length/,
      },
    ],
  }),
  op<Indices>({
    name: 'trilIndices',
    call: ({ row, col, ...o }) => trilIndices(row, col, o),
    samples: [
      { inputs: [], options: { row: 3, col: 4 } },
      { inputs: [], options: { row: 3, col: 2, offset: -1 } },
      { inputs: [], options: { row: 2, col: 3, offset: 9 } },
      { inputs: [], options: { row: 0, col: 3 } },
    ],
    errors: [
      { inputs: [], options: { row: -1, col: 2 }, error: 'OptionError', message: /^row must be non-negative, got-1/ },
    ],
  }),
  op<Indices>({
    name: 'triuIndices',
    call: ({ row, col, offset = 0 }) => triuIndices(row, col, offset),
    samples: [
      { inputs: [], options: { row: 3, col: 4 } },
      { inputs: [], options: { row: 3, col: 2, offset: 1 } },
      { inputs: [], options: { row: 2, col: 2, offset: -3 } },
    ],
  }),
  op<{ offset?: number; dim1?: number; dim2?: number }>({
    name: 'diagEmbed',
    call: (o, x) => diagEmbed(x, o),
    samples: [
      { inputs: [f([2, 3])], options: {} },
      { inputs: [f([2, 3])], options: { offset: 1, dim1: 0, dim2: 2 } },
      { inputs: [f([2, 2], { view: 'transposed' })], options: { offset: -1, dim1: 1, dim2: 0 } },
      { inputs: [f([0, 2])], options: { offset: 1 } },
      { inputs: [int([2])], options: {} },
    ],
    errors: [
      {
        inputs: [f([2, 3])],
        options: { dim1: 0, dim2: 0 },
        error: 'ShapeError',
        message: /^diagonal dimensions cannot be identical 0, 0/,
      },
      {
        inputs: [f([])],
        options: {},
        error: 'ShapeError',
        message: /^Dimension out of range \(expected to be in range of \[-1, 0\], but got -2\)/,
      },
    ],
  }),
  op<Diagonal>({
    name: 'diag',
    call: (o, x) => diag(x, o),
    samples: [
      { inputs: [f([3])], options: {} },
      { inputs: [f([2])], options: { diagonal: -1 } },
      { inputs: [f([3, 4])], options: { diagonal: 1 } },
      { inputs: [f([0])], options: { diagonal: 1 } },
    ],
    errors: [
      {
        inputs: [f([1, 2, 3])],
        options: {},
        error: 'ShapeError',
        message: /^diag\(\): Supports 1D or 2D tensors\. Got 3D/,
      },
    ],
  }),
  op<{ offset?: number }>({
    name: 'diagflat',
    call: (o, x) => diagflat(x, o),
    samples: [
      { inputs: [f([2, 2])], options: { offset: -1 } },
      { inputs: [f([])], options: {} },
    ],
  }),
];
