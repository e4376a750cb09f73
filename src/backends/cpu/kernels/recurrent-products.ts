/** Products of a few rows, at every step others, with matrices that stay: these are packed once. */
import type { TypedArray } from '../../../core/dtype.ts';
import { scratch } from '../memory.ts';
import type { Simd } from '../wasm/simd.ts';
import { tileColumns, tileRows } from '../wasm/tiles.ts';
import { pack, pad4, tile } from './gemm.ts';
import { packFloats, runLength, wholeColumns, wholeRows } from './gemm-simd.ts';

/** A matrix (k, n): element (i, j) at `data[i·row + j·column]`. */
export interface Stationary {
  readonly k: number;
  readonly n: number;
  readonly data: TypedArray;
  readonly row: number;
  readonly column: number;
}

export interface RowProduct {
  /** (rows, n), `pitch` elements from row to row. Zeros at first. */
  readonly sums: Float64Array;
  readonly pitch: number;
  /** sums += rows·matrix, for rows of k elements that are `ld` apart. */
  add(rows: Float64Array, ld: number): void;
}

/** Rows (m, width), `ld` apart, in panels of four. */
function intoPanels(
  panels: Float32Array | Float64Array,
  rows: Float64Array,
  m: number,
  width: number,
  ld: number,
): void {
  for (let i = 0; i < m; i++)
    for (let k = 0, p = i * ld, q = (i & ~3) * width + (i & 3); k < width; k++, p++, q += 4) panels[q] = rows[p]!;
}

function plainProduct(m: number, { k, n, data, row, column }: Stationary): RowProduct {
  const pitch = pad4(n);
  const sums = scratch('float64', pad4(m) * pitch).fill(0);
  const panels = scratch('float64', pad4(m) * k).fill(0);
  const matrix = scratch('float64', k * pitch);
  pack(matrix, n, k, data, 0, column, row);
  return {
    sums,
    pitch,
    add(rows, ld) {
      intoPanels(panels, rows, m, k, ld);
      for (let j = 0; j < n; j += 4)
        for (let i = 0; i < m; i += 4) tile(k, panels, i * k, matrix, j * k, sums, i * pitch + j, pitch);
    },
  };
}

function simdProduct(simd: Simd, m: number, { k, n, data, row, column }: Stationary): RowProduct {
  const pitch = wholeColumns(n);
  const sums = simd.doubles(wholeRows(m) * pitch).fill(0);
  const panels = simd.floats(wholeRows(m) * k).fill(0);
  const matrix = simd.floats(k * pitch);
  packFloats(matrix, tileColumns, n, k, data as Float32Array, 0, column, row);
  const [left, right, out] = [panels.byteOffset, matrix.byteOffset, sums.byteOffset];
  return {
    sums,
    pitch,
    add(rows, ld) {
      intoPanels(panels, rows, m, k, ld);
      for (let from = 0; from < k; from += runLength) {
        const depth = Math.min(runLength, k - from);
        const [l, r] = [left + 4 * tileRows * from, right + 4 * tileColumns * from];
        simd.tiles.addProduct(m, n, depth, l, 4 * tileRows * k, r, 4 * tileColumns * k, out, pitch);
      }
    },
  };
}

/** Of `m` rows with each of the matrices. */
export function rowProducts(simd: Simd | null, m: number, matrices: readonly Stationary[]): RowProduct[] {
  const bytes = matrices
    .map(({ k, n }) => 4 * k * (wholeColumns(n) + wholeRows(m)) + 8 * wholeRows(m) * wholeColumns(n))
    .reduce((a, b) => a + b, 0);
  const usable = matrices.every(({ data }) => data instanceof Float32Array) && simd?.open(bytes, 3 * matrices.length);
  return matrices.map((matrix) => (simd && usable ? simdProduct(simd, m, matrix) : plainProduct(m, matrix)));
}
