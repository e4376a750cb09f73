import { checkFunction, OptionError } from '../core/errors.ts';
import { inScope } from '../graph/scope.ts';
import { Tensor } from './tensor.ts';

/**
 * Runs `fn` so that only what it returns is kept: tensors made inside and not returned are interior and give their memory
 * back by themselves, as inside a module's forward. Synchronous only.
 *
 * @example
 * const y = scope(() => x.mul(2).add(1).relu()); // two intermediates are never stored
 */
export function scope<T>(fn: () => T): T {
  checkFunction('scope', fn);
  const result = inScope(fn, markKept);
  if (result instanceof Promise) {
    result.catch(() => {});
    throw new OptionError('scope() takes a synchronous function: a scope cannot span an await');
  }
  return result;
}

/** A class of which instances may leave a scope has this method: the tensors that it holds. */
interface Holder {
  heldTensors?(): Iterable<unknown>;
}

/** Marks every tensor in a result (also within arrays, maps, plain objects, and what has heldTensors) as user-level. */
export function markKept(result: unknown, depth = 0): void {
  if (result instanceof Tensor) {
    result.impl.storage.value.kept = true;
    return;
  }
  if (typeof result !== 'object' || result === null || depth > 8) return;
  const items =
    Array.isArray(result) || result instanceof Map
      ? result.values()
      : Object.getPrototypeOf(result) === Object.prototype
        ? Object.values(result)
        : (result as Holder).heldTensors?.();
  for (const item of items ?? []) markKept(item, depth + 1);
}
