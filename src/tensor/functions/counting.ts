/** Where elements are that are not zero, how many, and between which bounds all are. */
import type { DType } from '../../core/dtype.ts';
import { checkOptions, describe, OptionError, ShapeError } from '../../core/errors.ts';
import { contiguousStrides, formatShape, normalizeDim } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { full } from '../impl/common.ts';
import { part, sorted, uploaded } from '../impl/sorting.ts';
import { scope } from '../scope.ts';
import { checkTensor, Tensor } from '../tensor.ts';
import { floorDivide, remainder } from './arithmetic.ts';
import { cat } from './core.ts';

/** Row-major positions of what is not zero. */
async function hits(input: Tensor): Promise<Int32Array> {
  const mask = await input.bool().data();
  const found = new Int32Array(mask.reduce((n, hit) => n + hit, 0));
  for (let i = 0, n = 0; i < mask.length; i++) if (mask[i] !== 0) found[n++] = i;
  return found;
}

/** Options of {@link nonzero}. */
export interface NonzeroOptions {
  /** A list of one int32 vector per dim instead of one tensor: what {@link Tensor.at} takes. */
  readonly asTuple?: boolean;
}

/**
 * Where the elements are that are not zero: an int32 tensor (n, number of dims) with a row of indices for each, in row-major
 * order. How many there are depends on the data: await it. With `asTuple` a list of vectors, one per dim. Source:
 * torch.nonzero.
 *
 * @example
 * await (await nonzero(tensor([[1, 0], [0, 2]]))).tolist(); // [[0, 0], [1, 1]]
 */
export function nonzero(input: Tensor, options?: { readonly asTuple?: false }): Promise<Tensor<'int32'>>;
export function nonzero(input: Tensor, options: { readonly asTuple: true }): Promise<Tensor<'int32'>[]>;
export function nonzero(input: Tensor, options?: NonzeroOptions): Promise<Tensor<'int32'> | Tensor<'int32'>[]>;
export async function nonzero(
  input: Tensor,
  options: NonzeroOptions = {},
): Promise<Tensor<'int32'> | Tensor<'int32'>[]> {
  checkTensor('nonzero', input);
  checkOptions('nonzero', options, ['asTuple']);
  const { shape } = options.asTuple && input.ndim === 0 ? input.reshape(1) : input;
  const { engine } = input.impl;
  const found = await hits(input);
  const strides = contiguousStrides(shape);
  const coordinate = (position: number, d: number): number => Math.floor(position / strides[d]!) % shape[d]!;
  if (options.asTuple)
    return shape.map(
      (_, d) =>
        new Tensor(
          uploaded(
            engine,
            found.map((p) => coordinate(p, d)),
            [found.length],
          ),
        ),
    );
  const rank = shape.length;
  const table = new Int32Array(found.length * rank);
  for (let n = 0; n < table.length; n++) table[n] = coordinate(found[Math.floor(n / rank)]!, n % rank);
  return new Tensor(uploaded(engine, table, [found.length, rank]));
}

/**
 * As {@link nonzero}: an int32 tensor (n, number of dims). Source: torch.argwhere.
 *
 * @example
 * await (await argwhere(tensor([0, 3, 4]))).tolist(); // [[1], [2]]
 */
export function argwhere(input: Tensor): Promise<Tensor<'int32'>> {
  return nonzero(input);
}

/** Options of {@link nonzeroStatic}. */
export interface NonzeroStaticOptions {
  /** How many rows the result has. */
  readonly size: number;
  /** What fills the rows that are left over. Default: -1. */
  readonly fillValue?: number;
}

/**
 * As {@link nonzero}, but with the number of rows given, so that nothing has to be read: what is too much is left out, and rows
 * left over hold `fillValue`. Source: torch.nonzero_static.
 *
 * @throws OptionError when the size is no whole number of at least 0.
 * @example
 * await nonzeroStatic(tensor([3, 0, 4]), { size: 3 }).tolist(); // [[0], [2], [-1]]
 */
