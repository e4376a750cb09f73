/** Base of the optimizers: parameter groups, state, and updates over whole arenas. */

import { apply } from '../autograd/apply.ts';
import { withGradMode } from '../autograd/grad-mode.ts';
import { Var } from '../autograd/var.ts';
import type { DType } from '../core/dtype.ts';
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
import { formatShape, sameShape } from '../core/shape.ts';
import { adjacent, makeHomes, moveIntoArena, zerosInArena } from '../graph/arena.ts';
import { type Recorder, Storage } from '../graph/node.ts';
import { inScope } from '../graph/scope.ts';
import type { OpName } from '../ops/index.ts';
import type { Attrs, Scalar } from '../ops/types.ts';
import { Tensor } from '../tensor/tensor.ts';

/** Parameters with settings of their own. */
export type ParamGroup<O> = O & { params: Tensor[] };
type Group<O> = Partial<O> & { readonly params: Iterable<Tensor> | Tensor };
/** What optimizers take: parameters, or groups of them with settings of their own. */
export type Params<O> = Iterable<Tensor> | Iterable<Group<O>>;

/** What a step keeps for one parameter. */
export interface ParamState {
  step: number;
  /** By PyTorch's name: exp_avg, exp_avg_sq, momentum_buffer. */
  readonly buffers: Map<string, Storage>;
}

/** The plain data of `stateDict()`, in PyTorch's spelling. */
export interface OptimizerState {
  readonly state: Readonly<Record<number, Readonly<Record<string, number | Tensor>>>>;
  readonly param_groups: readonly Readonly<Record<string, unknown>>[];
}

/** One dispatch's worth: parameters that lie side by side in all arenas and share a step count. */
export interface Run {
  readonly params: readonly Tensor[];
  readonly states: readonly ParamState[];
  readonly step: number;
}

/**
 * What all optimizers share. Parameters move into one allocation when the optimizer is made, and so do gradients and state, so that
 * an update is one dispatch, whatever the number of parameters.
 *
 * @example
 * const optimizer = new optim.SGD([
 *   { params: [ones([2], { requiresGrad: true })], lr: 0.1 },
 *   { params: [ones([3], { requiresGrad: true })] },
 * ], { lr: 0.01 });
 * optimizer.paramGroups[0]!.lr = 0.05;
 * optimizer.paramGroups[1]!.lr; // 0.01
 */
export abstract class Optimizer<O extends object = object> {
  /** The groups, whose settings may be changed between steps: `optimizer.paramGroups[0].lr = 1e-4`. */
  readonly paramGroups: ParamGroup<O>[] = [];
  protected readonly states = new Map<Tensor, ParamState>();
  private readonly defaults: O;
  private readonly title: string;

  constructor(title: string, params: Params<O>, options: Partial<O>, defaults: O) {
    this.title = title;
    checkOptions(title, options, Object.keys(defaults));
    this.defaults = { ...defaults, ...options };
    if (
      params instanceof Tensor ||
      typeof (params as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] !== 'function'
    ) {
      throw new OptionError(
        `params argument given to the optimizer should be an iterable of Tensors or dicts, but got ${describe(params)}\n  give model.parameters(), or [tensor]`,
      );
    }
    const list = [...params] as (Tensor | Group<O>)[];
    if (list.length === 0) throw new OptionError('optimizer got an empty parameter list');
    if (list.every(isGroup<O>)) for (const group of list) this.addParamGroup(group);
    else this.addParamGroup({ params: list as Tensor[] } as Partial<O> & { params: Tensor[] });
  }

  /** Names of the state tensors of one parameter under these settings, all starting at zero. */
  protected abstract stateNames(group: O): readonly string[];
  /** Checks a group's settings; throws OptionError. */
  protected abstract validate(group: O): void;
  /** The update of one run: op, attributes and scalars. */
  protected abstract update(group: O, run: Run): { op: OpName; attrs: Attrs; scalars: readonly number[] };

