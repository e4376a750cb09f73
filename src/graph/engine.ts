/** One engine per device: records nodes, runs them as plans, reads values back. */
import type { Backend, Buffer, Executable, PlanSpec } from '../backends/backend.ts';
import type { DType, TypedArray } from '../core/dtype.ts';
import { DeviceError, DeviceLostError, DisposedError, DTypeError } from '../core/errors.ts';
import { formatShape, isContiguous, numel, type Shape } from '../core/shape.ts';
import { type OpName, row } from '../ops/index.ts';
import { type Attrs, isScalar, type KernelRow, type Meta, type PointwiseRow, type Scalar } from '../ops/types.ts';
import { handOver, own, release } from './memory.ts';
import { isOperand, Node, type NodeInput, type Operand, type Range, type Recorder, Value } from './node.ts';
import { makePlan } from './plan.ts';
import { onScopeClosed, scopeDepth } from './scope.ts';
import { type Trace, traceNodes } from './trace.ts';

export interface CompiledPlan {
  readonly spec: PlanSpec;
  readonly executable: Executable;
}

export interface GraphStats {
  /** Nodes recorded, dead ones included. */
  nodesRecorded: number;
  runs: number;
  planHits: number;
  planMisses: number;
}

// A graph this long runs even if nobody asks, so that endless loops do not grow it without bound. A training step with a
// recurrent cell in a loop of a hundred steps is shorter: cut in two, all that backward needs would outlive the first run.
const maxPending = 8192;
const maxPlans = 256;
// Checks that wait to be looked at: without a read somewhere, their flags would gather.
const maxAssertions = 64;
// Kernels count the positions of an operand in 32 bits. Only an expanded one can have more than fit into memory.
const maxPositions = 2 ** 31;

export class Engine implements Recorder {
  readonly backend: Backend;
  /** Run every op at once: no fusion, no reuse. For debugging, and as the oracle of the planner. */
  immediate = false;
  readonly stats: GraphStats = { nodesRecorded: 0, runs: 0, planHits: 0, planMisses: 0 };
  /** Called with each plan that runs, and the trace that led to it. */
  onRun: ((plan: CompiledPlan, hit: boolean, trace: Trace) => void) | null = null;

  private pending: Node[] = [];
  private readonly plans = new Map<string, CompiledPlan>();
  private toRelease: Value[] = [];
  private readonly assertions: { readonly flag: Value; readonly error: (found: number) => Error }[] = [];
  /** The flags that have been asked for, and what they told: the next read passes it on. */
  private looks: Promise<void> = Promise.resolve();
  private failure: Error | null = null;

  constructor(backend: Backend) {
    this.backend = backend;
  }

  record(op: OpName, inputs: readonly NodeInput[], attrs: Attrs): Value[] {
    this.checkAlive(op);
    const r = row(op) as PointwiseRow | KernelRow;
    for (const input of inputs) if (isOperand(input)) this.ensure(input.value);
    const metas = inputs.map((i) => (isOperand(i) ? { shape: i.layout.shape, dtype: i.value.dtype } : i));
    const results = r.kind === 'pointwise' ? [inferPointwise(r, metas, attrs)] : r.infer(metas, attrs);
    for (const { shape, dtype } of results) this.checkResult(op, shape, dtype);
    if (r.kind !== 'pointwise') for (const meta of metas) if (!isScalar(meta)) checkPositions(op, meta);
    const ready = r.kind !== 'pointwise' && r.layout === 'contiguous' ? inputs.map((i) => this.contiguous(i)) : inputs;
    const node = new Node(op, r, ready, attrs);
    const kept = scopeDepth() === 0;
    for (const { shape, dtype } of results) {
      const value = new Value(this, shape, dtype, node);
      value.kept = kept;
      if (op === 'copy' || op === 'cat') value.range = inputs.reduce(joinedRange, noRange);
      node.outputs.push(value);
    }
    this.pending.push(node);
    this.stats.nodesRecorded++;
    if (this.immediate || this.pending.length >= maxPending) this.flush();
    return node.outputs;
  }

  private checkResult(op: string, shape: Shape, dtype: DType): void {
    if (!this.backend.supports(dtype)) {
      throw new DTypeError(
        `${op}: ${dtype} is not available on the ${this.backend.name} device\n  use float32, or move the tensor with await x.to('cpu')`,
      );
    }
    this.backend.checkSize(op, shape, dtype);
  }

  private contiguous(input: NodeInput): NodeInput {
    if (!isOperand(input) || (isContiguous(input.layout) && input.layout.offset === 0)) return input;
    const [value] = this.record('copy', [input], {});
    return { value: value!, layout: value!.layout };
  }

  upload(data: TypedArray, shape: Shape, dtype: DType): Value {
    this.checkAlive('tensor');
    this.backend.checkSize('tensor', shape, dtype);
    const value = new Value(this, shape, dtype, null);
    const buffer = this.backend.alloc(dtype, value.numel);
    own(value, buffer);
    value.kept = true;
    this.backend.write(buffer, data);
    if (dtype === 'int32' && data.length > 0) value.range = rangeOf(data);
    return value;
  }

