/** Schedulers that multiply the rate by a factor of the epoch. */
import { describe, OptionError } from '../../core/errors.ts';
import type { OptionalArgs } from '../../tensor/arguments.ts';
import { type Loaded, plain } from '../plain.ts';
import {
  checkLength,
  LRScheduler,
  type Schedulable,
  type SchedulerOptions,
  type SchedulerState,
  schedulerOptions,
} from './scheduler.ts';

/** A factor for each epoch; one function for all groups, or one for each. */
export type LrLambda = ((epoch: number) => number) | readonly ((epoch: number) => number)[];

abstract class FunctionalLR extends LRScheduler {
  readonly lrLambdas: readonly ((epoch: number) => number)[];

  constructor(name: string, optimizer: Schedulable, lrLambda: LrLambda, options: readonly unknown[]) {
    super(optimizer, schedulerOptions<SchedulerOptions>(name, [], options as []).lastEpoch);
    const { length } = this.groups;
    if (typeof lrLambda === 'function') this.lrLambdas = new Array<typeof lrLambda>(length).fill(lrLambda);
    else {
      if (!Array.isArray(lrLambda))
        throw new OptionError(`lr_lambda should be a function, but got ${describe(lrLambda)}`);
      if (lrLambda.length !== length)
        throw new OptionError(`Expected ${length} lr_lambdas, but got ${lrLambda.length}`);
      this.lrLambdas = [...lrLambda];
    }
    for (const fn of this.lrLambdas)
      if (typeof fn !== 'function') throw new OptionError(`lr_lambda should be a function, but got ${describe(fn)}`);
  }
  override stateDict(): SchedulerState {
    return { ...super.stateDict(), lr_lambdas: this.lrLambdas.map(() => null) };
  }
}

/**
 * The first rate times a function of the epoch. Source: torch.optim.lr_scheduler.LambdaLR.
 *
 * @throws OptionError for what is no function, or another number of functions than of groups.
 * @example
 * const optimizer = new optim.SGD(model.parameters(), { lr: 1 });
 * const scheduler = new optim.lrScheduler.LambdaLR(optimizer, (epoch) => 0.5 ** epoch);
 * optimizer.step();
 * scheduler.step();
 * scheduler.getLastLr(); // [0.5]
 */
export class LambdaLR extends FunctionalLR {
  constructor(
    optimizer: Schedulable,
    lrLambda: LrLambda,
    ...options: OptionalArgs<[lastEpoch: number], SchedulerOptions>
  ) {
    super('LambdaLR', optimizer, lrLambda, options);
    this.start();
  }
  protected override nextLrs(): number[] {
    return this.baseLrs.map((lr, i) => lr * this.lrLambdas[i]!(this.lastEpoch));
  }
}

/**
 * The rate before, times a function of the epoch. Source: torch.optim.lr_scheduler.MultiplicativeLR.
 *
 * @throws OptionError for what is no function, or another number of functions than of groups.
 * @example
 * const optimizer = new optim.SGD(model.parameters(), { lr: 1 });
 * const scheduler = new optim.lrScheduler.MultiplicativeLR(optimizer, () => 0.5);
 * for (let i = 0; i < 2; i++) {
 *   optimizer.step();
 *   scheduler.step();
 * }
 * scheduler.getLastLr(); // [0.25]
 */
export class MultiplicativeLR extends FunctionalLR {
  constructor(
    optimizer: Schedulable,
    lrLambda: LrLambda,
    ...options: OptionalArgs<[lastEpoch: number], SchedulerOptions>
  ) {
    super('MultiplicativeLR', optimizer, lrLambda, options);
    this.start();
  }
  protected override nextLrs(): number[] {
    return this.currentLrs().map((lr, i) => (this.isInitial ? lr : lr * this.lrLambdas[i]!(this.lastEpoch)));
  }
}

/** Settings of {@link StepLR} and {@link MultiStepLR}. */
export interface StepLROptions extends SchedulerOptions {
  /** The factor. Default 0.1. */
  readonly gamma?: number;
}

