/** WebGPU: the entry point of this backend's chunk. */
import type { Buffer } from '../backend.ts';
import { unwrap } from './buffers.ts';

export type { WebGpuBackend } from './backend.ts';
export { createWebGpuBackend, type WebGpuOptions } from './device.ts';

/**
 * The GPU memory behind a buffer, for drawing from it without a copy. Valid while the tensor that owns it is; its contents are
 * there once work recorded before has been submitted (`throttle` waits for that), bool as u32.
 */
export function gpuBufferOf(buffer: Buffer): { buffer: GPUBuffer; offset: number; size: number } {
  const { slot, offset, numel } = unwrap(buffer);
  return { buffer: slot.gpu, offset, size: numel * 4 };
}
