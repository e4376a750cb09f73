/** Every pointwise snippet: compiles for each type it takes, agrees with float64, and with PyTorch at special arguments. */
import { describe, expect, test } from 'vitest';
import { pointwiseRows } from '../../src/ops/pointwise.ts';
import { type Column, column, evaluateOp } from './evaluate.ts';
import { erf, normalCdf, normalPdf, roundEven, sigmoid, spacing, threefry, ulpError } from './reference.ts';
import { samples, special } from './samples.ts';
import { specialArguments, specialCases } from './special-cases.ts';

const c = Math.sqrt(2 / Math.PI);
const geluTanhGate = (x: number): number => sigmoid(2 * c * (x + 0.044715 * x ** 3));
const unit = { slope: 0.125, beta: 2, threshold: 16, lo: -1, hi: 1 };

interface Unary {
  readonly of: (x: number) => number;
  /** From what the row saves: the argument, or the result. */
  readonly derivative?: (saved: number) => number;
  /** Allowed error in units of the last place, and relative to max(1, |x|); of the derivative likewise. */
  readonly ulp?: number;
  readonly absolute?: number;
  readonly derivativeUlp?: number;
  readonly derivativeAbsolute?: number;
  readonly params?: readonly number[];
}

const unary: Readonly<Record<string, Unary>> = {
  abs: { of: Math.abs, derivative: (x) => Math.sign(x) || 0 },
  exp: { of: Math.exp, ulp: 2, derivative: (y) => y },
  log: { of: Math.log, ulp: 2, derivative: (x) => 1 / x, derivativeUlp: 3 },
  expm1: { of: Math.expm1, ulp: 4, derivative: (y) => y + 1, derivativeUlp: 1, derivativeAbsolute: 6e-8 },
  log1p: { of: Math.log1p, ulp: 4, derivative: (x) => 1 / Math.fround(x + 1), derivativeUlp: 3 },
  sqrt: { of: Math.sqrt, ulp: 3, derivative: (y) => 0.5 / y, derivativeUlp: 3 },
  rsqrt: { of: (x) => 1 / Math.sqrt(x), ulp: 3, derivative: (y) => -0.5 * y ** 3, derivativeUlp: 2 },
  reciprocal: { of: (x) => 1 / x, ulp: 3, derivative: (y) => -y * y, derivativeUlp: 1 },
  square: { of: (x) => x * x, ulp: 1, derivative: (x) => 2 * x },
  sin: { of: Math.sin, absolute: 2e-7, derivative: Math.cos, derivativeAbsolute: 2e-7 },
  cos: { of: Math.cos, absolute: 2e-7, derivative: (x) => -Math.sin(x), derivativeAbsolute: 2e-7 },
  tanh: { of: Math.tanh, ulp: 5, derivative: (y) => 1 - y * y, derivativeAbsolute: 2e-7, derivativeUlp: 2 },
  sigmoid: { of: sigmoid, ulp: 5, derivative: (y) => y * (1 - y), derivativeAbsolute: 2e-7, derivativeUlp: 2 },
  relu: { of: (x) => Math.max(x, 0), derivative: (y) => (y <= 0 ? 0 : 1) },
  silu: {
    of: (x) => x * sigmoid(x),
    ulp: 6,
    derivative: (x) => sigmoid(x) * (1 + x * sigmoid(-x)),
    derivativeUlp: 3,
    derivativeAbsolute: 4e-7,
  },
  erf: { of: erf, ulp: 4, derivative: (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x), derivativeAbsolute: 3e-7 },
  gelu: {
    of: (x) => x * normalCdf(x),
    ulp: 2,
    absolute: 1.5e-7,
    derivative: (x) => normalCdf(x) + x * normalPdf(x),
    derivativeAbsolute: 4e-7,
  },
  geluTanh: {
    of: (x) => x * geluTanhGate(x),
    ulp: 2,
    absolute: 3e-7,
    derivative: (x) => {
      const s = geluTanhGate(x);
      const rest = x > 0 ? sigmoid(-2 * c * (x + 0.044715 * x ** 3)) : 1 - s;
      // The limit: the product of 0 and a cube that overflows.
      if (Math.abs(x) > 1e3) return Number.isFinite(x) ? s : Number.NaN;
      return s + x * s * rest * 2 * c * (1 + 3 * 0.044715 * x * x);
    },
    derivativeAbsolute: 1e-6,
  },
  leakyRelu: {
    of: (x) => (x > 0 ? x : x * unit.slope),
    derivative: (x) => (x > 0 ? 1 : unit.slope),
    params: [unit.slope],
  },
  softplus: {
    of: (x) => (x * unit.beta > unit.threshold ? x : Math.log1p(Math.exp(x * unit.beta)) / unit.beta),
    ulp: 4,
    absolute: 1e-7,
    derivative: (x) => (x * unit.beta > unit.threshold ? 1 : sigmoid(x * unit.beta)),
    derivativeUlp: 5,
    params: [unit.beta, unit.threshold],
  },
  clamp: {
    of: (x) => Math.min(Math.max(x, unit.lo), unit.hi),
    derivative: (x) => (x >= unit.lo && x <= unit.hi ? 1 : 0),
    params: [unit.lo, unit.hi],
  },
  neg: { of: (x) => -x },
  sign: { of: (x) => Math.sign(x) || 0 },
  floor: { of: Math.floor },
  ceil: { of: Math.ceil },
  round: { of: roundEven },
};

