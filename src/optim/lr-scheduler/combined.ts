/** Schedulers made of others. */
import { describe, OptionError } from '../../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../../tensor/arguments.ts';
import { type Loaded, plain } from '../plain.ts';
import { ReduceLROnPlateau } from './plateau.ts';
import { LRScheduler, type Schedulable, type SchedulerOptions, type SchedulerState } from './scheduler.ts';

abstract class CombinedLR extends LRScheduler {
  readonly schedulers: readonly LRScheduler[];

  constructor(
    name: string,
    what: string,
    optimizer: Schedulable,
    schedulers: readonly LRScheduler[],
    lastEpoch: number,
  ) {
    checkSchedulers(name, what, optimizer, schedulers);
    super(optimizer, lastEpoch);
    this.schedulers = [...schedulers];
  }
  override stateDict(): SchedulerState {
    return { ...super.stateDict(), _schedulers: this.schedulers.map((s) => s.stateDict()) };
  }
  override loadStateDict(loaded: Loaded<SchedulerState>): void {
    const state = plain(loaded);
    const states: unknown = state?._schedulers;
    if (!Array.isArray(states) || states.length !== this.schedulers.length)
      throw new OptionError(`loadStateDict: _schedulers must be a list of ${this.schedulers.length} states`);
    super.loadStateDict({ last_epoch: this.lastEpoch, ...state });
    this.schedulers.forEach((s, i) => {
      s.loadStateDict(states[i] as SchedulerState);
    });
  }
}

function checkSchedulers(name: string, what: string, optimizer: Schedulable, schedulers: readonly LRScheduler[]): void {
  if (schedulers.length < 1)
    throw new OptionError(`${name} expects at least one scheduler${what}, but got no scheduler.`);
  for (const [i, s] of schedulers.entries()) {
    if (!(s instanceof LRScheduler))
      throw new OptionError(`${name} at index ${i} should have \`optimizer\` as its attribute, got ${describe(s)}.`);
    if (s instanceof ReduceLROnPlateau) {
      throw new OptionError(
        `${name} does not support \`ReduceLROnPlateau\` scheduler as it requires additional kwargs to be specified when calling ` +
          `\`step\`, but got one at index ${i} in the given schedulers sequence.`,
      );
    }
    if (s.optimizer !== optimizer) {
      throw new OptionError(
        `${name} expects all schedulers to belong to the same optimizer, but got scheduler ${s.constructor.name} at index ${i} ` +
          `with another ${s.optimizer.title}, which is different from ${optimizer.title}.`,
      );
    }
  }
}

/** Takes back the step that a scheduler's constructor made. */
function undo(scheduler: LRScheduler): void {
  if (scheduler instanceof CombinedLR) for (const s of scheduler.schedulers) undo(s);
  else scheduler.lastEpoch--;
}

/**
 * One scheduler after the other, the next from each milestone on. Source: torch.optim.lr_scheduler.SequentialLR.
 *
 * @throws OptionError unless there is one milestone less than schedulers, in order, and all are of this optimizer.
 * @example
 * const optimizer = new optim.SGD(model.parameters(), { lr: 1 });
 * const warmUp = new optim.lrScheduler.ConstantLR(optimizer, { factor: 0.5 });
 * const decay = new optim.lrScheduler.ExponentialLR(optimizer, 0.9);
 * new optim.lrScheduler.SequentialLR(optimizer, [warmUp, decay], [20]).getLastLr(); // [0.5]
 */
export class SequentialLR extends CombinedLR {
  protected milestones: number[];

  constructor(
    optimizer: Schedulable,
    schedulers: readonly LRScheduler[],
    milestones: readonly number[],
    ...options: OptionalArgs<[lastEpoch: number], SchedulerOptions>
  ) {
    const { lastEpoch = -1 } = optionalArgs<SchedulerOptions>('SequentialLR', ['lastEpoch'], options);
    super('SequentialLR', '', optimizer, schedulers, lastEpoch + 1);
    if (milestones.length !== schedulers.length - 1) {
      throw new OptionError(
        'Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone points, but got ' +
          `number of schedulers ${schedulers.length} and the number of milestones to be equal to ${milestones.length}`,
      );
    }
    if (milestones.some((at, i) => at < (milestones[i - 1] ?? at)))
      throw new OptionError(`SequentialLR: milestones must be in order, got [${milestones.join(', ')}]`);
    this.milestones = [...milestones];
    // All of them have set the rate already: begin anew, with the one that is first.
    for (const group of this.groups) group.lr = group.initialLr!;
    undo(this);
    const first = this.schedulers[this.indexAt(0)]!;
    first.initialStep();
    this.lastLr = first.getLastLr();
  }
  private indexAt(epoch: number): number {
    return this.milestones.filter((at) => at <= epoch).length;
  }
  protected override saved() {
    return { milestones: '_milestones' };
  }
  override step(): void {
    this.lastEpoch++;
    const index = this.indexAt(this.lastEpoch);
    const scheduler = this.schedulers[index]!;
    if (index > 0 && this.milestones[index - 1] === this.lastEpoch) scheduler.updateLr(0);
    else scheduler.step();
    this.lastLr = scheduler.getLastLr();
  }
}

/** Settings of {@link ChainedScheduler}. */
export interface ChainedSchedulerOptions {
  /** The optimizer of all of them. Default: that of the first. */
  readonly optimizer?: Schedulable | null;
}

/**
 * Several schedulers at once: each changes what the one before has left. Source: torch.optim.lr_scheduler.ChainedScheduler.
 *
 * @throws OptionError for none, or schedulers of several optimizers.
 * @example
 * const optimizer = new optim.SGD(model.parameters(), { lr: 1 });
 * const constant = new optim.lrScheduler.ConstantLR(optimizer, { factor: 0.5 });
 * const decay = new optim.lrScheduler.ExponentialLR(optimizer, 0.5);
 * const scheduler = new optim.lrScheduler.ChainedScheduler([constant, decay]);
 * optimizer.step();
 * scheduler.step();
 * scheduler.getLastLr(); // [0.25]
 */
export class ChainedScheduler extends CombinedLR {
  constructor(
    schedulers: readonly LRScheduler[],
    ...options: OptionalArgs<[optimizer: Schedulable | null], ChainedSchedulerOptions>
  ) {
    const given = optionalArgs<ChainedSchedulerOptions>('ChainedScheduler', ['optimizer'], options);
    const optimizer = given.optimizer ?? schedulers[0]?.optimizer;
    super('ChainedScheduler', ' to be chained', optimizer as Schedulable, schedulers, 0);
    this.lastLr = this.currentLrs();
  }
  override step(): void {
    for (const scheduler of this.schedulers) scheduler.step();
    this.lastLr = this.currentLrs();
  }
}
