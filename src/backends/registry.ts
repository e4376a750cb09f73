/** Makes backends by name. Each is a chunk of its own, so that a page downloads only what it runs on. */
import type { Backend, DeviceName } from './backend.ts';

export interface WebGpuOptions {
  /** Use this device instead of requesting one. */
  readonly device?: GPUDevice;
  readonly powerPreference?: GPUPowerPreference;
}

/** Rejects with a DeviceError that says why when the device is not to be had. */
export async function createBackend(name: DeviceName, options: WebGpuOptions = {}): Promise<Backend> {
  if (name === 'cpu') {
    const { createCpuBackend, createSimd } = await import('./cpu/index.ts');
    return createCpuBackend(await createSimd());
  }
  const { createWebGpuBackend } = await import('./webgpu/index.ts');
  return createWebGpuBackend(options);
}
