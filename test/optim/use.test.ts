/** Optimizers in use: closures, states that come and go, settings that change, and what is refused. */
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { init, noGrad, ones, type Tensor, tensor, zeros } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';

const { lrScheduler } = optim;
beforeAll(() => init({ device: 'cpu' }));

const leaf = (...values: number[]): Tensor => tensor(values, { dtype: 'float32', requiresGrad: true });
const close = async (t: Tensor, want: readonly number[]): Promise<void> => {
  for (const [i, x] of (await t.data()).entries()) expect(x).toBeCloseTo(want[i]!, 5);
};

describe('closures', () => {
  test('have gradients, also where there are none', async () => {
    const w = leaf(1, 2);
    const optimizer = new optim.SGD([w], 0.25);
    const loss = noGrad(() =>
      optimizer.step(() => {
        const sum = w.square().sum();
        sum.backward();
        return sum;
      }),
    );
    expect(await loss!.item()).toBe(5);
    expect(await w.tolist()).toEqual([0.5, 1]);
  });
  test.each([
    ['SGD', [2]],
    ['Muon', [2, 2]],
  ] as const)('of %s must not be async', (name, shape) => {
    const w = ones(shape).requiresGrad_();
    const later = (async () => w.sum()) as unknown as () => Tensor;
    expect(() => new optim[name]([w]).step(later)).toThrow('step() takes a synchronous function');
  });
  test('of L-BFGS may be async, and must return the loss', async () => {
    const w = leaf(3);
    const optimizer = new optim.LBFGS([w]);
    const loss = await optimizer.step(async () => {
      optimizer.zeroGrad();
      const square = w.square().sum();
      square.backward();
      return square;
    });
    expect(await loss.item()).toBe(9);
    await close(w, [0]);
    const words = 'the closure must return the loss, a Tensor of one element, not ';
    await expect(optimizer.step((() => w.sum().backward()) as never)).rejects.toThrow(`${words}undefined`);
    await expect(optimizer.step(() => leaf(1, 2))).rejects.toThrow(`${words}Tensor`);
  });
});

describe('loadStateDict', () => {
  const stepped = (): { w: Tensor; optimizer: optim.Adam } => {
    const w = leaf(1, 2);
    const optimizer = new optim.Adam([w], { lr: 0.5 });
    w.sum().backward();
    optimizer.step();
    return { w, optimizer };
  };
  const moments = () => ({ exp_avg: ones([2]), exp_avg_sq: ones([2]) });
  const load = (optimizer: optim.Optimizer, state: object, groups?: object[]): Promise<void> =>
    optimizer.loadStateDict({ state, param_groups: groups ?? optimizer.stateDict().param_groups } as never);

  test.each([
    ['Adam', [2]],
    ['SGD', [2]],
    ['Adafactor', [2]],
    ['LBFGS', [2]],
  ] as const)('of %s forgets what is not there', async (name, shape) => {
    const w = ones(shape).requiresGrad_();
    const optimizer = new optim[name]([w], { lr: 0.5, ...(name === 'SGD' && { momentum: 0.5 }) });
    const step = () =>
      optimizer.step(() => {
        const loss = w.square().sum();
        loss.backward();
        return loss;
      });
    await step();
    expect(optimizer.stateDict().state).not.toEqual({});
    await load(optimizer, {});
    expect(optimizer.stateDict().state).toEqual({});
    await step();
    expect(optimizer.stateDict().state).not.toEqual({});
  });

  test('is to be awaited where counts are tensors: there is no step before it is done', async () => {
    const { optimizer, w } = stepped();
    const loading = load(optimizer, { 0: { step: tensor(3), ...moments() } });
    const words = 'loadStateDict() is still reading\n  write await optimizer.loadStateDict(…)';
    expect(() => optimizer.step()).toThrow(words);
    expect(() => optimizer.stateDict()).toThrow(words);
    expect(() => load(optimizer, {}, [])).toThrow(words);
    await loading;
    optimizer.step();
    expect(optimizer.state(w).step).toBe(4);
  });

  test('throws at the call, or, where a count is at fault, when it has been read; nothing is changed', async () => {
    const { optimizer, w } = stepped();
    expect(() => load(optimizer, { 0: { ...moments(), step: tensor(3), exp_avg: ones([3]) } })).toThrow(
      'exp_avg has shape [3], its parameter [2]',
    );
    await expect(load(optimizer, { 0: { ...moments(), step: tensor(-3) } })).rejects.toThrow(
      'step must be an integer of at least 0, got -3',
    );
    expect(optimizer.state(w).step).toBe(1);
    optimizer.step();
  });

  test('reads a rate in a tensor, and takes states by the numbers of the parameters', async () => {
    const params = [leaf(1), leaf(2)];
    const optimizer = new optim.SGD(params, { momentum: 0.5 });
    const group = { ...optimizer.stateDict().param_groups[0], lr: tensor(0.25), params: [7, 3] };
    await load(optimizer, { 3: { momentum_buffer: tensor([4.0]) }, 7: { momentum_buffer: null } }, [group]);
    expect(optimizer.paramGroups[0]!.lr).toBe(0.25);
    expect(Object.keys(optimizer.state(params[0]!))).toEqual([]);
    expect(await (optimizer.state(params[1]!).momentum_buffer as Tensor).tolist()).toEqual([4]);
  });

  test('takes a rate that a schedule has brought below 0', async () => {
    const { optimizer } = stepped();
    const group = { ...optimizer.stateDict().param_groups[0], lr: -5e-18 };
    await load(optimizer, {}, [group]);
    optimizer.step();
    expect(optimizer.paramGroups[0]!.lr).toBe(-5e-18);
  });
});

