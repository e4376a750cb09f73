/** Everything that PyTorch computes of a distribution, and the divergences of all pairs. */
import { beforeAll, describe, expect, test } from 'vitest';
import { klDivergence } from '../../src/distributions/index.ts';
import { grad, init, type Tensor, tensor } from '../../src/index.ts';
import { build, type Case, expectClose, golden, type Nested } from './golden.ts';

beforeAll(() => init({ device: 'cpu' }));

const name = ({ kind, parameters }: Case): string => `${kind}(${Object.keys(parameters).join(', ')})`;

/** Gradients of the finite part of a sum, zeros where there are none. */
function gradients(value: Tensor, leaves: readonly Tensor[]): Tensor[] {
  const finite = value.where(value.isfinite(), 0).sum();
  if (!finite.requiresGrad) return [];
  return grad(finite, leaves, { allowUnused: true }).map((g, i) => g ?? leaves[i]!.mul(0));
}
async function expectGradients(
  what: string,
  value: Tensor,
  leaves: Tensor[],
  expected: readonly Nested[],
): Promise<void> {
  const found = gradients(value, leaves);
  for (const [i, wanted] of expected.entries()) {
    if (found.length > 0) await expectClose(`${what}, gradient ${i}`, found[i]!, wanted, 1e-4);
    else expect(JSON.stringify(wanted), what).not.toMatch(/[1-9]/);
  }
}

describe.each(golden.cases.map((c) => [name(c), c] as const))('%s', (_, c) => {
  const value = () => tensor(c.value as number);

  test('has the shapes, facts and text of PyTorch', () => {
    const { d } = build(c.kind, c.parameters);
    expect(d.batchShape).toEqual(c.batchShape);
    expect(d.eventShape).toEqual(c.eventShape);
    expect(d.hasRsample).toBe(c.hasRsample);
    if (c.support !== null) expect(String(d.support)).toBe(c.support);
    if (c.text !== null && !c.kind.startsWith('Binomial')) expect(String(d)).toBe(c.text);
  });

  test('has its density, entropy and moments, and their gradients', async () => {
    const { d, leaves } = build(c.kind, c.parameters);
    await expectClose('logProb', d.logProb(value()), c.logProb);
    await expectGradients('logProb', d.logProb(value()), leaves, c.logProbGradients);
    for (const fact of ['mean', 'variance', 'stddev', 'mode'] as const) {
      if (c[fact] !== null) await expectClose(fact, d[fact], c[fact] as Nested);
    }
    if (c.entropy !== null) {
      const { d, leaves } = build(c.kind, c.parameters);
      await expectClose('entropy', d.entropy(), c.entropy as Nested);
      await expectGradients('entropy', d.entropy(), leaves, c.entropyGradients!);
    }
  });

  test('has its distribution function, values, and expansion', async () => {
    const { d } = build(c.kind, c.parameters);
    if (c.cdf !== null) await expectClose('cdf', d.cdf(value()), c.cdf as Nested);
    if (c.icdf !== null) await expectClose('icdf', d.icdf(tensor([0.125, 0.75])), c.icdf as Nested);
    if (c.values !== null) await expectClose('values', d.enumerateSupport(), c.values as Nested);
    else expect(d.hasEnumerateSupport).toBe(false);
    const wide = d.expand([2, ...d.batchShape]);
    expect(wide.constructor).toBe(d.constructor);
    expect(wide.sample([3]).shape).toEqual([3, 2, ...c.batchShape, ...c.eventShape]);
    await expectClose('expanded', wide.logProb(value()), c.expanded as Nested);
  });
});

describe('divergences', () => {
  test.each(golden.divergences.map((row) => [row.p[0], row.q[0], row] as const))('of %s from %s', async (p, q, row) => {
    const [one, other] = [build(...row.p), build(...row.q)];
    const kl = klDivergence(one.d, other.d);
    await expectClose(`${p}, ${q}`, kl, row.kl);
    await expectGradients(`${p}, ${q}`, kl, [...one.leaves, ...other.leaves], row.gradients);
  });

  test('are those of PyTorch, and no others', () => {
    const first = new Map(golden.cases.map((c) => [c.kind, c]));
    const made = [...first].map(([kind, { parameters }]) => [kind, build(kind, parameters).d] as const);
    const known = new Set(golden.divergences.map(({ p, q }) => `${p[0]} ${q[0]}`));
    let refused = 0;
    for (const [a, p] of made) {
      // A chi-squared distribution is a gamma distribution here, too.
      for (const [b, q] of made) {
        if (known.has(`${a} ${b}`) || a === 'Chi2' || b === 'Chi2') continue;
        expect(() => klDivergence(p, q), `${a}, ${b}`).toThrow(
          `No KL(p || q) is implemented for p type ${a} and q type ${b}`,
        );
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(300);
  });
});
