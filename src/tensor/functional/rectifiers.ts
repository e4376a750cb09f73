/** Activations that are linear where positive, and something else below. */
import { isFloat } from '../../core/dtype.ts';
import { OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { where } from '../functions/core.ts';
import { notImplemented } from '../impl/common.ts';
import { type Generator, generatorOr, uniform } from '../impl/random.ts';
import { checkTensor, Tensor } from '../tensor.ts';
import { activation, type InplaceArgs, type InplaceOptions } from './inplace.ts';

/** Settings of {@link hardtanh}. */
export interface HardtanhOptions extends InplaceOptions {
  /** Default −1. */
  readonly minVal?: number;
  /** Default 1. */
  readonly maxVal?: number;
}
/**
 * x, but `minVal` below that and `maxVal` above; no gradient at the bounds and beyond. Source: torch.nn.functional.hardtanh.
 *
 * @example
 * await functional.hardtanh(tensor([-3, 0.5, 2])).tolist(); // [-1, 0.5, 1]
 */
export function hardtanh(
  input: Tensor,
  ...rest: OptionalArgs<[minVal: number, maxVal: number, inplace: boolean], HardtanhOptions>
): Tensor {
  return activation<HardtanhOptions>(
    'hardtanh',
    ['minVal', 'maxVal'],
    input,
    rest,
    (x, { minVal = -1, maxVal = 1 }) => {
      if (x.dtype === 'bool') notImplemented('hardtanh', 'hardtanh', x.dtype);
      if (minVal > maxVal) throw new OptionError('min_val cannot be greater than max_val\n  in hardtanh');
      const whole = (bound: number): number => (isFloat(x.dtype) ? bound : Math.trunc(bound));
      return composed('HardtanhBackward0', () => bounded(x, whole(minVal), whole(maxVal)));
    },
  );
}
/** The gradient stops at the bounds: where it is not in between, the value is a constant. */
const bounded = (x: Tensor, low: number, high: number): Tensor =>
  where(x.gt(low).logicalAnd(x.lt(high)), x, x.detach().clamp(low, high));

/**
 * max(x, 0), but at most 6. Source: torch.nn.functional.relu6.
 *
 * @example
 * await functional.relu6(tensor([-3.5, 0.5, 8])).tolist(); // [0, 0.5, 6]
 */
export function relu6(input: Tensor, ...rest: InplaceArgs): Tensor {
  return activation('relu6', [], input, rest, (x) => {
    if (x.dtype === 'bool') notImplemented('relu6', 'hardtanh', x.dtype);
    return composed('HardtanhBackward0', () => bounded(x, 0, 6));
  });
}

/**
 * x, but `value` where x ≤ `threshold`. Source: torch.nn.functional.threshold.
 *
 * @example
 * await functional.threshold(tensor([-3.5, 0.5, 2]), 0.5, 9).tolist(); // [9, 9, 2]
 */
export function threshold(input: Tensor, threshold: number, value: number, ...rest: InplaceArgs): Tensor {
  return activation('threshold', [], input, rest, (x) =>
    composed('ThresholdBackward0', () => where(x.le(threshold), value, x)),
  );
}

/** Settings of {@link elu} and {@link celu}. */
export interface EluOptions extends InplaceOptions {
  /** Default 1. */
  readonly alpha?: number;
}
type EluArgs = OptionalArgs<[alpha: number, inplace: boolean], EluOptions>;
function exponential(input: Tensor, alpha: number, scale: number, inputScale: number): Tensor {
  // The exponential of what is not chosen must not overflow: its gradient would be 0·∞.
  const low = input
    .clamp({ max: 0 })
    .mul(inputScale)
    .expm1()
    .mul(alpha * scale);
  return where(input.le(0), low, scale === 1 ? input : input.mul(scale));
}
/**
 * x where positive, alpha·(e^x − 1) elsewhere. Source: Clevert, Unterthiner & Hochreiter, arXiv 1511.07289.
 *
 * @example
 * await functional.elu(tensor([-1, 0.5])).tolist(); // [-0.6321, 0.5]
 */
export function elu(input: Tensor, ...rest: EluArgs): Tensor {
  return activation<EluOptions>('elu', ['alpha'], input, rest, (x, { alpha = 1 }) =>
    composed('EluBackward0', () => exponential(x, alpha, 1, 1)),
  );
}
/**
 * max(0, x) + min(0, alpha·(e^(x/alpha) − 1)). Source: Barron, arXiv 1704.07483.
 *
 * @example
 * await functional.celu(tensor([-1, 0.5]), 2).tolist(); // [-0.7869, 0.5]
 */
export function celu(input: Tensor, ...rest: EluArgs): Tensor {
  return activation<EluOptions>('celu', ['alpha'], input, rest, (x, { alpha = 1 }) =>
    composed('CeluBackward0', () => exponential(x, alpha, 1, 1 / alpha)),
  );
}
/**
 * scale·elu(x, alpha), with the scale 1.0507 and alpha 1.6733 that keep mean and variance. Source: Klambauer et al., arXiv 1706.02515.
 *
 * @example
 * await functional.selu(tensor([-1, 0.5])).tolist(); // [-1.1113, 0.5254]
 */
export function selu(input: Tensor, ...rest: InplaceArgs): Tensor {
  return activation('selu', [], input, rest, (x) =>
    composed('EluBackward0', () => exponential(x, 1.6732632423543772, 1.0507009873554805, 1)),
  );
}

/**
 * x where positive, weight·x elsewhere, with a learnt weight: one for all, (1), or one for each channel, (C), of (N, C, …).
 * Source: He et al., arXiv 1502.01852.
 *
 * @throws ShapeError when the weight has neither one element nor one per channel.
 * @example
 * await functional.prelu(tensor([-2, 0.5]), tensor([0.25])).tolist(); // [-0.5, 0.5]
 */
export function prelu(input: Tensor, weight: Tensor): Tensor {
  checkTensor('prelu', input);
  checkTensor('prelu', weight, 'weight');
  const channels = input.ndim >= 2 ? input.shape[1]! : 1;
  if (weight.ndim > 1)
    throw new ShapeError(
      `prelu: Expected \`weight\` to be a scalar or 1D tensor, but got: ndim = ${weight.ndim}\n  in prelu of ${formatShape(input.shape)}`,
    );
  if (weight.numel() !== 1 && (input.ndim === 0 || weight.numel() !== channels)) {
    throw new ShapeError(
      input.ndim === 0
        ? 'Not allow zero-dim input tensor.\n  in prelu with a weight per channel'
        : `Mismatch of parameter numbers and input channel size. Found parameter numbers = ${weight.numel()} and channel size = ${channels}.\n  in prelu of ${formatShape(input.shape)}`,
    );
  }
  return composed('PreluKernelBackward0', () => {
    const shape = input.shape.map((_, i) => (i === 1 && input.ndim >= 2 ? weight.numel() : 1));
    const w = weight.reshape(weight.numel() === 1 ? input.shape.map(() => 1) : shape);
    return where(input.gt(0), input, input.mul(w));
  });
}

/** Settings of {@link rrelu}. */
export interface RreluOptions extends InplaceOptions {
  /** Bounds of the slope. Default 1/8 and 1/3. */
  readonly lower?: number;
  readonly upper?: number;
  /** Draw a slope for each element; else the mean of the bounds. Default false. */
  readonly training?: boolean;
  readonly generator?: Generator;
}
/**
 * x where positive, a random slope in [lower, upper] times x elsewhere. Source: Xu et al., arXiv 1505.00853.
 *
 * @example
 * await functional.rrelu(tensor([-2.4, 0.5]), { lower: 0.25, upper: 0.75 }).tolist(); // [-1.2, 0.5]
 */
export function rrelu(input: Tensor, ...rest: OptionalArgs<[lower: number, upper: number], RreluOptions>): Tensor {
  const names = ['lower', 'upper', 'training', 'generator'] as const;
  return activation<RreluOptions>('rrelu', names, input, rest, (x, options) => {
    const { lower = 1 / 8, upper = 1 / 3, training = false, generator } = options;
    if (lower > upper)
      throw new OptionError(
        `Lower bound should be less than or equal to the upper bound\n  in rrelu: got ${lower} and ${upper}`,
      );
    return composed(training ? 'RreluWithNoiseBackward0' : 'LeakyReluBackward0', () => {
      if (!training) return where(x.gt(0), x, x.mul((lower + upper) / 2));
      const { shape, dtype, engine } = x.impl;
      const noise = new Tensor(uniform(shape, dtype, engine, generatorOr('rrelu', generator)));
      return where(x.gt(0), x, x.mul(noise.mul(upper - lower).add(lower)));
    });
  });
}

/**
 * 0 in [−lambd, lambd], x outside. Source: torch.nn.functional.hardshrink.
 *
 * @example
 * await functional.hardshrink(tensor([-2.5, 0.25, 1])).tolist(); // [-2.5, 0, 1]
 */
export function hardshrink(input: Tensor, ...rest: OptionalArgs<[lambd: number], { lambd?: number }>): Tensor {
  const { lambd = 0.5 } = optionalArgs<{ lambd?: number }>('hardshrink', ['lambd'], rest);
  checkTensor('hardshrink', input);
  return composed('HardshrinkBackward0', () =>
    where(input.lt(-lambd).logicalOr(input.gt(lambd)), input, input.detach().mul(0)),
  );
}
/**
 * x moved towards 0 by lambd, and 0 in [−lambd, lambd]. Source: torch.nn.functional.softshrink.
 *
 * @example
 * await functional.softshrink(tensor([-2.5, 0.25, 1])).tolist(); // [-2, 0, 0.5]
 */
export function softshrink(input: Tensor, ...rest: OptionalArgs<[lambd: number], { lambd?: number }>): Tensor {
  const { lambd = 0.5 } = optionalArgs<{ lambd?: number }>('softshrink', ['lambd'], rest);
  checkTensor('softshrink', input);
  if (!(lambd >= 0))
    throw new OptionError(
      `lambda must be in range [0, 3.40282e+38] for input dtype Float, but found ${lambd}\n  in softshrink`,
    );
  return composed('SoftshrinkBackward0', () => input.sub(input.clamp(-lambd, lambd)));
}
/**
 * clamp((x + 3)/6, 0, 1). Source: torch.nn.functional.hardsigmoid.
 *
 * @example
 * await functional.hardsigmoid(tensor([-4, 0, 4.5])).tolist(); // [0, 0.5, 1]
 */
export function hardsigmoid(input: Tensor, ...rest: InplaceArgs): Tensor {
  return activation('hardsigmoid', [], input, rest, (x) =>
    composed('HardsigmoidBackward0', () => bounded(x.add(3), 0, 6).div(6)),
  );
}
/**
 * x·hardsigmoid(x). Source: Howard et al., arXiv 1905.02244.
 *
 * @example
 * await functional.hardswish(tensor([-4, 1.5, 4])).tolist(); // [-0, 1.125, 4]
 */
export function hardswish(input: Tensor, ...rest: InplaceArgs): Tensor {
  return activation('hardswish', [], input, rest, (x) =>
    composed('HardswishBackward0', () => x.mul(bounded(x.add(3), 0, 6)).div(6)),
  );
}
