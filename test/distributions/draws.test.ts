/** Draws that take WebGPU's software adapters long to compile, on the CPU; and wrong use. */
import { beforeAll, describe, expect, test } from 'vitest';
import * as D from '../../src/distributions/index.ts';
import { grad, init, manualSeed, type Tensor, tensor, zeros } from '../../src/index.ts';
import { expectClose } from './golden.ts';

beforeAll(() => init({ device: 'cpu' }));

const numbers = async (t: Tensor): Promise<number[]> => Array.from(await t.data(), Number);
const many = 4000;

test('numbers of successes are drawn in every way', async () => {
  manualSeed(6);
  const [n, p] = [tensor([0, 3, 40, 40, 1000, 1e6]), tensor([0.5, 1, 0.1, 0.9, 0.3, 0.7])];
  const drawn = new D.Binomial(n, p).sample([many]);
  const [mean, variance] = await Promise.all([drawn.mean(0), drawn.var(0)].map(numbers));
  const wanted = [[0, 0], [3, 0], [4, 3.6], [36, 3.6], [300, 210], [7e5, 2.1e5]] as const; // biome-ignore format: a table
  for (const [i, [m, v]] of wanted.entries()) {
    expect(Math.abs(mean![i]! - m)).toBeLessThanOrEqual(4 * Math.sqrt(v / many) + 1e-6 * m);
    expect(Math.abs(variance![i]! - v)).toBeLessThanOrEqual(0.1 * v);
  }
});

test('and each number as often as is likely', async () => {
  manualSeed(7);
  for (const [n, p] of [
    [6, 0.3],
    [60, 0.5],
  ] as const) {
    // biome-ignore format: a table
    const d = new D.Binomial(n, p);
    const [drawn, likely] = [await numbers(d.sample([many])), await numbers(d.logProb(d.enumerateSupport()).exp())];
    const seen = likely.map((_, k) => drawn.filter((v) => v === k).length / many);
    for (const [k, share] of likely.entries())
      expect(Math.abs(seen[k]! - share), `${k} of ${n}`).toBeLessThanOrEqual(4 * Math.sqrt(share / many) + 1e-9);
  }
});

test('gamma draws of small and great shapes have their distribution', async () => {
  manualSeed(8);
  const d = new D.Gamma(tensor([0.2, 0.5, 1, 30]), tensor([1, 2, 1, 0.1]));
  // Quantiles of what is drawn are uniform: so are the moments of these.
  const q = d.cdf(d.sample([many]));
  await expectClose('mean', q.mean(0), [0.5, 0.5, 0.5, 0.5], 0.012);
  await expectClose('square', q.square().mean(0), [1 / 3, 1 / 3, 1 / 3, 1 / 3], 0.012);
});

test('gradients of beta draws are right on average', async () => {
  manualSeed(2);
  const [a, b] = [[0.6, 3], [2, 1.5]].map((v) => tensor(v, { requiresGrad: true })) as [Tensor, Tensor]; // biome-ignore format: a table
  const [byA, byB] = grad(new D.Beta(a, b).rsample([many]).mean(0).sum(), [a, b]);
  // The mean is a/(a+b).
  await expectClose('by concentration1', byA!, [2 / 2.6 ** 2, 1.5 / 4.5 ** 2], 0.02);
  await expectClose('by concentration0', byB!, [-0.6 / 2.6 ** 2, -3 / 4.5 ** 2], 0.02);
});

