/** torch.utils.data's datasets made of others. */
import { describe, OptionError, ShapeError, wrongType } from '../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { type Generator, generatorOr, permutation } from '../tensor/impl/random.ts';
import type { Collated } from './collate.ts';
import { type Dataset, type Examples, exampleAt, Subset } from './dataset.ts';

/** Can examples be taken from it by position? */
export function hasExamples(dataset: unknown): dataset is Examples<unknown> {
  const { length, get } = (dataset ?? {}) as Partial<Dataset<unknown>>;
  return (
    Array.isArray(dataset) || ArrayBuffer.isView(dataset) || (typeof length === 'number' && typeof get === 'function')
  );
}

function checkDataset(place: string, dataset: unknown): void {
  const { getBatches } = (dataset ?? {}) as { getBatches?: unknown };
  if (getBatches) throw new OptionError(`${place} does not support IterableDataset`);
  if (!hasExamples(dataset)) wrongType(place, 'datasets', 'datasets', dataset);
}

/**
 * Datasets one after the other. Source: torch.utils.data.ConcatDataset.
 *
 * @throws OptionError for an empty list.
 * @example
 * const both = new ConcatDataset([dataset, dataset]);
 * both.length === 2 * dataset.length; // true
 */
export class ConcatDataset<T> implements Dataset<T, Collated<T>> {
  readonly datasets: readonly Examples<T>[];
  /** Where each dataset ends. */
  readonly cumulativeSizes: readonly number[];

  constructor(datasets: Iterable<Examples<T>>) {
    if (typeof datasets?.[Symbol.iterator] !== 'function')
      wrongType('ConcatDataset', 'datasets', 'a list of datasets', datasets);
    this.datasets = [...datasets];
    if (this.datasets.length === 0)
      throw new OptionError('datasets should not be an empty iterable\n  in ConcatDataset');
    for (const dataset of this.datasets) checkDataset('ConcatDataset', dataset);
    let end = 0;
    this.cumulativeSizes = this.datasets.map(({ length }) => {
      end += length;
      return end;
    });
  }
  get length(): number {
    return this.cumulativeSizes.at(-1)!;
  }
  get(index: number): T | Promise<T> {
    if (!Number.isInteger(index) || index < 0 || index >= this.length)
      throw new ShapeError(`index ${describe(index)} is out of range for a dataset of ${this.length} examples`);
    const which = this.cumulativeSizes.findIndex((end) => index < end);
    return exampleAt(this.datasets[which]!, index - (this.cumulativeSizes[which - 1] ?? 0));
  }
}

type ExampleOf<D> = D extends Examples<infer T> ? T : never;
type StackedExample<S> = S extends readonly [infer Only]
  ? Only extends Readonly<Record<string, Dataset<unknown>>>
    ? Only extends Dataset<unknown>
      ? [ExampleOf<Only>]
      : { [K in keyof Only]: ExampleOf<Only[K]> }
    : [ExampleOf<Only>]
  : { -readonly [K in keyof S]: ExampleOf<S[K]> };

/**
 * Datasets side by side: example i is the list of their examples i, or, for `{ name: dataset }`, an object of them. Source:
 * torch.utils.data.StackDataset.
 *
 * @throws ShapeError for datasets of different lengths.
 * @example
 * const pairs = new StackDataset({ image: dataset, text: { length: 128, get: (i) => `number ${i}` } });
 * (await pairs.get(3)).text; // 'number 3'
 */
export class StackDataset<const S extends readonly unknown[]> implements Dataset<StackedExample<S>> {
  readonly length: number;
  readonly datasets: readonly Examples<unknown>[];
  private readonly names: readonly string[] | null;

  constructor(...datasets: S) {
    const [first] = datasets;
    if (datasets.length === 0) throw new OptionError('At least one dataset should be passed\n  in StackDataset');
    const named = datasets.length === 1 && !hasExamples(first);
    if (named && (typeof first !== 'object' || first === null))
      wrongType('StackDataset', 'datasets', 'datasets', first);
    this.names = named ? Object.keys(first as object) : null;
    this.datasets = (named ? Object.values(first as object) : datasets) as readonly Examples<unknown>[];
    if (this.datasets.length === 0) throw new OptionError('At least one dataset should be passed\n  in StackDataset');
    for (const dataset of this.datasets) checkDataset('StackDataset', dataset);
    this.length = this.datasets[0]!.length;
    if (this.datasets.some(({ length }) => length !== this.length)) {
      const lengths = this.datasets.map((d) => d.length).join(', ');
      throw new ShapeError(`Size mismatch between datasets\n  in StackDataset: they have ${lengths} examples`);
    }
  }
  get(index: number): StackedExample<S> | Promise<StackedExample<S>> {
    const { names } = this;
    const make = (examples: unknown[]): StackedExample<S> =>
      (names ? Object.fromEntries(names.map((name, i) => [name, examples[i]])) : examples) as StackedExample<S>;
    const examples = this.datasets.map((dataset) => exampleAt(dataset, index));
    return examples.some((e) => e instanceof Promise) ? Promise.all(examples).then(make) : make(examples);
  }
}

/** Settings of {@link randomSplit}. */
export interface RandomSplitOptions {
  /** Draws who goes where. Default: the one seeded by manualSeed(). */
  readonly generator?: Generator;
}

/**
 * Parts of a dataset, at random and without overlap: of the given lengths, or, when these add up to 1, of these fractions of it.
 * Source: torch.utils.data.random_split.
 *
 * @throws OptionError unless the lengths add up to the dataset's or the fractions to 1.
 * @example
 * const [train, test] = randomSplit(dataset, [0.75, 0.25], { generator: new Generator(0) });
 * [train.length, test.length]; // [96, 32]
 */
export function randomSplit<T, B = Collated<T>>(
  dataset: Examples<T, B>,
  lengths: readonly number[],
  ...rest: OptionalArgs<[generator: Generator], RandomSplitOptions>
): Subset<T, B>[] {
  const { generator } = optionalArgs<RandomSplitOptions>('randomSplit', ['generator'], rest);
  checkDataset('randomSplit', dataset);
  if (!Array.isArray(lengths) || !lengths.every((n) => typeof n === 'number'))
    wrongType('randomSplit', 'lengths', 'a list of numbers', lengths);
  const sizes = sizesOf(lengths, dataset.length);
  if (sizes.some((n) => !Number.isInteger(n) || n < 0) || sizes.reduce((a, b) => a + b, 0) !== dataset.length) {
    throw new OptionError(
      `Sum of input lengths does not equal the length of the input dataset!\n  in randomSplit: ${describe(lengths)} of ${dataset.length}`,
    );
  }
  const order = permutation(dataset.length, generatorOr('randomSplit', generator));
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return new Subset(dataset, order.subarray(start - size, start));
  });
}

function sizesOf(lengths: readonly number[], total: number): readonly number[] {
  const sum = lengths.reduce((a, b) => a + b, 0);
  if (Math.abs(sum - 1) > 1e-9 || sum > 1 + 1e-9) return lengths;
  lengths.forEach((fraction, i) => {
    if (fraction < 0 || fraction > 1) throw new OptionError(`Fraction at index ${i} is not between 0 and 1`);
  });
  const sizes = lengths.map((fraction) => Math.floor(total * fraction));
  const left = total - sizes.reduce((a, b) => a + b, 0);
  // What rounding left over goes to the first ones, one each.
  for (let i = 0; i < left; i++) sizes[i % sizes.length]!++;
  return sizes;
}
