/** Views and joins. */
import type { Var } from '../../autograd/var.ts';
import { describe, OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import {
  checkShape,
  formatShape,
  isContiguous,
  normalizeDim,
  normalizeDims,
  numel,
  reshapeLayout,
  type Shape,
  sameShape,
} from '../../core/shape.ts';
import { cast, named, op, resultType, scoped } from './common.ts';

/** Resolves one -1 in `shape`; PyTorch's messages. */
export function inferShape(name: string, shape: Shape, from: Shape): number[] {
  const n = numel(from);
  const out = [...shape];
  if (!out.every(Number.isInteger))
    throw new ShapeError(`${name}(): argument 'shape' must be a list of ints, not ${describe(shape)}`);
  const negative = out.find((d) => d < -1);
  if (negative !== undefined)
    throw new ShapeError(
      `invalid shape dimension ${negative}\n  in ${name} of ${formatShape(from)} to ${formatShape(shape)}`,
    );
  const free = out.indexOf(-1);
  if (free !== out.lastIndexOf(-1))
    throw new ShapeError(`only one dimension can be inferred\n  in ${name} to ${formatShape(shape)}`);
  if (free >= 0) {
    const rest = numel(out.filter((d) => d !== -1));
    if (rest === 0 && n === 0) {
      throw new ShapeError(
        `cannot reshape tensor of ${n} elements into shape ${formatShape(shape)} because the unspecified dimension size -1 can be any value and is ambiguous\n  in ${name}`,
      );
    }
    out[free] = rest === 0 ? 0 : n / rest;
  }
  if (numel(out) !== n || !out.every(Number.isInteger)) {
    throw new ShapeError(
      `shape '${formatShape(shape)}' is invalid for input of size ${n}\n  in ${name} of ${formatShape(from)}`,
    );
  }
  return out;
}

export const reshape = (x: Var, shape: Shape): Var =>
  scoped(() => op('reshape', [x], { shape: inferShape('reshape', shape, x.shape) }));

/** Like reshape, but never copies. */
export function view(x: Var, shape: Shape): Var {
  const target = inferShape('view', shape, x.shape);
  if (!reshapeLayout(x.layout, target)) {
    throw new ShapeError(
      `view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead.\n  in view of ${formatShape(x.shape)} as ${formatShape(shape)}`,
    );
  }
  return op('reshape', [x], { shape: target });
}

export function permute(x: Var, dims: readonly number[]): Var {
  const order = dims.map((d) => normalizeDim('permute', d, x.shape.length));
  if (order.length !== x.shape.length) {
    throw new ShapeError(
      `permute: number of dimensions in the tensor input does not match the length of the desired ordering of dimensions i.e. input.dim() = ${x.shape.length} is not equal to len(dims) = ${dims.length}`,
    );
  }
  if (new Set(order).size !== order.length)
    throw new ShapeError(`permute(): duplicate dims are not allowed.\n  in permute(${dims.join(', ')})`);
  return op('permute', [x], { dims: order });
}
export function transpose(x: Var, dim0: number, dim1: number): Var {
  const rank = x.shape.length;
  const [a, b] = [normalizeDim('transpose', dim0, rank), normalizeDim('transpose', dim1, rank)];
  if (rank === 0) return op('permute', [x], { dims: [] });
  const dims = x.shape.map((_, i) => (i === a ? b : i === b ? a : i));
  return named(op('permute', [x], { dims }), 'TransposeBackward0');
}

/** -1 keeps a dim's size. */
export function expand(x: Var, shape: Shape): Var {
  const lead = shape.length - x.shape.length;
  if (lead < 0) {
    throw new ShapeError(
      `expand: the number of sizes provided (${shape.length}) must be greater or equal to the number of dimensions in the tensor (${x.shape.length})`,
    );
  }
  const target = shape.map((d, i) => (d === -1 && i >= lead ? x.shape[i - lead]! : d));
  target.forEach((d, i) => {
    const own = i < lead ? 1 : x.shape[i - lead]!;
    if (d === -1)
      throw new ShapeError(
        `The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension ${i}\n  in expand of ${formatShape(x.shape)} to ${formatShape(shape)}`,
      );
    if (!Number.isInteger(d) || d < 0 || (own !== 1 && own !== d)) {
      throw new ShapeError(
        `The expanded size of the tensor (${d}) must match the existing size (${own}) at non-singleton dimension ${i}.  Target sizes: ${formatShape(shape)}.  Tensor sizes: ${formatShape(x.shape)}`,
      );
    }
  });
  checkShape('expand', target);
  return op('expand', [x], { shape: target });
}

export function flip(x: Var, dims: readonly number[]): Var {
  const all = normalizeDims('flip', dims.length === 0 ? null : dims, x.shape.length);
  const flipped = dims.length === 0 ? [] : all;
  const back = (i: number): boolean => flipped.includes(i) && x.shape[i]! > 0;
  const flippedView = op('slice', [x], {
    starts: x.shape.map((d, i) => (back(i) ? d - 1 : 0)),
    sizes: x.shape,
    steps: x.shape.map((_, i) => (back(i) ? -1 : 1)),
  });
  return named(flippedView, 'FlipBackward0');
}

export function squeeze(x: Var, dim?: number | readonly number[]): Var {
  const none = Array.isArray(dim) && dim.length === 0;
  const dims = dim === undefined ? null : none ? [] : normalizeDims('squeeze', dim, x.shape.length);
  const shape = x.shape.filter((d, i) => d !== 1 || (dims !== null && !dims.includes(i)));
  return named(
    op('reshape', [x], { shape }),
    `SqueezeBackward${dim === undefined ? 0 : typeof dim === 'number' ? 1 : 2}`,
  );
}
export function unsqueeze(x: Var, dim: number): Var {
  const at = normalizeDim('unsqueeze', dim, x.shape.length + 1);
  return named(op('reshape', [x], { shape: [...x.shape.slice(0, at), 1, ...x.shape.slice(at)] }), 'UnsqueezeBackward0');
}
export function flatten(x: Var, startDim = 0, endDim = -1): Var {
  const rank = x.shape.length;
  if (rank === 0) return reshape(x, [1]);
  const [s, e] = [normalizeDim('flatten', startDim, rank), normalizeDim('flatten', endDim, rank)];
  if (s > e) throw new ShapeError('flatten() has invalid args: start_dim cannot come after end_dim');
  return reshape(x, [...x.shape.slice(0, s), numel(x.shape.slice(s, e + 1)), ...x.shape.slice(e + 1)]);
}
export const contiguous = (x: Var): Var => (isContiguous(x.layout) ? x : op('copy', [x]));
export const clone = (x: Var): Var => op('copy', [x]);

export function cat(xs: readonly Var[], dim = 0): Var {
  if (xs.length === 0) throw new OptionError('torch.cat(): expected a non-empty list of Tensors');
  const scalar = xs.findIndex((x) => x.shape.length === 0);
  if (scalar >= 0) {
    throw new ShapeError(
      `zero-dimensional tensor (at position ${scalar}) cannot be concatenated\n  use stack() for scalars`,
    );
  }
  const empty = (x: Var): boolean => sameShape(x.shape, [0]);
  const { shape } = xs.find((x) => !empty(x)) ?? xs[0]!;
  const at = normalizeDim('cat', dim, shape.length);
  // As PyTorch: an empty 1-d tensor joins with anything.
  const fitting = shape.map((d, i) => (i === at ? 0 : d));
  return scoped(() => {
    const dtype = resultType(...xs);
    const parts = xs.map((x) => cast(empty(x) && shape.length > 1 ? op('reshape', [x], { shape: fitting }) : x, dtype));
    return op('cat', parts, { dim: at });
  });
}
export function stack(xs: readonly Var[], dim = 0): Var {
  if (xs.length === 0) throw new OptionError('stack expects a non-empty TensorList');
  for (const [i, x] of xs.entries()) {
    if (!sameShape(x.shape, xs[0]!.shape)) {
      throw new ShapeError(
        `stack expects each tensor to be equal size, but got ${formatShape(xs[0]!.shape)} at entry 0 and ${formatShape(x.shape)} at entry ${i}`,
      );
    }
  }
  const at = normalizeDim('stack', dim, xs[0]!.shape.length + 1);
  return named(
    scoped(() =>
      cat(
        xs.map((x) => unsqueeze(x, at)),
        at,
      ),
    ),
    'StackBackward0',
  );
}

function narrow(x: Var, dim: number, start: number, size: number): Var {
  return op('slice', [x], {
    starts: x.shape.map((_, i) => (i === dim ? start : 0)),
    sizes: x.shape.map((d, i) => (i === dim ? size : d)),
    steps: x.shape.map(() => 1),
  });
}
export function split(x: Var, size: number | readonly number[], dim = 0): Var[] {
  const d = normalizeDim('split', dim, x.shape.length);
  if (x.shape.length === 0)
    throw new ShapeError('split expects at least a 1-dimensional tensor\n  use unsqueeze(0) first');
  const total = x.shape[d]!;
  if (typeof size !== 'number' && !Array.isArray(size)) wrongType('split', 'splitSize', 'int or a list of ints', size);
  if (size === 0 && total > 0)
    throw new OptionError(`split_size can only be 0 if dimension size is 0, but got dimension size of ${total}`);
  if (typeof size === 'number' && !(Number.isInteger(size) && size >= 0))
    throw new OptionError(`split expects split_size be non-negative, but got split_size=${size}`);
  const sizes =
    typeof size === 'number'
      ? Array.from({ length: Math.max(1, Math.ceil(total / Math.max(size, 1))) }, (_, i) =>
          Math.min(size, total - i * size),
        )
      : size;
  if (sizes.some((n) => n < 0)) {
    throw new ShapeError(
      `split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes=${formatShape(sizes)}`,
    );
  }
  if (sizes.reduce((s, n) => s + n, 0) !== total || !sizes.every(Number.isInteger)) {
    throw new ShapeError(
      `split_with_sizes expects split_sizes to sum exactly to ${total} (input tensor's size at dimension ${d}), but got split_sizes=${formatShape(sizes)}`,
    );
  }
  let at = 0;
  return sizes.map((n) => {
    const part = named(narrow(x, d, at, n), typeof size === 'number' ? 'SplitBackward0' : 'SplitWithSizesBackward0');
    at += n;
    return part;
  });
}
export function chunk(x: Var, chunks: number, dim = 0): Var[] {
  if (!(Number.isInteger(chunks) && chunks > 0))
    throw new OptionError(`chunk expects \`chunks\` to be greater than 0, got: ${describe(chunks)}`);
  if (x.shape.length === 0)
    throw new ShapeError('chunk expects at least a 1-dimensional tensor\n  use unsqueeze(0) first');
  const d = normalizeDim('chunk', dim, x.shape.length);
  const size = x.shape[d]!;
  return split(x, size > 0 ? Math.ceil(size / chunks) : new Array(chunks).fill(0), d);
}
