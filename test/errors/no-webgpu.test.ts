/** Without WebGPU: `'webgpu'` rejects with the reason, `'auto'` computes on the CPU and gives the reason. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { DeviceError, deviceInfo, disposeDevice, init, OptionError, tensor, zeros } from '../../src/index.ts';
import { wild } from './refusals.ts';

afterEach(async () => {
  vi.unstubAllGlobals();
  disposeDevice('webgpu');
  await init({ device: 'cpu' });
});
const gives = (gpu: unknown) => vi.stubGlobal('navigator', { gpu });

describe.each<[string, () => void, RegExp]>([
  ['no navigator', () => vi.stubGlobal('navigator', undefined), /^WebGPU is not available here/],
  ['no WebGPU', () => gives(undefined), /^WebGPU is not available here/],
  ['no adapter', () => gives({ requestAdapter: async () => null }), /^WebGPU found no adapter/],
  [
    'a request that rejects',
    () => gives({ requestAdapter: () => Promise.reject(new TypeError('blocked')) }),
    /^WebGPU: the request for an adapter failed: blocked/,
  ],
  [
    'a request that throws',
    () =>
      gives({
        requestAdapter: () => {
          throw new TypeError('blocked');
        },
      }),
    /^WebGPU: the request for an adapter failed: blocked/,
  ],
  [
    'no device',
    () =>
      gives({
        requestAdapter: async () => ({
          limits: {},
          features: new Set(),
          requestDevice: () => Promise.reject(new Error('too many')),
        }),
      }),
    /^WebGPU: the adapter gave no device: too many/,
  ],
])('with %s', (_what, arrange, reason) => {
  test('asking for it rejects with the reason', async () => {
    arrange();
    await expect(init({ device: 'webgpu' })).rejects.toThrow(DeviceError);
    await expect(init({ device: 'webgpu' })).rejects.toThrow(reason);
    await expect(tensor([1]).to('webgpu')).rejects.toThrow(reason);
    // What was chosen before stays chosen.
    expect(deviceInfo()!.device).toBe('cpu');
    expect(() => zeros([1], { device: 'webgpu' })).toThrow('the webgpu device is not ready');
  });

  test("'auto' falls back and says why", async () => {
    arrange();
    const { device, fallbackReason } = await init();
    expect(device).toBe('cpu');
    expect(fallbackReason).toMatch(reason);
    expect(await tensor([1]).add(1).tolist()).toEqual([2]);
  });
});

test('a device that does not exist is told from one that is not ready', () => {
  expect(() => zeros([1], { device: wild('gpu') })).toThrow("Expected one of 'webgpu', 'cpu' as device, got 'gpu'");
});
test('what only a GPU could use is not silently ignored', async () => {
  await expect(init({ device: 'cpu', gpuDevice: wild({}) })).rejects.toThrow(OptionError);
});
