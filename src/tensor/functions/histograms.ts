/** Counting into bins: of whole numbers, and of ranges of numbers. */
import { type DType, isFloat } from '../../core/dtype.ts';
import { DTypeError, describe, OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape, numel, type Shape, sameShape } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { full, op } from '../impl/common.ts';
import { refuseGradient, search } from '../impl/sorting.ts';
import { scope } from '../scope.ts';
import { checkTensor, Tensor, varOf } from '../tensor.ts';
import { aminmax } from './counting.ts';

/** Options of {@link bincount}. */
export interface BincountOptions {
  /** What each element counts, instead of 1. */
  readonly weights?: Tensor | null;
  /** The result has at least this many elements. */
  readonly minlength?: number;
}

/**
 * How often each of the numbers 0, 1, 2 … occurs in a 1-d integer tensor (int32), or the sum of the weights there. The result
 * ends with the greatest number that occurs: await it. The same sum on every run. Source: torch.bincount.
 *
 * @throws ShapeError when it is not 1-d or holds negative numbers, DTypeError for floats and bool.
 * @example
 * await (await bincount(tensor([1, 3, 1]))).tolist(); // [0, 2, 0, 1]
 */
export async function bincount(
  input: Tensor,
  ...rest: OptionalArgs<[weights: Tensor | null, minlength: number], BincountOptions>
): Promise<Tensor> {
  checkTensor('bincount', input);
  const { weights = null, minlength = 0 } = optionalArgs<BincountOptions>('bincount', ['weights', 'minlength'], rest);
  if (isFloat(input.dtype) || input.dtype === 'bool')
    throw new DTypeError(
      `"bincount_cpu" not implemented for '${input.dtype === 'bool' ? 'Bool' : 'Float'}'\n  in bincount: cast it with .to('int32')`,
    );
  if (!Number.isInteger(minlength) || minlength < 0)
    throw new OptionError(`minlength should be >= 0\n  in bincount: got ${describe(minlength)}`);
  if (input.ndim !== 1) throw notCountable(`got shape ${formatShape(input.shape)}`);
  if (weights !== null) {
    checkTensor('bincount', weights, 'weights');
    if (!sameShape(weights.shape, input.shape))
      throw new ShapeError(
        `weights should be 1-d and have the same length as input\n  in bincount: got ${formatShape(weights.shape)} for ${formatShape(input.shape)}`,
      );
  }
  let length = minlength;
  if (input.numel() > 0) {
    const { min, max } = aminmax(input);
    const [least, greatest] = await Promise.all([min.item(), max.item()]);
    if (least < 0) throw notCountable(`got ${least}`);
    length = Math.max(length, greatest + 1);
    input.impl.engine.backend.checkSize('bincount', [length], 'int32');
  }
  return scope(() => {
    const values = weights === null ? null : isFloat(weights.dtype) ? weights : weights.float();
    return addedUp(input.to('int32'), values, length);
  });
}
const notCountable = (got: string): ShapeError =>
  new ShapeError(`bincount only supports 1-d non-negative integral inputs.\n  ${got}`);

/** Weights, or ones (int32), added up at their places; what has no place in [0, length) is left out. */
function addedUp(places: Tensor, weights: Tensor | null, length: number): Tensor {
  const { engine } = places.impl;
  const dtype = weights?.dtype ?? 'int32';
  const each = weights?.impl ?? full(places.shape, 1, dtype, engine);
  return new Tensor(op('scatterAdd', [full([length], 0, dtype, engine), places.impl, each], { dim: 0 }));
}

/** Options of {@link histc}. */
export interface HistcOptions {
  /** Number of bins. Default: 100. */
  readonly bins?: number;
  /** Where the first bin begins. */
  readonly min?: number;
  /** Where the last bin ends. Where it equals `min`, as by default, the bins span the data. */
  readonly max?: number;
}

/** Reports, with the next read, bounds that are not finite. */
function watchRange(name: string, low: Tensor, high: Tensor): void {
  const flag = scope(() => high.sub(low).abs().lt(Number.POSITIVE_INFINITY).logicalNot());
  low.impl.engine.assertFalse(
    flag.impl.storage.value,
    () => new OptionError(`${name}: range of the data is not finite\n  give one, or leave out NaN and infinities`),
  );
}
const constant = (input: Tensor, value: number): Tensor => new Tensor(full([], value, input.dtype, input.impl.engine));

