/** The WebGPU backend: buffers, the order of work, errors and the device's life. */
import type { DType, TypedArray } from '../../core/dtype.ts';
import { DeviceError, DeviceLostError } from '../../core/errors.ts';
import { formatShape, numel as numelOf, type Shape } from '../../core/shape.ts';
import type { Backend, Buffer, Executable, MemoryStats, PlanSpec, RunTimes } from '../backend.ts';
import {
  Arena,
  arenaBuffers,
  arenaRanges,
  decode,
  elementBytes,
  encode,
  unwrap,
  WebGpuBuffer,
  wholeSlot,
} from './buffers.ts';
import { defaultSubmitBudget } from './cost.ts';
import { type ExecutableHost, WebGpuExecutable, type WebGpuStats } from './executable.ts';
import { Heap } from './heap.ts';
import type { Capabilities } from './kernels/types.ts';
import { Pipelines } from './pipelines.ts';
import { formatBytes, Pool } from './pool.ts';
import { WorkQueue } from './queue.ts';
import { Readback } from './readback.ts';
import { storageType } from './shader.ts';
import { Throttle } from './throttle.ts';

const maxElements = 2 ** 32;

export interface DeviceOptions {
  readonly device: GPUDevice;
  readonly capabilities: Capabilities;
  readonly description: string;
  /** Destroy the device with the backend: not when the app made it. */
  readonly ownsDevice: boolean;
  /** Estimated operations that one submit may hold. */
  readonly submitBudget?: number;
}

export class WebGpuBackend implements Backend {
  readonly name = 'webgpu';
  readonly description: string;
  readonly maxBuffersPerKernel: number;
  readonly capabilities: Capabilities;
  readonly device: GPUDevice;
  private readonly ownsDevice: boolean;
  private readonly limit: number;
  private readonly counters: WebGpuStats = {
    submits: 0,
    dispatches: 0,
    buffersCreated: 0,
    bindGroupsCreated: 0,
    pipelinesCreated: 0,
    shaderModulesCreated: 0,
    reads: 0,
    writes: 0,
    aliasCopies: 0,
  };
  private readonly queue = new WorkQueue();
  private readonly pool: Pool;
  private readonly heap: Heap;
  private readonly pipelines: Pipelines;
  private readonly readback: Readback;
  private readonly runs: Throttle;
  private readonly executableHost: { -readonly [K in keyof ExecutableHost]: ExecutableHost[K] };
  private lostReason: string | null = null;
  private disposed = false;
  private lostCallbacks: ((reason: string) => void)[] = [];
  /** An error that nobody was there to catch: the next read tells. */
  private unreported: Error | null = null;

  constructor({ device, capabilities, description, ownsDevice, submitBudget = defaultSubmitBudget }: DeviceOptions) {
    this.device = device;
    this.capabilities = capabilities;
    this.description = description;
    this.ownsDevice = ownsDevice;
    this.maxBuffersPerKernel = capabilities.maxStorageBuffersPerShaderStage;
    this.limit = Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
    const stats = this.counters;
    const report = (error: Error): void => {
      this.unreported ??= error;
    };
    this.pool = new Pool({ device, stats, limit: this.limit, hold: (until) => this.queue.hold(until), report });
    this.heap = new Heap(this.pool, this.limit);
    this.pipelines = new Pipelines(device, stats, () => this.queue.pump());
    this.readback = new Readback(device, stats);
    this.runs = new Throttle(device.queue);
    this.executableHost = {
      device,
      capabilities,
      submitBudget,
      stats,
      pipelines: this.pipelines,
      pool: this.pool,
      heap: this.heap,
      queue: this.queue,
      unwrap: (buffers) => {
        this.check();
        return buffers.map(unwrap);
      },
      report,
      countRun: () => this.runs.countRun(),
      sink: null,
    };
    device.addEventListener('uncapturederror', this.onUncaptured);
    void device.lost.then((info) => this.lose(info.message || info.reason || 'unknown'));
  }

  private readonly onUncaptured = (event: GPUUncapturedErrorEvent): void => {
    this.unreported ??= new DeviceError(`WebGPU: ${event.error.message}`);
  };

  get lost(): string | null {
    return this.lostReason;
  }

  onLost(callback: (reason: string) => void): void {
    this.lostCallbacks.push(callback);
  }

  private lose(reason: string): void {
    if (this.lostReason !== null) return;
    this.lostReason = reason;
    this.queue.cancel(this.lostError());
    // Each on its own: what one throws concerns nobody else.
    for (const callback of this.lostCallbacks.splice(0)) queueMicrotask(() => callback(reason));
  }

  private lostError(): DeviceLostError {
    return new DeviceLostError(
      `the WebGPU device is lost: ${this.lostReason}\n  call init() again and restore from a checkpoint`,
    );
  }

  private check(): void {
    if (this.lostReason !== null) throw this.lostError();
  }

  supports(dtype: DType): boolean {
    return dtype !== 'float64';
  }

  checkSize(op: string, shape: Shape, dtype: DType): void {
    const elements = numelOf(shape);
    const bytes = elements * elementBytes;
    const tooLarge = (what: string): DeviceError =>
      new DeviceError(
        `${op}: a ${dtype} tensor of shape ${formatShape(shape)} takes ${formatBytes(bytes)} (${bytes} bytes), more than ${what}\n` +
          `  on ${this.description}; split it, or use the CPU`,
      );
    if (elements >= maxElements) throw tooLarge(`the 2^32 elements that WebGPU can index`);
    const { maxBufferSize, maxStorageBufferBindingSize } = this.device.limits;
    if (bytes > maxBufferSize) throw tooLarge(`the device's largest buffer (maxBufferSize, ${maxBufferSize} bytes)`);
    if (bytes > maxStorageBufferBindingSize) {
      throw tooLarge(`a shader can bind (maxStorageBufferBindingSize, ${maxStorageBufferBindingSize} bytes)`);
    }
  }

