/** A differentiable view of a storage: what Tensor wraps and gradient rules compute with. */
import type { DType } from '../core/dtype.ts';
import { isContiguous, type Layout, numel, type Shape } from '../core/shape.ts';
import type { Home, Operand, Recorder, Storage } from '../graph/node.ts';
import type { Meta, Ref } from '../ops/types.ts';
import { isInference } from './grad-mode.ts';

/** Where the gradient of a Var flows: result `index` of the tape node that made it. */
export interface Edge {
  readonly node: BackwardNode;
  readonly index: number;
}

/** What a leaf that requires grad carries. */
export interface LeafState {
  readonly accumulate: Edge;
  grad: Var | null;
  /** Where gradients are placed, once an optimizer has laid out an arena for them. */
  home: Home | null;
  /** Called when a backward pass has added to `grad`. */
  afterwards: Set<() => void> | null;
}

export class Var implements Ref {
  readonly ref = true;
  readonly storage: Storage;
  readonly layout: Layout;
  /** The tape node that made it, or null for leaves and constants. */
  edge: Edge | null = null;
  leaf: LeafState | null = null;
  /** Made in inferenceMode(): it never enters a tape. */
  inference = isInference();
  /** The gradient that arrived here in the last backward, where retainGrad() asked for it. */
  retained: Var | null = null;
  /** Set by retainGrad(): has the gradient of what is here now be the one that is kept. */
  retain: (() => void) | null = null;
  /** For views: what they are a view of, so that writes through either are differentiated right. */
  base: Var | null = null;
  /** Differentiable writes to the memory, counted by the Var that owns it. */
  writes = 0;
  /** For views: the owner's `writes` for which `edge` is right; a write through another alias makes a view's edge stale. */
  seenWrites = 0;

  constructor(storage: Storage, layout: Layout) {
    this.storage = storage;
    this.layout = layout;
  }

  /** What the tape and the graph see: itself. Inside of vmap() a Var shows one sample of a whole that holds all of them. */
  get whole(): Var {
    return this;
  }
  /** The Var that shows of `whole` what this one shows of its own. */
  partOf(whole: Var): Var {
    return whole;
  }
  /** The same memory outside of the tape. */
  detached(): Var {
    return new Var(this.storage, this.layout);
  }

  /** The Var whose history is that of the memory. */
  get owner(): Var {
    let v: Var = this;
    while (v.base) v = v.base;
    return v;
  }
  get stale(): boolean {
    return this.base !== null && this.seenWrites !== this.owner.writes;
  }
  get shape(): Shape {
    return this.layout.shape;
  }
  get dtype(): DType {
    return this.storage.value.dtype;
  }
  get engine(): Recorder {
    return this.storage.value.engine;
  }
  get operand(): Operand {
    return { value: this.storage.value, layout: this.layout };
  }
  get requiresGrad(): boolean {
    if (this.leaf) return true;
    return this.stale ? this.owner.requiresGrad : this.edge !== null;
  }
  /** Row-major over the whole storage. */
  get isWhole(): boolean {
    const { value } = this.storage;
    return this.layout.offset === 0 && isContiguous(this.layout) && numel(this.layout.shape) === value.numel;
  }
}

let sequence = 0;

/** How many nodes were made so far: nodes made from now on have a `sequence` of at least this. */
export function tapeLength(): number {
  return sequence;
}

/** Changes a gradient on its way, or looks at it. */
export type GradHook = (grad: Var) => Var | null;

let anomaly: { readonly checkNan: boolean } | null = null;

/** Whether nodes remember where they were made, and gradients are searched for NaN: see detectAnomaly(). */
export function anomalyMode(): { readonly checkNan: boolean } | null {
  return anomaly;
}
export function setAnomalyMode(mode: { readonly checkNan: boolean } | null): void {
  anomaly = mode;
}

/** Deep enough to reach out of the library, where the engine cuts short. */
function callStack(): string {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = before;
  return stack;
}

/** A node of the tape. `apply` turns gradients of its results into gradients of its operands, one per edge. */
export abstract class BackwardNode {
  readonly sequence = sequence++;
  /** The call that made it, in anomaly mode. */
  readonly madeAt: string | null = anomaly ? callStack() : null;
  /** What sees the gradient of each result before it is used, in order. */
  hooks: Map<number, Set<GradHook>> | null = null;
  /** `AddBackward0`, as PyTorch prints it. */
  abstract name: string;
  /** Where each operand's gradient goes; null where none is wanted. */
  abstract readonly edges: readonly (Edge | null)[];
  /** Shape and dtype of each result. */
  abstract readonly outputs: readonly Meta[];
  abstract apply(grads: readonly (Var | null)[], differentiable: boolean): readonly (Var | null)[];
  /** Lets go of what was saved. */
  abstract release(): void;
}
