/**
 * DCGAN learns to write digits. The images that it makes are printed at the end.
 *
 *     node tools/run.mjs demos/examples/dcgan.ts --epochs 5
 */
import { functional, manualSeed, noGrad, onesLike, randn, type Tensor, zerosLike } from 'lumigrad';
import { DCGANDiscriminator, DCGANGenerator } from 'lumigrad/models';
import { Adam } from 'lumigrad/optim';
import { digitLoader } from '../mnist-cnn/batches.ts';
import { type Digits, head } from '../mnist-cnn/digits.ts';
import { readMnist } from '../mnist-cnn/mnist-node.ts';
import { example, type Log, silent } from './run.ts';

const { binaryCrossEntropy } = functional;
const nz = 32;

/** Digits (N, 1, 28, 28) of mean 0 and deviation 1 as images (N, 1, size, size) in -1 … 1. */
export function asImages(digits: Tensor, size: number): Tensor {
  const ink = digits.mul(0.3081).add(0.1307).mul(2).sub(1);
  const padded = functional.pad(ink, [2, 2, 2, 2], { value: -1 });
  return size === 32 ? padded : functional.avgPool2d(padded, 32 / size);
}

/** Trains, and returns the generator, both losses, and what the discriminator says of the last true and made images. */
export async function train(
  digits: Digits,
  { epochs = 5, batchSize = 64, width = 32, imageSize = 32, lr = 2e-4, seed = 0, log = silent as Log } = {},
) {
  manualSeed(seed);
  const generator = new DCGANGenerator({ nz, ngf: width, nc: 1, imageSize });
  const discriminator = new DCGANDiscriminator({ ndf: width, nc: 1, imageSize });
  const betas = [0.5, 0.999] as const;
  const ofGenerator = new Adam(generator.parameters(), { lr, betas });
  const ofDiscriminator = new Adam(discriminator.parameters(), { lr, betas });
  const loader = digitLoader(digits, batchSize, seed);
  let last = { lossD: Number.NaN, lossG: Number.NaN, real: Number.NaN, fake: Number.NaN };
  for (let epoch = 1; epoch <= epochs; epoch++) {
    let step = 0;
    for await (const [batch] of loader) {
      // The discriminator learns to say 1 to true images and 0 to made ones.
      ofDiscriminator.zeroGrad();
      const real = discriminator.forward(asImages(batch, imageSize));
      const made = generator.forward(randn([batchSize, nz, 1, 1]));
      const fake = discriminator.forward(made.detach());
      const lossD = binaryCrossEntropy(real, onesLike(real)).add(binaryCrossEntropy(fake, zerosLike(fake)));
      lossD.backward();
      ofDiscriminator.step();
      // The generator learns to make it say 1.
      ofGenerator.zeroGrad();
      const judged = discriminator.forward(made);
      const lossG = binaryCrossEntropy(judged, onesLike(judged));
      lossG.backward();
      ofGenerator.step();

      if (++step % 20 > 0 && step < loader.length) continue;
      const read = [lossD, lossG, real.mean(), fake.mean()].map((t) => t.item());
      const [d, g, onReal, onFake] = (await Promise.all(read)) as [number, number, number, number];
      last = { lossD: d, lossG: g, real: onReal, fake: onFake };
      log(
        `epoch ${epoch}  step ${step}/${loader.length}  losses ${d.toFixed(3)}, ${g.toFixed(3)}  ` +
          `real ${onReal.toFixed(2)}, made ${onFake.toFixed(2)}`,
      );
    }
  }
  return { generator, ...last };
}

/** New images, (N, 1, size, size) in -1 … 1. */
export function draw(generator: DCGANGenerator, count: number): Tensor {
  generator.eval();
  const images = noGrad(() => generator.forward(randn([count, nz, 1, 1])));
  generator.train();
  return images;
}

/** Images side by side, in characters. */
async function print(images: Tensor): Promise<string> {
  const [count, , height, width] = images.shape as [number, number, number, number];
  const values = await images.data();
  const ramp = ' .:-=+*#%@';
  const ink = (n: number, y: number, x: number): string => {
    const value = values[(n * height + y) * width + x]!;
    return ramp[Math.min(ramp.length - 1, Math.floor(((value + 1) / 2) * ramp.length))]!;
  };
  const list = (length: number): number[] => Array.from({ length }, (_, i) => i);
  // A character is twice as high as wide.
  return list(height / 2)
    .map((y) =>
      list(count)
        .flatMap((n) => list(width).map((x) => ink(n, 2 * y, x)))
        .join(''),
    )
    .join('\n');
}

await example(import.meta.url, { epochs: 5, digits: 60_000 }, async ({ digits, ...flags }) => {
  const mnist = await readMnist();
  const { generator } = await train(head(mnist.train, digits), { ...flags, log: console.log });
  console.log(await print(draw(generator, 4)));
});
