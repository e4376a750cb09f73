/** Pictures of ten classes: CIFAR-10 from its files, or drawn in its format. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { drawScenes } from './drawing.ts';
import { mulberry32 } from './random.ts';

export interface Pictures {
  readonly count: number;
  readonly side: number;
  /** Bytes, count × 3 × side × side: all reds of a picture, then all greens, then all blues. */
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/** Pictures from records of a label byte and the bytes of a picture each. */
export function parseCifar(files: readonly Uint8Array[], side = 32): Pictures {
  const pixels = 3 * side * side;
  const record = 1 + pixels;
  const count = files.reduce((n, file) => n + file.length / record, 0);
  if (!Number.isInteger(count)) throw new Error(`not CIFAR-10: its records have ${record} bytes`);
  const images = new Uint8Array(count * pixels);
  const labels = new Uint8Array(count);
  let n = 0;
  for (const file of files) {
    for (let at = 0; at < file.length; at += record) {
      labels[n] = file[at]!;
      images.set(file.subarray(at + 1, at + record), n * pixels);
      n++;
    }
  }
  if (labels.some((label) => label > 9)) throw new Error('not CIFAR-10: its labels are 0 to 9');
  return { count, side, images, labels };
}

/** CIFAR-10 from the folder of its "binary version". */
export async function readCifar(folder: string): Promise<{ train: Pictures; test: Pictures }> {
  const read = (names: readonly string[]) =>
    Promise.all(names.map((name) => readFile(join(folder, `${name}.bin`)))).then((files) => parseCifar(files));
  const [train, test] = await Promise.all([read([1, 2, 3, 4, 5].map((i) => `data_batch_${i}`)), read(['test_batch'])]);
  return { train, test };
}

/** Colours of the background and of what is drawn: class c has the pair c. */
const palette = [
  [60, 60, 200], [60, 200, 60], [200, 60, 60], [200, 200, 60], [60, 200, 200],
] as const; // biome-ignore format: a table

/** Ten classes of drawings: what they show has one of five colours, and is bright on dark or dark on bright. */
export function drawPictures(count: number, side: number, seed: number): Pictures {
  const scenes = drawScenes(count, side, seed);
  const random = mulberry32(seed + 1000);
  const area = side * side;
  const images = new Uint8Array(count * 3 * area);
  const labels = Uint8Array.from({ length: count }, () => Math.floor(random() * 10));
  for (const [n, label] of labels.entries()) {
    for (const [c, level] of palette[label % 5]!.entries()) {
      for (let i = 0; i < area; i++) {
        const grey = scenes.images[n * area + i]!;
        images[(n * 3 + c) * area + i] = level * (label < 5 ? grey : 1 - grey) + 30 * random();
      }
    }
  }
  return { count, side, images, labels };
}
