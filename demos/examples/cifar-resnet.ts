/**
 * A pre-activation residual network learns to tell the ten classes of CIFAR-10.
 *
 *     node tools/run.mjs demos/examples/cifar-resnet.ts --data cifar-10-batches-bin --epochs 10
 *
 * `data` names a folder with CIFAR-10's "binary version" (data_batch_1.bin … test_batch.bin; www.cs.toronto.edu/~kriz/cifar.html).
 * Without it the images are drawn: discs, squares and triangles in colours.
 */
import { functional, manualSeed } from 'lumigrad';
import { DataLoader, TensorDataset } from 'lumigrad/data';
import { CifarResNet } from 'lumigrad/models';
import { SGD } from 'lumigrad/optim';
import { accuracyOf } from './accuracy.ts';
import { drawPictures, type Pictures, readCifar } from './cifar.ts';
import { example, type Log, silent } from './run.ts';

const loaderOf = ({ count, side, images, labels }: Pictures, batchSize: number, seed: number) =>
  new DataLoader(
    new TensorDataset(
      // Bytes to about -2 … 2.
      { data: images, shape: [count, 3, side, side], scale: 4 / 255, offset: -2 },
      { data: labels, shape: [count] },
    ),
    { batchSize, shuffle: true, dropLast: true, seed },
  );

/** Trains, and returns the last loss and the share of test images that are classed rightly. */
export async function train(
  data: { readonly train: Pictures; readonly test: Pictures },
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
  const accuracy = await accuracyOf(model, loaderOf(data.test, Math.min(100, data.test.count), seed));
  log(`test accuracy ${(100 * accuracy).toFixed(2)} %`);
  return { loss, accuracy };
}

await example(import.meta.url, { epochs: 10, depth: 20, data: '' }, async ({ data, ...flags }) => {
  const pictures = data
    ? await readCifar(data)
    : { train: drawPictures(5000, 32, flags.seed), test: drawPictures(500, 32, flags.seed + 1) };
  return train(pictures, { ...flags, log: console.log });
});
