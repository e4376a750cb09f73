/** From a trace to what a backend compiles: rewrites, fusion, order, and memory for every value. */
import type { Arg, Kernel, KernelOutput, PlanSpec, Program, ProgramArg, Store } from '../backends/backend.ts';
import type { Shape } from '../core/shape.ts';
import type { KernelOp, PointwiseOp } from '../ops/index.ts';
import { fuse, type Group, layoutOver } from './fuse.ts';
import { memoryRoot, resolveOverwrites } from './in-place.ts';
import { absorbFills, type Item, type ItemInput, type Items, type ItemValue, isArg, itemsOf } from './items.ts';
import type { Trace } from './trace.ts';

export interface PlanOptions {
  readonly maxBuffersPerKernel: number;
  readonly fuse: boolean;
}

export function makePlan(trace: Trace, options: PlanOptions): PlanSpec {
  const graph = itemsOf(trace);
  const groups = groupsOf(graph, options);
  const memory = assignMemory(groups, graph.externals, graph.survivors, options.fuse);
  return {
    kernels: groups.map((g) => kernelOf(g, memory.ref)),
    externals: graph.externals.map(({ dtype, numel: n }) => ({ dtype, numel: n })),
    results: memory.results.map(({ dtype, numel: n }) => ({ dtype, numel: n })),
    temporaries: memory.temporaries,
    scalars: trace.scalarTypes,
  };
}

/** What becomes one kernel each, in order. */
export function groupsOf(graph: Items, { fuse: on, maxBuffersPerKernel }: PlanOptions): Group[] {
  if (on) absorbFills(graph);
  resolveOverwrites(graph);
  return fuse(graph, maxBuffersPerKernel, on);
}

interface Memory {
  ref(value: ItemValue): number;
  /** Survivors that are not written over an external. */
  readonly results: ItemValue[];
  readonly temporaries: { dtype: ItemValue['dtype']; numel: number }[];
}

/** Numbers the buffers: externals, results, then temporaries that are reused as soon as their last reader has run. */
function assignMemory(
  groups: readonly Group[],
  externals: readonly ItemValue[],
  survivors: readonly ItemValue[],
  reuse: boolean,
): Memory {
  const refs = new Map<ItemValue, number>();
  externals.forEach((v, i) => {
    refs.set(v, i);
  });
  const results = survivors.filter((s) => s.placement!.kind !== 'external');
  results.forEach((v, i) => {
    refs.set(memoryRoot(v), externals.length + i);
  });
  const base = externals.length + results.length;
  const temporaries: { dtype: ItemValue['dtype']; numel: number }[] = [];
  const lastUse = new Map<ItemValue, number>();
  groups.forEach((g, at) => {
    for (const item of g.all) {
      for (const v of [...item.args.map((a) => a.value), ...item.outputs]) lastUse.set(memoryRoot(v), at);
    }
  });
  const free = new Map<string, number[]>();
  groups.forEach((g, at) => {
    const live = boundValues(g).map(memoryRoot);
    for (const root of new Set(live)) {
      if (refs.has(root)) continue;
      const kind = `${root.dtype}${root.numel}`;
      const recycled = reuse ? free.get(kind)?.pop() : undefined;
      refs.set(root, recycled ?? base + temporaries.push({ dtype: root.dtype, numel: root.numel }) - 1);
    }
    for (const root of new Set(live)) {
      const ref = refs.get(root)!;
      if (ref < base || lastUse.get(root) !== at) continue;
      const kind = `${root.dtype}${root.numel}`;
      const list = free.get(kind);
      if (list) list.push(ref);
      else free.set(kind, [ref]);
    }
  });
  return { ref: (v) => refs.get(memoryRoot(v)) ?? -1, results, temporaries };
}

/** What a kernel touches in memory: operands from outside, and results that someone else needs. */
function boundValues(g: Group): ItemValue[] {
  const all = g.all;
  const outputs = new Set(all.flatMap((i) => i.outputs));
  const operands = all.flatMap((i) => i.args.map((a) => a.value)).filter((v) => !outputs.has(v));
  return [...operands, ...g.stored];
}

