/** softmax and logSoftmax along one dim, seen as [outer, size, inner]; sums in double precision. */
import type { TypedArray } from '../../../core/dtype.ts';
import type { CpuKernel } from '../kernel.ts';
import { around, tensorAt } from '../operands.ts';
import { dense } from '../strided.ts';

/** Computes one line of n elements, `step` apart, from `at`. */
type ForwardLine = (out: TypedArray, x: TypedArray, at: number, step: number, n: number) => void;
type BackwardLine = (out: TypedArray, dy: TypedArray, y: TypedArray, at: number, step: number, n: number) => void;

/** NaN when there is one: exp(NaN − m) then spreads it. */
function maximum(x: TypedArray, at: number, step: number, n: number): number {
  let m = -Infinity;
  for (let i = 0, p = at; i < n; i++, p += step) {
    const v = x[p]!;
    if (v > m || v !== v) m = v;
  }
  return m;
}

const softmaxLine: ForwardLine = (out, x, at, step, n) => {
  const m = maximum(x, at, step, n);
  let sum = 0;
  for (let i = 0, p = at; i < n; i++, p += step) {
    const e = Math.exp(x[p]! - m);
    sum += e;
    out[p] = e;
  }
  const scale = 1 / sum;
  for (let i = 0, p = at; i < n; i++, p += step) out[p]! *= scale;
};
/** Where nothing but −∞ is in a line, 0 and not NaN. */
const safeSoftmaxLine: ForwardLine = (out, x, at, step, n) => {
  if (maximum(x, at, step, n) !== -Infinity) softmaxLine(out, x, at, step, n);
  else for (let i = 0, p = at; i < n; i++, p += step) out[p] = 0;
};
const logSoftmaxLine: ForwardLine = (out, x, at, step, n) => {
  const m = maximum(x, at, step, n);
  let sum = 0;
  for (let i = 0, p = at; i < n; i++, p += step) sum += Math.exp(x[p]! - m);
  const logSum = Math.log(sum);
  for (let i = 0, p = at; i < n; i++, p += step) out[p] = x[p]! - m - logSum;
};
const softmaxBackwardLine: BackwardLine = (out, dy, y, at, step, n) => {
  let dot = 0;
  for (let i = 0, p = at; i < n; i++, p += step) dot += dy[p]! * y[p]!;
  for (let i = 0, p = at; i < n; i++, p += step) out[p] = y[p]! * (dy[p]! - dot);
};
const logSoftmaxBackwardLine: BackwardLine = (out, dy, y, at, step, n) => {
  let sum = 0;
  for (let i = 0, p = at; i < n; i++, p += step) sum += dy[p]!;
  for (let i = 0, p = at; i < n; i++, p += step) out[p] = dy[p]! - Math.exp(y[p]!) * sum;
};

function forward(usual: ForwardLine, safe = usual): CpuKernel {
  return (inputs, [out], attrs) => {
    const line = attrs.safe ? safe : usual;
    const x = dense(tensorAt(inputs, 0));
    const { outer, size, inner } = around(out!.shape, attrs.dim as number);
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) line(out!.data, x, o * size * inner + i, inner, size);
    }
  };
}
function backward(line: BackwardLine): CpuKernel {
  return (inputs, [out], attrs) => {
    const dy = dense(tensorAt(inputs, 0));
    const y = dense(tensorAt(inputs, 1));
    const { outer, size, inner } = around(out!.shape, attrs.dim as number);
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) line(out!.data, dy, y, o * size * inner + i, inner, size);
    }
  };
}

export const softmaxKernels = {
  softmax: forward(softmaxLine, safeSoftmaxLine),
  logSoftmax: forward(logSoftmaxLine),
  softmaxBackward: backward(softmaxBackwardLine),
  logSoftmaxBackward: backward(logSoftmaxBackwardLine),
} satisfies Record<string, CpuKernel>;
