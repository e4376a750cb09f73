/** A compiled plan: dispatches with their pipelines, fixed memory and dynamic scalars, ready to be encoded in one go. */
import type { DType } from '../../core/dtype.ts';
import { LumigradError } from '../../core/errors.ts';
import { numel } from '../../core/shape.ts';
import type { BackendStats, Buffer, Executable, Kernel, PlanSpec, RunTimes } from '../backend.ts';
import { type Bindable, bindGroup } from './bind-groups.ts';
import { elementBytes, type Range, type WebGpuBuffer, wholeSlot } from './buffers.ts';
import { estimate } from './cost.ts';
import { usage } from './flags.ts';
import type { Heap, HeapClaim } from './heap.ts';
import { buildKernel } from './kernels/index.ts';
import type { Binding, Capabilities, Dispatch } from './kernels/types.ts';
import { scalarSlots } from './memory.ts';
import { type Pipelines, readsScalars } from './pipelines.ts';
import type { Pool } from './pool.ts';
import type { WorkQueue } from './queue.ts';
import { RunTimer, type Timed } from './timing.ts';

/** Dynamic offsets of uniform buffers are multiples of this. */
const blockAlignment = 256;

export interface WebGpuStats extends BackendStats {
  /** Ranges copied aside because a dispatch read and wrote one GPUBuffer. */
  aliasCopies: number;
}

/** What executables need of their backend. */
export interface ExecutableHost {
  readonly device: GPUDevice;
  readonly capabilities: Capabilities;
  /** Estimated operations that one submit may hold. */
  readonly submitBudget: number;
  readonly stats: WebGpuStats;
  readonly pipelines: Pipelines;
  readonly pool: Pool;
  readonly heap: Heap;
  readonly queue: WorkQueue;
  /** The backend's own view of buffers; throws when the device is lost. */
  unwrap(buffers: readonly Buffer[]): WebGpuBuffer[];
  report(error: Error): void;
  countRun(): void;
  /** Is told what each run will have taken, if anyone wants to know. */
  readonly sink: ((times: Promise<RunTimes>) => void) | null;
}

interface Step extends Bindable, Timed {
  readonly dispatch: Dispatch;
  /** Byte offset of its kernel's scalars, or -1. */
  readonly scalarOffset: number;
  readonly cost: number;
}

/** One word of the uniform buffer. */
interface ScalarWord {
  readonly word: number;
  readonly slot: number;
  readonly dtype: DType;
}

/** Nothing to compute: results without elements never reach the GPU. */
function isEmpty(kernel: Kernel): boolean {
  if (kernel.kind === 'pointwise') return numel(kernel.program.shape) === 0;
  return kernel.outputs.every(({ shape }) => numel(shape) === 0);
}

export class WebGpuExecutable implements Executable {
  private readonly host: ExecutableHost;
  private readonly claim: HeapClaim;
  private readonly steps: Step[] = [];
  private readonly words: ScalarWord[] = [];
  private readonly scalarBytes: ArrayBuffer;
  private readonly scalarBuffer: GPUBuffer | null = null;
  private readonly scalarGroup: GPUBindGroup | null = null;
  private isReady = false;
  private disposed = false;

  constructor(plan: PlanSpec, host: ExecutableHost) {
    this.host = host;
    this.claim = host.heap.claim();
    const bound = plan.externals.length + plan.results.length;
    const temporaries = plan.temporaries.map((t) => wholeSlot(this.claim.take(t.numel * elementBytes)));
    const counts = new Map(this.claim.counts);
    const kernels = [...plan.kernels.entries()].filter(([, kernel]) => !isEmpty(kernel));
    const blockBytes = Math.max(0, ...kernels.map(([, k]) => alignBlock(scalarSlots(k).length * 4)));
    let blocks = 0;
    for (const [number, kernel] of kernels) {
      const { dispatches, scratch = [] } = buildKernel(kernel, host.capabilities);
      const scratchRanges = this.claim.scratch(scratch, counts).map(wholeSlot);
      const slots = scalarSlots(kernel);
      const scalarOffset = slots.length > 0 ? blocks++ * blockBytes : -1;
      slots.forEach((slot, i) => {
        this.words.push({ word: scalarOffset / 4 + i, slot, dtype: plan.scalars[slot]! });
      });
      const cost = estimate(kernel) / Math.max(1, dispatches.length);
      for (const dispatch of dispatches) {
        this.steps.push({
          ...this.step(dispatch, scalarOffset, bound, temporaries, scratchRanges),
          kernel: number,
          cost,
        });
      }
    }
    this.scalarBytes = new ArrayBuffer(blocks * blockBytes);
    if (blocks === 0) return;
    host.stats.buffersCreated++;
    host.stats.bindGroupsCreated++;
    this.scalarBuffer = host.device.createBuffer({
      label: 'scalars',
      size: blocks * blockBytes,
      usage: usage.UNIFORM | usage.COPY_DST,
    });
    this.scalarGroup = host.device.createBindGroup({
      label: 'scalars',
      layout: host.pipelines.scalarLayout,
      entries: [{ binding: 0, resource: { buffer: this.scalarBuffer, size: blockBytes } }],
    });
  }

