import { isFloat } from '../../core/dtype.ts';
import { DTypeError, OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { formatShape } from '../../core/shape.ts';
import { type Generator, generatorOr } from '../../tensor/impl/random.ts';
import { noGrad, Tensor } from '../../tensor/tensor.ts';
import { Draws } from '../draws.ts';

/** Anything that {@link Compose} can hold. */
export interface TransformLike<I = Tensor, O = Tensor> {
  forward(input: I): O;
}

/** A number for both, or [height, width]. */
export type Size = number | readonly number[];

/** [height, width] of a size; a single number means a square. */
export function sizeOf(place: string, size: Size): [number, number] {
  const list = typeof size === 'number' ? [size, size] : size;
  if (!Array.isArray(list) || list.length < 1 || list.length > 2 || !list.every((n) => Number.isInteger(n) && n > 0))
    wrongType(place, 'size', 'a positive integer or [height, width]', size);
  return [list[0]!, list[1] ?? list[0]!];
}

/** [low, high] of an option that may be one number. */
export function rangeOf(place: string, name: string, range: readonly number[]): [number, number] {
  const [low, high] = range;
  if (!Array.isArray(range) || range.length !== 2 || !(low! <= high!)) wrongType(place, name, '[low, high]', range);
  return [low!, high!];
}

export function checkProbability(place: string, p: number): number {
  if (!(p >= 0 && p <= 1))
    throw new OptionError(
      `\`p\` should be a floating point value in the interval [0.0, 1.0].\n  in ${place}: got ${p}`,
    );
  return p;
}

/** Height and width of images (…, H, W), checked. */
export function planeOf(place: string, image: Tensor): [height: number, width: number] {
  if (!(image instanceof Tensor))
    wrongType(place, 'image', 'a Tensor', image, 'new ToTensor() makes one of a canvas or { data, width, height }');
  if (image.ndim < 2) throw new ShapeError(`${place}: expected images (…, C, H, W), got ${formatShape(image.shape)}`);
  if (!isFloat(image.dtype))
    throw new DTypeError(`${place}: expected a float image, got ${image.dtype}\n  x.float().div(255)`);
  return [image.size(-2), image.size(-1)];
}

/** The base of transforms of images. What they make carries no gradient. */
export abstract class Transform implements TransformLike {
  /** Images (…, C, H, W) with values in [0, 1], one or a batch: transformed, all in the same way. */
  forward(image: Tensor): Tensor {
    const plane = planeOf(this.constructor.name, image);
    return noGrad(() => this.transform(image, plane));
  }
  /** @internal */
  protected abstract transform(image: Tensor, plane: readonly [height: number, width: number]): Tensor;
}

/** Settings of all random transforms. */
export interface RandomOptions {
  /** Decides. Default: the one seeded by manualSeed(). */
  readonly generator?: Generator;
}

/** The base of random transforms: each call takes one stream of the generator. */
export abstract class RandomTransform extends Transform {
  readonly generator: Generator;
  constructor(place: string, generator: Generator | undefined) {
    super();
    this.generator = generatorOr(place, generator);
  }
  /** @internal */
  protected draws(): Draws {
    return new Draws(this.constructor.name, this.generator);
  }
}
