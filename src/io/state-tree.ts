/** States as JSON and tensors: what checkpoints are made of. */
import { describe, FormatError, OptionError } from '../core/errors.ts';
import { fromArray } from '../tensor/create.ts';
import type { DeviceName } from '../tensor/device.ts';
import { Generator } from '../tensor/impl/random.ts';
import { Tensor } from '../tensor/tensor.ts';
import { quote, type RawTensor } from './elements.ts';
import type { Json } from './json.ts';

/** Anything with a state: modules, optimizers, schedulers, loaders. */
export interface Stateful {
  stateDict(): unknown;
  loadStateDict(state: never): unknown;
}

/** Has `value` a state of its own? */
export function isStateful(value: unknown): value is Stateful {
  const { stateDict, loadStateDict } = (value ?? {}) as Partial<Stateful>;
  return typeof stateDict === 'function' && typeof loadStateDict === 'function';
}

/** A state taken apart. */
export interface Flat {
  readonly json: Json;
  /** By the names that the JSON uses. */
  readonly tensors: readonly (readonly [name: string, tensor: Promise<RawTensor>])[];
}

/** Deeper than any state, and far from what a call stack holds. */
const deepest = 100;

// What JSON has no word for is an object with one key that starts with '$'.
const tagOf = (tag: string, value: Json): Json => new Map([[`$${tag}`, value]]);
/** A copy of a typed array. */
function rawArray(v: unknown): RawTensor | undefined {
  if (v instanceof Int32Array) return { dtype: 'int32', shape: [v.length], data: v.slice() };
  if (v instanceof Uint32Array) return { dtype: 'uint32', shape: [v.length], data: v.slice() };
  if (v instanceof Float32Array) return { dtype: 'float32', shape: [v.length], data: v.slice() };
  if (v instanceof Float64Array) return { dtype: 'float64', shape: [v.length], data: v.slice() };
  return undefined;
}

/**
 * Takes a state apart. Every tensor's read is asked for at once: later writes do not change what was flattened.
 *
 * @throws OptionError for what cannot be saved, naming its place.
 */
export function flatten(value: unknown): Flat {
  const tensors: (readonly [string, Promise<RawTensor>])[] = [];
  const names = new Set<string>();
  const store = (path: string, read: Promise<RawTensor>): string => {
    let name = path;
    for (let i = 2; names.has(name) || name === '__metadata__'; i++) name = `${path}#${i}`;
    names.add(name);
    // Awaited with all others, unless one of those cannot be saved.
    read.catch(() => {});
    tensors.push([name, read]);
    return name;
  };
  const visit = (v: unknown, path: string, depth: number): Json => {
    if (depth > deepest)
      throw new OptionError(
        `saveCheckpoint: ${path.slice(0, 80)}… is nested more than ${deepest} deep\n  does it contain itself?`,
      );
    if (v === null || typeof v === 'boolean' || typeof v === 'string') return v;
    if (typeof v === 'number') return Number.isFinite(v) && !Object.is(v, -0) ? v : tagOf('number', numberText(v));
    if (typeof v === 'bigint') return tagOf('bigint', String(v));
    if (v instanceof Tensor) {
      const { dtype, shape } = v;
      return tagOf(
        'tensor',
        store(
          path,
          v.data().then((data) => ({ dtype, shape, data }) as RawTensor),
        ),
      );
    }
    if (v instanceof Generator) return tagOf('generator', [...v.getState()]);
    const array = rawArray(v);
    if (array) return tagOf('array', store(path, Promise.resolve(array)));
    const inner = (key: unknown, item: unknown): Json =>
      visit(item, path ? `${path}.${String(key)}` : String(key), depth + 1);
    if (Array.isArray(v)) return v.map((item, i) => (item === undefined ? null : inner(i, item)));
    if (isStateful(v)) return visit(v.stateDict(), path, depth + 1);
    if (v instanceof Map)
      return tagOf(
        'map',
        [...v].map(([key, item]) => [visit(key, path, depth + 1), inner(key, item)]),
      );
    if (typeof v === 'object' && [Object.prototype, null].includes(Object.getPrototypeOf(v))) {
      const items = Object.entries(v).filter(([, item]) => item !== undefined);
      const fields = items.map(([key, item]): [string, Json] => [key, inner(key, item)]);
      return fields.some(([key]) => key.startsWith('$')) ? tagOf('object', fields) : new Map(fields);
    }
    throw new OptionError(
      `saveCheckpoint: ${path || 'the state'} is ${describe(v)}, which has no stateDict() and is no plain data`,
    );
  };
  return { json: visit(value, '', 0), tensors };
}

