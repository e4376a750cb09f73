import { OptionError } from '../core/errors.ts';
import { nextTask } from '../core/task.ts';
import { optionalArgs } from '../tensor/arguments.ts';
import { throttle } from '../tensor/device.ts';
import { defaultGenerator, Generator, type GeneratorState, permutation } from '../tensor/impl/random.ts';
import { type Collated, defaultCollate } from './collate.ts';
import { type Dataset, type Examples, exampleAt } from './dataset.ts';
import type { DataLoaderMethods } from './loader-methods.ts';

/** Makes a batch of examples. */
export type Collate<T, B> = (examples: T[]) => B | Promise<B>;

/** Settings of {@link DataLoader}. */
export interface DataLoaderOptions<T, B> {
  /** Examples per batch. Default 1. */
  readonly batchSize?: number;
  /** A new order for each epoch. Default false. */
  readonly shuffle?: boolean;
  /** Fixes the orders, whatever else draws random numbers. */
  readonly seed?: number;
  /** Draws the orders. Default: that of the sampler, or else the one seeded by manualSeed(). */
  readonly generator?: Generator;
  /** Positions in the order of an epoch, in place of `shuffle`. */
  readonly sampler?: Positions<number>;
  /** Lists of positions, one a batch, in place of `batchSize`, `shuffle`, `sampler` and `dropLast`. */
  readonly batchSampler?: Positions<ArrayLike<number>>;
  /** Leave out a last batch that is not full. Default false. */
  readonly dropLast?: boolean;
  /** Makes a batch of examples. Default: {@link defaultCollate}, or the dataset's own getBatch(). */
  readonly collate?: Collate<T, B>;
  /** PyTorch's name of `collate`. */
  readonly collateFn?: Collate<T, B>;
  /** Batches fetched ahead where the dataset answers with promises. Default 2. */
  readonly prefetch?: number;
}
const optionNames = [
  'batchSize',
  'shuffle',
  'sampler',
  'batchSampler',
  'collateFn',
  'dropLast',
  'generator',
  'seed',
  'collate',
  'prefetch',
] as const;

/** What a sampler is: anything to iterate, once an epoch. */
export interface Positions<P> extends Iterable<P> {
  readonly length?: number;
  /** What it draws from, so that an epoch can be resumed. */
  readonly generator?: Generator;
}

/** Examples that come one after the other, and so are batched as they come: IterableDataset. */
export interface ExampleStream<T> {
  readonly length?: number;
  getBatches<B>(settings: StreamSettings<T, B>, skip: number): AsyncIterable<B>;
}
/** What a stream needs to know to make batches. */
export interface StreamSettings<T, B> {
  readonly batchSize: number;
  readonly dropLast: boolean;
  readonly prefetch: number;
  readonly collate: Collate<T, B>;
}

/** What init() brings: of a loader that was made earlier, the first loop tells what is wrong. */
export const loaderChecks: { check?(dataset: unknown, options: object): void } = {};

/** Steps that the GPU may lag behind. */
const stepsInFlight = 2;
/** Milliseconds after which the page gets its turn. */
const longestTurn = 12;

/**
 * Batches of a dataset, or of a list of examples, for `for await`. The order of a seed is the same on every device. Between batches the page gets its
 * turn, and the loop waits until the GPU is at most two steps behind. Source: torch.utils.data.DataLoader.
 *
 * `stateDict()` knows the position within the epoch: a loader that loads it goes on with exactly the batches that remain.
 *
 * @throws OptionError for a batch size below 1, options that exclude each other, or an unknown option.
 * @example
 * const loader = new DataLoader(dataset, { batchSize: 64, shuffle: true, seed: 0 });
 * for await (const [x, y] of loader) {
 *   const loss = functional.crossEntropy(model.forward(x), y);
 *   optimizer.zeroGrad();
 *   loss.backward();
 *   optimizer.step();
 * }
 */
export class DataLoader<T, B = Collated<T>> implements AsyncIterable<B> {
  readonly dataset: Examples<T, B> | ExampleStream<T>;
  readonly batchSize: number;
  /** @internal */
  readonly options: DataLoaderOptions<T, B>;
  /** @internal */
  readonly generator: Generator;
  /** @internal The epoch that a loop began last, unless it is through. */
  epoch: { readonly generator: GeneratorState; batches: number } | null = null;
  /** @internal What the next loop goes on with, in `epoch`. */
  pending: Iterator<Int32Array, void> | undefined;
  // init() installs these.
  declare stateDict: DataLoaderMethods['stateDict'];
  declare loadStateDict: DataLoaderMethods['loadStateDict'];

