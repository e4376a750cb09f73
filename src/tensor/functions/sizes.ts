/** Functions of sizes: back from broadcast ones, and positions in a shape. */
import { DTypeError, ShapeError, wrongType } from '../../core/errors.ts';
import { checkShape, formatShape } from '../../core/shape.ts';
import { shapeArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { scope } from '../scope.ts';
import { checkTensor, type Tensor } from '../tensor.ts';

/**
 * Undoes broadcasting: summed over new leading dims, and over those that `size` has as 1. Source: torch.Tensor.sum_to_size.
 *
 * @throws ShapeError when `size` does not broadcast to the shape.
 */
function sumToSize(input: Tensor, ...size: (number | readonly number[])[]): Tensor {
  const target = shapeArgs(size);
  const lead = input.ndim - target.length;
  if (lead < 0 || target.some((d, i) => d !== 1 && d !== input.shape[lead + i])) {
    throw new ShapeError(
      `size {${formatShape(target)}} is not expandable to size {${formatShape(input.shape)}}.\n  in sumToSize`,
    );
  }
  const dims = input.shape.flatMap((d, i) => (i < lead || (d !== 1 && target[i - lead] === 1) ? [i] : []));
  if (target.length === 0) return input.sum();
  // As in PyTorch, where a size of no dims means a plain sum, of bools too.
  const summed = dims.length > 0 || target.length === 0;
  return composed('SumBackward1', () => (summed ? input.sum(dims, true) : input).reshape(target));
}
/**
 * Positions in row-major order as coordinates in a tensor of this shape: one int32 tensor per dim. Source: torch.unravel_index.
 *
 * @throws DTypeError unless the indices are whole numbers, ShapeError for negative sizes.
 * @example
 * const [row, column] = unravelIndex(tensor([1, 5]), [2, 3]);
 * await row!.tolist(); // [0, 1]
 * await column!.tolist(); // [1, 2]
 */
export function unravelIndex(indices: Tensor, shape: number | readonly number[]): Tensor[] {
  checkTensor('unravelIndex', indices, 'indices');
  if (indices.dtype !== 'int32' && indices.dtype !== 'uint32')
    throw new DTypeError(`expected 'indices' to be integer dtype, but got ${indices.dtype}\n  in unravelIndex`);
  const sizes = typeof shape === 'number' ? [shape] : shape;
  if (!Array.isArray(sizes)) wrongType('unravelIndex', 'shape', 'a list of ints', shape);
  if (sizes.some((d) => d < 0))
    throw new ShapeError(`'shape' cannot have negative values, but got (${sizes.join(', ')})\n  in unravelIndex`);
  checkShape('unravelIndex', sizes);
  return scope(() =>
    sizes.map((d, i) => {
      const below = sizes.slice(i + 1).reduce((n, s) => n * s, 1);
      return indices.floorDivide(Math.max(below, 1)).remainder(Math.max(d, 1)).int();
    }),
  );
}

export const sizeMethods = { sumToSize };
