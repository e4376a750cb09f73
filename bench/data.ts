/** The same weights and batches for every library, from one small generator. */

/** mulberry32: uniform numbers in [0, 1). */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Numbers in [-bound, bound). */
export function randomArray(length: number, bound: number, seed: number): Float32Array {
  const next = uniform(seed);
  return Float32Array.from({ length }, () => (2 * next() - 1) * bound);
}

export interface Weight {
  /** Its name in PyTorch's state dict of the Sequential. */
  readonly name: string;
  /** PyTorch's layout: (out, in) and (out, in, height, width). */
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface Batch {
  readonly images: Float32Array;
  readonly shape: readonly number[];
  readonly labels: Int32Array;
}

/** Weight and bias of three layers. */
export type Six<T> = [T, T, T, T, T, T];

const mlpSizes = [784, 256, 128, 10] as const;
export const mlpBatch = 128;
export const cnnBatch = 64;
export const classes = 10;
export const adam = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8 } as const;
export const sgd = { lr: 0.01, momentum: 0.9 } as const;

/** The weight and bias of a layer, with PyTorch's default bounds. */
function layer(index: number, shape: readonly number[]): [Weight, Weight] {
  const bound = 1 / Math.sqrt(count(shape.slice(1)));
  return [
    { name: `${index}.weight`, shape, data: randomArray(count(shape), bound, 10 * index + 1) },
    { name: `${index}.bias`, shape: [shape[0]!], data: randomArray(shape[0]!, bound, 10 * index + 2) },
  ];
}

export function mlpWeights(): Six<Weight> {
  const [a, b, c, d] = mlpSizes;
  return [...layer(0, [b, a]), ...layer(2, [c, b]), ...layer(4, [d, c])];
}

export function cnnWeights(): Six<Weight> {
  return [...layer(0, [16, 1, 3, 3]), ...layer(3, [32, 16, 3, 3]), ...layer(7, [classes, 32 * 7 * 7])];
}

/** Images of the given shape in [0, 1), and labels. */
export function batch(shape: readonly number[], seed: number): Batch {
  const next = uniform(seed);
  return {
    shape,
    images: Float32Array.from({ length: count(shape) }, next),
    labels: Int32Array.from({ length: shape[0]! }, () => Math.floor(next() * classes)),
  };
}

export const mlpData = (): Batch => batch([mlpBatch, 784], 100);
export const cnnData = (): Batch => batch([cnnBatch, 1, 28, 28], 101);

/** Rows of ten with a one at each label. */
export function oneHot(labels: Int32Array): Float32Array {
  const rows = new Float32Array(labels.length * classes);
  labels.forEach((label, i) => {
    rows[i * classes + label] = 1;
  });
  return rows;
}

/** Swaps the axes of a contiguous array as `permutation` says. */
export function transpose(data: Float32Array, shape: readonly number[], permutation: readonly number[]): Float32Array {
  const strides = shape.map((_, i) => count(shape.slice(i + 1)));
  const sizes = permutation.map((axis) => shape[axis]!);
  return Float32Array.from({ length: data.length }, (_, flat) => {
    let rest = flat;
    let from = 0;
    for (let i = sizes.length - 1; i >= 0; i--) {
      from += (rest % sizes[i]!) * strides[permutation[i]!]!;
      rest = Math.floor(rest / sizes[i]!);
    }
    return data[from]!;
  });
}

/** A sum that changes when elements change places. */
export function checksum(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.abs(values[i]!) * (1 + (i % 7));
  return sum;
}
