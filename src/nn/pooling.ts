/** Pooling with windows of one size: maxima and means along one, two or three dims. */
import { checkNumbers, OptionError } from '../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import type { AvgPoolOptions, DividedPoolOptions, MaxPoolOptions, Sizes } from '../tensor/functional/index.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput, checkSwitches, integers } from './checks.ts';
import { Module } from './module.ts';
import { pythonBool, pythonSizes } from './repr.ts';

/** Stride and padding positionally, or options. */
export type PoolArgs<O> = OptionalArgs<[stride: Sizes | null, padding: Sizes], O>;
/** What a max pooling returns: with `returnIndices`, also where each maximum lies. */
export type MaybeIndexed<I extends boolean> = I extends true ? [values: Tensor, indices: Tensor<'int32'>] : Tensor;
/** Options of max pooling layers. */
export type MaxPoolLayerOptions<I extends boolean = boolean> = MaxPoolOptions & { readonly returnIndices?: I };

/** What poolings are in any number of dims. */
abstract class PoolNd extends Module {
  readonly kernelSize: Sizes;
  readonly stride: Sizes;
  readonly padding: Sizes;
  readonly ceilMode: boolean;

  constructor(dims: number, kernelSize: Sizes, { stride, padding = 0, ceilMode = false }: MaxPoolOptions) {
    super();
    this.kernelSize = kernelSize;
    this.stride = stride ?? kernelSize;
    this.padding = padding;
    this.ceilMode = ceilMode;
    const layer = this.constructor.name;
    integers(layer, 'kernelSize', kernelSize, 1, dims);
    integers(layer, 'stride', this.stride, 1, dims);
    integers(layer, 'padding', padding, 0, dims);
  }

  override extraRepr(): string {
    return `kernel_size=${pythonSizes(this.kernelSize)}, stride=${pythonSizes(this.stride)}, padding=${pythonSizes(this.padding)}`;
  }
}

/** What max poolings are in any number of dims. */
abstract class MaxPoolNd extends PoolNd {
  readonly dilation: Sizes;
  readonly returnIndices: boolean;

  constructor(dims: number, kernelSize: Sizes, rest: readonly unknown[]) {
    const layer = new.target.name;
    const names = ['stride', 'padding', 'dilation', 'returnIndices', 'ceilMode'] as const;
    const given = optionalArgs<MaxPoolOptions>(layer, names, rest);
    super(dims, kernelSize, given);
    this.dilation = given.dilation ?? 1;
    integers(layer, 'dilation', this.dilation, 1, dims);
    checkSwitches(layer, { returnIndices: given.returnIndices });
    this.returnIndices = given.returnIndices ?? false;
  }

  override extraRepr(): string {
    return `${super.extraRepr()}, dilation=${pythonSizes(this.dilation)}, ceil_mode=${pythonBool(this.ceilMode)}`;
  }
}

function greatest<I extends boolean>(
  layer: MaxPoolNd,
  input: Tensor,
  fn: (input: Tensor, kernelSize: Sizes, options: MaxPoolOptions) => unknown,
): MaybeIndexed<I> {
  checkInput(layer.constructor.name, input);
  const { stride, padding, dilation, ceilMode, returnIndices } = layer;
  return fn(input, layer.kernelSize, { stride, padding, dilation, ceilMode, returnIndices }) as MaybeIndexed<I>;
}

/**
 * Greatest element of each window: `(N, C, L)` or `(C, L)` gives `(N, C, L')`; see {@link MaxPool2d}. Source:
 * torch.nn.MaxPool1d.
 *
 * @throws ShapeError for an input smaller than the window.
 * @example
 * new nn.MaxPool1d(3, 2).forward(randn([20, 16, 50])).shape; // [20, 16, 24]
 */
export class MaxPool1d<I extends boolean = false> extends MaxPoolNd {
  constructor(kernelSize: Sizes, ...rest: PoolArgs<MaxPoolLayerOptions<I>>) {
    super(1, kernelSize, rest);
  }
  override forward(input: Tensor): MaybeIndexed<I> {
    return greatest(this, input, functional.maxPool1d);
  }
}

/**
 * Greatest element of each window: `(N, C, H, W)` or `(C, H, W)` gives `(N, C, H', W')`. The stride is the window's size unless
 * given, also positionally. With `returnIndices` forward returns `[values, indices]`, for {@link MaxUnpool2d}. Source:
 * torch.nn.MaxPool2d.
 *
 * @throws ShapeError for an input smaller than the window.
 * @example
 * new nn.MaxPool2d(2).forward(randn([8, 16, 28, 28])).shape; // [8, 16, 14, 14]
 */
export class MaxPool2d<I extends boolean = false> extends MaxPoolNd {
  constructor(kernelSize: Sizes, ...rest: PoolArgs<MaxPoolLayerOptions<I>>) {
    super(2, kernelSize, rest);
  }
  override forward(input: Tensor): MaybeIndexed<I> {
    return greatest(this, input, functional.maxPool2d);
  }
}

