/** Every scheduler against PyTorch's (test/golden/optimizers.json): numbers on the host, so one device is enough. */
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { init, type Tensor, zeros } from '../../src/index.ts';
import * as optim from '../../src/optim/index.ts';
import { golden, type Schedule } from './kit.ts';

const { lrScheduler } = optim;
beforeAll(() => init({ device: 'cpu' }));

const functions: Record<string, (epoch: number) => number> = {
  halving: (epoch) => 0.5 ** Math.floor(epoch / 3),
  slowing: (epoch) => 1 - 0.5 / (epoch + 1),
};
type Scheduler = optim.lrScheduler.LRScheduler;
type Make = new (...args: unknown[]) => Scheduler;
const classes = { ...lrScheduler, SWALR: optim.swaUtils.SWALR } as unknown as Record<string, Make>;

function optimizerOf({ kind, options }: Schedule): optim.lrScheduler.Schedulable {
  const leaf = (): Tensor => zeros([1]).requiresGrad_();
  const groups = [{ params: [leaf()] }, { params: [leaf()], lr: 0.25 }];
  const adam = kind === 'OneCycleLR' && !('threePhase' in options);
  return adam ? new optim.Adam(groups, { lr: 0.5 }) : new optim.SGD(groups, { lr: 0.5, momentum: 0.9 });
}
function build(
  optimizer: optim.lrScheduler.Schedulable,
  kind: string,
  given: readonly unknown[],
  options: object,
): Scheduler {
  const args = given.map((a) => (typeof a === 'string' ? functions[a] : a));
  const nested = kind === 'SequentialLR' || kind === 'ChainedScheduler';
  if (nested) args[0] = (given[0] as [string, unknown[], object][]).map((inner) => build(optimizer, ...inner));
  const own = kind === 'ChainedScheduler' ? [] : [optimizer];
  return new classes[kind]!(...own, ...args, ...(Object.keys(options).length > 0 ? [options] : []));
}
const groupsOf = (optimizer: optim.lrScheduler.Schedulable) =>
  optimizer.paramGroups as readonly { lr: number; momentum?: number; betas?: [number, number] }[];

function expectClose(actual: unknown, expected: unknown, name: string): void {
  if (typeof expected === 'number') {
    expect(Math.abs((actual as number) - expected) / Math.max(Math.abs(expected), 1e-6), name).toBeLessThan(1e-12);
  } else if (Array.isArray(expected)) {
    expect(actual, name).toHaveLength(expected.length);
    for (const [i, want] of expected.entries()) expectClose((actual as unknown[])[i], want, name);
  } else expect(actual, name).toEqual(expected);
}
function expectState(actual: optim.lrScheduler.SchedulerState, expected: Readonly<Record<string, unknown>>): void {
  for (const [name, want] of Object.entries(expected)) {
    if (name === '_schedulers') {
      for (const [i, inner] of (want as Record<string, unknown>[]).entries())
        expectState((actual._schedulers as optim.lrScheduler.SchedulerState[])[i]!, inner);
    } else if (name === 'milestones') expect(actual.milestones).toEqual([3, 7, 7, 20]);
    else expectClose(actual[name], want, name);
  }
}
function step(scheduler: Scheduler, at: number): void {
  scheduler.optimizer.step();
  if (scheduler instanceof lrScheduler.ReduceLROnPlateau) scheduler.step(golden.metrics[at]!);
  else scheduler.step();
}

describe.each(golden.schedules.map((s) => [`${s.kind} ${JSON.stringify([...s.arguments, s.options])}`, s] as const))(
  '%s',
  (_, run) => {
    test('rates, momenta and state are those of PyTorch', () => {
      const warn = vi.spyOn(console, 'warn');
      const optimizer = optimizerOf(run);
      const scheduler = build(optimizer, run.kind, run.arguments, run.options);
      for (const [at, rates] of run.rates.entries()) {
        expectClose(
          groupsOf(optimizer).map(({ lr }) => lr),
          rates,
          `step ${at}`,
        );
        expectClose(scheduler.getLastLr(), rates, `step ${at}`);
        const momenta = groupsOf(optimizer).map(({ momentum, betas }) => momentum ?? betas![0]);
        expectClose(momenta, run.momenta[at] ?? [0.9, 0.9], `momentum of step ${at}`);
        step(scheduler, at);
      }
      expectState(scheduler.stateDict(), run.state);
      expect(warn).not.toHaveBeenCalled();
      warn.mockRestore();
    });

    test('goes on from the state as if it had not stopped, through JSON', async () => {
      const optimizer = optimizerOf(run);
      const scheduler = build(optimizer, run.kind, run.arguments, run.options);
      for (let at = 0; at < 11; at++) step(scheduler, at);
      const saved = JSON.stringify([optimizer.stateDict().param_groups, scheduler.stateDict()]);
      const [param_groups, state] = JSON.parse(saved) as [
        optim.OptimizerState['param_groups'],
        optim.lrScheduler.SchedulerState,
      ];
      const other = optimizerOf(run);
      const resumed = build(other, run.kind, run.arguments, run.options);
      await other.loadStateDict({ state: {}, param_groups });
      resumed.loadStateDict(state);
      expect(resumed.getLastLr()).toEqual(scheduler.getLastLr());
      for (let at = 11; at < run.rates.length; at++) {
        expectClose(
          groupsOf(other).map(({ lr }) => lr),
          run.rates[at],
          `step ${at}`,
        );
        step(resumed, at);
      }
    });

    test("takes PyTorch's own state", () => {
      const scheduler = build(optimizerOf(run), run.kind, run.arguments, run.options);
      scheduler.loadStateDict(run.state);
      expectState(scheduler.stateDict(), run.state);
    });
  },
);

