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
/** Applies a reflection to the columns of `x` from `from` on, row by row. */
function reflect(x: Float64Array, n: number, from: number, k: number, v: Float64Array, tau: number): void {
  if (tau === 0) return;
  const dots = new Float64Array(n);
  for (let i = 0, at = k * n; i < v.length; i++, at += n) {
    const factor = v[i]! * tau;
    for (let j = from; j < n; j++) dots[j]! += factor * x[at + j]!;
  }
  for (let i = 0, at = k * n; i < v.length; i++, at += n) {
    const factor = v[i]!;
    for (let j = from; j < n; j++) x[at + j]! -= factor * dots[j]!;
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

const identity = (n: number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
const epsilon = 2 ** -52;

/** Rotates two lines of `x`, of `n` elements each, that start at `i` and `j`. */
function rotate(x: Float64Array, i: number, j: number, n: number, c: number, s: number): void {
  for (let end = i + n; i < end; i++, j++) {
    const a = x[i]!;
    const b = x[j]!;
    x[i] = c * a - s * b;
    x[j] = s * a + c * b;
  }
}

/** Positions of the values in order; NaN goes last. */
function sorted(values: Float64Array, ascending: boolean): number[] {
  const sign = ascending ? 1 : -1;
  const key = (i: number): number => (Number.isNaN(values[i]!) ? Infinity : sign * values[i]!);
  return [...values.keys()].sort((i, j) => (key(i) === key(j) ? i - j : key(i) - key(j)));
}
/** A matrix with columns of length m, in this order, out of one whose rows of length m they are. */
const columnsOf = (rows: Float64Array, m: number, order: readonly number[]): Float64Array =>
  Float64Array.from({ length: m * order.length }, (_, at) => {
    const row = Math.floor(at / order.length);
    return rows[order[at - row * order.length]! * m + row]!;
  });

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** Element i is between i and i + 1. */
  readonly beside: Float64Array;
  /** Orthogonal, by rows: transposed · T · rows is the matrix. */
  readonly rows: Float64Array;
}
/** Makes a symmetric matrix tridiagonal by reflections from both sides (Householder, 1958). */
function tridiagonal(a: Float64Array, n: number): Tridiagonal {
  const reflectors: { v: Float64Array; tau: number }[] = [];
  for (let k = 0; k + 1 < n; k++) {
    // The column below the diagonal, seen as the first of a matrix that starts there.
    const made = reflector(a.subarray(n), n - 1, n, k);
    reflectors.push(made);
    reflect(a, n, k, k + 1, made.v, made.tau);
    const { v, tau } = made;
    if (tau === 0) continue;
    for (let i = k; i < n; i++) {
      let dot = 0;
      for (let j = 0; j < v.length; j++) dot += a[i * n + k + 1 + j]! * v[j]!;
      for (let j = 0; j < v.length; j++) a[i * n + k + 1 + j]! -= tau * dot * v[j]!;
    }
  }
  const q = identity(n);
  for (const [k, { v, tau }] of [...reflectors.entries()].reverse()) reflect(q, n, k + 1, k + 1, v, tau);
  return {
    diagonal: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!),
    beside: Float64Array.from({ length: n }, (_, i) => (i + 1 < n ? a[(i + 1) * n + i]! : 0)),
    rows: columnsOf(q, n, [...new Array(n).keys()]),
  };
}

/** Steps per eigenvalue: two or three are usual. */
const maxSteps = 60;

/** The QL method with implicit shifts (Bowdler et al., 1968): makes `diagonal` the eigenvalues, and `rows` their vectors. */
function iterateQL({ diagonal: d, beside: e, rows }: Tridiagonal, n: number): void {
  for (let first = 0; first < n; first++) {
    for (let step = 0; step < maxSteps; step++) {
      let last = first;
      while (last + 1 < n && !(Math.abs(e[last]!) <= epsilon * (Math.abs(d[last]!) + Math.abs(d[last + 1]!)))) last++;
      if (last === first) break;
      shiftedStep(d, e, rows, n, first, last);
    }
  }
}
/** Chases one bulge up the block from `last` to `first`. */
function shiftedStep(
  d: Float64Array,
  e: Float64Array,
  rows: Float64Array,
  n: number,
  first: number,
  last: number,
): void {
  const half = (d[first + 1]! - d[first]!) / (2 * e[first]!);
  const shift = d[first]! - e[first]! / (half + (half < 0 ? -1 : 1) * Math.sqrt(half * half + 1));
  let g = d[last]! - shift;
  let [c, s, p] = [1, 1, 0];
  for (let i = last - 1; i >= first; i--) {
    const f = s * e[i]!;
    const b = c * e[i]!;
    const length = Math.sqrt(f * f + g * g);
    e[i + 1] = length;
    if (length === 0) {
      // The block falls apart here.
      d[i + 1]! -= p;
      e[last] = 0;
      return;
    }
    s = f / length;
    c = g / length;
    g = d[i + 1]! - p;
    const r = (d[i]! - g) * s + 2 * c * b;
    p = s * r;
    d[i + 1] = g + p;
    g = c * r - b;
    rotate(rows, i * n, (i + 1) * n, n, c, s);
  }
  d[first]! -= p;
  e[first] = g;
  e[last] = 0;
}

const eigh: CpuKernel = (inputs, [values, vectors], { upper }) => {
  eachMatrix(inputs, (a, n, _, index) => {
    for (let i = 0; i < n; i++)
      for (let j = 0; j < i; j++) {
        if (upper) a[i * n + j] = a[j * n + i]!;
        else a[j * n + i] = a[i * n + j]!;
      }
    const t = tridiagonal(a, n);
    iterateQL(t, n);
    const order = sorted(t.diagonal, true);
    put(
      values!,
      Float64Array.from(order, (i) => t.diagonal[i]!),
      index,
    );
    put(vectors!, columnsOf(t.rows, n, order), index);
  });
};

/** Converges quadratically in the end; ten are more than any matrix was seen to need. */
const maxSweeps = 30;

/** One-sided Jacobi: columns are made orthogonal pair by pair, row-cyclically (Hestenes, 1958). They are kept as rows. */
const svdJacobi: CpuKernel = (inputs, [outW, outS, outV]) => {
  eachMatrix(inputs, (a, m, n, index) => {
    const w = columnsOf(a, n, [...new Array(m).keys()]);
    const v = identity(n);
    const dot = (i: number, j: number): number => {
      let sum = 0;
      for (let k = i * m, l = j * m, end = k + m; k < end; k++, l++) sum += w[k]! * w[l]!;
      return sum;
    };
    for (let sweep = 0, moved = true; moved && sweep < maxSweeps; sweep++) {
      moved = false;
      for (let i = 0; i < n; i++) {
        let squares = dot(i, i);
        for (let j = i + 1; j < n; j++) {
          const inner = dot(i, j);
          const other = dot(j, j);
          if (!(Math.abs(inner) > 4 * epsilon * Math.sqrt(squares * other))) continue;
          moved = true;
          // The smaller angle that makes the inner product zero.
          const cot = (other - squares) / (2 * inner);
          const t = (cot < 0 ? -1 : 1) / (Math.abs(cot) + Math.sqrt(cot * cot + 1));
          const c = 1 / Math.sqrt(1 + t * t);
          rotate(w, i * m, j * m, m, c, c * t);
          rotate(v, i * n, j * n, n, c, c * t);
          squares = dot(i, i);
        }
      }
    }
    const lengths = Float64Array.from({ length: n }, (_, i) => Math.sqrt(dot(i, i)));
    const order = sorted(lengths, false);
    put(outW!, columnsOf(w, m, order), index);
    put(
      outS!,
      Float64Array.from(order, (i) => lengths[i]!),
      index,
    );
    put(outV!, columnsOf(v, n, order), index);
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
