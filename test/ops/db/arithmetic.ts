/** Quotients, remainders, signs, interpolation: two and three operands beyond the core. */
import {
  atan2,
  copysign,
  divide,
  floatPower,
  floorDivide,
  fmax,
  fmin,
  fmod,
  heaviside,
  hypot,
  ldexp,
  lerp,
  logaddexp,
  logaddexp2,
  nextafter,
  remainder,
  rsub,
  type Tensor,
  type TensorOrNumber,
  trueDivide,
  xlogy,
} from '../../../src/index.ts';
import { tolerances } from '../tolerances.ts';
import { bool, type ErrorSample, type Exception, f, int, type OpCase, op, type Sample, vec } from './kit.ts';

interface Numbers {
  /** A number in place of the first or the second tensor. */
  readonly input?: number;
  readonly other?: number;
}
type Call = (x: TensorOrNumber, y: TensorOrNumber) => Tensor;
interface Spec {
  readonly first?: readonly [number, number];
  readonly second?: readonly [number, number];
  readonly more?: readonly Sample<Numbers>[];
  readonly errors?: readonly ErrorSample<Numbers>[];
  readonly tolerance?: Exception;
}

function binary(name: string, call: Call, { first, second, more = [], errors, tolerance }: Spec = {}): OpCase {
  const a = first ? { range: first } : {};
  const b = second ? { range: second } : {};
  return op<Numbers>({
    name,
    call: ({ input, other }, x, y) => call(input ?? x, other ?? (input === undefined ? y! : x)),
    samples: [
      { inputs: [f([3, 4], a), f([3, 4], b)] },
      { inputs: [f([2, 1], a), f([3], b)] },
      { inputs: [f([], a), f([2, 3], b)] },
      { inputs: [f([0, 3], a), f([3], b)] },
      { inputs: [f([3, 4], { ...a, view: 'transposed' }), f([3, 4], { ...b, view: 'sliced' })] },
      ...more,
    ],
    ...(errors && { errors }),
    ...(tolerance && { tolerance }),
  });
}
const x23 = f([2, 3]);
const numbers = (...others: readonly number[]): Sample<Numbers>[] =>
  others.map((other) => ({ inputs: [x23], options: { other } }));
const left: Sample<Numbers> = { inputs: [f([2, 3], { range: [0.5, 2] })], options: { input: 2.5 } };
/** Every pair of signs, and quotients that come out even. */
const dividends = int([9], [7, -7, 7, -7, 6, -6, 0, 2147483647, -2147483648]);
const divisors = int([9], [3, 3, -3, -3, 3, 3, -5, -1, 2]);
const wholes: Sample<Numbers>[] = [
  { inputs: [dividends, divisors] },
  { inputs: [dividends], options: { other: -4 } },
  { inputs: [dividends], options: { other: 2.5 } },
  { inputs: [bool([4]), int([4], [1, 2, -3, 4])] },
  { inputs: [int([3]), f([3], { range: [0.5, 2] })] },
];
/** Where the rounding of the quotient tells: 3 tenths hold 3 tenths, 1 holds 9 of them. */
const large: readonly (readonly [number, number])[] = [
  [0.3, 0.1],
  [1e10, 3],
  [5.5, 5.5],
  [-5.5, 5.5],
  [16777216, 3],
];
const tenths = [
  [1, 0.1],
  [-1, 0.1],
  [1e-3, 1e-4],
] as const;
const hard = (all: readonly (readonly [number, number])[]): Sample<Numbers> => ({
  inputs: [vec(all.map(([a]) => a)), vec(all.map(([, b]) => b))],
  extreme: true,
});
const refuses = (kernel: string, dtype: 'Bool' | 'Int' | 'Float'): ErrorSample<Numbers> => {
  const x = dtype === 'Bool' ? bool([2]) : dtype === 'Int' ? int([2]) : f([2]);
  return { inputs: [x, x], error: 'DTypeError', message: new RegExp(`^"${kernel}" not implemented for '${dtype}'`) };
};
const divisionErrors = (kernel: string): ErrorSample<Numbers>[] => [
  refuses(kernel, 'Bool'),
  { inputs: [int([2])], options: { other: 0 }, error: 'OptionError', message: /^ZeroDivisionError/ },
];
const floatErrors = (name: string) => [refuses(`${name}_cpu`, 'Int'), refuses(`${name}_cpu`, 'Bool')];
const nonzero = [0.4, 2] as const;

