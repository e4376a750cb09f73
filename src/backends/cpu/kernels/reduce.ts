/**
 * Reductions of any dims of any layout, accumulated in double precision. Where the innermost elements in memory are
 * reduced, a row is folded into one number; where they are kept, rows are folded into a row of accumulators.
 */
import type { TypedArray } from '../../../core/dtype.ts';
import { contiguousStrides, type Layout, numel } from '../../../core/shape.ts';
import type { CpuKernel } from '../kernel.ts';
import { scratch } from '../memory.ts';
import { tensorAt } from '../operands.ts';
import { coalesce, forEachPosition } from '../strided.ts';

interface Fold {
  readonly identity: number;
  /** Folds n elements from `at`, `stride` apart, into `acc`. */
  readonly row: (acc: number, x: TypedArray, at: number, stride: number, n: number) => number;
  /** Folds n elements into n accumulators. */
  readonly column: (acc: Float64Array, x: TypedArray, at: number, stride: number, n: number) => void;
}

// Four independent sums: additions wait for each other otherwise.
function sumRow(acc: number, x: TypedArray, at: number, stride: number, n: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = 0;
  let p = at;
  for (; i + 4 <= n; i += 4, p += 4 * stride) {
    a += x[p]!;
    b += x[p + stride]!;
    c += x[p + 2 * stride]!;
    d += x[p + 3 * stride]!;
  }
  for (; i < n; i++, p += stride) a += x[p]!;
  return acc + (a + b + (c + d));
}

const sum: Fold = {
  identity: 0,
  row: sumRow,
  column: (acc, x, at, stride, n) => {
    for (let i = 0, p = at; i < n; i++, p += stride) acc[i]! += x[p]!;
  },
};
const prod: Fold = {
  identity: 1,
  row: (acc, x, at, stride, n) => {
    for (let i = 0, p = at; i < n; i++, p += stride) acc *= x[p]!;
    return acc;
  },
  column: (acc, x, at, stride, n) => {
    for (let i = 0, p = at; i < n; i++, p += stride) acc[i]! *= x[p]!;
  },
};
/** Products of integers wrap to 32 bits, which a double would lose. */
const integerProd: Fold = {
  identity: 1,
  row: (acc, x, at, stride, n) => {
    for (let i = 0, p = at; i < n; i++, p += stride) acc = Math.imul(acc, x[p]!);
    return acc;
  },
  column: (acc, x, at, stride, n) => {
    for (let i = 0, p = at; i < n; i++, p += stride) acc[i] = Math.imul(acc[i]!, x[p]!);
  },
};
// A NaN, once met, stays: no comparison with it is true.
const max: Fold = {
  identity: -Infinity,
  row: (acc, x, at, stride, n) => {
    for (let i = 0, p = at; i < n; i++, p += stride) {
      const v = x[p]!;
      if (v > acc || v !== v) acc = v;
    }
    return acc;
  },
  column: (acc, x, at, stride, n) => {
    for (let i = 0, p = at; i < n; i++, p += stride) {
      const v = x[p]!;
      if (v > acc[i]! || v !== v) acc[i] = v;
    }
  },
};
const min: Fold = {
  identity: Infinity,
  row: (acc, x, at, stride, n) => {
    for (let i = 0, p = at; i < n; i++, p += stride) {
      const v = x[p]!;
      if (v < acc || v !== v) acc = v;
    }
    return acc;
  },
  column: (acc, x, at, stride, n) => {
    for (let i = 0, p = at; i < n; i++, p += stride) {
      const v = x[p]!;
      if (v < acc[i]! || v !== v) acc[i] = v;
    }
  },
};
const any: Fold = { ...max, identity: 0 };
const all: Fold = { ...min, identity: 1 };

/** The layout of some dims of `layout`, and its strides in the contiguous result. */
function pick(layout: Layout, dims: readonly number[]): Layout {
  return { shape: dims.map((d) => layout.shape[d]!), strides: dims.map((d) => layout.strides[d]!), offset: 0 };
}
const positive = (stride: number): number => (stride === 0 ? Infinity : Math.abs(stride));

