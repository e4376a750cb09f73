/** C = A·B of float32 matrices by the WebAssembly tiles: blocks are packed into the module's memory, as gemm.ts packs its own. */
import type { Simd } from '../wasm/simd.ts';
import { tileColumns, tileRows } from '../wasm/tiles.ts';
import type { Matrix } from './gemm.ts';

/** Elements are float32. */
export interface FloatMatrix extends Matrix {
  readonly data: Float32Array;
}

/**
 * Sums of so many products are float32, and are added in double precision: rounding errors stay as small as they are after
 * 64 additions, however long the sum. Runs twice as long are no faster.
 */
export const runLength = 64;
/** Sums of `k` products: how many runs of about one length. */
export const runsOf = (k: number): number => Math.ceil(k / runLength);

// Rows of A and columns of B in a block, together 1.4 MiB with the sums.
const blockM = 256;
const blockN = 384;

/** `n` as whole tiles. */
export const wholeRows = (n: number): number => Math.ceil(n / tileRows) * tileRows;
export const wholeColumns = (n: number): number => Math.ceil(n / tileColumns) * tileColumns;

/**
 * Packs `lines` lines of k elements into panels of `height` of them, zeros filling the last one. Element (l, i) is at
 * at + l·line + i·step.
 */
export function packFloats(
  panels: Float32Array,
  height: number,
  lines: number,
  k: number,
  x: Float32Array,
  at: number,
  line: number,
  step: number,
): void {
  for (let l = 0; l < lines; l += height) {
    const base = l * k;
    const from = at + l * line;
    const width = Math.min(height, lines - l);
    // Nobody reads what comes of the lines that are missing, but remains there could be slow numbers, such as subnormal ones.
    if (width < height) panels.fill(0, base, base + height * k);
    // Whichever way its elements lie side by side.
    if (width === height && Math.abs(line) <= Math.abs(step)) {
      for (let w = 0; w < height; w += 4) packFour(panels, base + w, height, k, x, from + w * line, line, step);
    } else {
      for (let w = 0; w < width; w++)
        for (let i = 0, p = from + w * line, q = base + w; i < k; i++, p += step, q += height) panels[q] = x[p]!;
    }
  }
}

function packFour(
  panels: Float32Array,
  to: number,
  height: number,
  k: number,
  x: Float32Array,
  from: number,
  line: number,
  step: number,
): void {
  for (let i = 0, p = from, q = to; i < k; i++, p += step, q += height) {
    panels[q] = x[p]!;
    panels[q + 1] = x[p + line]!;
    panels[q + 2] = x[p + 2 * line]!;
    panels[q + 3] = x[p + 3 * line]!;
  }
}

// One copy of the loop for each type of sums: V8 compiles per source location.
function unloadFloats(sums: Float32Array, from: number, out: Float32Array, at: number, step: number, n: number): void {
  for (let j = 0, p = at; j < n; j++, p += step) out[p] = sums[from + j]!;
}
function unloadDoubles(sums: Float64Array, from: number, out: Float32Array, at: number, step: number, n: number): void {
  for (let j = 0, p = at; j < n; j++, p += step) out[p] = sums[from + j]!;
}
/** Sums that are complete go to `out`. */
export function unload(
  sums: Float32Array | Float64Array,
  from: number,
  out: Float32Array,
  at: number,
  step: number,
  n: number,
): void {
  if (sums instanceof Float32Array) unloadFloats(sums, from, out, at, step, n);
  else unloadDoubles(sums, from, out, at, step, n);
}

/** out = A·B for A of m x k and B of k x n, none of them 0; or false, where there is no memory for it. */
export function gemmSimd(
  simd: Simd,
  m: number,
  n: number,
  k: number,
  a: FloatMatrix,
  b: FloatMatrix,
  out: FloatMatrix,
): boolean {
  const runs = runsOf(k);
  const depth = Math.ceil(k / runs);
  const [heights, widths] = [wholeRows(Math.min(m, blockM)), wholeColumns(Math.min(n, blockN))];
  if (!simd.open(4 * depth * (heights + widths) + 8 * heights * widths, 3)) return false;
  const left = simd.floats(depth * heights);
  const right = simd.floats(depth * widths);
  const sums = runs === 1 ? simd.floats(heights * widths) : simd.doubles(heights * widths);
  const tiles = simd.tiles[runs === 1 ? 'product' : 'addProduct'];
  for (let j = 0; j < n; j += blockN) {
    const columns = Math.min(blockN, n - j);
    const pitch = wholeColumns(columns);
    for (let i = 0; i < m; i += blockM) {
      const rows = Math.min(blockM, m - i);
      if (runs > 1) sums.fill(0, 0, wholeRows(rows) * pitch);
      for (let from = 0; from < k; from += depth) {
        const steps = Math.min(depth, k - from);
        // The panels of B stay valid for the next rows when k is a single run.
        if (i === 0 || runs > 1)
          packFloats(right, tileColumns, columns, steps, b.data, b.at + from * b.row + j * b.column, b.column, b.row);
        packFloats(left, tileRows, rows, steps, a.data, a.at + i * a.row + from * a.column, a.row, a.column);
        tiles(
          rows,
          columns,
          steps,
          left.byteOffset,
          4 * tileRows * steps,
          right.byteOffset,
          4 * tileColumns * steps,
          sums.byteOffset,
          pitch,
        );
      }
      for (let y = 0; y < rows; y++)
        unload(sums, y * pitch, out.data, out.at + (i + y) * out.row + j * out.column, out.column, columns);
    }
  }
  return true;
}
