/** Schedulers that cycle the rate, and the momentum against it. */
import { describe, OptionError } from '../../core/errors.ts';
import { optionalArgs } from '../../tensor/arguments.ts';
import {
  checkLength,
  checkOptimizer,
  LRScheduler,
  perGroup,
  type Schedulable,
  type ScheduledGroup,
  type SchedulerOptions,
} from './scheduler.ts';

/** Settings that cycling schedulers share. A list has a number for each group. */
export interface MomentumOptions extends SchedulerOptions {
  /** Cycle the momentum, or Adam's first beta, against the rate. Default true. */
  readonly cycleMomentum?: boolean;
  /** The momentum where the rate is highest. Default 0.8 for CyclicLR, 0.85 for OneCycleLR. */
  readonly baseMomentum?: number | readonly number[];
  /** The momentum where the rate is lowest. Default 0.9 for CyclicLR, 0.95 for OneCycleLR. */
  readonly maxMomentum?: number | readonly number[];
}

abstract class CyclingLR extends LRScheduler {
  protected cycleMomentum = false;
  protected useBeta1 = false;

  /** Notes the bounds in the groups, and sets the first momentum. */
  protected startMomentum(base: number | readonly number[], max: number | readonly number[]): [number[], number[]] {
    const { defaults } = this.optimizer;
    this.useBeta1 = 'betas' in defaults;
    if (!this.useBeta1 && !('momentum' in defaults))
      throw new OptionError('optimizer must support momentum or beta1 with `cycle_momentum` option enabled');
    const least = perGroup('base_momentum', this.optimizer, base);
    const most = perGroup('max_momentum', this.optimizer, max);
    if (this.lastEpoch === -1) {
      this.groups.forEach((group, i) => {
        this.setMomentum(group, most[i]!);
        group.maxMomentum = most[i]!;
        group.baseMomentum = least[i]!;
      });
    }
    return [least, most];
  }
  protected setMomentum(group: ScheduledGroup, momentum: number): void {
    if (this.useBeta1) group.betas = [momentum, group.betas![1]];
    else group.momentum = momentum;
  }
}

/** Settings of {@link CyclicLR}. */
export interface CyclicLROptions extends MomentumOptions {
  /** Steps of the rising half. Default 2000. */
  readonly stepSizeUp?: number;
  /** Steps of the falling half; null for as many. Default null. */
  readonly stepSizeDown?: number | null;
  /** Cycles of one height, of half the height each, or that shrink by gamma each step. Default 'triangular'. */
  readonly mode?: 'triangular' | 'triangular2' | 'exp_range';
  /** The factor of 'exp_range'. Default 1. */
  readonly gamma?: number;
  /** The height at a cycle or step, instead of `mode`. */
  readonly scaleFn?: ((x: number) => number) | null;
  /** What scaleFn is given: the number of the cycle or of the step. Default 'cycle'. */
  readonly scaleMode?: 'cycle' | 'iterations';
}
const cyclicNames = [
  'stepSizeUp',
  'stepSizeDown',
  'mode',
  'gamma',
  'scaleFn',
  'scaleMode',
  'cycleMomentum',
  'baseMomentum',
  'maxMomentum',
  'lastEpoch',
] as const;

/**
 * Up from baseLr to maxLr and down again, over and over; stepped after every batch (Smith, arXiv 1506.01186). Source:
 * torch.optim.lr_scheduler.CyclicLR.
 *
 * @throws OptionError for an unknown mode, a stepSizeUp of 0, or an optimizer without momentum and without `{ cycleMomentum: false }`.
 * @example
 * const optimizer = new optim.SGD(model.parameters(), { momentum: 0.9 });
 * const scheduler = new optim.lrScheduler.CyclicLR(optimizer, 0.1, 0.5, { stepSizeUp: 2 });
 * optimizer.step();
 * scheduler.step();
 * scheduler.getLastLr(); // [0.3]
 */
export class CyclicLR extends CyclingLR {
  protected maxLrs: number[];
  protected totalSize: number;
  protected stepRatio: number;
  protected mode: string;
  protected gamma: number;
  protected scaleMode: string;
  protected baseMomentums: number[] = [];
  protected maxMomentums: number[] = [];
  private readonly custom: ((x: number) => number) | null;

