/** Schedulers that follow a cosine. */
import { describe, OptionError } from '../../core/errors.ts';
import type { OptionalArgs } from '../../tensor/arguments.ts';
import { checkLength, LRScheduler, type Schedulable, type SchedulerOptions, schedulerOptions } from './scheduler.ts';

/** Settings of {@link CosineAnnealingLR}. */
export interface CosineAnnealingLROptions extends SchedulerOptions {
  /** The least rate. Default 0. */
  readonly etaMin?: number;
}

/**
 * Half a cosine, from the first rate to etaMin in TMax epochs (Loshchilov & Hutter, arXiv 1608.03983, without restarts). Source:
 * torch.optim.lr_scheduler.CosineAnnealingLR.
 *
 * @throws OptionError for a TMax of 0.
 * @example
 * const optimizer = new optim.SGD(model.parameters(), { lr: 1 });
 * const scheduler = new optim.lrScheduler.CosineAnnealingLR(optimizer, 2);
 * optimizer.step();
 * scheduler.step();
 * scheduler.getLastLr(); // [0.5]
 */
export class CosineAnnealingLR extends LRScheduler {
  readonly TMax: number;
  readonly etaMin: number;

  constructor(
    optimizer: Schedulable,
    TMax: number,
    ...options: OptionalArgs<[etaMin: number], CosineAnnealingLROptions>
  ) {
    const given = schedulerOptions<CosineAnnealingLROptions>('CosineAnnealingLR', ['etaMin'], options);
    checkLength('CosineAnnealingLR', 'TMax', TMax);
    super(optimizer, given.lastEpoch);
    this.TMax = TMax;
    this.etaMin = given.etaMin ?? 0;
    this.start();
  }
  protected override saved() {
    return { TMax: 'T_max', etaMin: 'eta_min' };
  }
  protected override nextLrs(): number[] {
    const { TMax, etaMin, lastEpoch } = this;
    if (this.isInitial) return this.currentLrs();
    if (this.stepCount === 1 && lastEpoch > 0) return this.closedForm();
    if ((lastEpoch - 1 - TMax) % (2 * TMax) === 0)
      return this.groups.map(({ lr }, i) => lr + ((this.baseLrs[i]! - etaMin) * (1 - Math.cos(Math.PI / TMax))) / 2);
    const ratio = (1 + Math.cos((Math.PI * lastEpoch) / TMax)) / (1 + Math.cos((Math.PI * (lastEpoch - 1)) / TMax));
    return this.currentLrs().map((lr) => ratio * (lr - etaMin) + etaMin);
  }
  protected override closedForm(): number[] {
    const { TMax, etaMin, lastEpoch } = this;
    return this.baseLrs.map((lr) => etaMin + ((lr - etaMin) * (1 + Math.cos((Math.PI * lastEpoch) / TMax))) / 2);
  }
}

/** Settings of {@link CosineAnnealingWarmRestarts}. */
export interface CosineAnnealingWarmRestartsOptions extends SchedulerOptions {
  /** How many times longer each run is than the one before. Default 1. */
  readonly TMult?: number;
  /** The least rate. Default 0. */
  readonly etaMin?: number;
}

/**
 * Half a cosine, over and over, the first in T0 epochs (Loshchilov & Hutter, arXiv 1608.03983). `step(epoch + i / iterations)`
 * moves within an epoch. Source: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts.
 *
 * @throws OptionError unless T0 and TMult are positive integers.
 * @example
 * const optimizer = new optim.SGD(model.parameters(), { lr: 1 });
 * const scheduler = new optim.lrScheduler.CosineAnnealingWarmRestarts(optimizer, 2);
 * scheduler.step(1);
 * scheduler.getLastLr(); // [0.5]
 */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  readonly T0: number;
  readonly TMult: number;
  readonly etaMin: number;
  /** The length of the current run, and epochs since its start. */
  protected Ti: number;
  protected TCur: number;

  constructor(
    optimizer: Schedulable,
    T0: number,
    ...options: OptionalArgs<[TMult: number], CosineAnnealingWarmRestartsOptions>
  ) {
    const names = ['TMult', 'etaMin'] as const;
    const given = schedulerOptions<CosineAnnealingWarmRestartsOptions>('CosineAnnealingWarmRestarts', names, options);
    const { TMult = 1, etaMin = 0, lastEpoch = -1 } = given;
    if (!(Number.isInteger(T0) && T0 > 0))
      throw new OptionError(`Expected positive integer T_0, but got ${describe(T0)}`);
    if (!(Number.isInteger(TMult) && TMult >= 1))
      throw new OptionError(`Expected integer T_mult >= 1, but got ${describe(TMult)}`);
    if (typeof etaMin !== 'number') throw new OptionError(`Expected float or int eta_min, but got ${describe(etaMin)}`);
    super(optimizer, lastEpoch);
    this.T0 = T0;
    this.Ti = T0;
    this.TMult = TMult;
    this.etaMin = etaMin;
    this.TCur = lastEpoch;
    this.start();
  }
  protected override saved() {
    return { T0: 'T_0', Ti: 'T_i', TMult: 'T_mult', etaMin: 'eta_min', TCur: 'T_cur' };
  }
  protected override nextLrs(): number[] {
    const { etaMin, TCur, Ti } = this;
    return this.baseLrs.map((lr) => etaMin + ((lr - etaMin) * (1 + Math.cos((Math.PI * TCur) / Ti))) / 2);
  }
  override step(epoch?: number | null): void {
    const { T0, TMult } = this;
    let at = epoch ?? (this.lastEpoch < 0 ? 0 : null);
    if (at === null) {
      at = this.lastEpoch + 1;
      this.TCur++;
      if (this.TCur >= this.Ti) {
        this.TCur %= this.Ti;
        this.Ti *= TMult;
      }
    } else {
      if (at < 0) throw new OptionError(`Expected non-negative epoch, but got ${at}`);
      const [start, length] = runAt(at, T0, TMult, this.Ti);
      this.TCur = TMult === 1 && at >= T0 ? at % T0 : at - start;
      this.Ti = length;
    }
    this.lastEpoch = Math.floor(at);
    this.setLrs(this.nextLrs());
  }
}

/** Where the run begins that an epoch is in, and how long it is. */
function runAt(epoch: number, T0: number, TMult: number, Ti: number): [start: number, length: number] {
  if (epoch < T0) return [0, T0];
  if (TMult === 1) return [0, Ti];
  const n = Math.trunc(Math.log((epoch / T0) * (TMult - 1) + 1) / Math.log(TMult));
  return [(T0 * (TMult ** n - 1)) / (TMult - 1), T0 * TMult ** n];
}