/**
 * Times gamma every stepSize epochs. Source: torch.optim.lr_scheduler.StepLR.
 *
 * @throws OptionError for a stepSize of 0.
 * @example
 * const scheduler = new optim.lrScheduler.StepLR(optimizer, 30, 0.1);
 * const { step_size, gamma } = scheduler.stateDict();
 * [step_size, gamma]; // [30, 0.1]
 */
export class StepLR extends LRScheduler {
  readonly stepSize: number;
  readonly gamma: number;

  constructor(optimizer: Schedulable, stepSize: number, ...options: OptionalArgs<[gamma: number], StepLROptions>) {
    const { gamma = 0.1, lastEpoch } = schedulerOptions<StepLROptions>('StepLR', ['gamma'], options);
    checkLength('StepLR', 'stepSize', stepSize);
    super(optimizer, lastEpoch);
    this.stepSize = stepSize;
    this.gamma = gamma;
    this.start();
  }
  protected override saved() {
    return { stepSize: 'step_size', gamma: 'gamma' };
  }
  protected override nextLrs(): number[] {
    const stays = this.lastEpoch === 0 || this.lastEpoch % this.stepSize !== 0;
    return this.currentLrs().map((lr) => (stays ? lr : lr * this.gamma));
  }
  protected override closedForm(): number[] {
    return this.baseLrs.map((lr) => lr * this.gamma ** Math.floor(this.lastEpoch / this.stepSize));
  }
}

/**
 * Times gamma at each of the milestones. Source: torch.optim.lr_scheduler.MultiStepLR.
 *
 * @example
 * const optimizer = new optim.SGD(model.parameters(), { lr: 1 });
 * const scheduler = new optim.lrScheduler.MultiStepLR(optimizer, [1, 3], 0.5);
 * for (let i = 0; i < 3; i++) {
 *   optimizer.step();
 *   scheduler.step();
 * }
 * scheduler.getLastLr(); // [0.25]
 */
export class MultiStepLR extends LRScheduler {
  /** In order; one that stands twice counts twice. */
  readonly milestones: readonly number[];
  readonly gamma: number;

  constructor(
    optimizer: Schedulable,
    milestones: Iterable<number>,
    ...options: OptionalArgs<[gamma: number], StepLROptions>
  ) {
    const { gamma = 0.1, lastEpoch } = schedulerOptions<StepLROptions>('MultiStepLR', ['gamma'], options);
    super(optimizer, lastEpoch);
    this.milestones = [...milestones].sort((a, b) => a - b);
    this.gamma = gamma;
    this.start();
  }
  protected override saved() {
    return { milestones: 'milestones', gamma: 'gamma' };
  }
  override loadStateDict(loaded: Loaded<SchedulerState>): void {
    const state = plain(loaded);
    const { milestones } = state ?? {};
    // PyTorch counts how often each stands there.
    const counted = typeof milestones === 'object' && milestones !== null && !Array.isArray(milestones);
    const list = () =>
      Object.entries(milestones as Record<string, number>).flatMap(([at, n]) => new Array<number>(n).fill(Number(at)));
    super.loadStateDict(counted ? { ...state, milestones: list().sort((a, b) => a - b) } : state);
  }
  protected override nextLrs(): number[] {
    const times = this.milestones.filter((at) => at === this.lastEpoch).length;
    return this.currentLrs().map((lr) => (times === 0 ? lr : lr * this.gamma ** times));
  }
  protected override closedForm(): number[] {
    const times = this.milestones.filter((at) => at <= this.lastEpoch).length;
    return this.baseLrs.map((lr) => lr * this.gamma ** times);
  }
}

/** Settings of {@link ConstantLR}. */
export interface ConstantLROptions extends SchedulerOptions {
  /** The factor of the first epochs. Default 1/3. */
  readonly factor?: number;
  /** How many these are. Default 5. */
  readonly totalIters?: number;
}

