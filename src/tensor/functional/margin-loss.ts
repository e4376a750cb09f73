/** Losses with a margin: what is right must lead what is wrong by it. Formulas: the PyTorch page of each. */
import { isFloat } from '../../core/dtype.ts';
import { OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape, sameShape } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { arange } from '../create.ts';
import { where } from '../functions/core.ts';
import { checkReduction, type Reduction } from '../impl/common.ts';
import { checkWithin } from '../impl/indexing.ts';
import { checkTensor, type Tensor } from '../tensor.ts';
import { logsigmoid } from './gates.ts';
import { checkPair, type LossOptions, reduced } from './regression-loss.ts';

/** Settings of losses with a margin. */
export interface MarginOptions extends LossOptions {
  readonly margin?: number;
}

/**
 * input where target is 1, max(0, margin − input) where it is −1. Source: torch.nn.functional.hinge_embedding_loss.
 *
 * @example
 * await functional.hingeEmbeddingLoss(tensor([0.5, 0.25]), tensor([1, -1])).item(); // 0.625
 */
export function hingeEmbeddingLoss(input: Tensor, target: Tensor, ...rest: OptionalArgs<[], MarginOptions>): Tensor {
  const { margin = 1, reduction = 'mean' } = optionalArgs<MarginOptions>(
    'hingeEmbeddingLoss',
    ['margin', 'reduction'],
    rest,
  );
  checkPair('hingeEmbeddingLoss', input, target, reduction);
  return composed('MeanBackward0', () => {
    const apart = where(target.eq(1), 0, input.neg().add(margin).clamp({ min: 0 }));
    return reduced(apart.add(where(target.eq(-1), 0, input)), reduction);
  });
}

/**
 * max(0, −target·(input1 − input2) + margin): target 1 wants the first to be larger, −1 the second. Source:
 * torch.nn.functional.margin_ranking_loss.
 *
 * @throws ShapeError when the three have different numbers of dims.
 * @example
 * await functional.marginRankingLoss(tensor([1.5, 2]), tensor([1, 4]), tensor([1, 1])).item(); // 1
 */
export function marginRankingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  ...rest: OptionalArgs<[], MarginOptions>
): Tensor {
  const { margin = 0, reduction = 'mean' } = optionalArgs<MarginOptions>(
    'marginRankingLoss',
    ['margin', 'reduction'],
    rest,
  );
  checkPair('marginRankingLoss', input1, input2, reduction);
  checkTensor('marginRankingLoss', target, 'target');
  if (input1.ndim !== input2.ndim || input1.ndim !== target.ndim)
    throw new ShapeError(
      `margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: ${formatShape(input1.shape)}, input2: ${formatShape(input2.shape)}, target: ${formatShape(target.shape)} `,
    );
  return composed('MeanBackward0', () => {
    // Integers give a float, as the mean has to.
    const apart = input1.sub(input2);
    const d = isFloat(apart.dtype) ? apart : apart.float();
    return reduced(target.neg().mul(d).add(margin).clamp({ min: 0 }), reduction);
  });
}

/**
 * log(1 + e^(−target·input)) for targets 1 and −1. Source: torch.nn.functional.soft_margin_loss.
 *
 * @example
 * await functional.softMarginLoss(tensor([0.5, 0.5]), tensor([1, -1])).item(); // 0.7241
 */
export function softMarginLoss(input: Tensor, target: Tensor, ...rest: OptionalArgs<[], LossOptions>): Tensor {
  const { reduction = 'mean' } = optionalArgs<LossOptions>('softMarginLoss', ['reduction'], rest);
  checkPair('softMarginLoss', input, target, reduction);
  return composed('SoftMarginLossBackward0', () => reduced(logsigmoid(input.mul(target)).neg(), reduction));
}

/** Settings of {@link multiMarginLoss}. */
export interface MultiMarginOptions extends MarginOptions {
  /** Power of the hinge: 1 (default) or 2. */
  readonly p?: number;
  /** A weight per class, (C). */
  readonly weight?: Tensor | null;
}
/**
 * Σ over the wrong classes of max(0, margin − x[target] + x[i])^p / C, for (N, C) with targets (N), or (C) with one. Source:
 * torch.nn.functional.multi_margin_loss.
 *
 * @throws ShapeError for sizes that do not fit or a label out of range.
 * @example
 * await functional.multiMarginLoss(tensor([[0.1, 0.2, 0.4]]), tensor([2])).item(); // 0.5
 */
