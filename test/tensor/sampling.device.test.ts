/** Random samples: their distributions, for fixed seeds; the same on every device; what has a gradient, and what is refused. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  bernoulli,
  cauchy,
  DTypeError,
  exponential,
  forkRng,
  full,
  Generator,
  geometric,
  getRngState,
  init,
  initialSeed,
  logNormal,
  manualSeed,
  multinomial,
  normal,
  OptionError,
  poisson,
  rand,
  randn,
  randperm,
  seed,
  setRngState,
  type Tensor,
  tensor,
  uniform,
  zeros,
} from '../../src/index.ts';
import { testDevice } from '../device.ts';

beforeAll(async () => {
  await init({ device: 'cpu' });
  await init({ device: testDevice });
});

const count = 8192;
const blank = (): Tensor => zeros([count]);
const generator = (n = 1): { generator: Generator } => ({ generator: new Generator(n) });

async function moments(x: Tensor): Promise<{ mean: number; variance: number; values: number[] }> {
  const values = Array.from(await x.data(), Number);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  return { mean, variance, values };
}
/** The greatest distance between the sample's distribution function and the given one (Kolmogorov & Smirnov). */
function distance(values: readonly number[], cdf: (x: number) => number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.reduce((most, x, i) => {
    const p = cdf(x);
    return Math.max(most, Math.abs(p - i / sorted.length), Math.abs(p - (i + 1) / sorted.length));
  }, 0);
}
/** One in 10 000 samples is farther from its own distribution. */
const farthest = 2.2 / Math.sqrt(count);

/** The normal distribution function (Abramowitz & Stegun 26.2.17, to 1e-7). */
function normalCdf(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail =
    Math.exp((-x * x) / 2) *
    0.39894228 *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return x > 0 ? 1 - tail : tail;
}
function poissonCdf(rate: number): (k: number) => number {
  return (k) => {
    let [p, sum] = [Math.exp(-rate), 0];
    for (let i = 0; i <= k; i++) {
      sum += p;
      p *= rate / (i + 1);
    }
    return sum;
  };
}

describe('continuous distributions', () => {
  const cases: [name: string, draw: () => Tensor, cdf: (x: number) => number][] = [
    ['uniform', () => uniform(blank(), -1, 3, generator()), (x) => (x + 1) / 4],
    ['normal', () => blank().normal_(2, 0.5, generator()), (x) => normalCdf((x - 2) / 0.5)],
    [
      'normal with tensors',
      () => normal(full([count], 2), full([1], 0.5), generator()),
      (x) => normalCdf((x - 2) / 0.5),
    ],
    ['normal of a size', () => normal(2, 0.5, [count], generator()), (x) => normalCdf((x - 2) / 0.5)],
    [
      'logNormal',
      () => logNormal(blank(), { mean: 1, std: 0.5, ...generator() }),
      (x) => normalCdf((Math.log(x) - 1) / 0.5),
    ],
    ['exponential', () => exponential(blank(), 2, generator()), (x) => 1 - Math.exp(-2 * x)],
    ['cauchy', () => cauchy(blank(), 1, 2, generator()), (x) => 0.5 + Math.atan((x - 1) / 2) / Math.PI],
  ];
  test.each(cases)('%s', async (_, draw, cdf) => {
    const { values } = await moments(draw());
    expect(distance(values, cdf)).toBeLessThan(farthest);
  });

  test('exponential numbers are never 0, and Cauchy numbers are finite', async () => {
    const many = zeros([1 << 16]);
    expect(await exponential(many, generator()).amin().item()).toBeGreaterThan(0);
    expect(await cauchy(many, generator()).abs().amax().item()).toBeLessThan(Infinity);
  });
});

