/** torch.nn.utils.parametrize: parameters that are functions of others. */
import { describe, OptionError } from '../../core/errors.ts';
import { snakeCase } from '../../core/names.ts';
import { formatShape, sameShape } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../../tensor/arguments.ts';
import { noGrad, Tensor } from '../../tensor/tensor.ts';
import { ModuleList } from '../containers.ts';
import type { Identity } from '../linear.ts';
import type { Module } from '../module.ts';
import { ModuleDict } from '../module-dict.ts';
import { Parameter } from '../parameter.ts';

/** Its forward makes the parameter of what is learnt instead; rightInverse, where it has one, does the contrary. */
export interface Parametrization {
  rightInverse?(value: Tensor): Tensor | readonly Tensor[];
}
/** A parametrization has no inverse for now: the parameter stays as it is. */
export class NoInverse extends OptionError {}

const setQuietly = (t: Tensor, value: Tensor): unknown => noGrad(() => (t === value ? t : t.copy_(value)));
const inverted = (module: Module, value: Tensor): Tensor | readonly Tensor[] => {
  const { rightInverse } = module as Parametrization;
  if (rightInverse) return noGrad(() => rightInverse.call(module, value));
  throw new OptionError(`parametrization ${module.constructor.name} does not implement rightInverse.`);
};
const called = (module: Module, args: readonly Tensor[]): Tensor =>
  (module.forward as (...args: readonly Tensor[]) => Tensor)(...args);

/** What was a parameter, and the modules that make it of its originals: one after the other. */
export class ParametrizationList extends ModuleList {
  /** May the parametrizations change shape and dtype? */
  unsafe: boolean;
  /** How many tensors the first parametrization takes: `original`, or `original0`, `original1`, … */
  readonly ntensors: number;
  readonly isTensor: boolean;

  constructor(modules: readonly Module[], original: Tensor, unsafe: boolean) {
    super(modules);
    this.unsafe = unsafe;
    let value: Tensor | readonly Tensor[] = original;
    for (const module of [...modules].reverse()) {
      if (!(module as Parametrization).rightInverse) continue;
      try {
        value = inverted(module, value as Tensor);
      } catch (error) {
        if (!(error instanceof NoInverse)) throw error;
      }
    }
    this.isTensor = value instanceof Tensor;
    if (!this.isTensor && !Array.isArray(value))
      throw new OptionError(
        `'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got ${describe(value)}`,
      );
    const list = (this.isTensor ? [value] : value) as readonly Tensor[];
    this.ntensors = list.length;
    if (this.isTensor) {
      if (list[0]!.dtype !== original.dtype)
        throw new OptionError(
          `When \`right_inverse\` outputs one tensor, it may not change the dtype.\n  original: ${original.dtype}, rightInverse(original): ${list[0]!.dtype}`,
        );
      if (sameShape(list[0]!.shape, original.shape)) {
        setQuietly(original, list[0]!);
        this.hold('original', original);
      } else {
        this.hold('original', like(original, list[0]!));
      }
    } else for (const [i, t] of list.entries()) this.hold(`original${i}`, like(original, t));
    if (unsafe) return;
    const made = noGrad(() => this.forward() as unknown as Tensor);
    checkLike('Registering a parametrization', original, made);
  }

  private hold(name: string, t: Tensor): void {
    if (t instanceof Parameter) Reflect.set(this, name, t);
    else this.registerBuffer(name, t);
  }
  /** The tensors that are learnt. */
  originals(): Tensor[] {
    const names = this.isTensor ? ['original'] : Array.from({ length: this.ntensors }, (_, i) => `original${i}`);
    return names.map((name) => Reflect.get(this, name) as Tensor);
  }
  /** Sets the originals so that forward gives `value`. */
  rightInverse(value: Tensor): void {
    let result: Tensor | readonly Tensor[] = value;
    for (const module of [...this].reverse()) result = inverted(module, result as Tensor);
    const list = result instanceof Tensor ? [result] : result;
    if (list.length !== this.ntensors)
      throw new OptionError(
        `'right_inverse' must return a sequence of tensors of length ${this.ntensors}. Got a sequence of length ${list.length}.`,
      );
    for (const [i, t] of this.originals().entries()) setQuietly(t, list[i]!);
  }
  override forward(): never {
    const [first, ...others] = this;
    let value = called(first!, this.originals());
    for (const module of others) value = called(module, [value]);
    return value as never;
  }
}

