/** Quotients, remainders, angles and bits of two operands: exact where they say so, within a bound in units of the last place elsewhere. */
import { describe, expect, test } from 'vitest';
import { arithmeticPointwise } from '../../src/ops/extended/arithmetic.ts';
import { column, evaluate, evaluateOp } from './evaluate.ts';
import { spacing, ulpError } from './reference.ts';
import { generator, special } from './samples.ts';

const random = generator(88172645);
const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);
/** Of any exponent, but not subnormal. */
function anyFloat(): number {
  do bits[0] = Math.floor(random() * 2 ** 32);
  while (!(Math.abs(float[0]!) >= 2 ** -120));
  return float[0]!;
}
const near = (scale: number) => (): number => Math.fround((2 * random() - 1) * scale);
/** A few steps away from a whole multiple, where quotients are hard to round. */
function almostMultiple(): [number, number] {
  const b = near(10)();
  float[0] = Math.fround(b * Math.floor(random() * 2 ** 20));
  bits[0]! += Math.floor(random() * 5) - 2;
  return [Number.isFinite(float[0]) ? float[0] : 1, b];
}

const pairs: readonly (readonly [number, number])[] = [
  // Whose sum overflows.
  [Math.fround(2e38), Math.fround(3e38)],
  ...special.flatMap((x) => special.map((y) => [Math.fround(x), Math.fround(y)] as const)),
  ...Array.from({ length: 8192 }, () => [anyFloat(), anyFloat()] as const),
  ...Array.from({ length: 8192 }, () => [near(100)(), near(10)()] as const),
  ...Array.from({ length: 8192 }, almostMultiple),
];
const a = column(
  'f32',
  Float32Array.from(pairs, ([x]) => x),
);
const b = column(
  'f32',
  Float32Array.from(pairs, ([, y]) => y),
);

const round = Math.fround;
const sum = (x: number, y: number): number => (x === y && !Number.isFinite(x) ? x : Number.NaN);

function floorDivide(x: number, y: number): number {
  if (y === 0) return x / y;
  const rest = x % y;
  let quotient = round(round(x - rest) / y);
  if (rest !== 0 && rest < 0 !== y < 0) quotient = round(quotient - 1);
  return quotient - Math.floor(quotient) > 0.5 ? Math.floor(quotient) + 1 : Math.floor(quotient);
}

interface Bound {
  readonly of: (x: number, y: number) => number;
  readonly ulp?: number;
  /** Relative to the larger operand's. */
  readonly absolute?: number;
}
const binary: Readonly<Record<string, Bound>> = {
  fmod: { of: (x, y) => x % y },
  remainder: {
    of: (x, y) => {
      const rest = x % y;
      return round(rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest);
    },
  },
  truncDivide: { of: (x, y) => Math.trunc(round(x / y)) },
  floorDivide: { of: floorDivide },
  copysign: { of: (x, y) => (y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x)) },
  fmax: { of: (x, y) => (Number.isNaN(x) ? y : Number.isNaN(y) ? x : Math.max(x, y)) },
  fmin: { of: (x, y) => (Number.isNaN(x) ? y : Number.isNaN(y) ? x : Math.min(x, y)) },
  heaviside: { of: (x, y) => (x === 0 ? y : +(x > 0)) },
  atan2: { of: Math.atan2, ulp: 5 },
  hypot: { of: Math.hypot, ulp: 4 },
  logaddexp: {
    of: (x, y) => (sum(x, y) === x ? x : Math.max(x, y) + Math.log1p(Math.exp(-Math.abs(x - y)))),
    ulp: 2,
    absolute: 2e-7,
  },
  logaddexp2: {
    of: (x, y) => (sum(x, y) === x ? x : Math.max(x, y) + Math.log2(1 + 2 ** -Math.abs(x - y))),
    ulp: 2,
    absolute: 2e-7,
  },
  xlogy: { of: (x, y) => (x === 0 && !Number.isNaN(y) ? 0 : x * Math.log(y)), ulp: 3 },
};