export function multiMarginLoss(input: Tensor, target: Tensor, ...rest: OptionalArgs<[], MultiMarginOptions>): Tensor {
  const name = 'multiMarginLoss';
  const options = optionalArgs<MultiMarginOptions>(name, ['p', 'margin', 'weight', 'reduction'], rest);
  const { p = 1, margin = 1, weight, reduction = 'mean' } = options;
  checkPair(name, input, target, reduction);
  if (p !== 1 && p !== 2) throw new OptionError('only p == 1 and p == 2 supported\n  in multiMarginLoss');
  const rows = asRows(name, input);
  const [n, c] = rows.shape as [number, number];
  if (target.ndim > 1 || target.numel() !== n)
    throw new ShapeError(
      `multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch size). Expected target size [${n}], but got ${formatShape(target.shape)}. Input has shape ${formatShape(input.shape)}.`,
    );
  if (weight && !sameShape(weight.shape, [c]))
    throw new ShapeError(`inconsistent weight size, expected ${c} but got ${formatShape(weight.shape)}\n  in ${name}`);
  const watch = checkWithin(target.impl, 0, c, () => 'target out of range\n  in multiMarginLoss');
  const loss = composed('MultiMarginLossBackward0', () => {
    const labels = target.reshape([n, 1]);
    let hinge = rows.sub(rows.gather(1, labels)).add(margin).relu();
    if (p === 2) hinge = hinge.square();
    if (weight) hinge = hinge.mul(weight.indexSelect(0, labels.reshape([n])).unsqueeze(1));
    const others = arange(c, { device: input.device }).ne(labels);
    return finish(where(others, hinge, 0).sum(1).div(c), reduction, input);
  });
  watch();
  return loss;
}

/** (C) as one row of (1, C). */
function asRows(name: string, input: Tensor): Tensor {
  if (input.ndim > 2 || input.shape.at(-1) === 0)
    throw new ShapeError(
      `Expected non-empty vector or matrix with optional 0-dim batch size, but got: ${formatShape(input.shape)}\n  in ${name}`,
    );
  return input.ndim === 2 ? input : input.reshape([1, input.numel()]);
}
/** Losses of rows (N); of a single (C) without the dim. */
const finish = (rows: Tensor, reduction: Reduction, { ndim }: Tensor): Tensor =>
  reduction === 'none' ? (ndim < 2 ? rows.reshape([]) : rows) : reduced(rows, reduction);

/**
 * Σ over pairs of a right class and a wrong one of max(0, 1 − (x[right] − x[wrong]))/C. A row of the target (N, C) lists the
 * right classes, up to the first −1. Source: torch.nn.functional.multilabel_margin_loss.
 *
 * @throws ShapeError for sizes that do not fit or a label out of range.
 * @example
 * const target = tensor([[3, 0, -1, 1]]);
 * await functional.multilabelMarginLoss(tensor([[0.1, 0.2, 0.4, 0.8]]), target).item(); // 0.85
 */
export function multilabelMarginLoss(input: Tensor, target: Tensor, ...rest: OptionalArgs<[], LossOptions>): Tensor {
  const name = 'multilabelMarginLoss';
  const { reduction = 'mean' } = optionalArgs<LossOptions>(name, ['reduction'], rest);
  checkPair(name, input, target, reduction);
  const rows = asRows(name, input);
  if (!sameShape(target.shape, input.shape))
    throw new ShapeError(
      `inconsistent target size: ${formatShape(target.shape)} for input of size: ${formatShape(input.shape)}`,
    );
  const c = rows.shape[1]!;
  const watch = checkWithin(target.impl, -1, c, () => 'target is out of range\n  in multilabelMarginLoss');
  const loss = composed('MultilabelMarginLossBackward0', () => {
    const labels = target.reshape(rows.shape);
    const index = arange(c, { device: input.device });
    // An entry counts if nothing up to it is negative.
    const upTo = index.unsqueeze(1).ge(index);
    const ended = labels.lt(0).unsqueeze(1).logicalAnd(upTo).any(2);
    const listed = labels.unsqueeze(2).eq(index).logicalAnd(ended.logicalNot().unsqueeze(2));
    const right = rows.gather(1, labels.clamp({ min: 0 })).unsqueeze(2);
    const hinge = rows.unsqueeze(1).sub(right).add(1).relu();
    const pairs = ended
      .logicalNot()
      .unsqueeze(2)
      .logicalAnd(listed.any({ dim: 1, keepdim: true }).logicalNot());
    return finish(where(pairs, hinge, 0).sum([1, 2]).div(c), reduction, input);
  });
  watch();
  return loss;
}

