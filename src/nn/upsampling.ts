/** Upsampling layers. */
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import type { InterpolateOptions, InterpolationMode, Sizes } from '../tensor/functional/index.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput } from './checks.ts';
import { Module } from './module.ts';
import { pythonFloat, pythonSizes } from './repr.ts';

/** Settings of {@link Upsample}. */
export type UpsampleLayerOptions = Omit<InterpolateOptions, 'antialias'>;
const names = ['size', 'scaleFactor', 'mode', 'alignCorners', 'recomputeScaleFactor'] as const;
/** Settings of {@link UpsamplingNearest2d} and {@link UpsamplingBilinear2d}. */
export type UpsamplingOptions = Pick<InterpolateOptions, 'size' | 'scaleFactor'>;
type SizeArgs = [size?: Sizes | null, scaleFactor?: Sizes | null];

/**
 * `(N, C, L)`, `(N, C, H, W)` or `(N, C, D, H, W)` at another `size`, or `scaleFactor` times as large. Modes: `'nearest'`
 * (default), `'linear'`, `'bilinear'`, `'bicubic'`, `'trilinear'`; the linear and cubic ones take `alignCorners`. Source:
 * torch.nn.Upsample.
 *
 * @throws OptionError unless exactly one of size and scaleFactor is given; ShapeError for a mode that is not for this rank.
 * @example
 * new nn.Upsample({ scaleFactor: 2, mode: 'bilinear' }).forward(randn([1, 3, 4, 4])).shape; // [1, 3, 8, 8]
 */
export class Upsample extends Module {
  readonly size: Sizes | null;
  readonly scaleFactor: Sizes | null;
  readonly mode: InterpolationMode;
  readonly alignCorners: boolean | null;
  readonly recomputeScaleFactor: boolean | null;

  constructor(
    ...rest: OptionalArgs<
      [size: Sizes | null, scaleFactor: Sizes | null, mode: InterpolationMode],
      UpsampleLayerOptions
    >
  ) {
    super();
    const given = optionalArgs<UpsampleLayerOptions>(this.constructor.name, names, rest);
    this.size = given.size ?? null;
    this.scaleFactor = given.scaleFactor || null;
    this.mode = given.mode ?? 'nearest';
    this.alignCorners = given.alignCorners ?? null;
    this.recomputeScaleFactor = given.recomputeScaleFactor ?? null;
  }

  override forward(input: Tensor): Tensor {
    checkInput(this.constructor.name, input);
    const { size, scaleFactor, mode, alignCorners, recomputeScaleFactor } = this;
    return functional.interpolate(input, { size, scaleFactor, mode, alignCorners, recomputeScaleFactor });
  }

  override extraRepr(): string {
    const { size, scaleFactor } = this;
    const factors =
      typeof scaleFactor === 'number'
        ? pythonFloat(scaleFactor)
        : `(${scaleFactor?.map(pythonFloat).join(', ')}${scaleFactor?.length === 1 ? ',' : ''})`;
    const target =
      scaleFactor === null ? `size=${size === null ? 'None' : pythonSizes(size)}` : `scale_factor=${factors}`;
    return `${target}, mode='${this.mode}'`;
  }
}

const sizeOptions = (layer: string, rest: readonly unknown[]): UpsamplingOptions =>
  optionalArgs<UpsamplingOptions>(layer, ['size', 'scaleFactor'], rest);

/**
 * {@link Upsample} of `(N, C, H, W)` with mode `'nearest'`. Source: torch.nn.UpsamplingNearest2d.
 *
 * @throws OptionError unless exactly one of size and scaleFactor is given.
 * @example
 * await new nn.UpsamplingNearest2d({ scaleFactor: 2 }).forward(tensor([[[[1.5, 2]]]])).tolist(); // [[[[1.5, 1.5, 2, 2], [1.5, 1.5, 2, 2]]]]
 */
export class UpsamplingNearest2d extends Upsample {
  constructor(...rest: SizeArgs | OptionalArgs<[size: Sizes | null], UpsamplingOptions>) {
    super({ ...sizeOptions(new.target.name, rest), mode: 'nearest' });
  }
}

/**
 * {@link Upsample} of `(N, C, H, W)` with mode `'bilinear'` and aligned corners. Source: torch.nn.UpsamplingBilinear2d.
 *
 * @throws OptionError unless exactly one of size and scaleFactor is given.
 * @example
 * await new nn.UpsamplingBilinear2d([1, 3]).forward(tensor([[[[1.0, 2.5]]]])).tolist(); // [[[[1, 1.75, 2.5]]]]
 */
export class UpsamplingBilinear2d extends Upsample {
  constructor(...rest: SizeArgs | OptionalArgs<[size: Sizes | null], UpsamplingOptions>) {
    super({ ...sizeOptions(new.target.name, rest), mode: 'bilinear', alignCorners: true });
  }
}
