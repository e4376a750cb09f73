/** The checkpoint of PyTorch's tutorial, one `.pt` of states and numbers: what load() reads goes into loadStateDict() as it is. */
import { expect, test } from 'vitest';
import { ones, type Tensor } from '../../src/index.ts';
import { load, serializeTorch } from '../../src/io/index.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';

interface Run {
  readonly model: nn.Module;
  readonly optimizer: optim.Adam;
  readonly scheduler: optim.lrScheduler.MultiStepLR;
  step(): Promise<number>;
}
function run(): Run {
  const model = new nn.Linear(2, 1);
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.1, betas: [0.8, 0.9] });
  const scheduler = new optim.lrScheduler.MultiStepLR(optimizer, [1, 3]);
  const step = async (): Promise<number> => {
    optimizer.zeroGrad();
    const loss = model
      .forward(ones([3, 2]))
      .square()
      .mean();
    loss.backward();
    optimizer.step();
    scheduler.step();
    return loss.item();
  };
  return { model, optimizer, scheduler, step };
}

test('a run goes on from a file', async () => {
  const first = run();
  for (let i = 0; i < 2; i++) await first.step();
  const bytes = await serializeTorch({
    epoch: 2,
    model: first.model.stateDict(),
    optimizer: first.optimizer.stateDict(),
    scheduler: first.scheduler.stateDict(),
  });
  const second = run();
  const file = await load<Map<string, Map<string, Tensor>>>(bytes);
  second.model.loadStateDict(file.get('model')!);
  await second.optimizer.loadStateDict(file.get('optimizer')!);
  second.scheduler.loadStateDict(file.get('scheduler')!);
  expect(file.get('epoch')).toBe(2);
  expect(second.optimizer.paramGroups[0]).toMatchObject({ lr: first.optimizer.paramGroups[0]!.lr, betas: [0.8, 0.9] });
  for (let i = 0; i < 3; i++) expect(await second.step()).toBe(await first.step());
  expect(second.scheduler.getLastLr()).toEqual(first.scheduler.getLastLr());
});
