/** The U-Net that predicts the noise in an image. */
import { checkNumbers, checkOptions, OptionError, ShapeError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import { SiLU } from '../nn/activation.ts';
import { checkInput, checkIntegers } from '../nn/checks.ts';
import { ModuleList, Sequential } from '../nn/containers.ts';
import { Conv2d } from '../nn/conv.ts';
import { Dropout } from '../nn/dropout.ts';
import { GroupNorm } from '../nn/group-norm.ts';
import { zeros_ } from '../nn/init.ts';
import { Linear } from '../nn/linear.ts';
import { Module } from '../nn/module.ts';
import { arange } from '../tensor/create.ts';
import { scaledDotProductAttention } from '../tensor/functional/attention.ts';
import { silu } from '../tensor/functional/index.ts';
import { interpolate } from '../tensor/functional/interpolate.ts';
import { cat } from '../tensor/functions/core.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Settings of {@link DiffusionUNet}. */
export interface DiffusionUNetOptions {
  /** Channels of images. Default 3. */
  readonly inChannels?: number;
  /** Channels at full size: even. Default 64. */
  readonly modelChannels?: number;
  /** Channels at each size, in multiples of that; from one to the next, images are halved. Default `[1, 2, 4]`. */
  readonly channelMult?: readonly number[];
  /** Residual blocks at each size, on the way down and on the way up. Default 2. */
  readonly numResBlocks?: number;
  /** How often images have been halved where pixels attend to each other. Default: at the smallest size only. */
  readonly attentionLevels?: readonly number[];
  /** Default 4. */
  readonly numHeads?: number;
  /** Groups of channels that are normalised together. Default 8. */
  readonly numGroups?: number;
  /** Default 0. */
  readonly dropout?: number;
}
const names = [
  'inChannels',
  'modelChannels',
  'channelMult',
  'numResBlocks',
  'attentionLevels',
  'numHeads',
  'numGroups',
  'dropout',
];

/**
 * Times (N) as (N, dim): cosines and sines of frequencies from 1 down to 1/maxPeriod. Source: Vaswani et al., arXiv 1706.03762,
 * section 3.5.
 *
 * @throws OptionError for an odd dim.
 * @example
 * models.timestepEmbedding(tensor([0, 10, 999]), 8).shape; // [3, 8]
 */
export function timestepEmbedding(timesteps: Tensor, dim: number, maxPeriod = 10_000): Tensor {
  checkIntegers('timestepEmbedding', { dim }, 2);
  if (dim % 2 !== 0) throw new OptionError(`timestepEmbedding: dim must be even, got ${dim}`);
  const frequencies = arange(dim / 2, { dtype: 'float32', device: timesteps.device })
    .mul(-Math.log(maxPeriod) / (dim / 2))
    .exp();
  const angles = timesteps.float().unsqueeze(1).mul(frequencies);
  return cat([angles.cos(), angles.sin()], 1);
}

/** What the blocks of one model have in common. */
interface Common {
  /** Features of the embedded time. */
  readonly timeFeatures: number;
  readonly numGroups: number;
  readonly numHeads: number;
  readonly dropout: number;
}

/** Two convolutions around the place where the time comes in. */
class TimeResBlock extends Module {
  norm1: GroupNorm;
  conv1: Conv2d;
  time: Linear;
  norm2: GroupNorm;
  dropout: Dropout;
  conv2: Conv2d;
  shortcut: Conv2d | null;

  constructor(inChannels: number, outChannels: number, { timeFeatures, numGroups, dropout }: Common) {
    super();
    this.norm1 = new GroupNorm(numGroups, inChannels);
    this.conv1 = new Conv2d(inChannels, outChannels, 3, { padding: 1 });
    this.time = new Linear(timeFeatures, outChannels);
    this.norm2 = new GroupNorm(numGroups, outChannels);
    this.dropout = new Dropout(dropout);
    this.conv2 = clear(new Conv2d(outChannels, outChannels, 3, { padding: 1 }));
    this.shortcut = inChannels === outChannels ? null : new Conv2d(inChannels, outChannels, 1);
  }
  override forward(x: Tensor, time: Tensor): Tensor {
    const y = this.conv1.forward(silu(this.norm1.forward(x)));
    const moved = y.add(this.time.forward(silu(time)).unsqueeze(-1).unsqueeze(-1));
    const z = this.conv2.forward(this.dropout.forward(silu(this.norm2.forward(moved))));
    return z.add(this.shortcut ? this.shortcut.forward(x) : x);
  }
}

/** Every pixel attends to every other. */
class PixelAttention extends Module {
  readonly numHeads: number;
  norm: GroupNorm;
  qkv: Conv2d;
  proj: Conv2d;

  constructor(channels: number, { numHeads, numGroups }: Common) {
    super();
    this.numHeads = numHeads;
    this.norm = new GroupNorm(numGroups, channels);
    this.qkv = new Conv2d(channels, 3 * channels, 1);
    this.proj = clear(new Conv2d(channels, channels, 1));
  }
  override forward(x: Tensor): Tensor {
    const [n, channels, height, width] = x.shape as [number, number, number, number];
    const heads = this.qkv
      .forward(this.norm.forward(x))
      .reshape([n, 3, this.numHeads, channels / this.numHeads, height * width])
      .transpose(-1, -2);
    const attended = scaledDotProductAttention(heads.at(':', 0), heads.at(':', 1), heads.at(':', 2));
    return x.add(this.proj.forward(attended.transpose(-1, -2).reshape(x.shape)));
  }
}

/** A block, and attention where the size has it. */
class Stage extends Module {
  block: TimeResBlock;
  attention: PixelAttention | null;

  constructor(inChannels: number, outChannels: number, attends: boolean, common: Common) {
    super();
    this.block = new TimeResBlock(inChannels, outChannels, common);
    this.attention = attends ? new PixelAttention(outChannels, common) : null;
  }
  override forward(x: Tensor, time: Tensor): Tensor {
    const y = this.block.forward(x, time);
    return this.attention ? this.attention.forward(y) : y;
  }
}

/** A layer that adds nothing at first. */
function clear(layer: Conv2d): Conv2d {
  zeros_(layer.weight);
  zeros_(layer.bias!);
  return layer;
}

/**
 * Predicts the noise in images: (N, inChannels, H, W) at times (N) give (N, inChannels, H, W). Sides are divisible by 2 as often as they
 * are halved. {@link DDPM} trains it, and draws images with it. Source: Ho et al., arXiv 2006.11239, appendix B.
 *
 * @throws OptionError for channels that groups or heads do not divide; ShapeError for sides that cannot be halved as often.
 * @example
 * const model = new models.DiffusionUNet({ inChannels: 1, modelChannels: 8, channelMult: [1, 2], numResBlocks: 1, numGroups: 4 });
 * model.forward(randn([2, 1, 8, 8]), tensor([3, 7])).shape; // [2, 1, 8, 8]
 */
export class DiffusionUNet extends Module {
  readonly modelChannels: number;
  time: Sequential;
  stem: Conv2d;
  down: ModuleList<ModuleList<Stage>>;
  downsample: ModuleList<Conv2d>;
  middle: ModuleList<Stage>;
  up: ModuleList<ModuleList<Stage>>;
  upsample: ModuleList<Conv2d>;
  norm: GroupNorm;
  head: Conv2d;

  constructor(options: DiffusionUNetOptions = {}) {
    super();
    const here = 'DiffusionUNet';
    checkOptions(here, options, names);
    const { inChannels = 3, modelChannels = 64, channelMult = [1, 2, 4], numResBlocks = 2 } = options;
    const { attentionLevels = [channelMult.length - 1], numHeads = 4, numGroups = 8, dropout = 0 } = options;
    checkIntegers(here, { inChannels, modelChannels, numResBlocks, numHeads, numGroups }, 1);
    checkNumbers(here, { dropout });
    const common: Common = { timeFeatures: 4 * modelChannels, numGroups, numHeads, dropout };
    const widths = channelMult.map((m) => m * modelChannels);
    const levels = widths.length;
    const last = widths.at(-1)!;
    for (const level of [...attentionLevels, levels - 1])
      if (!widths[level] || widths[level] % numHeads !== 0)
        throw new OptionError(
          `${here}: ${numHeads} heads do not divide the ${widths[level]} channels of level ${level}`,
        );
    const attends = (level: number): boolean => attentionLevels.includes(level);
    const times = <T>(make: (i: number) => T): T[] => Array.from({ length: numResBlocks }, (_, i) => make(i));
    const halve = (width: number): Conv2d => new Conv2d(width, width, 3, { stride: 2, padding: 1 });
    const smooth = (width: number): Conv2d => new Conv2d(width, width, 3, { padding: 1 });

    this.modelChannels = modelChannels;
    this.time = new Sequential(
      new Linear(modelChannels, 4 * modelChannels),
      new SiLU(),
      new Linear(4 * modelChannels, 4 * modelChannels),
    );
    this.stem = new Conv2d(inChannels, modelChannels, 3, { padding: 1 });
    this.down = new ModuleList(
      widths.map((width, level) => {
        const before = widths[level - 1] ?? modelChannels;
        return new ModuleList(times((i) => new Stage(i === 0 ? before : width, width, attends(level), common)));
      }),
    );
    this.downsample = new ModuleList(widths.slice(0, -1).map(halve));
    this.middle = new ModuleList([new Stage(last, last, true, common), new Stage(last, last, false, common)]);
    const upwards = widths.map((width, level) => ({ width, level, below: widths[level + 1] ?? width })).reverse();
    this.up = new ModuleList(
      upwards.map(
        ({ width, level, below }) =>
          // Each block also sees what the block at its height saw on the way down.
          new ModuleList(times((i) => new Stage((i === 0 ? below : width) + width, width, attends(level), common))),
      ),
    );
    this.upsample = new ModuleList(widths.slice(1).reverse().map(smooth));
    this.norm = new GroupNorm(numGroups, widths[0]!);
    this.head = clear(new Conv2d(widths[0]!, inChannels, 3, { padding: 1 }));
  }

  override forward(x: Tensor, timesteps: Tensor): Tensor {
    checkInput('DiffusionUNet', x);
    checkInput('DiffusionUNet', timesteps, 'timesteps');
    const factor = 2 ** this.downsample.length;
    if (x.ndim !== 4 || x.shape[2]! % factor !== 0 || x.shape[3]! % factor !== 0)
      throw new ShapeError(
        `DiffusionUNet: expected images of (N, C, H, W) with sides divisible by ${factor}, but got ${formatShape(x.shape)}`,
      );
    const time = this.time.forward(timestepEmbedding(timesteps, this.modelChannels));
    const seen: Tensor[] = [];
    let y = this.stem.forward(x);
    for (const [level, stages] of [...this.down].entries()) {
      for (const stage of stages) {
        y = stage.forward(y, time);
        seen.push(y);
      }
      if (level < this.downsample.length) y = this.downsample.at(level).forward(y);
    }
    for (const stage of this.middle) y = stage.forward(y, time);
    for (const [height, stages] of [...this.up].entries()) {
      if (height > 0) y = this.upsample.at(height - 1).forward(interpolate(y, { scaleFactor: 2 }));
      for (const stage of stages) y = stage.forward(cat([y, seen.pop()!], 1), time);
    }
    return this.head.forward(silu(this.norm.forward(y)));
  }
}
