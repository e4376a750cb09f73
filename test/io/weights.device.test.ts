/** Tensors to files and back, on each device. */
import { init, manualSeed, randn, tensor } from 'lumigrad';
import { loadSafetensors, parseSafetensors, saveSafetensors } from 'lumigrad/io';
import * as nn from 'lumigrad/nn';
import { beforeAll, describe, expect, test } from 'vitest';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

describe('saveSafetensors and loadSafetensors', () => {
  test('a model is restored to the bit, buffers and their counters too', async () => {
    manualSeed(1);
    const make = () =>
      new nn.Sequential(new nn.Conv2d(1, 2, 3), new nn.BatchNorm2d(2), new nn.Flatten(), new nn.Linear(8, 3));
    const [model, other] = [make(), make()];
    const x = randn([4, 1, 4, 4]);
    model.forward(x); // moves the running statistics
    const bytes = await saveSafetensors(model.stateDict(), { metadata: { format: 'pt' } });
    expect([...parseSafetensors(bytes).metadata]).toEqual([['format', 'pt']]);

    const loaded = loadSafetensors(bytes);
    expect([...loaded.keys()]).toEqual([...model.stateDict().keys()]);
    other.loadStateDict(loaded);
    expect(await other.eval().forward(x).tolist()).toEqual(await model.eval().forward(x).tolist());
    expect(await saveSafetensors(other.stateDict(), { metadata: { format: 'pt' } })).toEqual(bytes);
  });

  test('views and plain objects are written as they read', async () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const loaded = loadSafetensors(await saveSafetensors({ turned: x.T, flags: x.gt(3), none: x.float().at([0, 0]) }));
    expect(await loaded.get('turned')!.tolist()).toEqual([[1, 4], [2, 5], [3, 6]]); // biome-ignore format: a matrix
    expect(loaded.get('turned')!.dtype).toBe('int32');
    expect(await loaded.get('flags')!.tolist()).toEqual([
      [false, false, false],
      [true, true, true],
    ]);
    expect(loaded.get('none')!.shape).toEqual([0, 3]);
    expect(loaded.get('turned')!.device).toBe(testDevice);
  });

  test('onto another device', async () => {
    const bytes = await saveSafetensors(new Map([['x', tensor([1.5])]]));
    expect(loadSafetensors(bytes, { device: 'cpu' }).get('x')!.device).toBe('cpu');
  });

  test('unknown options are refused', async () => {
    await expect(saveSafetensors({}, { meta: {} } as object)).rejects.toThrow("unexpected option 'meta'");
    expect(() => loadSafetensors(new Uint8Array(), { devise: 'cpu' } as object)).toThrow("did you mean 'device'");
  });
});
