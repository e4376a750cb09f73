/** The bounds of linspace() and logspace(). */
import { checkNumbers, ShapeError } from '../core/errors.ts';
import { Tensor } from './tensor.ts';

/** Throws unless each bound is a number or a 0-d tensor. */
export function checkBounds(name: string, start: unknown, end: unknown): void {
  for (const [argument, x] of Object.entries({ start, end })) {
    if (!(x instanceof Tensor)) checkNumbers(name, { [argument]: x });
    else if (x.ndim > 0)
      throw new ShapeError(
        `${name} only supports 0-dimensional start and end tensors, but got ${argument} with ${x.ndim} dimension(s).`,
      );
  }
}
