/** L-BFGS against PyTorch's (test/golden/optimizers.json). */
import { beforeAll, expect, test } from 'vitest';
import { init, type Tensor } from '../../src/index.ts';
import * as optim from '../../src/optim/index.ts';
import { testDevice } from '../device.ts';
import { drift, flat, golden, lossOf, parameters } from './kit.ts';

beforeAll(() => init({ device: testDevice }));

/** The closure of a training loop. */
const closureOf = (optimizer: optim.LBFGS, params: readonly Tensor[]) => () => {
  optimizer.zeroGrad();
  const loss = lossOf(params, 0);
  loss.backward();
  return loss;
};

test.each(golden.lbfgs.map((run) => [JSON.stringify(run.options), run] as const))('%s', async (_, run) => {
  const params = parameters();
  const optimizer = new optim.LBFGS(params, run.options);
  const closure = closureOf(optimizer, params);
  const losses: number[] = [];
  for (let i = 0; i < run.losses.length; i++) losses.push(await (await optimizer.step(closure)).item());
  expect(drift(losses, run.losses)).toBeLessThan(2e-3);
  expect(drift(await flat(params), run.final)).toBeLessThan(5e-3);
  const { func_evals, n_iter } = optimizer.state(params[0]!);
  expect([func_evals, n_iter]).toEqual([run.evaluations, run.iterations]);
});

test('goes on from its state as if it had not stopped', async () => {
  const options = { maxIter: 4, historySize: 3, lr: 0.5 };
  const params = parameters();
  const optimizer = new optim.LBFGS(params, options);
  const closure = closureOf(optimizer, params);
  for (let i = 0; i < 2; i++) await optimizer.step(closure);
  const others = params.map((p) => p.detach().clone().requiresGrad_());
  const other = new optim.LBFGS(others, options);
  await other.loadStateDict(optimizer.stateDict());
  await optimizer.step(closure);
  await other.step(closureOf(other, others));
  expect(await flat(others)).toEqual(await flat(params));
});
