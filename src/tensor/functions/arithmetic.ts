/** Arithmetic of two and three operands beyond the core: quotients, remainders, signs, interpolation. */
import { isFloat } from '../../core/dtype.ts';
import { checkOptions, DTypeError, wrongType } from '../../core/errors.ts';
import { composed, inPlace } from '../compose.ts';
import { as, cast, named, notImplemented, op, resultType, scalar, scoped } from '../impl/common.ts';
import * as pointwise from '../impl/pointwise.ts';
import { checkTensor, operand, Tensor, type TensorOrNumber, varOf } from '../tensor.ts';
import { div, mul, pow, sub } from './core.ts';

/** Options of add and sub. */
export interface AlphaOptions {
  /** Multiplies the second operand. */
  readonly alpha?: number;
}
/** Options of addcmul and addcdiv. */
export interface ValueOptions {
  /** Multiplies the product or quotient: 1 by default. */
  readonly value?: number;
}

const isTensor = (x: TensorOrNumber): x is Tensor => typeof x === 'object';

/** Alias of {@link sub}. */
export const subtract = sub;
/** Alias of {@link mul}. */
export const multiply = mul;
/** Alias of {@link div}. */
export const divide = div;
/**
 * Division of which integers give floats. Source: torch.true_divide.
 *
 * @example
 * await trueDivide(tensor([1, 3]), 2).tolist(); // [0.5, 1.5]
 */
export function trueDivide(dividend: TensorOrNumber, divisor: TensorOrNumber): Tensor {
  return div(dividend, divisor);
}
/**
 * other − alpha·input. Source: torch.rsub.
 *
 * @throws DTypeError for bools.
 * @example
 * await rsub(tensor([1, 2]), 10).tolist(); // [9, 8]
 */
export function rsub(input: Tensor, other: TensorOrNumber, options: AlphaOptions = {}): Tensor {
  checkTensor('rsub', input);
  return composed(isTensor(other) ? 'RsubBackward0' : 'RsubBackward1', () => sub(other, input, options));
}

/**
 * The quotient rounded down, as Python's `//`. Integers stay integers: an element divided by a tensor's 0 gives 0. The gradient
 * is 0. Source: torch.floor_divide.
 *
 * @throws OptionError for integers divided by the number 0, DTypeError for bools.
 * @example
 * await floorDivide(tensor([7, -7]), 2).tolist(); // [3, -4]
 */
export function floorDivide(input: TensorOrNumber, other: TensorOrNumber): Tensor {
  const [a, b] = [operand('floorDivide', input, 'input'), operand('floorDivide', other)];
  pointwise.checkDivisor('floorDivide', 'div_floor_cpu', a, b);
  return new Tensor(pointwise.arithmetic('floorDivide', a, b));
}
/**
 * What division leaves, with the sign of `input`: input − other·trunc(input/other), exact. Integers divided by a tensor's 0
 * leave the dividend; floats give NaN. Source: torch.fmod.
 *
 * @throws OptionError for integers divided by the number 0, DTypeError for bools.
 * @example
 * await fmod(tensor([7, -7]), 3).tolist(); // [1, -1]
 */
export function fmod(input: Tensor, other: TensorOrNumber): Tensor {
  const [a, b] = [varOf('fmod', input), operand('fmod', other)];
  pointwise.checkDivisor('fmod', 'fmod_cpu', a, b);
  return new Tensor(named(pointwise.arithmetic('fmod', a, b), `FmodBackward${isTensor(other) ? 1 : 0}`));
}
/**
 * Python's modulo: what division leaves, with the sign of `other`. Integers divided by a tensor's 0 leave the dividend; floats
 * give NaN. Source: torch.remainder.
 *
 * @throws OptionError for integers divided by the number 0, DTypeError for bools.
 * @example
 * await remainder(tensor([7, -7]), 3).tolist(); // [1, 2]
 * await remainder(7, tensor([3, -3])).tolist(); // [1, -2]
 */
export function remainder(input: TensorOrNumber, other: TensorOrNumber): Tensor {
  const [a, b] = [operand('remainder', input, 'input'), operand('remainder', other)];
  pointwise.checkDivisor('remainder', 'remainder_cpu', a, b);
  return new Tensor(named(pointwise.arithmetic('remainder', a, b), `RemainderBackward${isTensor(other) ? 1 : 0}`));
}

