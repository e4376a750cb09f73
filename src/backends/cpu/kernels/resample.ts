/** Interpolation: tables of taps and weights per dim, applied to a plane at a time. */
import { type ResampleFilter, resampleAttrs } from '../../../ops/extended/resample.ts';
import type { CpuKernel } from '../kernel.ts';
import { around, scalarAt, tensorAt } from '../operands.ts';
import { dense } from '../strided.ts';

/** What one result reads along a dim: neighbouring inputs from `start` on, and the weight of each. */
interface Taps {
  readonly start: number;
  readonly weights: readonly number[];
}
/** Rounds as the tensor's dtype does: PyTorch finds places in it, and the nearest input depends on the last bit. */
type Rounding = (v: number) => number;
type Filter = (o: number, scale: number, size: number, align: boolean, round: Rounding) => Taps;

const nearest =
  (shift: number): Filter =>
  (o, scale, size, _align, round) => ({
    start: Math.min(Math.floor(round(round(o + shift) * scale)), size - 1),
    weights: [1],
  });

/** Where result `o` lies among the inputs. */
const place = (o: number, scale: number, align: boolean, round: Rounding): number =>
  align ? round(scale * o) : round(round(scale * (o + 0.5)) - 0.5);

const linear: Filter = (o, scale, size, align, round) => {
  const at = Math.max(place(o, scale, align, round), 0);
  const start = Math.min(Math.floor(at), size - 1);
  const part = Math.min(Math.max(at - start, 0), 1);
  return { start, weights: start === size - 1 ? [1] : [1 - part, part] };
};

/** Cubic convolution at distance t (Keys 1981). */
function keys(t: number, a: number): number {
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? ((t - 5) * t + 8) * t * a - 4 * a : 0;
}

const cubic: Filter = (o, scale, size, align, round) => {
  const at = place(o, scale, align, round);
  const middle = Math.min(Math.floor(at), size - 1);
  const part = Math.min(Math.max(at - middle, 0), 1);
  const inside = (i: number): number => Math.min(Math.max(i, 0), size - 1);
  const start = inside(middle - 1);
  const weights = new Array<number>(inside(middle + 2) - start + 1).fill(0);
  // Taps outside are the outermost inputs.
  for (let k = -1; k <= 2; k++) weights[inside(middle + k) - start]! += keys(Math.abs(part - k), -0.75);
  return { start, weights };
};

/** A filter as wide as a result is among the inputs; the weights are not divided by their sum. */
const wide =
  (radius: number, weight: (t: number) => number): Filter =>
  (o, scale, size) => {
    const at = scale * (o + 0.5);
    const width = Math.max(scale, 1);
    const start = Math.max(Math.trunc(at - radius * width + 0.5), 0);
    const end = Math.min(Math.trunc(at + radius * width + 0.5), size);
    const weights = Array.from({ length: Math.max(end - start, 0) }, (_, k) =>
      weight(Math.abs(start + k - at + 0.5) / width),
    );
    return { start, weights };
  };
const sinc = (t: number): number => (t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t));

const filters: Record<ResampleFilter, Filter> = {
  nearest: nearest(0),
  nearestExact: nearest(0.5),
  linear,
  cubic,
  wideLinear: wide(1, (t) => Math.max(1 - t, 0)),
  wideCubic: wide(2, (t) => keys(t, -0.5)),
  wideLanczos: wide(3, (t) => (t < 3 ? sinc(t) * sinc(t / 3) : 0)),
};

/** The taps of all results along a dim, one after the other: those of result o are at offsets[o] up to offsets[o + 1]. */
interface TapTable {
  readonly offsets: Int32Array;
  readonly inputs: Int32Array;
  readonly weights: Float64Array;
}

function tapTable(count: number, taps: (o: number) => Taps): TapTable {
  const all = Array.from({ length: count }, (_, o) => taps(o));
  const offsets = new Int32Array(count + 1);
  for (const [o, { weights }] of all.entries()) offsets[o + 1] = offsets[o]! + weights.length;
  return {
    offsets,
    inputs: Int32Array.from(all.flatMap(({ start, weights }) => weights.map((_, k) => start + k))),
    weights: Float64Array.from(all.flatMap(({ weights }) => weights)),
  };
}

const resample =
  (backward: boolean): CpuKernel =>
  (inputs, [out], attrs) => {
    const x = tensorAt(inputs, 0);
    const data = dense(x);
    const { filter, dim, alignCorners, from, to } = resampleAttrs(attrs);
    const round: Rounding = x.dtype === 'float32' ? Math.fround : (v) => v;
    const table = (i: 0 | 1): TapTable =>
      tapTable(to[i], (o) => filters[filter](o, scalarAt(inputs, 1 + i), from[i], alignCorners, round));
    const [rows, columns] = [table(0), table(1)];
    const { inner } = around(x.layout.shape, dim + 1);
    const { outer } = around(x.layout.shape, dim);
    const sums = new Float64Array(out!.data.length);
    for (let plane = 0, result = 0; plane < outer; plane++) {
      for (let oh = 0; oh < to[0]; oh++) {
        for (let ow = 0; ow < to[1]; ow++, result += inner) {
          for (let a = rows.offsets[oh]!; a < rows.offsets[oh + 1]!; a++) {
            const row = (plane * from[0] + rows.inputs[a]!) * from[1];
            for (let b = columns.offsets[ow]!; b < columns.offsets[ow + 1]!; b++) {
              const input = (row + columns.inputs[b]!) * inner;
              const weight = rows.weights[a]! * columns.weights[b]!;
              for (let k = 0; k < inner; k++) {
                if (backward) sums[input + k]! += weight * data[result + k]!;
                else sums[result + k]! += weight * data[input + k]!;
              }
            }
          }
        }
      }
    }
    out!.data.set(sums);
  };

export const resampleKernels = { resample: resample(false), resampleBackward: resample(true) } satisfies Record<
  string,
  CpuKernel
>;
