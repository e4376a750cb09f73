/** Pooling. */
import { checkNumbers, checkOptions, OptionError } from '../../core/errors.ts';
import * as nn from '../impl/nn.ts';
import { Tensor, varOf } from '../tensor.ts';
import { type Pair, pair } from './arguments.ts';

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
 * @throws OptionError for a padding above half of the kernel when no window fits.
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
