/** Element-wise functions. */
import type { Var } from '../../autograd/var.ts';
import { category, type DType, isFloat } from '../../core/dtype.ts';
import { DTypeError, OptionError, ShapeError } from '../../core/errors.ts';
import type { PointwiseOp } from '../../ops/index.ts';
import {
  as,
  cast,
  floating,
  highest,
  lowest,
  named,
  notImplemented,
  type Operand,
  op,
  resultType,
  scalar,
  scoped,
} from './common.ts';

/** A unary op that computes in floating point; integers are converted first. */
export function unary(name: PointwiseOp, x: Var): Var {
  return scoped(() => op(name, [floating(x)]));
}
/** To the nearest multiple of 10^−decimals, halves to even. */
export function round(x: Var, decimals: number): Var {
  if (decimals === 0) return op('round', [x]);
  if (!isFloat(x.dtype)) notImplemented('round', 'round_cpu', x.dtype);
  const factor = scalar(10 ** Math.abs(decimals), x.dtype);
  const [before, after] = decimals > 0 ? (['mul', 'div'] as const) : (['div', 'mul'] as const);
  return named(
    scoped(() => op(after, [op('round', [op(before, [x, factor])]), factor])),
    'RoundBackward1',
  );
}
const refusesBools: Readonly<Record<string, string>> = {
  neg: 'Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.\n  here logicalNot()',
  relu: 'Boolean inputs not supported for relu\n  cast with .int() first',
};
/** A unary op that keeps integers. */
export function unaryNumeric(name: PointwiseOp, x: Var): Var {
  if (x.dtype === 'bool' && refusesBools[name]) throw new DTypeError(refusesBools[name]);
  return op(name, [x]);
}
/** −1, 0 or 1; bools are their own sign. */
export const sign = (x: Var): Var => op(x.dtype === 'bool' ? 'copy' : 'sign', [x]);
/** x²; of bools as int32. */
export const square = (x: Var): Var => scoped(() => op('square', [x.dtype === 'bool' ? cast(x, 'int32') : x]));

/** A binary op on operands promoted to one dtype, of at least the category of `least`. */
export function arithmetic(name: PointwiseOp, a: Operand, b: Operand, least?: DType): Var {
  return scoped(() => {
    let dtype = resultType(a, b);
    if (least && category(dtype) < category(least)) dtype = least;
    return op(name, [as(a, dtype), as(b, dtype)]);
  });
}
export function add(a: Operand, b: Operand, times: number | boolean = 1): Var {
  const alpha = Number(times);
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
const isBool = (x: Operand): boolean => typeof x === 'boolean' || (typeof x === 'object' && x.dtype === 'bool');
export function sub(a: Operand, b: Operand, alpha = 1): Var {
  if (isBool(a) || isBool(b)) {
    throw new DTypeError(
      `Subtraction, the \`-\` operator, with ${isBool(a) && isBool(b) ? 'two bool tensors' : 'a bool tensor'} is not supported.\n  use logicalXor() or logicalNot(), or cast with .int() first`,
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
/** How a quotient is rounded: towards zero, down, or not at all. */
export type RoundingMode = 'trunc' | 'floor' | null;
/** True division, where integers give floats, or with a rounding mode, where they stay. */
export function div(a: Operand, b: Operand, mode: RoundingMode = null): Var {
  if (mode === null) return arithmetic('div', a, b, 'float32');
  if (mode !== 'trunc' && mode !== 'floor') {
    throw new OptionError(
      `div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '${String(mode)}'\n  roundingMode of div`,
    );
  }
  checkDivisor('div', `div_${mode}_cpu`, a, b);
  return named(arithmetic(`${mode}Divide`, a, b), 'DivBackward2');
}
/** Bools cannot be divided, nor integers by the number 0; a tensor's zeros are not known here. */
export function checkDivisor(op: string, kernel: string, a: Operand, b: Operand): void {
  const dtype = resultType(a, b);
  if (dtype === 'bool') notImplemented(op, kernel, dtype);
  if (!isFloat(dtype) && typeof b !== 'object' && Number(b) === 0) {
    throw new OptionError(`ZeroDivisionError\n  in ${op}: integers cannot be divided by 0; cast them with .float()`);
  }
}
export function pow(a: Operand, b: Operand): Var {
  const dtype = resultType(a, b);
  if (dtype === 'bool') notImplemented('pow', 'pow', dtype);
  if (!isFloat(dtype) && typeof b === 'number' && b < 0) {
    throw new OptionError(
      'Integers to negative integer powers are not allowed.\n  in pow; cast them with .float(), or use floatPower()',
    );
  }
  return arithmetic('pow', a, b);
}
/** Of bools the maximum is a logical or, the minimum a logical and. */
function extremum(name: 'maximum' | 'minimum', a: Var, b: Var): Var {
  if (resultType(a, b) === 'bool') return op(name === 'maximum' ? 'logicalOr' : 'logicalAnd', [a, b]);
  return arithmetic(name, a, b);
}
export const maximum = (a: Var, b: Var): Var => extremum('maximum', a, b);
export const minimum = (a: Var, b: Var): Var => extremum('minimum', a, b);

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
  if (typeof value === 'object' && value.shape.length > 0) {
    throw new ShapeError(
      `masked_fill_ only supports a 0-dimensional value tensor, but got tensor with ${value.shape.length} dimension(s).\n  use where() for a tensor of values`,
    );
  }
  return named(
    scoped(() => op('where', [mask, as(value, x.dtype), x])),
    'MaskedFillBackward0',
  );
}

/** Either bound may be missing; bounds may be tensors. NaN stays NaN, and a NaN bound gives NaN. */
export function clamp(x: Var, min: Operand | null | undefined, max: Operand | null | undefined): Var {
  const lo = min ?? null;
  const hi = max ?? null;
  if (lo === null && hi === null)
    throw new OptionError(
      "torch.clamp: At least one of 'min' or 'max' must not be None\n  call clamp(min, max), clamp({ min }) or clamp({ max })",
    );
  const only = hi === null ? lo : lo === null ? hi : null;
  if (typeof only === 'object' && only !== null && resultType(x, only) === 'bool')
    return hi === null ? maximum(x, only) : minimum(x, only);
  const result = scoped(() => {
    const dtype = resultType(x, ...[lo, hi].filter((v) => v !== null));
    const y = cast(x, dtype);
    const isNumber = (v: Operand | null): v is number | null => v === null || typeof v === 'number';
    if (isNumber(lo) && isNumber(hi)) {
      return op('clamp', [y, scalar(lo ?? lowest(dtype), dtype), scalar(hi ?? highest(dtype), dtype)]);
    }
    const bound = (v: Operand | null, none: number) => (v === null ? scalar(none, dtype) : as(v, dtype));
    return op('clampBetween', [y, bound(lo, lowest(dtype)), bound(hi, highest(dtype))]);
  });
  return named(result, [lo, hi].some((v) => typeof v === 'object' && v !== null) ? 'ClampBackward0' : 'ClampBackward1');
}

export const leakyRelu = (x: Var, slope: number): Var => op('leakyRelu', [x, scalar(slope, x.dtype)]);
export const softplus = (x: Var, beta: number, threshold: number): Var =>
  op('softplus', [x, scalar(beta, x.dtype), scalar(threshold, x.dtype)]);
