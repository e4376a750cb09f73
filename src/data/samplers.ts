/** torch.utils.data's samplers: the order in which a DataLoader takes examples. */
import { OptionError, wrongType } from '../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { Generator, generatorOr, permutation } from '../tensor/impl/random.ts';
import type { Positions } from './data-loader.ts';
import { Draws } from './draws.ts';

type PositionsOfEpoch = IterableIterator<number>;

/** Anything with a number of examples. */
export interface Sized {
  readonly length: number;
}

function sizeOf(name: string, source: Sized): number {
  const { length } = source ?? {};
  if (!Number.isInteger(length) || length < 0) wrongType(name, 'dataSource', 'a dataset', source);
  return length;
}

/** Base of samplers: iterating gives the positions of one epoch. Source: torch.utils.data.Sampler. */
export abstract class Sampler<P = number> implements Positions<P> {
  abstract readonly length: number;
  abstract [Symbol.iterator](): Iterator<P>;
}

/**
 * Positions in their order. Source: torch.utils.data.SequentialSampler.
 *
 * @example
 * [...new SequentialSampler({ length: 3 })]; // [0, 1, 2]
 */
export class SequentialSampler extends Sampler {
  private readonly source: Sized;
  constructor(dataSource: Sized) {
    super();
    sizeOf('SequentialSampler', dataSource);
    this.source = dataSource;
  }
  /** Positions per epoch. */
  get length(): number {
    return this.source.length;
  }
  *[Symbol.iterator](): PositionsOfEpoch {
    for (let i = 0; i < this.length; i++) yield i;
  }
}
/** Settings of {@link RandomSampler}. */
export interface RandomSamplerOptions {
  /** Draw every position anew. Default false: each occurs once before any comes again. */
  readonly replacement?: boolean;
  /** Positions per epoch. Default: as many as there are examples. */
  readonly numSamples?: number | null;
  /** Default: the one seeded by manualSeed(). */
  readonly generator?: Generator;
}

/**
 * Positions in random order. Source: torch.utils.data.RandomSampler.
 *
 * @throws OptionError for a number of samples that is not positive.
 * @example
 * const sampler = new RandomSampler({ length: 10 }, { numSamples: 4, generator: new Generator(0) });
 * [...sampler].length; // 4
 */
export class RandomSampler extends Sampler {
  readonly replacement: boolean;
  readonly generator: Generator;
  private readonly source: Sized;
  private readonly count: number | null;

  constructor(dataSource: Sized, ...rest: OptionalArgs<[replacement: boolean], RandomSamplerOptions>) {
    super();
    const names = ['replacement', 'numSamples', 'generator'] as const;
    const { replacement = false, numSamples, generator } = optionalArgs('RandomSampler', names, rest);
    sizeOf('RandomSampler', dataSource);
    checkFlag('replacement', replacement);
    this.source = dataSource;
    this.replacement = replacement;
    this.count = numSamples ?? null;
    this.generator = generatorOr('RandomSampler', generator);
    if (this.count !== null) checkCount(this.count);
  }
  /** Positions per epoch. */
  get length(): number {
    return this.count ?? this.source.length;
  }
  *[Symbol.iterator](): PositionsOfEpoch {
    const { generator, length } = this;
    const size = this.source.length;
    if (size === 0) return;
    if (this.replacement) {
      const draws = new Draws('RandomSampler', generator);
      for (let i = 0; i < length; i++) yield draws.below(size);
      return;
    }
    for (let left = length; left > 0; left -= size) yield* permutation(size, generator).subarray(0, left);
  }
}

function checkCount(count: number): void {
  if (!Number.isInteger(count) || count <= 0)
    throw new OptionError(`num_samples should be a positive integer value, but got num_samples=${count}`);
}
function checkFlag(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new OptionError(`${name} should be a boolean value, but got ${name}=${value}`);
}

/** Settings of {@link SubsetRandomSampler}. */
export interface SubsetRandomSamplerOptions {
  /** Default: the one seeded by manualSeed(). */
  readonly generator?: Generator;
}

/**
 * The given positions in random order. Source: torch.utils.data.SubsetRandomSampler.
 *
 * @example
 * [...new SubsetRandomSampler([4, 7, 9])].sort(); // [4, 7, 9]
 */
