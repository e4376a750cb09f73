/**
 * Interpreter of pointwise programs. The domain is walked in chunks that stay in the first-level cache: operands are
 * loaded (or read in place), each instruction runs one tight loop over the chunk, results are stored.
 */
import { allocate, type DType } from '../../core/dtype.ts';
import { roundToHalves } from '../../core/float16.ts';
import { isContiguous, numel } from '../../core/shape.ts';
import type { Arg, BufferArg, Program } from '../backend.ts';
import { pointwise } from './kernels/pointwise.ts';
import type { Lane, Loop } from './lane.ts';
import { Memory } from './memory.ts';
import { Cursor } from './strided.ts';

/** Elements per chunk: a handful of float32 lanes fit in 32 KiB. */
export const chunkSize = 1024;

const emptyMemory = new Memory('float32', new Float32Array(0));
const laneOf = (memory: Memory): Lane => ({ data: memory.data, bits: memory.bits, at: 0 });
const noLane = laneOf(emptyMemory);

// Chunk-sized lanes are shared by all programs: only one runs at a time.
const chunkLanes = new Map<DType, Lane[]>();
function chunkLane(dtype: DType, k: number): Lane {
  const list = chunkLanes.get(dtype) ?? [];
  chunkLanes.set(dtype, list);
  while (list.length <= k) list.push(laneOf(new Memory(dtype, allocate(dtype, chunkSize))));
  return list[k]!;
}

/** How an operand reaches its lane. */
type Source =
  | { readonly kind: 'scalar'; readonly value: number; readonly slot: number; readonly lane: Lane }
  /** One element, repeated. */
  | { readonly kind: 'constant'; readonly value: number; readonly arg: BufferArg; readonly lane: Lane }
  /** Contiguous: read where it is. */
  | { readonly kind: 'direct'; readonly value: number; readonly arg: BufferArg; readonly lane: Lane }
  | {
      readonly kind: 'strided';
      readonly value: number;
      readonly arg: BufferArg;
      readonly lane: Lane;
      readonly cursor: Cursor;
    };

interface Step {
  readonly loop: Loop;
  readonly out: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly rest: readonly number[];
}

/** A value to be written, contiguous, to the target of the same index. */
export interface Output {
  readonly value: number;
  readonly dtype: DType;
}

export class CompiledProgram {
  private readonly count: number;
  private readonly carried: Lane | null;
  private readonly sources: readonly Source[];
  private readonly steps: readonly Step[];
  private readonly outputs: readonly (Output & {
    readonly lane: Lane;
    readonly copy: Loop;
    readonly computed: boolean;
  })[];
  /** Lane of each value when no result is written in place; `lanes` is what a run uses. */
  private readonly defaults: readonly Lane[];
  private readonly lanes: Lane[];

  constructor(program: Program, outputs: readonly Output[]) {
    this.count = numel(program.shape);
    const first = program.carried === null ? 0 : 1;
    const computedFrom = first + program.args.length;
    const dtypes: DType[] = [
      ...(program.carried === null ? [] : [program.carried]),
      ...program.args.map((a) => a.dtype),
      ...program.instrs.map((i) => i.dtype),
    ];
    const lanes: Lane[] = new Array<Lane>(dtypes.length);
    const lastUse = new Array<number>(dtypes.length).fill(-1);
    program.instrs.forEach((instr, i) => {
      for (const v of instr.inputs) lastUse[v] = i;
    });
    for (const o of outputs) lastUse[o.value] = program.instrs.length;

    // Chunk lanes are handed out by lifetime: a short program touches little memory.
    const free = new Map<DType, number[]>();
    const made = new Map<DType, number>();
    const held = new Map<number, number>();
    const take = (value: number): Lane => {
      const dtype = dtypes[value]!;
      const reused = free.get(dtype)?.pop();
      const k = reused ?? made.get(dtype) ?? 0;
      if (reused === undefined) made.set(dtype, k + 1);
      held.set(value, k);
      return chunkLane(dtype, k);
    };

    this.carried = program.carried === null ? null : laneOf(emptyMemory);
    if (this.carried) lanes[0] = this.carried;
    this.sources = program.args.map((arg, i) => {
      const source = sourceOf(arg, first + i, take);
      lanes[first + i] = source.lane;
      return source;
    });
    this.steps = program.instrs.map((instr, i) => {
      // An operand's lane may become the result's: loops read element i before they write it.
      for (const v of new Set(instr.inputs)) {
        const k = held.get(v);
        if (k === undefined || lastUse[v] !== i) continue;
        const dtype = dtypes[v]!;
        // Scalars and constants are filled once per run, so their lanes stay theirs.
        if (v < computedFrom && this.sources[v - first]!.kind !== 'strided') continue;
        free.set(dtype, [...(free.get(dtype) ?? []), k]);
        held.delete(v);
      }
      const out = computedFrom + i;
      lanes[out] = take(out);
      const [a = -1, b = -1, c = -1, ...rest] = instr.inputs;
      const loop = pointwise[instr.op](
        instr.dtype,
        instr.inputs.map((v) => dtypes[v]!),
      );
      return { loop: instr.dtype === 'float16' ? rounded(loop) : loop, out, a, b, c, rest };
    });
    const written = new Set<number>();
    this.outputs = outputs.map((o) => {
      const computed = o.value >= computedFrom && dtypes[o.value] === o.dtype && !written.has(o.value);
      written.add(o.value);
      return { ...o, computed, copy: pointwise.cast(o.dtype, [dtypes[o.value]!]), lane: laneOf(emptyMemory) };
    });
    this.defaults = lanes;
    this.lanes = [...lanes];
  }

