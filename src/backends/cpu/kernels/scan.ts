/** Running results along a dim, in double precision, rounded as they are stored. */
import type { TypedArray } from '../../../core/dtype.ts';
import type { CpuKernel } from '../kernel.ts';
import { around, tensorAt } from '../operands.ts';
import { dense } from '../strided.ts';

/** Visits each line of a contiguous tensor: where it starts, the distance of its elements, and their number. */
function forEachLine(
  shape: readonly number[],
  dim: number,
  visit: (start: number, step: number, n: number) => void,
): void {
  const { outer, size, inner } = around(shape, dim);
  for (let o = 0; o < outer; o++) for (let i = 0; i < inner; i++) visit(o * size * inner + i, inner, size);
}

type Line = (y: TypedArray, x: TypedArray, start: number, step: number, n: number) => void;

const running =
  (line: Line, integerLine = line): CpuKernel =>
  (inputs, [out], attrs) => {
    const x = tensorAt(inputs, 0);
    const data = dense(x);
    const walk = x.dtype === 'int32' || x.dtype === 'uint32' ? integerLine : line;
    forEachLine(out!.shape, attrs.dim as number, (start, step, n) => walk(out!.data, data, start, step, n));
  };

const sums: Line = (y, x, start, step, n) => {
  for (let k = 0, p = start, acc = 0; k < n; k++, p += step) y[p] = acc += x[p]!;
};
const products: Line = (y, x, start, step, n) => {
  for (let k = 0, p = start, acc = 1; k < n; k++, p += step) y[p] = acc *= x[p]!;
};
// Integers wrap to 32 bits, which a double would lose.
const integerSums: Line = (y, x, start, step, n) => {
  for (let k = 0, p = start, acc = 0; k < n; k++, p += step) y[p] = acc = (acc + x[p]!) | 0;
};
const integerProducts: Line = (y, x, start, step, n) => {
  for (let k = 0, p = start, acc = 1; k < n; k++, p += step) y[p] = acc = Math.imul(acc, x[p]!);
};

/** log(e^a + e^b); of infinities the greater. */
function logAddExp(a: number, b: number): number {
  const top = Math.max(a, b);
  return Number.isFinite(top) ? top + Math.log1p(Math.exp(Math.min(a, b) - top)) : top;
}
const logSums: Line = (y, x, start, step, n) => {
  for (let k = 0, p = start, acc = -Infinity; k < n; k++, p += step) y[p] = acc = logAddExp(acc, x[p]!);
};

/** Values and places; `wins` tells whether an element beats the best so far, or equals it. */
const extremum =
  (wins: (v: number, best: number) => boolean): CpuKernel =>
  (inputs, [values, places], attrs) => {
    const x = dense(tensorAt(inputs, 0));
    forEachLine(values!.shape, attrs.dim as number, (start, step, n) => {
      let best = x[start]!;
      let place = 0;
      for (let k = 0, p = start; k < n; k++, p += step) {
        const v = x[p]!;
        // A NaN beats everything, and only another one beats it.
        if (v !== v || wins(v, best)) {
          best = v;
          place = k;
        }
        values!.data[p] = best;
        places!.data[p] = place;
      }
    });
  };

const linearScan: CpuKernel = (inputs, [out], attrs) => {
  const a = dense(tensorAt(inputs, 0));
  const b = dense(tensorAt(inputs, 1));
  forEachLine(out!.shape, attrs.dim as number, (start, step, n) => {
    if (n === 0) return;
    let y = b[start]!;
    out!.data[start] = y;
    for (let k = 1, p = start + step; k < n; k++, p += step) out!.data[p] = y = a[p]! * y + b[p]!;
  });
};

export const scanKernels = {
  cumsum: running(sums, integerSums),
  cumprod: running(products, integerProducts),
  cummax: extremum((v, best) => v >= best),
  cummin: extremum((v, best) => v <= best),
  logcumsumexp: running(logSums),
  linearScan,
} satisfies Record<string, CpuKernel>;
