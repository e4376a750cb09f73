/** Views: other readings of the same memory. No kernel runs. */
import { ShapeError } from '../core/errors.ts';
import { contiguousLayout, expandLayout, formatShape, type Layout, numel, reshapeLayout } from '../core/shape.ts';
import type { Attrs, Ref, ViewRow } from './types.ts';

const list = (attrs: Attrs, key: string): readonly number[] => attrs[key] as readonly number[];

export const viewRows = {
  /** attrs: shape (no -1). Null when the elements cannot be addressed with strides. */
  reshape: {
    kind: 'view',
    layout: (x, attrs) => {
      const shape = list(attrs, 'shape');
      if (numel(shape) !== numel(x.shape)) {
        throw new ShapeError(
          `shape '${formatShape(shape)}' is invalid for input of size ${numel(x.shape)}\n  in reshape of ${formatShape(x.shape)}`,
        );
      }
      return reshapeLayout(x, shape);
    },
    vjp: ({ k, inputs, grads }) => [k.reshape(grads[0]!, (inputs[0] as Ref).shape)],
  },
  /** attrs: shape; size-1 dims and new leading dims are repeated with stride 0 */
  expand: {
    kind: 'view',
    layout: (x, attrs) => expandLayout(x, list(attrs, 'shape')),
    vjp: ({ k, inputs, grads }) => [k.sumTo(grads[0]!, (inputs[0] as Ref).shape)],
  },
  /** attrs: dims */
  permute: {
    kind: 'view',
    layout: (x, attrs) => {
      const dims = list(attrs, 'dims');
      return { shape: dims.map((d) => x.shape[d]!), strides: dims.map((d) => x.strides[d]!), offset: x.offset };
    },
    vjp: ({ k, grads, attrs }) => {
      const dims = list(attrs, 'dims');
      const inverse = new Array<number>(dims.length);
      dims.forEach((d, i) => {
        inverse[d] = i;
      });
      return [k.permute(grads[0]!, inverse)];
    },
  },
  /** attrs: starts, sizes, steps, one per dim; a negative step walks backwards */
  slice: {
    kind: 'view',
    layout: sliceLayout,
    vjp: ({ k, inputs, grads, attrs }) => {
      const { shape } = inputs[0] as Ref;
      return [k.scatterIntoZeros(shape, grads[0]!, sliceLayout(contiguousLayout(shape), attrs))];
    },
  },
  /** attrs: shape, strides, offset, over contiguous memory */
  asStrided: {
    kind: 'view',
    layout: (x, attrs) => ({
      shape: list(attrs, 'shape'),
      strides: list(attrs, 'strides'),
      offset: x.offset + (attrs.offset as number),
    }),
    // What is shown several times gets the sum.
    vjp: ({ k, inputs, grads, attrs }) => [
      k.addIntoZeros((inputs[0] as Ref).shape, grads[0]!, {
        strides: list(attrs, 'strides'),
        offset: attrs.offset as number,
      }),
    ],
  },
} satisfies Record<string, ViewRow>;

function sliceLayout(x: Layout, attrs: Attrs): Layout {
  const starts = list(attrs, 'starts');
  const steps = list(attrs, 'steps');
  return {
    shape: list(attrs, 'sizes'),
    strides: x.strides.map((s, i) => s * steps[i]!),
    offset: x.strides.reduce((o, s, i) => o + s * starts[i]!, x.offset),
  };
}