  /** `targets` are the outputs' memory; `carried` is read contiguously. */
  run(memory: readonly Memory[], scalars: readonly number[], targets: readonly Memory[], carried: Memory | null): void {
    const { count, lanes, outputs, sources, steps } = this;
    if (count === 0) return;
    for (let v = 0; v < lanes.length; v++) lanes[v] = this.defaults[v]!;
    if (this.carried) point(this.carried, carried!);
    const strided: (Source & { kind: 'strided' })[] = [];
    const direct: { lane: Lane; base: number }[] = [];
    const data = new Map<Source, Memory['data']>();
    for (const s of sources) {
      if (s.kind === 'scalar') {
        s.lane.data.fill(scalars[s.slot]!, 0, Math.min(count, chunkSize));
        continue;
      }
      const m = memory[s.arg.ref]!;
      const origin = s.arg.origin === undefined ? 0 : scalars[s.arg.origin]!;
      const first = origin + s.arg.layout.offset;
      if (s.kind === 'constant') s.lane.data.fill(m.data[first]!, 0, Math.min(count, chunkSize));
      else if (s.kind === 'strided') {
        s.cursor.reset();
        // A result that overwrites an operand read in another order must not be seen by later chunks.
        const own = targets.some((t) => t.data === m.data) ? m.data.slice() : m.data;
        data.set(s, origin === 0 ? own : own.subarray(origin));
        strided.push(s);
      } else {
        const shifted = first !== 0 && targets.some((t) => t.data === m.data);
        point(s.lane, shifted ? new Memory(m.dtype, m.data.slice()) : m);
        direct.push({ lane: s.lane, base: first });
      }
    }
    // A result goes straight to its memory unless an operand is still being read there.
    const copies: (typeof outputs)[number][] = [];
    outputs.forEach((o, i) => {
      const target = targets[i]!;
      point(o.lane, target);
      direct.push({ lane: o.lane, base: 0 });
      const read =
        carried?.data === target.data || sources.some((s) => s.kind === 'direct' && s.lane.data === target.data);
      if (o.computed && !read) lanes[o.value] = o.lane;
      else copies.push(o);
    });
    if (this.carried) direct.push({ lane: this.carried, base: 0 });

    const rest: Lane[] = [];
    for (let start = 0; start < count; start += chunkSize) {
      const n = Math.min(chunkSize, count - start);
      for (const d of direct) d.lane.at = d.base + start;
      for (const s of strided) s.cursor.load(s.lane.data, 0, data.get(s)!, n);
      for (const s of steps) {
        rest.length = 0;
        for (const v of s.rest) rest.push(lanes[v]!);
        s.loop(n, lanes[s.out]!, lanes[s.a] ?? noLane, lanes[s.b] ?? noLane, lanes[s.c] ?? noLane, start, rest);
      }
      for (const o of copies) o.copy(n, o.lane, lanes[o.value]!, noLane, noLane, start, rest);
    }
    // Lanes outlive the run; the memory they point at must not.
    for (const d of direct) point(d.lane, emptyMemory);
  }
}

/** Halves are rounded op by op, so that a fused chain gives what its ops give one by one. */
const rounded =
  (loop: Loop): Loop =>
  (n, out, ...operands) => {
    loop(n, out, ...operands);
    roundToHalves(out.data, out.at, n);
  };

function point(lane: Lane, memory: Memory): void {
  lane.data = memory.data;
  lane.bits = memory.bits;
  lane.at = 0;
}

function sourceOf(arg: Arg, value: number, take: (value: number) => Lane): Source {
  if (arg.kind === 'scalar') return { kind: 'scalar', value, slot: arg.slot, lane: take(value) };
  const { layout } = arg;
  if (layout.shape.every((d, i) => d === 1 || layout.strides[i] === 0))
    return { kind: 'constant', value, arg, lane: take(value) };
  if (isContiguous(layout)) return { kind: 'direct', value, arg, lane: laneOf(emptyMemory) };
  return { kind: 'strided', value, arg, lane: take(value), cursor: new Cursor(layout) };
}
