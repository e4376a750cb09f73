/** LeNet-5. */
import { checkOptions, OptionError, ShapeError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import { checkIntegers } from '../nn/checks.ts';
import { Conv2d } from '../nn/conv.ts';
import { Linear } from '../nn/linear.ts';
import { Module } from '../nn/module.ts';
import { maxPool2d } from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Settings of {@link LeNet}. */
export interface LeNetOptions {
  /** Channels of images. Default 1. */
  readonly inChannels?: number;
  /** Default 10. */
  readonly numClasses?: number;
  /** Height and width of images. Default 28. */
  readonly imageSize?: number;
  /** Zeros around an image. Default 2: images of 28 are seen as ones of 32, for which the network was made. */
  readonly padding?: number;
  /** Channels of the two convolutions. Default `[6, 16]`. */
  readonly channels?: readonly [number, number];
  /** Features of the two hidden linear layers. Default `[120, 84]`. */
  readonly hidden?: readonly [number, number];
}
const names = ['inChannels', 'numClasses', 'imageSize', 'padding', 'channels', 'hidden'];

/**
 * Two convolutions with pooling, then three linear layers: images (N, inChannels, imageSize, imageSize) give scores (N, numClasses).
 * With `{ imageSize: 32, padding: 0 }` it is the network of PyTorch's tutorial. Source: LeCun et al., "Gradient-based learning applied
 * to document recognition"; pytorch.org/tutorials/beginner/blitz/neural_networks_tutorial.
 *
 * @throws OptionError for images too small to pool twice; ShapeError for images of another size.
 * @example
 * new models.LeNet().forward(randn([2, 1, 28, 28])).shape; // [2, 10]
 */
export class LeNet extends Module {
  readonly imageSize: number;
  conv1: Conv2d;
  conv2: Conv2d;
  fc1: Linear;
  fc2: Linear;
  fc3: Linear;

  constructor(options: LeNetOptions = {}) {
    super();
    checkOptions('LeNet', options, names);
    const { inChannels = 1, numClasses = 10, imageSize = 28, padding = 2 } = options;
    const { channels = [6, 16], hidden = [120, 84] } = options;
    checkIntegers('LeNet', { inChannels, numClasses, imageSize }, 1);
    const size = Math.floor((Math.floor((imageSize + 2 * padding - 4) / 2) - 4) / 2);
    if (!(size > 0)) throw new OptionError(`LeNet: images of ${imageSize} with padding ${padding} are too small`);
    this.imageSize = imageSize;
    this.conv1 = new Conv2d(inChannels, channels[0], 5, { padding });
    this.conv2 = new Conv2d(channels[0], channels[1], 5);
    this.fc1 = new Linear(channels[1] * size * size, hidden[0]);
    this.fc2 = new Linear(hidden[0], hidden[1]);
    this.fc3 = new Linear(hidden[1], numClasses);
  }

  override forward(images: Tensor): Tensor {
    const { imageSize } = this;
    if (images.ndim !== 4 || images.shape[2] !== imageSize || images.shape[3] !== imageSize)
      throw new ShapeError(
        `LeNet: expected images of (N, C, ${imageSize}, ${imageSize}), but got ${formatShape(images.shape)}`,
      );
    let x = maxPool2d(this.conv1.forward(images).relu(), 2);
    x = maxPool2d(this.conv2.forward(x).relu(), 2).flatten(1);
    x = this.fc1.forward(x).relu();
    x = this.fc2.forward(x).relu();
    return this.fc3.forward(x);
  }
}