const f32 = (values: ArrayLike<number>): Column => column('f32', values);
const filled = (value: number, n: number): Column => f32(new Float32Array(n).fill(value));

/** Below this an intermediate value may have been flushed to 0. */
const tiny = 1e-34;

/** Fails with the argument of the first error above the bound. */
function compare(
  name: string,
  got: Float32Array,
  arg: ArrayLike<number>,
  of: (x: number) => number,
  ulp = 0,
  absolute = 0,
): void {
  got.forEach((value, i) => {
    const x = arg[i]!;
    const want = of(x);
    if (ulpError(value, want) <= ulp) return;
    const allowed = ulp * spacing(want) + absolute * Math.max(1, Math.abs(x)) + tiny;
    if (!(Math.abs(value - want) <= allowed))
      expect.fail(`${name}(${x}) = ${value}, not ${want}: off by ${Math.abs(value - want)}, allowed ${allowed}`);
  });
}

describe('unary', () => {
  const x = samples([0.41, -0.29, 0.93, 1, -1, 8, 10, 15, -15, 88.72, -87.33]);

  test.each(Object.entries(unary))('%s agrees with float64', async (name, { of, ulp, absolute, params = [] }) => {
    const got = await evaluateOp(name, 'f32', [f32(x), ...params.map((p) => filled(p, x.length))], 'f32');
    compare(name, got, x, of, ulp, absolute);
  });

  const backward = Object.entries(unary).filter(([, spec]) => spec.derivative !== undefined);
  test.each(backward)(
    '%s backward agrees with float64',
    async (name, { of, derivative, derivativeUlp, derivativeAbsolute, params = [] }) => {
      const row = pointwiseRows[name as keyof typeof pointwiseRows] as { saves?: { outputs?: readonly number[] } };
      const saved = row.saves?.outputs ? x.map(of) : x;
      const columns = [f32(saved), filled(2, x.length), ...params.map((p) => filled(p, x.length))];
      const got = await evaluateOp(`${name}Backward`, 'f32', columns, 'f32');
      compare(`${name}Backward`, got, saved, (v) => 2 * derivative!(v), derivativeUlp, 2 * (derivativeAbsolute ?? 0));
    },
  );

  test.each(Object.entries(specialCases))('%s is as PyTorch at special arguments', async (name, { y, dx }) => {
    const n = specialArguments.length;
    const { params = [], derivative } = unary[name]!;
    const rest = params.map((p) => filled(p, n));
    const near = (got: Float32Array, want: readonly number[]): void => {
      got.forEach((value, i) => {
        const close = ulpError(value, want[i]!) <= 8 || Math.abs(value - want[i]!) <= 2e-7;
        if (!close) expect.fail(`at ${specialArguments[i]}: ${value}, PyTorch has ${want[i]}`);
      });
    };
    near(await evaluateOp(name, 'f32', [f32(specialArguments), ...rest], 'f32'), y);
    if (derivative === undefined) return;
    const row = pointwiseRows[name as keyof typeof pointwiseRows] as { saves?: { outputs?: readonly number[] } };
    const saved = f32(row.saves?.outputs ? y : specialArguments);
    near(await evaluateOp(`${name}Backward`, 'f32', [saved, filled(1, n), ...rest], 'f32'), dx);
  });
});

/** Every pair of the special values. */
const pairs = special.flatMap((a) => special.map((b) => [a, b] as const));
const left = pairs.map(([a]) => a);
const right = pairs.map(([, b]) => b);
const words = [0, 1, 2, 3, 5, 7, 31, 100, 65536, 2147483647, -2147483648, -1, -2, -3, -5, -7, -31, -65536];
const wordPairs = words.flatMap((a) => words.map((b) => [a, b] as const));

