/** Adding through overlapping views: what convolution and sliding windows are made of, backwards. */
import type { KernelRow, Meta } from '../types.ts';

export const foldRows = {
  /**
   * (src) -> zeros of attrs.shape with src added at the elements that attrs.strides and attrs.offset select: a layout of
   * src's shape over the contiguous result, which may select an element several times, but not by a stride of 0 (sum
   * over such dims instead). The adjoint of asStrided.
   */
  scatterViewAdd: {
    kind: 'opaque',
    infer: ([src], attrs) => [{ shape: attrs.shape as readonly number[], dtype: (src as Meta).dtype }],
    vjp: ({ k, inputs, grads, attrs }) => [
      k.asStrided(grads[0]!, (inputs[0] as Meta).shape, attrs.strides as readonly number[], attrs.offset as number),
    ],
  },
} satisfies Record<string, KernelRow>;
