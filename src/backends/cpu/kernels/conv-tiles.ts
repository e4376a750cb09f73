/**
 * Inner loops of convolution. An image is kept with its padding, in double precision, and the element of the
 * "image to columns" matrix for tap k and output position p is `image[offsets[k] + p's position]`: the matrix is never
 * made. Four channels by four positions (or taps) are accumulated in local variables.
 */
import type { TypedArray } from '../../../core/dtype.ts';

/** out[channel, row, column] = Σ_k weight[channel, k]·image[offsets[k] + row·rowStep + column·columnStep] */
export interface TapSum {
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
  readonly taps: number;
  /** Panels of 4 channels: weight of channel 4·b + i and tap k is at (b·taps + k)·4 + i. */
  readonly weights: Float64Array;
  /** Where this sum's panels start. */
  readonly weightsAt: number;
  readonly offsets: Int32Array;
  readonly rowStep: number;
  readonly columnStep: number;
}

/** Where results go: element (channel, row, column) at at + channel·plane + row·row + column·column. */
export interface Target {
  readonly data: TypedArray;
  readonly at: number;
  readonly plane: number;
  readonly row: number;
  readonly column: number;
}

/** Tiles at the edge are computed whole and stored in part. */
const edge = new Float64Array(16);

export function tapSum(s: TapSum, image: Float64Array, imageAt: number, out: Target): void {
  for (let c = 0; c < s.channels; c += 4) {
    const weightsAt = s.weightsAt + c * s.taps;
    const channels = Math.min(4, s.channels - c);
    for (let y = 0; y < s.rows; y++) {
      const from = imageAt + y * s.rowStep;
      const to = out.at + c * out.plane + y * out.row;
      for (let x = 0; x < s.columns; x += 4) {
        const columns = Math.min(4, s.columns - x);
        const at = from + x * s.columnStep;
        if (channels === 4 && columns === 4) {
          tile(
            s.taps,
            s.weights,
            weightsAt,
            image,
            at,
            s.columnStep,
            s.offsets,
            out.data,
            to + x * out.column,
            out.plane,
            out.column,
          );
        } else if (channels === 1) {
          line(s.taps, s.weights, weightsAt, image, at, s.columnStep, s.offsets, edge);
          for (let j = 0; j < columns; j++) out.data[to + (x + j) * out.column] = edge[j]!;
        } else {
          tile(s.taps, s.weights, weightsAt, image, at, s.columnStep, s.offsets, edge, 0, 4, 1);
          for (let i = 0; i < channels; i++) {
            for (let j = 0; j < columns; j++) out.data[to + i * out.plane + (x + j) * out.column] = edge[4 * i + j]!;
          }
        }
      }
    }
  }
}

// biome-ignore format: reads as a matrix
function tile(
  taps: number, w: Float64Array, wp: number, image: Float64Array, at: number, step: number,
  offsets: Int32Array, out: TypedArray, to: number, plane: number, column: number,
): void {
  let c00 = 0, c01 = 0, c02 = 0, c03 = 0;
  let c10 = 0, c11 = 0, c12 = 0, c13 = 0;
  let c20 = 0, c21 = 0, c22 = 0, c23 = 0;
  let c30 = 0, c31 = 0, c32 = 0, c33 = 0;
  const at1 = at + step, at2 = at1 + step, at3 = at2 + step;
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
function line(taps: number, w: Float64Array, wp: number, image: Float64Array, at: number, step: number, offsets: Int32Array, out: Float64Array): void {
  let c0 = 0, c1 = 0, c2 = 0, c3 = 0;
  const at1 = at + step, at2 = at1 + step, at3 = at2 + step;
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
export function weightTile(
  rows: number, columns: number, dy: Float64Array, dyAt: number, image: Float64Array, rowStep: number, step: number,
  o0: number, o1: number, o2: number, o3: number, acc: Float64Array, to: number, ld: number,
): void {
  let c00 = 0, c01 = 0, c02 = 0, c03 = 0;
  let c10 = 0, c11 = 0, c12 = 0, c13 = 0;
  let c20 = 0, c21 = 0, c22 = 0, c23 = 0;
  let c30 = 0, c31 = 0, c32 = 0, c33 = 0;
  let p = dyAt;
  for (let y = 0; y < rows; y++) {
    const end = y * rowStep + columns * step;
    for (let q = y * rowStep; q < end; q += step, p += 4) {
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