/**
 * Mean over classes of binary cross entropies of logits (…, C) with targets 0 and 1. Source:
 * torch.nn.functional.multilabel_soft_margin_loss.
 *
 * @example
 * await functional.multilabelSoftMarginLoss(tensor([[0.5, -0.5]]), tensor([[1, 0]])).item(); // 0.4741
 */
export function multilabelSoftMarginLoss(
  input: Tensor,
  target: Tensor,
  ...rest: OptionalArgs<[], LossOptions & { weight?: Tensor | null }>
): Tensor {
  const { weight, reduction = 'mean' } = optionalArgs<LossOptions & { weight?: Tensor | null }>(
    'multilabelSoftMarginLoss',
    ['weight', 'reduction'],
    rest,
  );
  checkPair('multilabelSoftMarginLoss', input, target, reduction);
  return composed('MeanBackward0', () => {
    const right = target.mul(logsigmoid(input));
    const wrong = target.neg().add(1).mul(logsigmoid(input.neg()));
    const loss = right.add(wrong).neg();
    const each = weight ? loss.mul(weight) : loss;
    return reduced(each.ndim === 0 ? each : each.mean(-1), reduction);
  });
}

/** Settings of {@link cosineEmbeddingLoss}. */
export type CosineEmbeddingOptions = MarginOptions;
/**
 * 1 − cos(x1, x2) where target is 1, max(0, cos(x1, x2) − margin) where it is −1, along the last dim. Source:
 * torch.nn.functional.cosine_embedding_loss.
 *
 * @throws ShapeError for sizes that do not fit.
 * @example
 * const loss = functional.cosineEmbeddingLoss(tensor([[1.5, 0]]), tensor([[2.5, 0]]), tensor([-1]), { margin: 0.25 });
 * await loss.item(); // 0.75
 */
export function cosineEmbeddingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  ...rest: OptionalArgs<[], CosineEmbeddingOptions>
): Tensor {
  const name = 'cosineEmbeddingLoss';
  const { margin = 0, reduction = 'mean' } = optionalArgs<MarginOptions>(name, ['margin', 'reduction'], rest);
  checkPair(name, input1, input2, reduction);
  checkTensor(name, target, 'target');
  if (target.ndim > 1)
    throw new ShapeError(
      `${target.ndim}D target tensor expects ${target.ndim + 1}D input tensors, but found inputs with sizes ${formatShape(input1.shape)} and ${formatShape(input2.shape)}.\n  0D or 1D target tensor expected, multi-target not supported`,
    );
  if (input1.ndim !== target.ndim + 1 || input2.ndim !== target.ndim + 1)
    throw new ShapeError(
      `${target.ndim}D target tensor expects ${target.ndim + 1}D input tensors, but found inputs with sizes ${formatShape(input1.shape)} and ${formatShape(input2.shape)}.`,
    );
  return composed('MeanBackward0', () => {
    const eps = 1e-12;
    const [a, b] = [input1, input2].map((t) => (isFloat(t.dtype) ? t : t.float())) as [Tensor, Tensor];
    const dot = a.mul(b).sum(-1);
    const m1 = a.square().sum(-1).add(eps);
    const m2 = b.square().sum(-1).add(eps);
    const cos = dot.div(m1.mul(m2).sqrt());
    const loss = where(target.eq(1), cos.neg().add(1), 0).add(
      where(target.eq(-1), cos.sub(margin).clamp({ min: 0 }), 0),
    );
    return reduced(loss, reduction);
  });
}

/** Settings of {@link tripletMarginLoss}. */
export interface TripletMarginOptions extends MarginOptions {
  /** Norm of the distance. Default 2. */
  readonly p?: number;
  /** Added to the differences. Default 1e-6. */
  readonly eps?: number;
  /** Take the smaller of the negative's distances to the anchor and to the positive. Default false. */
  readonly swap?: boolean;
}
/** A distance between rows. */
export type Distance = (a: Tensor, b: Tensor) => Tensor;

