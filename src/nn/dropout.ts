import { OptionError } from '../core/errors.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput } from './checks.ts';
import { Module } from './module.ts';
import { pythonFloat } from './repr.ts';

/**
 * In training, zeroes elements with probability `p` and scales the rest by 1/(1 − p); in evaluation, returns its input. Which
 * elements follows from manualSeed(), on every device alike. Source: torch.nn.Dropout, arXiv 1207.0580.
 *
 * @throws OptionError for p outside [0, 1].
 * @example
 * await new nn.Dropout(0.5).eval().forward(ones([3])).tolist(); // [1, 1, 1]
 */
export class Dropout extends Module {
  /** May be changed between steps. */
  p: number;

  constructor(p = 0.5) {
    super();
    if (!(p >= 0 && p <= 1)) throw new OptionError(`dropout probability has to be between 0 and 1, but got ${p}`);
    this.p = p;
  }

  override forward(input: Tensor): Tensor {
    checkInput('Dropout', input);
    return functional.dropout(input, this.p, { training: this.training });
  }

  override extraRepr(): string {
    return `p=${pythonFloat(this.p)}, inplace=False`;
  }
}
