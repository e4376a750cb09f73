/** Convolutions along one, two or three dims. */
import { OptionError } from '../core/errors.ts';
import type { ConvOptions, ConvPaddingMode, Sizes } from '../tensor/functional/index.ts';
import * as functional from '../tensor/functional/index.ts';
import { late } from '../tensor/late.ts';
import type { Tensor } from '../tensor/tensor.ts';
import {
  checkInput,
  checkIntegers,
  checkSwitches,
  type FactoryOptions,
  factoryNames,
  integers,
  makeParameter,
  optionsOf,
} from './checks.ts';
import { initialise } from './linear.ts';
import { Module } from './module.ts';
import type { Parameter } from './parameter.ts';
import { pythonTuple } from './repr.ts';

/** Settings of {@link Conv1d}, {@link Conv2d} and {@link Conv3d}. */
export interface ConvLayerOptions extends FactoryOptions {
  /** Default 1. */
  readonly stride?: Sizes;
  /** What is put around the input, at each side. `'same'` keeps its size (stride 1 only), `'valid'` is 0. Default 0. */
  readonly padding?: Sizes | 'same' | 'valid';
  /** From one element of the kernel to the next. Default 1. */
  readonly dilation?: Sizes;
  /** Channels fall into this many groups that do not mix. Default 1. */
  readonly groups?: number;
  /** Learn a number per channel, added to the result. Default true. */
  readonly bias?: boolean;
  /** What the padding consists of: zeros (default), the mirror image, the edge, or the other end of the input. */
  readonly paddingMode?: ConvPaddingMode;
}

/** What convolutions are in any number of dims; transposed ones too. */
export abstract class ConvNd extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[] | 'same' | 'valid';
  readonly dilation: readonly number[];
  readonly groups: number;
  readonly paddingMode: ConvPaddingMode;
  weight: Parameter;
  bias: Parameter | null;

  /** @param more the options of a kind of convolution, beside these. */
  constructor(
    dims: number,
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    given: readonly [options?: ConvLayerOptions],
    more: readonly string[] = [],
  ) {
    super();
    const layer = this.constructor.name;
    const names = ['stride', 'padding', 'dilation', 'groups', 'bias', 'paddingMode', ...more, ...factoryNames];
    const options = optionsOf<ConvLayerOptions>(layer, names, given);
    const { stride = 1, padding = 0, dilation = 1, groups = 1, bias = true, paddingMode = 'zeros' } = options;
    checkIntegers(layer, { inChannels, outChannels });
    checkSwitches(layer, { bias });
    if (!(Number.isInteger(groups) && groups > 0))
      throw new OptionError(`groups must be a positive integer\n  in ${layer}: got ${groups}`);
    for (const [name, channels] of Object.entries({ in: inChannels, out: outChannels })) {
      if (channels % groups !== 0)
        throw new OptionError(`${name}_channels must be divisible by groups\n  in ${layer}: ${channels} by ${groups}`);
    }
    if (paddingMode !== 'zeros') late.checkPaddingMode(layer, paddingMode);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = integers(layer, 'kernelSize', kernelSize, 1, dims);
    this.stride = integers(layer, 'stride', stride, 1, dims);
    this.padding =
      typeof padding === 'string'
        ? checkPadding(layer, padding, this.stride)
        : integers(layer, 'padding', padding, 0, dims);
    this.dilation = integers(layer, 'dilation', dilation, 1, dims);
    this.groups = groups;
    this.paddingMode = paddingMode;
    this.weight = makeParameter(this.weightShape(), options);
    this.bias = bias ? makeParameter([outChannels], options) : null;
    this.resetParameters();
  }

  /** The shape of `weight`. */
  weightShape(): readonly number[] {
    return [this.outChannels, this.inChannels / this.groups, ...this.kernelSize];
  }

  /** Draws the initial values anew. */
  resetParameters(): void {
    initialise(this.weight, this.bias);
  }

  override extraRepr(): string {
    return (
      `${this.inChannels}, ${this.outChannels}, kernel_size=${pythonTuple(this.kernelSize)}, stride=${pythonTuple(this.stride)}` +
      differing('padding', this.padding, 0) +
      differing('dilation', this.dilation, 1) +
      this.outputRepr() +
      (this.groups === 1 ? '' : `, groups=${this.groups}`) +
      (this.bias ? '' : ', bias=False') +
      (this.paddingMode === 'zeros' ? '' : `, padding_mode=${this.paddingMode}`)
    );
  }
  /** What the text says of the result's size. */
  protected outputRepr(): string {
    return '';
  }
}