/**
 * The angle of the point (other, input) from the positive x axis, in (−π, π]. Source: torch.atan2.
 *
 * @example
 * await atan2(tensor([1, -1]), tensor([1, 0])).tolist(); // [0.7854, -1.5708]
 */
export function atan2(input: Tensor, other: Tensor): Tensor {
  return new Tensor(pointwise.arithmetic('atan2', varOf('atan2', input), varOf('atan2', other, 'other'), 'float32'));
}
/** Alias of {@link atan2}. */
export const arctan2 = atan2;

/**
 * √(input² + other²) without overflow. Source: torch.hypot.
 *
 * @throws DTypeError for integers and bools.
 * @example
 * await hypot(tensor([3.0, 1e30]).float(), tensor([4.0, 0]).float()).tolist(); // [5, 1e30]
 */
export function hypot(input: Tensor, other: Tensor): Tensor {
  return ofFloats('hypot', input, other);
}
/**
 * log(e^input + e^other) without overflow. Source: torch.logaddexp.
 *
 * @throws DTypeError for integers and bools.
 * @example
 * await logaddexp(tensor([0.5]), tensor([0.5])).tolist(); // [1.1931]
 */
export function logaddexp(input: Tensor, other: Tensor): Tensor {
  return ofFloats('logaddexp', input, other);
}
/**
 * log₂(2^input + 2^other) without overflow. Source: torch.logaddexp2.
 *
 * @throws DTypeError for integers and bools.
 * @example
 * await logaddexp2(tensor([2.5]), tensor([2.5])).tolist(); // [3.5]
 */
export function logaddexp2(input: Tensor, other: Tensor): Tensor {
  return ofFloats('logaddexp2', input, other);
}
/**
 * The next number after `input` towards `other`. Not differentiable. Subnormal results may be 0 on WebGPU. Source: torch.nextafter.
 *
 * @throws DTypeError for integers and bools.
 * @example
 * await nextafter(tensor([16777216]).float(), tensor([0]).float()).tolist(); // [16777215]
 */
export function nextafter(input: Tensor, other: Tensor): Tensor {
  return ofFloats('nextafter', input, other);
}
function ofFloats(name: 'hypot' | 'logaddexp' | 'logaddexp2' | 'nextafter', input: Tensor, other: Tensor): Tensor {
  const [a, b] = [varOf(name, input), varOf(name, other, 'other')];
  const dtype = resultType(a, b);
  // A half is computed in float32, whose neighbours round back to it.
  if (!isFloat(dtype) || (name === 'nextafter' && dtype === 'float16')) notImplemented(name, `${name}_cpu`, dtype);
  return new Tensor(pointwise.arithmetic(name, a, b));
}

/**
 * The magnitude of `input` with the sign of `other`, also that of −0; NaN counts as positive. Source: torch.copysign.
 *
 * @example
 * await copysign(tensor([1.5, -2.5]), -1).tolist(); // [-1.5, -2.5]
 */
export function copysign(input: Tensor, other: TensorOrNumber): Tensor {
  const result = pointwise.arithmetic('copysign', varOf('copysign', input), operand('copysign', other), 'float32');
  return new Tensor(named(result, `CopysignBackward${isTensor(other) ? 0 : 1}`));
}
/**
 * input·log(other), 0 where `input` is 0 (but NaN where `other` is). Source: torch.xlogy.
 *
 * @example
 * await xlogy(tensor([0, 1]), tensor([0, 2])).tolist(); // [0, 0.6931]
 */
export function xlogy(input: TensorOrNumber, other: TensorOrNumber): Tensor {
  const result = pointwise.arithmetic('xlogy', operand('xlogy', input, 'input'), operand('xlogy', other), 'float32');
  return new Tensor(named(result, `XlogyBackward${isTensor(input) ? (isTensor(other) ? 0 : 2) : 1}`));
}

/**
 * The larger of each pair; where one is NaN, the other. Source: torch.fmax.
 *
 * @example
 * await fmax(tensor([1.5, NaN]), tensor([0.5, 2.5])).tolist(); // [1.5, 2.5]
 */
