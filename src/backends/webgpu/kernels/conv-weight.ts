/** The gradient of a convolution's weight without workgroup memory: for software adapters and few channels. */
import type { Layout } from '../../../core/shape.ts';
import type { Conv2dAttrs } from '../../../ops/conv.ts';
import type { OpKernel } from '../../backend.ts';
import { kernelIO } from '../io.ts';
import { cheapest, sumParts, unrolled, withPartial } from './contraction.ts';
import { compiling } from './conv-direct.ts';
import { imageStrides, repeatList, span } from './conv-geometry.ts';
import { u32 } from './domains.ts';
import type { BuiltKernel, Capabilities } from './types.ts';

export interface WeightGradient {
  readonly x: Layout;
  readonly gradient: Layout;
  readonly shape: readonly [outputs: number, channels: number, kernelY: number, kernelX: number];
  readonly attrs: Conv2dAttrs;
}

/** Sums per thread, and positions of the result per round. */
interface Block {
  readonly tm: number;
  readonly tc: number;
  readonly tapsY: number;
  readonly tapsX: number;
  readonly tx: number;
}

const counts = [16, 8, 4, 2, 1];

function pickBlock({ gradient, shape, attrs }: WeightGradient, software: boolean): Block {
  const [outputs, channels, kernelY, kernelX] = shape;
  const rows = outputs / attrs.groups;
  const width = gradient.shape[3]!;
  const axis = { step: attrs.stride[1], dilation: attrs.dilation[1] };
  const tapsX = Math.min(kernelX, 8);
  const candidates: Block[] = [];
  for (const tm of counts) {
    for (const tc of counts) {
      for (const tapsY of new Set([1, Math.min(kernelY, 8)])) {
        const sums = tm * tc * tapsY * tapsX;
        if (sums > Math.max(software ? 144 : 48, tapsX) || tm >= 2 * rows || tc >= 2 * channels) continue;
        for (let tx = 1; tx <= Math.min(14, width); tx++) {
          if (tx === 1 || sums * tx <= 800) candidates.push({ tm, tc, tapsY, tapsX, tx });
        }
      }
    }
  }
  // As for the other direct kernels: a load is some fifty instructions on a software adapter, a product four.
  const load = software ? 50 : 10;
  return cheapest(candidates, ({ tm, tc, tapsY, tx }) => {
    const sums = tm * tc * tapsY * tapsX;
    const round = (positions: number): number =>
      positions === 0
        ? 0
        : load * (tm * positions + tc * tapsY * span(positions, tapsX, axis).length) + (4 * positions + 7) * sums;
    const perLine = Math.floor(width / tx) * round(tx) + round(width % tx);
    const blocks =
      Math.ceil(rows / tm) * Math.ceil(channels / tc) * Math.ceil(kernelY / tapsY) * Math.ceil(kernelX / tapsX);
    const written =
      sums * (tx + (width % tx)) + tc * tapsY * (span(tx, tapsX, axis).length + span(width % tx, tapsX, axis).length);
    return (
      perLine * blocks * gradient.shape[0]! * gradient.shape[2]! * attrs.groups + (software ? compiling * written : 0)
    );
  });
}