  constructor(
    optimizer: Schedulable,
    baseLr: number | readonly number[],
    maxLr: number | readonly number[],
    options: CyclicLROptions = {},
  ) {
    checkOptimizer(optimizer);
    const given = optionalArgs<CyclicLROptions>('CyclicLR', cyclicNames, [options]);
    const {
      stepSizeUp = 2000,
      stepSizeDown,
      mode = 'triangular',
      gamma = 1,
      scaleFn = null,
      scaleMode = 'cycle',
    } = given;
    checkLength('CyclicLR', 'stepSizeUp', stepSizeUp);
    if (stepSizeDown != null) checkLength('CyclicLR', 'stepSizeUp + stepSizeDown', stepSizeUp + stepSizeDown);
    super(optimizer, given.lastEpoch);
    const baseLrs = perGroup('base_lr', optimizer, baseLr);
    this.maxLrs = perGroup('max_lr', optimizer, maxLr);
    this.totalSize = stepSizeUp + (stepSizeDown ?? stepSizeUp);
    this.stepRatio = stepSizeUp / this.totalSize;
    if (!['triangular', 'triangular2', 'exp_range'].includes(mode) && !scaleFn)
      throw new OptionError('mode is invalid and scale_fn is None');
    this.mode = mode;
    this.gamma = gamma;
    this.custom = scaleFn;
    this.scaleMode = scaleFn ? scaleMode : mode === 'exp_range' ? 'iterations' : 'cycle';
    if (this.lastEpoch === -1) for (const [i, group] of this.groups.entries()) group.lr = baseLrs[i]!;
    this.cycleMomentum = given.cycleMomentum ?? true;
    if (this.cycleMomentum)
      [this.baseMomentums, this.maxMomentums] = this.startMomentum(given.baseMomentum ?? 0.8, given.maxMomentum ?? 0.9);
    this.start();
    this.baseLrs = baseLrs;
  }
  protected override saved() {
    return {
      maxLrs: 'max_lrs',
      totalSize: 'total_size',
      stepRatio: 'step_ratio',
      mode: 'mode',
      gamma: 'gamma',
      scaleMode: 'scale_mode',
      cycleMomentum: 'cycle_momentum',
      useBeta1: 'use_beta1',
      baseMomentums: 'base_momentums',
      maxMomentums: 'max_momentums',
    };
  }
  /** The height at a cycle or step. */
  scaleFn(x: number): number {
    if (this.custom) return this.custom(x);
    return this.mode === 'triangular' ? 1 : this.mode === 'triangular2' ? 1 / 2 ** (x - 1) : this.gamma ** x;
  }
  protected override nextLrs(): number[] {
    const { lastEpoch, totalSize, stepRatio, baseLrs } = this;
    const cycle = Math.floor(1 + lastEpoch / totalSize);
    const x = 1 + lastEpoch / totalSize - cycle;
    const scale = x <= stepRatio ? x / stepRatio : (x - 1) / (stepRatio - 1);
    const at = this.scaleMode === 'cycle' ? cycle : lastEpoch;
    if (this.cycleMomentum) {
      this.groups.forEach((group, i) => {
        const most = this.maxMomentums[i]!;
        this.setMomentum(group, most - (most - this.baseMomentums[i]!) * scale * this.scaleFn(at));
      });
    }
    return baseLrs.map((base, i) => base + (this.maxLrs[i]! - base) * scale * this.scaleFn(at));
  }
}

/** Settings of {@link OneCycleLR}. */
export interface OneCycleLROptions extends MomentumOptions {
  /** Steps in all; or epochs and stepsPerEpoch. */
  readonly totalSteps?: number | null;
  readonly epochs?: number | null;
  readonly stepsPerEpoch?: number | null;
  /** The share of steps in which the rate rises. Default 0.3. */
  readonly pctStart?: number;
  /** Along a cosine or a line. Default 'cos'. */
  readonly annealStrategy?: 'cos' | 'linear';
  /** The first rate is maxLr / divFactor. Default 25. */
  readonly divFactor?: number;
  /** The last rate is the first / finalDivFactor. Default 1e4. */
  readonly finalDivFactor?: number;
  /** Back to the first rate before going to the last. Default false. */
  readonly threePhase?: boolean;
}
const oneCycleNames = [
  'totalSteps',
  'epochs',
  'stepsPerEpoch',
  'pctStart',
  'annealStrategy',
  'cycleMomentum',
  'baseMomentum',
  'maxMomentum',
  'divFactor',
  'finalDivFactor',
  'threePhase',
  'lastEpoch',
] as const;

type LrKey = 'initialLr' | 'maxLr' | 'minLr';
type MomentumKey = 'maxMomentum' | 'baseMomentum';
interface Phase {
  readonly end: number;
  readonly lr: readonly [from: LrKey, to: LrKey];
  readonly momentum: readonly [from: MomentumKey, to: MomentumKey];
}

/**
 * Up to maxLr and down to nearly nothing, once; stepped after every batch (Smith & Topin, arXiv 1708.07120). Source:
 * torch.optim.lr_scheduler.OneCycleLR.
 *
 * @throws OptionError without a number of steps, for settings out of range, and by `step()` past the last.
 * @example
 * const optimizer = new optim.SGD(model.parameters(), { momentum: 0.9 });
 * const scheduler = new optim.lrScheduler.OneCycleLR(optimizer, 1, { totalSteps: 10 });
 * scheduler.getLastLr(); // [0.04]
 */
