/** Views: the same memory, read otherwise. A write through one is seen through all. */
import { bytesOf, isFloat } from '../../core/dtype.ts';
import { describe, OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { broadcastShapes as broadcast, formatShape, normalizeDim, numel as product } from '../../core/shape.ts';
import type { OpName } from '../../ops/index.ts';
import type { Attrs } from '../../ops/types.ts';
import { type OptionalArgs, optionalArgs, shapeArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { arange } from '../create.ts';
import { named, op } from '../impl/common.ts';
import { expand, inferShape, permute, reshape, transpose as transposed, view as viewed } from '../impl/shape.ts';
import { checkTensor, Tensor, varOf } from '../tensor.ts';

const viewOf = (input: Tensor, row: OpName, attrs: Attrs, gradFn: string): Tensor =>
  new Tensor(named(op(row, [input.impl], attrs), gradFn));

/** Tensors one by one or in a list. */
export function tensorArgs(name: string, tensors: readonly (Tensor | readonly Tensor[])[]): Tensor[] {
  const list = tensors.flat() as Tensor[];
  for (const t of list) checkTensor(name, t, 'tensors');
  return list;
}

/** `size` positions along `dim` from `start` on. */
export function sliceAlong(input: Tensor, dim: number, start: number, size: number, step = 1): Tensor {
  const at = <T>(own: T, others: (d: number) => T): T[] => input.shape.map((d, i) => (i === dim ? own : others(d)));
  const attrs = { starts: at(start, () => 0), sizes: at(size, (d) => d), steps: at(step, () => 1) };
  return viewOf(input, 'slice', attrs, 'SliceBackward0');
}

function checkInteger(name: string, argument: string, value: unknown): asserts value is number {
  if (!Number.isInteger(value)) wrongType(name, argument, 'int', value);
}

// ---- dims in another order ------------------------------------------------------------------------------------------

/**
 * The transpose of a matrix; 0-d and 1-d tensors stay as they are. A view. Source: torch.t.
 *
 * @throws ShapeError for more than two dims.
 * @example
 * await t(tensor([[1, 2], [3, 4]])).tolist(); // [[1, 3], [2, 4]]
 */
export function t(input: Tensor): Tensor {
  checkTensor('t', input);
  if (input.ndim > 2) throw new ShapeError(`t() expects a tensor with <= 2 dimensions, but self is ${input.ndim}D`);
  return viewOf(input, 'permute', { dims: input.shape.map((_, i) => input.ndim - 1 - i) }, 'TBackward0');
}
/**
 * The last two dims swapped: each matrix transposed (there are no complex numbers to conjugate). A view.
 * Source: torch.adjoint.
 *
 * @throws ShapeError for a 1-d tensor.
 * @example
 * adjoint(zeros([5, 2, 3])).shape; // [5, 3, 2]
 */
export function adjoint(input: Tensor): Tensor {
  checkTensor('adjoint', input);
  if (input.ndim === 1) {
    throw new ShapeError(
      `tensor.adjoint() is only supported on matrices or batches of matrices. Got ${input.ndim}-D tensor.`,
    );
  }
  return input.ndim === 0 ? viewOf(input, 'reshape', { shape: [] }, 'TransposeBackward0') : input.transpose(-2, -1);
}
/** The transpose of a matrix, as adjoint(); 0-d tensors stay as they are. A view. Source: torch.Tensor.H. */
function H(input: Tensor): Tensor {
  if (input.ndim === 0 || input.ndim === 2) return adjoint(input);
  throw new ShapeError(
    `tensor.H is only supported on matrices (2-D tensors). Got ${input.ndim}-D tensor.${input.ndim > 2 ? ' For batches of matrices, consider using tensor.mH' : ''}`,
  );
}
/**
 * Swaps two dims: transpose() under NumPy's name. A view. Source: torch.swapaxes.
 *
 * @throws ShapeError when there is no such dim.
 * @example
 * swapaxes(zeros([2, 3, 4]), 0, 2).shape; // [4, 3, 2]
 */
export function swapaxes(input: Tensor, axis0: number, axis1: number): Tensor {
  return new Tensor(transposed(varOf('swapaxes', input), axis0, axis1));
}
/** Swaps two dims: transpose() by another name. A view. Source: torch.swapdims. */
export function swapdims(input: Tensor, dim0: number, dim1: number): Tensor {
  return new Tensor(transposed(varOf('swapdims', input), dim0, dim1));
}
/**
 * Moves dims to other places; the others keep their order. A view. Source: torch.movedim.
 *
 * @param source one dim, or several.
 * @param destination where each of them goes.
 * @throws ShapeError for dims that do not exist, are named twice, or differ in number.
 * @example
 * movedim(zeros([2, 3, 4]), 0, -1).shape; // [3, 4, 2]
 * movedim(zeros([2, 3, 4]), [0, 1], [1, 0]).shape; // [3, 2, 4]
 */
export function movedim(
  input: Tensor,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  checkTensor('movedim', input);
  const [from, to] = [source, destination].map((d) => (typeof d === 'number' ? [d] : [...d])) as [number[], number[]];
  if (from.length !== to.length) {
    throw new ShapeError(
      `movedim: Invalid source or destination dims: source (${formatShape(from)} dims) should contain the same number of dims as destination (${formatShape(to)} dims)`,
    );
  }
  const resolve = (name: string, dims: readonly number[]): number[] => {
    const at = dims.map((d) => normalizeDim('movedim', d, input.ndim));
    if (new Set(at).size !== at.length)
      throw new ShapeError(`movedim: repeated dim in \`${name}\` (${formatShape(dims)})`);
    return at;
  };
  const [taken, places] = [resolve('source', from), resolve('destination', to)];
  const rest = input.shape.map((_, i) => i).filter((i) => !taken.includes(i));
  const dims = input.shape.map((_, i) => {
    const moved = places.indexOf(i);
    return moved < 0 ? rest.shift()! : taken[moved]!;
  });
  return new Tensor(permute(input.impl, dims));
}
/** Moves dims to other places: movedim() under NumPy's name. A view. Source: torch.moveaxis. */
export function moveaxis(
  input: Tensor,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  return movedim(input, source, destination);
}

// ---- other shapes ---------------------------------------------------------------------------------------------------

/**
 * All elements in one dim; a view where possible. Source: torch.ravel.
 *
 * @example
 * await ravel(tensor([[1, 2], [3, 4]])).tolist(); // [1, 2, 3, 4]
 */
export function ravel(input: Tensor): Tensor {
  return new Tensor(reshape(varOf('ravel', input), [-1]));
}
/**
 * One dim as several, whose sizes multiply to its own; one size may be −1. A view. Source: torch.unflatten.
 *
 * @throws ShapeError when the sizes do not fit.
 * @example
 * unflatten(zeros([2, 6]), 1, [3, -1]).shape; // [2, 3, 2]
 */
export function unflatten(input: Tensor, dim: number, sizes: readonly number[]): Tensor {
  checkTensor('unflatten', input);
  if (!Array.isArray(sizes)) wrongType('unflatten', 'sizes', 'a list of ints', sizes);
  const at = normalizeDim('unflatten', dim, input.ndim);
  if (sizes.length === 0) throw new ShapeError('unflatten: sizes must be non-empty');
  if (input.ndim === 0) throw new ShapeError('unflatten: a 0-d tensor has no dim\n  use reshape()');
  const size = input.shape[at]!;
  const known = sizes.filter((d) => d !== -1);
  if (known.length === sizes.length && product(known) !== size) {
    throw new ShapeError(
      `unflatten: Provided sizes ${formatShape(sizes)} don't multiply up to the size of dim ${at} (${size}) in the input tensor`,
    );
  }
  const parts = inferShape('unflatten', sizes, [size]);
  return new Tensor(viewed(input.impl, [...input.shape.slice(0, at), ...parts, ...input.shape.slice(at + 1)]));
}
/** This in the shape of `other`, without a copy. Source: torch.Tensor.view_as. */
function viewAs(input: Tensor, other: Tensor): Tensor {
  return new Tensor(viewed(input.impl, varOf('viewAs', other, 'other').shape));
}
/** This in the shape of `other`; a view where possible. Source: torch.Tensor.reshape_as. */
function reshapeAs(input: Tensor, other: Tensor): Tensor {
  return new Tensor(reshape(input.impl, varOf('reshapeAs', other, 'other').shape));
}
/** This expanded to the shape of `other`. A view. Source: torch.Tensor.expand_as. */
function expandAs(input: Tensor, other: Tensor): Tensor {
  return new Tensor(expand(input.impl, varOf('expandAs', other, 'other').shape));
}
/**
 * Repeats size-1 dims, and new leading ones, without copying: expand() under NumPy's name. A view.
 * Source: torch.broadcast_to.
 *
 * @throws ShapeError when the shape does not broadcast to `size`.
 * @example
 * await broadcastTo(tensor([1, 2]), [2, 2]).tolist(); // [[1, 2], [1, 2]]
 */
export function broadcastTo(input: Tensor, ...size: (number | readonly number[])[]): Tensor {
  return new Tensor(expand(varOf('broadcastTo', input), shapeArgs(size)));
}
/**
 * Each tensor expanded to the shape that all of them broadcast to. Views. Source: torch.broadcast_tensors.
 *
 * @throws ShapeError when the shapes do not broadcast.
 * @example
 * const [a, b] = broadcastTensors(zeros([3, 1]), zeros([2]));
 * a!.shape; // [3, 2]
 */
export function broadcastTensors(...tensors: readonly (Tensor | readonly Tensor[])[]): Tensor[] {
  const list = tensorArgs('broadcastTensors', tensors);
  const shape = broadcast('broadcastTensors', ...list.map((x) => x.shape));
  return list.map((x) => new Tensor(expand(x.impl, shape)));
}
/**
 * The shape that tensors of these shapes broadcast to; a number is a 1-d shape. Source: torch.broadcast_shapes.
 *
 * @throws ShapeError when they do not broadcast.
 * @example
 * broadcastShapes([3, 1], [2], 1); // [3, 2]
 */
export function broadcastShapes(...shapes: readonly (number | readonly number[])[]): number[] {
  const lists = shapes.map((s) => (typeof s === 'number' ? [s] : s));
  const out = new Array<number>(Math.max(0, ...lists.map((s) => s.length))).fill(1);
  for (const [n, shape] of lists.entries()) {
    for (let back = 1; back <= shape.length; back++) {
      const d = shape.at(-back)!;
      const at = out.length - back;
      if (Number.isInteger(d) && d >= 0 && (d === 1 || d === out[at])) continue;
      if (Number.isInteger(d) && d >= 0 && out[at] === 1) {
        out[at] = d;
        continue;
      }
      throw new ShapeError(
        `Attempting to broadcast a dimension of length ${describe(d)} at ${-back}! Mismatching argument at index ${n} had (${shape.join(', ')}); but expected shape should be broadcastable to ${formatShape(out)}`,
      );
    }
  }
  return out;
}

/* @__NO_SIDE_EFFECTS__ */
const atLeast = (name: string, least: (x: Tensor) => Tensor) =>
  function each(...tensors: readonly (Tensor | readonly Tensor[])[]): Tensor | Tensor[] {
    const list = tensorArgs(name, tensors).map(least);
    return tensors.length === 1 && !Array.isArray(tensors[0]) ? list[0]! : list;
  };
/** What atleast1d() and its kin take and give: one tensor, or several (in a list or not). */
export interface AtLeast {
  (tensor: Tensor): Tensor;
  (tensors: readonly Tensor[]): Tensor[];
  (...tensors: readonly Tensor[]): Tensor[];
}
/**
 * 0-d tensors as 1-d ones; others as they are. Views. Source: torch.atleast_1d.
 *
 * @example
 * atleast1d(tensor(3)).shape; // [1]
 */
export const atleast1d = atLeast('atleast1d', (x) => (x.ndim === 0 ? x.reshape(1) : x)) as AtLeast;
/** As matrices: (N) becomes (1, N). Views. Source: torch.atleast_2d. */
export const atleast2d = atLeast('atleast2d', (x) =>
  x.ndim === 0 ? x.reshape(1, 1) : x.ndim === 1 ? x.unsqueeze(0) : x,
) as AtLeast;
/** With three dims: (N) becomes (1, N, 1), (N, M) becomes (N, M, 1). Views. Source: torch.atleast_3d. */
export const atleast3d = atLeast('atleast3d', (x) =>
  x.ndim === 0 ? x.reshape(1, 1, 1) : x.ndim === 1 ? x.unsqueeze(0).unsqueeze(-1) : x.ndim === 2 ? x.unsqueeze(-1) : x,
) as AtLeast;

// ---- parts ----------------------------------------------------------------------------------------------------------

/**
 * `length` positions along `dim`, from `start` on (negative: from the end). A view; where `start` is a 0-d int32 tensor, a copy,
 * since only the device knows what to show. Source: torch.narrow.
 *
 * @throws ShapeError when they are not all there: at the next read for a tensor computed on the device.
 * @example
 * await narrow(tensor([1, 2, 3, 4]), 0, 1, 2).tolist(); // [2, 3]
 */
export function narrow(input: Tensor, dim: number, start: number | Tensor, length: number): Tensor {
  checkTensor('narrow', input);
  if (input.ndim === 0) throw new ShapeError('narrow() cannot be applied to a 0-dim tensor.');
  checkInteger('narrow', 'length', length);
  if (length < 0) throw new ShapeError(`narrow(): length must be non-negative.\n  got ${length}`);
  const at = normalizeDim('narrow', dim, input.ndim);
  const size = input.shape[at]!;
  if (start instanceof Tensor) return narrowedBy(input, at, start, length);
  checkInteger('narrow', 'start', start);
  if (start < -size || start > size)
    throw new ShapeError(
      `start out of range (expected to be in range of [${-size}, ${size}], but got ${start})\n  in narrow`,
    );
  const first = start < 0 ? start + size : start;
  if (first + length > size)
    throw new ShapeError(`start (${first}) + length (${length}) exceeds dimension size (${size}).\n  in narrow`);
  return sliceAlong(input, at, first, length);
}
function narrowedBy(input: Tensor, dim: number, start: Tensor, length: number): Tensor {
  if (start.ndim > 0 || isFloat(start.dtype) || start.dtype === 'bool')
    throw new ShapeError(
      `start must be an 0-dim integral Tensor.\n  in narrow: got ${formatShape(start.shape)} of ${start.dtype}`,
    );
  const size = input.shape[dim]!;
  if (length > size) throw new ShapeError(`start + length (${length}) exceeds dimension size (${size}).\n  in narrow`);
  return composed('SliceBackward0', () => {
    const first = start.where(start.ge(0), start.add(size));
    return input.indexSelect(dim, arange(length, { device: input.device }).add(first));
  });
}
/**
 * One position along `dim`, which is dropped: `x.at(index)` for dim 0. A view. Source: torch.select.
 *
 * @throws ShapeError for an index out of range.
 * @example
 * await select(tensor([[1, 2], [3, 4]]), 1, -1).tolist(); // [2, 4]
 */
export function select(input: Tensor, dim: number, index: number): Tensor {
  checkTensor('select', input);
  if (input.ndim === 0) throw new ShapeError('select() cannot be applied to a 0-dim tensor.');
  checkInteger('select', 'index', index);
  const at = normalizeDim('select', dim, input.ndim);
  const size = input.shape[at]!;
  if (index < -size || index >= size) {
    throw new ShapeError(
      `select(): index ${index} out of range for tensor of size ${formatShape(input.shape)} at dimension ${at}`,
    );
  }
  const part = sliceAlong(input, at, index < 0 ? index + size : index, 1);
  return viewOf(part, 'reshape', { shape: input.shape.filter((_, i) => i !== at) }, 'SelectBackward0');
}
/**
 * All windows of `size` positions along `dimension`, `step` apart: their number takes its place, their elements are a new last
 * dim. A view, whose elements are shown several times where windows overlap: it cannot be written then.
 * Source: torch.Tensor.unfold.
 */
function unfold(input: Tensor, dimension: number, size: number, step: number): Tensor {
  const dim = normalizeDim('unfold', dimension, input.ndim);
  checkInteger('unfold', 'size', size);
  checkInteger('unfold', 'step', step);
  const total = input.shape[dim] ?? 1;
  if (size < 0) throw new OptionError(`size is ${size} but must be >= 0\n  in unfold`);
  if (size > total)
    throw new ShapeError(`maximum size for tensor at dimension ${dim} is ${total} but size is ${size}\n  in unfold`);
  if (step <= 0) throw new OptionError(`step is ${step} but must be > 0\n  in unfold`);
  if (input.ndim === 0) return sliceAlong(input.reshape(1), 0, 0, size);
  return viewOf(input, 'unfold', { dim, size, step }, 'UnfoldBackward0');
}
/** Options of {@link asStrided}. */
export interface AsStridedOptions {
  /** Position in the memory of the first element; default: that of the input's. */
  readonly storageOffset?: number | null;
}
/**
 * The memory that a tensor is a view of, read with any sizes and strides (in elements). A view. Prefer the other views: this
 * one depends on how the tensor lies in memory, and its gradient does too. Source: torch.as_strided.
 *
 * @throws ShapeError when that reaches beyond the memory.
 * @example
 * await asStrided(arange(6), [2, 2], [3, 1]).tolist(); // [[0, 1], [3, 4]]
 */
export function asStrided(
  input: Tensor,
  size: readonly number[],
  stride: readonly number[],
  ...rest: OptionalArgs<[storageOffset: number | null], AsStridedOptions>
): Tensor {
  checkTensor('asStrided', input);
  const { storageOffset } = optionalArgs<AsStridedOptions>('asStrided', ['storageOffset'], rest);
  for (const [name, list] of Object.entries({ size, stride }))
    if (!Array.isArray(list) || !list.every(Number.isInteger)) wrongType('asStrided', name, 'a list of ints', list);
  const offset = storageOffset ?? input.impl.layout.offset;
  if (size.length !== stride.length) throw new ShapeError('mismatch in length of strides and shape\n  in asStrided');
  if (stride.some((s) => s < 0)) {
    throw new ShapeError(
      `as_strided: Negative strides are not supported at the moment, got strides: ${formatShape(stride)}\n  use flip()`,
    );
  }
  if (size.some((d) => d < 0))
    throw new ShapeError(`asStrided: Dimension size must be non-negative.\n  got ${formatShape(size)}`);
  if (!Number.isInteger(offset) || offset < 0)
    throw new ShapeError(`Tensor: invalid storage offset ${offset}\n  in asStrided`);
  const { numel: memory } = input.impl.storage.value;
  const end = size.includes(0) ? 0 : size.reduce((sum, d, i) => sum + (d - 1) * stride[i]!, offset) + 1;
  if (end > memory) {
    const bytes = bytesOf(input.dtype);
    throw new ShapeError(
      `setStorage: sizes ${formatShape(size)}, strides ${formatShape(stride)}, storage offset ${offset}, and itemsize ${bytes} requiring a storage size of ${end * bytes} are out of bounds for storage of size ${memory * bytes}\n  in asStrided`,
    );
  }
  return viewOf(input, 'restride', { shape: size, strides: stride, offset }, 'AsStridedBackward0');
}
/** Options of {@link diagonal}. */
export interface DiagonalOptions {
  /** Above (positive) or below the main diagonal, 0 by default. */
  readonly offset?: number;
  /** The dim that counts down, 0 by default. */
  readonly dim1?: number;
  /** The dim that counts to the right, 1 by default. */
  readonly dim2?: number;
}
/**
 * The diagonal of two dims, as a new last dim. A view. Source: torch.diagonal.
 *
 * @throws ShapeError for dims that do not exist or are the same.
 * @example
 * await diagonal(tensor([[1, 2], [3, 4]])).tolist(); // [1, 4]
 * await diagonal(tensor([[1, 2], [3, 4]]), { offset: 1 }).tolist(); // [2]
 */
export function diagonal(
  input: Tensor,
  ...rest: OptionalArgs<[offset: number, dim1: number, dim2: number], DiagonalOptions>
): Tensor {
  checkTensor('diagonal', input);
  const { offset = 0, ...dims } = optionalArgs<DiagonalOptions>('diagonal', ['offset', 'dim1', 'dim2'], rest);
  checkInteger('diagonal', 'offset', offset);
  const [a, b] = [dims.dim1 ?? 0, dims.dim2 ?? 1];
  const [dim1, dim2] = [normalizeDim('diagonal', a, input.ndim), normalizeDim('diagonal', b, input.ndim)];
  if (dim1 === dim2) throw new ShapeError(`diagonal dimensions cannot be identical ${a}, ${b}`);
  return viewOf(input, 'diagonal', { offset, dim1, dim2 }, 'DiagonalBackward0');
}

// ---- what it is -----------------------------------------------------------------------------------------------------

/** Is it a tensor? Source: torch.is_tensor. */
export function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor;
}
/**
 * Number of elements. Source: torch.numel.
 *
 * @example
 * numel(zeros([2, 3])); // 6
 */
export function numel(input: Tensor): number {
  checkTensor('numel', input);
  return input.numel();
}
/** Have both the same shape? Source: torch.is_same_size. */
export function isSameSize(input: Tensor, other: Tensor): boolean {
  checkTensor('isSameSize', input);
  checkTensor('isSameSize', other, 'other');
  return input.shape.join() === other.shape.join();
}
/** Number of elements: numel() by another name. Source: torch.Tensor.nelement. */
const nelement = (input: Tensor): number => input.numel();
/** Number of dims: dim() by another name. Source: torch.Tensor.ndimension. */
const ndimension = (input: Tensor): number => input.ndim;
/** Bytes per element when read with data(). Source: torch.Tensor.element_size. */
const elementSize = (input: Tensor): number => bytesOf(input.dtype);
/** Bytes of all elements when read with data(). Source: torch.Tensor.nbytes. */
const nbytes = (input: Tensor): number => input.numel() * bytesOf(input.dtype);
/** Where its first element lies in the memory it is a view of. Source: torch.Tensor.storage_offset. */
const storageOffset = (input: Tensor): number => input.impl.layout.offset;

export const viewMethods = {
  t,
  adjoint,
  swapaxes,
  swapdims,
  movedim,
  moveaxis,
  ravel,
  unflatten,
  viewAs,
  reshapeAs,
  expandAs,
  broadcastTo,
  narrow,
  select,
  unfold,
  asStrided,
  diagonal,
};
/** Not called, but read: `x.mH`, `x.nbytes`. */
export const viewProperties = { H, mH: adjoint };
export const factProperties = { itemsize: elementSize, nbytes };
export const factMethods = { isSameSize, nelement, ndimension, elementSize, storageOffset };