function like(original: Tensor, value: Tensor): Tensor {
  const own = value.detach().clone();
  if (!(original instanceof Parameter)) return own;
  return new Parameter(own, { requiresGrad: original.requiresGrad });
}
function checkLike(what: string, old: Tensor, made: unknown): void {
  if (!(made instanceof Tensor))
    throw new OptionError(`A parametrization must return a tensor. Got ${describe(made)}.`);
  if (made.dtype !== old.dtype)
    throw new OptionError(
      `${what} may not change the dtype of the tensor, unless \`unsafe\` flag is enabled.\nunparametrized dtype: ${old.dtype}\nparametrized dtype: ${made.dtype}`,
    );
  if (!sameShape(made.shape, old.shape))
    throw new OptionError(
      `${what} may not change the shape of the tensor, unless \`unsafe\` flag is enabled.\nunparametrized shape: ${formatShape(old.shape)}\nparametrized shape: ${formatShape(made.shape)}`,
    );
}

interface Parametrized {
  parametrizations?: ModuleDict<ParametrizationList>;
}
/** The parametrizations of a module by the names of their parameters in the state. */
const dictOf = (module: Module): ModuleDict<ParametrizationList> | undefined =>
  (module as Parametrized).parametrizations;

// What cached() remembers while it runs.
let cache: Map<ParametrizationList, Tensor> | null = null;

/**
 * Runs `fn`; in it each parametrized tensor is computed once, when it is first used. Source:
 * torch.nn.utils.parametrize.cached.
 *
 * @example
 * const layer = nn.utils.parametrizations.weightNorm(new nn.Linear(2, 2));
 * nn.utils.parametrize.cached(() => layer.weight === layer.weight); // true
 */
export function cached<T>(fn: () => T): T {
  const outer = cache;
  cache ??= new Map();
  try {
    return fn();
  } finally {
    cache = outer;
  }
}

function current(list: ParametrizationList): Tensor {
  const known = cache?.get(list);
  if (known) return known;
  const made = list.forward() as unknown as Tensor;
  cache?.set(list, made);
  return made;
}

/** A class of its own for the module, with room for properties that are computed. */
function injectClass(module: Module): void {
  const base = module.constructor as new (...args: never[]) => Identity;
  const name = `Parametrized${base.name}`;
  const { [name]: own } = { [name]: class extends base {} };
  Object.setPrototypeOf(module, own!.prototype as object);
  Reflect.set(module, 'parametrizations', new ModuleDict());
}
function injectProperty(module: Module, property: string): void {
  const key = snakeCase(property);
  Object.defineProperty(Object.getPrototypeOf(module), property, {
    get(this: Module) {
      return current(dictOf(this)!.get(key)!);
    },
    set(this: Module, value: Tensor) {
      dictOf(this)!.get(key)!.rightInverse(value);
    },
    configurable: true,
  });
}

/**
 * Makes `module[tensorName]` a function of what is learnt instead: each time it is read, `parametrization.forward(original)` is
 * computed. The state has `parametrizations.weight.original` in its place, or `original0`, `original1` … where
 * `rightInverse` gives several tensors. Several parametrizations are applied one after the other. Returns the module. Source:
 * torch.nn.utils.parametrize.register_parametrization.
 *
 * @throws OptionError for a name that is no parameter or buffer, and for a result of another shape or dtype unless `unsafe`.
 * @example
 * class Symmetric extends nn.Module {
 *   override forward(x: Tensor): Tensor {
 *     return x.triu().add(x.triu(1).t());
 *   }
 * }
 * const layer = nn.utils.parametrize.registerParametrization(new nn.Linear(3, 3), 'weight', new Symmetric());
 * await layer.weight.equal(layer.weight.t()); // true
 * [...layer.stateDict().keys()]; // ['bias', 'parametrizations.weight.original']
 */
