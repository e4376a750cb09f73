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

/** Marks every tensor in a result (also within arrays, maps and plain objects) as user-level. */
export function markKept(result: unknown, depth = 0): void {
  if (result instanceof Tensor) {
    result.impl.storage.value.kept = true;
    return;
  }
  if (typeof result !== 'object' || result === null || depth > 8) return;
  if (Array.isArray(result)) for (const item of result) markKept(item, depth + 1);
  else if (result instanceof Map) for (const item of result.values()) markKept(item, depth + 1);
  else if (Object.getPrototypeOf(result) === Object.prototype)
    for (const item of Object.values(result)) markKept(item, depth + 1);
}
