/** Residual networks for images of 32 × 32, such as CIFAR's. */
import { checkOptions, OptionError } from '../core/errors.ts';
import { ReLU } from '../nn/activation.ts';
import { AdaptiveAvgPool2d } from '../nn/adaptive-pooling.ts';
import { checkIntegers } from '../nn/checks.ts';
import { Sequential } from '../nn/containers.ts';
import type { Conv2d } from '../nn/conv.ts';
import { Linear } from '../nn/linear.ts';
import { Module } from '../nn/module.ts';
import { BatchNorm2d } from '../nn/norm.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { conv3x3, initialiseConvolutions, ResBlock, type ResBlockOptions } from './res-block.ts';

/** Settings of {@link CifarResNet}. */
export interface CifarResNetOptions extends Pick<ResBlockOptions, 'preActivation' | 'shortcut'> {
  /** Default 10. */
  readonly numClasses?: number;
  /** Channels of images. Default 3. */
  readonly inChannels?: number;
  /** Channels of the first stage; the second has twice, the third four times as many. Default 16. */
  readonly width?: number;
}
const names = ['preActivation', 'shortcut', 'numClasses', 'inChannels', 'width'];

/**
 * A residual network of three stages: images (N, 3, H, W), usually 32 × 32, give scores (N, numClasses). `depth` counts the layers with
 * weights: 6·n + 2 for n blocks per stage (20, 32, 44, 56, 110). Source: He et al., arXiv 1512.03385, section 4.2; with `preActivation`
 * arXiv 1603.05027. Both have `shortcut: 'padding'`.
 *
 * @throws OptionError for a depth that is not 6·n + 2.
 * @example
 * const model = new models.CifarResNet(8, { preActivation: true, width: 4 });
 * model.forward(randn([2, 3, 16, 16])).shape; // [2, 10]
 */
export class CifarResNet extends Module {
  conv1: Conv2d;
  /** Null where the first block normalises. */
  bn1: BatchNorm2d | null;
  layer1: Sequential;
  layer2: Sequential;
  layer3: Sequential;
  /** Null where the last block has normalised. */
  bn2: BatchNorm2d | null;
  relu: ReLU;
  avgpool: AdaptiveAvgPool2d;
  fc: Linear;

  constructor(depth: number, options: CifarResNetOptions = {}) {
    super();
    checkOptions('CifarResNet', options, names);
    const { numClasses = 10, inChannels = 3, width = 16, preActivation = false, shortcut = 'projection' } = options;
    checkIntegers('CifarResNet', { numClasses, inChannels, width }, 1);
    const count = (depth - 2) / 6;
    if (!Number.isInteger(count) || count < 1)
      throw new OptionError(`CifarResNet: depth must be 6 n + 2, such as 20, 56 or 110, got ${depth}`);
    const stage = (from: number, to: number, stride: number): Sequential =>
      new Sequential(
        ...Array.from({ length: count }, (_, i) =>
          i === 0
            ? new ResBlock(from, to, { stride, preActivation, shortcut })
            : new ResBlock(to, to, { preActivation, shortcut }),
        ),
      );
    this.conv1 = conv3x3(inChannels, width);
    this.bn1 = preActivation ? null : new BatchNorm2d(width);
    this.layer1 = stage(width, width, 1);
    this.layer2 = stage(width, 2 * width, 2);
    this.layer3 = stage(2 * width, 4 * width, 2);
    this.bn2 = preActivation ? new BatchNorm2d(4 * width) : null;
    this.relu = new ReLU({ inplace: true });
    this.avgpool = new AdaptiveAvgPool2d([1, 1]);
    this.fc = new Linear(4 * width, numClasses);
    initialiseConvolutions(this);
  }

  override forward(images: Tensor): Tensor {
    const { bn1, bn2, relu } = this;
    let x = this.conv1.forward(images);
    if (bn1) x = relu.forward(bn1.forward(x));
    for (const stage of [this.layer1, this.layer2, this.layer3]) x = stage.forward(x);
    if (bn2) x = relu.forward(bn2.forward(x));
    return this.fc.forward(this.avgpool.forward(x).flatten(1));
  }
}

type Named = Omit<CifarResNetOptions, 'preActivation'>;
const named =
  (depth: number, preActivation: boolean) =>
  (options: Named = {}): CifarResNet =>
    new CifarResNet(depth, { ...options, preActivation });
/** ResNet-20 for CIFAR: 0.27 million parameters. */
export const resnet20 = named(20, false);
/** ResNet-56 for CIFAR: 0.86 million parameters. */
export const resnet56 = named(56, false);
/** ResNet-110 for CIFAR: 1.7 million parameters. */
export const resnet110 = named(110, false);
/** Pre-activation ResNet-20 for CIFAR. */
export const preactResnet20 = named(20, true);
/** Pre-activation ResNet-56 for CIFAR. */
export const preactResnet56 = named(56, true);
/** Pre-activation ResNet-110 for CIFAR. */
export const preactResnet110 = named(110, true);