test('heavy tails, relaxed coins and mixtures are drawn as they should be', async () => {
  manualSeed(9);
  const t = new D.StudentT(10, { loc: 1, scale: 2 }).sample([many]);
  await expectClose('mean', t.mean(), 1, 0.1);
  await expectClose('variance', t.var(), 5, 0.1);
  // A relaxed coin shows 1 as often as a plain one, at any temperature.
  const coin = new D.RelaxedBernoulli(0.3, tensor([0.2, 0.7])).sample([many]);
  await expectClose('heads', coin.gt(0.5).float().mean(0), [0.2, 0.7], 0.02);

  const locs = tensor([[[-2, 0], [3, 1]]]).float(); // biome-ignore format: two vectors
  const parts = new D.Independent(new D.Normal(locs, 0.5), 1);
  const mixture = new D.MixtureSameFamily(new D.Categorical(tensor([[1, 3]])), parts);
  expect([mixture.batchShape, mixture.eventShape]).toEqual([[1], [2]]);
  const drawn = mixture.sample([many]);
  expect(drawn.shape).toEqual([many, 1, 2]);
  await expectClose('mean of the mixture', drawn.mean(0), (await mixture.mean.tolist()) as number[][], 0.05);
  await expectClose('variance of the mixture', drawn.var(0), (await mixture.variance.tolist()) as number[][], 0.1);
  await expectClose('its mean', mixture.mean, [[1.75, 0.75]]);
  await expectClose('its variance', mixture.variance, [[0.25 + 25 * 0.1875, 0.25 + 0.1875]]);
  const [low, high] = [-2, 3].map((x) => new D.Normal(x, 0.5));
  const flatMixture = new D.MixtureSameFamily(new D.Categorical(tensor([1, 3])), new D.Normal(tensor([-2, 3]), 0.5));
  const wanted = low!.cdf(-1.5).mul(0.25).add(high!.cdf(-1.5).mul(0.75));
  await expectClose('cdf', flatMixture.cdf(-1.5), await wanted.item());
  const score = low!.logProb(-1.5).exp().mul(0.25).add(high!.logProb(-1.5).exp().mul(0.75)).log();
  await expectClose('logProb', flatMixture.logProb(-1.5), await score.item());
});

test('parameters broadcast, and may be numbers, integers or of float64', async () => {
  const d = new D.Normal(tensor([0, 1]), tensor([[1], [2], [3]]));
  expect(d.batchShape).toEqual([3, 2]);
  expect(d.sample([4]).shape).toEqual([4, 3, 2]);
  expect(d.sample({ sampleShape: [5, 1] }).shape).toEqual([5, 1, 3, 2]);
  expect(d.mean.dtype).toBe('float32');
  const exact = new D.Gamma(tensor([0.5, 2], { dtype: 'float64' }), 1);
  expect(exact.sample().dtype).toBe('float64');
  expect(new D.Poisson(3).sample().shape).toEqual([]);
  // sample() leaves no trace, and rsample() does.
  const loc = zeros([2], { requiresGrad: true });
  expect(new D.Normal(loc, 1).sample().requiresGrad).toBe(false);
  expect(new D.Normal(loc, 1).rsample().requiresGrad).toBe(true);
  expect(new D.Independent(new D.Normal(loc, 1), 1).expand([3]).sample().shape).toEqual([3, 2]);
  const bent = new D.TransformedDistribution(new D.Normal(loc, 1), [new D.AffineTransform(1, 2, { eventDim: 1 })]);
  expect([bent.batchShape, bent.eventShape]).toEqual([[], [2]]);
  expect(bent.logProb(bent.sample([4])).shape).toEqual([4]);
  expect(bent.expand([3]).sample().shape).toEqual([3, 2]);
  expect(String(bent.support)).toBe('IndependentConstraint(Real(), 1)');
  const apart = new D.TransformedDistribution(new D.Normal(0, 1), new D.AffineTransform(zeros([3]), 1));
  expect(apart.batchShape).toEqual([3]);
  expect(new Set(await numbers(apart.sample())).size).toBe(3);
});

