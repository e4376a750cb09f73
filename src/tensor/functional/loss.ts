/** Losses. */
import { checkOptions } from '../../core/errors.ts';
import { checkReduction, type Reduction } from '../impl/common.ts';
import * as losses from '../impl/loss.ts';
import { Tensor, varOf } from '../tensor.ts';
import { optional } from './arguments.ts';

/** Settings of {@link crossEntropy}. */
export interface CrossEntropyOptions {
  /** A weight per class, (C). */
  readonly weight?: Tensor | null;
  /** Targets of this value count for nothing. Default −100. */
  readonly ignoreIndex?: number;
  readonly reduction?: Reduction;
  /** In [0, 1]: how much of the target is spread over all classes. */
  readonly labelSmoothing?: number;
}
/**
 * Cross entropy of logits (N, C, …) or (C) with class indices (N, …), int32, or class probabilities of the input's shape.
 *
 * @throws ShapeError for sizes that do not match or a label out of range.
 * @example
 * await functional.crossEntropy(tensor([[2, 1, 0]], { dtype: 'float32' }), tensor([0])).item(); // 0.4076
 */
export function crossEntropy(input: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  checkOptions('crossEntropy', options, ['weight', 'ignoreIndex', 'reduction', 'labelSmoothing']);
  const { weight, ignoreIndex = -100, reduction = 'mean', labelSmoothing = 0 } = options;
  checkReduction('crossEntropy', reduction);
  return new Tensor(
    losses.crossEntropy(varOf('crossEntropy', input), varOf('crossEntropy', target, 'target'), {
      weight: optional('crossEntropy', weight, 'weight'),
      ignoreIndex,
      reduction,
      labelSmoothing,
    }),
  );
}
/** Negative log likelihood of log-probabilities (N, C, …) at class indices. */
export function nllLoss(
  input: Tensor,
  target: Tensor,
  options: Omit<CrossEntropyOptions, 'labelSmoothing'> = {},
): Tensor {
  checkOptions('nllLoss', options, ['weight', 'ignoreIndex', 'reduction']);
  const { weight, ignoreIndex = -100, reduction = 'mean' } = options;
  checkReduction('nllLoss', reduction);
  return new Tensor(
    losses.nllLoss(varOf('nllLoss', input), varOf('nllLoss', target, 'target'), {
      weight: optional('nllLoss', weight, 'weight'),
      ignoreIndex,
      reduction,
    }),
  );
}
/** Mean (or sum, or each) of (input − target)²; the two broadcast. */
export function mseLoss(input: Tensor, target: Tensor, options: { reduction?: Reduction } = {}): Tensor {
  checkOptions('mseLoss', options, ['reduction']);
  const { reduction = 'mean' } = options;
  checkReduction('mseLoss', reduction);
  return new Tensor(losses.mseLoss(varOf('mseLoss', input), varOf('mseLoss', target, 'target'), reduction));
}
/** Settings of {@link binaryCrossEntropyWithLogits}. */
export interface BinaryCrossEntropyOptions {
  readonly weight?: Tensor | null;
  /** Weight of the positive class. */
  readonly posWeight?: Tensor | null;
  readonly reduction?: Reduction;
}
/** Binary cross entropy of logits and targets in [0, 1] of the same shape, without overflow. */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  options: BinaryCrossEntropyOptions = {},
): Tensor {
  checkOptions('binaryCrossEntropyWithLogits', options, ['weight', 'posWeight', 'reduction']);
  const { weight, posWeight, reduction = 'mean' } = options;
  checkReduction('binaryCrossEntropyWithLogits', reduction);
  return new Tensor(
    losses.binaryCrossEntropyWithLogits(
      varOf('binaryCrossEntropyWithLogits', input),
      varOf('binaryCrossEntropyWithLogits', target, 'target'),
      {
        weight: optional('binaryCrossEntropyWithLogits', weight, 'weight'),
        posWeight: optional('binaryCrossEntropyWithLogits', posWeight, 'posWeight'),
        reduction,
      },
    ),
  );
}
export { binaryCrossEntropyWithLogits as bceWithLogits };
