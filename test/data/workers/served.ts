/** A module worker that serves a dataset; the worker's name says which, and how it goes wrong. */
import { serveDataset, TensorDataset } from '../../../src/data/index.ts';
import { arange, init } from '../../../src/index.ts';

const kind = self.name;
// The test server rewrites imports in functions to go through this, which it gives to pages only.
Object.assign(globalThis, { __vitest_browser_runner__: { wrapDynamicImport: (load: () => unknown) => load() } });

const from = (get: (i: number) => unknown): void => serveDataset({ length: 8, get });

const kinds: Readonly<Record<string, () => void | Promise<void>>> = {
  numbers: () => from((i) => ({ x: Float32Array.of(i, i / 2), label: i })),
  // What comes while this awaits has nobody that listens.
  async tensors() {
    await init({ device: 'cpu' });
    serveDataset(new TensorDataset(arange(8)));
  },
  throws: () =>
    from((i) => {
      if (i > 3) throw new RangeError(`there is no example ${i}`);
      return i;
    }),
  functions: () => from((i) => () => i),
  dies: () =>
    from((i) => {
      if (i > 3) self.close();
      return i > 3 ? new Promise(() => {}) : i;
    }),
  async fails() {
    await new Promise((done) => setTimeout(done, 20));
    throw new Error('no data to serve');
  },
  silent() {},
  // Long enough to be ended meanwhile.
  slow: () => from((i) => (i < 4 ? i : new Promise(() => {}))),
};

await kinds[kind]!();
