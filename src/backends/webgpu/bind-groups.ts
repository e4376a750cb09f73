/** Bind groups, made once per dispatch and set of buffers. */
import { DeviceError } from '../../core/errors.ts';
import { type Range, type WebGpuBuffer, wholeSlot } from './buffers.ts';
import type { Binding } from './kernels/types.ts';
import type { Pipeline } from './pipelines.ts';
import type { Pool, Slot } from './pool.ts';

/** A range copied aside before a dispatch, because the dispatch writes elsewhere in the same GPUBuffer. */
export interface AliasCopy {
  readonly from: Range;
  readonly to: Slot;
}

interface BoundGroup {
  /** Places of the per-run buffers it binds, in order of `Bindable.bound`. */
  readonly places: readonly number[];
  readonly group: GPUBindGroup;
  readonly copies: readonly AliasCopy[];
}

/** What one dispatch binds. */
export interface Bindable {
  readonly label: string;
  readonly pipeline: Pipeline;
  readonly bindings: readonly Binding[];
  /** Ranges that are the same on every run (temporaries, scratch), or null, one per binding. */
  readonly fixed: readonly (Range | null)[];
  /** Indices, into the buffers given to a run, of those that this dispatch touches. */
  readonly bound: readonly number[];
  /** Most recently used first. */
  readonly groups: BoundGroup[];
  /** Where reads that alias a write are copied to, by binding. */
  readonly asides: Map<number, Slot>;
}

/** Results come from the pool and rotate among a few buffers, as many as the collector leaves waiting: these groups per dispatch serve all runs. */
const keptGroups = 64;

/** The bind group for the buffers of this run. */
export function bindGroup(
  step: Bindable,
  buffers: readonly WebGpuBuffer[],
  device: GPUDevice,
  pool: Pool,
  created: () => void,
): BoundGroup {
  const { groups, bound } = step;
  for (let g = 0; g < groups.length; g++) {
    const candidate = groups[g]!;
    let same = true;
    for (let i = 0; same && i < bound.length; i++) same = candidate.places[i] === buffers[bound[i]!]!.place;
    if (!same) continue;
    if (g > 0) {
      groups.splice(g, 1);
      groups.unshift(candidate);
    }
    return candidate;
  }
  created();
  const ranges = step.bindings.map((binding, i) => step.fixed[i] ?? range(step, binding, buffers));
  const copies = setAside(step, ranges, pool);
  const group = device.createBindGroup({
    label: step.label,
    layout: step.pipeline.bindGroupLayout,
    entries: ranges.map(({ slot, offset, size }, binding) => ({
      binding,
      resource: { buffer: slot.gpu, offset, size },
    })),
  });
  const made = { places: bound.map((i) => buffers[i]!.place), group, copies };
  groups.unshift(made);
  if (groups.length > keptGroups) groups.pop();
  return made;
}

function range(step: Bindable, binding: Binding, buffers: readonly WebGpuBuffer[]): Range {
  if (binding.kind === 'buffer') return buffers[binding.ref]!;
  if (binding.kind === 'scratch') throw new Error(`${step.label}: scratch memory is bound when the plan is compiled`);
  const ranges = binding.refs.map((ref) => buffers[ref]);
  const first = ranges[0]!;
  let end = first.offset;
  for (const next of ranges) {
    if (next === undefined || next.slot !== first.slot || next.offset !== end) {
      throw new DeviceError(`${step.label}: its tensors must be consecutive ranges of one arena`);
    }
    end += next.size;
  }
  return { slot: first.slot, offset: first.offset, size: end - first.offset, place: first.place };
}

/**
 * A GPUBuffer may not be both read-only and writable in one dispatch, whatever the ranges. Replaces such reads in `ranges` by
 * copies: correct but slow, for plans that read and write ranges of one arena.
 */
function setAside(step: Bindable, ranges: Range[], pool: Pool): AliasCopy[] {
  const written = new Set(ranges.filter((_, i) => step.bindings[i]!.access === 'read_write').map(({ slot }) => slot));
  const copies: AliasCopy[] = [];
  ranges.forEach((from, i) => {
    if (step.bindings[i]!.access === 'read_write' || !written.has(from.slot)) return;
    let to = step.asides.get(i);
    if (to === undefined) {
      to = pool.take(from.size);
      step.asides.set(i, to);
    }
    copies.push({ from, to });
    ranges[i] = { ...wholeSlot(to), size: from.size };
  });
  return copies;
}
