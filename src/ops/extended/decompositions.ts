/**
 * Factorisations of matrices, batched over leading dims. Gradients: Giles, "Collected matrix derivative results for forward
 * and reverse mode AD" (2008); Seeger et al., arXiv 1710.08717; Walter & Lehmann, arXiv 1009.6112 (QR); as PyTorch's.
 */
import { GradError } from '../../core/errors.ts';
import type { Kit } from '../kit.ts';
import type { CompositeRow, KernelRow, Meta, Ref, Scalar } from '../types.ts';

type Operands = readonly (Meta | Scalar)[];
const batchOf = (x: Meta): readonly number[] => x.shape.slice(0, -2);
const sizeOf = (x: Meta): [rows: number, columns: number] => x.shape.slice(-2) as [number, number];

/** x where (row `keep` column) holds, else 0: 'ge' is the lower triangle, 'lt' the strictly upper one, 'eq' the diagonal. */
function part(k: Kit, x: Ref, keep: 'ge' | 'gt' | 'le' | 'lt' | 'eq'): Ref {
  const [m, n] = sizeOf(x);
  return k.where(k.compare(keep, k.reshape(k.arange(m, 'int32'), [m, 1]), k.arange(n, 'int32')), x, 0);
}
const column = (k: Kit, d: Ref): Ref => k.reshape(d, [...d.shape, 1]);
const rowOf = (k: Kit, d: Ref): Ref => k.reshape(d, [...d.shape.slice(0, -1), 1, d.shape.at(-1)!]);
/** The diagonal of square matrices. */
const diagonal = (k: Kit, x: Ref): Ref =>
  k.reshape(k.sum(part(k, x, 'eq'), [x.shape.length - 1]), x.shape.slice(0, -1));
/** Diagonal matrices of d. */
const embed = (k: Kit, d: Ref): Ref => part(k, k.expand(column(k, d), [...d.shape, d.shape.at(-1)!]), 'eq');
const plus = (k: Kit, terms: readonly (Ref | null)[]): Ref =>
  terms.reduce((a, b) => (a && b ? k.add(a, b) : (a ?? b)))!;
/** x / (d_j − d_i) off the diagonal, 0 on it. */
function overGaps(k: Kit, x: Ref, d: Ref): Ref {
  const one = embed(k, k.full(d.shape, 1, d.dtype));
  const quotient = k.div(x, k.add(k.sub(rowOf(k, d), column(k, d)), one));
  return k.sub(quotient, part(k, quotient, 'eq'));
}
/** The columns [from, from + size) of each matrix. */
function columns(k: Kit, x: Ref, from: number, size: number): Ref {
  const last = x.shape.length - 1;
  if (size === x.shape[last]) return x;
  const starts = x.shape.map((_, i) => (i === last ? from : 0));
  return k.slice(
    x,
    starts,
    [...x.shape.slice(0, -1), size],
    x.shape.map(() => 1),
  );
}
const triangular = (k: Kit, a: Ref, b: Ref, upper: boolean, unit = false): Ref =>
  k.op('triangularSolve', [a, b], { upper, unit });
/** b·a⁻¹ */
const triangularRight = (k: Kit, a: Ref, b: Ref, upper: boolean, unit = false): Ref =>
  k.mT(triangular(k, k.mT(a), k.mT(b), !upper, unit));
