/** Normalisation of each sample by itself: by groups of channels, by channels, by root mean square, by neighbours. */
import { checkNumbers, OptionError, ShapeError } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import type { LocalResponseNormOptions } from '../tensor/functional/index.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput, checkIntegers, checkSwitches, type FactoryOptions, makeParameter } from './checks.ts';
import { Configured } from './configured.ts';
import { ones_, zeros_ } from './init.ts';
import { Module } from './module.ts';
import { type BatchNormLayerOptions, FeatureNorm, normalizedSizes } from './norm.ts';
import type { Parameter } from './parameter.ts';
import { pythonBool, pythonFloat, pythonTuple } from './repr.ts';

/** Settings of {@link GroupNorm}. */
export interface GroupNormLayerOptions extends FactoryOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
  /** Learn a weight and a bias per channel. Default true. */
  readonly affine?: boolean;
  /** Learn a bias, if affine. Default true. */
  readonly bias?: boolean;
}

/**
 * Normalises `(N, C, *)` over each of `numGroups` groups of channels of each sample. Source: torch.nn.GroupNorm, arXiv 1803.08494.
 *
 * @throws OptionError when the groups do not divide the channels.
 * @example
 * new nn.GroupNorm(3, 6).forward(randn([20, 6, 10, 10])).shape; // [20, 6, 10, 10]
 */
export class GroupNorm extends Module {
  readonly numGroups: number;
  readonly numChannels: number;
  readonly eps: number;
  readonly affine: boolean;
  weight: Parameter | null;
  bias: Parameter | null;

  constructor(
    numGroups: number,
    numChannels: number,
    ...given: OptionalArgs<[eps: number, affine: boolean], GroupNormLayerOptions>
  ) {
    super();
    checkIntegers('GroupNorm', { numGroups, numChannels }, 1);
    const names = ['eps', 'affine', 'bias', 'device', 'dtype'] as const;
    const options = optionalArgs<GroupNormLayerOptions>('GroupNorm', names, given);
    const { eps = 1e-5, affine = true, bias = true } = options;
    checkSwitches('GroupNorm', { affine, bias });
    if (numChannels % numGroups !== 0)
      throw new OptionError(`num_channels (${numChannels}) must be divisible by num_groups (${numGroups})`);
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    this.eps = eps;
    this.affine = affine;
    this.weight = affine ? makeParameter([numChannels], options) : null;
    this.bias = affine && bias ? makeParameter([numChannels], options) : null;
    this.resetParameters();
  }
  /** Sets the initial values anew. */
  resetParameters(): void {
    if (this.weight) ones_(this.weight);
    if (this.bias) zeros_(this.bias);
  }
  override forward(input: Tensor): Tensor {
    checkInput('GroupNorm', input);
    const { weight, bias, eps } = this;
    return functional.groupNorm(input, this.numGroups, { weight, bias, eps });
  }
  override extraRepr(): string {
    return (
      `${this.numGroups}, ${this.numChannels}, eps=${pythonFloat(this.eps)}, ` +
      `affine=${pythonBool(this.affine)}, bias=${pythonBool(this.bias !== null)}`
    );
  }
}

/** What instance normalisation is in any number of dims. */
abstract class InstanceNorm extends FeatureNorm {
  constructor(numFeatures: number, given: readonly unknown[]) {
    super(numFeatures, given, { affine: false, trackRunningStats: false });
  }
  /** Number of dims without a batch. */
  protected abstract readonly unbatched: number;

  override forward(input: Tensor): Tensor {
    checkInput(this.constructor.name, input);
    const { unbatched: n, numFeatures } = this;
    if (input.ndim !== n && input.ndim !== n + 1)
      throw new ShapeError(`expected ${n}D or ${n + 1}D input (got ${input.ndim}D input)`);
    const dim = input.ndim - n;
    if (this.affine && input.shape[dim] !== numFeatures)
      throw new ShapeError(
        `expected input's size at dim=${dim} to match num_features (${numFeatures}), but got: ${input.shape[dim]}.`,
      );
    const { runningMean, runningVar, weight, bias, eps } = this;
    const options = {
      runningMean,
      runningVar,
      weight,
      bias,
      eps,
      useInputStats: this.training || !this.trackRunningStats,
      momentum: this.momentum ?? 0,
    };
    if (dim === 1) return functional.instanceNorm(input, options);
    return functional.instanceNorm(input.unsqueeze(0), options).squeeze(0);
  }
}
type NormArgs = OptionalArgs<[eps: number, momentum: number | null], BatchNormLayerOptions>;

/**
 * Normalises each channel of each sample of `(N, C, L)` or `(C, L)` over its length. `affine` and `trackRunningStats` are off unless
 * asked for. Source: torch.nn.InstanceNorm1d, arXiv 1607.08022.
 *
 * @throws ShapeError for other numbers of dims.
 * @example
 * new nn.InstanceNorm1d(100).forward(randn([20, 100, 40])).shape; // [20, 100, 40]
 */
