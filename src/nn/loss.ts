/** The most used losses as modules: `loss.forward(input, target)`. Formulas: the PyTorch page of each. */
import type { OptionalArgs } from '../tensor/arguments.ts';
import type {
  BinaryCrossEntropyOptions,
  CrossEntropyOptions,
  Reduction,
  WeightedLossOptions,
} from '../tensor/functional/index.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput } from './checks.ts';
import { Configured } from './configured.ts';

/** What losses share: a function of tensors and of settings that are its options. */
export abstract class Loss extends Configured {
  protected check(tensors: Readonly<Record<string, Tensor>>): void {
    for (const [name, t] of Object.entries(tensors)) checkInput(this.constructor.name, t, name);
  }
}

/** A loss of input and target. */
export interface PairLoss extends Loss {
  forward(input: Tensor, target: Tensor): Tensor;
}
/** The loss of a function whose options are its settings, with `usual` values; G is what its constructor takes. */
/* @__NO_SIDE_EFFECTS__ */
export function pairLoss<G extends readonly unknown[]>(
  fn: (input: Tensor, target: Tensor, options: never) => Tensor,
  usual: Readonly<Record<string, unknown>>,
): new (
  ...given: G
) => PairLoss {
  return class extends Loss {
    constructor(...given: G) {
      super(usual, given);
    }
    override forward(input: Tensor, target: Tensor): Tensor {
      this.check({ input, target });
      return fn(input, target, this.settings<never>());
    }
  };
}

/**
 * Cross entropy of logits `(N, C, …)` or `(C)` with class indices `(N, …)`, int32, or class probabilities of the input's shape.
 * Source: torch.nn.CrossEntropyLoss.
 *
 * @throws ShapeError for sizes that do not match or a label out of range.
 * @example
 * const loss = new nn.CrossEntropyLoss();
 * await loss.forward(tensor([[2, 1, 0]], { dtype: 'float32' }), tensor([0])).item(); // 0.4076
 */
export class CrossEntropyLoss extends pairLoss<OptionalArgs<[weight: Tensor | null], CrossEntropyOptions>>(
  functional.crossEntropy,
  { weight: null, ignoreIndex: -100, reduction: 'mean', labelSmoothing: 0 },
) {
  /** A weight per class, part of the state. */
  declare weight: Tensor | null;
  /** Default −100. */
  declare readonly ignoreIndex: number;
  declare readonly reduction: Reduction;
  /** Default 0. */
  declare readonly labelSmoothing: number;
}

/**
 * Negative log likelihood of log-probabilities `(N, C, …)` or `(C)` at class indices `(N, …)`, int32. Source: torch.nn.NLLLoss.
 *
 * @throws ShapeError for sizes that do not match or a label out of range.
 * @example
 * const loss = new nn.NLLLoss();
 * const logits = tensor([[2, 1, 0]], { dtype: 'float32' });
 * await loss.forward(logits.logSoftmax(1), tensor([0])).item(); // 0.4076
 */
export class NLLLoss extends pairLoss<
  OptionalArgs<[weight: Tensor | null], Omit<CrossEntropyOptions, 'labelSmoothing'>>
>(functional.nllLoss, { weight: null, ignoreIndex: -100, reduction: 'mean' }) {
  /** A weight per class, part of the state. */
  declare weight: Tensor | null;
  /** Default −100. */
  declare readonly ignoreIndex: number;
  declare readonly reduction: Reduction;
}

/**
 * Mean of (input − target)². Source: torch.nn.MSELoss.
 *
 * @example
 * await new nn.MSELoss().forward(tensor([1.5, 2]), tensor([1, 2.5])).item(); // 0.25
 */
export class MSELoss extends pairLoss<OptionalArgs<[], Pick<WeightedLossOptions, 'reduction'>>>(functional.mseLoss, {
  reduction: 'mean',
}) {
  declare readonly reduction: Reduction;
}

/**
 * Binary cross entropy of logits and targets in [0, 1] of the same shape, without overflow. Source: torch.nn.BCEWithLogitsLoss.
 *
 * @throws ShapeError for different shapes.
 * @example
 * await new nn.BCEWithLogitsLoss().forward(tensor([0.5, -0.5]), tensor([1.0, 0.0])).item(); // 0.4741
 */
export class BCEWithLogitsLoss extends pairLoss<OptionalArgs<[weight: Tensor | null], BinaryCrossEntropyOptions>>(
  functional.binaryCrossEntropyWithLogits,
  { weight: null, posWeight: null, reduction: 'mean' },
) {
  /** Part of the state, as `weight` and `pos_weight`. */
  declare weight: Tensor | null;
  declare posWeight: Tensor | null;
  declare readonly reduction: Reduction;
}
