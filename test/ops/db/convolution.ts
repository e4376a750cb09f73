/** Convolutions of all ranks, transposed ones, and windows as columns. */
import { conv1d, functional, type Tensor } from '../../../src/index.ts';
import { tolerances } from '../tolerances.ts';
import { type ErrorSample, f, type OpCase, op, type Sample } from './kit.ts';

type Sizes = number | number[];
interface Conv {
  readonly stride?: Sizes;
  readonly padding?: Sizes | 'same' | 'valid';
  readonly dilation?: Sizes;
  readonly groups?: number;
}
interface Transposed extends Omit<Conv, 'padding'> {
  readonly padding?: Sizes;
  readonly outputPadding?: Sizes;
}
interface Fold {
  readonly kernelSize: Sizes;
  readonly dilation?: Sizes;
  readonly padding?: Sizes;
  readonly stride?: Sizes;
}

const conv = (
  name: string,
  call: (x: Tensor, w: Tensor, b: Tensor | null, o: Conv) => Tensor,
  samples: readonly Sample<Conv>[],
  errors: readonly ErrorSample<Conv>[] = [],
): OpCase =>
  op<Conv>({ name, call: (o, x, w, b) => call(x, w, b ?? null, o), samples, tolerance: tolerances.sums, errors });

const transposed = (
  name: string,
  call: (x: Tensor, w: Tensor, b: Tensor | null, o: Transposed) => Tensor,
  samples: readonly Sample<Transposed>[],
  errors: readonly ErrorSample<Transposed>[] = [],
): OpCase =>
  op<Transposed>({ name, call: (o, x, w, b) => call(x, w, b ?? null, o), samples, tolerance: tolerances.sums, errors });

