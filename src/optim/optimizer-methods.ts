/** Methods of optimizers that nothing needs before there is a tensor: init() installs them, with the device. */
import { withGradMode } from '../autograd/grad-mode.ts';
import { Var } from '../autograd/var.ts';
import {
  checkFunction,
  checkOptions,
  DeviceError,
  describe,
  GradError,
  OptionError,
  ShapeError,
  wrongType,
} from '../core/errors.ts';
import { snakeCase } from '../core/names.ts';
import { formatShape, type Shape, sameShape } from '../core/shape.ts';
import { makeHomes, moveIntoArena } from '../graph/arena.ts';
import type { Storage } from '../graph/node.ts';
import { Tensor } from '../tensor/tensor.ts';
import { ArenaOptimizer } from './arena-optimizer.ts';
import { byMemory, type Group, isGroup, Optimizer, type ParamGroup } from './optimizer.ts';
import { type Loaded, plain } from './plain.ts';

/** What may stand in groups beside settings: a name, and what schedulers leave there. */
const beside = ['name', 'initialLr', 'maxLr', 'minLr', 'maxMomentum', 'baseMomentum', 'swaLr'];

/** What an optimizer knows of one parameter, by PyTorch's names: `step`, `exp_avg`, `momentum_buffer` … */
export type ParamEntry = Readonly<Record<string, number | Tensor>>;

/** The plain data of `stateDict()`, in PyTorch's spelling. */
export interface OptimizerState {
  readonly state: Readonly<Record<number, ParamEntry>>;
  readonly param_groups: readonly Readonly<Record<string, unknown>>[];
}

/** Sees an optimizer before or after its step. */
export type StepHook = (optimizer: Optimizer) => void;

/** The methods of every optimizer that init() brings. */
export interface OptimizerMethods<O extends object> {
  /**
   * Adds parameters with settings of their own. They may come with names, as `model.namedParameters()` gives them: all do, or none.
   *
   * @throws OptionError for what is no list of tensors, parameters that are there already, and settings out of range; GradError
   * for tensors that were computed.
   */
  addParamGroup(group: Group<O>): void;
  /** Drops the gradients (default), or sets them to zero. */
  zeroGrad(options?: { setToNone?: boolean }): void;
  /**
   * What the optimizer knows of `p`: nothing before its first step. Tensors share memory with the optimizer. PyTorch's
   * `optimizer.state[p]`.
   */
  state(p: Tensor): ParamEntry;
  /** All state as data, in PyTorch's spelling: tensors share memory with the optimizer. */
  stateDict(): OptimizerState;
  /**
   * Restores what stateDict() gave, here or in PyTorch, also as load() read it from a file; what is not there is forgotten. Tensors are copied. All or nothing, and
   * what does not fit throws at the call. To be awaited: PyTorch counts steps in tensors, and these are read first. Where there
   * are none, all is done when the call returns.
   *
   * @throws OptionError when groups or parameters differ in number or a setting is out of range, ShapeError when a state's
   * shape does not fit, DeviceError when it is on another device; and by `step()` and `stateDict()` before it is done.
   */
  loadStateDict(stateDict: Loaded<OptimizerState>): Promise<void>;
  /** Calls `hook` before every step. */
  registerStepPreHook(hook: StepHook): { remove(): void };
  /** Calls `hook` after every step. */
  registerStepPostHook(hook: StepHook): { remove(): void };
  /** Throws unless `entry` holds the state of `p` under the settings of `group`; `place` names it in errors. */
  checkState(group: ParamGroup<O>, p: Tensor, entry: ParamEntry, place: string): void;
  /** Takes over entries that were checked, of parameters of `group`. */
  setStates(group: ParamGroup<O>, entries: readonly (readonly [p: Tensor, entry: ParamEntry])[]): void;
  /** Forgets what is known of all parameters. */
  clearStates(): void;
  /** Throws unless a step may be made: settings may have been changed since the last. */
  checkSettings(): void;
  /** The loss by a closure, with gradients. */
  evaluate(closure: (() => Tensor) | undefined): Tensor | undefined;
}

/** Optimizers that are reading a state. */
const loading = new WeakSet<Optimizer>();

function checkLoaded(optimizer: Optimizer): void {
  if (loading.has(optimizer))
    throw new OptionError(
      `${optimizer.title}: loadStateDict() is still reading\n  write await optimizer.loadStateDict(…)`,
    );
}

