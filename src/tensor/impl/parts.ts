/** Copies with one part replaced: a slice, several, or a diagonal. */
import type { Var } from '../../autograd/var.ts';
import { OptionError, ShapeError } from '../../core/errors.ts';
import { contiguousLayout, formatShape, type Layout, normalizeDim, sameShape } from '../../core/shape.ts';
import { cast, named, op, scoped } from './common.ts';
import { resolveSlice } from './indexing.ts';

/** x with src where `part` lies, a layout over x's elements in row-major order. */
function replacePart(name: string, x: Var, src: Var, part: Layout): Var {
  if (!sameShape(src.shape, part.shape)) {
    throw new ShapeError(
      `expected src to have a size equal to the slice of self. src size = ${formatShape(src.shape)}, slice size = ${formatShape(part.shape)}\n  in ${name}`,
    );
  }
  return scoped(() => written(x, cast(src, x.dtype), part));
}

/** `x` with `src` written at the elements that a layout over contiguous memory selects. */
export function written(x: Var, src: Var, { strides, offset }: Pick<Layout, 'strides' | 'offset'>): Var {
  return op('scatterView', [x, src, { scalar: offset, dtype: 'uint32' }], { strides });
}

export function selectScatter(x: Var, src: Var, dim: number, index: number): Var {
  if (x.shape.length === 0) throw new ShapeError('select() cannot be applied to a 0-dim tensor.\n  in selectScatter');
  const d = normalizeDim('selectScatter', dim, x.shape.length);
  const size = x.shape[d]!;
  if (!Number.isInteger(index) || index < -size || index >= size)
    throw new ShapeError(
      `select(): index ${index} out of range for tensor of size ${formatShape(x.shape)} at dimension ${d}\n  in selectScatter`,
    );
  const { shape, strides } = contiguousLayout(x.shape);
  const rest = (list: readonly number[]): number[] => list.filter((_, i) => i !== d);
  const offset = strides[d]! * (index < 0 ? index + size : index);
  const part = { shape: rest(shape), strides: rest(strides), offset };
  return named(replacePart('selectScatter', x, src, part), 'SelectScatterBackward0');
}

export function sliceScatter(
  x: Var,
  src: Var,
  dim: number,
  [start, end, step]: readonly [number | null | undefined, number | null | undefined, number],
): Var {
  if (x.shape.length === 0) throw new ShapeError('slice() cannot be applied to a 0-dim tensor.\n  in sliceScatter');
  const d = normalizeDim('sliceScatter', dim, x.shape.length);
  if (!(Number.isInteger(step) && step > 0))
    throw new OptionError(`slice step must be positive\n  in sliceScatter: got ${step}`);
  const s = resolveSlice('sliceScatter', [start, end, step], x.shape[d]!);
  const { shape, strides } = contiguousLayout(x.shape);
  const part = {
    shape: shape.map((n, i) => (i === d ? s.size : n)),
    strides: strides.map((n, i) => (i === d ? n * step : n)),
    offset: strides[d]! * s.start,
  };
  return named(replacePart('sliceScatter', x, src, part), 'SliceScatterBackward0');
}

export function diagonalScatter(x: Var, src: Var, offset: number, dim1: number, dim2: number): Var {
  const [a, b] = [dim1, dim2].map((d) => normalizeDim('diagonalScatter', d, x.shape.length)) as [number, number];
  if (a === b) throw new ShapeError(`diagonal dimensions cannot be identical ${dim1}, ${dim2}\n  in diagonalScatter`);
  if (!Number.isInteger(offset)) throw new OptionError(`diagonalScatter: offset must be an integer, got ${offset}`);
  const { shape, strides } = contiguousLayout(x.shape);
  const length = offset >= 0 ? Math.min(shape[a]!, shape[b]! - offset) : Math.min(shape[a]! + offset, shape[b]!);
  const rest = (list: readonly number[]): number[] => list.filter((_, i) => i !== a && i !== b);
  const part = {
    shape: [...rest(shape), Math.max(0, length)],
    strides: [...rest(strides), strides[a]! + strides[b]!],
    offset: length <= 0 ? 0 : offset >= 0 ? offset * strides[b]! : -offset * strides[a]!,
  };
  return named(replacePart('diagonalScatter', x, src, part), 'DiagonalScatterBackward0');
}
