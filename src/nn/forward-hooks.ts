/** Hooks on forward. */
import { outOfScope } from '../graph/scope.ts';
import { markKept } from '../tensor/scope.ts';
import type { ForwardHook, ForwardPreHook, HookHandle, Module } from './module.ts';

function put<T>(list: T[], entry: T, prepend: boolean): HookHandle {
  if (prepend) list.unshift(entry);
  else list.push(entry);
  return { remove: () => void (list.includes(entry) && list.splice(list.indexOf(entry), 1)) };
}

/** Hooks that only look on: what they see stays interior, and memory and plans are as without them. */
export function addForwardPreHook(module: Module, hook: ForwardPreHook, prepend: boolean): HookHandle {
  return put(module.carried.before, { hook }, prepend);
}
/** See {@link addForwardPreHook}. `always`: also when forward throws. */
export function addForwardHook(module: Module, hook: ForwardHook, prepend: boolean, always: boolean): HookHandle {
  return put(module.carried.after, { hook, always }, prepend);
}

/** Calls a user's hook: what it sees and what it makes may be read later, as if both were made outside of the module. */
export function visible<T>(seen: unknown, hook: () => T): T {
  markKept(seen);
  return outOfScope(hook);
}
