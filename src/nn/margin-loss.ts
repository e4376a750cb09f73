/** Losses that want a margin between right and wrong, as modules. Formulas: the PyTorch page of each. */
import { OptionError } from '../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import type {
  CosineEmbeddingOptions,
  Distance,
  LossOptions,
  MarginOptions,
  MultiMarginOptions,
  Reduction,
  TripletMarginOptions,
  WeightedLossOptions,
} from '../tensor/functional/index.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { PairwiseDistance } from './distance.ts';
import { Loss, pairLoss } from './loss.ts';
import { Module } from './module.ts';

/**
 * max(0, −target·(input1 − input2) + margin), with targets 1 where the first is to be larger and −1 where the second. Source: torch.nn.MarginRankingLoss.
 *
 * @example
 * const loss = new nn.MarginRankingLoss(0.5);
 * await loss.forward(tensor([1.5]), tensor([1.25]), tensor([1.0])).item(); // 0.25
 */
export class MarginRankingLoss extends Loss {
  /** Default 0. */
  declare readonly margin: number;
  declare readonly reduction: Reduction;
  constructor(...given: OptionalArgs<[margin: number], MarginOptions>) {
    super({ margin: 0, reduction: 'mean' }, given);
  }
  override forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    this.check({ input1, input2, target });
    return functional.marginRankingLoss(input1, input2, target, this.settings());
  }
}

/**
 * The input where the target is 1, max(0, margin − input) where it is −1. Source: torch.nn.HingeEmbeddingLoss.
 *
 * @example
 * await new nn.HingeEmbeddingLoss().forward(tensor([0.5, 0.25]), tensor([1.0, -1.0])).item(); // 0.625
 */
export class HingeEmbeddingLoss extends pairLoss<OptionalArgs<[margin: number], MarginOptions>>(
  functional.hingeEmbeddingLoss,
  { margin: 1, reduction: 'mean' },
) {
  /** Default 1. */
  declare readonly margin: number;
  declare readonly reduction: Reduction;
}

/**
 * log(1 + e^(−target·input)), with targets 1 and −1. Source: torch.nn.SoftMarginLoss.
 *
 * @example
 * await new nn.SoftMarginLoss().forward(tensor([0.5]), tensor([1.0])).item(); // 0.4741
 */
export class SoftMarginLoss extends pairLoss<OptionalArgs<[], LossOptions>>(functional.softMarginLoss, {
  reduction: 'mean',
}) {
  declare readonly reduction: Reduction;
}

/**
 * Σ max(0, margin − x[target] + x[i])^p / C over the classes i of `(N, C)`, for class indices `(N)`, int32. Source: torch.nn.MultiMarginLoss.
 *
 * @example
 * await new nn.MultiMarginLoss().forward(tensor([[0.5, 0.25]]), tensor([0])).item(); // 0.375
 */
export class MultiMarginLoss extends pairLoss<
  OptionalArgs<[p: number, margin: number, weight: Tensor | null], MultiMarginOptions>
>(functional.multiMarginLoss, { p: 1, margin: 1, weight: null, reduction: 'mean' }) {
  /** 1 (default) or 2. */
  declare readonly p: number;
  /** Default 1. */
  declare readonly margin: number;
  /** A weight per class, part of the state. */
  declare readonly weight: Tensor | null;
  declare readonly reduction: Reduction;
}

/**
 * Σ max(0, 1 − (x[target] − x[i]))/C, for targets `(N, C)` that list classes and end with −1. Source: torch.nn.MultiLabelMarginLoss.
 *
 * @example
 * const loss = new nn.MultiLabelMarginLoss();
 * await loss.forward(tensor([[0.1, 0.2, 0.4, 0.8]]), tensor([[3, 0, -1, 1]])).item(); // 0.85
 */
export class MultiLabelMarginLoss extends pairLoss<OptionalArgs<[], LossOptions>>(functional.multilabelMarginLoss, {
  reduction: 'mean',
}) {
  declare readonly reduction: Reduction;
}

/**
 * Binary cross entropy of each of C logits, averaged over the classes: `(N, C)` and targets of 0 and 1. Source: torch.nn.MultiLabelSoftMarginLoss.
 *
 * @example
 * await new nn.MultiLabelSoftMarginLoss().forward(tensor([[0.5, -0.5]]), tensor([[1.0, 0.0]])).item(); // 0.4741
 */