  /** Adds parameters with settings of their own. */
  addParamGroup(group: Group<O>): void {
    if (!isGroup<O>(group))
      throw new OptionError(
        `param_group must be a dict, but got ${describe(group)}\n  write { params: [...], lr: 0.1 }`,
      );
    const { params, ...options } = group;
    checkOptions(this.title, options, Object.keys(this.defaults));
    if (!(params instanceof Tensor) && typeof params?.[Symbol.iterator] !== 'function')
      wrongType(this.title, 'params', 'a list of Tensors', params);
    const list = params instanceof Tensor ? [params] : [...params];
    const known = new Set(this.paramGroups.flatMap((g) => g.params));
    for (const p of list) {
      if (!(p instanceof Tensor))
        throw new OptionError(
          `optimizer can only optimize Tensors, but one of the params is ${describe(p)}\n  give model.parameters(), or nothing but groups { params: [...] }`,
        );
      if (!p.isLeaf) throw new GradError("can't optimize a non-leaf Tensor");
      if (known.has(p)) throw new OptionError('some parameters appear in more than one parameter group');
      known.add(p);
    }
    if (new Set(list).size !== list.length)
      throw new OptionError('optimizer contains a parameter group with duplicate parameters');
    const full = { ...this.defaults, ...options, params: list } as ParamGroup<O>;
    this.validate(full);
    this.paramGroups.push(full);
    layOut(list);
  }

  /** Drops the gradients (default), or sets them to zero. */
  zeroGrad(options: { setToNone?: boolean } = {}): void {
    checkOptions('zeroGrad', options, ['setToNone']);
    for (const p of this.paramGroups.flatMap((g) => g.params)) {
      if (!p.impl.leaf) continue;
      if (options.setToNone ?? true) p.grad = null;
      else p.grad?.zero_();
    }
  }

  /**
   * One update of all parameters that have a gradient. Records and submits; awaits nothing.
   *
   * @param closure re-evaluates the model and returns the loss, as in PyTorch.
   */
  step(closure?: () => Tensor): Tensor | undefined {
    if (closure !== undefined) checkFunction('step', closure);
    const loss = closure?.();
    if (loss instanceof Promise) {
      loss.catch(() => {});
      throw new OptionError('step() takes a synchronous closure\n  await what it needs first, then call step(() => …)');
    }
    // Settings may have been changed since the last step.
    for (const group of this.paramGroups) this.validate(group);
    const engines = new Set<Recorder>();
    inScope(() =>
      withGradMode(
        false,
        () => {
          for (const group of this.paramGroups) {
            for (const run of this.runsOf(group)) {
              this.record(group, run);
              engines.add(run.params[0]!.impl.engine);
            }
          }
        },
        'step',
      ),
    );
    for (const engine of engines) engine.flush();
    return loss;
  }

  /** Parameters with gradients, in runs. Creates state where it is missing, and moves stray gradients home. */
  private runsOf(group: ParamGroup<O>): Run[] {
    const active = group.params.filter((p) => p.impl.leaf?.grad);
    for (const p of active) bringHome(p.impl);
    this.createStates(group, active);
    const runs: { params: Tensor[]; states: ParamState[]; step: number }[] = [];
    let previous: Tensor | null = null;
    for (const p of active) {
      const state = this.states.get(p)!;
      state.step++;
      const last = runs[runs.length - 1];
      if (last && previous && last.step === state.step && this.sideBySide(previous, p)) {
        last.params.push(p);
        last.states.push(state);
      } else runs.push({ params: [p], states: [state], step: state.step });
      previous = p;
    }
    return runs;
  }

