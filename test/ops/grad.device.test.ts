/** Every op's gradients, through views to the leaves, against PyTorch's. */
import { beforeAll, describe, test } from 'vitest';
import { init } from '../../src/index.ts';
import { testDevice } from '../device.ts';
import { difference, forEachRow, goldensOf, Problems, readAll, runSample, toleranceOf } from './harness.ts';

beforeAll(() => init({ device: testDevice }));

describe('gradients', () => {
  forEachRow((family, row) => {
    const goldens = goldensOf(family, row);
    if (goldens.every((g) => g.grad.every((x) => x === null))) return;
    test(`${family}: ${row.name}`, async () => {
      const problems = new Problems(row);
      const runs = row.samples.map((sample, i) => {
        if (goldens[i]!.grad.every((x) => x === null)) return null;
        return problems.attempt(sample, i, () => runSample(row, sample, i, { device: testDevice, requiresGrad: true }));
      });
      const results = await Promise.all(runs.map((run) => readAll(run?.leaves.map((x) => x.grad) ?? [])));
      for (const [i, run] of runs.entries()) {
        if (run === null) continue;
        for (const [j, want] of goldens[i]!.grad.entries()) {
          const what = difference(results[i]![j]!, want, toleranceOf(row, run.sample));
          problems.add(run.sample, i, what && `gradient of input ${j}: ${what}`);
        }
      }
      problems.throwIfAny();
    });
  });
});