describe('use', () => {
  const sgd = (lr = 1) => new optim.SGD([zeros([1]).requiresGrad_()], { lr, momentum: 0.5 });

  test('the order of steps, and a given epoch, are warned of as PyTorch does', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const optimizer = sgd();
    const scheduler = new lrScheduler.StepLR(optimizer, 3);
    scheduler.step();
    expect(warn.mock.lastCall![0]).toMatch(/^Detected call of `lr_scheduler\.step\(\)` before `optimizer\.step\(\)`/);
    scheduler.step(7);
    expect(warn.mock.lastCall![0]).toMatch(/^The epoch parameter in `scheduler\.step\(\)`/);
    expect(scheduler.getLastLr()[0]).toBeCloseTo(0.01, 12);
    scheduler.getLr();
    expect(warn.mock.lastCall![0]).toMatch(/^To get the last learning rate computed by the scheduler/);
    expect(warn).toHaveBeenCalledTimes(3);
    warn.mockRestore();
  });

  test('a schedule is resumed at an epoch by the initial rates of the groups', async () => {
    const first = sgd();
    const scheduler = new lrScheduler.ExponentialLR(first, 0.5);
    for (let i = 0; i < 3; i++) {
      first.step();
      scheduler.step();
    }
    const second = sgd();
    await second.loadStateDict(first.stateDict());
    const resumed = new lrScheduler.LambdaLR(second, (epoch) => 0.5 ** epoch, { lastEpoch: 2 });
    expect(resumed.getLastLr()).toEqual([0.125]);
    expect(() => new lrScheduler.ExponentialLR(sgd(), 0.5, { lastEpoch: 2 })).toThrow(
      "param 'initial_lr' is not specified in param_groups[0] when resuming scheduler",
    );
  });

  test('fractions of epochs', () => {
    const scheduler = new lrScheduler.CosineAnnealingWarmRestarts(sgd(), 4, 2);
    scheduler.step(5.5);
    expect(scheduler.getLastLr()[0]).toBeCloseTo((1 + Math.cos((Math.PI * 1.5) / 8)) / 2, 12);
    expect(scheduler.lastEpoch).toBe(5);
  });

  test.each([
    ['an optimizer', () => new lrScheduler.StepLR({} as never, 3), 'Object is not an Optimizer'],
    ['functions', () => new lrScheduler.LambdaLR(sgd(), 3 as never), 'lr_lambda should be a function, but got 3'],
    ['as many functions as groups', () => new lrScheduler.LambdaLR(sgd(), []), 'Expected 1 lr_lambdas, but got 0'],
    [
      'factors',
      () => new lrScheduler.ConstantLR(sgd(), 2),
      'Constant multiplicative factor expected to be between 0 and 1.',
    ],
    [
      'starts',
      () => new lrScheduler.LinearLR(sgd(), 0),
      'Starting multiplicative factor expected to be greater than 0',
    ],
    [
      'ends',
      () => new lrScheduler.LinearLR(sgd(), 1, 2),
      'Ending multiplicative factor expected to be between 0 and 1.',
    ],
    [
      'lengths',
      () => new lrScheduler.CosineAnnealingWarmRestarts(sgd(), 0),
      'Expected positive integer T_0, but got 0',
    ],
    [
      'a mode',
      () => new lrScheduler.CyclicLR(sgd(), 0, 1, { mode: 'x' as never }),
      'mode is invalid and scale_fn is None',
    ],
    [
      'steps',
      () => new lrScheduler.OneCycleLR(sgd(), 1),
      'You must define either total_steps OR (epochs AND steps_per_epoch)',
    ],
    [
      'one rate a group',
      () => new lrScheduler.OneCycleLR(sgd(), [1, 2], { totalSteps: 3 }),
      'max_lr must have the same length as optimizer.param_groups',
    ],
    [
      'momentum',
      () => new lrScheduler.CyclicLR(new optim.Adagrad([zeros([1]).requiresGrad_()]), 0, 1),
      'optimizer must support momentum or beta1 with `cycle_momentum` option enabled',
    ],
    ['less than 1', () => new lrScheduler.ReduceLROnPlateau(sgd(), 'min', 1), 'Factor should be < 1.0.'],
    [
      'numbers',
      () => new lrScheduler.ReduceLROnPlateau(sgd()).step(zeros([]) as never),
      "argument 'metrics' must be a number",
    ],
    [
      'some',
      () => new lrScheduler.ChainedScheduler([]),
      'ChainedScheduler expects at least one scheduler to be chained',
    ],
    [
      'one optimizer',
      () => new lrScheduler.SequentialLR(sgd(), [new lrScheduler.StepLR(sgd(), 1)], []),
      'SequentialLR expects all schedulers to belong to the same optimizer',
    ],
    [
      'milestones',
      () => {
        const optimizer = sgd();
        return new lrScheduler.SequentialLR(optimizer, [new lrScheduler.StepLR(optimizer, 1)], [3]);
      },
      'Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone points',
    ],
    ['known options', () => new lrScheduler.StepLR(sgd(), 3, { gama: 1 } as never), "did you mean 'gamma'?"],
    [
      'a state',
      () => new lrScheduler.StepLR(sgd(), 3).loadStateDict({ last_epoch: 1, gamma: 'x' }),
      "'gamma' must be a number",
    ],
  ] as const)('%s are wanted', (_, fn, words) => {
    expect(fn).toThrow(words);
  });

  test('past the last step of a single cycle', () => {
    const optimizer = sgd();
    const scheduler = new lrScheduler.OneCycleLR(optimizer, 1, { totalSteps: 2 });
    for (let i = 0; i < 2; i++) {
      optimizer.step();
      scheduler.step();
    }
    expect(() => scheduler.step()).toThrow('Tried to step 3 times. The specified number of total steps is 2');
  });
});
