/** Two devices side by side, and the end of one. */
import { beforeEach, describe, expect, test } from 'vitest';
import { DeviceError, DeviceLostError, disposeDevice, init, ones, tensor, zeros } from '../../src/index.ts';

beforeEach(async () => {
  await init({ device: 'cpu' });
  await init({ device: 'webgpu' });
});

describe('tensors of two devices', () => {
  test('do not mix', () => {
    const here = zeros([2], { device: 'cpu' });
    const there = zeros([2], { device: 'webgpu' });
    const message = 'Expected all tensors to be on the same device, but found at least two devices, ';
    expect(() => here.add(there)).toThrow(DeviceError);
    expect(() => here.add(there)).toThrow(`${message}cpu and webgpu!`);
    expect(() => there.matmul(here)).toThrow(`${message}webgpu and cpu!`);
    expect(() => here.add_(there)).toThrow(message);
    const p = ones([2], { device: 'cpu', requiresGrad: true });
    expect(() => p.mul(2).backward(there)).toThrow(message);
  });

  test('move by to()', async () => {
    const here = tensor([1, 2], { dtype: 'float32', device: 'cpu' });
    const there = await here.to('webgpu');
    expect([here.device, there.device]).toEqual(['cpu', 'webgpu']);
    expect(await there.add(ones([2])).tolist()).toEqual([2, 3]);
    expect(await (await there.to('cpu')).add(here).tolist()).toEqual([2, 4]);
  });
});

describe.each(['cpu', 'webgpu'] as const)('after disposeDevice(%s)', (device) => {
  test('reads reject, calls throw, and init() starts anew', async () => {
    const x = ones([2], { device });
    const pending = x.add(1);
    expect(await x.tolist()).toEqual([1, 1]);
    disposeDevice(device);
    await expect(x.data()).rejects.toThrow(DeviceLostError);
    await expect(pending.data()).rejects.toThrow(DeviceLostError);
    expect(() => x.add(1)).toThrow(DeviceLostError);
    expect(() => zeros([1], { device })).toThrow(DeviceError);
    await init({ device });
    expect(await ones([2]).add(1).tolist()).toEqual([2, 2]);
    expect(() => x.add(1)).toThrow(/lost.*\n.*init\(\)/);
  });

  test('reads under way reject or have their values', async () => {
    const reads = [ones([2], { device }).add(1).tolist(), ones([3], { device }).mul(5).tolist()];
    disposeDevice(device);
    for (const result of await Promise.allSettled(reads)) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(DeviceLostError);
    }
    disposeDevice(device);
  });
});
