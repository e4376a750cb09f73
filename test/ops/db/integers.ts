/** Integers and bools: bits, shifts, divisors; comparison by nearness; the dtypes of core arithmetic. */
import {
  add,
  bitwiseAnd,
  bitwiseLeftShift,
  bitwiseNot,
  bitwiseOr,
  bitwiseRightShift,
  bitwiseXor,
  gcd,
  isclose,
  lcm,
  mul,
  pow,
  sub,
  type Tensor,
  type TensorOrNumber,
} from '../../../src/index.ts';
import { bool, type ErrorSample, f, int, type OpCase, op, type Sample, vec } from './kit.ts';

interface Numbers {
  readonly input?: number;
  readonly other?: number;
}
const words = [0, 1, 6, -1, -8, 2147483647, -2147483648, 255];
const masks = [3, -1, 5, 12, -4, 1, -2147483648, 0];
const shifts = [0, 31, 32, 1, 4, 30, -1, 40];
const pair = (second: readonly number[]): Sample<Numbers> => ({ inputs: [int([8], words), int([8], second)] });
const views: Sample<Numbers> = {
  inputs: [
    { shape: [3, 2], dtype: 'int32', view: 'transposed' },
    { shape: [2], dtype: 'int32', range: [0, 5] },
  ],
};
const bools: Sample<Numbers>[] = [{ inputs: [bool([4]), bool([4])] }, { inputs: [bool([3]), int([3])] }];
const refuses = (kernel: string, dtype: 'Float' | 'Bool'): ErrorSample<Numbers> => ({
  inputs: dtype === 'Float' ? [f([2]), int([2])] : [bool([2]), bool([2])],
  error: 'DTypeError',
  message: new RegExp(`^"${kernel}" not implemented for '${dtype}'`),
});

function integers(
  name: string,
  call: (x: TensorOrNumber, y: TensorOrNumber) => Tensor,
  samples: readonly Sample<Numbers>[],
  errors: readonly ErrorSample<Numbers>[],
): OpCase {
  return op<Numbers>({
    name,
    call: ({ input, other }, x, y) => call(input ?? x, other ?? (input === undefined ? y! : x)),
    samples: [...samples, views, { inputs: [int([0]), int([1])] }],
    errors,
  });
}
const one = (options: Numbers): Sample<Numbers> => ({ inputs: [int([8], words)], options });

