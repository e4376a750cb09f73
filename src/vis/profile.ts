/** Where the time goes: per kernel and per module. */
import { CustomNode } from '../autograd/custom.ts';
import { OpNode } from '../autograd/tape.ts';
import { type BackwardNode, tapeLength } from '../autograd/var.ts';
import type { Kernel, PlanSpec, RunTimes } from '../backends/backend.ts';
import { bytesOf } from '../core/dtype.ts';
import { checkOptions, OptionError, wrongType } from '../core/errors.ts';
import { numel } from '../core/shape.ts';
import type { CompiledPlan, Engine } from '../graph/engine.ts';
import { itemsOf } from '../graph/items.ts';
import type { Node } from '../graph/node.ts';
import { groupsOf } from '../graph/plan.ts';
import type { Trace } from '../graph/trace.ts';
import { Module } from '../nn/module.ts';
import { type DeviceName, engineFor } from '../tensor/device.ts';
import { type Call, replaceMethod, watchModules, watchRecording } from './observe.ts';
import { type KernelEvent, type ModuleSpan, type Phase, Profile } from './profile-result.ts';

/** Settings of {@link profile}. */
export interface ProfileOptions {
  /** The model whose modules are told apart. Default: the target itself, where it is a module. */
  readonly model?: Module;
  /** What a model is called with. Default: nothing. */
  readonly inputs?: readonly unknown[];
  /** Default: the model's device, else the default one. */
  readonly device?: DeviceName;
}

/** Whose work is being recorded. */
interface Owner {
  readonly module: string | null;
  readonly phase: Phase;
}
const outside: Owner = { module: null, phase: 'other' };
/** Engines that are being looked at. */
const busy = new WeakSet<Engine>();

/**
 * Runs a function, or a model's `forward`, and measures what each kernel and each module took: on the GPU by timestamps where
 * it has them (`clock` of the result says so). While it measures, every kernel is a pass of its own, so the whole takes longer
 * than without; results and plans are the same. What else runs on the device meanwhile is measured, too. A kernel counts for
 * the module of its main op, also where others' pointwise ops were fused into it; backward work for the module whose forward
 * it is the gradient of. Source of the tables: torch.profiler.
 *
 * Call it after a warm-up: first steps make plans and pipelines.
 *
 * @throws OptionError when `target` is no function or module, or another profile is under way; whatever the function throws.
 * @example
 * const result = await profile(() => {
 *   optimizer.zeroGrad();
 *   model.forward(x).sum().backward();
 *   optimizer.step();
 * }, { model });
 * console.log(result.table());
 * result.keyAverages({ groupBy: 'module' }).some(({ name }) => name === '0'); // true
 */
export async function profile(target: Module | (() => unknown), options: ProfileOptions = {}): Promise<Profile> {
  checkOptions('profile', options, ['model', 'inputs', 'device']);
  const { inputs = [], model = target instanceof Module ? target : null } = options;
  if (!(target instanceof Module) && typeof target !== 'function')
    wrongType('profile', 'target', 'a function or a Module', target, 'write profile(() => …)');
  if (model !== null && !(model instanceof Module)) wrongType('profile', 'model', 'a Module', model);
  const engine = engineFor(options.device ?? model?.parameters()[0]?.device);
  if (busy.has(engine))
    throw new OptionError(
      'profile: another profile of this device is under way\n  await it, or call profile() around both',
    );
  // What was recorded before is not part of it.
  engine.flush();
  busy.add(engine);
  try {
    return await measured(engine, model, target instanceof Module ? () => call(target, inputs) : target);
  } finally {
    busy.delete(engine);
  }
}

const call = (model: Module, inputs: readonly unknown[]): unknown =>
  (model.forward as (...args: readonly unknown[]) => unknown)(...inputs);

async function measured(engine: Engine, model: Module | null, fn: () => unknown): Promise<Profile> {
  await engine.throttle(0);
  const recorder = new Recording(engine, model);
  const before = engine.backend.memory();
  const began = performance.now();
  try {
    await fn();
    engine.flush();
    await engine.throttle(0);
  } finally {
    recorder.stop();
  }
  const wallTime = performance.now() - began;
  return new Profile({
    ...(await recorder.events()),
    spans: recorder.spans,
    device: engine.backend.name,
    began,
    wallTime,
    memory: { before, after: engine.backend.memory() },
  });
}

interface MeasuredRun {
  readonly spec: PlanSpec;
  readonly owners: readonly Owner[];
  readonly times: Promise<RunTimes>;
}

/** What is gathered while it measures. */
class Recording {
  readonly spans: ModuleSpan[] = [];
  private readonly engine: Engine;
  private readonly runs: MeasuredRun[] = [];
  private readonly owners = new WeakMap<Node, Owner>();
  private readonly mainNodes = new WeakMap<CompiledPlan, readonly number[]>();
  /** Which module was at work, from each length of the tape on: tells of a tape node where it was made. */
  private readonly turns: { readonly from: number; readonly module: string | null }[] = [];
  private readonly running: (Call & { readonly start: number })[] = [];
  private owner = outside;
  private latest: Promise<RunTimes> | null = null;
  private readonly stops: (() => void)[];

