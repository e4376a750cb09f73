/** Transforms of what things look like: channels, brightness, sharpness. */
import { OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { formatShape } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../../tensor/arguments.ts';
import { fromArray } from '../../tensor/create.ts';
import { stack, where } from '../../tensor/functions/core.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { resample, sliding } from './resampling.ts';
import { checkProbability, type RandomOptions, RandomTransform, rangeOf, Transform } from './transform.ts';

/** Settings of {@link Normalize}. */
export interface NormalizeOptions {
  /** Write into the image itself. Default false. */
  readonly inplace?: boolean;
}

/**
 * (x − mean) / std, by channel. Source: torchvision.transforms.v2.Normalize.
 *
 * @throws OptionError for a standard deviation of 0, ShapeError for another number of channels.
 * @example
 * await new data.transforms.Normalize([0.5], [0.5]).forward(tensor([[[0.25, 1]]])).tolist(); // [[[-0.5, 1]]]
 */
export class Normalize extends Transform {
  readonly mean: readonly number[];
  readonly std: readonly number[];
  private readonly inplace: boolean;
  constructor(
    mean: number | readonly number[],
    std: number | readonly number[],
    ...rest: OptionalArgs<[inplace: boolean], NormalizeOptions>
  ) {
    super();
    const { inplace = false } = optionalArgs<NormalizeOptions>('Normalize', ['inplace'], rest);
    for (const [name, list] of Object.entries({ mean, std }))
      if (![list].flat().every((v) => typeof v === 'number')) wrongType('Normalize', name, 'a list of numbers', list);
    this.mean = [mean].flat();
    this.std = [std].flat();
    this.inplace = inplace;
    if (this.std.includes(0))
      throw new OptionError('std evaluated to zero, leading to division by zero.\n  in Normalize');
  }
  protected transform(image: Tensor): Tensor {
    const column = (list: readonly number[]): Tensor => {
      if (list.length !== 1 && list.length !== image.shape.at(-3)) {
        throw new ShapeError(
          `Normalize: ${list.length} means or standard deviations do not fit images ${formatShape(image.shape)} of ${image.shape.at(-3) ?? 'no'} channels`,
        );
      }
      return fromArray(Float32Array.from(list), [list.length, 1, 1], { dtype: image.dtype, device: image.device });
    };
    const [mean, std] = [column(this.mean), column(this.std)];
    return this.inplace ? image.sub_(mean).div_(std) : image.sub(mean).div(std);
  }
}

/** Channels c of images (…, C, H, W), which keep their place: (…, 1, H, W). */
function channelsOf(place: string, image: Tensor): readonly [Tensor, Tensor, Tensor] {
  if (image.shape.at(-3) !== 3)
    throw new ShapeError(`${place}: expected images of 3 channels (…, 3, H, W), got ${formatShape(image.shape)}`);
  return [image.narrow(-3, 0, 1), image.narrow(-3, 1, 1), image.narrow(-3, 2, 1)];
}

function grayOf(place: string, image: Tensor): Tensor {
  if (image.shape.at(-3) === 1) return image;
  const [r, g, b] = channelsOf(place, image);
  return r.mul(0.2989).add(g.mul(0.587)).add(b.mul(0.114));
}

/** Settings of {@link Grayscale}. */
export interface GrayscaleOptions {
  /** 1, or 3 that are the same. Default 1. */
  readonly numOutputChannels?: 1 | 3;
}

/**
 * Images without color: 0.2989 R + 0.587 G + 0.114 B. Source: torchvision.transforms.v2.Grayscale.
 *
 * @example
 * new data.transforms.Grayscale().forward(rand([3, 4, 4])).shape; // [1, 4, 4]
 */
export class Grayscale extends Transform {
  readonly numOutputChannels: 1 | 3;
  constructor(...rest: OptionalArgs<[numOutputChannels: 1 | 3], GrayscaleOptions>) {
    super();
    const { numOutputChannels = 1 } = optionalArgs<GrayscaleOptions>('Grayscale', ['numOutputChannels'], rest);
    if (numOutputChannels !== 1 && numOutputChannels !== 3)
      throw new OptionError(`num_output_channels must be 1 or 3, got ${numOutputChannels}.`);
    this.numOutputChannels = numOutputChannels;
  }
  protected transform(image: Tensor): Tensor {
    const gray = grayOf('Grayscale', image);
    return this.numOutputChannels === 1 ? gray : gray.repeatInterleave(3, -3);
  }
}

/** Settings of {@link RandomGrayscale}. */
export interface RandomGrayscaleOptions extends RandomOptions {
  /** How often. Default 0.1. */
  readonly p?: number;
}

/** Images without color with probability `p`; the channels stay as many. Source: torchvision.transforms.v2.RandomGrayscale. */
export class RandomGrayscale extends RandomTransform {
  readonly p: number;
  constructor(...rest: OptionalArgs<[p: number], RandomGrayscaleOptions>) {
    const { p = 0.1, generator } = optionalArgs<RandomGrayscaleOptions>('RandomGrayscale', ['p', 'generator'], rest);
    super('RandomGrayscale', generator);
    this.p = checkProbability('RandomGrayscale', p);
  }
  protected transform(image: Tensor): Tensor {
    if (this.draws().uniform() >= this.p) return image;
    return grayOf('RandomGrayscale', image).expand(image.shape);
  }
}

/** How much of {@link ColorJitter}: up to that much either way, or [low, high]. */
export type Jitter = number | readonly [number, number] | null;

/** Settings of {@link ColorJitter}. */
export interface ColorJitterOptions extends RandomOptions {
  /** The factor is of [1 − b, 1 + b], and not negative. Default: none. */
  readonly brightness?: Jitter;
  /** As brightness. */
  readonly contrast?: Jitter;
  /** As brightness. */
  readonly saturation?: Jitter;
  /** Turns of the colour wheel, of [−h, h] within [−0.5, 0.5]. */
  readonly hue?: Jitter;
}

type Adjustment = (image: Tensor, factor: number) => Tensor;
const mix = (a: Tensor, b: Tensor, ratio: number): Tensor =>
  a
    .mul(ratio)
    .add(b.mul(1 - ratio))
    .clamp(0, 1);
const adjustments = {
  brightness: (image, factor) => image.mul(factor).clamp(0, 1),
  contrast: (image, factor) => mix(image, grayOf('ColorJitter', image).mean([-3, -2, -1], { keepdim: true }), factor),
  saturation: (image, factor) => (image.shape.at(-3) === 1 ? image : mix(image, grayOf('ColorJitter', image), factor)),
  hue: (image, factor) => (image.shape.at(-3) === 1 ? image : turnHue(image, factor)),
} as const satisfies Readonly<Record<string, Adjustment>>;
const adjustmentNames = ['brightness', 'contrast', 'saturation', 'hue'] as const;

/**
 * Brightness, contrast, saturation and hue changed at random, in random order; images (…, 3 or 1, H, W) of [0, 1]. Source:
 * torchvision.transforms.v2.ColorJitter.
 *
 * @throws OptionError for negative amounts, and hues beyond half a turn.
 * @example
 * new data.transforms.ColorJitter(0.2, 0.2, 0.2, { hue: 0.1 }).forward(rand([3, 4, 4])).shape; // [3, 4, 4]
 */
export class ColorJitter extends RandomTransform {
  private readonly ranges: readonly (readonly [adjust: Adjustment, low: number, high: number])[];
  constructor(
    ...rest: OptionalArgs<[brightness: Jitter, contrast: Jitter, saturation: Jitter, hue: Jitter], ColorJitterOptions>
  ) {
    const given = optionalArgs<ColorJitterOptions>('ColorJitter', [...adjustmentNames, 'generator'], rest);
    super('ColorJitter', given.generator);
    this.ranges = adjustmentNames.flatMap((name) => {
      const range = jitterOf(name, given[name] ?? null);
      return range ? [[adjustments[name], ...range] as const] : [];
    });
  }
  protected transform(image: Tensor): Tensor {
    const draws = this.draws();
    const drawn = this.ranges.map(([adjust, low, high]) => [adjust, draws.uniform(low, high)] as const);
    return draws.shuffled(drawn).reduce((x, [adjust, factor]) => adjust(x, factor), image);
  }
}

/** [low, high], or null where nothing changes. */
function jitterOf(name: (typeof adjustmentNames)[number], jitter: Jitter): [number, number] | null {
  if (jitter === null) return null;
  const [center, least, most] = name === 'hue' ? [0, -0.5, 0.5] : [1, 0, Infinity];
  if (typeof jitter === 'number' && !(jitter >= 0))
    throw new OptionError(`If ${name} is a single number, it must be non negative, but got ${jitter}.`);
  const [low, high] =
    typeof jitter === 'number'
      ? [name === 'hue' ? -jitter : Math.max(center - jitter, 0), center + jitter]
      : rangeOf('ColorJitter', name, jitter);
  if (low < least || high > most)
    throw new OptionError(`${name} values should be between (${least}, ${most}), but got [${low}, ${high}].`);
  return low === center && high === center ? null : [low, high];
}

/** RGB to hue, saturation and value, the hue turned, and back. Source: Smith, "Color gamut transform pairs", 1978. */
function turnHue(image: Tensor, turns: number): Tensor {
  const [r, g, b] = channelsOf('ColorJitter', image);
  const value = image.amax(-3, { keepdim: true });
  const chroma = value.sub(image.amin(-3, { keepdim: true }));
  const gray = chroma.eq(0);
  const divisor = where(gray, chroma.add(1), chroma);
  const sextant = where(
    value.eq(r),
    g.sub(b).div(divisor),
    where(value.eq(g), b.sub(r).div(divisor).add(2), r.sub(g).div(divisor).add(4)),
  );
  const hue = sextant.add(6 * turns);
  const channel = (offset: number): Tensor => {
    const k = hue.add(offset).remainder(6);
    return value.sub(chroma.mul(k.minimum(k.neg().add(4)).clamp(0, 1)));
  };
  return stack([channel(5), channel(3), channel(1)], -3).flatten(-4, -3) as Tensor;
}

/** Settings of {@link GaussianBlur}. */
export interface GaussianBlurOptions extends RandomOptions {
  /** Standard deviation in pixels: a number, or [low, high] to draw it from. Default [0.1, 2]. */
  readonly sigma?: number | readonly [number, number];
}

/**
 * Images, blurred; beyond their edge they continue mirrored. The size of the kernel is odd: a number or [height, width]. Source:
 * torchvision.transforms.v2.GaussianBlur.
 *
 * @throws OptionError for an even kernel, or a deviation that is not positive.
 * @example
 * new data.transforms.GaussianBlur(3, 1).forward(rand([3, 4, 4])).shape; // [3, 4, 4]
 */
export class GaussianBlur extends RandomTransform {
  readonly kernelSize: readonly [number, number];
  readonly sigma: readonly [number, number];
  constructor(
    kernelSize: number | readonly [number, number],
    ...rest: OptionalArgs<[sigma: number | readonly [number, number]], GaussianBlurOptions>
  ) {
    const given = optionalArgs<GaussianBlurOptions>('GaussianBlur', ['sigma', 'generator'], rest);
    const { sigma = [0.1, 2], generator } = given;
    super('GaussianBlur', generator);
    const [height, width] = typeof kernelSize === 'number' ? [kernelSize, kernelSize] : kernelSize;
    if (![height, width].every((k) => Number.isInteger(k) && k > 0 && k % 2 === 1))
      throw new OptionError(
        `Kernel size value should be an odd and positive number.\n  in GaussianBlur: got ${kernelSize}`,
      );
    this.kernelSize = [height, width];
    this.sigma = typeof sigma === 'number' ? [sigma, sigma] : rangeOf('GaussianBlur', 'sigma', sigma);
    if (!(this.sigma[0] > 0))
      throw new OptionError('If sigma is a single number, it must be positive.\n  in GaussianBlur');
  }
  protected transform(image: Tensor, [height, width]: readonly [number, number]): Tensor {
    const sigma = this.draws().uniform(...this.sigma);
    const [rows, columns] = this.kernelSize.map((size) => bell(size, sigma));
    return resample(image, sliding(rows!, height), sliding(columns!, width));
  }
}

function bell(size: number, sigma: number): number[] {
  const heights = Array.from({ length: size }, (_, i) => Math.exp(-0.5 * ((i - (size - 1) / 2) / sigma) ** 2));
  const sum = heights.reduce((a, b) => a + b, 0);
  return heights.map((h) => h / sum);
}
