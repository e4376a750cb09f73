/** Pooling over lines, planes and volumes. maxPool2d and avgPool2d are in conv.ts. */
import { functional as F, type Tensor } from '../../../src/index.ts';
import { type ErrorSample, f, int, type OpCase, op, type Sample } from './kit.ts';

type Sizes = number | number[];
interface Pool {
  readonly kernelSize: Sizes;
  readonly stride?: Sizes;
  readonly padding?: Sizes;
  readonly dilation?: Sizes;
  readonly ceilMode?: boolean;
  readonly countIncludePad?: boolean;
  readonly divisorOverride?: number;
}
interface Adaptive {
  readonly outputSize: number | (number | null)[];
}
type Fn<O> = (x: Tensor, size: never, options: O) => Tensor | Tensor[];

/** With indices, which PyTorch returns too: ours come second. */
const max = (
  name: string,
  fn: (x: Tensor, kernelSize: Sizes, options: Omit<Pool, 'kernelSize'> & { returnIndices: true }) => Tensor[],
  samples: readonly Sample<Pool>[],
  errors: readonly ErrorSample<Pool>[],
  parity: readonly Sample<Pool>[] = [],
): OpCase =>
  op<Pool>({
    name,
    call: ({ kernelSize, ...o }, x) => fn(x, kernelSize, { ...o, returnIndices: true }),
    samples,
    errors,
    parity,
  });
const average = (
  name: string,
  fn: Fn<Omit<Pool, 'kernelSize' | 'dilation'>>,
  samples: readonly Sample<Pool>[],
  errors: readonly ErrorSample<Pool>[],
): OpCase => op<Pool>({ name, call: ({ kernelSize, ...o }, x) => fn(x, kernelSize as never, o), samples, errors });
const adaptive = (
  name: string,
  fn: Fn<undefined>,
  samples: readonly Sample<Adaptive>[],
  errors: readonly ErrorSample<Adaptive>[] = [],
): OpCase =>
  op<Adaptive>({ name, call: ({ outputSize }, x) => fn(x, outputSize as never, undefined), samples, errors });

interface Norm {
  readonly normType: number;
  readonly kernelSize: Sizes;
  readonly stride?: Sizes;
  readonly ceilMode?: boolean;
}
const norm = (
  name: string,
  fn: (x: Tensor, p: number, kernelSize: Sizes, o: Omit<Norm, 'normType' | 'kernelSize'>) => Tensor,
  samples: readonly Sample<Norm>[],
): OpCase => op<Norm>({ name, call: ({ normType, kernelSize, ...o }, x) => fn(x, normType, kernelSize, o), samples });

interface Unpool {
  readonly kernelSize: Sizes;
  readonly stride?: Sizes;
  readonly padding?: Sizes;
  readonly outputSize?: number[];
}
const unpool = (
  name: string,
  fn: (x: Tensor, at: Tensor, kernelSize: Sizes, o: Omit<Unpool, 'kernelSize'>) => Tensor,
  samples: readonly Sample<Unpool>[],
  errors: readonly ErrorSample<Unpool>[] = [],
): OpCase => op<Unpool>({ name, call: ({ kernelSize, ...o }, x, at) => fn(x, at!, kernelSize, o), samples, errors });

interface Fractional {
  readonly kernelSize: Sizes;
  readonly outputSize?: Sizes;
  readonly outputRatio?: Sizes;
}
/** The windows' places are given, since PyTorch's generator is not ours. */
const fractional = (
  name: string,
  fn: (x: Tensor, kernelSize: Sizes, o: object) => Tensor | Tensor[],
  samples: readonly Sample<Fractional>[],
  errors: readonly ErrorSample<Fractional>[],
): OpCase =>
  op<Fractional>({
    name,
    call: ({ kernelSize, ...o }, x, places) => fn(x, kernelSize, { ...o, returnIndices: true, _randomSamples: places }),
    samples,
    constants: [1],
    errors,
  });
const unit = { range: [0, 1] } as const;

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const positive = { range: [0.5, 2] } as const;

