/** Normalisation within each example: see norm.ts for layerNorm and batchNorm. */
import { functional, type Tensor } from '../../../src/index.ts';
import { tolerances } from '../tolerances.ts';
import { f, int, type OpCase, op } from './kit.ts';

const unit = { range: [0.5, 1.5] as const };
const affine = (weight?: Tensor, bias?: Tensor) => ({ ...(weight && { weight }), ...(bias && { bias }) });

export const normalisationOps: readonly OpCase[] = [
  op<{ numGroups: number; eps?: number }>({
    name: 'groupNorm',
    call: ({ numGroups, ...o }, x, weight, bias) =>
      functional.groupNorm(x, numGroups, { ...affine(weight, bias), ...o }),
    samples: [
      { inputs: [f([2, 6, 3]), f([6], unit), f([6])], options: { numGroups: 2 } },
      { inputs: [f([2, 4, 2, 3])], options: { numGroups: 4, eps: 0.1 } },
      { inputs: [f([3, 6]), f([6], unit)], options: { numGroups: 1 } },
      { inputs: [f([2, 3, 4], { view: 'transposed' }), f([3], unit), f([3])], options: { numGroups: 3 } },
      { inputs: [f([0, 4, 2]), f([4], unit), f([4])], options: { numGroups: 2 } },
    ],
    parity: [{ inputs: [f([3, 10, 9, 7]), f([10], unit), f([10])], options: { numGroups: 5 } }],
    tolerance: tolerances.smallGroups,
    errors: [
      {
        inputs: [f([2, 6, 3])],
        options: { numGroups: 4 },
        error: 'ShapeError',
        message:
          /^Expected number of channels in input to be divisible by num_groups, but got input of shape \[2, 6, 3\] and num_groups=4/,
      },
      {
        inputs: [f([2, 6, 3]), f([5])],
        options: { numGroups: 2 },
        error: 'ShapeError',
        message:
          /^Expected weight to be a vector of size equal to the number of channels in input, but got weight of shape \[5\]/,
      },
      {
        inputs: [f([6])],
        options: { numGroups: 2 },
        error: 'ShapeError',
        message: /^Expected at least 2 dimensions for input tensor but received 1/,
      },
      {
        inputs: [f([1, 6])],
        options: { numGroups: 6 },
        error: 'ShapeError',
        message: /^Expected more than 1 value per channel when training, got input size \[1, 6\]/,
      },
    ],
  }),
  // Results: y, and the running statistics after the call.
  op<{ tracked?: boolean; useInputStats?: boolean; momentum?: number; eps?: number }>({
    name: 'instanceNorm',
    call: ({ tracked, ...o }, x, ...rest) => {
      const [runningMean, runningVar] = tracked ? rest.splice(0, 2) : [];
      const y = functional.instanceNorm(x, {
        ...(runningMean && { runningMean }),
        ...(runningVar && { runningVar }),
        ...affine(...rest),
        ...o,
      });
      return runningMean && runningVar ? [y, runningMean, runningVar] : y;
    },
    constants: [1, 2],
    samples: [
      { inputs: [f([2, 3, 4])] },
      {
        inputs: [f([2, 2, 3, 2]), f([2]), f([2], unit), f([2], unit), f([2])],
        options: { tracked: true, momentum: 0.3, eps: 1e-3 },
      },
      {
        inputs: [f([2, 2, 3]), f([2]), f([2], unit), f([2], unit), f([2])],
        options: { tracked: true, useInputStats: false },
      },
      { inputs: [f([2, 3, 4], { view: 'transposed' })] },
    ],
    tolerance: tolerances.smallGroups,
    errors: [
      {
        inputs: [f([2, 3, 1])],
        error: 'ShapeError',
        message: /^Expected more than 1 spatial element when training, got input size torch\.Size\(\[2, 3, 1\]\)/,
      },
      {
        inputs: [f([2, 3, 4])],
        options: { useInputStats: false },
        error: 'OptionError',
        message: /^Expected running_mean and running_var to be defined when use_input_stats is false/,
      },
    ],
  }),
  op<{ normalizedShape: number[]; eps?: number }>({
    name: 'rmsNorm',
    call: ({ normalizedShape, ...o }, x, weight) => functional.rmsNorm(x, normalizedShape, { ...affine(weight), ...o }),
    samples: [
      { inputs: [f([3, 5]), f([5], unit)], options: { normalizedShape: [5] } },
      { inputs: [f([2, 3, 4]), f([3, 4], unit)], options: { normalizedShape: [3, 4] } },
      { inputs: [f([2, 3, 4])], options: { normalizedShape: [4], eps: 0.1 } },
      { inputs: [f([4])], options: { normalizedShape: [4] } },
      { inputs: [f([4, 3], { view: 'transposed' }), f([3], unit)], options: { normalizedShape: [3] } },
      {
        inputs: [f([2, 3], { values: [0, 0, 0, 1e15, -1e15, 1] })],
        options: { normalizedShape: [3], eps: 1e-6 },
        extreme: true,
      },
      { inputs: [f([0, 3])], options: { normalizedShape: [3] } },
    ],
    parity: [{ inputs: [f([9, 301]), f([301], unit)], options: { normalizedShape: [301] } }],
    tolerance: tolerances.normGradient,
    errors: [
      {
        inputs: [f([2, 3])],
        options: { normalizedShape: [4] },
        error: 'ShapeError',
        message:
          /^Given normalized_shape=\[4\], expected input with shape \[\*(, )?4\], but got input of size ?\[2, 3\]/,
      },
      {
        inputs: [f([2, 3])],
        options: { normalizedShape: [] },
        error: 'ShapeError',
        message: /^Expected normalized_shape to be at least 1-dimensional/,
      },
      {
        inputs: [f([2, 3]), f([4])],
        options: { normalizedShape: [3] },
        error: 'ShapeError',
        message:
          /^Expected weight to be of same shape as normalized_shape, but got weight of shape \[4\] and normalized_shape = \[3\]/,
      },
    ],
  }),
  op<{ size: number; alpha?: number; beta?: number; k?: number }>({
    name: 'localResponseNorm',
    call: ({ size, ...o }, x) => functional.localResponseNorm(x, size, o),
    samples: [
      { inputs: [f([2, 5, 3])], options: { size: 3, alpha: 0.5 } },
      { inputs: [f([1, 4, 2, 3])], options: { size: 2, alpha: 1, beta: 0.5, k: 2 } },
      { inputs: [f([1, 2, 2, 1, 2])], options: { size: 5 } },
      { inputs: [int([1, 3, 3])], options: { size: 3, alpha: 1 } },
      { inputs: [f([0, 2, 3])], options: { size: 2 } },
    ],
    tolerance: tolerances.twoPowers,
    errors: [
      {
        inputs: [f([2, 3])],
        options: { size: 2 },
        error: 'ShapeError',
        message: /^Expected 3D or higher dimensionality +input \(got 2 dimensions\)/,
      },
      {
        inputs: [f([2, 3, 4])],
        options: { size: 0 },
        error: 'OptionError',
        message: /^kernel size should be greater than zero, but got kH: 0 kW: 1/,
      },
    ],
  }),
];
