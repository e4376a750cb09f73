import { describe, expect, test } from 'vitest';
import type { DType } from '../../src/core/dtype.ts';
import { threefry } from '../../src/core/rng.ts';
import { contiguousLayout } from '../../src/core/shape.ts';
import type { PointwiseOp } from '../../src/ops/index.ts';
import { pointwiseRows } from '../../src/ops/pointwise.ts';
import type { PointwiseRow } from '../../src/ops/types.ts';
import { instr, noise, pointwiseOp, runPlan, scalarArg } from './helpers.ts';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const f32 = (values: readonly number[]) => ({ dtype: 'float32' as const, values });
const f64 = (values: readonly number[]) => ({ dtype: 'float64' as const, values });
const i32 = (values: readonly number[]) => ({ dtype: 'int32' as const, values });
const bool = (values: readonly number[]) => ({ dtype: 'bool' as const, values });
const fround = (values: readonly number[]): number[] => values.map(Math.fround);

describe('the float32 loop of an op computes what its function does', () => {
  const special = [
    0,
    -0,
    1,
    -1,
    0.5,
    2.5,
    -1.5,
    1e-7,
    -1e-20,
    20.5,
    -30,
    88,
    -100,
    1e4,
    nan,
    inf,
    -inf,
    ...noise(40).map((v) => 4 * v),
  ];
  const other = noise(special.length, 7).map((v, i) => (i % 5 === 0 ? special[i]! : v));
  const low = special.map(() => -0.5);
  const high = special.map(() => 1.25);
  const skip = new Set(['where', 'cast', 'logicalAnd', 'logicalOr', 'logicalXor', 'logicalNot']);
  type CoreOp = keyof typeof pointwiseRows;
  const rows: Record<CoreOp, PointwiseRow> = pointwiseRows;
  const names = (Object.keys(rows) as CoreOp[]).filter((op) => rows[op].source !== true && !skip.has(op));
  test.each(names)('%s', async (op) => {
    const operands = [special, other, low, high].slice(0, rows[op].arity);
    const result = (d: DType): DType =>
      rows[op].dtype(
        operands.map(() => d),
        {},
      );
    const single = await pointwiseOp(
      op,
      result('float32'),
      operands.map((v) => f32(fround(v))),
    );
    const double = await pointwiseOp(
      op,
      result('float64'),
      operands.map((v) => f64(fround(v))),
    );
    single.forEach((v, i) => {
      const expected = Math.fround(double[i]!);
      if (Number.isNaN(expected) || !Number.isFinite(expected) || expected === 0) expect(v + 0).toBe(expected + 0);
      else expect(Math.abs(v - expected)).toBeLessThanOrEqual(Math.abs(expected) * 1.2e-7 + 1e-45);
    });
  });
});