/** From where to where the bins go: as given, else over the data, else `margin` to either side of the one number there is. */
function rangeOf(name: string, input: Tensor, given: Pair | null, margin: number): [low: Tensor, high: Tensor] {
  if (given) return [constant(input, given[0]), constant(input, given[1])];
  const { min, max } = aminmax(input);
  watchRange(name, min, max);
  const single = min.eq(max).to(input.dtype).mul(margin);
  return [min.sub(single), max.add(single)];
}

type Pair = readonly [low: number, high: number];
function checkRange(name: string, [low, high]: Pair): void {
  if (!Number.isFinite(low) || !Number.isFinite(high))
    throw new OptionError(`${name}: range of [${low}, ${high}] is not finite`.replace('Infinity', 'inf'));
  if (high < low) throw new OptionError(`${name}: max must be larger than min\n  got [${low}, ${high}]`);
}
function checkBins(name: string, bins: unknown, d = 0): void {
  if (!Number.isInteger(bins)) throw new OptionError(`${name}(): argument 'bins' must be int, not ${describe(bins)}`);
  if ((bins as number) <= 0)
    throw new OptionError(`torch.histogram(): bins must be > 0, but got ${bins} for dimension ${d}\n  in ${name}`);
}
function checkFloat(name: string, input: Tensor): void {
  if (!isFloat(input.dtype))
    throw new DTypeError(`"${name}" not implemented for '${input.dtype}'\n  cast it with .float()`);
}

/**
 * How many elements fall into each of `bins` bins of equal width between `min` and `max` (by default, of the data), in the
 * dtype of the input. Elements outside and NaN are left out; the last bin holds its upper bound. Nothing is read: where the
 * data's own range is not finite, the next read says so. Source: torch.histc.
 *
 * @throws OptionError for no bins or `max` below `min`, DTypeError for integers, GradError when the tensor requires grad.
 * @example
 * await histc(tensor([1, 2, 1], { dtype: 'float32' }), { bins: 4, min: 0, max: 3 }).tolist(); // [0, 2, 1, 0]
 */
export function histc<D extends DType>(
  input: Tensor<D>,
  ...rest: OptionalArgs<[bins: number, min: number, max: number], HistcOptions>
): Tensor<D> {
  checkTensor('histc', input);
  const { bins = 100, min = 0, max = 0 } = optionalArgs<HistcOptions>('histc', ['bins', 'min', 'max'], rest);
  checkFloat('histogram_cpu', input);
  refuseGradient('histc', input.impl);
  checkBins('histc', bins);
  checkRange('torch.histc', [min, max]);
  return scope(() => {
    if (input.numel() === 0) return new Tensor(full([bins], 0, input.dtype, input.impl.engine));
    const x = input.flatten();
    const [low, high] = rangeOf('torch.histc', input, min === max ? null : [min, max], 1);
    const bin = x
      .sub(low)
      .mul(bins)
      .div(high.sub(low))
      .clamp({ max: bins - 1 })
      .int();
    return addedUp(inside(x, low, high, bin), null, bins).to(input.dtype);
  }) as Tensor<D>;
}
/** The bin of what lies in [low, high], and −1 for everything else. */
const inside = (x: Tensor, low: Tensor, high: Tensor, bin: Tensor): Tensor =>
  bin.where(x.ge(low).logicalAnd(x.le(high)), -1);

/** Options of {@link histogram} and {@link histogramdd}. */
export interface HistogramOptions {
  /**
   * Where the first bin begins and the last one ends, for a number of bins; for several dims one pair after the other.
   * Default: the range of the data.
   */
  readonly range?: readonly number[] | null;
  /** What each element counts, instead of 1: of the input's shape (without the last dim for several dims). */
  readonly weight?: Tensor | null;
  /** Divide by the total and by the widths of the bins, so that the integral is 1. */
  readonly density?: boolean;
}
type RangeArgs = OptionalArgs<
  [range: readonly number[] | null, weight: Tensor | null, density: boolean],
  HistogramOptions
