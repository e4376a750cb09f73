/** Pooling with windows of one size: maxima, means, norms. */
import { checkNumbers, OptionError } from '../../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { named } from '../impl/common.ts';
import { avgPool, maxPool } from '../impl/pooling.ts';
import { checkTensor, Tensor } from '../tensor.ts';
import { type Pair, type Sizes, sizes } from './arguments.ts';
import { checkPooled, lean, type WindowOptions, windows } from './windows.ts';

/** Settings of max pooling; S is a number or a list of one per spatial dim. */
export interface MaxPoolOptions<S = Sizes> extends WindowOptions<S> {
  /** Return the index of each maximum in its line, plane or volume too, int32. */
  readonly returnIndices?: boolean;
}
/** Settings of {@link maxPool2d}. */
export type MaxPool2dOptions = MaxPoolOptions<Pair>;
/** Settings of average pooling. */
export interface AvgPoolOptions<S = Sizes> extends Omit<WindowOptions<S>, 'dilation'> {
  /** Count the padding's zeros. Default true. */
  readonly countIncludePad?: boolean;
}
/** Settings of average pooling over planes and volumes. */
export interface DividedPoolOptions<S = Sizes> extends AvgPoolOptions<S> {
  /** Divide by this instead of the window's size. */
  readonly divisorOverride?: number | null;
}
/** Settings of {@link avgPool2d}. */
export type AvgPool2dOptions = DividedPoolOptions<Pair>;
/** Settings of {@link lpPool2d} and its kin. */
export type LpPoolOptions<S = Sizes> = Pick<WindowOptions<S>, 'stride' | 'ceilMode'>;

/** The stride by position, the rest by name. */
type Strided<S, O> = OptionalArgs<[stride: S | null, options: O], O>;
type WithIndices<S> = MaxPoolOptions<S> & { readonly returnIndices: true };
type WithIndicesArgs<S> = [options: WithIndices<S>] | [stride: S | null | undefined, options: WithIndices<S>];
/** Values, and the index of each. */
type Indexed = [values: Tensor, indices: Tensor<'int32'>];

function max(
  name: string,
  dims: number,
  gradFn: string,
  input: Tensor,
  kernelSize: Sizes,
  rest: readonly unknown[],
): Tensor | Indexed {
  const { returnIndices = false, ...options } = optionalArgs<MaxPoolOptions>(
    name,
    ['stride', 'padding', 'dilation', 'ceilMode', 'returnIndices'],
    rest,
  );
  checkTensor(name, input);
  const words = dims > 1 || returnIndices || input.requiresGrad ? name : lean;
  checkPooled(words, input, dims, true);
  const { axes, ceilMode } = windows(words, input.shape, dims, kernelSize, options);
  const [y, indices] = maxPool(input.impl, axes, ceilMode, returnIndices);
  const values = new Tensor(named(y!, gradFn));
  return indices ? [values, new Tensor(indices)] : values;
}
/**
 * Greatest element of each window of (N, C, L) or (C, L). Source: torch.nn.functional.max_pool1d.
 *
 * @throws ShapeError for an input smaller than the window; OptionError for a padding above half of the kernel.
 * @example
 * await functional.maxPool1d(tensor([[1, 3, 2, 5]]), 2).tolist(); // [[3, 5]]
 */
export function maxPool1d(input: Tensor, kernelSize: Sizes, ...rest: WithIndicesArgs<Sizes>): Indexed;
export function maxPool1d(input: Tensor, kernelSize: Sizes, ...rest: Strided<Sizes, MaxPoolOptions>): Tensor;
export function maxPool1d(input: Tensor, kernelSize: Sizes, ...rest: readonly unknown[]): Tensor | Indexed {
  return max('maxPool1d', 1, 'SqueezeBackward1', input, kernelSize, rest);
}
/**
 * Greatest element of each window of (N, C, H, W) or (C, H, W). With `returnIndices` also where it lies in its plane: of equal
 * ones the first. Source: torch.nn.functional.max_pool2d.
 *
 * @throws ShapeError for an input smaller than the window; OptionError for a padding above half of the kernel.
 * @example
 * functional.maxPool2d(randn([8, 3, 28, 28]), 2).shape; // [8, 3, 14, 14]
 */
