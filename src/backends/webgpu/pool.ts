/** GPU memory: size classes, free lists and the accounting of both. */
import { DeviceError } from '../../core/errors.ts';
import type { BackendStats, MemoryStats } from '../backend.ts';
import { usage } from './flags.ts';

/** One GPUBuffer. The object keeps its identity when the buffer behind it has to be made again. */
export interface Slot {
  readonly bytes: number;
  /** Unique among all places that can be bound. */
  readonly place: number;
  gpu: GPUBuffer;
}

const granule = 256;
/** Up to here every multiple of the granule is a class; from here on there are eight classes per octave. */
const fineLimit = 64 * 1024;
const minimumCap = 64 * 1024 * 1024;
/** Allocations from this size on are checked for exhaustion. */
const bigAllocation = 16 * 1024 * 1024;

let places = 0;

/** A number for a range of memory that can be bound. */
export function nextPlace(): number {
  return ++places;
}

const alignUp = (n: number, to: number): number => Math.ceil(n / to) * to;

/** The bytes of the class that holds `bytes`: at most 12.5 % more, never over `limit` unless the request itself is. */
export function sizeClass(bytes: number, limit = Number.POSITIVE_INFINITY): number {
  const exact = alignUp(Math.max(bytes, 1), granule);
  if (exact <= fineLimit) return exact;
  const step = 2 ** Math.floor(Math.log2(exact)) / 8;
  const rounded = alignUp(exact, step);
  return rounded > limit ? exact : rounded;
}

export const formatBytes = (bytes: number): string =>
  bytes >= 2 ** 30
    ? `${(bytes / 2 ** 30).toFixed(2)} GiB`
    : bytes >= 2 ** 20
      ? `${(bytes / 2 ** 20).toFixed(1)} MiB`
      : `${bytes} bytes`;

export interface PoolHost {
  readonly device: GPUDevice;
  readonly stats: BackendStats;
  /** Largest buffer that can be bound whole. */
  readonly limit: number;
  /** Holds back all work until the promise settles. */
  hold(until: Promise<unknown>): void;
  /** An error that no caller is there to catch. */
  report(error: Error): void;
}

/**
 * Buffers given back are used again, newest first. The bytes kept that way are capped; the least recently used go first.
 * The caller gives a slot back only when all work that uses it has been submitted: later work is ordered after it, and
 * WebGPU frees a destroyed buffer's memory once the submitted work is done with it.
 */
export class Pool {
  private readonly host: PoolHost;
  /** Free slots, least recently given first, and the same by size. */
  private readonly free = new Set<Slot>();
  private readonly bySize = new Map<number, Slot[]>();
  private pooledBytes = 0;
  private liveBytes = 0;
  private liveBuffers = 0;
  private temporaryBytes = 0;
  private peakBytes = 0;

  constructor(host: PoolHost) {
    this.host = host;
  }

  /** A buffer of at least `bytes`, contents undefined. */
  take(bytes: number): Slot {
    const size = sizeClass(bytes, this.host.limit);
    const slot = this.bySize.get(size)?.pop();
    if (slot === undefined) return this.create(size);
    this.free.delete(slot);
    this.pooledBytes -= size;
    return slot;
  }

  give(slot: Slot): void {
    const list = this.bySize.get(slot.bytes);
    if (list === undefined) this.bySize.set(slot.bytes, [slot]);
    else list.push(slot);
    this.free.add(slot);
    this.pooledBytes += slot.bytes;
    this.trim(Math.max(minimumCap, this.peakBytes / 4));
  }

  /** Destroys free buffers until at most `cap` bytes are kept. */
  trim(cap: number): void {
    for (const slot of this.free) {
      if (this.pooledBytes <= cap) return;
      this.free.delete(slot);
      const list = this.bySize.get(slot.bytes)!;
      list.splice(list.indexOf(slot), 1);
      this.pooledBytes -= slot.bytes;
      slot.gpu.destroy();
    }
  }

  /** Bytes that tensors hold. */
  countLive(bytes: number, buffers: number): void {
    this.liveBytes += bytes;
    this.liveBuffers += buffers;
    this.notePeak();
  }

  countTemporary(bytes: number): void {
    this.temporaryBytes += bytes;
    this.notePeak();
  }

  memory(): MemoryStats {
    const { liveBytes, liveBuffers, temporaryBytes, pooledBytes, peakBytes } = this;
    return { liveBytes, liveBuffers, temporaryBytes, pooledBytes, peakBytes };
  }

  private notePeak(): void {
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes + this.temporaryBytes);
  }

  private create(bytes: number): Slot {
    const { device } = this.host;
    if (bytes < bigAllocation) return { bytes, place: nextPlace(), gpu: this.createBuffer(bytes) };
    device.pushErrorScope('out-of-memory');
    const slot: Slot = { bytes, place: nextPlace(), gpu: this.createBuffer(bytes) };
    const failure = device.popErrorScope();
    // Nothing may touch the buffer before it is known to exist: it may have to be made a second time.
    this.host.hold(failure.then((error) => (error === null ? undefined : this.retry(slot))));
    return slot;
  }

  private createBuffer(size: number): GPUBuffer {
    this.host.stats.buffersCreated++;
    return this.host.device.createBuffer({ size, usage: usage.STORAGE | usage.COPY_SRC | usage.COPY_DST });
  }

  private async retry(slot: Slot): Promise<void> {
    const { device } = this.host;
    this.trim(0);
    device.pushErrorScope('out-of-memory');
    slot.gpu = this.createBuffer(slot.bytes);
    if ((await device.popErrorScope()) === null) return;
    this.host.report(
      new DeviceError(
        `WebGPU out of memory: tried to allocate ${formatBytes(slot.bytes)} with ${formatBytes(this.liveBytes)} held by ` +
          `${this.liveBuffers} tensors, ${formatBytes(this.temporaryBytes)} by temporaries and none left to reuse\n` +
          '  use a smaller batch or model, or dispose() of tensors that are kept',
      ),
    );
  }
}