export const integerOps: readonly OpCase[] = [
  ...(
    [
      ['bitwiseAnd', bitwiseAnd, 'bitwise_and_cpu'],
      ['bitwiseOr', bitwiseOr, 'bitwise_or_cpu'],
      ['bitwiseXor', bitwiseXor, 'bitwise_xor_cpu'],
    ] as const
  ).map(([name, call, kernel]) =>
    integers(
      name,
      call,
      [pair(masks), one({ other: 6 }), one({ input: -3 }), ...bools, { inputs: [bool([3])], options: { other: 3 } }],
      [refuses(kernel, 'Float')],
    ),
  ),
  op({
    name: 'bitwiseNot',
    call: (_, x) => bitwiseNot(x),
    samples: [{ inputs: [int([8], words)] }, { inputs: [bool([4])] }],
    errors: [{ inputs: [f([2])], error: 'DTypeError', message: /^"bitwise_not_cpu" not implemented for 'Float'/ }],
  }),
  ...(
    [
      ['bitwiseLeftShift', bitwiseLeftShift, 'lshift_cpu'],
      ['bitwiseRightShift', bitwiseRightShift, 'rshift_cpu'],
    ] as const
  ).map(([name, call, kernel]) =>
    integers(
      name,
      call,
      [pair(shifts), one({ other: 2 }), { inputs: [int([8], shifts)], options: { input: -100 } }],
      [refuses(kernel, 'Float'), refuses(kernel, 'Bool')],
    ),
  ),
  ...(
    [
      ['gcd', gcd],
      ['lcm', lcm],
    ] as const
  ).map(([name, call]) =>
    integers(
      name,
      call as (x: TensorOrNumber, y: TensorOrNumber) => Tensor,
      [{ inputs: [int([6], [0, 0, -4, 12, 7, 1071]), int([6], [0, 5, 6, 18, -7, 462])] }, bools[1]!],
      [refuses(`${name}_cpu`, 'Float'), refuses(`${name}_cpu`, 'Bool')],
    ),
  ),
  op<{ rtol?: number; atol?: number; equalNan?: boolean }>({
    name: 'isclose',
    call: (o, x, y) => isclose(x, y!, o),
    samples: [
      { inputs: [vec([1, 1, 0, 100]), vec([1.000001, 1.1, 1e-9, 100.0005])] },
      {
        inputs: [vec([Infinity, -Infinity, NaN, Infinity, 1]), vec([Infinity, Infinity, NaN, 1, Infinity])],
        options: { equalNan: true },
        extreme: true,
      },
      { inputs: [vec([NaN, 1]), vec([NaN, 1])], extreme: true },
      { inputs: [vec([1, 2]), vec([1.4, 2.6])], options: { atol: 0.5, rtol: 0 } },
      { inputs: [vec([1, 2]), vec([1, 2.0000002])], options: { atol: 0, rtol: 0 } },
      { inputs: [int([3], [5, 6, -7]), int([1], [6])], options: { rtol: 0.2 } },
      { inputs: [bool([4]), bool([4])] },
    ],
    errors: [
      { inputs: [int([2]), f([2])], error: 'DTypeError', message: /^(Int|int32) did not match (Float|float32)/ },
      {
        inputs: [f([2]), f([2])],
        options: { rtol: -1 },
        error: 'OptionError',
        message: /^rtol must be greater than or equal to zero, but got -1/,
      },
    ],
  }),
  // Logic of operands that are not bool: everything but 0 is true, NaN too.
  ...(['logicalAnd', 'logicalOr', 'logicalXor'] as const).map((name) =>
    op({
      name: `${name}OfNumbers`,
      call: (_, x, y) => x[name](y!),
      samples: [
        { inputs: [vec([0, -0, 0.5, NaN]), vec([NaN, 1, 0, 2])], extreme: true },
        { inputs: [int([3], [0, 2, -1]), vec([0, 0, 1])], extreme: true },
      ],
    }),
  ),
  // Numbers come first in the free functions; bools take part in arithmetic.
  op<{ input: number }>({
    name: 'subFrom',
    call: ({ input }, x) => sub(input, x),
    samples: [
      { inputs: [f([3])], options: { input: 1 } },
      { inputs: [int([3])], options: { input: 2.5 } },
    ],
    errors: [
      {
        inputs: [bool([2])],
        options: { input: 2 },
        error: 'DTypeError',
        message: /^Subtraction, the `-` operator, with a bool tensor is not supported\./,
      },
    ],
  }),
  op<{ input: number }>({
    name: 'powOf',
    call: ({ input }, x) => pow(input, x),
    samples: [
      { inputs: [f([3])], options: { input: 2 } },
      { inputs: [int([4], [0, 3, 5, 1])], options: { input: -3 } },
      { inputs: [bool([4])], options: { input: 2 } },
    ],
  }),
  op<{ exponent: number }>({
    name: 'powInteger',
    call: ({ exponent }, x) => x.pow(exponent),
    samples: [{ inputs: [bool([4])], options: { exponent: 2 } }],
    errors: [
      {
        inputs: [int([2])],
        options: { exponent: -1 },
        error: 'OptionError',
        message: /^Integers to negative integer powers are not allowed\./,
      },
    ],
  }),
  op({
    name: 'powOfBools',
    call: (_, x, y) => pow(x, y!),
    samples: [],
    errors: [{ inputs: [bool([2]), bool([2])], error: 'DTypeError', message: /^"pow" not implemented for 'Bool'/ }],
  }),
  ...(
    [
      ['addOfBools', add],
      ['mulOfBools', mul],
    ] as const
  ).map(([name, call]) =>
    op({ name, call: (_, x, y) => call(x, y!), samples: [...bools, { inputs: [bool([3]), f([3])] }] }),
  ),
  ...(['maximum', 'minimum'] as const).map((name) =>
    op({
      name: `${name}OfKinds`,
      call: (_, x, y) => x[name](y!),
      samples: [...bools, { inputs: [int([3]), f([3])] }, { inputs: [int([2, 3]), int([3])] }],
    }),
  ),
  op<{ min: number; max: number }>({
    name: 'clampOfIntegers',
    call: (o, x) => x.clamp(o),
    samples: [
      { inputs: [int([5])], options: { min: 0.5, max: 2 } },
      { inputs: [int([5])], options: { min: -1, max: 2 } },
      { inputs: [bool([4])], options: { min: 0, max: 1 } },
      { inputs: [f([5])], options: { min: 2, max: 1 }, extreme: true },
      { inputs: [f([5])], options: { min: NaN, max: 1 }, extreme: true },
    ],
  }),
];