  assertFalse(flag: Value, error: (found: number) => Error): void {
    flag.kept = true;
    this.assertions.push({ flag, error });
  }

  /** Rejects if a device-side check has failed. */
  private async checkAssertions(): Promise<void> {
    this.lookAtAssertions();
    await this.looks;
    const { failure } = this;
    this.failure = null;
    if (failure) throw failure;
  }

  /** Asks for the flags of all checks so far. */
  private lookAtAssertions(): void {
    // One that was never computed, because its run failed, belongs to an op that never ran.
    const due = this.assertions.splice(0).filter(({ flag }) => flag.buffer !== null);
    if (due.length === 0) return;
    const flags = this.backend.readAll(due.map(({ flag }) => flag.buffer!));
    this.looks = Promise.all([flags, this.looks]).then(([found]) => {
      const failed = found.findIndex((flag) => flag.some((bad) => bad !== 0));
      if (failed >= 0) this.failure ??= due[failed]!.error(found[failed]![0]!);
      for (const { flag } of due) {
        flag.kept = false;
        this.releaseWhenIdle(flag);
      }
    });
    // A lost device: every read says so.
    this.looks.catch(() => {});
  }

  /** Makes sure that `value` is in memory or about to be computed; recomputes interior values from their recipe. */
  ensure(value: Value): void {
    if (value.gone !== null) throw new DisposedError(value.gone);
    if (value.buffer || value.node?.pending) return;
    if (!value.node) throw new DisposedError(lostInterior);
    // An explicit stack: a recipe may be a chain of thousands of nodes.
    const order: Node[] = [];
    const seen = new Set<Node>();
    const visit: { node: Node; expanded: boolean }[] = [{ node: value.node, expanded: false }];
    while (visit.length > 0) {
      const top = visit.pop()!;
      if (top.expanded) {
        order.push(top.node);
        continue;
      }
      if (seen.has(top.node)) continue;
      seen.add(top.node);
      visit.push({ node: top.node, expanded: true });
      for (const input of top.node.inputs) {
        if (!isOperand(input)) continue;
        const v = input.value;
        if (v.buffer || v.node?.pending) continue;
        if (v.gone !== null || !v.node) throw new DisposedError(lostInterior);
        visit.push({ node: v.node, expanded: false });
      }
    }
    for (const node of order) {
      node.pending = true;
      this.pending.push(node);
    }
  }

  /** Runs what is pending. Submits and returns; nothing is awaited. */
  flush(): void {
    if (this.pending.length === 0) {
      this.releaseDue();
      return;
    }
    this.checkAlive('flush');
    const nodes = this.pending;
    this.pending = [];
    const midScope = scopeDepth() > 0;
    const trace = traceNodes(nodes, this.immediate || midScope);
    try {
      if (trace.nodes.length > 0) this.run(trace);
    } finally {
      // After a failure the recipes remain, so that nothing is silently lost.
      for (const node of nodes) {
        node.pending = false;
        for (const v of node.outputs) {
          if (v.kept && v.buffer) v.node = null;
          // Whose memory it took is past, or else what a parameter was before every step would stay reachable.
          if (v.buffer) v.takesOver = null;
        }
      }
    }
    for (const v of trace.externals) if (v.superseded && v.buffer) release(v);
    if (midScope) this.holdUntilScopeCloses(trace);
    else if (this.assertions.length >= maxAssertions) this.lookAtAssertions();
    this.releaseDue();
  }

  private run(trace: Trace): void {
    const { key } = trace;
    let plan = this.plans.get(key);
    const hit = plan !== undefined;
    if (plan) {
      this.stats.planHits++;
      this.plans.delete(key);
    } else {
      this.stats.planMisses++;
      const spec = makePlan(trace, {
        maxBuffersPerKernel: this.backend.maxBuffersPerKernel,
        fuse: !this.immediate,
      });
      plan = { spec, executable: this.backend.compile(spec) };
    }
    this.plans.set(key, plan);
    if (this.plans.size > maxPlans) {
      const [oldest, old] = this.plans.entries().next().value!;
      this.plans.delete(oldest);
      old.executable.dispose();
    }
    const buffers: Buffer[] = trace.externals.map((v) => v.buffer!);
    for (const { value, placement } of trace.survivors) {
      if (placement.kind === 'fresh') buffers.push(this.backend.alloc(value.dtype, value.numel));
      else if (placement.kind === 'home') buffers.push(value.home!.buffer);
    }
    plan.executable.run(buffers, trace.scalars);
    this.stats.runs++;
    this.settle(trace, buffers);
    this.onRun?.(plan, hit, trace);
  }