const second = (call: (x: Tensor, y: TensorOrNumber) => Tensor): Call => call as Call;
const tensors = (call: (x: Tensor, y: Tensor) => Tensor): Call => call as Call;

const quotients: readonly OpCase[] = [
  ...(['trunc', 'floor'] as const).map((roundingMode) =>
    binary(`divide${roundingMode}`, (x, y) => divide(x, y, { roundingMode }), {
      second: nonzero,
      more: [...numbers(0.75, -3), left, ...wholes, hard(large)],
      errors: divisionErrors(`div_${roundingMode}_cpu`),
    }),
  ),
  binary('floorDivide', floorDivide, {
    second: nonzero,
    more: [...numbers(0.75, -3), left, ...wholes, hard([...large, ...tenths])],
    errors: divisionErrors('div_floor_cpu'),
  }),
  binary('fmod', second(fmod), {
    second: nonzero,
    more: [...numbers(0.75, -3), ...wholes, hard(large)],
    errors: divisionErrors('fmod_cpu'),
  }),
  binary('remainder', remainder, {
    second: nonzero,
    more: [...numbers(0.75, -3), left, ...wholes, hard([...large, ...tenths])],
    errors: divisionErrors('remainder_cpu'),
  }),
  binary('trueDivide', trueDivide, { second: nonzero, more: [{ inputs: [dividends, divisors] }] }),
  op<{ other: number; alpha?: number }>({
    name: 'rsub',
    call: ({ other, ...o }, x) => rsub(x, other, o),
    samples: [
      { inputs: [x23], options: { other: 1.5 } },
      { inputs: [int([3])], options: { other: 2, alpha: 3 } },
    ],
    errors: [
      {
        inputs: [bool([2])],
        options: { other: 2 },
        error: 'DTypeError',
        message: /^Subtraction, the `-` operator, with a bool tensor is not supported\./,
      },
    ],
  }),
  op<{ decimals: number }>({
    name: 'roundDecimals',
    call: (o, x) => x.round(o),
    samples: [
      { inputs: [vec([1.2345, -2.5, 1234.5, 0.125, 0.375])], options: { decimals: 2 }, extreme: true },
      { inputs: [vec([1234.5, 1250, -1350])], options: { decimals: -2 }, extreme: true },
    ],
    errors: [
      {
        inputs: [int([2])],
        options: { decimals: 1 },
        error: 'DTypeError',
        message: /^"round_cpu" not implemented for 'Int'/,
      },
    ],
  }),
];

const floats: readonly OpCase[] = [
  binary('atan2', tensors(atan2), {
    more: [{ inputs: [int([4], [1, -1, 0, 0]), int([4], [0, -1, -2, 3])] }, { inputs: [bool([3]), bool([3])] }],
  }),
  binary('hypot', tensors(hypot), {
    more: [{ inputs: [int([3]), f([3], { range: nonzero })] }],
    errors: floatErrors('hypot'),
  }),
  binary('logaddexp', tensors(logaddexp), { errors: floatErrors('logaddexp') }),
  binary('logaddexp2', tensors(logaddexp2), { errors: floatErrors('logaddexp2') }),
  binary('copysign', second(copysign), {
    more: [
      ...numbers(-2, 0.5),
      { inputs: [int([3]), int([3])] },
      { inputs: [vec([1, 2, 0]), vec([-0, 0, -0])], extreme: true },
    ],
  }),
  binary('xlogy', xlogy, {
    second: nonzero,
    more: [...numbers(2), left, { inputs: [int([4], [0, 1, 2, 3]), int([4], [0, 2, 3, 0])] }],
  }),
  binary('fmax', tensors(fmax), {
    more: [
      { inputs: [int([3]), int([3])] },
      { inputs: [bool([4]), bool([4])] },
      { inputs: [vec([NaN, 1, NaN, 2]), vec([1, NaN, NaN, 2])], extreme: true },
    ],
  }),
  binary('fmin', tensors(fmin), {
    more: [
      { inputs: [int([3]), int([3])] },
      { inputs: [bool([4]), bool([4])] },
      { inputs: [vec([NaN, 1, NaN, 2]), vec([1, NaN, NaN, 2])], extreme: true },
    ],
  }),
  binary('heaviside', (x, y) => heaviside((x as Tensor).detach(), (y as Tensor).detach()), {
    more: [
      { inputs: [vec([NaN, -0, 0, 2, -3]), vec([5, 6, NaN, 7, 8])], extreme: true },
      { inputs: [int([3], [0, -2, 5]), int([1], [7])] },
      { inputs: [bool([4]), bool([4])] },
    ],
    errors: [
      {
        inputs: [int([2]), f([2])],
        error: 'DTypeError',
        message: /^heaviside is not yet implemented for tensors with different dtypes\./,
      },
      { inputs: [f([2]), f([3])], error: 'ShapeError', message: /^The size of tensor a \(2\) must match/ },
    ],
  }),
  binary('ldexp', tensors(ldexp), { more: [{ inputs: [x23, int([3])] }, { inputs: [int([3]), int([3])] }] }),
  binary('nextafter', tensors(nextafter), {
    more: [
      {
        inputs: [
          vec([1, 1, -1, -1, 16777216, Infinity, NaN, 1, 0, 3.4028234663852886e38]),
          vec([2, 0, 0, -2, 0, 0, 1, NaN, 0, Infinity]),
        ],
        extreme: true,
        atol: 0,
      },
    ],
    errors: [refuses('nextafter_cpu', 'Int')],
  }),
  binary('floatPower', floatPower, {
    first: nonzero,
    more: [...numbers(2).map((s) => ({ ...s, inputs: [f([2, 3], { range: nonzero })] })), left],
    tolerance: tolerances.power,
  }),
  op({
    name: 'floatPowerOfIntegers',
    call: (_, x, y) => floatPower(x, y!),
    samples: [{ inputs: [int([3], [2, -2, 4]), int([3], [-1, -2, 3])] }],
  }),
];