export function nonzeroStatic(
  input: Tensor,
  ...rest:
    | [size: number, fillValue?: number]
    | [size: number, options: Omit<NonzeroStaticOptions, 'size'>]
    | [options: NonzeroStaticOptions]
): Tensor<'int32'> {
  checkTensor('nonzeroStatic', input);
  const { size = -1, fillValue = -1 } = optionalArgs<NonzeroStaticOptions>(
    'nonzeroStatic',
    ['size', 'fillValue'],
    rest,
  );
  if (!Number.isInteger(size) || size < 0)
    throw new OptionError(`nonzero_static: 'size' must be an non-negative integer, got ${describe(size)}`);
  const { engine } = input.impl;
  const { shape } = input;
  const vector = (values: readonly number[]): Tensor =>
    new Tensor(uploaded(engine, Int32Array.from(values), [values.length]));
  if (shape.length === 0) return new Tensor(uploaded(engine, new Int32Array(0), [size, 0]));
  return scope(() => {
    const hit = input.bool().flatten();
    const taken = Math.min(size, hit.numel());
    // A stable sort puts the hits first, in order.
    const [used, at] = sorted(hit.impl, 0, true).map((v) => new Tensor(part(v, 0, 0, taken)).unsqueeze(1));
    const sizes = vector(shape.map((d) => Math.max(d, 1)));
    const rows = remainder(floorDivide(at!, vector(contiguousStrides(shape))), sizes).where(used!, fillValue);
    const left = new Tensor(full([size - taken, shape.length], fillValue, 'int32', engine));
    return cat([rows, left]) as Tensor<'int32'>;
  });
}

/**
 * Whether the only element is not zero: await it. Source: torch.is_nonzero.
 *
 * @throws ShapeError for any other number of elements.
 * @example
 * await isNonzero(tensor([0.5])); // true
 */
export async function isNonzero(input: Tensor): Promise<boolean> {
  checkTensor('isNonzero', input);
  const count = input.numel();
  if (count !== 1)
    throw new ShapeError(
      `Boolean value of Tensor with ${count === 0 ? 'no values' : 'more than one value'} is ambiguous\n  in isNonzero of shape ${formatShape(input.shape)}`,
    );
  return (await input.item()) !== 0;
}

/** Options of {@link countNonzero}. */
export interface CountOptions {
  /** One dim, several, or (null) all. */
  readonly dim?: number | readonly number[] | null;
}

/**
 * How many elements are not zero, over all dims or some (int32). NaN is not zero. Source: torch.count_nonzero.
 *
 * @example
 * await countNonzero(tensor([[1, 0], [2, 3]]), 1).tolist(); // [1, 2]
 */
export function countNonzero(
  input: Tensor,
  ...rest: OptionalArgs<[dim: number | readonly number[] | null], CountOptions>
): Tensor<'int32'> {
  checkTensor('countNonzero', input);
  const { dim = null } = optionalArgs<CountOptions>('countNonzero', ['dim'], rest);
  return scope(() => input.bool().sum(dim) as Tensor<'int32'>);
}

/** Options of {@link aminmax}. */
export interface AminmaxOptions {
  /** Along which dim; null is over all. */
  readonly dim?: number | null;
  /** Keep the dim with size 1. */
  readonly keepdim?: boolean;
}
/** What {@link aminmax} takes after its tensor. */
export type AminmaxArgs = OptionalArgs<[dim: number | null, keepdim: boolean], AminmaxOptions>;
/** What {@link aminmax} returns. */
export interface MinMax<D extends DType = DType> {
  readonly min: Tensor<D>;
  readonly max: Tensor<D>;
}

/**
 * The least and the greatest element, of all or along a dim. NaN if there is one; equal ones share the gradient. Source:
 * torch.aminmax.
 *
 * @throws ShapeError for no elements.
 * @example
 * const { min, max } = aminmax(tensor([3, 1, 2]));
 * await min.item(); // 1
 * await max.item(); // 3
 */
export function aminmax<D extends DType>(input: Tensor<D>, ...rest: AminmaxArgs): MinMax<D> {
  checkTensor('aminmax', input);
  const { dim = null, keepdim = false } = optionalArgs<AminmaxOptions>('aminmax', ['dim', 'keepdim'], rest);
  const d = dim === null ? null : normalizeDim('aminmax', dim, input.ndim);
  if (d === null && input.numel() === 0)
    throw new ShapeError(
      `aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.\n  got shape ${formatShape(input.shape)}`,
    );
  if (d !== null && input.shape[d] === 0)
    throw new ShapeError(
      `aminmax: Expected reduction dim ${d} to have non-zero size.\n  got shape ${formatShape(input.shape)}`,
    );
  const [min, max] = composed('AminmaxBackward0', () => {
    const x: Tensor = input.dtype === 'bool' ? input.int() : input;
    const over = input.ndim === 0 ? null : d;
    return [x.amin(over, keepdim), x.amax(over, keepdim)].map((v) => v.to(input.dtype));
  });
  return { min, max } as MinMax<D>;
}
