/** Layer normalisation over rows of trailing dims; statistics in double precision. */
import type { CpuKernel } from '../kernel.ts';
import { scalarAt, tensorAt } from '../operands.ts';
import { dense } from '../strided.ts';

/** Elements per row: the product of the trailing `count` dims. */
function rowLength(shape: readonly number[], count: number): number {
  return shape.slice(shape.length - count).reduce((n, d) => n * d, 1);
}

const layerNorm: CpuKernel = (inputs, [xhat, mean, rstd], attrs) => {
  const x = dense(tensorAt(inputs, 0));
  const eps = scalarAt(inputs, 1);
  const n = rowLength(xhat!.shape, attrs.count as number);
  const out = xhat!.data;
  for (let row = 0, at = 0; row < mean!.data.length; row++, at += n) {
    let sum = 0;
    for (let i = at; i < at + n; i++) sum += x[i]!;
    const m = sum / n;
    let squares = 0;
    for (let i = at; i < at + n; i++) {
      const d = x[i]! - m;
      squares += d * d;
    }
    const r = 1 / Math.sqrt(squares / n + eps);
    for (let i = at; i < at + n; i++) out[i] = (x[i]! - m) * r;
    mean!.data[row] = m;
    rstd!.data[row] = r;
  }
};

const layerNormBackward: CpuKernel = (inputs, [out], attrs) => {
  const dy = dense(tensorAt(inputs, 0));
  const x = dense(tensorAt(inputs, 1));
  const mean = dense(tensorAt(inputs, 2));
  const rstd = dense(tensorAt(inputs, 3));
  const n = rowLength(out!.shape, attrs.count as number);
  const dx = out!.data;
  for (let row = 0, at = 0; row < mean.length; row++, at += n) {
    const m = mean[row]!;
    const r = rstd[row]!;
    let sum = 0;
    let dot = 0;
    for (let i = at; i < at + n; i++) {
      sum += dy[i]!;
      dot += dy[i]! * (x[i]! - m) * r;
    }
    const meanDy = sum / n;
    const meanDot = dot / n;
    for (let i = at; i < at + n; i++) dx[i] = r * (dy[i]! - meanDy - (x[i]! - m) * r * meanDot);
  }
};

export const normKernels = { layerNorm, layerNormBackward } satisfies Record<string, CpuKernel>;
