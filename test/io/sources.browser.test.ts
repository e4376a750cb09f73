/** Files by address, as a page reads them: by range from a server that knows ranges, and what is said when there is none. */
import { expect, test } from 'vitest';
import { FormatError } from '../../src/index.ts';
import { load } from '../../src/io/index.ts';
import { openSource } from '../../src/io/source.ts';

const address = (name: string): string => new URL(`${name}?${crypto.randomUUID()}`, location.href).href;

test('of a large file only the ranges are fetched', async () => {
  const file = '/test/golden/special-values.json';
  const whole = new Uint8Array(await (await fetch(address(file))).arrayBuffer());
  const url = address(file);
  const at = whole.length - 100;
  // The browser keeps a few hundred entries, and then no more.
  performance.clearResourceTimings();
  const source = await openSource('load', url);
  expect(source.size).toBe(whole.length);
  expect(await source.read(at, at + 50)).toEqual(whole.slice(at, at + 50));
  expect(await source.read(0, 4)).toEqual(whole.slice(0, 4));
  await source.close();
  const fetched = performance.getEntriesByName(url) as PerformanceResourceTiming[];
  expect(fetched).toHaveLength(2);
  expect(fetched.reduce((bytes, { encodedBodySize }) => bytes + encodedBodySize, 0)).toBeLessThan(whole.length);
});

test('of what the server compresses on its way there are no ranges, and all is fetched', async () => {
  const source = await openSource('load', address('/demos/mnist-cnn/data/t10k-images-idx3-ubyte.gz'));
  expect(source.size).toBe(16 + 1000 * 28 * 28);
  expect(await source.read(0, 8)).toEqual(Uint8Array.of(0, 0, 8, 3, 0, 0, 3, 0xe8));
});

test('a wrong address', async () => {
  // Nothing listens there.
  const dead = load('http://127.0.0.1:9/weights.safetensors');
  await expect(dead).rejects.toThrow(FormatError);
  await expect(dead).rejects.toThrow('http://127.0.0.1:9/weights.safetensors');
  await expect(load(URL.createObjectURL(new Blob(['<!doctype html>'])))).rejects.toThrow('this is HTML');
});
