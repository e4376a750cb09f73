/** Sums of products of tensors whose dims have labels: what einsum and tensordot are made of. */
import type { Var } from '../../autograd/var.ts';
import { isFloat } from '../../core/dtype.ts';
import { DTypeError } from '../../core/errors.ts';
import { numel, reshapeLayout, sameShape } from '../../core/shape.ts';
import { notImplemented, op, spoken } from './common.ts';
import { contractionOrder, type Order } from './contraction-order.ts';
import { wholeProduct } from './nn.ts';
import * as pointwise from './pointwise.ts';
import * as reduce from './reduce.ts';

/** A tensor with a label for each dim. Dims of one label have one size, or size 1. */
export interface Labelled {
  readonly x: Var;
  readonly labels: readonly number[];
}

/** Multiplies tensors, dims of one label with each other, and sums over all labels but those of `out`, in their order. */
export function contract(terms: readonly Labelled[], out: readonly number[]): Var {
  const sizes = new Map<number, number>();
  for (const { x, labels } of terms)
    for (const [i, label] of labels.entries()) if (!sizes.has(label) || x.shape[i] !== 1) sizes.set(label, x.shape[i]!);
  const size = (label: number): number => sizes.get(label)!;
  const long = out.filter((label) => size(label) !== 1);
  const operands = terms.map((t) => withoutOnes(withDiagonals(t)));
  const order = contractionOrder(
    operands.map((t) => t.labels),
    long,
    size,
  );
  const result = multiplied(operands, order, long);
  return reshaped(permuted(summed(result, long), long).x, out.map(size));
}

/** The product of the tensors in `order`. `out`: the labels that others need, in the order that suits them. */
function multiplied(terms: readonly Labelled[], order: Order, out: readonly number[]): Labelled {
  if (typeof order === 'number') return terms[order]!;
  const [first, second] = order;
  const labelsOf = (o: Order): number[] =>
    typeof o === 'number' ? [...terms[o]!.labels] : [...labelsOf(o[0]), ...labelsOf(o[1])];
  const a = multiplied(terms, first, unique([...out, ...labelsOf(second)]));
  return pair(a, multiplied(terms, second, unique([...out, ...a.labels])), out);
}

const unique = (labels: readonly number[]): number[] => [...new Set(labels)];
const size = ({ x, labels }: Labelled, label: number): number => x.shape[labels.indexOf(label)]!;
const reshaped = (x: Var, shape: readonly number[]): Var =>
  sameShape(x.shape, shape) ? x : op('reshape', [x], { shape });

/** Dims of one label become their diagonal. */
function withDiagonals({ x, labels }: Labelled): Labelled {
  const dim1 = labels.findIndex((label, i) => labels.indexOf(label, i + 1) >= 0);
  if (dim1 < 0) return { x, labels };
  const dim2 = labels.indexOf(labels[dim1]!, dim1 + 1);
  return withDiagonals({
    x: op('diagonal', [x], { dim1, dim2, offset: 0 }),
    labels: [...labels.filter((_, i) => i !== dim1 && i !== dim2), labels[dim1]!],
  });
}
/** Dims of size 1 broadcast, so that they need not be there. */
function withoutOnes({ x, labels }: Labelled): Labelled {
  return {
    x: reshaped(
      x,
      x.shape.filter((d) => d !== 1),
    ),
    labels: labels.filter((_, i) => x.shape[i] !== 1),
  };
}
/** Sums over the labels that are not in `kept`. */
function summed({ x, labels }: Labelled, kept: readonly number[]): Labelled {
  const dims = labels.flatMap((label, i) => (kept.includes(label) ? [] : [i]));
  return dims.length === 0 ? { x, labels } : { x: reduce.sum(x, dims), labels: labels.filter((l) => kept.includes(l)) };
}
function permuted({ x, labels }: Labelled, order: readonly number[]): Labelled {
  const dims = order.map((label) => labels.indexOf(label));
  return { x: dims.every((d, i) => d === i) ? x : op('permute', [x], { dims }), labels: order };
}

