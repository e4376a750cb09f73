/** Rounding, signs, limits, and tests for NaN and infinities. */
import { isFloat } from '../../core/dtype.ts';
import { DTypeError } from '../../core/errors.ts';
import type { PointwiseOp } from '../../ops/index.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { full, notImplemented } from '../impl/common.ts';
import * as pointwise from '../impl/pointwise.ts';
import { type ClampOptions, checkTensor, operand, Tensor, type TensorOrNumber, varOf } from '../tensor.ts';
import { abs, neg } from './core.ts';
import { inPlaceTwins, type Twins } from './elementary.ts';

/** Alias of {@link abs}. */
export const absolute: (input: Tensor) => Tensor = abs;
/** Alias of {@link neg}. */
export const negative: (input: Tensor) => Tensor = neg;

/**
 * Rounded towards zero; integers stay as they are. Source: torch.trunc.
 *
 * @throws DTypeError for bools.
 * @example
 * await trunc(tensor([1.7, -1.7])).tolist(); // [1, -1]
 */
export function trunc(input: Tensor): Tensor {
  const x = varOf('trunc', input);
  if (x.dtype === 'bool') notImplemented('trunc', 'trunc_vml_cpu', x.dtype);
  return new Tensor(pointwise.unaryNumeric('trunc', x));
}
/** Alias of {@link trunc}. */
export const fix = trunc;
/**
 * What rounding towards zero leaves: x − trunc(x), with the sign of x. Source: torch.frac.
 *
 * @throws DTypeError for integers and bools.
 * @example
 * await frac(tensor([1.5, -2.25])).tolist(); // [0.5, -0.25]
 */
export function frac(input: Tensor): Tensor {
  checkTensor('frac', input);
  if (!isFloat(input.dtype)) notImplemented('frac', 'frac_cpu', input.dtype);
  return composed('FracBackward0', () => input.sub(trunc(input)));
}
/**
 * The sign: −1, 0 or 1, and 0 for NaN; of bools, the bools. Source: torch.sgn.
 *
 * @example
 * await sgn(tensor([-0.5, 0, 3])).tolist(); // [-1, 0, 1]
 */
export function sgn(input: Tensor): Tensor {
  checkTensor('sgn', input);
  return composed('SgnBackward0', () => (input.dtype === 'bool' ? input.clone() : input.sign()));
}
/**
 * Is the sign bit set? True for negative numbers and for −0. Source: torch.signbit.
 *
 * @example
 * await signbit(tensor([-1, -0, 0, 2.5])).tolist(); // [true, true, false, false]
 */
export function signbit(input: Tensor): Tensor<'bool'> {
  checkTensor('signbit', input);
  return isFloat(input.dtype) ? new Tensor(pointwise.unary('signbit', input.impl)) : input.lt(0);
}
/**
 * The input itself. Source: torch.positive.
 *
 * @throws DTypeError for bools.
 * @example
 * await positive(tensor([1, -2])).tolist(); // [1, -2]
 */
export function positive(input: Tensor): Tensor {
  checkTensor('positive', input);
  if (input.dtype === 'bool') throw new DTypeError('The `+` operator, on a bool tensor is not supported.');
  return input;
}

// ---- tests --------------------------------------------------------------------------------------------------------------

/** The same bool for each element. */
const constant = (x: Tensor, value: boolean): Tensor<'bool'> => new Tensor(full(x.shape, value, 'bool', x.impl.engine));
/** A test of floats; integers and bools are always finite. */
function test(name: PointwiseOp, ofInteger: boolean): (input: Tensor) => Tensor<'bool'> {
  return (input) => {
    const x = varOf(name, input);
    if (isFloat(x.dtype)) return new Tensor(pointwise.unary(name, x));
    return constant(input, ofInteger);
  };
}
/**
 * Is each element neither infinite nor NaN? Source: torch.isfinite.
 *
 * @example
 * await isfinite(tensor([1, Infinity, NaN])).tolist(); // [true, false, false]
 */
export const isfinite = test('isfinite', true);
/**
 * Is each element infinite? Source: torch.isinf.
 *
 * @example
 * await isinf(tensor([1, -Infinity, NaN])).tolist(); // [false, true, false]
 */
export const isinf = test('isinf', false);
/**
 * Is each element NaN? Source: torch.isnan.
 *
 * @example
 * await isnan(tensor([1, Infinity, NaN])).tolist(); // [false, false, true]
 */
export const isnan = test('isnan', false);
/**
 * Is each element +∞? Source: torch.isposinf.
 *
 * @example
 * await isposinf(tensor([Infinity, -Infinity])).tolist(); // [true, false]
 */