export function fmax(input: Tensor, other: Tensor): Tensor {
  const [a, b] = [varOf('fmax', input), varOf('fmax', other, 'other')];
  return new Tensor(isFloat(resultType(a, b)) ? pointwise.arithmetic('fmax', a, b) : pointwise.maximum(a, b));
}
/**
 * The smaller of each pair; where one is NaN, the other. Source: torch.fmin.
 *
 * @example
 * await fmin(tensor([1.5, NaN]), tensor([0.5, 2.5])).tolist(); // [0.5, 2.5]
 */
export function fmin(input: Tensor, other: Tensor): Tensor {
  const [a, b] = [varOf('fmin', input), varOf('fmin', other, 'other')];
  return new Tensor(isFloat(resultType(a, b)) ? pointwise.arithmetic('fmin', a, b) : pointwise.minimum(a, b));
}
/**
 * 0 below zero and at NaN, 1 above, `values` at zero. Not differentiable. Source: torch.heaviside.
 *
 * @throws DTypeError for operands of two dtypes.
 * @example
 * await heaviside(tensor([-1.5, 0, 2]), tensor([0.5])).tolist(); // [0, 0.5, 1]
 */
export function heaviside(input: Tensor, values: Tensor): Tensor {
  const [x, atZero] = [varOf('heaviside', input), varOf('heaviside', values, 'values')];
  if (x.dtype !== atZero.dtype) {
    throw new DTypeError(
      `heaviside is not yet implemented for tensors with different dtypes.\n  got ${x.dtype} and ${atZero.dtype}; cast one with .to()`,
    );
  }
  return new Tensor(x.dtype === 'bool' ? op('logicalOr', [x, atZero]) : op('heaviside', [x, atZero]));
}
/**
 * input·2^other, in floating point. Source: torch.ldexp.
 *
 * @example
 * await ldexp(tensor([1.5, 3]), tensor([1, -1])).tolist(); // [3, 1.5]
 */
export function ldexp(input: Tensor, other: Tensor): Tensor {
  checkTensor('ldexp', input);
  checkTensor('ldexp', other, 'other');
  return composed('LdexpBackward0', () => input.mul(pow(2, isFloat(other.dtype) ? other : other.float())));
}
/**
 * input^exponent in floating point, also of integers: float64 where an operand is (PyTorch: always), else float32.
 * Source: torch.float_power.
 *
 * @example
 * await floatPower(tensor([2, 4]), -1).tolist(); // [0.5, 0.25]
 */
export function floatPower(input: TensorOrNumber, exponent: TensorOrNumber): Tensor {
  const [a, b] = [operand('floatPower', input, 'input'), operand('floatPower', exponent, 'exponent')];
  return new Tensor(pointwise.arithmetic('pow', a, b, 'float32'));
}

/**
 * input + weight·(end − input): exactly `input` at weight 0 and `end` at 1. Source: torch.lerp.
 *
 * @throws DTypeError for integers, and for operands of two dtypes.
 * @example
 * await lerp(tensor([0.5, 1]), tensor([10.5, 11]), 0.25).tolist(); // [3, 3.5]
 */
export function lerp(input: Tensor, end: Tensor, weight: Tensor | number): Tensor {
  const [a, b] = [varOf('lerp', input), varOf('lerp', end, 'end')];
  const w = operand('lerp', weight, 'weight');
  if (!isFloat(a.dtype)) notImplemented('lerp', `lerp_kernel_${isTensor(weight) ? 'tensor' : 'scalar'}`, a.dtype);
  for (const [name, x] of [
    ['end', b],
    ['weight', w],
  ] as const) {
    if (typeof x !== 'object' || x.dtype === a.dtype || (name === 'weight' && x.shape.length === 0)) continue;
    throw new DTypeError(
      `expected dtype ${a.dtype} for \`${name}\` but got dtype ${x.dtype}\n  in lerp; cast it with .to('${a.dtype}')`,
    );
  }
  return new Tensor(
    named(
      scoped(() => op('lerp', [a, b, as(w, a.dtype)])),
      `LerpBackward${isTensor(weight) ? 1 : 0}`,
    ),
  );
}

/**
 * input + value·tensor1·tensor2, broadcast. Source: torch.addcmul.
 *
 * @throws DTypeError for bools.
 * @example
 * await addcmul(tensor([1, 2]), tensor([3, 4]), tensor([5, 6]), { value: 2 }).tolist(); // [31, 50]
 */
