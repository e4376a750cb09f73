// <imports>
import { functional, type Tensor } from 'lumigrad';
import * as nn from 'lumigrad/nn';
import * as optim from 'lumigrad/optim';
// </imports>
import type { ModelName, OptimizerName } from './settings.ts';

// <cnn>
const cnn = () =>
  new nn.Sequential(
    new nn.Conv2d(1, 16, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(16, 32, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(32 * 7 * 7, 10),
  );
// </cnn>

// <mlp>
const mlp = () =>
  new nn.Sequential(
    new nn.Flatten(),
    new nn.Linear(28 * 28, 256),
    new nn.ReLU(),
    new nn.Linear(256, 128),
    new nn.ReLU(),
    new nn.Linear(128, 10),
  );
// </mlp>

// <optimizers>
const optimizers = {
  sgd: (w: Tensor[], lr: number) => new optim.SGD(w, { lr, momentum: 0.9 }),
  adam: (w: Tensor[], lr: number) => new optim.Adam(w, { lr }),
  adamw: (w: Tensor[], lr: number) => new optim.AdamW(w, { lr }),
};
// </optimizers>

export type Optimizer = ReturnType<(typeof optimizers)[OptimizerName]>;

/** A fresh model; manualSeed() before it fixes its weights. */
export const createModel = (name: ModelName): nn.Sequential => (name === 'cnn' ? cnn() : mlp());

export function createOptimizer(name: OptimizerName, model: nn.Sequential, lr: number): Optimizer {
  return optimizers[name](model.parameters(), lr);
}

// biome-ignore format: narrow enough to be read on the page.
// <step>
export function trainStep(
  model: nn.Sequential, optimizer: Optimizer, images: Tensor, labels: Tensor,
) {
  const scores = model.forward(images);
  const loss = functional.crossEntropy(scores, labels);
  optimizer.zeroGrad();
  loss.backward();
  optimizer.step();
  const right = scores.argmax(1).eq(labels).float();
  return { loss: loss.detach(), accuracy: right.mean() };
}
// </step>
