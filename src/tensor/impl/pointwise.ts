/** Element-wise functions. */
import type { Var } from '../../autograd/var.ts';
import { category, type DType, isFloat } from '../../core/dtype.ts';
import { DTypeError, OptionError } from '../../core/errors.ts';
import type { PointwiseOp } from '../../ops/index.ts';
import { as, cast, floating, highest, lowest, named, type Operand, op, resultType, scalar, scoped } from './common.ts';

/** A unary op that computes in floating point; integers are converted first. */
export function unary(name: PointwiseOp, x: Var): Var {
  return scoped(() => op(name, [floating(x)]));
}
/** A unary op that keeps integers. */
export function unaryNumeric(name: PointwiseOp, x: Var): Var {
  return op(name, [x]);
}

function arithmetic(name: PointwiseOp, a: Operand, b: Operand, least?: DType): Var {
  return scoped(() => {
    let dtype = resultType(a, b);
    if (least && category(dtype) < category(least)) dtype = least;
    return op(name, [as(a, dtype), as(b, dtype)]);
  });
}
export function add(a: Operand, b: Operand, alpha = 1): Var {
  if (alpha === 1) return addition(a, b);
  checkAlpha(resultType(a, b), alpha);
  if (resultType(a, b) === 'bool') return addition(a, alpha === 0 ? false : b);
  return scoped(() => addition(a, scaled(b, alpha)));
}
function checkAlpha(dtype: DType, alpha: number): void {
  if (isFloat(dtype) || Number.isInteger(alpha)) return;
  throw new DTypeError(
    'For integral input tensors, argument alpha must not be a floating point number.\n  cast one with .float() first',
  );
}
/** alpha·b; numbers need no op. */
const scaled = (b: Operand, alpha: number): Operand =>
  typeof b === 'object' ? arithmetic('mul', b, alpha) : Number(b) * alpha;
/** Adding bools is a logical or, as in PyTorch. */
function addition(a: Operand, b: Operand): Var {
  return resultType(a, b) === 'bool'
    ? scoped(() => op('logicalOr', [as(a, 'bool'), as(b, 'bool')]))
    : arithmetic('add', a, b);
}
export function sub(a: Operand, b: Operand, alpha = 1): Var {
  if (resultType(a, b) === 'bool') {
    throw new DTypeError(
      'Subtraction, the `-` operator, with two bool tensors is not supported.\n  use logicalXor() or logicalNot() instead',
    );
  }
  if (alpha === 1) return arithmetic('sub', a, b);
  checkAlpha(resultType(a, b), alpha);
  return scoped(() => arithmetic('sub', a, scaled(b, alpha)));
}
export const mul = (a: Operand, b: Operand): Var =>
  resultType(a, b) === 'bool'
    ? scoped(() => op('logicalAnd', [as(a, 'bool'), as(b, 'bool')]))
    : arithmetic('mul', a, b);
/** True division: integers give floats. */
export const div = (a: Operand, b: Operand): Var => arithmetic('div', a, b, 'float32');
export const pow = (a: Operand, b: Operand): Var => arithmetic('pow', a, b);
export const maximum = (a: Var, b: Var): Var => arithmetic('maximum', a, b);
export const minimum = (a: Var, b: Var): Var => arithmetic('minimum', a, b);

export function compare(name: 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge', a: Operand, b: Operand): Var {
  return scoped(() => {
    const dtype = resultType(a, b);
    return op(name, [as(a, dtype), as(b, dtype)]);
  });
}
export function logical(name: 'logicalAnd' | 'logicalOr' | 'logicalXor', a: Var, b: Var): Var {
  return scoped(() => op(name, [toBool(a), toBool(b)]));
}
export const logicalNot = (x: Var): Var => scoped(() => op('logicalNot', [toBool(x)]));
const toBool = (x: Var): Var => cast(x, 'bool');

export function where(condition: Var, a: Operand, b: Operand): Var {
  return scoped(() => {
    const dtype = resultType(a, b);
    return op('where', [condition, as(a, dtype), as(b, dtype)]);
  });
}
export function maskedFill(x: Var, mask: Var, value: Operand): Var {
  if (mask.dtype !== 'bool')
    throw new DTypeError(`masked_fill_ only supports boolean masks, but got mask with dtype ${mask.dtype}`);
  return named(
    scoped(() => op('where', [mask, as(value, x.dtype), x])),
    'MaskedFillBackward0',
  );
}

/** Either bound may be missing; bounds may be tensors. NaN stays NaN. */
export function clamp(x: Var, min: Operand | null | undefined, max: Operand | null | undefined): Var {
  const lo = min ?? null;
  const hi = max ?? null;
  if (lo === null && hi === null)
    throw new OptionError(
      "torch.clamp: At least one of 'min' or 'max' must not be None\n  call clamp(min, max), clamp({ min }) or clamp({ max })",
    );
  const result = scoped(() => {
    const dtype = resultType(x, ...[lo, hi].filter((v) => v !== null));
    const y = cast(x, dtype);
    const isNumber = (v: Operand | null): v is number | null => v === null || typeof v === 'number';
    if (isNumber(lo) && isNumber(hi)) {
      return op('clamp', [y, scalar(lo ?? lowest(dtype), dtype), scalar(hi ?? highest(dtype), dtype)]);
    }
    const above = lo === null ? y : op('maximum', [y, as(lo, dtype)]);
    return hi === null ? above : op('minimum', [above, as(hi, dtype)]);
  });
  return named(result, [lo, hi].some((v) => typeof v === 'object' && v !== null) ? 'ClampBackward0' : 'ClampBackward1');
}

export const leakyRelu = (x: Var, slope: number): Var => op('leakyRelu', [x, scalar(slope, x.dtype)]);
export const softplus = (x: Var, beta: number, threshold: number): Var =>
  op('softplus', [x, scalar(beta, x.dtype), scalar(threshold, x.dtype)]);
