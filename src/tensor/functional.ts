/** torch.nn.functional in camelCase. */
import { checkNumbers, checkOptions, describe, OptionError, ShapeError, wrongType } from '../core/errors.ts';
import { formatShape, type Shape } from '../core/shape.ts';
import { checkReduction, type Reduction } from './impl/common.ts';
import * as indexing from './impl/indexing.ts';
import * as losses from './impl/loss.ts';
import * as nn from './impl/nn.ts';
import * as pointwise from './impl/pointwise.ts';
import { type Generator, generatorOr } from './impl/random.ts';
import { scope } from './scope.ts';
import { checkTensor, noGrad, Tensor, varOf } from './tensor.ts';

/** One number for both spatial dims, or [height, width]. */
export type Pair = number | readonly [number, number] | readonly number[];
export type { Reduction };

function pair(name: string, option: string, v: Pair): readonly [number, number] {
  const list: unknown = typeof v === 'number' ? [v, v] : v;
  if (!Array.isArray(list) || list.length !== 2 || !list.every(Number.isInteger))
    wrongType(name, option, 'an integer or a list of two', v);
  return [list[0], list[1]];
}
const optional = (op: string, t: Tensor | null | undefined, argument: string) =>
  t === null || t === undefined ? null : varOf(op, t, argument);

// ---- activations ----------------------------------------------------------------------------------------------------

/** max(x, 0) */
export function relu(input: Tensor): Tensor {
  checkTensor('relu', input);
  return input.relu();
}
/** x where positive, negativeSlope·x elsewhere. */
export function leakyRelu(input: Tensor, negativeSlope = 0.01): Tensor {
  checkNumbers('leakyRelu', { negativeSlope });
  return new Tensor(pointwise.leakyRelu(varOf('leakyRelu', input), negativeSlope));
}
/** x·Φ(x), with the normal distribution function Φ; `approximate: 'tanh'` for the tanh form. Source: Hendrycks & Gimpel, arXiv 1606.08415. */
export function gelu(input: Tensor, options: { approximate?: 'none' | 'tanh' } = {}): Tensor {
  checkOptions('gelu', options, ['approximate']);
  const form = options.approximate ?? 'none';
  if (form !== 'none' && form !== 'tanh')
    throw new OptionError(`approximate argument must be either none or tanh.\n  in gelu: got ${describe(form)}`);
  return new Tensor(pointwise.unary(form === 'tanh' ? 'geluTanh' : 'gelu', varOf('gelu', input)));
}
/** x·σ(x) */
export function silu(input: Tensor): Tensor {
  return new Tensor(pointwise.unary('silu', varOf('silu', input)));
}
/** log(1 + e^(beta·x))/beta, linear where beta·x > threshold. */
export function softplus(input: Tensor, beta = 1, threshold = 20): Tensor {
  checkNumbers('softplus', { beta, threshold });
  return new Tensor(pointwise.softplus(varOf('softplus', input), beta, threshold));
}
/** 1/(1 + e^−x) */
export function sigmoid(input: Tensor): Tensor {
  checkTensor('sigmoid', input);
  return input.sigmoid();
}
/** (e^x − e^−x)/(e^x + e^−x) */
export function tanh(input: Tensor): Tensor {
  checkTensor('tanh', input);
  return input.tanh();
}
/** e^x / Σ e^x along `dim`, without overflow */
export function softmax(input: Tensor, dim: number): Tensor {
  checkTensor('softmax', input);
  return input.softmax(dim);
}
/** log(softmax(x)) along `dim`, without loss of precision */
export function logSoftmax(input: Tensor, dim: number): Tensor {
  checkTensor('logSoftmax', input);
  return input.logSoftmax(dim);
}

// ---- layers ---------------------------------------------------------------------------------------------------------

/** x·Wᵀ + b: (*, in) with weight (out, in) and bias (out) gives (*, out). */
export function linear(input: Tensor, weight: Tensor, bias?: Tensor | null): Tensor {
  return new Tensor(
    nn.linear(varOf('linear', input), varOf('linear', weight, 'weight'), optional('linear', bias, 'bias')),
  );
}

/** Settings of {@link conv2d}, with PyTorch's defaults: stride 1, no padding, dilation 1, one group. */
export interface Conv2dOptions {
  readonly stride?: Pair;
  /** Zeros around the input. `'same'` keeps its size (stride 1 only), `'valid'` is 0. */
  readonly padding?: Pair | 'same' | 'valid';
  readonly dilation?: Pair;
  readonly groups?: number;
}
/**
 * 2-d convolution (cross-correlation): (N, C, H, W) or (C, H, W) with weight (O, C/groups, kH, kW) and bias (O).
 *
 * @throws ShapeError when channels or sizes do not fit.
 * @example
 * functional.conv2d(randn([1, 3, 8, 8]), randn([4, 3, 3, 3]), null, { padding: 1 }).shape; // [1, 4, 8, 8]
 */