  alloc(dtype: DType, numel: number): Buffer {
    this.check();
    storageType(dtype);
    this.checkSize('alloc', [numel], dtype);
    const slot = this.pool.take(numel * elementBytes);
    this.pool.countLive(slot.bytes, 1);
    return new WebGpuBuffer(dtype, numel, wholeSlot(slot), null);
  }

  allocArena(dtype: DType, numels: readonly number[]): Buffer[] {
    this.check();
    storageType(dtype);
    if (numels.length === 0) return [];
    const bytes = arenaRanges(numels).reduce((sum, { size }) => sum + size, 0);
    this.checkSize('allocArena', [bytes / elementBytes], dtype);
    const slot = this.pool.take(bytes);
    const buffers = arenaBuffers(dtype, numels, new Arena(slot));
    this.pool.countLive(bytes, buffers.length);
    // Kernels over a whole arena also see the padding between ranges: it must hold zeros, not what was there before.
    this.submitAlone((encoder) => encoder.clearBuffer(slot.gpu));
    return buffers;
  }

  free(buffer: Buffer): void {
    const own = unwrap(buffer);
    own.freed = true;
    this.pool.countLive(-own.bytes, -1);
    if (this.lostReason !== null) return;
    // Work that waits may still use it; what is allocated after it has run is ordered behind it.
    this.queue.after(() => {
      if (own.arena === null) this.pool.give(own.slot);
      else if (--own.arena.alive === 0) this.pool.give(own.slot);
    });
  }

  write(buffer: Buffer, data: TypedArray): void {
    this.check();
    const { slot, offset, dtype, numel } = unwrap(buffer);
    if (data.length !== numel) throw new DeviceError(`write: the buffer holds ${numel} elements, got ${data.length}`);
    this.counters.writes++;
    if (numel === 0) return;
    const encoded = encode(data, dtype);
    // The caller may change its array while the write waits.
    const stable = this.queue.idle || encoded !== data ? encoded : encoded.slice();
    // Views of shared memory are fine too; only the type does not say so.
    this.queue.after(() => this.device.queue.writeBuffer(slot.gpu, offset, stable as Float32Array<ArrayBuffer>));
  }

  async read(buffer: Buffer): Promise<TypedArray> {
    const [data] = await this.readAll([buffer]);
    return data!;
  }

  readAll(buffers: readonly Buffer[]): Promise<TypedArray[]> {
    try {
      this.check();
      const own = buffers.map(unwrap);
      this.counters.reads += own.length;
      return new Promise((resolve, reject) => {
        this.queue.push({
          ready: () => true,
          run: () => this.fetch(own).then(resolve, reject),
          cancel: reject,
        });
      });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  private async fetch(buffers: readonly WebGpuBuffer[]): Promise<TypedArray[]> {
    try {
      const found = await this.readback.read(buffers);
      if (this.unreported === null) return buffers.map(({ dtype, numel }, i) => decode(found[i]!, dtype, numel));
    } catch (error) {
      // A mapping fails when the device goes away, perhaps before `lost` says so, or after an error with the buffer.
      await Promise.race([this.device.lost, new Promise((resolve) => setTimeout(resolve, 50))]);
      this.check();
      this.unreported ??= error instanceof Error ? error : new DeviceError(String(error));
    }
    this.check();
    const error = this.unreported;
    this.unreported = null;
    throw error;
  }

  copy(from: Buffer, to: Buffer): void {
    this.check();
    const source = unwrap(from);
    const target = unwrap(to);
    const bytes = source.numel * elementBytes;
    if (target.numel !== source.numel) throw new DeviceError(`copy: ${source.numel} elements into ${target.numel}`);
    if (bytes === 0 || source.place === target.place) return;
    this.submitAlone((encoder) => {
      if (source.slot !== target.slot) {
        encoder.copyBufferToBuffer(source.slot.gpu, source.offset, target.slot.gpu, target.offset, bytes);
        return;
      }
      // Two ranges of one arena: by way of another buffer.
      const between = this.pool.take(bytes);
      encoder.copyBufferToBuffer(source.slot.gpu, source.offset, between.gpu, 0, bytes);
      encoder.copyBufferToBuffer(between.gpu, 0, target.slot.gpu, target.offset, bytes);
      this.pool.give(between);
    });
  }

  /** Commands outside any plan, in a submit of their own, in order with everything else. */
  private submitAlone(record: (encoder: GPUCommandEncoder) => void): void {
    this.queue.after(() => {
      const encoder = this.device.createCommandEncoder();
      record(encoder);
      this.device.queue.submit([encoder.finish()]);
      this.counters.submits++;
    });
  }

  compile(plan: PlanSpec): Executable {
    this.check();
    return new WebGpuExecutable(plan, this.executableHost);
  }

  measure(sink: ((times: Promise<RunTimes>) => void) | null): void {
    this.executableHost.sink = sink;
  }

  async throttle(inFlight: number): Promise<void> {
    this.check();
    await this.queue.drained();
    // Everything means copies and uploads too.
    await (inFlight === 0 ? this.device.queue.onSubmittedWorkDone().catch(() => {}) : this.runs.wait(inFlight));
    this.check();
  }

  stats(): WebGpuStats {
    return { ...this.counters };
  }

  memory(): MemoryStats {
    return this.pool.memory();
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.lostCallbacks = [];
    this.device.removeEventListener('uncapturederror', this.onUncaptured);
    this.lose('the backend was disposed');
    this.pool.trim(0);
    this.readback.dispose();
    if (this.ownsDevice) this.device.destroy();
  }
}