describe('discrete distributions', () => {
  test.each([0.1, 0.5, 0.9])('geometric of %f', async (p) => {
    for (const x of [blank(), zeros([count], { dtype: 'int32' })]) {
      const { mean, values } = await moments(geometric(x, p, generator()));
      expect(Math.min(...values)).toBe(1);
      expect(values.every(Number.isInteger)).toBe(true);
      expect(Math.abs(mean - 1 / p)).toBeLessThan((4 * Math.sqrt(1 - p)) / p / Math.sqrt(count));
    }
  });

  test.each([0.3, 4, 9.99, 10, 25, 170])('poisson of %f', async (rate) => {
    const { mean, variance, values } = await moments(poisson(full([count], rate), generator()));
    expect(Math.abs(mean - rate)).toBeLessThan(4 * Math.sqrt(rate / count));
    expect(Math.abs(variance / rate - 1)).toBeLessThan(4 * Math.sqrt((2 + 1 / rate) / count));
    const cdf = poissonCdf(rate);
    for (const k of new Set(values)) {
      const below = values.filter((v) => v <= k).length / count;
      expect(Math.abs(below - cdf(k))).toBeLessThan(farthest);
    }
  });

  test('poisson of great rates, and of none', async () => {
    const { mean, variance } = await moments(poisson(full([count], 1e6), generator()));
    expect(Math.abs(mean - 1e6)).toBeLessThan(4 * Math.sqrt(1e6 / count));
    expect(Math.abs(variance / 1e6 - 1)).toBeLessThan(0.06);
    expect(await poisson(tensor([0, Infinity])).tolist()).toEqual([0, Infinity]);
  });

  test('bernoulli of elements, and of one probability', async () => {
    const p = tensor([[0.1], [0.9]]).expand([2, count]);
    for (const x of [bernoulli(p, generator()), zeros([2, count]).bernoulli_(tensor([[0.1], [0.9]]), generator())]) {
      const means = (await x.mean(1).tolist()) as number[];
      expect(means[0]).toBeCloseTo(0.1, 1);
      expect(means[1]).toBeCloseTo(0.9, 1);
    }
    const ints = await moments(zeros([count], { dtype: 'int32' }).bernoulli_(0.25, generator()));
    expect(Math.abs(ints.mean - 0.25)).toBeLessThan(0.02);
    expect((await moments(blank().bernoulli(0.5, generator()))).mean).toBeCloseTo(0.5, 1);
    expect((await moments(blank().bernoulli_(generator()))).mean).toBeCloseTo(0.5, 1);
  });

  test('random_ takes nothing, an end, or a start and an end', async () => {
    const range = async (x: Tensor): Promise<number[]> => {
      const { values } = await moments(x);
      expect(values.every(Number.isInteger)).toBe(true);
      return [Math.min(...values), Math.max(...values)];
    };
    expect(await range(blank().random_(5))).toEqual([0, 4]);
    expect(await range(blank().random_(-3, 2, generator()))).toEqual([-3, 1]);
    expect(await range(blank().random_({ from: 7, to: 9 }))).toEqual([7, 8]);
    expect(await range(zeros([count], { dtype: 'bool' }).random_())).toEqual([0, 1]);
    const [least, most] = await range(blank().random_(generator()));
    expect(least).toBeLessThan(1e5);
    expect(most).toBeGreaterThan(2 ** 24 - 1e5);
  });
});

describe('multinomial', () => {
  const weights = tensor.bind(null, [0, 1, 0, 3, 0, 6, 0], { dtype: 'float32' });
  const shares = (values: ArrayLike<number>, n: number): number[] => {
    const counts = new Array<number>(n).fill(0);
    for (const v of Array.from(values)) counts[v]! += 1 / values.length;
    return counts;
  };

  test('draws in proportion, and nothing of weight 0', async () => {
    const often = await multinomial(weights(), count, true, generator()).data();
    const once = await multinomial(weights().expand([count, 7]), 1, generator()).data();
    for (const s of [shares(often, 7), shares(once, 7)]) {
      expect([s[0], s[2], s[4], s[6]]).toEqual([0, 0, 0, 0]);
      for (const d of [s[1]! - 0.1, s[3]! - 0.3, s[5]! - 0.6]) expect(Math.abs(d)).toBeLessThan(0.02);
    }
  });

  test('without replacement draws each once, the heavy ones first', async () => {
    const drawn = multinomial(tensor([0.1, 0.2, 0.7]).expand([count, 3]), 3, generator());
    const rows = (await drawn.tolist()) as number[][];
    expect(rows.every((row) => new Set(row).size === 3)).toBe(true);
    const first = shares(
      rows.map((row) => row[0]!),
      3,
    );
    const second = rows.filter(([a, b]) => a === 2 && b === 1).length / count;
    expect(Math.abs(first[2]! - 0.7)).toBeLessThan(0.02);
    expect(Math.abs(second - (0.7 * 0.2) / 0.3)).toBeLessThan(0.02);
  });

  test('of rows, of any sum, of one category', async () => {
    const rows = tensor(
      [
        [0, 1e30, 0],
        [0, 0, 1e-30],
        [1, 0, 0],
      ],
      { dtype: 'float32' },
    );
    expect(await multinomial(rows, 2, true).tolist()).toEqual([
      [1, 1],
      [2, 2],
      [0, 0],
    ]);
    expect(await rows.multinomial(1).tolist()).toEqual([[1], [2], [0]]);
    expect(await multinomial(tensor([0.5]), 1).tolist()).toEqual([0]);
    expect(multinomial(zeros([0, 3]), 2).shape).toEqual([0, 2]);
  });

  test('many categories of which most have weight 0', async () => {
    const sparse = zeros([4096]).at([null, null, 64]);
    const all = zeros([4096]);
    all.put_([[null, null, 64]], sparse.add(0.1));
    const drawn = Array.from(await multinomial(all, count, true, generator()).data());
    expect(drawn.every((i) => i % 64 === 0)).toBe(true);
    expect(new Set(drawn).size).toBe(64);
  });
});

