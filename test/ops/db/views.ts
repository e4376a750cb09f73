/** Views beyond those of shape.ts: the same memory under other sizes and strides. */
import {
  adjoint,
  aliasCopy,
  asStrided,
  asStridedCopy,
  asStridedScatter,
  atleast1d,
  atleast2d,
  atleast3d,
  broadcastTensors,
  broadcastTo,
  detachCopy,
  diagonal,
  diagonalCopy,
  expandCopy,
  moveaxis,
  movedim,
  narrow,
  narrowCopy,
  permuteCopy,
  ravel,
  select,
  selectCopy,
  splitCopy,
  splitWithSizesCopy,
  squeezeCopy,
  swapaxes,
  swapdims,
  t,
  tCopy,
  transposeCopy,
  unbindCopy,
  unflatten,
  unfoldCopy,
  unsqueezeCopy,
  viewCopy,
} from '../../../src/index.ts';
import { bool, f, int, type OpCase, op } from './kit.ts';

const x = f([2, 3, 4]);
const forms = <O>(...options: O[]) => options.map((o) => ({ inputs: [x], options: o }));
const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const outOfRange = /^Dimension out of range \(expected to be in range of \[-2, 1\], but got 2\)/;

export const viewOps: readonly OpCase[] = [
  op({
    name: 't',
    call: (_, a) => t(a),
    samples: [{ inputs: [f([2, 3])] }, { inputs: [f([3])] }, { inputs: [f([])] }],
    errors: [
      { inputs: [x], error: 'ShapeError', message: /^t\(\) expects a tensor with <= 2 dimensions, but self is 3D/ },
    ],
  }),
  op({
    name: 'adjoint',
    call: (_, a) => adjoint(a),
    samples: [{ inputs: [x] }, { inputs: [f([])] }],
    errors: [
      {
        inputs: [f([3])],
        error: 'ShapeError',
        message: /^tensor\.adjoint\(\) is only supported on matrices or batches of matrices\. Got 1-D tensor\./,
      },
    ],
  }),
  op({
    name: 'mH',
    call: (_, a) => a.mH,
    samples: [{ inputs: [x] }],
  }),
  op({
    name: 'H',
    call: (_, a) => a.H,
    samples: [{ inputs: [f([2, 3])] }, { inputs: [f([])] }],
    errors: [
      {
        inputs: [x],
        error: 'ShapeError',
        message: /^tensor\.H is only supported on matrices \(2-D tensors\)\. Got 3-D tensor\./,
      },
    ],
  }),
  op<{ axis0: number; axis1: number }>({
    name: 'swapaxes',
    call: (o, a) => swapaxes(a, o.axis0, o.axis1),
    samples: forms({ axis0: 0, axis1: -1 }),
    errors: [{ inputs: [f([2, 3])], options: { axis0: 0, axis1: 2 }, error: 'ShapeError', message: outOfRange }],
  }),
  op<{ dim0: number; dim1: number }>({
    name: 'swapdims',
    call: (o, a) => swapdims(a, o.dim0, o.dim1),
    samples: [...forms({ dim0: 0, dim1: 1 }), { inputs: [f([])], options: { dim0: 0, dim1: 0 } }],
  }),
  op<{ source: number | number[]; destination: number | number[] }>({
    name: 'movedim',
    call: (o, a) => movedim(a, o.source, o.destination),
    samples: [
      ...forms<{ source: number | number[]; destination: number | number[] }>(
        { source: 0, destination: -1 },
        { source: [0, 2], destination: [2, 0] },
        { source: [-1, 0], destination: [0, 1] },
      ),
      { inputs: [f([])], options: { source: 0, destination: 0 } },
    ],
    errors: [
      {
        inputs: [x],
        options: { source: [0, 1], destination: [1] },
        error: 'ShapeError',
        message:
          /^movedim: Invalid source or destination dims: source \(\[0, 1\] dims\) should contain the same number of dims as destination \(\[1\] dims\)/,
      },
      {
        inputs: [x],
        options: { source: [0, 0], destination: [1, 2] },
        error: 'ShapeError',
        message: /^movedim: repeated dim in `source` \(\[0, 0\]\)/,
      },
      {
        inputs: [x],
        options: { source: [0, 1], destination: [1, 1] },
        error: 'ShapeError',
        message: /^movedim: repeated dim in `destination` \(\[1, 1\]\)/,
      },
    ],
  }),
  op({
    name: 'moveaxis',
    call: (_, a) => moveaxis(a, 1, 0),
    samples: [{ inputs: [x] }],
  }),
  op({
    name: 'ravel',
    call: (_, a) => ravel(a),
    samples: [{ inputs: [f([2, 3])] }, { inputs: [f([2, 3], { view: 'transposed' })] }, { inputs: [f([])] }],
  }),
  op<{ dim: number; sizes: number[] }>({
    name: 'unflatten',
    call: (o, a) => unflatten(a, o.dim, o.sizes),
    samples: [
      { inputs: [f([2, 6])], options: { dim: 1, sizes: [3, -1] } },
      { inputs: [f([4, 3], { view: 'transposed' })], options: { dim: -2, sizes: [2, 2] } },
      { inputs: [f([0, 3])], options: { dim: 0, sizes: [0, 5] } },
    ],
    errors: [
      {
        inputs: [f([2, 3])],
        options: { dim: 1, sizes: [2, 2] },
        error: 'ShapeError',
        message: /^unflatten: Provided sizes \[2, 2\] don't multiply up to the size of dim 1 \(3\) in the input tensor/,
      },
      {
        inputs: [f([2, 3])],
        options: { dim: 1, sizes: [] },
        error: 'ShapeError',
        message: /^unflatten: sizes must be non-empty/,
      },
    ],
  }),
  op({
    name: 'viewAs',
    call: (_, a, b) => a.viewAs(b),
    samples: [{ inputs: [f([2, 6], { values: range(12) }), f([3, 4])] }],
    errors: [
      {
        inputs: [f([2, 6]), f([3])],
        error: 'ShapeError',
        message: /^shape '\[3\]' is invalid for input of size 12/,
      },
    ],
  }),
  op({
    name: 'reshapeAs',
    call: (_, a, b) => a.reshapeAs(b),
    samples: [{ inputs: [f([2, 6], { view: 'transposed' }), f([3, 4])] }],
  }),
  op({
    name: 'expandAs',
    call: (_, a, b) => a.expandAs(b),
    samples: [{ inputs: [f([2, 1]), f([3, 2, 4])] }],
    errors: [
      {
        inputs: [f([2]), f([3])],
        error: 'ShapeError',
        message:
          /^The expanded size of the tensor \(3\) must match the existing size \(2\) at non-singleton dimension 0/,
      },
    ],
  }),
  op<{ size: number[] }>({
    name: 'broadcastTo',
    call: (o, a) => broadcastTo(a, o.size),
    samples: [
      { inputs: [f([3, 1])], options: { size: [2, 3, 4] } },
      { inputs: [f([])], options: { size: [0, 2] } },
    ],
  }),
  op({
    name: 'broadcastTensors',
    call: (_, ...all) => broadcastTensors(...all),
    samples: [{ inputs: [f([3, 1]), f([2]), int([])] }],
    errors: [
      {
        inputs: [f([2, 3]), f([2, 4])],
        error: 'ShapeError',
        message: /^The size of tensor a \(3\) must match the size of tensor b \(4\) at non-singleton dimension 1/,
      },
    ],
  }),
  op({
    name: 'atleast1d',
    call: (_, ...all) => (all.length === 1 ? atleast1d(all[0]!) : atleast1d(all)),
    samples: [{ inputs: [f([])] }, { inputs: [f([]), f([2])] }],
  }),
  op({
    name: 'atleast2d',
    call: (_, ...all) => atleast2d(...all),
    samples: [{ inputs: [f([]), f([2]), f([2, 3])] }],
  }),
  op({
    name: 'atleast3d',
    call: (_, ...all) => atleast3d(...all),
    samples: [{ inputs: [f([]), f([2]), f([2, 3]), f([2, 1, 3])] }],
  }),
  op<{ dim: number; length: number }>({
    name: 'narrowByTensor',
    call: (o, a, start) => narrow(a, o.dim, start!, o.length),
    samples: [
      { inputs: [f([3, 4]), int([], [1])], options: { dim: 1, length: 2 } },
      { inputs: [f([4, 3], { view: 'transposed' }), int([], [-2])], options: { dim: 0, length: 2 } },
      { inputs: [f([3, 4]), int([], [4])], options: { dim: 1, length: 0 } },
    ],
    errors: [
      {
        inputs: [f([3, 4]), int([1], [1])],
        options: { dim: 1, length: 2 },
        error: 'ShapeError',
        message: /^start must be an 0-dim integral Tensor\./,
      },
      {
        inputs: [f([3, 4]), f([])],
        options: { dim: 1, length: 2 },
        error: 'ShapeError',
        message: /^start must be an 0-dim integral Tensor\./,
      },
    ],
  }),
  op<{ dim: number; start: number; length: number }>({
    name: 'narrow',
    call: (o, a) => narrow(a, o.dim, o.start, o.length),
    samples: [
      ...forms({ dim: 1, start: 1, length: 2 }, { dim: -1, start: -2, length: 1 }, { dim: 0, start: 2, length: 0 }),
      { inputs: [bool([3, 2], 'transposed')], options: { dim: 0, start: 1, length: 2 } },
    ],
    errors: [
      {
        inputs: [f([2, 3])],
        options: { dim: 1, start: 1, length: 3 },
        error: 'ShapeError',
        message: /^start \(1\) \+ length \(3\) exceeds dimension size \(3\)\./,
      },
      {
        inputs: [f([2, 3])],
        options: { dim: 1, start: 4, length: 1 },
        error: 'ShapeError',
        message: /^start out of range \(expected to be in range of \[-3, 3\], but got 4\)/,
      },
      {
        inputs: [f([2, 3])],
        options: { dim: 1, start: 0, length: -1 },
        error: 'ShapeError',
        message: /^narrow\(\): length must be non-negative\./,
      },
      {
        inputs: [f([])],
        options: { dim: 0, start: 0, length: 1 },
        error: 'ShapeError',
        message: /^narrow\(\) cannot be applied to a 0-dim tensor\./,
      },
    ],
  }),
  op<{ dim: number; index: number }>({
    name: 'select',
    call: (o, a) => select(a, o.dim, o.index),
    samples: [
      ...forms({ dim: 1, index: 2 }, { dim: -1, index: -3 }),
      { inputs: [f([3], { view: 'flipped' })], options: { dim: 0, index: 1 } },
    ],
    errors: [
      {
        inputs: [f([2, 3])],
        options: { dim: 1, index: 3 },
        error: 'ShapeError',
        message: /^select\(\): index 3 out of range for tensor of size \[2, 3\] at dimension 1/,
      },
      {
        inputs: [f([])],
        options: { dim: 0, index: 0 },
        error: 'ShapeError',
        message: /^select\(\) cannot be applied to a 0-dim tensor\./,
      },
    ],
  }),
  op<{ dimension: number; size: number; step: number }>({
    name: 'unfold',
    call: (o, a) => a.unfold(o.dimension, o.size, o.step),
    samples: [
      { inputs: [f([2, 7])], options: { dimension: 1, size: 3, step: 2 } },
      { inputs: [f([5, 2])], options: { dimension: 0, size: 3, step: 1 } },
      { inputs: [f([7])], options: { dimension: -1, size: 2, step: 3 } },
      { inputs: [f([5, 3], { view: 'transposed' })], options: { dimension: 0, size: 2, step: 1 } },
      { inputs: [f([2, 3])], options: { dimension: 1, size: 0, step: 2 } },
      { inputs: [f([])], options: { dimension: 0, size: 1, step: 1 } },
    ],
    errors: [
      {
        inputs: [f([2, 3])],
        options: { dimension: 1, size: 4, step: 1 },
        error: 'ShapeError',
        message: /^maximum size for tensor at dimension 1 is 3 but size is 4/,
      },
      {
        inputs: [f([2, 3])],
        options: { dimension: 1, size: 2, step: 0 },
        error: 'OptionError',
        message: /^step is 0 but must be > 0/,
      },
    ],
  }),
  op<{ size: number[]; stride: number[]; storageOffset?: number }>({
    name: 'asStrided',
    call: ({ size, stride, ...rest }, a) => asStrided(a, size, stride, rest),
    samples: [
      { inputs: [f([6])], options: { size: [2, 2], stride: [3, 1], storageOffset: 1 } },
      { inputs: [f([6])], options: { size: [3, 3], stride: [1, 1] } },
      { inputs: [f([2, 3], { values: range(6) })], options: { size: [2, 4], stride: [0, 1] } },
      { inputs: [f([2, 3], { view: 'transposed' })], options: { size: [4], stride: [1], storageOffset: 1 } },
      { inputs: [f([])], options: { size: [], stride: [] } },
    ],
    errors: [
      {
        inputs: [f([2, 3])],
        options: { size: [20], stride: [1] },
        error: 'ShapeError',
        message:
          /^setStorage: sizes \[20\], strides \[1\], storage offset 0, and itemsize 4 requiring a storage size of 80 are out of bounds for storage of size 24/,
      },
      {
        inputs: [f([2, 3])],
        options: { size: [2], stride: [1, 2] },
        error: 'ShapeError',
        message: /^mismatch in length of strides and shape/,
      },
      {
        inputs: [f([2, 3])],
        options: { size: [2], stride: [-1] },
        error: 'ShapeError',
        message: /^as_strided: Negative strides are not supported at the moment, got strides: \[-1\]/,
      },
    ],
  }),
  op<{ offset?: number; dim1?: number; dim2?: number }>({
    name: 'diagonal',
    call: (o, a) => diagonal(a, o),
    samples: [
      { inputs: [f([3, 4])], options: {} },
      { inputs: [f([3, 4])], options: { offset: 2 } },
      { inputs: [f([3, 4])], options: { offset: -4 } },
      { inputs: [x], options: { offset: -1, dim1: -1, dim2: 0 } },
      { inputs: [f([4, 2], { view: 'transposed' })], options: { offset: 1 } },
      { inputs: [f([3, 3], { view: 'expanded' })], options: {} },
    ],
    errors: [
      {
        inputs: [f([2, 3])],
        options: { dim1: 0, dim2: -2 },
        error: 'ShapeError',
        message: /^diagonal dimensions cannot be identical 0, -2/,
      },
      { inputs: [f([2, 3])], options: { dim2: 2 }, error: 'ShapeError', message: outOfRange },
    ],
  }),
  op<{ size: number[]; stride: number[]; storageOffset?: number }>({
    name: 'asStridedScatter',
    call: ({ size, stride, ...rest }, a, b) => asStridedScatter(a, b, size, stride, rest),
    // PyTorch 2.13 gives the input the gradient of the elements written over, and the others none: its own gradcheck fails.
    constants: [0],
    samples: [
      {
        inputs: [f([6], { values: range(6) }), f([2, 2])],
        options: { size: [2, 2], stride: [3, 1], storageOffset: 1 },
      },
      { inputs: [f([4]), f([2])], options: { size: [2], stride: [2] } },
    ],
    errors: [
      {
        inputs: [f([4]), f([3])],
        options: { size: [2], stride: [2] },
        error: 'ShapeError',
        message: /^expected src to have a size equal to the slice of self\. src size = \[3\], slice size = \[2\]/,
      },
    ],
  }),
  op({
    name: 'copies',
    call: (_, x) => [
      aliasCopy(x),
      asStridedCopy(x, [2], [2]),
      diagonalCopy(x),
      expandCopy(x, [2, 2, 3]),
      narrowCopy(x, 1, 0, 2),
      permuteCopy(x, [1, 0]),
      selectCopy(x, 0, 1),
      squeezeCopy(x),
      tCopy(x),
      transposeCopy(x, 0, 1),
      unfoldCopy(x, 1, 2, 1),
      unsqueezeCopy(x, 0),
      viewCopy(x, [3, 2]),
      ...splitCopy(x, 2, 1),
      ...splitWithSizesCopy(x, [1, 2], 1),
      ...unbindCopy(x),
      detachCopy(x),
    ],
    samples: [{ inputs: [f([2, 3], { values: [1, 2, 3, 4, 5, 6] })] }],
  }),
];