test('transforms agree with their inverses and slopes', async () => {
  const x = tensor([-1.5, 0.2, 0.9], { requiresGrad: true });
  const shift = new D.AffineTransform(0.5, -2);
  const all = [
    shift,
    new D.ExpTransform(),
    new D.SigmoidTransform(),
    new D.TanhTransform(),
    new D.ComposeTransform([shift, new D.TanhTransform()]),
  ];
  for (const t of all) {
    const y = t.forward(x);
    const [slope] = grad(y.sum(), [x], { retainGraph: true });
    await expectClose(`${t}`, t.inv.forward(y), await numbers(x), 1e-3);
    const expected = (await numbers(slope!)).map((v) => Math.log(Math.abs(v)));
    await expectClose(`${t}`, t.logAbsDetJacobian(x, y), expected, 1e-3);
    await expectClose(`${t}`, t.inv.logAbsDetJacobian(y, x), expected.map((v) => -v), 1e-3); // biome-ignore format: one thought
    expect(t.inv.inv).toBe(t);
    expect(t.equals(t) && !t.equals(new D.AffineTransform(0, 1))).toBe(true);
  }
  // One that falls turns the distribution function round.
  const falling = new D.TransformedDistribution(new D.Normal(0, 1), shift);
  expect(await falling.cdf(0.5 + 2).item()).toBeCloseTo(0.8413, 3);
  expect(await falling.icdf(0.8413).item()).toBeCloseTo(2.5, 2);
  expect(String(all[4])).toBe('ComposeTransform(\n    AffineTransform(),\n    TanhTransform()\n)');
  expect(String(shift.inv)).toBe('_InverseTransform(AffineTransform())');
});

