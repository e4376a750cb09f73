/** Interpolation, sampling at places, and the places of affine maps. */
import { functional as F, type Tensor } from '../../../src/index.ts';
import { f, int, type OpCase, op, type Sample } from './kit.ts';

interface Interpolate {
  readonly size?: number | number[];
  readonly scaleFactor?: number | number[];
  readonly mode?: 'nearest' | 'nearest-exact' | 'linear' | 'bilinear' | 'bicubic' | 'trilinear' | 'area' | 'lanczos';
  readonly alignCorners?: boolean;
  readonly recomputeScaleFactor?: boolean;
  readonly antialias?: boolean;
}
const interpolate = (name: string, samples: readonly Sample<Interpolate>[]): OpCase =>
  op<Interpolate>({ name, call: (o, x) => F.interpolate(x, o), samples });

interface GridSample {
  readonly mode?: 'bilinear' | 'nearest' | 'bicubic';
  readonly paddingMode?: 'zeros' | 'border' | 'reflection';
  readonly alignCorners?: boolean;
}
const places = (shape: readonly number[]) => f(shape, { range: [-1.4, 1.4] });
const gridSample = (name: string, samples: readonly Sample<GridSample>[], tolerance?: OpCase['tolerance']): OpCase =>
  op<GridSample>({ name, call: (o, x, grid) => F.gridSample(x, grid!, o), samples, ...(tolerance && { tolerance }) });
const upsample = (name: string, fn: (x: Tensor, o: object) => Tensor, samples: readonly Sample[]): OpCase =>
  op({ name, call: (o, x) => fn(x, o), samples });

/** 0.1 and 1/3 are no float32: where a sample lies must be found as PyTorch does. */
const traps: readonly Sample<Interpolate>[] = [
  { inputs: [f([1, 1, 12])], options: { size: 7 } },
  { inputs: [f([1, 1, 9])], options: { scaleFactor: 1.7 } },
  { inputs: [f([1, 1, 3])], options: { size: 41 } },
  { inputs: [f([1, 1, 10])], options: { scaleFactor: 0.7 } },
  { inputs: [f([1, 1, 10])], options: { scaleFactor: 2.3 } },
];

