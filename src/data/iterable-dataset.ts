/** torch.utils.data's datasets without positions: examples come one after the other. */
import { OptionError } from '../core/errors.ts';
import type { ExampleStream, StreamSettings } from './data-loader.ts';

/**
 * Base of datasets that yield their examples, fetched or generated: iterating one gives an epoch. Source:
 * torch.utils.data.IterableDataset.
 *
 * @example
 * class Countdown extends IterableDataset {
 *   async *[Symbol.asyncIterator]() {
 *     for (let i = 5; i > 0; i--) yield i;
 *   }
 * }
 * const lists = [];
 * for await (const batch of new DataLoader(new Countdown(), { batchSize: 2 })) lists.push(await batch.tolist());
 * lists; // [[5, 4], [3, 2], [1]]
 */
export abstract class IterableDataset<T> implements ExampleStream<T>, AsyncIterable<T> {
  /** The examples of one epoch. */
  abstract [Symbol.asyncIterator](): AsyncIterator<T>;

  /** What a DataLoader calls: batches, the first `skip` of them left out. */
  async *getBatches<B>(settings: StreamSettings<T, B>, skip: number): AsyncGenerator<B, void, undefined> {
    const { batchSize, dropLast, prefetch, collate } = settings;
    const examples = this[Symbol.asyncIterator]();
    const ahead: Promise<IteratorResult<T>>[] = [];
    let batch: T[] = [];
    let left = skip * batchSize;
    try {
      for (;;) {
        while (ahead.length < 1 + prefetch * batchSize) {
          const next = examples.next();
          // It is awaited when its turn comes; until then a failure must not count as unhandled.
          next.catch(() => {});
          ahead.push(next);
        }
        const { done, value } = await ahead.shift()!;
        if (done) break;
        if (left > 0) left--;
        else if (batch.push(value) === batchSize) {
          yield await collate(batch);
          batch = [];
        }
      }
      if (batch.length > 0 && !dropLast) yield await collate(batch);
    } finally {
      // Not awaited: it waits for what was fetched ahead.
      examples.return?.()?.catch(() => {});
    }
  }
}

/**
 * Streams one after the other. Source: torch.utils.data.ChainDataset.
 *
 * @throws OptionError for what cannot be iterated.
 */
export class ChainDataset<T> extends IterableDataset<T> {
  readonly datasets: readonly AsyncIterable<T>[];
  constructor(datasets: Iterable<AsyncIterable<T>>) {
    super();
    const list = [...datasets];
    for (const dataset of list) {
      if (typeof dataset?.[Symbol.asyncIterator] !== 'function')
        throw new OptionError('ChainDataset only supports IterableDataset');
    }
    this.datasets = list;
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (const dataset of this.datasets) yield* dataset;
  }
}
