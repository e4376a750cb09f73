/** Normalisation within each example: of groups of channels, single channels, neighbouring channels, and by the root mean square. */
import { isFloat } from '../../core/dtype.ts';
import { checkNumbers, OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { formatShape, numel, type Shape, sameShape } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { notImplemented, op, scalar } from '../impl/common.ts';
import { checkNormalizedShape } from '../impl/nn.ts';
import { checkTensor, noGrad, Tensor } from '../tensor.ts';
import { batchNorm } from './norm.ts';
import { pad } from './padding.ts';
import { avgPool2d } from './pooling.ts';

/** Settings of {@link groupNorm}. */
export interface GroupNormOptions {
  /** A factor per channel, (C). */
  readonly weight?: Tensor | null;
  /** Added per channel, (C). */
  readonly bias?: Tensor | null;
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
}
/** Settings of {@link instanceNorm}. */
export interface InstanceNormOptions extends GroupNormOptions {
  /** Updated in place with the batch's statistics; given together. */
  readonly runningMean?: Tensor | null;
  readonly runningVar?: Tensor | null;
  /** Normalise by the statistics of each channel (default), or by the running ones. */
  readonly useInputStats?: boolean;
  /** The batch's share in the running statistics. Default 0.1. */
  readonly momentum?: number;
}

/** (x − mean)/√(variance + eps) over the trailing `count` dims, in one kernel. */
const normalised = (x: Tensor, count: number, eps: number): Tensor =>
  new Tensor(op('layerNorm', [x.impl, scalar(eps, x.dtype)], { count }));

/** x·weight + bias, each given the shape in which it fits x. */
function affine(x: Tensor, shape: Shape, weight?: Tensor | null, bias?: Tensor | null): Tensor {
  const scaled = weight ? x.mul(weight.reshape(shape)) : x;
  return bias ? scaled.add(bias.reshape(shape)) : scaled;
}

/**
 * Normalises (N, C, *) over groups of C/numGroups neighbouring channels of each example, and then scales and shifts each channel.
 * Source: Wu & He, arXiv 1803.08494.
 *
 * @throws ShapeError when the channels cannot be divided, or weight and bias are not (C).
 * @example
 * await functional.groupNorm(tensor([[1.5, 2.5, 10, 20]]), 2).tolist(); // [[-1, 1, -1, 1]]
 */
export function groupNorm(
  input: Tensor,
  numGroups: number,
  ...rest: OptionalArgs<[weight: Tensor | null], GroupNormOptions>
): Tensor {
  const { weight, bias, eps = 1e-5 } = optionalArgs<GroupNormOptions>('groupNorm', ['weight', 'bias', 'eps'], rest);
  checkTensor('groupNorm', input);
  const { shape, dtype } = input;
  if (shape.length < 2)
    throw new ShapeError(
      `Expected at least 2 dimensions for input tensor but received ${shape.length}\n  in groupNorm: (N, C, …)`,
    );
  if (!Number.isInteger(numGroups)) wrongType('groupNorm', 'numGroups', 'int', numGroups);
  const [n, c, ...space] = shape as [number, number, ...number[]];
  if (numGroups <= 0)
    throw new OptionError(`Expected num groups to be greater than 0, got ${numGroups}\n  in groupNorm`);
  if (c % numGroups !== 0)
    throw new ShapeError(
      `Expected number of channels in input to be divisible by num_groups, but got input of shape ${formatShape(shape)} and num_groups=${numGroups}\n  in groupNorm`,
    );
  for (const [name, p] of [
    ['weight', weight],
    ['bias', bias],
  ] as const) {
    if (p && !sameShape(p.shape, [c]))
      throw new ShapeError(
        `Expected ${name} to be a vector of size equal to the number of channels in input, but got ${name} of shape ${formatShape(p.shape)} and input of shape ${formatShape(shape)}\n  in groupNorm`,
      );
  }
  if (Math.floor((n * c) / numGroups) * numel(space) === 1)
    throw new ShapeError(
      `Expected more than 1 value per channel when training, got input size [${[1, numGroups, ...space].join(', ')}]\n  in groupNorm: groups of one element have no variance`,
    );
  if (!isFloat(dtype)) notImplemented('groupNorm', 'GroupNormKernelImpl', dtype);
  const group = [numGroups, c / numGroups];
  return composed('NativeGroupNormBackward0', () => {
    const y = normalised(input.reshape([n, ...group, ...space]), space.length + 1, eps);
    return affine(y, [...group, ...space.map(() => 1)], weight, bias).reshape(shape);
  });
}

/**
 * Normalises each channel of each example of (N, C, *), and then scales and shifts each channel. Running statistics, where given,
 * are updated by the mean of the examples' own, or used with `useInputStats: false`. Source: Ulyanov, Vedaldi &
 * Lempitsky, arXiv 1607.08022.
 *
 * @throws ShapeError for channels of one element, or parameters that are not (C). OptionError for missing statistics.
 * @example
 * await functional.instanceNorm(tensor([[[1.5, 2.5], [10, 20]]])).tolist(); // [[[-1, 1], [-1, 1]]]
 */
export function instanceNorm(
  input: Tensor,
  ...rest: OptionalArgs<[runningMean: Tensor | null, runningVar: Tensor | null], InstanceNormOptions>
): Tensor {
  const names = ['runningMean', 'runningVar', 'weight', 'bias', 'useInputStats', 'momentum', 'eps'] as const;
  const options = optionalArgs<InstanceNormOptions>('instanceNorm', names, rest);
  const { runningMean, runningVar, weight, bias, useInputStats = true, momentum = 0.1, eps = 1e-5 } = options;
  checkTensor('instanceNorm', input);
  const { shape, dtype } = input;
  const [n, c, ...space] = shape as [number, number, ...number[]];
  if (useInputStats && numel(space) === 1)
    throw new ShapeError(
      `Expected more than 1 spatial element when training, got input size torch.Size(${formatShape(shape)})\n  in instanceNorm: (N, C, L), (N, C, H, W) …`,
    );
  if (!useInputStats && !(runningMean && runningVar))
    throw new OptionError(
      'Expected running_mean and running_var to be defined when use_input_stats is false\n  in instanceNorm',
    );
  if (!runningMean !== !runningVar)
    throw new OptionError(
      'running_mean and running_var must either both be None or neither be None\n  in instanceNorm',
    );
  for (const [name, p] of [
    ['running_mean', runningMean],
    ['running_var', runningVar],
    ['weight', weight],
    ['bias', bias],
  ] as const) {
    if (p && !sameShape(p.shape, [c]))
      throw new ShapeError(
        `${name} should contain ${n * c} elements not ${n * numel(p.shape)}\n  in instanceNorm of ${formatShape(shape)}: one for each of ${c} channels`,
      );
  }
  if (!isFloat(dtype)) notImplemented('instanceNorm', 'batch_norm', dtype);
  const dims = space.map((_, i) => i + 2);
  return composed('ViewBackward0', () => {
    if (!useInputStats)
      return batchNorm(input, runningMean!, runningVar!, { weight: weight ?? null, bias: bias ?? null, eps });
    if (runningMean && runningVar && numel(shape) > 0) {
      noGrad(() => {
        runningMean.mul_(1 - momentum).add_(input.mean(dims).mean(0), { alpha: momentum });
        runningVar.mul_(1 - momentum).add_(input.var(dims).mean(0), { alpha: momentum });
      });
    }
    return affine(normalised(input, dims.length, eps), [c, ...space.map(() => 1)], weight, bias);
  });
}

/** Settings of {@link rmsNorm}. */
export interface RmsNormOptions {
  /** A factor per element, of the normalised shape. */
  readonly weight?: Tensor | null;
  /** Added to the mean square. Default: the distance from 1 to the next number of the dtype. */
  readonly eps?: number | null;
}
/**
 * x/√(mean x² + eps)·weight over the trailing dims `normalizedShape`. Source: Zhang & Sennrich, arXiv 1910.07467.
 *
 * @throws ShapeError when x does not end in `normalizedShape`, or the weight has another shape.
 * @example
 * await functional.rmsNorm(tensor([1.5, 1.5, -1.5]), [3]).tolist(); // [1, 1, -1]
 */
export function rmsNorm(
  input: Tensor,
  normalizedShape: number | Shape,
  ...rest: OptionalArgs<[weight: Tensor | null], RmsNormOptions>
): Tensor {
  const { weight, eps = null } = optionalArgs<RmsNormOptions>('rmsNorm', ['weight', 'eps'], rest, ['eps']);
  if (eps !== null) checkNumbers('rmsNorm', { eps });
  checkTensor('rmsNorm', input);
  const shape = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape;
  if (!Array.isArray(shape)) wrongType('rmsNorm', 'normalizedShape', 'int or a list of ints', shape);
  checkNormalizedShape('rmsNorm', input.shape, shape, { weight: weight?.shape });
  const { dtype } = input;
  if (!isFloat(dtype)) notImplemented('rmsNorm', 'rms_norm', dtype);
  const added = scalar(eps ?? (dtype === 'float64' ? 2 ** -52 : 2 ** -23), dtype);
  return composed('MulBackward0', () => {
    const y = new Tensor(op('rmsNorm', [input.impl, added], { count: shape.length }));
    return weight ? y.mul(weight) : y;
  });
}

/** Settings of {@link localResponseNorm}. */
export interface LocalResponseNormOptions {
  /** Factor of the mean square. Default 1e-4. */
  readonly alpha?: number;
  /** Exponent. Default 0.75. */
  readonly beta?: number;
  /** Added to the mean square. Default 1. */
  readonly k?: number;
}
/**
 * x/(k + alpha·mean x²)^beta, with the mean over `size` neighbouring channels of (N, C, *), and zeros beyond the first and last. Source:
 * Krizhevsky, Sutskever & Hinton, "ImageNet classification with deep convolutional neural networks" (NIPS 2012).
 *
 * @throws ShapeError for less than three dims, OptionError for a size that is not positive.
 * @example
 * await functional.localResponseNorm(tensor([[[1.5], [2]]]), 2, { alpha: 1, beta: 1 }).tolist(); // [[[0.7059], [0.4848]]]
 */
export function localResponseNorm(
  input: Tensor,
  size: number,
  ...rest: OptionalArgs<[alpha: number], LocalResponseNormOptions>
): Tensor {
  const options = optionalArgs<LocalResponseNormOptions>('localResponseNorm', ['alpha', 'beta', 'k'], rest);
  const { alpha = 1e-4, beta = 0.75, k = 1 } = options;
  checkTensor('localResponseNorm', input);
  const { shape, dtype } = input;
  if (shape.length < 3)
    throw new ShapeError(
      `Expected 3D or higher dimensionality input (got ${shape.length} dimensions)\n  in localResponseNorm: (N, C, L), (N, C, H, W) …`,
    );
  if (!Number.isInteger(size)) wrongType('localResponseNorm', 'size', 'int', size);
  if (size <= 0)
    throw new OptionError(
      `kernel size should be greater than zero, but got kH: ${size} kW: 1\n  in localResponseNorm: the number of channels`,
    );
  if (numel(shape) === 0) return input;
  const [n, c, ...space] = shape as [number, number, ...number[]];
  return composed('DivBackward0', () => {
    const planes = input.mul(input).reshape([n, 1, c, numel(space)]);
    const padded = pad(isFloat(dtype) ? planes : planes.float(), [
      0,
      0,
      Math.floor(size / 2),
      Math.floor((size - 1) / 2),
    ]);
    const sums = avgPool2d(padded, [size, 1], { stride: 1, divisorOverride: 1 });
    // Of integers PyTorch's mean is an integer too.
    const mean = isFloat(dtype) ? sums.mul(1 / size) : sums.div(size).trunc();
    return input.div(mean.reshape(shape).mul(alpha).add(k).pow(beta));
  });
}
