import { DeviceError, init } from 'lumigrad';
import type { DeviceReport } from './protocol.ts';
import type { DeviceChoice } from './settings.ts';

/** Opens the device asked for; where there is no WebGPU the CPU takes over, and the report says why. */
export async function openDevice(choice: DeviceChoice): Promise<DeviceReport> {
  try {
    return describe(await init({ device: choice }));
  } catch (error) {
    if (choice !== 'webgpu' || !(error instanceof DeviceError)) throw error;
    const report = describe(await init({ device: 'cpu' }));
    return { ...report, reason: because(error.message) };
  }
}

function describe({ device, description, fallbackReason }: Awaited<ReturnType<typeof init>>): DeviceReport {
  return { kind: device, name: description, ...(fallbackReason && { reason: because(fallbackReason) }) };
}

const because = (reason: string) => `The CPU computes, because WebGPU is not to be had here: ${reason}`;
