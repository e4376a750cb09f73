/** Losses. */
import { checkOptions, OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape, sameShape } from '../../core/shape.ts';
import { composed } from '../compose.ts';
import { where } from '../functions/core.ts';
import { checkReduction, type Reduction } from '../impl/common.ts';
import * as losses from '../impl/loss.ts';
import { reportAny } from '../report.ts';
import { Tensor, varOf } from '../tensor.ts';
import { optional } from './arguments.ts';
import { checkPair, reduced, type WeightedLossOptions, weighed } from './regression-loss.ts';

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
export function mseLoss(input: Tensor, target: Tensor, options: WeightedLossOptions = {}): Tensor {
  checkOptions('mseLoss', options, ['reduction', 'weight']);
  const { reduction = 'mean', weight } = options;
  checkReduction('mseLoss', reduction);
  if (weight) return composed('MseLossBackward0', () => weighed(input.sub(target).square(), weight, reduction));
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

/**
 * Binary cross entropy of probabilities: −(target·log input + (1 − target)·log(1 − input)). Logarithms are at least −100, as in
 * PyTorch. binaryCrossEntropyWithLogits is more exact.
 *
 * @throws ShapeError when input and target have different shapes.
 * @throws OptionError with the next read, for elements outside of [0, 1].
 * @example
 * await functional.binaryCrossEntropy(tensor([0.5, 0.25]), tensor([1, 0])).item(); // 0.4904
 */
export function binaryCrossEntropy(
  input: Tensor,
  target: Tensor,
  options: Omit<BinaryCrossEntropyOptions, 'posWeight'> = {},
): Tensor {
  const name = 'binaryCrossEntropy';
  checkOptions(name, options, ['weight', 'reduction']);
  const { weight, reduction = 'mean' } = options;
  checkPair(name, input, target, reduction);
  if (!sameShape(input.shape, target.shape))
    throw new ShapeError(
      `Using a target size (${formatShape(target.shape)}) that is different to the input size (${formatShape(input.shape)}) is deprecated. Please ensure they have the same size.\n  in binaryCrossEntropy`,
    );
  checkProbabilities(input, target);
  return composed('BinaryCrossEntropyBackward0', () => {
    const [log, logOther] = boundedLogs(input);
    const loss = target.mul(log).add(target.neg().add(1).mul(logOther)).neg();
    return reduced(weight ? loss.mul(weight) : loss, reduction);
  });
}

/** Lets the next read throw unless all elements are in [0, 1], as NaN is not. */
function checkProbabilities(input: Tensor, target: Tensor): void {
  if (input.numel() === 0) return;
  const outside = (x: Tensor): Tensor => x.detach().ge(0).logicalAnd(x.detach().le(1)).logicalNot();
  reportAny(
    () => where(outside(input), 2, where(outside(target), 1, 0)),
    (found) =>
      new OptionError(
        found === 2
          ? 'all elements of input should be between 0 and 1\n  in binaryCrossEntropy: for logits, use binaryCrossEntropyWithLogits (nn.BCEWithLogitsLoss)'
          : 'all elements of target should be between 0 and 1\n  in binaryCrossEntropy',
      ),
  );
}

/**
 * log p and log(1 − p), at least −100. At 0 and 1 their slopes would be infinite, and times a saturated sigmoid's slope of 0 nobody
 * knows what: there they are PyTorch's, which divides by p(1 − p) but by no less than 1e-12.
 */
function boundedLogs(p: Tensor): [Tensor, Tensor] {
  const steep = p.dtype === 'float16' ? 6e4 : 1e12;
  const [zero, one] = [p.eq(0), p.eq(1)];
  const open = where(zero, 0.5, where(one, 0.5, p));
  const bounded = (log: Tensor): Tensor => log.clamp({ min: -100 });
  return [
    where(zero, p.mul(steep).sub(100), where(one, 0, bounded(open.log()))),
    where(one, p.neg().add(1).mul(steep).sub(100), where(zero, 0, bounded(open.neg().log1p()))),
  ];
}