const numberText = (n: number): string => (Object.is(n, -0) ? '-0' : String(n));

/** Writes JSON of Maps: objects would lose a key such as `__proto__`. */
export function jsonText(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (value instanceof Map) return `{${[...value].map(([k, v]) => `${JSON.stringify(k)}:${jsonText(v)}`).join(',')}}`;
  return JSON.stringify(value);
}

const fail = (problem: string): never => {
  throw new FormatError(`checkpoint: ${problem}`);
};

const isPair = (pair: Json): pair is [Json, Json] => Array.isArray(pair) && pair.length === 2;

/** A generator that goes on from a state that a file holds. */
export function generatorFrom(state: unknown): Generator {
  const [seed, stream] = Array.isArray(state) && state.length === 2 ? (state as unknown[]) : [];
  if (typeof seed !== 'number' || typeof stream !== 'number') return fail('a malformed generator');
  const generator = new Generator();
  try {
    generator.setState([seed, stream]);
  } catch (cause) {
    throw new FormatError('checkpoint: a malformed generator', { cause });
  }
  return generator;
}

/** Puts a state together again. Pieces that no JSON has words for are looked at with care: the file may be anyone's. */
export function unflatten(
  json: Json,
  tensors: ReadonlyMap<string, RawTensor>,
  device: DeviceName | undefined,
): unknown {
  const raw = (name: Json): RawTensor => {
    if (typeof name !== 'string') return fail('a malformed tensor');
    return tensors.get(name) ?? fail(`the tensor ${quote(name)} is missing`);
  };
  const pairs = (list: Json): readonly (readonly [Json, Json])[] =>
    Array.isArray(list) && list.every(isPair) ? list : fail('a malformed map');
  const numbers = new Map([['NaN', Number.NaN], ['Infinity', Infinity], ['-Infinity', -Infinity], ['-0', -0]]); // biome-ignore format: a table
  const tagged: Readonly<Record<string, (value: Json) => unknown>> = {
    $number: (v) => (typeof v === 'string' ? numbers.get(v) : undefined) ?? fail('a malformed number'),
    $bigint: (v) => (typeof v === 'string' && /^-?\d{1,1000}$/.test(v) ? BigInt(v) : fail('a malformed bigint')),
    $generator: generatorFrom,
    $tensor: (v) => {
      const { data, shape, dtype } = raw(v);
      return fromArray(data, shape, { dtype, ...(device && { device }) });
    },
    $array: (v) => raw(v).data.slice(),
    $map: (v) => new Map(pairs(v).map(([key, item]) => [visit(key), visit(item)])),
    // fromEntries defines, and does not set: a key named __proto__ is only a key.
    $object: (v) =>
      Object.fromEntries(
        pairs(v).map(([key, item]) => [typeof key === 'string' ? key : fail('a malformed object'), visit(item)]),
      ),
  };
  const visit = (v: Json): unknown => {
    if (Array.isArray(v)) return v.map(visit);
    if (!(v instanceof Map)) return v;
    const [first] = v;
    if (v.size === 1 && first![0].startsWith('$')) {
      const read = Object.hasOwn(tagged, first![0]) ? tagged[first![0]]! : fail(`${quote(first![0])} is not known`);
      return read(first![1]);
    }
    return Object.fromEntries([...v].map(([key, item]) => [key, visit(item)]));
  };
  return visit(json);
}
