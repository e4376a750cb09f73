/** 2-d convolution, its gradients, and the choice among their kernels. */
import { type Layout, numel } from '../../../core/shape.ts';
import { conv2dAttrs } from '../../../ops/conv.ts';
import type { OpKernel } from '../../backend.ts';
import { positionFunction } from '../layout.ts';
import { tiledContraction, unrolled } from './contraction.ts';
import { direct, isDirect, looped } from './conv-direct.ts';
import {
  backwardConvolution,
  type Convolution,
  forwardConvolution,
  imageStrides,
  type Phases,
} from './conv-geometry.ts';
import { directWeightGradient, type WeightGradient } from './conv-weight.ts';
import { layoutOf, u32 } from './domains.ts';
import { matmulKernels, operandBlock } from './matmul.ts';
import type { BuiltKernel, Capabilities, KernelBuilder } from './types.ts';

/** Fewer channels than this leave most of a tile empty. */
const tileRows = 16;

const layout = (shape: readonly number[], strides: readonly number[], offset: number): Layout => ({
  shape,
  strides,
  offset,
});

/** A kernel of one tap that visits each position once is a matrix product per image. */
function asMatmul(
  kernel: OpKernel,
  { images, sections, rows, channels, input, kernel: weight, y, x }: Convolution,
  capabilities: Capabilities,
): BuiltKernel | null {
  const pointwise = [y, x].every(
    (a) => a.taps === 1 && a.step === 1 && a.start === 0 && a.outStep === 1 && a.positions === a.size,
  );
  const oneStride = x.size === 1 || y.size === 1 || input.y === x.size * input.x;
  if (!pointwise || !oneStride) return null;
  const [image, filter] = kernel.inputs as [OpKernel['inputs'][number], OpKernel['inputs'][number]];
  if (image.kind === 'scalar' || filter.kind === 'scalar') return null;
  const pixels = y.size * x.size;
  const filters = layout(
    [images, sections, rows, channels],
    [0, weight.section, weight.row, weight.channel],
    weight.offset,
  );
  const pixelStride = x.size === 1 ? input.y : input.x;
  const columns = layout(
    [images, sections, channels, pixels],
    [input.image, input.section, input.channel, pixelStride],
    input.offset,
  );
  const [output] = kernel.outputs;
  return matmulKernels.matmul(
    {
      ...kernel,
      inputs: [
        { ...filter, layout: filters },
        { ...image, layout: columns },
      ],
      outputs: [{ ...output!, shape: [images, sections, rows, pixels] }],
    },
    capabilities,
  );
}

interface Image {
  readonly strides: ReturnType<typeof imageStrides>;
  readonly pixels: readonly [rows: number, columns: number];
  readonly size: readonly [height: number, width: number];
  readonly taps: readonly [y: number, x: number];
  readonly step: readonly [y: number, x: number];
  readonly start: readonly [y: number, x: number];
  readonly dilation: readonly [y: number, x: number];
}

/** The image as an operand of the tiled kernel. */
function imageBlock(
  name: 'a' | 'b',
  load: string,
  image: Image,
  pixelsOuter: boolean,
  outerSize: number,
  k: number,
): string {
  const { strides, pixels, size, taps, step, start, dilation } = image;
  return unrolled('conv/image-block.wgsl', {
    NAME: name,
    LOAD: load,
    BASE: `fn ${name}_base(section: u32) -> u32 { return section * ${u32(strides.section)} + ${u32(strides.offset)}; }`,
    PIXELS_OUTER: pixelsOuter,
    OUTER_SIZE: outerSize,
    K: k,
    ROWS: pixels[0],
    COLUMNS: pixels[1],
    HEIGHT: size[0],
    WIDTH: size[1],
    TAPS_Y: taps[0],
    TAPS_X: taps[1],
    STEP_Y: step[0],
    STEP_X: step[1],
    START_Y: u32(start[0]),
    START_X: u32(start[1]),
    DILATION_Y: dilation[0],
    DILATION_X: dilation[1],
    IMAGE_STRIDE: u32(strides.image),
    CHANNEL_STRIDE: u32(strides.channel),
    Y_STRIDE: u32(strides.y),
    X_STRIDE: u32(strides.x),
  });
}

/** Implicit matrix product: rows are channels, columns the pixels of all images, and the sum runs over channels and taps. */
function tiled(kernel: OpKernel, convolution: Convolution, label: string, capabilities: Capabilities): BuiltKernel {
  const { images, sections, rows, channels, input, kernel: weight, y, x } = convolution;
  const k = channels * y.taps * x.taps;
  const columns = images * y.positions * x.positions;
  const filters = operandBlock('a', kernel.inputs[1]!, 'in1', {
    base: layout([sections], [weight.section], weight.offset + y.firstTap * weight.y + x.firstTap * weight.x),
    outer: layout([rows], [weight.row], 0),
    step: layout([channels, y.taps, x.taps], [weight.channel, y.tapStep * weight.y, x.tapStep * weight.x], 0),
  });
  const image: Image = {
    strides: input,
    pixels: [y.positions, x.positions],
    size: [y.size, x.size],
    taps: [y.taps, x.taps],
    step: [y.step, x.step],
    start: [y.start, x.start],
    dilation: [y.dilation, x.dilation],
  };
  const plane = y.outSize * x.outSize;
  const everyPosition = y.outStep === 1 && x.outStep === 1;
  const positions = y.positions * x.positions;
  const pixel = positionFunction(
    'pixel',
    layout(
      [images, y.positions, x.positions],
      [sections * rows * plane, y.outStep * x.outSize, x.outStep],
      y.outStart * x.outSize + x.outStart,
    ),
  );
  return tiledContraction(
    kernel,
    {
      label,
      groups: sections,
      rows,
      columns,
      k,
      size: images * sections * rows * plane,
      blocks: `${filters.text}\n${imageBlock('b', 'in0', image, true, columns, k)}`,
      place: `${pixel}\nfn element(section: u32, i: u32, j: u32) -> u32 { return (section * ${rows}u + i) * ${plane}u + pixel(j); }`,
      alongK: [filters.alongK, false],
      vectorInputs: filters.vector ? [1] : [],
      vectorStore: everyPosition && positions % 4 === 0,
      // Results of other phases lie in between, and are not this dispatch's to write.
      whole: everyPosition,
    },
    capabilities,
  );
}

