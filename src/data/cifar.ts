/** CIFAR's binary files. */
import { FormatError, wrongType } from '../core/errors.ts';
import type { ImageBatch } from './image.ts';

/** Labels and their shape: a source of a TensorDataset. */
export interface LabelBatch {
  readonly data: Uint8Array;
  readonly shape: [n: number];
}

const pixels = 3 * 32 * 32;

/** Records of label bytes and an image, red, green and blue plane. */
function records(
  name: string,
  bytes: Uint8Array,
  most: readonly number[],
): { images: ImageBatch; labels: LabelBatch[] } {
  if (!(bytes instanceof Uint8Array)) wrongType(name, 'bytes', 'Uint8Array', bytes, 'new Uint8Array(buffer)');
  const size = most.length + pixels;
  const count = bytes.length / size;
  if (!Number.isInteger(count))
    throw new FormatError(`CIFAR: ${bytes.length} bytes are no whole number of records of ${size} bytes\n  in ${name}`);
  const images = new Uint8Array(count * pixels);
  const labels = most.map(() => new Uint8Array(count));
  for (let i = 0; i < count; i++) {
    const start = i * size;
    most.forEach((classes, k) => {
      const label = bytes[start + k]!;
      if (label >= classes)
        throw new FormatError(`CIFAR: record ${i} has label ${label}, of ${classes} classes\n  in ${name}`);
      labels[k]![i] = label;
    });
    images.set(bytes.subarray(start + most.length, start + size), i * pixels);
  }
  return {
    images: { data: images, shape: [count, 3, 32, 32] },
    labels: labels.map((data) => ({ data, shape: [count] })),
  };
}

/**
 * Reads a binary file of CIFAR-10: images (N, 3, 32, 32) and labels from 0 to 9, as sources of a TensorDataset. Source:
 * https://www.cs.toronto.edu/~kriz/cifar.html.
 *
 * @throws FormatError unless the bytes are whole records.
 * @example
 * const { images, labels } = parseCifar10(new Uint8Array(2 * 3073));
 * const dataset = new TensorDataset({ ...images, scale: 1 / 255 }, labels);
 * images.shape; // [2, 3, 32, 32]
 */
export function parseCifar10(bytes: Uint8Array): { images: ImageBatch; labels: LabelBatch } {
  const { images, labels } = records('parseCifar10', bytes, [10]);
  return { images, labels: labels[0]! };
}

/**
 * Reads a binary file of CIFAR-100: as {@link parseCifar10}, with labels from 0 to 99 and the 20 coarse ones.
 *
 * @throws FormatError unless the bytes are whole records.
 * @example
 * parseCifar100(new Uint8Array(3074)).coarseLabels.shape; // [1]
 */
export function parseCifar100(bytes: Uint8Array): { images: ImageBatch; labels: LabelBatch; coarseLabels: LabelBatch } {
  const { images, labels } = records('parseCifar100', bytes, [20, 100]);
  return { images, labels: labels[1]!, coarseLabels: labels[0]! };
}
