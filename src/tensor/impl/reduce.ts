/** Reductions, as PyTorch: over no dim (all), one or several, with or without keeping them. */
import type { Var } from '../../autograd/var.ts';
import { type DType, isFloat } from '../../core/dtype.ts';
import { DTypeError, ShapeError } from '../../core/errors.ts';
import { formatShape, normalizeDim, normalizeDims, numel } from '../../core/shape.ts';
import { cast, floating, named, op, scalar, scoped } from './common.ts';

export type Dim = number | readonly number[] | null | undefined;
type Kept = 'sum' | 'prod' | 'amax' | 'amin' | 'any' | 'all' | 'argmax' | 'argmin';

const without = (x: Var, dims: readonly number[], keepdim: boolean): Var =>
  keepdim || dims.length === 0 ? x : op('reshape', [x], { shape: x.shape.filter((_, i) => !dims.includes(i)) });

/** The extremum of no elements does not exist. */
function needElements(name: string, x: Var, dim: Dim, dims: readonly number[]): void {
  const empty = dims.find((d) => x.shape[d] === 0);
  if (empty === undefined) return;
  throw new ShapeError(
    dim === null || dim === undefined
      ? `${name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.\n  got shape ${formatShape(x.shape)}`
      : `${name}(): Expected reduction dim ${empty} to have non-zero size.\n  got shape ${formatShape(x.shape)}`,
  );
}

function reduce(name: Kept, x: Var, dim: Dim, keepdim: boolean, said: string = name): Var {
  const dims = normalizeDims(said, dim, x.shape.length);
  if (name === 'amax' || name === 'amin') needElements(said, x, dim, dims);
  return without(op(name, [x], { dims }), dims, keepdim);
}

/** PyTorch tells reductions of all elements from those along dims. */
const overDim = (name: string, dim: Dim): string => `${name}Backward${dim === null || dim === undefined ? 0 : 1}`;

/** bool counts as int32. */
const countable = (x: Var): Var => (x.dtype === 'bool' ? cast(x, 'int32') : x);
/** A dtype that was asked for. */
type Wanted = DType | null | undefined;
/** With the elements as `dtype`, bool by counting. */
function counted(x: Var, dtype: Wanted, fn: (x: Var) => Var): Var {
  const result = fn(countable(dtype ? cast(x, dtype) : x));
  return dtype ? cast(result, dtype) : result;
}

export const sum = (x: Var, dim: Dim, keepdim = false, dtype?: Wanted): Var =>
  named(
    scoped(() => counted(x, dtype, (y) => reduce('sum', y, dim, keepdim))),
    overDim('Sum', dim),
  );
export const prod = (x: Var, dim: Dim, keepdim = false, dtype?: Wanted): Var =>
  named(
    scoped(() => counted(x, dtype, (y) => reduce('prod', y, dim, keepdim))),
    overDim('Prod', dim),
  );
/** Of bools, true is the greater. */
const extreme = (name: 'amax' | 'amin', x: Var, dim: Dim, keepdim: boolean, said?: string): Var =>
  scoped(() => cast(reduce(name, countable(x), dim, keepdim, said), x.dtype));
export const amax = (x: Var, dim: Dim, keepdim = false): Var =>
  named(extreme('amax', x, dim, keepdim), 'AmaxBackward0');
export const amin = (x: Var, dim: Dim, keepdim = false): Var =>
  named(extreme('amin', x, dim, keepdim), 'AminBackward0');
export const any = (x: Var, dim: Dim, keepdim = false): Var =>
  scoped(() => reduce('any', cast(x, 'bool'), dim, keepdim));
export const all = (x: Var, dim: Dim, keepdim = false): Var =>
  scoped(() => reduce('all', cast(x, 'bool'), dim, keepdim));

/** `wanted` is the dtype asked for. */
export function needFloat(name: string, x: Var, wanted?: Wanted): void {
  if (isFloat(wanted ?? x.dtype)) return;
  throw new DTypeError(
    `${name}(): could not infer output dtype. ${wanted ? 'Optional' : 'Input'} dtype must be either a floating point or complex dtype. Got: ${wanted ?? x.dtype}\n  cast it with .to('float32')`,
  );
}
const countOf = (x: Var, dim: Dim): number => numel(normalizeDims('mean', dim, x.shape.length).map((d) => x.shape[d]!));

export function mean(x: Var, dim: Dim, keepdim = false, dtype?: Wanted): Var {
  needFloat('mean', x, dtype);
  normalizeDims('mean', dim, x.shape.length);
  // Not a multiplication by 1/n: an empty mean is 0/0 = NaN, and the quotient is rounded once.
  return named(
    scoped(() => op('div', [sum(x, dim, keepdim, dtype), scalar(countOf(x, dim), dtype ?? x.dtype)])),
    overDim('Mean', dim),
  );
}