const isTiled = ({ rows, channels, images, y, x }: Convolution): boolean =>
  rows >= tileRows && channels * y.taps * x.taps >= 32 && images * y.positions * x.positions >= 32;

function convolve(kernel: OpKernel, phases: Phases, label: string, capabilities: Capabilities): BuiltKernel {
  const { convolution, ys, xs } = phases;
  // One dispatch per phase as long as they are few; beyond, one for all.
  if (ys.length * xs.length > 4) return looped(kernel, phases, label, capabilities);
  const each = ys.flatMap((y) => xs.map((x): Convolution => ({ ...convolution, y, x })));
  if (each.length === 1) {
    const product = asMatmul(kernel, each[0]!, capabilities);
    if (product !== null) return product;
  }
  if (!capabilities.software && each.every(isTiled)) {
    const built = each.map((c) => tiled(kernel, c, label, capabilities));
    return built.length === 1 ? built[0]! : { dispatches: built.flatMap(({ dispatches }) => dispatches) };
  }
  if (!each.every(isDirect)) return looped(kernel, phases, label, capabilities);
  return direct(kernel, each, label, capabilities);
}

const describe = (kernel: OpKernel, a: Layout, b: Layout): string =>
  `${kernel.op} ${a.shape.join('x')}, ${b.shape.join('x')}`;

const conv2d: KernelBuilder = (kernel, capabilities) => {
  const out = kernel.outputs[0]!.shape;
  if (numel(out) === 0) return { dispatches: [] };
  const [x, weight] = [layoutOf(kernel, 0), layoutOf(kernel, 1)];
  const { y, x: axis, ...convolution } = forwardConvolution(x, weight, out, conv2dAttrs(kernel.attrs));
  return convolve(kernel, { convolution, ys: [y], xs: [axis] }, describe(kernel, x, weight), capabilities);
};

const conv2dBackwardInput: KernelBuilder = (kernel, capabilities) => {
  const out = kernel.outputs[0]!.shape;
  if (numel(out) === 0) return { dispatches: [] };
  const [gradient, weight] = [layoutOf(kernel, 0), layoutOf(kernel, 1)];
  const phases = backwardConvolution(gradient, weight, out, conv2dAttrs(kernel.attrs));
  return convolve(kernel, phases, describe(kernel, gradient, weight), capabilities);
};

/** Implicit matrix product: rows are output channels, columns input channels and taps, and the sum runs over all pixels. */
function tiledWeightGradient(
  kernel: OpKernel,
  { x, gradient, shape, attrs }: WeightGradient,
  label: string,
  capabilities: Capabilities,
): BuiltKernel {
  const { groups, stride, padding, dilation } = attrs;
  const [outputs, channels, kernelY, kernelX] = shape;
  const [images, , positionsY, positionsX] = gradient.shape as readonly [number, number, number, number];
  const rows = outputs / groups;
  const columns = channels * kernelY * kernelX;
  const k = images * positionsY * positionsX;
  const dy = imageStrides(gradient, rows);
  const gradients = operandBlock('a', kernel.inputs[1]!, 'in1', {
    base: layout([groups], [dy.section], dy.offset),
    outer: layout([rows], [dy.channel], 0),
    step: layout([images, positionsY, positionsX], [dy.image, dy.y, dy.x], 0),
  });
  const image: Image = {
    strides: imageStrides(x, channels),
    pixels: [positionsY, positionsX],
    size: x.shape.slice(2) as [number, number],
    taps: [kernelY, kernelX],
    step: stride,
    start: [-padding[0], -padding[1]],
    dilation,
  };
  return tiledContraction(
    kernel,
    {
      label,
      groups,
      rows,
      columns,
      k,
      size: outputs * columns,
      blocks: `${gradients.text}\n${imageBlock('b', 'in0', image, false, columns, k)}`,
      place: `fn element(section: u32, i: u32, j: u32) -> u32 { return (section * ${rows}u + i) * ${columns}u + j; }`,
      alongK: [gradients.alongK, true],
      vectorInputs: gradients.vector ? [1] : [],
      vectorStore: columns % 4 === 0,
      whole: true,
    },
    capabilities,
  );
}

const conv2dBackwardWeight: KernelBuilder = (kernel, capabilities) => {
  const shape = kernel.outputs[0]!.shape as WeightGradient['shape'];
  if (numel(shape) === 0) return { dispatches: [] };
  const weight: WeightGradient = {
    x: layoutOf(kernel, 0),
    gradient: layoutOf(kernel, 1),
    shape,
    attrs: conv2dAttrs(kernel.attrs),
  };
  const label = `${describe(kernel, weight.x, weight.gradient)}`;
  const [outputs, channels, kernelY, kernelX] = shape;
  const wide = outputs / weight.attrs.groups >= tileRows && channels * kernelY * kernelX >= tileRows;
  if (!capabilities.software && wide && numel(weight.gradient.shape) > 0)
    return tiledWeightGradient(kernel, weight, label, capabilities);
  return directWeightGradient(kernel, weight, label, capabilities);
};

export const convKernels = { conv2d, conv2dBackwardInput, conv2dBackwardWeight } satisfies Record<
  string,
  KernelBuilder
>;
