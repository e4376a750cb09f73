/** The accuracy that docs/numerics.md promises for the element-wise functions beyond the core, and their gradients, against float64. */
import { describe, expect, test } from 'vitest';
import * as s from '../../src/backends/cpu/special-functions.ts';
import { specialPointwise } from '../../src/ops/extended/special.ts';
import type { PointwiseRow } from '../../src/ops/types.ts';
import { type Column, column, evaluateOp } from './evaluate.ts';
import { erfc, spacing, ulpError } from './reference.ts';
import { samples, special } from './samples.ts';

interface Accuracy {
  readonly of: (x: number) => number;
  /** Error allowed: units in the last place (5 unless told), and an absolute part. */
  readonly ulp?: number;
  readonly absolute?: number | ((x: number) => number);
  /** From what the row saves: the argument, or the result. */
  readonly derivative: (saved: number) => number;
  readonly derivativeUlp?: number;
  readonly derivativeAbsolute?: number | ((saved: number) => number);
}

const gauss = (x: number): number => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x);
/** A square that overflows is the end of a derivative that is about 1e-19 there. */
const overflow = { derivativeAbsolute: 1e-19 };
/** From 8192 on the argument is reduced to an absolute error of 1e-9. */
const reduced = (x: number): number => (Math.abs(x) > 8192 ? 2e-9 * (1 + Math.tan(x) ** 2) : 0);
/** Between the poles and beside the zeros left of 0, the terms that cancel decide. */
const reflected = (x: number): number => (x < 3 ? 3e-6 : 0);

const table: Readonly<Record<string, Accuracy>> = {
  tan: { of: Math.tan, ulp: 4, absolute: reduced, derivative: (y) => 1 + y * y },
  asin: { of: Math.asin, ulp: 3, derivative: (x) => 1 / Math.sqrt((1 - x) * (1 + x)) },
  acos: { of: Math.acos, ulp: 2, derivative: (x) => -1 / Math.sqrt((1 - x) * (1 + x)) },
  atan: { of: Math.atan, ulp: 3, derivative: (x) => 1 / (1 + x * x) },
  sinh: { of: Math.sinh, ulp: 6, derivative: Math.cosh, derivativeUlp: 6 },
  cosh: { of: Math.cosh, ulp: 6, derivative: Math.sinh, derivativeUlp: 6 },
  asinh: { of: Math.asinh, ulp: 4, derivative: (x) => 1 / Math.sqrt(1 + x * x), ...overflow },
  acosh: { of: Math.acosh, ulp: 4, derivative: (x) => 1 / Math.sqrt((x - 1) * (x + 1)), ...overflow },
  atanh: { of: Math.atanh, ulp: 4, derivative: (x) => 1 / ((1 - x) * (1 + x)) },
  exp2: { of: (x) => 2 ** x, ulp: 2, derivative: (y) => y * Math.LN2 },
  log2: { of: Math.log2, ulp: 3, derivative: (x) => 1 / (x * Math.LN2) },
  log10: { of: Math.log10, ulp: 3, derivative: (x) => 1 / (x * Math.LN10) },
  // Beyond 1 as exact as the exponential of minus the square of a float32.
  erfc: { of: erfc, ulp: 6, derivative: (x) => -gauss(x), derivativeAbsolute: 1e-35 },
  erfcx: { of: s.erfcx, derivative: s.erfcxSlope, derivativeUlp: 8, derivativeAbsolute: (x) => (x > 16 ? 2e-9 : 5e-7) },
  erfinv: { of: s.erfinv, ulp: 4, derivative: (y) => 1 / gauss(y) },
  ndtri: { of: s.ndtri, ulp: 5, derivative: (y) => Math.sqrt(2 * Math.PI) * Math.exp((y * y) / 2) },
  logNdtr: {
    of: s.logNdtr,
    ulp: 12,
    absolute: 1e-10,
    derivative: (x) => (x < -1e6 ? -x : Math.sqrt(2 / Math.PI) / s.erfcx(-x * Math.SQRT1_2)),
    derivativeUlp: 12,
    derivativeAbsolute: 1e-9,
  },
  lgamma: { of: s.lgamma, ulp: 8, absolute: reflected, derivative: s.digamma, derivativeAbsolute: 3e-6 },
  digamma: { of: s.digamma, absolute: 3e-6, derivative: (x) => s.polygamma(x, 1) },
  i0: { of: s.i0, ulp: 7, derivative: s.i1, derivativeUlp: 7 },
  i0e: { of: s.i0e, derivative: (x) => s.i1e(x) - Math.sign(x) * s.i0e(x), derivativeAbsolute: 2e-7 },
  i1: { of: s.i1, ulp: 7, derivative: s.i1Slope, derivativeUlp: 7 },
  i1e: { of: s.i1e, derivative: s.i1eSlope, derivativeAbsolute: 2e-7 },
  sinc: { of: s.sinc, absolute: 1e-7, derivative: (x) => s.sincBackward(x, 1), derivativeAbsolute: 3e-7 },
  logit: {
    of: (x) => (Math.abs(x - 0.5) < 0.2 ? Math.log1p((2 * x - 1) / (1 - x)) : Math.log(x) - Math.log1p(-x)),
    derivative: (x) => (x >= 0 && x <= 1 ? 1 / (x * (1 - x)) : Number.NaN),
  },
  entr: {
    of: (x) => (x === 0 ? 0 : x < 0 ? Number.NEGATIVE_INFINITY : -x * Math.log(x)),
    derivative: (x) => -1 - Math.log(x),
    derivativeAbsolute: 2e-7,
  },
};

