/** Convolutions without workgroup memory: for software adapters, few channels, and many taps. */
import type { OpKernel } from '../../backend.ts';
import { grid } from '../grid.ts';
import { kernelIO } from '../io.ts';
import { cheapest, unrolled } from './contraction.ts';
import { type Axis, type Convolution, isPadded, type Phases, repeatList, span } from './conv-geometry.ts';
import { u32 } from './domains.ts';
import type { BuiltKernel, Capabilities, Dispatch } from './types.ts';

/** Results per thread: channels × neighbours along x. */
interface Block {
  readonly tm: number;
  readonly tx: number;
}

const rowsPerThread = [16, 8, 4, 2, 1];
/**
 * What each load or product that is written out costs a software adapter to compile, in instructions, spread over the runs of
 * one kernel: small problems get short kernels.
 */
export const compiling = 10000;
/** Products written out per round of the innermost loop. */
const mostProducts = 1200;

/**
 * The block that costs least. On a software adapter a load is some fifty instructions and a product four, as measured on
 * SwiftShader; on a GPU loads are cached, and too few threads leave it idle.
 */
function pickBlock({ rows, channels, images, sections, y, x }: Convolution, software: boolean): Block {
  const candidates: Block[] = [];
  for (const tm of rowsPerThread) {
    for (let tx = 1; tx <= 16; tx++) {
      const fits = tm * tx <= (software ? 128 : 48) && x.taps * tm * tx <= mostProducts;
      if (fits && (tm === 1 || tm < 2 * rows) && (tx === 1 || tx <= x.positions)) candidates.push({ tm, tx });
    }
  }
  const load = software ? 50 : 10;
  return cheapest(candidates, ({ tm, tx }) => {
    const loads = span(tx, x.taps, x).length + x.taps * tm;
    const perLine = load * loads + (4 * x.taps + 3) * tm * tx;
    const threads = Math.ceil(rows / tm) * Math.ceil(x.positions / tx) * y.positions * images * sections;
    const lines = x.taps * tm * tx * y.taps > mostProducts ? 1 : y.taps;
    const text = software ? compiling * lines * (loads + x.taps * tm * tx) : 0;
    return perLine * Math.max(1, channels * y.taps) * Math.max(threads, software ? 32 : 16384) + text;
  });
}

/** Taps must be few enough to be written out. */
export function isDirect({ x }: Convolution): boolean {
  return x.taps <= 16;
}

function directDispatch(
  kernel: OpKernel,
  convolution: Convolution,
  label: string,
  capabilities: Capabilities,
): Dispatch {
  const { images, sections, rows, input, kernel: weight, y, x } = convolution;
  const { software, maxComputeWorkgroupsPerDimension: limit } = capabilities;
  const { tm, tx } = pickBlock(convolution, software);
  const loopY = y.taps * x.taps * tm * tx > mostProducts;
  const vBlocks = Math.ceil(x.positions / tx);
  const rowBlocks = Math.ceil(rows / tm);
  const imagesZ = Math.min(images, limit);
  const cells = vBlocks * y.positions * Math.ceil(images / imagesZ);
  const threads = software && cells / 4 <= limit ? 4 : 64;
  const io = kernelIO(kernel);
  // Without taps there is nothing to add up, and the loop over channels runs no round.
  const empty = y.taps * x.taps === 0;
  const source = unrolled('conv/direct.wgsl', {
    HEADER: io.header,
    TM: tm,
    TX: tx,
    CHANNELS: empty ? 0 : convolution.channels,
    ROWS: rows,
    ROW_BLOCKS: rowBlocks,
    SECTIONS: sections,
    IMAGES: images,
    IMAGES_Z: imagesZ,
    FOLDED: images > imagesZ,
    THREADS: threads,
    U: y.positions,
    V: x.positions,
    V_BLOCKS: vBlocks,
    HEIGHT: y.size,
    WIDTH: x.size,
    STEP_Y: y.step,
    STEP_X: x.step,
    START_Y: u32(y.start),
    START_X: u32(x.start),
    TAPS_Y: y.taps,
    TAPS_X: x.taps,
    DILATION_Y: y.dilation,
    DILATION_X: x.dilation,
    LOOP_Y: loopY,
    UNROLLED_Y: loopY ? 1 : y.taps,
    SPAN: repeatList(span(tx, x.taps, x)),
    PADDED: isPadded(y) || isPadded(x),
    INPUT_OFFSET: u32(input.offset),
    IMAGE_STRIDE: u32(input.image),
    SECTION_STRIDE: u32(input.section),
    CHANNEL_STRIDE: u32(input.channel),
    Y_STRIDE: u32(input.y),
    X_STRIDE: u32(input.x),
    WEIGHT_OFFSET: u32(weight.offset + y.firstTap * weight.y + x.firstTap * weight.x),
    WEIGHT_SECTION: u32(weight.section),
    WEIGHT_ROW: u32(weight.row),
    WEIGHT_CHANNEL: u32(weight.channel),
    WEIGHT_Y: u32(y.tapStep * weight.y),
    WEIGHT_X: u32(x.tapStep * weight.x),
    PLANE: y.outSize * x.outSize,
    OUT_WIDTH: x.outSize,
    OUT_STEP_Y: y.outStep,
    OUT_STEP_X: x.outStep,
    OUT_START_Y: y.outStart,
    OUT_START_X: x.outStart,
  });
  const workgroups = [Math.ceil(cells / threads), rowBlocks * sections, imagesZ] as const;
  return { label: `${label} direct ${tm}x${tx}`, source, bindings: io.bindings, workgroups };
}

