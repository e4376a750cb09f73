/** Losses of numbers: how far predictions are from targets. Formulas: the PyTorch page of each. */
import { OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape, sameShape } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { ones } from '../create.ts';
import { where } from '../functions/core.ts';
import { checkReduction, type Reduction } from '../impl/common.ts';
import { checkTensor, type Tensor } from '../tensor.ts';

/** What every loss takes. */
export interface LossOptions {
  /** `'mean'` (default), `'sum'`, or `'none'`: a loss per element. */
  readonly reduction?: Reduction;
}
/** What losses that weigh their elements take. */
export interface WeightedLossOptions extends LossOptions {
  /** A weight for each element. */
  readonly weight?: Tensor | null;
}

/** The losses of elements as the reduction wants them. */
export function reduced(loss: Tensor, reduction: Reduction): Tensor {
  return reduction === 'none' ? loss : reduction === 'sum' ? loss.sum() : loss.mean();
}
export function checkPair(
  name: string,
  input: Tensor,
  target: Tensor,
  reduction: string,
): asserts reduction is Reduction {
  checkTensor(name, input);
  checkTensor(name, target, 'target');
  checkReduction(name, reduction);
}
/** Weighs the losses; a weighted mean is divided by the sum of the weights. */
export function weighed(loss: Tensor, weight: Tensor | null | undefined, reduction: Reduction): Tensor {
  if (!weight) return reduced(loss, reduction);
  const wide = weight.expandAs(loss);
  const product = loss.mul(wide);
  return reduction === 'mean' ? product.sum().div(wide.sum()) : reduced(product, reduction);
}

/**
 * Mean of |input − target|; the two broadcast. Source: torch.nn.functional.l1_loss.
 *
 * @throws OptionError for an unknown reduction.
 * @example
 * await functional.l1Loss(tensor([1.5, 2]), tensor([1, 4])).item(); // 1.25
 */
export function l1Loss(input: Tensor, target: Tensor, ...rest: OptionalArgs<[], WeightedLossOptions>): Tensor {
  const { reduction = 'mean', weight } = optionalArgs<WeightedLossOptions>('l1Loss', ['reduction', 'weight'], rest);
  checkPair('l1Loss', input, target, reduction);
  return composed('MeanBackward0', () => weighed(input.sub(target).abs(), weight, reduction));
}

/**
 * 0.5·d²/beta where |d| < beta, |d| − 0.5·beta elsewhere, d = input − target. Source: Girshick, arXiv 1504.08083.
 *
 * @throws OptionError for a negative beta.
 * @example
 * await functional.smoothL1Loss(tensor([0.5, 2]), tensor([0, 0])).item(); // 0.8125
 */
export function smoothL1Loss(
  input: Tensor,
  target: Tensor,
  ...rest: OptionalArgs<[], LossOptions & { beta?: number }>
): Tensor {
  const { reduction = 'mean', beta = 1 } = optionalArgs<LossOptions & { beta?: number }>(
    'smoothL1Loss',
    ['reduction', 'beta'],
    rest,
  );
  checkPair('smoothL1Loss', input, target, reduction);
  if (beta < 0) throw new OptionError(`smooth_l1_loss does not support negative values for beta.\n  got ${beta}`);
  return composed('SmoothL1LossBackward0', () => {
    const d = input.sub(target).abs();
    if (beta === 0) return reduced(d, reduction);
    return reduced(where(d.lt(beta), d.mul(d).mul(0.5 / beta), d.sub(0.5 * beta)), reduction);
  });
}

/**
 * 0.5·d² where |d| ≤ delta, delta·(|d| − 0.5·delta) elsewhere, d = input − target. Source: Huber, 1964.
 *
 * @throws OptionError for a delta that is not positive.
 * @example
 * await functional.huberLoss(tensor([0.5, 2]), tensor([0, 0])).item(); // 0.8125
 */
export function huberLoss(
  input: Tensor,
  target: Tensor,
  ...rest: OptionalArgs<[], WeightedLossOptions & { delta?: number }>
): Tensor {
  const options = optionalArgs<WeightedLossOptions & { delta?: number }>(
    'huberLoss',
    ['reduction', 'delta', 'weight'],
    rest,
  );
  const { reduction = 'mean', delta = 1, weight } = options;
  checkPair('huberLoss', input, target, reduction);
  if (!(delta > 0)) throw new OptionError(`huber_loss does not support non-positive values for delta.\n  got ${delta}`);
  return composed('HuberLossBackward0', () => {
    const d = input.sub(target).abs();
    return weighed(where(d.le(delta), d.mul(d).mul(0.5), d.sub(0.5 * delta).mul(delta)), weight, reduction);
  });
}

/** Settings of {@link klDiv}. */
export interface KlDivOptions {
  /** `'batchmean'` divides the sum by the number of rows, and is the divergence itself. Default `'mean'`. */
  readonly reduction?: Reduction | 'batchmean';
  /** The target holds logarithms too. */
  readonly logTarget?: boolean;
}
/**
 * Kullback-Leibler divergence: target·(log target − input), with log-probabilities as input and probabilities as target.
 * Source: torch.nn.functional.kl_div.
 *
 * @example
 * const p = tensor([[0.5, 0.5]]);
 * await functional.klDiv(tensor([[0.25, 0.75]]).log(), p, { reduction: 'batchmean' }).item(); // 0.1438
 */
