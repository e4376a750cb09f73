/** The pending nodes that matter, numbered, with the key under which their plan is cached. */
import type { DType } from '../core/dtype.ts';
import { isContiguous, type Layout, type Shape, sameShape } from '../core/shape.ts';
import { isOperand, type Node, type Operand, type Value } from './node.ts';

/** Where a surviving result goes: new memory, the memory of the external it supersedes, or its home in an arena. */
export type Placement =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'external'; readonly index: number }
  | { readonly kind: 'home' };

export interface Survivor {
  readonly value: Value;
  readonly placement: Placement;
}

export interface Trace {
  /** Live nodes in program order. */
  readonly nodes: readonly Node[];
  /** Values in memory that the nodes read, in order of first use. */
  readonly externals: readonly Value[];
  readonly survivors: readonly Survivor[];
  /** Scalar operands of the nodes, in order, then where views start. */
  readonly scalars: readonly number[];
  readonly scalarTypes: readonly DType[];
  /** Operands that do not start where their value does, with the slot of the scalar that says where. */
  readonly origins: ReadonlyMap<Operand, number>;
  readonly key: string;
}

let traces = 0;

/**
 * Where a view starts, as far as kernels need not know it: at its lowest element, rounded down to a multiple of four. The rest
 * of the offset is part of the layout, and of the plan's key.
 */
export function originOf({ shape, strides, offset }: Layout): number {
  let lowest = offset;
  for (let i = 0; i < shape.length; i++) {
    if (shape[i] === 0) return 0;
    if (strides[i]! < 0) lowest += (shape[i]! - 1) * strides[i]!;
  }
  return lowest - (lowest % 4);
}

/** Drops dead code and numbers what is left. `everything`: all results survive (immediate mode, and runs inside an open scope). */
export function traceNodes(pending: readonly Node[], everything: boolean): Trace {
  const survives = (v: Value): boolean => (everything ? !v.superseded && v.gone === null : v.survives);
  const live = liveNodes(pending, survives);
  const id = ++traces;
  const externals: Value[] = [];
  const scalars: number[] = [];
  const scalarTypes: DType[] = [];
  const survivors: Survivor[] = [];
  const parts: string[] = [];
  const starts = new Starts();
  let produced = 0;
  for (const node of live) {
    parts.push(node.signature);
    for (const input of node.inputs) {
      if (!isOperand(input)) {
        scalars.push(input.scalar);
        scalarTypes.push(input.dtype);
        parts.push(`$${input.dtype}`);
        continue;
      }
      const { value } = input;
      if (value.trace !== id) {
        value.trace = id;
        value.local = -externals.push(value);
        parts.push(`+${value.dtype}[${value.shape.join()}]`);
      }
      parts.push(value.local + layoutKey(input.layout, value.shape));
      if (input.layout.offset !== 0) parts.push(starts.note(input));
    }
    for (const output of node.outputs) {
      const local = produced++;
      // A node that is run again for one of its results computes the others for nobody: they are read from memory.
      if (output.buffer !== null) {
        parts.push(`~${local}`);
        continue;
      }
      output.trace = id;
      output.local = local;
    }
  }
  for (const node of live) {
    for (const value of node.outputs) {
      if (value.buffer !== null || !survives(value)) continue;
      const placement = placementOf(value, id);
      survivors.push({ value, placement });
      parts.push(`!${value.local}${placement.kind === 'external' ? `@${placement.index}` : placement.kind}`);
    }
  }
  const origins = starts.append(scalars, scalarTypes);
  return { nodes: live, externals, survivors, scalars, scalarTypes, origins, key: parts.join(';') };
}

/** Numbers the places where views start. Views of one value that start at one place share a number, and that is structure. */
class Starts {
  private readonly numbers = new Map<string, number>();
  private readonly places: number[] = [];
  private readonly views = new Map<Operand, number>();

  /** Its part of the key. */
  note(view: Operand): string {
    const origin = originOf(view.layout);
    if (origin === 0) return '';
    const place = `${view.value.local}@${origin}`;
    let n = this.numbers.get(place);
    if (n === undefined) {
      n = this.places.push(origin) - 1;
      this.numbers.set(place, n);
    }
    this.views.set(view, n);
    return `@${n}`;
  }

  /** Makes them scalars of the plan. */
  append(scalars: number[], types: DType[]): ReadonlyMap<Operand, number> {
    const first = scalars.length;
    for (const origin of this.places) {
      scalars.push(origin);
      types.push('uint32');
    }
    for (const [view, n] of this.views) this.views.set(view, first + n);
    return this.views;
  }
}

function liveNodes(pending: readonly Node[], survives: (v: Value) => boolean): Node[] {
  const live: Node[] = [];
  const used = new Set<Node>();
  for (let i = pending.length - 1; i >= 0; i--) {
    const node = pending[i]!;
    if (!used.has(node) && !node.outputs.some((v) => v.buffer === null && survives(v))) continue;
    live.push(node);
    for (const input of node.inputs) {
      if (isOperand(input) && input.value.buffer === null && input.value.node) used.add(input.value.node);
    }
  }
  return live.reverse();
}

function placementOf(value: Value, trace: number): Placement {
  // Walk back over in-place writes to memory that exists already.
  let root = value.takesOver;
  let home = value.home;
  while (root && root.buffer === null && root.takesOver) {
    home ??= root.home;
    root = root.takesOver;
  }
  if (root) home ??= root.home;
  if (root?.buffer) {
    if (root.trace === trace) return { kind: 'external', index: -root.local - 1 };
    // Overwritten without being read: the memory is taken over all the same.
    value.home = root.home ?? { buffer: root.buffer, occupant: root };
    value.home.occupant = root;
    return { kind: 'home' };
  }
  if (home) {
    value.home = home;
    const occupant = home.occupant;
    if (occupant && occupant.trace === trace && occupant.local < 0 && occupant.buffer?.id === home.buffer.id) {
      return { kind: 'external', index: -occupant.local - 1 };
    }
    return { kind: 'home' };
  }
  return { kind: 'fresh' };
}

function layoutKey(layout: Layout, shape: Shape): string {
  if (layout.offset === 0 && isContiguous(layout)) {
    return sameShape(layout.shape, shape) ? '' : `r${layout.shape.join()}`;
  }
  return `v${layout.shape.join()}/${layout.strides.join()}/${layout.offset - originOf(layout)}`;
}