  constructor(dataset: Examples<T, B> | ExampleStream<T>, options?: DataLoaderOptions<T, B>);
  constructor(dataset: Examples<T, B> | ExampleStream<T>, batchSize: number, options?: DataLoaderOptions<T, B>);
  constructor(
    dataset: Examples<T, B> | ExampleStream<T>,
    batchSize: number,
    shuffle: boolean,
    options?: DataLoaderOptions<T, B>,
  );
  constructor(dataset: Examples<T, B> | ExampleStream<T>, ...rest: readonly unknown[]) {
    const options = optionalArgs<DataLoaderOptions<T, B>>('DataLoader', optionNames, rest);
    loaderChecks.check?.(dataset, options);
    const { batchSize = 1, seed, collateFn: collate } = options;
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.options = { ...options, ...(collate && { collate }) };
    this.generator =
      seed === undefined
        ? (options.generator ?? (options.batchSampler ?? options.sampler)?.generator ?? defaultGenerator)
        : new Generator(seed);
  }

  /** Batches per epoch. */
  get length(): number {
    const { sampler, batchSampler, dropLast } = this.options;
    const { length } = batchSampler ?? sampler ?? this.dataset;
    if (length === undefined) throw new OptionError('DataLoader: what it loads has no length');
    return batchSampler ? length : Math[dropLast ? 'floor' : 'ceil'](length / this.batchSize);
  }

  /** One epoch, or what is left of a resumed one. */
  async *[Symbol.asyncIterator](): AsyncGenerator<B, void, undefined> {
    const { dataset, pending, batchSize } = this;
    const { dropLast = false, prefetch = 2, collate = defaultCollate as Collate<T, B> } = this.options;
    // The dataset may have changed since the loader was made.
    loaderChecks.check?.(dataset, this.options);
    // A loop that begins later is another epoch, and the one that counts.
    const epoch = pending ? this.epoch! : { generator: this.generator.getState(), batches: 0 };
    this.epoch = epoch;
    this.pending = undefined;
    const batches = isStream(dataset)
      ? dataset.getBatches({ batchSize, dropLast, prefetch, collate }, epoch.batches)
      : this.fetched(pending ?? this.lists());
    let turn = performance.now();
    for await (const batch of batches) {
      await throttle(stepsInFlight);
      if (performance.now() - turn > longestTurn) {
        await nextTask();
        turn = performance.now();
      }
      epoch.batches++;
      yield batch;
    }
    if (this.epoch === epoch) this.epoch = null;
  }

  private async *fetched(lists: Iterator<Int32Array, void>): AsyncGenerator<B, void, undefined> {
    const ahead: (B | Promise<B>)[] = [];
    const state = { left: false };
    let waiting = 1;
    try {
      for (;;) {
        while (ahead.length < waiting) {
          const next = lists.next();
          if (next.done) break;
          const batch = this.load(next.value, state);
          ahead.push(batch);
          if (!isPromise(batch)) continue;
          waiting = 1 + (this.options.prefetch ?? 2);
          // It is awaited when its turn comes; until then a failure must not count as unhandled.
          batch.catch(() => {});
        }
        if (ahead.length === 0) return;
        yield await ahead.shift()!;
      }
    } finally {
      state.left = true;
    }
  }

  /** Positions of the examples of each batch. @internal */
  *lists(): Iterator<Int32Array, void> {
    const { batchSize } = this;
    const { shuffle, sampler, batchSampler, dropLast } = this.options;
    for (const batch of batchSampler ?? []) yield Int32Array.from(batch);
    if (batchSampler) return;
    const length = this.dataset.length!;
    const order = sampler
      ? Int32Array.from(sampler)
      : shuffle
        ? permutation(length, this.generator)
        : new Int32Array(length).map((_, i) => i);
    const end = dropLast ? order.length - (order.length % batchSize) : order.length;
    for (let at = 0; at < end; at += batchSize) yield order.slice(at, Math.min(at + batchSize, end));
  }

  private load(indices: Int32Array, state: { readonly left: boolean }): B | Promise<B> {
    const { collate } = this.options;
    const dataset = this.dataset as Dataset<T, B>;
    if (!collate && dataset.getBatch) return dataset.getBatch(indices);
    const make = collate ?? (defaultCollate as Collate<T, B>);
    const examples = Array.from(indices, (i) => exampleAt(dataset, i));
    if (!examples.some(isPromise)) return make(examples as T[]);
    return Promise.all(examples).then((all) => {
      if (state.left) throw new OptionError('the loop over this DataLoader has ended');
      return make(all);
    });
  }
}

export function isStream<T>(dataset: unknown): dataset is ExampleStream<T> {
  return typeof (dataset as ExampleStream<T>)?.getBatches === 'function';
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise;
}
