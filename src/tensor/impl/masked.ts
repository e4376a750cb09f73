/** Writing where a mask is true, from values in order. */
import type { Var } from '../../autograd/var.ts';
import { DTypeError, ShapeError } from '../../core/errors.ts';
import { broadcastShapes, formatShape, numel } from '../../core/shape.ts';
import { cast, named, op, scalar, scoped } from './common.ts';

/** How many of a vector's int32 elements there are up to and with each. */
export const runningSum = (x: Var): Var => op('cumsum', [x], { dim: 0 });

/** For each element of a bool vector, how many before it are true. Where it is true, that is its place among them. */
function places(mask: Var): Var {
  const ones = cast(mask, 'int32');
  if (numel(mask.shape) === 0) return ones;
  return op('sub', [runningSum(ones), ones]);
}
/** Has the next read check a condition on how many elements of a mask are true. */
function watchCount(mask: Var, wrong: 'ne' | 'gt', count: number, error: () => Error): void {
  const flag = scoped(() => {
    const chosen = op('sum', [cast(mask, 'int32')], { dims: mask.shape.map((_, i) => i) });
    return op(wrong, [op('reshape', [chosen], { shape: [] }), scalar(count, 'int32')]);
  });
  mask.engine.assertFalse(flag.storage.value, error);
}

/** The entries of `values` along `dim`, one for each element of the mask: where that is true, in order. */
export function selectInOrder(values: Var, dim: number, mask: Var, checks: (() => void)[]): Var {
  const size = values.shape[dim]!;
  const error = (): Error =>
    new ShapeError(
      `shape mismatch: value tensor of shape ${formatShape(values.shape)} cannot be broadcast to indexing result: the mask selects another number of elements than ${size}`,
    );
  checks.push(() => watchCount(mask, 'ne', size, error));
  const flat = op('reshape', [mask], { shape: [numel(mask.shape)] });
  return op('indexSelect', [values, places(flat)], { dim });
}

/** torch.masked_scatter: the elements of source, in order, where the mask is true. */
export function maskedScatter(x: Var, mask: Var, source: Var): Var {
  if (mask.dtype !== 'bool')
    throw new DTypeError(
      `masked_scatter_ only supports boolean masks, but got mask with dtype ${mask.dtype}\n  in maskedScatter; compare first, as in x.gt(0)`,
    );
  if (x.dtype !== source.dtype)
    throw new DTypeError(
      `masked_scatter: expected self and source to have same dtypes but got ${x.dtype} and ${source.dtype}`,
    );
  const shape = broadcastShapes('maskedScatter', x.shape, mask.shape);
  const size = numel(source.shape);
  const count = numel(shape);
  const out = scoped(() => {
    const wide = op('expand', [x], { shape });
    const where = op('expand', [mask], { shape });
    const flat = op('reshape', [source], { shape: [size] });
    const at = places(op('reshape', [where], { shape: [count] }));
    const picked = op('reshape', [op('indexSelect', [flat, at], { dim: 0 })], { shape });
    return op('where', [where, picked, wide]);
  });
  if (size < count) {
    watchCount(
      scoped(() => op('expand', [mask], { shape })),
      'gt',
      size,
      () =>
        new ShapeError(
          `Number of elements of source < number of ones in mask\n  in maskedScatter: source has ${size} elements`,
        ),
    );
  }
  return named(out, 'MaskedScatterBackward0');
}

/** Tensor and mask broadcast together, each as a vector. */
export function forMask(x: Var, mask: Var): { x: Var; where: Var } {
  if (mask.dtype !== 'bool')
    throw new DTypeError(
      `masked_select: expected BoolTensor for mask, got ${mask.dtype}\n  in maskedSelect; compare first, as in x.gt(0)`,
    );
  const shape = broadcastShapes('maskedSelect', x.shape, mask.shape);
  const flat = (v: Var): Var => scoped(() => op('reshape', [op('expand', [v], { shape })], { shape: [numel(shape)] }));
  return { x: flat(x), where: flat(mask) };
}