const withWeight: readonly Sample<{ weight: number }>[] = [
  { inputs: [x23, x23], options: { weight: 0.25 } },
  { inputs: [f([2, 1]), f([3])], options: { weight: 0.75 } },
  { inputs: [f([0]), f([1])], options: { weight: 2 } },
];
const three: readonly Sample<{ value?: number }>[] = [
  { inputs: [x23, x23, f([2, 3], { range: nonzero })] },
  { inputs: [f([3]), f([2, 1]), f([], { range: nonzero })], options: { value: -1.5 } },
  {
    inputs: [f([2, 3], { view: 'transposed' }), f([2, 3], { view: 'sliced' }), f([3], { range: nonzero })],
    options: { value: 2 },
  },
  { inputs: [f([0]), f([1]), f([1])] },
  { inputs: [int([3]), f([3]), f([3], { range: nonzero })], options: { value: 3 } },
];
const ternary: readonly OpCase[] = [
  op<{ weight: number }>({
    name: 'lerpNumber',
    call: (o, x, y) => lerp(x, y!, o.weight),
    samples: withWeight,
    errors: [
      {
        inputs: [int([2]), int([2])],
        options: { weight: 0.5 },
        error: 'DTypeError',
        message: /^"lerp_kernel_scalar" not implemented for 'Int'/,
      },
      {
        inputs: [f([2]), int([2])],
        options: { weight: 0.5 },
        error: 'DTypeError',
        message: /^expected dtype float(32)? for `end` but got dtype int(32)?/,
      },
    ],
  }),
  op({
    name: 'lerp',
    call: (_, x, y, w) => lerp(x, y!, w!),
    samples: [
      { inputs: [x23, x23, x23] },
      { inputs: [f([2, 1]), f([3]), f([])] },
      { inputs: [f([2, 3], { view: 'flipped' }), f([3]), f([2, 1])] },
    ],
    errors: [
      {
        inputs: [f([2]), f([2]), int([2])],
        error: 'DTypeError',
        message: /^expected dtype float(32)? for `weight` but got dtype int(32)?/,
      },
    ],
  }),
  op<{ value?: number }>({
    name: 'addcmul',
    call: (o, x, y, z) => x.addcmul(y!, z!, o),
    samples: [...three, { inputs: [int([3]), int([3]), int([3])], options: { value: 2 } }],
    errors: [
      {
        inputs: [bool([2]), bool([2]), bool([2])],
        error: 'DTypeError',
        message: /^"addcmul_cpu_out" not implemented for 'Bool'/,
      },
    ],
  }),
  op<{ value?: number }>({
    name: 'addcdiv',
    call: (o, x, y, z) => x.addcdiv(y!, z!, o),
    samples: three,
    errors: [
      {
        inputs: [f([2]), int([2]), int([2])],
        error: 'DTypeError',
        message: /^Integer division with addcdiv is no longer supported/,
      },
    ],
  }),
];

export const arithmeticOps: readonly OpCase[] = [...quotients, ...floats, ...ternary];
