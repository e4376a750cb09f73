/** The device's life: opening, errors nobody catches, loss. */
import { expect, test, vi } from 'vitest';
import { createWebGpuBackend } from '../../src/backends/webgpu/index.ts';
import { DeviceError, DeviceLostError } from '../../src/core/errors.ts';
import { buffer, plan, pointwise, program, upload } from './plans.ts';

const double = (n: number) =>
  plan([pointwise(program([n], [buffer(0, [n])], [['add', [0, 0]]]), [{ value: 1, ref: 1, dtype: 'float32' }])], {
    externals: [['float32', n]],
    results: [['float32', n]],
  });

test('a device has a name and its limits', async () => {
  const backend = await createWebGpuBackend();
  expect(backend.name).toBe('webgpu');
  expect(backend.description).not.toBe('');
  expect(backend.maxBuffersPerKernel).toBeGreaterThanOrEqual(8);
  expect(backend.lost).toBeNull();
  backend.dispose();
});

test('an app may bring its own device, which outlives the backend', async () => {
  const adapter = (await navigator.gpu.requestAdapter())!;
  const device = await adapter.requestDevice();
  const backend = await createWebGpuBackend({ device });
  const x = upload(backend, 'float32', [1, 2, 3]);
  const y = backend.alloc('float32', 3);
  backend.compile(double(3)).run([x, y], []);
  expect([...(await backend.read(y))]).toEqual([2, 4, 6]);
  backend.dispose();
  expect(() => backend.alloc('float32', 1)).toThrow(DeviceLostError);
  const other = await createWebGpuBackend({ device });
  expect([...(await other.read(upload(other, 'float32', [5])))]).toEqual([5]);
  other.dispose();
  device.destroy();
});

test('a device destroyed under queued work rejects what waits and refuses the rest', async () => {
  const adapter = (await navigator.gpu.requestAdapter())!;
  const device = await adapter.requestDevice();
  const backend = await createWebGpuBackend({ device });
  const reasons: string[] = [];
  backend.onLost((reason) => reasons.push(reason));
  const x = upload(backend, 'float32', [1, 2, 3]);
  const y = backend.alloc('float32', 3);
  const executable = backend.compile(double(3));
  const early = backend.read(x);
  executable.run([x, y], []);
  const queued = backend.read(y);
  device.destroy();
  await expect(queued).rejects.toThrow(DeviceLostError);
  await expect(early).rejects.toThrow(DeviceLostError);
  expect(reasons).toHaveLength(1);
  expect(backend.lost).not.toBeNull();
  expect(() => executable.run([x, y], [])).toThrow(DeviceLostError);
  expect(() => backend.write(x, new Float32Array(3))).toThrow(DeviceLostError);
  await expect(backend.read(x)).rejects.toThrow(DeviceLostError);
  await expect(backend.throttle(1)).rejects.toThrow(DeviceLostError);
  backend.free(x);
  backend.dispose();
});

test('reads in flight when the backend is disposed reject', async () => {
  const backend = await createWebGpuBackend();
  const x = upload(backend, 'float32', [1]);
  const y = backend.alloc('float32', 1);
  backend.compile(double(1)).run([x, y], []);
  const read = backend.read(y);
  backend.dispose();
  await expect(read).rejects.toThrow(DeviceLostError);
});

test('an error that WebGPU reports to nobody is told by the next read', async () => {
  const adapter = (await navigator.gpu.requestAdapter())!;
  const device = await adapter.requestDevice();
  const backend = await createWebGpuBackend({ device });
  const x = upload(backend, 'float32', [1]);
  // An app's mistake on the device it shares.
  device.createBuffer({ size: 3, usage: 0 });
  await expect(backend.read(x)).rejects.toThrow(DeviceError);
  expect([...(await backend.read(x))]).toEqual([1]);
  backend.dispose();
  device.destroy();
});

test('exhausted memory is tried again after trimming, then told with the numbers', async () => {
  const adapter = (await navigator.gpu.requestAdapter())!;
  const device = await adapter.requestDevice();
  const backend = await createWebGpuBackend({ device });
  let failures = 1;
  const pop = device.popErrorScope.bind(device);
  vi.spyOn(device, 'popErrorScope').mockImplementation(async () => {
    const error = await pop();
    return failures-- > 0 ? ({ message: 'out of memory' } as GPUError) : error;
  });
  const n = 2 ** 22;
  backend.free(backend.alloc('float32', 1000));
  const data = new Float32Array(n).fill(3);
  const first = backend.alloc('float32', n);
  backend.write(first, data);
  expect((await backend.read(first))[n - 1]).toBe(3);
  expect(backend.memory().pooledBytes).toBe(0);
  failures = 2;
  const second = backend.alloc('float32', n);
  await expect(backend.read(second)).rejects.toThrow(
    /out of memory: tried to allocate 16\.0 MiB with 32\.0 MiB held by 2 tensors/,
  );
  vi.restoreAllMocks();
  backend.dispose();
  device.destroy();
});

test('a shader that does not compile says so in the next read, with its source', async () => {
  const backend = await createWebGpuBackend();
  const x = upload(backend, 'float32', [1]);
  const y = backend.alloc('float32', 1);
  const spy = vi
    .spyOn(backend.device, 'createComputePipelineAsync')
    .mockRejectedValueOnce(new Error('no such function'));
  backend.compile(double(1)).run([x, y], []);
  spy.mockRestore();
  await expect(backend.read(y)).rejects.toThrow(
    /the shader of 'add \[1\]' does not compile: no such function\n {3}1 @group/,
  );
  backend.dispose();
});

test('throttle waits until at most so many runs are unfinished', async () => {
  const backend = await createWebGpuBackend();
  const n = 100_000;
  const x = upload(backend, 'float32', new Float32Array(n));
  const y = backend.alloc('float32', n);
  const executable = backend.compile(double(n));
  await backend.throttle(0);
  let finished = 0;
  for (let step = 0; step < 10; step++) {
    executable.run([x, y], []);
    void backend.device.queue.onSubmittedWorkDone().then(() => finished++);
    await backend.throttle(2);
    expect(finished).toBeGreaterThanOrEqual(step - 2);
  }
  await backend.throttle(0);
  expect(finished).toBeGreaterThanOrEqual(9);
  backend.dispose();
});

test('without WebGPU the error says why', async () => {
  const original = Object.getOwnPropertyDescriptor(globalThis, 'navigator')!;
  Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  try {
    await expect(createWebGpuBackend()).rejects.toThrow(/WebGPU (is not available here|needs a secure context)/);
  } finally {
    Object.defineProperty(globalThis, 'navigator', original);
  }
  const nothing = { requestAdapter: async () => null };
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: nothing }, configurable: true });
  try {
    await expect(createWebGpuBackend()).rejects.toThrow(/found no adapter/);
  } finally {
    Object.defineProperty(globalThis, 'navigator', original);
  }
});