/** What 32-bit integers give; `mask` brings the exact integer into the type's range. */
function integer(op: string, a: number, b: number, wrap: (x: bigint) => bigint): number | boolean {
  const [x, y] = [BigInt(a), BigInt(b)];
  switch (op) {
    case 'add':
      return Number(wrap(x + y));
    case 'sub':
      return Number(wrap(x - y));
    case 'mul':
      return Number(wrap(x * y));
    case 'div':
      return y === 0n ? 0 : Number(wrap(x / y));
    case 'pow':
      if (y >= 0n) return Number(wrap(powMod(x, y)));
      return x === 1n ? 1 : x === -1n ? (y % 2n === 0n ? 1 : -1) : 0;
    case 'maximum':
      return Math.max(a, b);
    case 'minimum':
      return Math.min(a, b);
    default:
      return comparisons[op]!(a, b);
  }
}
function powMod(x: bigint, y: bigint): bigint {
  let result = 1n;
  for (let base = x, rest = y; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = BigInt.asIntN(64, result * base);
    base = BigInt.asIntN(64, base * base);
  }
  return result;
}

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
};
const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
};

describe('binary', () => {
  const a = f32(left);
  const b = f32(right);

  test.each(Object.entries(arithmetic))('%s of floats', async (name, of) => {
    const got = await evaluateOp(name, 'f32', [a, b], 'f32');
    got.forEach((value, i) => {
      const [x, y] = [a.values[i]!, b.values[i]!];
      expect(ulpError(value, of(x, y)), `${name}(${x}, ${y}) = ${value}`).toBeLessThanOrEqual(name === 'div' ? 3 : 0);
    });
  });

  test.each(Object.entries(comparisons))('%s of floats: only ne holds for NaN', async (name, of) => {
    const got = await evaluateOp(name, 'f32', [a, b], 'bool');
    expect(Array.from(got)).toEqual(left.map((_, i) => Number(of(a.values[i]!, b.values[i]!))));
  });

  test.each([...Object.keys(arithmetic), 'pow', ...Object.keys(comparisons)])('%s of integers wraps', async (name) => {
    for (const type of ['i32', 'u32'] as const) {
      const [x, y] = [
        column(
          type,
          wordPairs.map(([v]) => v),
        ),
        column(
          type,
          wordPairs.map(([, v]) => v),
        ),
      ];
      const result = comparisons[name] ? 'bool' : type;
      const got = await evaluateOp(name, type, [x, y], result);
      const wrap = (v: bigint): bigint => (type === 'i32' ? BigInt.asIntN(32, v) : BigInt.asUintN(32, v));
      const want = wordPairs.map((_, i) => Number(integer(name, x.values[i]!, y.values[i]!, wrap)));
      expect(Array.from(got), type).toEqual(want);
    }
  });

  test.each([...Object.keys(comparisons), 'logicalAnd', 'logicalOr', 'logicalXor'])('%s of bools', async (name) => {
    const logical: Record<string, (p: number, q: number) => number> = {
      logicalAnd: (p, q) => p & q,
      logicalOr: (p, q) => p | q,
      logicalXor: (p, q) => p ^ q,
    };
    const [x, y] = [column('bool', [0, 0, 1, 1]), column('bool', [0, 1, 0, 1])];
    const of = comparisons[name] ?? logical[name]!;
    expect(Array.from(await evaluateOp(name, 'bool', [x, y], 'bool'))).toEqual(
      [0, 1, 2, 3].map((i) => Number(of(x.values[i]!, y.values[i]!))),
    );
  });
});

test('logicalNot and where', async () => {
  const flags = column('bool', [0, 1, 1]);
  expect(Array.from(await evaluateOp('logicalNot', 'bool', [flags], 'bool'))).toEqual([1, 0, 0]);
  for (const type of ['f32', 'i32', 'u32', 'bool'] as const) {
    const got = await evaluateOp('where', type, [flags, column(type, [1, 1, 1]), column(type, [0, 0, 0])], type);
    expect(Array.from(got), type).toEqual([0, 1, 1]);
  }
});

test.each(['abs', 'neg', 'sign', 'square', 'relu', 'clamp', 'floor', 'ceil', 'round'])(
  '%s of integers',
  async (name) => {
    const of: Record<string, (x: number) => number> = {
      abs: Math.abs,
      neg: (x) => -x,
      sign: Math.sign,
      square: (x) => Number(BigInt.asIntN(32, BigInt(x) * BigInt(x))),
      relu: (x) => Math.max(x, 0),
      clamp: (x) => Math.min(Math.max(x, 2), 31),
    };
    for (const type of ['i32', 'u32'] as const) {
      const x = column(type, words);
      const bounds =
        name === 'clamp'
          ? [2, 31].map((v) =>
              column(
                type,
                words.map(() => v),
              ),
            )
          : [];
      const got = await evaluateOp(name, type, [x, ...bounds], type);
      const want = column(
        type,
        Array.from(x.values, (v) => (of[name] ?? ((u) => u))(v)),
      );
      expect(Array.from(got), type).toEqual(Array.from(want.values));
    }
  },
);

