/** How functions are composed of others: as a scope, with PyTorch's name on the tape, and in-place twins of them. */
import { writeInPlace } from '../autograd/in-place.ts';
import { cast, named } from './impl/common.ts';
import { scope } from './scope.ts';
import { checkTensor, Tensor } from './tensor.ts';

/**
 * Runs a function made of other functions: only what it returns is kept, and `gradFn` names the node its first result hangs
 * on, as PyTorch's `grad_fn` shows it.
 */
export function composed<T extends Tensor | readonly Tensor[]>(gradFn: string, fn: () => T): T {
  const result = scope(fn);
  const all: readonly Tensor[] = result instanceof Tensor ? [result] : result;
  for (const t of all) named(t.impl, gradFn);
  return result;
}

/**
 * The in-place twin of a function: `x.name(…)` overwrites x with `fn(x, …)` and returns x. A result of another shape or of a
 * higher category of dtype throws.
 */
export function inPlace<A extends unknown[]>(
  name: string,
  fn: (input: Tensor, ...args: A) => Tensor,
): (input: Tensor, ...args: A) => Tensor {
  return (input, ...args) => {
    checkTensor(name, input);
    writeInPlace(name, input.impl, () => {
      const result = scope(() => fn(input, ...args)).impl;
      // A float result of the other width fits; a float does not fit an integer, which writeInPlace says.
      const narrower = result.dtype.startsWith('float') && input.dtype.startsWith('float');
      return narrower ? cast(result, input.dtype) : result;
    });
    return input;
  };
}
