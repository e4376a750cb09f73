import { checkNumbers, OptionError, ShapeError, wrongType } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { ones, zeros } from '../tensor/create.ts';
import * as functional from '../tensor/functional/index.ts';
import { noGrad, type Tensor } from '../tensor/tensor.ts';
import { checkInput, checkIntegers, checkSwitches, type FactoryOptions, factory, makeParameter } from './checks.ts';
import { ones_, zeros_ } from './init.ts';
import { Module } from './module.ts';
import type { Parameter } from './parameter.ts';
import { pythonBool, pythonFloat, pythonTuple } from './repr.ts';

/** Settings of {@link BatchNorm2d} and its kin. */
export interface BatchNormLayerOptions extends FactoryOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
  /** The share of each batch in the running statistics; null averages all batches seen. Default 0.1. */
  readonly momentum?: number | null;
  /** Learn a weight and a bias per channel. Default true; for instance normalisation false. */
  readonly affine?: boolean;
  /** Learn a bias, if affine. Default true. */
  readonly bias?: boolean;
  /** Keep running statistics, for evaluation. Default true; for instance normalisation false. */
  readonly trackRunningStats?: boolean;
}

const normNames = ['eps', 'momentum', 'affine', 'trackRunningStats', 'bias', 'device', 'dtype'] as const;

/** What batch and instance normalisation share: parameters and running statistics per feature. */
export abstract class FeatureNorm extends Module {
  readonly numFeatures: number;
  readonly eps: number;
  /** May be changed between steps. */
  momentum: number | null;
  readonly affine: boolean;
  readonly trackRunningStats: boolean;
  weight: Parameter | null;
  bias: Parameter | null;
  runningMean: Tensor | null = null;
  runningVar: Tensor | null = null;
  /** Batches that went into the running statistics: int32, 0-d. */
  numBatchesTracked: Tensor | null = null;

  constructor(
    numFeatures: number,
    given: readonly unknown[],
    usual: { readonly affine: boolean; readonly trackRunningStats: boolean },
  ) {
    super();
    const layer = this.constructor.name;
    checkIntegers(layer, { numFeatures });
    const options = optionalArgs<BatchNormLayerOptions>(layer, normNames, given);
    const { eps = 1e-5, momentum = 0.1, affine = usual.affine, bias = true } = options;
    const { trackRunningStats = usual.trackRunningStats } = options;
    checkNumbers(layer, { eps });
    checkSwitches(layer, { affine, bias, trackRunningStats });
    if (momentum !== null) checkNumbers(layer, { momentum });
    this.numFeatures = numFeatures;
    this.eps = eps;
    this.momentum = momentum;
    this.affine = affine;
    this.trackRunningStats = trackRunningStats;
    this.weight = affine ? makeParameter([numFeatures], options) : null;
    this.bias = affine && bias ? makeParameter([numFeatures], options) : null;
    const { device } = options;
    const count = () => zeros([], { dtype: 'int32', ...(device && { device }) });
    this.registerBuffer('runningMean', trackRunningStats ? zeros([numFeatures], factory(options)) : null);
    this.registerBuffer('runningVar', trackRunningStats ? ones([numFeatures], factory(options)) : null);
    this.registerBuffer('numBatchesTracked', trackRunningStats ? count() : null);
    this.resetParameters();
  }

  /** Forgets what was learned about the data. */
  resetRunningStats(): void {
    this.runningMean?.zero_();
    this.runningVar?.fill_(1);
    this.numBatchesTracked?.zero_();
  }
  /** Sets the initial values anew. */
  resetParameters(): void {
    this.resetRunningStats();
    if (this.weight) ones_(this.weight);
    if (this.bias) zeros_(this.bias);
  }

  override extraRepr(): string {
    return (
      `${this.numFeatures}, eps=${pythonFloat(this.eps)}, momentum=${this.momentum === null ? 'None' : pythonFloat(this.momentum)}, ` +
      `affine=${pythonBool(this.affine)}, bias=${pythonBool(this.bias !== null)}, track_running_stats=${pythonBool(this.trackRunningStats)}`
    );
  }
}

/** What batch normalisation is in any number of dims. */
abstract class BatchNorm extends FeatureNorm {
  constructor(numFeatures: number, ...given: BatchNormArgs) {
    super(numFeatures, given, { affine: true, trackRunningStats: true });
  }
  protected abstract checkDims(input: Tensor): void;

  override forward(input: Tensor): Tensor {
    checkInput(this.constructor.name, input);
    this.checkDims(input);
    const { runningMean, runningVar, weight, bias, eps } = this;
    const training = this.training || runningMean === null;
    const momentum = training && runningMean ? this.countBatch() : 0;
    return functional.batchNorm(input, runningMean, runningVar, { weight, bias, training, momentum, eps });
  }

  /** One more batch: its share in the running statistics. */
  private countBatch(): number | Tensor {
    const count = this.numBatchesTracked;
    count?.add_(1);
    if (this.momentum !== null || !count) return this.momentum ?? 0;
    // The count may come from a checkpoint, so it is known on the device only.
    return noGrad(() => count.to('float32').reciprocal());
  }
}
type BatchNormArgs = OptionalArgs<[eps: number, momentum: number | null], BatchNormLayerOptions>;

