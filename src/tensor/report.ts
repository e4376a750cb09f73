/** Complaints about numbers that only the device knows. */
import { scope } from './scope.ts';
import type { Tensor } from './tensor.ts';

/** Lets the next read throw if what `bad` computes is true, or not 0, anywhere; `error` is told the greatest of it. */
export function reportAny(bad: () => Tensor, error: (found: number) => Error): void {
  const flag = scope(() => {
    const found = bad();
    return found.dtype === 'bool' ? found.any() : found.max();
  }).impl;
  flag.engine.assertFalse(flag.storage.value, error);
}