describe('values where PyTorch is particular', () => {
  test.each<[PointwiseOp, number[], number[]]>([
    ['relu', [nan, inf, -inf, -0.5], [nan, inf, 0, 0]],
    ['sign', [nan, inf, -inf, 0, -2], [0, 1, -1, 0, -1]],
    ['round', [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, nan, inf], [0, 2, 2, -0, -2, -2, nan, inf]],
    ['sqrt', [nan, inf, -1, 4], [nan, inf, nan, 2]],
    ['rsqrt', [0, -0, 4, -1], [inf, -inf, 0.5, nan]],
    ['log', [0, -1, inf, 1], [-inf, nan, inf, 0]],
    ['tanh', [100, -100, nan], [1, -1, nan]],
    ['sigmoid', [inf, -inf, 0], [1, 0, 0.5]],
    ['exp', [-inf, inf, nan, 0], [0, inf, nan, 1]],
  ])('%s', async (op, x, expected) => {
    expect(await pointwiseOp(op, 'float32', [f32(x)])).toEqual(expected);
    expect(await pointwiseOp(op, 'float64', [f64(x)])).toEqual(expected);
  });

  test('pow: 0^0, NaN^0 and 1^NaN are 1, a negative base takes whole exponents', async () => {
    const a = [0, nan, 1, -2, -2, -1, 0, -0, 3];
    const b = [0, 0, nan, 3, 0.5, inf, -1, -1, 2];
    expect(await pointwiseOp('pow', 'float32', [f32(a), f32(b)])).toEqual([1, 1, 1, -8, nan, 1, inf, -inf, 9]);
    expect(await pointwiseOp('pow', 'int32', [i32([2, 3, -2, 0, 2, -1]), i32([10, 40, 3, 0, -1, -3])])).toEqual([
      1024, 689956897, -8, 1, 0, -1,
    ]);
  });

  test('maximum, minimum and clamp keep NaN', async () => {
    expect(await pointwiseOp('maximum', 'float32', [f32([nan, 1, 2]), f32([1, nan, 3])])).toEqual([nan, nan, 3]);
    expect(await pointwiseOp('minimum', 'float32', [f32([nan, 1, 2]), f32([1, nan, 3])])).toEqual([nan, nan, 2]);
    const clamped = await pointwiseOp('clamp', 'float32', [
      f32([nan, -5, 5, 0.5]),
      f32([-1, -1, -1, -1]),
      f32([1, 1, 1, 1]),
    ]);
    expect(clamped).toEqual([nan, -1, 1, 0.5]);
  });

  test('gradients at NaN and at corners', async () => {
    const ones = f32([1, 1, 1, 1]);
    expect(await pointwiseOp('reluBackward', 'float32', [f32([nan, 0, 2, -0]), ones])).toEqual([1, 0, 1, 0]);
    expect(await pointwiseOp('absBackward', 'float32', [f32([0, -1, nan, 3]), ones])).toEqual([0, -1, 0, 1]);
    expect(
      await pointwiseOp('leakyReluBackward', 'float32', [f32([nan, 0, 2, -2]), ones, f32([0.5, 0.5, 0.5, 0.5])]),
    ).toEqual([0.5, 0.5, 1, 0.5]);
    const low = f32([-1, -1, -1, -1]);
    const high = f32([2, 2, 2, 2]);
    expect(await pointwiseOp('clampBackward', 'float32', [f32([nan, -1, 2, -3]), ones, low, high])).toEqual([
      0, 1, 1, 0,
    ]);
  });

  test('softplus is linear above its threshold', async () => {
    const [x, beta, threshold] = [f64([1, 3, -100]), f64([2, 2, 2]), f64([5, 5, 5])];
    // torch.nn.functional.softplus(torch.tensor([1., 3., -100.]), 2, 5)
    const y = await pointwiseOp('softplus', 'float64', [x, beta, threshold]);
    expect(y[0]).toBeCloseTo(1.0634640055214863, 14);
    expect(y[1]).toBe(3);
    expect(y[2]).toBeGreaterThan(0);
  });

  test('erf and gelu agree with torch in float64', async () => {
    const x = [-6, -3.5, -1.25, -0.5, 1e-9, 0.3, 0.99, 1.01, 2.9, 3.1, 5.5];
    const erf = await pointwiseOp('erf', 'float64', [f64(x)]);
    const gelu = await pointwiseOp('gelu', 'float64', [f64(x)]);
    expectedErf.forEach((e, i) => {
      expect(Math.abs(erf[i]! - e)).toBeLessThanOrEqual(4e-16 * Math.abs(e));
    });
    expectedGelu.forEach((e, i) => {
      expect(Math.abs(gelu[i]! - e)).toBeLessThanOrEqual(1e-15);
    });
  });
});

