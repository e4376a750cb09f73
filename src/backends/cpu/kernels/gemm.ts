/**
 * C = A·B in blocks that fit the caches (Goto & van de Geijn, "Anatomy of high-performance matrix multiplication", 2008):
 * both operands are packed into panels of 4 rows or columns, and a 4x4 tile of C is kept in local variables. Panels and
 * accumulators are double precision whatever the operands are: a JavaScript engine computes in double anyway, so this
 * only saves conversions. Where there is WebAssembly, float32 goes its way instead (gemm-simd.ts).
 */
import type { TypedArray } from '../../../core/dtype.ts';
import { Workspace } from '../memory.ts';
import type { Simd } from '../wasm/simd.ts';
import { type FloatMatrix, gemmSimd } from './gemm-simd.ts';

/** Element (i, j) is at `data[at + i·row + j·column]`. */
export interface Matrix {
  readonly data: TypedArray;
  readonly at: number;
  readonly row: number;
  readonly column: number;
}

// Rows of A, columns of B and depth of a block: 256 KiB of each, for a second-level cache.
const blockM = 128;
const blockN = 128;
const blockK = 256;

const workA = new Workspace();
const workB = new Workspace();
const workC = new Workspace();

/** acc[i·ld + j] += Σ_k a[4k + i]·b[4k + j] over a 4x4 tile. */
// biome-ignore format: reads as a matrix
export function tile(k: number, a: Float64Array, ap: number, b: Float64Array, bp: number, acc: Float64Array, at: number, ld: number): void {
  let c00 = 0, c01 = 0, c02 = 0, c03 = 0;
  let c10 = 0, c11 = 0, c12 = 0, c13 = 0;
  let c20 = 0, c21 = 0, c22 = 0, c23 = 0;
  let c30 = 0, c31 = 0, c32 = 0, c33 = 0;
  const end = ap + 4 * k;
  for (let p = ap, q = bp; p < end; p += 4, q += 4) {
    const b0 = b[q]!, b1 = b[q + 1]!, b2 = b[q + 2]!, b3 = b[q + 3]!;
    let v = a[p]!;
    c00 += v * b0; c01 += v * b1; c02 += v * b2; c03 += v * b3;
    v = a[p + 1]!;
    c10 += v * b0; c11 += v * b1; c12 += v * b2; c13 += v * b3;
    v = a[p + 2]!;
    c20 += v * b0; c21 += v * b1; c22 += v * b2; c23 += v * b3;
    v = a[p + 3]!;
    c30 += v * b0; c31 += v * b1; c32 += v * b2; c33 += v * b3;
  }
  acc[at]! += c00; acc[at + 1]! += c01; acc[at + 2]! += c02; acc[at + 3]! += c03;
  at += ld;
  acc[at]! += c10; acc[at + 1]! += c11; acc[at + 2]! += c12; acc[at + 3]! += c13;
  at += ld;
  acc[at]! += c20; acc[at + 1]! += c21; acc[at + 2]! += c22; acc[at + 3]! += c23;
  at += ld;
  acc[at]! += c30; acc[at + 1]! += c31; acc[at + 2]! += c32; acc[at + 3]! += c33;
}

/** Packs `lines` lines of k elements into panels of four, zeros filling the last one. Element (l, k) is at at + l·line + k·step. */
export function pack(
  panels: Float64Array,
  lines: number,
  k: number,
  x: TypedArray,
  at: number,
  line: number,
  step: number,
): void {
  for (let l = 0; l < lines; l += 4) {
    const width = Math.min(4, lines - l);
    const base = l * k;
    if (width < 4) panels.fill(0, base, base + 4 * k);
    if (width === 4 && Math.abs(line) <= Math.abs(step)) {
      for (let i = 0, p = at + l * line, q = base; i < k; i++, p += step, q += 4) {
        panels[q] = x[p]!;
        panels[q + 1] = x[p + line]!;
        panels[q + 2] = x[p + 2 * line]!;
        panels[q + 3] = x[p + 3 * line]!;
      }
    } else {
      for (let w = 0; w < width; w++) {
        for (let i = 0, p = at + (l + w) * line, q = base + w; i < k; i++, p += step, q += 4) panels[q] = x[p]!;
      }
    }
  }
}

export const pad4 = (n: number): number => (n + 3) & ~3;