const ofAll = {
  addParamGroup(this: Optimizer, group: Group<object>): void {
    if (!isGroup<object>(group))
      throw new OptionError(
        `param_group must be a dict, but got ${describe(group)}\n  write { params: [...], lr: 0.1 }`,
      );
    const { params, ...options } = group;
    checkOptions(this.title, options, [...this.known, ...beside]);
    const { list, names } = listOf(this, params);
    const known = new Set(this.paramGroups.flatMap((g) => g.params));
    for (const p of list) {
      if (!(p instanceof Tensor))
        throw new OptionError(
          `optimizer can only optimize Tensors, but one of the params is ${describe(p)}\n  give model.parameters(), or nothing but groups { params: [...] }`,
        );
      if (!p.isLeaf) throw new GradError("can't optimize a non-leaf Tensor");
    }
    if (new Set(list).size !== list.length)
      throw new OptionError('optimizer contains a parameter group with duplicate parameters');
    const others = this.paramGroups[0];
    if (others && !others.paramNames !== !names)
      throw new OptionError(
        `all optimizer param groups should be with/without names. cannot add param group ${names ? 'with' : 'without'} names to the optimizer`,
      );
    if (list.some((p) => known.has(p)))
      throw new OptionError('some parameters appear in more than one parameter group');
    const full: ParamGroup<object> = {
      ...this.defaults,
      ...options,
      params: list,
      ...(names && { paramNames: names }),
    };
    if ('differentiable' in full && full.differentiable)
      throw new OptionError(`${this.title}: a step has no gradient of its own\n  leave 'differentiable' out`);
    this.validate(full);
    this.paramGroups.push(full);
    layOut(list);
  },

  zeroGrad(this: Optimizer, options: { setToNone?: boolean } = {}): void {
    checkOptions('zeroGrad', options, ['setToNone']);
    for (const p of this.paramGroups.flatMap((g) => g.params)) {
      if (!p.impl.leaf) continue;
      if (options.setToNone ?? true) p.grad = null;
      else p.grad?.zero_();
    }
  },

  checkSettings(this: Optimizer): void {
    checkLoaded(this);
    for (const group of this.paramGroups) validateRunning(this, group);
  },

  evaluate(this: Optimizer, closure: (() => Tensor) | undefined): Tensor | undefined {
    if (closure === undefined) return;
    checkFunction('step', closure);
    return withGradMode(true, closure, 'step');
  },

  stateDict(this: Optimizer): OptimizerState {
    checkLoaded(this);
    const state: Record<number, ParamEntry> = {};
    let index = 0;
    const param_groups = this.paramGroups.map(({ params, ...options }) => ({
      ...Object.fromEntries(Object.entries(options).map(([k, v]) => [snakeCase(k), v])),
      params: params.map((p) => {
        const entry = this.state(p);
        if (Object.keys(entry).length > 0) state[index] = entry;
        return index++;
      }),
    }));
    return { state, param_groups };
  },

  loadStateDict(this: Optimizer, given: Loaded<OptimizerState>): Promise<void> {
    checkLoaded(this);
    const stateDict = plain(given);
    const { state, param_groups } = stateDict ?? {};
    if (typeof state !== 'object' || state === null || !Array.isArray(param_groups))
      wrongType('loadStateDict', 'stateDict', 'what stateDict() gave', stateDict);
    const counts: Tensor[] = [];
    // With numbers that fit in place of those that are not known yet.
    const fits = checked(
      this,
      withCounts(stateDict, (t) => counts.push(t)),
    );
    if (counts.length > 0) return loadRead(this, stateDict, counts);
    take(this, fits);
    return Promise.resolve();
  },

  registerStepPreHook(this: Optimizer, hook: StepHook): { remove(): void } {
    return addStepHook(this, 'registerStepPreHook', 'before', hook);
  },
  registerStepPostHook(this: Optimizer, hook: StepHook): { remove(): void } {
    return addStepHook(this, 'registerStepPostHook', 'after', hook);
  },
};

/** Each in the order in which they came. */
interface StepHooks {
  readonly before: Set<{ readonly hook: StepHook }>;
  readonly after: Set<{ readonly hook: StepHook }>;
}
const stepHooks = new WeakMap<Optimizer, StepHooks>();

function addStepHook(optimizer: Optimizer, name: string, when: keyof StepHooks, hook: StepHook): { remove(): void } {
  checkFunction(name, hook);
  const own = stepHooks.get(optimizer) ?? wrapStep(optimizer);
  const entry = { hook };
  own[when].add(entry);
  return { remove: () => void own[when].delete(entry) };
}

