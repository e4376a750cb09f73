/** Checkpoints in the page's own storage. */
import { init, LumigradError, ones, type Tensor } from 'lumigrad';
import { type CheckpointStore, indexedDbStore, loadCheckpoint, opfsStore, saveCheckpoint } from 'lumigrad/io';
import { beforeAll, describe, expect, test, vi } from 'vitest';

beforeAll(() => init({ device: 'cpu' }));

const stores: [string, (name: string) => CheckpointStore][] = [
  ['file system', opfsStore],
  ['database', indexedDbStore],
];

describe.each(stores)('in the %s', (_, storeOf) => {
  // Each test and run has names of its own: what a run before left behind must not matter.
  const name = `run/${crypto.randomUUID()}`;

  test('the two newest are kept', async () => {
    expect(await loadCheckpoint(storeOf(name))).toBeNull();
    for (const step of [1, 2, 3, 4]) await saveCheckpoint(storeOf(name), { step, x: ones([2]).mul(step) });
    const versions = await storeOf(name).versions();
    const steps = await Promise.all(versions.map(async (read) => (await loadCheckpoint(await read()))!.step));
    expect(steps).toEqual([4, 3]);
    const loaded = await loadCheckpoint(storeOf(name));
    expect(await (loaded!.x as Tensor).tolist()).toEqual([4, 4]);
  });

  test('a torn one is passed over, and gives way before a good one does', async () => {
    const torn = `${name}-torn`;
    await saveCheckpoint(storeOf(torn), { step: 1 });
    const [read] = await storeOf(torn).versions();
    const bytes = await read!();
    await storeOf(torn).write(bytes.slice(0, bytes.length - 4), async () => true);
    expect((await loadCheckpoint(storeOf(torn)))!.step).toBe(1);
    await saveCheckpoint(storeOf(torn), { step: 2 });
    const versions = await storeOf(torn).versions();
    const steps = await Promise.all(versions.map(async (one) => (await loadCheckpoint(await one()))!.step));
    expect(steps).toEqual([2, 1]);
  });

  test('two pages that save at once leave a good one, and who reads meanwhile finds one', async () => {
    const shared = `${name}-shared`;
    const page = async (first: number): Promise<void> => {
      const store = storeOf(shared);
      for (let i = 0; i < 4; i++) await saveCheckpoint(store, { step: first + i });
    };
    await saveCheckpoint(storeOf(shared), { step: 0 });
    let writing = true;
    const reader = async (): Promise<void> => {
      while (writing) expect((await loadCheckpoint(storeOf(shared)))!.step).toBeTypeOf('number');
    };
    const reading = reader();
    await Promise.all([page(100), page(200)]);
    writing = false;
    await reading;
    expect([103, 203]).toContain((await loadCheckpoint(storeOf(shared)))!.step);
  });

  test('names are apart', async () => {
    await saveCheckpoint(storeOf(`${name}-1`), { step: 1 });
    await saveCheckpoint(storeOf(`${name}-11`), { step: 2 });
    expect((await loadCheckpoint(storeOf(`${name}-1`)))!.step).toBe(1);
    expect(await loadCheckpoint(storeOf(`${name}-`))).toBeNull();
  });
});

test('a file that cannot be written is taken out again', async () => {
  const store = opfsStore(crypto.randomUUID());
  await saveCheckpoint(store, { step: 1 });
  const full = vi
    .spyOn(FileSystemWritableFileStream.prototype, 'write')
    .mockRejectedValue(new DOMException('no room', 'QuotaExceededError'));
  const saving = saveCheckpoint(store, { step: 2 });
  await expect(saving).rejects.toThrow(LumigradError);
  await expect(saving).rejects.toThrow('opfsStore: cannot write: no room');
  full.mockRestore();
  expect(await store.versions()).toHaveLength(1);
  expect((await loadCheckpoint(store))!.step).toBe(1);
});

test('a name alone is a place in the page', async () => {
  const name = crypto.randomUUID();
  await saveCheckpoint(name, { step: 5 });
  expect((await loadCheckpoint(name))!.step).toBe(5);
  expect((await loadCheckpoint(opfsStore(name)))!.step).toBe(5);
});
