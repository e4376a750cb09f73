/** Base of the learning rate schedulers. */
import { describe, OptionError, wrongType } from '../../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../../tensor/arguments.ts';
import { Optimizer, type ParamGroup } from '../optimizer.ts';
import { type Loaded, plain } from '../plain.ts';

/** An optimizer with learning rates: any of them. */
export type Schedulable = Optimizer<{ lr: number }>;

/** What schedulers read and write in a group. */
export interface ScheduledGroup extends ParamGroup<{ lr: number }> {
  maxLr?: number;
  minLr?: number;
  swaLr?: number;
  momentum?: number;
  betas?: readonly [number, number];
  maxMomentum?: number;
  baseMomentum?: number;
}

/** Settings of all schedulers. */
export interface SchedulerOptions {
  /** The last epoch that was done, when training is resumed; the groups must know their `initialLr` then. Default -1. */
  readonly lastEpoch?: number;
}

/** A scheduler's state: plain data under PyTorch's names. Functions are not saved. */
export type SchedulerState = Readonly<Record<string, unknown>>;

const epochWarning =
  'The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. Please use ' +
  '`scheduler.step()` to step the scheduler. During the deprecation, if epoch is different from None, the closed form is used ' +
  'instead of the new chainable form, where available.';
const orderWarning =
  'Detected call of `lr_scheduler.step()` before `optimizer.step()`. In PyTorch 1.1.0 and later, you should call them in the ' +
  'opposite order: `optimizer.step()` before `lr_scheduler.step()`.  Failure to do this will result in PyTorch skipping the ' +
  'first value of the learning rate schedule.';

/** Optimizers whose steps are watched, and whether there has been one. */
const stepped = new WeakMap<Schedulable, boolean>();

function watchSteps(optimizer: Schedulable): void {
  if (stepped.has(optimizer)) return;
  stepped.set(optimizer, false);
  optimizer.registerStepPreHook(() => {
    stepped.set(optimizer, true);
  });
}

/** Throws unless it is an optimizer. */
export function checkOptimizer(optimizer: unknown): void {
  if (!(optimizer instanceof Optimizer)) throw new OptionError(`${describe(optimizer)} is not an Optimizer`);
}

/**
 * Throws unless it is a number, and not 0: lengths that are divided by.
 *
 * @throws OptionError
 */
export function checkLength(scheduler: string, name: string, value: unknown): void {
  if (typeof value !== 'number' || Number.isNaN(value) || value === 0)
    throw new OptionError(`${scheduler}: ${name} must be a number other than 0, got ${describe(value)}`);
}

/** One number for each group. */
export function perGroup(name: string, optimizer: Schedulable, value: number | readonly number[]): number[] {
  const { length } = optimizer.paramGroups;
  if (!Array.isArray(value)) return new Array<number>(length).fill(value as number);
  if (value.length !== length) {
    throw new OptionError(
      `${name} must have the same length as optimizer.param_groups. ${name} has ${value.length} values, param_groups has ${length}.`,
    );
  }
  return [...value];
}

/**
 * Base of the schedulers. One of your own overrides `getLr()`, and calls `start()` at the end of its constructor.
 * Source: torch.optim.lr_scheduler.LRScheduler.
 *
 * @example
 * class Halving extends optim.lrScheduler.LRScheduler {
 *   constructor(optimizer: optim.SGD) {
 *     super(optimizer);
 *     this.start();
 *   }
 *   override getLr(): number[] {
 *     return this.baseLrs.map((lr) => lr / 2 ** this.lastEpoch);
 *   }
 * }
 * const scheduler = new Halving(new optim.SGD(model.parameters(), { lr: 1 }));
 * scheduler.getLastLr(); // [1]
 */
export abstract class LRScheduler {
  readonly optimizer: Schedulable;
  /** The rates that the groups started from. */
  baseLrs: number[] = [];
  /** Steps done, counted from 0. */
  lastEpoch: number;
  protected stepCount = 0;
  protected lastLr: number[] = [];
  /** The first step, which is made by the constructor. */
  protected isInitial = false;
  private withinStep = false;

  constructor(optimizer: Schedulable, lastEpoch = -1) {
    checkOptimizer(optimizer);
    this.optimizer = optimizer;
    this.lastEpoch = lastEpoch;
  }

  /** The groups, as schedulers see them. */
  protected get groups(): ScheduledGroup[] {
    return this.optimizer.paramGroups;
  }
  /** The rates as they are. */
  protected currentLrs(): number[] {
    return this.groups.map(({ lr }) => lr);
  }