/**
 * A factor in the first epochs, and none after. Source: torch.optim.lr_scheduler.ConstantLR.
 *
 * @throws OptionError for a factor outside of [0, 1], and in epoch totalIters for a factor of 0: it cannot be taken back.
 * @example
 * const optimizer = new optim.SGD(model.parameters(), { lr: 1 });
 * new optim.lrScheduler.ConstantLR(optimizer, { factor: 0.5, totalIters: 4 }).getLastLr(); // [0.5]
 */
export class ConstantLR extends LRScheduler {
  readonly factor: number;
  readonly totalIters: number;

  constructor(
    optimizer: Schedulable,
    ...options: OptionalArgs<[factor: number, totalIters: number], ConstantLROptions>
  ) {
    const given = schedulerOptions<ConstantLROptions>('ConstantLR', ['factor', 'totalIters'], options);
    const { factor = 1 / 3, totalIters = 5, lastEpoch } = given;
    if (!(factor >= 0 && factor <= 1))
      throw new OptionError('Constant multiplicative factor expected to be between 0 and 1.');
    super(optimizer, lastEpoch);
    this.factor = factor;
    this.totalIters = totalIters;
    this.start();
  }
  protected override saved() {
    return { factor: 'factor', totalIters: 'total_iters' };
  }
  protected override nextLrs(): number[] {
    const { factor, lastEpoch, totalIters } = this;
    if (lastEpoch === 0) return this.currentLrs().map((lr) => lr * factor);
    if (lastEpoch !== totalIters) return this.currentLrs();
    if (factor === 0)
      throw new OptionError(
        'ConstantLR: a factor of 0 cannot be taken back\n  let another scheduler go on then: SequentialLR(optimizer, [constant, other], [totalIters])',
      );
    return this.currentLrs().map((lr) => lr / factor);
  }
  protected override closedForm(): number[] {
    const over = this.lastEpoch >= this.totalIters ? 1 : 0;
    return this.baseLrs.map((lr) => lr * (this.factor + over * (1 - this.factor)));
  }
}

/** Settings of {@link LinearLR}. */
export interface LinearLROptions extends SchedulerOptions {
  /** The factor of the first epoch. Default 1/3. */
  readonly startFactor?: number;
  /** The factor at the end. Default 1. */
  readonly endFactor?: number;
  /** Epochs until then. Default 5. */
  readonly totalIters?: number;
}

/**
 * A factor that goes from one number to another in even steps: warm-up. Source: torch.optim.lr_scheduler.LinearLR.
 *
 * @throws OptionError for factors outside of (0, 1] and [0, 1].
 * @example
 * const optimizer = new optim.SGD(model.parameters(), { lr: 1 });
 * const scheduler = new optim.lrScheduler.LinearLR(optimizer, { startFactor: 0.5, totalIters: 2 });
 * optimizer.step();
 * scheduler.step();
 * scheduler.getLastLr(); // [0.75]
 */
export class LinearLR extends LRScheduler {
  readonly startFactor: number;
  readonly endFactor: number;
  readonly totalIters: number;

  constructor(
    optimizer: Schedulable,
    ...options: OptionalArgs<[startFactor: number, endFactor: number], LinearLROptions>
  ) {
    const names = ['startFactor', 'endFactor', 'totalIters'] as const;
    const given = schedulerOptions<LinearLROptions>('LinearLR', names, options);
    const { startFactor = 1 / 3, endFactor = 1, totalIters = 5, lastEpoch } = given;
    if (!(startFactor > 0 && startFactor <= 1)) {
      throw new OptionError('Starting multiplicative factor expected to be greater than 0 and less or equal to 1.');
    }
    if (!(endFactor >= 0 && endFactor <= 1))
      throw new OptionError('Ending multiplicative factor expected to be between 0 and 1.');
    super(optimizer, lastEpoch);
    this.startFactor = startFactor;
    this.endFactor = endFactor;
    this.totalIters = totalIters;
    this.start();
  }
  protected override saved() {
    return { startFactor: 'start_factor', endFactor: 'end_factor', totalIters: 'total_iters' };
  }
  protected override nextLrs(): number[] {
    const { startFactor, endFactor, totalIters, lastEpoch } = this;
    if (lastEpoch === 0) return this.currentLrs().map((lr) => lr * startFactor);
    if (this.isInitial || lastEpoch > totalIters) return this.currentLrs();
    const before = totalIters * startFactor + (lastEpoch - 1) * (endFactor - startFactor);
    return this.currentLrs().map((lr) => lr * (1 + (endFactor - startFactor) / before));
  }
  protected override closedForm(): number[] {
    const { startFactor, endFactor, totalIters } = this;
    const done = Math.min(totalIters, this.lastEpoch);
    return this.baseLrs.map((lr) => lr * (startFactor + ((endFactor - startFactor) * done) / totalIters));
  }
}

