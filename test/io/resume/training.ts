/** A training run with everything that has a state: what the tests of checkpoints interrupt. */
import { functional, Generator, manualSeed, noGrad, randn, randperm, type Tensor } from 'lumigrad';
import { type CheckpointTarget, loadCheckpoint, saveCheckpoint } from 'lumigrad/io';
import * as nn from 'lumigrad/nn';
import * as optim from 'lumigrad/optim';

/** One value of the loss curve. */
export type Point = readonly [step: number, loss: number];

/** Steps between two checkpoints. */
export const savedEvery = 3;

/** A learning rate that falls step by step. */
class Decay {
  private steps = 0;
  private readonly optimizer: optim.Adam;
  constructor(optimizer: optim.Adam) {
    this.optimizer = optimizer;
  }
  step(): void {
    this.steps++;
    this.optimizer.paramGroups[0]!.lr = 0.02 * 0.98 ** this.steps;
  }
  stateDict() {
    return { steps: this.steps };
  }
  loadStateDict({ steps }: { steps: number }): void {
    this.steps = steps;
  }
}

/**
 * Trains from the last checkpoint up to step `end`, on the default device. Each step's loss goes to `log`, before the step's
 * checkpoint is begun.
 */
export async function train(target: CheckpointTarget, end: number, log: (point: Point) => void): Promise<void> {
  // What a resumed process starts with must not matter.
  manualSeed(1);
  const shuffling = new Generator(7);
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
  const inputs = randn([16, 3], { generator: fixed });
  const outputs = inputs.sum(1, { keepdim: true });
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.02 });
  const scheduler = new Decay(optimizer);
  const parts = { model, optimizer, scheduler, shuffling };
  const saved = await loadCheckpoint(target, parts);
  if (!saved) manualSeed(3);
  for (let step = ((saved?.step as number | undefined) ?? 0) + 1; step <= end; step++) {
    const batch = randperm(16, { generator: shuffling }).at([0, 8]) as Tensor;
    const loss = functional.mseLoss(model.forward(inputs.at(batch)), outputs.at(batch));
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    scheduler.step();
    log([step, await loss.item()]);
    if (step % savedEvery === 0) await saveCheckpoint(target, { ...parts, step, note: 'kept' });
  }
}
