/** The images committed with the MNIST page are whole, and what their notice says. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { loadMnist } from '../../demos/mnist-cnn/mnist.ts';

const folder = fileURLToPath(new URL('../../demos/mnist-cnn/data/', import.meta.url));
const file = (name: string) => readFileSync(`${folder}${name}`);

test('the files have their checksums, and are under 1 MB in all', () => {
  const sums = file('SHA256SUMS').toString().trim().split('\n');
  expect(sums).toHaveLength(4);
  for (const line of sums) {
    const [sum, name] = line.split('  ') as [string, string];
    expect(createHash('sha256').update(file(name)).digest('hex')).toBe(sum);
  }
  const bytes = readdirSync(folder).reduce((total, name) => total + file(name).length, 0);
  expect(bytes).toBeLessThan(1_000_000);
});

test.each([
  ['as committed', (name: string) => file(`${name}.gz`)],
  ['unzipped on the way', (name: string) => gunzipSync(file(`${name}.gz`))],
])('they hold MNIST, %s', async (_, read) => {
  const { train, test: held } = await loadMnist(async (name) => read(name));
  expect([train.count, held.count]).toEqual([5200, 1000]);
  expect([...train.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
  expect([...held.labels.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
  const mean = train.images.reduce((sum, byte) => sum + byte, 0) / train.images.length / 255;
  expect(mean).toBeCloseTo(0.1307, 2);
  const counts = new Array<number>(10).fill(0);
  for (const label of train.labels) counts[label]!++;
  expect(Math.min(...counts)).toBeGreaterThan(400);
});

test('a part that does not fit is refused', async () => {
  const wrong = (name: string) => file(`${name.replace('train-labels', 't10k-labels')}.gz`);
  await expect(loadMnist(async (name) => wrong(name))).rejects.toThrow('do not fit');
});
