/** Dropout. Masks follow from the generator's counter: the backward pass makes them again, and none is ever kept. */
import { isFloat } from '../../core/dtype.ts';
import { DTypeError, describe, OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { numel, type Shape } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed, inPlace } from '../compose.ts';
import { ones } from '../create.ts';
import { op } from '../impl/common.ts';
import { dropoutCounter } from '../impl/dropout-counter.ts';
import { type Generator, generatorOr, type RandomKey } from '../impl/random.ts';
import { checkTensor, Tensor } from '../tensor.ts';

/** Settings of dropout. */
export interface DropoutOptions {
  /** How likely each element, or channel, is dropped. Default 0.5. */
  readonly p?: number;
  /** Do nothing without. Default true, but false for alphaDropout and featureAlphaDropout, as in PyTorch. */
  readonly training?: boolean;
  /** Overwrite the input, and return it. */
  readonly inplace?: boolean;
  /** Where the randomness comes from; default: what manualSeed() seeds. */
  readonly generator?: Generator;
}
/** The optional arguments of dropout, positionally, by name, or the last ones by name. */
export type DropoutArgs =
  | OptionalArgs<[p: number, training: boolean], DropoutOptions>
  | [p: number | undefined, options: DropoutOptions];
const names = ['p', 'training', 'inplace', 'generator'] as const;

interface Kind {
  readonly name: string;
  readonly gradFn: string;
  /** The shape of the mask, which broadcasts over the input. */
  readonly mask: (shape: Shape) => Shape;
  /** What becomes of the input under a mask of 0 and 1. Not called where all or nothing is dropped. */
  readonly apply: (input: Tensor, p: number, mask: Mask) => Tensor;
  readonly training: boolean;
}
/** x·scale where the mask keeps, 0·x elsewhere: the same elements whatever x is. */
type Mask = (x: Tensor, scale: number) => Tensor;

function masked(key: RandomKey, p: number, shape: Shape): Mask {
  return (x, scale) => new Tensor(op('dropout', [x.impl, ...dropoutCounter(key, p, scale, x.dtype)], { shape }));
}

function drop(kind: Kind, input: Tensor, given: readonly unknown[]): Tensor {
  const { name } = kind;
  const options = optionalArgs<DropoutOptions>(name, names, given);
  const { p = 0.5, training = kind.training, inplace = false } = options;
  checkTensor(name, input);
  if (typeof p !== 'number' || !(p >= 0 && p <= 1))
    throw new OptionError(`dropout probability has to be between 0 and 1, but got ${describe(p)}\n  in ${name}`);
  if (typeof training !== 'boolean') wrongType(name, 'training', 'bool', training);
  if (!training || p === 0 || numel(input.shape) === 0) return input;
  if (!isFloat(input.dtype))
    throw new DTypeError(
      `result type Float can't be cast to the desired output type ${input.dtype}\n  in ${name}; cast with .float()`,
    );
  const shape = p === 1 ? [] : kind.mask(input.shape);
  const key = generatorOr(name, options.generator).next();
  const compute = (x: Tensor): Tensor =>
    composed(kind.gradFn, () => (p === 1 ? x.mul(0) : kind.apply(x, p, masked(key, p, shape))));
  return inplace ? inPlace(name, compute)(input) : compute(input);
}

const whole = (shape: Shape): Shape => shape;
/** One element per channel of (N, C, …). */
function channels(shape: Shape): Shape {
  if (shape.length < 2)
    throw new ShapeError(
      `Feature dropout requires at least 2 dimensions in the input\n  got ${shape.length}; dropout() takes any number`,
    );
  return shape.map((d, i) => (i < 2 ? d : 1));
}
/** One element per channel of (C, …), or of (N, C, …) with `batched` dims. */
const unbatched =
  (batched: number) =>
  (shape: Shape): Shape =>
    shape.length === batched ? channels(shape) : channels([1, ...shape]).slice(1);

const scaled: Kind['apply'] = (x, p, mask) => mask(x, 1 / (1 - p));
/** SELU goes to −λα on the left: what dropped elements become. */
const saturation = 1.7580993408473766;
/** Dropped elements become −saturation; then all are moved so that mean and variance stay 0 and 1. */
const selfNormalising =
  (maskShape: (shape: Shape) => Shape): Kind['apply'] =>
  (x, p, mask) => {
    const a = 1 / Math.sqrt((saturation ** 2 * p + 1) * (1 - p));
    const unit = ones(maskShape(x.shape), { dtype: x.dtype, device: x.device });
    return mask(x, a).add(mask(unit, saturation * a).add(saturation * a * (p - 1)));
  };

