/** Losses as modules: `loss.forward(input, target)`. Formulas: the PyTorch page of each. */
import { checkOptions } from '../core/errors.ts';
import type { BinaryCrossEntropyOptions, CrossEntropyOptions, Reduction } from '../tensor/functional/index.ts';
import * as functional from '../tensor/functional/index.ts';
import { checkReduction } from '../tensor/impl/common.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput } from './checks.ts';
import { Module } from './module.ts';

function checkPair(loss: string, input: unknown, target: unknown): void {
  checkInput(loss, input);
  checkInput(loss, target, 'target');
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
export class CrossEntropyLoss extends Module {
  /** A weight per class, part of the state. */
  weight: Tensor | null = null;
  readonly ignoreIndex: number;
  readonly reduction: Reduction;
  readonly labelSmoothing: number;

  constructor(options: CrossEntropyOptions = {}) {
    super();
    checkOptions('CrossEntropyLoss', options, ['weight', 'ignoreIndex', 'reduction', 'labelSmoothing']);
    const { weight = null, ignoreIndex = -100, reduction = 'mean', labelSmoothing = 0 } = options;
    checkReduction('CrossEntropyLoss', reduction);
    this.registerBuffer('weight', weight);
    this.ignoreIndex = ignoreIndex;
    this.reduction = reduction;
    this.labelSmoothing = labelSmoothing;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    checkPair('CrossEntropyLoss', input, target);
    const { weight, ignoreIndex, reduction, labelSmoothing } = this;
    return functional.crossEntropy(input, target, { weight, ignoreIndex, reduction, labelSmoothing });
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
export class NLLLoss extends Module {
  /** A weight per class, part of the state. */
  weight: Tensor | null = null;
  readonly ignoreIndex: number;
  readonly reduction: Reduction;

  constructor(options: Omit<CrossEntropyOptions, 'labelSmoothing'> = {}) {
    super();
    checkOptions('NLLLoss', options, ['weight', 'ignoreIndex', 'reduction']);
    const { weight = null, ignoreIndex = -100, reduction = 'mean' } = options;
    checkReduction('NLLLoss', reduction);
    this.registerBuffer('weight', weight);
    this.ignoreIndex = ignoreIndex;
    this.reduction = reduction;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    checkPair('NLLLoss', input, target);
    const { weight, ignoreIndex, reduction } = this;
    return functional.nllLoss(input, target, { weight, ignoreIndex, reduction });
  }
}

/**
 * Mean of (input − target)². Source: torch.nn.MSELoss.
 *
 * @example
 * await new nn.MSELoss().forward(tensor([1.5, 2]), tensor([1, 2.5])).item(); // 0.25
 */
export class MSELoss extends Module {
  readonly reduction: Reduction;

  constructor(options: { readonly reduction?: Reduction } = {}) {
    super();
    checkOptions('MSELoss', options, ['reduction']);
    const { reduction = 'mean' } = options;
    checkReduction('MSELoss', reduction);
    this.reduction = reduction;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    checkPair('MSELoss', input, target);
    return functional.mseLoss(input, target, { reduction: this.reduction });
  }
}

/**
 * Binary cross entropy of logits and targets in [0, 1] of the same shape, without overflow. Source: torch.nn.BCEWithLogitsLoss.
 *
 * @throws ShapeError for different shapes.
 * @example
 * await new nn.BCEWithLogitsLoss().forward(tensor([0.5, -0.5]), tensor([1.0, 0.0])).item(); // 0.4741
 */
export class BCEWithLogitsLoss extends Module {
  /** Part of the state, as `weight` and `pos_weight`. */
  weight: Tensor | null = null;
  posWeight: Tensor | null = null;
  readonly reduction: Reduction;

  constructor(options: BinaryCrossEntropyOptions = {}) {
    super();
    checkOptions('BCEWithLogitsLoss', options, ['weight', 'posWeight', 'reduction']);
    const { weight = null, posWeight = null, reduction = 'mean' } = options;
    checkReduction('BCEWithLogitsLoss', reduction);
    this.registerBuffer('weight', weight);
    this.registerBuffer('posWeight', posWeight);
    this.reduction = reduction;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    checkPair('BCEWithLogitsLoss', input, target);
    const { weight, posWeight, reduction } = this;
    return functional.binaryCrossEntropyWithLogits(input, target, { weight, posWeight, reduction });
  }
}
