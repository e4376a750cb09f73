/** Root mean square normalisation over rows of trailing dims; sums in double precision. */
import type { CpuKernel } from '../kernel.ts';
import { scalarAt, tensorAt } from '../operands.ts';
import { dense } from '../strided.ts';

/** Elements per row: the product of the trailing `count` dims. */
const rowLength = (shape: readonly number[], count: number): number =>
  shape.slice(shape.length - count).reduce((n, d) => n * d, 1);

const rmsNorm: CpuKernel = (inputs, [out, roots], attrs) => {
  const x = dense(tensorAt(inputs, 0));
  const eps = scalarAt(inputs, 1);
  const n = rowLength(out!.shape, attrs.count as number);
  for (let row = 0, at = 0; row < roots!.data.length; row++, at += n) {
    let squares = 0;
    for (let i = at; i < at + n; i++) squares += x[i]! * x[i]!;
    const r = 1 / Math.sqrt(squares / n + eps);
    for (let i = at; i < at + n; i++) out!.data[i] = x[i]! * r;
    roots!.data[row] = r;
  }
};

const rmsNormBackward: CpuKernel = (inputs, [out], attrs) => {
  const dy = dense(tensorAt(inputs, 0));
  const x = dense(tensorAt(inputs, 1));
  const roots = dense(tensorAt(inputs, 2));
  const n = rowLength(out!.shape, attrs.count as number);
  for (let row = 0, at = 0; row < roots.length; row++, at += n) {
    const r = roots[row]!;
    let dot = 0;
    for (let i = at; i < at + n; i++) dot += dy[i]! * x[i]! * r;
    const mean = dot / n;
    for (let i = at; i < at + n; i++) out!.data[i] = r * (dy[i]! - x[i]! * r * mean);
  }
};

export const rmsNormKernels = { rmsNorm, rmsNormBackward } satisfies Record<string, CpuKernel>;
