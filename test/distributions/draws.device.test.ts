/** Draws: their moments, their gradients, and that a seed decides them; and densities on every device. */
import { beforeAll, describe, expect, test } from 'vitest';
import { logGammaSlope } from '../../src/distributions/gamma-integrals.ts';
import * as D from '../../src/distributions/index.ts';
import { grad, init, manualSeed, type Tensor, tensor, zeros } from '../../src/index.ts';
import { testDevice } from '../device.ts';
import { build, expectClose, golden, type Nested } from './golden.ts';

beforeAll(() => init({ device: testDevice }));

/** A software adapter takes seconds for more. */
const many = testDevice === 'cpu' ? 20_000 : 1000;

const kinds = [...new Map(golden.cases.toReversed().map((c) => [c.kind, c])).values()].reverse();
const flat = (v: unknown): number[] => (Array.isArray(v) ? v.flatMap(flat) : [Number(v)]);
const numbers = async (t: Tensor): Promise<number[]> => Array.from(await t.data(), Number);

test('densities and their gradients are those of PyTorch', async () => {
  for (const c of kinds) {
    const { d, leaves } = build(c.kind, c.parameters);
    const score = d.logProb(tensor(c.value as number));
    const found = grad(score.sum(), leaves);
    await expectClose(c.kind, score, c.logProb);
    for (const [i, g] of found.entries())
      await expectClose(`${c.kind}, gradient ${i}`, g!, c.logProbGradients[i]!, 1e-4);
  }
});

// Those of binomial distributions, which a software adapter takes seconds to compile, are in draws.test.ts.
const isDrawn = ({ kind }: { readonly kind: string }): boolean => kind !== 'Binomial';
test.each(
  kinds
    .filter(isDrawn)
    .filter((c) => !['null', 'nan', 'inf'].some((w) => JSON.stringify([c.mean, c.variance]).includes(w))),
)(`$kind: ${many} draws have its mean and variance`, async (c) => {
  manualSeed(5);
  const n = many;
  const drawn = build(c.kind, c.parameters).d.sample([n]);
  const [mean, variance] = await Promise.all([drawn.mean(0), drawn.var(0)].map(numbers));
  const [wantedMean, wantedVariance] = [flat(c.mean), flat(c.variance)];
  const far = wantedMean.flatMap((m, i) => {
    const v = wantedVariance[i]!;
    const off = (mean![i]! - m) / Math.sqrt(v / n);
    const spread = mean![i] === m ? 1 : variance![i]! / v;
    return Math.abs(off) < 4 && Math.abs(spread - 1) < 0.3 ? [] : [`${i}: mean off by ${off}, variance by ${spread}`];
  });
  expect(far).toEqual([]);
});

test('a seed decides what is drawn', async () => {
  const draw = (seed: number) => {
    manualSeed(seed);
    return [new D.Normal(0, 1), new D.Gamma(0.5, 1), new D.Categorical(tensor([1, 2, 3]))].map((d) => d.sample([4]));
  };
  const all = (tensors: Tensor[]) => Promise.all(tensors.map(numbers));
  const [first, again, other] = [await all(draw(1)), await all(draw(1)), await all(draw(2))];
  expect(again).toEqual(first);
  for (const [i, numbers] of other.slice(0, 2).entries()) expect(numbers).not.toEqual(first[i]);
});