/** The product of two, summed over the labels that `out` has not, in the order of `out` as far as that costs nothing. */
function pair(a: Labelled, b: Labelled, out: readonly number[]): Labelled {
  const left = summed(a, [...out, ...b.labels]);
  const right = summed(b, [...out, ...left.labels]);
  const gone = left.labels.filter((label) => right.labels.includes(label) && !out.includes(label));
  if (gone.length > 0) checkProduct(left.x, right.x);
  const alone = (t: Labelled, other: Labelled): number[] => t.labels.filter((label) => !other.labels.includes(label));
  const rows = alone(left, right);
  const columns = alone(right, left);
  const isMatrixProduct = gone.length > 0 && rows.length + columns.length > 0;
  if (!isMatrixProduct) return elementwise(left, right, out, gone);
  // The result is laid out in the order of `out` where that is only a question of which operand comes first.
  const last = out.findLast((label) => rows.includes(label) || columns.includes(label)) ?? -1;
  return rows.includes(last) ? matrices(right, left, out, gone) : matrices(left, right, out, gone);
}
function checkProduct(a: Var, b: Var): void {
  if (a.dtype !== b.dtype) {
    throw new DTypeError(
      `expected scalar type ${spoken[a.dtype]} but found ${spoken[b.dtype]}\n  cast one of the operands with .to()`,
    );
  }
  if (a.dtype === 'bool') notImplemented('a sum of products', 'bmm', a.dtype);
}

/** As a product of broadcast tensors, which the sum multiplies as it reads them. */
function elementwise(a: Labelled, b: Labelled, out: readonly number[], gone: readonly number[]): Labelled {
  const labels = [...out.filter((label) => a.labels.includes(label) || b.labels.includes(label)), ...gone];
  const wide = (t: Labelled): Var => {
    const { x } = permuted(
      t,
      labels.filter((label) => t.labels.includes(label)),
    );
    return reshaped(
      x,
      labels.map((label) => (t.labels.includes(label) ? size(t, label) : 1)),
    );
  };
  return summed({ x: pointwise.mul(wide(a), wide(b)), labels }, out);
}

/** As one product of (batches of) matrices, of views where the strides allow. */
function matrices(a: Labelled, b: Labelled, out: readonly number[], gone: readonly number[]): Labelled {
  const batch = out.filter((label) => a.labels.includes(label) && b.labels.includes(label));
  const only = (t: Labelled): number[] =>
    byStride(
      t,
      t.labels.filter((l) => !batch.includes(l) && !gone.includes(l)),
    );
  const rows = only(a);
  const columns = only(b);
  const sum = [byStride(a, gone), byStride(b, gone)].toSorted((p, q) => copies(a, b, p) - copies(a, b, q))[0]!;
  const matrix = (t: Labelled, groups: readonly (readonly number[])[]): Var =>
    reshaped(permuted(t, [...batch, ...groups.flat()]).x, [
      ...batch.map((label) => size(t, label)),
      ...groups.map((labels) => numel(labels.map((label) => size(t, label)))),
    ]);
  const [x, y] = [matrix(a, [rows, sum]), matrix(b, [sum, columns])];
  const product = isFloat(x.dtype) ? op('matmul', [x, y]) : wholeProduct(x, y);
  const shape = [
    ...product.shape.slice(0, batch.length),
    ...rows.map((label) => size(a, label)),
    ...columns.map((label) => size(b, label)),
  ];
  return { x: reshaped(product, shape), labels: [...batch, ...rows, ...columns] };
}
const stride = ({ x, labels }: Labelled, label: number): number => Math.abs(x.layout.strides[labels.indexOf(label)]!);
const byStride = (t: Labelled, labels: readonly number[]): number[] =>
  labels.toSorted((p, q) => stride(t, q) - stride(t, p));
/** How many elements have to be copied so that dims in this order can be one. */
function copies(a: Labelled, b: Labelled, order: readonly number[]): number {
  return [a, b].reduce((n, { x, labels }) => {
    const at = order.map((label) => labels.indexOf(label));
    const part = { shape: at.map((i) => x.shape[i]!), strides: at.map((i) => x.layout.strides[i]!), offset: 0 };
    return reshapeLayout(part, [numel(part.shape)]) ? n : n + numel(x.shape);
  }, 0);
}