  private step(
    dispatch: Dispatch,
    scalarOffset: number,
    bound: number,
    temporaries: Range[],
    scratch: Range[],
  ): Omit<Step, 'kernel' | 'cost'> {
    const { label, bindings } = dispatch;
    const most = this.host.capabilities.maxStorageBuffersPerShaderStage;
    if (bindings.length > most)
      throw new LumigradError(`${label} binds ${bindings.length} buffers; the device takes ${most}`);
    const fixed = bindings.map((binding) => {
      if (binding.kind === 'scratch') return scratch[binding.index]!;
      return binding.kind === 'buffer' && binding.ref >= bound ? temporaries[binding.ref - bound]! : null;
    });
    const refs = (binding: Binding): readonly number[] =>
      binding.kind === 'buffer' ? [binding.ref] : binding.kind === 'arena' ? binding.refs : [];
    return {
      label,
      dispatch,
      pipeline: this.host.pipelines.acquire(dispatch),
      bindings,
      fixed,
      bound: [...new Set(bindings.flatMap(refs))].filter((ref) => ref < bound),
      groups: [],
      asides: new Map(),
      scalarOffset: readsScalars(dispatch.source) ? scalarOffset : -1,
    };
  }

  run(buffers: readonly Buffer[], scalars: readonly number[]): void {
    const own = this.host.unwrap(buffers);
    if (this.disposed) throw new LumigradError('this plan has been disposed');
    const { queue, sink } = this.host;
    const timer = sink && new RunTimer(this.host.device, this.steps);
    if (timer) sink?.(timer.times);
    if (queue.idle && this.ready()) {
      this.encode(own, scalars, timer);
      return;
    }
    const values = scalars.slice();
    queue.push({
      ready: () => this.ready(),
      run: () => {
        try {
          this.encode(own, values, timer);
        } catch (error) {
          timer?.skip();
          // The caller is gone by now: the next read tells.
          this.host.report(error instanceof Error ? error : new LumigradError(String(error)));
        }
      },
      cancel: (reason) => timer?.fail(reason),
    });
  }

  private ready(): boolean {
    this.isReady ||= this.steps.every(({ pipeline }) => pipeline.gpu !== null || pipeline.error !== null);
    return this.isReady;
  }

  private encode(buffers: readonly WebGpuBuffer[], scalars: readonly number[], timer: RunTimer | null): void {
    const { host, steps } = this;
    const { device, pool, stats } = host;
    const failed = steps.find(({ pipeline }) => pipeline.error !== null);
    if (failed !== undefined) {
      host.report(failed.pipeline.error!);
      timer?.skip();
      return;
    }
    this.writeScalars(scalars);
    timer?.begin();
    const countGroup = (): void => {
      stats.bindGroupsCreated++;
    };
    let encoder: GPUCommandEncoder | null = null;
    let pass: GPUComputePassEncoder | null = null;
    let pipeline: GPUComputePipeline | null = null;
    let cost = 0;
    const submit = (): void => {
      if (encoder === null) return;
      pass?.end();
      device.queue.submit([encoder.finish()]);
      stats.submits++;
      encoder = null;
      pass = null;
      cost = 0;
    };
    for (const [i, step] of steps.entries()) {
      if (cost > 0 && cost + step.cost > host.submitBudget) submit();
      cost += step.cost;
      const { group, copies } = bindGroup(step, buffers, device, pool, countGroup);
      encoder ??= device.createCommandEncoder();
      if (copies.length > 0 || timer) {
        pass?.end();
        pass = null;
        for (const { from, to } of copies) encoder.copyBufferToBuffer(from.slot.gpu, from.offset, to.gpu, 0, from.size);
        stats.aliasCopies += copies.length;
      }
      if (pass === null) {
        pass = encoder.beginComputePass(timer?.pass(i));
        pipeline = null;
      }
      if (pipeline !== step.pipeline.gpu) {
        pipeline = step.pipeline.gpu!;
        pass.setPipeline(pipeline);
      }
      pass.setBindGroup(0, group);
      if (step.scalarOffset >= 0) pass.setBindGroup(1, this.scalarGroup!, [step.scalarOffset]);
      const [x, y, z] = step.dispatch.workgroups;
      pass.dispatchWorkgroups(x, y, z);
    }
    stats.dispatches += steps.length;
    submit();
    if (steps.length > 0) timer?.end();
    else timer?.skip();
    host.countRun();
  }

  private writeScalars(scalars: readonly number[]): void {
    if (this.scalarBuffer === null) return;
    const f32 = new Float32Array(this.scalarBytes);
    const u32 = new Uint32Array(this.scalarBytes);
    for (const { word, slot, dtype } of this.words) {
      const value = scalars[slot]!;
      if (dtype === 'float32' || dtype === 'float16') f32[word] = value;
      else u32[word] = dtype === 'bool' ? (value ? 1 : 0) : value;
    }
    this.host.device.queue.writeBuffer(this.scalarBuffer, 0, this.scalarBytes);
  }

  describe(): readonly { readonly kernel: string; readonly source: string }[] {
    return this.steps.map(({ label, dispatch }) => ({ kernel: label, source: dispatch.source }));
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    // Runs that wait still need the memory.
    this.host.queue.after(() => {
      this.claim.release();
      for (const { asides, pipeline } of this.steps) {
        for (const slot of asides.values()) this.host.pool.give(slot);
        this.host.pipelines.release(pipeline);
      }
      this.scalarBuffer?.destroy();
    });
  }
}

const alignBlock = (bytes: number): number => Math.ceil(bytes / blockAlignment) * blockAlignment;
