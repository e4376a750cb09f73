import { describe, OptionError } from '../core/errors.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkName, indent, Module } from './module.ts';

/** Modules by name. */
export type NamedModules<M extends Module = Module> = Readonly<Record<string, M>> | ReadonlyMap<string, M>;

/** What containers share: children under names of their own, in order. */
abstract class Container<M extends Module> extends Module implements Iterable<M> {
  /** Number of modules. */
  get length(): number {
    return this.entries().length;
  }
  /** The module at a position; negative ones count from the end. */
  at(index: number): M {
    const list = this.entries();
    return list[position(this, index, list.length)]!;
  }
  /** Adds a module at the end. Returns this. */
  append(module: M): this {
    this.enter(String(this.length), module);
    return this;
  }
  /** Adds modules at the end. Returns this. */
  extend(modules: Iterable<M>): this {
    if (typeof (modules as Partial<Iterable<M>> | null)?.[Symbol.iterator] !== 'function')
      throw new OptionError(
        `${this.constructor.name}.extend should be called with an iterable, but got ${describe(modules)}`,
      );
    for (const module of [...modules]) this.append(module);
    return this;
  }
  /** Puts a module before the one at a position; those after it move up. Returns this. */
  insert(index: number, module: M): this {
    checkModule(this, String(index), module);
    const list = this.entries();
    const at = index < 0 ? index + list.length : index;
    if (!Number.isInteger(at) || at < 0 || at > list.length)
      throw new OptionError(
        `Index out of range: ${index}\n  in ${this.constructor.name}.insert() of ${list.length} modules`,
      );
    list.splice(at, 0, module);
    this.renumber(list);
    return this;
  }
  /** Puts a module in the place of another. Returns this. */
  set(index: number, module: M): this {
    const keys = Object.keys(this).filter((key) => Reflect.get(this, key) instanceof Module);
    const key = keys[position(this, index, keys.length)]!;
    checkModule(this, key, module);
    Reflect.set(this, key, module);
    return this;
  }
  /** Takes the module at a position out, and returns it; those after it move down. */
  pop(index = -1): M {
    const list = this.entries();
    const [found] = list.splice(position(this, index, list.length), 1);
    this.renumber(list);
    return found!;
  }
  /** A container of the same kind with the modules from `start` up to `stop`, as Array.prototype.slice. */
  slice(start?: number, stop?: number): this {
    const copy = Reflect.construct(this.constructor, []) as this;
    for (const [name, module] of [...this.ownModules()].slice(start, stop))
      copy.enter(this.nameInSlice(name, copy), module as M);
    return copy;
  }
  [Symbol.iterator](): Iterator<M> {
    return this.entries()[Symbol.iterator]();
  }
  /** Names are the user's, and stay as they are. */
  override *members(): Generator<[string, unknown]> {
    yield* Object.entries(this);
  }

  /** The names stay: only lists are counted from 0 again. */
  protected nameInSlice(name: string, _slice: this): string {
    return name;
  }
  /** All of them, in order; one module may stand in several places. */
  protected entries(): M[] {
    return Object.values(this).filter((value): value is M => value instanceof Module);
  }
  /** The names count on from 0. Those that were given become numbers, too. */
  private renumber(list: readonly M[]): void {
    for (const key of Object.keys(this))
      if (Reflect.get(this, key) instanceof Module) Reflect.deleteProperty(this, key);
    for (const [i, module] of list.entries()) Reflect.set(this, String(i), module);
  }
  protected enter(name: string, module: unknown): void {
    checkModule(this, name, module);
    checkName(this, 'module', name, !(name in this));
    Reflect.set(this, name, module);
  }
}

/** Throws unless what is to be an entry of a container is a module. */
export function checkModule(container: Module, name: string, module: unknown): asserts module is Module {
  if (module instanceof Module) return;
  const got = typeof module === 'function' ? `a function (${module.name || 'anonymous'})` : describe(module);
  throw new OptionError(
    `${container.constructor.name}: entry '${name}' must be a Module, got ${got}\n  write new nn.ReLU() for a layer, or a class with forward() for a function`,
  );
}
/** An index that may count from the end, from the start. */
export function position(container: Module, index: number, length: number): number {
  const at = index < 0 ? index + length : index;
  if (Number.isInteger(at) && at >= 0 && at < length) return at;
  throw new OptionError(
    `index ${index} is out of range\n  in ${container.constructor.name}.at(): it has ${length} modules`,
  );
}

/**
 * Modules one after another, each given the result of the one before. Children are named '0', '1', …, or as in the object or
 * Map given instead. Source: torch.nn.Sequential.
 *
 * @throws OptionError for an entry that is no module.
 * @example
 * const model = new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10));
 * const named = new nn.Sequential({ hidden: new nn.Linear(2, 8), out: new nn.Linear(8, 1) });
 * model.length; // 3
 */
export class Sequential<M extends Module = Module> extends Container<M> {
  constructor(...modules: readonly M[] | readonly [NamedModules<M>]) {
    super();
    const [first] = modules;
    const named = modules.length === 1 && isNamed(first);
    const list = named
      ? first instanceof Map
        ? [...first]
        : Object.entries(first)
      : modules.map((m, i) => [String(i), m] as const);
    for (const [name, module] of list) this.enter(name, module);
  }

  override forward(input: Tensor): Tensor {
    let value: unknown = input;
    for (const module of this) value = (module.forward as (input: unknown) => unknown)(value);
    return value as Tensor;
  }
}

function isNamed(value: unknown): value is NamedModules {
  if (value instanceof Map) return true;
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/**
 * A list of modules that your own forward() calls as it likes. Source: torch.nn.ModuleList.
 *
 * @example
 * const layers = new nn.ModuleList([new nn.Linear(4, 4), new nn.Linear(4, 4)]);
 * let h: Tensor = randn([2, 4]);
 * for (const layer of layers) h = layer.forward(h).relu();
 * h.shape; // [2, 4]
 */
export class ModuleList<M extends Module = Module> extends Container<M> {
  constructor(modules: Iterable<M> = []) {
    super();
    if (typeof (modules as Partial<Iterable<M>>)?.[Symbol.iterator] !== 'function') {
      throw new OptionError(
        'ModuleList: expected a list of modules\n  write new nn.ModuleList([a, b]); several arguments are for nn.Sequential',
      );
    }
    for (const module of modules) this.append(module);
  }
  protected override nameInSlice(_name: string, slice: this): string {
    return String(slice.length);
  }

  override forward(): never {
    throw new OptionError(
      'Module [ModuleList] is missing the required "forward" function\n  call its modules one by one, or use nn.Sequential',
    );
  }

  /** Equal neighbours are printed once, with their number. */
  override toString(): string {
    const runs: { first: number; last: number; text: string }[] = [];
    for (const [i, module] of this.entries().entries()) {
      const text = String(module);
      const previous = runs[runs.length - 1];
      if (previous?.text === text) previous.last = i;
      else runs.push({ first: i, last: i, text });
    }
    const name = this.constructor.name;
    if (runs.length === 0) return `${name}()`;
    const lines = runs.map(({ first, last, text }) =>
      indent(first === last ? `(${first}): ${text}` : `(${first}-${last}): ${last - first + 1} x ${text}`),
    );
    return `${name}(\n  ${lines.join('\n  ')}\n)`;
  }
}
