/** Times of runs: with timestamps, without, and of a device that is lost. */
import { expect, test } from 'vitest';
import type { RunTimes } from '../../src/backends/backend.ts';
import { createWebGpuBackend } from '../../src/backends/webgpu/index.ts';
import { DeviceLostError } from '../../src/core/errors.ts';
import { buffer, plan, pointwise, program, upload } from './plans.ts';

/** y = x + x, z = y · y: two kernels. */
const two = (n: number) =>
  plan(
    [
      pointwise(program([n], [buffer(0, [n])], [['add', [0, 0]]]), [{ value: 1, ref: 1, dtype: 'float32' }]),
      pointwise(program([n], [buffer(1, [n])], [['mul', [0, 0]]]), [{ value: 1, ref: 2, dtype: 'float32' }]),
    ],
    {
      externals: [['float32', n]],
      results: [
        ['float32', n],
        ['float32', n],
      ],
    },
  );

async function timesOf(device: GPUDevice, runs: number): Promise<{ times: RunTimes[]; z: number[] }> {
  const backend = await createWebGpuBackend({ device });
  const x = upload(backend, 'float32', [1, 2, 3]);
  const [y, z] = [backend.alloc('float32', 3), backend.alloc('float32', 3)];
  const executable = backend.compile(two(3));
  const promised: Promise<RunTimes>[] = [];
  backend.measure((times) => promised.push(times));
  for (let i = 0; i < runs; i++) executable.run([x, y, z], []);
  backend.measure(null);
  executable.run([x, y, z], []);
  const result = { times: await Promise.all(promised), z: [...(await backend.read(z))] };
  backend.dispose();
  return result;
}

test('timestamps tell of each dispatch which kernel it was, in order', async () => {
  const adapter = (await navigator.gpu.requestAdapter())!;
  const device = await adapter.requestDevice({ requiredFeatures: ['timestamp-query'] });
  const { times, z } = await timesOf(device, 2);
  expect(z).toEqual([4, 16, 36]);
  expect(times).toHaveLength(2);
  for (const { clock, dispatches } of times) {
    expect(clock).toBe('device');
    expect(dispatches.map(({ kernel }) => kernel)).toEqual([0, 1]);
    expect(dispatches[1]!.start).toBeGreaterThanOrEqual(dispatches[0]!.start + dispatches[0]!.duration);
  }
  device.destroy();
});

test('without timestamps the time of a run is shared out', async () => {
  const adapter = (await navigator.gpu.requestAdapter())!;
  const device = await adapter.requestDevice();
  const { times, z } = await timesOf(device, 1);
  expect(z).toEqual([4, 16, 36]);
  expect(times[0]!.clock).toBe('estimate');
  const [first, second] = times[0]!.dispatches;
  expect(first!.duration).toBeGreaterThan(0);
  expect(second!.start).toBeCloseTo(first!.duration, 9);
  device.destroy();
});

test('runs that a lost device never began reject', async () => {
  const adapter = (await navigator.gpu.requestAdapter())!;
  const device = await adapter.requestDevice();
  const backend = await createWebGpuBackend({ device });
  const x = upload(backend, 'float32', [1, 2, 3]);
  const [y, z] = [backend.alloc('float32', 3), backend.alloc('float32', 3)];
  const executable = backend.compile(two(3));
  let times: Promise<RunTimes> | null = null;
  backend.measure((promise) => {
    times = promise;
  });
  // Its pipelines are being compiled.
  executable.run([x, y, z], []);
  device.destroy();
  await expect(times).rejects.toThrow(DeviceLostError);
  backend.dispose();
});
