/** Views and indexing: the same elements, read otherwise. A multiplication follows so that each view meets a kernel. */
import { f, int, type OpCase, type Operand, op } from './kit.ts';

const x = f([2, 3, 4]);
const forms = <O>(...options: O[]) => options.map((o) => ({ inputs: [x], options: o }));
/** Item by item what x.at(...) takes; PyTorch's meaning is spelled by `indices` in tools/golden/generate.py. */
type Item = number | ':' | '...' | null | [number | null, (number | null)?, (number | null)?];
const at = (input: Operand, ...items: Item[]) => ({ inputs: [input], options: { items } });

export const shapeOps: readonly OpCase[] = [
  op<{ shape: number[] }>({
    name: 'reshape',
    call: (o, a) => a.reshape(o.shape),
    samples: [
      ...forms({ shape: [6, 4] }, { shape: [-1] }, { shape: [4, -1, 2] }, { shape: [1, 24, 1] }),
      { inputs: [f([3, 4], { view: 'transposed' })], options: { shape: [2, 6] } },
      { inputs: [f([2, 4], { view: 'expanded' })], options: { shape: [8] } },
      { inputs: [f([0, 3])], options: { shape: [3, 0] } },
      { inputs: [f([])], options: { shape: [1, 1] } },
    ],
    errors: [
      {
        inputs: [f([2, 3])],
        options: { shape: [4] },
        error: 'ShapeError',
        message: /^shape '\[4\]' is invalid for input of size 6/,
      },
      {
        inputs: [f([2, 3])],
        options: { shape: [-1, -1] },
        error: 'ShapeError',
        message: /^only one dimension can be inferred/,
      },
    ],
  }),
  op<{ shape: number[] }>({
    name: 'view',
    call: (o, a) => a.view(o.shape).mul(2),
    samples: forms({ shape: [6, 4] }, { shape: [2, -1] }),
    errors: [
      {
        inputs: [f([3, 4], { view: 'transposed' })],
        options: { shape: [12] },
        error: 'ShapeError',
        message:
          /^view size is not compatible with input tensor's size and stride \(at least one dimension spans across two contiguous subspaces\)\. Use \.reshape\(\.\.\.\) instead\./,
      },
    ],
  }),
  op<{ dims: number[] }>({
    name: 'permute',
    call: (o, a) => a.permute(o.dims).mul(2),
    samples: [
      ...forms({ dims: [2, 0, 1] }, { dims: [0, -1, 1] }),
      { inputs: [f([2, 3], { view: 'sliced' })], options: { dims: [1, 0] } },
    ],
    errors: [
      {
        inputs: [f([2, 3])],
        options: { dims: [0] },
        error: 'ShapeError',
        message:
          /number of dimensions in the tensor input does not match the length of the desired ordering of dimensions/,
      },
      {
        inputs: [f([2, 3])],
        options: { dims: [0, 0] },
        error: 'ShapeError',
        message: /duplicate dims are not allowed/,
      },
    ],
  }),
  op<{ dim0: number; dim1: number }>({
    name: 'transpose',
    call: (o, a) => a.transpose(o.dim0, o.dim1).mul(2),
    samples: forms({ dim0: 0, dim1: 1 }, { dim0: -1, dim1: 0 }),
  }),
  op({
    name: 'T',
    call: (_, a) => a.T.mul(2),
    samples: [{ inputs: [f([2, 3])] }, { inputs: [f([3, 2], { view: 'sliced' })] }],
  }),
  op<{ sizes: number[] }>({
    name: 'expand',
    call: (o, a) => a.expand(o.sizes).mul(2),
    samples: [
      { inputs: [f([3, 1])], options: { sizes: [3, 4] } },
      { inputs: [f([3, 1])], options: { sizes: [2, -1, 4] } },
      { inputs: [f([])], options: { sizes: [2, 2] } },
      { inputs: [f([1, 3])], options: { sizes: [0, 3] } },
    ],
    errors: [
      {
        inputs: [f([3, 2])],
        options: { sizes: [3, 4] },
        error: 'ShapeError',
        message:
          /^The expanded size of the tensor \(4\) must match the existing size \(2\) at non-singleton dimension 1/,
      },
    ],
  }),
  op<{ dims: number[] }>({
    name: 'flip',
    call: (o, a) => a.flip(o.dims).mul(2),
    samples: [
      ...forms({ dims: [0] }, { dims: [-1, 1] }),
      { inputs: [f([2, 4], { view: 'sliced' })], options: { dims: [1] } },
    ],
  }),
  op<{ dim?: number }>({
    name: 'squeeze',
    call: (o, a) => (o.dim === undefined ? a.squeeze() : a.squeeze(o.dim)).mul(2),
    samples: [
      { inputs: [f([1, 3, 1])] },
      { inputs: [f([1, 3, 1])], options: { dim: -1 } },
      { inputs: [f([1, 3, 1])], options: { dim: 1 } },
    ],
  }),
  op<{ dim: number }>({
    name: 'unsqueeze',
    call: (o, a) => a.unsqueeze(o.dim).mul(2),
    samples: forms({ dim: 0 }, { dim: -1 }, { dim: 2 }),
    errors: [
      {
        inputs: [f([2, 3])],
        options: { dim: 3 },
        error: 'ShapeError',
        message: /^Dimension out of range \(expected to be in range of \[-3, 2\], but got 3\)/,
      },
    ],
  }),
  op<{ startDim?: number; endDim?: number }>({
    name: 'flatten',
    call: (o, a) => a.flatten(o.startDim ?? 0, o.endDim ?? -1).mul(2),
    samples: [...forms({}, { startDim: 1 }, { startDim: 0, endDim: 1 }), { inputs: [f([])] }],
  }),
  op<{ items: Item[] }>({
    name: 'at',
    call: (o, a) => a.at(...o.items).mul(2),
    samples: [
      at(x, 0),
      at(x, -1, 2, 3),
      at(x, ':', [1, 3]),
      at(x, [0, 1]),
      at(x, '...', [null, null, 2]),
      at(x, '...', null),
      at(x, null, 1, ':', [-2, null]),
      at(x, ':', -1, [1, null, 2]),
      at(x, [2, 1]),
      at(f([6], { view: 'flipped' }), [1, -1, 3]),
      at(f([3, 4], { view: 'transposed' }), 1, [1, 4]),
    ],
    errors: [
      {
        inputs: [f([2, 3])],
        options: { items: [2] },
        error: 'ShapeError',
        message: /^index 2 is out of bounds for dimension 0 with size 2/,
      },
      {
        inputs: [f([2])],
        options: { items: [0, 0] },
        error: 'ShapeError',
        message: /^too many indices for tensor of dimension 1/,
      },
    ],
  }),
  op({
    name: 'atTensor',
    call: (_, a, idx) => a.at(idx),
    samples: [{ inputs: [f([4, 3]), int([3], [3, 0, 3])] }, { inputs: [f([4]), int([2, 2], [0, 1, 1, -1])] }],
  }),
];
