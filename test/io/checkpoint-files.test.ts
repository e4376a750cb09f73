/** Checkpoints in files of Node: whatever interrupts a save, a good one is left. */
import fs, { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { init, LumigradError } from 'lumigrad';
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
    ['taking the one before away', 'rm', 1],
    ['moving the new one in place', 'rename', 1],
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
    expect(fs.readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([]);
    await saveCheckpoint(path(), { step: 3 });
    expect(await stepThere(), place).toBe(3);
  }
});

test('where a file cannot have two names, it is moved', async () => {
  vi.spyOn(fs.promises, 'link').mockRejectedValue(new Error('not on this file system'));
  for (const step of [1, 2]) await saveCheckpoint(path(), { step });
  expect([await stepThere(), (await loadCheckpoint(`${path()}.previous`))!.step]).toEqual([2, 1]);
});

test('two writers do not tear the file of each other, and who reads meanwhile finds one', async () => {
  // Each with a store of its own, as two processes have.
  const writer = async (first: number): Promise<void> => {
    const store = fileStore(path());
    for (let i = 0; i < 8; i++) await saveCheckpoint(store, { step: first + i, data: new Float32Array(5000).fill(i) });
  };
  await saveCheckpoint(path(), { step: 0 });
  let writing = true;
  const reader = async (): Promise<void> => {
    while (writing) expect(await stepThere()).toBeTypeOf('number');
  };
  const reading = reader();
  await Promise.all([writer(100), writer(200)]);
  writing = false;
  await reading;
  expect([107, 207]).toContain(await stepThere());
  expect(fs.readdirSync(folder).sort()).toEqual(['run.safetensors', 'run.safetensors.previous']);
});

test('what a killed process had begun is taken out, what another has begun is not', async () => {
  // No process has a number this great; number 1 always runs.
  const names = ['run.safetensors.4194999-1.new', 'run.safetensors.1-1.new', 'run.safetensors.4194999-1.new.txt'];
  for (const name of names) writeFileSync(join(folder, name), '');
  await saveCheckpoint(fileStore(path()), { step: 1 });
  expect(fs.readdirSync(folder).sort()).toEqual(['run.safetensors', ...names.slice(1)].sort());
});

test('a full disk loses nothing', async () => {
  await saveCheckpoint(path(), { step: 1 });
  const { open } = fs.promises;
  vi.spyOn(fs.promises, 'open').mockImplementation(async (...args) => {
    const file = await open(...args);
    if (args[1] === 'w') file.writeFile = () => Promise.reject(new Error('ENOSPC: no space left on device, write'));
    return file;
  });
  const saving = saveCheckpoint(path(), { step: 2 });
  await expect(saving).rejects.toThrow(LumigradError);
  await expect(saving).rejects.toThrow(`fileStore: cannot write ${path()}: ENOSPC`);
  expect(fs.readdirSync(folder)).toEqual(['run.safetensors']);
  expect(await stepThere()).toBe(1);
});

test('a file that cannot be looked at is not taken for none', async () => {
  fs.symlinkSync(path(), path());
  const loading = loadCheckpoint(fileStore(path()));
  await expect(loading).rejects.toThrow(LumigradError);
  await expect(loading).rejects.toThrow('ELOOP');
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
