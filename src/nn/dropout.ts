import { OptionError } from '../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import type { DropoutOptions } from '../tensor/functional/index.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput } from './checks.ts';
import { Module } from './module.ts';
import { pythonBool, pythonFloat } from './repr.ts';

/** Settings of {@link Dropout} and its kin. */
export interface DropoutLayerOptions {
  /** How likely each element, or channel, is dropped. Default 0.5. */
  readonly p?: number;
  /** Overwrite the input, and return it. Default false. */
  readonly inplace?: boolean;
}

/** What all kinds of dropout share. */
abstract class DropoutLayer extends Module {
  /** May be changed between steps. */
  p: number;
  readonly inplace: boolean;

  constructor(...given: Args) {
    super();
    const options = optionalArgs<DropoutLayerOptions>(this.constructor.name, ['p', 'inplace'], given);
    const { p = 0.5, inplace = false } = options;
    if (!(p >= 0 && p <= 1)) throw new OptionError(`dropout probability has to be between 0 and 1, but got ${p}`);
    this.p = p;
    this.inplace = inplace;
  }

  override extraRepr(): string {
    return `p=${pythonFloat(this.p)}, inplace=${pythonBool(this.inplace)}`;
  }
}

type Args = OptionalArgs<[p: number, inplace: boolean], DropoutLayerOptions>;

interface Layer extends DropoutLayer {
  forward(input: Tensor): Tensor;
}

/** The layer of a function. */
/* @__NO_SIDE_EFFECTS__ */
function dropping(fn: (input: Tensor, options: DropoutOptions) => Tensor): new (...given: Args) => Layer {
  return class extends DropoutLayer {
    override forward(input: Tensor): Tensor {
      checkInput(this.constructor.name, input);
      const { p, training, inplace } = this;
      return fn(input, { p, training, inplace });
    }
  };
}

/**
 * In training, zeroes elements with probability `p` and scales the rest by 1/(1 − p); in evaluation, returns its input. Which
 * elements follows from manualSeed(), on every device alike. Source:
 * torch.nn.Dropout, arXiv 1207.0580.
 *
 * @throws OptionError for p outside [0, 1].
 * @example
 * await new nn.Dropout(0.5).eval().forward(ones([3])).tolist(); // [1, 1, 1]
 */
export class Dropout extends dropping(functional.dropout) {}

/**
 * {@link Dropout} of whole channels of `(N, C, L)` or `(C, L)`. Source:
 * torch.nn.Dropout1d.
 *
 * @throws OptionError for p outside [0, 1].
 * @example
 * await new nn.Dropout1d(1).forward(ones([1, 2, 2])).tolist(); // [[[0, 0], [0, 0]]]
 */
export class Dropout1d extends dropping(functional.dropout1d) {}

/**
 * {@link Dropout} of whole channels of `(N, C, H, W)` or `(C, H, W)`. Source:
 * torch.nn.Dropout2d.
 *
 * @throws OptionError for p outside [0, 1].
 * @example
 * new nn.Dropout2d(0.2).forward(ones([2, 3, 4, 4])).shape; // [2, 3, 4, 4]
 */
export class Dropout2d extends dropping(functional.dropout2d) {}

/**
 * {@link Dropout} of whole channels of `(N, C, D, H, W)` or `(C, D, H, W)`. Source:
 * torch.nn.Dropout3d.
 *
 * @throws OptionError for p outside [0, 1].
 * @example
 * new nn.Dropout3d(0.2).forward(ones([2, 3, 2, 2, 2])).shape; // [2, 3, 2, 2, 2]
 */
export class Dropout3d extends dropping(functional.dropout3d) {}

/**
 * Dropout that keeps mean 0 and variance 1, for {@link SELU}: dropped elements become what SELU goes to on the left. Source:
 * torch.nn.AlphaDropout, arXiv 1706.02515.
 *
 * @throws OptionError for p outside [0, 1].
 * @example
 * new nn.AlphaDropout(0.2).forward(ones([2, 3])).shape; // [2, 3]
 */
export class AlphaDropout extends dropping(functional.alphaDropout) {}

/**
 * {@link AlphaDropout} of whole channels of `(N, C, *)`. Source:
 * torch.nn.FeatureAlphaDropout.
 *
 * @throws OptionError for p outside [0, 1].
 * @example
 * new nn.FeatureAlphaDropout(0.2).forward(ones([2, 3, 4])).shape; // [2, 3, 4]
 */
export class FeatureAlphaDropout extends dropping(functional.featureAlphaDropout) {}
