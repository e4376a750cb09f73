/** The tape: one node per differentiable op, made as the op is recorded. */
import { GradError } from '../core/errors.ts';
import type { Layout } from '../core/shape.ts';
import type { Recorder, Storage } from '../graph/node.ts';
import type { Kit } from '../ops/kit.ts';
import { type Attrs, type Input, isScalar, type Meta, type OpRow, type Ref, type Scalar } from '../ops/types.ts';
import { nodeName } from './names.ts';
import { backwardTwice, Saved } from './saved.ts';
import { BackwardNode, type Edge, type Var } from './var.ts';

/** Makes the kit with which a rule records on an engine. */
export type KitFor = (engine: Recorder, differentiable: boolean) => Kit;

/** What a rule may know of an operand that was not saved. */
interface Described extends Meta {
  readonly layout: Layout;
}

/** The node of a primitive: its rule comes from the op table. */
export class OpNode extends BackwardNode {
  name: string;
  readonly edges: readonly (Edge | null)[];
  readonly outputs: readonly Meta[];
  private readonly op: string;
  private readonly row: OpRow;
  private readonly attrs: Attrs;
  private readonly inputs: readonly (Described | Scalar)[];
  private readonly kitFor: KitFor;
  private released = false;
  /** What it keeps of operands and results. */
  readonly savedInputs: (Saved | null)[];
  savedOutputs: readonly (Saved | null)[] = [];

  constructor(
    op: string,
    row: OpRow,
    inputs: readonly (Var | Scalar)[],
    attrs: Attrs,
    edges: readonly (Edge | null)[],
    outputs: readonly Meta[],
    kitFor: KitFor,
  ) {
    super();
    this.op = op;
    this.name = nodeName(op, inputs);
    this.row = row;
    this.attrs = attrs;
    this.edges = edges;
    this.outputs = outputs;
    this.kitFor = kitFor;
    this.inputs = inputs.map((i) => (isScalar(i) ? i : { shape: i.shape, dtype: i.dtype, layout: i.layout }));
    const { inputs: rule } = row.saves ?? {};
    const wanted = typeof rule === 'function' ? rule(edges.map((e) => e !== null)) : rule;
    this.savedInputs = inputs.map((i, n) => (!isScalar(i) && wanted?.includes(n) ? new Saved(i) : null));
  }

  saveOutputs(results: readonly Var[]): void {
    const wanted = this.row.saves?.outputs ?? [];
    this.savedOutputs = results.map((r, n) => (wanted.includes(n) ? new Saved(r) : null));
  }

  /** The op is about to write over its own operand in `storage`: what it saved of it lives on as a copy. */
  copySaved(storage: Storage, copy: (v: Var) => Var): void {
    this.savedInputs.forEach((s, n) => {
      if (s?.storage !== storage) return;
      const kept = new Saved(copy(s.source));
      s.release();
      this.savedInputs[n] = kept;
    });
  }

  /** A result was written over in `storage` by the very op that made it: what was saved lives there now. */
  movedInto(storage: Storage, from: Storage): void {
    for (const s of this.savedOutputs) {
      if (s?.storage !== from) continue;
      s.storage = storage;
      s.version = storage.version;
    }
  }

  apply(grads: readonly (Var | null)[], differentiable: boolean): readonly (Var | null)[] {
    const { row } = this;
    if (row.vjp === 'none' || row.vjp === 'reference') throw new GradError(`${this.op}: no gradient rule`);
    if (this.released && [...this.savedInputs, ...this.savedOutputs].some((s) => s !== null))
      throw new GradError(backwardTwice);
    const engine = grads.find((g) => g !== null)!.engine;
    const kit = this.kitFor(engine, differentiable);
    const inputs = this.inputs.map((meta, n): Input => {
      const saved = this.savedInputs[n];
      return isScalar(meta) ? meta : saved ? saved.unpack(this.op) : { ref: true, ...meta };
    });
    const outputs = this.outputs.map((meta, n): Ref => this.savedOutputs[n]?.unpack(this.op) ?? { ref: true, ...meta });
    const needs = this.edges.map((e) => e !== null);
    const results = row.vjp({ k: kit, inputs, outputs, grads, attrs: this.attrs, needs });
    return this.edges.map((edge, n) => {
      const g = results[n];
      if (!edge || !g) return null;
      return (row.kind === 'pointwise' ? kit.sumTo(g, (this.inputs[n] as Described).shape) : g) as Var;
    });
  }

  release(): void {
    this.released = true;
    for (const s of [...this.savedInputs, ...this.savedOutputs]) s?.release();
  }
}