  /** Notes the groups' first rates, and sets those of the first epoch. The last thing that a constructor does. */
  protected start(): void {
    this.groups.forEach((group, i) => {
      if (this.lastEpoch === -1) group.initialLr ??= group.lr;
      else if (group.initialLr === undefined) {
        throw new OptionError(
          `param 'initial_lr' is not specified in param_groups[${i}] when resuming scheduler with last_epoch >= 0.\n` +
            'This typically happens when:\n' +
            "1. You're trying to resume training from a checkpoint but haven't properly loaded the optimizer state\n" +
            "2. You're using last_epoch >= 0 for a fresh training run (not recommended)",
        );
      }
    });
    this.baseLrs = this.groups.map((group) => group.initialLr!);
    watchSteps(this.optimizer);
    this.initialStep();
  }
  /** Makes the first step again: for schedulers made of others. */
  initialStep(): void {
    this.stepCount = 0;
    this.isInitial = true;
    try {
      this.step();
    } finally {
      this.isInitial = false;
    }
  }

  /** The rates of the current epoch, from those before. Called by step(); what they are can be had of getLastLr(). */
  getLr(): number[] {
    if (!this.withinStep)
      console.warn('To get the last learning rate computed by the scheduler, please use `get_last_lr()`.');
    return this.nextLrs();
  }
  protected nextLrs(): number[] {
    throw new OptionError(`${this.constructor.name}: getLr() is not implemented`);
  }
  /** The rates of the current epoch, from it alone; null where there is no such formula. */
  protected closedForm(): number[] | null {
    return null;
  }
  /** The rates that the last step set. */
  getLastLr(): number[] {
    return [...this.lastLr];
  }

  /** Sets the rates of the next epoch, or (deprecated) of a given one. */
  step(epoch?: number | null): void {
    if (this.stepCount === 1 && stepped.get(this.optimizer) === false) console.warn(orderWarning);
    this.stepCount++;
    if (epoch != null) console.warn(epochWarning);
    this.updateLr(epoch);
  }
  /** Sets the rates of the next epoch, or of a given one, without counting a step: for schedulers made of others. */
  updateLr(epoch?: number | null): void {
    this.lastEpoch = epoch ?? this.lastEpoch + 1;
    this.withinStep = true;
    try {
      this.setLrs((epoch == null ? null : this.closedForm()) ?? this.getLr());
    } finally {
      this.withinStep = false;
    }
  }
  /** Runs as part of a step. */
  protected setLrs(lrs: readonly number[]): void {
    this.groups.forEach((_, i) => {
      const lr: unknown = lrs[i];
      if (!Number.isFinite(lr))
        throw new OptionError(
          `${this.constructor.name}: the rate of group ${i} in epoch ${this.lastEpoch} is ${describe(lr)}`,
        );
    });
    this.groups.forEach((group, i) => {
      group.lr = lrs[i]!;
    });
    this.lastLr = this.currentLrs();
  }

  /** This class's own part of the state: properties, and PyTorch's names of them. */
  protected saved(): Readonly<Record<string, string>> {
    return {};
  }
  private names(): [property: string, key: string][] {
    const base = { baseLrs: 'base_lrs', lastEpoch: 'last_epoch', stepCount: '_step_count', lastLr: '_last_lr' };
    return Object.entries({ ...base, ...this.saved() });
  }
  /** The state as plain data, under PyTorch's names. */
  stateDict(): SchedulerState {
    return Object.fromEntries(
      this.names().map(([property, key]) => {
        const value: unknown = Reflect.get(this, property);
        return [key, Array.isArray(value) ? [...value] : value];
      }),
    );
  }
  /**
   * Restores what stateDict() gave, here or in PyTorch. All or nothing. The optimizer's rates come with its own state.
   *
   * @throws OptionError for what is no state of this scheduler.
   */
  loadStateDict(loaded: Loaded<SchedulerState>): void {
    const state = plain(loaded);
    if (typeof state !== 'object' || state === null)
      wrongType('loadStateDict', 'stateDict', 'what stateDict() gave', state);
    const given = this.names().filter(([, key]) => Object.hasOwn(state, key));
    if (!Object.hasOwn(state, 'last_epoch')) throw new OptionError('loadStateDict: the state has no last_epoch');
    for (const [property, key] of given) {
      const own: unknown = Reflect.get(this, property);
      const value = state[key];
      const fits =
        own === null || value === null || (typeof own === typeof value && Array.isArray(own) === Array.isArray(value));
      if (!fits) wrongType('loadStateDict', key, Array.isArray(own) ? 'a list' : `a ${typeof own}`, value);
    }
    for (const [property, key] of given) {
      const value = state[key];
      Reflect.set(this, property, Array.isArray(value) ? [...value] : value);
    }
  }
}

/** Optional arguments of a scheduler, with lastEpoch always among them. */
export function schedulerOptions<O extends SchedulerOptions>(
  name: string,
  names: readonly (keyof O & string)[],
  given: OptionalArgs<readonly unknown[], O>,
): Partial<O> {
  return optionalArgs<O>(name, [...names, 'lastEpoch'], given as readonly unknown[]);
}
