/** Who owns the buffers of values, and how the garbage collector learns of them. */
import type { Backend, Buffer } from '../backends/backend.ts';
import type { Value } from './node.ts';

interface Owned {
  readonly backend: Backend;
  readonly buffer: Buffer;
}

/** Frees the buffer of a value that became unreachable. Only a safety net for what no rule released before. */
const registry = new FinalizationRegistry<Owned>(({ backend, buffer }) => {
  if (backend.lost === null) backend.free(buffer);
});

// A collector that sees only tiny objects never runs. Each handle therefore weighs, in (untouched, so only virtual) host
// memory, about what its buffer weighs on the GPU; on the CPU the buffer itself is visible. The floor makes handles of
// small buffers count, the cap bounds the cost of allocating.
const minBallast = 1 << 15;
const maxBallast = 1 << 25;

function ballastFor(backend: Backend, { bytes }: Buffer): number {
  if (backend.name === 'cpu') return Math.max(minBallast - bytes, 0);
  return Math.min(Math.max(bytes, minBallast), maxBallast);
}

/** Makes `value` the owner of `buffer`. */
export function own(value: Value, buffer: Buffer): void {
  value.buffer = buffer;
  const { backend } = value.engine;
  value.ballast ??= new ArrayBuffer(ballastFor(backend, buffer));
  registry.register(value, { backend, buffer }, value);
}

/** Hands the memory of `from` to `to`; `from` can no longer be read. */
export function handOver(from: Value, to: Value): void {
  const buffer = from.buffer!;
  const owned = registry.unregister(from);
  to.ballast = from.ballast;
  from.ballast = null;
  from.buffer = null;
  to.home ??= from.home;
  if (owned) own(to, buffer);
  else to.buffer = buffer;
}

/** Gives the memory back now. Memory at home in an arena stays there. */
export function release(value: Value): void {
  const { buffer } = value;
  if (!buffer) return;
  value.buffer = null;
  value.ballast = null;
  if (!registry.unregister(value)) return;
  value.home = null;
  if (value.engine.backend.lost === null) value.engine.backend.free(buffer);
}