const plain: Kind = { name: 'dropout', gradFn: 'MulBackward0', mask: whole, apply: scaled, training: true };

/**
 * Zeroes elements with probability p and scales the rest by 1/(1−p). Does nothing with `training: false`. Source: Hinton et al.,
 * arXiv 1207.0580.
 *
 * @throws OptionError for a p outside [0, 1], DTypeError for integers.
 * @example
 * await functional.dropout(tensor([1.5, 2]), 0.5, { training: false }).tolist(); // [1.5, 2]
 */
export function dropout(input: Tensor, ...rest: DropoutArgs): Tensor {
  return drop(plain, input, rest);
}

/**
 * Zeroes whole channels of (N, C, L) or (C, L) with probability p and scales the rest by 1/(1−p). Source:
 * torch.nn.functional.dropout1d.
 *
 * @throws ShapeError for other numbers of dims, OptionError for a p outside [0, 1].
 * @example
 * await functional.dropout1d(tensor([[1.5, 2]]), { p: 1 }).tolist(); // [[0, 0]]
 */
export function dropout1d(input: Tensor, ...rest: DropoutArgs): Tensor {
  checkTensor('dropout1d', input);
  const { ndim } = input;
  if (ndim !== 2 && ndim !== 3)
    throw new ShapeError(
      `dropout1d: Expected 2D or 3D input, but received a ${ndim}D input.\n  (N, C, L) or (C, L); dropout() takes any number of dims`,
    );
  return drop({ ...plain, name: 'dropout1d', mask: unbatched(3) }, input, rest);
}
/**
 * Zeroes whole channels of (N, C, H, W) with probability p and scales the rest by 1/(1−p). Of three dims the first two are taken as N
 * and C, as in PyTorch. Source: Tompson et al., arXiv 1411.4280.
 *
 * @throws ShapeError for less than two dims, OptionError for a p outside [0, 1].
 * @example
 * await functional.dropout2d(ones([1, 1, 1, 2]), { p: 1 }).tolist(); // [[[[0, 0]]]]
 */
export function dropout2d(input: Tensor, ...rest: DropoutArgs): Tensor {
  return drop({ ...plain, name: 'dropout2d', mask: channels }, input, rest);
}
/**
 * Zeroes whole channels of (N, C, D, H, W) or (C, D, H, W) with probability p and scales the rest by 1/(1−p). Source:
 * torch.nn.functional.dropout3d.
 *
 * @throws OptionError for a p outside [0, 1].
 * @example
 * functional.dropout3d(ones([2, 3, 4, 4, 4]), 0.2).shape; // [2, 3, 4, 4, 4]
 */
export function dropout3d(input: Tensor, ...rest: DropoutArgs): Tensor {
  return drop({ ...plain, name: 'dropout3d', mask: unbatched(5) }, input, rest);
}

const alpha = (name: string, mask: Kind['mask']): Kind => ({
  name,
  gradFn: 'AddBackward0',
  mask,
  apply: selfNormalising(mask),
  training: false,
});
/**
 * Sets elements to what SELU saturates at with probability p, and moves all so that a mean of 0 and a variance of 1 are kept. Does
 * nothing unless `training: true`. Source: Klambauer et al., arXiv 1706.02515.
 *
 * @throws OptionError for a p outside [0, 1], DTypeError for integers.
 * @example
 * await functional.alphaDropout(tensor([1.5, 2]), 0.5).tolist(); // [1.5, 2]
 */
export function alphaDropout(input: Tensor, ...rest: DropoutArgs): Tensor {
  return drop(alpha('alphaDropout', whole), input, rest);
}
/**
 * {@link alphaDropout} of whole channels of (N, C, *). Does nothing unless `training: true`. Source:
 * torch.nn.functional.feature_alpha_dropout.
 *
 * @throws ShapeError for less than two dims, OptionError for a p outside [0, 1].
 * @example
 * functional.featureAlphaDropout(ones([2, 3, 4, 4]), 0.2, true).shape; // [2, 3, 4, 4]
 */
export function featureAlphaDropout(input: Tensor, ...rest: DropoutArgs): Tensor {
  return drop(alpha('featureAlphaDropout', channels), input, rest);
}
