/** Scopes tell user-level values from interior ones: what is made inside a scope and not returned from it is interior. */

let depth = 0;
const closing: (() => void)[] = [];

/** How many scopes are open. Zero: values made now are user-level. */
export function scopeDepth(): number {
  return depth;
}

/** Runs `fn` with values made inside being interior. `markResult` is given the outermost scope's result, to mark what leaves. */
export function inScope<T>(fn: () => T, markResult?: (result: T) => void): T {
  depth++;
  try {
    const result = fn();
    if (depth === 1) markResult?.(result);
    return result;
  } finally {
    depth--;
    if (depth === 0) for (const close of closing.splice(0)) close();
  }
}

/** Runs `fn` as if no scope were open: what it makes is user-level. */
export function outOfScope<T>(fn: () => T): T {
  const [outer, waiting] = [depth, closing.splice(0)];
  depth = 0;
  try {
    return fn();
  } finally {
    depth = outer;
    closing.push(...waiting);
  }
}

/** Calls back once, when the outermost open scope has closed. */
export function onScopeClosed(callback: () => void): void {
  closing.push(callback);
}
