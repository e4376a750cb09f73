import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import { DataLoader, type Dataset, type Port, remote, serveDataset, TensorDataset } from '../../src/data/index.ts';
import { arange, LumigradError, OptionError, type Tensor, tensor } from '../../src/index.ts';

const open: MessagePort[] = [];
afterEach(() => {
  for (const port of open.splice(0)) port.close();
});
function serve(dataset: Dataset<unknown>): MessagePort {
  const { port1, port2 } = new MessageChannel();
  open.push(port1);
  serveDataset(dataset, port2);
  return port1;
}

describe('a dataset behind a message port', () => {
  test('examples of all kinds are joined into batches', async () => {
    const bytes = new Uint8Array([1, 2, 3, 4]);
    const dataset = await remote<{ x: Uint8Array; t: Tensor; label: number; name: string }>(
      serve({
        length: 2,
        get: async (i) => ({ x: bytes.subarray(2 * i, 2 * i + 2), t: tensor([i, 0.5]), label: i, name: `n${i}` }),
      }),
    );
    expect(dataset.length).toBe(2);
    for await (const { x, t, label, name } of new DataLoader(dataset, { batchSize: 2 })) {
      expect(await x.tolist()).toEqual([
        [1, 2],
        [3, 4],
      ]);
      expect(await t.tolist()).toEqual([
        [0, 0.5],
        [1, 0.5],
      ]);
      expect(await label.tolist()).toEqual([0, 1]);
      expect(name).toEqual(['n0', 'n1']);
    }
    expect([...bytes]).toEqual([1, 2, 3, 4]);
    expect((await dataset.get(1)).name).toBe('n1');
  });
  test('a dataset of tensors sends batches', async () => {
    const dataset = await remote<[Tensor], [Tensor]>(serve(new TensorDataset(arange(6))));
    const all: unknown[] = [];
    for await (const [x] of new DataLoader(dataset, { batchSize: 4 })) all.push(await x.tolist());
    expect(all).toEqual([
      [0, 1, 2, 3],
      [4, 5],
    ]);
  });
  test('several workers share the batches, in order', async () => {
    const asked = [0, 0];
    const worker = (k: number) =>
      serve({
        length: 8,
        get: async (i) => {
          asked[k]!++;
          await new Promise((resolve) => setTimeout(resolve, k === 0 ? 8 - i : 0));
          return i;
        },
      });
    const dataset = await remote<number>([worker(0), worker(1)]);
    const all: unknown[] = [];
    for await (const batch of new DataLoader(dataset, { batchSize: 2, prefetch: 3 })) all.push(await batch.tolist());
    expect(all).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
      [6, 7],
    ]);
    expect(asked[0]! + asked[1]!).toBe(8);
    expect(Math.min(...asked)).toBeGreaterThan(0);
  });
  test('errors there are errors here', async () => {
    const dataset = await remote(
      serve({
        length: 2,
        get: () => {
          throw new Error('no such file');
        },
      }),
    );
    const loop = async () => {
      for await (const _ of new DataLoader(dataset));
    };
    await expect(loop()).rejects.toThrow(LumigradError);
    await expect(loop()).rejects.toThrow('no such file\n  in the worker of this dataset');
  });
  test('a worker that dies fails what waits for it', async () => {
    const listeners: Record<string, (value: unknown) => void> = {};
    const port = {
      postMessage: () => {},
      on: (type: string, listener: (value: unknown) => void) => {
        listeners[type] = listener;
      },
    };
    const waiting = remote(port);
    listeners.error!(new Error('out of memory'));
    await expect(waiting).rejects.toThrow("the worker of this dataset failed: 'out of memory'");
  });
  test('one that ends, or does not answer in time, fails what waits for it', async () => {
    const slow: Dataset<number> = { length: 4, get: (i) => (i < 2 ? i : new Promise(() => {})) };
    const loop = async (dataset: Dataset<number>) => {
      for await (const _ of new DataLoader(dataset, { batchSize: 2 }));
    };
    await expect(loop(await remote<number>(serve(slow), { timeout: 0.05 }))).rejects.toThrow(
      'DataLoader timed out after 0.05 seconds',
    );
    const port = serve(slow);
    const waiting = loop(await remote<number>(port));
    port.close();
    await expect(waiting).rejects.toThrow('the worker of this dataset has closed its port');
    const worker = new Worker('process.exit(3)', { eval: true });
    await expect(remote(worker as unknown as Port)).rejects.toThrow('has ended, with exit code 3');
    const ended = await remote<number>(serve(slow));
    ended.terminate();
    await expect(loop(ended)).rejects.toThrow('the worker of this dataset was terminated');
  });
  test('wrong use', async () => {
    await expect(remote(serve({ length: 1, get: () => 1 }), { timeout: -1 })).rejects.toThrow('a number of seconds');
    await expect(remote([], { timeuot: 1 } as never)).rejects.toThrow("did you mean 'timeout'");
    await expect(remote({} as never)).rejects.toThrow(OptionError);
    await expect(remote([])).rejects.toThrow('at least one worker');
    await expect(remote([serve({ length: 1, get: () => 1 }), serve({ length: 2, get: () => 1 })])).rejects.toThrow(
      'different lengths: 1, 2',
    );
    expect(() => serveDataset([] as never, new MessageChannel().port1)).toThrow(OptionError);
  });
});
