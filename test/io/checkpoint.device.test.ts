/** Checkpoints as bytes: what they keep, and what they refuse. */
import {
  FormatError,
  Generator,
  getRngState,
  init,
  manualSeed,
  OptionError,
  ones,
  rand,
  randn,
  ShapeError,
  type Tensor,
  tensor,
} from 'lumigrad';
import {
  type CheckpointStore,
  loadCheckpoint,
  parseSafetensors,
  saveCheckpoint,
  serializeCheckpoint,
  serializeSafetensors,
} from 'lumigrad/io';
import * as nn from 'lumigrad/nn';
import * as optim from 'lumigrad/optim';
import { beforeAll, describe, expect, test } from 'vitest';
import { testDevice } from '../device.ts';
import { type Point, train } from './resume/training.ts';

beforeAll(() => init({ device: testDevice }));

/** A store that keeps everything it was given, newest first. */
function memory(): CheckpointStore & { readonly kept: Uint8Array[] } {
  const kept: Uint8Array[] = [];
  return {
    kept,
    versions: async () => kept.map((bytes) => async () => bytes),
    write: async (bytes) => void kept.unshift(bytes),
  };
}
const values = (m: nn.Module) => Promise.all([...m.stateDict().values()].map((t) => t.tolist()));

describe('a checkpoint', () => {
  test('lets training go on to the bit: dropout, shuffling, running statistics, moments, learning rate', async () => {
    const store = memory();
    const [first, second, whole]: Point[][] = [[], [], []];
    await train(store, 3, (p) => first!.push(p));
    await train(store, 7, (p) => second!.push(p));
    await train(memory(), 7, (p) => whole!.push(p));
    expect([...first!, ...second!]).toEqual(whole);
    expect(first!.length).toBe(3);
  });

  test('is one safetensors file, with tensors under the names of their places', async () => {
    const model = new nn.Linear(2, 1);
    const optimizer = new optim.Adam(model.parameters());
    model
      .forward(ones([1, 2]))
      .sum()
      .backward();
    optimizer.step();
    const { tensors, metadata } = parseSafetensors(await serializeCheckpoint({ model, optimizer }));
    const moments = ['0', '1'].flatMap((i) =>
      ['exp_avg', 'exp_avg_sq'].map((name) => `parts.optimizer.state.${i}.${name}`),
    );
    expect([...tensors.keys()].sort()).toEqual(['parts.model.bias', 'parts.model.weight', ...moments].sort());
    expect(metadata.get('kind')).toBe('lumigrad.checkpoint');
  });

  test('returns all plain data as it was', async () => {
    const data = {
      numbers: [0, -0, 1.5, Number.NaN, Infinity, -Infinity, 2n ** 65n],
      texts: ['', 'é"\\', '__proto__'],
      nothing: null,
      nested: { list: [[true], { deep: new Map<unknown, unknown>([[1, 'one'], ['k', [false]]]) }] }, // biome-ignore format: pairs
      dollar: { $tensor: 'not one', $x: 1 },
      ['__proto__']: { polluted: true },
      arrays: [Int32Array.of(-1), Uint32Array.of(2 ** 32 - 1), Float32Array.of(0.5), Float64Array.of(0.1)],
    };
    const bytes = await serializeCheckpoint({ data, left: undefined });
    const loaded = (await loadCheckpoint(bytes))!;
    expect(loaded).toEqual({ data });
    expect(Object.keys(loaded.data as object)).toContain('__proto__');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    const t = (await loadCheckpoint(await serializeCheckpoint({ t: tensor([1, 2]) })))!.t as Tensor;
    expect([t.dtype, t.device, await t.tolist()]).toEqual(['int32', testDevice, [1, 2]]);
  });

  test('restores generators, and the default one', async () => {
    manualSeed(4);
    const mine = new Generator(9);
    rand([3]);
    rand([3], { generator: mine });
    const bytes = await serializeCheckpoint({ mine });
    const next = [await rand([2]).tolist(), await rand([2], { generator: mine }).tolist()];
    manualSeed(5);
    const other = new Generator(1);
    await loadCheckpoint(bytes, { mine: other });
    expect([await rand([2]).tolist(), await rand([2], { generator: other }).tolist()]).toEqual(next);
  });

  test('is of the moment of the call, even if training goes on', async () => {
    const model = new nn.Linear(2, 1);
    const optimizer = new optim.SGD(model.parameters(), { lr: 1 });
    const before = await values(model);
    const store = memory();
    const state = { step: 1 };
    const saving = saveCheckpoint(store, { model, state });
    model
      .forward(ones([1, 2]))
      .sum()
      .backward();
    optimizer.step();
    state.step = 2;
    expect(await values(model)).not.toEqual(before);
    await saving;
    const loaded = await loadCheckpoint(store, { model });
    expect([await values(model), loaded!.state]).toEqual([before, { step: 1 }]);
  });

  test('the newest is loaded, and a damaged one passed over, which is told', async () => {
    const store = memory();
    await Promise.all([1, 2, 3].map((step) => saveCheckpoint(store, { step })));
    expect((await loadCheckpoint(store))!.step).toBe(3);
    store.kept[0] = store.kept[0]!.slice(0, -1);
    store.kept[1] = store.kept[1]!.with(store.kept[1]!.length - 3, 0x37);
    const told: string[] = [];
    expect((await loadCheckpoint(store, {}, { onDamaged: (error) => told.push(error.message) }))!.step).toBe(1);
    expect(told).toHaveLength(2);
    store.kept.pop();
    await expect(loadCheckpoint(store)).rejects.toThrow(FormatError);
    expect(await loadCheckpoint(memory())).toBeNull();
  });
});