export function maxPool2d(input: Tensor, kernelSize: Pair, ...rest: WithIndicesArgs<Pair>): Indexed;
export function maxPool2d(input: Tensor, kernelSize: Pair, ...rest: Strided<Pair, MaxPool2dOptions>): Tensor;
export function maxPool2d(input: Tensor, kernelSize: Pair, ...rest: readonly unknown[]): Tensor | Indexed {
  return max('maxPool2d', 2, 'MaxPool2DWithIndicesBackward0', input, kernelSize, rest);
}
/**
 * Greatest element of each window of (N, C, D, H, W) or (C, D, H, W). Source: torch.nn.functional.max_pool3d.
 *
 * @throws ShapeError for an input smaller than the window; OptionError for a padding above half of the kernel.
 * @example
 * functional.maxPool3d(randn([2, 3, 4, 8, 8]), 2).shape; // [2, 3, 2, 4, 4]
 */
export function maxPool3d(input: Tensor, kernelSize: Sizes, ...rest: WithIndicesArgs<Sizes>): Indexed;
export function maxPool3d(input: Tensor, kernelSize: Sizes, ...rest: Strided<Sizes, MaxPoolOptions>): Tensor;
export function maxPool3d(input: Tensor, kernelSize: Sizes, ...rest: readonly unknown[]): Tensor | Indexed {
  return max('maxPool3d', 3, 'MaxPool3DWithIndicesBackward0', input, kernelSize, rest);
}

function average(
  name: string,
  dims: number,
  gradFn: string,
  input: Tensor,
  kernelSize: Sizes,
  rest: readonly unknown[],
): Tensor {
  const { countIncludePad = true, ...options } = optionalArgs<DividedPoolOptions>(
    name,
    ['stride', 'padding', 'ceilMode', 'countIncludePad', ...(dims > 1 ? (['divisorOverride'] as const) : [])],
    rest,
  );
  const divisor = options.divisorOverride ?? null;
  if (divisor !== null) checkNumbers(name, { divisorOverride: divisor });
  if (divisor === 0) throw new OptionError(`divisor must be not zero\n  in ${name}`);
  checkTensor(name, input);
  checkPooled(name, input, dims);
  const { axes, ceilMode } = windows(name, input.shape, dims, kernelSize, options);
  return new Tensor(
    named(avgPool(input.impl, axes, { ceilMode, countIncludePad, divisorOverride: divisor ?? 0 }), gradFn),
  );
}
/**
 * Mean of each window of (N, C, L) or (C, L). Source: torch.nn.functional.avg_pool1d.
 *
 * @throws ShapeError for an input smaller than the window; OptionError for a padding above half of the kernel.
 * @example
 * await functional.avgPool1d(tensor([[1.0, 3.0, 2.5, 5.5]]), 2).tolist(); // [[2, 4]]
 */
export function avgPool1d(input: Tensor, kernelSize: Sizes, ...rest: Strided<Sizes, AvgPoolOptions>): Tensor {
  return average('avgPool1d', 1, 'SqueezeBackward1', input, kernelSize, rest);
}
/**
 * Mean of each window of (N, C, H, W) or (C, H, W). Source: torch.nn.functional.avg_pool2d.
 *
 * @throws ShapeError for an input smaller than the window; OptionError for a padding above half of the kernel.
 * @example
 * functional.avgPool2d(randn([8, 3, 28, 28]), 2).shape; // [8, 3, 14, 14]
 */