describe('groups', () => {
  test('names come with parameters, for all or for none, and go with the state', async () => {
    const model = new nn.Linear(2, 1);
    const optimizer = new optim.SGD(model.namedParameters(), 0.1);
    expect(optimizer.stateDict().param_groups[0]).toMatchObject({ param_names: ['weight', 'bias'], params: [0, 1] });
    const other = new optim.SGD(model.parameters(), 0.1);
    await other.loadStateDict(optimizer.stateDict());
    expect(other.paramGroups[0]!.paramNames).toEqual(['weight', 'bias']);
    expect(() => new optim.SGD([['a', leaf(1)] as const, leaf(2)] as never)).toThrow(
      'all optimizer params should be with/without names. Some param names are missing',
    );
    expect(() => optimizer.addParamGroup({ params: [leaf(1)] })).toThrow(
      'cannot add param group without names to the optimizer',
    );
  });
  test('have a name of your own', () => {
    const optimizer = new optim.SGD([{ params: [leaf(1)], name: 'head', lr: 3 }]);
    expect(optimizer.paramGroups.find(({ name }) => name === 'head')!.lr).toBe(3);
  });
  test('that were added midway are resumed', async () => {
    const make = () => {
      const [a, b] = [leaf(1, 2), leaf(3)];
      return { a, b, optimizer: new optim.Adam([a], 0.1) };
    };
    const step = ({ a, b, optimizer }: ReturnType<typeof make>) => {
      optimizer.zeroGrad();
      a.square().sum().add(b.square().sum()).backward();
      optimizer.step();
    };
    const [first, second] = [make(), make()];
    step(first);
    first.optimizer.addParamGroup({ params: [first.b], lr: 0.5 });
    step(first);
    second.optimizer.addParamGroup({ params: [second.b] });
    await second.optimizer.loadStateDict(first.optimizer.stateDict());
    noGrad(() => {
      second.a.copy_(first.a);
      second.b.copy_(first.b);
    });
    for (const run of [first, second]) step(run);
    expect([await second.a.tolist(), await second.b.tolist()]).toEqual([
      await first.a.tolist(),
      await first.b.tolist(),
    ]);
    expect(first.optimizer.state(first.b).step).toBe(2);
  });
  test.each([
    ['parameters that stand twice', () => twice(), 'optimizer contains a parameter group with duplicate parameters'],
    [
      'several groups of L-BFGS',
      () => new optim.LBFGS([{ params: [leaf(1)] }, { params: [leaf(1)] }]),
      "LBFGS doesn't support per-parameter options (parameter groups)",
    ],
    [
      'differentiable steps',
      () => new optim.Adam([leaf(1)], { differentiable: true } as never),
      "a step has no gradient of its own\n  leave 'differentiable' out",
    ],
    [
      'rates in tensors',
      () => new optim.SGD([leaf(1)], { lr: tensor(0.1) as never }),
      "'lr' must be a number, not Tensor",
    ],
  ])('%s are refused', (_, fn, words) => {
    expect(fn).toThrow(words);
  });
  const twice = () => {
    const w = leaf(1);
    return new optim.SGD([w, w]);
  };
});

describe('steps', () => {
  test('two optimizers of the same parameters take turns', async () => {
    const [w, v] = [leaf(1, 2), leaf(1, 2)];
    const [sgd, adam] = [new optim.SGD([w, v], 1), new optim.Adam([v, w], 1)];
    for (let i = 0; i < 2; i++) {
      sgd.zeroGrad();
      w.square().sum().add(v.sum()).backward();
      sgd.step();
      adam.step();
    }
    // PyTorch's numbers.
    await close(w, [2.3661034, 3.2477019]);
    await close(v, [-3, -2]);
  });
  test('of float16 parameters are made in float16', async () => {
    const w = tensor([1, 2], { dtype: 'float16' }).requiresGrad_();
    const optimizer = new optim.Adam([w], { lr: 0.1, eps: 1e-3 });
    for (let i = 0; i < 3; i++) {
      optimizer.zeroGrad();
      w.square().sum().backward();
      optimizer.step();
    }
    // PyTorch's bits.
    expect(await w.tolist()).toEqual([0.70166015625, 1.701171875]);
    expect((optimizer.state(w).exp_avg as Tensor).dtype).toBe('float16');
  });
  test('leave out what is frozen, until it is thawed', async () => {
    const [w, v] = [leaf(1, 2), leaf(1, 2)];
    const optimizer = new optim.Adam([w, v], 1);
    for (const frozen of [false, true, false]) {
      optimizer.zeroGrad();
      w.requiresGrad_(!frozen);
      w.sum().add(v.sum()).backward();
      optimizer.step();
    }
    await close(w, [-1, 0]);
    await close(v, [-2, -1]);
    expect([optimizer.state(w).step, optimizer.state(v).step]).toEqual([2, 3]);
  });
  test.each(['param', 'grad'] as const)('after dispose() of a %s throw', (what) => {
    const w = leaf(1);
    const optimizer = new optim.SGD([w]);
    w.sum().backward();
    (what === 'param' ? w : w.grad!).dispose();
    expect(() => optimizer.step()).toThrow('this tensor was disposed');
  });
  test.each([[Number.NaN], ['0.1'], [undefined]])('with a rate of %s throw', (lr) => {
    const optimizer = new optim.SGD([leaf(1)]);
    optimizer.paramGroups[0]!.lr = lr as number;
    expect(() => optimizer.step()).toThrow('Invalid learning rate');
  });
});

