/** State dicts, groups, hooks, and what a step costs. */
import { beforeAll, describe, expect, test } from 'vitest';
import { engineStats, fromArray, full, init, ones, Tensor, tensor, zeros } from '../../src/index.ts';
import * as optim from '../../src/optim/index.ts';
import { testDevice } from '../device.ts';
import { drift, flat, lossOf, parameters } from './kit.ts';

beforeAll(() => init({ device: testDevice }));

type AnyOptimizer = optim.Optimizer<{ lr: number }>;
type Make = new (params: unknown, options?: object) => AnyOptimizer;
const all = optim as unknown as Record<string, Make>;
/** Each with settings that make all of its states. */
const settings: Readonly<Record<string, object>> = {
  SGD: { lr: 0.1, momentum: 0.9, dampening: 0.5 },
  Adam: { amsgrad: true, lr: 0.05 },
  AdamW: { lr: 0.05 },
  NAdam: { lr: 0.05 },
  RAdam: { lr: 0.05, betas: [0.8, 0.9] },
  Adamax: { lr: 0.05 },
  Adadelta: {},
  Adagrad: { lr: 0.1, lrDecay: 0.1 },
  RMSprop: { lr: 0.02, momentum: 0.5, centered: true },
  ASGD: { lr: 0.1, t0: 1, lambd: 0.01 },
  Rprop: {},
  Lion: { lr: 0.01 },
  Adafactor: { lr: 0.05 },
  Muon: { lr: 0.02 },
};
const elementwise = Object.keys(settings).filter((name) => name !== 'Adafactor' && name !== 'Muon');

function steps(optimizer: AnyOptimizer, params: readonly Tensor[], from: number, to: number): void {
  for (let step = from; step < to; step++) {
    optimizer.zeroGrad();
    lossOf(params, step).backward();
    optimizer.step();
  }
}

test.each(Object.entries(settings))('%s goes on from its state as if it had not stopped', async (name, options) => {
  const params = parameters(name === 'Muon');
  const optimizer = new all[name]!(params, options);
  steps(optimizer, params, 0, 2);
  const copies = params.map((p) => p.detach().clone().requiresGrad_());
  const other = new all[name]!(copies, { lr: 9 });
  const { state, param_groups } = optimizer.stateDict();
  // As a checkpoint would have it: counts and settings as JSON, tensors as copies.
  const thawed = Object.entries(state).map(([index, entry]) => [
    index,
    Object.fromEntries(Object.entries(entry).map(([k, v]) => [k, v instanceof Tensor ? v.clone() : v])),
  ]);
  await other.loadStateDict({
    state: Object.fromEntries(thawed) as optim.OptimizerState['state'],
    param_groups: JSON.parse(JSON.stringify(param_groups)) as optim.OptimizerState['param_groups'],
  });
  steps(optimizer, params, 2, 4);
  steps(other, copies, 2, 4);
  expect(await flat(copies)).toEqual(await flat(params));
});

test.each(elementwise)('%s is one dispatch for all parameters, and makes no plan once warm', async (name) => {
  const many = (n: number): Tensor[] =>
    Array.from({ length: n }, (_, i) => fromArray(new Float32Array(3 + 2 * i).fill(1), [3 + 2 * i]).requiresGrad_());
  const dispatches = async (params: readonly Tensor[]): Promise<number> => {
    const optimizer = new all[name]!(params, settings[name]);
    for (const p of params) p.sum().backward();
    const step = async () => {
      optimizer.step();
      // Pipelines are compiled meanwhile.
      await params[0]!.data();
      return engineStats(testDevice);
    };
    for (let i = 0; i < 2; i++) await step();
    const [before, after] = [await step(), await step()];
    expect(after.planMisses).toBe(before.planMisses);
    return after.dispatches - before.dispatches;
  };
  expect([await dispatches(many(2)), await dispatches(many(7))]).toEqual([1, 1]);
});

test('is one dispatch still when resumed', async () => {
  const make = () => {
    const params = [1, 2, 3].map((n) => ones([n]).requiresGrad_());
    for (const p of params) p.sum().backward();
    return { params, optimizer: new optim.Adam(params) };
  };
  const [first, second] = [make(), make()];
  first.optimizer.step();
  await second.optimizer.loadStateDict(first.optimizer.stateDict());
  const dispatches: number[] = [];
  for (let i = 0; i < 3; i++) {
    second.optimizer.step();
    await second.params[0]!.data();
    dispatches.push(engineStats(testDevice).dispatches);
  }
  expect(dispatches[2]! - dispatches[1]!).toBe(1);
});

describe("PyTorch's own state", () => {
  test('counts in tensors are read', async () => {
    const w = ones([2], { requiresGrad: true });
    const optimizer = new optim.NAdam([w], { lr: 0.5 });
    const entry = {
      step: tensor(3.0, { dtype: 'float32' }),
      mu_product: tensor(0.5),
      exp_avg: ones([2]),
      exp_avg_sq: full([2], 2),
    };
    const group = { ...optimizer.stateDict().param_groups[0], lr: 0.25, fused: null, initial_lr: 0.75 };
    await optimizer.loadStateDict({ state: { 0: entry as optim.ParamEntry }, param_groups: [group] });
    expect(optimizer.state(w)).toMatchObject({ step: 3, mu_product: 0.5 });
    expect(await (optimizer.state(w).exp_avg_sq as Tensor).tolist()).toEqual([2, 2]);
    expect(optimizer.paramGroups[0]).toMatchObject({ lr: 0.25, initialLr: 0.75 });
    expect(optimizer.stateDict().param_groups[0]).toMatchObject({ lr: 0.25, initial_lr: 0.75, momentum_decay: 4e-3 });
  });
  test('of SGD, there are none', async () => {
    const w = zeros([1]).requiresGrad_();
    const optimizer = new optim.SGD([w], { lr: 1, momentum: 0.5, dampening: 0.5 });
    const { param_groups } = optimizer.stateDict();
    await optimizer.loadStateDict({ state: { 0: { momentum_buffer: full([1], 4) } }, param_groups });
    w.sum().backward();
    optimizer.step();
    // The buffer is no first one: 0.5·4 + 0.5·1.
    expect(await w.tolist()).toEqual([-2.5]);
    expect(Object.keys(optimizer.state(w))).toEqual(['momentum_buffer']);
  });
});

