/** Fractional max pooling: windows at pseudo-random places, for sizes that do not divide. */
import { describe, OptionError } from '../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import type { FractionalMaxPoolOptions, Sizes } from '../tensor/functional/index.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput, checkSwitches, integers } from './checks.ts';
import { Module } from './module.ts';
import type { MaybeIndexed } from './pooling.ts';

/** Settings of {@link FractionalMaxPool2d} and {@link FractionalMaxPool3d}: either outputSize or outputRatio. */
export type FractionalMaxPoolLayerOptions<I extends boolean = boolean> = FractionalMaxPoolOptions & {
  readonly returnIndices?: I;
};
type Ratios = number | readonly number[];
type Args<I extends boolean> = OptionalArgs<
  [outputSize: Sizes | null, outputRatio: Ratios | null],
  FractionalMaxPoolLayerOptions<I>
>;
const names = ['outputSize', 'outputRatio', 'returnIndices', '_randomSamples'] as const;

/** What fractional max poolings are in any number of dims. */
abstract class FractionalMaxPoolNd extends Module {
  readonly kernelSize: readonly number[];
  readonly outputSize: readonly number[] | null;
  readonly outputRatio: readonly number[] | null;
  readonly returnIndices: boolean;
  _randomSamples: Tensor | null = null;

  constructor(dims: number, kernelSize: Sizes, rest: readonly unknown[]) {
    super();
    const layer = this.constructor.name;
    const options = optionalArgs<FractionalMaxPoolOptions>(layer, names, rest);
    const { outputSize = null, outputRatio = null, returnIndices = false, _randomSamples = null } = options;
    this.kernelSize = integers(layer, 'kernelSize', kernelSize, 1, dims);
    checkSwitches(layer, { returnIndices });
    this.returnIndices = returnIndices;
    this.registerBuffer('_randomSamples', _randomSamples);
    if (outputSize === null && outputRatio === null)
      throw new OptionError(
        `${layer} requires specifying either an output size, or a pooling ratio\n  { outputSize } or { outputRatio }`,
      );
    if (outputSize !== null && outputRatio !== null)
      throw new OptionError(`only one of output_size and output_ratio may be specified\n  in ${layer}`);
    this.outputSize = outputSize === null ? null : integers(layer, 'outputSize', outputSize, 1, dims);
    this.outputRatio = outputRatio === null ? null : ratios(layer, outputRatio, dims);
  }
}

function ratios(layer: string, given: Ratios, dims: number): readonly number[] {
  const list = typeof given === 'number' ? Array<number>(dims).fill(given) : given;
  if (Array.isArray(list) && list.length === dims && list.every((r) => r > 0 && r < 1)) return [...list];
  throw new OptionError(
    `output_ratio must be between 0 and 1 (got ${describe(given)})\n  in ${layer}: one number, or ${dims}`,
  );
}

function greatest<I extends boolean>(
  layer: FractionalMaxPoolNd,
  input: Tensor,
  fn: (input: Tensor, kernelSize: Sizes, options: FractionalMaxPoolOptions) => unknown,
): MaybeIndexed<I> {
  checkInput(layer.constructor.name, input);
  const { outputSize, outputRatio, returnIndices, _randomSamples } = layer;
  return fn(input, layer.kernelSize, { outputSize, outputRatio, returnIndices, _randomSamples }) as MaybeIndexed<I>;
}

/**
 * Greatest elements of windows at pseudo-random places of `(N, C, H, W)` or `(C, H, W)`: steps between windows vary by one, so that
 * any `outputSize` can be had, or `outputRatio`, a part of the input's size. With `returnIndices` forward returns
 * `[values, indices]`. Source: torch.nn.FractionalMaxPool2d; Graham, "Fractional Max-Pooling", 2014.
 *
 * @throws ShapeError when the windows do not fit; OptionError unless exactly one of outputSize and outputRatio is given.
 * @example
 * new nn.FractionalMaxPool2d(2, { outputRatio: 0.7 }).forward(randn([2, 3, 9, 9])).shape; // [2, 3, 6, 6]
 */
export class FractionalMaxPool2d<I extends boolean = false> extends FractionalMaxPoolNd {
  constructor(kernelSize: Sizes, ...rest: Args<I>) {
    super(2, kernelSize, rest);
  }
  override forward(input: Tensor): MaybeIndexed<I> {
    return greatest(this, input, functional.fractionalMaxPool2d);
  }
}

/**
 * Greatest elements of windows at pseudo-random places of `(N, C, D, H, W)` or `(C, D, H, W)`; see {@link FractionalMaxPool2d}.
 * Source: torch.nn.FractionalMaxPool3d.
 *
 * @throws ShapeError when the windows do not fit; OptionError unless exactly one of outputSize and outputRatio is given.
 * @example
 * new nn.FractionalMaxPool3d(2, 3).forward(randn([1, 2, 5, 6, 7])).shape; // [1, 2, 3, 3, 3]
 */
export class FractionalMaxPool3d<I extends boolean = false> extends FractionalMaxPoolNd {
  constructor(kernelSize: Sizes, ...rest: Args<I>) {
    super(3, kernelSize, rest);
  }
  override forward(input: Tensor): MaybeIndexed<I> {
    return greatest(this, input, functional.fractionalMaxPool3d);
  }
}
