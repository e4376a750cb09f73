/** Every op's gradient, and the gradient of its gradient, against finite differences, in float64 on the CPU. */
import { beforeAll, describe, test } from 'vitest';
import { gradcheck, gradgradcheck } from '../../src/func/index.ts';
import { init, type Tensor } from '../../src/index.ts';
import { applyView, baseShape, baseValues, type OpCase, type Sample, seedOf } from './db/index.ts';
import { forEachRow, leaf, Problems, takesGradient, weigh } from './harness.ts';

beforeAll(() => init({ device: 'cpu' }));

interface Check {
  /** The op on its differentiable inputs, weighed down to one number. */
  readonly fn: (...given: Tensor[]) => Tensor;
  readonly leaves: readonly Tensor[];
}

/** A sample as a function of its float inputs, or null when no result depends on them differentiably. */
function checkOf(row: OpCase, sample: Sample, index: number): Check | null {
  const data = sample.inputs.map((x, i) => baseValues(x, seedOf(row.name, index, i)));
  const fresh = (i: number) => {
    const x = sample.inputs[i]!;
    const dtype = x.dtype ?? 'float32';
    return leaf(data[i]!, baseShape(x), dtype === 'float32' ? 'float64' : dtype, 'cpu');
  };
  const varied = sample.inputs.flatMap((_, i) => (takesGradient(row, sample, i) ? [i] : []));
  // Constants are made anew on every call: an op may update its running statistics.
  const results = (given: readonly Tensor[]) => {
    const inputs = sample.inputs.map((x, i) => applyView(varied.includes(i) ? given[varied.indexOf(i)]! : fresh(i), x));
    const out = row.call(sample.options ?? {}, ...inputs);
    return Array.isArray(out) ? out : [out];
  };
  const leaves = varied.map((i) => fresh(i).requiresGrad_());
  const differentiable = results(leaves).map((t) => t.requiresGrad);
  if (!differentiable.includes(true)) return null;
  return { fn: (...given) => weigh(results(given), differentiable)!, leaves };
}

/** One test per row: `check` on the first `most` samples that finite differences can judge. */
function checkRows(most: number, check: (fn: Check['fn'], leaves: readonly Tensor[]) => Promise<true>): void {
  forEachRow((family, row) => {
    const samples = row.samples.flatMap((sample, i) =>
      !sample.extreme && sample.inputs.some((_, k) => takesGradient(row, sample, k)) ? [[sample, i] as const] : [],
    );
    if (samples.length === 0) return;
    test(`${family}: ${row.name}`, async () => {
      const problems = new Problems(row);
      for (const [sample, index] of samples.slice(0, most)) {
        try {
          const made = checkOf(row, sample, index);
          if (made) await check(made.fn, made.leaves);
        } catch (error) {
          problems.add(sample, index, String(error));
        }
      }
      problems.throwIfAny();
    });
  });
}

describe('gradcheck', () => checkRows(Number.POSITIVE_INFINITY, (fn, leaves) => gradcheck(fn, leaves)));
describe('gradgradcheck', () => checkRows(3, (fn, leaves) => gradgradcheck(fn, leaves)));