>;
interface BinnedOptions extends HistogramOptions {
  readonly bins?: number | Tensor;
}
/** What {@link histogram} takes after its tensor: bins (100 by default) and the rest. */
export type HistogramArgs =
  | OptionalArgs<
      [bins: number | Tensor, range: readonly number[] | null, weight: Tensor | null, density: boolean],
      BinnedOptions
    >
  | [bins: number | Tensor, options: HistogramOptions];
/** What {@link histogram} returns. */
export interface Histogram<D extends DType = DType> {
  readonly hist: Tensor<D>;
  readonly binEdges: Tensor<D>;
}
/** What {@link histogramdd} returns. */
export interface Histogramdd<D extends DType = DType> {
  readonly hist: Tensor<D>;
  readonly binEdges: Tensor<D>[];
}

/** A bin per element and dim of x (N, D), counted together. */
function counted(
  name: string,
  x: Tensor,
  bins: readonly (number | Tensor)[],
  { range = null, weight = null, density = false }: HistogramOptions,
): { hist: Tensor; binEdges: Tensor[] } {
  checkFloat('histogramdd', x);
  refuseGradient(name, x.impl);
  bins.forEach((b, d) => {
    if (b instanceof Tensor) checkEdges(x, b, d, range);
    else checkBins(name, b, d);
  });
  if (range && range.length !== 2 * bins.length)
    throw new OptionError(
      `torch.histogramdd: for a ${bins.length}-dimensional histogram range should have ${2 * bins.length} elements, but got ${range.length}`,
    );
  const pairs = bins.map((_, d): Pair | null => (range ? [range[2 * d]!, range[2 * d + 1]!] : null));
  for (const pair of pairs) if (pair) checkRange('torch.histogramdd', pair);
  if (weight !== null) checkWeight(x, weight);
  const [hist, ...binEdges] = scope(() => {
    const columns = bins.map((_, d) => x.at(':', d));
    const edges = columns.map((column, d) => {
      const b = bins[d]!;
      return b instanceof Tensor ? b : evenEdges(column, b, pairs[d]!);
    });
    const shape = edges.map((e) => e.shape[0]! - 1);
    const place = columns
      .map((column, d) => binOf(column, edges[d]!))
      .reduce((all, next, d) =>
        all
          .mul(shape[d]!)
          .add(next)
          .where(all.ge(0).logicalAnd(next.ge(0)), -1),
      );
    const counts = addedUp(place, weight?.flatten() ?? null, numel(shape))
      .to(x.dtype)
      .reshape(shape);
    if (!density) return [counts, ...edges];
    const widths = edges.map((e, d) => e.at([1]).sub(e.at([0, shape[d]!])));
    const volumes = widths.reduce((all, w) => all.unsqueeze(-1).mul(w));
    return [counts.div(counts.sum()).div(volumes), ...edges];
  });
  return { hist: hist!, binEdges };
}

/** The bin of each element, or −1 where it is in none. */
function binOf(x: Tensor, edges: Tensor): Tensor {
  const last = edges.shape[0]! - 1;
  const at = new Tensor(search(edges.impl, x.impl, true)).sub(1).clamp({ max: last - 1 });
  return inside(x, edges.at(0), edges.at(last), at);
}

/**
 * How many elements, or which weight, falls into each bin, and the n + 1 edges of the bins: `bins` is their number, or a 1-d
 * tensor of edges in increasing order. A bin holds its lower edge; the last one the upper too. Elements outside and NaN are
 * left out. Source: torch.histogram.
 *
 * @throws OptionError for no bins, ShapeError for edges that are not 1-d, DTypeError for integers, GradError when the tensor
 * requires grad.
 * @example
 * const { hist, binEdges } = histogram(tensor([1, 2, 1], { dtype: 'float32' }), 2, { range: [0, 2] });
 * await hist.tolist(); // [0, 3]
 * await binEdges.tolist(); // [0, 1, 2]
 */
export function histogram<D extends DType>(input: Tensor<D>, ...rest: HistogramArgs): Histogram<D> {
  checkTensor('histogram', input);
  const names = ['bins', 'range', 'weight', 'density'] as const;
  const { bins = 100, ...options } = optionalArgs<BinnedOptions>('histogram', names, rest);
  const weight = options.weight ?? null;
  if (weight !== null && !sameShape(varOf('histogram', weight, 'weight').shape, input.shape))
    throw weightShape([numel(input.shape), 1], weight);
  const { hist, binEdges } = counted('histogram', input.reshape(-1, 1), [bins], {
    ...options,
    weight: weight?.flatten() ?? null,
  });
  return { hist, binEdges: binEdges[0]! } as Histogram<D>;
}

