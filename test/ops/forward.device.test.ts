/** Every op's results against PyTorch's. */
import { beforeAll, describe, expect, test } from 'vitest';
import { init } from '../../src/index.ts';
import { testDevice } from '../device.ts';
import { fingerprint } from './db/index.ts';
import { difference, forEachRow, goldensOf, Problems, readAll, runSample, toleranceOf } from './harness.ts';

beforeAll(() => init({ device: testDevice }));

describe('forward', () => {
  forEachRow((family, row) => {
    if (row.samples.length === 0) return;
    test(`${family}: ${row.name}`, async () => {
      const goldens = goldensOf(family, row);
      expect(
        goldens.map((g) => g.key),
        'goldens are older than the samples: run tools/golden/generate.py',
      ).toEqual(row.samples.map((_, i) => fingerprint(row, i)));
      const problems = new Problems(row);
      const runs = row.samples.map((sample, i) =>
        problems.attempt(sample, i, () => runSample(row, sample, i, { device: testDevice })),
      );
      const results = await Promise.all(runs.map((run) => readAll(run?.out ?? [])));
      for (const [i, run] of runs.entries()) {
        if (run === null) continue;
        const expected = goldens[i]!.out;
        if (expected.length !== run.out.length)
          problems.add(run.sample, i, `${run.out.length} results, expected ${expected.length}`);
        for (const [j, want] of expected.entries()) {
          problems.add(run.sample, i, difference(results[i]![j] ?? null, want, toleranceOf(row, run.sample)));
        }
      }
      problems.throwIfAny();
    });
  });
});
