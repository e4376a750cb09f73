/** Activation functions beside the most used: kinks, both sides of them, and what lies far out. */
import { functional, type Tensor } from '../../../src/index.ts';
import { f, type OpCase, type Options, op, type Sample, vec } from './kit.ts';

const far = [0, -0, 1e-6, -1e-6, 30, -30, 88, -88, 100, -100, 1e4, -1e4, Infinity, -Infinity, NaN];

interface Spec<O> {
  /** One set of options for each sample after the first. */
  readonly options?: readonly O[];
  /** Arguments where the function has a kink or a jump. */
  readonly kinks?: readonly number[];
  readonly far?: readonly number[];
  readonly errors?: OpCase<O>['errors'];
}
function activation<O extends object = Options>(
  name: string,
  call: (x: Tensor, options: O) => Tensor,
  spec: Spec<O> = {},
): OpCase {
  const samples: Sample<O>[] = [
    { inputs: [f([3, 4])] },
    { inputs: [f([])] },
    { inputs: [f([0, 3])] },
    { inputs: [f([2, 3], { view: 'transposed', range: [-5, 5] })] },
    { inputs: [vec([...(spec.far ?? far), ...(spec.kinks ?? [])])], extreme: true },
    ...(spec.options ?? []).map((options) => ({ inputs: [f([2, 5], { range: [-3, 3] })], options })),
  ];
  return op<O>({ name, call: (o, x) => call(x, o), samples, ...(spec.errors && { errors: spec.errors }) });
}
/** −∞ times 0, as PyTorch has it, depends on how its kernel is vectorised. */
const noInfinity = far.filter((x) => x !== -Infinity);

export const activationOps: readonly OpCase[] = [
  activation<{ minVal?: number; maxVal?: number }>('hardtanh', (x, o) => functional.hardtanh(x, o), {
    options: [{ minVal: -0.5, maxVal: 2 }],
    kinks: [-1, 1],
    errors: [
      {
        inputs: [f([2])],
        options: { minVal: 1, maxVal: -1 },
        error: 'OptionError',
        message: /^min_val cannot be greater than max_val/,
      },
    ],
  }),
  activation('relu6', (x) => functional.relu6(x), { kinks: [6, 5.9] }),
  activation<{ threshold: number; value: number }>(
    'threshold',
    (x, { threshold = 0.5, value = -2 }) => functional.threshold(x, threshold, value),
    { kinks: [0.5] },
  ),
  activation<{ alpha?: number }>('elu', (x, o) => functional.elu(x, o), { options: [{ alpha: 0.5 }] }),
  activation<{ alpha?: number }>('celu', (x, o) => functional.celu(x, o), { options: [{ alpha: 2 }] }),
  activation('selu', (x) => functional.selu(x)),
  activation<{ lower?: number; upper?: number }>('rrelu', (x, o) => functional.rrelu(x, o), {
    options: [{ lower: 0.25, upper: 0.75 }],
  }),
  activation<{ lambd?: number }>('hardshrink', (x, o) => functional.hardshrink(x, o), {
    options: [{ lambd: 1.5 }],
    kinks: [0.5, -0.5],
  }),
  activation<{ lambd?: number }>('softshrink', (x, o) => functional.softshrink(x, o), {
    options: [{ lambd: 1.5 }],
    kinks: [0.5, -0.5],
    far: noInfinity.filter((x) => x !== Infinity),
    errors: [
      {
        inputs: [f([2])],
        options: { lambd: -1 },
        error: 'OptionError',
        message: /^lambda must be in range .* but found -1/,
      },
    ],
  }),
  activation('hardsigmoid', (x) => functional.hardsigmoid(x), { kinks: [-3, 3] }),
  activation('hardswish', (x) => functional.hardswish(x), { kinks: [-3, 3], far: noInfinity }),
  activation('mish', (x) => functional.mish(x), { far: noInfinity }),
  activation('softsign', (x) => functional.softsign(x), { far: noInfinity.filter((x) => x !== Infinity) }),
  activation('tanhshrink', (x) => functional.tanhshrink(x)),
  activation('logsigmoid', (x) => functional.logsigmoid(x)),
  op({
    name: 'prelu',
    call: (_, x, weight) => functional.prelu(x, weight!),
    samples: [
      { inputs: [f([3, 4]), f([1])] },
      { inputs: [f([2, 3, 2]), f([3])] },
      { inputs: [f([5]), f([1])] },
      { inputs: [f([]), f([])] },
      { inputs: [f([0, 3]), f([3])] },
      { inputs: [f([2, 3], { view: 'transposed' }), f([3])] },
      { inputs: [vec(far), f([1], { values: [0.25] })], extreme: true },
    ],
    errors: [
      {
        inputs: [f([2, 3]), f([2])],
        error: 'ShapeError',
        message:
          /^Mismatch of parameter numbers and input channel size\. Found parameter numbers = 2 and channel size = 3\./,
      },
      {
        inputs: [f([2, 3]), f([3, 1])],
        error: 'ShapeError',
        message: /to be a scalar or 1D tensor, but got: ndim = 2/,
      },
    ],
  }),
  op<{ dim?: number }>({
    name: 'glu',
    call: (o, x) => functional.glu(x, o),
    samples: [
      { inputs: [f([3, 4])] },
      { inputs: [f([4, 3])], options: { dim: 0 } },
      { inputs: [f([2, 4, 2], { view: 'sliced' })], options: { dim: -2 } },
      { inputs: [f([0, 2])] },
    ],
    errors: [
      {
        inputs: [f([5])],
        error: 'ShapeError',
        message: /^Halving dimension must be even, but dimension 0 is size 5/,
      },
      { inputs: [f([])], error: 'ShapeError', message: /^glu does not support scalars/ },
    ],
  }),
  op<{ dim: number }>({
    name: 'softmin',
    call: ({ dim }, x) => functional.softmin(x, dim),
    samples: [
      { inputs: [f([3, 4])], options: { dim: 1 } },
      { inputs: [f([2, 3, 2])], options: { dim: -2 } },
      { inputs: [f([])], options: { dim: 0 } },
    ],
  }),
];
