import type { OptionalArgs } from '../tensor/arguments.ts';
import type { CtcLossOptions, Lengths, Reduction } from '../tensor/functional/index.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Loss } from './loss.ts';

/**
 * Connectionist temporal classification: how unlikely the targets are, over all ways to align them with the input, for
 * log-probabilities `(T, N, C)` or `(T, C)` and int32 targets `(N, S)`, padded, or one after the other in a single dim. Source:
 * torch.nn.CTCLoss; Graves et al., ICML 2006.
 *
 * @throws ShapeError for lengths that do not fit, OptionError for a blank that is no class.
 * @example
 * const logProbs = functional.logSoftmax(zeros([3, 1, 2]), 2);
 * await new nn.CTCLoss().forward(logProbs, tensor([[1]]), [3], [1]).item(); // 0.2877
 */
export class CTCLoss extends Loss {
  /** The class that stands for no label. Default 0. */
  declare readonly blank: number;
  declare readonly reduction: Reduction;
  /** Count losses that are infinite as 0, and give them no gradient. Default false. */
  declare readonly zeroInfinity: boolean;
  constructor(...given: OptionalArgs<[blank: number, reduction: Reduction, zeroInfinity: boolean], CtcLossOptions>) {
    super({ blank: 0, reduction: 'mean', zeroInfinity: false }, given);
  }
  override forward(logProbs: Tensor, targets: Tensor, inputLengths: Lengths, targetLengths: Lengths): Tensor {
    this.check({ logProbs, targets });
    return functional.ctcLoss(logProbs, targets, inputLengths, targetLengths, this.settings<CtcLossOptions>());
  }
}