const f32 = (values: ArrayLike<number>): Column => column('f32', values);
/** Below this an intermediate value may have been flushed to 0. */
const tiny = 1e-36;

/** Fails with the argument of the first error above the bound. */
function compare(
  name: string,
  got: Float32Array,
  args: ArrayLike<number>,
  of: (x: number) => number,
  ulp = 5,
  absolute: Accuracy['absolute'] = 0,
): void {
  got.forEach((value, i) => {
    const x = args[i]!;
    const want = of(x);
    if (ulpError(value, want) <= ulp) return;
    const allowed = ulp * spacing(want) + (typeof absolute === 'number' ? absolute : absolute(x)) + tiny;
    if (!(Math.abs(value - want) <= allowed))
      expect.fail(`${name}(${x}) = ${value}, not ${want}: off by ${Math.abs(value - want)}, allowed ${allowed}`);
  });
}

// Where functions change their methods or leave the range.
const points = [
  0.46, 0.5, 1, 1.5, 2, 3, 6, 8, 0.414, 2.414, 16, 1e4, 126, 128, 8192, 9.3, 1e-5, 0.01, 0.3, 0.7, 91.9, 1.4616,
];
const x = samples(points.flatMap((p) => [p, -p]));

describe.each(Object.entries(table))('%s', (name, spec) => {
  test('agrees with float64', async () => {
    compare(name, await evaluateOp(name, 'f32', [f32(x)], 'f32'), x, spec.of, spec.ulp, spec.absolute);
  });
  test('its gradient agrees with float64', async () => {
    const row: PointwiseRow = specialPointwise[name as keyof typeof specialPointwise];
    const saved = row.saves?.outputs ? x.map(spec.of) : x;
    const got = await evaluateOp(
      `${name}Backward`,
      'f32',
      [f32(saved), f32(new Float32Array(x.length).fill(1))],
      'f32',
    );
    compare(`${name}Backward`, got, saved, spec.derivative, spec.derivativeUlp, spec.derivativeAbsolute);
  });
});

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

test.each([1, 2, 3, 7])('polygamma of order %d and its gradient', async (n) => {
  const orders = f32(new Float32Array(x.length).fill(n));
  const ones = f32(new Float32Array(x.length).fill(1));
  // Left of 0, odd orders have zeros between the poles; the sums that cancel there are about n! 2^(n + 1).
  const cancels = (order: number) => (v: number) => (v < 0 ? 1e-6 * factorial(order) * 2 ** (order + 1) : 1e-32);
  const forward = await evaluateOp('polygamma', 'f32', [f32(x), orders], 'f32');
  compare(`polygamma ${n}`, forward, x, (v) => s.polygamma(v, n), 40, cancels(n));
  const backward = await evaluateOp('polygammaBackward', 'f32', [f32(x), ones, orders], 'f32');
  compare(`polygamma ${n} backward`, backward, x, (v) => s.polygamma(v, n + 1), 40, cancels(n + 1));
});

const pairs = special.flatMap((a) => special.map((b) => [a, b] as const));

test('xlog1py', async () => {
  const [a, b] = [f32(pairs.map(([v]) => v)), f32(pairs.map(([, v]) => v))];
  const got = await evaluateOp('xlog1py', 'f32', [a, b], 'f32');
  got.forEach((value, i) => {
    const [p, q] = [a.values[i]!, b.values[i]!];
    const want = p === 0 && !Number.isNaN(q) ? 0 : p * Math.log1p(q);
    expect(ulpError(value, want), `xlog1py(${p}, ${q}) = ${value}, not ${want}`).toBeLessThanOrEqual(6);
  });
});

test('trunc, and the tests for special values, are exact', async () => {
  const all = Float32Array.from([...x, ...special]);
  const exact: Readonly<Record<string, (v: number) => boolean>> = {
    isnan: Number.isNaN,
    isinf: (v) => Math.abs(v) === Number.POSITIVE_INFINITY,
    isfinite: Number.isFinite,
    signbit: (v) => v < 0 || Object.is(v, -0),
  };
  for (const [name, of] of Object.entries(exact)) {
    const got = await evaluateOp(name, 'f32', [f32(all)], 'bool');
    expect(Array.from(got), name).toEqual(Array.from(all, (v) => Number(of(v))));
  }
  const truncated = await evaluateOp('trunc', 'f32', [f32(all)], 'f32');
  expect(truncated.findIndex((v, i) => ulpError(v, Math.trunc(all[i]!)) > 0)).toBe(-1);
  for (const type of ['i32', 'u32'] as const) {
    const words = column(type, [0, 1, 7, 2147483647, -2147483648, -1]);
    expect(Array.from(await evaluateOp('trunc', type, [words], type)), type).toEqual(Array.from(words.values));
  }
});

test('each row has a test', () => {
  const tested = [...Object.keys(table), 'polygamma'].flatMap((name) => [name, `${name}Backward`]);
  const others = ['xlog1py', 'trunc', 'isnan', 'isinf', 'isfinite', 'signbit'];
  expect(Object.keys(specialPointwise).sort()).toEqual([...tested, ...others].sort());
});
