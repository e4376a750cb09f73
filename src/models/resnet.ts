/** Residual networks for images of 224 × 224, with the state-dict keys of torchvision. */
import { checkOptions } from '../core/errors.ts';
import { ReLU } from '../nn/activation.ts';
import { AdaptiveAvgPool2d } from '../nn/adaptive-pooling.ts';
import { checkIntegers, checkSwitches } from '../nn/checks.ts';
import { Sequential } from '../nn/containers.ts';
import { Conv2d } from '../nn/conv.ts';
import { zeros_ } from '../nn/init.ts';
import { Linear } from '../nn/linear.ts';
import { Module } from '../nn/module.ts';
import { BatchNorm2d } from '../nn/norm.ts';
import { MaxPool2d } from '../nn/pooling.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { conv1x1, conv3x3, initialiseConvolutions, ResBlock, shortcutOf } from './res-block.ts';

/** Groups of a bottleneck's inner convolution, and the channels of one where the block has 64. */
interface Grouping {
  readonly groups: number;
  readonly widthPerGroup: number;
}
type Block = new (inChannels: number, channels: number, stride: number, grouping: Grouping) => BasicBlock | Bottleneck;

/** The block of resnet18 and resnet34. Source: torchvision.models.resnet.BasicBlock. */
export class BasicBlock extends ResBlock {
  /** Channels of the result per channel of the block. */
  static readonly expansion = 1;
  constructor(inChannels: number, channels: number, stride = 1) {
    super(inChannels, channels, { stride });
  }
  /** The norm before the addition. */
  get lastNorm(): BatchNorm2d {
    return this.bn2;
  }
}

/**
 * The block of deeper networks: a 3 × 3 convolution between two of 1 × 1, which have fewer and four times as many channels. Source:
 * torchvision.models.resnet.Bottleneck.
 */
export class Bottleneck extends Module {
  static readonly expansion = 4;
  conv1: Conv2d;
  bn1: BatchNorm2d;
  conv2: Conv2d;
  bn2: BatchNorm2d;
  conv3: Conv2d;
  bn3: BatchNorm2d;
  relu: ReLU;
  downsample: Sequential | null;

  constructor(
    inChannels: number,
    channels: number,
    stride = 1,
    { groups, widthPerGroup }: Grouping = { groups: 1, widthPerGroup: 64 },
  ) {
    super();
    const width = Math.floor(channels * (widthPerGroup / 64)) * groups;
    const outChannels = channels * Bottleneck.expansion;
    this.conv1 = conv1x1(inChannels, width);
    this.bn1 = new BatchNorm2d(width);
    this.conv2 = conv3x3(width, width, stride, groups);
    this.bn2 = new BatchNorm2d(width);
    this.conv3 = conv1x1(width, outChannels);
    this.bn3 = new BatchNorm2d(outChannels);
    this.relu = new ReLU({ inplace: true });
    this.downsample =
      stride === 1 && inChannels === outChannels
        ? null
        : new Sequential(conv1x1(inChannels, outChannels, stride), new BatchNorm2d(outChannels));
  }
  /** The norm before the addition. */
  get lastNorm(): BatchNorm2d {
    return this.bn3;
  }
  override forward(x: Tensor): Tensor {
    const { relu } = this;
    let y = relu.forward(this.bn1.forward(this.conv1.forward(x)));
    y = relu.forward(this.bn2.forward(this.conv2.forward(y)));
    y = this.bn3.forward(this.conv3.forward(y));
    return relu.forward(y.add(shortcutOf(this.downsample, x)));
  }
}

/** Settings of {@link ResNet}. */
export interface ResNetOptions {
  /** Default 1000. */
  readonly numClasses?: number;
  /** Channels of images. Default 3. */
  readonly inChannels?: number;
  /** Channels of the first stage's blocks; each of the next three has twice as many. Default 64. */
  readonly width?: number;
  /** Start each block as the identity. Default false. */
  readonly zeroInitResidual?: boolean;
  /** Groups of the bottlenecks' 3 × 3 convolutions. Default 1. */
  readonly groups?: number;
  /** Channels of a group, where the block has 64. Default 64. */
  readonly widthPerGroup?: number;
}
const names = ['numClasses', 'inChannels', 'width', 'zeroInitResidual', 'groups', 'widthPerGroup'];