describe('floats', () => {
  test.each(Object.entries(binary))('%s', async (name, { of, ulp = 0, absolute = 0 }) => {
    const got = await evaluateOp(name, 'f32', [a, b], 'f32');
    const wrong = pairs.flatMap(([x, y], i) => {
      const want = of(x, y);
      const value = got[i]!;
      if (ulpError(value, want) <= ulp) return [];
      // Results below this may be 0.
      const allowed = ulp * spacing(want) + absolute * Math.max(1, Math.abs(x), Math.abs(y)) + 1.2e-38;
      return Math.abs(value - want) <= allowed ? [] : [`${name}(${x}, ${y}) = ${value}, not ${want}`];
    });
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  test('exact_div rounds to the nearest number', async () => {
    const got = await evaluate('', 'exact_div(a0, a1)', [a, b], 'f32');
    const wrong = pairs.filter(([x, y], i) => {
      const want = round(x / y);
      const flushed = Math.abs(want) < 2 ** -126 && got[i] === 0;
      return !flushed && !Object.is(got[i]! + 0, want + 0);
    });
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  test('nextafter steps over zero, infinity and powers of two', async () => {
    const x = column('f32', [1, 1, -1, 16777216, 3.4028234663852886e38, Infinity, 5, NaN, 1, -2]);
    const y = column('f32', [2, 0, 0, 0, Infinity, 0, 5, 1, NaN, -Infinity]);
    const up = 2 ** -23;
    expect(Array.from(await evaluateOp('nextafter', 'f32', [x, y], 'f32'))).toEqual([
      1 + up,
      1 - up / 2,
      -1 + up / 2,
      16777215,
      Infinity,
      3.4028234663852886e38,
      5,
      NaN,
      NaN,
      -2 - 2 * up,
    ]);
  });

  test('copysign takes a NaN as positive, whatever its sign bit', async () => {
    const signs = new Float32Array(Uint32Array.of(0x7fc00000, 0xffc00000).buffer);
    const got = await evaluateOp('copysign', 'f32', [column('f32', [-2, -2]), { type: 'f32', values: signs }], 'f32');
    expect(Array.from(got)).toEqual([2, 2]);
  });

  test('lerp keeps both ends', async () => {
    const [start, end, weight] = [
      [1, 1, 1, 0.1, 1e8],
      [3, 3, 3, 0.7, 1],
      [0, 1, 0.25, 1, 1],
    ];
    const columns = [start!, end!, weight!].map((v) => column('f32', v));
    const got = await evaluateOp('lerp', 'f32', columns, 'f32');
    expect(Array.from(got)).toEqual([1, 3, 1.5, round(0.7), 1]);
  });
});

const words = [0, 1, 2, 3, 5, 7, 12, 31, 32, 33, 100, 65536, 2147483647, -2147483648, -1, -2, -3, -7, -12, -65536];
const wordPairs = words.flatMap((x) => words.map((y) => [x, y] as const));

function integer(op: string, x: bigint, y: bigint, width: 'i32' | 'u32'): bigint {
  const floor = (): bigint => x / y - (x % y !== 0n && x < 0n !== y < 0n ? 1n : 0n);
  switch (op) {
    case 'floorDivide':
      return floor();
    case 'truncDivide':
      return x / y;
    case 'fmod':
      return x % y;
    case 'remainder':
      return x - y * floor();
    case 'bitwiseAnd':
      return x & y;
    case 'bitwiseOr':
      return x | y;
    case 'bitwiseXor':
      return x ^ y;
    case 'leftShift':
      return y < 0n || y > 31n ? 0n : x << y;
    case 'rightShift':
      return y < 0n || y > 31n ? (width === 'i32' && x < 0n ? -1n : 0n) : x >> y;
    case 'heaviside':
      return x === 0n ? y : x > 0n ? 1n : 0n;
    default: {
      let [p, q] = [x < 0n ? -x : x, y < 0n ? -y : y];
      while (q !== 0n) [p, q] = [q, p % q];
      return p;
    }
  }
}
const ofZero: Readonly<Record<string, (x: bigint) => bigint>> = {
  floorDivide: () => 0n,
  truncDivide: () => 0n,
  fmod: (x) => x,
  remainder: (x) => x,
};
const integerOps = [...Object.keys(ofZero), 'bitwiseAnd', 'bitwiseOr', 'bitwiseXor', 'leftShift', 'rightShift', 'gcd'];

describe('integers', () => {
  test.each([...integerOps, 'heaviside'])('%s', async (name) => {
    for (const type of ['i32', 'u32'] as const) {
      const x = column(
        type,
        wordPairs.map(([v]) => v),
      );
      const y = column(
        type,
        wordPairs.map(([, v]) => v),
      );
      const got = await evaluateOp(name, type, [x, y], type);
      const wrap = (v: bigint): number => Number(type === 'i32' ? BigInt.asIntN(32, v) : BigInt.asUintN(32, v));
      const want = wordPairs.map((_, i) => {
        const [p, q] = [BigInt(x.values[i]!), BigInt(y.values[i]!)];
        const zero = q === 0n ? ofZero[name] : undefined;
        return wrap(zero ? zero(p) : integer(name, p, q, type));
      });
      expect(Array.from(got), type).toEqual(want);
    }
  });
});

test('each op has a test', () => {
  const tested = new Set([...Object.keys(binary), ...integerOps, 'nextafter', 'lerp']);
  expect(Object.keys(arithmeticPointwise).filter((name) => !tested.has(name))).toEqual([]);
});
