/** Triangles and diagonals of matrices. */
import { allocate, type DType } from '../../core/dtype.ts';
import { DTypeError, OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { contiguousLayout, normalizeDim } from '../../core/shape.ts';
import { diagonal as diagonalLayout } from '../../ops/extended/windows.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed, inPlace } from '../compose.ts';
import { fromArray, type TensorOptions, zeros } from '../create.ts';
import { op, scalar } from '../impl/common.ts';
import { written } from '../impl/parts.ts';
import { checkTensor, Tensor } from '../tensor.ts';
import { diagonal } from './views.ts';

/** Which diagonal: 0 is the main one, 1 the next to the right. */
export interface DiagonalOption {
  readonly diagonal?: number;
}
type Rest = OptionalArgs<[diagonal: number], DiagonalOption>;

function which(name: string, rest: Rest): number {
  const { diagonal: d = 0 } = optionalArgs<DiagonalOption>(name, ['diagonal'], rest);
  if (!Number.isInteger(d)) wrongType(name, 'diagonal', 'int', d);
  return d;
}

function triangle(name: 'tril' | 'triu', input: Tensor, rest: Rest): Tensor {
  checkTensor(name, input);
  const d = which(name, rest);
  if (input.ndim < 2)
    throw new ShapeError(`${name}: input tensor must have at least 2 dimensions\n  got ${input.ndim}`);
  const [rows, columns] = input.shape.slice(-2) as [number, number];
  return composed(name === 'tril' ? 'TrilBackward0' : 'TriuBackward0', () => {
    const { distance, bound } = distances(input, rows, columns, d);
    const outside = name === 'tril' ? distance.gt(bound) : distance.lt(bound);
    return input.maskedFill(outside, input.dtype === 'bool' ? false : 0);
  });
}
/** Something that is above (below) `bound` where j − i is above (below) `d`, for the element in row i and column j. */
function distances(input: Tensor, rows: number, columns: number, d: number): { distance: Tensor; bound: number } {
  const count = (shape: readonly number[]): Tensor =>
    new Tensor(op('arange', [scalar(0, 'int32'), scalar(1, 'int32')], { shape, dtype: 'int32' }, input.impl.engine));
  if (Math.max(rows, columns + 1) * columns >= 2 ** 31)
    return { distance: count([columns]).sub(count([rows]).unsqueeze(1)), bound: d };
  // columns times as much, from p = i·columns + j alone, so that no line of numbers is ever stored: one kernel does all.
  const p = count([rows, columns]);
  const distance = p
    .remainder(Math.max(columns, 1))
    .mul(columns + 1)
    .sub(p);
  return { distance, bound: Math.min(Math.max(d, -rows), columns) * columns };
}
/**
 * The lower triangle of a matrix (…, N, M), zeros above `diagonal`. Source: torch.tril.
 *
 * @throws ShapeError for fewer than two dims.
 * @example
 * await tril(ones([2, 3])).tolist(); // [[1, 0, 0], [1, 1, 0]]
 */
export function tril(input: Tensor, ...rest: Rest): Tensor {
  return triangle('tril', input, rest);
}
/**
 * The upper triangle of a matrix (…, N, M), zeros below `diagonal`. Source: torch.triu.
 *
 * @throws ShapeError for fewer than two dims.
 * @example
 * await triu(ones([2, 3]), 1).tolist(); // [[0, 1, 1], [0, 0, 1]]
 */
export function triu(input: Tensor, ...rest: Rest): Tensor {
  return triangle('triu', input, rest);
}

/** Options of {@link trilIndices} and {@link triuIndices}. */
export interface TriangleOptions extends TensorOptions {
  /** Which diagonal bounds the triangle: 0 is the main one. */
  readonly offset?: number;
}
type TriangleArgs = OptionalArgs<[offset: number], TriangleOptions> | [offset: number, options: TensorOptions];

function triangleIndices(
  name: string,
  row: number,
  col: number,
  rest: TriangleArgs,
  span: (i: number, offset: number) => readonly [from: number, to: number],
): Tensor {
  const names = ['offset', 'dtype', 'device', 'requiresGrad'] as const;
  const { offset = 0, ...options } = optionalArgs<TriangleOptions>(name, names, rest);
  for (const [argument, n] of Object.entries({ row, col })) {
    if (!Number.isInteger(n)) wrongType(name, argument, 'int', n);
    if (n < 0) throw new OptionError(`${argument} must be non-negative, got${n}\n  in ${name}`);
  }
  if (!Number.isInteger(offset)) wrongType(name, 'offset', 'int', offset);
  const dtype: DType = options.dtype ?? 'int32';
  if (dtype !== 'int32' && dtype !== 'uint32')
    throw new DTypeError(`"${name}" not implemented for '${dtype}'\n  use int32`);
  const spans = Array.from({ length: row }, (_, i) => {
    const [from, to] = span(i, offset);
    const start = Math.min(Math.max(from, 0), col);
    return [start, Math.max(Math.min(to, col), start)] as const;
  });
  const count = spans.reduce((n, [from, to]) => n + to - from, 0);
  const data = allocate(dtype, 2 * count);
  let n = 0;
  for (const [i, [from, to]] of spans.entries()) {
    for (let j = from; j < to; j++, n++) {
      data[n] = i;
      data[count + n] = j;
    }
  }
  return fromArray(data, [2, count], { ...options, dtype });
}
/**
 * Rows and columns of the lower triangle of a `row`×`col` matrix, row by row: (2, N), int32. Source: torch.tril_indices.
 *
 * @throws OptionError for negative sizes.
 * @example
 * await trilIndices(2, 2).tolist(); // [[0, 1, 1], [0, 0, 1]]
 */
export function trilIndices(row: number, col: number, ...rest: TriangleArgs): Tensor {
  return triangleIndices('trilIndices', row, col, rest, (i, offset) => [0, i + offset + 1]);
}
/**
 * Rows and columns of the upper triangle of a `row`×`col` matrix, row by row: (2, N), int32. Source: torch.triu_indices.
 *
 * @throws OptionError for negative sizes.
 * @example
 * await triuIndices(2, 3, 1).tolist(); // [[0, 0, 1], [1, 2, 2]]
 */
export function triuIndices(row: number, col: number, ...rest: TriangleArgs): Tensor {
  return triangleIndices('triuIndices', row, col, rest, (i, offset) => [i + offset, col]);
}
/** Options of {@link diagEmbed}. */
export interface DiagEmbedOptions {
  /** Above (positive) or below the main diagonal, 0 by default. */
  readonly offset?: number;
  /** The new dim that counts down, −2 by default. */
  readonly dim1?: number;
  /** The new dim that counts to the right, −1 by default. */
  readonly dim2?: number;
}
/**
 * Matrices whose diagonals are the last dim of a tensor, and zeros elsewhere: (…, N) gives (…, N + |offset|, N + |offset|),
 * the two new dims being `dim1` and `dim2` of the result. Source: torch.diag_embed.
 *
 * @throws ShapeError for dims that do not exist or are the same.
 * @example
 * await diagEmbed(tensor([1, 2])).tolist(); // [[1, 0], [0, 2]]
 */
export function diagEmbed(
  input: Tensor,
  ...rest: OptionalArgs<[offset: number, dim1: number, dim2: number], DiagEmbedOptions>
): Tensor {
  checkTensor('diagEmbed', input);
  const { offset = 0, ...dims } = optionalArgs<DiagEmbedOptions>('diagEmbed', ['offset', 'dim1', 'dim2'], rest);
  if (!Number.isInteger(offset)) wrongType('diagEmbed', 'offset', 'int', offset);
  const [a, b] = [dims.dim1 ?? -2, dims.dim2 ?? -1];
  const rank = input.ndim + 1;
  const [dim1, dim2] = [normalizeDim('diagEmbed', a, rank), normalizeDim('diagEmbed', b, rank)];
  if (dim1 === dim2) throw new ShapeError(`diagonal dimensions cannot be identical ${a}, ${b}`);
  const size = input.shape.at(-1)! + Math.abs(offset);
  const batch = input.shape.slice(0, -1);
  const shape = Array.from({ length: rank }, (_, i) => (i === dim1 || i === dim2 ? size : batch.shift()!));
  const view = diagonalLayout(contiguousLayout(shape), { dim1, dim2, offset });
  return composed('DiagEmbedBackward0', () => {
    const base = zeros(shape, { dtype: input.dtype, device: input.device });
    return new Tensor(written(base.impl, input.impl, view));
  });
}
/**
 * The matrix with a vector as its diagonal, or the diagonal of a matrix (a copy; diagonal() gives a view). Source: torch.diag.
 *
 * @throws ShapeError for other tensors than vectors and matrices.
 * @example
 * await diag(tensor([1, 2])).tolist(); // [[1, 0], [0, 2]]
 * await diag(tensor([[1, 2], [3, 4]])).tolist(); // [1, 4]
 */
export function diag(input: Tensor, ...rest: Rest): Tensor {
  checkTensor('diag', input);
  const offset = which('diag', rest);
  if (input.ndim === 1) return diagEmbed(input, { offset });
  if (input.ndim !== 2) throw new ShapeError(`diag(): Supports 1D or 2D tensors. Got ${input.ndim}D`);
  return composed('DiagonalBackward0_copy', () => diagonal(input, { offset }).clone());
}
/** Which diagonal: 0 is the main one, 1 the next to the right. */
export interface OffsetOption {
  readonly offset?: number;
}
/**
 * The matrix whose diagonal is all elements of a tensor in row-major order. Source: torch.diagflat.
 *
 * @example
 * await diagflat(tensor([1, 2]), 1).tolist(); // [[0, 1, 0], [0, 0, 2], [0, 0, 0]]
 */
export function diagflat(input: Tensor, ...rest: OptionalArgs<[offset: number], OffsetOption>): Tensor {
  checkTensor('diagflat', input);
  const { offset = 0 } = optionalArgs<OffsetOption>('diagflat', ['offset'], rest);
  return diagEmbed(input.flatten(), { offset });
}

/** Options of fillDiagonal_(). */
export interface FillDiagonalOptions {
  /** For matrices higher than wide: begin again below, one row further. */
  readonly wrap?: boolean;
}
/**
 * Writes one value on the main diagonal: of a matrix, or of a cube of any dims. Source: torch.Tensor.fill_diagonal_.
 *
 * @throws ShapeError for fewer than two dims, or more of unequal length.
 */
function fillDiagonal(
  input: Tensor,
  fillValue: number,
  ...rest: OptionalArgs<[wrap: boolean], FillDiagonalOptions>
): Tensor {
  const { wrap = false } = optionalArgs<FillDiagonalOptions>('fillDiagonal_', ['wrap'], rest);
  const [height, width] = input.shape as [number, number];
  if (input.ndim < 2) throw new ShapeError('dimensions must larger than 1\n  in fillDiagonal_');
  if (input.ndim > 2 && input.shape.some((d) => d !== height))
    throw new ShapeError('all dimensions of input must be of equal length\n  in fillDiagonal_');
  const { layout } = input.impl;
  const strides = [layout.strides.reduce((sum, s) => sum + s, 0)];
  const along = (row: number): Tensor => {
    const shape = [Math.max(0, Math.min(height - row, ...input.shape.slice(1)))];
    const offset = layout.offset + (shape[0] === 0 ? 0 : row * layout.strides[0]!);
    return new Tensor(op('restride', [input.impl], { shape, strides, offset }));
  };
  for (let row = 0; row < Math.max(height, 1); row += width + 1) {
    along(row).fill_(fillValue);
    if (!wrap || input.ndim > 2) break;
  }
  return input;
}

export const triangularMethods = {
  tril,
  triu,
  diagEmbed,
  diag,
  diagflat,
};
export const triangularInPlace = {
  tril_: inPlace('tril_', tril),
  triu_: inPlace('triu_', triu),
  fillDiagonal_: fillDiagonal,
};
