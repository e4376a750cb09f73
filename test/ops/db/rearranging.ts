/** The same elements in another order, or several times. */
import {
  channelShuffle,
  fliplr,
  flipud,
  functional,
  repeatInterleave,
  roll,
  rot90,
  tile,
  unravelIndex,
} from '../../../src/index.ts';
import { bool, f, int, type OpCase, op } from './kit.ts';

export const rearrangingOps: readonly OpCase[] = [
  op({
    name: 'fliplr',
    call: (_, x) => fliplr(x),
    samples: [{ inputs: [f([2, 3])] }],
    errors: [{ inputs: [f([3])], error: 'ShapeError', message: /^Input must be >= 2-d\./ }],
  }),
  op({
    name: 'flipud',
    call: (_, x) => flipud(x),
    samples: [{ inputs: [f([3])] }, { inputs: [f([3, 2])] }],
    errors: [{ inputs: [f([])], error: 'ShapeError', message: /^Input must be >= 1-d\./ }],
  }),
  op<{ k?: number; dims?: number[] }>({
    name: 'rot90',
    call: (o, x) => rot90(x, o),
    samples: [
      { inputs: [f([2, 3])], options: {} },
      { inputs: [f([2, 3])], options: { k: -1 } },
      { inputs: [f([2, 3, 2])], options: { k: 6, dims: [-1, 0] } },
      { inputs: [f([2, 3])], options: { k: 4 } },
    ],
    errors: [
      {
        inputs: [f([2, 3])],
        options: { dims: [0] },
        error: 'ShapeError',
        message: /^expected total rotation dims == 2, but got dims = 1/,
      },
      {
        inputs: [f([2, 3])],
        options: { dims: [0, -2] },
        error: 'ShapeError',
        message: /^expected rotation dims to be different, but got dim0 = 0 and dim1 = -2/,
      },
      {
        inputs: [f([3])],
        options: {},
        error: 'ShapeError',
        message: /^expected total dims >= 2, but got total dims = 1/,
      },
    ],
  }),
  op<{ shifts: number | number[]; dims?: number | number[] }>({
    name: 'roll',
    call: ({ shifts, dims }, x) => (dims === undefined ? roll(x, shifts) : roll(x, shifts, { dims })),
    samples: [
      { inputs: [f([2, 3])], options: { shifts: 1 } },
      { inputs: [f([2, 3])], options: { shifts: -4, dims: 1 } },
      { inputs: [f([3, 4], { view: 'transposed' })], options: { shifts: [1, 2], dims: [0, -1] } },
      { inputs: [f([2, 3])], options: { shifts: 3, dims: 1 } },
      { inputs: [f([])], options: { shifts: 1 } },
      { inputs: [f([0, 2])], options: { shifts: 1, dims: 0 } },
    ],
    errors: [
      {
        inputs: [f([2, 3])],
        options: { shifts: [1, 2], dims: [0] },
        error: 'OptionError',
        message: /^shifts and dimensions must align\. shifts: 2, dims:1/,
      },
      {
        inputs: [f([])],
        options: { shifts: 1, dims: 0 },
        error: 'ShapeError',
        message: /^Dimension specified as 0 but tensor has no dimensions/,
      },
    ],
  }),
  op<{ repeats: number[] }>({
    name: 'repeat',
    call: (o, x) => x.repeat(o.repeats),
    samples: [
      { inputs: [f([2, 3])], options: { repeats: [2, 1, 2] } },
      { inputs: [f([1, 2])], options: { repeats: [3, 1] } },
      { inputs: [f([2])], options: { repeats: [0] } },
      { inputs: [f([])], options: { repeats: [2, 2] } },
      { inputs: [bool([2, 2], 'transposed')], options: { repeats: [1, 2] } },
    ],
    errors: [
      {
        inputs: [f([2, 3])],
        options: { repeats: [2] },
        error: 'ShapeError',
        message: /^Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor/,
      },
      {
        inputs: [f([2])],
        options: { repeats: [-1] },
        error: 'ShapeError',
        message: /^Trying to create tensor with negative dimension -/,
      },
    ],
  }),
  op<{ dims: number[] }>({
    name: 'tile',
    call: (o, x) => tile(x, o.dims),
    samples: [
      { inputs: [f([2, 3])], options: { dims: [2] } },
      { inputs: [f([2])], options: { dims: [2, 1] } },
      { inputs: [f([2])], options: { dims: [] } },
    ],
  }),
  op<{ repeats?: number; dim?: number; outputSize?: number }>({
    name: 'repeatInterleave',
    call: ({ repeats, ...o }, x, each) =>
      repeats === undefined
        ? repeatInterleave(x, each!, { ...o, outputSize: o.outputSize! })
        : repeatInterleave(x, repeats, o),
    samples: [
      { inputs: [f([2, 3])], options: { repeats: 2 } },
      { inputs: [f([2, 3])], options: { repeats: 2, dim: 0, outputSize: 4 } },
      { inputs: [f([2, 3], { view: 'transposed' })], options: { repeats: 3, dim: -1 } },
      { inputs: [f([2])], options: { repeats: 0 } },
      { inputs: [f([3, 2]), int([3], [2, 0, 3])], options: { dim: 0, outputSize: 5 } },
      { inputs: [f([2, 2]), int([1], [2])], options: { dim: 1, outputSize: 4 } },
    ],
    errors: [
      { inputs: [f([2])], options: { repeats: -1 }, error: 'OptionError', message: /^Repeats must be non-negative/ },
      {
        inputs: [f([2, 3]), int([2])],
        options: { dim: 1, outputSize: 3 },
        error: 'ShapeError',
        message:
          /^repeats must have the same size as input along dim, but got repeats\.size\(0\) = 2 and input\.size\(1\) = 3/,
      },
    ],
  }),
  op<{ size: number[] }>({
    name: 'sumToSize',
    call: (o, x) => x.sumToSize(o.size),
    samples: [
      { inputs: [f([4, 2, 3])], options: { size: [1, 3] } },
      { inputs: [f([2, 3])], options: { size: [2, 3] } },
      { inputs: [bool([])], options: { size: [] } },
      { inputs: [bool([2, 3])], options: { size: [1] } },
    ],
    errors: [
      {
        inputs: [f([2, 3])],
        options: { size: [2] },
        error: 'ShapeError',
        message: /^size \{\[2\]\} is not expandable to size \{\[2, 3\]\}\./,
      },
    ],
  }),
  op<{ shape: number | number[] }>({
    name: 'unravelIndex',
    call: (o, x) => unravelIndex(x, o.shape),
    samples: [
      { inputs: [int([2, 2], [1, 5, 7, -1])], options: { shape: [2, 3] } },
      { inputs: [int([], [5])], options: { shape: 7 } },
    ],
    errors: [
      {
        inputs: [int([2])],
        options: { shape: [2, -3] },
        error: 'ShapeError',
        message: /^'shape' cannot have negative values, but got \(2, -3\)/,
      },
      {
        inputs: [f([2])],
        options: { shape: [2] },
        error: 'DTypeError',
        message: /^expected 'indices' to be integer dtype, but got /,
      },
    ],
  }),
  op<{ groups: number }>({
    name: 'channelShuffle',
    call: (o, x) => channelShuffle(x, o.groups),
    samples: [
      { inputs: [f([2, 6, 2])], options: { groups: 3 } },
      { inputs: [f([1, 4, 2, 1])], options: { groups: 1 } },
    ],
    errors: [
      {
        inputs: [f([2, 3, 2])],
        options: { groups: 2 },
        error: 'ShapeError',
        message: /^Number of channels must be divisible by groups\. Got 3 channels and 2 groups\./,
      },
      {
        inputs: [f([2, 3])],
        options: { groups: 1 },
        error: 'ShapeError',
        message: /^channel_shuffle expects input with > 2 dims, but got input with sizes \[2, 3\]/,
      },
    ],
  }),
  op<{ factor: number }>({
    name: 'pixelShuffle',
    call: (o, x) => functional.pixelShuffle(x, o.factor),
    samples: [
      { inputs: [f([2, 4, 2, 1])], options: { factor: 2 } },
      { inputs: [f([9, 1, 2])], options: { factor: 3 } },
      { inputs: [f([2, 1, 3])], options: { factor: 1 } },
    ],
    errors: [
      {
        inputs: [f([2, 3, 4])],
        options: { factor: 2 },
        error: 'ShapeError',
        message:
          /^pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but input\.size\(-3\)=2 is not divisible by 4/,
      },
      {
        inputs: [f([2, 3])],
        options: { factor: 2 },
        error: 'ShapeError',
        message: /^pixel_shuffle expects input to have at least 3 dimensions, but got input with 2 dimension\(s\)/,
      },
    ],
  }),
  op<{ factor: number }>({
    name: 'pixelUnshuffle',
    call: (o, x) => functional.pixelUnshuffle(x, o.factor),
    samples: [{ inputs: [f([1, 2, 4, 2])], options: { factor: 2 } }],
    errors: [
      {
        inputs: [f([1, 3, 2])],
        options: { factor: 2 },
        error: 'ShapeError',
        message:
          /^pixel_unshuffle expects height to be divisible by downscale_factor, but input\.size\(-2\)=3 is not divisible by 2/,
      },
    ],
  }),
];
