/**
 * A U-Net says of every pixel whether it belongs to a disc, a square, a triangle, or to nothing.
 *
 *     node tools/run.mjs demos/examples/segmentation.ts --steps 500
 */
import { functional, manualSeed, noGrad, type Tensor } from 'lumigrad';
import { DataLoader, TensorDataset } from 'lumigrad/data';
import { UNet } from 'lumigrad/models';
import { Adam } from 'lumigrad/optim';
import { drawScenes, type Scenes, shapes } from './drawing.ts';
import { example, type Log, silent } from './run.ts';

const loaderOf = ({ count, side, images, labels }: Scenes, batchSize: number, seed: number) =>
  new DataLoader(
    new TensorDataset({ data: images, shape: [count, 1, side, side] }, { data: labels, shape: [count, side, side] }),
    { batchSize, shuffle: true, seed },
  );

/** Trains on scenes drawn from `seed` and returns, for scenes never seen, the overlap with the truth of each shape, 0 … 1. */
export async function train({
  steps = 500,
  side = 32,
  batchSize = 16,
  width = 16,
  depth = 3,
  lr = 3e-3,
  seed = 0,
  log = silent as Log,
} = {}) {
  manualSeed(seed);
  const model = new UNet(1, shapes.length, { width, depth });
  const optimizer = new Adam(model.parameters(), { lr });
  const scenes = loaderOf(drawScenes(Math.min(steps, 64) * batchSize, side, seed + 1), batchSize, seed);
  let step = 0;
  while (step < steps) {
    for await (const [images, labels] of scenes) {
      optimizer.zeroGrad();
      const loss = functional.crossEntropy(model.forward(images), labels);
      loss.backward();
      optimizer.step();
      if (++step % 50 === 0) log(`step ${step}  loss ${(await loss.item()).toFixed(4)}`);
      if (step === steps) break;
    }
  }
  const overlap = await overlaps(model, loaderOf(drawScenes(32, side, seed + 2), 32, seed));
  for (const [i, share] of overlap.entries()) log(`${shapes[i]!.padEnd(10)} overlap ${(100 * share).toFixed(1)} %`);
  return overlap;
}

/** For each label: pixels given and having it, by those given or having it ("intersection over union"). */
async function overlaps(
  model: UNet,
  loader: AsyncIterable<readonly [images: Tensor, labels: Tensor]>,
): Promise<number[]> {
  model.eval();
  const both = new Array<number>(shapes.length).fill(0);
  const either = new Array<number>(shapes.length).fill(0);
  for await (const [images, labels] of loader) {
    const given = await noGrad(() => model.forward(images).argmax(1)).data();
    const truth = await labels.data();
    for (const [i, label] of given.entries()) {
      either[label]!++;
      if (truth[i] === label) both[label]!++;
      else either[truth[i]!]!++;
    }
  }
  model.train();
  return both.map((n, i) => n / either[i]!);
}

await example(import.meta.url, { steps: 500, side: 32 }, (flags) => train({ ...flags, log: console.log }));
