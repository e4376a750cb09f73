/** Separable resampling: images times a matrix for the rows and one for the columns. The matrices are data, so that a random place costs no new plan. */
import { OptionError } from '../../core/errors.ts';
import { fromArray } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';

/** How values between pixels are found. */
export type Interpolation = 'nearest' | 'bilinear' | 'bicubic';

export function checkInterpolation<M extends Interpolation>(
  place: string,
  mode: M,
  modes: readonly M[] = ['nearest', 'bilinear', 'bicubic'] as readonly Interpolation[] as readonly M[],
): M {
  if (!modes.includes(mode))
    throw new OptionError(`${place}: interpolation must be one of '${modes.join("', '")}', got '${mode}'`);
  return mode;
}

/** Rows of weights: entry [i, j] is what input j counts for output i. */
export interface Weights {
  readonly to: number;
  readonly from: number;
  readonly data: Float64Array;
}

/** The stretch of `length` inputs that begins at `start`, of `from` in all, at the size `to`. As torch's interpolate(). */
export function resizing(
  from: number,
  to: number,
  mode: Interpolation,
  antialias: boolean,
  start = 0,
  length = from,
): Weights {
  const data = new Float64Array(to * from);
  const scale = length / to;
  for (let i = 0; i < to; i++) {
    const row = data.subarray(i * from + start, i * from + start + length);
    if (mode === 'nearest') row[Math.min(Math.floor(i * scale), length - 1)] = 1;
    else if (antialias) filtered(row, scale * (i + 0.5), Math.max(scale, 1), filters[mode]);
    else if (mode === 'bicubic') taps(row, scale * (i + 0.5) - 0.5, 2, (x) => cubic(x, -0.75));
    else taps(row, Math.max(scale * (i + 0.5) - 0.5, 0), 1, linear);
  }
  return { to, from, data };
}

interface Filter {
  /** Beyond it all weights are 0. */
  readonly radius: number;
  /** The weight at a distance. */
  readonly at: (x: number) => number;
}
const linear = (x: number): number => Math.max(0, 1 - Math.abs(x));
/** Keys' cubic convolution (IEEE Trans. ASSP 29, 1981); PyTorch takes −0.75 for `a`, and −0.5 where it averages. */
function cubic(x: number, a: number): number {
  const d = Math.abs(x);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
}
const filters: Readonly<Record<Exclude<Interpolation, 'nearest'>, Filter>> = {
  bilinear: { radius: 1, at: linear },
  bicubic: { radius: 2, at: (x) => cubic(x, -0.5) },
};

/** Weights of the `2·radius` pixels around `at`; beyond the edges lies the edge. */
function taps(row: Float64Array, at: number, radius: number, weight: (x: number) => number): void {
  const below = Math.floor(at);
  for (let j = below - radius + 1; j <= below + radius; j++)
    row[Math.min(Math.max(j, 0), row.length - 1)]! += weight(at - j);
}

/** Weights around `center` that add up to 1, of a filter stretched by `scale`. */
function filtered(row: Float64Array, center: number, scale: number, filter: Filter): void {
  const support = filter.radius * scale;
  const first = Math.max(Math.trunc(center - support + 0.5), 0);
  const end = Math.min(Math.trunc(center + support + 0.5), row.length);
  let sum = 0;
  for (let j = first; j < end; j++) {
    row[j] = filter.at((j - center + 0.5) / scale);
    sum += row[j]!;
  }
  for (let j = first; j < end; j++) row[j]! /= sum;
}

/** A kernel slid over `size` pixels that continue as their mirror image. */
export function sliding(kernel: readonly number[], size: number): Weights {
  const data = new Float64Array(size * size);
  const half = (kernel.length - 1) / 2;
  for (let i = 0; i < size; i++)
    kernel.forEach((weight, k) => {
      data[i * size + mirrored(i + k - half, size, 0)]! += weight;
    });
  return { to: size, from: size, data };
}

/** A position outside [0, size) mirrored into it; `repeat` 1 repeats the edge itself. */
export function mirrored(at: number, size: number, repeat: 0 | 1): number {
  const period = Math.max(2 * size - 2 + 2 * repeat, 1);
  const inside = ((at % period) + period) % period;
  return inside < size ? inside : period - repeat - inside;
}

export function resample(image: Tensor, rows: Weights, columns: Weights): Tensor {
  return matrix(rows, image, false)
    .matmul(image)
    .matmul(matrix(columns, image, true));
}

function matrix({ to, from, data }: Weights, like: Tensor, transposed: boolean): Tensor {
  const values = new Float32Array(data.length);
  if (!transposed) values.set(data);
  else for (let i = 0; i < to; i++) for (let j = 0; j < from; j++) values[j * to + i] = data[i * from + j]!;
  return fromArray(values, transposed ? [from, to] : [to, from], { dtype: like.dtype, device: like.device });
}

/** Rows and columns at positions, which are data. */
export function select(image: Tensor, rows: readonly number[], columns: readonly number[]): Tensor {
  const positions = (list: readonly number[]): Tensor =>
    fromArray(Int32Array.from(list), [list.length], { device: image.device });
  return image.indexSelect(-2, positions(rows)).indexSelect(-1, positions(columns));
}

export const span = (start: number, length: number): number[] => Array.from({ length }, (_, i) => start + i);
