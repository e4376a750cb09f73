/** Transforms made of others or of functions, and the one that makes tensors of images. */
import { checkFunction, OptionError, wrongType } from '../../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../../tensor/arguments.ts';
import { fromArray } from '../../tensor/create.ts';
import type { DeviceName } from '../../tensor/device.ts';
import { type Generator, generatorOr } from '../../tensor/impl/random.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { Draws } from '../draws.ts';
import { type ImageSource, imageOf, planesOf } from '../image.ts';
import { checkProbability, type RandomOptions, type TransformLike } from './transform.ts';

type AnyTransform = TransformLike<never, unknown>;
type InputOf<L> = L extends readonly [TransformLike<infer I, unknown>, ...unknown[]] ? I : never;
type OutputOf<L> = L extends readonly [...unknown[], TransformLike<never, infer O>] ? O : never;

function checkTransforms(place: string, transforms: readonly AnyTransform[]): void {
  if (!Array.isArray(transforms) || transforms.some((t) => typeof t?.forward !== 'function'))
    wrongType(place, 'transforms', 'a list of transforms', transforms);
}

/**
 * Transforms one after the other. Source: torchvision.transforms.v2.Compose.
 *
 * @example
 * const { Compose, CenterCrop, Normalize } = data.transforms;
 * const prepare = new Compose([new CenterCrop(4), new Normalize([0.5], [0.5])]);
 * prepare.forward(rand([3, 8, 8])).shape; // [3, 4, 4]
 */
export class Compose<const L extends readonly AnyTransform[]> implements TransformLike<InputOf<L>, OutputOf<L>> {
  readonly transforms: L;
  constructor(transforms: L) {
    checkTransforms('Compose', transforms);
    if (transforms.length === 0) throw new OptionError('Pass at least one transform\n  in Compose');
    this.transforms = transforms;
  }
  /** What the last transform makes of what the first is given. */
  forward(input: InputOf<L>): OutputOf<L> {
    return this.transforms.reduce<unknown>((x, transform) => transform.forward(x as never), input) as OutputOf<L>;
  }
}

/** Settings of {@link RandomApply}. */
export interface RandomApplyOptions extends RandomOptions {
  /** How often. Default 0.5. */
  readonly p?: number;
}

/** All of the transforms or none, with probability `p`. Source: torchvision.transforms.v2.RandomApply. */
export class RandomApply<T = Tensor> implements TransformLike<T, T> {
  readonly transforms: readonly TransformLike<T, T>[];
  readonly p: number;
  readonly generator: Generator;
  constructor(transforms: readonly TransformLike<T, T>[], ...rest: OptionalArgs<[p: number], RandomApplyOptions>) {
    const { p = 0.5, generator } = optionalArgs<RandomApplyOptions>('RandomApply', ['p', 'generator'], rest);
    checkTransforms('RandomApply', transforms);
    this.transforms = transforms;
    this.p = checkProbability('RandomApply', p);
    this.generator = generatorOr('RandomApply', generator);
  }
  /** The input, transformed or not. */
  forward(input: T): T {
    if (new Draws('RandomApply', this.generator).uniform() >= this.p) return input;
    return this.transforms.reduce((x, transform) => transform.forward(x), input);
  }
}

/**
 * A function as a transform. Source: torchvision.transforms.v2.Lambda.
 *
 * @example
 * await new data.transforms.Lambda((x) => x.mul(2)).forward(tensor([1, 2])).tolist(); // [2, 4]
 */
export class Lambda<I = Tensor, O = Tensor> implements TransformLike<I, O> {
  readonly lambd: (input: I) => O;
  constructor(lambd: (input: I) => O) {
    checkFunction('Lambda', lambd);
    this.lambd = lambd;
  }
  /** What the function returns. */
  forward(input: I): O {
    return this.lambd(input);
  }
}

/** Settings of {@link ToTensor}. */
export interface ToTensorOptions {
  /** 1 gray, 3 RGB, 4 with alpha. Default: those of the image, without the alpha of canvases and bitmaps. */
  readonly channels?: 1 | 3 | 4;
  /** Default: the device that init() chose. */
  readonly device?: DeviceName;
}

/**
 * Images as float32 tensors (C, H, W) with values from 0 to 1: `ImageData`, canvases, bitmaps, loaded `<img>` elements, video
 * frames, and `{ data, width, height, channels }`. Source: torchvision.transforms.ToTensor.
 *
 * @throws ShapeError when the data does not fit the size.
 * @example
 * const image = { data: new Uint8Array([0, 255]), width: 2, height: 1, channels: 1 };
 * await new data.transforms.ToTensor().forward(image).tolist(); // [[[0, 1]]]
 */
export class ToTensor implements TransformLike<ImageSource, Tensor> {
  private readonly options: ToTensorOptions;
  constructor(options: ToTensorOptions = {}) {
    this.options = optionalArgs<ToTensorOptions>('ToTensor', ['channels', 'device'], [options]);
  }
  /** The image as a tensor (C, H, W). */
  forward(source: ImageSource): Tensor<'float32'> {
    const image = imageOf(source);
    // A canvas has four channels whether or not anything shines through.
    const own = 'data' in source && source.channels !== undefined ? source.channels : 3;
    const { channels = own === 2 ? 1 : own, device } = this.options;
    const most = 2 ** image.depth - 1;
    const values = Float32Array.from(planesOf(image, channels), (v) => v / most);
    return fromArray(values, [channels, image.height, image.width], {
      dtype: 'float32',
      ...(device && { device }),
    });
  }
}
