/** Methods of modules that nothing needs before there is a tensor: init() installs them on Module, with the device. */
import type { DType } from '../core/dtype.ts';
import { checkFunction, describe, GradError, OptionError } from '../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import type { DeviceName } from '../tensor/device.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { addBackwardHook, type BackwardHook, type BackwardPreHook } from './backward-hooks.ts';
import { type ConversionOptions, castModule, convert } from './conversion.ts';
import { addForwardHook, addForwardPreHook, visible } from './forward-hooks.ts';
import { callWith, type FunctionalCallOptions } from './functional-call.ts';
import { checkName, type ForwardHook, type ForwardPreHook, type HookHandle, Module, onceDown } from './module.ts';
import { Parameter } from './parameter.ts';
import {
  addStateHook,
  collectState,
  type LoadResult,
  type LoadStateDictOptions,
  type LoadStateDictPostHook,
  type LoadStateDictPreHook,
  loadState,
  type StateDict,
  type StateDictHook,
  type StateDictOptions,
  type StateDictPreHook,
  setMember,
} from './state-dict.ts';

/** Where a hook goes. */
export interface HookOptions {
  /** Before the hooks that are there already. Default false. */
  readonly prepend?: boolean;
}
/** Settings of {@link Module.registerForwardHook}. */
export interface ForwardHookOptions extends HookOptions {
  /** Call it with null as output when forward throws, too. Default false. */
  readonly alwaysCall?: boolean;
}

/** The methods of every module that init() brings. */
export interface ModuleMethods {
  /** For functionalCall() of lumigrad/func. @internal */
  callWith(tensors: unknown, args: readonly unknown[], options?: FunctionalCallOptions): unknown;
  /** Calls `fn` on every module below, then on this. Returns this. */
  apply(fn: (module: Module) => void): this;
  /** Switches requiresGrad of all parameters. Returns this. */
  requiresGrad_(on?: boolean): this;
  /** Drops all gradients, or sets them to zero with `setToNone: false`. */
  zeroGrad(...rest: OptionalArgs<[setToNone: boolean], { readonly setToNone?: boolean }>): void;
  /**
   * Another dtype for floating parameters and buffers, or (awaited) another device. The parameters stay the same objects. Make
   * the optimizer afterwards.
   *
   * @throws DTypeError for a dtype that is not floating.
   * @example
   * const layer = new nn.Linear(2, 3);
   * layer.to('float16').weight.dtype; // 'float16'
   * await layer.to('cpu');
   */
  to(dtype: Extract<DType, `float${string}`>): this;
  to(device: DeviceName, options?: DType | ConversionOptions): Promise<this>;
  to(options: ConversionOptions): this | Promise<this>;
  /** Casts floating parameters and buffers to float32. Returns this. */
  float(): this;
  /** Casts floating parameters and buffers to float16. Returns this. */
  half(): this;
  /** Casts floating parameters and buffers to float64, on the CPU. Returns this. */
  double(): this;
  /** Casts floating parameters and buffers. Returns this. */
  type(dtype: DType): this;
  /** Moves to the CPU. */
  cpu(): Promise<this>;

  /**
   * Makes a parameter, or null, part of the module, as property `name`.
   *
   * @throws OptionError for a name that is taken, or what is no parameter.
   */
  registerParameter(name: string, parameter: Parameter | null): void;
  /** Makes a module part of this one, as property `name`. */
  addModule(name: string, module: Module | null): void;
  /** The same as {@link addModule}. */
  registerModule(name: string, module: Module | null): void;
  /**
   * The module of a dotted name, as in the state dict; `''` is this one.
   *
   * @throws OptionError when there is none.
   * @example
   * const model = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU());
   * String(model.getSubmodule('1')); // 'ReLU()'
   */
  getSubmodule(target: string): Module;
  /** Puts a module in the place of the one of a dotted name. */
  setSubmodule(target: string, module: Module): void;
  /** The parameter of a dotted name, as in the state dict. */
  getParameter(target: string): Parameter;
  /** The buffer of a dotted name, as in the state dict. */
  getBuffer(target: string): Tensor;

  /** Parameters and persistent buffers by name, sharing memory with the module. Keys are PyTorch's. */
  stateDict(options?: StateDictOptions): StateDict;
  /**
   * Copies the values of a state dict into this module, or with `assign: true` takes its tensors over.
   *
   * @throws ShapeError with PyTorch's list of missing and unexpected keys and size mismatches; nothing is changed then.
   */
  loadStateDict(
    state: StateDict | Readonly<Record<string, Tensor>>,
    ...rest: OptionalArgs<[strict: boolean, assign: boolean], LoadStateDictOptions>
  ): LoadResult;