export class MultiLabelSoftMarginLoss extends pairLoss<OptionalArgs<[weight: Tensor | null], WeightedLossOptions>>(
  functional.multilabelSoftMarginLoss,
  { weight: null, reduction: 'mean' },
) {
  /** A weight per class, part of the state. */
  declare readonly weight: Tensor | null;
  declare readonly reduction: Reduction;
}

/**
 * 1 − cos(input1, input2) where the target is 1, max(0, cos − margin) where it is −1. Source: torch.nn.CosineEmbeddingLoss.
 *
 * @example
 * const loss = new nn.CosineEmbeddingLoss();
 * await loss.forward(tensor([[1.5, 0]]), tensor([[1.5, 1.5]]), tensor([1.0])).item(); // 0.2929
 */
export class CosineEmbeddingLoss extends Loss {
  /** Default 0. */
  declare readonly margin: number;
  declare readonly reduction: Reduction;
  constructor(...given: OptionalArgs<[margin: number], CosineEmbeddingOptions>) {
    super({ margin: 0, reduction: 'mean' }, given);
  }
  override forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    this.check({ input1, input2, target });
    return functional.cosineEmbeddingLoss(input1, input2, target, this.settings());
  }
}

/**
 * max(0, |anchor − positive|_p − |anchor − negative|_p + margin) of vectors `(N, D)`. Source: torch.nn.TripletMarginLoss.
 *
 * @example
 * const loss = new nn.TripletMarginLoss({ margin: 0.5 });
 * await loss.forward(tensor([[0.5, 0]]), tensor([[0.5, 1]]), tensor([[0.5, 1.25]])).item(); // 0.25
 */
export class TripletMarginLoss extends Loss {
  /** Default 1. */
  declare readonly margin: number;
  /** The norm. Default 2. */
  declare readonly p: number;
  /** Added to each difference. Default 1e-6. */
  declare readonly eps: number;
  /** Take the negative's distance to the positive where that is less. Default false. */
  declare readonly swap: boolean;
  declare readonly reduction: Reduction;
  constructor(...given: OptionalArgs<[margin: number, p: number], TripletMarginOptions>) {
    super({ margin: 1, p: 2, eps: 1e-6, swap: false, reduction: 'mean' }, given);
  }
  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    this.check({ anchor, positive, negative });
    return functional.tripletMarginLoss(anchor, positive, negative, this.settings());
  }
}

/** Settings of {@link TripletMarginWithDistanceLoss}. */
export interface TripletDistanceLossOptions extends MarginOptions {
  /** A function of two tensors, or a module. Default: {@link PairwiseDistance}. */
  readonly distanceFunction?: Distance | Module | null;
  /** Take the negative's distance to the positive where that is less. Default false. */
  readonly swap?: boolean;
}
/**
 * As {@link TripletMarginLoss}, with a distance of your own. Source: torch.nn.TripletMarginWithDistanceLoss.
 *
 * @throws OptionError for a margin that is not positive.
 * @example
 * const distanceFunction = (x: Tensor, y: Tensor) => x.sub(y).abs().amax(-1);
 * const loss = new nn.TripletMarginWithDistanceLoss({ distanceFunction });
 * await loss.forward(tensor([[0, 0.5]]), tensor([[0, 1.0]]), tensor([[0, 1.25]])).item(); // 0.75
 */
export class TripletMarginWithDistanceLoss extends Loss {
  readonly distanceFunction: Distance | Module;
  declare readonly margin: number;
  declare readonly swap: boolean;
  declare readonly reduction: Reduction;
  constructor(...given: OptionalArgs<[], TripletDistanceLossOptions>) {
    const names = ['distanceFunction', 'margin', 'swap', 'reduction'] as const;
    const { distanceFunction, ...options } = optionalArgs<TripletDistanceLossOptions>(
      'TripletMarginWithDistanceLoss',
      names,
      given,
    );
    super({ margin: 1, swap: false, reduction: 'mean' }, [options]);
    if (!(this.margin > 0))
      throw new OptionError(
        `TripletMarginWithDistanceLoss: expected margin to be greater than 0, got ${this.margin} instead`,
      );
    this.distanceFunction = distanceFunction ?? new PairwiseDistance();
  }
  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    this.check({ anchor, positive, negative });
    const f = this.distanceFunction;
    const distanceFunction: Distance = f instanceof Module ? (a, b) => (f.forward as unknown as Distance)(a, b) : f;
    const options = { ...this.settings<MarginOptions>(), distanceFunction };
    return functional.tripletMarginWithDistanceLoss(anchor, positive, negative, options);
  }
}
