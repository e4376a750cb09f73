/** Transforms that mix the examples of a batch: images (N, C, H, W) and labels, whole numbers (N) or probabilities (N, classes). */
import { isFloat } from '../../core/dtype.ts';
import { OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../../tensor/arguments.ts';
import { oneHot } from '../../tensor/functional/sparse.ts';
import { where } from '../../tensor/functions/core.ts';
import { type Generator, generatorOr } from '../../tensor/impl/random.ts';
import { noGrad, type Tensor } from '../../tensor/tensor.ts';
import { Draws } from '../draws.ts';
import { inBox } from './erasing.ts';
import { planeOf, type RandomOptions, type TransformLike } from './transform.ts';

/** Settings of {@link MixUp} and {@link CutMix}. */
export interface MixOptions extends RandomOptions {
  /** How evenly: the share is of Beta(alpha, alpha). Default 1. */
  readonly alpha?: number;
  /** Needed where labels are whole numbers. */
  readonly numClasses?: number | null;
}
/** Images and labels. */
export type Labelled = readonly [images: Tensor, labels: Tensor];

abstract class Mix implements TransformLike<Labelled, [Tensor, Tensor]> {
  readonly alpha: number;
  readonly numClasses: number | null;
  readonly generator: Generator;
  private readonly place: string;
  constructor(place: string, rest: OptionalArgs<[alpha: number, numClasses: number | null], MixOptions>) {
    const options = optionalArgs<MixOptions>(place, ['alpha', 'numClasses', 'generator'], rest);
    const { alpha = 1, numClasses = null, generator } = options;
    if (!(alpha > 0)) throw new OptionError(`${place}: alpha must be positive, got ${alpha}`);
    this.alpha = alpha;
    this.numClasses = numClasses;
    this.generator = generatorOr(place, generator);
    this.place = place;
  }
  /** A batch [images, labels]: each mixed with the one before it; the labels are probabilities (N, classes) then. */
  forward([images, labels]: Labelled): [Tensor, Tensor] {
    planeOf(this.place, images);
    if (images.ndim !== 4 || labels.shape[0] !== images.shape[0]) {
      throw new ShapeError(
        `${this.place}: expected images (N, C, H, W) and N labels, got ${formatShape(images.shape)} and ${formatShape(labels.shape)}`,
      );
    }
    return noGrad(() => {
      const draws = new Draws(this.place, this.generator);
      const [mixed, share] = this.mixed(images, draws.beta(this.alpha, this.alpha), draws);
      const targets = this.probabilities(labels);
      return [mixed, targets.mul(share).add(targets.roll(1, 0).mul(1 - share))];
    });
  }
  /** The images, and what is left of each. */
  protected abstract mixed(images: Tensor, share: number, draws: Draws): [Tensor, number];

  private probabilities(labels: Tensor): Tensor {
    if (isFloat(labels.dtype) && labels.ndim === 2) return labels;
    if (this.numClasses === null) {
      throw new OptionError(
        `num_classes must be passed if the labels are index-based\n  in ${this.place}: { numClasses: 10 }`,
      );
    }
    return oneHot(labels, this.numClasses).float();
  }
}

/**
 * Mixes each image and label with those of its neighbour in the batch. Source: torchvision.transforms.v2.MixUp; Zhang et al.,
 * "mixup: Beyond empirical risk minimization", 2018.
 *
 * @throws OptionError without numClasses for whole-number labels.
 * @example
 * const mixUp = new data.transforms.MixUp({ alpha: 0.2, numClasses: 10 });
 * const [, labels] = mixUp.forward([rand([4, 3, 8, 8]), tensor([1, 2, 3, 4])]);
 * labels.shape; // [4, 10]
 */
export class MixUp extends Mix {
  constructor(...rest: OptionalArgs<[alpha: number, numClasses: number | null], MixOptions>) {
    super('MixUp', rest);
  }
  protected mixed(images: Tensor, share: number): [Tensor, number] {
    return [images.mul(share).add(images.roll(1, 0).mul(1 - share)), share];
  }
}

/**
 * Pastes a rectangle of each image's neighbour in the batch into it, and mixes the labels by area. Source:
 * torchvision.transforms.v2.CutMix; Yun et al., "CutMix", 2019.
 *
 * @throws OptionError without numClasses for whole-number labels.
 * @example
 * const cutMix = new data.transforms.CutMix({ numClasses: 10 });
 * const [, labels] = cutMix.forward([rand([4, 3, 8, 8]), tensor([1, 2, 3, 4])]);
 * labels.shape; // [4, 10]
 */
export class CutMix extends Mix {
  constructor(...rest: OptionalArgs<[alpha: number, numClasses: number | null], MixOptions>) {
    super('CutMix', rest);
  }
  protected mixed(images: Tensor, share: number, draws: Draws): [Tensor, number] {
    const [height, width] = [images.size(-2), images.size(-1)];
    const [x, y] = [draws.below(width), draws.below(height)];
    const half = 0.5 * Math.sqrt(1 - share);
    const [dx, dy] = [Math.trunc(half * width), Math.trunc(half * height)];
    const [left, right] = [Math.max(x - dx, 0), Math.min(x + dx, width)];
    const [top, bottom] = [Math.max(y - dy, 0), Math.min(y + dy, height)];
    const box = { top, left, height: bottom - top, width: right - left };
    const rest = 1 - (box.height * box.width) / (height * width);
    return [where(inBox(images, box), images.roll(1, 0), images), rest];
  }
}
