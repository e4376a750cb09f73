/** Planes of another size: interpolation, and the inverse of max pooling. */
import { isFloat } from '../../core/dtype.ts';
import { DTypeError } from '../../core/errors.ts';
import type { Attrs, CompositeRow, Input, KernelRow, Meta, Ref, Scalar } from '../types.ts';

/** The taps that each result reads; antialiasing ones are wider where the result is smaller, and not divided by their sum. */
export type ResampleFilter =
  | 'nearest'
  | 'nearestExact'
  | 'linear'
  | 'cubic'
  | 'wideLinear'
  | 'wideCubic'
  | 'wideLanczos';

export interface ResampleAttrs {
  readonly filter: ResampleFilter;
  /** The first of the two neighbouring dims that are resampled. */
  readonly dim: number;
  /** The corners' centres coincide, instead of the corners. */
  readonly alignCorners: boolean;
  /** Sizes of the two dims before and after. */
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
}
export const resampleAttrs = (attrs: Attrs): ResampleAttrs => attrs as Attrs & ResampleAttrs;

/** A linear map of planes, and its transpose. Scales are operands: they need not be from/to, and may vary from call to call. */
const linearMap = (op: string, size: 'from' | 'to', transpose: string): KernelRow => ({
  kind: 'reduction',
  infer: (inputs: readonly (Meta | Scalar)[], attrs) => {
    const [x] = inputs as [Meta];
    const { dim, [size]: planes } = resampleAttrs(attrs);
    if (!isFloat(x.dtype)) throw new DTypeError(`${op}: not implemented for ${x.dtype}; cast with .to('float32')`);
    return [{ shape: x.shape.map((d, i) => planes[i - dim] ?? d), dtype: x.dtype }];
  },
  vjp: ({ k, inputs, grads, attrs }) => [k.op(transpose, [grads[0]!, ...inputs.slice(1)], attrs), null, null],
});

export const resampleRows = {
  /** (x, scale of dim, scale of dim + 1) -> y; a scale is how many inputs one step among the results is. */
  resample: linearMap('resample', 'to', 'resampleBackward'),
  /** (dy, scales) -> dx: each input gathers from the results that read it. */
  resampleBackward: linearMap('resampleBackward', 'from', 'resample'),
} satisfies Record<string, KernelRow>;

export const unpoolComposites = {
  /** (values, indices), (planes, n) each -> (planes, attrs.size): zeros, but the values at their indices; the last of several. */
  maxUnpool: {
    kind: 'composite',
    forward: (k, inputs: readonly Input[], attrs) => {
      const [x, index] = inputs as [Ref, Ref];
      return [k.op('scatter', [k.full([x.shape[0]!, attrs.size as number], 0, x.dtype), index, x], { dim: 1 })];
    },
    saves: { inputs: [1] },
    // As in PyTorch, each of several values at one index has its gradient.
    vjp: ({ k, inputs, grads }) => [k.op('gather', [grads[0]!, inputs[1]!], { dim: 1 }), null],
  },
} satisfies Record<string, CompositeRow>;