export function conv2d(input: Tensor, weight: Tensor, bias?: Tensor | null, options: Conv2dOptions = {}): Tensor {
  checkOptions('conv2d', options, ['stride', 'padding', 'dilation', 'groups']);
  checkTensor('conv2d', input);
  checkTensor('conv2d', weight, 'weight');
  if (weight.ndim !== 4)
    throw new ShapeError(
      `weight should have four dimensions\n  in conv2d: (O, C/groups, kH, kW), got ${formatShape(weight.shape)}`,
    );
  const { padding = 0, groups = 1 } = options;
  const stride = pair('conv2d', 'stride', options.stride ?? 1);
  const dilation = pair('conv2d', 'dilation', options.dilation ?? 1);
  if (padding === 'same') return convSame(input, weight, bias, { stride, dilation, groups });
  if (typeof padding === 'string' && padding !== 'valid') {
    throw new OptionError(
      `Invalid padding string '${padding}', should be one of {'valid', 'same'}\n  in conv2d: or give numbers`,
    );
  }
  const zeros = padding === 'valid' ? ([0, 0] as const) : pair('conv2d', 'padding', padding);
  return new Tensor(
    nn.conv2d(varOf('conv2d', input), varOf('conv2d', weight, 'weight'), optional('conv2d', bias, 'bias'), {
      stride,
      padding: zeros,
      dilation,
      groups,
    }),
  );
}

/** An even kernel needs one zero more at the end: pad by that on both sides and drop the first results. */
function convSame(
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null | undefined,
  args: Omit<nn.Conv2dArgs, 'padding'>,
): Tensor {
  if (args.stride.some((s) => s !== 1))
    throw new OptionError(
      "padding='same' is not supported for strided convolutions\n  in conv2d: give the padding as numbers",
    );
  return scope(() => {
    const totals = args.dilation.map((d, i) => d * (weight.shape[2 + i]! - 1));
    const padding = totals.map((t) => Math.ceil(t / 2));
    const y = new Tensor(
      nn.conv2d(varOf('conv2d', input), varOf('conv2d', weight, 'weight'), optional('conv2d', bias, 'bias'), {
        ...args,
        padding,
      }),
    );
    return totals.every((t) => t % 2 === 0) ? y : y.at('...', ...totals.map((t) => [t % 2] as const));
  });
}

/** Settings of {@link maxPool2d}. */
export interface MaxPool2dOptions {
  /** Default: the kernel's size. */
  readonly stride?: Pair;
  readonly padding?: Pair;
  readonly dilation?: Pair;
  readonly ceilMode?: boolean;
}
function poolArgs(
  name: string,
  kernelSize: Pair,
  { stride, padding = 0, dilation = 1, ceilMode = false }: MaxPool2dOptions,
): nn.Pool2dArgs {
  return {
    kernelSize: pair(name, 'kernelSize', kernelSize),
    stride: pair(name, 'stride', stride ?? kernelSize),
    padding: pair(name, 'padding', padding),
    dilation: pair(name, 'dilation', dilation),
    ceilMode,
  };
}
/**
 * Greatest element of each window of (N, C, H, W) or (C, H, W).
 *
 * @throws OptionError for a padding above half of the kernel, ShapeError when no window fits.
 * @example
 * functional.maxPool2d(randn([8, 3, 28, 28]), 2).shape; // [8, 3, 14, 14]
 */
export function maxPool2d(input: Tensor, kernelSize: Pair, options: MaxPool2dOptions = {}): Tensor {
  checkOptions('maxPool2d', options, ['stride', 'padding', 'dilation', 'ceilMode']);
  return new Tensor(nn.maxPool2d(varOf('maxPool2d', input), poolArgs('maxPool2d', kernelSize, options))[0]);
}
/** Settings of {@link avgPool2d}. */
export interface AvgPool2dOptions extends Omit<MaxPool2dOptions, 'dilation'> {
  /** Count the padding's zeros. Default true. */
  readonly countIncludePad?: boolean;
  /** Divide by this instead of the window's size. */
  readonly divisorOverride?: number | null;
}
/** Mean of each window of (N, C, H, W) or (C, H, W). */
export function avgPool2d(input: Tensor, kernelSize: Pair, options: AvgPool2dOptions = {}): Tensor {
  checkOptions('avgPool2d', options, ['stride', 'padding', 'ceilMode', 'countIncludePad', 'divisorOverride']);
  const { divisorOverride = null, countIncludePad = true, ...rest } = options;
  if (divisorOverride !== null) checkNumbers('avgPool2d', { divisorOverride });
  if (divisorOverride === 0) throw new OptionError('divisor must be not zero\n  in avgPool2d');
  const { dilation: _, ...args } = poolArgs('avgPool2d', kernelSize, rest);
  return new Tensor(
    nn.avgPool2d(varOf('avgPool2d', input), { ...args, countIncludePad, divisorOverride: divisorOverride ?? 0 }),
  );
}