export function directWeightGradient(
  kernel: OpKernel,
  weight: WeightGradient,
  label: string,
  capabilities: Capabilities,
): BuiltKernel {
  const { x, gradient, shape, attrs } = weight;
  const { stride, padding, dilation, groups } = attrs;
  const [outputs, channels, kernelY, kernelX] = shape;
  const [images, , positionsY, positionsX] = gradient.shape as readonly [number, number, number, number];
  const [height, width] = x.shape.slice(2) as [number, number];
  const rows = outputs / groups;
  const { tm, tc, tapsY, tapsX, tx } = pickBlock(weight, capabilities.software);
  const rowBlocks = Math.ceil(rows / tm);
  const channelBlocks = Math.ceil(channels / tc);
  const tapBlocksY = Math.ceil(kernelY / tapsY);
  const tapBlocksX = Math.ceil(kernelX / tapsX);
  const blocks = rowBlocks * groups * channelBlocks * tapBlocksY * tapBlocksX;

  const size = outputs * channels * kernelY * kernelX;
  const lines = images * positionsY;
  const threads = capabilities.software ? 4 : 64;
  const wanted = Math.max(threads, Math.ceil((capabilities.software ? 128 : 16384) / blocks));
  const memory = Math.min(64 * 1024 * 1024, capabilities.maxStorageBufferBindingSize);
  const share = Math.max(1, Math.ceil(lines / Math.max(1, Math.min(wanted, Math.floor(memory / (4 * size))))));
  const parts = Math.max(1, Math.ceil(lines / share));
  const partial = parts > 1;

  const io = kernelIO(kernel, partial ? { outputs: [] } : {});
  const input = imageStrides(x, channels);
  const dy = imageStrides(gradient, rows);
  const whole = positionsX - (positionsX % tx);
  const padded = (i: 0 | 1, positions: number, taps: number, extent: number): boolean =>
    padding[i] > 0 || (positions - 1) * stride[i] + (taps - 1) * dilation[i] >= extent;
  const step = (positions: number): string =>
    unrolled('conv/weight-step.wgsl', {
      TM: tm,
      TC: tc,
      TX: positions,
      TAPS_Y: tapsY,
      TAPS_X: tapsX,
      SPAN: repeatList(span(positions, tapsX, { step: stride[1], dilation: dilation[1] })),
      STEP_X: stride[1],
      DILATION_X: dilation[1],
      X_STRIDE: u32(input.x),
      GRADIENT_X: u32(dy.x),
      PADDED: padded(0, positionsY, kernelY, height) || padded(1, positionsX, kernelX, width),
    });
  const source = unrolled('conv/weight.wgsl', {
    HEADER: io.header,
    PARTIAL: partial,
    PARTIAL_BINDING: io.bindings.length,
    PARTS: parts,
    SIZE: size,
    TM: tm,
    TC: tc,
    TX: tx,
    TAPS_Y: tapsY,
    TAPS_X: tapsX,
    KERNEL_Y: kernelY,
    KERNEL_X: kernelX,
    CHANNELS: channels,
    ROWS: rows,
    ROW_BLOCKS: rowBlocks,
    TAP_BLOCKS_Y: tapBlocksY,
    TAP_BLOCKS_X: tapBlocksX,
    HEIGHT: height,
    WIDTH: width,
    LINES: lines,
    SHARE: share,
    U: Math.max(positionsY, 1),
    THREADS: threads,
    STEP_Y: stride[0],
    STEP_X: stride[1],
    START_Y: u32(-padding[0]),
    START_X: u32(-padding[1]),
    DILATION_Y: dilation[0],
    DILATION_X: dilation[1],
    INPUT_OFFSET: u32(input.offset),
    IMAGE_STRIDE: u32(input.image),
    CHANNEL_STRIDE: u32(input.channel),
    Y_STRIDE: u32(input.y),
    GRADIENT_OFFSET: u32(dy.offset),
    GRADIENT_IMAGE: u32(dy.image),
    GRADIENT_CHANNEL: u32(dy.channel),
    GRADIENT_Y: u32(dy.y),
    WHOLE: whole,
    REST: positionsX % tx > 0,
    STEP: step(tx),
    LAST_STEP: step(positionsX % tx),
  });
  const main = {
    label: `${label} direct ${tm}x${tc}x${tapsY}x${tapsX}${partial ? ` in ${parts} parts` : ''}`,
    source,
    bindings: partial ? withPartial(io.bindings, 'read_write') : io.bindings,
    workgroups: [Math.ceil(parts / threads), rowBlocks * groups, channelBlocks * tapBlocksY * tapBlocksX] as const,
  };
  if (!partial) return { dispatches: [main] };
  return { dispatches: [main, sumParts(kernel, parts, size, label, capabilities)], scratch: [parts * size * 4] };
}