  /** Called before forward with its inputs; may return others. */
  registerForwardPreHook(hook: ForwardPreHook, options?: HookOptions): HookHandle;
  /** Called after forward with inputs and output; may return another output. */
  registerForwardHook(hook: ForwardHook, options?: ForwardHookOptions): HookHandle;
  /**
   * Called when the gradients of the module's inputs are known, with them and those of its outputs; may return others for the
   * inputs. Source: torch.nn.Module.register_full_backward_hook.
   *
   * @example
   * const layer = new nn.ReLU();
   * layer.registerFullBackwardHook((module, gradInput, gradOutput) => [gradInput[0]!.mul(10)]);
   * const x = ones([2], { requiresGrad: true });
   * layer.forward(x).sum().backward();
   * await x.grad!.tolist(); // [10, 10]
   */
  registerFullBackwardHook(hook: BackwardHook, options?: HookOptions): HookHandle;
  /** Called with the gradients of the module's outputs before they are used; may return others. */
  registerFullBackwardPreHook(hook: BackwardPreHook, options?: HookOptions): HookHandle;
  /** Called before stateDict() collects the state of this module. */
  registerStateDictPreHook(hook: StateDictPreHook): HookHandle;
  /** Called with the state dict after this module's part was added; may change it. */
  registerStateDictPostHook(hook: StateDictHook): HookHandle;
  /** Called before this module takes its part of a state dict; may change the dict. */
  registerLoadStateDictPreHook(hook: LoadStateDictPreHook): HookHandle;
  /** Called after this module was loaded, with the missing and unexpected keys, which it may change. */
  registerLoadStateDictPostHook(hook: LoadStateDictPostHook): HookHandle;
}

type Bodies = {
  [K in keyof ModuleMethods]: (this: Module, ...args: never[]) => unknown;
};

