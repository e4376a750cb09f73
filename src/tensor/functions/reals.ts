/** What PyTorch has for complex numbers, of the real ones that all tensors here hold. */
import { composed } from '../compose.ts';
import { as, floating, op } from '../impl/common.ts';
import { checkTensor, Tensor } from '../tensor.ts';

const itself =
  (name: string) =>
  (input: Tensor): Tensor => {
    checkTensor(name, input);
    return input;
  };
const never =
  (name: string) =>
  (input: Tensor): boolean => {
    checkTensor(name, input);
    return false;
  };

/** The real part of a real tensor: itself. Source: torch.real. */
export const real = itself('real');
/** The conjugate of a real tensor: itself. Source: torch.conj. */
export const conj = itself('conj');
/** As {@link conj}. Source: torch.conj_physical. */
export const conjPhysical = itself('conjPhysical');
/** A real tensor is never a conjugate still to be computed: itself. Source: torch.resolve_conj. */
export const resolveConj = itself('resolveConj');
/** Nor a negative still to be computed: itself. Source: torch.resolve_neg. */
export const resolveNeg = itself('resolveNeg');
/** Is its dtype one of complex numbers? There is none: false. Source: torch.is_complex. */
export const isComplex = never('isComplex');
/** False: see {@link resolveConj}. Source: torch.is_conj. */
export const isConj = never('isConj');
/** False: see {@link resolveNeg}. Source: torch.is_neg. */
export const isNeg = never('isNeg');

/**
 * The angle of a number in the complex plane: 0, or π where it is negative; NaN of NaN. The gradient is 0. Source: torch.angle.
 *
 * @example
 * await angle(tensor([2, -0.5])).tolist(); // [0, 3.1416]
 */
export function angle(input: Tensor): Tensor {
  checkTensor('angle', input);
  return composed('AngleBackward0', () => {
    const x = new Tensor(floating(input.impl));
    // A step, whose gradient is 0: of NaN too, which is not negative.
    const turned = new Tensor(op('sign', [x.impl])).clamp({ max: 0 }).abs().mul(Math.PI);
    return new Tensor(op('where', [x.ne(x).impl, as(Number.NaN, x.dtype), turned.impl]));
  });
}

/** Methods that return a tensor of the same dtype. */
export const realMethods = { conj, conjPhysical, conjPhysical_: conjPhysical, resolveConj, resolveNeg };
/** Other methods. */
export const realTests = { isComplex, isConj, isNeg, angle };
/** Read, not called, as in PyTorch. */
export const realProperties = { real };
