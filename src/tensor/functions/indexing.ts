/** Reading and writing by index tensors and masks, and writing into parts. */

import { wrongType } from '../../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { inPlace } from '../compose.ts';
import { at, indexSelect } from '../impl/indexing.ts';
import { byTensors } from '../impl/indexing-tensors.ts';
import * as writes from '../impl/indexing-write.ts';
import * as masked from '../impl/masked.ts';
import * as parts from '../impl/parts.ts';
import * as impl from '../impl/scatter.ts';
import { leafOf, operand, Tensor, type TensorIndex, type TensorOrNumber, varOf } from '../tensor.ts';

/** Options of writing by index. */
export interface AccumulateOptions {
  /** Add to what is there instead of overwriting it; repeated positions add up. */
  readonly accumulate?: boolean;
}
type Accumulate = OptionalArgs<[accumulate: boolean], AccumulateOptions>;
const accumulates = (op: string, rest: Accumulate): boolean =>
  optionalArgs<AccumulateOptions>(op, ['accumulate'], rest).accumulate ?? false;

/**
 * Elements of `input` as a vector, at an int32 tensor of positions, in its shape; negative ones count from the end. Source:
 * torch.take.
 *
 * @throws ShapeError for a position out of range.
 * @example
 * await take(tensor([[1, 2], [3, 4]]), tensor([0, -1])).tolist(); // [1, 4]
 */
export function take(input: Tensor, index: Tensor): Tensor {
  return new Tensor(impl.take(varOf('take', input), varOf('take', index, 'index')));
}

/** Options of {@link takeAlongDim}. */
export interface TakeAlongDimOptions {
  /** The dim to select along; none: of `input` and `indices` as vectors. */
  readonly dim?: number | null;
}
/**
 * gather() whose other dims broadcast: what the indices of argmax(), argsort() … select. Source: torch.take_along_dim.
 *
 * @throws ShapeError for shapes that do not broadcast or an index out of range.
 * @example
 * const x = tensor([[1, 5], [7, 2]]);
 * await takeAlongDim(x, x.argmax(1, { keepdim: true }), 1).tolist(); // [[5], [7]]
 */
export function takeAlongDim(
  input: Tensor,
  indices: Tensor,
  ...rest: OptionalArgs<[dim: number | null], TakeAlongDimOptions>
): Tensor {
  const { dim } = optionalArgs<TakeAlongDimOptions>('takeAlongDim', ['dim'], rest);
  const at = varOf('takeAlongDim', indices, 'indices');
  return new Tensor(impl.takeAlongDim(varOf('takeAlongDim', input), at, dim ?? null));
}

/**
 * `input` with `source` written at the positions `index` of it as a vector; negative ones count from the end. Of equal
 * positions the last stays. Source: torch.put. The method `put_` with a tensor is its in-place form.
 *
 * @throws ShapeError when source and index differ in size or a position is out of range.
 * @example
 * await put(tensor([[1, 2], [3, 4]]), tensor([0, -1]), tensor([8, 9])).tolist(); // [[8, 2], [3, 9]]
 */
export function put(input: Tensor, index: Tensor, source: Tensor, ...rest: Accumulate): Tensor {
  const at = varOf('put', index, 'index');
  return new Tensor(impl.put(varOf('put', input), at, varOf('put', source, 'source'), accumulates('put', rest)));
}
const flatPut_ = inPlace('put_', put);

/**
 * PyTorch's `x[…] = value`, in place: the entries of `indices` are those of `at()`, and may be a bool mask too. The value is
 * broadcast and cast; a tensor with one entry per element that a mask selects is taken in order. Of equal positions the last
 * stays. With a tensor instead of a list it is torch.Tensor.put_: `x.put_(positions, values)`.
 *
 * @throws ShapeError for an index out of range or a value that does not broadcast.
 * @example
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * x.put_([0, [1]], 0).put_([tensor([1, 1]), tensor([0, -1])], tensor([7, 8]));
 * await x.tolist(); // [[1, 0, 0], [7, 5, 8]]
 * await x.put_([x.gt(5)], -1).tolist(); // [[1, 0, 0], [-1, 5, -1]]
 */
