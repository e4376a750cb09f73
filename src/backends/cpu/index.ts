/** The CPU backend: plans run synchronously, on typed arrays, in one thread. */
import { bytesOf, type DType, type TypedArray } from '../../core/dtype.ts';
import { DeviceError, DeviceLostError } from '../../core/errors.ts';
import { roundToHalves } from '../../core/float16.ts';
import { formatShape, numel, type Shape } from '../../core/shape.ts';
import type { Backend, BackendStats, Buffer, Executable, MemoryStats, PlanSpec, RunTimes } from '../backend.ts';
import { BufferPool } from './buffer.ts';
import { compilePlan, type Host } from './executable.ts';
import { kernelsWith } from './kernels/index.ts';
import { releaseScratch, scratchBytes, TemporaryHeap } from './memory.ts';
import { pause } from './pause.ts';
import type { Simd } from './wasm/simd.ts';

export { createSimd } from './wasm/simd.ts';

/** Indices are 32-bit integers in places. */
const maxElements = 2 ** 31;
/** Sizes below this are not tried out before use. */
const largeBytes = 2 ** 30;

/** With `simd`, which `createSimd()` makes, sums of products run in WebAssembly. */
export function createCpuBackend(simd: Simd | null = null): Backend {
  return new CpuBackend(simd);
}

class CpuBackend implements Backend {
  readonly name = 'cpu';
  readonly description: string;
  readonly maxBuffersPerKernel = 64;
  lost: string | null = null;
  private readonly temporaries = new TemporaryHeap();
  private readonly pool: BufferPool;
  private readonly counters: BackendStats = {
    submits: 0,
    dispatches: 0,
    buffersCreated: 0,
    bindGroupsCreated: 0,
    pipelinesCreated: 0,
    shaderModulesCreated: 0,
    reads: 0,
    writes: 0,
  };

  private readonly host: { -readonly [K in keyof Host]: Host[K] };

  constructor(simd: Simd | null) {
    this.description = `${simd ? 'WebAssembly and JavaScript' : 'JavaScript'} on one CPU thread`;
    this.pool = new BufferPool(() => this.temporaries.bytes + scratchBytes() + (simd?.bytes ?? 0));
    this.host = {
      kernels: kernelsWith(simd),
      temporaries: this.temporaries,
      memoryOf: (buffer) => this.pool.memoryOf(buffer),
      ran: (dispatches) => {
        this.counters.submits++;
        this.counters.dispatches += dispatches;
      },
      sink: null,
    };
  }

  checkSize(op: string, shape: Shape, dtype: DType): void {
    const n = numel(shape);
    const bytes = n * bytesOf(dtype);
    const what = `${op}: a ${dtype} tensor of shape ${formatShape(shape)} needs ${bytes} bytes`;
    if (n > maxElements)
      throw new DeviceError(`${what} in ${n} elements; a CPU tensor holds at most ${maxElements} elements`);
    if (bytes < largeBytes) return;
    try {
      new ArrayBuffer(bytes);
    } catch {
      throw new DeviceError(`${what}, more than this JavaScript engine can allocate`);
    }
  }

  supports(_dtype: DType): boolean {
    return true;
  }

  alloc(dtype: DType, n: number): Buffer {
    return this.pool.alloc(dtype, n);
  }
  allocArena(dtype: DType, numels: readonly number[]): Buffer[] {
    return this.pool.arena(dtype, numels);
  }
  free(buffer: Buffer): void {
    this.pool.release(buffer);
  }

  write(buffer: Buffer, data: TypedArray): void {
    if (data.length !== buffer.numel)
      throw new DeviceError(`write: the buffer holds ${buffer.numel} elements, got ${data.length}`);
    const target = this.pool.memoryOf(buffer);
    target.data.set(data);
    if (buffer.dtype === 'float16') roundToHalves(target.data, 0, data.length);
    this.counters.writes++;
  }
  async read(buffer: Buffer): Promise<TypedArray> {
    if (this.lost !== null) throw new DeviceLostError(`the CPU device is lost: ${this.lost}`);
    this.counters.reads++;
    const data = this.pool.memoryOf(buffer).data.slice();
    await pause();
    return data;
  }
  readAll(buffers: readonly Buffer[]): Promise<TypedArray[]> {
    return Promise.all(buffers.map((buffer) => this.read(buffer)));
  }
  copy(from: Buffer, to: Buffer): void {
    this.pool.memoryOf(to).data.set(this.pool.memoryOf(from).data);
  }

  compile(plan: PlanSpec): Executable {
    return compilePlan(plan, this.host);
  }

  measure(sink: ((times: Promise<RunTimes>) => void) | null): void {
    this.host.sink = sink;
  }

  /** Every run has finished when it returns. */
  async throttle(_inFlight: number): Promise<void> {
    await pause();
  }

  stats(): BackendStats {
    return { ...this.counters, buffersCreated: this.pool.created };
  }
  memory(): MemoryStats {
    return this.pool.stats();
  }
  onLost(_callback: (reason: string) => void): void {}

  dispose(): void {
    this.lost = 'the backend was disposed';
    this.pool.trim();
    releaseScratch();
  }
}