describe('integers and bool', () => {
  test('add, sub, mul and neg wrap to 32 bits', async () => {
    const a = [2147483647, -2147483648, 123456789];
    const b = [1, 1, 987654321];
    expect(await pointwiseOp('add', 'int32', [i32(a), i32(b)])).toEqual([-2147483648, -2147483647, 1111111110]);
    expect(await pointwiseOp('sub', 'int32', [i32(a), i32(b)])).toEqual([2147483646, 2147483647, -864197532]);
    expect(await pointwiseOp('mul', 'int32', [i32(a), i32(b)])).toEqual([2147483647, -2147483648, -67153019]);
    expect(await pointwiseOp('neg', 'int32', [i32([-2147483648, 5, 0])])).toEqual([-2147483648, -5, -0 + 0]);
  });
  test('div of integers truncates and survives zero', async () => {
    expect(await pointwiseOp('div', 'int32', [i32([7, -7, 1]), i32([2, 2, 0])])).toEqual([3, -3, 0]);
  });
  test('logical ops', async () => {
    const a = bool([1, 1, 0, 0]);
    const b = bool([1, 0, 1, 0]);
    expect(await pointwiseOp('logicalAnd', 'bool', [a, b])).toEqual([1, 0, 0, 0]);
    expect(await pointwiseOp('logicalOr', 'bool', [a, b])).toEqual([1, 1, 1, 0]);
    expect(await pointwiseOp('logicalXor', 'bool', [a, b])).toEqual([0, 1, 1, 0]);
    expect(await pointwiseOp('logicalNot', 'bool', [a])).toEqual([0, 0, 1, 1]);
  });
  test.each<DType>(['float32', 'float64', 'int32', 'uint32', 'bool'])('where on %s', async (dtype) => {
    const a = { dtype, values: [1, 1, 1] };
    const b = { dtype, values: [0, 0, 0] };
    expect(await pointwiseOp('where', dtype, [bool([1, 0, 1]), a, b])).toEqual([1, 0, 1]);
  });
  test('where does not let the other branch through', async () => {
    expect(await pointwiseOp('where', 'float32', [bool([1, 0]), f32([1, nan]), f32([nan, 2])])).toEqual([1, 2]);
  });
});

describe('casts', () => {
  test('float to int truncates and saturates; NaN is 0', async () => {
    const x = [2.7, -2.7, nan, 1e20, -1e20, -0.5];
    expect(await pointwiseOp('cast', 'int32', [f32(x)])).toEqual([2, -2, 0, 2147483647, -2147483648, 0]);
    expect(await pointwiseOp('cast', 'uint32', [f64(x)])).toEqual([2, 0, 0, 4294967295, 0, 0]);
  });
  test('to and from bool', async () => {
    expect(await pointwiseOp('cast', 'bool', [f32([0, -0, 0.1, nan])])).toEqual([0, 0, 1, 1]);
    expect(await pointwiseOp('cast', 'bool', [i32([0, 256, -1])])).toEqual([0, 1, 1]);
    expect(await pointwiseOp('cast', 'float32', [bool([1, 0])])).toEqual([1, 0]);
    expect(await pointwiseOp('cast', 'int32', [bool([1, 0])])).toEqual([1, 0]);
  });
  test('between integers keeps the low bits', async () => {
    expect(await pointwiseOp('cast', 'uint32', [i32([-1, 5])])).toEqual([4294967295, 5]);
    expect(await pointwiseOp('cast', 'int32', [{ dtype: 'uint32', values: [4294967295, 7] }])).toEqual([-1, 7]);
  });
  test('to float', async () => {
    expect(await pointwiseOp('cast', 'float32', [i32([16777217, -3])])).toEqual([16777216, -3]);
    expect(await pointwiseOp('cast', 'float64', [f32([0.5, nan])])).toEqual([0.5, nan]);
    expect(await pointwiseOp('cast', 'float32', [f64([0.1])])).toEqual([Math.fround(0.1)]);
  });
});

