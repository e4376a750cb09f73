/** Training that is killed at random moments, 50 times, and goes on as if it had not been. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { init } from 'lumigrad';
import { loadCheckpoint } from 'lumigrad/io';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aliases } from '../../tools/aliases.mjs';
import { savedEvery, train } from './resume/training.ts';

const KILLS = 50;
const root = fileURLToPath(new URL('../../', import.meta.url));
let folder = '';

beforeAll(async () => {
  await init({ device: 'cpu' });
  const cache = resolve(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(resolve(cache, 'resume-'));
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    resolve: { alias: aliases },
    ssr: { noExternal: true, external: ['webgpu'] },
    build: {
      ssr: resolve(root, 'test/io/resume/process.ts'),
      outDir: folder,
      target: 'node20',
      rolldownOptions: { output: { entryFileNames: 'process.js' } },
    },
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The same dice in every run of the test. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const ended = (child: ChildProcess): Promise<string | number | null> =>
  new Promise((done) => child.on('exit', (code, signal) => done(signal ?? code)));

test('a process killed 50 times trains as one that never was', { timeout: 180_000 }, async () => {
  const [checkpoint, log] = [resolve(folder, 'run.safetensors'), resolve(folder, 'losses.txt')];
  const start = (end: number): ChildProcess =>
    spawn(process.execPath, [resolve(folder, 'process.js'), checkpoint, log, String(end)], { stdio: 'inherit' });
  const random = dice(1);
  const logged = (): [number, number][] =>
    existsSync(log)
      ? readFileSync(log, 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => line.split(' ').map(Number) as [number, number])
      : [];
  const lastSaved = async (): Promise<number> => ((await loadCheckpoint(checkpoint))?.step as number | undefined) ?? 0;
  const started = async (before: number, child: ChildProcess): Promise<void> => {
    // Its first step, or its end: how long a process takes to start says nothing about where it is killed.
    while (logged().length === before && child.exitCode === null) await new Promise((done) => setTimeout(done, 5));
  };
  let damaged = 0;
  let inTheMiddle = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const [before, from] = [logged().length, await lastSaved()];
    const child = start(1_000_000);
    const end = ended(child);
    // Sometimes while it starts and loads, mostly while it trains and saves.
    if (kill % 5 > 0) await started(before, child);
    await new Promise((done) => setTimeout(done, random() * 60));
    child.kill('SIGKILL');
    expect(await end).toBe('SIGKILL');
    const steps = logged()
      .slice(before)
      .map(([step]) => step);
    // It went on after the last checkpoint, and lost none.
    if (steps.length > 0) expect(steps[0]).toBe(from + 1);
    const to = (await loadCheckpoint(checkpoint, {}, { onDamaged: () => damaged++ }))?.step as number | undefined;
    expect(to ?? 0).toBeGreaterThanOrEqual(from);
    const last = steps.at(-1) ?? from;
    expect([0, 1, 2, 3]).toContain(last - (to ?? 0));
    if (last - (to ?? 0) === savedEvery) inTheMiddle++;
  }
  const points = logged();
  const last = Math.max(...points.map(([step]) => step)) + savedEvery;
  expect(await ended(start(last))).toBe(0);

  const whole: number[] = [];
  await train(resolve(folder, 'whole.safetensors'), last, ([step, loss]) => {
    whole[step] = loss;
  });
  const again = logged();
  expect(again.length).toBeGreaterThan(last);
  expect(again.filter(([step, loss]) => loss !== whole[step])).toEqual([]);
  expect(new Set(again.map(([step]) => step)).size).toBe(last);
  // Some of the kills fell into a save; none tore a file that was already there.
  expect(inTheMiddle).toBeGreaterThan(0);
  expect(damaged).toBe(0);
});