/**
 * Greatest element of each window: `(N, C, D, H, W)` or `(C, D, H, W)` gives `(N, C, D', H', W')`; see {@link MaxPool2d}. Source:
 * torch.nn.MaxPool3d.
 *
 * @throws ShapeError for an input smaller than the window.
 * @example
 * new nn.MaxPool3d(2).forward(randn([1, 2, 4, 6, 6])).shape; // [1, 2, 2, 3, 3]
 */
export class MaxPool3d<I extends boolean = false> extends MaxPoolNd {
  constructor(kernelSize: Sizes, ...rest: PoolArgs<MaxPoolLayerOptions<I>>) {
    super(3, kernelSize, rest);
  }
  override forward(input: Tensor): MaybeIndexed<I> {
    return greatest(this, input, functional.maxPool3d);
  }
}

/** What average poolings are in any number of dims. */
abstract class AvgPoolNd extends PoolNd {
  /** Count the padding's zeros. */
  readonly countIncludePad: boolean;
  /** Divide by this instead of the window's size. */
  readonly divisorOverride: number | null;

  constructor(dims: number, kernelSize: Sizes, given: DividedPoolOptions) {
    super(dims, kernelSize, given);
    this.countIncludePad = given.countIncludePad ?? true;
    this.divisorOverride = given.divisorOverride ?? null;
    const layer = this.constructor.name;
    if (this.divisorOverride !== null) checkNumbers(layer, { divisorOverride: this.divisorOverride });
    if (this.divisorOverride === 0) throw new OptionError(`divisor must be not zero\n  in ${layer}`);
  }
}
const averageNames = ['stride', 'padding', 'ceilMode', 'countIncludePad'] as const;
const dividedNames = [...averageNames, 'divisorOverride'] as const;

/**
 * Mean of each window: `(N, C, L)` or `(C, L)` gives `(N, C, L')`. The stride is the window's size unless given, also
 * positionally. Source: torch.nn.AvgPool1d.
 *
 * @throws ShapeError for an input smaller than the window.
 * @example
 * await new nn.AvgPool1d(2).forward(tensor([[1.0, 3.0, 2.5, 5.5]])).tolist(); // [[2, 4]]
 */
export class AvgPool1d extends AvgPoolNd {
  declare readonly kernelSize: readonly number[];
  declare readonly stride: readonly number[];
  declare readonly padding: readonly number[];

  constructor(kernelSize: Sizes, ...rest: PoolArgs<AvgPoolOptions>) {
    const layer = new.target.name;
    const given = optionalArgs<AvgPoolOptions>(layer, averageNames, rest);
    const list = (name: string, value: Sizes, least: number) => integers(layer, name, value, least, 1);
    super(1, list('kernelSize', kernelSize, 1), {
      ...given,
      stride: list('stride', given.stride ?? kernelSize, 1),
      padding: list('padding', given.padding ?? 0, 0),
    });
  }
  override forward(input: Tensor): Tensor {
    checkInput(this.constructor.name, input);
    const { stride, padding, ceilMode, countIncludePad } = this;
    return functional.avgPool1d(input, this.kernelSize, { stride, padding, ceilMode, countIncludePad });
  }
}

function mean(
  layer: AvgPoolNd,
  input: Tensor,
  fn: (input: Tensor, kernelSize: Sizes, options: DividedPoolOptions) => Tensor,
): Tensor {
  checkInput(layer.constructor.name, input);
  const { stride, padding, ceilMode, countIncludePad, divisorOverride } = layer;
  return fn(input, layer.kernelSize, { stride, padding, ceilMode, countIncludePad, divisorOverride });
}

/**
 * Mean of each window: `(N, C, H, W)` or `(C, H, W)` gives `(N, C, H', W')`. The stride is the window's size unless given, also
 * positionally. Source: torch.nn.AvgPool2d.
 *
 * @throws ShapeError for an input smaller than the window.
 * @example
 * new nn.AvgPool2d(2).forward(randn([8, 16, 28, 28])).shape; // [8, 16, 14, 14]
 */
export class AvgPool2d extends AvgPoolNd {
  constructor(kernelSize: Sizes, ...rest: PoolArgs<DividedPoolOptions>) {
    super(2, kernelSize, optionalArgs<DividedPoolOptions>(new.target.name, dividedNames, rest));
  }
  override forward(input: Tensor): Tensor {
    return mean(this, input, functional.avgPool2d);
  }
}

/**
 * Mean of each window: `(N, C, D, H, W)` or `(C, D, H, W)` gives `(N, C, D', H', W')`. The stride is the window's size unless
 * given, also positionally. Source: torch.nn.AvgPool3d.
 *
 * @throws ShapeError for an input smaller than the window.
 * @example
 * new nn.AvgPool3d([1, 2, 2]).forward(randn([1, 2, 4, 6, 6])).shape; // [1, 2, 4, 3, 3]
 */
export class AvgPool3d extends AvgPoolNd {
  constructor(kernelSize: Sizes, ...rest: PoolArgs<DividedPoolOptions>) {
    super(3, kernelSize, optionalArgs<DividedPoolOptions>(new.target.name, dividedNames, rest));
  }
  override forward(input: Tensor): Tensor {
    return mean(this, input, functional.avgPool3d);
  }
}
