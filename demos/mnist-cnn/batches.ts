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
