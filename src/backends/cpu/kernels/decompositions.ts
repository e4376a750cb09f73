/** Factorisations of matrices, one after the other, in double precision; results are rounded once. */
import type { CpuKernel, CpuOutput } from '../kernel.ts';
import { tensorAt } from '../operands.ts';
import { dense } from '../strided.ts';

/** Calls `factor` with each matrix of operand 0, as numbers of its own that it may write over. */
function eachMatrix(
  inputs: Parameters<CpuKernel>[0],
  factor: (a: Float64Array, m: number, n: number, index: number) => void,
): void {
  const a = tensorAt(inputs, 0);
  const data = dense(a);
  const [m, n] = a.layout.shape.slice(-2) as [number, number];
  const count = a.layout.shape.slice(0, -2).reduce((p, d) => p * d, 1);
  for (let i = 0; i < count; i++) factor(Float64Array.from(data.subarray(i * m * n, (i + 1) * m * n)), m, n, i);
}
/** Writes the `index`-th matrix of a result. */
const put = (out: CpuOutput, values: ArrayLike<number>, index: number): void =>
  out.data.set(values, index * values.length);

/** Row by row, from the lower triangle (Cholesky-Banachiewicz). */
const cholesky: CpuKernel = (inputs, [out]) => {
  eachMatrix(inputs, (a, n, _, index) => {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = a[i * n + j]!;
        for (let k = 0; k < j; k++) sum -= a[i * n + k]! * a[j * n + k]!;
        a[i * n + j] = i === j ? Math.sqrt(sum) : sum / a[j * n + j]!;
      }
      a.fill(0, i * n + i + 1, (i + 1) * n);
    }
    put(out!, a, index);
  });
};

function swapRows(a: Float64Array, n: number, i: number, j: number): void {
  if (i === j) return;
  const kept = a.slice(i * n, (i + 1) * n);
  a.copyWithin(i * n, j * n, (j + 1) * n);
  a.set(kept, j * n);
}

const luFactor: CpuKernel = (inputs, [out, pivots]) => {
  eachMatrix(inputs, (a, m, n, index) => {
    const size = Math.min(m, n);
    for (let k = 0; k < size; k++) {
      let at = k;
      for (let i = k + 1; i < m; i++) if (Math.abs(a[i * n + k]!) > Math.abs(a[at * n + k]!)) at = i;
      pivots!.data[index * size + k] = at + 1;
      swapRows(a, n, k, at);
      const pivot = a[k * n + k]!;
      if (pivot === 0) continue;
      for (let i = k + 1; i < m; i++) {
        const factor = a[i * n + k]! / pivot;
        a[i * n + k] = factor;
        if (factor !== 0) for (let j = k + 1; j < n; j++) a[i * n + j]! -= factor * a[k * n + j]!;
      }
    }
    put(out!, a, index);
  });
};

const luPermutation: CpuKernel = (inputs, [out]) => {
  const pivots = tensorAt(inputs, 0);
  const data = dense(pivots);
  const size = pivots.layout.shape.at(-1)!;
  const rows = out!.shape.at(-1)!;
  const order = new Int32Array(rows);
  for (let at = 0; at < out!.data.length; at += rows) {
    for (let i = 0; i < rows; i++) order[i] = i;
    for (let i = 0; i < size; i++) {
      const other = data[(at / rows) * size + i]! - 1;
      // Pivots that are no row numbers exchange nothing.
      if (!(other >= 0 && other < rows)) continue;
      const kept = order[i]!;
      order[i] = order[other]!;
      order[other] = kept;
    }
    out!.data.set(order, at);
  }
};

const triangularSolve: CpuKernel = (inputs, [out], { upper, unit }) => {
  const right = dense(tensorAt(inputs, 1));
  const columns = out!.shape.at(-1)!;
  eachMatrix(inputs, (a, n, _, index) => {
    const x = Float64Array.from(right.subarray(index * n * columns, (index + 1) * n * columns));
    for (let step = 0; step < n; step++) {
      const i = upper ? n - 1 - step : step;
      const from = upper ? i + 1 : 0;
      const to = upper ? n : i;
      for (let c = 0; c < columns; c++) {
        let sum = x[i * columns + c]!;
        for (let j = from; j < to; j++) sum -= a[i * n + j]! * x[j * columns + c]!;
        x[i * columns + c] = unit ? sum : sum / a[i * n + i]!;
      }
    }
    put(out!, x, index);
  });
};

/**
 * Turns column `k` of `r`, from row `k` down, into a multiple of a unit vector: returns v (v[0] = 1, from row k on) and tau of
 * the reflection 1 − tau·v·vᵀ, as LAPACK's larfg.
 */
function reflector(r: Float64Array, m: number, n: number, k: number): { v: Float64Array; tau: number } {
  const v = Float64Array.from({ length: m - k }, (_, i) => r[(k + i) * n + k]!);
  const head = v[0]!;
  let squares = 0;
  for (let i = 1; i < v.length; i++) squares += v[i]! * v[i]!;
  v[0] = 1;
  if (squares === 0) return { v: v.fill(0, 1), tau: 0 };
  const beta = Math.sqrt(head * head + squares) * (head < 0 ? 1 : -1);
  for (let i = 1; i < v.length; i++) v[i]! /= head - beta;
  return { v, tau: (beta - head) / beta };
}
/** Applies a reflection to the columns of `x` from `from` on. */
function reflect(x: Float64Array, n: number, from: number, k: number, v: Float64Array, tau: number): void {
  if (tau === 0) return;
  for (let j = from; j < n; j++) {
    let dot = 0;
    for (let i = 0; i < v.length; i++) dot += v[i]! * x[(k + i) * n + j]!;
    for (let i = 0; i < v.length; i++) x[(k + i) * n + j]! -= tau * dot * v[i]!;
  }
}

