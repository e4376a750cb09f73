/** Every op's results and gradients, through views to the leaves, against PyTorch's; then against the CPU's in float64. */
import { beforeAll, describe, expect, test } from 'vitest';
import { init } from '../../src/index.ts';
import { testDevice } from '../device.ts';
import { fingerprint, type OpCase, type Sample } from './db/index.ts';
import {
  difference,
  forEachRow,
  type Golden,
  goldensOf,
  Problems,
  type Run,
  readAll,
  runSample,
  toleranceOf,
  type Values,
} from './harness.ts';

beforeAll(() => init({ device: testDevice }));

const hasGradient = (golden: Golden | undefined): boolean => golden?.grad.some((x) => x !== null) ?? false;

/** Results, then the leaves' gradients: read together, so that one set of kernels gives both. */
const read = (run: Run | null): Promise<(Values | null)[]> =>
  readAll(run === null ? [] : [...run.out, ...run.leaves.map((x) => x.grad)]);

async function againstGoldens(row: OpCase, goldens: readonly Golden[]): Promise<void> {
  const problems = new Problems(row);
  const runs = row.samples.map((sample, i) =>
    problems.attempt(sample, i, () =>
      runSample(row, sample, i, { device: testDevice, requiresGrad: hasGradient(goldens[i]) }),
    ),
  );
  const results = await Promise.all(runs.map(read));
  for (const [i, run] of runs.entries()) {
    if (run === null) continue;
    const { out, grad } = goldens[i]!;
    const tolerance = toleranceOf(row, run.sample);
    if (out.length !== run.out.length) problems.add(run.sample, i, `${run.out.length} results, expected ${out.length}`);
    for (const [j, want] of out.entries())
      problems.add(run.sample, i, difference(results[i]![j] ?? null, want, tolerance));
    if (!hasGradient(goldens[i])) continue;
    for (const [j, want] of grad.entries()) {
      const what = difference(results[i]![run.out.length + j]!, want, tolerance);
      problems.add(run.sample, i, what && `gradient of input ${j}: ${what}`);
    }
  }
  problems.throwIfAny();
}

/** Shapes and data that no golden covers. On WebGPU the two sides share no kernel. */
async function againstFloat64(row: OpCase, samples: readonly Sample[]): Promise<void> {
  const problems = new Problems(row);
  const run = (sample: Sample, i: number, setting: { device: 'cpu' | 'webgpu'; float: 'float32' | 'float64' }) =>
    problems.attempt(sample, i, () => runSample(row, sample, i, { ...setting, salt: 1, requiresGrad: true }));
  const pairs = samples.map((sample, i) => [
    run(sample, i, { device: testDevice, float: 'float32' }),
    run(sample, i, { device: 'cpu', float: 'float64' }),
  ]);
  const results = await Promise.all(pairs.map((pair) => Promise.all(pair.map(read))));
  for (const [i, [actual, expected]] of results.entries()) {
    for (const [j, want] of expected!.entries()) {
      const what = difference(actual![j] ?? null, want, toleranceOf(row, samples[i]!), { dtypes: false });
      problems.add(samples[i]!, i, what);
    }
  }
  problems.throwIfAny();
}

function paritySamples({ samples, parity }: OpCase): readonly Sample[] {
  const drawn = samples.filter((sample) => !sample.extreme && sample.inputs.every((x) => !x.values));
  return [...(parity ?? []), ...drawn.slice(0, parity ? 1 : 3)];
}

describe('results', () => {
  forEachRow((family, row) => {
    if (row.samples.length > 0) {
      test(`${family}: ${row.name}`, async () => {
        const goldens = goldensOf(family, row);
        expect(
          goldens.map((g) => g.key),
          'goldens are older than the samples: run tools/golden/generate.py',
        ).toEqual(row.samples.map((_, i) => fingerprint(row, i)));
        await againstGoldens(row, goldens);
      });
    }
    const samples = paritySamples(row);
    // Chromium runs the kernels that Node has compared already.
    if (samples.length > 0 && !('document' in globalThis)) {
      test(`${family}: ${row.name}, in float32 as in float64`, () => againstFloat64(row, samples));
    }
  });
});
