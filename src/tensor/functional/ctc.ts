/** The loss of sequences whose alignment is unknown. */
import { wrongType } from '../../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { fromArray } from '../create.ts';
import { checkReduction } from '../impl/common.ts';
import * as impl from '../impl/ctc.ts';
import { Tensor, varOf } from '../tensor.ts';
import type { LossOptions } from './regression-loss.ts';

/** A length for each sequence of a batch: an int32 tensor (N), or numbers. One number, or a 0-d tensor, where N is 1. */
export type Lengths = Tensor | readonly number[] | number;

/** Settings of {@link ctcLoss}. */
export interface CtcLossOptions extends LossOptions {
  /** The class that stands for no label. Default 0. */
  readonly blank?: number;
  /** Count losses that are infinite, because an input is too short for its target, as 0, and give them no gradient. */
  readonly zeroInfinity?: boolean;
}

const isList = (v: Lengths): v is readonly number[] => Array.isArray(v);

/**
 * Connectionist temporal classification: how unlikely the targets are, over all ways to align them with the input, for
 * log-probabilities (T, N, C) or (T, C), as logSoftmax gives them, and int32 targets (N, S), padded, or one after the other
 * in a single dim. With `reduction: 'mean'` each loss is divided by the length of its target first. The gradient is that of
 * normalised log-probabilities, as in PyTorch, and cannot itself be differentiated. Source: Graves et al., "Connectionist
 * temporal classification" (ICML 2006); torch.nn.functional.ctc_loss.
 *
 * @throws ShapeError for lengths that do not fit, and for labels that are no classes: at the call, or by the next read where only the
 * device knows them. OptionError for a blank that is no class.
 * @example
 * const logProbs = functional.logSoftmax(zeros([3, 1, 2]), 2);
 * await functional.ctcLoss(logProbs, tensor([[1]]), [3], [1]).item(); // 0.2877
 */
export function ctcLoss(
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: Lengths,
  targetLengths: Lengths,
  ...rest: OptionalArgs<[blank: number], CtcLossOptions>
): Tensor {
  const options = optionalArgs<CtcLossOptions>('ctcLoss', ['blank', 'reduction', 'zeroInfinity'], rest);
  const { blank = 0, reduction = 'mean', zeroInfinity = false } = options;
  checkReduction('ctcLoss', reduction);
  const x = varOf('ctcLoss', logProbs, 'logProbs');
  const labels = varOf('ctcLoss', targets, 'targets');
  const lengths = (name: string, v: Lengths): Tensor => {
    if (v instanceof Tensor) return v;
    const list = isList(v) ? v : [v];
    if (!list.every(Number.isInteger)) wrongType('ctcLoss', name, 'integers or a Tensor of them', v);
    return fromArray(Int32Array.from(list), [list.length], { device: logProbs.device });
  };
  const inputs = lengths('inputLengths', inputLengths);
  const counts = lengths('targetLengths', targetLengths);
  const given = targetLengths instanceof Tensor ? null : isList(targetLengths) ? targetLengths : [targetLengths];
  const gradFn =
    reduction === 'mean'
      ? 'MeanBackward0'
      : reduction === 'sum'
        ? 'SumBackward0'
        : zeroInfinity
          ? 'WhereBackward0'
          : 'CtcLossBackward0';
  return composed(
    gradFn,
    () =>
      new Tensor(
        impl.ctcLoss(x, labels, {
          inputLengths: inputs.impl,
          targetLengths: counts.impl,
          known: given && { total: given.reduce((a, b) => a + b, 0), longest: Math.max(0, ...given) },
          blank,
          reduction,
          zeroInfinity,
        }),
      ),
  );
}
