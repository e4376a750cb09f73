/** Integers: bits, shifts, common divisors and multiples. */
import { checkFits } from '../../autograd/in-place.ts';
import { isFloat } from '../../core/dtype.ts';
import { inPlace } from '../compose.ts';
import { as, notImplemented, type Operand, op, resultType, scalar, scoped } from '../impl/common.ts';
import { logicalNot } from '../impl/pointwise.ts';
import { operand, Tensor, type TensorOrNumber, varOf } from '../tensor.ts';

const logical = { bitwiseAnd: 'logicalAnd', bitwiseOr: 'logicalOr', bitwiseXor: 'logicalXor' } as const;

function bitwise(name: keyof typeof logical, kernel: string, input: TensorOrNumber, other: TensorOrNumber): Tensor {
  const [a, b] = [operand(name, input, 'input'), operand(name, other)];
  const dtype = resultType(a, b);
  if (isFloat(dtype)) notImplemented(name, kernel, dtype);
  return new Tensor(scoped(() => op(dtype === 'bool' ? logical[name] : name, [as(a, dtype), as(b, dtype)])));
}
type IntegerOp = 'leftShift' | 'rightShift' | 'gcd';
function ofIntegers(name: string, row: IntegerOp, kernel: string, a: Operand, b: Operand): Tensor {
  const dtype = resultType(a, b);
  if (isFloat(dtype) || dtype === 'bool') notImplemented(name, kernel, dtype);
  return new Tensor(scoped(() => op(row, [as(a, dtype), as(b, dtype)])));
}

/**
 * The bits set in both; of bools, a logical and. Source: torch.bitwise_and.
 *
 * @throws DTypeError for floats.
 * @example
 * await bitwiseAnd(tensor([6, -1]), 3).tolist(); // [2, 3]
 */
export function bitwiseAnd(input: TensorOrNumber, other: TensorOrNumber): Tensor {
  return bitwise('bitwiseAnd', 'bitwise_and_cpu', input, other);
}
/**
 * The bits set in either; of bools, a logical or. Source: torch.bitwise_or.
 *
 * @throws DTypeError for floats.
 * @example
 * await bitwiseOr(tensor([6, 8]), 3).tolist(); // [7, 11]
 */
export function bitwiseOr(input: TensorOrNumber, other: TensorOrNumber): Tensor {
  return bitwise('bitwiseOr', 'bitwise_or_cpu', input, other);
}
/**
 * The bits set in exactly one; of bools, a logical xor. Source: torch.bitwise_xor.
 *
 * @throws DTypeError for floats.
 * @example
 * await bitwiseXor(tensor([6, 3]), 3).tolist(); // [5, 0]
 */
export function bitwiseXor(input: TensorOrNumber, other: TensorOrNumber): Tensor {
  return bitwise('bitwiseXor', 'bitwise_xor_cpu', input, other);
}
/**
 * All bits flipped: −x − 1 of an int32; of bools, a logical not. Source: torch.bitwise_not.
 *
 * @throws DTypeError for floats.
 * @example
 * await bitwiseNot(tensor([0, 5])).tolist(); // [-1, -6]
 */
export function bitwiseNot(input: Tensor): Tensor {
  const x = varOf('bitwiseNot', input);
  if (isFloat(x.dtype)) notImplemented('bitwiseNot', 'bitwise_not_cpu', x.dtype);
  if (x.dtype === 'bool') return new Tensor(logicalNot(x));
  return new Tensor(op('bitwiseXor', [x, scalar(x.dtype === 'uint32' ? 2 ** 32 - 1 : -1, x.dtype)]));
}
/**
 * input·2^other modulo 2³²; 0 for shifts outside of 0 to 31. Source: torch.bitwise_left_shift.
 *
 * @throws DTypeError for floats and bools.
 * @example
 * await bitwiseLeftShift(tensor([1, 3]), 2).tolist(); // [4, 12]
 */
export function bitwiseLeftShift(input: TensorOrNumber, other: TensorOrNumber): Tensor {
  const name = 'bitwiseLeftShift';
  return ofIntegers(name, 'leftShift', 'lshift_cpu', operand(name, input, 'input'), operand(name, other));
}
/**
 * input/2^other rounded down; for shifts outside of 0 to 31 only the sign is left: 0 or −1. Source: torch.bitwise_right_shift.
 *
 * @throws DTypeError for floats and bools.
 * @example
 * await bitwiseRightShift(tensor([12, -5]), 1).tolist(); // [6, -3]
 */
export function bitwiseRightShift(input: TensorOrNumber, other: TensorOrNumber): Tensor {
  const name = 'bitwiseRightShift';
  return ofIntegers(name, 'rightShift', 'rshift_cpu', operand(name, input, 'input'), operand(name, other));
}
/**
 * The greatest common divisor; gcd(0, x) is |x|. Source: torch.gcd.
 *
 * @throws DTypeError for floats and bools.
 * @example
 * await gcd(tensor([12, 0]), tensor([18, 5])).tolist(); // [6, 5]
 */
export function gcd(input: Tensor, other: Tensor): Tensor {
  return ofIntegers('gcd', 'gcd', 'gcd_cpu', varOf('gcd', input), varOf('gcd', other, 'other'));
}
/**
 * The least common multiple; lcm(0, x) is 0. Source: torch.lcm.
 *
 * @throws DTypeError for floats and bools.
 * @example
 * await lcm(tensor([4, 0]), tensor([6, 5])).tolist(); // [12, 0]
 */
export function lcm(input: Tensor, other: Tensor): Tensor {
  const [a, b] = [varOf('lcm', input), varOf('lcm', other, 'other')];
  const dtype = resultType(a, b);
  if (isFloat(dtype) || dtype === 'bool') notImplemented('lcm', 'lcm_cpu', dtype);
  const result = scoped(() => {
    const [x, y] = [as(a, dtype), as(b, dtype)];
    // A quotient by 0 is 0, and so is the multiple.
    return op('abs', [op('mul', [op('truncDivide', [x, op('gcd', [x, y])]), y])]);
  });
  return new Tensor(result);
}

/** In place, the dtype of the result is checked before the operands'. */
const bits = (name: string, fn: (x: TensorOrNumber, other: TensorOrNumber) => Tensor) =>
  inPlace(name, (x: Tensor, other: TensorOrNumber): Tensor => {
    checkFits(name, resultType(x.impl, operand(name, other)), x.dtype);
    return fn(x, other);
  });

/** Methods in place: `x.name_(…)`. */
export const integerInPlaceMethods = {
  bitwiseAnd_: bits('bitwiseAnd_', bitwiseAnd),
  bitwiseOr_: bits('bitwiseOr_', bitwiseOr),
  bitwiseXor_: bits('bitwiseXor_', bitwiseXor),
  bitwiseNot_: inPlace('bitwiseNot_', bitwiseNot),
  bitwiseLeftShift_: bits('bitwiseLeftShift_', bitwiseLeftShift),
  bitwiseRightShift_: bits('bitwiseRightShift_', bitwiseRightShift),
  gcd_: inPlace('gcd_', gcd),
  lcm_: inPlace('lcm_', lcm),
};
/** Methods on integers (and, of bits, on bools). */
export const integerMethods = {
  bitwiseAnd,
  bitwiseOr,
  bitwiseXor,
  bitwiseNot,
  bitwiseLeftShift,
  bitwiseRightShift,
  gcd,
  lcm,
};
