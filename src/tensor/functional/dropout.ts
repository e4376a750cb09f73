/** Dropout. */
import { checkOptions, describe, OptionError } from '../../core/errors.ts';
import * as nn from '../impl/nn.ts';
import { type Generator, generatorOr } from '../impl/random.ts';
import { checkTensor, Tensor, varOf } from '../tensor.ts';

/**
 * Zeroes elements with probability p and scales the rest by 1/(1−p). Does nothing with `training: false`. Source: Hinton et al.,
 * arXiv 1207.0580.
 */
export function dropout(input: Tensor, p = 0.5, options: { training?: boolean; generator?: Generator } = {}): Tensor {
  checkOptions('dropout', options, ['training', 'generator']);
  checkTensor('dropout', input);
  if (typeof p !== 'number' || !(p >= 0 && p <= 1))
    throw new OptionError(`dropout probability has to be between 0 and 1, but got ${describe(p)}`);
  if (!(options.training ?? true) || p === 0) return input;
  return new Tensor(nn.dropout(varOf('dropout', input), p, generatorOr('dropout', options.generator).next()));
}
