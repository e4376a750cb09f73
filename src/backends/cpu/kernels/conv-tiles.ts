/**
 * Convolution in JavaScript. An image is kept with its padding, in double precision, and the element of the
 * "image to columns" matrix for tap k and output position p is `image[offsets[k] + p's position]`: the matrix is never
 * made. Four channels by four positions (or taps) are accumulated in local variables.
 */
import type { TypedArray } from '../../../core/dtype.ts';
import type { CpuTensor } from '../kernel.ts';
import { scratch } from '../memory.ts';
import { type Frame, shape4 } from './conv-frame.ts';
import { pad4 } from './gemm.ts';

/** out[channel, row, column] = Σ_k weight[channel, k]·image[offsets[k] + row·rowStep + column], for each image and group. */
export interface TapSums {
  /** Of the images; holds what a band of rows reads. */
  readonly frame: Frame;
  readonly groups: number;
  /** Of a group's results, and of what it reads. */
  readonly channels: number;
  readonly depth: number;
  readonly rows: number;
  readonly band: number;
  /** Rows of the frame from one row of results to the next. */
  readonly rowStep: number;
  readonly parts: readonly TapPart[];
}
/** Results that lie `row` and `column` elements apart from `at` on, in a channel. */
export interface TapPart {
  readonly rows: number;
  readonly columns: number;
  /** Of each tap, in the frame. */
  readonly offsets: Int32Array;
  /** For each group, panels of 4 channels: weight of channel 4·b + i and tap k is at (b·taps + k)·4 + i. */
  readonly weights: TypedArray;
  readonly at: number;
  readonly row: number;
  readonly column: number;
}

/** Where results go: element (channel, row, column) at at + channel·plane + row·row + column·column. */
export interface Target {
  readonly data: TypedArray;
  readonly at: number;
  readonly plane: number;
  readonly row: number;
  readonly column: number;
}

/** Computes TapSums: loads an image from a row of its frame on, and sums the part's first `rows` rows from there. */
export interface TapSummation {
  load(image: number, from: number): void;
  sum(part: TapPart, group: number, rows: number, out: Target): void;
}

/** A tile reads up to three columns past the last. */
const slack = 3;
const framed = (frame: Frame): Float64Array => scratch('float64', frame.size + slack).fill(0);

/** Tiles at the edge are computed whole and stored in part. */
const edge = new Float64Array(16);

export function plainSums({ frame, channels, depth, rowStep }: TapSums): TapSummation {
  const image = framed(frame);
  return {
    load: (n, from) => frame.load(image, n, from),
    sum({ offsets, weights, columns }, group, rows, out) {
      const taps = offsets.length;
      const width = frame.pitch;
      // Rows that follow each other without a gap are one long row.
      const flat = rowStep === 1 && columns === width && out.row === columns * out.column;
      const [rowsApart, across] = flat ? [1, rows * columns] : [rows, columns];
      for (let c = 0; c < channels; c += 4) {
        const weightsAt = group * pad4(channels) * taps + c * taps;
        const tall = Math.min(4, channels - c);
        for (let y = 0; y < rowsApart; y++) {
          const from = group * depth * frame.plane + y * rowStep * width;
          const to = out.at + c * out.plane + y * out.row;
          for (let x = 0; x < across; x += 4) {
            const wide = Math.min(4, across - x);
            const at = from + x;
            if (tall === 4 && wide === 4) {
              tile(taps, weights, weightsAt, image, at, offsets, out.data, to + x * out.column, out.plane, out.column);
            } else if (tall === 1) {
              line(taps, weights, weightsAt, image, at, offsets, edge);
              for (let j = 0; j < wide; j++) out.data[to + (x + j) * out.column] = edge[j]!;
            } else {
              tile(taps, weights, weightsAt, image, at, offsets, edge, 0, 4, 1);
              for (let i = 0; i < tall; i++) {
                for (let j = 0; j < wide; j++) out.data[to + i * out.plane + (x + j) * out.column] = edge[4 * i + j]!;
              }
            }
          }
        }
      }
    },
  };
}