export class InstanceNorm1d extends InstanceNorm {
  protected readonly unbatched = 2;
  constructor(numFeatures: number, ...given: NormArgs) {
    super(numFeatures, given);
  }
}
/**
 * Normalises each channel of each sample of `(N, C, H, W)` or `(C, H, W)`: see {@link InstanceNorm1d}. Source:
 * torch.nn.InstanceNorm2d.
 *
 * @throws ShapeError for other numbers of dims.
 * @example
 * new nn.InstanceNorm2d(3, { affine: true }).forward(randn([2, 3, 8, 8])).shape; // [2, 3, 8, 8]
 */
export class InstanceNorm2d extends InstanceNorm {
  protected readonly unbatched = 3;
  constructor(numFeatures: number, ...given: NormArgs) {
    super(numFeatures, given);
  }
}
/**
 * Normalises each channel of each sample of `(N, C, D, H, W)` or `(C, D, H, W)`: see {@link InstanceNorm1d}. Source:
 * torch.nn.InstanceNorm3d.
 *
 * @throws ShapeError for other numbers of dims.
 * @example
 * new nn.InstanceNorm3d(3).forward(randn([2, 3, 4, 4, 4])).shape; // [2, 3, 4, 4, 4]
 */
export class InstanceNorm3d extends InstanceNorm {
  protected readonly unbatched = 4;
  constructor(numFeatures: number, ...given: NormArgs) {
    super(numFeatures, given);
  }
}

/** Settings of {@link RMSNorm}. */
export interface RMSNormLayerOptions extends FactoryOptions {
  /** Added to the mean square. Default: the distance from 1 to the next number of the dtype. */
  readonly eps?: number | null;
  /** Learn a weight per element of normalizedShape. Default true. */
  readonly elementwiseAffine?: boolean;
}
/**
 * Divides by the root of the mean square over the trailing dims `normalizedShape` of `(*, ...normalizedShape)`. Source:
 * torch.nn.RMSNorm, arXiv 1910.07467.
 *
 * @throws ShapeError when the input does not end in normalizedShape.
 * @example
 * new nn.RMSNorm(64).forward(randn([8, 10, 64])).shape; // [8, 10, 64]
 */
export class RMSNorm extends Module {
  readonly normalizedShape: Shape;
  readonly eps: number | null;
  readonly elementwiseAffine: boolean;
  weight: Parameter | null;

  constructor(
    normalizedShape: number | Shape,
    ...given: OptionalArgs<[eps: number | null, elementwiseAffine: boolean], RMSNormLayerOptions>
  ) {
    super();
    const names = ['eps', 'elementwiseAffine', 'device', 'dtype'] as const;
    const options = optionalArgs<RMSNormLayerOptions>('RMSNorm', names, given, ['eps']);
    const { eps = null, elementwiseAffine = true } = options;
    if (eps !== null) checkNumbers('RMSNorm', { eps });
    this.normalizedShape = normalizedSizes('RMSNorm', normalizedShape);
    this.eps = eps;
    this.elementwiseAffine = elementwiseAffine;
    this.weight = elementwiseAffine ? makeParameter(this.normalizedShape, options) : null;
    this.resetParameters();
  }
  /** Sets the initial values anew. */
  resetParameters(): void {
    if (this.weight) ones_(this.weight);
  }
  override forward(input: Tensor): Tensor {
    checkInput('RMSNorm', input);
    const { weight, eps } = this;
    return functional.rmsNorm(input, this.normalizedShape, { weight, ...(eps !== null && { eps }) });
  }
  override extraRepr(): string {
    const { normalizedShape, eps, elementwiseAffine } = this;
    return (
      `${pythonTuple(normalizedShape)}, eps=${eps === null ? 'None' : pythonFloat(eps)}, ` +
      `elementwise_affine=${pythonBool(elementwiseAffine)}`
    );
  }
}

/**
 * Divides each element by a power of the mean square of its `size` neighbours among the channels of `(N, C, *)`. Source:
 * torch.nn.LocalResponseNorm; Krizhevsky et al., 2012.
 *
 * @throws ShapeError for less than 3 dims.
 * @example
 * new nn.LocalResponseNorm(2).forward(randn([2, 5, 4, 4])).shape; // [2, 5, 4, 4]
 */
export class LocalResponseNorm extends Configured {
  readonly size: number;
  /** Default 1e-4. */
  declare readonly alpha: number;
  /** Default 0.75. */
  declare readonly beta: number;
  /** Default 1. */
  declare readonly k: number;
  constructor(size: number, ...given: OptionalArgs<[alpha: number, beta: number], LocalResponseNormOptions>) {
    super({ alpha: 1e-4, beta: 0.75, k: 1 }, given);
    checkIntegers('LocalResponseNorm', { size }, 1);
    this.size = size;
  }
  override forward(input: Tensor): Tensor {
    checkInput('LocalResponseNorm', input);
    return functional.localResponseNorm(input, this.size, this.settings<LocalResponseNormOptions>());
  }
  override extraRepr(): string {
    return `${this.size}, ${this.shown('alpha', 'beta', 'k')}`;
  }
}