/**
 * As {@link histogram}, in several dims at once: the input is (…, D), each row a point. `bins` is a list with the number of
 * bins, or the edges, for each of the D dims, or one number for all. Source: torch.histogramdd.
 *
 * @throws OptionError for no bins or a range of another length, ShapeError when there is not one entry of `bins` per dim,
 * DTypeError for integers, GradError when the tensor requires grad.
 * @example
 * const points = tensor([[0, 1], [1, 0], [1, 1]], { dtype: 'float32' });
 * await histogramdd(points, [2, 2]).hist.tolist(); // [[0, 1], [1, 1]]
 */
export function histogramdd<D extends DType>(
  input: Tensor<D>,
  bins: number | readonly (number | Tensor)[],
  ...rest: RangeArgs
): Histogramdd<D> {
  checkTensor('histogramdd', input);
  const options = optionalArgs<HistogramOptions>('histogramdd', ['range', 'weight', 'density'], rest);
  if (input.ndim < 2)
    throw new ShapeError(
      `torch.histogramdd: input tensor should have at least 2 dimensions\n  got ${formatShape(input.shape)}`,
    );
  const dims = input.shape.at(-1)!;
  const each = typeof bins === 'number' ? Array.from({ length: dims }, () => bins) : bins;
  if (each.length !== dims)
    throw new ShapeError(
      `histogramdd: The size of bins must be equal to the innermost dimension of the input.\n  got ${each.length} bin counts for ${dims} dims`,
    );
  const weight = options.weight ?? null;
  if (weight !== null && !sameShape(varOf('histogramdd', weight, 'weight').shape, input.shape.slice(0, -1)))
    throw weightShape(input.shape, weight);
  return counted('histogramdd', input.reshape(-1, dims), each, {
    ...options,
    weight: weight?.flatten() ?? null,
  }) as Histogramdd<D>;
}

function checkEdges(x: Tensor, edges: Tensor, d: number, range: readonly number[] | null): void {
  if (range) throw new OptionError('torch.histogramdd: range goes with a number of bins, not with their edges');
  if (edges.ndim !== 1)
    throw new ShapeError(
      `torch.histogramdd: bins tensor should have one dimension, but got ${edges.ndim} dimensions in the bins tensor for dimension ${d}`,
    );
  if (edges.dtype !== x.dtype)
    throw new DTypeError(
      `torch.histogramdd: input tensor and bins tensors should have the same dtype, but got input with dtype ${x.dtype} and bins for dimension ${d} with dtype ${edges.dtype}`,
    );
  if (edges.numel() < 2)
    throw new ShapeError(`torch.histogramdd: bins tensor for dimension ${d} should have at least two edges`);
}
const weightShape = (shape: Shape, weight: Tensor): ShapeError =>
  new ShapeError(
    `torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor excluding its innermost dimension, but got input with shape ${formatShape(shape)} and weight with shape ${formatShape(weight.shape)}`,
  );
function checkWeight(x: Tensor, weight: Tensor): void {
  if (weight.dtype !== x.dtype)
    throw new DTypeError(
      `torch.histogramdd: if weight tensor is provided, input tensor and weight tensor should have the same dtype, but got input(${x.dtype}), and weight(${weight.dtype})`,
    );
}

/** Edges at equal distances: counted from the nearer end, as linspace does, so that both ends are exact. */
function evenEdges(input: Tensor, bins: number, given: Pair | null): Tensor {
  const fixed = given ?? (input.numel() === 0 ? ([0, 1] as const) : null);
  const wide = fixed && fixed[0] === fixed[1] ? ([fixed[0] - 0.5, fixed[1] + 0.5] as const) : fixed;
  const [low, high] = rangeOf('torch.histogramdd', input, wide, 0.5);
  const scalars = [0, 1].map((scalar) => ({ scalar, dtype: input.dtype }));
  const i = new Tensor(op('arange', scalars, { shape: [bins + 1], dtype: input.dtype }, input.impl.engine));
  const step = high.sub(low).div(bins);
  return low.add(step.mul(i)).where(i.lt((bins + 1) / 2), high.sub(step.mul(i.neg().add(bins))));
}
