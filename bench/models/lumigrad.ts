/** The jobs in Lumigrad, written as its documentation tells. */
import { flush, functional, init, synchronize, type Tensor, tensor } from 'lumigrad';
import * as nn from 'lumigrad/nn';
import * as optim from 'lumigrad/optim';
import {
  adam,
  type Batch,
  checksum,
  cnnData,
  cnnWeights,
  mlpData,
  mlpWeights,
  randomArray,
  sgd,
  type Weight,
} from '../data.ts';
import type { Job, Library } from '../job.ts';

const finish = () => synchronize();

function training(model: nn.Sequential, optimizer: optim.Optimizer, weights: readonly Weight[], batch: Batch): Job {
  model.loadStateDict(Object.fromEntries(weights.map((w) => [w.name, tensor(w.data).reshape([...w.shape])])));
  const images = tensor(batch.images).reshape([...batch.shape]);
  const labels = tensor(batch.labels);
  let loss: Tensor;
  return {
    step() {
      optimizer.zeroGrad();
      loss = functional.crossEntropy(model.forward(images), labels);
      loss.backward();
      optimizer.step();
    },
    finish,
    value: () => loss.item(),
  };
}

export const lumigrad: Library = {
  async start(device) {
    if (device === 'wasm') throw new Error("Lumigrad's devices are 'cpu' and 'webgpu'");
    return (await init({ device })).description;
  },

  async mlp() {
    const model = new nn.Sequential(
      new nn.Linear(784, 256),
      new nn.ReLU(),
      new nn.Linear(256, 128),
      new nn.ReLU(),
      new nn.Linear(128, 10),
    );
    return training(model, new optim.Adam(model.parameters(), adam), mlpWeights(), mlpData());
  },

  async cnn() {
    const model = new nn.Sequential(
      new nn.Conv2d(1, 16, 3, { padding: 1 }),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Conv2d(16, 32, 3, { padding: 1 }),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Flatten(),
      new nn.Linear(32 * 7 * 7, 10),
    );
    return training(model, new optim.SGD(model.parameters(), sgd), cnnWeights(), cnnData());
  },

  async matmul(n) {
    const a = tensor(randomArray(n * n, 1, 1)).reshape([n, n]);
    const b = tensor(randomArray(n * n, 1, 2)).reshape([n, n]);
    let c: Tensor;
    return {
      step() {
        c = a.matmul(b);
        flush();
      },
      finish,
      value: async () => checksum(await c.data()),
    };
  },
};