describe('loadCheckpoint refuses, and changes nothing', () => {
  test('what fits the first part and not the second', async () => {
    const [a, b] = [new nn.Linear(2, 2), new nn.Linear(3, 1)];
    const bytes = await serializeCheckpoint({ a, b });
    const [c, wrong] = [new nn.Linear(2, 2), new nn.Linear(2, 1)];
    const generator = new Generator(1);
    const before = [await values(c), getRngState()];
    await expect(loadCheckpoint(bytes, { a: c, b: wrong })).rejects.toThrow(ShapeError);
    await expect(loadCheckpoint(bytes, { a: c, b: wrong })).rejects.toThrow('size mismatch for weight');
    await expect(loadCheckpoint(bytes, { a: c, generator })).rejects.toThrow(
      "the checkpoint has no 'generator'\n  it has a, b",
    );
    await expect(loadCheckpoint(bytes, { a: c, b: generator })).rejects.toThrow("'b' was no generator");
    expect([await values(c), getRngState()]).toEqual(before);
  });

  test('damage of any byte', async () => {
    const bytes = await serializeCheckpoint({ x: randn([3]), step: 1 });
    expect(await loadCheckpoint(bytes)).not.toBeNull();
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.with(at, bytes[at]! ^ (1 << (at % 8)));
      await expect(loadCheckpoint(damaged), `byte ${at}`).rejects.toThrow(FormatError);
    }
    for (let end = 0; end < bytes.length; end += 7)
      await expect(loadCheckpoint(bytes.slice(0, end))).rejects.toThrow(FormatError);
  });

  test('files that are none', async () => {
    const other = serializeSafetensors([], { kind: 'other' });
    await expect(loadCheckpoint(other)).rejects.toThrow('no checkpoint of saveCheckpoint()');
    const later = serializeSafetensors([], {
      checksum: '00000000',
      kind: 'lumigrad.checkpoint',
      version: '9',
      state: '{}',
    });
    await expect(loadCheckpoint(later)).rejects.toThrow('version 9 is unknown');
  });

  test('wrong arguments', async () => {
    await expect(loadCheckpoint(memory(), { step: 3 as never })).rejects.toThrow(
      "'step' is 3, which has no loadStateDict()",
    );
    await expect(loadCheckpoint(memory(), {}, { devise: 'cpu' } as never)).rejects.toThrow("did you mean 'device'");
    await expect(saveCheckpoint(5 as never, {})).rejects.toThrow(OptionError);
    await expect(saveCheckpoint(memory(), { a: { b: new Date() } })).rejects.toThrow('parts.a.b is Date');
    await expect(saveCheckpoint(memory(), { f: () => 1 })).rejects.toThrow('parts.f is function');
    const round: Record<string, unknown> = {};
    round.round = round;
    await expect(saveCheckpoint(memory(), round)).rejects.toThrow('does it contain itself?');
  });
});
