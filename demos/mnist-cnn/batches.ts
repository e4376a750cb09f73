import { fromArray, type Tensor } from 'lumigrad';
import { DataLoader, TensorDataset } from 'lumigrad/data';
import { type Digits, side } from './digits.ts';

/** (N, 1, 28, 28) pictures and (N) labels. */
export type Batch = [images: Tensor, labels: Tensor];

/** Bytes become numbers with mean 0 and deviation 1 over all of MNIST. */
const mean = 0.1307;
const deviation = 0.3081;
const scale = 1 / 255 / deviation;
const offset = -mean / deviation;

/** The digits as a dataset; the bytes stay where they are, batches are made of them. */
export function digitDataset({ count, images, labels }: Digits) {
  return new TensorDataset(
    { data: images, shape: [count, 1, side, side], scale, offset },
    { data: labels, shape: [count] },
  );
}

/** All digits once, in an order that `seed` and the epoch decide; the last few that fill no batch are left out. */
export function digitLoader(digits: Digits, batchSize: number, seed: number): DataLoader<Batch, Batch> {
  return new DataLoader(digitDataset(digits), { batchSize, shuffle: true, dropLast: true, seed });
}

/** One epoch after the other, without end. */
export async function* endlessly<T>(loader: AsyncIterable<T>): AsyncGenerator<T, never, undefined> {
  for (;;) yield* loader;
}

/** One picture as a tensor (1, 1, 28, 28). */
export function toImage(bytes: Uint8Array): Tensor {
  const values = Float32Array.from(bytes, (byte) => scale * byte + offset);
  return fromArray(values, [1, 1, side, side]);
}
