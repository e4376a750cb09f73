/** Running sums, products and extrema along a dim. */
import type { DType, Floating } from '../../core/dtype.ts';
import { isFloat } from '../../core/dtype.ts';
import { checkOptions } from '../../core/errors.ts';
import { normalizeDim } from '../../core/shape.ts';
import { composed, inPlace } from '../compose.ts';
import { type Extremum, extremum } from '../extremum.ts';
import { cast, notImplemented } from '../impl/common.ts';
import { running } from '../impl/scan.ts';
import type { Methods, Returning } from '../methods.ts';
import { checkTensor, Tensor, varOf } from '../tensor.ts';

/** Options of {@link cumsum} and {@link cumprod}. */
export interface RunningOptions {
  /** Convert the tensor to this dtype first. */
  readonly dtype?: DType | null;
}

function accumulated(name: 'cumsum' | 'cumprod', input: Tensor, dim: number, options: RunningOptions): Tensor {
  checkTensor(name, input);
  checkOptions(name, options, ['dtype']);
  const dtype = options.dtype ?? (input.dtype === 'bool' ? 'int32' : input.dtype);
  const d = normalizeDim(name, dim, input.ndim);
  return composed(name === 'cumsum' ? 'CumsumBackward0' : 'CumprodBackward0', () => {
    // Bools are counted, also where the result is to be bool.
    const counted = cast(cast(input.impl, dtype), dtype === 'bool' ? 'int32' : dtype);
    return new Tensor(cast(running(name, counted, d)[0]!, dtype));
  });
}

/**
 * The sum of each element and all before it along `dim`. bool gives int32 (PyTorch: int64); integers wrap. Source: torch.cumsum.
 *
 * @throws ShapeError when there is no such dim.
 * @example
 * await cumsum(tensor([1, 2, 3]), 0).tolist(); // [1, 3, 6]
 */
export function cumsum(input: Tensor, dim: number, options: RunningOptions = {}): Tensor {
  return accumulated('cumsum', input, dim, options);
}
/**
 * The product of each element and all before it along `dim`. bool gives int32; integers wrap. The gradient is right also
 * where elements are zero. Source: torch.cumprod.
 *
 * @throws ShapeError when there is no such dim.
 * @example
 * await cumprod(tensor([1, 2, 3]), 0).tolist(); // [1, 2, 6]
 */
export function cumprod(input: Tensor, dim: number, options: RunningOptions = {}): Tensor {
  return accumulated('cumprod', input, dim, options);
}

function greatestSoFar<D extends DType>(name: 'cummax' | 'cummin', input: Tensor<D>, dim: number): Extremum<D> {
  const x = varOf(name, input);
  const d = normalizeDim(name, dim, input.ndim);
  const [values, indices] = composed(name === 'cummax' ? 'CummaxBackward0' : 'CumminBackward0', () =>
    running(name, x, d).map((v) => new Tensor(v)),
  );
  return extremum(values as Tensor<D>, indices as Tensor<'int32'>);
}
/**
 * The greatest of each element and all before it along `dim`, and where it stands (int32): the last of equal ones. NaN, once
 * met, stays. Source: torch.cummax.
 *
 * @throws ShapeError when there is no such dim.
 * @example
 * const { values, indices } = cummax(tensor([1, 3, 2, 3]), 0);
 * await values.tolist(); // [1, 3, 3, 3]
 * await indices.tolist(); // [0, 1, 1, 3]
 */
export function cummax<D extends DType>(input: Tensor<D>, dim: number): Extremum<D> {
  return greatestSoFar('cummax', input, dim);
}
/**
 * The least of each element and all before it along `dim`, and where it stands (int32): the last of equal ones. NaN, once
 * met, stays. Source: torch.cummin.
 *
 * @throws ShapeError when there is no such dim.
 * @example
 * const { values, indices } = cummin(tensor([3, 1, 2, 1]), 0);
 * await values.tolist(); // [3, 1, 1, 1]
 * await indices.tolist(); // [0, 1, 1, 3]
 */
export function cummin<D extends DType>(input: Tensor<D>, dim: number): Extremum<D> {
  return greatestSoFar('cummin', input, dim);
}

/**
 * log Σ e^x over each element and all before it along `dim`, without overflow. Source: torch.logcumsumexp.
 *
 * @throws ShapeError when there is no such dim, DTypeError for integers and bool.
 * @example
 * await logcumsumexp(tensor([0.5, 0.5, 1.5]), 0).tolist(); // [0.5, 1.1931, 2.0514]
 */
export function logcumsumexp<D extends DType>(input: Tensor<D>, dim: number): Tensor<Floating<D>> {
  const x = varOf('logcumsumexp', input);
  if (!isFloat(input.dtype)) notImplemented('logcumsumexp', 'logcumsumexp_out_cpu', input.dtype);
  const d = normalizeDim('logcumsumexp', dim, input.ndim);
  return composed('LogcumsumexpBackward0', () => new Tensor(running('logcumsumexp', x, d)[0]!)) as Tensor<Floating<D>>;
}

const accumulating = { cumsum, cumprod };
const withPlaces = { cummax, cummin };
const ofFloats = { logcumsumexp };
const overwriting = { cumsum_: inPlace('cumsum_', cumsum), cumprod_: inPlace('cumprod_', cumprod) };

/** The methods of this family. */
export const scanMethods = { ...accumulating, ...withPlaces, ...ofFloats, ...overwriting };
/** Their types on Tensor<D>. */
export interface ScanMethods<D extends DType>
  extends Methods<typeof accumulating>,
    Returning<typeof withPlaces, Extremum<D>>,
    Returning<typeof ofFloats, Tensor<Floating<D>>>,
    Returning<typeof overwriting, Tensor<D>> {}
