/** Finding a device and what it can do. */
import { DeviceError } from '../../core/errors.ts';
import { WebGpuBackend } from './backend.ts';
import type { Capabilities } from './kernels/types.ts';

export interface WebGpuOptions {
  /** A device that the app made; Lumigrad then works within its limits and features, and leaves it alive. */
  readonly device?: GPUDevice;
  readonly adapter?: GPUAdapter;
  readonly powerPreference?: GPUPowerPreference;
  /** `'maximum'` (default): all that the adapter offers; `'default'`: what every WebGPU device has. */
  readonly limits?: 'maximum' | 'default';
}

const wantedFeatures = ['subgroups', 'shader-f16', 'timestamp-query'] as const satisfies readonly GPUFeatureName[];

const wantedLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/** Opens a WebGPU device, or throws a DeviceError that says why there is none. */
export async function createWebGpuBackend(options: WebGpuOptions = {}): Promise<WebGpuBackend> {
  const device = options.device ?? (await requestDevice(options));
  const info = device.adapterInfo ?? options.adapter?.info;
  return new WebGpuBackend({
    device,
    capabilities: capabilitiesOf(device, info),
    description: describe(info),
    ownsDevice: options.device === undefined,
  });
}

async function requestDevice({
  adapter: given,
  powerPreference,
  limits = 'maximum',
}: WebGpuOptions): Promise<GPUDevice> {
  const adapter = given ?? (await requestAdapter(powerPreference));
  const requiredLimits: Record<string, number> = {};
  if (limits === 'maximum') for (const name of wantedLimits) requiredLimits[name] = adapter.limits[name];
  try {
    return await adapter.requestDevice({
      label: 'lumigrad',
      requiredFeatures: limits === 'maximum' ? wantedFeatures.filter((name) => adapter.features.has(name)) : [],
      requiredLimits,
    });
  } catch (error) {
    throw new DeviceError(
      `WebGPU: the adapter gave no device: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

async function requestAdapter(powerPreference: GPUPowerPreference | undefined): Promise<GPUAdapter> {
  // Absent in Node, and in workers of older browsers.
  const gpu: GPU | undefined = globalThis.navigator?.gpu;
  if (gpu === undefined) {
    throw new DeviceError(
      globalThis.isSecureContext === false
        ? 'WebGPU needs a secure context: serve the page over https, or from localhost'
        : 'WebGPU is not available here: this browser does not have it, or it is switched off (in Node, install the package webgpu)',
    );
  }
  let adapter: GPUAdapter | null;
  try {
    adapter = await gpu.requestAdapter(powerPreference === undefined ? {} : { powerPreference });
  } catch (error) {
    throw new DeviceError(
      `WebGPU: the request for an adapter failed: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (adapter === null) {
    throw new DeviceError(
      'WebGPU found no adapter: the GPU or its driver is not supported, or hardware acceleration is switched off',
    );
  }
  return adapter;
}

function capabilitiesOf(device: GPUDevice, info: GPUAdapterInfo | undefined): Capabilities {
  const { limits, features } = device;
  const words =
    info === undefined ? '' : `${info.vendor} ${info.architecture} ${info.device} ${info.description}`.toLowerCase();
  return {
    software: info?.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|basic render/.test(words),
    subgroups: features.has('subgroups'),
    maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
    maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
    maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
    maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
    vendor: info?.vendor.toLowerCase() ?? '',
    architecture: info?.architecture.toLowerCase() ?? '',
  };
}

function describe(info: GPUAdapterInfo | undefined): string {
  const parts = info === undefined ? [] : [info.vendor, info.architecture, info.description, info.device];
  return parts.filter((part, i) => part !== '' && parts.indexOf(part) === i).join(' ') || 'an unnamed WebGPU adapter';
}
