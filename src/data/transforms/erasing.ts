import { OptionError, ShapeError } from '../../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../../tensor/arguments.ts';
import { fromArray, full, randn } from '../../tensor/create.ts';
import { where } from '../../tensor/functions/core.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { checkProbability, type RandomOptions, RandomTransform, rangeOf } from './transform.ts';

/** A rectangle of an image. */
export interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** True (H, W) inside of the box, which is data: another box costs no new plan. */
export function inBox(image: Tensor, { top, left, height, width }: Box): Tensor<'bool'> {
  const along = (size: number, from: number, length: number): Tensor => {
    const inside = Int32Array.from({ length: size }, (_, i) => Number(i >= from && i < from + length));
    return fromArray(inside, [size], { device: image.device }).gt(0);
  };
  const rows = along(image.size(-2), top, height).unsqueeze(1) as Tensor<'bool'>;
  return rows.logicalAnd(along(image.size(-1), left, width)) as Tensor<'bool'>;
}

/** Settings of {@link RandomErasing}. */
export interface RandomErasingOptions extends RandomOptions {
  /** How often. Default 0.5. */
  readonly p?: number;
  /** Of the image's area, how much. Default [0.02, 0.33]. */
  readonly scale?: readonly [number, number];
  /** Height to width. Default [0.3, 3.3]. */
  readonly ratio?: readonly [number, number];
  /** What stands there then: a number, one for each channel, or 'random' normal numbers. Default 0. */
  readonly value?: number | readonly number[] | 'random';
}

/**
 * Images with a random rectangle erased. Source: torchvision.transforms.v2.RandomErasing; Zhong et al., "Random erasing data
 * augmentation", 2017.
 *
 * @throws ShapeError when `value` has not one number for each channel.
 * @example
 * new data.transforms.RandomErasing(1, { value: 'random' }).forward(rand([3, 8, 8])).shape; // [3, 8, 8]
 */
export class RandomErasing extends RandomTransform {
  readonly p: number;
  readonly scale: readonly [number, number];
  readonly ratio: readonly [number, number];
  readonly value: number | readonly number[] | 'random';
  constructor(...rest: OptionalArgs<[p: number], RandomErasingOptions>) {
    const names = ['p', 'scale', 'ratio', 'value', 'generator'] as const;
    const {
      p = 0.5,
      scale,
      ratio,
      value = 0,
      generator,
    } = optionalArgs<RandomErasingOptions>('RandomErasing', names, rest, ['scale']);
    super('RandomErasing', generator);
    this.p = checkProbability('RandomErasing', p);
    this.scale = rangeOf('RandomErasing', 'scale', scale ?? [0.02, 0.33]);
    this.ratio = rangeOf('RandomErasing', 'ratio', ratio ?? [0.3, 3.3]);
    if (this.scale[0] < 0 || this.scale[1] > 1)
      throw new OptionError('Scale should be between 0 and 1\n  in RandomErasing');
    if (typeof value === 'string' && value !== 'random')
      throw new OptionError("If value is str, it should be 'random'");
    this.value = value;
  }
  protected transform(image: Tensor, [height, width]: readonly [number, number]): Tensor {
    const draws = this.draws();
    if (draws.uniform() >= this.p) return image;
    const [low, high] = this.ratio.map(Math.log) as [number, number];
    for (let attempt = 0; attempt < 10; attempt++) {
      const area = height * width * draws.uniform(...this.scale);
      const aspect = Math.exp(draws.uniform(low, high));
      const [h, w] = [Math.round(Math.sqrt(area * aspect)), Math.round(Math.sqrt(area / aspect))];
      if (h >= height || w >= width) continue;
      const box = { top: draws.below(height - h + 1), left: draws.below(width - w + 1), height: h, width: w };
      return where(inBox(image, box), this.fillFor(image), image);
    }
    return image;
  }
  private fillFor(image: Tensor): Tensor {
    const { value } = this;
    const { dtype, device } = image;
    if (value === 'random') return randn(image.shape, { dtype: dtype as 'float32', device, generator: this.generator });
    if (typeof value === 'number') return full([1], value, { dtype, device });
    if (value.length !== 1 && value.length !== image.shape.at(-3)) {
      throw new ShapeError(
        `If value is a sequence, it should have either a single value or ${image.shape.at(-3)} (number of inpt channels)`,
      );
    }
    return fromArray(Float32Array.from(value), [value.length, 1, 1], { dtype, device });
  }
}