/**
 * (x − mean)/√(variance + eps)·weight + bias over the trailing dims `normalizedShape`, with the biased variance. Source: Ba,
 * Kiros & Hinton, arXiv 1607.06450.
 *
 * @throws ShapeError when x does not end in `normalizedShape`.
 * @example
 * await functional.layerNorm(tensor([1.5, 2.5]), 2).tolist(); // [-1, 1]
 */
export function layerNorm(
  input: Tensor,
  normalizedShape: number | Shape,
  options: { weight?: Tensor | null; bias?: Tensor | null; eps?: number } = {},
): Tensor {
  checkOptions('layerNorm', options, ['weight', 'bias', 'eps']);
  const shape = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape;
  if (!Array.isArray(shape)) wrongType('layerNorm', 'normalizedShape', 'int or a list of ints', shape);
  return new Tensor(
    nn.layerNorm(
      varOf('layerNorm', input),
      shape,
      optional('layerNorm', options.weight, 'weight'),
      optional('layerNorm', options.bias, 'bias'),
      options.eps ?? 1e-5,
    ),
  );
}

/** Settings of {@link batchNorm}. */
export interface BatchNormOptions {
  readonly weight?: Tensor | null;
  readonly bias?: Tensor | null;
  /** Use the batch's statistics, and fold them into the running ones. */
  readonly training?: boolean;
  /** The batch's share in the running statistics; a 0-d tensor where it is known on the device only. */
  readonly momentum?: number | Tensor;
  readonly eps?: number;
}
/**
 * Normalises each channel (dim 1) of (N, C) or (N, C, …). With `training` by the batch's statistics, and the running ones are
 * updated in place; else by the running ones. Source: Ioffe & Szegedy, arXiv 1502.03167.
 */
export function batchNorm(
  input: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  options: BatchNormOptions = {},
): Tensor {
  checkOptions('batchNorm', options, ['weight', 'bias', 'training', 'momentum', 'eps']);
  const { momentum = 0.1, eps = 1e-5, training = false } = options;
  if (typeof momentum !== 'number') checkTensor('batchNorm', momentum, 'momentum');
  const fold = (running: Tensor | null, batch: Tensor): void => {
    if (typeof momentum === 'number') running?.mul_(1 - momentum).add_(batch, { alpha: momentum });
    else running?.mul_(momentum.neg().add(1)).add_(batch.mul(momentum));
  };
  return new Tensor(
    nn.batchNorm(
      varOf('batchNorm', input),
      optional('batchNorm', runningMean, 'runningMean'),
      optional('batchNorm', runningVar, 'runningVar'),
      {
        weight: optional('batchNorm', options.weight, 'weight'),
        bias: optional('batchNorm', options.bias, 'bias'),
        training,
        eps,
        update: (mean, variance) => {
          noGrad(() => {
            fold(runningMean, new Tensor(mean));
            fold(runningVar, new Tensor(variance));
          });
        },
      },
    ),
  );
}

/**
 * Zeroes elements with probability p and scales the rest by 1/(1−p). Does nothing with `training: false`. Source: Hinton et al.,
 * arXiv 1207.0580.
 */
export function dropout(input: Tensor, p = 0.5, options: { training?: boolean; generator?: Generator } = {}): Tensor {
  checkOptions('dropout', options, ['training', 'generator']);
  checkTensor('dropout', input);
  if (typeof p !== 'number' || !(p >= 0 && p <= 1))
    throw new OptionError(`dropout probability has to be between 0 and 1, but got ${describe(p)}`);
  if (!(options.training ?? true) || p === 0) return input;
  return new Tensor(nn.dropout(varOf('dropout', input), p, generatorOr('dropout', options.generator).next()));
}

/**
 * 1 at each class index, 0 elsewhere: int32 of shape (*, numClasses).
 *
 * @throws ShapeError for an index out of range.
 * @example
 * await functional.oneHot(tensor([2, 0]), 3).tolist(); // [[0, 0, 1], [1, 0, 0]]
 */