export class SubsetRandomSampler extends Sampler {
  readonly indices: readonly number[];
  readonly generator: Generator;
  constructor(indices: ArrayLike<number>, ...rest: OptionalArgs<[generator: Generator], SubsetRandomSamplerOptions>) {
    super();
    if (typeof indices?.length !== 'number')
      wrongType('SubsetRandomSampler', 'indices', 'a list of positions', indices);
    const { generator } = optionalArgs<SubsetRandomSamplerOptions>('SubsetRandomSampler', ['generator'], rest);
    this.indices = Array.from(indices);
    this.generator = generatorOr('SubsetRandomSampler', generator);
  }
  /** Positions per epoch. */
  get length(): number {
    return this.indices.length;
  }
  *[Symbol.iterator](): PositionsOfEpoch {
    for (const i of permutation(this.length, this.generator)) yield this.indices[i]!;
  }
}

/** Settings of {@link WeightedRandomSampler}. */
export interface WeightedRandomSamplerOptions {
  /** Draw every position anew. Default true. */
  readonly replacement?: boolean;
  /** Default: the one seeded by manualSeed(). */
  readonly generator?: Generator;
}

/**
 * Positions with probabilities in proportion to `weights`, which need not add up to 1. Source:
 * torch.utils.data.WeightedRandomSampler; without replacement, Efraimidis & Spirakis, "Weighted random sampling with a reservoir".
 *
 * @throws OptionError for weights or a number of samples that cannot be.
 * @example
 * [...new WeightedRandomSampler([0, 1, 0], 4)]; // [1, 1, 1, 1]
 */
export class WeightedRandomSampler extends Sampler {
  readonly weights: Float64Array;
  readonly length: number;
  readonly replacement: boolean;
  readonly generator: Generator;

  constructor(
    weights: ArrayLike<number>,
    numSamples: number,
    ...rest: OptionalArgs<[replacement: boolean], WeightedRandomSamplerOptions>
  ) {
    super();
    const names = ['replacement', 'generator'] as const;
    const { replacement = true, generator } = optionalArgs('WeightedRandomSampler', names, rest);
    checkCount(numSamples);
    checkFlag('replacement', replacement);
    if (typeof weights?.length !== 'number')
      wrongType('WeightedRandomSampler', 'weights', 'a list of numbers', weights);
    this.weights = Float64Array.from(weights);
    if (!this.weights.every((w) => w >= 0 && w < Infinity) || !this.weights.some((w) => w > 0))
      throw new OptionError('WeightedRandomSampler: weights must be finite, none negative and not all zero');
    if (!replacement && numSamples > this.weights.filter((w) => w > 0).length)
      throw new OptionError(
        'invalid multinomial distribution (with replacement=False, not enough non-negative category to sample)\n  in WeightedRandomSampler',
      );
    this.length = numSamples;
    this.replacement = replacement;
    this.generator = generatorOr('WeightedRandomSampler', generator);
  }
  *[Symbol.iterator](): PositionsOfEpoch {
    const { weights, length } = this;
    const draws = new Draws('WeightedRandomSampler', this.generator);
    if (!this.replacement) {
      // The largest of u^(1/w) are a sample, in the order in which one after the other would be drawn.
      const keys = Array.from(weights, (w, i) => [w > 0 ? Math.log(1 - draws.uniform()) / w : -Infinity, i] as const);
      yield* keys
        .sort((a, b) => b[0] - a[0])
        .slice(0, length)
        .map(([, i]) => i);
      return;
    }
    let total = 0;
    const upTo = weights.map((w) => {
      total += w;
      return total;
    });
    for (let n = 0; n < length; n++) yield firstAbove(upTo, draws.uniform(0, total));
  }
}

