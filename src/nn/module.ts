/** class Module: what every layer and model is. */
import { checkFunction, describe, LumigradError, OptionError } from '../core/errors.ts';
import { snakeCase } from '../core/names.ts';
import { inScope } from '../graph/scope.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { markKept } from '../tensor/scope.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { ModuleMethods } from './module-methods.ts';
import { Parameter } from './parameter.ts';

/** Sees a module's inputs before forward; what it returns, a list, replaces them. */
export type ForwardPreHook = (module: Module, inputs: readonly unknown[]) => readonly unknown[] | void;
/** Sees a module's inputs and output after forward; what it returns replaces the output. */
export type ForwardHook = (module: Module, inputs: readonly unknown[], output: unknown) => unknown;
/** What registering a hook returns. */
export interface HookHandle {
  /** Takes the hook out again. */
  remove(): void;
}
/** Which members namedParameters() and its kin list. */
export interface NamedOptions {
  /** What all names start with. Default `''`. */
  readonly prefix?: string;
  /** Those of the modules below too. Default true. */
  readonly recurse?: boolean;
  /** List what stands in several places once. Default true. */
  readonly removeDuplicate?: boolean;
}
type NamedArgs = OptionalArgs<[prefix: string, recurse: boolean], NamedOptions>;
type ParametersArgs = OptionalArgs<[recurse: boolean], { readonly recurse?: boolean }>;

/** Takes part in one call of forward. */
export interface Companion {
  inputs(list: readonly unknown[]): readonly unknown[];
  output(value: unknown): unknown;
}
/** What a module carries besides its properties. */
interface Carried {
  readonly buffers: Map<string, { readonly persistent: boolean }>;
  readonly before: { readonly hook: ForwardPreHook }[];
  readonly after: { readonly hook: ForwardHook; readonly always: boolean }[];
  /** Watches the gradients of a call, where there are backward hooks. */
  companion: (() => Companion) | null;
  /** The computation itself. */
  forward: (...inputs: unknown[]) => unknown;
}

// The modules whose forward is running, outermost first: names the place in errors.
const running: Module[] = [];
const located = new WeakSet<Error>();

