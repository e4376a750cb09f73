import { describe, OptionError } from '../../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../../tensor/arguments.ts';
import {
  checkOptimizer,
  LRScheduler,
  perGroup,
  type Schedulable,
  type SchedulerOptions,
} from '../lr-scheduler/scheduler.ts';

/** Settings of {@link SWALR}. */
export interface SWALROptions extends SchedulerOptions {
  /** Epochs until the rate is reached. Default 10. */
  readonly annealEpochs?: number;
  /** Along a cosine or a line. Default 'cos'. */
  readonly annealStrategy?: 'cos' | 'linear';
}

/**
 * Goes to a rate, and stays there while models are averaged. Source: torch.optim.swa_utils.SWALR.
 *
 * @throws OptionError for another strategy, or epochs less than 0.
 * @example
 * const optimizer = new optim.SGD(model.parameters(), { lr: 1 });
 * const scheduler = new optim.swaUtils.SWALR(optimizer, 0.5, { annealEpochs: 1 });
 * optimizer.step();
 * scheduler.step();
 * scheduler.getLastLr(); // [0.5]
 */
export class SWALR extends LRScheduler {
  readonly annealEpochs: number;
  protected annealStrategy: string;

  constructor(
    optimizer: Schedulable,
    swaLr: number | readonly number[],
    ...options: OptionalArgs<[annealEpochs: number], SWALROptions>
  ) {
    checkOptimizer(optimizer);
    const names = ['annealEpochs', 'annealStrategy', 'lastEpoch'] as const;
    const {
      annealEpochs = 10,
      annealStrategy = 'cos',
      lastEpoch,
    } = optionalArgs<SWALROptions>('SWALR', names, options);
    super(optimizer, lastEpoch);
    const rates = perGroup('swa_lr', optimizer, swaLr);
    this.groups.forEach((group, i) => {
      group.swaLr = rates[i]!;
    });
    if (annealStrategy !== 'cos' && annealStrategy !== 'linear') {
      throw new OptionError(`anneal_strategy must be one of 'cos' or 'linear', instead got ${String(annealStrategy)}`);
    }
    if (!(Number.isInteger(annealEpochs) && annealEpochs >= 0))
      throw new OptionError(`anneal_epochs must be equal or greater than 0, got ${describe(annealEpochs)}`);
    this.annealEpochs = annealEpochs;
    this.annealStrategy = annealStrategy;
    this.start();
  }
  protected override saved() {
    return { annealStrategy: '_anneal_strategy', annealEpochs: 'anneal_epochs' };
  }
  /** The share of the new rate after `steps`. */
  private share(steps: number): number {
    const t = Math.max(0, Math.min(1, steps / Math.max(1, this.annealEpochs)));
    return this.annealStrategy === 'cos' ? (1 - Math.cos(Math.PI * t)) / 2 : t;
  }
  protected override nextLrs(): number[] {
    const step = this.annealEpochs === 0 ? Math.max(1, this.stepCount - 1) : this.stepCount - 1;
    const [before, now] = [this.share(step - 1), this.share(step)];
    return this.groups.map(({ lr, swaLr = lr }) => {
      const first = before === 1 ? swaLr : (lr - before * swaLr) / (1 - before);
      return swaLr * now + first * (1 - now);
    });
  }
}
