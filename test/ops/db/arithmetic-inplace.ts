/** The in-place twins: of arithmetic, comparison and integers. */
import type { Tensor } from '../../../src/index.ts';
import { bool, f, int, type OpCase, type Operand, op, type Sample } from './kit.ts';

interface Numbers {
  readonly other?: number;
}
const x = f([2, 3]);
const y = f([3], { range: [0.4, 2] });
const noFloats = {
  error: 'DTypeError',
  message: /^result type (F|f)loat(32)? can't be cast to the desired output type (Int|int32)/,
} as const;

/** On a float tensor, and what integers give: their own dtype, or a refusal. */
function twin(
  name: string,
  call: (x: Tensor, y: Tensor | number) => Tensor,
  { of = x, by = y, numbers = [] as readonly number[], refuses = true, constants = [] as readonly number[] } = {},
): OpCase {
  const samples: Sample<Numbers>[] = [
    { inputs: [of, by] },
    ...numbers.map((other) => ({ inputs: [of], options: { other } })),
  ];
  return op<Numbers>({
    name,
    call: ({ other }, a, b) => call(a.clone(), other ?? b!),
    samples,
    constants,
    ...(refuses && { errors: [{ inputs: [int([3]), f([3])], ...noFloats }] }),
  });
}
const t = (call: (x: Tensor, y: Tensor) => Tensor) => call as (x: Tensor, y: Tensor | number) => Tensor;
const i3: Operand = int([2, 3], [7, -7, 5, 0, 12, -1]);
const by3: Operand = int([3], [2, 3, -4]);
const ofIntegers = { of: i3, by: by3, refuses: false };

