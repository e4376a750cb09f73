/** Checkpoints in files of Node: whatever interrupts a save, a good one is left. */
import fs, { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { init } from 'lumigrad';
import { fileStore, load, loadCheckpoint, saveCheckpoint } from 'lumigrad/io';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';

beforeAll(() => init({ device: 'cpu' }));
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lumigrad-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});
const path = (): string => join(folder, 'run.safetensors');
/** As another process sees it. */
const stepThere = async (): Promise<unknown> => (await loadCheckpoint(fileStore(path())))?.step;

test('the newest is a file of that name, the one before stands beside it', async () => {
  for (const step of [1, 2, 3]) await saveCheckpoint(path(), { step });
  expect(await stepThere()).toBe(3);
  expect(fs.readdirSync(folder).sort()).toEqual(['run.safetensors', 'run.safetensors.previous']);
  expect((await loadCheckpoint(`${path()}.previous`))!.step).toBe(2);
  expect(await load(path())).toEqual(new Map());
});

test('where a save is interrupted, the last good one is loaded', async () => {
  const places = [
    ['opening', 'open', 1],
    ['moving the old one aside', 'rename', 1],
    ['moving the new one in place', 'rename', 2],
  ] as const;
  for (const [place, method, call] of places) {
    rmSync(path(), { force: true });
    await saveCheckpoint(path(), { step: 1 });
    let calls = 0;
    const original = fs.promises[method] as (...args: unknown[]) => Promise<unknown>;
    const spy = vi.spyOn(fs.promises, method).mockImplementation((async (...args: unknown[]) => {
      if (++calls === call) throw new Error(`stopped at ${place}`);
      return original.apply(fs.promises, args);
    }) as never);
    await expect(saveCheckpoint(path(), { step: 2 })).rejects.toThrow(`stopped at ${place}`);
    spy.mockRestore();
    expect(await stepThere(), place).toBe(1);
    await saveCheckpoint(path(), { step: 3 });
    expect(await stepThere(), place).toBe(3);
  }
});

test('a file that is torn all the same never takes the place of a good one', async () => {
  await saveCheckpoint(path(), { step: 1 });
  await saveCheckpoint(path(), { step: 2 });
  truncateSync(path(), readFileSync(path()).length - 5);
  expect(await stepThere()).toBe(1);
  // A new process saves, and is killed before the file is in its place.
  const { rename } = fs.promises;
  const spy = vi.spyOn(fs.promises, 'rename').mockImplementation(async (from, to) => {
    if (to === path()) throw new Error('killed');
    await rename(from, to);
  });
  await expect(saveCheckpoint(fileStore(path()), { step: 2 })).rejects.toThrow('killed');
  spy.mockRestore();
  expect(await stepThere()).toBe(1);
  writeFileSync(path(), '');
  await saveCheckpoint(fileStore(path()), { step: 2 });
  expect(await stepThere()).toBe(2);
  expect((await loadCheckpoint(`${path()}.previous`))!.step).toBe(1);
});

test('saves do not overtake each other', async () => {
  await Promise.all([1, 2, 3, 4].map((step) => saveCheckpoint(path(), { step })));
  expect(await stepThere()).toBe(4);
  expect((await loadCheckpoint(`${path()}.previous`))!.step).toBe(3);
});

test('a folder that does not exist is told', async () => {
  const missing = join(folder, 'none', 'run.safetensors');
  expect(await loadCheckpoint(missing)).toBeNull();
  await expect(saveCheckpoint(missing, { step: 1 })).rejects.toThrow('ENOENT');
  expect(existsSync(missing)).toBe(false);
});
