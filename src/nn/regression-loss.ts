/** Losses of numbers and probabilities, as modules. Formulas: the PyTorch page of each. */
import type { OptionalArgs } from '../tensor/arguments.ts';
import type {
  GaussianNllOptions,
  KlDivOptions,
  LossOptions,
  PoissonNllOptions,
  Reduction,
  WeightedLossOptions,
} from '../tensor/functional/index.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Loss, pairLoss } from './loss.ts';

/**
 * Mean of |input − target|. Source: torch.nn.L1Loss.
 *
 * @example
 * await new nn.L1Loss().forward(tensor([1.5, 2]), tensor([1, 4.5])).item(); // 1.5
 */
export class L1Loss extends pairLoss<OptionalArgs<[], LossOptions>>(functional.l1Loss, { reduction: 'mean' }) {
  declare readonly reduction: Reduction;
}

/**
 * 0.5·d²/beta where |d| < beta, |d| − 0.5·beta elsewhere, d = input − target. Source: torch.nn.SmoothL1Loss, arXiv 1504.08083.
 *
 * @throws OptionError for a negative beta.
 * @example
 * await new nn.SmoothL1Loss().forward(tensor([0.5, 2]), tensor([0, 0.5])).item(); // 0.5625
 */
export class SmoothL1Loss extends pairLoss<OptionalArgs<[], LossOptions & { readonly beta?: number }>>(
  functional.smoothL1Loss,
  { reduction: 'mean', beta: 1 },
) {
  declare readonly reduction: Reduction;
  /** Default 1. */
  declare readonly beta: number;
}

/**
 * 0.5·d² where |d| ≤ delta, delta·(|d| − 0.5·delta) elsewhere, d = input − target. Source: torch.nn.HuberLoss.
 *
 * @throws OptionError for a delta that is not positive.
 * @example
 * await new nn.HuberLoss({ delta: 0.5 }).forward(tensor([0.5, 2]), tensor([0, 0.5])).item(); // 0.375
 */
export class HuberLoss extends pairLoss<
  OptionalArgs<[reduction: Reduction, delta: number], LossOptions & { readonly delta?: number }>
>(functional.huberLoss, { reduction: 'mean', delta: 1 }) {
  declare readonly reduction: Reduction;
  /** Default 1. */
  declare readonly delta: number;
}

/**
 * Kullback-Leibler divergence: target·(log target − input), with log-probabilities as input and probabilities as target, or their logarithms with `logTarget`. The divergence itself is `reduction: 'batchmean'`. Source: torch.nn.KLDivLoss.
 *
 * @example
 * const loss = new nn.KLDivLoss({ reduction: 'batchmean' });
 * await loss.forward(tensor([[0.25, 0.75]]).log(), tensor([[0.5, 0.5]])).item(); // 0.1438
 */
export class KLDivLoss extends pairLoss<OptionalArgs<[], KlDivOptions>>(functional.klDiv, {
  reduction: 'mean',
  logTarget: false,
}) {
  declare readonly reduction: NonNullable<KlDivOptions['reduction']>;
  /** Default false. */
  declare readonly logTarget: boolean;
}

/**
 * Negative log likelihood of counts under a Poisson distribution: e^input − target·input, or without `logInput`
 * input − target·log(input + eps). Source: torch.nn.PoissonNLLLoss.
 *
 * @example
 * await new nn.PoissonNLLLoss().forward(tensor([0.5]), tensor([2.0])).item(); // 0.6487
 */
export class PoissonNLLLoss extends pairLoss<OptionalArgs<[logInput: boolean, full: boolean], PoissonNllOptions>>(
  functional.poissonNllLoss,
  { logInput: true, full: false, eps: 1e-8, reduction: 'mean' },
) {
  /** The input is the logarithm of the rate. Default true. */
  declare readonly logInput: boolean;
  /** Add Stirling's approximation of log target!. Default false. */
  declare readonly full: boolean;
  /** Added to the rate where its logarithm is taken. Default 1e-8. */
  declare readonly eps: number;
  declare readonly reduction: Reduction;
}

/**
 * Negative log likelihood under normal distributions: 0.5·(log var + (input − target)²/var). Source: torch.nn.GaussianNLLLoss.
 *
 * @throws ShapeError when the variances do not fit.
 * @example
 * const loss = new nn.GaussianNLLLoss();
 * await loss.forward(tensor([1.5]), tensor([1.0]), tensor([0.25])).item(); // -0.1931
 */
export class GaussianNLLLoss extends Loss {
  /** Add 0.5·log 2π. Default false. */
  declare readonly full: boolean;
  /** The least variance. Default 1e-6. */
  declare readonly eps: number;
  declare readonly reduction: Reduction;
  constructor(...given: OptionalArgs<[], GaussianNllOptions>) {
    super({ full: false, eps: 1e-6, reduction: 'mean' }, given);
  }
  override forward(input: Tensor, target: Tensor, variance: Tensor | number): Tensor {
    this.check({ input, target });
    return functional.gaussianNllLoss(input, target, variance, this.settings());
  }
}

/**
 * Binary cross entropy of probabilities and targets in [0, 1]. See {@link BCEWithLogitsLoss} for logits. Source: torch.nn.BCELoss.
 *
 * @throws ShapeError for different shapes.
 * @example
 * await new nn.BCELoss().forward(tensor([0.25, 0.75]), tensor([0.0, 1.0])).item(); // 0.2877
 */
export class BCELoss extends pairLoss<OptionalArgs<[weight: Tensor | null], WeightedLossOptions>>(
  functional.binaryCrossEntropy,
  { weight: null, reduction: 'mean' },
) {
  /** A weight per element, part of the state. */
  declare readonly weight: Tensor | null;
  declare readonly reduction: Reduction;
}
