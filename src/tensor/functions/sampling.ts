/** Random numbers of many distributions, like a tensor or into it. */
import { type DType, isFloat } from '../../core/dtype.ts';
import { checkNumbers, checkOptions, DTypeError, OptionError, wrongType } from '../../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { inPlace } from '../compose.ts';
import { type Generator, randint } from '../create.ts';
import { notImplemented } from '../impl/common.ts';
import * as random from '../impl/random.ts';
import { scope } from '../scope.ts';
import { checkTensor, Tensor } from '../tensor.ts';

/** Where the random numbers come from. */
export interface GeneratorOption {
  /** Default: the one seeded by manualSeed(). */
  readonly generator?: Generator | null;
}
/** The generator given, or the default one. */
export const generatorOf = (name: string, { generator }: GeneratorOption): Generator =>
  random.generatorOr(name, generator ?? undefined);

/** float64 of float64, else float32. */
const computedIn = (x: Tensor): 'float32' | 'float64' => (x.dtype === 'float64' ? 'float64' : 'float32');
/** Uniform numbers in [0, 1) in the shape of x. */
export const uniformLike = (name: string, x: Tensor, options: GeneratorOption): Tensor =>
  new Tensor(random.uniform(x.shape, computedIn(x), x.impl.engine, generatorOf(name, options)));
/** Standard normal numbers in the shape of x. */
export const normalLike = (name: string, x: Tensor, options: GeneratorOption): Tensor =>
  new Tensor(random.normal(x.shape, computedIn(x), x.impl.engine, generatorOf(name, options)));

const least = 2 ** -25;
/** Exponentially distributed numbers of rate 1, and never 0: a quotient by them is finite. */
export const exponentialsLike = (name: string, x: Tensor, options: GeneratorOption): Tensor =>
  uniformLike(name, x, options).neg().log1p().neg().clamp({ min: least });

/** Throws in PyTorch's words unless x is floating. */
export function checkFloating(name: string, kernel: string, x: Tensor): void {
  if (!isFloat(x.dtype)) notImplemented(name, kernel, x.dtype);
}
function checkContinuous(distribution: string, name: string, x: Tensor): void {
  if (isFloat(x.dtype)) return;
  throw new DTypeError(
    `${distribution} distribution is a continuous probability distribution. dtype must be a floating point but you specified ${x.dtype}\n  in ${name}`,
  );
}
export function checkStd(std: number): void {
  if (!(std >= 0)) throw new OptionError(`normal expects std >= 0.0, but found std ${std}`);
}

/** Options of {@link uniform}. */
export interface UniformOptions extends GeneratorOption {
  /** 0 by default. */
  readonly from?: number;
  /** 1 by default. */
  readonly to?: number;
}
/**
 * Uniform numbers in [from, to), in the shape, dtype and on the device of `input`, whose elements do not matter; in place:
 * `x.uniform_(from, to)`. Source: torch.Tensor.uniform_.
 *
 * @throws OptionError when from > to, DTypeError for integers.
 * @example
 * manualSeed(0);
 * await uniform(zeros([2]), -1, 1).tolist(); // [-0.1631, -0.3706]
 */
export function uniform(input: Tensor, ...rest: OptionalArgs<[from: number, to: number], UniformOptions>): Tensor {
  checkTensor('uniform_', input);
  const options = optionalArgs<UniformOptions>('uniform_', ['from', 'to', 'generator'], rest);
  const { from = 0, to = 1 } = options;
  checkNumbers('uniform_', { from, to });
  checkFloating('uniform_', 'check_uniform_bounds', input);
  if (!(from <= to)) {
    throw new OptionError(`uniform_ expects to return a [from, to) range, but found from=${from} > to=${to}`);
  }
  return scope(() =>
    uniformLike('uniform_', input, options)
      .mul(to - from)
      .add(from)
      .to(input.dtype),
  );
}

