/** Buffers: size classes, reuse, limits, reads and writes. */
import { expect, test } from 'vitest';
import { createWebGpuBackend, gpuBufferOf } from '../../src/backends/webgpu/index.ts';
import { sizeClass } from '../../src/backends/webgpu/pool.ts';
import { DeviceError, DisposedError, DTypeError } from '../../src/core/errors.ts';
import { pretendingBackend, sharedBackend, upload } from './plans.ts';

test('size classes waste at most an eighth', () => {
  let last = 0;
  for (let bytes = 0; bytes < 4_000_000; bytes += 997) {
    const size = sizeClass(bytes);
    expect(size % 256).toBe(0);
    expect(size).toBeGreaterThanOrEqual(Math.max(bytes, 256));
    expect(size).toBeGreaterThanOrEqual(last);
    if (bytes > 65536) expect(size).toBeLessThanOrEqual(bytes * 1.125 + 256);
    last = size;
  }
  expect(sizeClass(1000, 1024)).toBe(1024);
  // Rounding up must not push a buffer over what can be bound.
  expect(sizeClass(2 ** 27 - 300, 2 ** 27 - 256)).toBe(2 ** 27 - 256);
});

test('every dtype survives the trip there and back', async () => {
  const backend = await sharedBackend();
  const f32 = upload(backend, 'float32', [1.5, -0, Number.NaN, Infinity, 3e-45]);
  const i32 = upload(backend, 'int32', [-2147483648, 2147483647]);
  const u32 = upload(backend, 'uint32', [4294967295]);
  const bool = upload(backend, 'bool', [1, 0, 1]);
  expect(await backend.read(f32)).toEqual(new Float32Array([1.5, -0, Number.NaN, Infinity, 3e-45]));
  expect(await backend.read(i32)).toEqual(new Int32Array([-2147483648, 2147483647]));
  expect(await backend.read(u32)).toEqual(new Uint32Array([4294967295]));
  expect(await backend.read(bool)).toEqual(new Uint8Array([1, 0, 1]));
  expect(() => backend.alloc('float64', 1)).toThrow(DTypeError);
  expect(backend.supports('float64')).toBe(false);
  for (const buffer of [f32, i32, u32, bool]) backend.free(buffer);
});

test('many reads at once, and reads of nothing', async () => {
  const backend = await sharedBackend();
  const buffers = Array.from({ length: 20 }, (_, i) => upload(backend, 'int32', new Array<number>(i * 50).fill(i)));
  const all = await Promise.all([...buffers, ...buffers].map((buffer) => backend.read(buffer)));
  all.forEach((values, i) => {
    expect(values.length).toBe((i % 20) * 50);
    expect(values.every((v) => v === i % 20)).toBe(true);
  });
  // Staging buffers are used again.
  const before = backend.stats().buffersCreated;
  for (const buffer of buffers) await backend.read(buffer);
  expect(backend.stats().buffersCreated).toBe(before);
  for (const buffer of buffers) backend.free(buffer);
});

test('freed memory is used again, and accounted for', async () => {
  const backend = await pretendingBackend({});
  const start = backend.memory();
  const first = backend.alloc('float32', 1000);
  expect(backend.memory().liveBytes - start.liveBytes).toBe(first.bytes);
  expect(backend.memory().liveBuffers).toBe(1);
  const gpu = gpuBufferOf(first).buffer;
  backend.free(first);
  expect(backend.memory()).toMatchObject({
    liveBytes: 0,
    liveBuffers: 0,
    pooledBytes: first.bytes,
    peakBytes: first.bytes,
  });
  const created = backend.stats().buffersCreated;
  const second = backend.alloc('int32', 990);
  expect(gpuBufferOf(second)).toEqual({ buffer: gpu, offset: 0, size: 3960 });
  expect(backend.stats().buffersCreated).toBe(created);
  expect(second.id).not.toBe(first.id);
  expect(() => backend.free(first)).toThrow(DisposedError);
  backend.dispose();
});

test('what is kept for reuse is capped', async () => {
  const backend = await pretendingBackend({});
  const megabyte = 2 ** 18;
  for (let round = 0; round < 5; round++) {
    const buffers = Array.from({ length: 20 }, () => backend.alloc('float32', megabyte * (round + 1)));
    for (const buffer of buffers) backend.free(buffer);
  }
  const { pooledBytes, peakBytes } = backend.memory();
  expect(peakBytes).toBe(100 * 2 ** 20);
  expect(pooledBytes).toBeLessThanOrEqual(64 * 2 ** 20);
  expect(pooledBytes).toBeGreaterThan(40 * 2 ** 20);
  backend.dispose();
});

test('an arena goes back when its last range does', async () => {
  const backend = await pretendingBackend({});
  const ranges = backend.allocArena('float32', [10, 0, 100]);
  expect(ranges.map((r) => gpuBufferOf(r).offset)).toEqual([0, 256, 512]);
  expect(backend.memory().liveBytes).toBe(1024);
  backend.free(ranges[0]!);
  backend.free(ranges[2]!);
  expect(backend.memory()).toMatchObject({ liveBytes: 256, pooledBytes: 0 });
  backend.free(ranges[1]!);
  expect(backend.memory()).toMatchObject({ liveBytes: 0, pooledBytes: 1024 });
  backend.dispose();
});

test('tensors that the device cannot hold are refused with the numbers', async () => {
  const backend = await createWebGpuBackend({ limits: 'default' });
  expect(() => backend.checkSize('zeros', [8192, 4096], 'float32')).not.toThrow();
  expect(() => backend.checkSize('zeros', [8192, 4097], 'float32')).toThrow(
    /^zeros: a float32 tensor of shape \[8192, 4097\] takes 128\.0 MiB \(134250496 bytes\), more than a shader can bind \(maxStorageBufferBindingSize, 134217728 bytes\)/,
  );
  expect(() => backend.checkSize('zeros', [2 ** 16, 2 ** 16], 'bool')).toThrow(DeviceError);
  expect(() => backend.alloc('float32', 2 ** 30)).toThrow(DeviceError);
  expect(() => backend.write(backend.alloc('float32', 2), new Float32Array(3))).toThrow(/holds 2 elements, got 3/);
  backend.dispose();
});
