/** The jobs in Lumigrad, written as its documentation tells. */
import { flush, functional, init, noGrad, scope, stack, synchronize, type Tensor, tensor, zeros } from 'lumigrad';
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

/** An LSTM over (T, N, I) as a module without nn.LSTM would have it: a cell of ordinary ops, in a loop. */
function composedLstm(model: nn.LSTM, x: Tensor): Tensor {
  let steps = Array.from({ length: x.shape[0]! }, (_, t) => x.at(t));
  for (let layer = 0; layer < model.numLayers; layer++) {
    const input = (v: Tensor) => functional.linear(v, model[`weightIhL${layer}`]!, model[`biasIhL${layer}`]!);
    const hidden = (v: Tensor) => functional.linear(v, model[`weightHhL${layer}`]!, model[`biasHhL${layer}`]!);
    let h: Tensor = zeros([x.shape[1]!, model.hiddenSize]);
    let c: Tensor = h;
    steps = steps.map((v) => {
      const [i, f, g, o] = input(v).add(hidden(h)).chunk(4, 1) as [Tensor, Tensor, Tensor, Tensor];
      c = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()));
      h = o.sigmoid().mul(c.tanh());
      return h;
    });
  }
  return stack(steps, 0);
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

  async lstm(composed) {
    const model = new nn.LSTM(64, 128, { numLayers: 2 });
    const optimizer = new optim.Adam(model.parameters(), adam);
    noGrad(() => {
      for (const [i, p] of [...model.parameters()].entries())
        p.copy_(tensor(randomArray(p.numel(), 1 / Math.sqrt(128), 200 + i)).reshape(p.shape));
    });
    const x = tensor(randomArray(64 * 32 * 64, 1, 300)).reshape([64, 32, 64]);
    const labels = tensor(Int32Array.from({ length: 64 * 32 }, (_, i) => i % 128));
    let loss: Tensor;
    return {
      step() {
        optimizer.zeroGrad();
        const output = composed ? scope(() => composedLstm(model, x)) : model.forward(x)[0];
        loss = functional.crossEntropy(output.reshape([64 * 32, 128]), labels);
        loss.backward();
        optimizer.step();
      },
      finish,
      value: () => loss.item(),
    };
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