export const poolingOps: readonly OpCase[] = [
  max(
    'maxPool1d',
    F.maxPool1d,
    [
      { inputs: [f([2, 3, 6])], options: { kernelSize: 2 } },
      { inputs: [f([2, 7])], options: { kernelSize: [3], stride: 2, padding: 1 } },
      {
        inputs: [f([1, 2, 8], { view: 'flipped' })],
        options: { kernelSize: 2, stride: 1, dilation: 3, ceilMode: true },
      },
      { inputs: [f([0, 2, 4])], options: { kernelSize: 2 } },
    ],
    [
      {
        inputs: [f([4])],
        options: { kernelSize: 2 },
        error: 'ShapeError',
        message:
          /^Expected 2 to 3 dimensions, but got 1-dimensional tensor for argument #1 'self' \(while checking arguments for max_pool1d\)/,
      },
      {
        inputs: [f([1, 2])],
        options: { kernelSize: 3 },
        error: 'ShapeError',
        message: /^Given input size: \(1x1x2\)\. Calculated output size: \(1x1x0\)\. Output size is too small/,
      },
      {
        inputs: [f([1, 4])],
        options: { kernelSize: 2, padding: 2 },
        error: 'OptionError',
        message: /^pad should be at most half of effective kernel size, but got pad=2, kernel_size=2 and dilation=1/,
      },
    ],
  ),
  max(
    'maxPool2dIndices',
    F.maxPool2d,
    [
      { inputs: [f([2, 1, 4, 5])], options: { kernelSize: 2, stride: 1 } },
      { inputs: [f([1, 4, 4])], options: { kernelSize: 3, padding: 1, ceilMode: true } },
      // Integers have no gradient.
      { inputs: [int([1, 1, 4, 4])], options: { kernelSize: [2, 3], stride: 1 } },
    ],
    [
      {
        inputs: [f([1, 0, 4, 4])],
        options: { kernelSize: 2 },
        error: 'ShapeError',
        message:
          /^Expected 3D or 4D \(batch mode\) tensor with optional 0 dim batch size for input, but got:\[1, 0, 4, 4\]/,
      },
      {
        inputs: [f([4, 4])],
        options: { kernelSize: 2 },
        error: 'ShapeError',
        message: /^non-empty 3D or 4D \(batch mode\) tensor expected for input/,
      },
      {
        inputs: [f([1, 1, 4, 4])],
        options: { kernelSize: 2, stride: 0 },
        error: 'OptionError',
        message: /^stride should not be zero/,
      },
    ],
  ),
  max(
    'maxPool3d',
    F.maxPool3d,
    [
      { inputs: [f([2, 2, 4, 4, 4])], options: { kernelSize: 2 } },
      { inputs: [f([2, 3, 5, 4])], options: { kernelSize: [2, 3, 2], stride: [1, 2, 2], padding: [1, 1, 0] } },
      {
        inputs: [f([1, 1, 5, 5, 5], { view: 'sliced' })],
        options: { kernelSize: 2, stride: 2, dilation: 2, ceilMode: true },
      },
      // Of equal ones the first, of NaNs the last.
      {
        inputs: [f([1, 1, 2, 2, 4], { values: [1, 1, nan, 2, 1, 1, 0, nan, 1, 1, 0, 0, 1, 1, 0, 3] })],
        options: { kernelSize: 2 },
        extreme: true,
      },
    ],
    [
      {
        inputs: [f([4, 4, 4])],
        options: { kernelSize: 2 },
        error: 'ShapeError',
        message: /^non-empty 4D or 5D \(batch mode\) tensor expected for input/,
      },
      {
        inputs: [f([1, 1, 4, 4, 2])],
        options: { kernelSize: 3 },
        error: 'ShapeError',
        message: /^Given input size: \(1x4x4x2\)\. Calculated output size: \(1x1x1x0\)\. Output size is too small/,
      },
    ],
    [{ inputs: [f([2, 3, 6, 7, 8])], options: { kernelSize: 3, stride: 2, padding: 1 } }],
  ),
  average(
    'avgPool1d',
    F.avgPool1d,
    [
      { inputs: [f([2, 3, 6])], options: { kernelSize: 2 } },
      { inputs: [f([2, 7])], options: { kernelSize: 3, stride: 2, padding: 1, countIncludePad: false } },
      { inputs: [f([1, 2, 7])], options: { kernelSize: 4, stride: 3, padding: 2, ceilMode: true } },
    ],
    [
      {
        inputs: [f([4])],
        options: { kernelSize: 2 },
        error: 'ShapeError',
        message:
          /^Expected 2 to 3 dimensions, but got 1-dimensional tensor for argument #1 'self' \(while checking arguments for avg_pool1d\)/,
      },
      {
        inputs: [f([1, 3, 2])],
        options: { kernelSize: 3 },
        error: 'ShapeError',
        message: /^Given input size: \(3x1x2\)\. Calculated output size: \(3x1x0\)\. Output size is too small/,
      },
    ],
  ),
  average(
    'avgPool3d',
    F.avgPool3d,
    [
      { inputs: [f([2, 2, 4, 4, 4])], options: { kernelSize: 2 } },
      {
        inputs: [f([2, 3, 5, 4])],
        options: { kernelSize: [2, 3, 2], stride: [1, 2, 2], padding: [1, 1, 0], countIncludePad: false },
      },
      { inputs: [f([1, 1, 5, 5, 5])], options: { kernelSize: 2, padding: 1, ceilMode: true, divisorOverride: 3 } },
      {
        inputs: [f([1, 1, 5, 5, 5], { view: 'transposed' })],
        options: { kernelSize: 3, stride: 2, padding: 1, ceilMode: true },
      },
    ],
    [
      {
        inputs: [f([1, 2, 2, 2, 2])],
        options: { kernelSize: 2, divisorOverride: 0 },
        error: 'OptionError',
        message: /^divisor must be not zero/,
      },
    ],
  ),
  norm('lpPool1d', F.lpPool1d, [
    { inputs: [f([2, 2, 6], positive)], options: { normType: 2, kernelSize: 3, stride: 1 } },
    { inputs: [f([2, 6])], options: { normType: inf, kernelSize: 2 } },
  ]),
  norm('lpPool2d', F.lpPool2d, [
    { inputs: [f([1, 2, 4, 5], positive)], options: { normType: 3, kernelSize: 2 } },
    { inputs: [f([2, 5, 5])], options: { normType: 2, kernelSize: [2, 3], stride: 2, ceilMode: true } },
  ]),
  norm('lpPool3d', F.lpPool3d, [{ inputs: [f([1, 2, 4, 4, 4], positive)], options: { normType: 2, kernelSize: 2 } }]),
  adaptive(
    'adaptiveAvgPool1d',
    F.adaptiveAvgPool1d,
    [
      { inputs: [f([2, 3, 7])], options: { outputSize: 3 } },
      { inputs: [f([2, 6])], options: { outputSize: [3] } },
      { inputs: [f([2, 3])], options: { outputSize: 5 } },
      { inputs: [f([2, 3, 4])], options: { outputSize: 1 } },
    ],
    [
      {
        inputs: [f([5])],
        options: { outputSize: 2 },
        error: 'ShapeError',
        message:
          /^Expected 2 to 3 dimensions, but got 1-dimensional tensor for argument #1 'self' \(while checking arguments for adaptive_avg_pool1d\)/,
      },
    ],
  ),
  adaptive(
    'adaptiveAvgPool2d',
    F.adaptiveAvgPool2d,
    [
      { inputs: [f([2, 2, 5, 7])], options: { outputSize: [3, 4] } },
      { inputs: [f([2, 4, 6], { view: 'transposed' })], options: { outputSize: [2, null] } },
      { inputs: [f([2, 2, 3, 4])], options: { outputSize: 1 } },
      { inputs: [f([1, 2, 4, 3])], options: { outputSize: [6, 3] } },
      { inputs: [f([0, 2, 4, 3])], options: { outputSize: 2 } },
    ],
    [
      {
        inputs: [f([1, 1, 5, 5])],
        options: { outputSize: -2 },
        error: 'OptionError',
        message:
          /^adaptive_avg_pool2d: elements of output_size must be greater than or equal to 0 but received \{-2, -2\}/,
      },
      {
        inputs: [f([1, 1, 0, 5])],
        options: { outputSize: 2 },
        error: 'ShapeError',
        message:
          /^adaptive_avg_pool2d\(\): Expected input to have non-zero size for non-batch dimensions, but input has sizes \[1, 1, 0, 5\] with dimension 2 being empty/,
      },
      {
        inputs: [f([1, 1, 5, 5])],
        options: { outputSize: [1, 2, 3] },
        error: 'OptionError',
        message: /^adaptive_avg_pool2d: output_size must be 2/,
      },
    ],
  ),
  adaptive('adaptiveAvgPool3d', F.adaptiveAvgPool3d, [
    { inputs: [f([2, 2, 5, 3, 4])], options: { outputSize: [2, null, 3] } },
    { inputs: [f([2, 4, 4, 4])], options: { outputSize: 2 } },
  ]),
  adaptive('adaptiveMaxPool1d', (x, n) => F.adaptiveMaxPool1d(x, n, { returnIndices: true }), [
    { inputs: [f([2, 3, 7])], options: { outputSize: 3 } },
    { inputs: [f([2, 3])], options: { outputSize: 5 } },
  ]),
  adaptive(
    'adaptiveMaxPool2d',
    (x, n) => F.adaptiveMaxPool2d(x, n, { returnIndices: true }),
    [
      { inputs: [f([2, 2, 5, 7])], options: { outputSize: [3, 4] } },
      { inputs: [f([2, 4, 6], { view: 'flipped' })], options: { outputSize: [2, null] } },
      {
        inputs: [f([1, 1, 3, 3], { values: [1, 1, 1, 1, nan, 1, 1, 1, 2] })],
        options: { outputSize: 2 },
        extreme: true,
      },
    ],
    [
      {
        inputs: [f([5, 5])],
        options: { outputSize: 2 },
        error: 'ShapeError',
        message: /^adaptive_max_pool2d\(\): Expected 3D or 4D tensor, but got: \[5, 5\]/,
      },
    ],
  ),
  adaptive('adaptiveMaxPool3d', (x, n) => F.adaptiveMaxPool3d(x, n, { returnIndices: true }), [
    { inputs: [f([2, 2, 5, 3, 4])], options: { outputSize: [2, null, 3] } },
    { inputs: [f([1, 4, 4, 6])], options: { outputSize: [4, 2, 3] } },
  ]),
  unpool(
    'maxUnpool1d',
    F.maxUnpool1d,
    [
      { inputs: [f([1, 2, 2]), int([1, 2, 2], [1, 2, 0, 3])], options: { kernelSize: 2 } },
      { inputs: [f([1, 2]), int([1, 2], [4, 0])], options: { kernelSize: 2, outputSize: [1, 1, 5] } },
    ],
    [
      {
        inputs: [f([1, 2, 2]), int([1, 2, 2], [1, 2, 0, 9])],
        options: { kernelSize: 2 },
        error: 'ShapeError',
        message: /^Found an invalid max index: 9 \(output volumes are of size 4x1\)/,
      },
    ],
  ),
  unpool(
    'maxUnpool2d',
    F.maxUnpool2d,
    [
      { inputs: [f([1, 1, 2, 2]), int([1, 1, 2, 2], [5, 2, 8, 15])], options: { kernelSize: 2 } },
      {
        inputs: [f([2, 2, 2]), int([2, 2, 2], [5, 2, 8, 24, 0, 4, 9, 12])],
        options: { kernelSize: 2, outputSize: [5, 5] },
      },
      { inputs: [f([1, 2, 1]), int([1, 2, 1], [3, 0])], options: { kernelSize: [3, 2], stride: 2, padding: [1, 0] } },
    ],
    [
      {
        inputs: [f([1, 1, 2, 2]), int([1, 1, 2, 2], [5, 2, 8, 15])],
        options: { kernelSize: 2, outputSize: [7, 7] },
        error: 'ShapeError',
        message: /^invalid output_size "\(7, 7\)" \(dim 0 must be between 2 and 6\)/,
      },
      {
        inputs: [f([1, 1, 2, 2]), int([1, 1, 1, 2], [5, 2])],
        options: { kernelSize: 2 },
        error: 'ShapeError',
        message:
          /^Expected shape of indices to be same as that of the input tensor \(\[1, 1, 2, 2\]\) but got indices tensor with shape: \[1, 1, 1, 2\]/,
      },
    ],
  ),
  unpool('maxUnpool3d', F.maxUnpool3d, [
    { inputs: [f([1, 1, 1, 1, 2]), int([1, 1, 1, 1, 2], [5, 10])], options: { kernelSize: 2 } },
  ]),
  fractional(
    'fractionalMaxPool2d',
    F.fractionalMaxPool2d,
    [
      { inputs: [f([2, 2, 7, 6]), f([2, 2, 2], unit)], options: { kernelSize: 2, outputSize: [4, 3] } },
      { inputs: [f([2, 7, 6]), f([1, 2, 2], unit)], options: { kernelSize: [3, 2], outputRatio: [0.5, 0.5] } },
      {
        inputs: [f([1, 1, 4, 5], { view: 'transposed' }), f([1, 1, 2], unit)],
        options: { kernelSize: 2, outputSize: 3 },
      },
    ],
    [
      {
        inputs: [f([1, 1, 7, 6]), f([1, 1, 2])],
        options: { kernelSize: 2 },
        error: 'OptionError',
        message: /^fractional_max_pool2d requires specifying either an output_size or an output_ratio/,
      },
      {
        inputs: [f([1, 1, 7, 6]), f([1, 1, 2])],
        options: { kernelSize: 2, outputSize: 8 },
        error: 'ShapeError',
        message: /^fractional_max_pool2d\(\): pool height 2 too large relative to input height 7/,
      },
      {
        inputs: [f([1, 1, 7, 6]), f([1, 1, 3])],
        options: { kernelSize: 2, outputSize: 3 },
        error: 'ShapeError',
        message: /^Expect _random_samples\.size\(2\) equals to 2; got 3\./,
      },
    ],
  ),
  fractional(
    'fractionalMaxPool3d',
    F.fractionalMaxPool3d,
    [{ inputs: [f([1, 2, 5, 6, 7]), f([1, 2, 3], unit)], options: { kernelSize: 2, outputSize: [3, 4, 2] } }],
    [],
  ),
];