describe('schedules', () => {
  const sgd = () => new optim.SGD([zeros([1]).requiresGrad_()], { lr: 0.5, momentum: 0.9 });
  const run = (optimizer: optim.SGD, scheduler: optim.lrScheduler.LRScheduler, steps: number): number[] =>
    Array.from({ length: steps }, () => {
      optimizer.step();
      scheduler.step();
      return optimizer.paramGroups[0]!.lr;
    });

  test.each([
    ['SGD', 0.5],
    ['Lion', 0.5],
  ] as const)('come to 0 and stay there: %s goes on', (name, lr) => {
    const optimizer = new optim[name]([zeros([1]).requiresGrad_()], { lr });
    // In float64 this ends a little below 0, as in PyTorch.
    const options = { startFactor: 0.2, endFactor: 0, totalIters: 4 };
    const scheduler = new lrScheduler.LinearLR(optimizer, options);
    for (let i = 0; i < 6; i++) {
      optimizer.step();
      scheduler.step();
    }
    expect(optimizer.paramGroups[0]!.lr).toBeCloseTo(0, 12);
  });

  test.each<[string, () => unknown, string]>([
    ['StepLR', () => new lrScheduler.StepLR(sgd(), 0), 'StepLR: stepSize must be a number other than 0, got 0'],
    ['StepLR', () => new lrScheduler.StepLR(sgd(), undefined as never), 'stepSize must be a number other than 0'],
    [
      'CosineAnnealingLR',
      () => new lrScheduler.CosineAnnealingLR(sgd(), 0),
      'TMax must be a number other than 0, got 0',
    ],
    [
      'CyclicLR',
      () => new lrScheduler.CyclicLR(sgd(), 0.1, 1, { stepSizeUp: 0 }),
      'stepSizeUp must be a number other than 0',
    ],
    ['LambdaLR', () => new lrScheduler.LambdaLR(sgd(), () => Number.NaN), 'the rate of group 0 in epoch 0 is NaN'],
    [
      'OneCycleLR',
      () => new lrScheduler.OneCycleLR(sgd(), 1, { totalSteps: 10, pctStart: 0.1 }),
      'OneCycleLR: phase 0 of 10 steps has no length',
    ],
  ])('%s refuses lengths of nothing, and rates that are no numbers', (_, fn, words) => {
    expect(fn).toThrow(words);
  });

  test('a factor of 0 cannot be taken back, but another scheduler may follow it', () => {
    const optimizer = sgd();
    const alone = new lrScheduler.ConstantLR(optimizer, { factor: 0, totalIters: 2 });
    expect(() => run(optimizer, alone, 2)).toThrow('ConstantLR: a factor of 0 cannot be taken back');
    const another = sgd();
    const parts = [
      new lrScheduler.ConstantLR(another, { factor: 0, totalIters: 2 }),
      new lrScheduler.ExponentialLR(another, 0.5),
    ];
    expect(run(another, new lrScheduler.SequentialLR(another, parts, [2]), 3)).toEqual([0, 0.5, 0.25]);
  });

  test('milestones of several schedulers come in order', () => {
    const optimizer = sgd();
    const parts = [0.9, 0.8, 0.7].map((gamma) => new lrScheduler.ExponentialLR(optimizer, gamma));
    expect(() => new lrScheduler.SequentialLR(optimizer, parts, [5, 3])).toThrow(
      'milestones must be in order, got [5, 3]',
    );
  });

  test('a rise longer than half goes on to its end in three phases, as in PyTorch', () => {
    const optimizer = sgd();
    const options = { totalSteps: 10, pctStart: 1, threePhase: true, annealStrategy: 'linear' } as const;
    const scheduler = new lrScheduler.OneCycleLR(optimizer, 0.8, options);
    const warn = vi.spyOn(console, 'warn');
    const rates = run(optimizer, scheduler, 10);
    expect(rates[8]).toBeCloseTo(0.8, 12);
    expect(rates[9]).toBeCloseTo(0.7146666666666667, 12);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});
