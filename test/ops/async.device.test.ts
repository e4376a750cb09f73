/** Ops that have to be awaited: results against PyTorch's, views, and errors. */
import { beforeAll, describe, expect, test } from 'vitest';
import { init, type Tensor } from '../../src/index.ts';
import { testDevice } from '../device.ts';
import {
  type AsyncOpCase,
  applyView,
  asyncFamilies,
  fingerprint,
  type Sample,
  takesView,
  viewedSample,
  views,
} from './db/index.ts';
import {
  describeSample,
  difference,
  goldensOf,
  leavesOf,
  Problems,
  readAll,
  toleranceOf,
  type Values,
} from './harness.ts';

beforeAll(() => init({ device: testDevice }));

async function results(row: AsyncOpCase, sample: Sample, index: number): Promise<Tensor[]> {
  const leaves = leavesOf(row, sample, index, { device: testDevice });
  const out = await row.call(sample.options ?? {}, ...leaves.map((x, i) => applyView(x, sample.inputs[i]!)));
  return Array.isArray(out) ? out : [out];
}
const valuesOf = async (row: AsyncOpCase, sample: Sample, index: number): Promise<(Values | null)[]> =>
  readAll(await results(row, sample, index));

for (const [family, rows] of Object.entries(asyncFamilies)) {
  describe.each(rows.map((row) => [row.name, row] as const))(`${family}: %s`, (_, row) => {
    test('gives what PyTorch gives', async () => {
      const goldens = goldensOf(family, row);
      expect(
        goldens.map((g) => g.key),
        'goldens are older than the samples: run tools/golden/generate.py',
      ).toEqual(row.samples.map((_, i) => fingerprint(row, i)));
      const problems = new Problems(row);
      for (const [i, sample] of row.samples.entries()) {
        const expected = goldens[i]!.out;
        const actual = await valuesOf(row, sample, i);
        if (actual.length !== expected.length)
          problems.add(sample, i, `${actual.length} results, expected ${expected.length}`);
        for (const [j, want] of expected.entries())
          problems.add(sample, i, difference(actual[j] ?? null, want, toleranceOf(row, sample)));
      }
      problems.throwIfAny();
    });

    const index = row.samples.findIndex((s) =>
      s.inputs.every((x) => !x.values && !x.view && takesView(x, row.name === 'bincount' ? 'flipped' : 'transposed')),
    );
    test('reads views of any kind', async () => {
      expect(index).toBeGreaterThanOrEqual(0);
      const problems = new Problems(row);
      for (const view of views) {
        const [seen, plain] = viewedSample(row, row.samples[index]!, index, view);
        const [actual, expected] = await Promise.all([valuesOf(row, seen, index), valuesOf(row, plain, index)]);
        for (const [j, want] of expected.entries())
          problems.add(seen, index, difference(actual[j] ?? null, want, toleranceOf(row, seen)));
      }
      problems.throwIfAny();
    });

    for (const [i, sample] of (row.errors ?? []).entries()) {
      test(`rejects ${describeSample(row, sample, i)}`, async () => {
        const error = await results(row, sample, i).then(
          () => null,
          (reason: unknown) => reason as Error,
        );
        expect(error?.message).toMatch(sample.message);
        expect(error?.name).toBe(sample.error);
      });
    }
  });
}