const bodies = {
  apply(this: Module, fn: (module: Module) => void): Module {
    checkFunction('apply', fn);
    onceDown(this, () => {
      for (const child of this.children()) child.apply(fn);
    });
    fn(this);
    return this;
  },
  requiresGrad_(this: Module, on = true): Module {
    for (const p of this.parameters()) p.requiresGrad_(on);
    return this;
  },
  zeroGrad(this: Module, ...rest: unknown[]): void {
    const { setToNone = true } = optionalArgs<{ setToNone: boolean }>('zeroGrad', ['setToNone'], rest);
    for (const p of this.parameters()) {
      if (!p.requiresGrad) continue;
      if (setToNone) p.grad = null;
      else p.grad?.zero_();
    }
  },
  to(this: Module, target: DType | DeviceName | ConversionOptions, second?: DType | ConversionOptions): unknown {
    return convert(this, target, second);
  },
  float(this: Module): Module {
    return castModule(this, 'float32');
  },
  half(this: Module): Module {
    return castModule(this, 'float16');
  },
  double(this: Module): Module {
    return castModule(this, 'float64');
  },
  type(this: Module, dtype: DType): Module {
    return castModule(this, dtype);
  },
  cpu(this: Module): unknown {
    return convert(this, 'cpu');
  },

  registerParameter(this: Module, name: string, parameter: Parameter | null): void {
    checkName(this, 'parameter', name, isFree(this, name));
    const here = this.constructor.name;
    if (parameter !== null && !(parameter instanceof Parameter))
      throw new OptionError(
        `cannot assign '${describe(parameter)}' object to parameter '${name}' (torch.nn.Parameter or None required)\n  in ${here}: write new nn.Parameter(tensor)`,
      );
    if (parameter && !parameter.isLeaf)
      throw new GradError(
        `Cannot assign non-leaf Tensor to parameter '${name}'. Model parameters must be created explicitly. To express '${name}' as a function of another Tensor, compute the value in the forward() method.\n  in ${here}`,
      );
    Reflect.set(this, name, parameter);
  },
  addModule(this: Module, name: string, module: Module | null): void {
    if (module !== null && !(module instanceof Module))
      throw new OptionError(`${describe(module)} is not a Module subclass\n  in ${this.constructor.name}.addModule`);
    checkName(this, 'module', name, isFree(this, name));
    Reflect.set(this, name, module);
  },
  registerModule(this: Module, name: string, module: Module | null): void {
    this.addModule(name, module);
  },
  getSubmodule(this: Module, target: string): Module {
    let found: Module = this;
    for (const name of target === '' ? [] : target.split('.')) {
      const member = new Map(found.members()).get(name);
      if (member === undefined || member === null) missing(found, name);
      if (!(member instanceof Module)) throw new OptionError(`\`${name}\` is not an nn.Module\n  in ${target}`);
      found = member;
    }
    return found;
  },
  setSubmodule(this: Module, target: string, module: Module): void {
    if (target === '') throw new OptionError('Cannot set the submodule without a target name!');
    const [parent, name] = parentOf(this, target);
    const member = new Map(parent.members()).get(name);
    if (member !== undefined && !(member instanceof Module))
      throw new OptionError(`\`${name}\` is not an nn.Module\n  in ${target}`);
    setMember(parent, name, module);
  },
  getParameter(this: Module, target: string): Parameter {
    const [parent, name] = parentOf(this, target);
    const found = new Map(parent.members()).get(name) ?? missing(parent, name);
    if (!(found instanceof Parameter)) throw new OptionError(`\`${name}\` is not an nn.Parameter\n  in ${target}`);
    return found;
  },
  getBuffer(this: Module, target: string): Tensor {
    const [parent, name] = parentOf(this, target);
    const found = new Map(parent.ownBuffers()).get(name);
    if (found) return found;
    if (!new Map(parent.members()).get(name)) missing(parent, name);
    throw new OptionError(`\`${name}\` is not a buffer\n  in ${target}`);
  },

  callWith(this: Module, tensors: unknown, args: readonly unknown[], options?: FunctionalCallOptions): unknown {
    return callWith(this, tensors, args, options);
  },
  stateDict(this: Module, options?: StateDictOptions): StateDict {
    return collectState(this, options);
  },
  loadStateDict(this: Module, state: StateDict, ...rest: unknown[]): LoadResult {
    return loadState(this, state, optionalArgs<LoadStateDictOptions>('loadStateDict', ['strict', 'assign'], rest));
  },

  registerForwardPreHook(this: Module, hook: ForwardPreHook, options?: HookOptions): HookHandle {
    checkFunction('registerForwardPreHook', hook);
    const { prepend = false } = optionalArgs<HookOptions>('registerForwardPreHook', ['prepend'], [options]);
    return addForwardPreHook(this, (module, inputs) => visible(inputs, () => hook(module, inputs)), prepend);
  },
  registerForwardHook(this: Module, hook: ForwardHook, options?: ForwardHookOptions): HookHandle {
    checkFunction('registerForwardHook', hook);
    const names = ['prepend', 'alwaysCall'] as const;
    const given = optionalArgs<ForwardHookOptions>('registerForwardHook', names, [options]);
    const { prepend = false, alwaysCall = false } = given;
    const shown: ForwardHook = (module, inputs, output) => visible(output, () => hook(module, inputs, output));
    return addForwardHook(this, shown, prepend, alwaysCall);
  },
  registerFullBackwardHook(this: Module, hook: BackwardHook, options?: HookOptions): HookHandle {
    checkFunction('registerFullBackwardHook', hook);
    const { prepend = false } = optionalArgs<HookOptions>('registerFullBackwardHook', ['prepend'], [options]);
    return addBackwardHook(this, 'after', hook, prepend);
  },
  registerFullBackwardPreHook(this: Module, hook: BackwardPreHook, options?: HookOptions): HookHandle {
    checkFunction('registerFullBackwardPreHook', hook);
    const { prepend = false } = optionalArgs<HookOptions>('registerFullBackwardPreHook', ['prepend'], [options]);
    return addBackwardHook(this, 'before', hook, prepend);
  },
  registerStateDictPreHook(this: Module, hook: StateDictPreHook): HookHandle {
    checkFunction('registerStateDictPreHook', hook);
    return addStateHook(this, 'collecting', hook);
  },
  registerStateDictPostHook(this: Module, hook: StateDictHook): HookHandle {
    checkFunction('registerStateDictPostHook', hook);
    return addStateHook(this, 'collected', hook);
  },
  registerLoadStateDictPreHook(this: Module, hook: LoadStateDictPreHook): HookHandle {
    checkFunction('registerLoadStateDictPreHook', hook);
    return addStateHook(this, 'loading', hook);
  },
  registerLoadStateDictPostHook(this: Module, hook: LoadStateDictPostHook): HookHandle {
    checkFunction('registerLoadStateDictPostHook', hook);
    return addStateHook(this, 'loaded', hook);
  },
} satisfies Bodies;

/** A field that awaits its value is null until then. */
const isFree = (module: Module, name: string): boolean => (Reflect.get(module, name) ?? null) === null;

function missing(module: Module, name: string): never {
  throw new OptionError(`${module.constructor.name} has no attribute \`${name}\``);
}
function parentOf(module: Module, target: string): [Module, string] {
  const path = target.split('.');
  const name = path.pop()!;
  return [module.getSubmodule(path.join('.')), name];
}
export function installModuleMethods(): void {
  for (const [name, value] of Object.entries(bodies))
    Object.defineProperty(Module.prototype, name, { value, writable: true, configurable: true });
}
