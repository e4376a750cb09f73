/** Where convolutions find the elements of an image. */
import type { CpuTensor } from '../kernel.ts';

export type Shape4 = readonly [number, number, number, number];
export const shape4 = (shape: readonly number[]): Shape4 => shape as Shape4;

/**
 * An image of a tensor within a frame of zeros, or a band of its rows. For a convolution with a column stride of `split`, columns
 * that are so far apart lie side by side, so that all results of a row read neighbours.
 */
export class Frame {
  readonly height: number;
  /** Elements of a row, and of all rows of a channel. */
  readonly pitch: number;
  readonly plane: number;
  readonly size: number;
  private readonly source: CpuTensor;
  private readonly top: number;
  private readonly split: number;
  /** Elements of the source from `first` on, `split` apart, lie from `at` on. */
  private readonly runs: readonly { readonly first: number; readonly count: number; readonly at: number }[];

  /** Element (y, x) of a channel is at (y + top, x + left) of `height` by `width`; what lies outside is left out. */
  constructor(source: CpuTensor, height: number, width: number, top: number, left: number, split: number) {
    this.source = source;
    this.height = height;
    this.pitch = split * Math.ceil(width / split);
    this.plane = height * this.pitch;
    this.size = source.layout.shape[1]! * this.plane;
    this.top = top;
    this.split = split;
    const end = Math.min(source.layout.shape[3]!, width - left);
    this.runs = Array.from({ length: Math.min(split, Math.max(end, 0)) }, (_, first) => ({
      first,
      count: Math.ceil((end - first) / split),
      at: this.column(first + left),
    }));
  }

  /** Where column x is in a row. */
  column(x: number): number {
    return (x % this.split) * (this.pitch / this.split) + Math.floor(x / this.split);
  }

  /** Loads image n from row `from` of the frame on, into memory that was all zeros at first. */
  load(into: Float32Array | Float64Array, n: number, from: number): void {
    const { data, layout } = this.source;
    const [, channels, h] = shape4(layout.shape);
    const [sn, sc, sh, sw] = shape4(layout.strides);
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < this.height; y++) {
        const to = c * this.plane + y * this.pitch;
        const row = from + y - this.top;
        if (row < 0 || row >= h) {
          into.fill(0, to, to + this.pitch);
          continue;
        }
        const at = layout.offset + n * sn + c * sc + row * sh;
        for (const run of this.runs) loadRow(into, to + run.at, data, at + run.first * sw, sw * this.split, run.count);
      }
    }
  }
}

function loadRow(
  out: Float32Array | Float64Array,
  to: number,
  x: CpuTensor['data'],
  from: number,
  stride: number,
  n: number,
): void {
  for (let i = 0, p = from; i < n; i++, p += stride) out[to + i] = x[p]!;
}

/** Along one dim: the inputs first, first + stride, … and the taps that reach them, each with the output it comes from. */
export interface Phase {
  readonly first: number;
  readonly count: number;
  readonly taps: readonly { readonly tap: number; readonly shift: number }[];
}

/** Input i gets a contribution by tap k from output (i + padding − k·dilation) / stride, where that is whole. */
export function phases(size: number, kernel: number, stride: number, padding: number, dilation: number): Phase[] {
  return Array.from({ length: Math.min(stride, size) }, (_, first) => ({
    first,
    count: Math.ceil((size - first) / stride),
    taps: Array.from({ length: kernel }, (_, tap) => ({
      tap,
      shift: (first + padding - tap * dilation) / stride,
    })).filter(({ shift }) => Number.isInteger(shift)),
  }));
}

/** How many outputs before the first the phases read, and how many after an input of theirs. */
export function reach(list: readonly Phase[]): { before: number; after: number } {
  const shifts = list.flatMap((p) => p.taps.map((t) => t.shift));
  return { before: Math.max(0, ...shifts.map((s) => -s)), after: Math.max(0, ...shifts) };
}
