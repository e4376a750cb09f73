/**
 * 2-d convolution and its two gradients, by sums over taps: in WebAssembly where there is any (conv-simd.ts), and in double
 * precision in JavaScript (conv-tiles.ts).
 */
import type { TypedArray } from '../../../core/dtype.ts';
import { type Conv2dAttrs, conv2dAttrs } from '../../../ops/conv.ts';
import type { CpuKernel, CpuOutput, CpuTensor } from '../kernel.ts';
import { scratch } from '../memory.ts';
import { tensorAt } from '../operands.ts';
import { dense } from '../strided.ts';
import type { Simd } from '../wasm/simd.ts';
import { Frame, phases, reach, shape4 } from './conv-frame.ts';
import { simdGradient, simdSums } from './conv-simd.ts';
import { plainGradient, plainSums, type TapGradient, type TapPart, type TapSums } from './conv-tiles.ts';
import { pad4 } from './gemm.ts';

/** WebAssembly works on a band of rows at a time, of about so many bytes with their results. */
const bandBytes = 2 ** 19;

/** How many of `rows` rows of results to compute at a time. */
function bandOf(simd: Simd | null, rows: number, bytesPerRow: number): number {
  return simd ? Math.min(rows, Math.max(1, Math.floor(bandBytes / bytesPerRow))) : rows;
}

/** WebAssembly computes float32 only. */
const forFloats = (simd: Simd | null, ...arrays: readonly TypedArray[]): Simd | null =>
  arrays.every((x) => x instanceof Float32Array) ? simd : null;

/** The padded input of a convolution, as much of it as `rows` rows of results read. */
function inputFrame(
  x: CpuTensor,
  kernel: readonly [number, number],
  rows: number,
  columns: number,
  conv: Conv2dAttrs,
): Frame {
  const height = (rows - 1) * conv.stride[0] + conv.dilation[0] * (kernel[0] - 1) + 1;
  const width = (columns - 1) * conv.stride[1] + conv.dilation[1] * (kernel[1] - 1) + 1;
  return new Frame(x, height, width, conv.padding[0], conv.padding[1], conv.stride[1]);
}

/** Offset in a frame of tap (c, ky, kx), in the order of the weight's elements. */
function tapOffsets(
  channels: number,
  kh: number,
  kw: number,
  frame: Frame,
  dilation: readonly [number, number],
): Int32Array {
  const offsets = scratch('int32', channels * kh * kw);
  let k = 0;
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < kh; y++) {
      for (let x = 0; x < kw; x++)
        offsets[k++] = c * frame.plane + y * dilation[0] * frame.pitch + frame.column(x * dilation[1]);
    }
  }
  return offsets;
}

/** Panels of 4 channels, all zeros. */
const panels = (simd: Simd | null, length: number): TypedArray => scratch(simd ? 'float32' : 'float64', length).fill(0);

function sumTaps(simd: Simd | null, images: number, s: TapSums, out: CpuOutput): void {
  const [, , height, width] = shape4(out.shape);
  const plane = height * width;
  const sums = (simd && simdSums(simd, s)) ?? plainSums(s);
  for (let image = 0; image < images; image++) {
    for (let y = 0; y < s.rows; y += s.band) {
      sums.load(image, y * s.rowStep);
      for (let g = 0; g < s.groups; g++) {
        for (const part of s.parts) {
          const rows = Math.min(s.band, part.rows - y);
          const at = (image * s.groups + g) * s.channels * plane + part.at + y * part.row;
          if (rows > 0) sums.sum(part, g, rows, { data: out.data, at, plane, row: part.row, column: part.column });
        }
      }
    }
  }
}

const conv2d =
  (available: Simd | null): CpuKernel =>
  (inputs, [out], attrs) => {
    const x = tensorAt(inputs, 0);
    const w = dense(tensorAt(inputs, 1));
    const simd = forFloats(available, x.data, w, out!.data);
    const conv = conv2dAttrs(attrs);
    const [n, o, oh, ow] = shape4(out!.shape);
    const [, cg, kh, kw] = shape4(tensorAt(inputs, 1).layout.shape);
    const og = o / conv.groups;
    const taps = cg * kh * kw;
    const { pitch } = inputFrame(x, [kh, kw], 1, ow, conv);
    const band = bandOf(simd, oh, 4 * cg * conv.groups * pitch * conv.stride[0] + 8 * og * pitch);
    const frame = inputFrame(x, [kh, kw], band, ow, conv);
    const groupSize = pad4(og) * taps;
    const weights = panels(simd, conv.groups * groupSize);
    for (let i = 0; i < o; i++) {
      const j = i % og;
      const base = ((i - j) / og) * groupSize + (j - (j & 3)) * taps + (j & 3);
      for (let k = 0; k < taps; k++) weights[base + 4 * k] = w[i * taps + k]!;
    }
    const offsets = tapOffsets(cg, kh, kw, frame, conv.dilation);
    const part: TapPart = { rows: oh, columns: ow, offsets, weights, at: 0, row: ow, column: 1 };
    const [rowStep] = conv.stride;
    sumTaps(
      simd,
      n,
      { frame, groups: conv.groups, channels: og, depth: cg, rows: oh, band, rowStep, parts: [part] },
      out!,
    );
  };