/** Options of the normal distribution, in place. */
interface NormalInPlaceOptions extends GeneratorOption {
  readonly mean?: number;
  readonly std?: number;
}
type NormalArgs = OptionalArgs<[mean: number, std: number], NormalInPlaceOptions>;
function normalOf(input: Tensor, ...rest: NormalArgs): Tensor {
  const options = optionalArgs<NormalInPlaceOptions>('normal_', ['mean', 'std', 'generator'], rest);
  const { mean = 0, std = 1 } = options;
  checkNumbers('normal_', { mean, std });
  checkFloating('normal_', 'normal_kernel_cpu', input);
  checkStd(std);
  return scope(() => normalLike('normal_', input, options).mul(std).add(mean));
}
/** Options of {@link logNormal}. */
export interface LogNormalOptions extends GeneratorOption {
  /** Of the logarithm; 1 by default. */
  readonly mean?: number;
  /** Of the logarithm; 2 by default. */
  readonly std?: number;
}
/**
 * Numbers whose logarithms are normal, like `input`; in place: `x.logNormal_(mean, std)`. Source: torch.Tensor.log_normal_.
 *
 * @throws OptionError for a std that is not positive, DTypeError for integers.
 * @example
 * logNormal(zeros([2, 3]), 0, 0.5).shape; // [2, 3]
 */
export function logNormal(input: Tensor, ...rest: OptionalArgs<[mean: number, std: number], LogNormalOptions>): Tensor {
  checkTensor('logNormal_', input);
  const options = optionalArgs<LogNormalOptions>('logNormal_', ['mean', 'std', 'generator'], rest);
  const { mean = 1, std = 2 } = options;
  checkNumbers('logNormal_', { mean, std });
  checkFloating('logNormal_', 'log_normal_cpu', input);
  if (!(std > 0)) throw new OptionError(`log_normal_ expects std > 0.0, but found std=${std}`);
  return scope(() => normalLike('logNormal_', input, options).mul(std).add(mean).exp().to(input.dtype));
}

/** Options of {@link exponential}. */
export interface ExponentialOptions extends GeneratorOption {
  /** The rate: 1 over the mean. 1 by default. */
  readonly lambd?: number;
}
/**
 * Exponentially distributed numbers, like `input`, never 0; in place: `x.exponential_(lambd)`. Source: torch.Tensor.exponential_.
 *
 * @throws OptionError for a rate that is not positive, DTypeError for integers.
 * @example
 * manualSeed(0);
 * await exponential(zeros([2])).tolist(); // [0.5422, 0.3779]
 */
export function exponential(input: Tensor, ...rest: OptionalArgs<[lambd: number], ExponentialOptions>): Tensor {
  checkTensor('exponential_', input);
  const options = optionalArgs<ExponentialOptions>('exponential_', ['lambd', 'generator'], rest);
  const { lambd = 1 } = options;
  checkNumbers('exponential_', { lambd });
  checkContinuous('Exponential', 'exponential_', input);
  if (!(lambd > 0)) throw new OptionError(`exponential_ expects lambda > 0.0, but found lambda=${lambd}`);
  return scope(() => exponentialsLike('exponential_', input, options).div(lambd).to(input.dtype));
}
/** Options of {@link cauchy}. */
export interface CauchyOptions extends GeneratorOption {
  /** 0 by default. */
  readonly median?: number;
  /** Half the width of the middle half; 1 by default. */
  readonly sigma?: number;
}
/**
 * Numbers of the Cauchy distribution, like `input`; in place: `x.cauchy_(median, sigma)`. Source: torch.Tensor.cauchy_.
 *
 * @throws OptionError for a sigma that is not positive, DTypeError for integers.
 * @example
 * cauchy(zeros([2, 3]), { sigma: 2 }).shape; // [2, 3]
 */
export function cauchy(input: Tensor, ...rest: OptionalArgs<[median: number, sigma: number], CauchyOptions>): Tensor {
  checkTensor('cauchy_', input);
  const options = optionalArgs<CauchyOptions>('cauchy_', ['median', 'sigma', 'generator'], rest);
  const { median = 0, sigma = 1 } = options;
  checkNumbers('cauchy_', { median, sigma });
  checkContinuous('Cauchy', 'cauchy_', input);
  if (!(sigma > 0)) throw new OptionError(`cauchy_ expects sigma > 0.0, but found sigma=${sigma}`);
  return scope(() => {
    // tan(π(u − ½)); near its poles as 1/tan of the distance to them, which is exact.
    const v = uniformLike('cauchy_', input, options).sub(0.5);
    const far = v.abs().gt(0.25);
    const angle = v.abs().neg().add(0.5).clamp({ min: least }).where(far, v.abs()).mul(Math.PI);
    const slope = angle.sin().div(angle.cos());
    return slope.reciprocal().where(far, slope).mul(v.sign()).mul(sigma).add(median).to(input.dtype);
  });
}

