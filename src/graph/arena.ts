/**
 * Arenas: parameters, gradients and optimizer state as consecutive ranges of one allocation each, so that an optimizer
 * updates a whole model in one dispatch.
 */
import type { Backend, Buffer } from '../backends/backend.ts';
import type { DType } from '../core/dtype.ts';
import { allocate } from '../core/dtype.ts';
import { numel, type Shape } from '../core/shape.ts';
import { own, release } from './memory.ts';
import { type Home, type Recorder, type Storage, Value } from './node.ts';

interface Seat {
  readonly arena: readonly Buffer[];
  readonly position: number;
}
const seats = new WeakMap<Buffer, Seat>();

function allocArena(backend: Backend, dtype: DType, numels: readonly number[]): Buffer[] {
  const arena = backend.allocArena(dtype, numels);
  arena.forEach((buffer, position) => {
    seats.set(buffer, { arena, position });
  });
  return arena;
}

/** True when `b` lies directly behind `a` in one arena. */
export function adjacent(a: Buffer | null, b: Buffer | null): boolean {
  const [sa, sb] = [a && seats.get(a), b && seats.get(b)];
  return (
    sa !== undefined &&
    sb !== undefined &&
    sa !== null &&
    sb !== null &&
    sa.arena === sb.arena &&
    sb.position === sa.position + 1
  );
}

/** Moves the storages, all of one dtype on one device, into a new arena. */
export function moveIntoArena(engine: Recorder, storages: readonly Storage[]): void {
  for (const { value } of storages) engine.ensure(value);
  engine.flush();
  const dtype = storages[0]!.value.dtype;
  const arena = allocArena(
    engine.backend,
    dtype,
    storages.map((s) => s.value.numel),
  );
  storages.forEach(({ value }, i) => {
    engine.backend.copy(value.buffer!, arena[i]!);
    release(value);
    value.home = null;
    own(value, arena[i]!);
  });
}

/** Frees the range of a home that nobody can reach any more. */
const registry = new FinalizationRegistry<{ backend: Backend; buffer: Buffer }>(({ backend, buffer }) => {
  if (backend.lost === null) backend.free(buffer);
});

/** Empty places for values of these sizes. */
export function makeHomes(engine: Recorder, dtype: DType, numels: readonly number[]): Home[] {
  return allocArena(engine.backend, dtype, numels).map((buffer) => {
    const home: Home = { buffer, occupant: null };
    registry.register(home, { backend: engine.backend, buffer });
    return home;
  });
}

/** Tensors full of one number, in an arena. */
export function fullInArena(engine: Recorder, dtype: DType, shapes: readonly Shape[], fill: number): Value[] {
  const numels = shapes.map(numel);
  const arena = allocArena(engine.backend, dtype, numels);
  return shapes.map((shape, i) => {
    engine.backend.write(arena[i]!, allocate(dtype, numels[i]!).fill(fill));
    const value = new Value(engine, shape, dtype, null);
    own(value, arena[i]!);
    value.kept = true;
    return value;
  });
}