describe('draws follow the parameters', () => {
  // The next test compares those of gamma distributions, which take long to compile, on every device.
  const isQuick = (kind: string): boolean => kind !== 'Chi2' && (kind !== 'Gamma' || testDevice === 'cpu');
  const followed = kinds.filter((c) => c.hasRsample && c.cdf !== null && isQuick(c.kind));
  test.each(followed.map((c) => [c.kind, c] as const))('of %s at a fixed quantile', async (_, c) => {
    manualSeed(1);
    const { d, leaves } = build(c.kind, c.parameters);
    const x = d.rsample();
    const followed = grad(x.sum(), leaves);
    // What keeps F(x) constant: dx = −dF / density.
    const held = x.detach();
    const density = d.logProb(held).exp().detach();
    const wanted = grad(d.cdf(held).div(density).neg().sum(), leaves);
    for (const [i, g] of followed.entries()) {
      const [a, b] = [await numbers(g!), await numbers(wanted[i]!)];
      for (const [j, v] of a.entries())
        expect(Math.abs(v - b[j]!), `${c.kind} ${i}`).toBeLessThan(1e-3 * (1 + Math.abs(v)));
    }
  });

  test('of gamma distributions, of small and great shapes', async () => {
    const [a, logX] = [0, 1].map((i) =>
      tensor(
        golden.gammaSlopes.map((row) => row[i]!),
        { dtype: 'float32' },
      ),
    );
    const found = await numbers(logGammaSlope(a!, logX!));
    const far = golden.gammaSlopes.flatMap(([a, x, wanted], i) => {
      // A logarithm has seven digits, of which a great shape leaves fewer.
      const tolerance = 1e-4 + 2e-6 * Math.sqrt(a);
      return Math.abs(found[i]! / wanted - 1) < tolerance
        ? []
        : [`a ${a}, log x ${x}: ${found[i]} instead of ${wanted}`];
    });
    expect(far).toEqual([]);
  });

  test('of Dirichlet distributions, on average', async () => {
    manualSeed(2);
    const c = tensor([0.5, 2, 1.5], { requiresGrad: true, dtype: 'float32' });
    const [byC] = grad(new D.Dirichlet(c).rsample([1000]).mean(0).at(0), [c]);
    // The mean is c₀/Σc.
    await expectClose('by concentration', byC!, [3.5 / 16, -0.5 / 16, -0.5 / 16], 0.05);
  });

  test('of vectors and relaxed categories, by the same noise', async () => {
    const scaleTril = tensor([[1.5, 0], [-0.4, 0.6]], { requiresGrad: true }); // biome-ignore format: a matrix
    const loc = zeros([2], { requiresGrad: true });
    manualSeed(3);
    const drawn = new D.MultivariateNormal(loc, { scaleTril }).rsample([4]);
    const [byLoc, byScale] = grad(drawn.square().sum(), [loc, scaleTril]);
    // Draws are L·e: their squares' gradients are 2Σx and 2Σx·eᵀ, with e = L⁻¹x.
    const held = drawn.detach();
    await expectClose('by loc', byLoc!, (await held.sum(0).mul(2).tolist()) as Nested, 1e-4);
    const noise = held.matmul(tensor([[1 / 1.5, 0.4 / 0.9], [0, 1 / 0.6]])); // biome-ignore format: a matrix
    const outer = held.mul(2).T.matmul(noise);
    const [found, wanted] = [await numbers(byScale!), await numbers(outer)];
    for (const i of [0, 2, 3]) expect(found[i]).toBeCloseTo(wanted[i]!, 3);

    const logits = tensor([0.5, 0, 1], { requiresGrad: true });
    manualSeed(4);
    const soft = new D.RelaxedOneHotCategorical(0.7, { logits }).rsample();
    const [g] = grad(soft.at(0), [logits]);
    const s = await numbers(soft);
    const expected = s.map((v, i) => (s[0]! * ((i === 0 ? 1 : 0) - v)) / 0.7);
    await expectClose('by logits', g!, expected, 1e-4);
  });
});

test('of categories that cannot be none is drawn', async () => {
  manualSeed(0);
  const [byProbs, byLogits] = [
    new D.Categorical(tensor([0, 0.5, 0, 1.5])),
    new D.Categorical({ logits: tensor([-Infinity, 0, -Infinity, Math.log(3)]) }),
  ];
  for (const d of [byProbs, byLogits]) {
    const drawn = await numbers(d.sample([4000]));
    expect(new Set(drawn)).toEqual(new Set([1, 3]));
    expect(drawn.filter((v) => v === 3).length / 4000).toBeCloseTo(0.75, 1);
    expect(await d.entropy().item()).toBeCloseTo(0.5623, 3);
  }
});

test('a squashed action has a density, however far out it is', async () => {
  const loc = tensor([0, 30], { dtype: 'float32', requiresGrad: true });
  const d = new D.TransformedDistribution(new D.Normal(loc, 1), new D.TanhTransform({ cacheSize: 1 }), {
    validateArgs: false,
  });
  const action = d.rsample();
  const score = d.logProb(action);
  score.sum().backward();
  expect((await numbers(score)).every(Number.isFinite)).toBe(true);
  expect((await numbers(loc.grad!)).every(Number.isFinite)).toBe(true);
  expect(await action.at(1).item()).toBe(1);
});
