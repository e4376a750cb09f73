import { checkOptions, OptionError } from '../core/errors.ts';
import type { Pair } from '../tensor/functional/index.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import {
  checkInput,
  checkIntegers,
  checkSwitches,
  type FactoryOptions,
  factoryNames,
  makeParameter,
  pair,
} from './checks.ts';
import { initialise } from './linear.ts';
import { Module } from './module.ts';
import type { Parameter } from './parameter.ts';
import { pythonTuple } from './repr.ts';

/** Settings of {@link Conv2d}. */
export interface Conv2dLayerOptions extends FactoryOptions {
  /** Default 1. */
  readonly stride?: Pair;
  /** Zeros around the input. `'same'` keeps its size (stride 1 only), `'valid'` is 0. Default 0. */
  readonly padding?: Pair | 'same' | 'valid';
  /** Default 1. */
  readonly dilation?: Pair;
  /** Channels fall into this many groups that do not mix. Default 1. */
  readonly groups?: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Only `'zeros'`. */
  readonly paddingMode?: 'zeros';
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
export class Conv2d extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number] | 'same' | 'valid';
  readonly dilation: readonly [number, number];
  readonly groups: number;
  weight: Parameter;
  bias: Parameter | null;

  constructor(inChannels: number, outChannels: number, kernelSize: Pair, options: Conv2dLayerOptions = {}) {
    super();
    const known = ['stride', 'padding', 'dilation', 'groups', 'bias', 'paddingMode', ...factoryNames];
    checkOptions('Conv2d', options, known);
    const { stride = 1, padding = 0, dilation = 1, groups = 1, bias = true, paddingMode = 'zeros' } = options;
    checkIntegers('Conv2d', { inChannels, outChannels });
    checkSwitches('Conv2d', { bias });
    if (!(Number.isInteger(groups) && groups > 0))
      throw new OptionError(`groups must be a positive integer\n  in Conv2d: got ${groups}`);
    if (inChannels % groups !== 0)
      throw new OptionError(`in_channels must be divisible by groups\n  in Conv2d: ${inChannels} by ${groups}`);
    if (outChannels % groups !== 0)
      throw new OptionError(`out_channels must be divisible by groups\n  in Conv2d: ${outChannels} by ${groups}`);
    if (paddingMode !== 'zeros')
      throw new OptionError(`Conv2d: paddingMode '${paddingMode}' is not available; only 'zeros' is`);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = pair('Conv2d', 'kernelSize', kernelSize, 1);
    this.stride = pair('Conv2d', 'stride', stride, 1);
    this.dilation = pair('Conv2d', 'dilation', dilation, 1);
    this.padding = checkPadding(padding, this.stride);
    this.groups = groups;
    this.weight = makeParameter([outChannels, inChannels / groups, ...this.kernelSize], options);
    this.bias = bias ? makeParameter([outChannels], options) : null;
    this.resetParameters();
  }

  /** Draws the initial values anew. */
  resetParameters(): void {
    initialise(this.weight, this.bias);
  }

  override forward(input: Tensor): Tensor {
    checkInput('Conv2d', input);
    const { stride, padding, dilation, groups } = this;
    return functional.conv2d(input, this.weight, this.bias, { stride, padding, dilation, groups });
  }

  override extraRepr(): string {
    const { padding, dilation, groups } = this;
    const parts = [
      `${this.inChannels}`,
      `${this.outChannels}`,
      `kernel_size=${pythonTuple(this.kernelSize)}`,
      `stride=${pythonTuple(this.stride)}`,
    ];
    if (typeof padding === 'string') parts.push(`padding=${padding}`);
    else if (padding.some((p) => p !== 0)) parts.push(`padding=${pythonTuple(padding)}`);
    if (dilation.some((d) => d !== 1)) parts.push(`dilation=${pythonTuple(dilation)}`);
    if (groups !== 1) parts.push(`groups=${groups}`);
    if (this.bias === null) parts.push('bias=False');
    return parts.join(', ');
  }
}

function checkPadding(padding: Pair | string, stride: readonly number[]): readonly [number, number] | 'same' | 'valid' {
  if (typeof padding !== 'string') return pair('Conv2d', 'padding', padding, 0);
  if (padding !== 'same' && padding !== 'valid') {
    throw new OptionError(`Invalid padding string '${padding}', should be one of {'valid', 'same'}\n  in Conv2d`);
  }
  if (padding === 'same' && stride.some((s) => s !== 1)) {
    throw new OptionError(
      "padding='same' is not supported for strided convolutions\n  in Conv2d: give the padding as numbers",
    );
  }
  return padding;
}