/**
 * How many trials it takes until one succeeds, with probability p each: 1, 2, …, like `input`, also of integer dtype; in place:
 * `x.geometric_(p)`. Source: torch.Tensor.geometric_.
 *
 * @throws OptionError unless 0 < p < 1, DTypeError for bools.
 * @example
 * manualSeed(0);
 * await geometric(zeros([3]), 0.5).tolist(); // [1, 1, 1]
 */
export function geometric(input: Tensor, p: number, options: GeneratorOption = {}): Tensor {
  checkTensor('geometric_', input);
  checkNumbers('geometric_', { p });
  checkOptions('geometric_', options, ['generator']);
  if (input.dtype === 'bool') notImplemented('geometric_', 'geometric_cpu', 'bool');
  if (!(p > 0 && p < 1)) throw new OptionError(`geometric_ expects p to be in (0, 1), but got p=${p}`);
  return scope(() =>
    uniformLike('geometric_', input, options).neg().log1p().div(Math.log1p(-p)).floor().add(1).to(input.dtype),
  );
}

/** Options of random_(). */
interface RandomInPlaceOptions extends GeneratorOption {
  readonly from?: number;
  readonly to?: number | null;
}
type RandomArgs =
  | [to: number, options?: RandomInPlaceOptions]
  | [from: number, to: number, options?: RandomInPlaceOptions]
  | [options?: RandomInPlaceOptions];
/** One more than the greatest whole number up to which a dtype has all, or than the range of the generator. */
const beyond: Readonly<Record<DType, number>> = {
  bool: 2,
  int32: 2 ** 31,
  uint32: 2 ** 31,
  float16: 2 ** 11 + 1,
  float32: 2 ** 24 + 1,
  float64: 2 ** 31,
};
/** The integers that random_() fills in. */
function randomOf(input: Tensor, ...rest: RandomArgs): Tensor {
  const numbers = rest.filter((a) => typeof a === 'number');
  const args = numbers.length === 1 ? [0, ...rest] : rest;
  const options = optionalArgs<RandomInPlaceOptions>('random_', ['from', 'to', 'generator'], args);
  const { from = 0, to } = options;
  const high = to ?? beyond[input.dtype];
  for (const [name, value] of Object.entries({ from, to: high }))
    if (!Number.isInteger(value)) wrongType('random_', name, 'int', value);
  if (from >= high)
    throw new OptionError(`random_ expects 'from' to be less than 'to', but got from=${from} >= to=${high}`);
  const [low, most] = input.dtype === 'bool' ? [0, 2] : [-(2 ** 31), 2 ** 31];
  const bounds = [
    ['from', from, from < low],
    ['to - 1', high - 1, high > most],
  ] as const;
  for (const [name, value, isOut] of bounds)
    if (isOut) throw new OptionError(`${name} is out of bounds for ${input.dtype}\n  in random_: ${value}`);
  return scope(() =>
    randint(from, high, input.shape, { device: input.device, generator: generatorOf('random_', options) }).to(
      input.dtype,
    ),
  );
}

/** Written into the tensor; what was there does not matter, so its gradient is zero. */
export const samplingInPlaceMethods = {
  uniform_: inPlace('uniform_', uniform, true),
  normal_: inPlace('normal_', normalOf, true),
  logNormal_: inPlace('logNormal_', logNormal, true),
  exponential_: inPlace('exponential_', exponential, true),
  cauchy_: inPlace('cauchy_', cauchy, true),
  geometric_: inPlace('geometric_', geometric, true),
  random_: inPlace('random_', randomOf, true),
};