export const resamplingOps: readonly OpCase[] = [
  interpolate('interpolateNearest', [
    ...traps,
    { inputs: [f([2, 2, 3, 4])], options: { scaleFactor: 2 } },
    { inputs: [f([1, 2, 5, 4], { view: 'transposed' })], options: { size: [2, 7], mode: 'nearest' } },
    { inputs: [f([1, 1, 2, 3, 4])], options: { scaleFactor: [2, 1, 0.5] } },
    { inputs: [f([0, 1, 3])], options: { size: 2 } },
  ]),
  interpolate(
    'interpolateNearestExact',
    traps.map((s) => ({ ...s, options: { ...s.options, mode: 'nearest-exact' as const } })),
  ),
  interpolate('interpolateLinear', [
    { inputs: [f([2, 2, 5])], options: { size: 8, mode: 'linear' } },
    { inputs: [f([1, 2, 5])], options: { size: 3, mode: 'linear', alignCorners: true } },
    { inputs: [f([1, 2, 5])], options: { scaleFactor: 1.5, mode: 'linear' } },
    { inputs: [f([1, 2, 5])], options: { scaleFactor: 1.5, mode: 'linear', recomputeScaleFactor: true } },
    { inputs: [f([1, 2, 1])], options: { size: 3, mode: 'linear' } },
    { inputs: [f([1, 2, 4])], options: { size: 1, mode: 'linear', alignCorners: true } },
  ]),
  interpolate('interpolateBilinear', [
    { inputs: [f([2, 2, 3, 4])], options: { scaleFactor: 2, mode: 'bilinear' } },
    { inputs: [f([1, 2, 5, 4])], options: { size: [3, 6], mode: 'bilinear', alignCorners: true } },
    { inputs: [f([1, 2, 5, 4], { view: 'sliced' })], options: { size: [7, 2], mode: 'bilinear' } },
    { inputs: [f([1, 1, 7, 6])], options: { size: [3, 4], mode: 'bilinear', antialias: true } },
    { inputs: [f([1, 1, 7, 3])], options: { size: [3, 5], mode: 'bilinear', antialias: true, alignCorners: true } },
  ]),
  interpolate('interpolateBicubic', [
    { inputs: [f([1, 2, 3, 4])], options: { scaleFactor: 2, mode: 'bicubic' } },
    { inputs: [f([1, 2, 5, 4])], options: { size: [3, 6], mode: 'bicubic', alignCorners: true } },
    { inputs: [f([1, 1, 2, 1])], options: { size: [5, 2], mode: 'bicubic' } },
    { inputs: [f([1, 1, 7, 6])], options: { size: [3, 4], mode: 'bicubic', antialias: true } },
    { inputs: [f([1, 1, 9, 6])], options: { scaleFactor: 0.4, mode: 'lanczos', antialias: true } },
  ]),
  interpolate('interpolateTrilinear', [
    { inputs: [f([1, 2, 3, 2, 4])], options: { scaleFactor: [2, 1.5, 1], mode: 'trilinear' } },
    { inputs: [f([1, 1, 3, 4, 5])], options: { size: [5, 2, 3], mode: 'trilinear', alignCorners: true } },
  ]),
  interpolate('interpolateArea', [
    { inputs: [f([1, 2, 5])], options: { size: 3, mode: 'area' } },
    { inputs: [f([1, 2, 4, 6])], options: { scaleFactor: 0.5, mode: 'area' } },
  ]),
  op<Interpolate>({
    name: 'interpolate',
    call: (o, x) => F.interpolate(x, o),
    samples: [],
    parity: [
      { inputs: [f([2, 3, 13, 11])], options: { size: [29, 17], mode: 'bicubic' } },
      { inputs: [f([2, 3, 13, 11])], options: { size: [29, 5], mode: 'bilinear' } },
      { inputs: [f([1, 3, 23, 40])], options: { size: [9, 9], mode: 'bicubic', antialias: true } },
    ],
    errors: [
      {
        inputs: [f([1, 1, 4])],
        error: 'OptionError',
        message: /^either size or scale_factor should be defined/,
      },
      {
        inputs: [f([1, 1, 4])],
        options: { size: 4, scaleFactor: 2 },
        error: 'OptionError',
        message: /^only one of size or scale_factor should be defined/,
      },
      {
        inputs: [f([1, 1, 4])],
        options: { size: 4, alignCorners: true },
        error: 'OptionError',
        message:
          /^align_corners option can only be set with the interpolating modes: linear \| bilinear \| bicubic \| trilinear/,
      },
      {
        inputs: [f([1, 1, 4, 4])],
        options: { size: [4] },
        error: 'OptionError',
        message:
          /^Input and output must have the same number of spatial dimensions, but got input with spatial dimensions of \[4, 4\] and output size of /,
      },
      {
        inputs: [f([1, 1, 4])],
        options: { size: 3, mode: 'bilinear' },
        error: 'ShapeError',
        message: /^Got 3D input, but bilinear mode needs 4D input/,
      },
      {
        inputs: [f([4, 4])],
        options: { size: [], mode: 'nearest' },
        error: 'ShapeError',
        message: /^Input Error: Only 3D, 4D and 5D input Tensors supported \(got 2D\) for the modes: nearest \| linear/,
      },
      {
        inputs: [f([1, 1, 4])],
        options: { scaleFactor: 0.1 },
        error: 'ShapeError',
        message: /^Input and output sizes should be greater than 0, but got input \(W: 4\) and output \(W: 0\)/,
      },
      {
        inputs: [f([1, 0, 4, 4])],
        options: { size: 3, mode: 'bilinear' },
        error: 'ShapeError',
        message: /^Non-empty 4D data tensor expected but got a tensor with sizes \[1, 0, 4, 4\]/,
      },
      {
        inputs: [f([1, 1, 4])],
        options: { size: 3, antialias: true },
        error: 'OptionError',
        message:
          /^Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input/,
      },
    ],
  }),
  upsample('upsample', F.upsample, [{ inputs: [f([1, 1, 2, 3])], options: { scaleFactor: 2, mode: 'bilinear' } }]),
  upsample('upsampleNearest', F.upsampleNearest, [{ inputs: [f([1, 1, 2, 3])], options: { size: [3, 6] } }]),
  upsample('upsampleBilinear', F.upsampleBilinear, [{ inputs: [f([1, 1, 2, 3])], options: { scaleFactor: 2 } }]),
  gridSample('gridSample', [
    { inputs: [f([2, 2, 4, 5]), places([2, 2, 3, 2])] },
    { inputs: [f([1, 2, 4, 5]), places([1, 3, 3, 2])], options: { paddingMode: 'border' } },
    { inputs: [f([1, 2, 4, 5]), f([1, 3, 3, 2], { range: [-3, 3] })], options: { paddingMode: 'reflection' } },
    {
      inputs: [f([1, 2, 4, 3], { view: 'transposed' }), f([1, 3, 3, 2], { range: [-3, 3] })],
      options: { paddingMode: 'reflection', alignCorners: true },
    },
    { inputs: [f([1, 1, 1, 1]), places([1, 2, 2, 2])], options: { paddingMode: 'reflection', alignCorners: true } },
    { inputs: [f([1, 2, 4, 3]), places([1, 2, 3, 2])], options: { mode: 'nearest' } },
    { inputs: [f([1, 2, 4, 3]), places([1, 2, 3, 2])], options: { mode: 'nearest', paddingMode: 'reflection' } },
    {
      inputs: [f([1, 1, 2, 2]), f([1, 1, 2, 2], { values: [1e30, 0, 0, -1e9] })],
      extreme: true,
    },
    {
      inputs: [f([1, 1, 2, 2]), f([1, 1, 3, 2], { values: [Infinity, 0, 0, -Infinity, 1e30, 0] })],
      options: { paddingMode: 'border' },
      extreme: true,
    },
    { inputs: [f([1, 2, 4, 3]), f([1, 0, 3, 2])] },
  ]),
  gridSample('gridSampleBicubic', [
    { inputs: [f([1, 2, 4, 5]), places([1, 2, 3, 2])], options: { mode: 'bicubic' } },
    { inputs: [f([1, 1, 4, 5]), places([1, 2, 3, 2])], options: { mode: 'bicubic', paddingMode: 'border' } },
    {
      inputs: [f([1, 1, 4, 3]), places([1, 2, 3, 2])],
      options: { mode: 'bicubic', paddingMode: 'reflection', alignCorners: true },
    },
  ]),
  gridSample('gridSampleVolume', [
    { inputs: [f([1, 2, 3, 4, 2]), places([1, 2, 2, 2, 3])] },
    { inputs: [f([1, 1, 3, 4, 2]), places([1, 1, 2, 2, 3])], options: { mode: 'nearest', paddingMode: 'border' } },
  ]),
  op<{ mode?: string }>({
    name: 'gridSampleWrong',
    call: (o, x, grid) => F.gridSample(x, grid!, o as GridSample),
    samples: [],
    errors: [
      {
        inputs: [f([1, 1, 4, 4]), f([2, 2, 3, 2])],
        error: 'ShapeError',
        message:
          /^grid_sampler\(\): expected grid and input to have same batch size, but got input with sizes \[1, 1, 4, 4\] and grid with sizes \[2, 2, 3, 2\]/,
      },
      {
        inputs: [f([1, 1, 4, 4]), f([1, 2, 3, 3])],
        error: 'ShapeError',
        message:
          /^grid_sampler\(\): expected grid to have size 2 in last dimension, but got grid with sizes \[1, 2, 3, 3\]/,
      },
      {
        inputs: [f([1, 1, 4, 4]), f([1, 2, 3, 2])],
        options: { mode: 'cubic' },
        error: 'OptionError',
        message:
          /^nn\.functional\.grid_sample\(\): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: 'cubic'/,
      },
      {
        inputs: [f([1, 1, 4, 4, 4]), f([1, 2, 3, 3, 3])],
        options: { mode: 'bicubic' },
        error: 'ShapeError',
        message: /^grid_sampler\(\): bicubic interpolation only supports 4D input/,
      },
      {
        inputs: [f([1, 1, 0, 4]), f([1, 2, 3, 2])],
        error: 'ShapeError',
        message:
          /^grid_sampler\(\): expected input to have non-empty spatial dimensions, but input has sizes \[1, 1, 0, 4\] with dimension 2 being empty/,
      },
    ],
  }),
  op<{ size: number[]; alignCorners?: boolean }>({
    name: 'affineGrid',
    call: ({ size, ...o }, theta) => F.affineGrid(theta, size, o),
    samples: [
      { inputs: [f([2, 2, 3])], options: { size: [2, 1, 3, 4] } },
      { inputs: [f([1, 2, 3], { view: 'transposed' })], options: { size: [1, 1, 3, 1], alignCorners: true } },
      { inputs: [f([2, 3, 4])], options: { size: [2, 1, 2, 3, 2] } },
    ],
    errors: [
      {
        inputs: [f([2, 3, 4])],
        options: { size: [2, 3, 4, 5] },
        error: 'ShapeError',
        message:
          /^Expected a batch of 2D affine matrices of shape Nx2x3 for size \[2, 3, 4, 5\]\. Got torch\.Size\(\[2, 3, 4\]\)\./,
      },
      {
        inputs: [f([2, 2, 3])],
        options: { size: [2, 3, 4] },
        error: 'ShapeError',
        message:
          /^affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively\. Got size \[2, 3, 4\]/,
      },
      {
        inputs: [f([2, 2, 3])],
        options: { size: [2, 3, 0, 4] },
        error: 'ShapeError',
        message: /^Expected non-zero, positive output size\. Got \[2, 3, 0, 4\]/,
      },
      {
        inputs: [int([1, 2, 3])],
        options: { size: [1, 1, 2, 2] },
        error: 'DTypeError',
        message: /^Expected theta to have floating point type, but got torch\.int32/,
      },
    ],
  }),
];