// biome-ignore format: reads as a matrix
function tile(
  taps: number, w: TypedArray, wp: number, image: Float64Array, at: number,
  offsets: Int32Array, out: TypedArray, to: number, plane: number, column: number,
): void {
  let c00 = 0, c01 = 0, c02 = 0, c03 = 0;
  let c10 = 0, c11 = 0, c12 = 0, c13 = 0;
  let c20 = 0, c21 = 0, c22 = 0, c23 = 0;
  let c30 = 0, c31 = 0, c32 = 0, c33 = 0;
  const at1 = at + 1, at2 = at + 2, at3 = at + 3;
  for (let k = 0, p = wp; k < taps; k++, p += 4) {
    const q = offsets[k]!;
    const b0 = image[at + q]!, b1 = image[at1 + q]!, b2 = image[at2 + q]!, b3 = image[at3 + q]!;
    let v = w[p]!;
    c00 += v * b0; c01 += v * b1; c02 += v * b2; c03 += v * b3;
    v = w[p + 1]!;
    c10 += v * b0; c11 += v * b1; c12 += v * b2; c13 += v * b3;
    v = w[p + 2]!;
    c20 += v * b0; c21 += v * b1; c22 += v * b2; c23 += v * b3;
    v = w[p + 3]!;
    c30 += v * b0; c31 += v * b1; c32 += v * b2; c33 += v * b3;
  }
  const c2 = 2 * column, c3 = 3 * column;
  out[to] = c00; out[to + column] = c01; out[to + c2] = c02; out[to + c3] = c03;
  to += plane;
  out[to] = c10; out[to + column] = c11; out[to + c2] = c12; out[to + c3] = c13;
  to += plane;
  out[to] = c20; out[to + column] = c21; out[to + c2] = c22; out[to + c3] = c23;
  to += plane;
  out[to] = c30; out[to + column] = c31; out[to + c2] = c32; out[to + c3] = c33;
}

/** A tile of one channel. */
// biome-ignore format: reads as a matrix
function line(taps: number, w: TypedArray, wp: number, image: Float64Array, at: number, offsets: Int32Array, out: Float64Array): void {
  let c0 = 0, c1 = 0, c2 = 0, c3 = 0;
  const at1 = at + 1, at2 = at + 2, at3 = at + 3;
  for (let k = 0, p = wp; k < taps; k++, p += 4) {
    const q = offsets[k]!;
    const v = w[p]!;
    c0 += v * image[at + q]!; c1 += v * image[at1 + q]!; c2 += v * image[at2 + q]!; c3 += v * image[at3 + q]!;
  }
  out[0] = c0; out[1] = c1; out[2] = c2; out[3] = c3;
}

/**
 * acc[i·ld + j] += Σ over rows and columns of dy[channel i]·image[o_j + position]: four channels by four taps of a weight
 * gradient. `dy` holds four channels per position.
 */
// biome-ignore format: reads as a matrix
function weightTile(
  rows: number, columns: number, dy: Float64Array, dyAt: number, image: Float64Array, rowStep: number,
  o0: number, o1: number, o2: number, o3: number, acc: Float64Array, to: number, ld: number,
): void {
  let c00 = 0, c01 = 0, c02 = 0, c03 = 0;
  let c10 = 0, c11 = 0, c12 = 0, c13 = 0;
  let c20 = 0, c21 = 0, c22 = 0, c23 = 0;
  let c30 = 0, c31 = 0, c32 = 0, c33 = 0;
  let p = dyAt;
  for (let y = 0; y < rows; y++) {
    const end = y * rowStep + columns;
    for (let q = y * rowStep; q < end; q++, p += 4) {
      const b0 = image[o0 + q]!, b1 = image[o1 + q]!, b2 = image[o2 + q]!, b3 = image[o3 + q]!;
      let v = dy[p]!;
      c00 += v * b0; c01 += v * b1; c02 += v * b2; c03 += v * b3;
      v = dy[p + 1]!;
      c10 += v * b0; c11 += v * b1; c12 += v * b2; c13 += v * b3;
      v = dy[p + 2]!;
      c20 += v * b0; c21 += v * b1; c22 += v * b2; c23 += v * b3;
      v = dy[p + 3]!;
      c30 += v * b0; c31 += v * b1; c32 += v * b2; c33 += v * b3;
    }
  }
  acc[to]! += c00; acc[to + 1]! += c01; acc[to + 2]! += c02; acc[to + 3]! += c03;
  to += ld;
  acc[to]! += c10; acc[to + 1]! += c11; acc[to + 2]! += c12; acc[to + 3]! += c13;
  to += ld;
  acc[to]! += c20; acc[to + 1]! += c21; acc[to + 2]! += c22; acc[to + 3]! += c23;
  to += ld;
  acc[to]! += c30; acc[to + 1]! += c31; acc[to + 2]! += c32; acc[to + 3]! += c33;
}

