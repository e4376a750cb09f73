/** Layers that move channels: into space, out of it, and among groups. */
import { channelShuffle, pixelShuffle, pixelUnshuffle } from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput, checkIntegers } from './checks.ts';
import { Module } from './module.ts';

/**
 * Moves channels into space: `(…, C·r², H, W)` gives `(…, C, H·r, W·r)`, r = upscaleFactor. Source: torch.nn.PixelShuffle, arXiv
 * 1609.05158.
 *
 * @throws ShapeError when r² does not divide the channels.
 * @example
 * new nn.PixelShuffle(3).forward(randn([1, 9, 4, 4])).shape; // [1, 1, 12, 12]
 */
export class PixelShuffle extends Module {
  readonly upscaleFactor: number;

  constructor(upscaleFactor: number) {
    super();
    checkIntegers('PixelShuffle', { upscaleFactor }, 1);
    this.upscaleFactor = upscaleFactor;
  }
  override forward(input: Tensor): Tensor {
    checkInput('PixelShuffle', input);
    return pixelShuffle(input, this.upscaleFactor);
  }
  override extraRepr(): string {
    return `upscale_factor=${this.upscaleFactor}`;
  }
}

/**
 * Moves space into channels: `(…, C, H·r, W·r)` gives `(…, C·r², H, W)`, r = downscaleFactor. Undoes {@link PixelShuffle}. Source:
 * torch.nn.PixelUnshuffle.
 *
 * @throws ShapeError when r does not divide height and width.
 * @example
 * new nn.PixelUnshuffle(3).forward(randn([1, 1, 12, 12])).shape; // [1, 9, 4, 4]
 */
export class PixelUnshuffle extends Module {
  readonly downscaleFactor: number;

  constructor(downscaleFactor: number) {
    super();
    checkIntegers('PixelUnshuffle', { downscaleFactor }, 1);
    this.downscaleFactor = downscaleFactor;
  }
  override forward(input: Tensor): Tensor {
    checkInput('PixelUnshuffle', input);
    return pixelUnshuffle(input, this.downscaleFactor);
  }
  override extraRepr(): string {
    return `downscale_factor=${this.downscaleFactor}`;
  }
}

/**
 * Interleaves the channels of all groups: `(N, C, …)` gives `(N, C, …)`. Source: torch.nn.ChannelShuffle, arXiv 1707.01083.
 *
 * @throws ShapeError when groups do not divide the channels.
 * @example
 * await new nn.ChannelShuffle(2).forward(arange(4).reshape(1, 4, 1)).flatten().tolist(); // [0, 2, 1, 3]
 */
export class ChannelShuffle extends Module {
  readonly groups: number;

  constructor(groups: number) {
    super();
    checkIntegers('ChannelShuffle', { groups }, 1);
    this.groups = groups;
  }
  override forward(input: Tensor): Tensor {
    checkInput('ChannelShuffle', input);
    return channelShuffle(input, this.groups);
  }
  override extraRepr(): string {
    return `groups=${this.groups}`;
  }
}
