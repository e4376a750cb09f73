/** Arguments for the tests of single functions. */

/** Uniform in [0, 1): Marsaglia's xorshift32. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const smallest = 2 ** -120;
const maxFinite = (2 - 2 ** -23) * 2 ** 127;

/** Zeros, ones, infinities, NaN, the ends of the range and of the whole numbers. */
export const special: readonly number[] = [
  0,
  1,
  0.5,
  2,
  smallest,
  maxFinite,
  Number.POSITIVE_INFINITY,
  8388607.5,
  8388608,
  16777216,
  2147483648,
  1e4,
  88.72,
  88.73,
  104,
  1e20,
  1e38,
]
  .flatMap((x) => [x, -x])
  .concat(Number.NaN);

/** All exponents, both signs, dense ranges around 0, the special values and the neighbours of the given points. */
export function samples(points: readonly number[] = [], count = 8192): Float32Array<ArrayBuffer> {
  const random = generator(2463534242);
  const out = [...special];
  const bits = new Uint32Array(1);
  const float = new Float32Array(bits.buffer);
  while (out.length < count) {
    bits[0] = Math.floor(random() * 2 ** 32);
    if (Math.abs(float[0]!) >= smallest) out.push(float[0]!);
  }
  for (const width of [0.01, 1, 1, 4, 10, 10, 100, 100, 1000]) {
    for (let i = 0; i < count; i++) out.push((2 * random() - 1) * width);
  }
  for (const point of points) {
    float[0] = point;
    const middle = bits[0]!;
    for (let i = -64; i <= 64; i++) {
      bits[0] = middle + i;
      out.push(float[0]!);
    }
  }
  return Float32Array.from(out);
}
