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
import { crc32 } from '../../src/io/crc32.ts';
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
/** A checkpoint with these texts and the right checksum. */
function whole(texts: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  const bytes = serializeSafetensors([], { checksum: '00000000', kind: 'lumigrad.checkpoint', version: '1', ...texts });
  const at = 8 + '{"__metadata__":{"checksum":"'.length;
  bytes.set(new TextEncoder().encode(crc32(bytes).toString(16).padStart(8, '0')), at);
  return bytes;
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

test('layers that have no shapes yet take those of the checkpoint, unless another part refuses', async () => {
  const model = new nn.Linear(3, 2);
  const other = new nn.Linear(2, 2);
  const bytes = await serializeCheckpoint({ model, other });
  const lazy = new nn.LazyLinear(2);
  await expect(loadCheckpoint(bytes, { model: lazy, other: new nn.Linear(1, 1) })).rejects.toThrow('size mismatch');
  expect(() => lazy.weight.shape).toThrow('uninitialized');
  await loadCheckpoint(bytes, { model: lazy, other: new nn.Linear(2, 2) });
  expect(await values(lazy)).toEqual(await values(model));
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
    // Whole, with a state that says other things than a state does.
    const states: [string, string][] = [
      ['[]', 'the state is malformed'],
      ['{"rng":[1,2]}', 'the state is malformed'],
      ['{"parts":{"$map":[]},"rng":[1,2]}', 'the state is malformed'],
      ['{"parts":{}}', 'a malformed generator'],
      ['{"parts":{},"rng":[1,"2"]}', 'a malformed generator'],
      ['{"parts":{},"rng":[1,-2]}', 'a malformed generator'],
      ['{"parts":{"g":{"$generator":7}},"rng":[1,2]}', 'a malformed generator'],
      ['{"parts":{"t":{"$tensor":["a"]}},"rng":[1,2]}', 'a malformed tensor'],
      ['{"parts":{"t":{"$array":"a"}},"rng":[1,2]}', 'the tensor "a" is missing'],
      ['{"parts":{"t":{"$number":"toString"}},"rng":[1,2]}', 'a malformed number'],
      ['{"parts":{"t":{"$object":[[1,2]]}},"rng":[1,2]}', 'a malformed object'],
      ['{"parts":{"t":{"$map":[[1]]}},"rng":[1,2]}', 'a malformed map'],
      ['{"parts":{"t":{"$eval":"1"}},"rng":[1,2]}', '"$eval" is not known'],
      [`{"parts":${'['.repeat(500)}`, 'nested deeper than 400'],
    ];
    for (const [state, message] of states) {
      await expect(loadCheckpoint(whole({ state })), state).rejects.toThrow(FormatError);
      await expect(loadCheckpoint(whole({ state })), state).rejects.toThrow(message);
    }
    expect(await loadCheckpoint(whole({ state: '{"parts":{"a":1},"rng":[1,2]}' }))).toEqual({ a: 1 });
  });

  test('what a later version wrote, rather than to go on from what is older', async () => {
    const store = memory();
    await saveCheckpoint(store, { step: 1 });
    store.kept.unshift(whole({ version: '9', state: 'of another kind' }));
    await expect(loadCheckpoint(store)).rejects.toThrow(FormatError);
    await expect(loadCheckpoint(store)).rejects.toThrow('version "9" is unknown: a later Lumigrad wrote it');
    // Damaged, it is passed over like any other.
    store.kept[0] = store.kept[0]!.with(-1, 0x21);
    expect((await loadCheckpoint(store))!.step).toBe(1);
  });

  test('what another model saved, in the words of loadStateDict', async () => {
    const model = new nn.Sequential(new nn.Linear(2, 2), new nn.Linear(2, 1));
    const optimizer = new optim.SGD(model.parameters(), { lr: 1, momentum: 0.5 });
    const bytes = await serializeCheckpoint({ model, optimizer });
    const other = new nn.Sequential(new nn.Linear(2, 3));
    await expect(loadCheckpoint(bytes, { model: other })).rejects.toThrow(
      'Error(s) in loading state_dict for Sequential:\n\tUnexpected key(s) in state_dict: "1.weight", "1.bias". \n\t' +
        'size mismatch for 0.weight: copying a param with shape torch.Size([2, 2]) from checkpoint, the shape in current model is torch.Size([3, 2]).',
    );
    const groups = new optim.SGD([{ params: [ones([2])] }, { params: [ones([1])] }] as never, { lr: 1 });
    await expect(loadCheckpoint(bytes, { optimizer: groups })).rejects.toThrow(
      'loaded state dict has a different number of parameter groups',
    );
    const sizes = new optim.SGD(other.parameters(), { lr: 1 });
    await expect(loadCheckpoint(bytes, { optimizer: sizes })).rejects.toThrow(
      "loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
    );
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