export class OneCycleLR extends CyclingLR {
  protected totalSteps: number;
  protected anneal: string;
  private readonly phases: readonly Phase[];

  constructor(optimizer: Schedulable, maxLr: number | readonly number[], options: OneCycleLROptions = {}) {
    checkOptimizer(optimizer);
    const given = optionalArgs<OneCycleLROptions>('OneCycleLR', oneCycleNames, [options]);
    const { pctStart = 0.3, annealStrategy = 'cos', divFactor = 25, finalDivFactor = 1e4 } = given;
    super(optimizer, given.lastEpoch);
    this.totalSteps = stepsOf(given);
    if (!(pctStart >= 0 && pctStart <= 1))
      throw new OptionError(`Expected float between 0 and 1 pct_start, but got ${describe(pctStart)}`);
    if (annealStrategy !== 'cos' && annealStrategy !== 'linear') {
      throw new OptionError(`anneal_strategy must be one of 'cos' or 'linear', instead got ${String(annealStrategy)}`);
    }
    this.anneal = annealStrategy;
    this.phases = phasesOf(this.totalSteps, pctStart, given.threePhase ?? false);
    const maxLrs = perGroup('max_lr', optimizer, maxLr);
    if (this.lastEpoch === -1) {
      this.groups.forEach((group, i) => {
        group.initialLr = maxLrs[i]! / divFactor;
        group.maxLr = maxLrs[i]!;
        group.minLr = group.initialLr / finalDivFactor;
      });
    }
    this.cycleMomentum = given.cycleMomentum ?? true;
    if (this.cycleMomentum) this.startMomentum(given.baseMomentum ?? 0.85, given.maxMomentum ?? 0.95);
    this.start();
  }
  protected override saved() {
    return {
      totalSteps: 'total_steps',
      anneal: '_anneal_func_type',
      cycleMomentum: 'cycle_momentum',
      useBeta1: 'use_beta1',
    };
  }
  protected override nextLrs(): number[] {
    const at = this.lastEpoch;
    if (at > this.totalSteps)
      throw new OptionError(`Tried to step ${at} times. The specified number of total steps is ${this.totalSteps}`);
    const found = this.phases.findIndex(({ end }) => at <= end);
    const index = found === -1 ? this.phases.length - 1 : found;
    const phase = this.phases[index]!;
    const start = this.phases[index - 1]?.end ?? 0;
    if (phase.end === start)
      throw new OptionError(
        `OneCycleLR: phase ${index} of ${this.totalSteps} steps has no length\n  give another pctStart, or more steps`,
      );
    const share = (at - start) / (phase.end - start);
    return this.groups.map((group) => {
      const between = (from: number, to: number): number =>
        this.anneal === 'cos' ? to + ((from - to) / 2) * (Math.cos(Math.PI * share) + 1) : (to - from) * share + from;
      const [a, b] = phase.momentum;
      if (this.cycleMomentum) this.setMomentum(group, between(group[a]!, group[b]!));
      const [from, to] = phase.lr;
      return between(group[from]!, group[to]!);
    });
  }
}

function stepsOf({ totalSteps, epochs, stepsPerEpoch }: OneCycleLROptions): number {
  const positive = (name: string, value: number): number => {
    if (!(Number.isInteger(value) && value > 0))
      throw new OptionError(`Expected positive integer ${name}, but got ${describe(value)}`);
    return value;
  };
  if (totalSteps != null) return positive('total_steps', totalSteps);
  if (epochs == null || stepsPerEpoch == null)
    throw new OptionError('You must define either total_steps OR (epochs AND steps_per_epoch)');
  return positive('epochs', epochs) * positive('steps_per_epoch', stepsPerEpoch);
}

function phasesOf(totalSteps: number, pctStart: number, threePhase: boolean): Phase[] {
  const up: Phase = {
    end: pctStart * totalSteps - 1,
    lr: ['initialLr', 'maxLr'],
    momentum: ['maxMomentum', 'baseMomentum'],
  };
  const end = totalSteps - 1;
  if (!threePhase) return [up, { end, lr: ['maxLr', 'minLr'], momentum: ['baseMomentum', 'maxMomentum'] }];
  return [
    up,
    { end: 2 * pctStart * totalSteps - 2, lr: ['maxLr', 'initialLr'], momentum: ['baseMomentum', 'maxMomentum'] },
    { end, lr: ['initialLr', 'minLr'], momentum: ['maxMomentum', 'maxMomentum'] },
  ];
}