describe('the generator', () => {
  const draws: [name: string, draw: (x: Tensor, o: { generator: Generator }) => Tensor, rtol: number][] = [
    ['uniform', (x, o) => uniform(x, -2, 2, o), 1e-6],
    ['normal', (x, o) => x.clone().normal_(1, 2, o), 1e-5],
    ['logNormal', (x, o) => logNormal(x, 0, 0.5, o), 1e-5],
    ['exponential', (x, o) => exponential(x, o), 1e-5],
    ['cauchy', (x, o) => cauchy(x, o), 1e-5],
    ['geometric', (x, o) => geometric(x, 0.3, o), 0],
    ['poisson of 3', (x, o) => poisson(x.add(3), o), 0],
    ['poisson of 50', (x, o) => poisson(x.add(50), o), 0],
    ['bernoulli', (x, o) => bernoulli(x.add(0.4), o), 0],
    ['random_', (x, o) => x.clone().random_(0, 1000, o), 0],
    ['multinomial', (x, o) => multinomial(x.add(1), 50, true, o), 0],
    ['multinomial without replacement', (x, o) => multinomial(x.add(1), 50, o), 0],
  ];
  test.each(draws)('%s is the same for the same seed, on every device', async (_, draw, rtol) => {
    const at = async (device: 'cpu' | typeof testDevice, n: number): Promise<number[]> =>
      Array.from(await draw(zeros([500], { device }), generator(n)).data(), Number);
    const [here, again, cpu, other] = await Promise.all([
      at(testDevice, 11),
      at(testDevice, 11),
      at('cpu', 11),
      at(testDevice, 12),
    ]);
    expect(again).toEqual(here);
    expect(other).not.toEqual(here);
    const farther = here.filter((v, i) => Math.abs(v - cpu[i]!) > rtol * (1 + Math.abs(cpu[i]!)));
    expect(farther).toEqual([]);
  });

  test('its state can be kept, set, forked and seeded', async () => {
    manualSeed(42);
    expect(initialSeed()).toBe(42);
    await rand([1]).data();
    const state = getRngState();
    const x = await rand([4]).tolist();
    forkRng(() => rand([4]));
    const y = await rand([4]).tolist();
    setRngState(state);
    expect(await rand([4]).tolist()).toEqual(x);
    expect(await rand([4]).tolist()).toEqual(y);
    const before = getRngState();
    await forkRng(async () => rand([4]).data());
    expect(() =>
      forkRng(() => {
        rand([1]);
        throw new OptionError('inside');
      }),
    ).toThrow('inside');
    expect(getRngState()).toEqual(before);
    const chosen = seed();
    expect(initialSeed()).toBe(chosen);
    expect(seed()).not.toBe(chosen);
    const g = new Generator();
    expect(g.seed()).toBe(g.initialSeed());
    manualSeed(0);
  });

  test('randperm takes a dtype', async () => {
    const order = randperm(5, { dtype: 'float32', ...generator() });
    expect(order.dtype).toBe('float32');
    expect(((await order.tolist()) as number[]).sort()).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('gradients', () => {
  test('what is drawn does not follow its parameters', async () => {
    const p = full([3], 0.5).requiresGrad_();
    const draws = [bernoulli(p), poisson(p), normal(p, 1), normal(0, p), normal(p, p)];
    expect(draws.map((d) => d.gradFn)).toEqual([
      'BernoulliBackward0',
      'PoissonBackward0',
      'NormalBackward1',
      'NormalBackward2',
      'NormalBackward3',
    ]);
    for (const d of draws) {
      p.grad = null;
      d.mul(2).sum().backward();
      expect(await p.grad!.tolist()).toEqual([0, 0, 0]);
    }
    expect(multinomial(p, 1).requiresGrad).toBe(false);
  });

  test('what is written over has a gradient of zero', async () => {
    const x = randn([3]).requiresGrad_();
    for (const write of [
      'uniform_',
      'normal_',
      'exponential_',
      'cauchy_',
      'logNormal_',
      'random_',
      'bernoulli_',
    ] as const) {
      x.grad = null;
      const y = x.mul(2);
      expect(y[write]()).toBe(y);
      y.sum().backward();
      expect(await x.grad!.tolist(), write).toEqual([0, 0, 0]);
    }
    expect(() => x.uniform_()).toThrow('a leaf Variable that requires grad is being used in an in-place operation');
  });

  test('a view is filled, the rest stays', async () => {
    const x = zeros([2, 3]);
    x.at(0).uniform_(1, 2);
    const [first, second] = (await x.tolist()) as number[][];
    expect(first!.every((v) => v >= 1 && v < 2)).toBe(true);
    expect(second).toEqual([0, 0, 0]);
  });
});

describe('refusals', () => {
  const x = (): Tensor => zeros([3]);
  const ints = (): Tensor => zeros([3], { dtype: 'int32' });
  const calls: [words: string, error: typeof OptionError, call: () => unknown][] = [
    ['uniform_ expects to return a [from, to) range, but found from=2 > to=1', OptionError, () => x().uniform_(2, 1)],
    ['"check_uniform_bounds" not implemented for \'Int\'', DTypeError, () => ints().uniform_()],
    ['normal expects std >= 0.0, but found std -1', OptionError, () => x().normal_(0, -1)],
    ['normal expects std >= 0.0, but found std -1', OptionError, () => normal(0, -1, [2])],
    ['"normal_kernel_cpu" not implemented for \'Int\'', DTypeError, () => normal(ints(), 1)],
    ["normal(): argument 'size' must be a list of ints", OptionError, () => normal(0, 1, {})],
    ['log_normal_ expects std > 0.0, but found std=0', OptionError, () => x().logNormal_(0, 0)],
    ['exponential_ expects lambda > 0.0, but found lambda=0', OptionError, () => x().exponential_(0)],
    ['Exponential distribution is a continuous probability distribution.', DTypeError, () => ints().exponential_()],
    ['cauchy_ expects sigma > 0.0, but found sigma=-1', OptionError, () => x().cauchy_(0, -1)],
    ['Cauchy distribution is a continuous probability distribution.', DTypeError, () => ints().cauchy_()],
    ['geometric_ expects p to be in (0, 1), but got p=1', OptionError, () => x().geometric_(1)],
    ['"geometric_cpu" not implemented for \'Bool\'', DTypeError, () => zeros([3], { dtype: 'bool' }).geometric_(0.5)],
    ["random_ expects 'from' to be less than 'to', but got from=5 >= to=2", OptionError, () => x().random_(5, 2)],
    ['to - 1 is out of bounds for int', OptionError, () => ints().random_(0, 2 ** 33)],
    ['to - 1 is out of bounds for bool', OptionError, () => zeros([3], { dtype: 'bool' }).random_(0, 3)],
    ['bernoulli_ expects p to be in [0, 1], but got p=2', OptionError, () => x().bernoulli_(2)],
    ['bernoulli_ expects p to be in [0, 1], but got p=-1', OptionError, () => bernoulli(x(), -1)],
    ['"poisson_cpu" not implemented for \'Int\'', DTypeError, () => poisson(ints())],
    ['multinomial only supports floating-point dtypes for input, got: int32', DTypeError, () => multinomial(ints(), 1)],
    ['prob_dist must be 1 or 2 dim', OptionError, () => multinomial(zeros([2, 2, 2]), 1)],
    ['cannot sample n_sample <= 0 samples', OptionError, () => multinomial(x(), 0)],
    ['cannot sample n_sample > prob_dist.size(-1) samples without replacement', OptionError, () => multinomial(x(), 4)],
    [
      "unexpected option 'replacements'; did you mean 'replacement'",
      OptionError,
      () => multinomial(x(), 1, { replacements: true } as object),
    ],
  ];
  test.each(calls)('%s', (words, error, call) => {
    expect(call).toThrow(error);
    expect(call).toThrow(words);
  });

  test.each([
    ['probability tensor contains either `inf`, `nan` or element < 0', () => multinomial(tensor([-1, 1, 0.5]), 1)],
    [
      'probability tensor contains either `inf`, `nan` or element < 0',
      () => multinomial(tensor([1, Number.NaN]), 1, true),
    ],
    ['invalid multinomial distribution (sum of probabilities <= 0)', () => multinomial(zeros([2, 2]), 1)],
    ['invalid Poisson rate, expected rate to be non-negative', () => poisson(tensor([1, -1]).float())],
    ['normal expects all elements of std >= 0.0', () => normal(zeros([2]), tensor([1, -1]).float())],
    ['Expected p_in >= 0 && p_in <= 1 to be true', () => zeros([2]).bernoulli_(tensor([0.5, 2]))],
  ] as [string, () => Tensor][])('at the next read: %s', async (words, call) => {
    await expect(call().data()).rejects.toThrow(words);
  });
});