  constructor(engine: Engine, model: Module | null) {
    this.engine = engine;
    const { onRun } = engine;
    engine.onRun = (plan, hit, trace) => {
      onRun?.(plan, hit, trace);
      this.ran(plan, trace);
    };
    engine.backend.measure((times) => {
      this.latest = times;
    });
    this.stops = [
      () => {
        engine.onRun = onRun;
        engine.backend.measure(null);
      },
      watchRecording(engine, (_op, _inputs, _attrs, [first]) => {
        // In immediate mode it has run already, under the present owner.
        if (first?.node) this.owners.set(first.node, this.owner);
      }),
      ...[OpNode, CustomNode].map((kind) => this.watchBackward(kind.prototype)),
      ...(model
        ? [
            watchModules(
              model,
              (call) => this.enter(call),
              (call) => this.leave(call),
            ),
          ]
        : []),
    ];
  }

  stop(): void {
    for (const stop of this.stops) stop();
  }

  private watchBackward(kind: BackwardNode): () => void {
    const recording = this;
    return replaceMethod(
      kind,
      'apply',
      (apply) =>
        function (this: BackwardNode, ...args: Parameters<typeof apply>) {
          const before = recording.owner;
          recording.owner = { module: recording.makerOf(this), phase: 'backward' };
          try {
            return apply.apply(this, args);
          } finally {
            recording.owner = before;
          }
        },
    );
  }

  /** The module in which a tape node was made. */
  private makerOf({ sequence }: BackwardNode): string | null {
    let [low, high] = [0, this.turns.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.turns[middle]!.from <= sequence) low = middle + 1;
      else high = middle;
    }
    return this.turns[low - 1]?.module ?? null;
  }

  private enter(call: Call): void {
    this.running.push({ ...call, start: performance.now() });
    this.turn();
  }

  private leave({ module, path }: Call): void {
    const ended = this.running.pop()!;
    this.spans.push({
      module: path,
      type: module.constructor.name,
      depth: this.running.length,
      start: ended.start,
      duration: performance.now() - ended.start,
    });
    this.turn();
  }

  private turn(): void {
    const module = this.running.at(-1)?.path ?? null;
    this.turns.push({ from: tapeLength(), module });
    this.owner = module === null ? outside : { module, phase: 'forward' };
  }

  private ran(plan: CompiledPlan, trace: Trace): void {
    const times = this.latest;
    this.latest = null;
    if (times === null) return;
    const nodes = this.mainNodes.get(plan) ?? mainNodes(trace, this.engine);
    this.mainNodes.set(plan, nodes);
    const owners = nodes.map((n) => (n < 0 ? outside : (this.owners.get(trace.nodes[n]!) ?? this.owner)));
    this.runs.push({ spec: plan.spec, owners, times });
  }

  /** All dispatches, once they have run. */
  async events(): Promise<{ readonly kernels: readonly KernelEvent[]; readonly clock: RunTimes['clock'] }> {
    const kernels: KernelEvent[] = [];
    let clock: RunTimes['clock'] = this.engine.backend.name === 'cpu' ? 'host' : 'device';
    // No run begins before the one before it has ended.
    let free = 0;
    for (const { spec, owners, times } of this.runs) {
      const { dispatches, submitted, clock: by } = await times;
      if (dispatches.length > 0) clock = by;
      const base = Math.max(submitted, free);
      let previous = -1;
      for (const { kernel, label, start, duration } of dispatches) {
        const owner = owners[kernel] ?? outside;
        kernels.push({
          name: label,
          op: opOf(spec.kernels[kernel]!),
          ...owner,
          start: base + start,
          duration,
          // A kernel of several dispatches has its results once.
          bytes: kernel === previous ? 0 : allocatedBy(spec, kernel),
        });
        previous = kernel;
        free = Math.max(free, base + start + duration);
      }
    }
    return { kernels, clock };
  }
}

/** Of each kernel, the position of its main op's node in the trace; -1 of what only the planner knows. */
function mainNodes(trace: Trace, { backend, immediate }: Engine): number[] {
  const graph = itemsOf(trace);
  const places = new Map(graph.items.map((item, i) => [item, i]));
  const groups = groupsOf(graph, { maxBuffersPerKernel: backend.maxBuffersPerKernel, fuse: !immediate });
  return groups.map((group) => places.get(group.anchor ?? group.items[0]!) ?? -1);
}

const opOf = (kernel: Kernel): string =>
  kernel.kind === 'op' ? kernel.op : kernel.program.instrs.map(({ op }) => op).join(' + ') || 'copy';

/** Bytes of the results that a kernel does not write over something that was there. */
function allocatedBy({ kernels, externals }: PlanSpec, at: number): number {
  const kernel = kernels[at]!;
  const program = kernel.kind === 'pointwise' ? kernel : kernel.epilogue;
  const elements = program ? numel(program.program.shape) : 0;
  const stored = (program?.stores ?? []).map(({ ref, dtype }) => ({ ref, bytes: elements * bytesOf(dtype) }));
  const results = kernel.kind === 'pointwise' ? [] : kernel.outputs;
  const written = results.map(({ ref, shape, dtype }) => ({ ref, bytes: numel(shape) * bytesOf(dtype) }));
  return [...stored, ...written].reduce((sum, { ref, bytes }) => (ref >= externals.length ? sum + bytes : sum), 0);
}