function put_(
  input: Tensor,
  indices: readonly TensorIndex[] | Tensor,
  value: TensorOrNumber,
  ...rest: Accumulate
): Tensor {
  if (indices instanceof Tensor) {
    if (indices.dtype === 'bool')
      wrongType('put_', 'index', 'int32', 'a mask', 'a mask goes into a list: put_([mask], value)');
    return flatPut_(input, indices, value as Tensor, ...rest);
  }
  if (!Array.isArray(indices)) wrongType('put_', 'indices', 'a list', indices, 'write x.put_([0, [1, 3]], value)');
  const entries = (indices as readonly TensorIndex[]).map((i) => (i instanceof Tensor ? i.impl : i));
  writes.put_(varOf('put_', input), entries, operand('put_', value, 'value'), accumulates('put_', rest));
  return input;
}

/**
 * `input` with `values` at [indices[0][i], indices[1][i], …]: int32 tensors that broadcast together, or a bool mask; null keeps a
 * whole dim. Source: torch.index_put.
 *
 * @throws ShapeError for an index out of range or values that do not broadcast, DTypeError for values of another dtype.
 * @example
 * const at = tensor([0, 0]);
 * await indexPut(zeros([2]), [at], ones([2]), { accumulate: true }).tolist(); // [2, 0]
 */
export function indexPut(
  input: Tensor,
  indices: readonly (Tensor | null | undefined)[],
  values: Tensor,
  ...rest: Accumulate
): Tensor {
  if (!Array.isArray(indices)) wrongType('indexPut', 'indices', 'a list of Tensors', indices);
  const entries = (indices as readonly (Tensor | null | undefined)[]).map((i) =>
    i === null || i === undefined ? null : varOf('indexPut', i, 'indices'),
  );
  return new Tensor(
    writes.indexPut(
      varOf('indexPut', input),
      entries,
      varOf('indexPut', values, 'values'),
      accumulates('indexPut', rest),
    ),
  );
}

/**
 * `input` with the elements of `source`, in order, where the bool mask is true. Source: torch.masked_scatter.
 *
 * @throws DTypeError for a mask that is not bool; ShapeError, by the next read, when source has too few elements.
 * @example
 * const mask = tensor([true, false, true]);
 * await maskedScatter(zeros([3]), mask, tensor([5, 6, 7]).float()).tolist(); // [5, 0, 6]
 */
export function maskedScatter(input: Tensor, mask: Tensor, source: Tensor): Tensor {
  return new Tensor(
    masked.maskedScatter(
      varOf('maskedScatter', input),
      varOf('maskedScatter', mask, 'mask'),
      varOf('maskedScatter', source, 'source'),
    ),
  );
}

/**
 * `input` with `src` as its `index`-th slice along `dim`. Source: torch.select_scatter.
 *
 * @throws ShapeError when src has not the slice's shape.
 * @example
 * await selectScatter(zeros([2, 2]), ones([2]), 0, 1).tolist(); // [[0, 0], [1, 1]]
 */
export function selectScatter(input: Tensor, src: Tensor, dim: number, index: number): Tensor {
  const [x, from] = [varOf('selectScatter', input), varOf('selectScatter', src, 'src')];
  return new Tensor(parts.selectScatter(x, from, dim, index));
}

/** Options of {@link sliceScatter}. */
export interface SliceScatterOptions {
  /** Default 0. */
  readonly dim?: number;
  /** First position; negative counts from the end. Default 0. */
  readonly start?: number | null;
  /** Position after the last; default: the end. */
  readonly end?: number | null;
  /** Distance between positions, default 1. */
  readonly step?: number;
}
/**
 * `input` with `src` at the positions start, start + step, … below end along `dim`. Source: torch.slice_scatter.
 *
 * @throws ShapeError when src has not the slice's shape.
 * @example
 * await sliceScatter(zeros([5]), ones([2]), { start: 1, step: 2, end: 4 }).tolist(); // [0, 1, 0, 1, 0]
 */
