/** Images of one part of MNIST: `count` × 28 × 28 bytes, 0 is paper and 255 is ink, with a label 0-9 each. */
export interface Digits {
  count: number;
  images: Uint8Array;
  labels: Uint8Array;
}
export interface Mnist {
  train: Digits;
  test: Digits;
}

export const side = 28;
export const pixels = side * side;

/** The first `count` digits, or all where there are fewer. */
export function head({ count: all, images, labels }: Digits, count: number): Digits {
  const some = Math.min(all, count);
  return { count: some, images: images.subarray(0, some * pixels), labels: labels.subarray(0, some) };
}
