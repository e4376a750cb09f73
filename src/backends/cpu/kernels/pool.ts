/** 2-d pooling, a plane at a time. */
import type { TypedArray } from '../../../core/dtype.ts';
import { type Pool2dAttrs, pool2dAttrs } from '../../../ops/pool.ts';
import type { CpuKernel } from '../kernel.ts';
import { tensorAt } from '../operands.ts';
import { dense } from '../strided.ts';

type Shape4 = readonly [number, number, number, number];

/** One window along a dim: its part inside the input, and its length with padding. */
interface Window {
  readonly start: number;
  readonly end: number;
  readonly padded: number;
}

/** The windows of adaptive pooling share the input out among `count` results. */
const adaptiveWindows = (size: number, count: number): Window[] =>
  Array.from({ length: count }, (_, i) => {
    const start = Math.floor((i * size) / count);
    const end = Math.ceil(((i + 1) * size) / count);
    return { start, end, padded: end - start };
  });

function maxWindows(size: number, count: number, dim: 0 | 1, pool: Pool2dAttrs): Window[] {
  if (pool.outputSize) return adaptiveWindows(size, count);
  const { kernelSize, stride, padding, dilation } = pool;
  return Array.from({ length: count }, (_, i) => {
    const at = i * stride[dim] - padding[dim];
    const span = (kernelSize[dim] - 1) * dilation[dim] + 1;
    return { start: firstInside(at, dilation[dim]), end: Math.min(size, at + span), padded: span };
  });
}

const maxPool2d: CpuKernel = (inputs, [out, indices], attrs) => {
  const x = tensorAt(inputs, 0);
  const data = dense(x);
  const pool = pool2dAttrs(attrs);
  const [down, across] = pool.outputSize ? [1, 1] : pool.dilation;
  const [n, c, h, w] = x.layout.shape as Shape4;
  const rows = maxWindows(h, out!.shape[2]!, 0, pool);
  const columns = maxWindows(w, out!.shape[3]!, 1, pool);
  const y = out!.data;
  const chosen = indices!.data;
  let to = 0;
  for (let plane = 0; plane < n * c; plane++) {
    const base = plane * h * w;
    for (const { start: top, end: bottom } of rows) {
      for (const { start: left, end: right } of columns) {
        let best = -Infinity;
        let index = top * w + left;
        for (let a = top; a < bottom; a += down) {
          for (let b = left; b < right; b += across) {
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
        to++;
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

function averageWindows(size: number, count: number, dim: 0 | 1, pool: Pool2dAttrs): Window[] {
  if (pool.outputSize) return adaptiveWindows(size, count);
  const { kernelSize, stride, padding } = pool;
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