/**
 * max(0, d(anchor, positive) − d(anchor, negative) + margin), with the p-norm of differences along the last dim. Source: Balntas
 * et al., BMVC 2016.
 *
 * @throws ShapeError when the three have different numbers of dims.
 * @example
 * const [a, p, n] = [tensor([[0, 0.5]]), tensor([[0, 1]]), tensor([[0, 1.25]])];
 * await functional.tripletMarginLoss(a, p, n).item(); // 0.75
 */
export function tripletMarginLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  ...rest: OptionalArgs<[], TripletMarginOptions>
): Tensor {
  const options = optionalArgs<TripletMarginOptions>(
    'tripletMarginLoss',
    ['margin', 'p', 'eps', 'swap', 'reduction'],
    rest,
  );
  const { p = 2, eps = 1e-6, margin = 1, swap = false, reduction = 'mean' } = options;
  if (!(margin > 0)) throw new OptionError(`margin must be greater than 0, got ${margin}\n  in tripletMarginLoss`);
  const distance: Distance = (a, b) => pNorm(a.sub(b).add(eps), p);
  return triplet('tripletMarginLoss', [anchor, positive, negative], { distance, margin, swap, reduction });
}
/** Settings of {@link tripletMarginWithDistanceLoss}. */
export interface TripletDistanceOptions extends MarginOptions {
  /** Default: the Euclidean distance along the last dim. */
  readonly distanceFunction?: Distance | null;
  readonly swap?: boolean;
}
/**
 * As {@link tripletMarginLoss}, with a distance of your own. Source: torch.nn.functional.triplet_margin_with_distance_loss.
 *
 * @example
 * const [a, p, n] = [tensor([[0, 0.5]]), tensor([[0, 1]]), tensor([[0, 1.25]])];
 * const distanceFunction = (x: Tensor, y: Tensor) => x.sub(y).abs().amax(-1);
 * await functional.tripletMarginWithDistanceLoss(a, p, n, { distanceFunction }).item(); // 0.75
 */
export function tripletMarginWithDistanceLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  ...rest: OptionalArgs<[], TripletDistanceOptions>
): Tensor {
  const name = 'tripletMarginWithDistanceLoss';
  const options = optionalArgs<TripletDistanceOptions>(name, ['distanceFunction', 'margin', 'swap', 'reduction'], rest);
  const { distanceFunction, margin = 1, swap = false, reduction = 'mean' } = options;
  if (!(margin > 0))
    throw new OptionError(`tripletMarginWithDistanceLoss: Expected margin to be greater than 0, got ${margin}`);
  const distance = distanceFunction ?? ((a: Tensor, b: Tensor) => pNorm(a.sub(b).add(1e-6), 2));
  return triplet(name, [anchor, positive, negative], { distance, margin, swap, reduction });
}

const pNorm = (d: Tensor, p: number): Tensor => {
  if (p === 2) return d.square().sum(-1).sqrt();
  if (p === 1) return d.abs().sum(-1);
  if (p === Number.POSITIVE_INFINITY) return d.abs().amax(-1);
  return d
    .abs()
    .pow(p)
    .sum(-1)
    .pow(1 / p);
};

function triplet(
  name: string,
  tensors: readonly [anchor: Tensor, positive: Tensor, negative: Tensor],
  args: { readonly distance: Distance; readonly margin: number; readonly swap: boolean; readonly reduction: Reduction },
): Tensor {
  const { distance, margin, swap, reduction } = args;
  const names = ['anchor', 'positive', 'negative'];
  for (const [i, t] of tensors.entries()) checkTensor(name, t, names[i]!);
  checkReduction(name, reduction);
  const [anchor, positive, negative] = tensors;
  if (anchor.ndim !== positive.ndim || anchor.ndim !== negative.ndim)
    throw new ShapeError(
      `The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor ${anchor.ndim}D, positive ${positive.ndim}D, and negative ${negative.ndim}D inputs`,
    );
  return composed('MeanBackward0', () => {
    const near = distance(anchor, positive);
    const far = distance(anchor, negative);
    const apart = swap ? far.minimum(distance(positive, negative)) : far;
    return reduced(near.sub(apart).add(margin).clamp({ min: 0 }), reduction);
  });
}
