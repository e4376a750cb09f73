/** Small models and data for tests of whole training steps. */
import { type DeviceName, fromArray, type Tensor } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import type { Random } from './programs/random.ts';

/** Values in [-1, 1). */
export function noise(random: Random, shape: readonly number[], device: DeviceName): Tensor {
  const n = shape.reduce((p, d) => p * d, 1);
  return fromArray(
    Float32Array.from({ length: n }, () => random.next() * 2 - 1),
    [...shape],
    { device },
  );
}

export function labels(random: Random, n: number, classes: number, device: DeviceName): Tensor {
  return fromArray(
    Int32Array.from({ length: n }, () => random.below(classes)),
    [n],
    { dtype: 'int32', device },
  );
}

/** in - … - out with ReLU between. `dropout`: after each ReLU. */
export function mlp(sizes: readonly number[], dropout = 0): nn.Sequential {
  const layers = sizes.slice(1).flatMap((size, i) => {
    const linear = new nn.Linear(sizes[i]!, size);
    if (i === sizes.length - 2) return [linear];
    return [linear, new nn.ReLU(), ...(dropout > 0 ? [new nn.Dropout(dropout)] : [])];
  });
  return new nn.Sequential(...layers);
}

/** Two 3x3 convolutions with pooling, and a linear layer. The image is `side` x `side`, a multiple of 4. */
export function cnn(
  channels: readonly [number, number, number],
  side: number,
  classes: number,
  dropout = 0,
): nn.Sequential {
  const [c0, c1, c2] = channels;
  return new nn.Sequential(
    new nn.Conv2d(c0, c1, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(c1, c2, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    ...(dropout > 0 ? [new nn.Dropout(dropout)] : []),
    new nn.Linear(c2 * (side / 4) ** 2, classes),
  );
}
