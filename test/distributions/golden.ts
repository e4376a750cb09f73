/** What torch.distributions computes (tools/golden/distributions.py), and the same distributions here. */
import { expect } from 'vitest';
import * as D from '../../src/distributions/index.ts';
import { type Tensor, tensor } from '../../src/index.ts';

/** Numbers in lists; what JSON has no number for, as Python spells it. */
export type Nested = number | string | readonly Nested[];
export type Parameters = Readonly<Record<string, Nested>>;
export interface Case {
  readonly kind: string;
  readonly parameters: Parameters;
  readonly value: Nested;
  readonly batchShape: number[];
  readonly eventShape: number[];
  readonly text: string | null;
  readonly hasRsample: boolean;
  readonly support: string | null;
  readonly logProb: Nested;
  readonly logProbGradients: readonly Nested[];
  readonly entropyGradients?: readonly Nested[];
  /** By the name of a property or method; null where PyTorch has none. */
  readonly [fact: string]: unknown;
}
interface Golden {
  readonly cases: readonly Case[];
  readonly divergences: readonly {
    readonly p: readonly [kind: string, Parameters];
    readonly q: readonly [kind: string, Parameters];
    readonly kl: Nested;
    readonly gradients: readonly Nested[];
  }[];
  /** Concentration, logarithm of the draw, slope of the latter by the former. */
  readonly gammaSlopes: readonly (readonly [number, number, number])[];
}
const files = import.meta.glob<Golden>('../golden/distributions.json', { eager: true, import: 'default' });
export const golden: Golden = Object.values(files)[0]!;

const required: Readonly<Record<string, readonly string[]>> = {
  Chi2: ['df'],
  StudentT: ['df'],
  MultivariateNormal: ['loc'],
  RelaxedBernoulli: ['temperature'],
  RelaxedOneHotCategorical: ['temperature'],
};
const byName = new Set(['probs', 'logits', 'totalCount']);

/** The distribution, of tensors that want gradients, and these. */
export function build(kind: string, parameters: Parameters): { d: D.Distribution; leaves: Tensor[] } {
  const made = Object.entries(parameters).map(([name, value]): [string, Tensor | number] => {
    if (name === 'totalCount' || name === 'temperature') return [name, value as number];
    return [name, tensor(value as number, { dtype: 'float32', requiresGrad: true })];
  });
  const first = made.filter(([name]) => required[kind]?.includes(name) ?? !byName.has(name));
  const rest = made.filter((entry) => !first.includes(entry));
  const Kind = D[kind as 'Normal'] as unknown as new (...args: unknown[]) => D.Distribution;
  const positional = first.map(([, value]) => value);
  const d = rest.length > 0 ? new Kind(...positional, Object.fromEntries(rest)) : new Kind(...positional);
  return { d, leaves: made.flatMap(([, value]) => (typeof value === 'number' ? [] : [value])) };
}

const number = (v: unknown): number =>
  typeof v === 'string' ? { inf: Infinity, '-inf': -Infinity, nan: Number.NaN }[v]! : Number(v);
const flat = (v: Nested): number[] => (Array.isArray(v) ? v.flatMap(flat) : [number(v)]);
const shapeOf = (v: Nested): number[] => (Array.isArray(v) ? [v.length, ...shapeOf(v[0]!)] : []);

/** Throws unless a tensor is as in the golden file, to `tolerance`, relative plus absolute. */
export async function expectClose(what: string, actual: Tensor, expected: Nested, tolerance = 1e-5): Promise<void> {
  expect(actual.shape, `${what}: shape`).toEqual(shapeOf(expected));
  const [found, wanted] = [Array.from(await actual.data(), Number), flat(expected)];
  const far = found.flatMap((v, i) => {
    const w = wanted[i]!;
    const isClose = Object.is(v, w) || v === w || Math.abs(v - w) <= tolerance * (1 + Math.abs(w));
    return isClose ? [] : [`${what}, element ${i}: ${v} instead of ${w}`];
  });
  expect(far).toEqual([]);
}
