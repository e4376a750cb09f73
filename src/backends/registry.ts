/** Makes backends by name. The WebGPU backend, with its shaders, is loaded only when it is asked for. */
import type { Backend, DeviceName } from './backend.ts';
import { createCpuBackend } from './cpu/index.ts';

export { createCpuBackend };

export interface WebGpuOptions {
  /** Use this device instead of requesting one. */
  readonly device?: GPUDevice;
  readonly powerPreference?: GPUPowerPreference;
}

/** Rejects with a DeviceError that says why when the device is not to be had. */
export async function createBackend(name: DeviceName, options: WebGpuOptions = {}): Promise<Backend> {
  if (name === 'cpu') return createCpuBackend();
  const { createWebGpuBackend } = await import('./webgpu/index.ts');
  return createWebGpuBackend(options);
}
