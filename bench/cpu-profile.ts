/** Where a Node process spends its time, by function. */
import type { Runtime } from 'node:inspector';
import { Session } from 'node:inspector/promises';

export interface HotSpot {
  readonly name: string;
  /** Milliseconds per step in the function itself, without those it calls. */
  readonly ms: number;
}

/** The functions in which `work` spends most. */
export async function profileCpu(work: () => Promise<void>, steps: number): Promise<HotSpot[]> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 200 });
  await session.post('Profiler.start');
  await work();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const totals = new Map<string, number>();
  profile.samples?.forEach((id, i) => {
    const name = names.get(id);
    if (name) totals.set(name, (totals.get(name) ?? 0) + profile.timeDeltas![i]! / 1000 / steps);
  });
  return [...totals].map(([name, ms]) => ({ name, ms })).sort((a, b) => b.ms - a.ms);
}

/** Null for what was not written here: the profiler itself, and the loop in which Dawn asks for events. */
function nameOf({ functionName, lineNumber, url }: Runtime.CallFrame): string | null {
  if (functionName === '(garbage collector)') return functionName;
  return url.startsWith('file:') ? `${functionName || '(anonymous)'}:${lineNumber + 1}` : null;
}
