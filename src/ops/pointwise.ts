/** Pointwise rows: unary, binary, selection, casts and sources (ops that make values from the element's index). */
import type { DType } from '../core/dtype.ts';
import { DTypeError } from '../core/errors.ts';
import { binary, boolean, compare, logical, numeric, same, stepwise, unary } from './pointwise-kit.ts';
import { type Attrs, eachForTheOther, type PointwiseRow, type Ref } from './types.ts';

const twoOverSqrtPi = 2 / Math.sqrt(Math.PI);
const invSqrt2 = Math.SQRT1_2;
const invSqrt2Pi = 1 / Math.sqrt(2 * Math.PI);

const unaryRows = {
  ...unary('abs', { saves: 'input', accepts: numeric, derivative: (k, x, dy) => k.mul(dy, k.unary('sign', x)) }),
  ...unary('exp', { saves: 'output', derivative: (k, y, dy) => k.mul(dy, y) }),
  ...unary('log', { saves: 'input', derivative: (k, x, dy) => k.div(dy, x) }),
  ...unary('expm1', { saves: 'output', derivative: (k, y, dy) => k.mul(dy, k.add(y, 1)) }),
  ...unary('log1p', { saves: 'input', derivative: (k, x, dy) => k.div(dy, k.add(x, 1)) }),
  ...unary('sqrt', { saves: 'output', derivative: (k, y, dy) => k.div(k.mul(dy, 0.5), y) }),
  ...unary('rsqrt', { saves: 'output', derivative: (k, y, dy) => k.mul(k.mul(dy, -0.5), k.mul(y, k.mul(y, y))) }),
  ...unary('reciprocal', { saves: 'output', derivative: (k, y, dy) => k.mul(k.unary('neg', dy), k.mul(y, y)) }),
  ...unary('square', { saves: 'input', accepts: numeric, derivative: (k, x, dy) => k.mul(k.mul(dy, 2), x) }),
  ...unary('sin', { saves: 'input', derivative: (k, x, dy) => k.mul(dy, k.unary('cos', x)) }),
  ...unary('cos', { saves: 'input', derivative: (k, x, dy) => k.unary('neg', k.mul(dy, k.unary('sin', x))) }),
  ...unary('tanh', { saves: 'output', derivative: (k, y, dy) => k.mul(dy, k.sub(1, k.mul(y, y))) }),
  ...unary('sigmoid', { saves: 'output', derivative: (k, y, dy) => k.mul(dy, k.mul(y, k.sub(1, y))) }),
  ...unary('relu', {
    saves: 'output',
    accepts: numeric,
    derivative: (k, y, dy) => k.where(k.compare('le', y, 0), 0, dy),
  }),
  ...unary('silu', {
    saves: 'input',
    derivative: (k, x, dy) => {
      const s = k.unary('sigmoid', x);
      return k.mul(dy, k.mul(s, k.add(1, k.mul(x, k.sub(1, s)))));
    },
  }),
  ...unary('erf', {
    saves: 'input',
    derivative: (k, x, dy) => k.mul(k.mul(dy, twoOverSqrtPi), k.unary('exp', k.unary('neg', k.mul(x, x)))),
  }),
  // gelu(x) = x·Φ(x); gelu'(x) = Φ(x) + x·φ(x)   (Hendrycks & Gimpel, arXiv 1606.08415)
  ...unary('gelu', {
    saves: 'input',
    derivative: (k, x, dy) => {
      const cdf = k.mul(k.add(k.unary('erf', k.mul(x, invSqrt2)), 1), 0.5);
      const pdf = k.mul(k.unary('exp', k.mul(k.mul(x, x), -0.5)), invSqrt2Pi);
      return k.mul(dy, k.add(cdf, k.mul(x, pdf)));
    },
  }),
  // 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))), section 2 of the same paper
  ...unary('geluTanh', {
    saves: 'input',
    derivative: (k, x, dy) => {
      const c = Math.sqrt(2 / Math.PI);
      const x2 = k.mul(x, x);
      const t = k.unary('tanh', k.mul(k.mul(x, k.add(k.mul(x2, 0.044715), 1)), c));
      const dInner = k.mul(k.add(k.mul(x2, 3 * 0.044715), 1), c);
      const left = k.mul(k.add(t, 1), 0.5);
      const right = k.mul(k.mul(k.mul(x, 0.5), k.sub(1, k.mul(t, t))), dInner);
      return k.mul(dy, k.add(left, right));
    },
  }),
  // leakyRelu(x, negativeSlope)
  ...unary('leakyRelu', {
    saves: 'input',
    params: 1,
    derivative: (k, x, dy, slope) => k.where(k.compare('gt', x, 0), dy, k.mul(dy, slope!)),
  }),
  // softplus(x, beta, threshold): log(1 + exp(beta·x)) / beta, linear where beta·x > threshold
  ...unary('softplus', {
    saves: 'input',
    params: 2,
    derivative: (k, x, dy, beta, threshold) => {
      const z = k.mul(x, beta!);
      return k.where(k.compare('gt', z, threshold!), dy, k.mul(dy, k.unary('sigmoid', z)));
    },
  }),
  // clamp(x, min, max): gradient passes where min <= x <= max, as in PyTorch
  ...unary('clamp', {
    saves: 'input',
    params: 2,
    accepts: numeric,
    derivative: (k, x, dy, lo, hi) =>
      k.where(k.op('logicalAnd', [k.compare('ge', x, lo!), k.compare('le', x, hi!)]), dy, 0),
  }),
  neg: { kind: 'pointwise', arity: 1, dtype: numeric('neg'), vjp: ({ k, grads }) => [k.unary('neg', grads[0]!)] },
  sign: stepwise('sign', numeric),
  floor: stepwise('floor', numeric),
  ceil: stepwise('ceil', numeric),
  round: stepwise('round', numeric),
  logicalNot: { kind: 'pointwise', arity: 1, dtype: boolean('logicalNot'), vjp: 'none' },
} satisfies Record<string, PointwiseRow>;

