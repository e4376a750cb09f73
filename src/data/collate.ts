import type { TypedArray } from '../core/dtype.ts';
import { DTypeError, ShapeError, wrongType } from '../core/errors.ts';
import { fromArray, tensor } from '../tensor/create.ts';
import { stack } from '../tensor/functions/core.ts';
import { Tensor } from '../tensor/tensor.ts';

/** What {@link defaultCollate} makes of examples of type T. */
export type Collated<T> = T extends Tensor | number | boolean | TypedArray
  ? Tensor
  : T extends string
    ? string[]
    : T extends readonly unknown[]
      ? { -readonly [K in keyof T]: Collated<T[K]> }
      : T extends object
        ? { [K in keyof T]: Collated<T[K]> }
        : unknown;

/**
 * Joins examples into a batch: tensors of one shape are stacked, numbers and typed arrays become tensors, strings a list; in
 * tuples and plain objects, entry by entry. Whole numbers become int32, as in tensor(). Source:
 * torch.utils.data.default_collate.
 *
 * @throws ShapeError for examples of different sizes, DTypeError for what cannot be joined.
 * @example
 * const [x, y] = defaultCollate([[randn([3]), 0], [randn([3]), 1]]); // (2, 3) and (2)
 */
export function defaultCollate<T>(examples: readonly T[]): Collated<T> {
  if (!Array.isArray(examples) || examples.length === 0)
    wrongType('defaultCollate', 'examples', 'a non-empty list', examples);
  return join(examples) as Collated<T>;
}

function join(examples: readonly unknown[]): unknown {
  const [first] = examples;
  const odd = examples.findIndex((e) => kind(e) !== kind(first));
  if (odd > 0) {
    throw new DTypeError(
      `default_collate: the examples of a batch must be alike; the first is ${kind(first)}, number ${odd} is ${kind(examples[odd])}\n` +
        '  give the DataLoader a { collate } function of your own',
    );
  }
  if (first instanceof Tensor) return stack(examples as readonly Tensor[]);
  if (typeof first === 'number' || typeof first === 'boolean') return tensor(examples as readonly number[]);
  if (typeof first === 'string') return examples;
  if (ArrayBuffer.isView(first)) return joinArrays(examples as readonly TypedArray[]);
  if (Array.isArray(first)) {
    const lists = examples as readonly (readonly unknown[])[];
    if (lists.some((e) => e.length !== first.length))
      throw new ShapeError('each element in list of batch should be of equal size');
    return first.map((_, i) => join(lists.map((e) => e[i])));
  }
  if (typeof first === 'object' && first !== null) {
    const objects = examples as readonly Readonly<Record<string, unknown>>[];
    return Object.fromEntries(Object.keys(first).map((key) => [key, join(objects.map((e) => e[key]))]));
  }
  throw new DTypeError(
    `default_collate: batch must contain tensors, numbers, typed arrays, lists or objects; found ${first === null ? 'null' : typeof first}\n` +
      '  give the DataLoader a { collate } function of your own',
  );
}

/** What an example is, for joining. A number may stand among booleans. */
function kind(example: unknown): string {
  if (example instanceof Tensor) return 'Tensor';
  if (Array.isArray(example)) return 'a list';
  if (ArrayBuffer.isView(example)) return example.constructor.name;
  if (example === null) return 'null';
  return typeof example === 'boolean' ? 'number' : typeof example;
}

function joinArrays(examples: readonly TypedArray[]): Tensor {
  const { length } = examples[0]!;
  if (examples.some((e) => e.length !== length))
    throw new ShapeError('each element in list of batch should be of equal size');
  const Rows = examples[0]!.constructor as new (length: number) => TypedArray;
  const all = new Rows(examples.length * length);
  examples.forEach((e, i) => {
    all.set(e, i * length);
  });
  return fromArray(all, [examples.length, length]);
}
