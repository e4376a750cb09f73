/** Reductions. attrs.dims is sorted and non-negative; results keep the reduced dims with size 1. */
import type { DType } from '../core/dtype.ts';
import { DTypeError, ShapeError } from '../core/errors.ts';
import { formatShape, type Shape } from '../core/shape.ts';
import type { Kit } from './kit.ts';
import type { Attrs, KernelRow, Meta, Ref, Scalar, Vjp } from './types.ts';

const dimsOf = (attrs: Attrs): readonly number[] => attrs.dims as readonly number[];
const keptShape = (shape: Shape, dims: readonly number[]): number[] => shape.map((d, i) => (dims.includes(i) ? 1 : d));
const count = (shape: Shape, dims: readonly number[]): number => dims.reduce((n, d) => n * shape[d]!, 1);

/** Of no elements at all, these have no result. */
const withoutIdentity = new Set(['amax', 'amin', 'argmax', 'argmin']);

function reduction(
  name: string,
  dtype: (d: DType) => DType,
  vjp: Vjp | 'none',
  extra: Partial<KernelRow> = {},
): KernelRow {
  return {
    kind: 'reduction',
    infer: ([x]: readonly (Meta | Scalar)[], attrs) => {
      const { shape, dtype: d } = x as Meta;
      const dims = dimsOf(attrs);
      if (withoutIdentity.has(name) && count(shape, dims) === 0) {
        throw new ShapeError(
          `${name}(): Expected reduction dim to be specified for input.numel() == 0, over a dim of non-zero size\n  got shape ${formatShape(shape)}`,
        );
      }
      return [{ shape: keptShape(shape, dims), dtype: dtype(d) }];
    },
    vjp,
    ...extra,
  };
}
const numeric =
  (op: string) =>
  (d: DType): DType => {
    if (d === 'bool') throw new DTypeError(`${op}: not implemented for 'Bool'; cast it with .to('int32')`);
    return d;
  };

/** The gradient is shared equally by all elements that attain the extremum, as torch.amax. */
const shareTies: Vjp = ({ k, inputs, outputs, grads, attrs }) => {
  const x = inputs[0] as Ref;
  const hit = k.cast(k.compare('eq', x, k.expand(outputs[0]!, x.shape)), x.dtype);
  const each = k.div(grads[0]!, k.sum(hit, dimsOf(attrs)));
  return [k.mul(k.expand(each, x.shape), hit)];
};

/** Product of all others: exact where one or several elements are zero. */
function prodGradient(k: Kit, x: Ref, y: Ref, g: Ref, dims: readonly number[]): Ref {
  const zero = k.compare('eq', x, 0);
  const zeros = k.sum(k.cast(zero, x.dtype), dims);
  const withoutZeros = k.reduce('prod', k.where(zero, 1, x), dims);
  const wide = (a: Ref): Ref => k.expand(a, x.shape);
  const none = k.div(wide(k.mul(g, y)), k.where(zero, 1, x));
  const one = k.where(zero, wide(k.mul(g, withoutZeros)), 0);
  const zeroCount = wide(zeros);
  return k.where(k.compare('eq', zeroCount, 0), none, k.where(k.compare('eq', zeroCount, 1), one, 0));
}

export const reduceRows = {
  /** Integers stay int32 (documented: torch widens to int64). */
  sum: reduction('sum', numeric('sum'), ({ k, inputs, grads }) => [k.expand(grads[0]!, (inputs[0] as Ref).shape)]),
  prod: reduction(
    'prod',
    numeric('prod'),
    ({ k, inputs, outputs, grads, attrs }) => [
      prodGradient(k, inputs[0] as Ref, outputs[0]!, grads[0]!, dimsOf(attrs)),
    ],
    { saves: { inputs: [0], outputs: [0] } },
  ),
  amax: reduction('amax', numeric('amax'), shareTies, { saves: { inputs: [0], outputs: [0] } }),
  amin: reduction('amin', numeric('amin'), shareTies, { saves: { inputs: [0], outputs: [0] } }),
  any: reduction('any', bool('any'), 'none'),
  all: reduction('all', bool('all'), 'none'),
  /** attrs.dims holds one dim, or all of them (index into the flattened tensor). First of equal values; NaN wins. */
  argmax: reduction('argmax', index('argmax'), 'none'),
  argmin: reduction('argmin', index('argmin'), 'none'),
} satisfies Record<string, KernelRow>;

function bool(op: string) {
  return (d: DType): DType => {
    if (d !== 'bool') throw new DTypeError(`${op}: expected a bool tensor, got ${d}`);
    return 'bool';
  };
}
function index(op: string) {
  return (d: DType): DType => {
    numeric(op)(d);
    return 'int32';
  };
}
