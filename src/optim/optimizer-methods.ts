/** Methods of optimizers that nothing needs before there is a tensor: init() installs them, with the device. */
import { withGradMode } from '../autograd/grad-mode.ts';
import { Var } from '../autograd/var.ts';
import {
  checkFunction,
  checkOptions,
  DeviceError,
  describe,
  OptionError,
  ShapeError,
  wrongType,
} from '../core/errors.ts';
import { snakeCase } from '../core/names.ts';
import { formatShape, type Shape, sameShape } from '../core/shape.ts';
import type { Storage } from '../graph/node.ts';
import { Tensor } from '../tensor/tensor.ts';
import { ArenaOptimizer } from './arena-optimizer.ts';
import { Optimizer, type ParamGroup, scheduled } from './optimizer.ts';

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
   * What the optimizer knows of `p`: nothing before its first step. Tensors share memory with the optimizer. PyTorch's
   * `optimizer.state[p]`.
   */
  state(p: Tensor): ParamEntry;
  /** All state as data, in PyTorch's spelling: tensors share memory with the optimizer. */
  stateDict(): OptimizerState;
  /**
   * Restores what stateDict() gave, here or in PyTorch. Tensors are copied. All or nothing. PyTorch counts steps in tensors:
   * where they have to be read first, a promise is returned, to be awaited before the next step.
   *
   * @throws OptionError when groups or parameters differ in number or a setting is out of range, ShapeError when a state's
   * shape does not fit, DeviceError when it is on another device.
   */
  loadStateDict(stateDict: OptimizerState): void | Promise<void>;
  /** Calls `hook` before every step. */
  registerStepPreHook(hook: StepHook): { remove(): void };
  /** Calls `hook` after every step. */
  registerStepPostHook(hook: StepHook): { remove(): void };
  /** Throws unless `entry` holds the state of `p` under the settings of `group`; `place` names it in errors. */
  checkState(group: ParamGroup<O>, p: Tensor, entry: ParamEntry, place: string): void;
  /** Takes over an entry that was checked. */
  setState(group: ParamGroup<O>, p: Tensor, entry: ParamEntry): void;
}

const ofAll = {
  stateDict(this: Optimizer): OptimizerState {
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

  loadStateDict(this: Optimizer, stateDict: OptimizerState): void | Promise<void> {
    const { state, param_groups } = stateDict ?? {};
    if (typeof state !== 'object' || state === null || !Array.isArray(param_groups))
      wrongType('loadStateDict', 'stateDict', 'what stateDict() gave', stateDict);
    if (Object.values(state).some((entry) => Object.entries(entry ?? {}).some(isCount)))
      return loadRead(this, stateDict);
    const settings = checkedSettings(this, stateDict);
    let index = 0;
    this.paramGroups.forEach((group, i) => {
      Object.assign(group, settings[i]);
      for (const p of group.params) {
        const entry = state[index++];
        if (entry) this.setState(group, p, entry);
      }
    });
  },

  registerStepPreHook(this: Optimizer, hook: StepHook): { remove(): void } {
    return wrapStep(this, 'registerStepPreHook', hook, (step, run) => {
      run();
      return step();
    });
  },
  registerStepPostHook(this: Optimizer, hook: StepHook): { remove(): void } {
    return wrapStep(this, 'registerStepPostHook', hook, (step, run) => {
      const loss = step();
      if (!(loss instanceof Promise)) {
        run();
        return loss;
      }
      return loss.then((value) => {
        run();
        return value;
      });
    });
  },
};

type Step = Optimizer['step'];

/** Puts something around `step`, until it is removed. */
function wrapStep(
  optimizer: Optimizer,
  name: string,
  hook: StepHook,
  around: (step: () => ReturnType<Step>, run: () => void) => ReturnType<Step>,
): { remove(): void } {
  checkFunction(name, hook);
  const inner = optimizer.step.bind(optimizer);
  let active = true;
  optimizer.step = (closure) =>
    around(
      () => inner(closure),
      () => active && hook(optimizer),
    );
  return {
    remove: () => {
      active = false;
    },
  };
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
    for (const name of Object.keys(this.initial(group))) checkStateTensor(entry[name], place, name, p.shape, p);
  },
  setState(this: ArenaOptimizer, group: object, p: Tensor, entry: ParamEntry): void {
    this.createStates(group, [p]);
    const { counts, buffers } = this.states.get(p)!;
    // Where nothing is counted, what is there has been stepped at least once.
    for (const name of Object.keys(counts)) counts[name] = (entry[name] as number | undefined) ?? 1;
    withGradMode(
      false,
      () => {
        for (const [name, storage] of buffers) asTensor(storage).copy_(entry[name] as Tensor);
      },
      'loadStateDict',
    );
  },
};

const asTensor = (storage: Storage): Tensor => new Tensor(new Var(storage, storage.value.layout));

/** The settings given for each group, once everything has been found to fit. */
function checkedSettings(optimizer: Optimizer, { state, param_groups }: OptimizerState): object[] {
  if (param_groups.length !== optimizer.paramGroups.length)
    throw new OptionError('loaded state dict has a different number of parameter groups');
  let index = 0;
  return optimizer.paramGroups.map((group, i) => {
    const given = param_groups[i] as Readonly<Record<string, unknown>> | null;
    if (!Array.isArray(given?.params) || given.params.length !== group.params.length) {
      throw new OptionError(
        "loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
      );
    }
    const known = [...Object.keys(optimizer.defaults), ...scheduled];
    const settings = known.map((key) => [key, given[snakeCase(key)]]).filter(([, value]) => value !== undefined);
    const options = Object.fromEntries(settings) as object;
    checkOptions(optimizer.title, options, known);
    const merged = { ...group, ...options };
    optimizer.validate(merged);
    for (const p of group.params) {
      const entry = state[index];
      if (entry !== undefined) optimizer.checkState(merged, p, entry, `loadStateDict: state ${index}`);
      index++;
    }
    return options;
  });
}

/** Numbers that PyTorch may keep in tensors. */
const counts = ['step', 'eta', 'mu', 'mu_product', 'func_evals', 'n_iter', 't', 'prev_loss'];

/** Is it a tensor where this library has a number? */
const isCount = ([name, v]: [string, unknown]): boolean => v instanceof Tensor && counts.includes(name);

/** Loads with numbers where PyTorch has tensors of one element. */
async function loadRead(optimizer: Optimizer, { state, param_groups }: OptimizerState): Promise<void> {
  const read = await mapEntries(state as Record<string, ParamEntry>, (entry) =>
    mapEntries(entry, async (v, name) => (isCount([name, v]) ? ((await (v as Tensor).item()) as number) : v)),
  );
  await optimizer.loadStateDict({ state: read, param_groups });
}

async function mapEntries<T>(
  from: Readonly<Record<string, T>>,
  fn: (value: T, name: string) => Promise<T>,
): Promise<Record<string, T>> {
  const entries = Object.entries(from).map(async ([name, value]) => [name, await fn(value, name)] as const);
  return Object.fromEntries(await Promise.all(entries));
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