export function avgPool2d(input: Tensor, kernelSize: Pair, ...rest: Strided<Pair, AvgPool2dOptions>): Tensor {
  return average('avgPool2d', 2, 'AvgPool2DBackward0', input, kernelSize, rest);
}
/**
 * Mean of each window of (N, C, D, H, W) or (C, D, H, W). Source: torch.nn.functional.avg_pool3d.
 *
 * @throws ShapeError for an input smaller than the window; OptionError for a padding above half of the kernel.
 * @example
 * functional.avgPool3d(randn([2, 3, 4, 8, 8]), 2).shape; // [2, 3, 2, 4, 4]
 */
export function avgPool3d(input: Tensor, kernelSize: Sizes, ...rest: Strided<Sizes, DividedPoolOptions>): Tensor {
  return average('avgPool3d', 3, 'AvgPool3DBackward0', input, kernelSize, rest);
}

/** Of each window (Σ x^p)^(1/p), as the mean times the window's size. */
function norm(
  name: string,
  dims: number,
  input: Tensor,
  normType: number,
  kernelSize: Sizes,
  rest: readonly unknown[],
): Tensor {
  const { stride = null, ceilMode = false } = optionalArgs<LpPoolOptions>(name, ['stride', 'ceilMode'], rest);
  checkTensor(name, input);
  checkNumbers(name, { normType });
  checkPooled(name, input, dims);
  const { axes } = windows(name, input.shape, dims, kernelSize, { stride, ceilMode });
  const greatest = (x: Tensor): Tensor => new Tensor(maxPool(x.impl, axes, ceilMode, false)[0]!);
  const count = sizes(name, 'kernelSize', kernelSize, dims).reduce((product, k) => product * k, 1);
  return composed('PowBackward0', () => {
    if (normType === Number.POSITIVE_INFINITY) return greatest(input.abs());
    if (normType === Number.NEGATIVE_INFINITY) return greatest(input.abs().neg()).neg();
    const mean = new Tensor(avgPool(input.pow(normType).impl, axes, { ceilMode }));
    return mean
      .sign()
      .mul(mean.abs().relu())
      .mul(count)
      .pow(1 / normType);
  });
}
/**
 * Norm (Σ x^p)^(1/p) of each window of (N, C, L) or (C, L), with p = `normType`; infinity takes the greatest magnitude. Odd
 * powers keep their sign. Source: torch.nn.functional.lp_pool1d.
 *
 * @throws ShapeError for an input smaller than the window.
 * @example
 * await functional.lpPool1d(tensor([[3.0, 4.0, 0.5, 0.0]]), 2, 2).tolist(); // [[5, 0.5]]
 */
export function lpPool1d(
  input: Tensor,
  normType: number,
  kernelSize: Sizes,
  ...rest: OptionalArgs<[], LpPoolOptions>
): Tensor {
  return norm('lpPool1d', 1, input, normType, kernelSize, rest);
}
/**
 * Norm of each window of (N, C, H, W) or (C, H, W): see {@link lpPool1d}. Source: torch.nn.functional.lp_pool2d.
 *
 * @throws ShapeError for an input smaller than the window.
 * @example
 * functional.lpPool2d(randn([8, 3, 28, 28]), 2, 4).shape; // [8, 3, 7, 7]
 */
export function lpPool2d(
  input: Tensor,
  normType: number,
  kernelSize: Sizes,
  ...rest: OptionalArgs<[], LpPoolOptions>
): Tensor {
  return norm('lpPool2d', 2, input, normType, kernelSize, rest);
}
/**
 * Norm of each window of (N, C, D, H, W) or (C, D, H, W): see {@link lpPool1d}. Source: torch.nn.functional.lp_pool3d.
 *
 * @throws ShapeError for an input smaller than the window.
 * @example
 * functional.lpPool3d(randn([2, 3, 4, 8, 8]), 2, 2).shape; // [2, 3, 2, 4, 4]
 */
export function lpPool3d(
  input: Tensor,
  normType: number,
  kernelSize: Sizes,
  ...rest: OptionalArgs<[], LpPoolOptions>
): Tensor {
  return norm('lpPool3d', 3, input, normType, kernelSize, rest);
}