function expectDims(input: Tensor, ...dims: readonly number[]): void {
  if (!dims.includes(input.ndim))
    throw new ShapeError(`expected ${dims.map((d) => `${d}D`).join(' or ')} input (got ${input.ndim}D input)`);
}

/**
 * Normalises each channel of `(N, C)` or `(N, C, L)` over the batch; see {@link BatchNorm2d}. Source: torch.nn.BatchNorm1d.
 *
 * @example
 * new nn.BatchNorm1d(20).forward(randn([8, 20])).shape; // [8, 20]
 */
export class BatchNorm1d extends BatchNorm {
  protected override checkDims(input: Tensor): void {
    expectDims(input, 2, 3);
  }
}

/**
 * Normalises each channel of `(N, C, H, W)`: in training with the batch's mean and variance, which also go into `runningMean` and
 * `runningVar`; in evaluation with those. Source: torch.nn.BatchNorm2d, arXiv 1502.03167.
 *
 * @throws ShapeError for other than 4 dims or other than numFeatures channels.
 * @example
 * const layer = new nn.BatchNorm2d(16);
 * layer.forward(randn([8, 16, 28, 28])).shape; // [8, 16, 28, 28]
 */
export class BatchNorm2d extends BatchNorm {
  protected override checkDims(input: Tensor): void {
    expectDims(input, 4);
  }
}

/**
 * Normalises each channel of `(N, C, D, H, W)` over the batch; see {@link BatchNorm2d}. Source: torch.nn.BatchNorm3d.
 *
 * @throws ShapeError for other than 5 dims.
 * @example
 * new nn.BatchNorm3d(4).forward(randn([2, 4, 3, 8, 8])).shape; // [2, 4, 3, 8, 8]
 */
export class BatchNorm3d extends BatchNorm {
  protected override checkDims(input: Tensor): void {
    expectDims(input, 5);
  }
}

/**
 * {@link BatchNorm2d} of any number of dims; here there is one process, so nothing is to be synchronised. Source:
 * torch.nn.SyncBatchNorm.
 *
 * @throws ShapeError for less than 2 dims.
 * @example
 * new nn.SyncBatchNorm(4).forward(randn([2, 4, 3])).shape; // [2, 4, 3]
 */
export class SyncBatchNorm extends BatchNorm {
  protected override checkDims(input: Tensor): void {
    if (input.ndim < 2) throw new ShapeError(`expected at least 2D input (got ${input.ndim}D input)`);
  }
}

/** Settings of {@link LayerNorm}. */
export interface LayerNormLayerOptions extends FactoryOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
  /** Learn a weight and a bias per element of normalizedShape. Default true. */
  readonly elementwiseAffine?: boolean;
  /** Learn a bias, if elementwiseAffine. Default true. */
  readonly bias?: boolean;
}

/**
 * Normalises over the trailing dims `normalizedShape` of `(*, ...normalizedShape)`. Source: torch.nn.LayerNorm, arXiv 1607.06450.
 *
 * @throws ShapeError when the input does not end in normalizedShape.
 * @example
 * new nn.LayerNorm(64).forward(randn([8, 10, 64])).shape; // [8, 10, 64]
 */
export class LayerNorm extends Module {
  readonly normalizedShape: Shape;
  readonly eps: number;
  readonly elementwiseAffine: boolean;
  weight: Parameter | null;
  bias: Parameter | null;

  constructor(
    normalizedShape: number | Shape,
    ...given: OptionalArgs<[eps: number, elementwiseAffine: boolean], LayerNormLayerOptions>
  ) {
    super();
    const names = ['eps', 'elementwiseAffine', 'bias', 'device', 'dtype'] as const;
    const options = optionalArgs<LayerNormLayerOptions>('LayerNorm', names, given);
    const shape = normalizedSizes('LayerNorm', normalizedShape);
    const { eps = 1e-5, elementwiseAffine = true, bias = true } = options;
    checkSwitches('LayerNorm', { bias });
    this.normalizedShape = shape;
    this.eps = eps;
    this.elementwiseAffine = elementwiseAffine;
    this.weight = elementwiseAffine ? makeParameter(shape, options) : null;
    this.bias = elementwiseAffine && bias ? makeParameter(shape, options) : null;
    this.resetParameters();
  }

  /** Sets the initial values anew. */
  resetParameters(): void {
    if (this.weight) ones_(this.weight);
    if (this.bias) zeros_(this.bias);
  }

  override forward(input: Tensor): Tensor {
    checkInput('LayerNorm', input);
    const { weight, bias, eps } = this;
    return functional.layerNorm(input, this.normalizedShape, { weight, bias, eps });
  }

  override extraRepr(): string {
    return (
      `${pythonTuple(this.normalizedShape)}, eps=${pythonFloat(this.eps)}, ` +
      `elementwise_affine=${pythonBool(this.elementwiseAffine)}, bias=${pythonBool(this.bias !== null)}`
    );
  }
}

/** The sizes that layers normalise over, as a list. */
export function normalizedSizes(layer: string, given: number | Shape): Shape {
  if (typeof given !== 'number' && !Array.isArray(given))
    wrongType(layer, 'normalizedShape', 'int or a list of ints', given);
  const shape = typeof given === 'number' ? [given] : [...given];
  if (shape.length === 0)
    throw new OptionError(`Expected normalized_shape to be at least 1-dimensional\n  in ${layer}: got []`);
  for (const size of shape) checkIntegers(layer, { normalizedShape: size });
  return shape;
}
