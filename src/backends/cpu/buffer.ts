import { bytesOf, type DType, viewOf } from '../../core/dtype.ts';
import { DisposedError } from '../../core/errors.ts';
import type { Buffer, MemoryStats } from '../backend.ts';
import { Memory, newArrayBuffer, sizeClass } from './memory.ts';

/** Ranges of an arena start at cache lines. */
const arenaAlignment = 64;
/** Freed memory is kept for reuse up to this many bytes, or as much as is in use. */
const poolFloor = 64 * 2 ** 20;

/** One ArrayBuffer; freed when the last of its ranges is. */
interface Allocation {
  readonly id: number;
  readonly buffer: ArrayBuffer;
  readonly size: number;
  ranges: number;
}

export class CpuBuffer implements Buffer {
  readonly id: number;
  readonly bytes: number;
  readonly owner: Allocation;
  readonly memory: Memory;
  freed = false;

  constructor(id: number, bytes: number, owner: Allocation, memory: Memory) {
    this.id = id;
    this.bytes = bytes;
    this.owner = owner;
    this.memory = memory;
  }
  get dtype(): DType {
    return this.memory.dtype;
  }
  get numel(): number {
    return this.memory.data.length;
  }
  get allocation(): number {
    return this.owner.id;
  }
}

/** Buffers held by tensors, from a pool of size classes. */
export class BufferPool {
  private readonly free = new Map<number, ArrayBuffer[]>();
  private pooledBytes = 0;
  private liveBytes = 0;
  private liveBuffers = 0;
  private peakBytes = 0;
  private nextId = 1;
  private readonly temporaryBytes: () => number;
  /** ArrayBuffers made, not counting reuse. */
  created = 0;

  constructor(temporaryBytes: () => number) {
    this.temporaryBytes = temporaryBytes;
  }

  alloc(dtype: DType, numel: number): CpuBuffer {
    const owner = this.allocate(numel * bytesOf(dtype), 1);
    return this.range(owner, dtype, numel, 0, owner.size);
  }

  arena(dtype: DType, numels: readonly number[]): CpuBuffer[] {
    const sizes = numels.map((n) => Math.ceil((n * bytesOf(dtype)) / arenaAlignment) * arenaAlignment);
    const owner = this.allocate(
      sizes.reduce((a, b) => a + b, 0),
      numels.length,
    );
    let offset = 0;
    return numels.map((numel, i) => {
      const at = offset;
      offset += sizes[i]!;
      // The last range carries what rounding up to the size class added, so that the ranges sum to the allocation.
      const bytes = i === numels.length - 1 ? owner.size - at : sizes[i]!;
      return this.range(owner, dtype, numel, at, bytes);
    });
  }

  /** Freeing twice is harmless: a handle may be both disposed and collected. */
  release(buffer: Buffer): void {
    const b = buffer as CpuBuffer;
    if (b.freed) return;
    b.freed = true;
    this.liveBytes -= b.bytes;
    this.liveBuffers--;
    if (--b.owner.ranges > 0) return;
    const { size } = b.owner;
    if (this.pooledBytes + size > Math.max(poolFloor, this.liveBytes)) return;
    const list = this.free.get(size) ?? [];
    this.free.set(size, list);
    list.push(b.owner.buffer);
    this.pooledBytes += size;
  }

  /** The memory of a buffer of this backend that has not been freed. */
  memoryOf(buffer: Buffer): Memory {
    const b = buffer as CpuBuffer;
    if (b.freed) throw new DisposedError(`buffer ${b.id} (${b.numel} x ${b.dtype}) has been freed`);
    return b.memory;
  }

  stats(): MemoryStats {
    this.updatePeak();
    const { liveBytes, liveBuffers, pooledBytes, peakBytes } = this;
    return { liveBytes, liveBuffers, temporaryBytes: this.temporaryBytes(), pooledBytes, peakBytes };
  }

  /** Drops what is kept for reuse. */
  trim(): void {
    this.free.clear();
    this.pooledBytes = 0;
  }

  private allocate(bytes: number, ranges: number): Allocation {
    const size = sizeClass(bytes);
    const reused = this.free.get(size)?.pop();
    if (reused) this.pooledBytes -= size;
    else this.created++;
    const buffer = reused ?? this.newMemory(size);
    return { id: this.nextId++, buffer, size, ranges };
  }

  /** Out of memory: what is kept for reuse goes first, then it is tried once more. */
  private newMemory(size: number): ArrayBuffer {
    try {
      return newArrayBuffer(size);
    } catch {
      this.trim();
      return newArrayBuffer(size, ` (${this.liveBytes} bytes are in use by ${this.liveBuffers} buffers)`);
    }
  }

  private updatePeak(): void {
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes + this.temporaryBytes());
  }

  private range(owner: Allocation, dtype: DType, numel: number, offset: number, bytes: number): CpuBuffer {
    this.liveBytes += bytes;
    this.liveBuffers++;
    this.updatePeak();
    return new CpuBuffer(this.nextId++, bytes, owner, new Memory(dtype, viewOf(dtype, owner.buffer, offset, numel)));
  }
}
