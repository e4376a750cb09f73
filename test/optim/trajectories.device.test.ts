/** Every optimizer, step by step, against PyTorch's (test/golden/optimizers.json). */
import { beforeAll, expect, test } from 'vitest';
import { init, Tensor } from '../../src/index.ts';
import * as optim from '../../src/optim/index.ts';
import { testDevice } from '../device.ts';
import { type Case, drift, flat, golden, lossOf, parameters } from './kit.ts';

beforeAll(() => init({ device: testDevice }));

type AnyOptimizer = optim.Optimizer<{ lr: number }>;
type Make = new (params: Tensor[], options: object) => AnyOptimizer;

/** A trajectory of PyTorch's, and whether ours follows. */
async function follow({ kind, options, losses, final, state }: Case): Promise<void> {
  const params = parameters(kind === 'Muon');
  const optimizer = new (optim as unknown as Record<string, Make>)[kind]!(params, options);
  const seen: Promise<number>[] = [];
  for (let step = 0; step < losses.length; step++) {
    if (step === golden.lrAt) optimizer.paramGroups[0]!.lr = options.lr / 2;
    optimizer.zeroGrad();
    const loss = lossOf(params, step);
    loss.backward();
    optimizer.step();
    seen.push(loss.item());
  }
  expect(drift(await Promise.all(seen), losses), 'losses').toBeLessThan(2e-4);
  expect(drift(await flat(params), final), 'parameters').toBeLessThan(2e-4);
  for (const [name, want] of Object.entries(state)) {
    const own = optimizer.state(params[0]!)[name]!;
    if (typeof want === 'number') {
      expect(own, name).toBeCloseTo(want, 5);
      continue;
    }
    const values = params.flatMap((p) => {
      const value = optimizer.state(p)[name];
      return value instanceof Tensor ? [value] : [];
    });
    const scale = Math.max(...want.map(Math.abs), 1e-6);
    expect(drift(await flat(values), want, scale), name).toBeLessThan(5e-4);
  }
  const names = Object.keys(optimizer.state(params[0]!));
  expect(names.sort()).toEqual(Object.keys(state).sort());
}

test.each(golden.cases.map((run) => [`${run.kind} ${JSON.stringify(run.options)}`, run] as const))('%s', (_, run) =>
  follow(run),
);