function blocked(m: number, n: number, k: number, a: Matrix, b: Matrix, out: Matrix): void {
  const depth = Math.min(k, blockK);
  const panelsA = workA.atLeast(Math.min(pad4(m), blockM) * depth);
  const panelsB = workB.atLeast(Math.min(pad4(n), blockN) * depth);
  const acc = workC.atLeast(Math.min(pad4(m), blockM) * Math.min(pad4(n), blockN));
  for (let j0 = 0; j0 < n; j0 += blockN) {
    const nb = Math.min(blockN, n - j0);
    const ld = pad4(nb);
    for (let i0 = 0; i0 < m; i0 += blockM) {
      const mb = Math.min(blockM, m - i0);
      // The sum over all of k is complete before it is rounded.
      acc.fill(0, 0, pad4(mb) * ld);
      for (let k0 = 0; k0 < k; k0 += blockK) {
        const kb = Math.min(blockK, k - k0);
        // B's panels stay valid for the next rows when k is a single block.
        if (i0 === 0 || k > blockK) pack(panelsB, nb, kb, b.data, b.at + k0 * b.row + j0 * b.column, b.column, b.row);
        pack(panelsA, mb, kb, a.data, a.at + i0 * a.row + k0 * a.column, a.row, a.column);
        for (let j = 0; j < nb; j += 4) {
          for (let i = 0; i < mb; i += 4) tile(kb, panelsA, i * kb, panelsB, j * kb, acc, i * ld + j, ld);
        }
      }
      for (let i = 0; i < mb; i++)
        unload(acc, i * ld, out.data, out.at + (i0 + i) * out.row + j0 * out.column, out.column, nb);
    }
  }
}

function unload(acc: Float64Array, from: number, out: TypedArray, at: number, step: number, n: number): void {
  for (let j = 0, p = at; j < n; j++, p += step) out[p] = acc[from + j]!;
}

function dot(k: number, a: TypedArray, ap: number, aStep: number, b: TypedArray, bp: number, bStep: number): number {
  let sum = 0;
  for (let i = 0, p = ap, q = bp; i < k; i++, p += aStep, q += bStep) sum += a[p]! * b[q]!;
  return sum;
}

function axpy(acc: Float64Array, n: number, v: number, x: TypedArray, at: number, step: number): void {
  for (let i = 0, p = at; i < n; i++, p += step) acc[i]! += v * x[p]!;
}

/** Few rows or little work: packing would cost more than it saves. B is walked the way it lies in memory. */
function direct(m: number, n: number, k: number, a: Matrix, b: Matrix, out: Matrix): void {
  const acc = workC.atLeast(n);
  for (let i = 0; i < m; i++) {
    const ap = a.at + i * a.row;
    if (Math.abs(b.row) <= Math.abs(b.column)) {
      for (let j = 0; j < n; j++) acc[j] = dot(k, a.data, ap, a.column, b.data, b.at + j * b.column, b.row);
    } else {
      acc.fill(0, 0, n);
      for (let p = 0; p < k; p++) axpy(acc, n, a.data[ap + p * a.column]!, b.data, b.at + p * b.row, b.column);
    }
    unload(acc, 0, out.data, out.at + i * out.row, out.column, n);
  }
}

const transpose = ({ data, at, row, column }: Matrix): Matrix => ({ data, at, row: column, column: row });

const isFloat32 = (x: Matrix): x is FloatMatrix => x.data instanceof Float32Array;
/** From about 5x5x5 on the vectors' tiles gain, unless hardly anything of a tile is used: a dot product is better off alone. */
const simdProducts = 128;
const simdResults = 8;

/** out = A·B for A of m x k and B of k x n. */
export function gemm(
  m: number,
  n: number,
  k: number,
  a: Matrix,
  b: Matrix,
  out: Matrix,
  simd: Simd | null = null,
): void {
  if (n < 4 && n < m) return gemm(n, m, k, transpose(b), transpose(a), transpose(out), simd);
  const products = m * n * k;
  const tiles = products >= simdProducts && m * n >= simdResults;
  if (simd && tiles && isFloat32(a) && isFloat32(b) && isFloat32(out) && gemmSimd(simd, m, n, k, a, b, out)) return;
  if (m < 4 || products < 2048) direct(m, n, k, a, b, out);
  else blocked(m, n, k, a, b, out);
}