export const convolutionOps: readonly OpCase[] = [
  conv(
    'conv1d',
    (x, w, bias, o) => conv1d(x, w, { bias, ...o }),
    [
      { inputs: [f([2, 3, 7]), f([4, 3, 3]), f([4])] },
      { inputs: [f([1, 2, 9]), f([3, 2, 2])], options: { stride: 3, padding: 1 } },
      { inputs: [f([1, 4, 8]), f([6, 2, 3]), f([6])], options: { groups: 2, dilation: [2], padding: [3] } },
      { inputs: [f([1, 3, 6]), f([3, 1, 4]), f([3])], options: { groups: 3, padding: 'same' } },
      { inputs: [f([2, 5]), f([3, 2, 3]), f([3])], options: { padding: 'valid' } },
      { inputs: [f([1, 2, 5], { view: 'transposed' }), f([2, 2, 2], { view: 'flipped' })] },
      { inputs: [f([0, 2, 5]), f([3, 2, 3]), f([3])] },
      { inputs: [f([1, 1, 1]), f([1, 1, 1])] },
    ],
    [
      {
        inputs: [f([5]), f([3, 2, 3])],
        error: 'ShapeError',
        message: /^Expected 2D \(unbatched\) or 3D \(batched\) input to conv1d, but got input of size: \[5\]/,
      },
      {
        inputs: [f([1, 2, 5]), f([3, 2])],
        error: 'ShapeError',
        message: /^weight should have at least three dimensions/,
      },
      {
        inputs: [f([1, 2, 2]), f([3, 2, 3])],
        error: 'ShapeError',
        message: /^Calculated padded input size per channel: \(2\)\. Kernel size: \(3\)\. Kernel size can't be greater/,
      },
      {
        inputs: [f([1, 2, 5]), f([3, 2, 3]), f([2])],
        error: 'ShapeError',
        message:
          /^Given weight of size \[3, 2, 3\], expected bias to be 1-dimensional with 3 elements, but got bias of size \[2\] instead/,
      },
      {
        inputs: [f([1, 2, 5]), f([3, 1, 3])],
        options: { groups: 2 },
        error: 'ShapeError',
        message:
          /^Given groups=2, expected weight to be divisible by 2 at dimension 0, but got weight of size \[\[3, 1, 3\]\] instead/,
      },
      {
        inputs: [f([1, 2, 5]), f([3, 2, 3])],
        options: { stride: 0 },
        error: 'OptionError',
        message: /^non-positive stride is not supported/,
      },
      {
        inputs: [f([1, 2, 5]), f([3, 2, 3])],
        options: { padding: -1 },
        error: 'OptionError',
        message: /^negative padding is not supported/,
      },
      {
        inputs: [f([1, 2, 5]), f([3, 2, 3])],
        options: { padding: 'same', stride: 2 },
        error: 'OptionError',
        message: /^padding='same' is not supported for strided convolutions/,
      },
      {
        inputs: [f([1, 2, 0]), f([3, 2, 3])],
        options: { padding: 2 },
        error: 'ShapeError',
        message: /^Only zero batch or zero channel inputs are supported, but got input shape: \[1, 2, 0\]/,
      },
    ],
  ),
  conv('conv2dSame', (x, w, bias, o) => functional.conv2d(x, w, { bias, ...o }), [
    { inputs: [f([1, 2, 4, 5]), f([3, 2, 2, 3]), f([3])], options: { padding: 'same' } },
    { inputs: [f([1, 2, 5, 4]), f([2, 2, 2, 2])], options: { padding: 'same', dilation: [1, 3] } },
    { inputs: [f([2, 3, 3]), f([2, 2, 3, 3]), f([2])], options: { padding: 'same' } },
    { inputs: [f([1, 2, 6, 5]), f([2, 2, 5, 5])], options: { padding: 'same' } },
  ]),
  conv(
    'conv3d',
    functional.conv3d,
    [
      { inputs: [f([2, 2, 3, 4, 3]), f([3, 2, 2, 2, 2]), f([3])] },
      { inputs: [f([1, 2, 4, 5, 3]), f([2, 2, 3, 2, 1])], options: { stride: [2, 3, 1], padding: [1, 0, 2] } },
      {
        inputs: [f([1, 4, 5, 3, 4]), f([2, 2, 2, 2, 2]), f([2])],
        options: { groups: 2, dilation: [3, 1, 2], padding: 1 },
      },
      { inputs: [f([1, 3, 4, 3, 3]), f([3, 1, 2, 2, 2])], options: { groups: 3, padding: 'same' } },
      { inputs: [f([2, 3, 3, 3]), f([2, 2, 1, 2, 2]), f([2])], options: { stride: [2, 1, 1] } },
      { inputs: [f([1, 1, 3, 3, 3], { view: 'transposed' }), f([2, 1, 2, 2, 1], { view: 'flipped' })] },
      { inputs: [f([0, 2, 3, 3, 3]), f([3, 2, 2, 2, 2])] },
    ],
    [
      {
        inputs: [f([1, 2, 5]), f([3, 2, 3, 3, 3])],
        error: 'ShapeError',
        message: /^Expected 4D \(unbatched\) or 5D \(batched\) input to conv3d, but got input of size: \[1, 2, 5\]/,
      },
      {
        inputs: [f([1, 2, 2, 2, 2]), f([3, 2, 3, 3, 3])],
        error: 'ShapeError',
        message: /^Calculated padded input size per channel: \(2 x 2 x 2\)\. Kernel size: \(3 x 3 x 3\)/,
      },
    ],
  ),
  transposed('convTranspose1d', (x, w, bias, o) => functional.convTranspose1d(x, w, { bias, ...o }), [
    { inputs: [f([2, 3, 4]), f([3, 2, 3]), f([2])] },
    { inputs: [f([1, 2, 4]), f([2, 3, 2])], options: { stride: 3, padding: 1, outputPadding: 2 } },
    { inputs: [f([1, 4, 3]), f([4, 1, 3]), f([2])], options: { groups: 2, dilation: 2, outputPadding: 1 } },
    { inputs: [f([3, 4]), f([3, 2, 3]), f([2])], options: { stride: 2 } },
    { inputs: [f([0, 2, 3]), f([2, 3, 2])] },
  ]),
  transposed(
    'convTranspose2d',
    functional.convTranspose2d,
    [
      { inputs: [f([2, 3, 3, 2]), f([3, 2, 2, 3]), f([2])] },
      {
        inputs: [f([1, 2, 3, 3]), f([2, 3, 3, 2]), f([3])],
        options: { stride: [2, 3], padding: [1, 0], outputPadding: [1, 2] },
      },
      // More output padding than stride: the convolution of the result would be larger than the input.
      {
        inputs: [f([1, 2, 2, 3]), f([2, 1, 2, 2])],
        options: { dilation: 3, outputPadding: [2, 1], padding: 1 },
      },
      { inputs: [f([1, 4, 3, 3]), f([4, 2, 2, 2]), f([4])], options: { groups: 2, stride: 2 } },
      { inputs: [f([1, 3, 3, 2]), f([3, 1, 3, 3])], options: { groups: 3, padding: 1 } },
      { inputs: [f([2, 3, 3]), f([2, 2, 2, 2]), f([2])] },
      { inputs: [f([1, 2, 3, 3], { view: 'transposed' }), f([2, 2, 2, 2], { view: 'sliced' })] },
      { inputs: [f([0, 2, 3, 3]), f([2, 3, 2, 2]), f([3])] },
    ],
    [
      {
        inputs: [f([1, 3, 5, 5]), f([2, 3, 3, 3])],
        error: 'ShapeError',
        message:
          /^Given transposed=1, weight of size \[2, 3, 3, 3\], expected input\[1, 3, 5, 5\] to have 2 channels, but got 3 channels instead/,
      },
      {
        inputs: [f([1, 2, 5, 5]), f([2, 3, 3, 3])],
        options: { outputPadding: 1 },
        error: 'OptionError',
        message: /^output padding must be smaller than either stride or dilation, but got output_padding/,
      },
      {
        inputs: [f([1, 2, 1, 1]), f([2, 3, 1, 1])],
        options: { padding: 1 },
        error: 'ShapeError',
        message:
          /^Given input size per channel: \(1 x 1\)\. Calculated output size per channel: \(-1 x -1\)\. Output size is too small/,
      },
      {
        inputs: [f([1, 4, 5, 5]), f([4, 3, 3, 3]), f([2])],
        options: { groups: 2 },
        error: 'ShapeError',
        message:
          /^Given transposed=1, weight of size \[4, 3, 3, 3\], expected bias to be 1-dimensional with 6 elements, but got bias of size \[2\] instead/,
      },
      {
        inputs: [f([1, 2]), f([2, 3, 1, 1])],
        error: 'ShapeError',
        message:
          /^Expected 3D \(unbatched\) or 4D \(batched\) input to convTranspose2d, but got input of size: \[1, 2\]/,
      },
    ],
  ),
  // One after the other, in PyTorch's order.
  transposed(
    'convTranspose3d',
    (x, w, b, { stride = 1, padding = 0, outputPadding = 0, groups = 1, dilation = 1 }) =>
      functional.convTranspose3d(x, w, b, stride, padding, outputPadding, groups, dilation),
    [
      { inputs: [f([2, 2, 2, 3, 2]), f([2, 3, 2, 2, 2]), f([3])] },
      {
        inputs: [f([1, 2, 3, 2, 2]), f([2, 1, 3, 2, 1])],
        options: { stride: [2, 1, 3], padding: [1, 0, 0], outputPadding: [1, 0, 2] },
      },
      {
        inputs: [f([1, 2, 2, 2, 2]), f([2, 1, 2, 2, 1]), f([2])],
        options: { groups: 2, dilation: [3, 1, 1], outputPadding: [2, 0, 0] },
      },
      { inputs: [f([2, 2, 2, 2]), f([2, 1, 2, 1, 2])] },
      { inputs: [f([0, 2, 2, 2, 2]), f([2, 1, 2, 2, 2])] },
    ],
  ),
  op<Fold>({
    name: 'unfold2d',
    call: ({ kernelSize, ...o }, x) => functional.unfold(x, kernelSize, o),
    samples: [
      { inputs: [f([2, 2, 4, 5])], options: { kernelSize: 2 } },
      { inputs: [f([1, 2, 5, 4])], options: { kernelSize: [2, 3], padding: [1, 2], stride: [2, 1] } },
      { inputs: [f([1, 1, 6, 5])], options: { kernelSize: [3, 2], dilation: [2, 3], padding: 1 } },
      { inputs: [f([1, 2, 5, 5])], options: { kernelSize: 2, stride: 3 } },
      { inputs: [f([2, 3, 3])], options: { kernelSize: [3, 1] } },
      { inputs: [f([1, 2, 3, 3], { view: 'transposed' })], options: { kernelSize: 2 } },
      { inputs: [f([0, 2, 3, 3])], options: { kernelSize: 2 } },
      { inputs: [f([1, 1, 2, 2])], options: { kernelSize: 1 } },
    ],
    errors: [
      {
        inputs: [f([5, 5])],
        options: { kernelSize: 2 },
        error: 'ShapeError',
        message: /^Expected 3D or 4D \(batch mode\) tensor with possibly 0 batch size/,
      },
      {
        inputs: [f([1, 2, 2, 2])],
        options: { kernelSize: 3 },
        error: 'ShapeError',
        message:
          /^Given input with spatial size \(2, 2\), kernel_size=\(3, 3\), dilation=\(1, 1\), padding=\(0, 0\), calculated shape of the array of sliding blocks as \(0, 0\), but its components must be at least one\./,
      },
      {
        inputs: [f([1, 2, 5, 5])],
        options: { kernelSize: 2, stride: 0 },
        error: 'OptionError',
        message: /^stride should be greater than zero, but got stride_height: 0 stride_width: 0/,
      },
      {
        inputs: [f([1, 2, 5, 5])],
        options: { kernelSize: 2, padding: -1 },
        error: 'OptionError',
        message: /^padding should be non-negative, but got pad_height: -1 pad_width: -1/,
      },
    ],
  }),
  op<Fold & { readonly outputSize: Sizes }>({
    name: 'fold2d',
    call: ({ outputSize, kernelSize, ...o }, x) => functional.fold(x, outputSize, kernelSize, o),
    samples: [
      { inputs: [f([2, 8, 12])], options: { outputSize: [4, 5], kernelSize: 2 } },
      {
        inputs: [f([1, 6, 18])],
        options: { outputSize: [5, 4], kernelSize: [2, 3], padding: [1, 2], stride: [2, 1] },
      },
      {
        inputs: [f([1, 6, 16])],
        options: { outputSize: [6, 5], kernelSize: [3, 2], dilation: [2, 3], padding: 1 },
      },
      { inputs: [f([8, 4])], options: { outputSize: 5, kernelSize: 2, stride: 3 } },
      { inputs: [f([1, 4, 4], { view: 'transposed' })], options: { outputSize: 3, kernelSize: 2 } },
      { inputs: [f([0, 4, 4])], options: { outputSize: 3, kernelSize: 2 } },
    ],
    errors: [
      {
        inputs: [f([1, 7, 9])],
        options: { outputSize: 4, kernelSize: 2 },
        error: 'ShapeError',
        message:
          /^Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input\.size\(1\)=7 and kernel_size=\(2, 2\)\./,
      },
      {
        inputs: [f([1, 8, 8])],
        options: { outputSize: 4, kernelSize: 2 },
        error: 'ShapeError',
        message:
          /^Given output_size=\(4, 4\), kernel_size=\(2, 2\), dilation=\(1, 1\), padding=\(0, 0\), stride=\(1, 1\), expected size of input's dimension 2 to match the calculated number of sliding blocks 3 \* 3 = 9, but got input\.size\(2\)=8\./,
      },
      {
        inputs: [f([8])],
        options: { outputSize: 4, kernelSize: 2 },
        error: 'ShapeError',
        message: /^Expected 2D or 3D \(batch mode\) tensor for input/,
      },
    ],
  }),
  op<{ pad?: number }>({
    name: 'convTbc',
    call: (o, x, weight, bias) => functional.convTbc(x, weight!, bias!, o),
    samples: [
      { inputs: [f([5, 2, 3]), f([2, 3, 4]), f([4])] },
      { inputs: [f([3, 1, 2]), f([3, 2, 1]), f([1])], options: { pad: 1 } },
    ],
    errors: [
      {
        inputs: [f([5, 3]), f([2, 3, 4]), f([4])],
        error: 'ShapeError',
        message: /^Input must have 3 dims: time, batch, in_channel/,
      },
    ],
  }),
];
