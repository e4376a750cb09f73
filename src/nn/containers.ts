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
  [Symbol.iterator](): Iterator<M> {
    return this.entries()[Symbol.iterator]();
  }
  /** Names are the user's, and stay as they are. */
  override *members(): Generator<[string, unknown]> {
    yield* Object.entries(this);
  }

  /** All of them, in order; one module may stand in several places. */
  protected entries(): M[] {
    return Object.values(this).filter((value): value is M => value instanceof Module);
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
