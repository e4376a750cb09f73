/** 2-d convolution and its two gradients, by sums over taps (see conv-tiles.ts). */
import { type Conv2dAttrs, conv2dAttrs } from '../../../ops/conv.ts';
import type { CpuKernel, CpuTensor } from '../kernel.ts';
import { scratch } from '../memory.ts';
import { tensorAt } from '../operands.ts';
import { dense } from '../strided.ts';
import { tapSum, weightTile } from './conv-tiles.ts';

type Shape4 = readonly [number, number, number, number];
const shape4 = (shape: readonly number[]): Shape4 => shape as Shape4;
const pad4 = (n: number): number => (n + 3) & ~3;

/** A tile reads up to three columns past the last. */
const slack = (step: number): number => 3 * step + 1;

/** One image of a tensor within a frame of zeros, as doubles. */
class Frame {
  readonly height: number;
  readonly width: number;
  readonly plane: number;
  readonly data: Float64Array;
  private readonly source: CpuTensor;
  private readonly top: number;
  private readonly left: number;

  /** Element (y, x) of a plane is at (y + top, x + left). */
  constructor(source: CpuTensor, height: number, width: number, top: number, left: number, columnStep: number) {
    this.source = source;
    this.height = height;
    this.width = width;
    this.top = top;
    this.left = left;
    this.plane = height * width;
    this.data = scratch('float64', source.layout.shape[1]! * this.plane + slack(columnStep));
    this.data.fill(0);
  }

  /** Loads image n; what lies outside of the frame is left out. */
  load(n: number): void {
    const { data, layout } = this.source;
    const [, channels, h, w] = shape4(layout.shape);
    const [sn, sc, sh, sw] = shape4(layout.strides);
    const yEnd = Math.min(h, this.height - this.top);
    const xEnd = Math.min(w, this.width - this.left);
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < yEnd; y++) {
        const to = c * this.plane + (y + this.top) * this.width + this.left;
        loadRow(this.data, to, data, layout.offset + n * sn + c * sc + y * sh, sw, xEnd);
      }
    }
  }
}

function loadRow(out: Float64Array, to: number, x: CpuTensor['data'], from: number, stride: number, n: number): void {
  for (let i = 0, p = from; i < n; i++, p += stride) out[to + i] = x[p]!;
}

/** The padded input of a convolution. */
function inputFrame(
  x: CpuTensor,
  kernel: readonly [number, number],
  out: readonly [number, number],
  conv: Conv2dAttrs,
): Frame {
  const height = (out[0] - 1) * conv.stride[0] + conv.dilation[0] * (kernel[0] - 1) + 1;
  const width = (out[1] - 1) * conv.stride[1] + conv.dilation[1] * (kernel[1] - 1) + 1;
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
      for (let x = 0; x < kw; x++) offsets[k++] = c * frame.plane + y * dilation[0] * frame.width + x * dilation[1];
    }
  }
  return offsets;
}

const conv2d: CpuKernel = (inputs, [out], attrs) => {
  const x = tensorAt(inputs, 0);
  const w = dense(tensorAt(inputs, 1));
  const conv = conv2dAttrs(attrs);
  const [n, o, oh, ow] = shape4(out!.shape);
  const [, cg, kh, kw] = shape4(tensorAt(inputs, 1).layout.shape);
  const og = o / conv.groups;
  const taps = cg * kh * kw;
  const frame = inputFrame(x, [kh, kw], [oh, ow], conv);
  const offsets = tapOffsets(cg, kh, kw, frame, conv.dilation);
  const groupSize = pad4(og) * taps;
  const weights = scratch('float64', conv.groups * groupSize);
  weights.fill(0);
  for (let i = 0; i < o; i++) {
    const j = i % og;
    const base = ((i - j) / og) * groupSize + (j - (j & 3)) * taps + (j & 3);
    for (let k = 0; k < taps; k++) weights[base + 4 * k] = w[i * taps + k]!;
  }
  // Rows that follow each other without a gap are one long row.
  const flat = frame.width === ow && conv.stride[0] === 1 && conv.stride[1] === 1;
  for (let image = 0; image < n; image++) {
    frame.load(image);
    for (let g = 0; g < conv.groups; g++) {
      tapSum(
        {
          channels: og,
          rows: flat ? 1 : oh,
          columns: flat ? oh * ow : ow,
          taps,
          weights,
          weightsAt: g * groupSize,
          offsets,
          rowStep: conv.stride[0] * frame.width,
          columnStep: conv.stride[1],
        },
        frame.data,
        g * cg * frame.plane,
        { data: out!.data, at: (image * o + g * og) * oh * ow, plane: oh * ow, row: ow, column: 1 },
      );
    }
  }
};

/** Along one dim: the inputs first, first + stride, … and the taps that reach them, each with the output it comes from. */
interface Phase {
  readonly first: number;
  readonly count: number;
  readonly taps: readonly { readonly tap: number; readonly shift: number }[];
}

/** Input i gets a contribution by tap k from output (i + padding − k·dilation) / stride, where that is whole. */
function phases(size: number, kernel: number, stride: number, padding: number, dilation: number): Phase[] {
  return Array.from({ length: Math.min(stride, size) }, (_, first) => ({
    first,
    count: Math.ceil((size - first) / stride),
    taps: Array.from({ length: kernel }, (_, tap) => ({
      tap,
      shift: (first + padding - tap * dilation) / stride,
    })).filter(({ shift }) => Number.isInteger(shift)),
  }));
}

