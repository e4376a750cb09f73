/** dtypes: of results, and conversions. */
import * as core from '../../core/dtype.ts';
import { type DType, dtypes, isFloat } from '../../core/dtype.ts';
import { DeviceError, wrongType } from '../../core/errors.ts';
import * as impl from '../impl/common.ts';
import { checkTensor, operand, type Tensor, type TensorOrNumber } from '../tensor.ts';

function checkDType(op: string, argument: string, dtype: DType): void {
  if (!dtypes.includes(dtype)) wrongType(op, argument, `a dtype (${dtypes.join(', ')})`, dtype);
}

/**
 * The dtype of arithmetic between two operands: tensors with dims decide; 0-d tensors, then numbers, only raise the category
 * (bool < integer < float). Source: torch.result_type.
 *
 * @example
 * resultType(tensor([1, 2]), 1.5); // 'float32'
 */
export function resultType(tensor1: TensorOrNumber, tensor2: TensorOrNumber): DType {
  return impl.resultType(operand('resultType', tensor1, 'tensor1'), operand('resultType', tensor2, 'tensor2'));
}
/**
 * The least dtype that holds both, as arithmetic gives it; int32 for int32 and uint32. Source: torch.promote_types.
 *
 * @example
 * promoteTypes('int32', 'float32'); // 'float32'
 */
export function promoteTypes(type1: DType, type2: DType): DType {
  checkDType('promoteTypes', 'type1', type1);
  checkDType('promoteTypes', 'type2', type2);
  return core.promoteTypes(type1, type2);
}
/**
 * May a result of one dtype be written in place into a tensor of another? Not into a lower category.
 * Source: torch.can_cast.
 *
 * @example
 * canCast('float32', 'int32'); // false
 */
export function canCast(from: DType, to: DType): boolean {
  checkDType('canCast', 'from', from);
  checkDType('canCast', 'to', to);
  return core.canCast(from, to);
}
/**
 * Is its dtype one of floating-point numbers? Source: torch.is_floating_point.
 *
 * @example
 * isFloatingPoint(tensor([1, 2])); // false
 */
export function isFloatingPoint(input: Tensor): boolean {
  checkTensor('isFloatingPoint', input);
  return isFloat(input.dtype);
}
/** PyTorch's `x.is_signed()`: can it hold negative numbers? */
function isSigned(input: Tensor): boolean {
  return input.dtype !== 'bool' && input.dtype !== 'uint32';
}
/** PyTorch's `x.long()`: there is no int64, so int32. */
function long(input: Tensor): Tensor<'int32'> {
  return input.int();
}
/** PyTorch's `x.type_as(other)`: in the dtype of `other`. */
function typeAs(input: Tensor, other: Tensor): Tensor {
  checkTensor('typeAs', other, 'other');
  if (other.device !== input.device) {
    throw new DeviceError(
      `typeAs: the tensors are on two devices, ${input.device} and ${other.device}\n  move one with await x.to('${other.device}')`,
    );
  }
  return input.to(other.dtype);
}
/** PyTorch's `x.cpu()`: on the CPU, to be awaited. */
function cpu(input: Tensor): Promise<Tensor> {
  return input.to('cpu');
}

/** Methods about dtypes and devices. */
export const dtypeMethods = { isFloatingPoint, isSigned, long, typeAs, cpu };
