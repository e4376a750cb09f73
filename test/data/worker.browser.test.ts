/** Datasets in real workers: batches come, and whatever happens to a worker, no loop waits for ever. */
import { afterEach, describe, expect, test } from 'vitest';
import { DataLoader, remote, tqdm } from '../../src/data/index.ts';
import type { Tensor } from '../../src/index.ts';

const script = new URL('./workers/served.ts', import.meta.url);
const started: Worker[] = [];
afterEach(() => {
  for (const worker of started.splice(0)) worker.terminate();
});
function start(kind: string, url: URL = script): Worker {
  const worker = new Worker(url, { type: 'module', name: kind });
  started.push(worker);
  return worker;
}

/** The batches of a loop, up to its error. */
async function loop(batches: AsyncIterable<unknown>): Promise<unknown[]> {
  const seen: unknown[] = [];
  try {
    for await (const batch of batches) seen.push(await (batch as Tensor).tolist());
  } catch (error) {
    seen.push((error as Error).message);
  }
  return seen;
}

/** Workers that live and serve: each holds a lock of its own. */
const serving = async (): Promise<number> =>
  (await navigator.locks.query()).held!.filter(({ name }) => name!.startsWith('lumigrad.dataset.')).length;

describe('a module worker', () => {
  test('makes batches: in order, of several workers, in every epoch', async () => {
    const dataset = await remote<{ x: Float32Array; label: number }>([start('numbers'), start('numbers')]);
    const loader = new DataLoader(dataset, { batchSize: 3 });
    for (let epoch = 0; epoch < 2; epoch++) {
      const seen: unknown[] = [];
      for await (const { x, label } of loader) seen.push([await x.tolist(), await label.tolist()]);
      expect(seen.at(-1)).toEqual([
        [
          [6, 3],
          [7, 3.5],
        ],
        [6, 7],
      ]);
      expect(seen).toHaveLength(3);
    }
  });

  test('may await before it serves', async () => {
    const dataset = await remote<[Tensor], [Tensor]>(start('tensors'));
    const seen: unknown[] = [];
    for await (const [x] of new DataLoader(dataset, { batchSize: 4 })) seen.push(await x.tolist());
    expect(seen).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ]);
  });

  test('that was left early goes on in the next epoch; terminate() ends it', async () => {
    // Those of the tests before have been told to end.
    await expect.poll(serving).toBe(0);
    const dataset = await remote<{ x: Float32Array; label: number }>([start('numbers'), start('numbers')]);
    expect(await serving()).toBe(2);
    const loader = new DataLoader(dataset, { batchSize: 2, prefetch: 4 });
    const bar = document.createElement('progress');
    for await (const _ of tqdm(loader, { to: bar, mininterval: 0 })) break;
    expect([bar.max, bar.value, bar.position]).toEqual([4, 0, 0]);
    let batches = 0;
    for await (const _ of tqdm(loader, { to: bar, mininterval: 0 })) batches++;
    expect([batches, bar.max, bar.value]).toEqual([4, 4, 4]);
    const unknown = document.createElement('progress');
    const steps = tqdm([1, 2, 3], { to: unknown, total: null, mininterval: 0 });
    for await (const _ of steps) expect(unknown.position).toBe(-1);
    expect([unknown.max, unknown.value]).toEqual([3, 3]);
    dataset.terminate();
    await expect.poll(serving).toBe(0);
    expect(await loop(loader)).toEqual(['the worker of this dataset was terminated']);
  });
});

describe('a worker that goes wrong', () => {
  test.each([
    ['throws', ['there is no example 4\n  in the worker of this dataset']],
    ['dies', ['the worker of this dataset has ended']],
    ['functions', [expect.stringMatching(/could not be cloned.*\n {2}in the worker of this dataset/)]],
  ])('%s', async (kind, end) => {
    const dataset = await remote<number>(start(kind));
    const seen = await loop(new DataLoader(dataset, { batchSize: 2 }));
    expect(seen).toEqual([
      ...(kind === 'functions'
        ? []
        : [
            [0, 1],
            [2, 3],
          ]),
      ...end,
    ]);
  });

  test('is ended by the page while a loop waits for it', async () => {
    const worker = start('slow');
    const waiting = loop(new DataLoader(await remote<number>(worker), { batchSize: 4 }));
    setTimeout(() => worker.terminate(), 30);
    expect(await waiting).toEqual([[0, 1, 2, 3], 'the worker of this dataset has ended']);
  });

  test('has a time limit, where one is set', async () => {
    await expect(remote(start('silent'), { timeout: 0.05 })).rejects.toThrow('DataLoader timed out after 0.05 seconds');
  });

  test('never starts', async () => {
    await expect(remote(start('fails'))).rejects.toThrow(
      "the worker of this dataset failed: 'Uncaught Error: no data to serve'",
    );
    await expect(remote(start('numbers', new URL('./no-such-worker.js', import.meta.url)))).rejects.toThrow(
      'its script was not found, or is no module that runs here',
    );
  });
});
