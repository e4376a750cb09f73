import { checkNumbers, checkOptions, OptionError } from '../core/errors.ts';
import type { AvgPool2dOptions, MaxPool2dOptions, Pair } from '../tensor/functional/index.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput, pair } from './checks.ts';
import { Module } from './module.ts';
import { pythonBool, pythonTuple } from './repr.ts';

/** The stride may come positionally, as in MaxPool2d(2, 2). */
function split<O extends { readonly stride?: Pair | null }>(second: Pair | O): O {
  return (typeof second === 'number' || Array.isArray(second) ? { stride: second } : second) as O;
}
const text = (v: Pair): string => (typeof v === 'number' ? `${v}` : pythonTuple(v));

/**
 * Greatest element of each window: `(N, C, H, W)` or `(C, H, W)` gives `(N, C, H', W')`. The stride is the window's size unless
 * given, also positionally. Source: torch.nn.MaxPool2d.
 *
 * @throws ShapeError for an input smaller than the window.
 * @example
 * new nn.MaxPool2d(2).forward(randn([8, 16, 28, 28])).shape; // [8, 16, 14, 14]
 */
export class MaxPool2d extends Module {
  readonly kernelSize: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
  readonly ceilMode: boolean;

  constructor(kernelSize: Pair, options: Pair | MaxPool2dOptions = {}) {
    super();
    const given = split(options);
    checkOptions('MaxPool2d', given, ['stride', 'padding', 'dilation', 'ceilMode']);
    pair('MaxPool2d', 'kernelSize', kernelSize, 1);
    this.kernelSize = kernelSize;
    this.stride = given.stride ?? kernelSize;
    this.padding = given.padding ?? 0;
    this.dilation = given.dilation ?? 1;
    this.ceilMode = given.ceilMode ?? false;
    pair('MaxPool2d', 'stride', this.stride, 1);
    pair('MaxPool2d', 'padding', this.padding, 0);
    pair('MaxPool2d', 'dilation', this.dilation, 1);
  }

  override forward(input: Tensor): Tensor {
    checkInput('MaxPool2d', input);
    const { stride, padding, dilation, ceilMode } = this;
    return functional.maxPool2d(input, this.kernelSize, { stride, padding, dilation, ceilMode });
  }

  override extraRepr(): string {
    return (
      `kernel_size=${text(this.kernelSize)}, stride=${text(this.stride)}, padding=${text(this.padding)}, ` +
      `dilation=${text(this.dilation)}, ceil_mode=${pythonBool(this.ceilMode)}`
    );
  }
}

/**
 * Mean of each window: `(N, C, H, W)` or `(C, H, W)` gives `(N, C, H', W')`. The stride is the window's size unless given, also
 * positionally. Source: torch.nn.AvgPool2d.
 *
 * @throws ShapeError for an input smaller than the window.
 * @example
 * new nn.AvgPool2d(2).forward(randn([8, 16, 28, 28])).shape; // [8, 16, 14, 14]
 */
export class AvgPool2d extends Module {
  readonly kernelSize: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  readonly ceilMode: boolean;
  /** Count the padding's zeros. */
  readonly countIncludePad: boolean;
  /** Divide by this instead of the window's size. */
  readonly divisorOverride: number | null;

  constructor(kernelSize: Pair, options: Pair | AvgPool2dOptions = {}) {
    super();
    const given = split(options);
    checkOptions('AvgPool2d', given, ['stride', 'padding', 'ceilMode', 'countIncludePad', 'divisorOverride']);
    pair('AvgPool2d', 'kernelSize', kernelSize, 1);
    this.kernelSize = kernelSize;
    this.stride = given.stride ?? kernelSize;
    this.padding = given.padding ?? 0;
    this.ceilMode = given.ceilMode ?? false;
    this.countIncludePad = given.countIncludePad ?? true;
    this.divisorOverride = given.divisorOverride ?? null;
    if (this.divisorOverride !== null) checkNumbers('AvgPool2d', { divisorOverride: this.divisorOverride });
    if (this.divisorOverride === 0) throw new OptionError('divisor must be not zero\n  in AvgPool2d');
    pair('AvgPool2d', 'stride', this.stride, 1);
    pair('AvgPool2d', 'padding', this.padding, 0);
  }

  override forward(input: Tensor): Tensor {
    checkInput('AvgPool2d', input);
    const { stride, padding, ceilMode, countIncludePad, divisorOverride } = this;
    return functional.avgPool2d(input, this.kernelSize, {
      stride,
      padding,
      ceilMode,
      countIncludePad,
      divisorOverride,
    });
  }

  override extraRepr(): string {
    return `kernel_size=${text(this.kernelSize)}, stride=${text(this.stride)}, padding=${text(this.padding)}`;
  }
}