/** Positions of a layout's elements, or of its rows without the last dim. */
function positions(layout: Layout): Int32Array {
  const out = scratch('int32', numel(layout.shape));
  forEachPosition(layout, (p, n) => {
    out[n] = p;
  });
  return out;
}
function withoutLast({ shape, strides, offset }: Layout): Layout {
  return { shape: shape.slice(0, -1), strides: strides.slice(0, -1), offset };
}

function reduction(fold: Fold, integerFold = fold): CpuKernel {
  return (inputs, [out], attrs) => {
    const { data, layout, dtype } = tensorAt(inputs, 0);
    const { identity, row, column } = dtype === 'int32' || dtype === 'uint32' ? integerFold : fold;
    const result = out!.data;
    const dims = attrs.dims as readonly number[];
    if (numel(layout.shape) === 0) {
      result.fill(identity);
      return;
    }
    const keptDims = layout.shape.map((_, d) => d).filter((d) => !dims.includes(d));
    const reduced = coalesce(pick(layout, dims));
    const outStrides = contiguousStrides(out!.shape);
    // The kept dim with the smallest stride, against the reduced one: which lies innermost in memory?
    const inner = keptDims.reduce((best, d) => {
      if (layout.shape[d] === 1) return best;
      return best < 0 || positive(layout.strides[d]!) < positive(layout.strides[best]!) ? d : best;
    }, -1);
    const reducedStride = Math.min(...reduced.strides.map(positive), Infinity);
    if (inner >= 0 && positive(layout.strides[inner]!) < reducedStride) {
      const n = layout.shape[inner]!;
      const stride = layout.strides[inner]!;
      const outStride = outStrides[inner]!;
      const others = keptDims.filter((d) => d !== inner);
      const sources = positions(pick(layout, others));
      const targets = positions({
        shape: others.map((d) => layout.shape[d]!),
        strides: others.map((d) => outStrides[d]!),
        offset: 0,
      });
      const steps = positions(reduced);
      const acc = scratch('float64', n);
      for (let k = 0; k < sources.length; k++) {
        acc.fill(identity);
        const from = layout.offset + sources[k]!;
        for (let s = 0; s < steps.length; s++) column(acc, data, from + steps[s]!, stride, n);
        for (let i = 0, p = targets[k]!; i < n; i++, p += outStride) result[p] = acc[i]!;
      }
      return;
    }
    const last = reduced.shape.length - 1;
    const n = last < 0 ? 1 : reduced.shape[last]!;
    const stride = last < 0 ? 1 : reduced.strides[last]!;
    const rows = positions(withoutLast(reduced));
    forEachPosition({ ...pick(layout, keptDims), offset: layout.offset }, (position, k) => {
      let acc = identity;
      for (let r = 0; r < rows.length; r++) acc = row(acc, data, position + rows[r]!, stride, n);
      result[k] = acc;
    });
  };
}

/** Index of the first extremum along one dim, or in the flattened tensor; the first NaN wins. */
function argument(better: (v: number, best: number) => boolean): CpuKernel {
  return (inputs, [out], attrs) => {
    const { data, layout } = tensorAt(inputs, 0);
    const dims = attrs.dims as readonly number[];
    const keptDims = layout.shape.map((_, d) => d).filter((d) => !dims.includes(d));
    const reduced = coalesce(pick(layout, dims));
    const last = reduced.shape.length - 1;
    const n = last < 0 ? 1 : reduced.shape[last]!;
    const stride = last < 0 ? 1 : reduced.strides[last]!;
    const rows = positions(withoutLast(reduced));
    forEachPosition({ ...pick(layout, keptDims), offset: layout.offset }, (position, k) => {
      let best = data[position]!;
      let index = 0;
      for (let r = 0; r < rows.length && best === best; r++) {
        for (let i = 0, p = position + rows[r]!; i < n; i++, p += stride) {
          const v = data[p]!;
          if (better(v, best) || v !== v) {
            best = v;
            index = r * n + i;
            if (v !== v) break;
          }
        }
      }
      out!.data[k] = index;
    });
  };
}

export const reduceKernels = {
  sum: reduction(sum),
  prod: reduction(prod, integerProd),
  amax: reduction(max),
  amin: reduction(min),
  any: reduction(any),
  all: reduction(all),
  argmax: argument((v, best) => v > best),
  argmin: argument((v, best) => v < best),
} satisfies Record<string, CpuKernel>;