/** dw[channel, k] = Σ over images and positions of dy[channel, position]·image[offsets[k] + position], for each group. */
export interface TapGradient {
  readonly frame: Frame;
  readonly dy: CpuTensor;
  readonly groups: number;
  /** Of a group's dy, and of its images. */
  readonly channels: number;
  readonly depth: number;
  readonly offsets: Int32Array;
  readonly rowStep: number;
  readonly columns: number;
  /** Most rows of dy at a time. */
  readonly band: number;
}
/** Adds up a TapGradient, some rows of dy of an image at a time. */
export interface TapGradients {
  add(image: number, row: number, rows: number): void;
  readonly sums: Float64Array;
  /** Where in `sums` the first tap of a channel is, and how far apart the taps are. */
  place(group: number, channel: number): { readonly at: number; readonly step: number };
}

/**
 * Rows of an image's dy as panels of `height` channels: channel height·b + i at position p is at
 * (b·positions + p)·height + i. What fills the last panel is left as it is.
 */
export function packChannels(
  panels: Float32Array | Float64Array,
  height: number,
  { data, layout }: CpuTensor,
  image: number,
  channel: number,
  channels: number,
  row: number,
  rows: number,
): void {
  const [, , , w] = shape4(layout.shape);
  const [sn, sc, sh, sw] = shape4(layout.strides);
  for (let i = 0; i < channels; i++) {
    let to = (i - (i % height)) * rows * w + (i % height);
    for (let y = row; y < row + rows; y++) {
      let from = layout.offset + image * sn + (channel + i) * sc + y * sh;
      for (let x = 0; x < w; x++, to += height, from += sw) panels[to] = data[from]!;
    }
  }
}

export function plainGradient(task: TapGradient): TapGradients {
  const { frame, dy, groups, channels, depth, offsets, rowStep, columns } = task;
  const image = framed(frame);
  const panels = scratch('float64', pad4(channels) * task.band * columns).fill(0);
  const taps = offsets.length;
  const ld = pad4(taps);
  const groupSize = pad4(channels) * ld;
  const sums = scratch('float64', groups * groupSize).fill(0);
  return {
    sums,
    place: (group, channel) => ({ at: group * groupSize + channel * ld, step: 1 }),
    add(n, row, rows) {
      frame.load(image, n, row * rowStep);
      for (let g = 0; g < groups; g++) {
        packChannels(panels, 4, dy, n, g * channels, channels, row, rows);
        const base = g * depth * frame.plane;
        // Past the last tap a tile repeats it; those columns of the sums are never read.
        const at = (k: number): number => base + offsets[Math.min(k, taps - 1)]!;
        for (let i = 0; i < channels; i += 4) {
          const from = i * rows * columns;
          const to = g * groupSize + i * ld;
          for (let k = 0; k < taps; k += 4) {
            const [o0, o1, o2, o3] = [at(k), at(k + 1), at(k + 2), at(k + 3)];
            weightTile(rows, columns, panels, from, image, rowStep * frame.pitch, o0, o1, o2, o3, sums, to + k, ld);
          }
        }
      }
    },
  };
}
