/** Activations that overwrite, tensors filled and padded, and what real tensors have of complex ones. */
import {
  angle,
  conj,
  conjPhysical,
  constantPadNd,
  type DType,
  fill,
  functional,
  gridSampler,
  gridSampler3d,
  range,
  real,
  resolveConj,
  resolveNeg,
  type Tensor,
} from '../../../src/index.ts';
import { bool, f, int, type OpCase, op, vec } from './kit.ts';

const x = f([2, 3], { range: [-3, 3] });

/** An activation that overwrites: of what is no leaf, and PyTorch's refusal of a leaf. */
const overwriting = (name: string, call: (x: Tensor) => Tensor): OpCase =>
  op({
    name,
    call: (_, a) => call(a.mul(1)),
    samples: [{ inputs: [x] }, { inputs: [f([3, 2], { view: 'transposed' })] }],
  });

export const fillingOps: readonly OpCase[] = [
  overwriting('relu_', functional.relu_),
  overwriting('leakyRelu_', (a) => functional.leakyRelu_(a, { negativeSlope: 0.2 })),
  overwriting('elu_', (a) => functional.elu_(a, 0.5)),
  overwriting('celu_', (a) => functional.celu_(a, 0.5)),
  overwriting('selu_', functional.selu_),
  overwriting('hardtanh_', (a) => functional.hardtanh_(a, -0.5, 2)),
  overwriting('threshold_', (a) => functional.threshold_(a, 0.5, 9)),
  overwriting('rrelu_', (a) => functional.rrelu_(a, 0.25, 0.25)),
  op({
    name: 'reluLeaf_',
    call: (_, a) => functional.relu_(a),
    samples: [],
    errors: [
      {
        inputs: [f([2])],
        requiresGrad: true,
        error: 'GradError',
        message: /^a leaf Variable that requires grad is being used in an in-place operation/,
      },
    ],
  }),
  op<{ value?: number }>({
    name: 'fill',
    call: ({ value }, a, v) => fill(a, value ?? v!),
    samples: [
      { inputs: [f([2, 3])], options: { value: 1.5 } },
      { inputs: [f([3, 2], { view: 'transposed' }), f([])] },
      { inputs: [int([3])], options: { value: 2.5 } },
      { inputs: [bool([3])], options: { value: 1 } },
      { inputs: [f([0, 2]), f([])] },
    ],
    errors: [
      {
        inputs: [f([2]), f([1])],
        error: 'ShapeError',
        message: /^fill_ only supports 0-dimension value tensor but got tensor with 1 dimensions\./,
      },
    ],
  }),
  op({
    name: 'fillTensor_',
    call: (_, a, v) => a.mul(2).fill_(v!),
    samples: [{ inputs: [f([2, 3]), f([])] }],
    errors: [
      {
        inputs: [f([2]), f([2])],
        error: 'ShapeError',
        message: /^fill_ only supports 0-dimension value tensor but got tensor with 1 dimensions\./,
      },
    ],
  }),
  op<{ pad: number[]; value?: number }>({
    name: 'constantPadNd',
    call: ({ pad, ...o }, a) => constantPadNd(a, pad, o),
    samples: [
      { inputs: [f([2, 3])], options: { pad: [1, 2] } },
      { inputs: [f([2, 3])], options: { pad: [-1, 2, 0, 1], value: 1.5 } },
    ],
  }),
  op<{ numbers: [number, number, number?]; dtype?: DType }>({
    name: 'range',
    call: ({ numbers: [start, end, step = 1], ...o }) => range(start, end, step, o),
    samples: [
      { inputs: [], options: { numbers: [0, 3] } },
      { inputs: [], options: { numbers: [0, 2, 0.25] } },
      { inputs: [], options: { numbers: [0, 2, 0.3] } },
      { inputs: [], options: { numbers: [3, 0, -1], dtype: 'int32' } },
    ],
    errors: [
      { inputs: [], options: { numbers: [3, 0] }, error: 'OptionError', message: /^upper bound and lower bound/ },
      { inputs: [], options: { numbers: [0, 3, 0] }, error: 'OptionError', message: /^step must be nonzero/ },
    ],
  }),
  op<{ modes: [number, number, boolean] }>({
    name: 'gridSampler',
    call: ({ modes }, image, grid) => gridSampler(image, grid!, ...modes),
    samples: [
      { inputs: [f([1, 2, 3, 3]), f([1, 2, 2, 2], { range: [-1.2, 1.2] })], options: { modes: [0, 1, true] } },
      { inputs: [f([1, 2, 3, 3]), f([1, 2, 2, 2], { range: [-1.2, 1.2] })], options: { modes: [1, 2, false] } },
    ],
    errors: [
      {
        inputs: [f([1, 2, 3, 3]), f([1, 2, 2, 2])],
        options: { modes: [3, 0, true] },
        error: 'OptionError',
        message: /^gridSampler: the modes are 0 \(bilinear\)/,
      },
    ],
  }),
  op({
    name: 'gridSampler3d',
    call: (_, volume, grid) => gridSampler3d(volume, grid!, 0, 0, false),
    samples: [{ inputs: [f([1, 1, 2, 3, 2]), f([1, 1, 2, 1, 3], { range: [-1, 1] })] }],
  }),
  op({
    name: 'angle',
    call: (_, a) => angle(a),
    samples: [
      { inputs: [f([2, 3])] },
      { inputs: [vec([0, -0, -1, 2, NaN, -Infinity, Infinity])], extreme: true },
      { inputs: [int([5])] },
      { inputs: [bool([2])] },
    ],
  }),
  op({
    name: 'realParts',
    call: (_, a) => [real(a), a.real, conj(a), conjPhysical(a), resolveConj(a), resolveNeg(a)].map((y) => y.mul(2)),
    samples: [{ inputs: [f([2, 2])] }],
  }),
  op({ name: 'hardshrinkMethod', call: (_, a) => a.hardshrink(1), samples: [{ inputs: [x] }] }),
  op({ name: 'preluMethod', call: (_, a, w) => a.prelu(w!), samples: [{ inputs: [x, f([3])] }] }),
];