export function sliceScatter(
  input: Tensor,
  src: Tensor,
  ...rest: OptionalArgs<[dim: number, start: number | null, end: number | null, step: number], SliceScatterOptions>
): Tensor {
  const o = optionalArgs<SliceScatterOptions>('sliceScatter', ['dim', 'start', 'end', 'step'], rest);
  const [x, from] = [varOf('sliceScatter', input), varOf('sliceScatter', src, 'src')];
  return new Tensor(parts.sliceScatter(x, from, o.dim ?? 0, [o.start, o.end, o.step ?? 1]));
}

/** Options of {@link diagonalScatter}. */
export interface DiagonalScatterOptions {
  /** Which diagonal: above the main one if positive, below if negative. Default 0. */
  readonly offset?: number;
  /** First dim of the matrices, default 0. */
  readonly dim1?: number;
  /** Second dim of the matrices, default 1. */
  readonly dim2?: number;
}
/**
 * `input` with `src` as its diagonal with respect to dim1 and dim2; the diagonal's dim is the last one of src. Source:
 * torch.diagonal_scatter.
 *
 * @throws ShapeError when src has not the diagonal's shape.
 * @example
 * await diagonalScatter(zeros([2, 2]), tensor([1, 2]).float()).tolist(); // [[1, 0], [0, 2]]
 */
export function diagonalScatter(
  input: Tensor,
  src: Tensor,
  ...rest: OptionalArgs<[offset: number, dim1: number, dim2: number], DiagonalScatterOptions>
): Tensor {
  const o = optionalArgs<DiagonalScatterOptions>('diagonalScatter', ['offset', 'dim1', 'dim2'], rest);
  const [x, from] = [varOf('diagonalScatter', input), varOf('diagonalScatter', src, 'src')];
  return new Tensor(parts.diagonalScatter(x, from, o.offset ?? 0, o.dim1 ?? 0, o.dim2 ?? 1));
}

/**
 * The elements where the bool mask is true, in row-major order, 1-d. How many there are is known once the mask has been read:
 * await it. PyTorch's `x[mask]`. Gradients flow to the elements selected. Source: torch.masked_select.
 *
 * @throws DTypeError when the mask is not bool, ShapeError when the shapes do not broadcast.
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * await (await maskedSelect(x, x.gt(1))).tolist(); // [2, 3, 4]
 */
export async function maskedSelect(input: Tensor, mask: Tensor): Promise<Tensor> {
  const { x, where } = masked.forMask(varOf('maskedSelect', input), varOf('maskedSelect', mask, 'mask'));
  const chosen = (await where.engine.read(where.operand)) as Uint8Array;
  const positions = Int32Array.from(chosen.keys()).filter((i) => chosen[i] !== 0);
  return new Tensor(indexSelect(x, 0, leafOf(x.engine.upload(positions, [positions.length], 'int32'))));
}

/** at() where some of the indices are tensors. @internal */
function atTensors(input: Tensor, ...indices: TensorIndex[]): Tensor {
  const given = indices.map((i) => (i instanceof Tensor ? i.impl : i));
  return new Tensor(at(varOf('at', input), given, byTensors));
}

/** Methods that read the mask first. */
export const selectingMethods = { maskedSelect };
/** Methods, and their twins in place. */
export const indexingMethods = {
  atTensors,
  put,
  take,
  takeAlongDim,
  indexPut,
  maskedScatter,
  selectScatter,
  sliceScatter,
  diagonalScatter,
  indexPut_: inPlace('indexPut_', indexPut),
  maskedScatter_: inPlace('maskedScatter_', maskedScatter),
  put_,
};
