/** Follows a learning rate schedule that schedules.py wrote. */
import { zeros } from '../../src/index.ts';
import * as optim from '../../src/optim/index.ts';

type Call = readonly [kind: string, given: readonly unknown[], options: object];
type Pair = readonly [lr: number | string, momentum: number];
export interface Schedule {
  readonly kind: string;
  readonly call: Call;
  /** What the optimizer has: momentum, betas or none. */
  readonly momentum: 'momentum' | 'betas' | 'none';
  readonly scene: 'plain' | 'unstepped' | 'epochs';
  /** Rate and momentum of each group, step by step until PyTorch threw. */
  readonly rates: readonly (readonly Pair[])[];
  readonly error: string | null;
  /** Which step threw; -1 for the constructor. */
  readonly errorAt: number | null;
  readonly warnings: number;
  readonly saved: { readonly scheduler: optim.lrScheduler.SchedulerState; readonly groups: readonly object[] } | null;
  /** The groups' settings when it is resumed by lastEpoch. */
  readonly groups?: readonly object[];
}
type Scheduler = optim.lrScheduler.LRScheduler;
type Make = new (...args: unknown[]) => Scheduler;

const savedAt = 6;
const epochs = [0, 3, 1, 7, 7, 2, 12, 5];
const metrics = [5, 4, 4.2, 4.1, 3.99995, 3.5, 3.6, 3.7, 3.6, 3.55, 3.5, 3.6, 3.4, 3.3];
const functions: Readonly<Record<string, (epoch: number) => number>> = {
  halving: (epoch) => 0.5 ** Math.floor(epoch / 3),
  slowing: (epoch) => 1 - 0.5 / (epoch + 1),
  none: () => 0,
};
const classes = { ...optim.lrScheduler, SWALR: optim.swaUtils.SWALR } as unknown as Record<string, Make>;

function optimizerOf(momentum: Schedule['momentum']): optim.lrScheduler.Schedulable {
  const leaf = () => zeros([1]).requiresGrad_();
  const groups = [{ params: [leaf()] }, { params: [leaf()], lr: 0.25 }];
  if (momentum === 'betas') return new optim.Adam(groups, { lr: 0.5 });
  return momentum === 'momentum'
    ? new optim.SGD(groups, { lr: 0.5, momentum: 0.9 })
    : new optim.Adagrad(groups, { lr: 0.5 });
}
function build(optimizer: optim.lrScheduler.Schedulable, [kind, given, options]: Call): Scheduler {
  const nested = kind === 'SequentialLR' || kind === 'ChainedScheduler';
  const decoded = (a: unknown): unknown => (typeof a === 'string' ? functions[a] : a);
  const args = given.map((a) => (Array.isArray(a) && !nested ? a.map(decoded) : decoded(a)));
  if (nested) args[0] = (given[0] as Call[]).map((inner) => build(optimizer, inner));
  const own = kind === 'ChainedScheduler' ? [] : [optimizer];
  return new classes[kind]!(...own, ...args, ...(Object.keys(options).length > 0 ? [options] : []));
}

const close = (a: number, b: number): boolean =>
  a === b || Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(b), 1e-3) || (Number.isNaN(a) && Number.isNaN(b));

function checkRates(optimizer: optim.lrScheduler.Schedulable, want: readonly Pair[], what: string): void {
  const groups = optimizer.paramGroups as readonly { lr: number; momentum?: number; betas?: [number, number] }[];
  for (const [i, group] of groups.entries()) {
    const got = [group.lr, group.momentum ?? group.betas?.[0] ?? 0];
    const expected = want[i]!.map(Number);
    if (!got.every((v, k) => close(v, expected[k]!))) throw new Error(`${what}: [${got}], expected [${expected}]`);
  }
}

/** Runs `fn`, and counts the warnings about steps. */
function watched(fn: () => void): number {
  const { warn } = console;
  let warnings = 0;
  console.warn = (text: string) => {
    if (/^Detected call|^The epoch parameter/.test(text)) warnings++;
  };
  try {
    fn();
  } finally {
    console.warn = warn;
  }
  return warnings;
}

function walk(run: Schedule, optimizer: optim.lrScheduler.Schedulable, from: number, scheduler?: Scheduler): void {
  let at = -1;
  let error: Error | null = null;
  try {
    const walked = scheduler ?? build(optimizer, run.call);
    at = from;
    for (; at < run.rates.length; at++) {
      checkRates(optimizer, run.rates[at]!, `step ${at}`);
      if (run.scene !== 'unstepped') void optimizer.step();
      try {
        if (walked instanceof optim.lrScheduler.ReduceLROnPlateau) walked.step(metrics[at]!);
        else walked.step(run.scene === 'epochs' ? epochs[at]! : undefined);
      } catch (thrown) {
        error = thrown as Error;
        break;
      }
    }
  } catch (thrown) {
    if ((thrown as Error).message.startsWith('step ')) throw thrown;
    error = thrown as Error;
  }
  if (run.error === null && error) throw new Error(`step ${at} threw ${error.message}`);
  if (run.error !== null && !error) throw new Error(`accepted, PyTorch at step ${run.errorAt}: ${run.error}`);
  if (error && at > (run.errorAt ?? 0))
    throw new Error(`step ${at} threw, PyTorch's step ${run.errorAt}: ${run.error}`);
  if (error && (error.name === 'TypeError' || !(error.name.endsWith('Error') && error.message.length > 10)))
    throw new Error(`no message of its own: ${error.name} ${error.message}; PyTorch: ${run.error}`);
}

/** Throws unless ours goes as PyTorch's did. */
export async function followSchedule(run: Schedule): Promise<void> {
  const prepared = async (): Promise<optim.lrScheduler.Schedulable> => {
    const optimizer = optimizerOf(run.momentum);
    if (run.groups)
      await optimizer.loadStateDict({ state: {}, param_groups: run.groups as optim.OptimizerState['param_groups'] });
    return optimizer;
  };
  const optimizer = await prepared();
  const warnings = watched(() => walk(run, optimizer, 0));
  if (warnings !== run.warnings && !run.error) throw new Error(`${warnings} warnings, expected ${run.warnings}`);
  if (!run.saved || run.error) return;
  // On from PyTorch's state, and from ours through JSON.
  const other = await prepared();
  let resumed: Scheduler;
  watched(() => {
    resumed = build(other, run.call);
  });
  await other.loadStateDict({ state: {}, param_groups: run.saved.groups as optim.OptimizerState['param_groups'] });
  resumed!.loadStateDict(run.saved.scheduler);
  watched(() => walk(run, other, savedAt, resumed));
}