/**
 * Base of layers and models. Assign parameters and child modules to properties in the constructor; they are found there, in
 * order. Names in state dicts are the properties' names in snake_case, as PyTorch spells them. As there, those in plain lists and
 * objects are not found: put them into a `ModuleList`, `ModuleDict`, `ParameterList` or `ParameterDict`.
 *
 * Tensors made inside `forward` and not returned from the outermost one are interior: their memory is reused without any
 * action of yours (docs/memory.md).
 *
 * @example
 * class Net extends nn.Module {
 *   fc1 = new nn.Linear(784, 128);
 *   fc2 = new nn.Linear(128, 10);
 *   override forward(x: Tensor): Tensor {
 *     return this.fc2.forward(this.fc1.forward(x).relu());
 *   }
 * }
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: installed by init(), before which there is no tensor
export abstract class Module {
  /** Training mode: dropout drops, batch norm uses the batch. Set with train() and eval(). */
  training = true;
  /** What it has besides its properties. @internal */
  declare readonly carried: Carried;

  constructor() {
    const own = this.forward as Carried['forward'];
    const carried: Carried = { buffers: new Map(), before: [], after: [], companion: null, forward: own };
    Object.defineProperty(this, 'carried', { value: carried });
    // Every call goes through here: scope, hooks and the module's path in errors.
    const forward = (...inputs: unknown[]): unknown => this.call(inputs);
    // Not configurable: a forward that is a field of the class would go past all this, and nobody would notice.
    Object.defineProperty(this, 'forward', {
      get: () => forward,
      set: (fn: typeof own) => {
        checkFunction('forward', fn);
        carried.forward = fn;
      },
      enumerable: false,
    });
    // biome-ignore lint/correctness/noConstructorReturn: only a class whose forward may be such a field pays for the answer
    if (!own) return new Proxy<Module>(this, { defineProperty: refuseForward });
  }

  /** The computation. Override it, as a method and not as a field; call it as `model.forward(x)`. */
  abstract forward(...inputs: never[]): unknown;

  private call(inputs: readonly unknown[]): unknown {
    const { before, after, companion, forward: own } = this.carried;
    if (!own) throw new OptionError(`Module [${this.constructor.name}] is missing the required "forward" function`);
    const due = new Set(after);
    let args = inputs;
    running.push(this);
    try {
      return inScope(() => {
        for (const { hook } of [...before]) {
          const given = notLater('forward pre-hook', hook(this, args)) ?? args;
          args = Array.isArray(given) ? given : [given];
        }
        const beside = companion?.();
        if (beside) args = beside.inputs(args);
        let output = own.apply(this, [...args]);
        if (output instanceof Promise) {
          output.catch(() => {});
          throw new OptionError(
            'forward() must be synchronous: a module is a scope and cannot span an await\n  read values outside of forward()',
          );
        }
        for (const entry of due) {
          due.delete(entry);
          output = notLater('forward hook', entry.hook(this, args, output)) ?? output;
        }
        return beside ? beside.output(output) : output;
      }, markKept);
    } catch (error) {
      for (const { hook, always } of due) {
        try {
          if (always) hook(this, args, null);
        } catch {
          // The first error is the one to report.
        }
      }
      throw locate(error);
    } finally {
      running.pop();
    }
  }

  // ---- children, parameters, buffers ------------------------------------------------------------------------------

  /**
   * Where parameters, buffers and modules may be, by their names in the state. Containers have them elsewhere.
   *
   * @internal
   */
  *members(): Generator<[string, unknown]> {
    for (const [key, value] of Object.entries(this)) yield [snakeCase(key), value];
  }
  /** Modules among the members, with all their names. @internal */
  *ownModules(): Generator<[string, Module]> {
    for (const [name, value] of this.members()) if (value instanceof Module) yield [name, value];
  }
  /** Parameters among the members, with all their names. @internal */
  *ownParameters(): Generator<[string, Parameter]> {
    for (const [name, value] of this.members()) if (value instanceof Parameter) yield [name, value];
  }
  /** Buffers of this module alone. @internal */
  *ownBuffers(persistentOnly = false): Generator<[string, Tensor]> {
    for (const [key, { persistent }] of this.carried.buffers) {
      const value: unknown = Reflect.get(this, key);
      if (value instanceof Tensor && (persistent || !persistentOnly)) yield [snakeCase(key), value];
    }
    // Instances of nn.Buffer.
    for (const [name, value] of this.members()) {
      const { persistent } = (value ?? {}) as { readonly persistent?: boolean };
      if (value instanceof Tensor && (persistent || (persistent === false && !persistentOnly))) yield [name, value];
    }
  }
  private *named<T>(
    op: string,
    rest: readonly unknown[],
    of: (module: Module) => Iterable<[string, T]>,
  ): Generator<[string, T]> {
    const names = ['prefix', 'recurse', 'removeDuplicate'] as const;
    const { prefix = '', recurse = true, removeDuplicate = true } = optionalArgs<NamedOptions>(op, names, rest);
    const seen = new Set<T>();
    for (const [path, m] of recurse ? this.namedModules({ prefix, removeDuplicate }) : [[prefix, this] as const]) {
      for (const [name, value] of of(m)) {
        if (removeDuplicate && seen.has(value)) continue;
        seen.add(value);
        yield [path ? `${path}.${name}` : name, value];
      }
    }
  }

  /** Direct child modules with their names, each once. */
  *namedChildren(): Generator<[string, Module]> {
    const seen = new Set<Module>();
    for (const [name, child] of this.ownModules()) {
      if (!seen.has(child)) yield [name, child];
      seen.add(child);
    }
  }
  /** Direct child modules, each once. */
  *children(): Generator<Module> {
    for (const [, child] of this.namedChildren()) yield child;
  }
  /** This module and all below it, each once unless `removeDuplicate: false`, with dotted names ('' for this). */
  *namedModules(
    ...rest: OptionalArgs<[], Omit<NamedOptions, 'recurse'> & { readonly memo?: Set<Module> }>
  ): Generator<[string, Module]> {
    type Options = NamedOptions & { memo: Set<Module> };
    const options = optionalArgs<Options>('namedModules', ['memo', 'prefix', 'removeDuplicate'], rest);
    const { memo = new Set(), prefix = '', removeDuplicate = true } = options;
    if (removeDuplicate && memo.has(this)) return;
    memo.add(this);
    yield [prefix, this];
    for (const [name, child] of this.ownModules())
      yield* child.namedModules({ memo, removeDuplicate, prefix: prefix ? `${prefix}.${name}` : name });
  }
  /** This module and all below it, each once. */
  *modules(): Generator<Module> {
    for (const [, m] of this.namedModules()) yield m;
  }
  /** All parameters, each once unless `removeDuplicate: false`, with dotted names. */
  namedParameters(...rest: NamedArgs): Generator<[string, Parameter]> {
    return this.named('namedParameters', rest, (m) => m.ownParameters());
  }
  /** All parameters, to hand to an optimizer; with `recurse: false` without those of the modules below. */
  parameters(...rest: ParametersArgs): Parameter[] {
    const options = optionalArgs<NamedOptions>('parameters', ['recurse'], rest);
    return [...this.namedParameters(options)].map(([, p]) => p);
  }
  /** All buffers (tensors that are state but not trained), with dotted names. */
  namedBuffers(...rest: NamedArgs): Generator<[string, Tensor]> {
    return this.named('namedBuffers', rest, (m) => m.ownBuffers());
  }
  /** All buffers: tensors that are state but not trained. */
  buffers(...rest: ParametersArgs): Tensor[] {
    const options = optionalArgs<NamedOptions>('buffers', ['recurse'], rest);
    return [...this.namedBuffers(options)].map(([, b]) => b);
  }
  /**
   * Makes `tensor` part of the module's state, as property `name`, and returns it. Non-persistent ones stay out of state dicts.
   *
   * @example
   * class Centre extends nn.Module {
   *   mean = this.registerBuffer('mean', zeros([3]));
   *   override forward(x: Tensor): Tensor {
   *     return x.sub(this.mean);
   *   }
   * }
   */
  registerBuffer<T extends Tensor | null>(
    name: string,
    tensor: T,
    ...rest: OptionalArgs<[persistent: boolean], { readonly persistent?: boolean }>
  ): T {
    const { persistent = true } = optionalArgs<{ persistent: boolean }>('registerBuffer', ['persistent'], rest);
    // A field that awaits its buffer is null until then.
    const free = this.carried.buffers.has(name) || (Reflect.get(this, name) ?? null) === null;
    checkName(this, 'buffer', name, free);
    if (tensor !== null && !(tensor instanceof Tensor)) {
      throw new OptionError(
        `cannot assign ${describe(tensor)} to buffer '${name}' (torch Tensor or None required)\n  in ${this.constructor.name}`,
      );
    }
    tensor?.keep();
    this.carried.buffers.set(name, { persistent });
    Reflect.set(this, name, tensor);
    return tensor;
  }

  // ---- modes ------------------------------------------------------------------------------------------------------

  /** Sets training mode here and below. Returns this. */
  train(mode = true): this {
    if (typeof mode !== 'boolean') throw new OptionError('training mode is expected to be boolean');
    for (const m of this.modules()) m.training = mode;
    return this;
  }
  /** Sets evaluation mode here and below. Returns this. */
  eval(): this {
    return this.train(false);
  }

  // ---- text -------------------------------------------------------------------------------------------------------

  /** The settings shown in `String(module)`. Override it in your own layers. */
  extraRepr(): string {
    return '';
  }
  /** PyTorch's text, letter for letter. */
  toString(): string {
    const extra = this.extraRepr();
    const settings = extra ? extra.split('\n') : [];
    const children = onceDown(this, () =>
      [...this.ownModules()].map(([name, child]) => `(${name}): ${indent(String(child))}`),
    );
    const name = this.constructor.name;
    if (children.length === 0 && settings.length <= 1) return `${name}(${extra})`;
    return `${name}(\n  ${[...settings, ...children].join('\n  ')}\n)`;
  }
}
export interface Module extends ModuleMethods {}

