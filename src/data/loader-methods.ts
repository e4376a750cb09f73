/** What loaders do beside looping: init() installs it on DataLoader, with the device. */
import { describe, OptionError, wrongType } from '../core/errors.ts';
import { defaultGenerator, Generator, type GeneratorState } from '../tensor/impl/random.ts';
import { DataLoader, type DataLoaderOptions, isStream, loaderChecks } from './data-loader.ts';
import { hasExamples } from './datasets.ts';

/** Where a loader is: what its generator goes on from, and how far the epoch that has begun is. */
export interface DataLoaderState {
  readonly generator: GeneratorState;
  /** Null between epochs. */
  readonly epoch: { readonly generator: GeneratorState; readonly batches: number } | null;
}

/** The methods of every loader that init() brings. */
export interface DataLoaderMethods {
  /**
   * Where the loader is, within an epoch too: the batches that a loop has been given are behind it. Source: torchdata's
   * StatefulDataLoader.
   *
   * @example
   * const loader = new DataLoader(dataset, { batchSize: 32, shuffle: true, seed: 0 });
   * for await (const _ of loader) break;
   * loader.stateDict().epoch!.batches; // 1
   */
  stateDict(): DataLoaderState;
  /**
   * The next loop goes on with exactly the batches that remained when `state` was taken; the dataset and the options must be
   * the same. The default generator is left alone: a checkpoint restores it.
   *
   * @throws OptionError for what is no loader's state; nothing is changed then.
   */
  loadStateDict(state: DataLoaderState): void;
}

function checkLoader(dataset: unknown, options: DataLoaderOptions<never, never>): void {
  const { batchSize = 1, shuffle, sampler, batchSampler, dropLast, seed, generator, prefetch = 2 } = options;
  const stream = isStream(dataset);
  if (!stream) {
    if (!hasExamples(dataset)) {
      throw new OptionError(
        'DataLoader: the dataset needs a length and a get(index) method, or is a list of examples\n  for tensors: new TensorDataset(x, y)',
      );
    }
    const { length } = dataset;
    // Positions are 32-bit integers.
    if (!(Number.isInteger(length) && length >= 0 && length < 2 ** 31))
      throw new OptionError(`DataLoader: the length of the dataset must be an integer in [0, 2^31), got ${length}`);
  }
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new OptionError(`batch_size should be a positive integer value, but got batch_size=${describe(batchSize)}`);
  if (!Number.isInteger(prefetch) || prefetch < 0)
    throw new OptionError(`DataLoader: prefetch must be an integer of at least 0, got ${describe(prefetch)}`);
  if (seed !== undefined && generator) throw new OptionError('DataLoader: give a seed or a generator, not both');
  if (generator !== undefined && !(generator instanceof Generator))
    wrongType('DataLoader', 'generator', 'a Generator', generator, 'make one with new Generator(seed)');
  for (const [name, value] of Object.entries({ sampler, batchSampler })) {
    if (value === undefined) continue;
    if (stream)
      throw new OptionError(`DataLoader with IterableDataset: expected unspecified ${name} option, but got ${name}`);
    if (typeof value[Symbol.iterator] !== 'function') wrongType('DataLoader', name, 'iterable', value);
  }
  if (stream && shuffle) {
    throw new OptionError(
      'DataLoader with IterableDataset: expected unspecified shuffle option, but got shuffle=True\n  in DataLoader: let the dataset shuffle what it yields',
    );
  }
  if (sampler && shuffle) throw new OptionError('sampler option is mutually exclusive with shuffle');
  if (batchSampler && (options.batchSize !== undefined || shuffle || sampler || dropLast)) {
    throw new OptionError(
      'batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last',
    );
  }
  const collate = options.collateFn ?? options.collate;
  if (collate !== undefined && typeof collate !== 'function')
    throw new OptionError('DataLoader: collate must be a function');
}

const methods: DataLoaderMethods & ThisType<DataLoader<unknown, unknown>> = {
  stateDict() {
    return { generator: this.generator.getState(), epoch: this.epoch && { ...this.epoch } };
  },
  loadStateDict(state) {
    const { generator, epoch } = (state ?? {}) as Partial<DataLoaderState>;
    // These look at what they are given.
    new Generator().setState(generator as GeneratorState);
    if (epoch) new Generator().setState(epoch.generator);
    if (epoch === undefined || (epoch && !(Number.isSafeInteger(epoch.batches) && epoch.batches >= 0)))
      wrongType('DataLoader.loadStateDict', 'state', 'what stateDict() gave', state);
    const own = this.generator;
    const now = own === defaultGenerator ? own.getState() : (generator as GeneratorState);
    this.epoch = epoch && { generator: epoch.generator, batches: epoch.batches };
    this.pending = undefined;
    if (epoch) {
      // The order is drawn again, and what is behind is left out.
      this.pending = this.lists();
      if (!isStream(this.dataset) && epoch.batches > 0) {
        own.setState(epoch.generator);
        for (let i = 0; i < epoch.batches; i++) this.pending.next();
      }
    }
    own.setState(epoch?.batches === 0 && own !== defaultGenerator ? epoch.generator : now);
  },
};

export function installLoaderMethods(): void {
  loaderChecks.check = checkLoader;
  Object.assign(DataLoader.prototype, methods);
}
