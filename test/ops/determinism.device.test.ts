/** The same op on the same data gives the same bits every time: results, and gradients that are sums of many. */
import { beforeAll, describe, test } from 'vitest';
import { init } from '../../src/index.ts';
import { testDevice } from '../device.ts';
import { forEachRow, Problems, readAll, runSample, type Values } from './harness.ts';

beforeAll(() => init({ device: testDevice }));

/** Element by element, nothing is added in any order. */
const elementwise = new Set([
  'unary',
  'binary',
  'compare',
  'arithmetic',
  'integers',
  'elementary',
  'special',
  'activations',
]);

function sameBits(a: Values | null, b: Values | null): string | null {
  if (a === null || b === null) return a === b ? null : 'there only once';
  const odd = Array.from(a.data).findIndex((v, i) => !Object.is(v, b.data[i]));
  return odd < 0 ? null : `element ${odd} is ${a.data[odd]}, then ${b.data[odd]}`;
}

describe('same bits', () => {
  forEachRow((family, row) => {
    const sample = row.parity?.[0] ?? row.samples.find((s) => s.inputs.every((x) => !x.values && x.shape.length > 0));
    if (elementwise.has(family) || sample === undefined) return;
    test(`${family}: ${row.name}`, async () => {
      const problems = new Problems(row);
      const run = () =>
        problems.attempt(sample, 0, () =>
          runSample(row, sample, 0, { device: testDevice, salt: 2, requiresGrad: true }),
        );
      const results: (Values | null)[][] = [];
      for (let i = 0; i < 2; i++) {
        const made = run();
        results.push(await readAll(made ? [...made.out, ...made.leaves.map((x) => x.grad)] : []));
      }
      const [first, second] = results as [(Values | null)[], (Values | null)[]];
      for (const [i, a] of first.entries()) problems.add(sample, 0, sameBits(a, second[i] ?? null));
      problems.throwIfAny();
    });
  });
});
