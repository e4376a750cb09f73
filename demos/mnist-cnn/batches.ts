import { fromArray, type Tensor } from 'lumigrad';
import { type Digits, pixels, side } from './digits.ts';

/** (N, 1, 28, 28) pictures and (N) labels. */
export type Batch = readonly [images: Tensor, labels: Tensor];

/** What each byte of a picture becomes: mean 0 and deviation 1 over all of MNIST. */
const mean = 0.1307;
const deviation = 0.3081;
const normalized = Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - mean) / deviation);

/** Pictures as bytes, one after the other, as a tensor (N, 1, 28, 28). */
export function toImages(bytes: Uint8Array): Tensor {
  const values = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) values[i] = normalized[bytes[i]!]!;
  return fromArray(values, [bytes.length / pixels, 1, side, side]);
}

/** Labels as bytes, as an int32 tensor (N). */
export function toLabels(bytes: Uint8Array): Tensor {
  return fromArray(Int32Array.from(bytes), [bytes.length]);
}

/** All digits once, in an order that `seed` and the epoch decide; the last few that fill no batch are left out. */
export function digitLoader({ count, images, labels }: Digits, batchSize: number, seed: number): DataLoader<Batch> {
  const indices = { length: count, get: (index: number) => index };
  return new DataLoader(indices, {
    batchSize,
    shuffle: true,
    dropLast: true,
    generator: new Generator(seed),
    collate: (chosen: readonly number[]): Batch => {
      const pictures = new Uint8Array(chosen.length * pixels);
      chosen.forEach((index, i) => {
        pictures.set(images.subarray(index * pixels, (index + 1) * pixels), i * pixels);
      });
      return [toImages(pictures), toLabels(Uint8Array.from(chosen, (index) => labels[index]!))];
    },
  });
}

/** One epoch after the other, without end. */
export async function* endlessly(loader: DataLoader<Batch>): AsyncGenerator<Batch> {
  for (;;) yield* loader;
}