/**
 * Times gamma every epoch. Source: torch.optim.lr_scheduler.ExponentialLR.
 *
 * @example
 * const optimizer = new optim.SGD(model.parameters(), { lr: 1 });
 * const scheduler = new optim.lrScheduler.ExponentialLR(optimizer, 0.5);
 * optimizer.step();
 * scheduler.step();
 * scheduler.getLastLr(); // [0.5]
 */
export class ExponentialLR extends LRScheduler {
  readonly gamma: number;

  constructor(optimizer: Schedulable, gamma: number, ...options: OptionalArgs<[lastEpoch: number], SchedulerOptions>) {
    super(optimizer, schedulerOptions<SchedulerOptions>('ExponentialLR', [], options).lastEpoch);
    this.gamma = gamma;
    this.start();
  }
  protected override saved() {
    return { gamma: 'gamma' };
  }
  protected override nextLrs(): number[] {
    return this.currentLrs().map((lr) => (this.isInitial ? lr : lr * this.gamma));
  }
  protected override closedForm(): number[] {
    return this.baseLrs.map((lr) => lr * this.gamma ** this.lastEpoch);
  }
}

/** Settings of {@link PolynomialLR}. */
export interface PolynomialLROptions extends SchedulerOptions {
  /** Epochs until the rate is 0. Default 5. */
  readonly totalIters?: number;
  /** The power of what is left of them. Default 1. */
  readonly power?: number;
}

/**
 * Down to 0 as a power of the epochs that are left. Source: torch.optim.lr_scheduler.PolynomialLR.
 *
 * @example
 * const optimizer = new optim.SGD(model.parameters(), { lr: 1 });
 * const scheduler = new optim.lrScheduler.PolynomialLR(optimizer, { totalIters: 4 });
 * optimizer.step();
 * scheduler.step();
 * scheduler.getLastLr(); // [0.75]
 */
export class PolynomialLR extends LRScheduler {
  readonly totalIters: number;
  readonly power: number;

  constructor(
    optimizer: Schedulable,
    ...options: OptionalArgs<[totalIters: number, power: number], PolynomialLROptions>
  ) {
    const given = schedulerOptions<PolynomialLROptions>('PolynomialLR', ['totalIters', 'power'], options);
    super(optimizer, given.lastEpoch);
    this.totalIters = given.totalIters ?? 5;
    this.power = given.power ?? 1;
    this.start();
  }
  protected override saved() {
    return { totalIters: 'total_iters', power: 'power' };
  }
  protected override nextLrs(): number[] {
    const { totalIters, lastEpoch } = this;
    if (this.isInitial || lastEpoch > totalIters) return this.currentLrs();
    const factor = ((1 - lastEpoch / totalIters) / (1 - (lastEpoch - 1) / totalIters)) ** this.power;
    return this.currentLrs().map((lr) => lr * factor);
  }
  protected override closedForm(): number[] {
    const left = 1 - Math.min(this.totalIters, this.lastEpoch) / this.totalIters;
    return this.baseLrs.map((lr) => lr * left ** this.power);
  }
}
