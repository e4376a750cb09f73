/**
 * Every op in float32 on this device against float64 on the CPU: results and gradients, on data and shapes that no
 * golden covers. On WebGPU the two share no kernel.
 */
import { beforeAll, describe, test } from 'vitest';
import { init } from '../../src/index.ts';
import { testDevice } from '../device.ts';
import type { Sample } from './db/index.ts';
import { difference, forEachRow, Problems, readAll, runSample, toleranceOf } from './harness.ts';

beforeAll(() => init({ device: testDevice }));

const SALT = 1;

describe('parity', () => {
  forEachRow((family, row) => {
    const drawn = row.samples.filter((sample) => !sample.extreme && sample.inputs.every((x) => !x.values));
    const samples: readonly Sample[] = [...(row.parity ?? []), ...drawn.slice(0, row.parity ? 1 : 3)];
    if (samples.length === 0) return;
    test(`${family}: ${row.name}`, async () => {
      const problems = new Problems(row);
      const run = (sample: Sample, i: number, setting: { device: 'cpu' | 'webgpu'; float: 'float32' | 'float64' }) =>
        problems.attempt(sample, i, () => runSample(row, sample, i, { ...setting, salt: SALT, requiresGrad: true }));
      const all = (r: ReturnType<typeof run>) => (r === null ? [] : [...r.out, ...r.leaves.map((x) => x.grad)]);
      const pairs = samples.map(
        (sample, i) =>
          [
            run(sample, i, { device: testDevice, float: 'float32' }),
            run(sample, i, { device: 'cpu', float: 'float64' }),
          ] as const,
      );
      const results = await Promise.all(pairs.map(([a, b]) => Promise.all([readAll(all(a)), readAll(all(b))])));
      for (const [i, [actual, expected]] of results.entries()) {
        for (const [j, want] of expected.entries()) {
          problems.add(
            samples[i]!,
            i,
            difference(actual[j] ?? null, want, toleranceOf(row, samples[i]!), { dtypes: false }),
          );
        }
      }
      problems.throwIfAny();
    });
  });
});
