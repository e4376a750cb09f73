import { describe, OptionError } from '../../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../../tensor/arguments.ts';
import type { Loaded } from '../plain.ts';
import { checkOptimizer, LRScheduler, type Schedulable, type SchedulerState } from './scheduler.ts';

/** Settings of {@link ReduceLROnPlateau}. */
export interface ReduceLROnPlateauOptions {
  /** Whether less or more is better. Default 'min'. */
  readonly mode?: 'min' | 'max';
  /** The factor, less than 1. Default 0.1. */
  readonly factor?: number;
  /** How many bad epochs are borne. Default 10. */
  readonly patience?: number;
  /** What is too small to count as better. Default 1e-4. */
  readonly threshold?: number;
  /** As a share of the best, or as it is. Default 'rel'. */
  readonly thresholdMode?: 'rel' | 'abs';
  /** Epochs after a reduction in which none is bad. Default 0. */
  readonly cooldown?: number;
  /** The least rate; a list has one for each group. Default 0. */
  readonly minLr?: number | readonly number[];
  /** Smaller changes of the rate are not made. Default 1e-8. */
  readonly eps?: number;
}
const names = ['mode', 'factor', 'patience', 'threshold', 'thresholdMode', 'cooldown', 'minLr', 'eps'] as const;

/**
 * Reduces the rate when a number has stopped getting better. Source: torch.optim.lr_scheduler.ReduceLROnPlateau.
 *
 * @throws OptionError for settings out of range.
 * @example
 * const optimizer = new optim.SGD(model.parameters(), { lr: 1 });
 * const scheduler = new optim.lrScheduler.ReduceLROnPlateau(optimizer, { patience: 1 });
 * for (const loss of [3, 3, 3]) scheduler.step(loss);
 * scheduler.getLastLr(); // [0.1]
 */
export class ReduceLROnPlateau extends LRScheduler {
  readonly factor: number;
  readonly patience: number;
  readonly cooldown: number;
  readonly eps: number;
  protected mode: string;
  protected threshold: number;
  protected thresholdMode: string;
  protected minLrs: number[];
  protected best: number;
  protected cooldownCounter = 0;
  protected numBadEpochs = 0;
  private readonly defaultMinLr: number | null;

  constructor(
    optimizer: Schedulable,
    ...options: OptionalArgs<[mode: 'min' | 'max', factor: number], ReduceLROnPlateauOptions>
  ) {
    const given = optionalArgs<ReduceLROnPlateauOptions>('ReduceLROnPlateau', names, options);
    const { mode = 'min', factor = 0.1, threshold = 1e-4, thresholdMode = 'rel', minLr = 0 } = given;
    if (!(factor < 1)) throw new OptionError('Factor should be < 1.0.');
    checkOptimizer(optimizer);
    super(optimizer, 0);
    const { length } = this.groups;
    if (typeof minLr !== 'number' && minLr.length !== length)
      throw new OptionError(`expected ${length} min_lrs, got ${minLr.length}`);
    if (mode !== 'min' && mode !== 'max') throw new OptionError(`mode ${String(mode)} is unknown!`);
    if (thresholdMode !== 'rel' && thresholdMode !== 'abs')
      throw new OptionError(`threshold mode ${String(thresholdMode)} is unknown!`);
    this.factor = factor;
    this.defaultMinLr = typeof minLr === 'number' ? minLr : null;
    this.minLrs = typeof minLr === 'number' ? new Array<number>(length).fill(minLr) : [...minLr];
    this.patience = given.patience ?? 10;
    this.cooldown = given.cooldown ?? 0;
    this.eps = given.eps ?? 1e-8;
    this.mode = mode;
    this.threshold = threshold;
    this.thresholdMode = thresholdMode;
    this.best = mode === 'min' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    this.lastLr = this.currentLrs();
  }
  protected override saved() {
    return {
      factor: 'factor',
      patience: 'patience',
      cooldown: 'cooldown',
      eps: 'eps',
      mode: 'mode',
      threshold: 'threshold',
      thresholdMode: 'threshold_mode',
      minLrs: 'min_lrs',
      best: 'best',
      cooldownCounter: 'cooldown_counter',
      numBadEpochs: 'num_bad_epochs',
    };
  }
  /** The state as plain data, under PyTorch's names. Before the first step, `best` is null: JSON has no infinity. */
  override stateDict(): SchedulerState {
    return { ...super.stateDict(), best: Number.isFinite(this.best) ? this.best : null };
  }
  override loadStateDict(state: Loaded<SchedulerState>): void {
    super.loadStateDict(state);
    this.best ??= this.mode === 'min' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  /**
   * Ends an epoch, whose result was `metrics`.
   *
   * @throws OptionError for a tensor: what depends on its value must wait for it.
   */
  override step(metrics: number, epoch?: number | null): void {
    if (typeof metrics !== 'number') {
      throw new OptionError(
        `step(): argument 'metrics' must be a number, not ${describe(metrics)}\n  write scheduler.step(await loss.item())`,
      );
    }
    this.lastEpoch = epoch ?? this.lastEpoch + 1;
    if (this.isBetter(metrics)) {
      this.best = metrics;
      this.numBadEpochs = 0;
    } else this.numBadEpochs++;
    if (this.inCooldown) {
      this.cooldownCounter--;
      this.numBadEpochs = 0;
    }
    if (this.numBadEpochs > this.patience) {
      this.reduce();
      this.cooldownCounter = this.cooldown;
      this.numBadEpochs = 0;
    }
    this.lastLr = this.currentLrs();
  }
  /** True in the epochs after a reduction in which none is bad. */
  get inCooldown(): boolean {
    return this.cooldownCounter > 0;
  }
  private isBetter(metrics: number): boolean {
    const sign = this.mode === 'min' ? -1 : 1;
    const margin = sign * this.threshold;
    const bound = this.thresholdMode === 'rel' ? this.best * (1 + margin) : this.best + margin;
    return this.mode === 'min' ? metrics < bound : metrics > bound;
  }
  private reduce(): void {
    const { length } = this.groups;
    if (length !== this.minLrs.length) {
      if (this.defaultMinLr === null) {
        throw new OptionError(
          `The number of param groups in the \`optimizer\` (${length}) differs from when \`ReduceLROnPlateau\` was initialized ` +
            `(${this.minLrs.length}), usually due to a new param group being added to the optimizer. Please modify the ` +
            '`min_lrs` field to match the length of the `optimizer` param groups.',
        );
      }
      this.minLrs = new Array<number>(length).fill(this.defaultMinLr);
    }
    this.groups.forEach((group, i) => {
      const lr = Math.max(group.lr * this.factor, this.minLrs[i]!);
      if (group.lr - lr > this.eps) group.lr = lr;
    });
  }
}
