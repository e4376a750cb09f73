import { checkOptions, OptionError } from '../core/errors.ts';
import { nextTask } from '../core/task.ts';
import { throttle } from '../tensor/device.ts';
import { Generator, generatorOr, permutation } from '../tensor/impl/random.ts';
import { type Collated, defaultCollate } from './collate.ts';
import type { Dataset } from './dataset.ts';

/** Settings of {@link DataLoader}. */
export interface DataLoaderOptions<T, B> {
  /** Examples per batch. Default 1. */
  readonly batchSize?: number;
  /** A new order for each epoch. Default false. */
  readonly shuffle?: boolean;
  /** Fixes the orders, whatever else draws random numbers. */
  readonly seed?: number;
  /** Draws the orders. Default: the one seeded by manualSeed(). */
  readonly generator?: Generator;
  /** Leave out a last batch that is not full. Default false. */
  readonly dropLast?: boolean;
  /** Makes a batch of examples. Default: {@link defaultCollate}, or the dataset's own getBatch(). */
  readonly collate?: (examples: T[]) => B | Promise<B>;
  /** Batches fetched ahead where the dataset answers with promises. Default 2. */
  readonly prefetch?: number;
}
const optionNames = ['batchSize', 'shuffle', 'seed', 'generator', 'dropLast', 'collate', 'prefetch'];

/** Steps that the GPU may lag behind. */
const stepsInFlight = 2;
/** Milliseconds after which the page gets its turn. */
const longestTurn = 12;

/**
 * Batches of a dataset, for `for await`. The order of a seed is the same on every device. Between batches the page gets its
 * turn, and the loop waits until the GPU is at most two steps behind. Source: torch.utils.data.DataLoader.
 *
 * @throws OptionError for a batch size below 1 or an unknown option.
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
  readonly dataset: Dataset<T, B>;
  readonly batchSize: number;
  private readonly shuffle: boolean;
  private readonly generator: Generator;
  private readonly dropLast: boolean;
  private readonly collate: ((examples: T[]) => B | Promise<B>) | null;
  private readonly prefetch: number;

  constructor(dataset: Dataset<T, B>, options: DataLoaderOptions<T, B> = {}) {
    checkOptions('DataLoader', options, optionNames);
    const { batchSize = 1, shuffle = false, seed, generator, dropLast = false, collate, prefetch = 2 } = options;
    if (typeof dataset?.length !== 'number' || typeof dataset.get !== 'function') {
      throw new OptionError(
        'DataLoader: the dataset needs a length and a get(index) method\n  for tensors: new TensorDataset(x, y)',
      );
    }
    checkLength(dataset.length);
    if (!Number.isInteger(batchSize) || batchSize < 1)
      throw new OptionError(`batch_size should be a positive integer value, but got batch_size=${batchSize}`);
    if (!Number.isInteger(prefetch) || prefetch < 0)
      throw new OptionError(`DataLoader: prefetch must be an integer of at least 0, got ${prefetch}`);
    if (seed !== undefined && generator) throw new OptionError('DataLoader: give a seed or a generator, not both');
    if (collate !== undefined && typeof collate !== 'function')
      throw new OptionError('DataLoader: collate must be a function');
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.shuffle = shuffle;
    this.generator = seed === undefined ? generatorOr('DataLoader', generator) : new Generator(seed);
    this.dropLast = dropLast;
    this.collate = collate ?? null;
    this.prefetch = prefetch;
  }

  /** Batches per epoch. */
  get length(): number {
    const batches = this.dataset.length / this.batchSize;
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  /** One epoch. */
  async *[Symbol.asyncIterator](): AsyncGenerator<B, void, undefined> {
    const epoch = this.positions();
    const ahead: (B | Promise<B>)[] = [];
    const state = { left: false };
    let waiting = 1;
    let turn = performance.now();
    try {
      for (;;) {
        while (ahead.length < waiting) {
          const next = epoch.next();
          if (next.done) break;
          const batch = this.load(next.value, state);
          ahead.push(batch);
          if (!isPromise(batch)) continue;
          waiting = 1 + this.prefetch;
          // It is awaited when its turn comes; until then a failure must not count as unhandled.
          batch.catch(() => {});
        }
        if (ahead.length === 0) return;
        const batch = await ahead.shift()!;
        await throttle(stepsInFlight);
        if (performance.now() - turn > longestTurn) {
          await nextTask();
          turn = performance.now();
        }
        yield batch;
      }
    } finally {
      state.left = true;
    }
  }

  /** Positions of the examples of each batch. */
  private *positions(): Iterator<Int32Array, void> {
    const { length } = this.dataset;
    // It may have changed since the loader was made.
    checkLength(length);
    const order = this.shuffle ? permutation(length, this.generator) : new Int32Array(length).map((_, i) => i);
    const end = this.dropLast ? length - (length % this.batchSize) : length;
    for (let at = 0; at < end; at += this.batchSize) yield order.slice(at, Math.min(at + this.batchSize, end));
  }

  private load(indices: Int32Array, state: { readonly left: boolean }): B | Promise<B> {
    const { dataset, collate } = this;
    if (!collate && dataset.getBatch) return dataset.getBatch(indices);
    const join = collate ?? ((list: T[]) => defaultCollate(list) as B);
    const examples = Array.from(indices, (i) => dataset.get(i));
    if (!examples.some(isPromise)) return join(examples as T[]);
    return Promise.all(examples).then((all) => {
      if (state.left) throw new OptionError('the loop over this DataLoader has ended');
      return join(all);
    });
  }
}

/** Positions are 32-bit integers. */
function checkLength(length: number): void {
  if (Number.isInteger(length) && length >= 0 && length < 2 ** 31) return;
  throw new OptionError(`DataLoader: the length of the dataset must be an integer in [0, 2^31), got ${length}`);
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise;
}