export function klDiv(input: Tensor, target: Tensor, ...rest: OptionalArgs<[], KlDivOptions>): Tensor {
  const { reduction = 'mean', logTarget = false } = optionalArgs<KlDivOptions>(
    'klDiv',
    ['reduction', 'logTarget'],
    rest,
  );
  const simple = reduction === 'batchmean' ? 'sum' : reduction;
  checkPair('klDiv', input, target, simple);
  return composed('MeanBackward0', () => {
    const loss = logTarget ? target.exp().mul(target.sub(input)) : target.xlogy(target).sub(target.mul(input));
    const total = reduced(loss, simple);
    return reduction === 'batchmean' && input.ndim !== 0 ? total.div(input.shape[0]!) : total;
  });
}

/** Settings of {@link poissonNllLoss}. */
export interface PoissonNllOptions extends LossOptions {
  /** The input is the logarithm of the rate. Default true. */
  readonly logInput?: boolean;
  /** Add Stirling's approximation of log target!. Default false. */
  readonly full?: boolean;
  /** Added to the rate where its logarithm is taken. Default 1e-8. */
  readonly eps?: number;
}
/**
 * Negative log likelihood of counts under a Poisson distribution: e^input − target·input, or input − target·log(input + eps).
 * Source: torch.nn.functional.poisson_nll_loss.
 *
 * @example
 * await functional.poissonNllLoss(tensor([0.5]), tensor([2])).item(); // 0.6487
 */
export function poissonNllLoss(input: Tensor, target: Tensor, ...rest: OptionalArgs<[], PoissonNllOptions>): Tensor {
  const options = optionalArgs<PoissonNllOptions>('poissonNllLoss', ['logInput', 'full', 'eps', 'reduction'], rest);
  const { logInput = true, full = false, eps = 1e-8, reduction = 'mean' } = options;
  checkPair('poissonNllLoss', input, target, reduction);
  return composed('MeanBackward0', () => {
    const loss = logInput ? input.exp().sub(target.mul(input)) : input.sub(target.mul(input.add(eps).log()));
    if (!full) return reduced(loss, reduction);
    const stirling = target
      .mul(target.log())
      .sub(target)
      .add(
        target
          .mul(2 * Math.PI)
          .log()
          .mul(0.5),
      );
    return reduced(loss.add(where(target.le(1), 0, stirling)), reduction);
  });
}

/** Settings of {@link gaussianNllLoss}. */
export interface GaussianNllOptions extends LossOptions {
  /** Add 0.5·log 2π. Default false. */
  readonly full?: boolean;
  /** The least variance. Default 1e-6. */
  readonly eps?: number;
}
/**
 * Negative log likelihood under normal distributions: 0.5·(log var + (input − target)²/var). `var` is a number or a tensor of the
 * input's shape, perhaps with a last dim of 1 or without it. Source: Nix & Weigend, 1994.
 *
 * @throws ShapeError when the variances do not fit, OptionError for a negative number.
 * @example
 * await functional.gaussianNllLoss(tensor([1.5]), tensor([1]), tensor([0.25])).item(); // -0.1931
 */
export function gaussianNllLoss(
  input: Tensor,
  target: Tensor,
  variance: Tensor | number,
  ...rest: OptionalArgs<[], GaussianNllOptions>
): Tensor {
  const options = optionalArgs<GaussianNllOptions>('gaussianNllLoss', ['full', 'eps', 'reduction'], rest);
  const { full = false, eps = 1e-6, reduction = 'mean' } = options;
  checkPair('gaussianNllLoss', input, target, reduction);
  if (typeof variance === 'number' && variance < 0)
    throw new OptionError('var has negative entry/entries\n  in gaussianNllLoss');
  return composed('MeanBackward0', () => {
    const given =
      typeof variance === 'number'
        ? ones(input.shape, { dtype: input.dtype, device: input.device }).mul(variance)
        : variances(input, variance);
    // The floor changes the value, not the gradient.
    const floor = given.detach().clamp({ min: eps }).sub(given.detach());
    const v = given.add(floor);
    const loss = v.log().add(input.sub(target).square().div(v)).mul(0.5);
    return reduced(full ? loss.add(0.5 * Math.log(2 * Math.PI)) : loss, reduction);
  });
}
function variances(input: Tensor, given: Tensor): Tensor {
  checkTensor('gaussianNllLoss', given, 'var');
  const last = input.ndim - 1;
  if (sameShape(given.shape, input.shape)) return given;
  if (sameShape(given.shape, input.shape.slice(0, last))) return given.unsqueeze(-1);
  if (given.ndim === input.ndim && given.shape.every((d, i) => d === input.shape[i] || d === 1)) return given;
  throw new ShapeError(
    `var is of incorrect size\n  in gaussianNllLoss: got ${formatShape(given.shape)} for input ${formatShape(input.shape)}`,
  );
}
