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

/**
 * Cross entropy of logits `(N, C, …)` or `(C)` with class indices `(N, …)`, int32, or class probabilities of the input's shape.
 * Source: torch.nn.CrossEntropyLoss.
 *
 * @throws ShapeError for sizes that do not match or a label out of range.
 * @example
 * const loss = new nn.CrossEntropyLoss();
 * await loss.forward(tensor([[2, 1, 0]], { dtype: 'float32' }), tensor([0])).item(); // 0.4076
 */
export class CrossEntropyLoss extends Loss {
  /** A weight per class, part of the state. */
  declare weight: Tensor | null;
  /** Default −100. */
  declare readonly ignoreIndex: number;
  declare readonly reduction: Reduction;
  /** Default 0. */
  declare readonly labelSmoothing: number;
  constructor(...given: OptionalArgs<[weight: Tensor | null], CrossEntropyOptions>) {
    super({ weight: null, ignoreIndex: -100, reduction: 'mean', labelSmoothing: 0 }, given);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    this.check({ input, target });
    return functional.crossEntropy(input, target, this.settings());
  }
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
export class NLLLoss extends Loss {
  /** A weight per class, part of the state. */
  declare weight: Tensor | null;
  /** Default −100. */
  declare readonly ignoreIndex: number;
  declare readonly reduction: Reduction;
  constructor(...given: OptionalArgs<[weight: Tensor | null], Omit<CrossEntropyOptions, 'labelSmoothing'>>) {
    super({ weight: null, ignoreIndex: -100, reduction: 'mean' }, given);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    this.check({ input, target });
    return functional.nllLoss(input, target, this.settings());
  }
}

/**
 * Mean of (input − target)². Source: torch.nn.MSELoss.
 *
 * @example
 * await new nn.MSELoss().forward(tensor([1.5, 2]), tensor([1, 2.5])).item(); // 0.25
 */
export class MSELoss extends Loss {
  declare readonly reduction: Reduction;
  constructor(...given: OptionalArgs<[], Pick<WeightedLossOptions, 'reduction'>>) {
    super({ reduction: 'mean' }, given);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    this.check({ input, target });
    return functional.mseLoss(input, target, this.settings());
  }
}

/**
 * Binary cross entropy of logits and targets in [0, 1] of the same shape, without overflow. Source: torch.nn.BCEWithLogitsLoss.
 *
 * @throws ShapeError for different shapes.
 * @example
 * await new nn.BCEWithLogitsLoss().forward(tensor([0.5, -0.5]), tensor([1.0, 0.0])).item(); // 0.4741
 */
export class BCEWithLogitsLoss extends Loss {
  /** Part of the state, as `weight` and `pos_weight`. */
  declare weight: Tensor | null;
  declare posWeight: Tensor | null;
  declare readonly reduction: Reduction;
  constructor(...given: OptionalArgs<[weight: Tensor | null], BinaryCrossEntropyOptions>) {
    super({ weight: null, posWeight: null, reduction: 'mean' }, given);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    this.check({ input, target });
    return functional.binaryCrossEntropyWithLogits(input, target, this.settings());
  }
}
