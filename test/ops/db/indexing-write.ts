/** PyTorch's indexing by tensors and masks, read and written, and copies with one part replaced. */
import {
  diagonalScatter,
  indexPut,
  maskedScatter,
  put,
  selectScatter,
  sliceScatter,
  type Tensor,
  type TensorIndex,
  take,
  takeAlongDim,
} from '../../../src/index.ts';
import { bool, f, int, type OpCase, op } from './kit.ts';

/** Entries as JSON has them: 'i' stands for the next index tensor. */
type Entry = number | ':' | '...' | 'i' | null | readonly (number | null)[];
interface Entries {
  readonly items: readonly Entry[];
}
type Write = Entries & { readonly value?: number; readonly accumulate?: boolean };

function filled(items: readonly Entry[], tensors: Tensor[]): TensorIndex[] {
  return items.map((e) => (e === 'i' ? tensors.shift()! : e));
}
const index = (shape: readonly number[], low: number, high: number) => int(shape, undefined, [low, high]);
const at = (x: readonly number[], items: readonly Entry[], ...tensors: ReturnType<typeof int>[]) => ({
  inputs: [f(x), ...tensors],
  options: { items },
});

export const indexingWriteOps: readonly OpCase[] = [
  op<Entries>({
    name: 'atTensors',
    call: ({ items }, x, ...tensors) => x.at(...filled(items, tensors)),
    samples: [
      at([3, 4], ['i', 'i'], index([5], -3, 3), index([5], -4, 4)),
      at([3, 4], ['i', 'i'], index([2, 1], 0, 3), index([3], 0, 4)),
      at([2, 3, 4], ['i', ':', 'i'], index([2], 0, 2), index([2], 0, 4)),
      at([2, 3, 4], [':', 'i', 'i'], index([2], 0, 3), index([2], 0, 4)),
      at([2, 3, 4], [1, 'i', [0, 3]], index([2, 2], 0, 3)),
      at([2, 3, 4], ['i', 1, 'i'], index([3], 0, 2), index([3], 0, 4)),
      at([2, 3, 4], ['i', ':', 'i'], int([], [1]), index([3], 0, 4)),
      at([2, 3, 4], ['i', null, 'i'], index([3], 0, 2), index([3], 0, 3)),
      at([2, 3, 4], ['...', 'i'], int([], [-1])),
      at([2, 3, 4], ['i', [null, null, 2]], int([0], [])),
      { inputs: [f([4, 3], { view: 'transposed' }), index([4], 0, 4)], options: { items: ['i'] } },
    ],
    errors: [
      {
        ...at([3, 4], ['i'], int([1], [3])),
        error: 'ShapeError',
        message: /^index 3 is out of bounds for dimension 0 with size 3/,
      },
      {
        ...at([3, 4], ['i', 'i'], index([2], 0, 3), index([3], 0, 3)),
        error: 'ShapeError',
        message: /^shape mismatch: indexing tensors could not be broadcast together with shapes \[2\], \[3\]/,
      },
      {
        ...at([3, 4], ['i', 'i', 'i'], index([2], 0, 3), index([2], 0, 3), index([2], 0, 3)),
        error: 'ShapeError',
        message: /^too many indices for tensor of dimension 2/,
      },
    ],
  }),
  op<Write>({
    name: 'putAt',
    call: ({ items, value, accumulate }, x, v, ...tensors) => {
      const y = x.mul(2);
      y.put_(filled(items, value === undefined ? tensors : [v!, ...tensors]), value ?? v!, {
        accumulate: !!accumulate,
      });
      return [y, y.mul(y)];
    },
    samples: [
      { inputs: [f([3, 4])], options: { items: [1, [1, 3]], value: 5 } },
      { inputs: [f([3, 4]), f([2])], options: { items: [':', [0, null, 2]] } },
      { inputs: [f([3, 4]), f([1, 1, 4])], options: { items: ['...'], accumulate: true } },
      { inputs: [f([3, 4]), f([1]), int([4], [0, 2, -2, 0]), int([4], [-1, 0, 2, 1])], options: { items: ['i', 'i'] } },
      { inputs: [f([3, 4]), f([2]), int([2, 1], [2, 0]), int([2], [1, 3])], options: { items: ['i', 'i'] } },
      {
        inputs: [f([3, 4]), f([5]), index([5], -3, 3), index([5], -4, 4)],
        options: { items: ['i', 'i'], accumulate: true },
      },
      { inputs: [f([2, 3, 4]), f([2, 3]), int([2], [0, 1]), int([2], [3, 3])], options: { items: ['i', ':', 'i'] } },
      { inputs: [f([2, 3, 4]), f([2, 2]), int([2], [2, 0])], options: { items: [[null, null], 'i', [1, 3]] } },
      { inputs: [f([2, 3, 4]), int([2], [2, 0])], options: { items: [-1, 'i'], value: -1 } },
      { inputs: [int([3, 4]), int([2], [2, 0])], options: { items: [':', 'i'], value: 7, accumulate: true } },
      // A mask: one value, one of each row, a list.
      { inputs: [f([3, 4]), bool([3, 4])], options: { items: ['i'], value: 9 } },
      { inputs: [f([3, 4]), f([4]), bool([3])], options: { items: ['i'] } },
      { inputs: [f([3, 4]), f([]), bool([4])], options: { items: [':', 'i'], accumulate: true } },
      {
        inputs: [f([2, 2]), f([3]), { shape: [2, 2], dtype: 'bool', values: [1, 0, 1, 1] }],
        options: { items: ['i'] },
      },
      {
        inputs: [f([3, 2]), f([2, 2]), { shape: [3], dtype: 'bool', values: [1, 0, 1] }],
        options: { items: ['i'], accumulate: true },
      },
    ],
    errors: [
      {
        inputs: [f([3, 4]), f([3]), int([2], [0, 1])],
        options: { items: ['i'] },
        error: 'ShapeError',
        message:
          /^shape mismatch: value tensor of shape \[3\] cannot be broadcast to indexing result of shape \[2, 4\]/,
      },
      {
        inputs: [f([3, 4]), f([3])],
        options: { items: [0] },
        error: 'ShapeError',
        message: /^The expanded size of the tensor \(4\) must match the existing size \(3\)/,
      },
      {
        inputs: [f([3, 4]), bool([4])],
        options: { items: ['i'], value: 1 },
        error: 'ShapeError',
        message:
          /^The shape of the mask \[4\] at index 0 does not match the shape of the indexed tensor \[3, 4\] at index 0/,
      },
    ],
  }),
  op<{ accumulate?: boolean }>({
    name: 'indexPut',
    call: (o, x, v, ...indices) => indexPut(x, indices, v!, o),
    samples: [
      { inputs: [f([3, 4]), f([2]), int([2], [2, 0]), int([2], [1, -1])] },
      { inputs: [f([3, 4]), f([6, 4]), index([6], -3, 3)], options: { accumulate: true } },
      { inputs: [f([3, 4]), f([]), bool([3, 4])] },
      { inputs: [bool([4]), bool([6]), index([6], -4, 4)], options: { accumulate: true } },
      { inputs: [bool([3, 4]), bool([]), bool([3, 4])], options: { accumulate: true } },
    ],
    errors: [
      {
        inputs: [f([3]), int([1]), int([1], [0])],
        error: 'DTypeError',
        message:
          /^Index put requires the source and destination dtypes match, got \w+ for the destination and \w+ for the source/,
      },
    ],
  }),
  op({
    name: 'take',
    call: (_, x, idx) => take(x, idx!),
    samples: [
      { inputs: [f([3, 4]), index([2, 5], -12, 12)] },
      { inputs: [f([3, 4], { view: 'transposed' }), int([], [5])] },
      { inputs: [int([]), int([2], [0, -1])] },
      { inputs: [f([0]), int([0], [])] },
    ],
    errors: [
      {
        inputs: [f([2, 2]), int([1], [4])],
        error: 'ShapeError',
        message: /^out of range: tried to access index 4 on a tensor of 4 elements\./,
      },
      {
        inputs: [f([0]), int([1], [0])],
        error: 'ShapeError',
        message: /^take\(\): tried to take from an empty tensor/,
      },
    ],
  }),
  op<{ dim?: number }>({
    name: 'takeAlongDim',
    call: (o, x, idx) => takeAlongDim(x, idx!, o),
    samples: [
      { inputs: [f([3, 4]), index([3, 2], -4, 4)], options: { dim: 1 } },
      { inputs: [f([3, 1]), index([1, 4], 0, 3)], options: { dim: 0 } },
      { inputs: [f([3, 4]), index([2, 2], 0, 12)] },
    ],
    errors: [
      {
        inputs: [f([3, 4]), index([3], 0, 3)],
        options: { dim: 0 },
        error: 'ShapeError',
        message:
          /^torch.take_along_dim\(\): input and indices should have the same number of dimensions, but got 2 dimensions for input, and 1/,
      },
      {
        inputs: [f([3, 4]), index([1, 3], 0, 3)],
        options: { dim: 0 },
        error: 'ShapeError',
        message: /^The size of tensor a \(4\) must match the size of tensor b \(3\) at non-singleton dimension 1/,
      },
    ],
  }),
  op<{ accumulate?: boolean }>({
    name: 'put',
    call: ({ accumulate = false }, x, idx, v) => [put(x, idx!, v!, accumulate), x.clone().put_(idx!, v!, accumulate)],
    samples: [
      { inputs: [f([3, 4]), int([2, 2], [11, 0, -2, 5]), f([4])] },
      { inputs: [f([4, 3], { view: 'transposed' }), index([7], -12, 12), f([7])], options: { accumulate: true } },
      { inputs: [f([]), int([], [0]), f([1])] },
      { inputs: [bool([4]), index([6], -4, 4), bool([6])], options: { accumulate: true } },
    ],
    errors: [
      {
        inputs: [f([3]), int([2], [0, 1]), f([1])],
        error: 'ShapeError',
        message:
          /^put_\(\): Expected source and index to have the same number of elements, but got source.numel\(\) = 1, index.numel\(\) = 2/,
      },
    ],
  }),
  op({
    name: 'maskedScatter',
    call: (_, x, mask, source) => [maskedScatter(x, mask!, source!), x.mul(1).maskedScatter_(mask!, source!)],
    samples: [
      { inputs: [f([3, 4]), bool([3, 4]), f([12])] },
      { inputs: [f([3, 4], { view: 'transposed' }), bool([4]), f([3, 5], { view: 'sliced' })] },
      { inputs: [int([2, 40]), bool([2, 40]), int([80])] },
      { inputs: [f([]), { shape: [], dtype: 'bool', values: [1] }, f([1])] },
      { inputs: [f([0, 2]), bool([2]), f([0])] },
    ],
    parity: [{ inputs: [f([3, 700]), bool([3, 700]), f([2100])] }],
    errors: [
      {
        inputs: [f([3]), f([3]), f([3])],
        error: 'DTypeError',
        message: /^masked_scatter_ only supports boolean masks, but got mask with dtype/,
      },
      {
        inputs: [f([3]), bool([3]), int([3])],
        error: 'DTypeError',
        message: /^masked_scatter: expected self and source to have same dtypes but got/,
      },
    ],
  }),
  op<{ dim: number; index: number }>({
    name: 'selectScatter',
    call: (o, x, src) => selectScatter(x, src!, o.dim, o.index),
    samples: [
      { inputs: [f([3, 4]), f([4])], options: { dim: 0, index: -1 } },
      { inputs: [f([3, 4], { view: 'transposed' }), f([3], { view: 'flipped' })], options: { dim: -1, index: 2 } },
      { inputs: [f([3]), int([])], options: { dim: 0, index: 1 } },
    ],
    errors: [
      {
        inputs: [f([3, 4]), f([3])],
        options: { dim: 0, index: 0 },
        error: 'ShapeError',
        message: /^expected src to have a size equal to the slice of self. src size = \[3\], slice size = \[4\]/,
      },
      {
        inputs: [f([3, 4]), f([4])],
        options: { dim: 0, index: 3 },
        error: 'ShapeError',
        message: /^select\(\): index 3 out of range for tensor of size \[3, 4\] at dimension 0/,
      },
    ],
  }),
  op<{ dim?: number; start?: number; end?: number; step?: number }>({
    name: 'sliceScatter',
    call: (o, x, src) => sliceScatter(x, src!, o),
    samples: [
      { inputs: [f([5, 2]), f([2, 2])], options: { start: 1, end: 4, step: 2 } },
      { inputs: [f([3, 4], { view: 'transposed' }), f([3, 2])], options: { dim: -1, start: -2 } },
      { inputs: [f([3]), f([3])] },
      { inputs: [f([3]), f([0])], options: { start: 3 } },
    ],
    errors: [
      {
        inputs: [f([3]), f([2])],
        options: { start: 2 },
        error: 'ShapeError',
        message: /^expected src to have a size equal to the slice of self. src size = \[2\], slice size = \[1\]/,
      },
    ],
  }),
  op<{ offset?: number; dim1?: number; dim2?: number }>({
    name: 'diagonalScatter',
    call: (o, x, src) => diagonalScatter(x, src!, o),
    samples: [
      { inputs: [f([3, 4]), f([3])] },
      { inputs: [f([3, 4]), f([2])], options: { offset: -1 } },
      { inputs: [f([3, 2, 4], { view: 'transposed' }), f([2, 2])], options: { offset: 2, dim1: 0, dim2: -1 } },
      { inputs: [f([3, 4]), f([0])], options: { offset: 9 } },
    ],
    errors: [
      {
        inputs: [f([3, 4]), f([2])],
        error: 'ShapeError',
        message: /^expected src to have a size equal to the slice of self. src size = \[2\], slice size = \[3\]/,
      },
    ],
  }),
];
