/**
 * A transformer reverses sequences of digits: each place must look at the one that lies opposite, which takes nothing but attention.
 *
 *     node tools/run.mjs demos/examples/reverse.ts
 */
import { functional, manualSeed, noGrad, randint, type Tensor, throttle } from 'lumigrad';
import { TransformerPredictor } from 'lumigrad/models';
import { utils } from 'lumigrad/nn';
import { Adam, lrScheduler } from 'lumigrad/optim';
import { example, type Log, silent } from './run.ts';

/** Trains until the share of digits in their right places reaches `goal`, but for no more than `steps`. */
export async function train({
  steps = 2000,
  goal = 0.99,
  length = 16,
  digits = 10,
  width = 32,
  batchSize = 128,
  lr = 5e-3,
  warmup = 50,
  seed = 0,
  log = silent as Log,
} = {}) {
  manualSeed(seed);
  const model = new TransformerPredictor({
    inputDim: digits,
    modelDim: width,
    numClasses: digits,
    numHeads: 1,
    numLayers: 1,
    maxLength: length,
  });
  const optimizer = new Adam(model.parameters(), { lr });
  // Large steps at once would make attention look at one place, and stay there.
  const scheduler = new lrScheduler.LambdaLR(optimizer, (epoch) => Math.min(1, (epoch + 1) / warmup));
  // New sequences in every step, made on the device. The network sees them backwards.
  const draw = (count: number): [input: Tensor, labels: Tensor] => {
    const sequences = randint(digits, [count, length]);
    return [functional.oneHot(sequences.flip(1), digits).float(), sequences];
  };
  const [testInput, testLabels] = draw(batchSize);
  const started = performance.now();
  let accuracy = 0;
  let step = 0;
  while (step < steps && accuracy < goal) {
    // As a DataLoader does between batches: go on when the GPU is two steps behind at most.
    await throttle();
    const [input, labels] = draw(batchSize);
    optimizer.zeroGrad();
    const loss = functional.crossEntropy(model.forward(input).reshape([-1, digits]), labels.reshape([-1]));
    loss.backward();
    utils.clipGradNorm_(model.parameters(), 5);
    optimizer.step();
    scheduler.step();
    if (++step % 25 > 0 && step < steps) continue;
    const found = noGrad(() => model.forward(testInput).argmax(-1));
    accuracy = await found.eq(testLabels).float().mean().item();
    const seconds = (performance.now() - started) / 1000;
    log(
      `step ${step}  loss ${(await loss.item()).toFixed(4)}  accuracy ${(100 * accuracy).toFixed(2)} %  ${seconds.toFixed(1)} s`,
    );
  }
  return { accuracy, steps: step };
}

await example(import.meta.url, { steps: 2000, lr: 5e-3 }, (flags) => train({ ...flags, log: console.log }));
