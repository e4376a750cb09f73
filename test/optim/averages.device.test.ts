/** Averaged models, and statistics for them. */
import { beforeAll, expect, test } from 'vitest';
import { engineStats, init, type Tensor, tensor } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';
import { testDevice } from '../device.ts';
import { drift, flat } from './kit.ts';

const { AveragedModel, getEmaAvgFn, getEmaMultiAvgFn, getSwaAvgFn, updateBn } = optim.swaUtils;
beforeAll(() => init({ device: testDevice }));

/** A model whose first bias is walked through some values. */
const model = () => new nn.Sequential(new nn.Linear(2, 3), new nn.BatchNorm1d(3), new nn.Linear(3, 1));
function walk(of: nn.Module, value: number): void {
  for (const p of of.parameters()) p.detach().fill_(value);
}
const weights = (of: nn.Module): Promise<number[]> => flat(of.parameters());

test.each([
  ['equal (SWA)', {}, [1, 2, 13 / 3]],
  ['equal, parameter by parameter', { avgFn: getSwaAvgFn() }, [1, 2, 13 / 3]],
  ['exponential', { multiAvgFn: getEmaMultiAvgFn(0.75) }, [1, 1.5, 3.375]],
  ['exponential, parameter by parameter', { avgFn: getEmaAvgFn(0.75) }, [1, 1.5, 3.375]],
  [
    'by a function of lists',
    {
      multiAvgFn: (averaged: readonly Tensor[], current: readonly Tensor[]) => {
        for (const [i, a] of averaged.entries()) a.mul_(2).add_(current[i]!);
      },
    },
    [1, 5, 19],
  ],
] as const)('averages that are %s', async (_, options, expected) => {
  const net = model();
  const average = new AveragedModel(net, options);
  for (const [i, value] of [1, 3, 9].entries()) {
    walk(net, value);
    average.updateParameters(net);
    const all = await weights(average);
    expect(
      drift(
        all,
        all.map(() => expected[i]!),
      ),
    ).toBeLessThan(1e-6);
  }
  expect(await average.nAveraged.item()).toBe(3);
  expect([...average.stateDict().keys()].slice(0, 3)).toEqual(['n_averaged', 'module.0.weight', 'module.0.bias']);
  // The model is another one.
  expect((await weights(net))[0]).toBe(9);
});

test('are one dispatch for all parameters that an optimizer holds', async () => {
  const linear = (n: number) => new nn.Sequential(...Array.from({ length: n }, () => new nn.Linear(3, 3)));
  const dispatches = async (net: nn.Module): Promise<number> => {
    new optim.SGD(net.parameters());
    const average = new AveragedModel(net, { multiAvgFn: getEmaMultiAvgFn(0.9) });
    const once = async () => {
      average.updateParameters(net);
      await average.nAveraged.item();
      return engineStats(testDevice).dispatches;
    };
    await once();
    const [before, after] = [await once(), await once()];
    return after - before;
  };
  // And the weight, and the count.
  expect([await dispatches(linear(2)), await dispatches(linear(5))]).toEqual([3, 3]);
});

test('buffers are copied, or averaged too', async () => {
  const net = model();
  const [copies, averages] = [new AveragedModel(net), new AveragedModel(net, { useBuffers: true })];
  for (const value of [1, 3]) {
    (net.getSubmodule('1') as nn.BatchNorm1d).runningMean!.fill_(value);
    copies.updateParameters(net);
    averages.updateParameters(net);
  }
  expect(await (copies.stateDict().get('module.1.running_mean') as Tensor).tolist()).toEqual([3, 3, 3]);
  expect(await (averages.stateDict().get('module.1.running_mean') as Tensor).tolist()).toEqual([2, 2, 2]);
});

test('goes on from a state dict', async () => {
  const net = model();
  const first = new AveragedModel(net);
  for (const value of [1, 3]) {
    walk(net, value);
    first.updateParameters(net);
  }
  const second = new AveragedModel(net);
  second.loadStateDict(first.stateDict());
  walk(net, 8);
  second.updateParameters(net);
  expect(
    drift(
      await weights(second),
      (await weights(second)).map(() => 4),
    ),
  ).toBeLessThan(1e-6);
});

test('statistics are computed anew, each batch counting the same', async () => {
  const layer = new nn.BatchNorm1d(1);
  layer.eval();
  const batches = [tensor([[0.5], [1.5]]), [tensor([[3.0], [4.5], [6.0]]), tensor([1, 2, 3])]];
  await updateBn(batches, layer);
  expect(drift((await layer.runningMean!.tolist()) as number[], [(1 + 4.5) / 2])).toBeLessThan(1e-6);
  expect(drift((await layer.runningVar!.tolist()) as number[], [(0.5 + 2.25) / 2])).toBeLessThan(1e-6);
  expect([layer.momentum, layer.training]).toEqual([0.1, false]);
});

test('both ways of averaging, or a decay out of range, are refused', () => {
  expect(() => new AveragedModel(model(), { avgFn: getSwaAvgFn(), multiAvgFn: getEmaMultiAvgFn() })).toThrow(
    'Only one of avg_fn and multi_avg_fn should be provided',
  );
  expect(() => getEmaMultiAvgFn(2)).toThrow('Invalid decay value 2 provided. Please provide a value in [0,1] range.');
});