/** PyTorch gives each of two equal operands half of the gradient. */
const extremum = (name: 'maximum' | 'minimum', wins: 'gt' | 'lt'): PointwiseRow =>
  binary(name, [0, 1], ({ k, inputs, grads }) => {
    const [a, b] = inputs as [Ref, Ref];
    const g = grads[0]!;
    // With a NaN neither side loses, and both get the gradient.
    const shared = k.where(k.compare('eq', a, b), k.mul(g, 0.5), g);
    const loses = wins === 'gt' ? 'lt' : 'gt';
    return [k.where(k.compare(loses, a, b), 0, shared), k.where(k.compare(wins, a, b), 0, shared)];
  });
const binaryRows = {
  add: { kind: 'pointwise', arity: 2, dtype: same('add'), vjp: ({ grads }) => [grads[0]!, grads[0]!] },
  sub: {
    kind: 'pointwise',
    arity: 2,
    dtype: same('sub'),
    vjp: ({ k, grads, needs }) => [grads[0]!, needs[1] ? k.unary('neg', grads[0]!) : null],
  },
  mul: binary('mul', eachForTheOther, ({ k, inputs: [a, b], grads, needs }) => [
    needs[0] ? k.mul(grads[0]!, b!) : null,
    needs[1] ? k.mul(grads[0]!, a!) : null,
  ]),
  div: binary(
    'div',
    ([, b]) => (b ? [0, 1] : [1]),
    ({ k, inputs: [a, b], grads, needs }) => [
      needs[0] ? k.div(grads[0]!, b!) : null,
      needs[1] ? k.unary('neg', k.div(k.mul(grads[0]!, k.div(a!, b!)), b!)) : null,
    ],
  ),
  // d(a^b)/da = b·a^(b−1), 0 where b = 0;  d(a^b)/db = a^b·ln a, 0 where a = 0 and b >= 0
  pow: binary('pow', [0, 1], ({ k, inputs: [a, b], grads, needs }) => {
    const g = grads[0]!;
    const da = () => {
      const d = k.mul(
        g,
        k.mul(b!, k.op('pow', [a!, 'scalar' in b! ? { scalar: b.scalar - 1, dtype: b.dtype } : k.sub(b!, 1)])),
      );
      if ('scalar' in b!) return b.scalar === 0 ? k.zerosLike(g) : d;
      return k.where(k.compare('eq', b!, 0), 0, d);
    };
    const db = () => {
      const y = k.op('pow', [a!, b!]);
      const base = 'scalar' in a! ? k.full((b as Ref).shape, a.scalar, a.dtype) : (a as Ref);
      const zero = k.op('logicalAnd', [k.compare('eq', base, 0), k.compare('ge', b!, 0)]);
      return k.where(zero, 0, k.mul(g, k.mul(y, k.unary('log', base))));
    };
    return [needs[0] ? da() : null, needs[1] ? db() : null];
  }),
  maximum: extremum('maximum', 'gt'),
  minimum: extremum('minimum', 'lt'),
  eq: compare('eq'),
  ne: compare('ne'),
  lt: compare('lt'),
  le: compare('le'),
  gt: compare('gt'),
  ge: compare('ge'),
  logicalAnd: logical('logicalAnd'),
  logicalOr: logical('logicalOr'),
  logicalXor: logical('logicalXor'),
} satisfies Record<string, PointwiseRow>;

const selectRows = {
  where: {
    kind: 'pointwise',
    arity: 3,
    dtype: ([c, a, b]) => {
      if (c !== 'bool')
        throw new DTypeError(`where expected condition to be a boolean tensor, but got a tensor with dtype ${c}`);
      if (a !== b) throw new DTypeError(`where: expected operands of one dtype, got ${a} and ${b}`);
      return a!;
    },
    saves: { inputs: [0] },
    vjp: ({ k, inputs, grads, needs }) => [
      null,
      needs[1] ? k.where(inputs[0] as Ref, grads[0]!, 0) : null,
      needs[2] ? k.where(inputs[0] as Ref, 0, grads[0]!) : null,
    ],
  },
  /** Same values, contiguous, in memory of its own. */
  copy: { kind: 'pointwise', arity: 1, dtype: ([a]) => a!, vjp: ({ grads }) => [grads[0]!] },
  cast: {
    kind: 'pointwise',
    arity: 1,
    dtype: (_, attrs) => attrs.dtype as DType,
    vjp: ({ k, inputs, grads }) => [k.cast(grads[0]!, inputs[0]!.dtype)],
  },
} satisfies Record<string, PointwiseRow>;

function source(arity: number, vjp: 'none' = 'none'): PointwiseRow {
  return { kind: 'pointwise', arity, source: true, dtype: (_, attrs: Attrs) => attrs.dtype as DType, vjp };
}
/** attrs: shape, dtype. Random sources take the generator's two key words and the op's stream number, all uint32. */
const sourceRows = {
  /** fill(value) */
  fill: source(1),
  /** start + index·step */
  arange: source(2),
  /** uniform in [0, 1), from the top 24 bits of threefry2x32(key0, key1; index, stream) */
  uniform: source(3),
  /** standard normal, by Box-Muller */
  normal: source(3),
  /** low + bits mod (high - low): (key0, key1, stream, low, high) */
  randomInt: source(5),
} satisfies Record<string, PointwiseRow>;

export const pointwiseRows = { ...unaryRows, ...binaryRows, ...selectRows, ...sourceRows };