test('gradients of integers', async () => {
  const of: Record<string, (x: number) => number> = {
    abs: (x) => 3 * Math.sign(x),
    square: (x) => Number(BigInt.asIntN(32, 6n * BigInt(x))),
    relu: (x) => (x > 0 ? 3 : 0),
    clamp: (x) => (x >= 2 && x <= 31 ? 3 : 0),
  };
  for (const [name, derivative] of Object.entries(of)) {
    for (const type of ['i32', 'u32'] as const) {
      const x = column(type, words);
      const rest = (name === 'clamp' ? [3, 2, 31] : [3]).map((v) => column(type, Array(words.length).fill(v)));
      const got = await evaluateOp(`${name}Backward`, type, [x, ...rest], type);
      const want = column(type, Array.from(x.values, derivative));
      expect(Array.from(got), `${name} ${type}`).toEqual(Array.from(want.values));
    }
  }
});

describe('sources', () => {
  const n = 4096;
  const [key0, key1, stream] = [0xdeadbeef, 42, 7];
  const key = [key0, key1, stream].map((v) => column('u32', new Uint32Array(n).fill(v)));
  const bits = (i: number): [number, number] => threefry([key0, key1], [i, stream]);
  const indices = Array.from({ length: n }, (_, i) => i);

  test('fill and arange', async () => {
    for (const type of ['f32', 'i32', 'u32'] as const) {
      const [start, step] = [column(type, new Array(n).fill(3)), column(type, new Array(n).fill(2))];
      expect(Array.from(await evaluateOp('fill', type, [start], type, true)), type).toEqual(indices.map(() => 3));
      expect(Array.from(await evaluateOp('arange', type, [start, step], type, true)), type).toEqual(
        indices.map((i) => 3 + 2 * i),
      );
    }
    expect(Array.from(await evaluateOp('fill', 'bool', [column('bool', [1, 1])], 'bool', true))).toEqual([1, 1]);
  });

  test('uniform is bit for bit what the CPU computes', async () => {
    const got = await evaluateOp('uniform', 'f32', key, 'f32', true);
    expect(Array.from(got)).toEqual(indices.map((i) => (bits(i)[0] >>> 8) * 2 ** -24));
  });

  test('randomInt is bit for bit what the CPU computes', async () => {
    for (const [type, low, high] of [
      ['i32', -5, 7],
      ['i32', -2147483648, 2147483647],
      ['u32', 3, 4000000000],
    ] as const) {
      const ends = [low, high].map((v) => column(type, new Array(n).fill(v)));
      const got = await evaluateOp('randomInt', type, [...key, ...ends], type, true);
      expect(Array.from(got), type).toEqual(indices.map((i) => low + (bits(i)[0] % (high - low))));
    }
  });

  test('normal is Box-Muller', async () => {
    const got = await evaluateOp('normal', 'f32', key, 'f32', true);
    compare(
      'normal',
      got,
      indices,
      (i) => {
        const [u, v] = bits(i).map((word) => (word >>> 8) * 2 ** -24) as [number, number];
        return Math.sqrt(-2 * Math.log(u + 2 ** -24)) * Math.cos(2 * Math.PI * v);
      },
      4,
      0,
    );
  });

  test('normal has mean 0, variance 1 and finite values', async () => {
    const got = await evaluateOp('normal', 'f32', key, 'f32', true);
    const mean = got.reduce((sum, v) => sum + v, 0) / n;
    const variance = got.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n;
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
  });
});

test('a gradient of each row with a derivative is tested, and each op has a test', () => {
  const generated = new Set(['cast', 'copy']);
  const tested = new Set(
    [
      ...Object.keys(unary),
      ...Object.keys(arithmetic),
      ...Object.keys(comparisons),
      'pow',
      'logicalNot',
      'logicalAnd',
      'logicalOr',
      'logicalXor',
      'where',
      'fill',
      'arange',
      'uniform',
      'normal',
      'randomInt',
    ].flatMap((name) => (unary[name]?.derivative ? [name, `${name}Backward`] : [name])),
  );
  expect(Object.keys(pointwiseRows).filter((name) => !generated.has(name) && !tested.has(name))).toEqual([]);
});