export function isposinf(input: Tensor): Tensor<'bool'> {
  checkTensor('isposinf', input);
  return isFloat(input.dtype) ? input.eq(Number.POSITIVE_INFINITY) : constant(input, false);
}
/**
 * Is each element −∞? Source: torch.isneginf.
 *
 * @example
 * await isneginf(tensor([Infinity, -Infinity])).tolist(); // [false, true]
 */
export function isneginf(input: Tensor): Tensor<'bool'> {
  checkTensor('isneginf', input);
  return isFloat(input.dtype) ? input.eq(Number.NEGATIVE_INFINITY) : constant(input, false);
}
/**
 * True everywhere: there are no complex numbers. Source: torch.isreal.
 *
 * @example
 * await isreal(tensor([1, NaN])).tolist(); // [true, true]
 */
export function isreal(input: Tensor): Tensor<'bool'> {
  checkTensor('isreal', input);
  return constant(input, true);
}
// ---- limits -------------------------------------------------------------------------------------------------------------

/** What {@link nanToNum} writes. */
export interface NanToNumOptions {
  /** In place of NaN; 0 by default. */
  readonly nan?: number | null;
  /** In place of +∞; the greatest number of the dtype by default. */
  readonly posinf?: number | null;
  /** In place of −∞; the least number of the dtype by default. */
  readonly neginf?: number | null;
}
const greatest: Readonly<Record<string, number>> = {
  float16: 65504,
  float32: (2 - 2 ** -23) * 2 ** 127,
  float64: Number.MAX_VALUE,
};
/**
 * NaN and infinities replaced by numbers. Integers and bools stay as they are. The gradient of what is replaced is 0.
 * Source: torch.nan_to_num.
 *
 * @example
 * await nanToNum(tensor([NaN, 1, -Infinity]), { neginf: -100 }).tolist(); // [0, 1, -100]
 */
export function nanToNum(
  input: Tensor,
  ...rest: OptionalArgs<[nan: number | null, posinf: number | null, neginf: number | null], NanToNumOptions>
): Tensor {
  checkTensor('nanToNum', input);
  const o = optionalArgs<NanToNumOptions>('nanToNum', ['nan', 'posinf', 'neginf'], rest);
  return composed('NanToNumBackward0', () => {
    if (!isFloat(input.dtype)) return input.clone();
    const most = greatest[input.dtype]!;
    const where = (condition: Tensor, a: number, b: Tensor): Tensor =>
      new Tensor(pointwise.where(condition.impl, a, b.impl));
    const negative = where(isneginf(input), o.neginf ?? -most, input);
    return where(isnan(input), o.nan ?? 0, where(isposinf(input), o.posinf ?? most, negative));
  });
}
/** Alias of clamp. Source: torch.clip. */
export function clip(input: Tensor, min?: TensorOrNumber | ClampOptions | null, max?: TensorOrNumber | null): Tensor {
  checkTensor('clip', input);
  return input.clamp(min, max);
}
/**
 * The input, but no less than `min`: a number, or a tensor that broadcasts. NaN on either side gives NaN. Source: torch.clamp_min.
 *
 * @throws ShapeError when the shapes do not broadcast.
 * @example
 * await clampMin(tensor([-2, 0.5]), 0).tolist(); // [0, 0.5]
 */
export function clampMin(input: Tensor, min: TensorOrNumber): Tensor {
  checkTensor('clampMin', input);
  operand('clampMin', min, 'min');
  return composed(`ClampMinBackward${Number(min instanceof Tensor)}`, () => input.clamp({ min }));
}
/**
 * The input, but no more than `max`: a number, or a tensor that broadcasts. NaN on either side gives NaN. Source: torch.clamp_max.
 *
 * @throws ShapeError when the shapes do not broadcast.
 * @example
 * await clampMax(tensor([-2, 0.5]), 0).tolist(); // [-2, 0]
 */
export function clampMax(input: Tensor, max: TensorOrNumber): Tensor {
  checkTensor('clampMax', input);
  operand('clampMax', max, 'max');
  return composed(`ClampMaxBackward${Number(max instanceof Tensor)}`, () => input.clamp({ max }));
}

const roundTo = (input: Tensor, ...rest: Parameters<Tensor['round']>): Tensor => input.round(...rest);
const kept = { absolute, negative, trunc, fix, frac, sgn, nanToNum };
const limited = { clip, clampMin, clampMax };
/** Methods whose result has the input's dtype. */
export const roundingMethods = { ...kept, positive };
/** Methods whose result has the dtype of input and bounds. */
export const limitMethods = limited;
/** Methods whose result is bool. */
export const testMethods = { signbit, isfinite, isinf, isnan, isposinf, isneginf, isreal };
/** The same in place. */
export const roundingInPlaceMethods: Twins<typeof kept & typeof limited & { round: typeof roundTo }> = inPlaceTwins({
  ...kept,
  ...limited,
  round: roundTo,
});