export function oneHot(input: Tensor, numClasses: number): Tensor<'int32'> {
  return new Tensor(indexing.oneHot(varOf('oneHot', input), numClasses));
}
/** Rows of `weight` (V, D) at int32 indices (*): (*, D). Rows at paddingIdx get no gradient. */
export function embedding(input: Tensor, weight: Tensor, options: { paddingIdx?: number | null } = {}): Tensor {
  checkOptions('embedding', options, ['paddingIdx']);
  return new Tensor(
    indexing.embedding(varOf('embedding', input), varOf('embedding', weight, 'weight'), options.paddingIdx ?? null),
  );
}

// ---- losses ---------------------------------------------------------------------------------------------------------

/** Settings of {@link crossEntropy}. */
export interface CrossEntropyOptions {
  /** A weight per class, (C). */
  readonly weight?: Tensor | null;
  /** Targets of this value count for nothing. Default −100. */
  readonly ignoreIndex?: number;
  readonly reduction?: Reduction;
  /** In [0, 1]: how much of the target is spread over all classes. */
  readonly labelSmoothing?: number;
}
/**
 * Cross entropy of logits (N, C, …) or (C) with class indices (N, …), int32, or class probabilities of the input's shape.
 *
 * @throws ShapeError for sizes that do not match or a label out of range.
 * @example
 * await functional.crossEntropy(tensor([[2, 1, 0]], { dtype: 'float32' }), tensor([0])).item(); // 0.4076
 */
export function crossEntropy(input: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  checkOptions('crossEntropy', options, ['weight', 'ignoreIndex', 'reduction', 'labelSmoothing']);
  const { weight, ignoreIndex = -100, reduction = 'mean', labelSmoothing = 0 } = options;
  checkReduction('crossEntropy', reduction);
  return new Tensor(
    losses.crossEntropy(varOf('crossEntropy', input), varOf('crossEntropy', target, 'target'), {
      weight: optional('crossEntropy', weight, 'weight'),
      ignoreIndex,
      reduction,
      labelSmoothing,
    }),
  );
}
/** Negative log likelihood of log-probabilities (N, C, …) at class indices. */
export function nllLoss(
  input: Tensor,
  target: Tensor,
  options: Omit<CrossEntropyOptions, 'labelSmoothing'> = {},
): Tensor {
  checkOptions('nllLoss', options, ['weight', 'ignoreIndex', 'reduction']);
  const { weight, ignoreIndex = -100, reduction = 'mean' } = options;
  checkReduction('nllLoss', reduction);
  return new Tensor(
    losses.nllLoss(varOf('nllLoss', input), varOf('nllLoss', target, 'target'), {
      weight: optional('nllLoss', weight, 'weight'),
      ignoreIndex,
      reduction,
    }),
  );
}
/** Mean (or sum, or each) of (input − target)²; the two broadcast. */
export function mseLoss(input: Tensor, target: Tensor, options: { reduction?: Reduction } = {}): Tensor {
  checkOptions('mseLoss', options, ['reduction']);
  const { reduction = 'mean' } = options;
  checkReduction('mseLoss', reduction);
  return new Tensor(losses.mseLoss(varOf('mseLoss', input), varOf('mseLoss', target, 'target'), reduction));
}
/** Settings of {@link binaryCrossEntropyWithLogits}. */
export interface BinaryCrossEntropyOptions {
  readonly weight?: Tensor | null;
  /** Weight of the positive class. */
  readonly posWeight?: Tensor | null;
  readonly reduction?: Reduction;
}
/** Binary cross entropy of logits and targets in [0, 1] of the same shape, without overflow. */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  options: BinaryCrossEntropyOptions = {},
): Tensor {
  checkOptions('binaryCrossEntropyWithLogits', options, ['weight', 'posWeight', 'reduction']);
  const { weight, posWeight, reduction = 'mean' } = options;
  checkReduction('binaryCrossEntropyWithLogits', reduction);
  return new Tensor(
    losses.binaryCrossEntropyWithLogits(
      varOf('binaryCrossEntropyWithLogits', input),
      varOf('binaryCrossEntropyWithLogits', target, 'target'),
      {
        weight: optional('binaryCrossEntropyWithLogits', weight, 'weight'),
        posWeight: optional('binaryCrossEntropyWithLogits', posWeight, 'posWeight'),
        reduction,
      },
    ),
  );
}
export { binaryCrossEntropyWithLogits as bceWithLogits };