/** P of A = P·L·U. */
export function permutationMatrix(k: Kit, pivots: Ref, size: number, dtype: Ref['dtype']): Ref {
  const order = k.op('luPermutation', [pivots], { size });
  return k.cast(k.compare('eq', rowOf(k, order), k.reshape(k.arange(size, 'int32'), [size, 1])), dtype);
}
/** The solution of A·X = B, or Aᵀ·X = B, for the packed A = P·L·U. */
export function luSolve(k: Kit, lu: Ref, pivots: Ref, b: Ref, transposed = false): Ref {
  const p = permutationMatrix(k, pivots, lu.shape.at(-1)!, b.dtype);
  if (!transposed) return triangular(k, lu, triangular(k, lu, k.matmul(k.mT(p), b), false, true), true);
  const y = triangular(k, k.mT(lu), b, false);
  return k.matmul(p, triangular(k, k.mT(lu), y, true, true));
}
/** ±1: whether the interchanges are even in number. */
export function permutationSign(k: Kit, pivots: Ref, dtype: Ref['dtype']): Ref {
  const n = pivots.shape.at(-1)!;
  const moved = k.cast(k.compare('ne', pivots, k.add(k.arange(n, 'int32'), 1)), dtype);
  return k.reshape(k.reduce('prod', k.sub(1, k.mul(moved, 2)), [pivots.shape.length - 1]), pivots.shape.slice(0, -1));
}
/** The lower triangle, and above the diagonal its mirror image. */
const mirrored = (k: Kit, x: Ref): Ref => k.add(part(k, x, 'ge'), k.mT(part(k, x, 'gt')));

