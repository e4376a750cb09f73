/** Statistics of samples, sums without NaN, and norms. */
import { type DType, type Floating, isFloat } from '../../core/dtype.ts';
import { checkOptions, DTypeError, OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { normalizeDim } from '../../core/shape.ts';
import {
  type DimArg,
  type DimOptions,
  dimArgs,
  type KeepdimOptions,
  type OptionalArgs,
  optionalArgs,
  type ReductionOptions,
  type VarianceArgs,
  varianceArgs,
} from '../arguments.ts';
import { composed, inPlace } from '../compose.ts';
import { logsumexp as logarithmOfSum, needFloat } from '../impl/reduce.ts';
import { matrixNorm, vectorNorm } from '../linalg/norms.ts';
import type { Returning } from '../methods.ts';
import { scope } from '../scope.ts';
import { checkTensor, Tensor } from '../tensor.ts';

function withMean(name: 'var' | 'std', input: Tensor, rest: VarianceArgs): [Tensor, Tensor] {
  const said = `${name}_mean`;
  checkTensor(`${name}Mean`, input);
  const { dim = null, correction, keepdim } = varianceArgs(`${name}Mean`, rest);
  if (!isFloat(input.dtype))
    throw new DTypeError(
      `${said} only support floating point and complex dtypes\n  got ${input.dtype}; cast it with .to('float32')`,
    );
  const [spread, mean] = composed(`${name === 'var' ? 'Var' : 'Std'}MeanBackward0`, () => [
    input[name](dim, { correction, keepdim }),
    input.mean(dim, keepdim),
  ]);
  return [spread!, mean!];
}
/**
 * Variance (unbiased by default) and mean, over all elements or along dims: `[var, mean]`. Source: torch.var_mean.
 *
 * @throws DTypeError for integers and bool.
 * @example
 * const [v, m] = varMean(tensor([1, 2, 3]).float());
 * await v.item(); // 1
 * await m.item(); // 2
 */
export function varMean(input: Tensor, ...rest: VarianceArgs): [variance: Tensor, mean: Tensor] {
  return withMean('var', input, rest);
}
/**
 * Standard deviation (unbiased by default) and mean, over all elements or along dims: `[std, mean]`. Source: torch.std_mean.
 *
 * @throws DTypeError for integers and bool.
 * @example
 * const [s, m] = stdMean(tensor([[1, 3], [2, 2]]).float(), 1, { correction: 0 });
 * await s.tolist(); // [1, 0]
 * await m.tolist(); // [2, 2]
 */
export function stdMean(input: Tensor, ...rest: VarianceArgs): [std: Tensor, mean: Tensor] {
  return withMean('std', input, rest);
}

type SumArgs = [dim?: DimArg | ReductionOptions, keepdim?: boolean | ReductionOptions, options?: ReductionOptions];

/**
 * The sum, NaN counting as 0. Source: torch.nansum.
 *
 * @example
 * await nansum(tensor([1, NaN, 2])).item(); // 3
 */
export function nansum(input: Tensor, ...rest: SumArgs): Tensor {
  checkTensor('nansum', input);
  const { dim, keepdim, options } = dimArgs('nansum', rest[0], rest[1], ['dtype'], rest[2]);
  return composed('NansumBackward0', () => withoutNaN(input).sum(dim, keepdim, { dtype: options.dtype ?? null }));
}
const withoutNaN = (x: Tensor): Tensor => (isFloat(x.dtype) ? x.maskedFill(x.ne(x), 0) : x);

/**
 * The mean of what is not NaN. Source: torch.nanmean.
 *
 * @throws DTypeError for integers and bool.
 * @example
 * await nanmean(tensor([1, NaN, 2])).item(); // 1.5
 */
export function nanmean(input: Tensor, ...rest: SumArgs): Tensor {
  checkTensor('nanmean', input);
  const { dim, keepdim, options } = dimArgs('nanmean', rest[0], rest[1], ['dtype'], rest[2]);
  if (!isFloat(input.dtype))
    throw new DTypeError(
      `nanmean(): expected input to have floating point or complex dtype but got ${input.dtype}\n  cast it with .float()`,
    );
  needFloat('nanmean', input.impl, options.dtype);
  return composed('DivBackward0', () => {
    const total = withoutNaN(input).sum(dim, keepdim, { dtype: options.dtype ?? null });
    return total.div(input.eq(input).sum(dim, keepdim));
  });
}

/** Options of {@link norm}. */
export interface TensorNormOptions extends DimOptions {
  /** The order: a number (Infinity too), 'fro' or 'nuc'. */
  readonly p?: number | 'fro' | 'nuc' | null;
  /** Convert the tensor to this dtype first. */
  readonly dtype?: 'float32' | 'float64' | null;
}
type NormArgs = OptionalArgs<
  [p: number | 'fro' | 'nuc' | null, dim: number | readonly number[] | null, keepdim: boolean],
  TensorNormOptions
>;
/**
 * The p-norm (default 2) of all elements or along dims; 'nuc' is the sum of the singular values of matrices. Prefer
 * {@link linalg.vectorNorm} and {@link linalg.matrixNorm}. Source: torch.norm.
 *
 * @throws DTypeError for integers, ShapeError for other than two dims with 'nuc'.
 * @example
 * await norm(tensor([3, -4]).float()).item(); // 5
 * await norm(tensor([[3, -4], [0, 1]]).float(), 1, 1).tolist(); // [7, 1]
 */
export function norm(input: Tensor, ...rest: NormArgs): Tensor {
  checkTensor('norm', input);
  const {
    p,
    dim,
    keepdim = false,
    dtype,
  } = optionalArgs<TensorNormOptions>('norm', ['p', 'dim', 'keepdim', 'dtype'], rest);
  const options = { keepdim, ...(dtype && { dtype }) };
  const dims = dim === undefined || dim === null ? null : typeof dim === 'number' ? [dim] : dim;
  if (typeof p === 'string' && (p !== 'fro' || (dims !== null && dims.length > 2)))
    return matrixNorm(input, { ...options, ord: p, dim: dims ?? [...input.shape.keys()] });
  return vectorNorm(input, { ...options, ord: typeof p === 'number' ? p : 2, dim: dims });
}

/**
 * Scales down each slice along `dim` whose p-norm exceeds `maxnorm`, so that it does not. Source: torch.renorm.
 *
 * @throws ShapeError for fewer than two dims, OptionError for p that is not positive or a negative maxnorm.
 * @example
 * await renorm(tensor([[3, 4], [0, 1]]).float(), 2, 0, 2.5).tolist(); // [[1.5, 2], [0, 1]]
 */
export function renorm(input: Tensor, p: number, dim: number, maxnorm: number): Tensor {
  checkTensor('renorm', input);
  for (const [name, value] of Object.entries({ p, maxnorm }))
    if (typeof value !== 'number') wrongType('renorm', name, 'a number', value);
  if (!(p > 0)) throw new OptionError(`renorm: non-positive-norm not supported\n  p is ${p}`);
  if (!(maxnorm >= 0)) throw new OptionError(`renorm: expected maxnorm to be >= 0 but got ${maxnorm}`);
  if (input.ndim < 2) throw new ShapeError(`renorm: input needs at least 2 dimensions, got ${input.ndim} dimensions`);
  const d = normalizeDim('renorm', dim, input.ndim);
  const others = [...input.shape.keys()].filter((i) => i !== d);
  return composed('RenormBackward0', () => {
    const size = vectorNorm(input, { ord: p, dim: others, keepdim: true });
    const isLarge = size.gt(maxnorm);
    return input.mul(size.add(1e-7).reciprocal().mul(maxnorm).where(isLarge, 1));
  });
}

/**
 * The p-norm of the difference of two tensors, which may broadcast. Source: torch.dist.
 *
 * @throws ShapeError when they do not broadcast, DTypeError for integers.
 * @example
 * await dist(tensor([1, 2]).float(), tensor([4, 6]).float()).item(); // 5
 */
export function dist(input: Tensor, other: Tensor, ...rest: OptionalArgs<[p: number], { p?: number }>): Tensor {
  checkTensor('dist', input);
  checkTensor('dist', other, 'other');
  const { p = 2 } = optionalArgs<{ p: number }>('dist', ['p'], rest);
  return composed('DistBackward0', () => {
    const difference = input.sub(other);
    if (!isFloat(difference.dtype))
      throw new DTypeError(
        `norm(): input dtype should be either floating point or complex. Got ${difference.dtype} instead.\n  in dist; cast with .float()`,
      );
    return vectorNorm(difference, p);
  });
}

/** Options of {@link cov}. */
export interface CovOptions {
  /** Subtracted from the number of observations: 1 (default) is the unbiased estimate. */
  readonly correction?: number;
  /** How often each observation counts: whole numbers, 0-d or 1-d. */
  readonly fweights?: Tensor | null;
  /** What each observation weighs: floats, 0-d or 1-d. */
  readonly aweights?: Tensor | null;
}

/** Throws for weights that do not fit, and has the next read say so where one is negative. */
function checkWeights(name: 'fweights' | 'aweights', w: Tensor, observations: number): void {
  checkTensor('cov', w, name);
  if (w.ndim > 1)
    throw new ShapeError(
      `cov(): expected ${name} to have one or fewer dimensions but got ${name} with ${w.ndim} dimensions`,
    );
  const fits = name === 'aweights' ? isFloat(w.dtype) : w.dtype === 'int32' || w.dtype === 'uint32';
  if (!fits)
    throw new DTypeError(
      `cov(): expected ${name} to have ${name === 'aweights' ? 'floating point' : 'integral'} dtype but got ${name} with ${w.dtype} dtype`,
    );
  if (w.numel() !== observations)
    throw new ShapeError(
      `cov(): expected ${name} to have the same numel as there are observations in the input but got ${w.numel()} != ${observations}`,
    );
  watch(w.lt(0).any(), () => new OptionError(`cov(): ${name} cannot be negative`));
}
/** Has the next read throw if a 0-d bool tensor is true. */
function watch(flag: Tensor, error: () => Error): void {
  flag.impl.engine.assertFalse(flag.impl.storage.value, error);
}

/**
 * The covariance matrix of variables, one per row, from observations, one per column; of a single variable (1-d or 0-d) its
 * variance. Weights that are negative or sum to 0 are reported by the next read. Source: torch.cov.
 *
 * @throws ShapeError for more than two dims or weights of another number, DTypeError for bool.
 * @example
 * await cov(tensor([[0, 1, 2], [2, 1, 0]])).tolist(); // [[1, -1], [-1, 1]]
 */
export function cov(input: Tensor, ...rest: [CovOptions?]): Tensor {
  checkTensor('cov', input);
  const [options = {}] = rest;
  checkOptions('cov', options, ['correction', 'fweights', 'aweights']);
  const { correction = 1, fweights = null, aweights = null } = options;
  if (typeof correction !== 'number') wrongType('cov', 'correction', 'a number', correction);
  checkMatrix('cov', input);
  const observations = input.ndim === 2 ? input.shape[1]! : input.numel();
  if (fweights) checkWeights('fweights', fweights, observations);
  if (aweights) checkWeights('aweights', aweights, observations);
  return composed('SqueezeBackward0', () => {
    const x = input.ndim === 2 ? input : input.reshape([1, -1]);
    const values = isFloat(x.dtype) ? x : x.float();
    const weights = fweights && aweights ? fweights.mul(aweights) : (fweights ?? aweights);
    if (!weights) {
      const centred = values.sub(values.mean(1, true));
      return centred
        .matmul(centred.T)
        .div(Math.max(observations - correction, 0))
        .squeeze();
    }
    const w = weights.to(values.dtype).reshape([-1]);
    const total = w.sum();
    watch(total.eq(0), () => new OptionError("cov(): weights sum to zero, can't be normalized"));
    const centred = values.sub(values.mul(w).sum(1, true).div(total));
    const lost =
      aweights && correction !== 0
        ? w
            .mul(aweights.reshape([-1]))
            .sum()
            .div(total)
            .mul(correction)
        : correction;
    return centred
      .matmul(centred.mul(w).T)
      .div(total.sub(lost).clamp({ min: 0 }))
      .squeeze();
  });
}
function checkMatrix(name: string, input: Tensor): void {
  if (input.ndim > 2)
    throw new ShapeError(
      `${name}(): expected input to have two or fewer dimensions but got an input with ${input.ndim} dimensions`,
    );
  if (input.dtype === 'bool') throw new DTypeError(`cov(): bool dtype is not supported for input\n  in ${name}`);
}

/**
 * The matrix of Pearson's correlation coefficients of variables, one per row, from observations, one per column. Source:
 * torch.corrcoef.
 *
 * @throws ShapeError for more than two dims, DTypeError for bool.
 * @example
 * await corrcoef(tensor([[0, 1, 2], [5, 3, 1]])).tolist(); // [[1, -1], [-1, 1]]
 */
export function corrcoef(input: Tensor): Tensor {
  checkTensor('corrcoef', input);
  checkMatrix('corrcoef', input);
  return scope(() => {
    const c = cov(input);
    if (c.ndim === 0) return c.div(c);
    const deviation = c.diagonal().sqrt();
    return c.div(deviation.unsqueeze(1)).div(deviation).clamp(-1, 1);
  });
}

/**
 * log Σ e^x over dims, without overflow. Source: torch.logsumexp.
 *
 * @throws ShapeError when a dim is out of range.
 * @example
 * await logsumexp(tensor([1000.5, 1000.5]), 0).item(); // 1001.1931
 */
export function logsumexp(input: Tensor, dim: number | readonly number[], keepdim?: boolean | KeepdimOptions): Tensor {
  checkTensor('logsumexp', input);
  const a = dimArgs('logsumexp', dim, keepdim);
  return new Tensor(logarithmOfSum(input.impl, a.dim, a.keepdim));
}

const ofFloats = { logsumexp };
const ofSameType = { renorm, renorm_: inPlace('renorm_', renorm) };
const others = { nansum, nanmean, norm, dist, cov, corrcoef };

/** The methods of this family. */
export const statisticsMethods = { ...ofFloats, ...ofSameType, ...others };
/** Their types on Tensor<D>. */
export interface StatisticsMethods<D extends DType>
  extends Returning<typeof ofFloats, Tensor<Floating<D>>>,
    Returning<typeof ofSameType, Tensor<D>>,
    Returning<typeof others, Tensor> {}
