import { OptionError, ShapeError } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import { optionalArgs } from '../tensor/arguments.ts';
import type { Reduction } from '../tensor/functional/index.ts';
import { linearCrossEntropy } from '../tensor/functional/linear-cross-entropy.ts';
import { checkReduction } from '../tensor/impl/common.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput, checkIntegers, checkSwitches, type FactoryOptions, factory, factoryNames } from './checks.ts';
import { Linear } from './linear.ts';
import { Module } from './module.ts';
import { pythonBool, pythonFloat, pythonTuple } from './repr.ts';

/** Settings of {@link LinearCrossEntropyLoss}. */
export interface LinearCrossEntropyLossOptions extends FactoryOptions {
  /** Further dims of the targets, d₁, …: there are numClasses scores for each of their elements. Default []. */
  readonly outFeatures?: Shape;
  /** Add a learnable bias to the scores. Default false. */
  readonly bias?: boolean;
  /** Default `'mean'`. */
  readonly reduction?: Reduction;
  /** A weight per class. */
  readonly weight?: Tensor | null;
  /** Targets of this value count for nothing. Default null: −100. Not for class probabilities. */
  readonly ignoreIndex?: number | null;
  /** Share of the probability spread over all classes. Default 0. */
  readonly labelSmoothing?: number;
}
const names = ['outFeatures', 'bias', 'reduction', 'weight', 'ignoreIndex', 'labelSmoothing'] as const;

/**
 * A linear layer and the cross entropy of its results: input `(N, inFeatures)` or `(inFeatures)` and int32 targets `(N, d₁, …)`, or
 * class probabilities `(N, numClasses, d₁, …)`. Source: torch.nn.LinearCrossEntropyLoss.
 *
 * @throws ShapeError for sizes that do not fit; OptionError for a labelSmoothing outside [0, 1], or an ignoreIndex with class
 * probabilities.
 * @example
 * const loss = new nn.LinearCrossEntropyLoss(8, 3);
 * loss.forward(randn([4, 8]), tensor([0, 2, 1, 0])).shape; // []
 */
export class LinearCrossEntropyLoss extends Module {
  readonly numClasses: number;
  readonly outFeatures: Shape;
  readonly reduction: Reduction;
  readonly ignoreIndex: number | null;
  readonly labelSmoothing: number;
  /** A weight per class, part of the state. */
  weight: Tensor | null = null;
  linear: Linear;

  constructor(inFeatures: number, numClasses: number, options: LinearCrossEntropyLossOptions = {}) {
    super();
    // Null is a value of ignoreIndex here, which other losses do not take.
    const { ignoreIndex = null, ...others } = options;
    const known = [...names, ...factoryNames] as readonly (keyof LinearCrossEntropyLossOptions)[];
    const given = optionalArgs<LinearCrossEntropyLossOptions>('LinearCrossEntropyLoss', known, [others]);
    const { outFeatures = [], bias = false, reduction = 'mean', weight = null, labelSmoothing = 0 } = given;
    checkIntegers('LinearCrossEntropyLoss', { inFeatures, numClasses });
    for (const size of outFeatures) checkIntegers('LinearCrossEntropyLoss', { outFeatures: size });
    checkSwitches('LinearCrossEntropyLoss', { bias });
    checkReduction('LinearCrossEntropyLoss', reduction);
    if (weight !== null) checkInput('LinearCrossEntropyLoss', weight, 'weight');
    if (weight && (weight.ndim !== 1 || weight.shape[0] !== numClasses))
      throw new ShapeError(
        `expected weight shape to be (${numClasses},), got ${pythonTuple(weight.shape)}\n  in LinearCrossEntropyLoss`,
      );
    if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
      throw new OptionError(`expected label_smoothing to be in range [0, 1], got ${labelSmoothing}`);
    this.numClasses = numClasses;
    this.outFeatures = [...outFeatures];
    this.reduction = reduction;
    this.ignoreIndex = ignoreIndex;
    this.labelSmoothing = labelSmoothing;
    this.registerBuffer('weight', weight);
    const rows = outFeatures.reduce((a, b) => a * b, numClasses);
    this.linear = new Linear(inFeatures, rows, { bias, ...factory(options) });
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const { linear, numClasses, outFeatures, weight, reduction, ignoreIndex, labelSmoothing } = this;
    const rows = [numClasses, ...outFeatures];
    return linearCrossEntropy(input, linear.weight.reshape([...rows, linear.inFeatures]), target, {
      linearBias: linear.bias?.reshape(rows) ?? null,
      weight,
      reduction,
      labelSmoothing,
      ...(ignoreIndex !== null && { ignoreIndex }),
    });
  }

  override extraRepr(): string {
    const settings = {
      in_features: this.linear.inFeatures,
      num_classes: this.numClasses,
      out_features: this.outFeatures.length ? pythonTuple(this.outFeatures) : '()',
      bias: pythonBool(this.linear.bias !== null),
      reduction: this.reduction,
      ignore_index: this.ignoreIndex ?? 'None',
      label_smoothing: pythonFloat(this.labelSmoothing),
      options: 'None',
    };
    return Object.entries(settings)
      .map(([name, value]) => `${name}=${value}`)
      .join(', ');
  }
}
