import { beforeAll, describe, expect, test } from 'vitest';
import { DataLoader, Subset, TensorDataset } from '../../src/data/index.ts';
import { engineStats, functional, init, memoryStats, ShapeError, type Tensor, tensor } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

/** Example i is a picture of 2×2 bytes 4i … 4i + 3, labelled i mod 3. */
const count = 10;
const pixels = Uint8Array.from({ length: count * 4 }, (_, i) => i);
const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
const onHost = () =>
  new TensorDataset({ data: pixels, shape: [count, 1, 2, 2], scale: 1 / 255 }, { data: labels, shape: [count] });
const onDevice = () =>
  new TensorDataset(
    tensor([...pixels], { dtype: 'float32' })
      .reshape(count, 1, 2, 2)
      .div(255),
    tensor([...labels]),
  );

describe.each([
  ['host', onHost],
  ['device', onDevice],
])('data on the %s', (_, make) => {
  test('a batch holds the examples asked for', async () => {
    const [x, y] = make().getBatch(Int32Array.of(4, 0));
    expect(x.shape).toEqual([2, 1, 2, 2]);
    expect(x.device).toBe(testDevice);
    expect([...(await x.data())].map((v) => Math.round(v * 255))).toEqual([16, 17, 18, 19, 0, 1, 2, 3]);
    expect(y.dtype).toBe('int32');
    expect(await y.tolist()).toEqual([1, 0]);
  });
  test('one example', async () => {
    const [x, y] = make().get(2);
    expect([x.shape, y.shape]).toEqual([[1, 2, 2], []]);
    expect(await y.item()).toBe(2);
  });
  test('labels out of range are reported, at the call or by the read', async () => {
    const [, y] = make().getBatch(Int32Array.of(0, 1, 2));
    const scores = tensor([
      [0.5, 1],
      [0.5, 1],
      [0.5, 1],
    ]);
    const read = async (): Promise<number> => functional.crossEntropy(scores, y).item();
    await expect(read()).rejects.toThrow(ShapeError);
  });
  test('shuffled batches are those of the seed', async () => {
    const seen: number[] = [];
    for await (const [x] of new DataLoader(make(), { batchSize: 4, shuffle: true, seed: 1 })) {
      seen.push(...Array.from(await x.at(':', 0, 0, 0).data(), (v) => Math.round((v * 255) / 4)));
    }
    expect(seen).toMatchInlineSnapshot(`
      [
        8,
        9,
        0,
        3,
        1,
        2,
        4,
        5,
        6,
        7,
      ]
    `);
  });
  test('a part of it', async () => {
    const [, y] = new Subset(make(), [8, 1]).getBatch!(Int32Array.of(1, 0)) as [Tensor, Tensor];
    expect(await y.tolist()).toEqual([1, 2]);
  });
  test('memory and plans stay flat over hundreds of steps', async () => {
    const model = new nn.Sequential(new nn.Flatten(), new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 3));
    const loader = new DataLoader(make(), { batchSize: 5, shuffle: true, seed: 0 });
    const step = (x: Tensor, y: Tensor) => {
      model.zeroGrad();
      functional.crossEntropy(model.forward(x), y).backward();
    };
    const epochs = async (n: number) => {
      for (let i = 0; i < n; i++) for await (const [x, y] of loader) step(x, y);
    };
    const settle = async () => {
      // The collector frees what was dropped.
      for (let i = 0; i < 3; i++) {
        (globalThis as { gc?: () => void }).gc?.();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return memoryStats(testDevice).liveBytes;
    };
    await epochs(5);
    const before = await settle();
    const misses = engineStats(testDevice).planMisses;
    await epochs(150);
    expect(engineStats(testDevice).planMisses).toBe(misses);
    if ('gc' in globalThis) expect(await settle()).toBeLessThanOrEqual(before + 4096);
  });
});
