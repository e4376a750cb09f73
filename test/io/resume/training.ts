/** A training run with everything that has a state: what the tests of checkpoints interrupt. */
import { functional, Generator, manualSeed, noGrad, randn, type Tensor } from 'lumigrad';
import { DataLoader, TensorDataset } from 'lumigrad/data';
import { type CheckpointTarget, loadCheckpoint, saveCheckpoint } from 'lumigrad/io';
import * as nn from 'lumigrad/nn';
import * as optim from 'lumigrad/optim';

/** One value of the loss curve. */
export type Point = readonly [step: number, loss: number];

/** Steps between two checkpoints. */
export const savedEvery = 3;

/**
 * Trains from the last checkpoint up to step `end`, on the default device. Each step's loss goes to `log`, before the step's
 * checkpoint is begun. `more` is saved with it.
 */
export async function train(
  target: CheckpointTarget,
  end: number,
  log: (point: Point) => void,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  manualSeed(1);
  const model = new nn.Sequential(
    new nn.Linear(3, 8),
    new nn.BatchNorm1d(8),
    new nn.ReLU(),
    new nn.Dropout(0.3),
    new nn.Linear(8, 1),
  );
  const fixed = new Generator(5);
  noGrad(() => {
    for (const p of model.parameters()) p.copy_(randn([...p.shape], { generator: fixed }).mul(0.5));
  });
  const inputs = randn([20, 3], { generator: fixed });
  const data = new TensorDataset(inputs, inputs.sum(1, { keepdim: true }));
  const loader = new DataLoader(data, { batchSize: 4, shuffle: true });
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.02 });
  const scheduler = new optim.lrScheduler.ExponentialLR(optimizer, 0.98);
  const parts = { model, optimizer, scheduler, loader };
  const saved = await loadCheckpoint(target, parts);
  if (!saved) manualSeed(3);
  let step = (saved?.step as number | undefined) ?? 0;
  while (step < end) {
    for await (const [x, y] of loader) {
      const loss = functional.mseLoss(model.forward(x as Tensor), y as Tensor);
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      scheduler.step();
      log([++step, await loss.item()]);
      if (step % savedEvery === 0) await saveCheckpoint(target, { ...more, ...parts, step, note: 'kept' });
      if (step >= end) break;
    }
  }
}