export function direct(
  kernel: OpKernel,
  convolutions: readonly Convolution[],
  label: string,
  capabilities: Capabilities,
): BuiltKernel {
  return { dispatches: convolutions.map((convolution) => directDispatch(kernel, convolution, label, capabilities)) };
}

/** Any number of taps and phases, in one dispatch. */
export function looped(
  kernel: OpKernel,
  { convolution, ys, xs }: Phases,
  label: string,
  capabilities: Capabilities,
): BuiltKernel {
  const { images, sections, rows, channels, input, kernel: weight } = convolution;
  const y = ys[0]!;
  const x = xs[0]!;
  const [tm, tx] = [rows >= 4 ? 4 : rows, 4];
  const vBlocks = Math.ceil(x.positions / tx);
  const rowBlocks = Math.ceil(rows / tm);
  const threads = capabilities.software ? 4 : 64;
  const cells = vBlocks * xs.length * y.positions * ys.length * rowBlocks * sections * images;
  const { workgroups, groupsX } = grid(Math.ceil(cells / threads), capabilities.maxComputeWorkgroupsPerDimension);
  const io = kernelIO(kernel);
  const list = (axes: readonly Axis[], of: (axis: Axis) => number): string =>
    axes.map((axis) => u32(of(axis))).join(', ');
  const source = unrolled('conv/looped.wgsl', {
    HEADER: io.header,
    TM: tm,
    TX: tx,
    CHANNELS: channels,
    ROWS: rows,
    ROW_BLOCKS: rowBlocks,
    SECTIONS: sections,
    IMAGES: images,
    THREADS: threads,
    GROUPS_X: groupsX,
    PHASES_Y: ys.length,
    PHASES_X: xs.length,
    // The first phase has the most positions.
    U: y.positions,
    V_BLOCKS: vBlocks,
    HEIGHT: y.size,
    WIDTH: x.size,
    FIRST_Y: list(ys, (a) => a.firstTap),
    FIRST_X: list(xs, (a) => a.firstTap),
    COUNT_Y: list(ys, (a) => a.taps),
    COUNT_X: list(xs, (a) => a.taps),
    START_Y: list(ys, (a) => a.start),
    START_X: list(xs, (a) => a.start),
    STEP_Y: y.step,
    STEP_X: x.step,
    DILATION_Y: y.dilation,
    DILATION_X: x.dilation,
    TAP_STEP_Y: u32(y.tapStep),
    TAP_STEP_X: u32(x.tapStep),
    INPUT_OFFSET: u32(input.offset),
    IMAGE_STRIDE: u32(input.image),
    SECTION_STRIDE: u32(input.section),
    CHANNEL_STRIDE: u32(input.channel),
    Y_STRIDE: u32(input.y),
    X_STRIDE: u32(input.x),
    WEIGHT_OFFSET: u32(weight.offset),
    WEIGHT_SECTION: u32(weight.section),
    WEIGHT_ROW: u32(weight.row),
    WEIGHT_CHANNEL: u32(weight.channel),
    WEIGHT_Y: u32(weight.y),
    WEIGHT_X: u32(weight.x),
    PLANE: y.outSize * x.outSize,
    OUT_HEIGHT: y.outSize,
    OUT_WIDTH: x.outSize,
  });
  return { dispatches: [{ label: `${label} looped`, source, bindings: io.bindings, workgroups }] };
}