export const decompositionRows = {
  /** The lower triangle of A [n, n] -> L with A = L·Lᵀ. Where A is not positive-definite the diagonal of L is not positive. */
  cholesky: {
    kind: 'opaque',
    infer: ([a]: Operands) => [a as Meta].map(({ shape, dtype }) => ({ shape, dtype })),
    saves: { outputs: [0] },
    vjp: ({ k, outputs: [l], grads: [g] }) => {
      const half = k.mul(mirrored(k, k.matmul(k.mT(l!), g!)), 0.5);
      return [triangularRight(k, l!, triangular(k, k.mT(l!), half, true), false)];
    },
  },
  /** A [m, n] -> (L and U packed, pivots): row i was exchanged with row pivots[i] − 1, as LAPACK's getrf. */
  luFactor: {
    kind: 'opaque',
    infer: ([a]: Operands) => {
      const { shape, dtype } = a as Meta;
      const size = Math.min(...sizeOf(a as Meta));
      return [
        { shape, dtype },
        { shape: [...shape.slice(0, -2), size], dtype: 'int32' },
      ];
    },
    saves: { outputs: [0, 1] },
    vjp: ({ k, outputs, grads: [g] }) => {
      const [lu, pivots] = outputs as [Ref, Ref];
      const [m, n] = sizeOf(lu);
      const p = permutationMatrix(k, pivots, m, lu.dtype);
      // The leading square is like any other; what lies beside or below it follows from it.
      const size = Math.min(m, n);
      const top = (x: Ref): Ref => k.mT(columns(k, k.mT(x), 0, size));
      const bottom = (x: Ref): Ref => k.mT(columns(k, k.mT(x), size, m - size));
      const square = (x: Ref): Ref => columns(k, top(x), 0, size);
      const [f, dF] = [square(lu), square(g!)];
      const l = k.add(part(k, f, 'gt'), embed(k, k.full(f.shape.slice(0, -1), 1, f.dtype)));
      const u = part(k, f, 'le');
      const below = k.matmul(k.mT(l), part(k, dF, 'gt'));
      const above = k.matmul(part(k, dF, 'le'), k.mT(u));
      const lT = (x: Ref): Ref => triangular(k, k.mT(f), x, true, true);
      const uT = (x: Ref): Ref => triangularRight(k, k.mT(f), x, false);
      let inner = k.add(part(k, below, 'gt'), part(k, above, 'le'));
      if (m > n) {
        const [l2, d2] = [bottom(lu), bottom(g!)];
        inner = k.sub(inner, part(k, k.matmul(k.mT(l2), d2), 'le'));
        const first = uT(lT(inner));
        return [k.matmul(p, k.op('cat', [first, uT(d2)], { dim: lu.shape.length - 2 }))];
      }
      if (m === n) return [k.matmul(p, uT(lT(inner)))];
      const [u2, d2] = [columns(k, lu, m, n - m), columns(k, g!, m, n - m)];
      inner = k.sub(inner, part(k, k.matmul(d2, k.mT(u2)), 'gt'));
      return [k.matmul(p, k.op('cat', [uT(lT(inner)), lT(d2)], { dim: lu.shape.length - 1 }))];
    },
  },
  /** pivots of luFactor -> the row of A [attrs.size, …] that stands at each place of L·U. */
  luPermutation: {
    kind: 'opaque',
    infer: ([pivots]: Operands, attrs) => [
      { shape: [...(pivots as Meta).shape.slice(0, -1), attrs.size as number], dtype: 'int32' },
    ],
    vjp: 'none',
  },
  /** The solution X [n, r] of A·X = B for a triangular A [n, n]; with attrs.unit its diagonal counts as ones. */
  triangularSolve: {
    kind: 'opaque',
    infer: ([, b]: Operands) => [{ shape: (b as Meta).shape, dtype: (b as Meta).dtype }],
    saves: { inputs: [0], outputs: [0] },
    vjp: ({ k, inputs, outputs: [x], grads: [g], attrs, needs }) => {
      const { upper, unit } = attrs as { upper: boolean; unit: boolean };
      const dB = triangular(k, k.mT(inputs[0] as Ref), g!, !upper, unit);
      const keep = upper ? (unit ? 'lt' : 'le') : unit ? 'gt' : 'ge';
      return [needs[0] ? part(k, k.unary('neg', k.matmul(dB, k.mT(x!))), keep) : null, dB];
    },
  },
  /** A [m, n] -> (Q, R) by Householder reflections, with LAPACK's signs; attrs.complete: Q is [m, m]. */
  qr: {
    kind: 'opaque',
    infer: ([a]: Operands, attrs) => {
      const [m, n] = sizeOf(a as Meta);
      const q = attrs.complete ? m : Math.min(m, n);
      const { dtype } = a as Meta;
      return [
        [m, q],
        [q, n],
      ].map((size) => ({ shape: [...batchOf(a as Meta), ...size], dtype }));
    },
    saves: { inputs: [0], outputs: [0, 1] },
    vjp: ({ k, inputs, outputs, grads: [dQ, dR], attrs }) => {
      const [q, r] = outputs as [Ref, Ref];
      const [m, n] = sizeOf(inputs[0] as Ref);
      if (attrs.complete && m > n) {
        throw new GradError(
          "The QR decomposition is not differentiable when mode='complete' and nrows > ncols\n  in linalg.qr; use mode 'reduced'",
        );
      }
      const size = Math.min(m, n);
      const u = columns(k, r, 0, size);
      const rest = m < n && dR ? columns(k, dR, size, n - size) : null;
      const fromRest = rest && k.matmul(columns(k, inputs[0] as Ref, size, n - size), k.mT(rest));
      const q1 = fromRest || dQ ? plus(k, [dQ ?? null, fromRest]) : null;
      const inner = plus(k, [
        dR ? k.matmul(u, k.mT(columns(k, dR, 0, size))) : null,
        q1 ? k.unary('neg', k.matmul(k.mT(q1), q)) : null,
      ]);
      const left = plus(k, [q1, k.matmul(q, mirrored(k, inner))]);
      const first = triangularRight(k, k.mT(u), left, false);
      if (m >= n) return [first];
      const beside = rest ? k.matmul(q, rest) : k.full([...batchOf(first), m, n - m], 0, first.dtype);
      return [k.op('cat', [first, beside], { dim: first.shape.length - 1 })];
    },
  },
  /** A symmetric A [n, n] -> (eigenvalues, ascending; eigenvectors as columns), of its lower triangle or, by attrs, its upper one. */
  eigh: {
    kind: 'opaque',
    infer: ([a]: Operands) => {
      const { shape, dtype } = a as Meta;
      return [
        { shape: shape.slice(0, -1), dtype },
        { shape, dtype },
      ];
    },
    saves: { outputs: [0, 1] },
    vjp: ({ k, outputs, grads: [dL, dV] }) => {
      const [values, v] = outputs as [Ref, Ref];
      const inner = plus(k, [dL ? embed(k, dL) : null, dV ? overGaps(k, k.matmul(k.mT(v), dV), values) : null]);
      return [k.matmul(v, k.matmul(inner, k.mT(v)))];
    },
  },
  /** A [m, n], m >= n -> (A·V, the lengths of its columns, V) with V orthogonal, A·V's columns too, the longest first. */
  svdJacobi: {
    kind: 'opaque',
    infer: ([a]: Operands) => {
      const { shape, dtype } = a as Meta;
      const n = shape.at(-1)!;
      const batch = batchOf(a as Meta);
      return [shape, [...batch, n], [...batch, n, n]].map((s) => ({ shape: s, dtype }));
    },
    vjp: 'none',
  },
} satisfies Record<string, KernelRow>;

