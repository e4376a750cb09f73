/** 2-d pooling, a plane at a time. */
import type { TypedArray } from '../../../core/dtype.ts';
import { type Pool2dAttrs, pool2dAttrs } from '../../../ops/pool.ts';
import type { CpuKernel } from '../kernel.ts';
import { tensorAt } from '../operands.ts';
import { dense } from '../strided.ts';

type Shape4 = readonly [number, number, number, number];

const maxPool2d: CpuKernel = (inputs, [out, indices], attrs) => {
  const x = tensorAt(inputs, 0);
  const data = dense(x);
  const { kernelSize, stride, padding, dilation } = pool2dAttrs(attrs);
  const [n, c, h, w] = x.layout.shape as Shape4;
  const [, , oh, ow] = out!.shape as Shape4;
  const y = out!.data;
  const chosen = indices!.data;
  let to = 0;
  for (let plane = 0; plane < n * c; plane++) {
    const base = plane * h * w;
    for (let i = 0; i < oh; i++) {
      const top = firstInside(i * stride[0] - padding[0], dilation[0]);
      const bottom = Math.min(h, i * stride[0] - padding[0] + (kernelSize[0] - 1) * dilation[0] + 1);
      for (let j = 0; j < ow; j++, to++) {
        const left = firstInside(j * stride[1] - padding[1], dilation[1]);
        const right = Math.min(w, j * stride[1] - padding[1] + (kernelSize[1] - 1) * dilation[1] + 1);
        let best = -Infinity;
        let index = top * w + left;
        for (let a = top; a < bottom; a += dilation[0]) {
          for (let b = left; b < right; b += dilation[1]) {
            const v = data[base + a * w + b]!;
            // As in PyTorch, a later NaN replaces an earlier one.
            if (v > best || v !== v) {
              best = v;
              index = a * w + b;
            }
          }
        }
        y[to] = best;
        chosen[to] = index;
      }
    }
  }
};

/** The first of at, at + step, … that is not negative. */
function firstInside(at: number, step: number): number {
  return at >= 0 ? at : at + Math.ceil(-at / step) * step;
}

const maxPool2dBackward: CpuKernel = (inputs, [out]) => {
  const dy = tensorAt(inputs, 0);
  const g = dense(dy);
  const indices = dense(tensorAt(inputs, 1));
  const dx = out!.data;
  const [n, c, h, w] = out!.shape as Shape4;
  const windows = dy.layout.shape[2]! * dy.layout.shape[3]!;
  dx.fill(0);
  for (let plane = 0; plane < n * c; plane++) {
    addAt(dx, plane * h * w, h * w, g, indices, plane * windows, windows);
  }
};

function addAt(
  dx: TypedArray,
  base: number,
  size: number,
  g: TypedArray,
  indices: TypedArray,
  from: number,
  n: number,
): void {
  for (let i = from; i < from + n; i++) {
    const at = indices[i]!;
    if (at >= 0 && at < size) dx[base + at]! += g[i]!;
  }
}

/** One window of average pooling: its part inside the input, and what its sum is divided by. */
interface Window {
  readonly start: number;
  readonly end: number;
  /** Length with padding. */
  readonly padded: number;
}

function averageWindows(
  size: number,
  count: number,
  dim: 0 | 1,
  { kernelSize, stride, padding }: Pool2dAttrs,
): Window[] {
  return Array.from({ length: count }, (_, i) => {
    const start = i * stride[dim] - padding[dim];
    const end = Math.min(start + kernelSize[dim], size + padding[dim]);
    return { start: Math.max(start, 0), end: Math.min(end, size), padded: end - start };
  });
}

function divisor(a: Window, b: Window, { countIncludePad, divisorOverride }: Pool2dAttrs): number {
  if (divisorOverride !== 0) return divisorOverride;
  return countIncludePad ? a.padded * b.padded : (a.end - a.start) * (b.end - b.start);
}

const avgPool2d: CpuKernel = (inputs, [out], attrs) => {
  const x = tensorAt(inputs, 0);
  const data = dense(x);
  const pool = pool2dAttrs(attrs);
  const [n, c, h, w] = x.layout.shape as Shape4;
  const rows = averageWindows(h, out!.shape[2]!, 0, pool);
  const columns = averageWindows(w, out!.shape[3]!, 1, pool);
  const y = out!.data;
  let to = 0;
  for (let plane = 0; plane < n * c; plane++) {
    const base = plane * h * w;
    for (const r of rows) {
      for (const s of columns) {
        let sum = 0;
        for (let a = r.start; a < r.end; a++) {
          for (let b = s.start; b < s.end; b++) sum += data[base + a * w + b]!;
        }
        y[to++] = sum / divisor(r, s, pool);
      }
    }
  }
};

const avgPool2dBackward: CpuKernel = (inputs, [out], attrs) => {
  const dy = tensorAt(inputs, 0);
  const g = dense(dy);
  const pool = pool2dAttrs(attrs);
  const [n, c, h, w] = out!.shape as Shape4;
  const rows = averageWindows(h, dy.layout.shape[2]!, 0, pool);
  const columns = averageWindows(w, dy.layout.shape[3]!, 1, pool);
  const dx = out!.data;
  dx.fill(0);
  let from = 0;
  for (let plane = 0; plane < n * c; plane++) {
    const base = plane * h * w;
    for (const r of rows) {
      for (const s of columns) {
        const share = g[from++]! / divisor(r, s, pool);
        for (let a = r.start; a < r.end; a++) {
          for (let b = s.start; b < s.end; b++) dx[base + a * w + b]! += share;
        }
      }
    }
  }
};

export const poolKernels = { maxPool2d, maxPool2dBackward, avgPool2d, avgPool2dBackward } satisfies Record<
  string,
  CpuKernel
>;
