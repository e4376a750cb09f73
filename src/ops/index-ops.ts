/** Reading and writing by index tensors (int32). Out-of-range indices never touch memory: reads give 0, writes are dropped; the caller reports them. */
import { DTypeError, ShapeError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import type { KernelRow, Meta, Ref, Scalar } from './types.ts';

function checkIndex(op: string, index: Meta): void {
  if (index.dtype !== 'int32')
    throw new DTypeError(`${op}(): Expected dtype int32 for index, got ${index.dtype}; cast it with .to('int32')`);
}
const zeros = (x: Ref, g: Ref): { shape: readonly number[]; dtype: Ref['dtype'] } => ({
  shape: x.shape,
  dtype: g.dtype,
});

export const indexRows = {
  /** (x, index) -> x[.., index[i,j,k], ..] along attrs.dim; index has x's rank and is no larger in other dims. */
  gather: {
    kind: 'opaque',
    infer: (inputs, attrs) => {
      const [x, index] = inputs as [Meta, Meta];
      checkIndex('gather', index);
      if (index.shape.length !== x.shape.length) {
        throw new ShapeError(
          `Index tensor must have the same number of dimensions as input tensor\n  in gather of ${formatShape(x.shape)} by ${formatShape(index.shape)}`,
        );
      }
      const dim = attrs.dim as number;
      if (index.shape.some((d, i) => i !== dim && d > x.shape[i]!)) {
        throw new ShapeError(
          `Size does not match at dimension ${index.shape.findIndex((d, i) => i !== dim && d > x.shape[i]!)} expected index ${formatShape(index.shape)} to be no larger than self ${formatShape(x.shape)} apart from dimension ${dim}\n  in gather`,
        );
      }
      return [{ shape: index.shape, dtype: x.dtype }];
    },
    saves: { inputs: [1] },
    vjp: ({ k, inputs, grads, attrs }) => {
      const [x, index] = inputs as [Ref, Ref];
      const z = zeros(x, grads[0]!);
      return [k.op('scatterAdd', [k.full(z.shape, 0, z.dtype), index, grads[0]!], attrs), null];
    },
  },
  /** (base, index, src) -> base with src[i,j,k] added at index[i,j,k] along attrs.dim, in the order of src: deterministic. */
  scatterAdd: {
    kind: 'opaque',
    infer: (inputs, attrs) => {
      const [base, index, src] = inputs as [Meta, Meta, Meta];
      checkIndex('scatterAdd', index);
      if (base.dtype !== src.dtype)
        throw new DTypeError(
          `scatter(): Expected self.dtype to be equal to src.dtype, got ${base.dtype} and ${src.dtype}`,
        );
      if (index.shape.length !== base.shape.length || src.shape.length !== base.shape.length) {
        throw new ShapeError(
          `Index tensor must have the same number of dimensions as self tensor\n  in scatterAdd of ${formatShape(src.shape)} by ${formatShape(index.shape)} into ${formatShape(base.shape)}`,
        );
      }
      const dim = attrs.dim as number;
      if (index.shape.some((d, i) => d > src.shape[i]! || (i !== dim && d > base.shape[i]!))) {
        throw new ShapeError(
          `Expected index ${formatShape(index.shape)} to be no larger than self ${formatShape(base.shape)} apart from dimension ${dim} and to be no larger size than src ${formatShape(src.shape)}\n  in scatterAdd`,
        );
      }
      return [{ shape: base.shape, dtype: base.dtype }];
    },
    inPlace: () => [[0, 0]],
    saves: { inputs: ([, , src]) => (src ? [1] : []) },
    vjp: ({ k, inputs, grads, needs, attrs }) => {
      const index = inputs[1] as Ref;
      const src = inputs[2] as Ref;
      const read = (): Ref => {
        const picked = k.op('gather', [grads[0]!, index], attrs);
        if (picked.shape.every((d, i) => d === src.shape[i])) return picked;
        return k.scatterIntoZeros(src.shape, picked, { strides: k.contiguousStrides(src.shape), offset: 0 });
      };
      return [needs[0] ? grads[0]! : null, null, needs[2] ? read() : null];
    },
  },
  /** (x, index 1-d) -> slices of x along attrs.dim */
  indexSelect: {
    kind: 'opaque',
    infer: (inputs, attrs) => {
      const [x, index] = inputs as [Meta, Meta];
      checkIndex('indexSelect', index);
      if (index.shape.length !== 1)
        throw new ShapeError(`index_select(): Index is supposed to be a vector, got ${formatShape(index.shape)}`);
      const dim = attrs.dim as number;
      return [{ shape: x.shape.map((d, i) => (i === dim ? index.shape[0]! : d)), dtype: x.dtype }];
    },
    saves: { inputs: [1] },
    vjp: ({ k, inputs, grads, attrs }) => {
      const [x, index] = inputs as [Ref, Ref];
      const z = zeros(x, grads[0]!);
      return [k.op('indexAdd', [k.full(z.shape, 0, z.dtype), index, grads[0]!], attrs), null];
    },
  },
  /** (base, index 1-d, src) -> base with slices of src added along attrs.dim, in the order of src: deterministic. */
  indexAdd: {
    kind: 'opaque',
    infer: (inputs, attrs) => {
      const [base, index, src] = inputs as [Meta, Meta, Meta];
      checkIndex('indexAdd', index);
      const dim = attrs.dim as number;
      const expected = base.shape.map((d, i) => (i === dim ? index.shape[0]! : d));
      if (base.dtype !== src.dtype)
        throw new DTypeError(
          `index_add_(): self and source must have the same dtype, got ${base.dtype} and ${src.dtype}`,
        );
      if (src.shape.length !== base.shape.length || src.shape.some((d, i) => d !== expected[i])) {
        throw new ShapeError(
          `index_add_(): expected source of shape ${formatShape(expected)}, got ${formatShape(src.shape)}`,
        );
      }
      return [{ shape: base.shape, dtype: base.dtype }];
    },
    inPlace: () => [[0, 0]],
    saves: { inputs: ([, , src]) => (src ? [1] : []) },
    vjp: ({ k, inputs, grads, needs, attrs }) => [
      needs[0] ? grads[0]! : null,
      null,
      needs[2] ? k.op('indexSelect', [grads[0]!, inputs[1] as Ref], attrs) : null,
    ],
  },
  /** (a, b, …) joined along attrs.dim */
  cat: {
    kind: 'opaque',
    infer: (inputs, attrs) => {
      const metas = inputs as readonly Meta[];
      const dim = attrs.dim as number;
      const first = metas[0]!;
      for (const [n, m] of metas.entries()) {
        if (m.dtype !== first.dtype)
          throw new DTypeError(`cat: expected tensors of one dtype, got ${first.dtype} and ${m.dtype}`);
        if (m.shape.length !== first.shape.length) {
          throw new ShapeError(
            `Tensors must have same number of dimensions: got ${first.shape.length} and ${m.shape.length}\n  in cat of ${formatShape(first.shape)} and ${formatShape(m.shape)}`,
          );
        }
        const odd = m.shape.findIndex((d, i) => i !== dim && d !== first.shape[i]);
        if (odd >= 0) {
          throw new ShapeError(
            `Sizes of tensors must match except in dimension ${dim}. Expected size ${first.shape[odd]} but got size ${m.shape[odd]} for tensor number ${n} in the list.\n  in cat of ${formatShape(first.shape)} and ${formatShape(m.shape)}`,
          );
        }
      }
      const total = metas.reduce((s, m) => s + m.shape[dim]!, 0);
      return [{ shape: first.shape.map((d, i) => (i === dim ? total : d)), dtype: first.dtype }];
    },
    vjp: ({ k, inputs, grads, needs, attrs }) => {
      const dim = attrs.dim as number;
      let at = 0;
      return inputs.map((input, n) => {
        const { shape } = input as Ref;
        const starts = shape.map((_, i) => (i === dim ? at : 0));
        at += shape[dim]!;
        return needs[n]
          ? k.slice(
              grads[0]!,
              starts,
              shape,
              shape.map(() => 1),
            )
          : null;
      });
    },
  },
  /**
   * (base, src, offset) -> base with src written at the elements that the offset and attrs.strides select (a layout of src's
   * shape over the contiguous base, no element twice). Writing through a view is this op; the offset is a scalar, so that
   * `x[t] = y` is one plan for all t.
   */
  scatterView: {
    kind: 'opaque',
    infer: (inputs) => {
      const [base, src] = inputs as [Meta, Meta];
      if (base.dtype !== src.dtype)
        throw new DTypeError(`writing ${src.dtype} values into a view of a ${base.dtype} tensor; cast them first`);
      return [{ shape: base.shape, dtype: base.dtype }];
    },
    inPlace: () => [[0, 0]],
    vjp: ({ k, inputs, grads, needs, attrs }) => {
      const view = { strides: attrs.strides as readonly number[], offset: (inputs[2] as Scalar).scalar };
      const src = inputs[1] as Ref;
      return [
        needs[0] ? k.scatterView(grads[0]!, k.zerosLike(src), view) : null,
        needs[1] ? k.asStrided(grads[0]!, src.shape, view.strides, view.offset) : null,
        null,
      ];
    },
  },
} satisfies Record<string, KernelRow>;
