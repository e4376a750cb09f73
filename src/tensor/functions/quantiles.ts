/** Order statistics: median, quantile, mode. */
import { type DType, isFloat } from '../../core/dtype.ts';
import { DTypeError, describe, OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape, normalizeDim } from '../../core/shape.ts';
import { type KeepdimOptions, type OneDimOptions, type OptionalArgs, oneDim, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { type Extremum, extremum } from '../extremum.ts';
import { full, lowest, op } from '../impl/common.ts';
import { needAlong, part, pick, search, sorted } from '../impl/sorting.ts';
import { scope } from '../scope.ts';
import { checkTensor, Tensor } from '../tensor.ts';
import type { KthvalueOptions } from './sorting.ts';

/** How many elements along a dim are NaN; the dim stays with size 1. */
const countNan = (x: Tensor, dim: number): Tensor => x.ne(x).sum(dim, true);

/**
 * Where the median stands among n sorted elements, NaN last: the lower one of the middle two. Without `ignoreNan` it is the
 * first NaN, where there is one. Null where there can be none.
 */
function middle(x: Tensor, dim: number, ignoreNan: boolean): Tensor | null {
  if (!isFloat(x.dtype)) return null;
  const n = x.shape[dim]!;
  const nans = countNan(x, dim);
  const numbers = nans.neg().add(n);
  if (!ignoreNan) return numbers.where(nans.gt(0), (n - 1) >> 1);
  return numbers.sub(1).clamp(0).float().mul(0.5).int();
}

function medianAlong(name: string, input: Tensor, dim: number, keepdim: boolean, ignoreNan: boolean): Extremum {
  const d = normalizeDim(name, dim, input.ndim);
  needAlong('median', input.impl, d);
  const node = `${name[0]!.toUpperCase()}${name.slice(1)}Backward1`;
  const [values, indices] = composed(node, () => {
    const x = input.ndim === 0 ? input.reshape(1) : input;
    const at = middle(x, d, ignoreNan);
    return sorted(x.impl, d).map((v) => {
      const chosen = new Tensor(at ? pick(v, d, at.impl) : part(v, d, (x.shape[d]! - 1) >> 1, 1));
      return keepdim && input.ndim > 0 ? chosen : chosen.squeeze(d);
    });
  });
  return extremum(values as Tensor, indices as Tensor<'int32'>);
}

/** Of all elements; equal ones share the gradient. */
function medianOfAll(name: string, input: Tensor, ignoreNan: boolean): Tensor {
  const node = `${name[0]!.toUpperCase()}${name.slice(1)}Backward0`;
  return composed(node, () => {
    const flat = input.flatten();
    // Of no elements: NaN, or what PyTorch's cast makes of it.
    if (input.numel() === 0) return isFloat(input.dtype) ? flat.sum().div(0) : flat.sum().add(lowest(input.dtype));
    const { values } = medianAlong(name, flat.detach(), 0, false, ignoreNan);
    return isFloat(input.dtype) ? new Tensor(op('sharedElement', [flat.impl, values.impl])) : values;
  });
}

function medianArgs(
  name: string,
  input: Tensor,
  dim: number | OneDimOptions | undefined,
  keepdim: boolean | KeepdimOptions | undefined,
): Tensor | Extremum {
  checkTensor(name, input);
  if (input.dtype === 'bool')
    throw new DTypeError(`"median_cpu" not implemented for 'Bool'\n  in ${name}; cast it with .to('int32')`);
  const a = oneDim(name, dim, keepdim);
  const ignoreNan = name === 'nanmedian';
  return a.dim === null ? medianOfAll(name, input, ignoreNan) : medianAlong(name, input, a.dim, a.keepdim, ignoreNan);
}

/**
 * The median of all elements, or along a dim with where it stood, `{ values, indices }`: of an even number of elements the
 * lower one of the middle two. NaN if there is one. Source: torch.median.
 *
 * @throws ShapeError when the dim has no elements, DTypeError for bool.
 * @example
 * await (median(tensor([3, 1, 2, 4]))).item(); // 2
 * const { values, indices } = median(tensor([[3, 1, 2], [6, 5, 9]]), 1);
 * await values.tolist(); // [2, 6]
 * await indices.tolist(); // [2, 0]
 */
export function median<D extends DType>(input: Tensor<D>): Tensor<D>;
export function median<D extends DType>(
  input: Tensor<D>,
  dim: number | OneDimOptions,
  keepdim?: boolean | KeepdimOptions,
): Extremum<D>;
export function median(
  input: Tensor,
  dim?: number | OneDimOptions,
  keepdim?: boolean | KeepdimOptions,
): Tensor | Extremum {
  return medianArgs('median', input, dim, keepdim);
}

/**
 * As {@link median}, but NaN is left out; NaN only where there is nothing else. Source: torch.nanmedian.
 *
 * @throws ShapeError when the dim has no elements, DTypeError for bool.
 * @example
 * await (nanmedian(tensor([3, NaN, 2]))).item(); // 2
 */
export function nanmedian<D extends DType>(input: Tensor<D>): Tensor<D>;
export function nanmedian<D extends DType>(
  input: Tensor<D>,
  dim: number | OneDimOptions,
  keepdim?: boolean | KeepdimOptions,
): Extremum<D>;
export function nanmedian(
  input: Tensor,
  dim?: number | OneDimOptions,
  keepdim?: boolean | KeepdimOptions,
): Tensor | Extremum {
  return medianArgs('nanmedian', input, dim, keepdim);
}

/**
 * The element that occurs most often along `dim` (default: the last), and where it last stood (int32). Of several that occur
 * equally often, the least. Source: torch.mode.
 *
 * @throws ShapeError when the dim has no elements.
 * @example
 * const { values, indices } = mode(tensor([1, 3, 2, 3]));
 * await values.item(); // 3
 * await indices.item(); // 3
 */
export function mode<D extends DType>(
  input: Tensor<D>,
  ...rest: OptionalArgs<[dim: number, keepdim: boolean], KthvalueOptions>
): Extremum<D> {
  checkTensor('mode', input);
  const { dim = -1, keepdim = false } = optionalArgs<KthvalueOptions>('mode', ['dim', 'keepdim'], rest);
  const d = normalizeDim('mode', dim, input.ndim);
  needAlong('mode', input.impl, d);
  const [values, indices] = composed('ModeBackward0', () => {
    const x = input.ndim === 0 ? input.reshape(1) : input;
    const last = x.ndim - 1;
    const [inOrder, places] = sorted(x.transpose(d, last).impl, last);
    // Each element's equals stand side by side: from one search to the other.
    const rows = new Tensor(inOrder).detach().impl;
    const end = new Tensor(search(rows, rows, true));
    const count = end.sub(new Tensor(search(rows, rows, false)));
    const longest = count.argmax(-1, true);
    const at = pick(end.sub(1).impl, last, longest.impl);
    return [inOrder, places].map((v) => {
      const chosen = new Tensor(pick(v, last, at)).transpose(d, last);
      return keepdim && input.ndim > 0 ? chosen : chosen.squeeze(d);
    });
  });
  return extremum(values as Tensor<D>, indices as Tensor<'int32'>);
}

/** What a quantile between two elements is. */
export type QuantileInterpolation = 'linear' | 'lower' | 'higher' | 'midpoint' | 'nearest';
const interpolations: readonly string[] = ['linear', 'lower', 'higher', 'midpoint', 'nearest'];

/** Options of {@link quantile} and {@link nanquantile}. */
export interface QuantileOptions {
  /** The dim along which to look, or null for all elements. */
  readonly dim?: number | null;
  /** Keep the dims looked along with size 1. */
  readonly keepdim?: boolean;
  /** What a quantile between two elements is. Default: linear. */
  readonly interpolation?: QuantileInterpolation;
}
type QuantileArgs = OptionalArgs<[dim: number | null, keepdim: boolean], QuantileOptions>;

/** q as a 1-d tensor; numbers are checked now, tensors by the next read. */
function levels(input: Tensor, q: number | Tensor): Tensor {
  if (typeof q === 'number') {
    if (!(q >= 0 && q <= 1)) throw new OptionError(`quantile() q must be in the range [0, 1] but got ${q}`);
    return new Tensor(full([1], q, input.dtype, input.impl.engine));
  }
  checkTensor('quantile', q, 'q');
  if (q.ndim > 1) throw new ShapeError(`quantile() q must be a scalar or 1D tensor\n  got ${formatShape(q.shape)}`);
  if (q.dtype !== input.dtype)
    throw new DTypeError(
      `quantile() q tensor must be same dtype as the input tensor\n  got ${q.dtype} for ${input.dtype}`,
    );
  return q.reshape(-1);
}

/** Reports levels out of range with the next read. */
function watch(q: Tensor): void {
  const flag = scope(() => q.detach().lt(0).logicalOr(q.detach().gt(1)).any());
  q.impl.engine.assertFalse(
    flag.impl.storage.value,
    () => new OptionError('quantile() q values must be in the range [0, 1]'),
  );
}

/** a + weight·(b − a), from the nearer end. */
function between(a: Tensor, b: Tensor, weight: Tensor): Tensor {
  const step = b.sub(a);
  const upper = b.sub(step.mul(weight.neg().add(1)));
  return a.add(step.mul(weight)).where(weight.lt(0.5), upper);
}

/** The quantiles of each row: x is (…, n), q is (Q), the result (…, Q). */
function quantilesOf(x: Tensor, q: Tensor, interpolation: QuantileInterpolation, ignoreNan: boolean): Tensor {
  const last = x.ndim - 1;
  const n = x.shape[last]!;
  const [values] = sorted(x.impl, last);
  const nans = countNan(x.detach(), last);
  const ranks = ignoreNan
    ? q
        .mul(
          nans
            .neg()
            .add(n - 1)
            .to(q.dtype),
        )
        .clamp(0)
    : q
        .mul(n - 1)
        .mul(nans.eq(0).to(q.dtype))
        .add(
          nans
            .gt(0)
            .to(q.dtype)
            .mul(n - 1),
        );
  const at = (rank: Tensor): Tensor => new Tensor(pick(values, last, rank.int().impl));
  switch (interpolation) {
    case 'lower':
      return at(ranks.floor());
    case 'higher':
      return at(ranks.ceil());
    case 'nearest':
      return at(ranks.round());
    default: {
      const below = ranks.floor();
      const weight =
        interpolation === 'linear' ? ranks.sub(below) : new Tensor(full(ranks.shape, 0.5, q.dtype, q.impl.engine));
      return between(at(below), at(ranks.ceil()), weight);
    }
  }
}

function quantileArgs(name: string, input: Tensor, q: number | Tensor, rest: QuantileArgs): Tensor {
  checkTensor(name, input);
  const {
    dim = null,
    keepdim = false,
    interpolation = 'linear',
  } = optionalArgs<QuantileOptions>(name, ['dim', 'keepdim', 'interpolation'], rest);
  if (!isFloat(input.dtype))
    throw new DTypeError(
      `quantile() input tensor must be either float or double dtype\n  got ${input.dtype}; cast it with .float()`,
    );
  if (!interpolations.includes(interpolation))
    throw new OptionError(
      `quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got ${describe(interpolation)}`,
    );
  if (input.numel() === 0)
    throw new ShapeError(`quantile() input tensor must be non-empty\n  got ${formatShape(input.shape)}`);
  const d = dim === null ? null : normalizeDim(name, dim, input.ndim);
  const single = typeof q === 'number' || q.ndim === 0;
  const result = composed('SqueezeBackward4', () => {
    const whole = d === null || input.ndim === 0;
    const x = whole
      ? input.flatten()
      : input.permute(
          [...input.shape.keys()].filter((i) => i !== d),
          d,
        );
    const found = quantilesOf(x, levels(input, q), interpolation, name === 'nanquantile');
    const kept = whole ? input.shape.map(() => 1) : input.shape.map((s, i) => (i === d ? 1 : s));
    const left = keepdim ? kept : found.shape.slice(0, -1);
    const first = found.permute(found.ndim - 1, ...found.shape.slice(0, -1).keys());
    return first.reshape(single ? left : [found.shape.at(-1)!, ...left]);
  });
  if (q instanceof Tensor) watch(q);
  return result;
}

/**
 * The q-th quantiles along a dim, or of all elements: where rank q·(n − 1) falls between two sorted elements, what
 * `interpolation` says. q is a number, or a 1-d tensor: its dim then comes first. NaN where there is a NaN. Source:
 * torch.quantile.
 *
 * @throws OptionError when q is not in [0, 1] (for a tensor at the next read), DTypeError for integers, ShapeError for no
 * elements.
 * @example
 * await quantile(tensor([0, 1, 2, 4.5]), 0.5).item(); // 1.5
 * await quantile(tensor([[0, 1], [2, 4.5]]), tensor([0, 0.5]), { dim: 1 }).tolist(); // [[0, 2], [0.5, 3.25]]
 */
export function quantile<D extends DType>(input: Tensor<D>, q: number | Tensor, ...rest: QuantileArgs): Tensor<D> {
  return quantileArgs('quantile', input, q, rest) as Tensor<D>;
}

/**
 * As {@link quantile}, but NaN is left out; NaN only where there is nothing else. Source: torch.nanquantile.
 *
 * @throws OptionError when q is not in [0, 1] (for a tensor at the next read), DTypeError for integers, ShapeError for no
 * elements.
 * @example
 * await nanquantile(tensor([1, NaN, 2]), 0.5).item(); // 1.5
 */
export function nanquantile<D extends DType>(input: Tensor<D>, q: number | Tensor, ...rest: QuantileArgs): Tensor<D> {
  return quantileArgs('nanquantile', input, q, rest) as Tensor<D>;
}
