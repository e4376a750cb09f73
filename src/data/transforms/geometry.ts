/** Transforms of where things are: resizing, cropping, flipping, turning. Images are (…, H, W), one or a batch. */
import { OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../../tensor/arguments.ts';
import { onesLike, tensor } from '../../tensor/create.ts';
import { affineGrid, gridSample } from '../../tensor/functional/grid.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { type Edge, padTo, type Sides, sidesOf } from './padding.ts';
import { checkInterpolation, type Interpolation, resample, resizing, select, span } from './resampling.ts';
import {
  checkProbability,
  type RandomOptions,
  RandomTransform,
  rangeOf,
  type Size,
  sizeOf,
  Transform,
} from './transform.ts';

/** Settings of {@link Resize}. */
export interface ResizeOptions {
  /** Default 'bilinear'. */
  readonly interpolation?: Interpolation;
  /** With a single number as size: the most that the longer edge may have. */
  readonly maxSize?: number | null;
  /** Average over all pixels that fall together when an image gets smaller. Default true. */
  readonly antialias?: boolean;
}

/**
 * Images at another size: [height, width], or a number for the shorter edge, the shape kept. The values are those of
 * torch.nn.functional.interpolate(…, antialias). Source: torchvision.transforms.v2.Resize.
 *
 * @throws OptionError for a size that is not positive.
 * @example
 * new data.transforms.Resize(4).forward(rand([3, 8, 16])).shape; // [3, 4, 8]
 */
export class Resize extends Transform {
  readonly size: Size;
  private readonly options: ResizeOptions;
  constructor(size: Size, ...rest: OptionalArgs<[interpolation: Interpolation], ResizeOptions>) {
    super();
    this.options = optionalArgs<ResizeOptions>('Resize', ['interpolation', 'maxSize', 'antialias'], rest);
    sizeOf('Resize', size);
    checkInterpolation('Resize', this.options.interpolation ?? 'bilinear');
    const { maxSize } = this.options;
    if (maxSize != null && (typeof size !== 'number' || maxSize <= size)) {
      throw new OptionError(
        `max_size = ${maxSize} must be strictly greater than the requested size for the smaller edge size = ${size}\n  in Resize`,
      );
    }
    this.size = size;
  }
  protected transform(image: Tensor, [height, width]: readonly [number, number]): Tensor {
    const { interpolation = 'bilinear', antialias = true } = this.options;
    const [h, w] = this.sizeFor(height, width);
    if (h === height && w === width) return image;
    return resample(image, resizing(height, h, interpolation, antialias), resizing(width, w, interpolation, antialias));
  }
  private sizeFor(height: number, width: number): [number, number] {
    const { size } = this;
    if (typeof size !== 'number' && size.length === 2) return sizeOf('Resize', size);
    const { maxSize } = this.options;
    let [short] = sizeOf('Resize', size);
    const [shorter, longer] = width <= height ? [width, height] : [height, width];
    let long = Math.trunc((short * longer) / shorter);
    if (maxSize != null && long > maxSize) [short, long] = [Math.trunc((maxSize * short) / long), maxSize];
    return width <= height ? [long, short] : [short, long];
  }
}

/** Half to even, as Python rounds. */
function round(x: number): number {
  const down = Math.floor(x);
  return x - down === 0.5 ? down + (down % 2) : Math.round(x);
}

/**
 * The middle of images; smaller ones are padded with 0. Source: torchvision.transforms.v2.CenterCrop.
 *
 * @example
 * new data.transforms.CenterCrop(2).forward(rand([3, 8, 8])).shape; // [3, 2, 2]
 */
export class CenterCrop extends Transform {
  readonly size: readonly [number, number];
  constructor(size: Size) {
    super();
    this.size = sizeOf('CenterCrop', size);
  }
  protected transform(image: Tensor, [height, width]: readonly [number, number]): Tensor {
    const [h, w] = this.size;
    const [dy, dx] = [Math.max(h - height, 0), Math.max(w - width, 0)];
    const sides: Sides = [dx >> 1, dy >> 1, (dx + 1) >> 1, (dy + 1) >> 1];
    const padded = dx + dy > 0 ? padTo('CenterCrop', image, sides, 'constant', 0) : image;
    const top = round((height + dy - h) / 2);
    const left = round((width + dx - w) / 2);
    return padded.narrow(-2, top, h).narrow(-1, left, w);
  }
}

/** Settings of {@link Pad}. */
export interface PadOptions {
  /** Default 0. */
  readonly fill?: number;
  /** What lies outside. Default 'constant': `fill`. */
  readonly paddingMode?: Edge;
}

/**
 * Images with a border: `padding` on all sides, [left and right, top and bottom], or [left, top, right, bottom]. Source:
 * torchvision.transforms.v2.Pad.
 *
 * @example
 * new data.transforms.Pad([1, 2]).forward(rand([3, 8, 8])).shape; // [3, 12, 10]
 */
export class Pad extends Transform {
  readonly padding: Sides;
  private readonly options: PadOptions;
  constructor(
    padding: number | readonly number[],
    ...rest: OptionalArgs<[fill: number, paddingMode: Edge], PadOptions>
  ) {
    super();
    this.options = optionalArgs<PadOptions>('Pad', ['fill', 'paddingMode'], rest);
    this.padding = sidesOf('Pad', padding);
  }
  protected transform(image: Tensor): Tensor {
    return padTo('Pad', image, this.padding, this.options.paddingMode ?? 'constant', this.options.fill ?? 0);
  }
}

/** Settings of {@link RandomCrop}. */
export interface RandomCropOptions extends PadOptions, RandomOptions {
  /** A border, added first; as in {@link Pad}. */
  readonly padding?: number | readonly number[] | null;
  /** Pad images that are smaller than the crop. Default false. */
  readonly padIfNeeded?: boolean;
}

/**
 * A random part of images. Source: torchvision.transforms.v2.RandomCrop.
 *
 * @throws ShapeError for images that are smaller than the crop.
 * @example
 * const crop = new data.transforms.RandomCrop(8, { padding: 2, generator: new Generator(0) });
 * crop.forward(rand([3, 8, 8])).shape; // [3, 8, 8]
 */
export class RandomCrop extends RandomTransform {
  readonly size: readonly [number, number];
  private readonly options: RandomCropOptions;
  constructor(size: Size, ...rest: OptionalArgs<[padding: number | readonly number[] | null], RandomCropOptions>) {
    const names = ['padding', 'padIfNeeded', 'fill', 'paddingMode', 'generator'] as const;
    const options = optionalArgs<RandomCropOptions>('RandomCrop', names, rest);
    super('RandomCrop', options.generator);
    this.size = sizeOf('RandomCrop', size);
    if (options.padding != null) sidesOf('RandomCrop', options.padding);
    this.options = options;
  }
  protected transform(image: Tensor, [height, width]: readonly [number, number]): Tensor {
    const { padding, padIfNeeded = false, fill = 0, paddingMode = 'constant' } = this.options;
    const [h, w] = this.size;
    let [left, top, right, bottom] = padding == null ? [0, 0, 0, 0] : sidesOf('RandomCrop', padding);
    if (padIfNeeded) {
      const [dy, dx] = [Math.max(h - height - top - bottom, 0), Math.max(w - width - left - right, 0)];
      [left, top, right, bottom] = [left + dx, top + dy, right + dx, bottom + dy];
    }
    const [fullHeight, fullWidth] = [height + top + bottom, width + left + right];
    if (h > fullHeight || w > fullWidth) {
      throw new ShapeError(
        `Required crop size (${h}, ${w}) is larger than ${padding == null ? '' : 'padded '}input image size (${fullHeight}, ${fullWidth}).\n  in RandomCrop: padIfNeeded: true`,
      );
    }
    const draws = this.draws();
    const rows = span(draws.below(fullHeight - h + 1), h);
    const columns = span(draws.below(fullWidth - w + 1), w);
    return select(padTo('RandomCrop', image, [left, top, right, bottom], paddingMode, fill), rows, columns);
  }
}

/** Settings of {@link RandomResizedCrop}. */
export interface RandomResizedCropOptions extends RandomOptions {
  /** Of the image's area, how much. Default [0.08, 1]. */
  readonly scale?: readonly [number, number];
  /** Width to height. Default [3/4, 4/3]. */
  readonly ratio?: readonly [number, number];
  /** Default 'bilinear'. */
  readonly interpolation?: Interpolation;
  /** Default true. */
  readonly antialias?: boolean;
}

/**
 * A random part of images, of random area and shape, at one size. Source: torchvision.transforms.v2.RandomResizedCrop.
 *
 * @example
 * new data.transforms.RandomResizedCrop(4, { scale: [0.5, 1] }).forward(rand([3, 8, 8])).shape; // [3, 4, 4]
 */
export class RandomResizedCrop extends RandomTransform {
  readonly size: readonly [number, number];
  readonly scale: readonly [number, number];
  readonly ratio: readonly [number, number];
  private readonly options: RandomResizedCropOptions;
  constructor(
    size: Size,
    ...rest: OptionalArgs<
      [scale: readonly [number, number], ratio: readonly [number, number]],
      RandomResizedCropOptions
    >
  ) {
    const names = ['scale', 'ratio', 'interpolation', 'antialias', 'generator'] as const;
    const options = optionalArgs<RandomResizedCropOptions>('RandomResizedCrop', names, rest, ['scale']);
    super('RandomResizedCrop', options.generator);
    this.size = sizeOf('RandomResizedCrop', size);
    this.scale = rangeOf('RandomResizedCrop', 'scale', options.scale ?? [0.08, 1]);
    this.ratio = rangeOf('RandomResizedCrop', 'ratio', options.ratio ?? [3 / 4, 4 / 3]);
    checkInterpolation('RandomResizedCrop', options.interpolation ?? 'bilinear');
    this.options = options;
  }
  protected transform(image: Tensor, [height, width]: readonly [number, number]): Tensor {
    const { interpolation = 'bilinear', antialias = true } = this.options;
    const [top, left, h, w] = this.part(height, width);
    return resample(
      image,
      resizing(height, this.size[0], interpolation, antialias, top, h),
      resizing(width, this.size[1], interpolation, antialias, left, w),
    );
  }
  private part(height: number, width: number): [number, number, number, number] {
    const draws = this.draws();
    const [narrow, wide] = this.ratio;
    for (let attempt = 0; attempt < 10; attempt++) {
      const area = height * width * draws.uniform(...this.scale);
      const aspect = Math.exp(draws.uniform(Math.log(narrow), Math.log(wide)));
      const [w, h] = [round(Math.sqrt(area * aspect)), round(Math.sqrt(area / aspect))];
      if (w > 0 && w <= width && h > 0 && h <= height)
        return [draws.below(height - h + 1), draws.below(width - w + 1), h, w];
    }
    // The middle, as near to the shapes asked for as the image allows.
    const shape = width / height;
    const w = shape > wide ? round(height * wide) : width;
    const h = shape < narrow ? round(width / narrow) : height;
    return [(height - h) >> 1, (width - w) >> 1, h, w];
  }
}

/** Settings of {@link RandomHorizontalFlip} and {@link RandomVerticalFlip}. */
export interface RandomFlipOptions extends RandomOptions {
  /** How often. Default 0.5. */
  readonly p?: number;
}

abstract class RandomFlip extends RandomTransform {
  readonly p: number;
  private readonly dim: number;
  constructor(place: string, dim: number, rest: OptionalArgs<[p: number], RandomFlipOptions>) {
    const { p = 0.5, generator } = optionalArgs<RandomFlipOptions>(place, ['p', 'generator'], rest);
    super(place, generator);
    this.p = checkProbability(place, p);
    this.dim = dim;
  }
  protected transform(image: Tensor): Tensor {
    return this.draws().uniform() < this.p ? image.flip(this.dim) : image;
  }
}

/**
 * Images, left and right exchanged half the time. Source: torchvision.transforms.v2.RandomHorizontalFlip.
 *
 * @example
 * const flip = new data.transforms.RandomHorizontalFlip(1);
 * await flip.forward(tensor([[[0.25, 0.5]]])).tolist(); // [[[0.5, 0.25]]]
 */
export class RandomHorizontalFlip extends RandomFlip {
  constructor(...rest: OptionalArgs<[p: number], RandomFlipOptions>) {
    super('RandomHorizontalFlip', -1, rest);
  }
}

/**
 * Images, upside down half the time. Source: torchvision.transforms.v2.RandomVerticalFlip.
 *
 * @example
 * const flip = new data.transforms.RandomVerticalFlip(1);
 * await flip.forward(tensor([[[0.25], [0.5]]])).tolist(); // [[[0.5], [0.25]]]
 */
export class RandomVerticalFlip extends RandomFlip {
  constructor(...rest: OptionalArgs<[p: number], RandomFlipOptions>) {
    super('RandomVerticalFlip', -2, rest);
  }
}

/** Settings of {@link RandomRotation}. */
export interface RandomRotationOptions extends RandomOptions {
  /** Default 'nearest'. */
  readonly interpolation?: 'nearest' | 'bilinear';
  /** Make the images large enough for all of what is turned; `center` does not matter then. Default false. */
  readonly expand?: boolean;
  /** [x, y] in pixels from the upper left corner. Default: the middle. */
  readonly center?: readonly [number, number] | null;
  /** What comes in from outside. Default 0. */
  readonly fill?: number;
}

/**
 * Images turned counterclockwise by a random angle: of [low, high], or [-degrees, degrees]. Their size stays, unless
 * `expand` lets it follow the angle. Source: torchvision.transforms.v2.RandomRotation.
 *
 * @throws OptionError for negative degrees.
 * @example
 * const quarter = new data.transforms.RandomRotation([90, 90]);
 * await quarter.forward(tensor([[[0.25, 0.5], [0.75, 1]]])).tolist(); // [[[0.5, 1], [0.25, 0.75]]]
 */
export class RandomRotation extends RandomTransform {
  readonly degrees: readonly [number, number];
  private readonly options: RandomRotationOptions;
  constructor(
    degrees: number | readonly [number, number],
    ...rest: OptionalArgs<[interpolation: 'nearest' | 'bilinear', expand: boolean], RandomRotationOptions>
  ) {
    const names = ['interpolation', 'expand', 'center', 'fill', 'generator'] as const;
    const options = optionalArgs<RandomRotationOptions>('RandomRotation', names, rest);
    super('RandomRotation', options.generator);
    if (typeof degrees === 'number' && !(degrees >= 0))
      throw new OptionError(`If degrees is a single number, it must be positive, got ${degrees}`);
    this.degrees = typeof degrees === 'number' ? [-degrees, degrees] : rangeOf('RandomRotation', 'degrees', degrees);
    checkInterpolation('RandomRotation', options.interpolation ?? 'nearest', ['nearest', 'bilinear']);
    const { expand } = options;
    if (expand !== undefined && typeof expand !== 'boolean')
      wrongType('RandomRotation', 'expand', 'true or false', expand);
    if (options.center != null && options.center.length !== 2)
      wrongType('RandomRotation', 'center', '[x, y]', options.center);
    this.options = options;
  }
  protected transform(image: Tensor, plane: readonly [number, number]): Tensor {
    return rotate(image, plane, this.draws().uniform(...this.degrees), this.options);
  }
}

function rotate(
  image: Tensor,
  [height, width]: readonly [number, number],
  degrees: number,
  { interpolation: mode = 'nearest', expand = false, center, fill = 0 }: RandomRotationOptions,
): Tensor {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  // Where a pixel comes from, with both axes from -1 to 1.
  const [x, y] = center && !expand ? [center[0] - width / 2, center[1] - height / 2] : [0, 0];
  const [w, h] = expand ? [covering(width, height, cos, sin), covering(height, width, cos, sin)] : [width, height];
  const rows = [
    [(cos * w) / width, (-sin * h) / width, ((x - cos * x + sin * y) * 2) / width],
    [(sin * w) / height, (cos * h) / height, ((y - sin * x - cos * y) * 2) / height],
  ];
  const theta = tensor([rows], { dtype: image.dtype, device: image.device }) as Tensor;
  const planes = image.reshape(1, -1, height, width);
  const grid = affineGrid(theta, [1, 1, h, w]);
  const shape = [...image.shape.slice(0, -2), h, w];
  const turned = gridSample(planes, grid, { mode });
  if (fill === 0) return turned.reshape(shape);
  const inside = gridSample(onesLike(planes.at(':', [0, 1])), grid, { mode });
  return turned.add(inside.neg().add(1).mul(fill)).reshape(shape);
}

/** Whole pixels that an edge of the turned image covers, as torchvision counts them: what is less than 1e-4 is none. */
function covering(edge: number, other: number, cos: number, sin: number): number {
  const half = (Math.abs(cos) * edge + Math.abs(sin) * other) / 2;
  const cut = (v: number): number => Math.trunc(v * 1e4) / 1e4;
  return Math.ceil(cut(edge / 2 + half)) - Math.floor(cut(edge / 2 - half));
}
