/** Views that show other elements than a box of their operand's: windows, which may overlap, and diagonals. */
import { contiguousLayout, type Layout, mayOverlap } from '../../core/shape.ts';
import type { Attrs, Ref, ViewRow, Vjp } from '../types.ts';

export const windowRows = {
  /** attrs: dim, size, step. Windows along dim take its place; their elements are a new last dim. */
  unfold: {
    kind: 'view',
    layout: windows,
    vjp: backThrough(windows),
  },
  /** attrs: dim1, dim2, offset. The diagonals of both dims become the last dim. */
  diagonal: {
    kind: 'view',
    layout: diagonal,
    vjp: backThrough(diagonal),
  },
  /** attrs: shape, strides, offset. Any elements of the memory that the operand is a view of. */
  restride: {
    kind: 'view',
    layout: (_, attrs) => restrided(attrs),
    vjp: ({ k, inputs, grads, attrs }) => {
      const { shape, layout: own } = inputs[0] as Ref & { readonly layout: Layout };
      const shown = restrided(attrs);
      const memory = [Math.max(reach(own), reach(shown))];
      let g = k.addIntoZeros(memory, grads[0]!, shown);
      // Where the operand shows an element several times, they share its gradient, as in PyTorch.
      if (mayOverlap(own)) {
        const times = k.addIntoZeros(memory, k.expand(k.full([], 1, g.dtype), shape), own);
        g = k.div(g, times);
      }
      return [k.asStrided(g, shape, own.strides, own.offset)];
    },
  },
} satisfies Record<string, ViewRow>;

/** What the view showed of a contiguous operand, added back to where it stood. */
function backThrough(layout: ViewRow['layout']): Vjp {
  return ({ k, inputs, grads, attrs }) => {
    const { shape } = inputs[0] as Ref;
    return [k.addIntoZeros(shape, grads[0]!, layout(contiguousLayout(shape), attrs)!)];
  };
}

const restrided = (attrs: Attrs): Layout => ({
  shape: attrs.shape as readonly number[],
  strides: attrs.strides as readonly number[],
  offset: attrs.offset as number,
});

/** One past the furthest element that a layout shows. */
function reach({ shape, strides, offset }: Layout): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((end, d, i) => end + Math.max(0, (d - 1) * strides[i]!), offset + 1);
}

function windows({ shape, strides, offset }: Layout, attrs: Attrs): Layout {
  const { dim, size, step } = attrs as { dim: number; size: number; step: number };
  const count = Math.floor((shape[dim]! - size) / step) + 1;
  return {
    shape: [...shape.map((d, i) => (i === dim ? count : d)), size],
    strides: [...strides.map((s, i) => (i === dim ? s * step : s)), strides[dim]!],
    offset,
  };
}

/** Also what diagEmbed writes through. */
export function diagonal({ shape, strides, offset }: Layout, attrs: Attrs): Layout {
  const { dim1, dim2, offset: shift } = attrs as { dim1: number; dim2: number; offset: number };
  const others = <T>(list: readonly T[]): T[] => list.filter((_, i) => i !== dim1 && i !== dim2);
  const [down, right] = [Math.max(-shift, 0), Math.max(shift, 0)];
  const size = Math.max(0, Math.min(shape[dim1]! - down, shape[dim2]! - right));
  return {
    shape: [...others(shape), size],
    strides: [...others(strides), strides[dim1]! + strides[dim2]!],
    offset: size === 0 ? offset : offset + down * strides[dim1]! + right * strides[dim2]!,
  };
}
