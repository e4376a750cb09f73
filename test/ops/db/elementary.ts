/** Elementary functions of one tensor beyond the core, rounding, tests and limits. Extreme values: ../special-values. */
import {
  absolute,
  arccos,
  arcsin,
  arcsinh,
  arctan,
  arctanh,
  clampMax,
  clampMin,
  fix,
  isreal,
  nanToNum,
  negative,
  polygamma,
  type Tensor,
} from '../../../src/index.ts';
import { tolerances } from '../tolerances.ts';
import { bool, type Exception, f, int, type OpCase, type Options, op, type Sample, type View, vec } from './kit.ts';

interface Spec<O> {
  readonly options?: O;
  readonly range?: readonly [number, number];
  /** Options of more samples. */
  readonly more?: readonly O[];
  readonly int?: readonly number[];
  readonly bool?: true;
  /** No gradient to be checked by finite differences. */
  readonly flat?: true;
  readonly tolerance?: Exception;
  readonly errors?: OpCase<O>['errors'];
}
const rotation: readonly View[] = ['transposed', 'sliced', 'flipped', 'expanded'];
let turn = 0;

/** A row of a function of one tensor. */
export function rowOf<O extends object = Options>(
  name: string,
  call: (x: Tensor, options: O) => Tensor | Tensor[],
  spec: Spec<O> = {},
): OpCase {
  const range = spec.range ? { range: spec.range } : {};
  const with_ = (options?: O) => (options ? { options } : {});
  const extreme = spec.flat ? { extreme: true as const } : {};
  const samples: Sample<O>[] = [
    { inputs: [f([2, 3], range)], ...with_(spec.options), ...extreme },
    { inputs: [f([], range)], ...with_(spec.options), ...extreme },
    { inputs: [f([0, 3], range)], ...with_(spec.options) },
    { inputs: [f([2, 1, 3], { ...range, view: rotation[turn++ % 4]! })], ...with_(spec.options), ...extreme },
    ...(spec.more ?? []).map((options) => ({ inputs: [f([2, 3], range)], options, ...extreme })),
  ];
  if (spec.int) samples.push({ inputs: [vec(spec.int, 'int32')], ...with_(spec.options) });
  if (spec.bool) samples.push({ inputs: [bool([2, 3])], ...with_(spec.options) });
  return op<O>({
    name,
    call: (o, x) => call(x!, o),
    samples,
    ...(spec.tolerance && { tolerance: spec.tolerance }),
    ...(spec.errors && { errors: spec.errors }),
  });
}

const inside = { range: [-0.95, 0.95] as const };
const positive = { range: [0.1, 3] as const };
const few = [-2, -1, 0, 1, 3];
/** What bools are refused with. */
const boolError = (error: RegExp) => [{ inputs: [bool([2])], error: 'DTypeError' as const, message: error }];

const method =
  (name: string) =>
  (x: Tensor): Tensor =>
    (x as unknown as Record<string, () => Tensor>)[name]!();
const simple = (name: string, spec?: Spec<Options>): OpCase => rowOf(name, method(name), spec);

