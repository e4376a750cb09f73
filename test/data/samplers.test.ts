import { describe, expect, test } from 'vitest';
import {
  BatchSampler,
  ChainDataset,
  ConcatDataset,
  DataLoader,
  type DataLoaderState,
  DistributedSampler,
  IterableDataset,
  RandomSampler,
  randomSplit,
  SequentialSampler,
  StackDataset,
  Subset,
  SubsetRandomSampler,
  TensorDataset,
  WeightedRandomSampler,
} from '../../src/data/index.ts';
import { arange, Generator, manualSeed, OptionError, ShapeError, type Tensor } from '../../src/index.ts';
import { loadCheckpoint, serializeCheckpoint } from '../../src/io/index.ts';

const upTo = (length: number) => ({ length, get: (i: number) => i });
const seeded = (seed = 7) => ({ generator: new Generator(seed) });
const sorted = (list: Iterable<number>) => [...list].sort((a, b) => a - b);
const numbers = (n: number) => [...Array(n).keys()];
async function batches(loader: AsyncIterable<Tensor>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const batch of loader) all.push(await batch.tolist());
  return all;
}

describe('samplers', () => {
  test('RandomSampler: every position once, then again; another order each time, the same of a seed', () => {
    const sampler = new RandomSampler(upTo(10), { numSamples: 25, ...seeded() });
    const epoch = [...sampler];
    expect(epoch).toHaveLength(25);
    expect(sorted(epoch.slice(0, 10))).toEqual(numbers(10));
    expect(sorted(epoch.slice(10, 20))).toEqual(numbers(10));
    expect([...sampler]).not.toEqual(epoch);
    expect([...new RandomSampler(upTo(10), { numSamples: 25, ...seeded() })]).toEqual(epoch);
    expect([...new RandomSampler(upTo(0), true)]).toEqual([]);
  });
  test('RandomSampler with replacement covers the range evenly', () => {
    const drawn = [...new RandomSampler(upTo(5), true, { numSamples: 5000, ...seeded() })];
    const counts = numbers(5).map((i) => drawn.filter((d) => d === i).length);
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
  test('WeightedRandomSampler draws in proportion, and never what weighs nothing', () => {
    const drawn = [...new WeightedRandomSampler([0, 1, 3, 0], 4000, seeded())];
    expect(new Set(drawn)).toEqual(new Set([1, 2]));
    expect(Math.abs(drawn.filter((d) => d === 2).length - 3000)).toBeLessThan(150);
    const firsts = numbers(400).map((seed) => [...new WeightedRandomSampler([1, 3, 0], 2, false, seeded(seed))]);
    expect(firsts.every((list) => sorted(list).join() === '0,1')).toBe(true);
    expect(Math.abs(firsts.filter(([first]) => first === 1).length - 300)).toBeLessThan(50);
  });
  test('DistributedSampler: the shares are the whole, and another order each epoch', () => {
    const share = (rank: number, epoch: number, dropLast = false) => {
      const sampler = new DistributedSampler(upTo(10), 3, rank, { dropLast, seed: 1 });
      sampler.setEpoch(epoch);
      expect([...sampler]).toHaveLength(sampler.length);
      return [...sampler];
    };
    const all = (epoch: number) => [0, 1, 2].flatMap((rank) => share(rank, epoch));
    expect(new Set(all(0)).size).toBe(10);
    expect(all(0)).toHaveLength(12);
    expect(all(1)).not.toEqual(all(0));
    expect(new Set([0, 1, 2].flatMap((rank) => share(rank, 0, true))).size).toBe(9);
  });
  test('others', () => {
    expect([...new SequentialSampler(upTo(3))]).toEqual([0, 1, 2]);
    expect(sorted(new SubsetRandomSampler([5, 2, 9], seeded()))).toEqual([2, 5, 9]);
    const halves = new BatchSampler(new SequentialSampler(upTo(5)), 2, true);
    expect([[...halves], halves.length]).toEqual([
      [
        [0, 1],
        [2, 3],
      ],
      2,
    ]);
  });
  test.each([
    [
      () => new RandomSampler(upTo(3), { numSamples: 0 }),
      'num_samples should be a positive integer value, but got num_samples=0',
    ],
    [() => new RandomSampler(upTo(3), 1 as never), 'replacement should be a boolean value, but got replacement=1'],
    [() => new BatchSampler([1], 0, false), 'batch_size should be a positive integer value, but got batch_size=0'],
    [() => new WeightedRandomSampler([1, -1], 2), 'weights must be finite'],
    [() => new WeightedRandomSampler([1, 0], 2, false), 'invalid multinomial distribution'],
    [() => new DistributedSampler(upTo(3)), 'numReplicas and rank are needed'],
    [() => new DistributedSampler(upTo(3), 2, 2), 'Invalid rank 2, rank should be in the interval [0, 1]'],
  ])('wrong use %#', (make, message) => {
    expect(make).toThrow(OptionError);
    expect(make).toThrow(message);
  });
});

describe('datasets of datasets', () => {
  test('ConcatDataset and StackDataset', async () => {
    const both = new ConcatDataset([upTo(2), upTo(3)]);
    expect(await batches(new DataLoader(both, 5))).toEqual([[0, 1, 0, 1, 2]]);
    expect(() => both.get(5)).toThrow(ShapeError);
    expect(new StackDataset(upTo(2), upTo(2)).get(1)).toEqual([1, 1]);
    expect(new StackDataset({ a: upTo(2), b: { length: 2, get: async (i: number) => i * 2 } }).get(1)).toBeInstanceOf(
      Promise,
    );
    expect(await new StackDataset({ a: upTo(2), b: { length: 2, get: async (i: number) => i * 2 } }).get(1)).toEqual({
      a: 1,
      b: 2,
    });
    expect(() => new StackDataset(upTo(2), upTo(3))).toThrow('Size mismatch between datasets');
    expect(() => new ConcatDataset([])).toThrow('datasets should not be an empty iterable');
  });
  test('randomSplit: lengths and fractions as PyTorch shares them out', () => {
    const parts = randomSplit(upTo(10), [0.3, 0.3, 0.4], seeded());
    expect(parts.map((p) => p.length)).toEqual([3, 3, 4]);
    expect(sorted(parts.flatMap((p) => numbers(p.length).map((i) => p.get(i) as number)))).toEqual(numbers(10));
    // torch.utils.data.random_split(range(11), [1/3, 1/3, 1/3])
    expect(randomSplit(upTo(11), [1 / 3, 1 / 3, 1 / 3]).map((p) => p.length)).toEqual([4, 4, 3]);
    expect(randomSplit(upTo(5), [2, 3])[0]).toBeInstanceOf(Subset);
    expect(() => randomSplit(upTo(5), [2, 2])).toThrow(
      'Sum of input lengths does not equal the length of the input dataset!',
    );
    expect(() => randomSplit(upTo(5), [1.5, -0.5])).toThrow('Fraction at index 0 is not between 0 and 1');
  });
});

class Stream extends IterableDataset<number> {
  readonly count: number;
  opened = 0;
  closed = 0;
  constructor(count: number) {
    super();
    this.count = count;
  }
  async *[Symbol.asyncIterator]() {
    this.opened++;
    try {
      for (let i = 0; i < this.count; i++) yield i;
    } finally {
      this.closed++;
    }
  }
}

describe('DataLoader', () => {
  test('streams are batched as they come, and closed when the loop is left', async () => {
    const stream = new Stream(5);
    expect(await batches(new DataLoader(stream, { batchSize: 2 }))).toEqual([[0, 1], [2, 3], [4]]);
    expect(await batches(new DataLoader(stream, { batchSize: 2, dropLast: true, prefetch: 0 }))).toEqual([
      [0, 1],
      [2, 3],
    ]);
    for await (const _ of new DataLoader(stream, { prefetch: 0 })) break;
    await new Promise((resolve) => setTimeout(resolve));
    expect([stream.opened, stream.closed]).toEqual([3, 3]);
    const chain = new ChainDataset([new Stream(1), new Stream(2)]);
    expect(await batches(new DataLoader(chain, { batchSize: 3 }))).toEqual([[0, 0, 1]]);
    expect(() => new DataLoader(stream, { shuffle: true })).toThrow(
      'expected unspecified shuffle option, but got shuffle=True',
    );
    expect(() => new DataLoader(stream).length).toThrow(OptionError);
  });
  test('sampler and batchSampler', async () => {
    const backwards = new DataLoader(upTo(3), { sampler: [2, 1, 0], batchSize: 2 });
    expect([await batches(backwards), backwards.length]).toEqual([[[2, 1], [0]], 2]);
    const pairs = new DataLoader(upTo(3), { batchSampler: [[2], [0, 1]] });
    expect([await batches(pairs), pairs.length]).toEqual([[[2], [0, 1]], 2]);
    expect(() => new DataLoader(upTo(3), { sampler: [1], shuffle: true })).toThrow(
      'sampler option is mutually exclusive with shuffle',
    );
    expect(() => new DataLoader(upTo(3), { batchSampler: [[1]], batchSize: 2 })).toThrow(
      'batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last',
    );
  });
  test('collateFn, and arguments by position', async () => {
    const sums = new DataLoader(upTo(4), 2, { collateFn: (list) => list.reduce((a, b) => a + b) });
    const all: number[] = [];
    for await (const sum of sums) all.push(sum);
    expect(all).toEqual([1, 5]);
    expect(await batches(new DataLoader(upTo(3), 3, true, seeded()))).toHaveLength(1);
  });
});

const kinds = {
  shuffled: () => new DataLoader(upTo(10), { batchSize: 3, shuffle: true, seed: 5 }),
  'the default generator': () => new DataLoader(upTo(10), { batchSize: 3, shuffle: true }),
  'a sampler': () => new DataLoader(upTo(10), { batchSize: 3, sampler: new RandomSampler(upTo(10), true, seeded()) }),
  'a batch sampler': () =>
    new DataLoader(upTo(10), { batchSampler: new BatchSampler(new RandomSampler(upTo(10), seeded()), 3, false) }),
  'fetched ahead': () =>
    new DataLoader(
      { length: 10, get: async (i: number) => i },
      { batchSize: 3, shuffle: true, seed: 5, prefetch: undefined as never },
    ),
  'a stream': () => new DataLoader(new Stream(10), { batchSize: 3 }),
  tensors: () => new DataLoader(new TensorDataset(arange(10)), { batchSize: 3, shuffle: true, seed: 5 }),
};

describe.each(Object.entries(kinds))('resuming: %s', (name, make) => {
  test('from any position, this epoch and the next are those of an uninterrupted run', async () => {
    const list = async (batch: unknown) => (Array.isArray(batch) ? batch[0] : (batch as Tensor)).tolist();
    manualSeed(11);
    const straight: unknown[] = [];
    const states: DataLoaderState[] = [];
    const whole = make();
    for (let epoch = 0; epoch < 2; epoch++) {
      for await (const batch of whole) {
        straight.push(await list(batch));
        // As a checkpoint would hold it.
        states.push(JSON.parse(JSON.stringify(whole.stateDict())));
      }
    }
    expect(whole.stateDict().epoch).toBe(null);
    expect(straight).toHaveLength(8);
    for (const [at, state] of states.entries()) {
      manualSeed(11);
      const other = make();
      // The default generator is where it was: one order drawn per epoch that has begun.
      if (name === 'the default generator')
        for (let e = 0; e <= Math.floor(at / 4); e++) for await (const _ of make()) break;
      other.loadStateDict(state);
      expect(other.stateDict()).toEqual(name === 'the default generator' ? expect.anything() : state);
      const rest: unknown[] = [];
      for (let epoch = Math.floor(at / 4); epoch < 2; epoch++)
        for await (const batch of other) rest.push(await list(batch));
      expect(rest).toEqual(straight.slice(at + 1));
    }
  });
});

test('a state that is none is refused, and changes nothing', () => {
  const loader = kinds.shuffled();
  const before = loader.stateDict();
  for (const bad of [
    null,
    {},
    { generator: [5, 0] },
    { generator: [5, -1], epoch: null },
    { generator: [5, 3], epoch: { generator: [5, 0], batches: -1 } },
  ])
    expect(() => loader.loadStateDict(bad as never)).toThrow(OptionError);
  expect(loader.stateDict()).toEqual(before);
});

test('a checkpoint in the middle of an epoch holds the position', async () => {
  const loader = kinds.shuffled();
  const rest: unknown[] = [];
  let bytes: Uint8Array | undefined;
  for await (const batch of loader) {
    if (bytes) rest.push(await batch.tolist());
    else bytes = await serializeCheckpoint({ loader });
  }
  const other = kinds.shuffled();
  await loadCheckpoint(bytes!, { loader: other });
  expect(await batches(other)).toEqual(rest);
});