/**
 * A residual network of four stages: images (N, 3, H, W), usually 224 × 224, give scores (N, numClasses). `layers` is the number of blocks
 * of each stage. Weights of torchvision's load as they are. Source: He et al., arXiv 1512.03385; torchvision.models.resnet.ResNet.
 *
 * @example
 * const model = new models.ResNet(models.BasicBlock, [1, 1, 1, 1], { width: 4, numClasses: 5 });
 * model.forward(randn([2, 3, 32, 32])).shape; // [2, 5]
 */
export class ResNet extends Module {
  conv1: Conv2d;
  bn1: BatchNorm2d;
  relu: ReLU;
  maxpool: MaxPool2d;
  layer1: Sequential;
  layer2: Sequential;
  layer3: Sequential;
  layer4: Sequential;
  avgpool: AdaptiveAvgPool2d;
  fc: Linear;

  constructor(
    block: Block & { readonly expansion: number },
    layers: readonly [number, number, number, number],
    options: ResNetOptions = {},
  ) {
    super();
    checkOptions('ResNet', options, names);
    const { numClasses = 1000, inChannels = 3, width = 64, zeroInitResidual = false } = options;
    const grouping = { groups: options.groups ?? 1, widthPerGroup: options.widthPerGroup ?? 64 };
    const [first, second, third, fourth] = layers;
    checkIntegers('ResNet', { numClasses, inChannels, width, first, second, third, fourth, ...grouping }, 1);
    checkSwitches('ResNet', { zeroInitResidual });
    let channels = width;
    const stage = (inner: number, count: number, stride: number): Sequential =>
      new Sequential(
        ...Array.from({ length: count }, (_, i) => {
          const made = new block(channels, inner, i === 0 ? stride : 1, grouping);
          channels = inner * block.expansion;
          return made;
        }),
      );
    this.conv1 = new Conv2d(inChannels, width, 7, { stride: 2, padding: 3, bias: false });
    this.bn1 = new BatchNorm2d(width);
    this.relu = new ReLU({ inplace: true });
    this.maxpool = new MaxPool2d(3, { stride: 2, padding: 1 });
    this.layer1 = stage(width, first, 1);
    this.layer2 = stage(2 * width, second, 2);
    this.layer3 = stage(4 * width, third, 2);
    this.layer4 = stage(8 * width, fourth, 2);
    this.avgpool = new AdaptiveAvgPool2d([1, 1]);
    this.fc = new Linear(channels, numClasses);
    initialiseConvolutions(this);
    if (!zeroInitResidual) return;
    for (const m of this.modules()) if (m instanceof BasicBlock || m instanceof Bottleneck) zeros_(m.lastNorm.weight!);
  }

  override forward(images: Tensor): Tensor {
    let x = this.relu.forward(this.bn1.forward(this.conv1.forward(images)));
    x = this.maxpool.forward(x) as Tensor;
    for (const stage of [this.layer1, this.layer2, this.layer3, this.layer4]) x = stage.forward(x);
    return this.fc.forward(this.avgpool.forward(x).flatten(1));
  }
}

/** resnet18: 11.7 million parameters. Source: torchvision.models.resnet18. */
export const resnet18 = (options: ResNetOptions = {}): ResNet => new ResNet(BasicBlock, [2, 2, 2, 2], options);
/** resnet34: 21.8 million parameters. Source: torchvision.models.resnet34. */
export const resnet34 = (options: ResNetOptions = {}): ResNet => new ResNet(BasicBlock, [3, 4, 6, 3], options);
/** resnet50: 25.6 million parameters. Source: torchvision.models.resnet50. */
export const resnet50 = (options: ResNetOptions = {}): ResNet => new ResNet(Bottleneck, [3, 4, 6, 3], options);
/** resnet101: 44.5 million parameters. Source: torchvision.models.resnet101. */
export const resnet101 = (options: ResNetOptions = {}): ResNet => new ResNet(Bottleneck, [3, 4, 23, 3], options);