export const elementaryOps: readonly OpCase[] = [
  simple('tan', { range: [-1.4, 1.4], int: few }),
  simple('asin', { ...inside, int: few, bool: true }),
  simple('acos', { ...inside, int: few }),
  simple('atan', { int: few }),
  simple('sinh', { int: few }),
  simple('cosh', { int: few }),
  simple('asinh', { int: few }),
  simple('acosh', { range: [1.1, 4], int: few }),
  simple('atanh', { ...inside, int: few }),
  simple('sinc', { int: few }),
  simple('exp2', { int: few, bool: true }),
  simple('log2', { ...positive, int: few }),
  simple('log10', { ...positive, int: [1, 10, 1000, 0, -1] }),
  rowOf<{ eps?: number }>('logit', (x, o) => x.logit(o), {
    range: [0.05, 0.95],
    more: [{ eps: 0.01 }, { eps: 0.25 }],
    int: [0, 1, 2],
    errors: [{ inputs: [f([2])], options: { epsilon: 1 } as object, error: 'OptionError', message: /unexpected/ }],
  }),
  simple('erfc', { int: few }),
  simple('erfinv', { ...inside, int: few }),
  simple('lgamma', { range: [-1.9, 3.9], int: few }),
  simple('digamma', { range: [0.1, 3.9], int: few }),
  rowOf<{ n: number }>('polygamma', (x, o) => polygamma(o.n, x), {
    options: { n: 1 },
    range: [0.2, 3.9],
    more: [{ n: 0 }, { n: 2 }, { n: 5 }],
    int: [1, 2, 5],
    errors: [{ inputs: [f([2])], options: { n: -1 }, error: 'OptionError', message: /does not support negative n/ }],
    tolerance: tolerances.polygamma,
  }),
  rowOf<{ p: number }>('mvlgamma', (x, o) => x.mvlgamma(o.p), {
    options: { p: 1 },
    range: [2.1, 5],
    more: [{ p: 2 }, { p: 4 }],
    int: [3, 4, 6],
    errors: [
      { inputs: [f([2])], options: { p: 0 }, error: 'OptionError', message: /p has to be greater than or equal/ },
    ],
  }),
  simple('i0', { int: few }),
  simple('deg2rad', { range: [-360, 360], int: [0, 90, -180], bool: true }),
  simple('rad2deg', {
    range: [-0.5, 0.5],
    int: [0, 1, -2],
    bool: true,
    tolerance: tolerances.largeResults,
  }),
  simple('trunc', { flat: true, int: few, errors: boolError(/"trunc_vml_cpu" not implemented for 'Bool'/) }),
  simple('frac', {
    flat: true,
    errors: [
      ...boolError(/"frac_cpu" not implemented for 'Bool'/),
      { inputs: [int([2])], error: 'DTypeError', message: /"frac_cpu" not implemented for 'Int'/ },
    ],
  }),
  simple('sgn', { flat: true, int: few, bool: true }),
  simple('positive', {
    int: few,
    errors: boolError(/The `\+` operator, on a bool tensor is not supported/),
  }),
  ...['signbit', 'isfinite', 'isinf', 'isnan', 'isposinf', 'isneginf'].map((name) =>
    simple(name, { int: few, bool: true }),
  ),
  rowOf('isreal', isreal, { int: few, bool: true }),
  op<{ nan?: number; posinf?: number; neginf?: number }>({
    name: 'nanToNum',
    call: (o, x) => nanToNum(x!, o),
    samples: [
      { inputs: [f([2, 3], { view: 'transposed' })] },
      { inputs: [vec([NaN, Infinity, -Infinity, 1, -0, 3e38])], extreme: true },
      { inputs: [vec([NaN, Infinity, -Infinity, 1])], options: { nan: 2, posinf: 100, neginf: -7 }, extreme: true },
      { inputs: [vec([NaN, Infinity, -Infinity, 1])], options: { posinf: 100 }, extreme: true },
      { inputs: [f([0])] },
      { inputs: [int([3])], options: { nan: 1 } },
      { inputs: [bool([3])] },
    ],
  }),
  op<{ which: readonly string[] }>({
    name: 'clampTensors',
    call: (o, x, ...bounds) => x!.clamp(Object.fromEntries(o.which.map((name, i) => [name, bounds[i]!]))),
    samples: [
      {
        inputs: [f([3, 4]), f([3, 4], { range: [-2, 0] }), f([3, 4], { range: [0, 2] })],
        options: { which: ['min', 'max'] },
      },
      { inputs: [f([3, 4], { view: 'transposed' }), f([4]), f([3, 1])], options: { which: ['min', 'max'] } },
      { inputs: [f([3]), f([])], options: { which: ['min'] } },
      { inputs: [f([]), f([2, 3])], options: { which: ['max'] } },
      // Equal to a bound, crossed bounds, NaN on every side.
      {
        inputs: [
          vec([0, 1, -1, 0.5, NaN, 0, 0, 5, -5, 0]),
          vec([0, 0, 0, 1, 0, NaN, 0, 1, 2, -1]),
          vec([1, 1, 1, 0, 1, 1, NaN, -1, 2, 0]),
        ],
        options: { which: ['min', 'max'] },
        extreme: true,
      },
      { inputs: [int([3], [-2, 0, 7]), f([3])], options: { which: ['min'] } },
      { inputs: [int([3], [-2, 0, 7]), int([1], [3])], options: { which: ['max'] } },
    ],
    errors: [
      {
        inputs: [f([2]), f([3])],
        options: { which: ['min'] },
        error: 'ShapeError',
        message: /must match the size of tensor b/,
      },
      {
        inputs: [f([2])],
        options: { which: [] },
        error: 'OptionError',
        message: /At least one of 'min' or 'max' must not be None/,
      },
    ],
  }),
  op<{ min: number }>({
    name: 'clampMin',
    call: (o, x) => clampMin(x!, o.min),
    samples: [
      { inputs: [f([2, 3])], options: { min: 0.25 } },
      { inputs: [int([4])], options: { min: 0.5 } },
      { inputs: [bool([3])], options: { min: 1 } },
    ],
  }),
  op<{ max: number }>({
    name: 'clampMax',
    call: (o, x) => clampMax(x!, o.max),
    samples: [
      { inputs: [f([2, 3], { view: 'flipped' })], options: { max: 0.25 } },
      { inputs: [int([4])], options: { max: 2 } },
    ],
  }),
  op({
    name: 'clampMinTensor',
    call: (_, x, min) => clampMin(x!, min!),
    samples: [{ inputs: [f([2, 3]), f([3])] }, { inputs: [bool([4]), bool([])] }],
  }),
  op({
    name: 'clampMaxTensor',
    call: (_, x, max) => clampMax(x!, max!),
    samples: [{ inputs: [f([2, 3]), f([2, 1])] }, { inputs: [bool([4]), bool([4])] }],
  }),
  op<{ min: number; max: number }>({
    name: 'clip',
    call: (o, x) => x!.clip(o),
    samples: [{ inputs: [f([2, 3])], options: { min: -0.5, max: 0.5 } }],
  }),
  rowOf(
    'aliases',
    (x) => [arcsin, arccos, arctan, arcsinh, arctanh, absolute, negative, fix].map((fn) => fn(x)),
    inside,
  ),
  op<{ names: string }>({
    name: 'unaryInPlace',
    call: (o, x) => o.names.split(' ').map((name) => method(`${camel(name)}_`)(x!.clone())),
    samples: [
      'abs_ neg_ exp_ expm1_ log_ log1p_ sqrt_ rsqrt_ reciprocal_ sin_ cos_ tanh_ sigmoid_ relu_ erf_',
      'floor_ ceil_ sign_ absolute_ negative_ trunc_ fix_ frac_ sgn_ nan_to_num_ deg2rad_ rad2deg_ exp2_ log2_ log10_ erfc_',
      'tan_ asin_ acos_ atan_ sinh_ cosh_ asinh_ atanh_ arcsin_ arccos_ arctan_ arcsinh_ arctanh_ sinc_ logit_',
      'erfinv_ lgamma_ digamma_ i0_',
    ].map((names) => ({ inputs: [f([2, 3], { range: [0.1, 0.9] })], options: { names }, extreme: true as const })),
    errors: [
      {
        inputs: [int([2])],
        options: { names: 'exp2_' },
        error: 'DTypeError',
        message: /can't be cast to the desired output type/,
      },
    ],
  }),
  op({
    name: 'limitsInPlace',
    call: (_, x, max) => [
      x!.clone().clip_(-0.5, 0.75),
      x!.clone().clampMin_(0.1),
      x!.clone().clampMax_(max!),
      x!.clone().nanToNum_(1),
      x!.clone().logit_(0.1),
      x!.clone().polygamma_(1),
      x!.clone().mvlgamma_(1),
      x!.clone().round_({ decimals: 1 }),
    ],
    samples: [{ inputs: [f([2, 3], { range: [0.1, 0.9] }), f([3], { range: [0.1, 0.9] })] }],
  }),
];

/** `nan_to_num_` as `nanToNum`. */
const camel = (name: string): string =>
  name.slice(0, -1).replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
