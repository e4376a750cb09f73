/** The accuracy that docs/numerics.md promises for each function of the shader prelude, against float64. */
import { describe, expect, test } from 'vitest';
import { stripComments } from '../../src/backends/webgpu/declarations.ts';
import { pointwiseRows } from '../../src/ops/pointwise.ts';
import { column, compile, evaluate, files, prelude, withPrelude } from './evaluate.ts';
import { erf, normalCdf, normalPdf, pow, roundEven, sigmoid, threefry, ulpError } from './reference.ts';
import { generator, samples, special } from './samples.ts';

const infinity = Number.POSITIVE_INFINITY;

test.each([...prelude.keys()])('%s compiles with nothing but what it mentions', async (name) => {
  await compile(withPrelude(`// ${name}`));
});

/** Builtins that WGSL leaves loose, or undefined for NaN and at the ends of the range. */
const loose = /\b(?:exp2?|log2?|pow|tanh|sinh|cosh|sin|cos|tan|asin|acos|atan2?|sqrt|inverseSqrt|sign|round)\(/;

test('the loose builtins are used in the prelude alone', () => {
  const users = Object.keys(files).filter(
    (file) => !file.startsWith('/shaders/prelude/') && loose.test(stripComments(files[file]!)),
  );
  expect(users).toEqual([]);
});

test('no prelude function has the name that a renamed snippet gets', () => {
  const taken = Object.keys(pointwiseRows).flatMap((op) =>
    ['f32', 'i32', 'u32', 'bool'].map((type) => `${op}_${type}`),
  );
  expect(taken.filter((name) => prelude.has(name))).toEqual([]);
});

interface Bound {
  readonly of: (x: number) => number;
  /** Units in the last place. */
  readonly ulp?: number;
  /** Absolute error. */
  readonly absolute?: number;
}

const bounds: Readonly<Record<string, Bound>> = {
  precise_exp: { of: Math.exp, ulp: 2 },
  precise_expm1: { of: Math.expm1, ulp: 4 },
  precise_log: { of: Math.log, ulp: 2 },
  precise_log1p: { of: Math.log1p, ulp: 4 },
  precise_tanh: { of: Math.tanh, ulp: 5 },
  precise_sinh: { of: Math.sinh, ulp: 6 },
  precise_cosh: { of: Math.cosh, ulp: 6 },
  precise_sigmoid: { of: sigmoid, ulp: 5 },
  precise_erf: { of: erf, ulp: 4 },
  normal_cdf: { of: normalCdf, absolute: 1.5e-7 },
  normal_pdf: { of: normalPdf, absolute: 1.5e-7 },
  precise_sin: { of: Math.sin, absolute: 2e-7 },
  precise_cos: { of: Math.cos, absolute: 2e-7 },
  precise_sqrt: { of: Math.sqrt, ulp: 3 },
  precise_rsqrt: { of: (x) => 1 / Math.sqrt(x), ulp: 3 },
  round_even: { of: roundEven, ulp: 0 },
};

/** The argument with the greatest error; NaN and infinities must match exactly. */
function worst(
  got: Float32Array,
  want: (i: number) => number,
  error: (got: number, want: number) => number,
): { error: number; i: number } {
  let result = { error: 0, i: 0 };
  got.forEach((value, i) => {
    const e = error(value, want(i));
    if (!(e <= result.error)) result = { error: e, i };
  });
  return result;
}

const absoluteError = (got: number, want: number): number =>
  Object.is(got, want) || (Number.isNaN(got) && Number.isNaN(want))
    ? 0
    : Number.isNaN(got - want)
      ? infinity
      : Math.abs(got - want);

describe('accuracy', () => {
  // Where a function changes its method, overflows or underflows.
  const points = [0.41, -0.29, 0.93, 1, -1, 4, 9, 10, 20, 29, 30, 88.72, 89.41, -87.33, 0.3466, Math.PI, 8192, 1e4];
  const x = column('f32', samples(points));

  test.each(Object.entries(bounds))('%s', async (name, { of, ulp, absolute }) => {
    const got = await evaluate('', `${name}(a0)`, [x], 'f32');
    const { error, i } = worst(got, (k) => of(x.values[k]!), ulp === undefined ? absoluteError : ulpError);
    expect(error, `${name}(${x.values[i]}) = ${got[i]}, not ${of(x.values[i]!)}`).toBeLessThanOrEqual(ulp ?? absolute!);
  });

  test('sin and cos beyond 1e4, and cos of turns', async () => {
    const random = generator(7);
    const large = column(
      'f32',
      Array.from({ length: 20000 }, () => (random() < 0.5 ? -1 : 1) * 10 ** (4 + 34 * random())),
    );
    for (const [name, of] of [
      ['precise_sin', Math.sin],
      ['precise_cos', Math.cos],
    ] as const) {
      const got = await evaluate('', `${name}(a0)`, [large], 'f32');
      const { error, i } = worst(got, (k) => of(large.values[k]!), absoluteError);
      expect(error, `${name}(${large.values[i]})`).toBeLessThanOrEqual(2e-7);
    }
    const turns = column(
      'f32',
      Array.from({ length: 20001 }, (_, i) => i / 20000),
    );
    const got = await evaluate('', 'cos_turns(a0)', [turns], 'f32');
    expect(worst(got, (k) => Math.cos(2 * Math.PI * turns.values[k]!), absoluteError).error).toBeLessThanOrEqual(2e-7);
  });

  test('quotients, of the largest and smallest divisors too', async () => {
    const a = column('f32', samples());
    const b = column(
      'f32',
      a.values.map((_, i) => a.values[(i * 7919 + 13) % a.values.length]!),
    );
    const got = await evaluate('', 'precise_div(a0, a1)', [a, b], 'f32');
    const { error, i } = worst(got, (k) => a.values[k]! / b.values[k]!, ulpError);
    expect(error, `${a.values[i]} / ${b.values[i]} = ${got[i]}`).toBeLessThanOrEqual(3);
  });
});

describe('pow', () => {
  test('the special cases of C, and whole powers of negative numbers', async () => {
    const edge = [0, 1, 2, 0.5, 3, 4, 5, 1.5, 100, 1e38, 1e-30, 16777215, 33554432, 0.9999999, infinity]
      .flatMap((v) => [v, -v])
      .concat(Number.NaN);
    const pairs = edge.flatMap((a) => edge.map((b) => [a, b] as const));
    const x = column(
      'f32',
      pairs.map(([a]) => a),
    );
    const y = column(
      'f32',
      pairs.map(([, b]) => b),
    );
    const got = await evaluate('', 'precise_pow(a0, a1)', [x, y], 'f32');
    const { error, i } = worst(got, (k) => pow(x.values[k]!, y.values[k]!), ulpError);
    expect(error, `${x.values[i]} ^ ${y.values[i]} = ${got[i]}`).toBeLessThanOrEqual(4);
  });

  test('exact where whole numbers give a whole number below 2^24', async () => {
    const pairs: [number, number][] = [];
    for (let a = 2; a <= 4096; a++) for (let b = 1; a ** b <= 2 ** 24; b++) pairs.push([a, b], [-a, b]);
    const got = await evaluate(
      '',
      'precise_pow(a0, a1)',
      [
        column(
          'f32',
          pairs.map(([a]) => a),
        ),
        column(
          'f32',
          pairs.map(([, b]) => b),
        ),
      ],
      'f32',
    );
    expect(Array.from(got)).toEqual(pairs.map(([a, b]) => a ** b));
  });

  // The error grows with the size of ln(x^y): 88 is the end of the range.
  test.each([
    [8, 3],
    [20, 6],
    [87, 20],
  ])('for |ln(x^y)| up to %d within %d ULP', async (range, ulp) => {
    const random = generator(11);
    const base = column(
      'f32',
      Array.from({ length: 40000 }, (_, i) => Math.exp((2 * random() - 1) * (i % 2 ? 1 : 30))),
    );
    const exponent = column(
      'f32',
      base.values.map((b) => ((2 * random() - 1) * range) / Math.log(b)),
    );
    const got = await evaluate('', 'precise_pow(a0, a1)', [base, exponent], 'f32');
    const { error, i } = worst(got, (k) => pow(base.values[k]!, exponent.values[k]!), ulpError);
    expect(error, `${base.values[i]} ^ ${exponent.values[i]} = ${got[i]}`).toBeLessThanOrEqual(ulp);
  });
});

describe('NaN and infinity', () => {
  const pairs = special.flatMap((a) => special.map((b) => [a, b] as const));
  const a = column(
    'f32',
    pairs.map(([v]) => v),
  );
  const b = column(
    'f32',
    pairs.map(([, v]) => v),
  );

  test.each([
    ['is_nan', (x: number) => Number.isNaN(x)],
    ['is_inf', (x: number) => Math.abs(x) === infinity],
    ['is_finite', (x: number) => Number.isFinite(x)],
    ['is_negative', (x: number) => x < 0],
    ['is_positive', (x: number) => x > 0],
  ] as const)('%s', async (name, of) => {
    const loaded = await evaluate('', `${name}(a0)`, [a], 'bool');
    expect(Array.from(loaded)).toEqual(Array.from(a.values, (x) => Number(of(x))));
    // NaN of any payload and sign, and the neighbours of infinity and zero.
    const words = Uint32Array.from(
      [0, 1, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fc00000, 0x7fffffff].flatMap((w) => [w, w | 0x80000000]),
    );
    const byBits = await evaluate('', `${name}(bitcast<f32>(a0))`, [{ type: 'u32', values: words }], 'bool');
    expect(Array.from(byBits)).toEqual(Array.from(new Float32Array(words.buffer), (x) => Number(of(x))));
    // Of a result that never was in memory.
    const computed = await evaluate('', `${name}(a0 - a1)`, [a, b], 'bool');
    expect(Array.from(computed)).toEqual(Array.from(a.values, (x, i) => Number(of(Math.fround(x - b.values[i]!)))));
  });

  test('nan_max and nan_min', async () => {
    const greatest = await evaluate('', 'nan_max(a0, a1)', [a, b], 'f32');
    expect(worst(greatest, (i) => Math.max(a.values[i]!, b.values[i]!), ulpError).error).toBe(0);
    const least = await evaluate('', 'nan_min(a0, a1)', [a, b], 'f32');
    expect(worst(least, (i) => Math.min(a.values[i]!, b.values[i]!), ulpError).error).toBe(0);
  });

  test('the constants survive the compiler', async () => {
    const one = [column('f32', [1])];
    expect((await evaluate('', 'nan_f32() + a0', one, 'f32'))[0]).toBeNaN();
    expect((await evaluate('', 'a0 - inf_f32()', one, 'f32'))[0]).toBe(-infinity);
    expect((await evaluate('', 'u32(is_nan(inf_f32() - inf_f32())) + u32(a0)', one, 'u32'))[0]).toBe(2);
  });

  test('subnormal arguments of log', async () => {
    const x = column('f32', [2 ** -149, 2 ** -140, 1e-40, 2 ** -127]);
    const got = await evaluate('', 'precise_log(a0)', [x], 'f32');
    expect(worst(got, (i) => Math.log(x.values[i]!), ulpError).error).toBeLessThanOrEqual(2);
  });
});

describe('threefry2x32', () => {
  /** Both words, for keys and counters by row. */
  async function words(rows: readonly (readonly number[])[]): Promise<[number, number][]> {
    const columns = [0, 1, 2, 3].map((k) =>
      column(
        'u32',
        rows.map((row) => row[k]!),
      ),
    );
    const call = 'threefry2x32(vec2u(a0, a1), vec2u(a2, a3))';
    const x = await evaluate('', `${call}.x`, columns, 'u32');
    const y = await evaluate('', `${call}.y`, columns, 'u32');
    return rows.map((_, i) => [x[i]!, y[i]!]);
  }

  test('the known answers of Random123', async () => {
    const rows = [
      [0, 0, 0, 0],
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3],
    ];
    expect(await words(rows)).toEqual([
      [0x6b200159, 0x99ba4efe],
      [0x1cb996fc, 0xbb002be7],
      [0xc4923a9c, 0x483df7a0],
    ]);
  });

  test('agrees with the CPU on random keys and counters', async () => {
    const random = generator(3);
    const rows = Array.from({ length: 512 }, () => Array.from({ length: 4 }, () => Math.floor(random() * 2 ** 32)));
    expect(await words(rows)).toEqual(rows.map(([k0, k1, c0, c1]) => threefry([k0!, k1!], [c0!, c1!])));
  });
});
