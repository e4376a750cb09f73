/**
 * XOR, the smallest thing that no single layer can learn.
 *
 *     node tools/run.mjs demos/examples/xor.ts
 */
import { functional, manualSeed, noGrad, tensor } from 'lumigrad';
import { MLP } from 'lumigrad/models';
import { Tanh } from 'lumigrad/nn';
import { Adam } from 'lumigrad/optim';
import { example, type Log, silent } from './run.ts';

const inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]; // biome-ignore format: a table
const outputs = [[0], [1], [1], [0]];

/** Trains, and returns the last loss and the answer to each input. */
export async function train({ steps = 200, seed = 0, log = silent as Log } = {}) {
  manualSeed(seed);
  const x = tensor(inputs, { dtype: 'float32' });
  const y = tensor(outputs, { dtype: 'float32' });
  const model = new MLP(2, [8, 1], { activationLayer: Tanh });
  const optimizer = new Adam(model.parameters(), { lr: 0.05 });
  let lastLoss = Number.NaN;
  for (let step = 1; step <= steps; step++) {
    optimizer.zeroGrad();
    const loss = functional.binaryCrossEntropyWithLogits(model.forward(x), y);
    loss.backward();
    optimizer.step();
    if (step % 50 === 0 || step === steps) {
      lastLoss = await loss.item();
      log(`step ${step}  loss ${lastLoss.toFixed(4)}`);
    }
  }
  const probabilities = await noGrad(() => model.forward(x).sigmoid()).data();
  const answers = Array.from(probabilities, (p) => Math.round(p));
  for (const [i, [a, b]] of inputs.entries()) log(`${a} xor ${b} = ${answers[i]}  (${probabilities[i]!.toFixed(3)})`);
  return { loss: lastLoss, answers };
}

await example(import.meta.url, { steps: 200 }, (flags) => train({ ...flags, log: console.log }));