  private createStates(group: O, active: readonly Tensor[]): void {
    const names = this.stateNames(group);
    const fresh = active.filter((p) => {
      const state = this.states.get(p);
      return !state || names.some((n) => !state.buffers.has(n));
    });
    for (const p of fresh) if (!this.states.has(p)) this.states.set(p, { step: 0, buffers: new Map() });
    for (const name of names) {
      for (const part of byMemory(fresh.filter((p) => !this.states.get(p)!.buffers.has(name)))) {
        const values = zerosInArena(
          part[0]!.impl.engine,
          part[0]!.dtype,
          part.map((p) => p.shape),
        );
        part.forEach((p, i) => {
          this.states.get(p)!.buffers.set(name, new Storage(values[i]!));
        });
      }
    }
  }

  private sideBySide(a: Tensor, b: Tensor): boolean {
    if (a.dtype !== b.dtype || a.device !== b.device) return false;
    if (!adjacent(a.impl.storage.value.buffer, b.impl.storage.value.buffer)) return false;
    if (!adjacent(a.impl.leaf!.grad!.storage.value.place, b.impl.leaf!.grad!.storage.value.place)) return false;
    const [sa, sb] = [this.states.get(a)!, this.states.get(b)!];
    return [...sa.buffers].every(([name, storage]) =>
      adjacent(storage.value.buffer, sb.buffers.get(name)?.value.buffer ?? null),
    );
  }

  private record(group: O, run: Run): void {
    const { op, attrs, scalars } = this.update(group, run);
    const { engine } = run.params[0]!.impl;
    const dtype = run.params[0]!.dtype;
    const storages = [
      run.params.map((p) => p.impl.storage),
      ...this.stateNames(group).map((n) => run.states.map((s) => s.buffers.get(n)!)),
    ];
    const grads = run.params.map((p) => p.impl.leaf!.grad!.storage);
    const tensors = [storages[0]!, grads, ...storages.slice(1)].flat();
    // Gradients may come as a view of another shape over the same elements: all are read in the parameter's shape.
    const layouts = run.params.map((p) => p.impl.storage.value.layout);
    const inputs = [
      ...tensors.map(({ value }, i) => ({ value, layout: layouts[i % layouts.length]! })),
      ...scalars.map((s): Scalar => ({ scalar: s, dtype })),
    ];
    const results = engine.record(op, inputs, { n: run.params.length, ...attrs });
    storages.flat().forEach((storage, i) => {
      storage.replace(results[i]!);
    });
  }

  /** All state as data, in PyTorch's spelling: tensors share memory with the optimizer. */
  stateDict(): OptimizerState {
    const state: Record<number, Record<string, number | Tensor>> = {};
    let index = 0;
    const param_groups = this.paramGroups.map(({ params, ...options }) => {
      const entry = Object.fromEntries(Object.entries(options).map(([k, v]) => [snakeCase(k), v]));
      return { ...entry, params: params.map((p) => this.describe(p, index++, state)) };
    });
    return { state, param_groups };
  }
  private describe(p: Tensor, index: number, into: Record<number, Record<string, number | Tensor>>): number {
    const own = this.states.get(p);
    if (own) {
      into[index] = { step: own.step };
      for (const [name, storage] of own.buffers)
        into[index]![name] = new Tensor(new Var(storage, storage.value.layout));
    }
    return index;
  }

  /**
   * Restores what stateDict() gave. Tensors are copied. All or nothing.
   *
   * @throws OptionError when groups or parameters differ in number or a setting is out of range, ShapeError when a state's
   * shape does not fit, DeviceError when it is on another device.
   */
  loadStateDict(stateDict: OptimizerState): void {
    const settings = this.checkStateDict(stateDict);
    let index = 0;
    this.paramGroups.forEach((group, i) => {
      Object.assign(group, settings[i]);
      const entries = group.params.map(() => stateDict.state[index++]);
      this.createStates(
        group,
        group.params.filter((_, n) => entries[n] !== undefined),
      );
      group.params.forEach((p, n) => {
        const entry = entries[n];
        const own = this.states.get(p);
        if (!entry || !own) return;
        own.step = entry.step as number;
        for (const [name, storage] of own.buffers) {
          const target = new Tensor(new Var(storage, storage.value.layout));
          withGradMode(false, () => target.copy_(entry[name] as Tensor), 'loadStateDict');
        }
      });
    });
  }

