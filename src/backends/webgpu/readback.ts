/** From GPU memory to JavaScript, through a ring of staging buffers. */
import type { BackendStats } from '../backend.ts';
import { elementBytes, type WebGpuBuffer } from './buffers.ts';
import { mapRead, usage } from './flags.ts';
import { sizeClass } from './pool.ts';

/** Staging memory kept for the next read. */
const keptBytes = 16 * 1024 * 1024;

export class Readback {
  private readonly device: GPUDevice;
  private readonly stats: BackendStats;
  private readonly free: GPUBuffer[] = [];
  private freeBytes = 0;

  constructor(device: GPUDevice, stats: BackendStats) {
    this.device = device;
    this.stats = stats;
  }

  /** The bytes of each as they are after all work submitted so far. The copies are submitted at once, together. */
  async read(sources: readonly WebGpuBuffer[]): Promise<ArrayBuffer[]> {
    const sizes = sources.map(({ numel }) => numel * elementBytes);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (total === 0) return sizes.map(() => new ArrayBuffer(0));
    const staging = this.take(total);
    const encoder = this.device.createCommandEncoder();
    let at = 0;
    for (const [i, { slot, offset }] of sources.entries()) {
      if (sizes[i]! > 0) encoder.copyBufferToBuffer(slot.gpu, offset, staging, at, sizes[i]!);
      at += sizes[i]!;
    }
    this.device.queue.submit([encoder.finish()]);
    this.stats.submits++;
    try {
      await staging.mapAsync(mapRead, 0, total);
    } catch (error) {
      staging.destroy();
      throw error;
    }
    const mapped = staging.getMappedRange(0, total);
    at = 0;
    const copies = sizes.map((size) => {
      const from = at;
      at += size;
      return mapped.slice(from, at);
    });
    staging.unmap();
    this.give(staging);
    return copies;
  }

  private take(bytes: number): GPUBuffer {
    const size = sizeClass(bytes);
    const i = this.free.findIndex((buffer) => buffer.size === size);
    if (i >= 0) {
      this.freeBytes -= size;
      return this.free.splice(i, 1)[0]!;
    }
    this.stats.buffersCreated++;
    return this.device.createBuffer({ label: 'staging', size, usage: usage.MAP_READ | usage.COPY_DST });
  }

  private give(buffer: GPUBuffer): void {
    this.free.push(buffer);
    this.freeBytes += buffer.size;
    // The oldest go first; one that is larger than the whole allowance goes at once.
    while (this.freeBytes > keptBytes) {
      const oldest = this.free.shift()!;
      this.freeBytes -= oldest.size;
      oldest.destroy();
    }
  }

  dispose(): void {
    for (const buffer of this.free.splice(0)) buffer.destroy();
    this.freeBytes = 0;
  }
}
