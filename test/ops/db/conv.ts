/** Convolution and pooling. */
import { functional } from '../../../src/index.ts';
import { tolerances } from '../tolerances.ts';
import { f, type OpCase, op } from './kit.ts';

type Pair = number | readonly number[];
interface Conv {
  readonly stride?: Pair;
  readonly padding?: Pair;
  readonly dilation?: Pair;
  readonly groups?: number;
}
interface Pool extends Omit<Conv, 'groups'> {
  readonly kernelSize: Pair;
  readonly ceilMode?: boolean;
}
interface AvgPool extends Omit<Pool, 'dilation'> {
  readonly countIncludePad?: boolean;
  readonly divisorOverride?: number;
}

export const convOps: readonly OpCase[] = [
  op<Conv>({
    name: 'conv2d',
    call: (o, x, w, b) => functional.conv2d(x, w, b ?? null, o),
    samples: [
      { inputs: [f([2, 3, 5, 6]), f([4, 3, 3, 3]), f([4])] },
      { inputs: [f([1, 2, 5, 5]), f([3, 2, 3, 3])], options: { padding: 1 } },
      { inputs: [f([1, 2, 7, 6]), f([3, 2, 3, 2]), f([3])], options: { stride: 2, padding: [1, 0] } },
      { inputs: [f([1, 1, 7, 7]), f([2, 1, 3, 2])], options: { dilation: [2, 3] } },
      { inputs: [f([2, 4, 4, 4]), f([6, 2, 3, 3]), f([6])], options: { groups: 2, padding: 1 } },
      // Depthwise, with an odd number of channels.
      { inputs: [f([1, 5, 4, 4]), f([5, 1, 2, 2]), f([5])], options: { groups: 5, stride: [2, 1] } },
      { inputs: [f([2, 3, 3, 3]), f([2, 3, 1, 1])] },
      { inputs: [f([1, 2, 3, 3]), f([2, 2, 3, 3])], options: { stride: 3, padding: 2, dilation: 2 } },
      { inputs: [f([2, 4, 4]), f([3, 2, 3, 3]), f([3])], options: { padding: 1 } },
      { inputs: [f([1, 2, 4, 5], { view: 'transposed' }), f([2, 2, 2, 2], { view: 'flipped' }), f([2])] },
      { inputs: [f([2, 2, 4, 4], { view: 'sliced' }), f([2, 2, 3, 3], { view: 'expanded' })], options: { padding: 1 } },
      { inputs: [f([0, 2, 4, 4]), f([3, 2, 3, 3])] },
    ],
    parity: [
      { inputs: [f([2, 7, 13, 11]), f([9, 7, 3, 3]), f([9])], options: { padding: 1 } },
      { inputs: [f([3, 1, 28, 28]), f([8, 1, 3, 3]), f([8])], options: { padding: 1 } },
      { inputs: [f([1, 6, 9, 9]), f([12, 3, 3, 3])], options: { groups: 2, stride: 2, padding: 1 } },
      { inputs: [f([2, 17, 8, 8]), f([19, 17, 1, 1])] },
    ],
    tolerance: tolerances.sums,
    errors: [
      {
        inputs: [f([1, 3, 5, 5]), f([4, 2, 3, 3])],
        error: 'ShapeError',
        message:
          /^Given groups=1, weight of size \[4, 2, 3, 3\], expected input\[1, 3, 5, 5\] to have 2 channels, but got 3 channels instead/,
      },
      {
        inputs: [f([1, 2, 2, 2]), f([4, 2, 3, 3])],
        error: 'ShapeError',
        message:
          /^Calculated padded input size per channel: \(2 x 2\)\. Kernel size: \(3 x 3\)\. Kernel size can't be greater than actual input size/,
      },
      {
        inputs: [f([2, 5]), f([4, 2, 3, 3])],
        error: 'ShapeError',
        message: /^Expected 3D \(unbatched\) or 4D \(batched\) input to conv2d, but got input of size: \[2, 5\]/,
      },
    ],
  }),
  op<Pool>({
    name: 'maxPool2d',
    call: ({ kernelSize, ...o }, x) => functional.maxPool2d(x, kernelSize, o),
    samples: [
      { inputs: [f([2, 3, 4, 6])], options: { kernelSize: 2 } },
      { inputs: [f([1, 2, 5, 5])], options: { kernelSize: 3, stride: 1 } },
      { inputs: [f([1, 2, 5, 6])], options: { kernelSize: [3, 2], stride: 2, padding: 1 } },
      { inputs: [f([1, 1, 7, 7])], options: { kernelSize: 2, stride: 2, dilation: 2 } },
      { inputs: [f([1, 2, 5, 5])], options: { kernelSize: 2, stride: 2, ceilMode: true } },
      { inputs: [f([1, 1, 4, 4])], options: { kernelSize: 2, stride: 3, padding: 1, ceilMode: true } },
      { inputs: [f([3, 4, 4])], options: { kernelSize: 2 } },
      { inputs: [f([1, 2, 4, 4], { view: 'transposed' })], options: { kernelSize: 2 } },
      { inputs: [f([1, 2, 4, 4], { view: 'sliced' })], options: { kernelSize: 3, stride: 1 } },
      // Equal values: the first wins. NaN wins over everything.
      {
        inputs: [f([1, 1, 3, 3], { values: [1, 1, 1, 1, 1, 1, 1, 1, 1] })],
        options: { kernelSize: 2, stride: 1 },
        extreme: true,
      },
      {
        inputs: [f([1, 1, 2, 4], { values: [1, NaN, -Infinity, -Infinity, 2, Infinity, -Infinity, -Infinity] })],
        options: { kernelSize: 2 },
        extreme: true,
      },
    ],
    parity: [{ inputs: [f([3, 5, 13, 11])], options: { kernelSize: 3, stride: 2, padding: 1 } }],
    errors: [
      {
        inputs: [f([1, 1, 2, 2])],
        options: { kernelSize: 3 },
        error: 'ShapeError',
        message: /Calculated output size: \(1x0x0\)\. Output size is too small/,
      },
      {
        inputs: [f([1, 1, 4, 4])],
        options: { kernelSize: 2, padding: 2 },
        error: 'OptionError',
        message: /pad should be at most half of effective kernel size/,
      },
    ],
  }),
  op<AvgPool>({
    name: 'avgPool2d',
    call: ({ kernelSize, ...o }, x) => functional.avgPool2d(x, kernelSize, o),
    samples: [
      { inputs: [f([2, 3, 4, 6])], options: { kernelSize: 2 } },
      { inputs: [f([1, 2, 5, 5])], options: { kernelSize: 3, stride: 1 } },
      { inputs: [f([1, 2, 5, 6])], options: { kernelSize: [3, 2], stride: 2, padding: 1 } },
      { inputs: [f([1, 2, 5, 6])], options: { kernelSize: 3, stride: 2, padding: 1, countIncludePad: false } },
      { inputs: [f([1, 2, 5, 5])], options: { kernelSize: 2, stride: 2, ceilMode: true } },
      {
        inputs: [f([1, 1, 5, 5])],
        options: { kernelSize: 3, stride: 2, padding: 1, ceilMode: true, divisorOverride: 7 },
      },
      { inputs: [f([3, 4, 4])], options: { kernelSize: 2 } },
      { inputs: [f([1, 2, 4, 4], { view: 'flipped' })], options: { kernelSize: 2 } },
      { inputs: [f([1, 2, 4, 4])], options: { kernelSize: [2], stride: [], padding: [1] } },
    ],
    parity: [{ inputs: [f([3, 5, 13, 11])], options: { kernelSize: 3, stride: 2, padding: 1 } }],
    errors: [
      {
        inputs: [f([1, 1, 2, 2])],
        options: { kernelSize: 3 },
        error: 'ShapeError',
        message: /Output size is too small/,
      },
    ],
  }),
];
