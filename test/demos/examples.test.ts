/** The examples of demos/examples learn what they are meant to, scaled down. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { init } from 'lumigrad';
import { beforeAll, expect, test, vi } from 'vitest';
import { drawPictures, readCifar } from '../../demos/examples/cifar.ts';
import { train as trainCifar } from '../../demos/examples/cifar-resnet.ts';
import { asImages, draw, train as trainDcgan } from '../../demos/examples/dcgan.ts';
import { train as trainVit } from '../../demos/examples/digits-vit.ts';
import { drawScenes, shapes } from '../../demos/examples/drawing.ts';
import { train as trainSegmentation } from '../../demos/examples/segmentation.ts';
import { train as trainXor } from '../../demos/examples/xor.ts';
import { digitDataset } from '../../demos/mnist-cnn/batches.ts';
import { type Digits, head, pixels } from '../../demos/mnist-cnn/digits.ts';
import { readMnist } from '../../demos/mnist-cnn/mnist-node.ts';

// Seconds on a machine of one's own.
vi.setConfig({ testTimeout: 120_000 });
beforeAll(() => init({ device: 'cpu' }));

test('each example is in the list of them, and says how it is run', async () => {
  const folder = new URL('../../demos/examples/', import.meta.url);
  const list = await readFile(new URL('README.md', folder), 'utf8');
  const sources = await Promise.all(
    (await readdir(folder))
      .filter((name) => name.endsWith('.ts'))
      .map(async (name) => [name, await readFile(new URL(name, folder), 'utf8')] as const),
  );
  const programs = sources.filter(([, source]) => source.includes('await example(import.meta.url'));
  expect(programs.length).toBeGreaterThan(8);
  for (const [name, source] of programs) {
    expect(list).toContain(`| \`${name}\` |`);
    expect(source).toContain(` *     node tools/run.mjs demos/examples/${name}`);
    // Flags that a head shows are read: those of all examples, or among the defaults.
    const shown = source.slice(0, source.indexOf('*/')).matchAll(/ --([a-z]+) /g);
    const defaults = /(?:const defaults = |url, )\{([^}]*)\}/.exec(source)![1];
    for (const [, flag] of shown) if (!/^(no|ignore)/.test(flag!)) expect(defaults).toContain(`${flag}:`);
  }
});

test('XOR', async () => {
  const lines: string[] = [];
  const { loss, answers } = await trainXor({ log: (line) => lines.push(line) });
  expect(loss).toBeLessThan(0.05);
  expect(answers).toEqual([0, 1, 1, 0]);
  expect(lines.at(-1)).toMatch(/^1 xor 1 = 0/);
});

/** The digits with labels below `limit`. */
function below(limit: number, { images, labels }: Digits): Digits {
  const kept = [...labels.keys()].filter((i) => labels[i]! < limit);
  return {
    count: kept.length,
    images: Uint8Array.from(kept.flatMap((i) => [...images.subarray(i * pixels, (i + 1) * pixels)])),
    labels: Uint8Array.from(kept, (i) => labels[i]!),
  };
}

test('a vision transformer tells zeros from ones', async () => {
  const mnist = await readMnist();
  const digits = { train: head(below(2, mnist.train), 480), test: head(below(2, mnist.test), 50) };
  const { loss, accuracy } = await trainVit(digits, { epochs: 2, batchSize: 16, width: 16, layers: 1, lr: 1e-2 });
  expect(loss).toBeLessThan(0.5);
  expect(accuracy).toBeGreaterThan(0.9);
});

test('a pre-activation ResNet tells pictures apart', async () => {
  const data = { train: drawPictures(320, 8, 0), test: drawPictures(100, 8, 1) };
  const { loss, accuracy } = await trainCifar(data, { epochs: 4, batchSize: 16, depth: 8, width: 4, lr: 0.1 });
  expect(loss).toBeLessThan(0.5);
  expect(accuracy).toBeGreaterThan(0.75);
});

