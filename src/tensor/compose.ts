/** How functions are composed of others: as a scope, with PyTorch's name on the tape, and in-place twins of them. */
import { writeInPlace } from '../autograd/in-place.ts';
import { named } from './impl/common.ts';
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
 * higher category of dtype throws. I is Tensor, or a union with it. `forgets`: the result carries no gradient, so that of
 * x's old elements is zero.
 */
/* @__NO_SIDE_EFFECTS__ */
export function inPlace<I, A extends unknown[]>(
  name: string,
  fn: (input: I, ...args: A) => Tensor,
  forgets = false,
): (input: Tensor, ...args: A) => Tensor {
  return (input, ...args) => {
    checkTensor(name, input);
    writeInPlace(name, input.impl, () => scope(() => fn(input as Tensor & I, ...args)).impl, forgets);
    return input;
  };
}