describe('wrong use', () => {
  const now: readonly (readonly [string, () => unknown])[] = [
    [
      'Expected parameter scale (Tensor of shape ()) of distribution Normal(loc: 0.0, scale: -1.0) to satisfy the constraint GreaterThan(lower_bound=0.0), but found invalid values:\n-1.0',
      () => new D.Normal(0, -1),
    ],
    [
      'Expected parameter probs (Tensor of shape ()) of distribution Bernoulli(probs: 2.0) to satisfy the constraint Interval(lower_bound=0.0, upper_bound=1.0), but found invalid values:\n2.0',
      () => new D.Bernoulli(2),
    ],
    [
      'Expected parameter low (Tensor of shape ()) of distribution Uniform(low: 1.0, high: 0.0) to satisfy the constraint LessThan(upper_bound=0.0), but found invalid values:\n1.0',
      () => new D.Uniform(1, 0),
    ],
    [
      'Expected value argument (Tensor of shape ()) to be within the support (Interval(lower_bound=0.0, upper_bound=1.0)) of the distribution Uniform(low: 0.0, high: 1.0), but found invalid values:\n2.0',
      () => new D.Uniform(0, 1).logProb(2),
    ],
    ['Either `probs` or `logits` must be specified, but not both.', () => new D.Bernoulli()],
    ['Either `probs` or `logits` must be specified, but not both.', () => new D.Bernoulli(0.5, 1)],
    ['`logits` parameter must be at least one-dimensional.', () => new D.Categorical({ logits: tensor(1) })],
    [
      'Value is not broadcastable with batch_shape+event_shape: torch.Size([3]) vs torch.Size([2]).',
      () => new D.Normal(zeros([2]), 1).logProb(zeros([3])),
    ],
    [
      'The right-most size of value must match event_shape: torch.Size([3]) vs torch.Size([2]).',
      () => new D.Dirichlet(tensor([1, 2])).logProb(zeros([3])),
    ],
    [
      'Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.',
      () => new D.MultivariateNormal(zeros([2])),
    ],
    ['loc must be at least one-dimensional.', () => new D.MultivariateNormal(zeros([]), zeros([2, 2]))],
    [
      'scale_tril matrix must be at least two-dimensional, with optional leading batch dimensions',
      () => new D.MultivariateNormal(zeros([2]), { scaleTril: zeros([2]) }),
    ],
    [
      'Expected reinterpreted_batch_ndims <= len(base_distribution.batch_shape), actual 2 vs 1',
      () => new D.Independent(new D.Normal(zeros([2]), 1), 2),
    ],
    [
      'transforms must be a Transform or list, but was 3',
      () => new D.TransformedDistribution(new D.Normal(0, 1), 3 as never),
    ],
    [
      'to be within the support (IntegerInterval(lower_bound=0, upper_bound=1)) of the distribution Categorical(probs: torch.Size([2])), but found invalid values:\n2.0',
      () => new D.Categorical(tensor([1, 1])).logProb(tensor([2])),
    ],
    ['NotImplementedError: rsample', () => new D.Categorical(tensor([1, 1])).rsample()],
    ['NotImplementedError: enumerate_support', () => new D.Poisson(1).enumerateSupport()],
    [
      'Inhomogeneous total count not supported by `enumerate_support`.',
      () => new D.Binomial(tensor([1, 2]), 0.5).enumerateSupport(),
    ],
    [
      "Normal() got an unexpected option 'validateArg'; did you mean 'validateArgs'?",
      () => new D.Normal(0, 1, { validateArg: false } as never),
    ],
    ['Input arguments must all be instances of Number, torch.Tensor', () => new D.Normal('0' as never, 1)],
    ["argument 'sampleShape' must be a list of ints, not 3", () => new D.Normal(0, 1).sample(3 as never)],
  ];
  test.each(now)('throws at the call: %s', (message, use) => {
    expect(use).toThrow(message);
  });

  const later: readonly (readonly [string, () => Tensor])[] = [
    [
      'Expected parameter scale (Tensor of shape (2,)) of distribution Normal(loc: torch.Size([2]), scale: torch.Size([2])) to satisfy the constraint GreaterThan(lower_bound=0.0), but found invalid values',
      () => new D.Normal(0, tensor([1, -1])).mean,
    ],
    [
      'to satisfy the constraint Simplex(), but found invalid values',
      () => new D.Categorical(tensor([0.5, -0.1])).probs,
    ],
    [
      'Expected parameter logits (Tensor of shape (2,)) of distribution Categorical(logits: torch.Size([2])) to satisfy the constraint IndependentConstraint(Real(), 1), but found invalid values',
      () => new D.Categorical({ logits: tensor([0.5, Number.NaN]) }).sample(),
    ],
    [
      'to be within the support (IntegerInterval(lower_bound=0, upper_bound=1)) of the distribution Categorical(probs: torch.Size([2])), but found invalid values',
      () => new D.Categorical(tensor([1, 1])).logProb(tensor([1]).mul(2)),
    ],
    ['to be within the support (OneHot())', () => new D.OneHotCategorical(tensor([1, 1])).logProb(tensor([1, 1]))],
    ['to be within the support (Boolean())', () => new D.Bernoulli(0.5).logProb(tensor([0.5]))],
    [
      'to satisfy the constraint LowerCholesky(), but found invalid values',
      () => new D.MultivariateNormal(zeros([2]), { scaleTril: tensor([[1, 1], [0, 1]]) }).mean, // biome-ignore format: a matrix
    ],
    [
      'to satisfy the constraint PositiveDefinite(), but found invalid values',
      () => new D.MultivariateNormal(zeros([2]), tensor([[1, 0.5], [0.2, 1]])).mean, // biome-ignore format: a matrix
    ],
  ];
  test.each(later)('rejects the next read: %s', async (message, use) => {
    await expect(use().tolist()).rejects.toThrow(message);
  });

  test('goes unnoticed where that is asked for', async () => {
    await new D.Normal(0, tensor([1, -1]), { validateArgs: false }).mean.tolist();
    D.Distribution.setDefaultValidateArgs(false);
    try {
      expect(await new D.Uniform(0, 1).logProb(2).item()).toBe(-Infinity);
    } finally {
      D.Distribution.setDefaultValidateArgs(true);
    }
  });
});