/** The first entry of a rising list that is over `value`: by halves. */
function firstAbove(list: Float64Array, value: number): number {
  let [low, high] = [0, list.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Batches of the positions of another sampler. Source: torch.utils.data.BatchSampler.
 *
 * @throws OptionError for a batch size below 1.
 * @example
 * [...new BatchSampler(new SequentialSampler({ length: 5 }), 2, false)]; // [[0, 1], [2, 3], [4]]
 */
export class BatchSampler extends Sampler<number[]> {
  readonly sampler: Positions<number>;
  readonly batchSize: number;
  readonly dropLast: boolean;
  readonly generator?: Generator;

  constructor(sampler: Positions<number>, batchSize: number, dropLast: boolean) {
    super();
    if (!Number.isInteger(batchSize) || batchSize <= 0)
      throw new OptionError(`batch_size should be a positive integer value, but got batch_size=${batchSize}`);
    if (typeof dropLast !== 'boolean')
      throw new OptionError(`drop_last should be a boolean value, but got drop_last=${dropLast}`);
    if (typeof sampler?.[Symbol.iterator] !== 'function') wrongType('BatchSampler', 'sampler', 'a sampler', sampler);
    this.sampler = sampler;
    this.batchSize = batchSize;
    this.dropLast = dropLast;
    if (sampler.generator) this.generator = sampler.generator;
  }
  /** Batches per epoch. */
  get length(): number {
    const { length } = this.sampler;
    if (length === undefined) throw new OptionError('BatchSampler: its sampler has no length');
    return Math[this.dropLast ? 'floor' : 'ceil'](length / this.batchSize);
  }
  *[Symbol.iterator](): IterableIterator<number[]> {
    let batch: number[] = [];
    for (const i of this.sampler) {
      if (batch.push(i) < this.batchSize) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0 && !this.dropLast) yield batch;
  }
}

/** Settings of {@link DistributedSampler}. */
export interface DistributedSamplerOptions {
  /** How many share the dataset. */
  readonly numReplicas?: number;
  /** Which of them this is, from 0. */
  readonly rank?: number;
  /** Another order for each epoch that setEpoch() names. Default true. */
  readonly shuffle?: boolean;
  /** The same for all replicas. Default 0. */
  readonly seed?: number;
  /** Leave out what does not divide evenly; otherwise some examples come twice. Default false. */
  readonly dropLast?: boolean;
}

/**
 * The share of one of several pages or processes that train on one dataset. Each epoch begins with `setEpoch(epoch)`. Source:
 * torch.utils.data.distributed.DistributedSampler.
 *
 * @throws OptionError without numReplicas and rank, or for a rank outside them.
 * @example
 * const share = (rank) => [...new DistributedSampler({ length: 5 }, { numReplicas: 2, rank, shuffle: false })];
 * share(0); // [0, 2, 4]
 * share(1); // [1, 3, 0]
 */
export class DistributedSampler extends Sampler {
  readonly numReplicas: number;
  readonly rank: number;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly dropLast: boolean;
  epoch = 0;
  private readonly source: Sized;

  constructor(dataset: Sized, ...rest: OptionalArgs<[numReplicas: number, rank: number], DistributedSamplerOptions>) {
    super();
    const names = ['numReplicas', 'rank', 'shuffle', 'seed', 'dropLast'] as const;
    const given = optionalArgs<DistributedSamplerOptions>('DistributedSampler', names, rest);
    const { numReplicas, rank, shuffle = true, seed = 0, dropLast = false } = given;
    sizeOf('DistributedSampler', dataset);
    if (numReplicas === undefined || rank === undefined)
      throw new OptionError('DistributedSampler: numReplicas and rank are needed; there is no process group to ask');
    if (!Number.isInteger(numReplicas) || numReplicas < 1)
      throw new OptionError(`DistributedSampler: numReplicas must be a positive integer, got ${numReplicas}`);
    if (!Number.isInteger(rank) || rank < 0 || rank >= numReplicas)
      throw new OptionError(`Invalid rank ${rank}, rank should be in the interval [0, ${numReplicas - 1}]`);
    this.source = dataset;
    this.numReplicas = numReplicas;
    this.rank = rank;
    this.shuffle = shuffle;
    this.seed = seed;
    this.dropLast = dropLast;
  }
  /** Says which epoch comes: with shuffle, the order depends on it. */
  setEpoch(epoch: number): void {
    this.epoch = epoch;
  }
  /** Positions per epoch. */
  get length(): number {
    const share = this.source.length / this.numReplicas;
    return this.dropLast ? Math.floor(share) : Math.ceil(share);
  }
  *[Symbol.iterator](): PositionsOfEpoch {
    const size = this.source.length;
    const order = this.shuffle ? permutation(size, new Generator(this.seed + this.epoch)) : null;
    for (let i = 0; i < this.length; i++) {
      // Past the end it begins again.
      const at = (this.rank + i * this.numReplicas) % size;
      yield order ? order[at]! : at;
    }
  }
}
