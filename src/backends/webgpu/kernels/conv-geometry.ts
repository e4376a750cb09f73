/** Convolutions and their gradients as one kind of sum, along two axes of positions and taps. */
import type { Layout } from '../../../core/shape.ts';
import type { Conv2dAttrs } from '../../../ops/conv.ts';

/** Position i of the result and tap t meet at `i · step + start + t · dilation` of the input, where that exists. */
export interface Axis {
  readonly positions: number;
  readonly step: number;
  readonly start: number;
  readonly taps: number;
  readonly dilation: number;
  /** Size of the input. */
  readonly size: number;
  /** Tap t is `firstTap + t · tapStep` of the kernel. */
  readonly firstTap: number;
  readonly tapStep: number;
  /** Position i is `i · outStep + outStart` of `outSize`. */
  readonly outStep: number;
  readonly outStart: number;
  readonly outSize: number;
}

/** Strides of an image: (image, group of channels, channel, y, x). */
export interface ImageStrides {
  readonly offset: number;
  readonly image: number;
  readonly section: number;
  readonly channel: number;
  readonly y: number;
  readonly x: number;
}

/** Strides of a kernel: (group of channels, result's channel, summed channel, y, x). */
export interface KernelStrides {
  readonly offset: number;
  readonly section: number;
  readonly row: number;
  readonly channel: number;
  readonly y: number;
  readonly x: number;
}

/** result[image, section, row, i] = Σ over channels and taps of input · kernel. */
export interface Convolution {
  readonly images: number;
  /** Groups of channels. */
  readonly sections: number;
  /** Channels of the result, per section. */
  readonly rows: number;
  /** Channels summed over, per section. */
  readonly channels: number;
  readonly input: ImageStrides;
  readonly kernel: KernelStrides;
  readonly y: Axis;
  readonly x: Axis;
}

type Four = readonly [number, number, number, number];

export function imageStrides({ strides, offset }: Layout, channelsPerSection: number): ImageStrides {
  const [image, channel, y, x] = strides as Four;
  return { offset, image, section: channelsPerSection * channel, channel, y, x };
}

export function forwardConvolution(x: Layout, weight: Layout, out: readonly number[], attrs: Conv2dAttrs): Convolution {
  const { stride, padding, dilation, groups } = attrs;
  const [images, , height, width] = x.shape as Four;
  const [outputs, channels, kernelY, kernelX] = weight.shape as Four;
  const [, , outY, outX] = out as Four;
  const [row, channel, y, x_] = weight.strides as Four;
  const rows = outputs / groups;
  const axis = (i: 0 | 1, size: number, taps: number, positions: number): Axis => ({
    positions,
    step: stride[i],
    start: -padding[i],
    taps,
    dilation: dilation[i],
    size,
    firstTap: 0,
    tapStep: 1,
    outStep: 1,
    outStart: 0,
    outSize: positions,
  });
  return {
    images,
    sections: groups,
    rows,
    channels,
    input: imageStrides(x, channels),
    kernel: { offset: weight.offset, section: rows * row, row, channel, y, x: x_ },
    y: axis(0, height, kernelY, outY),
    x: axis(1, width, kernelX, outX),
  };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/**
 * The gradient of the input is a convolution too: position p of the input gets tap k of the result at (p + padding − k · dilation)
 * / stride where that is whole. Which taps that are depends on p modulo the stride only, so for each remainder it is a
 * convolution of step 1, with the taps in reverse.
 */
function backwardAxes(
  inputSize: number,
  gradientSize: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation: number,
): Axis[] {
  const common = greatestCommonDivisor(stride, dilation);
  const tapStep = stride / common;
  const axes: Axis[] = [];
  for (let phase = 0; phase < Math.min(stride, inputSize); phase++) {
    let first = 0;
    while (first < tapStep && (phase + padding - first * dilation) % stride !== 0) first++;
    const taps = first < tapStep ? Math.max(0, Math.ceil((kernel - first) / tapStep)) : 0;
    axes.push({
      positions: Math.ceil((inputSize - phase) / stride),
      step: 1,
      start: taps > 0 ? (phase + padding - first * dilation) / stride - (taps - 1) * (dilation / common) : 0,
      taps,
      dilation: dilation / common,
      size: gradientSize,
      firstTap: taps > 0 ? first + (taps - 1) * tapStep : 0,
      tapStep: -tapStep,
      outStep: stride,
      outStart: phase,
      outSize: inputSize,
    });
  }
  return axes;
}

export interface Phases {
  readonly convolution: Omit<Convolution, 'x' | 'y'>;
  readonly ys: readonly Axis[];
  readonly xs: readonly Axis[];
}

export function backwardConvolution(
  gradient: Layout,
  weight: Layout,
  out: readonly number[],
  attrs: Conv2dAttrs,
): Phases {
  const { stride, padding, dilation, groups } = attrs;
  const [images, outputs, gradientY, gradientX] = gradient.shape as Four;
  const [, rows, kernelY, kernelX] = weight.shape as Four;
  const [, , height, width] = out as Four;
  const [channel, row, y, x] = weight.strides as Four;
  const channels = outputs / groups;
  return {
    convolution: {
      images,
      sections: groups,
      rows,
      channels,
      input: imageStrides(gradient, channels),
      kernel: { offset: weight.offset, section: channels * channel, row, channel, y, x },
    },
    ys: backwardAxes(height, gradientY, kernelY, stride[0], padding[0], dilation[0]),
    xs: backwardAxes(width, gradientX, kernelX, stride[1], padding[1], dilation[1]),
  };
}

/** Whether some position meets a tap outside of the input. */
export function isPadded({ positions, step, start, taps, dilation, size }: Axis): boolean {
  return start < 0 || (positions - 1) * step + start + (taps - 1) * dilation >= size;
}

/** Offsets in the input that `positions` neighbours and all taps read, as a list for `#repeat`. */
export function span(positions: number, taps: number, { step, dilation }: Pick<Axis, 'step' | 'dilation'>): number[] {
  const offsets = new Set<number>();
  for (let i = 0; i < positions; i++) {
    for (let t = 0; t < taps; t++) offsets.add(i * step + t * dilation);
  }
  return [...offsets].sort((a, b) => a - b);
}

/** As text for `#repeat`, which takes a lone number for a count. */
export const repeatList = (values: readonly number[]): string => `${values.join(',')},`;