export const decompositionComposites = {
  /** A [m, n] -> (U, S, Vᵀ), A = U·diag(S)·Vᵀ; attrs.full: U and Vᵀ are square. */
  svd: {
    kind: 'composite',
    forward: (k, [input], attrs) => {
      const a = input as Ref;
      const wide = a.shape.at(-2)! < a.shape.at(-1)!;
      const tall = wide ? k.mT(a) : a;
      const [m, n] = sizeOf(tall);
      const last = a.shape.length - 1;
      // Squares of entries must neither overflow nor vanish.
      const top = n === 0 ? null : k.reduce('amax', k.unary('abs', tall), [last - 1, last]);
      const scale = top && k.where(k.compare('eq', top, 0), 1, top);
      const scaled = scale ? k.div(tall, scale) : tall;
      // A = Q·R first: the iteration is then on square matrices, and a complete Q has the rest of a full U.
      const outer = m > n ? (k.all('qr', [scaled], { complete: attrs.full! }) as [Ref, Ref]) : null;
      const square = outer ? k.mT(columns(k, k.mT(outer[1]), 0, n)) : scaled;
      const [av, lengths, v] = k.all('svdJacobi', [square]) as [Ref, Ref, Ref];
      // Orthogonal columns are U·diag(S) already; QR gives directions also to those of length 0.
      const [q, r] = k.all('qr', [av], { complete: false }) as [Ref, Ref];
      const flipped = k.compare('lt', k.sum(part(k, r, 'eq'), [last - 1]), 0);
      const inner = k.where(k.expand(flipped, q.shape), k.unary('neg', q), q);
      let u = outer ? k.matmul(columns(k, outer[0], 0, n), inner) : inner;
      if (outer && attrs.full) u = k.op('cat', [u, columns(k, outer[0], n, m - n)], { dim: last });
      const s = scale ? k.mul(lengths, k.reshape(scale, [...batchOf(a), 1])) : lengths;
      return wide ? [v, s, k.mT(u)] : [u, s, k.mT(v)];
    },
    saves: { outputs: [0, 1, 2] },
    vjp: ({ k, outputs, grads }) => {
      const s = outputs[1]!;
      const size = s.shape.at(-1)!;
      const thin = (x: Ref | null): Ref | null => x && columns(k, x, 0, size);
      const [u, v] = [thin(outputs[0]!)!, thin(k.mT(outputs[2]!))!];
      const [dU, dV] = [thin(grads[0] ?? null), thin(grads[2] ? k.mT(grads[2]) : null)];
      const turned = (x: Ref, dX: Ref): Ref => {
        const c = k.matmul(k.mT(x), dX);
        return overGaps(k, k.sub(c, k.mT(c)), k.mul(s, s));
      };
      const inner = plus(k, [
        grads[1] ? embed(k, grads[1]) : null,
        dU && k.mul(turned(u, dU), rowOf(k, s)),
        dV && k.mul(column(k, s), turned(v, dV)),
      ]);
      const [m, n] = [u.shape.at(-2)!, v.shape.at(-2)!];
      /** The part of a gradient outside of what x spans, over S. */
      const outside = (x: Ref, dX: Ref): Ref => k.div(k.sub(dX, k.matmul(x, k.matmul(k.mT(x), dX))), rowOf(k, s));
      return [
        plus(k, [
          k.matmul(u, k.matmul(inner, k.mT(v))),
          dU && m > size ? k.matmul(outside(u, dU), k.mT(v)) : null,
          dV && n > size ? k.matmul(u, k.mT(outside(v, dV))) : null,
        ]),
      ];
    },
  },
  /** (A [n, n], B [n, r]) -> (X with A·X = B, and A's luFactor). */
  solve: {
    kind: 'composite',
    forward: (k, [a, b]) => {
      const [lu, pivots] = k.all('luFactor', [a!]) as [Ref, Ref];
      return [luSolve(k, lu, pivots, b as Ref), lu, pivots];
    },
    saves: { inputs: [0], outputs: [0, 1, 2] },
    nonDifferentiable: [1, 2],
    vjp: ({ k, inputs, outputs: [x, lu, pivots], grads: [g], needs }) => {
      const dB = k.differentiable ? k.op('solve', [k.mT(inputs[0] as Ref), g!]) : luSolve(k, lu!, pivots!, g!, true);
      return [needs[0] ? k.unary('neg', k.matmul(dB, k.mT(x!))) : null, dB];
    },
  },
  /** A [n, n] -> (its determinant, and its luFactor). */
  det: {
    kind: 'composite',
    forward: (k, [a]) => {
      const [lu, pivots] = k.all('luFactor', [a!]) as [Ref, Ref];
      return [product(k, diagonal(k, lu), pivots), lu, pivots];
    },
    saves: { inputs: [0], outputs: [1, 2] },
    nonDifferentiable: [1, 2],
    // det(A)·A⁻ᵀ. A zero on U's diagonal counts as next to nothing, so that rank n − 1 has its adjugate.
    vjp: ({ k, inputs, outputs, grads: [g] }) => {
      const [lu, pivots] = (k.differentiable ? k.all('luFactor', [inputs[0]!]) : outputs.slice(1)) as [Ref, Ref];
      if (lu.shape.at(-1) === 0) return [k.zerosLike(lu)];
      const d = diagonal(k, lu);
      const last = d.shape.length - 1;
      const tiny = k.add(k.mul(k.reduce('amax', k.unary('abs', d), [last]), 1e-7), 1e-30);
      const safe = k.where(k.compare('eq', d, 0), k.expand(tiny, d.shape), d);
      const scaled = k.mul(g!, product(k, safe, pivots));
      const sides = embed(k, k.expand(k.reshape(scaled, [...scaled.shape, 1]), d.shape));
      return [luSolve(k, k.add(lu, embed(k, k.sub(safe, d))), pivots, sides, true)];
    },
  },
  /** (A [m, n], atol, rtol) -> (the pseudo-inverse, the singular values); attrs.hermitian: A is symmetric. */
  pinv: {
    kind: 'composite',
    forward: (k, [a, atol, rtol], attrs) => {
      const [m, n] = sizeOf(a as Ref);
      if (m === 0 || n === 0) {
        const empty = k.full([...batchOf(a as Ref), 0], 0, a!.dtype);
        return [k.full([...batchOf(a as Ref), n, m], 0, a!.dtype), empty];
      }
      const [left, values, right] = (
        attrs.hermitian ? k.all('eigh', [a!], { upper: false }) : k.all('svd', [a!], { full: false })
      ) as Ref[];
      const [u, s, v] = attrs.hermitian ? [values!, left!, values!] : [left!, values!, k.mT(right!)];
      const sizes = k.unary('abs', s);
      const tolerance = k.op('maximum', [k.mul(rtol!, k.reduce('amax', sizes, [s.shape.length - 1])), atol!]);
      const kept = k.compare('gt', sizes, tolerance);
      const inverse = k.where(kept, k.div(1, k.where(kept, s, 1)), 0);
      return [k.matmul(k.mul(v, rowOf(k, inverse)), k.mT(u)), sizes];
    },
    saves: { inputs: [0], outputs: [0] },
    nonDifferentiable: [1],
    // Golub & Pereyra, "The differentiation of pseudo-inverses" (1973), for matrices of constant rank.
    vjp: ({ k, inputs, outputs: [p], grads: [g] }) => {
      const [a, x, pT, gT] = [inputs[0] as Ref, p!, k.mT(p!), k.mT(g!)];
      const mm = (first: Ref, ...rest: Ref[]): Ref => rest.reduce((y, z) => k.matmul(y, z), first);
      const product3 = k.mT(mm(x, gT, x));
      const inRows = mm(k.sub(gT, mm(a, x, gT)), x, pT);
      const inColumns = mm(pT, x, k.sub(gT, mm(gT, x, a)));
      return [k.sub(k.add(inRows, inColumns), product3), null, null];
    },
  },
  /** e^A for A [n, n]: scaling and squaring of a Taylor polynomial of degree 16. */
  matrixExp: {
    kind: 'composite',
    forward: (k, [input]) => {
      const a = input as Ref;
      const last = a.shape.length - 1;
      if (a.shape[last] === 0) return [k.op('copy', [a])];
      const norm = k.reduce('amax', k.sum(k.unary('abs', a), [last - 1]), [last]);
      const wanted = k.unary('ceil', k.mul(k.unary('log', k.mul(norm, 2)), 1 / Math.LN2));
      const steps = k.op('clamp', [wanted, ...[0, maxSquarings].map((scalar) => ({ scalar, dtype: a.dtype }))]);
      const x = k.mul(a, k.op('pow', [{ scalar: 0.5, dtype: a.dtype }, steps]));
      const one = embed(k, k.full(a.shape.slice(0, -1), 1, a.dtype));
      const powers = [one, x, k.matmul(x, x)];
      for (const i of [1, 2]) powers.push(k.matmul(powers[2]!, powers[i]!));
      // Σ xⁱ/i! by fours (Paterson & Stockmeyer, 1973).
      let y = k.mul(powers[4]!, 1 / factorial(16));
      for (const from of [12, 8, 4, 0]) {
        y = plus(k, [y, ...[0, 1, 2, 3].map((i) => k.mul(powers[i]!, 1 / factorial(from + i)))]);
        if (from > 0) y = k.matmul(y, powers[4]!);
      }
      for (let i = 0; i < maxSquarings; i++) y = k.where(k.compare('gt', steps, i), k.matmul(y, y), y);
      return [y];
    },
    saves: { inputs: [0] },
    // The derivative is a block of the exponential of [[Aᵀ, G], [0, Aᵀ]] (Al-Mohy & Higham, 2009).
    vjp: ({ k, inputs, grads: [g] }) => {
      const aT = k.mT(inputs[0] as Ref);
      const last = aT.shape.length - 1;
      const [n] = sizeOf(aT);
      const beside = (...x: Ref[]): Ref => k.op('cat', x, { dim: last });
      const both = k.op('cat', [beside(aT, g!), beside(k.zerosLike(aT), aT)], { dim: last - 1 });
      return [k.mT(columns(k, k.mT(columns(k, k.op('matrixExp', [both]), n, n)), 0, n))];
    },
  },
} satisfies Record<string, CompositeRow>;

/** Matrices of norms up to half of 2^this are exponentiated to full accuracy. */
const maxSquarings = 20;
const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

/** The determinant, from U's diagonal. */
function product(k: Kit, d: Ref, pivots: Ref): Ref {
  const value = k.reduce('prod', d, [d.shape.length - 1]);
  return k.mul(k.reshape(value, d.shape.slice(0, -1)), permutationSign(k, pivots, d.dtype));
}