export function registerParametrization<M extends Module>(
  module: M,
  tensorName: string,
  parametrization: Module,
  ...rest: OptionalArgs<[unsafe: boolean], { readonly unsafe?: boolean }>
): M {
  const { unsafe = false } = optionalArgs<{ unsafe: boolean }>('registerParametrization', ['unsafe'], rest);
  parametrization.train(module.training);
  const key = snakeCase(tensorName);
  const there = dictOf(module)?.get(key);
  if (there) {
    const old: unknown = Reflect.get(module, tensorName);
    if (!unsafe) checkLike('Registering a parametrization', old as Tensor, called(parametrization, [old as Tensor]));
    there.append(parametrization);
    there.unsafe ||= unsafe;
    return module;
  }
  const original: unknown = Object.hasOwn(module, tensorName) ? Reflect.get(module, tensorName) : undefined;
  const isBuffer = module.carried.buffers.has(tensorName);
  if (!(original instanceof Tensor) || (!(original instanceof Parameter) && !isBuffer))
    throw new OptionError(
      `Module '${module}' does not have a parameter, a buffer, or a parametrized element with name '${tensorName}'`,
    );
  const list = new ParametrizationList([parametrization], original, unsafe);
  Reflect.deleteProperty(module, tensorName);
  module.carried.buffers.delete(tensorName);
  if (!dictOf(module)) injectClass(module);
  injectProperty(module, tensorName);
  dictOf(module)!.set(key, list.train(module.training));
  return module;
}

/** Is a tensor of the module, or any, a function of others? Source: torch.nn.utils.parametrize.is_parametrized. */
export function isParametrized(module: Module, tensorName: string | null = null): boolean {
  const dict = dictOf(module);
  if (!dict) return false;
  return tensorName === null ? dict.length > 0 : dict.has(snakeCase(tensorName));
}

/**
 * Makes `module[tensorName]` a parameter again: with the value that it has, or, with `leaveParametrized: false`, with the one that was
 * learnt instead. Returns the module. Source: torch.nn.utils.parametrize.remove_parametrizations.
 *
 * @throws OptionError when it is not parametrized, or was learnt as several tensors.
 * @example
 * const layer = nn.utils.parametrizations.weightNorm(new nn.Linear(2, 3));
 * nn.utils.parametrize.removeParametrizations(layer, 'weight');
 * [...layer.stateDict().keys()]; // ['bias', 'weight']
 */
export function removeParametrizations<M extends Module>(
  module: M,
  tensorName: string,
  ...rest: OptionalArgs<[leaveParametrized: boolean], { readonly leaveParametrized?: boolean }>
): M {
  const options = optionalArgs<{ leaveParametrized: boolean }>('removeParametrizations', ['leaveParametrized'], rest);
  const { leaveParametrized = true } = options;
  const key = snakeCase(tensorName);
  const list = dictOf(module)?.get(key);
  if (!list) throw new OptionError(`Module ${module} does not have a parametrization on ${tensorName}`);
  if (!list.isTensor && !leaveParametrized)
    throw new OptionError(
      'Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a sequence of tensors.',
    );
  const [first] = list.originals();
  let tensor = first!;
  if (leaveParametrized) {
    const value = noGrad(() => current(list).detach().clone());
    if (list.isTensor && sameShape(tensor.shape, value.shape)) setQuietly(tensor, value);
    else tensor = first instanceof Parameter ? new Parameter(value, { requiresGrad: first.requiresGrad }) : value;
  }
  const own = Object.getPrototypeOf(module) as object;
  Reflect.deleteProperty(own, tensorName);
  dictOf(module)!.delete(key);
  if (tensor instanceof Parameter) Reflect.set(module, tensorName, tensor);
  else module.registerBuffer(tensorName, tensor);
  if (dictOf(module)!.length === 0) {
    Reflect.deleteProperty(module, 'parametrizations');
    Object.setPrototypeOf(module, Object.getPrototypeOf(own) as object);
  }
  return module;
}

/** The class that a module had before it was parametrized. */
export function typeBeforeParametrizations(module: Module): unknown {
  const own = Object.getPrototypeOf(module) as object;
  return ((isParametrized(module) ? Object.getPrototypeOf(own) : own) as object).constructor;
}