test('momentum that is switched on later begins undamped, as in PyTorch', async () => {
  const w = zeros([1]).requiresGrad_();
  const optimizer = new optim.SGD([w], { lr: 1, dampening: 0.5 });
  w.sum().backward();
  optimizer.step();
  optimizer.paramGroups[0]!.momentum = 0.5;
  optimizer.step();
  optimizer.step();
  // 1; 1; 0.5·1 + 0.5·1
  expect(await w.tolist()).toEqual([-3]);
});

test('groups have settings of their own, and may come later', async () => {
  const [a, b, c] = [zeros([1]), zeros([2]), zeros([3])].map((t) => t.requiresGrad_()) as [Tensor, Tensor, Tensor];
  const optimizer = new optim.Adagrad([{ params: [a], lr: 1 }, { params: b }], { lr: 2 });
  optimizer.addParamGroup({ params: [c], lr: 3 });
  a.sum().add(b.sum()).add(c.sum()).backward();
  optimizer.step();
  expect(drift(await flat([a, b, c]), [-1, -2, -2, -3, -3, -3])).toBeLessThan(1e-6);
  expect(optimizer.stateDict().param_groups.map(({ params }) => params)).toEqual([[0], [1], [2]]);
  expect(() => optimizer.addParamGroup({ params: [c] })).toThrow(
    'some parameters appear in more than one parameter group',
  );
});

test('parameters without a gradient stay behind, and catch up with their own counts', async () => {
  const [a, b] = [zeros([2]).requiresGrad_(), zeros([2]).requiresGrad_()];
  const optimizer = new optim.Adam([a, b], { lr: 1 });
  a.sum().backward();
  optimizer.step();
  b.sum().backward();
  optimizer.step();
  expect([optimizer.state(a).step, optimizer.state(b).step]).toEqual([2, 1]);
  expect(drift(await flat([a, b]), [-2, -2, -1, -1])).toBeLessThan(1e-5);
});

test("the rate may come positionally; PyTorch's hints are taken, and what is unknown is not", () => {
  const leaf = () => [zeros([1]).requiresGrad_()];
  expect(new optim.SGD(leaf(), 0.1, 0.9).paramGroups[0]).toMatchObject({ lr: 0.1, momentum: 0.9 });
  expect(new optim.AdamW(leaf(), 0.1, { fused: true } as object).paramGroups[0]).toMatchObject({ lr: 0.1 });
  expect(() => new optim.Adam(leaf(), { amsgrd: true } as object)).toThrow("did you mean 'amsgrad'?");
});

test('hooks see the optimizer before and after its step', async () => {
  const w = zeros([1]).requiresGrad_();
  const optimizer = new optim.SGD([w], { lr: 1 });
  const seen: string[] = [];
  const before = optimizer.registerStepPreHook((o) => seen.push(`before ${o === optimizer}`));
  const second = optimizer.registerStepPreHook(() => seen.push('next'));
  optimizer.registerStepPostHook(() => seen.push('after'));
  w.sum().backward();
  optimizer.step();
  before.remove();
  second.remove();
  optimizer.step();
  expect(seen).toEqual(['before true', 'next', 'after', 'after']);
  expect(await w.tolist()).toEqual([-2]);
  // What is taken out leaves nothing behind: a call for each would be deeper than the stack.
  for (let i = 0; i < 20_000; i++) optimizer.registerStepPostHook(() => {}).remove();
  optimizer.step();
});

test.each([
  ['Adadelta', { rho: 2 }, 'Invalid rho value: 2'],
  ['Adagrad', { lrDecay: -1 }, 'Invalid lr_decay value: -1'],
  ['NAdam', { momentumDecay: -1 }, 'Invalid momentum_decay value: -1'],
  ['RMSprop', { alpha: -1 }, 'Invalid alpha value: -1'],
  ['Rprop', { etas: [1, 2] }, 'Invalid eta values: 1, 2'],
  ['Adamax', { betas: [1, 0.9] }, 'Invalid beta parameter at index 0: 1'],
  ['Lion', { lr: 0 }, 'Invalid learning rate: 0'],
  ['ASGD', { weightDecay: -1 }, 'Invalid weight_decay value: -1'],
  ['Adafactor', { d: 0.5 }, 'Clipping threshold d should be >= 1 but is: 0.5'],
  ['Muon', { adjustLrFn: 'none' }, 'Adjust learning rate function none is not supported'],
  ['Muon', {}, 'Muon only supports 2D parameters whereas we found a parameter with size: [1]'],
  ['LBFGS', { lineSearchFn: 'armijo' }, "only 'strong_wolfe' is supported"],
])('%s refuses %j', (name, options, words) => {
  const shape = 'adjustLrFn' in options ? [1, 1] : [1];
  expect(() => new all[name]!([zeros(shape).requiresGrad_()], options)).toThrow(words);
});
