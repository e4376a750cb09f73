/**
 * Every element-wise function at NaN, infinities, zeros, subnormal, tiny and huge numbers, and at the ends of its domain: results
 * and gradients against PyTorch's. Functions of two tensors see every pair. The tables are in ./special-values/, the goldens
 * come from tools/golden/special_values.py.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { fromArray, init, type Tensor } from '../../src/index.ts';
import { pointwiseOps, row } from '../../src/ops/index.ts';
import type { PointwiseRow } from '../../src/ops/types.ts';
import { testDevice as device } from '../device.ts';
import { binaryCases } from './special-values/binary.ts';
import {
  type Alternatives,
  type Answer,
  answersOf,
  type Bound,
  complaints,
  goldenNames,
  type Instead,
  isSubnormal,
  valuesOf,
} from './special-values/judge.ts';
import { unaryCases } from './special-values/unary.ts';

beforeAll(() => init({ device }));

const leaf = (values: readonly number[]): Tensor =>
  fromArray(Float32Array.from(values), [values.length], { device }).requiresGrad_();

interface Judgement {
  readonly bound?: Bound;
  readonly instead?: Instead;
  readonly loose?: true;
}

/** Result and gradients of `call`, or why they are wrong. */
async function check(
  table: 'unary' | 'binary',
  name: string,
  columns: readonly (readonly number[])[],
  call: (...x: Tensor[]) => Tensor,
  { bound = {}, instead = () => undefined, loose }: Judgement,
): Promise<void> {
  const [expected, ...gradients] = answersOf(table, name);
  const leaves = columns.map(leaf);
  const y = call(...leaves);
  expect(y.dtype).toBe(expected!.dtype);
  if (gradients.some((g) => g !== null)) y.sum().backward();
  // Which elements have zeros, of the same signs, where this one has subnormal numbers.
  const rows = columns[0]!.map((_, i) => columns.map((c) => c[i]!));
  const key = (row: readonly number[]): string => row.map((x) => (Object.is(x, -0) ? '-0' : String(x))).join();
  const index = new Map(rows.map((row, i) => [key(row), i]));
  const alternatives: Alternatives = (i) => {
    if (device === 'cpu' || !rows[i]!.some(isSubnormal)) return [];
    if (loose) return 'any';
    return [index.get(key(rows[i]!.map((x) => (isSubnormal(x) ? Math.sign(x) * 0 : x))))!];
  };
  const argument = (i: number): string => `(${rows[i]!.map((x) => (Object.is(x, -0) ? '-0' : x)).join(', ')})`;
  const promised = (answer: Answer, of: 'result' | 'gradient'): Answer => ({
    ...answer,
    elements: answer.elements.map((answers, i) => {
      const own = instead(...rows[i]!)?.[of];
      return own === undefined ? answers : [own];
    }),
  });
  const wrong = complaints(name, await y.data(), promised(expected!, 'result'), bound, alternatives, argument);
  for (const [n, gradient] of gradients.entries()) {
    if (gradient === null) continue;
    const got = leaves[n]!.grad;
    if (got === null) wrong.push(`${name}: no gradient for argument ${n}`);
    else
      wrong.push(
        ...complaints(
          `gradient ${n} of ${name}`,
          await got.data(),
          promised(gradient, 'gradient'),
          bound,
          alternatives,
          argument,
        ),
      );
  }
  expect(wrong).toEqual([]);
}

describe('functions of one tensor', () => {
  const values = valuesOf('unary');
  test.each(Object.entries(unaryCases))('%s', async (name, { call, ...judgement }) => {
    await check('unary', name, [values], call, judgement);
  });
  test('there are goldens of these and no others', () => {
    expect(Object.keys(unaryCases).sort()).toEqual(goldenNames('unary').sort());
  });
});

/** Rows that are reached by other names, or make no sense of floats. */
const elsewhere: Readonly<Record<string, string>> = {
  clamp: 'clamp(-1, 2)',
  polygamma: 'polygamma(1)',
  entr: 'special.entr',
  erfcx: 'special.erfcx',
  i0e: 'special.i0e',
  i1: 'special.i1',
  i1e: 'special.i1e',
  logNdtr: 'special.logNdtr',
  ndtri: 'special.ndtri',
  xlogy: 'special.xlogy',
  xlog1py: 'special.xlog1py',
};
test('every element-wise op of the table is tested here', () => {
  const known = new Set([...Object.keys(unaryCases), ...Object.keys(binaryCases)]);
  // Selections, conversions and bools have no special values; integers have none either, and poisson is random.
  const without = new Set('copy cast where logicalNot logicalAnd logicalOr logicalXor gcd lerp poisson'.split(' '));
  const missing = pointwiseOps().filter((op) => {
    const r = row(op) as PointwiseRow;
    if (r.source || op.endsWith('Backward') || without.has(op) || /^bitwise|Shift$|Divide$/.test(op)) return false;
    return !known.has(elsewhere[op] ?? op);
  });
  expect(missing).toEqual([]);
});

describe('functions of two tensors', () => {
  const values = valuesOf('binary');
  const columns = [values.flatMap((a) => values.map(() => a)), values.flatMap(() => values)];
  test.each(Object.entries(binaryCases))('%s', async (name, { call, ...judgement }) => {
    await check('binary', name, columns, call, judgement);
  });
  test('there are goldens of these and no others', () => {
    expect(Object.keys(binaryCases).sort()).toEqual(goldenNames('binary').sort());
  });
});