export function addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, options: ValueOptions = {}): Tensor {
  return plus('addcmul', 'mul', input, tensor1, tensor2, options);
}
/**
 * input + value·tensor1/tensor2, broadcast. Source: torch.addcdiv.
 *
 * @throws DTypeError where an integer would be divided by an integer.
 * @example
 * await addcdiv(tensor([1.5, 2]), tensor([3, 4]), tensor([2, 0.5]), { value: 2 }).tolist(); // [4.5, 18]
 */
export function addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, options: ValueOptions = {}): Tensor {
  checkTensor('addcdiv', tensor1, 'tensor1');
  checkTensor('addcdiv', tensor2, 'tensor2');
  if (!isFloat(tensor1.dtype) && !isFloat(tensor2.dtype)) {
    throw new DTypeError(
      'Integer division with addcdiv is no longer supported\n  in addcdiv; cast tensor1 or tensor2 with .float()',
    );
  }
  return plus('addcdiv', 'div', input, tensor1, tensor2, options);
}
function plus(
  name: 'addcmul' | 'addcdiv',
  of: 'mul' | 'div',
  input: Tensor,
  tensor1: Tensor,
  tensor2: Tensor,
  options: ValueOptions,
): Tensor {
  checkOptions(name, options, ['value']);
  const { value = 1 } = options;
  if (typeof value !== 'number') wrongType(name, 'value', 'a number', value);
  const vars = [varOf(name, input), varOf(name, tensor1, 'tensor1'), varOf(name, tensor2, 'tensor2')] as const;
  const dtype = resultType(...vars);
  if (dtype === 'bool') notImplemented(name, `${name}_cpu_out`, dtype);
  const result = scoped(() => {
    const [x, p, q] = [cast(vars[0], dtype), cast(vars[1], dtype), cast(vars[2], dtype)];
    return op('add', [x, op(of, [value === 1 ? p : op('mul', [p, scalar(value, dtype)]), q])]);
  });
  return new Tensor(named(result, name === 'addcmul' ? 'AddcmulBackward0' : 'AddcdivBackward0'));
}

function squared(input: Tensor): Tensor {
  return input.square();
}
function filled(input: Tensor, mask: Tensor, value: TensorOrNumber): Tensor {
  return input.maskedFill(mask, value);
}

/** Methods in place: `x.name_(…)`. */
export const arithmeticInPlaceMethods = {
  subtract_: inPlace('subtract_', subtract),
  multiply_: inPlace('multiply_', multiply),
  divide_: inPlace('divide_', divide),
  trueDivide_: inPlace('trueDivide_', trueDivide),
  floorDivide_: inPlace('floorDivide_', floorDivide),
  fmod_: inPlace('fmod_', fmod),
  remainder_: inPlace('remainder_', remainder),
  pow_: inPlace('pow_', pow),
  floatPower_: inPlace('floatPower_', floatPower),
  square_: inPlace('square_', squared),
  atan2_: inPlace('atan2_', atan2),
  arctan2_: inPlace('arctan2_', atan2),
  hypot_: inPlace('hypot_', hypot),
  nextafter_: inPlace('nextafter_', nextafter),
  copysign_: inPlace('copysign_', copysign),
  xlogy_: inPlace('xlogy_', xlogy),
  heaviside_: inPlace('heaviside_', heaviside),
  ldexp_: inPlace('ldexp_', ldexp),
  lerp_: inPlace('lerp_', lerp),
  addcmul_: inPlace('addcmul_', addcmul),
  addcdiv_: inPlace('addcdiv_', addcdiv),
  maskedFill_: inPlace('maskedFill_', filled),
};
/** Methods with results of the promoted dtype. */
export const arithmeticMethods = {
  subtract,
  multiply,
  divide,
  trueDivide,
  floorDivide,
  fmod,
  remainder,
  atan2,
  arctan2,
  hypot,
  logaddexp,
  logaddexp2,
  nextafter,
  copysign,
  xlogy,
  fmax,
  fmin,
  heaviside,
  ldexp,
  floatPower,
  lerp,
  addcmul,
  addcdiv,
};