export const arithmeticInplaceOps: readonly OpCase[] = [
  twin('subtract_', (a, b) => a.subtract_(b), { numbers: [1.5] }),
  twin('multiply_', (a, b) => a.multiply_(b), { numbers: [1.5] }),
  twin('divide_', (a, b) => a.divide_(b)),
  twin('trueDivide_', (a, b) => a.trueDivide_(b), { numbers: [2] }),
  twin('floorDivide_', (a, b) => a.floorDivide_(b), { numbers: [2] }),
  twin('fmod_', (a, b) => a.fmod_(b), { numbers: [0.7] }),
  twin('remainder_', (a, b) => a.remainder_(b), { numbers: [-0.7] }),
  op<{ roundingMode: 'trunc' | 'floor' }>({
    name: 'divideRounded_',
    call: ({ roundingMode }, a, b) => a.clone().div_(b!, { roundingMode }),
    samples: [
      { inputs: [i3, by3], options: { roundingMode: 'floor' } },
      { inputs: [x, y], options: { roundingMode: 'trunc' } },
    ],
  }),
  twin('pow_', (a, b) => a.pow_(b), { of: f([2, 3], { range: [0.4, 2] }), numbers: [2] }),
  twin('floatPower_', (a, b) => a.floatPower_(b), { of: f([2, 3], { range: [0.4, 2] }), refuses: false }),
  op({ name: 'square_', call: (_, a) => a.clone().square_(), samples: [{ inputs: [x] }, { inputs: [i3] }] }),
  twin(
    'atan2_',
    t((a, b) => a.atan2_(b)),
  ),
  twin(
    'arctan2_',
    t((a, b) => a.arctan2_(b)),
  ),
  twin(
    'hypot_',
    t((a, b) => a.hypot_(b)),
  ),
  twin('copysign_', (a, b) => a.copysign_(b), { numbers: [-1] }),
  twin('xlogy_', (a, b) => a.xlogy_(b), { numbers: [2] }),
  twin(
    'ldexp_',
    t((a, b) => a.ldexp_(b)),
    { refuses: false },
  ),
  twin(
    'nextafter_',
    t((a, b) => a.nextafter_(b)),
    { refuses: false },
  ),
  twin(
    'heaviside_',
    t((a, b) => a.detach().heaviside_(b.detach())),
    { refuses: false },
  ),
  op<{ weight: number }>({
    name: 'lerp_',
    call: ({ weight }, a, b) => a.clone().lerp_(b!, weight),
    samples: [{ inputs: [x, y], options: { weight: 0.25 } }],
  }),
  op<{ value?: number }>({
    name: 'addcmul_',
    call: (o, a, b, c) => a.clone().addcmul_(b!, c!, o),
    samples: [{ inputs: [x, y, y], options: { value: 2 } }],
    errors: [{ inputs: [int([3]), f([3]), f([3])], ...noFloats }],
  }),
  op<{ value?: number }>({
    name: 'addcdiv_',
    call: (o, a, b, c) => a.clone().addcdiv_(b!, c!, o),
    samples: [{ inputs: [x, y, y], options: { value: 2 } }],
  }),
  op<{ value: number }>({
    name: 'maskedFill_',
    call: ({ value }, a, mask) => a.clone().maskedFill_(mask!, value),
    samples: [
      { inputs: [x, bool([3])], options: { value: 2.5 } },
      { inputs: [i3, bool([2, 1])], options: { value: 1.5 } },
      { inputs: [bool([2, 3]), bool([3])], options: { value: 2 } },
    ],
    errors: [
      {
        inputs: [x, int([3])],
        options: { value: 0 },
        error: 'DTypeError',
        message: /^masked_fill_ only supports boolean masks, but got mask with dtype int/,
      },
    ],
  }),
  op({
    name: 'maskedFillTensor_',
    call: (_, a, mask, value) => a.clone().maskedFill_(mask!, value!),
    samples: [{ inputs: [x, bool([3]), f([])] }],
    errors: [
      {
        inputs: [x, bool([3]), f([1])],
        error: 'ShapeError',
        message: /^masked_fill_ only supports a 0-dimensional value tensor, but got tensor with 1 dimension\(s\)\./,
      },
    ],
  }),
  // What is compared gets a gradient of zeros.
  ...(
    [
      ['eq_', (a, b) => a.eq_(b)],
      ['ne_', (a, b) => a.ne_(b)],
      ['notEqual_', (a, b) => a.notEqual_(b)],
      ['lt_', (a, b) => a.lt_(b)],
      ['less_', (a, b) => a.less_(b)],
      ['le_', (a, b) => a.le_(b)],
      ['lessEqual_', (a, b) => a.lessEqual_(b)],
      ['gt_', (a, b) => a.gt_(b)],
      ['greater_', (a, b) => a.greater_(b)],
      ['ge_', (a, b) => a.ge_(b)],
      ['greaterEqual_', (a, b) => a.greaterEqual_(b)],
    ] as const satisfies readonly [string, (a: Tensor, b: Tensor | number) => Tensor][]
  ).map(([name, call]) =>
    op<Numbers>({
      name,
      call: ({ other }, a, b) => call(a.clone(), other ?? b!),
      samples: [
        { inputs: [x, y], extreme: true },
        { inputs: [i3], options: { other: 5 } },
        { inputs: [bool([4]), bool([4])] },
      ],
      constants: [1],
    }),
  ),
  twin(
    'logicalAnd_',
    t((a, b) => a.logicalAnd_(b)),
    ofIntegers,
  ),
  twin(
    'logicalOr_',
    t((a, b) => a.logicalOr_(b)),
    ofIntegers,
  ),
  twin(
    'logicalXor_',
    t((a, b) => a.logicalXor_(b)),
    ofIntegers,
  ),
  op({ name: 'logicalNot_', call: (_, a) => a.clone().logicalNot_(), samples: [{ inputs: [i3] }] }),
  twin('bitwiseAnd_', (a, b) => a.bitwiseAnd_(b), { ...ofIntegers, numbers: [6] }),
  twin('bitwiseOr_', (a, b) => a.bitwiseOr_(b), ofIntegers),
  twin('bitwiseXor_', (a, b) => a.bitwiseXor_(b), ofIntegers),
  op({ name: 'bitwiseNot_', call: (_, a) => a.clone().bitwiseNot_(), samples: [{ inputs: [i3] }] }),
  twin('bitwiseLeftShift_', (a, b) => a.bitwiseLeftShift_(b), { ...ofIntegers, numbers: [3] }),
  twin('bitwiseRightShift_', (a, b) => a.bitwiseRightShift_(b), ofIntegers),
  twin(
    'gcd_',
    t((a, b) => a.gcd_(b)),
    ofIntegers,
  ),
  twin(
    'lcm_',
    t((a, b) => a.lcm_(b)),
    ofIntegers,
  ),
];