describe('sources', () => {
  /** One source op over n elements; every scalar has the given dtype. */
  async function source(
    op: PointwiseOp,
    dtype: DType,
    n: number,
    scalars: readonly number[],
    scalarDType: DType,
  ): Promise<number[]> {
    const args = scalars.map((_, i) => scalarArg(i, scalarDType));
    const [out] = await runPlan(
      {
        kernels: [
          {
            kind: 'pointwise',
            program: {
              shape: contiguousLayout([n]).shape,
              carried: null,
              args,
              instrs: [
                instr(
                  op,
                  args.map((_, i) => i),
                  dtype,
                ),
              ],
            },
            stores: [{ value: args.length, ref: 0, dtype }],
          },
        ],
        results: [{ dtype, numel: n }],
        temporaries: [],
      },
      [],
      scalars,
    );
    return out!;
  }

  test('threefry2x32-20 reproduces the known answers of Random123', () => {
    const out = new Uint32Array(2);
    const hex = (): string => [...out].map((w) => w.toString(16).padStart(8, '0')).join(' ');
    threefry(out, 0, 0, 0, 0);
    expect(hex()).toBe('6b200159 99ba4efe');
    threefry(out, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff);
    expect(hex()).toBe('1cb996fc bb002be7');
    threefry(out, 0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3);
    expect(hex()).toBe('c4923a9c 483df7a0');
  });
  test('uniform takes the top 24 bits of word 0 at counter (index, stream), beyond the first chunk too', async () => {
    const n = 3000;
    const u = await source('uniform', 'float32', n, [0x13198a2e, 0x03707344, 5], 'uint32');
    const words = new Uint32Array(2);
    for (const i of [0, 1, 1023, 1024, 2999]) {
      threefry(words, 0x13198a2e, 0x03707344, i, 5);
      expect(u[i]).toBe((words[0]! >>> 8) / 2 ** 24);
    }
    expect(Math.abs(u.reduce((a, b) => a + b, 0) / n - 0.5)).toBeLessThan(0.02);
  });
  test('normal is Box-Muller on both words', async () => {
    const n = 4000;
    const z = await source('normal', 'float64', n, [1, 2, 3], 'uint32');
    const words = new Uint32Array(2);
    threefry(words, 1, 2, 2500, 3);
    const u1 = ((words[0]! >>> 8) + 1) / 2 ** 24;
    const u2 = (words[1]! >>> 8) / 2 ** 24;
    expect(z[2500]).toBeCloseTo(Math.sqrt(-2 * Math.log(u1)) * Math.cos(2 * Math.PI * u2), 14);
    const mean = z.reduce((a, b) => a + b, 0) / n;
    expect(Math.abs(mean)).toBeLessThan(0.06);
    expect(Math.abs(z.reduce((a, b) => a + b * b, 0) / n - 1)).toBeLessThan(0.1);
  });
  test('randomInt stays in its range, also when it spans all 32 bits', async () => {
    const r = await source('randomInt', 'int32', 2000, [1, 2, 3, -3, 4], 'int32');
    expect(new Set(r)).toEqual(new Set([-3, -2, -1, 0, 1, 2, 3]));
    const words = new Uint32Array(2);
    threefry(words, 1, 2, 1500, 3);
    expect(r[1500]).toBe(-3 + (words[0]! % 7));
  });
  test('fill and arange', async () => {
    expect(await source('fill', 'float32', 3, [0.1], 'float32')).toEqual(fround([0.1, 0.1, 0.1]));
    const a = await source('arange', 'float32', 2050, [1, 0.5], 'float32');
    expect([a[0], a[1], a[1024], a[2049]]).toEqual([1, 1.5, 513, 1025.5]);
    expect(await source('arange', 'int32', 4, [3, -2], 'int32')).toEqual([3, 1, -1, -3]);
  });
});

// torch.erf and torch.nn.functional.gelu in float64
const expectedErf = [
  -1.0, -0.9999992569016276, -0.9229001282564583, -0.5204998778130465, 1.1283791670955127e-9, 0.3286267594591274,
  0.8385080695553698, 0.8468104962282768, 0.9999589021219005, 0.9999883513426328, 0.9999999999999927,
];
const expectedGelu = [
  -5.919525869479969e-9, -0.0008142017766243903, -0.13206221708356905, -0.15426876936299344, 5.000000003989423e-10,
  0.1853734266566858, 0.8305238110842774, 0.8521898785285328, 2.8945891414288862, 3.097000430039023, 5.499999895557407,
];
