/** Differences of neighbours, derivatives by finite differences, and integrals by the trapezoidal rule. */
import { type DType, isFloat } from '../../core/dtype.ts';
import { DTypeError, OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { formatShape, normalizeDim } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { full } from '../impl/common.ts';
import type { Returning } from '../methods.ts';
import { scope } from '../scope.ts';
import { checkTensor, Tensor } from '../tensor.ts';
import { cat } from './core.ts';
import { cumsum } from './scans.ts';
import { narrow } from './views.ts';

/** All but the first `n` along a dim, and all but the last. */
const behind = (x: Tensor, dim: number, n = 1): Tensor => narrow(x, dim, n, x.shape[dim]! - n);
const before = (x: Tensor, dim: number, n = 1): Tensor => narrow(x, dim, 0, x.shape[dim]! - n);

/** Options of {@link diff}. */
export interface DiffOptions {
  /** How often to take differences. Default: 1. */
  readonly n?: number;
  /** Along which dim. Default: the last. */
  readonly dim?: number;
  /** Elements to put before the tensor first, along that dim. */
  readonly prepend?: Tensor | null;
  /** Elements to put behind it. */
  readonly append?: Tensor | null;
}
type DiffArgs = OptionalArgs<[n: number, dim: number], DiffOptions>;

/**
 * The n-th differences of neighbours along `dim` (default: the last): out_k = x_{k+1} − x_k, n times. Of bools, whether they
 * differ. Source: torch.diff.
 *
 * @throws ShapeError for a 0-d tensor, or where what to put before or behind does not fit; OptionError for negative n.
 * @example
 * await diff(tensor([1, 4, 9])).tolist(); // [3, 5]
 * await diff(tensor([1, 4, 9]), 2).tolist(); // [2]
 */
export function diff<D extends DType>(input: Tensor<D>, ...rest: DiffArgs): Tensor<D> {
  checkTensor('diff', input);
  const options = optionalArgs<DiffOptions>('diff', ['n', 'dim', 'prepend', 'append'], rest);
  const { n = 1, dim = -1, prepend = null, append = null } = options;
  if (!Number.isInteger(n)) wrongType('diff', 'n', 'int', n);
  if (input.ndim === 0) throw new ShapeError('diff expects input to be at least one-dimensional\n  got a 0-d tensor');
  const d = normalizeDim('diff', dim, input.ndim);
  if (n < 0) throw new OptionError(`order must be non-negative but got ${n}\n  in diff`);
  checkEnd('prepend', input, prepend, d);
  checkEnd('append', input, append, d);
  return composed('SubBackward0', () => {
    const ends = [prepend, input, append].filter((t): t is Tensor => t !== null);
    let x: Tensor = n === 0 || ends.length === 1 ? input : cat(ends, d);
    if (n === 0) return x.clone();
    for (let left = Math.min(n, x.shape[d]!); left > 0; left--) {
      const [next, last] = [behind(x, d), before(x, d)];
      x = x.dtype === 'bool' ? next.logicalXor(last) : next.sub(last);
    }
    return x;
  }) as Tensor<D>;
}
function checkEnd(name: string, input: Tensor, end: Tensor | null, dim: number): void {
  if (end === null) return;
  checkTensor('diff', end, name);
  if (end.ndim !== input.ndim)
    throw new ShapeError(
      `diff expects prepend or append to be the same dimension as input\n  ${name} of ${formatShape(end.shape)} to ${formatShape(input.shape)}`,
    );
  const odd = input.shape.findIndex((size, i) => i !== dim && size !== end.shape[i]);
  if (odd >= 0)
    throw new ShapeError(
      `diff expects the shape of tensor to prepend or append to match that of input except along the differencing dimension; input.size(${odd}) = ${input.shape[odd]}, but got tensor.size(${odd}) = ${end.shape[odd]}`,
    );
}

/** Options of {@link gradient}. */
export interface GradientOptions {
  /**
   * The distance of neighbours: one number for all dims, or a list with a number, or a vector of coordinates, for each.
   * Default: 1.
   */
  readonly spacing?: number | Tensor | readonly number[] | readonly Tensor[] | null;
  /** Along which dims. Default: all. */
  readonly dim?: number | readonly number[] | null;
  /** The order of accuracy at both ends: 1 (default) or 2. */
  readonly edgeOrder?: 1 | 2;
}

/**
 * Derivatives along dims by finite differences of second order, one tensor for each dim: central ones inside, one-sided ones at
 * both ends. Integers give float32. Source: torch.gradient.
 *
 * @throws ShapeError for a dim of less than edgeOrder + 1 elements, OptionError where there is not one spacing for each dim.
 * @example
 * const [dx] = gradient(tensor([1, 4, 9, 16]));
 * await dx!.tolist(); // [3, 4, 6, 7]
 */
export function gradient(
  input: Tensor,
  ...rest: OptionalArgs<[spacing: GradientOptions['spacing'], dim: GradientOptions['dim']], GradientOptions>
): Tensor[] {
  checkTensor('gradient', input);
  const options = optionalArgs<GradientOptions>('gradient', ['spacing', 'dim', 'edgeOrder'], rest);
  const { spacing = 1, edgeOrder = 1 } = options;
  const given = options.dim ?? null;
  const dims = given === null ? [...input.shape.keys()] : typeof given === 'number' ? [given] : given;
  const spacings = listed(spacing ?? 1, dims.length, given === null, input.ndim);
  if (edgeOrder !== 1 && edgeOrder !== 2)
    throw new OptionError('torch.gradient only supports edge_order=1 and edge_order=2.\n  in gradient');
  const along = dims.map((d) => normalizeDim('gradient', d, input.ndim));
  const twice = along.find((d, i) => along.indexOf(d) !== i);
  if (twice !== undefined)
    throw new ShapeError(`dim ${twice} appears multiple times in the list of dims\n  in gradient`);
  for (const d of along)
    if ((input.shape[d] ?? 1) < edgeOrder + 1)
      throw new ShapeError(
        `torch.gradient expected each dimension size to be at least edge_order+1\n  in gradient of ${formatShape(input.shape)} along dim ${d}`,
      );
  for (const s of spacings)
    if (s instanceof Tensor && Array.isArray(spacing) && s.ndim !== 1)
      throw new ShapeError(
        `torch.gradient expected each element of spacing to have one dimension, but got an element with ${s.ndim} dimensions!`,
      );
  return scope(() => {
    const x = isFloat(input.dtype) ? input : input.float();
    return along.map((d, i) => derivative(x, spacings[i]!, d, edgeOrder));
  });
}

/** One spacing for each dim. */
function listed(
  spacing: NonNullable<GradientOptions['spacing']>,
  dims: number,
  isEvery: boolean,
  rank: number,
): readonly (number | Tensor)[] {
  if (typeof spacing === 'number' || spacing instanceof Tensor) {
    return Array.from({ length: dims }, () => spacing);
  }
  if (!Array.isArray(spacing)) wrongType('gradient', 'spacing', 'a number or a list', spacing);
  const list: readonly (number | Tensor)[] = spacing;
  if (list.length === dims) return list;
  throw new OptionError(
    isEvery
      ? `torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to 'self.dim() = ${rank}', since dim argument was not given, but got a list of length ${list.length}`
      : `torch.gradient expected spacing to be unspecified, a scalar or it's spacing and dim arguments to have the same length, but got a spacing argument of length ${list.length} and a dim argument of length ${dims}.`,
  );
}

/** The derivative of the parabola through three neighbours at `at`, as factors of them; `a` and `b` are the two distances. */
type Stencil = (a: Tensor, b: Tensor) => readonly [Tensor, Tensor, Tensor];
const inside: Stencil = (a, b) => [b.div(a.mul(a.add(b))).neg(), b.sub(a).div(a.mul(b)), a.div(b.mul(a.add(b)))];
const atFirst: Stencil = (a, b) => [
  a
    .mul(2)
    .add(b)
    .div(a.mul(a.add(b)))
    .neg(),
  a.add(b).div(a.mul(b)),
  a.div(b.mul(a.add(b))).neg(),
];
const atLast: Stencil = (a, b) => [
  b.div(a.mul(a.add(b))),
  a.add(b).div(a.mul(b)).neg(),
  b
    .mul(2)
    .add(a)
    .div(b.mul(a.add(b))),
];

function derivative(x: Tensor, spacing: number | Tensor, dim: number, edgeOrder: 1 | 2): Tensor {
  const n = x.shape[dim]!;
  const part = (start: number, size: number): Tensor => narrow(x, dim, start, size);
  // Three neighbours at each place, at the first and at the last.
  const three = (start: number, size: number): Tensor[] => [0, 1, 2].map((i) => part(start + i, size));
  if (typeof spacing === 'number' || spacing.ndim === 0) {
    const slope = (high: Tensor, low: Tensor): Tensor => high.sub(low).div(spacing);
    const bent = ([p, q, r]: Tensor[], [f, g, h]: readonly [number, number, number]): Tensor =>
      p!.mul(f).add(q!.mul(g)).add(r!.mul(h)).div(spacing);
    const ends =
      edgeOrder === 1
        ? [slope(part(1, 1), part(0, 1)), slope(part(n - 1, 1), part(n - 2, 1))]
        : [bent(three(0, 1), [-1.5, 2, -0.5]), bent(three(n - 3, 1), [0.5, -2, 1.5])];
    return cat([ends[0]!, slope(part(2, n - 2), part(0, n - 2)).div(2), ends[1]!], dim);
  }
  const shape = x.shape.map((_, i) => (i === dim ? spacing.shape[0]! - 1 : 1));
  const gaps = diff(spacing.to(x.dtype)).reshape(shape);
  const gap = (start: number, size: number): Tensor => narrow(gaps, dim, start, size);
  const slope = (start: number): Tensor =>
    part(start + 1, 1)
      .sub(part(start, 1))
      .div(gap(start, 1));
  const bent = (stencil: Stencil, start: number, size: number): Tensor => {
    const [p, q, r] = three(start, size);
    const [f, g, h] = stencil(gap(start, size), gap(start + 1, size));
    return p!.mul(f).add(q!.mul(g)).add(r!.mul(h));
  };
  const ends = edgeOrder === 1 ? [slope(0), slope(n - 2)] : [bent(atFirst, 0, 1), bent(atLast, n - 3, 1)];
  return cat([ends[0]!, bent(inside, 0, n - 2), ends[1]!], dim);
}

/** Options of {@link trapezoid} and {@link cumulativeTrapezoid}. */
export interface TrapezoidOptions {
  /** Where the samples are: a vector, or a tensor that broadcasts. */
  readonly x?: Tensor | null;
  /** Or their distance. Default: 1. */
  readonly dx?: number | null;
  /** Along which dim. Default: the last. */
  readonly dim?: number;
}
type TrapezoidArgs = OptionalArgs<[x: Tensor | null], TrapezoidOptions> | [x: Tensor | null, options: TrapezoidOptions];

/** Twice the mean of neighbours times their distance, and that distance where it is one number. */
function areas(name: string, y: Tensor, rest: TrapezoidArgs): { dim: number; twice: () => Tensor; dx: number } {
  checkTensor(name, y, 'y');
  const options = optionalArgs<TrapezoidOptions>(name, ['x', 'dx', 'dim'], rest);
  const { x = null, dx, dim = -1 } = options;
  if (x !== null && dx !== undefined && dx !== null)
    throw new OptionError(`${name}() received both x and dx, but expected only one.`);
  const said = name === 'trapezoid' ? name : 'cumulative_trapezoid';
  if (y.ndim === 0)
    throw new ShapeError(
      name === 'trapezoid'
        ? `Dimension specified as ${dim} but tensor has no dimensions\n  in ${name}`
        : `slice() cannot be applied to a 0-dim tensor.\n  in ${name}`,
    );
  const d = normalizeDim(name, dim, y.ndim);
  if (y.dtype === 'bool' || x?.dtype === 'bool')
    throw new DTypeError(
      `${said}: received a bool input for ${x === null ? '`y`' : '`x` or `y`'}, but bool is not supported\n  cast it with .float()`,
    );
  const sums = (): Tensor => behind(y, d).add(before(y, d));
  if (x === null) return { dim: d, twice: sums, dx: dx ?? 1 };
  checkTensor(name, x, 'x');
  if (x.ndim === 1 && x.shape[0] !== y.shape[d])
    throw new ShapeError(
      `${said}: There must be one \`x\` value for each sample point\n  got ${x.shape[0]} for ${y.shape[d]} along dim ${d}`,
    );
  const shape =
    x.ndim === 1
      ? y.shape.map((_, i) => (i === d ? x.shape[0]! : 1))
      : [...Array<number>(Math.max(y.ndim - x.ndim, 0)).fill(1), ...x.shape];
  const along = d + Math.max(x.ndim - y.ndim, 0);
  return {
    dim: d,
    twice: () => {
      const at = x.reshape(shape);
      return sums().mul(behind(at, along).sub(before(at, along)));
    },
    dx: 1,
  };
}

/**
 * The integral of samples `y` along `dim` (default: the last) by the trapezoidal rule: Σ (y_k + y_{k+1})/2 · Δx, with samples at
 * `x`, or at the distance `dx` (default: 1). Source: torch.trapezoid.
 *
 * @throws ShapeError when x does not fit, DTypeError for bool.
 * @example
 * await trapezoid(tensor([1, 5, 10])).item(); // 10.5
 * await trapezoid(tensor([1, 5, 10]), tensor([1, 3, 6])).item(); // 28.5
 */
export function trapezoid(y: Tensor, ...rest: TrapezoidArgs): Tensor {
  const { dim, twice, dx } = areas('trapezoid', y, rest);
  return composed('DivBackward0', () => (y.shape[dim] === 0 ? zerosWithout(y, dim) : twice().sum(dim).mul(dx).div(2)));
}
const zerosWithout = (y: Tensor, dim: number): Tensor =>
  new Tensor(
    full(
      y.shape.filter((_, i) => i !== dim),
      0,
      isFloat(y.dtype) ? y.dtype : 'float32',
      y.impl.engine,
    ),
  );

/** Alias of {@link trapezoid}. */
export const trapz = trapezoid;

/**
 * The integrals up to each sample but the first, as {@link trapezoid}. Source: torch.cumulative_trapezoid.
 *
 * @throws ShapeError when x does not fit, DTypeError for bool.
 * @example
 * await cumulativeTrapezoid(tensor([1, 5, 10])).tolist(); // [3, 10.5]
 */
export function cumulativeTrapezoid(y: Tensor, ...rest: TrapezoidArgs): Tensor {
  const { dim, twice, dx } = areas('cumulativeTrapezoid', y, rest);
  return composed('DivBackward0', () => (y.shape[dim] === 0 ? y.clone() : cumsum(twice(), dim).mul(dx).div(2)));
}

/** The methods of this family. */
export const differenceMethods = { diff };
/** Their types on Tensor<D>. */
export type DifferenceMethods<D extends DType> = Returning<typeof differenceMethods, Tensor<D>>;