/** A setting as the text of a layer shows it: only where it is not what is usual. */
export function differing(name: string, values: readonly number[] | string, usual: number): string {
  if (typeof values === 'string') return `, ${name}=${values}`;
  return values.some((v) => v !== usual) ? `, ${name}=${pythonTuple(values)}` : '';
}

function checkPadding<P extends string>(layer: string, padding: P, stride: readonly number[]): P {
  if (padding !== 'same' && padding !== 'valid') {
    throw new OptionError(`Invalid padding string '${padding}', should be one of {'valid', 'same'}\n  in ${layer}`);
  }
  if (padding === 'same' && stride.some((s) => s !== 1)) {
    throw new OptionError(
      `padding='same' is not supported for strided convolutions\n  in ${layer}: give the padding as numbers`,
    );
  }
  return padding;
}

/** Runs a convolution on what its padding makes of the input. */
function convolved(
  layer: ConvNd,
  input: Tensor,
  fn: (input: Tensor, weight: Tensor, options: ConvOptions) => Tensor,
): Tensor {
  checkInput(layer.constructor.name, input);
  const { weight, bias, stride, padding, dilation, groups } = layer;
  const settings = { bias, stride, dilation, groups };
  return layer.paddingMode === 'zeros'
    ? fn(input, weight, { ...settings, padding })
    : fn(late.padForConv(input, layer), weight, settings);
}

/**
 * 1-d convolution: `(N, C, L)` or `(C, L)` gives `(N, O, L')`; see {@link Conv2d}. Weight `(O, C/groups, k)`. Source:
 * torch.nn.Conv1d.
 *
 * @throws OptionError for channels that groups do not divide, or a padding that does not exist.
 * @throws ShapeError for an input of other channels, or smaller than the kernel.
 * @example
 * new nn.Conv1d(16, 33, 3, { stride: 2 }).forward(randn([20, 16, 50])).shape; // [20, 33, 24]
 */
export class Conv1d extends ConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: Sizes, ...given: [options?: ConvLayerOptions]) {
    super(1, inChannels, outChannels, kernelSize, given);
  }
  override forward(input: Tensor): Tensor {
    return convolved(this, input, functional.conv1d);
  }
}

/**
 * 2-d convolution: `(N, C, H, W)` or `(C, H, W)` gives `(N, O, H', W')`, H' = ⌊(H + 2·padding − dilation·(kernelSize − 1) − 1) /
 * stride⌋ + 1. Weight `(O, C/groups, kH, kW)` and bias `(O)` start uniform in ±1/√fanIn. Source: torch.nn.Conv2d.
 *
 * @throws OptionError for channels that groups do not divide, or a padding that does not exist.
 * @throws ShapeError for an input of other channels, or smaller than the kernel.
 * @example
 * const layer = new nn.Conv2d(1, 16, 3, { padding: 1 });
 * layer.forward(randn([8, 1, 28, 28])).shape; // [8, 16, 28, 28]
 */
export class Conv2d extends ConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: Sizes, ...given: [options?: ConvLayerOptions]) {
    super(2, inChannels, outChannels, kernelSize, given);
  }
  override forward(input: Tensor): Tensor {
    return convolved(this, input, functional.conv2d);
  }
}

/**
 * 3-d convolution: `(N, C, D, H, W)` or `(C, D, H, W)` gives `(N, O, D', H', W')`; see {@link Conv2d}. Weight
 * `(O, C/groups, kD, kH, kW)`. Source: torch.nn.Conv3d.
 *
 * @throws OptionError for channels that groups do not divide, or a padding that does not exist.
 * @throws ShapeError for an input of other channels, or smaller than the kernel.
 * @example
 * new nn.Conv3d(2, 4, [1, 3, 3], { padding: [0, 1, 1] }).forward(randn([1, 2, 4, 6, 6])).shape; // [1, 4, 4, 6, 6]
 */
export class Conv3d extends ConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: Sizes, ...given: [options?: ConvLayerOptions]) {
    super(3, inChannels, outChannels, kernelSize, given);
  }
  override forward(input: Tensor): Tensor {
    return convolved(this, input, functional.conv3d);
  }
}
