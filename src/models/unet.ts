/** U-Net: a label for every pixel. */
import { checkOptions, ShapeError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import { ReLU } from '../nn/activation.ts';
import { checkInput, checkIntegers } from '../nn/checks.ts';
import { ModuleList, Sequential } from '../nn/containers.ts';
import { Conv2d } from '../nn/conv.ts';
import { ConvTranspose2d } from '../nn/conv-transpose.ts';
import { Module } from '../nn/module.ts';
import { BatchNorm2d } from '../nn/norm.ts';
import { MaxPool2d } from '../nn/pooling.ts';
import { cat } from '../tensor/functions/core.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { conv3x3 } from './res-block.ts';

/** Two convolutions, each normalised and rectified. */
class DoubleConv extends Sequential {
  constructor(inChannels: number, outChannels: number) {
    super(
      ...[inChannels, outChannels].flatMap((from) => [
        conv3x3(from, outChannels),
        new BatchNorm2d(outChannels),
        new ReLU({ inplace: true }),
      ]),
    );
  }
}

/** Doubles the size, and looks at what the way down saw at that size. */
class Up extends Module {
  up: ConvTranspose2d;
  conv: DoubleConv;

  constructor(inChannels: number, outChannels: number) {
    super();
    this.up = new ConvTranspose2d(inChannels, outChannels, 2, { stride: 2 });
    this.conv = new DoubleConv(2 * outChannels, outChannels);
  }
  override forward(x: Tensor, seen: Tensor): Tensor {
    return this.conv.forward(cat([seen, this.up.forward(x)], 1));
  }
}

/** Settings of {@link UNet}. */
export interface UNetOptions {
  /** Channels at full size; each halving of the size doubles them. Default 64. */
  readonly width?: number;
  /** How often the size is halved. Default 4. */
  readonly depth?: number;
}

/**
 * Scores each pixel: images (N, inChannels, H, W), sides divisible by 2^depth, give (N, numClasses, H, W). Convolutions are padded, so
 * that the result is as large as the image. Source: Ronneberger et al., arXiv 1505.04597.
 *
 * @throws ShapeError for sides that cannot be halved as often.
 * @example
 * const model = new models.UNet(1, 3, { width: 4, depth: 2 });
 * model.forward(randn([2, 1, 16, 16])).shape; // [2, 3, 16, 16]
 */
export class UNet extends Module {
  pool: MaxPool2d;
  down: ModuleList<DoubleConv>;
  up: ModuleList<Up>;
  head: Conv2d;

  constructor(inChannels: number, numClasses: number, options: UNetOptions = {}) {
    super();
    checkOptions('UNet', options, ['width', 'depth']);
    const { width = 64, depth = 4 } = options;
    checkIntegers('UNet', { inChannels, numClasses, width, depth }, 1);
    const widths = Array.from({ length: depth + 1 }, (_, i) => width * 2 ** i);
    this.pool = new MaxPool2d(2);
    this.down = new ModuleList(widths.map((w, i) => new DoubleConv(i === 0 ? inChannels : w / 2, w)));
    this.up = new ModuleList(
      widths
        .slice(0, -1)
        .reverse()
        .map((w) => new Up(2 * w, w)),
    );
    this.head = new Conv2d(width, numClasses, 1);
  }

  override forward(images: Tensor): Tensor {
    checkInput('UNet', images);
    const factor = 2 ** this.up.length;
    if (images.ndim !== 4 || images.shape[2]! % factor !== 0 || images.shape[3]! % factor !== 0)
      throw new ShapeError(
        `UNet: expected images of (N, C, H, W) with sides divisible by ${factor}, but got ${formatShape(images.shape)}`,
      );
    const seen: Tensor[] = [];
    let x = images;
    for (const [i, block] of [...this.down].entries()) {
      x = block.forward(i === 0 ? x : (this.pool.forward(x) as Tensor));
      seen.push(x);
    }
    seen.pop();
    for (const block of this.up) x = block.forward(x, seen.pop()!);
    return this.head.forward(x);
  }
}
