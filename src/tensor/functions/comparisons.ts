/** Comparison: PyTorch's long names, nearness, and the twins in place. */
import { withGradMode } from '../../autograd/grad-mode.ts';
import { isFloat } from '../../core/dtype.ts';
import { DTypeError, OptionError } from '../../core/errors.ts';
import { sameShape } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { inPlace } from '../compose.ts';
import { scope } from '../scope.ts';
import { checkTensor, type Tensor, type TensorOrNumber } from '../tensor.ts';

/** Alias of gt. */
export function greater(input: Tensor, other: TensorOrNumber): Tensor<'bool'> {
  checkTensor('greater', input);
  return input.gt(other);
}
/** Alias of ge. */
export function greaterEqual(input: Tensor, other: TensorOrNumber): Tensor<'bool'> {
  checkTensor('greaterEqual', input);
  return input.ge(other);
}
/** Alias of lt. */
export function less(input: Tensor, other: TensorOrNumber): Tensor<'bool'> {
  checkTensor('less', input);
  return input.lt(other);
}
/** Alias of le. */
export function lessEqual(input: Tensor, other: TensorOrNumber): Tensor<'bool'> {
  checkTensor('lessEqual', input);
  return input.le(other);
}
/** Alias of ne. */
export function notEqual(input: Tensor, other: TensorOrNumber): Tensor<'bool'> {
  checkTensor('notEqual', input);
  return input.ne(other);
}

/** Options of isclose and allclose. */
export interface CloseOptions {
  /** Allowed difference relative to `other`: 1e-5 by default. */
  readonly rtol?: number;
  /** Allowed difference: 1e-8 by default. */
  readonly atol?: number;
  /** Whether NaN is close to NaN: false by default. */
  readonly equalNan?: boolean;
}
type CloseArgs = OptionalArgs<[rtol: number, atol: number, equalNan: boolean], CloseOptions>;

/**
 * |input − other| ≤ atol + rtol·|other|, or equal, as infinities are. Source: torch.isclose.
 *
 * @throws DTypeError for operands of two dtypes, OptionError for negative tolerances.
 * @example
 * await isclose(tensor([1, 2.5]), tensor([1.000001, 2.6])).tolist(); // [true, false]
 */
export function isclose(input: Tensor, other: Tensor, ...rest: CloseArgs): Tensor<'bool'> {
  const {
    rtol = 1e-5,
    atol = 1e-8,
    equalNan = false,
  } = optionalArgs<CloseOptions>('isclose', ['rtol', 'atol', 'equalNan'], rest);
  checkTensor('isclose', input);
  checkTensor('isclose', other, 'other');
  if (input.dtype !== other.dtype)
    throw new DTypeError(`${input.dtype} did not match ${other.dtype}\n  in isclose; cast one with .to()`);
  for (const [name, value] of Object.entries({ rtol, atol })) {
    if (!(value >= 0))
      throw new OptionError(`${name} must be greater than or equal to zero, but got ${value}\n  in isclose`);
  }
  return withGradMode(false, () => scope(() => near(input, other, rtol, atol, equalNan)), 'noGrad');
}
function near(input: Tensor, other: Tensor, rtol: number, atol: number, equalNan: boolean): Tensor<'bool'> {
  let close = input.eq(other);
  if (equalNan && isFloat(input.dtype)) close = close.logicalOr(input.ne(input).logicalAnd(other.ne(other)));
  if (rtol === 0 && atol === 0) return close;
  const [a, b] = isFloat(input.dtype) ? [input, other] : [input.float(), other.float()];
  const difference = a.sub(b).abs();
  const within = difference.le(b.mul(rtol).abs().add(atol));
  return close.logicalOr(within.logicalAnd(difference.lt(Number.POSITIVE_INFINITY)));
}
/**
 * Are all elements close? See {@link isclose}. Reads the answer: await it. Source: torch.allclose.
 *
 * @throws DTypeError for operands of two dtypes.
 * @example
 * await allclose(tensor([1, 2.5]), tensor([1.000001, 2.5])); // true
 */
export async function allclose(input: Tensor, other: Tensor, ...rest: CloseArgs): Promise<boolean> {
  return (
    (await isclose(input, other, ...rest)
      .all()
      .item()) !== 0
  );
}
/**
 * Have both the same shape, dtype and elements? NaN equals nothing. Reads the answer: await it. Source: torch.equal.
 *
 * @example
 * await equal(tensor([1, 2]), tensor([1, 2])); // true
 */
export async function equal(input: Tensor, other: Tensor): Promise<boolean> {
  checkTensor('equal', input);
  checkTensor('equal', other, 'other');
  if (!sameShape(input.shape, other.shape) || input.dtype !== other.dtype) return false;
  return (await input.eq(other).all().item()) !== 0;
}

// What was compared is forgotten: a truth value carries no gradient.
const compare = (name: string, of: 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge') =>
  inPlace(name, (x: Tensor, other: TensorOrNumber): Tensor => x[of](other), true);
const logical = (name: string, of: 'logicalAnd' | 'logicalOr' | 'logicalXor') =>
  inPlace(name, (x: Tensor, other: Tensor): Tensor => x[of](other), true);

/** Methods in place: `x.name_(…)` writes 1 where it holds and 0 elsewhere, in the dtype of x. */
export const comparisonInPlaceMethods = {
  eq_: compare('eq_', 'eq'),
  ne_: compare('ne_', 'ne'),
  notEqual_: compare('notEqual_', 'ne'),
  lt_: compare('lt_', 'lt'),
  less_: compare('less_', 'lt'),
  le_: compare('le_', 'le'),
  lessEqual_: compare('lessEqual_', 'le'),
  gt_: compare('gt_', 'gt'),
  greater_: compare('greater_', 'gt'),
  ge_: compare('ge_', 'ge'),
  greaterEqual_: compare('greaterEqual_', 'ge'),
  logicalAnd_: logical('logicalAnd_', 'logicalAnd'),
  logicalOr_: logical('logicalOr_', 'logicalOr'),
  logicalXor_: logical('logicalXor_', 'logicalXor'),
  logicalNot_: inPlace('logicalNot_', (x: Tensor): Tensor => x.logicalNot(), true),
};
/** Methods with bool results. */
export const comparisonMethods = { greater, greaterEqual, less, lessEqual, notEqual, isclose };
/** Methods that read an answer. */
export const closenessMethods = { allclose, equal };
