/** The residual block, in both orders of its layers. */
import { checkOptions, OptionError } from '../core/errors.ts';
import { ReLU } from '../nn/activation.ts';
import { checkIntegers, checkSwitches } from '../nn/checks.ts';
import { Sequential } from '../nn/containers.ts';
import { Conv2d } from '../nn/conv.ts';
import { kaimingNormal_ } from '../nn/init.ts';
import { Module } from '../nn/module.ts';
import { BatchNorm2d } from '../nn/norm.ts';
import { pad } from '../tensor/functional/padding.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A 3 × 3 convolution that keeps the size of images, without a bias: a batch norm comes next, which has one. */
export const conv3x3 = (inChannels: number, outChannels: number, stride = 1, groups = 1): Conv2d =>
  new Conv2d(inChannels, outChannels, 3, { stride, padding: 1, groups, bias: false });
/** Mixes channels, pixel by pixel. */
export const conv1x1 = (inChannels: number, outChannels: number, stride = 1): Conv2d =>
  new Conv2d(inChannels, outChannels, 1, { stride, bias: false });

/** Draws the weights of all convolutions so that rectified signals keep their variance on the way back. */
export function initialiseConvolutions(model: Module): void {
  for (const m of model.modules())
    if (m instanceof Conv2d) kaimingNormal_(m.weight, { mode: 'fanOut', nonlinearity: 'relu' });
}

/** Every `stride`-th pixel, and channels of zeros around those there are: a shortcut without parameters. */
class PaddedShortcut extends Module {
  readonly stride: number;
  readonly channels: readonly [before: number, after: number];

  constructor(inChannels: number, outChannels: number, stride: number) {
    super();
    const missing = outChannels - inChannels;
    this.stride = stride;
    this.channels = [Math.floor(missing / 2), Math.ceil(missing / 2)];
  }
  override forward(x: Tensor): Tensor {
    const step = [null, null, this.stride] as const;
    return pad(x.at(':', ':', step, step), [0, 0, 0, 0, ...this.channels]);
  }
}

/** Settings of {@link ResBlock}. */
export interface ResBlockOptions {
  /** Of the first convolution: 2 halves images. Default 1. */
  readonly stride?: number;
  /** Normalise and rectify before each convolution instead of after it. Default false. */
  readonly preActivation?: boolean;
  /**
   * How the input gets the shape of the result, where they differ: by a 1 × 1 convolution (`'projection'`, the default), or by leaving out
   * pixels and adding channels of zeros (`'padding'`).
   */
  readonly shortcut?: 'projection' | 'padding';
}

/**
 * Two 3 × 3 convolutions, whose result is added to their input: (N, inChannels, H, W) gives (N, outChannels, H/stride, W/stride).
 * Source: He et al., arXiv 1512.03385; with `preActivation` arXiv 1603.05027.
 *
 * @throws OptionError for an unknown shortcut, or one by padding to fewer channels.
 * @example
 * const block = new models.ResBlock(16, 32, { stride: 2, preActivation: true });
 * block.forward(randn([2, 16, 8, 8])).shape; // [2, 32, 4, 4]
 */
export class ResBlock extends Module {
  readonly preActivation: boolean;
  conv1: Conv2d;
  bn1: BatchNorm2d;
  relu: ReLU;
  conv2: Conv2d;
  bn2: BatchNorm2d;
  downsample: Module | null;

  constructor(inChannels: number, outChannels: number, options: ResBlockOptions = {}) {
    super();
    const here = this.constructor.name;
    checkOptions(here, options, ['stride', 'preActivation', 'shortcut']);
    const { stride = 1, preActivation = false, shortcut = 'projection' } = options;
    checkIntegers(here, { inChannels, outChannels, stride }, 1);
    checkSwitches(here, { preActivation });
    if (shortcut !== 'projection' && shortcut !== 'padding')
      throw new OptionError(`${here}: shortcut must be 'projection' or 'padding', got '${shortcut}'`);
    if (shortcut === 'padding' && outChannels < inChannels)
      throw new OptionError(`${here}: zeros cannot make ${outChannels} channels of ${inChannels}`);
    this.preActivation = preActivation;
    this.conv1 = conv3x3(inChannels, outChannels, stride);
    this.bn1 = new BatchNorm2d(preActivation ? inChannels : outChannels);
    this.relu = new ReLU({ inplace: true });
    this.conv2 = conv3x3(outChannels, outChannels);
    this.bn2 = new BatchNorm2d(outChannels);
    this.downsample = null;
    if (stride === 1 && inChannels === outChannels) return;
    if (shortcut === 'padding') this.downsample = new PaddedShortcut(inChannels, outChannels, stride);
    else {
      const projection = conv1x1(inChannels, outChannels, stride);
      this.downsample = preActivation ? projection : new Sequential(projection, new BatchNorm2d(outChannels));
    }
  }

  override forward(x: Tensor): Tensor {
    const { conv1, bn1, relu, conv2, bn2, downsample } = this;
    if (this.preActivation) {
      const active = relu.forward(bn1.forward(x));
      const y = conv2.forward(relu.forward(bn2.forward(conv1.forward(active))));
      // Only a projection wants normalised input.
      const from = downsample instanceof Conv2d ? active : x;
      return y.add(shortcutOf(downsample, from));
    }
    const y = bn2.forward(conv2.forward(relu.forward(bn1.forward(conv1.forward(x)))));
    return relu.forward(y.add(shortcutOf(downsample, x)));
  }
}

/** What is added to a block's result. */
export const shortcutOf = (downsample: Module | null, x: Tensor): Tensor =>
  downsample ? (downsample as Sequential).forward(x) : x;