/** A field is defined after the constructor of this class has run: nothing would be wrapped. */
function refuseForward(target: object, key: PropertyKey, descriptor: PropertyDescriptor): boolean {
  if (key === 'forward')
    throw new OptionError(
      `${target.constructor.name}: forward must be a method, not a field of the class\n  write forward(x) { … } instead of forward = (x) => …; in a constructor, this.forward = fn is fine`,
    );
  return Reflect.defineProperty(target, key, descriptor);
}

/** Throws, in PyTorch's words, for what cannot be the name of a buffer, parameter or module. */
export function checkName(module: Module, kind: string, name: unknown, free: boolean): asserts name is string {
  const here = module.constructor.name;
  if (typeof name !== 'string') throw new OptionError(`${kind} name should be a string. Got ${describe(name)}`);
  if (name === '') throw new OptionError(`${kind} name can't be empty string ""`);
  if (name.includes('.'))
    throw new OptionError(
      kind === 'module'
        ? `module name can't contain ".", got: ${name}`
        : `${kind} name can't contain "."\n  in ${here}: got '${name}'`,
    );
  if (!free)
    throw new OptionError(`attribute '${name}' already exists\n  in ${here}: choose another name for this ${kind}`);
}

/** All lines but the first, moved right. */
export const indent = (text: string): string => text.replaceAll('\n', '\n  ');

const above = new Set<Module>();

/** Goes down into the children of `module`; throws where they lead back to it. */
export function onceDown<T>(module: Module, fn: () => T): T {
  if (above.has(module)) {
    throw new OptionError(
      `${module.constructor.name} contains itself, by way of a property of a module below it\n  keep a reference to a parent in a list: parent = [parent]`,
    );
  }
  above.add(module);
  try {
    return fn();
  } finally {
    above.delete(module);
  }
}

/** What a hook returned; a promise would stand for the tensors that it was to look at. */
function notLater<T>(what: string, result: T): T {
  if (!(result instanceof Promise)) return result;
  result.catch(() => {});
  throw new OptionError(
    `a ${what} must be synchronous: what it returns replaces the tensors\n  keep() what it sees, and read it after forward()`,
  );
}

/** Adds to an error, once, where in the model it happened. */
function locate(error: unknown): unknown {
  if (!(error instanceof LumigradError) || located.has(error)) return error;
  located.add(error);
  const names = [running[0]!.constructor.name];
  for (let i = 1; i < running.length; i++) {
    const name = [...running[i - 1]!.namedModules()].find(([, m]) => m === running[i])?.[0];
    names.push(name ?? running[i]!.constructor.name);
  }
  error.message += `\n  in ${names.join('.')} (${running[running.length - 1]!.constructor.name})`;
  return error;
}
