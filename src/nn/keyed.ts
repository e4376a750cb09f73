/** What the dictionaries of modules and of parameters share. */
import { describe, OptionError } from '../core/errors.ts';
import { Module } from './module.ts';

/** Entries by name: an object, a Map, another container, or a list of pairs. */
export type NamedEntries<T> =
  | Readonly<Record<string, T>>
  | ReadonlyMap<string, T>
  | Keyed<T>
  | Iterable<readonly [string, T]>;

/** The entries of whatever they were given as. */
export function entriesOf<T>(container: Module, method: string, given: NamedEntries<T>): [string, T][] {
  const name = container.constructor.name;
  if (given instanceof Keyed) return [...given.items()];
  if (given instanceof Map) return [...(given as ReadonlyMap<string, T>)];
  if (typeof given !== 'object' || given === null || given instanceof Module)
    throw new OptionError(
      `${name}.${method} should be called with an iterable of key/value pairs, but got ${describe(given)}`,
    );
  if (!(Symbol.iterator in given)) return Object.entries(given as Readonly<Record<string, T>>);
  return [...(given as Iterable<readonly [string, T]>)].map((pair, i) => {
    if (!Array.isArray(pair))
      throw new OptionError(`${name} ${method} sequence element #${i} should be Iterable; is ${describe(pair)}`);
    if (pair.length !== 2)
      throw new OptionError(`${name} ${method} sequence element #${i} has length ${pair.length}; 2 is required`);
    return [pair[0] as string, pair[1] as T];
  });
}

/** Of the container it is asked of, which may be a copy. */
const entryGetter = (key: string) =>
  function (this: Keyed<unknown>): unknown {
    return this.get(key);
  };

/** Entries by name, in order. Any name will do: they are kept apart from the properties. Iterates over the names. */
export abstract class Keyed<T> extends Module implements Iterable<string> {
  private readonly entriesByName = new Map<string, T>();

  /** What is stored for a value; throws for what may not be. */
  protected abstract entry(key: string, value: unknown): T;

  /** Number of entries. */
  get length(): number {
    return this.entriesByName.size;
  }
  /** Number of entries. */
  get size(): number {
    return this.entriesByName.size;
  }
  /** The entry of a name, or undefined. */
  get(key: string): T | undefined {
    return this.entriesByName.get(key);
  }
  /** Is there an entry of this name? */
  has(key: string): boolean {
    return this.entriesByName.has(key);
  }
  /** Sets the entry of a name. Returns this. */
  set(key: string, value: T): this {
    if (typeof key !== 'string')
      throw new OptionError(`${this.constructor.name}: a key should be a string. Got ${describe(key)}`);
    this.entriesByName.set(key, this.entry(key, value));
    // As a property, too, where none is in the way: `dict.conv` is dict.get('conv').
    if (!(key in this)) Object.defineProperty(this, key, { get: entryGetter(key), configurable: true });
    return this;
  }
  /** Takes an entry out. Was there one? */
  delete(key: string): boolean {
    return this.entriesByName.delete(key);
  }
  /** Takes an entry out, and returns it. */
  pop(key: string): T {
    const found = this.entriesByName.get(key);
    if (!this.entriesByName.delete(key))
      throw new OptionError(`'${key}'\n  in ${this.constructor.name}.pop(): there is no such entry`);
    return found as T;
  }
  /** Takes all entries out. */
  clear(): void {
    this.entriesByName.clear();
  }
  /** All names, in order. */
  keys(): IterableIterator<string> {
    return this.entriesByName.keys();
  }
  /** All entries, in order. */
  values(): IterableIterator<T> {
    return this.entriesByName.values();
  }
  /** Names and entries, in order. */
  items(): IterableIterator<[string, T]> {
    return this.entriesByName.entries();
  }
  [Symbol.iterator](): Iterator<string> {
    return this.keys();
  }
  override *members(): Generator<[string, unknown]> {
    yield* this.entriesByName;
  }
  /** Puts a value, as it is, in the place that the state calls `name`. @internal */
  putMember(name: string, value: unknown): void {
    this.entriesByName.set(name, value as T);
  }
  /** Puts a tensor in the place that the state calls `name`. @internal */
  setMember(name: string, value: unknown): void {
    this.set(name, value as T);
  }
}
