/** One operand in, the same shape out. */
import { functional, type Tensor } from '../../../src/index.ts';
import { bool, type Exception, f, int, type OpCase, type Options, op, type Sample, type View, vec } from './kit.ts';

/** Zeros, tiny, ordinary, large and non-finite numbers. */
const everywhere = [
  0,
  -0,
  1e-30,
  -1e-30,
  1e-6,
  -1e-6,
  0.25,
  -0.5,
  1,
  -1,
  30,
  -30,
  88,
  -88,
  100,
  -100,
  1e4,
  -1e4,
  1e30,
  -1e30,
  Infinity,
  -Infinity,
  NaN,
];
/** For periodic functions: argument reduction is exact enough up to here. */
const moderate = everywhere.filter((x) => !(Math.abs(x) > 1e4 && Number.isFinite(x)));

interface UnaryOptions<O> {
  readonly options?: O;
  readonly range?: readonly [number, number];
  readonly extremes?: readonly number[] | undefined;
  readonly int?: true;
  readonly tolerance?: Exception;
  readonly errors?: OpCase<O>['errors'];
}

const rotation: readonly View[] = ['transposed', 'sliced', 'flipped', 'expanded'];
let turn = 0;

function unary<O extends object = Options>(
  name: string,
  call: (options: O, x: Tensor) => Tensor,
  spec: UnaryOptions<O> = {},
): OpCase {
  const range = spec.range ? { range: spec.range } : {};
  const options = spec.options ? { options: spec.options } : {};
  const shapes = [
    f([3, 4], range),
    f([], range),
    f([0, 3], range),
    f([2, 1, 3], { ...range, view: rotation[turn++ % 4]! }),
  ];
  const samples: Sample<O>[] = shapes.map((x) => ({ inputs: [x], ...options }));
  // Denormals may be flushed to zero, nothing else may be lost.
  samples.push({ inputs: [vec(spec.extremes ?? everywhere)], ...options, extreme: true, atol: 1e-30 });
  if (spec.int) samples.push({ inputs: [int([2, 5])], ...options, extreme: true });
  return op<O>({
    name,
    call,
    samples,
    parity: [{ inputs: [f([37, 29], range)], ...options }],
    ...(spec.tolerance && { tolerance: spec.tolerance }),
    ...(spec.errors && { errors: spec.errors }),
  });
}

const positive = { range: [0.1, 3] as const };

export const unaryOps: readonly OpCase[] = [
  unary('neg', (_, x) => x.neg(), { int: true }),
  unary('abs', (_, x) => x.abs(), { int: true }),
  unary('exp', (_, x) => x.exp(), { int: true }),
  unary('log', (_, x) => x.log(), positive),
  unary('sqrt', (_, x) => x.sqrt(), positive),
  unary('rsqrt', (_, x) => x.rsqrt(), positive),
  unary('reciprocal', (_, x) => x.reciprocal(), { range: [0.2, 2] }),
  unary('square', (_, x) => x.square(), { int: true }),
  unary('sin', (_, x) => x.sin(), { extremes: moderate }),
  unary('cos', (_, x) => x.cos(), { extremes: moderate }),
  unary('tanh', (_, x) => x.tanh()),
  unary('sigmoid', (_, x) => x.sigmoid(), { int: true }),
  unary('relu', (_, x) => x.relu(), { int: true }),
  unary('erf', (_, x) => x.erf()),
  unary('expm1', (_, x) => x.expm1()),
  unary('log1p', (_, x) => x.log1p(), { range: [-0.9, 3] }),
  unary('floor', (_, x) => x.floor()),
  unary('ceil', (_, x) => x.ceil()),
  unary('round', (_, x) => x.round(), { extremes: [...moderate, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 3.4999, 8388609] }),
  unary('sign', (_, x) => x.sign(), { int: true }),
  op({ name: 'signOfBools', call: (_, x) => [x.sign(), x.square()], samples: [{ inputs: [bool([5])] }] }),
  unary<{ negativeSlope: number }>('leakyRelu', (o, x) => functional.leakyRelu(x, o.negativeSlope), {
    options: { negativeSlope: 0.1 },
  }),
  unary('gelu', (_, x) => functional.gelu(x)),
  unary<{ approximate: 'tanh' }>('geluTanh', (o, x) => functional.gelu(x, o), { options: { approximate: 'tanh' } }),
  unary('silu', (_, x) => functional.silu(x)),
  unary<{ beta: number; threshold: number }>('softplus', (o, x) => functional.softplus(x, o.beta, o.threshold), {
    options: { beta: 2, threshold: 5 },
    extremes: [...everywhere, 2.4, 2.5, 2.6],
  }),
  op<{ min?: number; max?: number }>({
    name: 'clamp',
    call: (o, x) => x.clamp(o),
    samples: [
      { inputs: [f([3, 4])], options: { min: -0.5, max: 0.75 } },
      { inputs: [f([3, 4], { view: 'transposed' })], options: { min: -0.5 } },
      { inputs: [f([])], options: { max: 0.75 } },
      { inputs: [f([0, 2])], options: { min: 0, max: 1 } },
      { inputs: [int([2, 5])], options: { min: -1, max: 2 } },
      // Bounds belong to the interval; max wins when they cross.
      { inputs: [vec([...everywhere, -0.5, 0.75])], options: { min: -0.5, max: 0.75 }, extreme: true },
      { inputs: [vec(everywhere)], options: { min: 1, max: -1 }, extreme: true },
    ],
  }),
];