/** Puts calls of hooks around `step`. */
function wrapStep(optimizer: Optimizer): StepHooks {
  const own: StepHooks = { before: new Set(), after: new Set() };
  stepHooks.set(optimizer, own);
  const inner = optimizer.step.bind(optimizer);
  const call = (when: keyof StepHooks): void => {
    for (const { hook } of [...own[when]]) hook(optimizer);
  };
  optimizer.step = (closure) => {
    call('before');
    const loss = inner(closure);
    if (loss instanceof Promise)
      return loss.then((value) => {
        call('after');
        return value;
      });
    call('after');
    return loss;
  };
  return own;
}

const ofArenas = {
  state(this: ArenaOptimizer, p: Tensor): ParamEntry {
    const own = this.states.get(p);
    if (!own) return {};
    const tensors = [...own.buffers].map(([name, storage]) => [name, asTensor(storage)]);
    return { ...(this.counted && own.counts), ...Object.fromEntries(tensors) };
  },
  checkState(this: ArenaOptimizer, group: object, p: Tensor, entry: ParamEntry, place: string): void {
    for (const name of this.counted ? Object.keys(this.initialCounts(group)) : []) {
      const count: unknown = entry?.[name];
      if (name === 'step' ? !Number.isInteger(count) || (count as number) < 0 : typeof count !== 'number')
        throw new OptionError(`${place}: ${name} must be an integer of at least 0, got ${describe(count)}`);
    }
    for (const name of Object.keys(this.initial(group)))
      if (this.counted || entry?.[name] != null) checkStateTensor(entry?.[name], place, name, p.shape, p);
  },
  setStates(this: ArenaOptimizer, group: object, entries: readonly (readonly [Tensor, ParamEntry])[]): void {
    const names = Object.keys(this.initial(group));
    // PyTorch writes None where there has been no step.
    const given = entries.filter(([, entry]) => this.counted || names.some((name) => entry[name] != null));
    // All at once, so that they lie side by side.
    this.createStates(
      group,
      given.map(([p]) => p),
    );
    withGradMode(
      false,
      () => {
        for (const [p, entry] of given) {
          const { counts, buffers } = this.states.get(p)!;
          // Where nothing is counted, what is there has been stepped at least once.
          for (const name of Object.keys(counts)) counts[name] = (entry[name] as number | undefined) ?? 1;
          for (const [name, storage] of buffers) asTensor(storage).copy_(entry[name] as Tensor);
        }
      },
      'loadStateDict',
    );
  },
  clearStates(this: ArenaOptimizer): void {
    this.states.clear();
  },
};

const asTensor = (storage: Storage): Tensor => new Tensor(new Var(storage, storage.value.layout));

/** A rate may come to 0 or below it under a scheduler, and training goes on, as in PyTorch. */
function validateRunning(optimizer: Optimizer, group: object): void {
  optimizer.validate('lr' in group && (group.lr as number) <= 0 ? { ...group, lr: 1 } : group);
}

/** Tensors of a group, and their names if they have any. */
function listOf(optimizer: Optimizer, params: Group<object>['params']): { list: Tensor[]; names: string[] | null } {
  if (params instanceof Tensor) return { list: [params], names: null };
  if (typeof params?.[Symbol.iterator] !== 'function')
    wrongType(optimizer.title, 'params', 'a list of Tensors', params);
  const items = [...params];
  const pairs = items.filter(
    (item): item is [string, Tensor] => Array.isArray(item) && item.length === 2 && typeof item[0] === 'string',
  );
  if (pairs.length > 0 && pairs.length < items.length)
    throw new OptionError('all optimizer params should be with/without names. Some param names are missing');
  if (pairs.length === 0) return { list: items as Tensor[], names: null };
  return { list: pairs.map(([, p]) => p), names: pairs.map(([name]) => name) };
}

/** Moves parameters into an arena and prepares homes for their gradients. */
function layOut(params: readonly Tensor[]): void {
  for (const part of byMemory(params)) {
    const { engine } = part[0]!.impl;
    moveIntoArena(
      engine,
      part.map((p) => p.impl.storage),
    );
    const homes = makeHomes(
      engine,
      part[0]!.dtype,
      part.map((p) => p.numel()),
    );
    part.forEach((p, i) => {
      const { leaf } = p.impl;
      if (leaf) leaf.home = homes[i]!;
    });
  }
}

/** What a state dict holds for each group. */
interface Fitting {
  readonly settings: object;
  readonly entries: readonly (readonly [Tensor, ParamEntry])[];
}