/** Two passes: the mean, then the squared deviations. `correction` 1 is the unbiased estimate. */
export function variance(x: Var, dim: Dim, correction: number, keepdim = false): Var {
  if (!isFloat(x.dtype))
    throw new DTypeError(
      `std and var only support floating point and complex dtypes\n  got ${x.dtype}; cast it with .to('float32')`,
    );
  normalizeDims('var', dim, x.shape.length);
  const result = scoped(() => {
    const centred = op('sub', [x, mean(x, dim, true)]);
    const total = sum(op('mul', [centred, centred]), dim, keepdim);
    return op('div', [total, scalar(Math.max(countOf(x, dim) - correction, 0), x.dtype)]);
  });
  return named(result, 'VarBackward0');
}
export function std(x: Var, dim: Dim, correction: number, keepdim = false): Var {
  const result = scoped(() => {
    // No deviation, no gradient: √ alone would give 0·∞.
    const v = variance(x, dim, correction, keepdim);
    const flat = op('eq', [v, scalar(0, x.dtype)]);
    const root = op('sqrt', [op('where', [flat, scalar(1, x.dtype), v])]);
    return op('where', [flat, scalar(0, x.dtype), root]);
  });
  return named(result, 'StdBackward0');
}

/** log Σ exp(x), shifted by the maximum; infinite maxima shift nothing, so that −∞ and +∞ rows come out as themselves. */
export function logsumexp(x: Var, dim: Dim, keepdim = false): Var {
  const result = scoped(() => {
    const y = floating(x);
    const dims = normalizeDims('logsumexp', dim, y.shape.length);
    // The shift cancels, so it carries no gradient. Nothing has no maximum; its sum, 0, shifts nothing, and log 0 is the result.
    const top = detached(op(countOf(y, dims) === 0 ? 'sum' : 'amax', [detached(y)], { dims }));
    const finite = op('lt', [op('abs', [top]), scalar(Number.POSITIVE_INFINITY, y.dtype)]);
    const shift = op('where', [finite, top, scalar(0, y.dtype)]);
    const total = op('sum', [op('exp', [op('sub', [y, shift])])], { dims });
    return without(op('add', [op('log', [total]), shift]), dims, keepdim);
  });
  return named(result, 'LogsumexpBackward0');
}
function detached(x: Var): Var {
  const v = op('reshape', [x], { shape: x.shape });
  v.edge = null;
  v.base = null;
  return v;
}

export function argExtremum(name: 'argmax' | 'argmin', x: Var, dim: number | null | undefined, keepdim = false): Var {
  if (x.dtype === 'bool') throw new DTypeError(`${name}(): does not support bool input\n  cast it with .to('int32')`);
  return scoped(() => {
    const dims =
      dim === undefined || dim === null
        ? normalizeDims(name, null, x.shape.length)
        : [normalizeDim(name, dim, x.shape.length)];
    needElements(name, x, dim, dims);
    const flat = x.shape.length === 0 ? [] : dims;
    return without(positions(name, x, flat), flat, keepdim);
  });
}
/** Where the extremum lies among the elements of `dims`: an index that needs no check. */
function positions(name: 'argmax' | 'argmin', x: Var, dims: readonly number[]): Var {
  const index = op(name, [x], { dims });
  index.storage.value.range = { min: 0, max: numel(x.shape) / numel(index.shape) - 1, exact: false };
  return index;
}

/** Values and positions along one dim. The gradient of the values goes to the position chosen, as torch.max(dim). */
export function extremumAlong(name: 'max' | 'min', x: Var, dim: number, keepdim: boolean): [values: Var, indices: Var] {
  const [values, indices] = scoped(() => {
    const d = normalizeDim(name, dim, x.shape.length);
    if (x.shape.length === 0)
      return [op('copy', [x]), op('fill', [scalar(0, 'int32')], { shape: [], dtype: 'int32' }, x.engine)];
    needElements(name, x, d, [d]);
    const index = positions(name === 'max' ? 'argmax' : 'argmin', countable(x), [d]);
    const picked = op('gather', [x, index], { dim: d });
    return [without(picked, [d], keepdim), without(index, [d], keepdim)];
  }) as [Var, Var];
  return [named(values, name === 'max' ? 'MaxBackward0' : 'MinBackward0'), indices];
}

/** The extremum of all elements; equal ones share the gradient. */
export const extremum = (name: 'max' | 'min', x: Var): Var =>
  name === 'max'
    ? named(extreme('amax', x, null, false, 'max'), 'MaxBackward1')
    : named(extreme('amin', x, null, false, 'min'), 'MinBackward1');
