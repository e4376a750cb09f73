/** Ops that make values from the element's index. Their operands are scalars: the first element of each lane. */

import { threefry } from '../../../core/rng.ts';
import type { Lane, Loop, PointwiseKernel } from '../lane.ts';

const every =
  (loop: Loop): PointwiseKernel =>
  () =>
    loop;
const scalar = ({ data, at }: Lane): number => data[at]!;

const words = new Uint32Array(2);
const inverse24 = 2 ** -24;

/** u in [0, 1) from the top 24 bits: exact in float32, so equal on every device. */
const uniform: Loop = (n, { data: o, at: p }, key0, key1, stream, start) => {
  const k0 = scalar(key0);
  const k1 = scalar(key1);
  const s = scalar(stream);
  for (let i = 0; i < n; i++) {
    threefry(words, k0, k1, start + i, s);
    o[p + i] = (words[0]! >>> 8) * inverse24;
  }
};

/** Box-Muller on the two words of one counter. */
const normal: Loop = (n, { data: o, at: p }, key0, key1, stream, start) => {
  const k0 = scalar(key0);
  const k1 = scalar(key1);
  const s = scalar(stream);
  for (let i = 0; i < n; i++) {
    threefry(words, k0, k1, start + i, s);
    const u1 = ((words[0]! >>> 8) + 1) * inverse24;
    const u2 = (words[1]! >>> 8) * inverse24;
    o[p + i] = Math.sqrt(-2 * Math.log(u1)) * Math.cos(2 * Math.PI * u2);
  }
};

const randomInt: Loop = (n, { data: o, at: p }, key0, key1, stream, start, [low, high]) => {
  const k0 = scalar(key0);
  const k1 = scalar(key1);
  const s = scalar(stream);
  const from = scalar(low!);
  const range = (scalar(high!) - from) >>> 0;
  for (let i = 0; i < n; i++) {
    threefry(words, k0, k1, start + i, s);
    o[p + i] = range === 0 ? from : from + (words[0]! % range);
  }
};

export const sourceKernels = {
  fill: every((n, { data: o, at: p }, value) => {
    o.fill(scalar(value), p, p + n);
  }),
  arange: every((n, { data: o, at: p }, first, step, _c, start) => {
    const a = scalar(first);
    const d = scalar(step);
    for (let i = 0; i < n; i++) o[p + i] = a + (start + i) * d;
  }),
  uniform: every(uniform),
  normal: every(normal),
  randomInt: every(randomInt),
} satisfies Record<string, PointwiseKernel>;
