/** class Module: what every layer and model is. */
import { checkFunction, checkOptions, describe, LumigradError, OptionError } from '../core/errors.ts';
import { snakeCase } from '../core/names.ts';
import { inScope } from '../graph/scope.ts';
import { markKept } from '../tensor/scope.ts';
import { noGrad, Tensor } from '../tensor/tensor.ts';
import { Parameter } from './parameter.ts';
import { type LoadResult, loadInto, type StateDict } from './state-dict.ts';

/** Sees a module's inputs before forward; what it returns, a list, replaces them. */
export type ForwardPreHook = (module: Module, inputs: readonly unknown[]) => readonly unknown[] | void;
/** Sees a module's inputs and output after forward; what it returns replaces the output. */
export type ForwardHook = (module: Module, inputs: readonly unknown[], output: unknown) => unknown;
/** What registering a hook returns. */
export interface HookHandle {
  /** Takes the hook out again. */
  remove(): void;
}

// The modules whose forward is running, outermost first: names the place in errors.
const running: Module[] = [];
const located = new WeakSet<Error>();

/**
 * Base of layers and models. Assign parameters and child modules to properties in the constructor; they are found there, in
 * order. Names in state dicts are the properties' names in snake_case, as PyTorch spells them.
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
export abstract class Module {
  /** Training mode: dropout drops, batch norm uses the batch. Set with train() and eval(). */
  training = true;
  private readonly bufferNames = new Map<string, { persistent: boolean }>();
  private readonly preHooks = new Set<ForwardPreHook>();
  private readonly hooks = new Set<ForwardHook>();

  constructor() {
    for (const name of ['bufferNames', 'preHooks', 'hooks']) Object.defineProperty(this, name, { enumerable: false });
    // Every call goes through here: scope, hooks and the module's path in errors.
    let own = this.forward as (...inputs: unknown[]) => unknown;
    const forward = (...inputs: unknown[]): unknown => this.call(own, inputs);
    // Not configurable: a forward that is a field of the class would go past all this, and nobody would notice.
    Object.defineProperty(this, 'forward', {
      get: () => forward,
      set: (fn: typeof own) => {
        checkFunction('forward', fn);
        own = fn;
      },
      enumerable: false,
    });
  }

  /** The computation. Override it, as a method and not as a field; call it as `model.forward(x)`. */
  abstract forward(...inputs: never[]): unknown;

  private call(own: (...inputs: unknown[]) => unknown, inputs: readonly unknown[]): unknown {
    running.push(this);
    try {
      return inScope(() => {
        let args = inputs;
        for (const hook of this.preHooks) {
          const given = notLater('forward pre-hook', hook(this, args)) ?? args;
          args = Array.isArray(given) ? given : [given];
        }
        let output = own.apply(this, [...args]);
        if (output instanceof Promise) {
          output.catch(() => {});
          throw new OptionError(
            'forward() must be synchronous: a module is a scope and cannot span an await\n  read values outside of forward()',
          );
        }
        for (const hook of this.hooks) output = notLater('forward hook', hook(this, args, output)) ?? output;
        return output;
      }, markKept);
    } catch (error) {
      throw locate(error);
    } finally {
      running.pop();
    }
  }

  // ---- children, parameters, buffers ------------------------------------------------------------------------------

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
  /** This module and all below it, each once, with dotted names ('' for this). */
  *namedModules(prefix = '', seen: Set<Module> = new Set()): Generator<[string, Module]> {
    if (seen.has(this)) return;
    seen.add(this);
    yield [prefix, this];
    for (const [name, child] of this.namedChildren())
      yield* child.namedModules(prefix ? `${prefix}.${name}` : name, seen);
  }
  /** This module and all below it, each once. */
  *modules(): Generator<Module> {
    for (const [, m] of this.namedModules()) yield m;
  }
  /** All parameters, each once, with dotted names. */
  *namedParameters(): Generator<[string, Parameter]> {
    const seen = new Set<Parameter>();
    for (const [path, m] of this.namedModules()) {
      for (const [name, p] of m.ownParameters()) {
        if (seen.has(p)) continue;
        seen.add(p);
        yield [path ? `${path}.${name}` : name, p];
      }
    }
  }
  /** All parameters, to hand to an optimizer. */
  parameters(): Parameter[] {
    return [...this.namedParameters()].map(([, p]) => p);
  }
  /** All buffers (tensors that are state but not trained), with dotted names. */
  *namedBuffers(): Generator<[string, Tensor]> {
    for (const [path, m] of this.namedModules()) {
      for (const [name, b] of m.ownBuffers()) yield [path ? `${path}.${name}` : name, b];
    }
  }
  /** All buffers: tensors that are state but not trained. */
  buffers(): Tensor[] {
    return [...this.namedBuffers()].map(([, b]) => b);
  }
  private *ownModules(): Generator<[string, Module]> {
    for (const [key, value] of Object.entries(this)) if (value instanceof Module) yield [snakeCase(key), value];
  }
  private *ownParameters(): Generator<[string, Parameter]> {
    for (const [key, value] of Object.entries(this)) if (value instanceof Parameter) yield [snakeCase(key), value];
  }
  private *ownBuffers(persistentOnly = false): Generator<[string, Tensor]> {
    for (const [key, { persistent }] of this.bufferNames) {
      const value: unknown = Reflect.get(this, key);
      if (value instanceof Tensor && (persistent || !persistentOnly)) yield [snakeCase(key), value];
    }
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
  registerBuffer<T extends Tensor | null>(name: string, tensor: T, options: { persistent?: boolean } = {}): T {
    checkOptions('registerBuffer', options, ['persistent']);
    this.checkBuffer(name, tensor);
    tensor?.keep();
    this.bufferNames.set(name, { persistent: options.persistent ?? true });
    Reflect.set(this, name, tensor);
    return tensor;
  }

  private checkBuffer(name: string, tensor: unknown): void {
    const here = this.constructor.name;
    if (typeof name !== 'string') throw new OptionError(`buffer name should be a string. Got ${describe(name)}`);
    if (name === '') throw new OptionError('buffer name can\'t be empty string ""');
    if (name.includes('.')) throw new OptionError(`buffer name can't contain ".", got '${name}'\n  in ${here}`);
    // A field that awaits its buffer is null until then.
    if (!this.bufferNames.has(name) && (Reflect.get(this, name) ?? null) !== null)
      throw new OptionError(`attribute '${name}' already exists\n  in ${here}: choose another name for this buffer`);
    if (tensor !== null && !(tensor instanceof Tensor)) {
      throw new OptionError(
        `cannot assign ${describe(tensor)} to buffer '${name}' (torch Tensor or None required)\n  in ${here}`,
      );
    }
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
  /** Switches requiresGrad of all parameters. Returns this. */
  requiresGrad_(on = true): this {
    for (const p of this.parameters()) p.requiresGrad_(on);
    return this;
  }
  /** Drops all gradients. */
  zeroGrad(): void {
    for (const p of this.parameters()) if (p.requiresGrad) p.grad = null;
  }
  /** Calls `fn` on every module below, then on this. Returns this. */
  apply(fn: (module: Module) => void): this {
    checkFunction('apply', fn);
    onceDown(this, () => {
      for (const child of this.children()) child.apply(fn);
    });
    fn(this);
    return this;
  }

  // ---- state ------------------------------------------------------------------------------------------------------

  /** Parameters and persistent buffers by name, sharing memory with the module. Keys are PyTorch's. */
  stateDict(): StateDict {
    const state: StateDict = new Map();
    this.collectState(state, '');
    return state;
  }
  /** As in PyTorch, a module that stands in two places is listed under both names. */
  private collectState(state: StateDict, prefix: string): void {
    for (const [name, p] of this.ownParameters()) state.set(prefix + name, p.detach());
    for (const [name, b] of this.ownBuffers(true)) state.set(prefix + name, b.detach());
    onceDown(this, () => {
      for (const [name, child] of this.ownModules()) child.collectState(state, `${prefix}${name}.`);
    });
  }
  /**
   * Copies the values of a state dict into this module.
   *
   * @throws ShapeError with PyTorch's list of missing and unexpected keys and size mismatches; nothing is changed then.
   */
  loadStateDict(state: StateDict | Readonly<Record<string, Tensor>>, options: { strict?: boolean } = {}): LoadResult {
    return noGrad(() => loadInto(this.constructor.name, this.stateDict(), state, options));
  }

  // ---- hooks ------------------------------------------------------------------------------------------------------

  /** Called before forward with its inputs; may return others. */
  registerForwardPreHook(hook: ForwardPreHook): HookHandle {
    checkFunction('registerForwardPreHook', hook);
    this.preHooks.add(hook);
    return { remove: () => this.preHooks.delete(hook) };
  }
  /** Called after forward with inputs and output; may return another output. */
  registerForwardHook(hook: ForwardHook): HookHandle {
    checkFunction('registerForwardHook', hook);
    this.hooks.add(hook);
    return { remove: () => this.hooks.delete(hook) };
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

/** All lines but the first, moved right. */
export const indent = (text: string): string => text.replaceAll('\n', '\n  ');

const above = new Set<Module>();

/** Goes down into the children of `module`; throws where they lead back to it. */
function onceDown<T>(module: Module, fn: () => T): T {
  if (above.has(module)) {
    throw new OptionError(
      `${module.constructor.name} contains itself, by way of a property of a module below it\n  keep a reference to a parent in a private field: #parent`,
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
