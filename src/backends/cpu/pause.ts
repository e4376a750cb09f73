import { nextTask } from '../../core/task.ts';

const interval = 12;
let last = 0;

/**
 * Runs on the CPU are done when they return, so a loop that awaits their results would never leave the microtask queue: the
 * page would freeze, and the collector's finalizers, which free memory, would never run. This lets both have a turn if the
 * last one was some milliseconds ago.
 */
export async function pause(): Promise<void> {
  if (performance.now() - last < interval) return;
  await nextTask();
  last = performance.now();
}
