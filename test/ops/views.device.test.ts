/** An op reads a view of any kind as it reads a contiguous tensor of the same elements. */
import { beforeAll, describe, test } from 'vitest';
import { init } from '../../src/index.ts';
import { testDevice } from '../device.ts';
import {
  baseValues,
  type OpCase,
  type Operand,
  type Sample,
  seedOf,
  type View,
  viewedValues,
  views,
} from './db/index.ts';
import { difference, forEachRow, Problems, readAll, runSample, toleranceOf } from './harness.ts';

beforeAll(() => init({ device: testDevice }));

const fits = (x: Operand, view: View) => x.shape.length >= (view === 'transposed' ? 2 : 1);

/** The sample with every operand seen through `view`, and the same elements laid out contiguously. */
function viewed(row: OpCase, sample: Sample, index: number, view: View): [viewed: Sample, plain: Sample] {
  // Running statistics are written in place, which an expanded tensor does not take.
  const inputs = sample.inputs.map((x, i) => (fits(x, view) && !row.constants?.includes(i) ? { ...x, view } : x));
  const plain = inputs.map(({ view: _, ...x }, i) => {
    const seen = inputs[i]!;
    return { ...x, values: viewedValues(seen, baseValues(seen, seedOf(row.name, index, i))) };
  });
  return [
    { ...sample, inputs },
    { ...sample, inputs: plain },
  ];
}

describe('views', () => {
  forEachRow((family, row) => {
    const index = row.samples.findIndex(
      (s) => s.inputs.every((x) => !x.values && !x.view) && s.inputs.some((x) => fits(x, 'transposed')),
    );
    const sample = row.samples[index];
    // What takes no view of its input says so with an error, which the errors test checks.
    if (sample === undefined || row.name === 'view') return;
    test(`${family}: ${row.name}`, async () => {
      const problems = new Problems(row);
      const runs = views.map((view) =>
        viewed(row, sample, index, view).map((s) =>
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
