import { describe, ShapeError } from './errors.ts';

/** Sizes of the dims, outermost first. `[]` is a single number. */
export type Shape = readonly number[];

/** How a contiguous run of elements is read as an n-d array: element (i0, i1, …) is at `offset + Σ i·strides`. In elements. */
export interface Layout {
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
}

/** Number of elements; throws when it is not a safe integer, so that no allocation is ever attempted for it. */
export function numel(shape: Shape): number {
  let n = 1;
  for (const d of shape) n *= d;
  if (n > Number.MAX_SAFE_INTEGER) throw new ShapeError(`shape [${shape.join(', ')}] has more than 2^53 elements`);
  return n;
}

/** Validates dimensions given by a caller: non-negative integers whose product is a safe integer. */
export function checkShape(op: string, shape: Shape): void {
  for (const d of shape) {
    if (!Number.isInteger(d))
      throw new ShapeError(`${op}(): argument 'size' must be a list of ints, not ${describe(shape)}`);
    if (d < 0) throw new ShapeError(`${op}: Dimension size must be non-negative.\n  got ${describe(shape)}`);
  }
  // Zero dims make the product 0, but each partial product must still be addressable.
  if (shape.reduce((n, d) => n * Math.max(d, 1), 1) > Number.MAX_SAFE_INTEGER) {
    throw new ShapeError(`${op}: shape [${shape.join(', ')}] has more than 2^53 elements`);
  }
}

export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let s = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = s;
    s *= Math.max(shape[i]!, 1);
  }
  return strides;
}

export function contiguousLayout(shape: Shape): Layout {
  return { shape, strides: contiguousStrides(shape), offset: 0 };
}

/** True when row-major order over `shape` visits consecutive elements (the offset may be anything). */
export function isContiguous(layout: Layout): boolean {
  let s = 1;
  for (let i = layout.shape.length - 1; i >= 0; i--) {
    const d = layout.shape[i]!;
    if (d === 0) return true;
    if (d !== 1) {
      if (layout.strides[i] !== s) return false;
      s *= d;
    }
  }
  return true;
}

/** False only where no element is shown twice: each stride passes all that the smaller ones reach. */
export function mayOverlap({ shape, strides }: Pick<Layout, 'shape' | 'strides'>): boolean {
  if (shape.includes(0)) return false;
  let reach = 0;
  return shape
    .map((size, i) => ({ size, stride: Math.abs(strides[i]!) }))
    .filter(({ size }) => size > 1)
    .sort((a, b) => a.stride - b.stride)
    .some(({ size, stride }) => {
      const overlaps = stride <= reach;
      reach += (size - 1) * stride;
      return overlaps;
    });
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

/** `[2, 3]`, as PyTorch prints sizes in its messages. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** Broadcasts shapes by NumPy's rule; throws PyTorch's message. */
export function broadcastShapes(op: string, ...shapes: Shape[]): number[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  const out = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let i = 0; i < shape.length; i++) {
      const at = rank - shape.length + i;
      const d = shape[i]!;
      if (d === 1 || d === out[at]) continue;
      if (out[at] === 1) {
        out[at] = d;
        continue;
      }
      throw new ShapeError(
        `The size of tensor a (${out[at]}) must match the size of tensor b (${d}) at non-singleton dimension ${at}\n` +
          `  in ${op} of shapes ${shapes.map(formatShape).join(' and ')}; reshape or unsqueeze one of them so that they broadcast`,
      );
    }
  }
  return out;
}

/** Maps a possibly negative dim into [0, rank); throws PyTorch's message. A 0-d tensor accepts -1 and 0. */
export function normalizeDim(op: string, dim: number, rank: number): number {
  const n = Math.max(rank, 1);
  if (!Number.isInteger(dim)) throw new ShapeError(`${op}(): argument 'dim' must be int, not ${describe(dim)}`);
  if (dim < -n || dim >= n) {
    throw new ShapeError(
      `Dimension out of range (expected to be in range of [${-n}, ${n - 1}], but got ${dim})\n  in ${op} of a ${rank}-d tensor`,
    );
  }
  return dim < 0 ? dim + n : dim;
}

/** Normalises, de-duplicates (by throwing) and sorts dims; no dims means all. */
export function normalizeDims(op: string, dims: number | readonly number[] | undefined | null, rank: number): number[] {
  if (dims === undefined || dims === null) return Array.from({ length: rank }, (_, i) => i);
  const list: readonly number[] = Array.isArray(dims) ? dims : [dims as number];
  if (list.length === 0) return Array.from({ length: rank }, (_, i) => i);
  const out = list.map((d) => normalizeDim(op, d, rank));
  if (new Set(out).size !== out.length) {
    throw new ShapeError(
      `dim ${list[out.findIndex((d, i) => out.indexOf(d) !== i)]} appears multiple times in the list of dims\n  in ${op}`,
    );
  }
  // Reducing a 0-d tensor over dim 0 reduces nothing.
  return rank === 0 ? [] : out.sort((a, b) => a - b);
}

/** The layout of `base` expanded (stride 0) to `shape`. Assumes the shapes broadcast. */
export function expandLayout(base: Layout, shape: Shape): Layout {
  const lead = shape.length - base.shape.length;
  return {
    shape,
    strides: shape.map((d, i) => (i < lead || (base.shape[i - lead] === 1 && d !== 1) ? 0 : base.strides[i - lead]!)),
    offset: base.offset,
  };
}

/**
 * The layout of the same elements read with another shape, or null when that needs a copy.
 * Algorithm: group old dims into chunks that are contiguous within themselves; each new dim must lie within one chunk.
 */
export function reshapeLayout(base: Layout, shape: Shape): Layout | null {
  if (isContiguous(base)) return { shape, strides: contiguousStrides(shape), offset: base.offset };
  if (base.shape.includes(0)) return { shape, strides: contiguousStrides(shape), offset: base.offset };
  const old: { size: number; stride: number }[] = [];
  base.shape.forEach((size, i) => {
    if (size !== 1) old.push({ size, stride: base.strides[i]! });
  });
  const strides = new Array<number>(shape.length).fill(0);
  let view = shape.length - 1;
  let i = old.length - 1;
  while (i >= 0) {
    let chunk = old[i]!.size;
    const innermost = old[i]!.stride;
    while (i > 0 && old[i - 1]!.stride === old[i]!.size * old[i]!.stride) chunk *= old[--i]!.size;
    i--;
    let covered = 1;
    while (view >= 0 && (covered < chunk || shape[view] === 1)) {
      strides[view] = covered * innermost;
      covered *= shape[view]!;
      view--;
    }
    if (covered !== chunk) return null;
  }
  return { shape, strides, offset: base.offset };
}