/** Size of a frame around `size` outputs that all phases can read, and where the outputs start in it. */
function reach(list: readonly Phase[], size: number): { before: number; total: number } {
  const shifts = list.flatMap((p) => p.taps.map((t) => t.shift));
  const ends = list.flatMap((p) => p.taps.map((t) => t.shift + p.count));
  const before = Math.max(0, ...shifts.map((s) => -s));
  return { before, total: before + Math.max(size, ...ends) };
}

const conv2dBackwardInput: CpuKernel = (inputs, [out], attrs) => {
  const dy = tensorAt(inputs, 0);
  const w = dense(tensorAt(inputs, 1));
  const { stride, padding, dilation, groups } = conv2dAttrs(attrs);
  const [n, c, h, width] = shape4(out!.shape);
  const [, o, oh, ow] = shape4(dy.layout.shape);
  const [, cg, kh, kw] = shape4(tensorAt(inputs, 1).layout.shape);
  const og = o / groups;
  const phasesY = phases(h, kh, stride[0], padding[0], dilation[0]);
  const phasesX = phases(width, kw, stride[1], padding[1], dilation[1]);
  const reachY = reach(phasesY, oh);
  const reachX = reach(phasesX, ow);
  const frame = new Frame(dy, reachY.total, reachX.total, reachY.before, reachX.before, 1);
  // Each pair of phases is a convolution of its own, with stride 1, by the taps that reach it.
  const sums = phasesY.flatMap((py) =>
    phasesX.map((px) => {
      const taps = og * py.taps.length * px.taps.length;
      const offsets = scratch('int32', taps);
      const groupSize = pad4(cg) * taps;
      const weights = scratch('float64', groups * groupSize);
      weights.fill(0);
      let k = 0;
      for (let i = 0; i < og; i++) {
        for (const ty of py.taps) {
          for (const tx of px.taps) {
            offsets[k] = i * frame.plane + (ty.shift + reachY.before) * frame.width + tx.shift + reachX.before;
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
      return { py, px, taps, offsets, weights, groupSize };
    }),
  );
  for (let image = 0; image < n; image++) {
    frame.load(image);
    for (let g = 0; g < groups; g++) {
      for (const { py, px, taps, offsets, weights, groupSize } of sums) {
        tapSum(
          {
            channels: cg,
            rows: py.count,
            columns: px.count,
            taps,
            weights,
            weightsAt: g * groupSize,
            offsets,
            rowStep: frame.width,
            columnStep: 1,
          },
          frame.data,
          g * og * frame.plane,
          {
            data: out!.data,
            at: ((image * c + g * cg) * h + py.first) * width + px.first,
            plane: h * width,
            row: stride[0] * width,
            column: stride[1],
          },
        );
      }
    }
  }
};

/** Image n of dy as panels of four channels: channel 4·b + i at position p is at (b·positions + p)·4 + i. */
function packChannels(
  panels: Float64Array,
  { data, layout }: CpuTensor,
  n: number,
  first: number,
  count: number,
): void {
  const [, , h, w] = shape4(layout.shape);
  const [sn, sc, sh, sw] = shape4(layout.strides);
  for (let i = 0; i < count; i++) {
    let to = (i - (i & 3)) * h * w + (i & 3);
    for (let y = 0; y < h; y++) {
      let from = layout.offset + n * sn + (first + i) * sc + y * sh;
      for (let x = 0; x < w; x++, to += 4, from += sw) panels[to] = data[from]!;
    }
  }
}

const conv2dBackwardWeight: CpuKernel = (inputs, [out], attrs) => {
  const x = tensorAt(inputs, 0);
  const dy = tensorAt(inputs, 1);
  const conv = conv2dAttrs(attrs);
  const [n, o, oh, ow] = shape4(dy.layout.shape);
  const [, cg, kh, kw] = shape4(out!.shape);
  const og = o / conv.groups;
  const taps = cg * kh * kw;
  const frame = inputFrame(x, [kh, kw], [oh, ow], conv);
  const offsets = tapOffsets(cg, kh, kw, frame, conv.dilation);
  const panels = scratch('float64', pad4(og) * oh * ow);
  panels.fill(0);
  const ld = pad4(taps);
  const groupSize = pad4(og) * ld;
  const acc = scratch('float64', conv.groups * groupSize);
  acc.fill(0);
  const last = taps - 1;
  for (let image = 0; image < n; image++) {
    frame.load(image);
    for (let g = 0; g < conv.groups; g++) {
      packChannels(panels, dy, image, g * og, og);
      const base = g * cg * frame.plane;
      for (let i = 0; i < og; i += 4) {
        for (let k = 0; k < taps; k += 4) {
          // Past the last tap the tile repeats it; those columns of acc are never read.
          const at = (j: number): number => base + offsets[Math.min(k + j, last)]!;
          weightTile(
            oh,
            ow,
            panels,
            i * oh * ow,
            frame.data,
            conv.stride[0] * frame.width,
            conv.stride[1],
            at(0),
            at(1),
            at(2),
            at(3),
            acc,
            g * groupSize + i * ld + k,
            ld,
          );
        }
      }
    }
  }
  const dw = out!.data;
  for (let i = 0; i < o; i++) {
    const j = i % og;
    const from = ((i - j) / og) * groupSize + j * ld;
    for (let k = 0; k < taps; k++) dw[i * taps + k] = acc[from + k]!;
  }
};

export const convKernels = { conv2d, conv2dBackwardInput, conv2dBackwardWeight } satisfies Record<string, CpuKernel>;