/** Throws unless everything fits. */
function checked(optimizer: Optimizer, { state, param_groups }: OptimizerState): Fitting[] {
  if (param_groups.length !== optimizer.paramGroups.length)
    throw new OptionError('loaded state dict has a different number of parameter groups');
  return optimizer.paramGroups.map((group, i) => {
    const given = param_groups[i] as Readonly<Record<string, unknown>> | null;
    if (!Array.isArray(given?.params) || given.params.length !== group.params.length) {
      throw new OptionError(
        "loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
      );
    }
    const known = [...Object.keys(optimizer.defaults), ...beside];
    const found = known.map((key) => [key, given[snakeCase(key)]]).filter(([, value]) => value !== undefined);
    const settings = Object.fromEntries(found) as object;
    checkOptions(optimizer.title, settings, known);
    const merged = { ...group, ...settings };
    validateRunning(optimizer, merged);
    const numbers: readonly number[] = given.params;
    const entries = group.params.flatMap((p, j): [Tensor, ParamEntry][] => {
      const number = numbers[j]!;
      const entry = Object.hasOwn(state, number) ? state[number] : undefined;
      if (entry === undefined) return [];
      optimizer.checkState(merged, p, entry, `loadStateDict: state ${number}`);
      return [[p, entry]];
    });
    return { settings: { ...settings, ...namesOf(given.param_names, numbers.length) }, entries };
  });
}

const namesOf = (names: unknown, length: number): { paramNames?: string[] } =>
  Array.isArray(names) && names.length === length ? { paramNames: names.map(String) } : {};

function take(optimizer: Optimizer, fits: readonly Fitting[]): void {
  optimizer.clearStates();
  optimizer.paramGroups.forEach((group, i) => {
    Object.assign(group, fits[i]!.settings);
    optimizer.setStates(group, fits[i]!.entries);
  });
}

/** Numbers that PyTorch may keep in tensors. */
const counts = ['step', 'eta', 'mu', 'mu_product', 'func_evals', 'n_iter', 't', 'prev_loss'];

type Entry = Readonly<Record<string, unknown>>;

/** With what `number` gives in place of tensors where this library has numbers: counts, and settings such as the rate. */
function withCounts({ state, param_groups }: OptimizerState, number: (t: Tensor) => number): OptimizerState {
  const numbers = (entry: Entry, isCount: (name: string) => boolean): Entry =>
    Object.fromEntries(
      Object.entries(entry ?? {}).map(([name, v]) => [name, v instanceof Tensor && isCount(name) ? number(v) : v]),
    );
  const entries = Object.entries(state).map(([index, entry]) => [
    index,
    entry == null ? entry : numbers(entry, (name) => counts.includes(name)),
  ]);
  return {
    state: Object.fromEntries(entries) as OptimizerState['state'],
    param_groups: param_groups.map((group) => (group == null ? group : numbers(group, () => true))),
  };
}

/** Loads with the numbers that tensors hold; until they are read there is no step. */
async function loadRead(optimizer: Optimizer, stateDict: OptimizerState, tensors: readonly Tensor[]): Promise<void> {
  loading.add(optimizer);
  try {
    const values = await Promise.all(tensors.map(async (t) => Number(await t.item())));
    take(
      optimizer,
      checked(
        optimizer,
        withCounts(stateDict, () => values.shift()!),
      ),
    );
  } finally {
    loading.delete(optimizer);
  }
}

/** Throws unless `value` is a tensor of this shape on the device of `p`. */
export function checkStateTensor(value: unknown, place: string, name: string, shape: Shape, p: Tensor): void {
  if (!(value instanceof Tensor)) throw new OptionError(`${place}: ${name} must be Tensor, not ${describe(value)}`);
  if (!sameShape(value.shape, shape)) {
    throw new ShapeError(
      `${place}: ${name} has shape ${formatShape(value.shape)}, its parameter ${formatShape(shape)}`,
    );
  }
  if (value.impl.engine !== p.impl.engine) {
    value.impl.engine.checkAlive('loadStateDict');
    p.impl.engine.checkAlive('loadStateDict');
    throw new DeviceError(
      `${place}: ${name} is on ${value.device}, its parameter on ${p.device}\n  move it first: await tensor.to('${p.device}')`,
    );
  }
}

/** Puts the methods where optimizers find them. */
export function installOptimizerMethods(): void {
  for (const [target, methods] of [
    [Optimizer.prototype, ofAll],
    [ArenaOptimizer.prototype, ofArenas],
  ] as const) {
    for (const [name, value] of Object.entries(methods))
      Object.defineProperty(target, name, { value, writable: true, configurable: true });
  }
}
