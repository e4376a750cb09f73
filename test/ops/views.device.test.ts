/** An op reads a view of any kind as it reads a contiguous tensor of the same elements. */
import { beforeAll, describe, test } from 'vitest';
import { init } from '../../src/index.ts';
import { testDevice } from '../device.ts';
import { takesView, viewedSample, views } from './db/index.ts';
import { difference, forEachRow, Problems, readAll, runSample, toleranceOf } from './harness.ts';

beforeAll(() => init({ device: testDevice }));

describe('views', () => {
  forEachRow((family, row) => {
    const index = row.samples.findIndex(
      (s) => s.inputs.every((x) => !x.values && !x.view) && s.inputs.some((x) => takesView(x, 'transposed')),
    );
    const sample = row.samples[index];
    // What takes no view of its input says so with an error, which the errors test checks.
    if (sample === undefined || row.name === 'view') return;
    test(`${family}: ${row.name}`, async () => {
      const problems = new Problems(row);
      const runs = views.map((view) =>
        viewedSample(row, sample, index, view).map((s) =>
          problems.attempt(s, index, () => runSample(row, s, index, { device: testDevice })),
        ),
      );
      const results = await Promise.all(runs.map((pair) => Promise.all(pair.map((run) => readAll(run?.out ?? [])))));
      for (const [v, pair] of results.entries()) {
        const [actual, expected] = pair as [(typeof pair)[number], (typeof pair)[number]];
        for (const [j, want] of expected.entries())
          problems.add(
            runs[v]![0]?.sample ?? sample,
            index,
            difference(actual[j] ?? null, want, toleranceOf(row, sample)),
          );
      }
      problems.throwIfAny();
    });
  });
});