function kernelOf(g: Group, ref: (v: ItemValue) => number): Kernel {
  const stores = (program: ProgramBuilder, items: readonly Item[]): Store[] =>
    items
      .flatMap((i) => i.outputs)
      .filter((v) => g.stored.has(v))
      .map((v) => ({ value: program.numberOf(v), ref: ref(v), dtype: v.dtype }));
  if (!g.anchor) {
    const program = new ProgramBuilder(g.domain, null, ref);
    for (const item of g.items) program.add(item);
    return { kind: 'pointwise', program: program.build(), stores: stores(program, g.items) };
  }
  const { anchor } = g;
  const overwritten = new Map(anchor.row.kind === 'pointwise' ? [] : (anchor.row.inPlace?.(anchor.attrs) ?? []));
  const outputs = anchor.outputs.map((v, n): KernelOutput => {
    const input = overwritten.get(n);
    const output = { ref: g.stored.has(v) ? ref(v) : -1, shape: v.shape, dtype: v.dtype };
    return input === undefined ? output : { ...output, inPlaceOf: input };
  });
  const inputs = anchor.inputs.map((input, n): Arg | ProgramArg => {
    const prologue = g.prologues.find((p) => p.input === n);
    if (!prologue || !isArg(input)) return argOf(input, ref);
    const program = new ProgramBuilder(prologue.domain, null, ref);
    for (const item of prologue.items) program.add(item);
    return {
      kind: 'program',
      program: program.build(),
      value: program.numberOf(input.value),
      layout: input.layout,
      dtype: input.value.dtype,
      origin: input.origin,
    };
  });
  const kernel = { kind: 'op' as const, op: anchor.op as KernelOp, attrs: anchor.attrs, inputs, outputs };
  if (g.items.length === 0) return kernel;
  const program = new ProgramBuilder(g.domain, anchor.outputs[0]!, ref);
  for (const item of g.items) program.add(item);
  return { ...kernel, epilogue: { program: program.build(), stores: stores(program, g.items) } };
}

function argOf(input: ItemInput, ref: (v: ItemValue) => number): Arg {
  if (!isArg(input)) return { kind: 'scalar', slot: input.slot, dtype: input.dtype };
  const { value, layout, origin } = input;
  return { kind: 'buffer', ref: ref(value), layout, dtype: value.dtype, origin };
}

/** Collects pointwise items into a Program. Values made inside are numbered after all args, so numbers are given at the end. */
class ProgramBuilder {
  private readonly shape: Shape;
  private readonly carried: ItemValue | null;
  private readonly ref: (v: ItemValue) => number;
  private readonly args: Arg[] = [];
  private readonly argKeys = new Map<string, number>();
  private readonly made = new Map<ItemValue, number>();
  private readonly instrs: {
    op: PointwiseOp;
    dtype: ItemValue['dtype'];
    inputs: ({ arg: number } | { made: number } | 'carried')[];
  }[] = [];

  constructor(shape: Shape, carried: ItemValue | null, ref: (v: ItemValue) => number) {
    this.shape = shape;
    this.carried = carried;
    this.ref = ref;
  }

  add(item: Item): void {
    const inputs = item.inputs.map((input) => {
      if (isArg(input)) {
        if (input.value === this.carried) return 'carried' as const;
        const made = this.made.get(input.value);
        if (made !== undefined) return { made };
        const layout = layoutOver(input, this.shape);
        if (!layout) throw new Error(`planner: ${item.op} cannot be evaluated over [${this.shape.join(', ')}]`);
        return { arg: this.arg(argOf({ ...input, layout }, this.ref)) };
      }
      return { arg: this.arg(argOf(input, this.ref)) };
    });
    const output = item.outputs[0]!;
    this.made.set(output, this.instrs.push({ op: item.op as PointwiseOp, dtype: output.dtype, inputs }) - 1);
  }

  private arg(arg: Arg): number {
    const key = JSON.stringify(arg);
    const known = this.argKeys.get(key);
    if (known !== undefined) return known;
    const n = this.args.push(arg) - 1;
    this.argKeys.set(key, n);
    return n;
  }

  private get firstArg(): number {
    return this.carried ? 1 : 0;
  }

  numberOf(value: ItemValue): number {
    return value === this.carried ? 0 : this.firstArg + this.args.length + this.made.get(value)!;
  }

  build(): Program {
    const instrs = this.instrs.map(({ op, dtype, inputs }) => ({
      op,
      dtype,
      inputs: inputs.map((i) =>
        i === 'carried' ? 0 : 'arg' in i ? this.firstArg + i.arg : this.firstArg + this.args.length + i.made,
      ),
    }));
    return { shape: this.shape, carried: this.carried?.dtype ?? null, args: this.args, instrs };
  }
}
