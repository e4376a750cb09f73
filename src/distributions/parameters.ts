/** Parameters: numbers and tensors, which broadcast. */
import { isFloat } from '../core/dtype.ts';
import { describe, OptionError, wrongType } from '../core/errors.ts';
import { sameShape } from '../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { full } from '../tensor/create.ts';
import { broadcastTensors } from '../tensor/functions/views.ts';
import { Tensor, type TensorOrNumber } from '../tensor/tensor.ts';

/** Options of every distribution. */
export interface DistributionOptions {
  /**
   * Check the parameters, and the values that logProb() and cdf() are given? Numbers are checked at the call, the elements of
   * tensors by the device, so that the next read throws. Default: true, unless setDefaultValidateArgs() said otherwise.
   */
  readonly validateArgs?: boolean | null;
}
/** The optional arguments of a distribution without others. */
export type DistributionArgs = OptionalArgs<[validateArgs: boolean | null], DistributionOptions>;

/** Whether a distribution was told to check what it is given. */
export function validateArgsOf(name: string, rest: readonly unknown[]): boolean | null {
  return checkedFlag(name, optionalArgs<DistributionOptions>(name, ['validateArgs'], rest).validateArgs);
}
/** Throws unless it is a flag, or nothing. */
export function checkedFlag(name: string, validateArgs: unknown): boolean | null {
  if (validateArgs === undefined || validateArgs === null) return null;
  return typeof validateArgs === 'boolean'
    ? validateArgs
    : wrongType(name, 'validateArgs', 'true or false', validateArgs);
}

/** The parameters as floating tensors of one shape. Numbers take dtype and device of the tensors. */
export function broadcastAll<K extends string>(
  name: string,
  given: Readonly<Record<K, TensorOrNumber>>,
): Record<K, Tensor> {
  const entries = Object.entries(given) as [K, TensorOrNumber][];
  for (const [parameter, value] of entries) {
    if (typeof value !== 'number' && !(value instanceof Tensor))
      throw new OptionError(
        `Input arguments must all be instances of Number, torch.Tensor or objects implementing __torch_function__.\n  in ${name}: ${parameter} is ${describe(value)}`,
      );
  }
  const tensors = entries.map(([, value]) => value).filter((value) => value instanceof Tensor);
  const like = tensors.find((t) => isFloat(t.dtype)) ?? tensors[0];
  const dtype = like && isFloat(like.dtype) ? like.dtype : 'float32';
  const made = entries.map(([, value]) => {
    if (!(value instanceof Tensor)) return full([], value as number, { dtype, ...(like && { device: like.device }) });
    return isFloat(value.dtype) ? value : value.to(dtype);
  });
  const wide = broadcastTensors(...made);
  return Object.fromEntries(
    entries.map(([parameter], i) => [parameter, sameShape(wide[i]!.shape, made[i]!.shape) ? made[i] : wide[i]]),
  ) as Record<K, Tensor>;
}

/** Options of distributions that take probabilities, or the logarithms of odds. */
export interface ProbsOptions extends DistributionOptions {
  /** Probabilities. */
  readonly probs?: TensorOrNumber | null;
  /** Logarithms of odds, or for categories of weights. */
  readonly logits?: TensorOrNumber | null;
}
/** Their optional arguments. */
export type ProbsArgs = OptionalArgs<
  [probs: TensorOrNumber | null, logits: TensorOrNumber | null, validateArgs: boolean | null],
  ProbsOptions
>;
/** Which of the two was given. */
export interface ProbsOrLogits {
  readonly kind: 'probs' | 'logits';
  readonly value: TensorOrNumber;
  readonly validateArgs: boolean | null;
}

/** Probabilities or logits, of which exactly one is to be given. */
export function probsOrLogits(name: string, rest: readonly unknown[]): ProbsOrLogits {
  const options = optionalArgs<ProbsOptions>(name, ['probs', 'logits', 'validateArgs'], rest);
  const [probs = null, logits = null] = [options.probs, options.logits];
  if ((probs === null) === (logits === null)) {
    throw new OptionError(
      `Either \`probs\` or \`logits\` must be specified, but not both.\n  in ${name}: new ${name}(probs), or new ${name}({ logits })`,
    );
  }
  const validateArgs = checkedFlag(name, options.validateArgs);
  return probs === null
    ? { kind: 'logits', value: logits!, validateArgs }
    : { kind: 'probs', value: probs, validateArgs };
}

const epsilons: Partial<Record<string, number>> = { float64: 2 ** -52, float16: 2 ** -10 };
const tinies: Partial<Record<string, number>> = { float64: 2 ** -1022, float16: 2 ** -14 };
/** The distance from 1 to the next number of the tensor's dtype. */
export const epsilonOf = ({ dtype }: Tensor): number => epsilons[dtype] ?? 2 ** -23;
/** The least positive normal number of the tensor's dtype. */
export const tinyOf = ({ dtype }: Tensor): number => tinies[dtype] ?? 2 ** -126;

/** Probabilities, away from 0 and 1 as far as the dtype can tell. */
export const clampProbs = (probs: Tensor): Tensor => probs.clamp(epsilonOf(probs), 1 - epsilonOf(probs));
/** Logarithms of odds. */
export function probsToLogits(probs: Tensor): Tensor {
  const p = clampProbs(probs);
  return p.log().sub(p.neg().log1p());
}
/** The sum over the last `count` dims. */
export function sumRightmost(value: Tensor, count: number): Tensor {
  return count === 0 ? value : value.sum(Array.from({ length: count }, (_, i) => i - count));
}