const conv2dBackwardInput =
  (available: Simd | null): CpuKernel =>
  (inputs, [out], attrs) => {
    const dy = tensorAt(inputs, 0);
    const w = dense(tensorAt(inputs, 1));
    const simd = forFloats(available, dy.data, w, out!.data);
    const { stride, padding, dilation, groups } = conv2dAttrs(attrs);
    const [n, , h, width] = shape4(out!.shape);
    const [, o] = shape4(dy.layout.shape);
    const [, cg, kh, kw] = shape4(tensorAt(inputs, 1).layout.shape);
    const og = o / groups;
    const phasesY = phases(h, kh, stride[0], padding[0], dilation[0]);
    const phasesX = phases(width, kw, stride[1], padding[1], dilation[1]);
    const reachY = reach(phasesY);
    const reachX = reach(phasesX);
    const rows = Math.max(...phasesY.map((p) => p.count));
    const pitch = reachX.before + Math.max(...phasesX.map((p) => p.count)) + reachX.after;
    const band = bandOf(simd, rows, 4 * o * pitch + 8 * cg * pitch);
    const frame = new Frame(dy, reachY.before + band + reachY.after, pitch, reachY.before, reachX.before, 1);
    // Each pair of phases is a convolution of its own, with stride 1, by the taps that reach it.
    const parts = phasesY.flatMap((py) =>
      phasesX.map((px): TapPart => {
        const taps = og * py.taps.length * px.taps.length;
        const offsets = scratch('int32', taps);
        const groupSize = pad4(cg) * taps;
        const weights = panels(simd, groups * groupSize);
        let k = 0;
        for (let i = 0; i < og; i++) {
          for (const ty of py.taps) {
            for (const tx of px.taps) {
              offsets[k] = i * frame.plane + (ty.shift + reachY.before) * pitch + tx.shift + reachX.before;
              for (let g = 0; g < groups; g++) {
                for (let j = 0; j < cg; j++) {
                  weights[g * groupSize + (j - (j & 3)) * taps + 4 * k + (j & 3)] =
                    w[(((g * og + i) * cg + j) * kh + ty.tap) * kw + tx.tap]!;
                }
              }
              k++;
            }
          }
        }
        const at = py.first * width + px.first;
        return {
          rows: py.count,
          columns: px.count,
          offsets,
          weights,
          at,
          row: stride[0] * width,
          column: stride[1],
        };
      }),
    );
    sumTaps(simd, n, { frame, groups, channels: cg, depth: og, rows, band, rowStep: 1, parts }, out!);
  };

const conv2dBackwardWeight =
  (available: Simd | null): CpuKernel =>
  (inputs, [out], attrs) => {
    const x = tensorAt(inputs, 0);
    const dy = tensorAt(inputs, 1);
    const simd = forFloats(available, x.data, dy.data, out!.data);
    const conv = conv2dAttrs(attrs);
    const [n, o, oh, ow] = shape4(dy.layout.shape);
    const [, cg, kh, kw] = shape4(out!.shape);
    const channels = o / conv.groups;
    const { pitch } = inputFrame(x, [kh, kw], 1, ow, conv);
    const band = bandOf(simd, oh, 4 * cg * conv.groups * pitch * conv.stride[0] + 4 * channels * ow);
    const frame = inputFrame(x, [kh, kw], band, ow, conv);
    const offsets = tapOffsets(cg, kh, kw, frame, conv.dilation);
    const task: TapGradient = {
      frame,
      dy,
      groups: conv.groups,
      channels,
      depth: cg,
      offsets,
      rowStep: conv.stride[0],
      columns: ow,
      band,
    };
    const gradient = (simd && simdGradient(simd, task)) ?? plainGradient(task);
    for (let image = 0; image < n; image++) {
      for (let y = 0; y < oh; y += band) gradient.add(image, y, Math.min(band, oh - y));
    }
    const dw = out!.data;
    for (let i = 0; i < o; i++) {
      const j = i % channels;
      const { at, step } = gradient.place((i - j) / channels, j);
      for (let k = 0; k < offsets.length; k++) dw[i * offsets.length + k] = gradient.sums[at + k * step]!;
    }
  };

export const convKernels = (simd: Simd | null) =>
  ({
    conv2d: conv2d(simd),
    conv2dBackwardInput: conv2dBackwardInput(simd),
    conv2dBackwardWeight: conv2dBackwardWeight(simd),
  }) satisfies Record<string, CpuKernel>;