test('CIFAR-10 is read from its records', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lumigrad-'));
  const picture = (label: number): Uint8Array => Uint8Array.of(label, ...new Array<number>(3072).fill(10 * label));
  await writeFile(join(folder, 'data_batch_1.bin'), Buffer.concat([picture(3), picture(9)]));
  await writeFile(join(folder, 'data_batch_2.bin'), picture(4));
  await writeFile(join(folder, 'test_batch.bin'), picture(7));
  const { train, test } = await readCifar(folder, 2);
  await rm(folder, { recursive: true });
  expect(train.images.shape).toEqual([3, 3, 32, 32]);
  expect([...train.labels.data]).toEqual([3, 9, 4]);
  expect([...test.labels.data]).toEqual([7]);
  expect([0, 1, 2].map((i) => train.images.data[i * 3072])).toEqual([30, 90, 40]);
});
test('and from sheets with a picture per row', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lumigrad-'));
  const pixels = Uint8Array.from({ length: 2 * 1024 * 3 }, (_, i) => (i < 3072 ? i % 3 : 100 + (i % 3)));
  const sheet = encode({ width: 1024, height: 2, data: pixels, channels: 3, depth: 8 });
  await writeFile(join(folder, 'data_batch_1.png'), sheet);
  await writeFile(join(folder, 'test_batch.png'), sheet);
  await writeFile(join(folder, 'train_lables.json'), '[6,1]');
  await writeFile(join(folder, 'test_lables.json'), '[2,8]');
  const { train, test } = await readCifar(folder, 1);
  await rm(folder, { recursive: true });
  expect(train.images.shape).toEqual([2, 3, 32, 32]);
  expect([...train.labels.data, ...test.labels.data]).toEqual([6, 1, 2, 8]);
  expect([0, 1024, 2048, 3072, 4096].map((i) => train.images.data[i])).toEqual([0, 1, 2, 100, 101]);
});

test('scenes show each shape, and the same ones for a seed', () => {
  const scenes = drawScenes(20, 16, 5);
  expect(new Set(scenes.labels)).toEqual(new Set(shapes.keys()));
  expect(drawScenes(20, 16, 5)).toEqual(scenes);
  expect(drawScenes(20, 16, 6).labels).not.toEqual(scenes.labels);
});

test('a U-Net finds shapes', async () => {
  const overlap = await trainSegmentation({ steps: 120, side: 16, batchSize: 4, width: 8, depth: 2, lr: 1e-2 });
  expect(overlap.length).toBe(4);
  const [background, ...things] = overlap as [number, ...number[]];
  expect(background).toBeGreaterThan(0.95);
  // To call everything a disc gives 0.11.
  expect(things.reduce((a, b) => a + b) / 3).toBeGreaterThan(0.3);
});

test('DCGAN draws what lies where the ink of digits lies', async () => {
  const digits = head((await readMnist()).train, 640);
  const { generator, lossD, lossG } = await trainDcgan(digits, {
    epochs: 4,
    batchSize: 16,
    width: 16,
    imageSize: 8,
    lr: 1e-3,
  });
  expect(lossD + lossG).toBeLessThan(12);
  const [real] = await digitDataset(digits).getBatch(Int32Array.from({ length: 100 }, (_, i) => i));
  const mean = async (images: ReturnType<typeof draw>): Promise<Float32Array> =>
    (await images.mean(0).reshape([-1]).data()) as Float32Array;
  expect(correlation(await mean(draw(generator, 100)), await mean(asImages(real!, 8)))).toBeGreaterThan(0.8);
});

function correlation(a: Float32Array, b: Float32Array): number {
  const average = (x: Float32Array): number => x.reduce((sum, v) => sum + v, 0) / x.length;
  const [ma, mb] = [average(a), average(b)];
  const product = (x: Float32Array, mx: number, y: Float32Array, my: number): number =>
    x.reduce((sum, v, i) => sum + (v - mx) * (y[i]! - my), 0);
  return product(a, ma, b, mb) / Math.sqrt(product(a, ma, a, ma) * product(b, mb, b, mb));
}