const qr: CpuKernel = (inputs, [outQ, outR]) => {
  eachMatrix(inputs, (r, m, n, index) => {
    const width = outQ!.shape.at(-1)!;
    const reflectors = Array.from({ length: Math.min(m, n) }, (_, k) => {
      const made = reflector(r, m, n, k);
      reflect(r, n, k, k, made.v, made.tau);
      for (let i = k + 1; i < m; i++) r[i * n + k] = 0;
      return made;
    });
    const q = new Float64Array(m * width);
    for (let i = 0; i < width; i++) q[i * width + i] = 1;
    for (const [k, { v, tau }] of [...reflectors.entries()].reverse()) reflect(q, width, 0, k, v, tau);
    put(outQ!, q, index);
    put(outR!, r.subarray(0, width * n), index);
  });
};

/** The rotation (c, s) that makes the off-diagonal element `b` of the symmetric [[a, b], [b, d]] zero, by the smaller angle. */
function rotation(a: number, b: number, d: number): { c: number; s: number } {
  const cot = (d - a) / (2 * b);
  const t = (cot < 0 ? -1 : 1) / (Math.abs(cot) + Math.hypot(1, cot));
  const c = 1 / Math.sqrt(1 + t * t);
  return { c, s: c * t };
}
/** Rotates two lines of `x` that start at `i` and `j`. */
function rotate(x: Float64Array, i: number, j: number, step: number, length: number, c: number, s: number): void {
  for (let k = 0; k < length; k++, i += step, j += step) {
    const [a, b] = [x[i]!, x[j]!];
    x[i] = c * a - s * b;
    x[j] = s * a + c * b;
  }
}
const identity = (n: number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));

/** Both iterations converge quadratically in the end; ten sweeps are more than any matrix was seen to need. */
const maxSweeps = 30;
const epsilon = 2 ** -52;

/** Positions of the values in order; NaN goes last. */
function sorted(values: Float64Array, ascending: boolean): number[] {
  const sign = ascending ? 1 : -1;
  const key = (i: number): number => (Number.isNaN(values[i]!) ? Infinity : sign * values[i]!);
  return [...values.keys()].sort((i, j) => (key(i) === key(j) ? i - j : key(i) - key(j)));
}
/** The columns of an [m, n] matrix in another order. */
const reordered = (x: Float64Array, m: number, n: number, order: readonly number[]): Float64Array =>
  Float64Array.from({ length: m * n }, (_, at) => x[Math.floor(at / n) * n + order[at % n]!]!);

/** Jacobi's method, the pairs row by row. */
const eigh: CpuKernel = (inputs, [values, vectors], { upper }) => {
  eachMatrix(inputs, (a, n, _, index) => {
    for (let i = 0; i < n; i++)
      for (let j = 0; j < i; j++) {
        if (upper) a[i * n + j] = a[j * n + i]!;
        else a[j * n + i] = a[i * n + j]!;
      }
    const v = identity(n);
    const small = a.reduce((most, x) => Math.max(most, Math.abs(x)), 0) * epsilon * 2 ** -8;
    for (let sweep = 0, moved = true; moved && sweep < maxSweeps; sweep++) {
      moved = false;
      for (let i = 0; i < n; i++) {
        for (let j = i + 1; j < n; j++) {
          const off = a[i * n + j]!;
          if (!(Math.abs(off) > small)) continue;
          moved = true;
          const { c, s } = rotation(a[i * n + i]!, off, a[j * n + j]!);
          rotate(a, i * n, j * n, 1, n, c, s);
          rotate(a, i, j, n, n, c, s);
          a[i * n + j] = 0;
          a[j * n + i] = 0;
          rotate(v, i, j, n, n, c, s);
        }
      }
    }
    const diagonal = Float64Array.from({ length: n }, (_, i) => a[i * n + i]!);
    const order = sorted(diagonal, true);
    put(
      values!,
      Float64Array.from(order, (i) => diagonal[i]!),
      index,
    );
    put(vectors!, reordered(v, n, n, order), index);
  });
};

/** One-sided Jacobi: columns are made orthogonal pair by pair (Hestenes, 1958). */
const svdJacobi: CpuKernel = (inputs, [outW, outS, outV]) => {
  eachMatrix(inputs, (w, m, n, index) => {
    const v = identity(n);
    const dot = (i: number, j: number): number => {
      let sum = 0;
      for (let k = 0; k < m; k++) sum += w[k * n + i]! * w[k * n + j]!;
      return sum;
    };
    for (let sweep = 0, moved = true; moved && sweep < maxSweeps; sweep++) {
      moved = false;
      for (let i = 0; i < n; i++) {
        for (let j = i + 1; j < n; j++) {
          const [a, b, d] = [dot(i, i), dot(i, j), dot(j, j)];
          if (!(Math.abs(b) > 4 * epsilon * Math.sqrt(a * d))) continue;
          moved = true;
          const { c, s } = rotation(a, b, d);
          rotate(w, i, j, n, m, c, s);
          rotate(v, i, j, n, n, c, s);
        }
      }
    }
    const lengths = Float64Array.from({ length: n }, (_, i) => Math.sqrt(dot(i, i)));
    const order = sorted(lengths, false);
    put(outW!, reordered(w, m, n, order), index);
    put(
      outS!,
      Float64Array.from(order, (i) => lengths[i]!),
      index,
    );
    put(outV!, reordered(v, n, n, order), index);
  });
};

export const decompositionKernels = {
  cholesky,
  luFactor,
  luPermutation,
  triangularSolve,
  qr,
  eigh,
  svdJacobi,
} satisfies Record<string, CpuKernel>;
