/** Whether ops record a tape. A global flag, so it cannot span an await. */
import { GradError } from '../core/errors.ts';

let enabled = true;
let inference = false;

/** True when ops on tensors that require grad are recorded for backward. */
export function isGradEnabled(): boolean {
  return enabled;
}

/** Sets the mode until it is set again. */
export function setGradMode(on: boolean): void {
  enabled = on;
}

/** True inside of inferenceMode(): what is made now never enters a tape. */
export function isInference(): boolean {
  return inference;
}

/** Runs `fn` in inference mode, or out of it. Synchronous only. */
export function withInferenceMode<T>(on: boolean, fn: () => T): T {
  const before = inference;
  inference = on;
  try {
    return withGradMode(on ? false : enabled, fn, 'inferenceMode');
  } finally {
    inference = before;
  }
}

/** Runs `fn` with gradient recording on or off. Synchronous only: other code runs during an await. */
export function withGradMode<T>(on: boolean, fn: () => T, name: string): T {
  const before = enabled;
  enabled = on;
  let result: T;
  try {
    result = fn();
  } finally {
    enabled = before;
  }
  if (result instanceof Promise) {
    // Whatever the async function does later would run in the other mode: say so instead.
    result.catch(() => {});
    throw new GradError(
      `${name}() takes a synchronous function: the mode cannot span an await\n  await first, then wrap the tensor code in ${name}(() => …)`,
    );
  }
  return result;
}