  /** The settings given for each group. */
  private checkStateDict(stateDict: OptimizerState): Partial<O>[] {
    const { state, param_groups } = stateDict ?? {};
    if (typeof state !== 'object' || state === null || !Array.isArray(param_groups))
      wrongType('loadStateDict', 'stateDict', 'what stateDict() gave', stateDict);
    if (param_groups.length !== this.paramGroups.length)
      throw new OptionError('loaded state dict has a different number of parameter groups');
    let index = 0;
    return this.paramGroups.map((group, i) => {
      const given = param_groups[i] as Readonly<Record<string, unknown>> | null;
      if (!Array.isArray(given?.params) || given.params.length !== group.params.length) {
        throw new OptionError(
          "loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
        );
      }
      const known = Object.keys(this.defaults);
      const settings = known.map((key) => [key, given[snakeCase(key)]]).filter(([, value]) => value !== undefined);
      const options = Object.fromEntries(settings) as Partial<O>;
      checkOptions(this.title, options, known);
      const merged = { ...group, ...options };
      this.validate(merged);
      for (const p of group.params) checkEntry(state[index], index++, p, this.stateNames(merged));
      return options;
    });
  }
}

/** Throws unless `entry`, where there is one, holds the state of `p`. */
function checkEntry(
  entry: Readonly<Record<string, number | Tensor>> | undefined,
  index: number,
  p: Tensor,
  names: readonly string[],
): void {
  if (entry === undefined) return;
  const place = `loadStateDict: state ${index}`;
  const step: unknown = entry?.step;
  if (typeof step !== 'number' || !Number.isInteger(step) || step < 0)
    throw new OptionError(`${place}: step must be an integer of at least 0, got ${describe(step)}`);
  for (const name of names) {
    const value = entry[name];
    if (!(value instanceof Tensor)) throw new OptionError(`${place}: ${name} must be Tensor, not ${describe(value)}`);
    if (!sameShape(value.shape, p.shape)) {
      throw new ShapeError(
        `${place}: ${name} has shape ${formatShape(value.shape)}, its parameter ${formatShape(p.shape)}`,
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
}

function isGroup<O>(p: unknown): p is Group<O> {
  return typeof p === 'object' && p !== null && 'params' in p;
}

/** Lists of tensors on one device and of one dtype. */
function byMemory(params: readonly Tensor[]): Tensor[][] {
  const parts = new Map<Recorder, Map<DType, Tensor[]>>();
  for (const p of params) {
    const types = parts.get(p.impl.engine) ?? new Map<DType, Tensor[]>();
    parts.set(p.impl.engine, types);
    const list = types.get(p.dtype);
    if (list) list.push(p);
    else types.set(p.dtype, [p]);
  }
  return [...parts.values()].flatMap((types) => [...types.values()]);
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

/** A gradient that was made elsewhere (assigned by hand, or before the optimizer existed) is copied to its place. */
function bringHome(p: Var): void {
  const leaf = p.leaf!;
  const grad = leaf.grad!;
  if (!leaf.home) {
    // requiresGrad was switched on after the optimizer was made.
    [leaf.home] = makeHomes(p.engine, p.dtype, [p.storage.value.numel]) as [typeof leaf.home & object];
  }
  const { home, place } = grad.storage.value;
  if (grad.isWhole && place === leaf.home!.buffer) return;
  const { storage } = apply('copy', [grad])[0]!;
  storage.value.settleIn(leaf.home);
  storage.value.kept = true;
  // Whoever holds the gradient goes on seeing the same memory, unless it is another parameter's gradient too.
  if (grad.isWhole && !home) grad.storage.value = storage.value;
  else leaf.grad = new Var(storage, storage.value.layout);
}