  /** After a run: survivors own their memory, superseded values have lost theirs. */
  private settle(trace: Trace, buffers: readonly Buffer[]): void {
    let next = trace.externals.length;
    for (const { value, placement } of trace.survivors) {
      if (placement.kind === 'external') {
        const old = trace.externals[placement.index]!;
        handOver(old, value);
        if (!old.superseded) old.gone = reusedGradient;
        if (value.home) value.home.occupant = value;
      } else if (placement.kind === 'fresh') {
        own(value, buffers[next++]!);
      } else {
        const home = value.home!;
        const { occupant } = home;
        if (occupant && occupant !== value && occupant.buffer === home.buffer) {
          handOver(occupant, value);
          if (!occupant.superseded) occupant.gone = reusedGradient;
        }
        value.buffer = buffers[next++]!;
        home.occupant = value;
      }
    }
  }

  /** A run inside an open scope keeps everything, since the rest of the scope may need it; afterwards interior values go. */
  private holdUntilScopeCloses(trace: Trace): void {
    onScopeClosed(() => {
      for (const { value } of trace.survivors) this.releaseWhenIdle(value);
      if (this.pending.length === 0) this.releaseDue();
    });
  }

  releaseWhenIdle(value: Value): void {
    // In immediate mode interior values stay as long as their handles, so that all of them can be looked at.
    if (!this.immediate) this.toRelease.push(value);
  }

  private releaseDue(): void {
    if (this.toRelease.length === 0) return;
    const due = this.toRelease;
    this.toRelease = [];
    for (const v of due) if (!v.survives && v.buffer && !v.superseded) release(v);
  }

  /** Ends a value's life at the user's wish. Work recorded before still sees it. */
  dispose(value: Value): void {
    if (value.gone !== null) return;
    if (value.buffer && this.pending.some((n) => n.inputs.some((i) => isOperand(i) && i.value === value))) this.flush();
    value.gone =
      'this tensor was disposed\n  make a clone() before dispose(), or drop the call: memory is freed without it';
    release(value);
  }

  async read(operand: Operand): Promise<TypedArray> {
    let { value } = operand;
    if (numel(operand.layout.shape) !== value.numel || operand.layout.offset !== 0 || !isContiguous(operand.layout)) {
      [value] = this.record('copy', [operand], {}) as [Value];
      value.kept = false;
    }
    this.ensure(value);
    value.wanted++;
    let reading: Promise<TypedArray>;
    try {
      if (!value.buffer || this.assertions.length > 0) this.flush();
      reading = this.backend.read(value.buffer!);
    } finally {
      // Reads and runs are kept in order, so the memory may go now; later it would depend on when promises resolve, and plans with it.
      value.wanted--;
      this.releaseWhenIdle(value);
      if (this.pending.length === 0) this.releaseDue();
    }
    const [data] = await Promise.all([reading, this.checkAssertions()]);
    return data;
  }

  /** Resolves when at most `inFlight` runs are unfinished: what keeps recording from running ahead of the device. */
  throttle(inFlight: number): Promise<void> {
    return this.backend.throttle(inFlight);
  }

  checkAlive(op: string): void {
    if (this.backend.lost !== null) {
      throw new DeviceLostError(
        `${op}: the ${this.backend.name} device was lost (${this.backend.lost})\n  call init() again and restore from a checkpoint`,
      );
    }
  }
}

const lostInterior =
  'this tensor was computed inside a module or scope() and its memory has been reused; it cannot be recomputed because an input changed since\n' +
  '  call keep() on it where it is made, or return it from forward()';
const reusedGradient =
  'this gradient was replaced by a newer one in the same memory\n  clone() a gradient to keep it beyond the next backward()';

function checkPositions(op: string, { shape, dtype }: Meta): void {
  if (numel(shape) <= maxPositions) return;
  throw new DeviceError(
    `${op}: a ${dtype} operand of shape ${formatShape(shape)} has ${numel(shape)} elements, more than the 2^31 that a kernel can count\n  work on parts of it`,
  );
}

function inferPointwise(r: PointwiseRow, inputs: readonly (Meta | Scalar)[], attrs: Attrs): Meta {
  const first = inputs.find((i) => !isScalar(i)) as Meta | undefined;
  const shape = r.source ? (attrs.shape as Shape) : first!.shape;
  return {
    shape,
    dtype: r.dtype(
      inputs.map((i) => i.dtype),
      attrs,
    ),
  };
}

const noRange: Range | null = { min: 1 / 0, max: -1 / 0, exact: false };
/** Bounds of what holds these elements and those of `input`. */
function joinedRange(all: Range | null, input: NodeInput): Range | null {
  const own = isOperand(input) ? input.value.range : null;
  return own && all && { min: Math.min(own.min, all.min), max: Math.max(own.max, all.max), exact: false };
}

function rangeOf(data: TypedArray): Range {
  let min = data[0]!;
  let max = min;
  for (const v of data) {
    if (v < min) min = v;
    else if (v > max) max = v;
  }
  return { min, max, exact: true, elements: data.length > 4096 ? null : data };
}
