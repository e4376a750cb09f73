/** An LSTM's training step takes as many dispatches for a long sequence as for a short one. */
import { beforeAll, expect, test } from 'vitest';
import { engineStats, init, randn } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';

beforeAll(() => init({ device: 'webgpu' }));

/** Dispatches of a warm step. */
async function dispatches(numLayers: number, time: number): Promise<number> {
  const model = new nn.LSTM(3, 4, { numLayers });
  const optimizer = new optim.Adam(model.parameters());
  const x = randn([time, 2, 3]);
  const step = async (): Promise<void> => {
    optimizer.zeroGrad();
    const [output] = model.forward(x);
    const loss = output.square().mean();
    loss.backward();
    optimizer.step();
    await loss.item();
  };
  for (let i = 0; i < 3; i++) await step();
  const before = engineStats();
  await step();
  const after = engineStats();
  expect(after.planMisses).toBe(before.planMisses);
  return after.dispatches - before.dispatches;
}

test('whatever the number of steps', async () => {
  const one = await dispatches(1, 4);
  expect(await dispatches(1, 8)).toBe(one);
  // Two kernels forwards and two backwards, products and sums: no layer adds more than a dozen.
  const two = await dispatches(2, 4);
  console.info(`LSTM training step: ${one} dispatches with one layer, ${two} with two`);
  expect(two - one).toBeLessThanOrEqual(12);
  expect(one).toBeLessThanOrEqual(20);
});
