/** Random choices with given parameters: a number of each, or of one tensor of weights. */
import { type DType, isFloat } from '../../core/dtype.ts';
import { checkNumbers, checkOptions, DTypeError, OptionError, wrongType } from '../../core/errors.ts';
import { formatShape } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed, inPlace } from '../compose.ts';
import { arange, type RandomOptions, rand, randn } from '../create.ts';
import { op, scalar } from '../impl/common.ts';
import { reportAny } from '../report.ts';
import { scope } from '../scope.ts';
import { checkTensor, Tensor, type TensorOrNumber } from '../tensor.ts';
import {
  checkFloating,
  checkStd,
  exponentialsLike,
  type GeneratorOption,
  generatorOf,
  normalLike,
  uniformLike,
} from './sampling.ts';
import { cummax, cumsum } from './scans.ts';
import { searchsorted } from './sets.ts';
import { topk } from './sorting.ts';
import { broadcastTensors } from './views.ts';

/** What is drawn with these parameters. It does not follow them: their gradient is zero. */
function drawnWith(gradFn: string, parameters: readonly Tensor[], draw: () => Tensor): Tensor {
  return composed(gradFn, () => new Tensor(op('drawn', [draw().impl, ...parameters.map((p) => p.impl)])));
}

// ---- Bernoulli ------------------------------------------------------------------------------------------------------

function fromProbabilities(name: string, p: Tensor, shape: Tensor, options: GeneratorOption): Tensor {
  reportAny(
    () => p.ge(0).logicalAnd(p.le(1)).logicalNot(),
    () =>
      new OptionError(
        `Expected p_in >= 0 && p_in <= 1 to be true, but got false.\n  in ${name}: every element must be a probability`,
      ),
  );
  return uniformLike(name, shape, options).lt(p).to(shape.dtype);
}
function ofProbability(input: Tensor, p: number, options: GeneratorOption): Tensor {
  checkNumbers('bernoulli', { p });
  if (!(p >= 0 && p <= 1)) throw new OptionError(`bernoulli_ expects p to be in [0, 1], but got p=${p}`);
  return scope(() => uniformLike('bernoulli', input, options).lt(p).to(input.dtype));
}
/** Options of {@link bernoulli}. */
export interface BernoulliOptions extends GeneratorOption {
  /** One probability for all elements: those of the input do not matter then. */
  readonly p?: number | null;
}
/**
 * 1 with the probability that each element gives, else 0; with `p` in the shape of the input, 1 with that probability.
 * Source: torch.bernoulli.
 *
 * @throws OptionError for what is no probability (for elements at the next read), DTypeError for integers without `p`.
 * @example
 * await bernoulli(tensor([0, 1, 1], { dtype: 'float32' })).tolist(); // [0, 1, 1]
 */
export function bernoulli<D extends DType>(
  input: Tensor<D>,
  ...rest: OptionalArgs<[p: number | null], BernoulliOptions>
): Tensor<D> {
  checkTensor('bernoulli', input);
  const { p, ...options } = optionalArgs<BernoulliOptions>('bernoulli', ['p', 'generator'], rest);
  if (p !== undefined && p !== null) return ofProbability(input, p, options) as Tensor<D>;
  if (!isFloat(input.dtype))
    throw new DTypeError(`bernoulli: expected floating-point probabilities, got ${input.dtype}`);
  const held = input.detach();
  return drawnWith('BernoulliBackward0', [input], () =>
    fromProbabilities('bernoulli', held, held, options),
  ) as Tensor<D>;
}
/** Options of bernoulli_(). */
interface BernoulliInPlaceOptions extends GeneratorOption {
  readonly p?: number | Tensor;
}
function bernoulliOf(input: Tensor, ...rest: OptionalArgs<[p: number | Tensor], BernoulliInPlaceOptions>): Tensor {
  const options = tensorFirst<BernoulliInPlaceOptions>('bernoulli_', 'p', rest);
  const { p = 0.5 } = options;
  if (!(p instanceof Tensor)) return ofProbability(input, p, options);
  checkFloating('bernoulli_', 'bernoulli_tensor_cpu_p_', p);
  const held = p.detach();
  return scope(() => fromProbabilities('bernoulli_', held, input, options));
}
function tensorFirst<O extends GeneratorOption>(
  name: string,
  first: keyof O & string,
  rest: readonly unknown[],
): Partial<O> {
  return optionalArgs<O>(name, [first, 'generator' as keyof O & string], rest);
}

// ---- numbers of events ----------------------------------------------------------------------------------------------

/**
 * Numbers of events, each of the Poisson distribution with the rate that its element gives, in the input's dtype. Exact to the
 * generator's resolution of 2^−24: by inversion for rates below 10, by rejection above. Source: torch.poisson; W. Hörmann, "The
 * transformed rejection method for generating Poisson random variables" (1993).
 *
 * @throws OptionError at the next read for a rate that is negative or NaN, DTypeError for integers.
 * @example
 * manualSeed(0);
 * await poisson(tensor([0.5, 4, 1000])).tolist(); // [0, 3, 990]
 */
export function poisson<D extends DType>(
  input: Tensor<D>,
  ...rest: OptionalArgs<[generator: GeneratorOption['generator']], GeneratorOption>
): Tensor<D> {
  checkTensor('poisson', input);
  const options = optionalArgs<GeneratorOption>('poisson', ['generator'], rest);
  checkFloating('poisson', 'poisson_cpu', input);
  const rate = input.detach();
  reportAny(
    () => rate.ge(0).logicalNot(),
    () => new OptionError('invalid Poisson rate, expected rate to be non-negative\n  in poisson'),
  );
  const key = generatorOf('poisson', options).next();
  return drawnWith('PoissonBackward0', [input], () => {
    const element = arange(rate.numel(), { dtype: 'uint32', device: rate.device }).reshape(rate.shape);
    const words = [key.key0, key.key1, key.stream].map((word) => scalar(word, 'uint32'));
    return new Tensor(op('poisson', [...words, element.impl, rate.impl]));
  }) as Tensor<D>;
}

// ---- normal ---------------------------------------------------------------------------------------------------------

/** Options of {@link normal}. */
export interface NormalOptions extends Omit<RandomOptions, 'generator'>, GeneratorOption {
  /** The shape, where neither the mean nor the deviation is a tensor. */
  readonly size?: readonly number[];
}
/**
 * Normal numbers of a mean and a standard deviation for each, which broadcast, or of one for all of `size`. They do not follow
 * these: the gradient is zero. Source: torch.normal.
 *
 * @throws OptionError for a negative deviation (in a tensor: at the next read), DTypeError for integers.
 * @example
 * manualSeed(0);
 * await normal(tensor([100, 200], { dtype: 'float32' }), 0).tolist(); // [100, 200]
 * normal(0, 1, [2, 3]).shape; // [2, 3]
 */
export function normal(mean: number, std: number, size: readonly number[], options?: NormalOptions): Tensor;
export function normal(mean: number, std: number, options: NormalOptions): Tensor;
export function normal(mean: Tensor, std?: TensorOrNumber | NormalOptions, options?: GeneratorOption): Tensor;
export function normal(mean: number, std: Tensor, options?: GeneratorOption): Tensor;
export function normal(mean: TensorOrNumber, ...rest: readonly unknown[]): Tensor {
  type Named = NormalOptions & { readonly std?: TensorOrNumber };
  const names = ['std', 'size', 'generator', 'dtype', 'device', 'requiresGrad'] as const;
  const { std = 1, size, generator, ...made } = optionalArgs<Named>('normal', names, rest);
  const options = { generator: generator ?? null };
  for (const [name, value] of Object.entries({ mean, std }))
    if (!(value instanceof Tensor)) checkNumbers('normal', { [name]: value });
  const parameters = [mean, std].filter((p) => p instanceof Tensor);
  for (const p of parameters) checkFloating('normal', 'normal_kernel_cpu', p);
  if (!(std instanceof Tensor)) checkStd(std as number);
  if (parameters.length === 0) {
    if (!Array.isArray(size)) wrongType('normal', 'size', 'a list of ints', size, 'numbers alone have no shape');
    const { requiresGrad = false, ...rest } = made;
    const drawn = scope(() =>
      randn(size as number[], { ...rest, generator: generatorOf('normal', options) })
        .mul(std as number)
        .add(mean as number),
    );
    return requiresGrad ? drawn.requiresGrad_() : drawn;
  }
  checkOptions('normal', made, []);
  if (size !== undefined) throw new OptionError('normal: the tensors say the shape; leave out size');
  const [first] = parameters;
  const [a, b] = [mean, std].map((p) => (p instanceof Tensor ? p.detach() : p)) as [TensorOrNumber, TensorOrNumber];
  if (b instanceof Tensor && b.numel() > 0) {
    reportAny(
      () => b.ge(0).logicalNot(),
      () => new OptionError('normal expects all elements of std >= 0.0\n  in normal'),
    );
  }
  return drawnWith(
    parameters.length === 2 ? 'NormalBackward3' : mean instanceof Tensor ? 'NormalBackward1' : 'NormalBackward2',
    parameters,
    () => {
      const [shape] = parameters.length === 2 ? broadcastTensors(a as Tensor, b as Tensor) : [first!];
      return normalLike('normal', shape!, options).mul(b).add(a);
    },
  );
}

// ---- categories -----------------------------------------------------------------------------------------------------

/** Options of {@link multinomial}. */
export interface MultinomialOptions extends GeneratorOption {
  /** May a category be drawn more than once? */
  readonly replacement?: boolean;
}

/** Drawing with exponential races: that of the greatest weight over an exponential number wins (Efraimidis & Spirakis, 2006). */
function racing(weights: Tensor, count: number, options: GeneratorOption): Tensor {
  const speed = weights.div(exponentialsLike('multinomial', weights, options));
  return count === 1 ? speed.argmax(-1, { keepdim: true }) : topk(speed, count).indices;
}
/** Drawing by inversion: the first category whose running sum is beyond a uniform number. */
function inverting(weights: Tensor, count: number, options: GeneratorOption): Tensor {
  const n = weights.shape.at(-1)!;
  const sums = cumsum(weights, -1);
  const total = sums.narrow(-1, n - 1, 1);
  const u = rand([...weights.shape.slice(0, -1), count], {
    dtype: weights.dtype,
    device: weights.device,
    generator: generatorOf('multinomial', options),
  });
  // Rounded, u·total may be the total itself.
  const found = searchsorted(sums, u.mul(total).minimum(total.mul(1 - 2 ** -23)), { right: true });
  // Sums are rounded, so a step may seem to lead to a category of weight 0: the last before it that has one, or the first, is meant.
  const place = arange(n, { device: weights.device }).expand(weights.shape);
  const positive = weights.gt(0);
  const last = cummax(place.where(positive, -1), -1).values;
  const first = place.where(positive, n - 1).amin(-1, { keepdim: true });
  return last.maximum(first).gather(-1, found.clamp({ max: n - 1 }));
}

/**
 * The numbers (int32) of categories, drawn with these weights (≥ 0, of any sum): (N) gives (numSamples), (M, N) gives
 * (M, numSamples). Without replacement each is drawn once at most. Source: torch.multinomial.
 *
 * @throws OptionError for numbers of samples that cannot be, and (at the next read) for weights that are negative, infinite, NaN
 * or all 0; DTypeError for integers; ShapeError unless there are 1 or 2 dims.
 * @example
 * await multinomial(tensor([0, 0.5, 0]), 2, { replacement: true }).tolist(); // [1, 1]
 */
export function multinomial(
  input: Tensor,
  numSamples: number,
  ...rest: OptionalArgs<[replacement: boolean], MultinomialOptions>
): Tensor<'int32'> {
  checkTensor('multinomial', input);
  const options = optionalArgs<MultinomialOptions>('multinomial', ['replacement', 'generator'], rest);
  const { replacement = false } = options;
  if (!Number.isInteger(numSamples)) wrongType('multinomial', 'numSamples', 'int', numSamples);
  if (typeof replacement !== 'boolean') wrongType('multinomial', 'replacement', 'true or false', replacement);
  if (!isFloat(input.dtype))
    throw new DTypeError(`multinomial only supports floating-point dtypes for input, got: ${input.dtype}`);
  if (input.ndim !== 1 && input.ndim !== 2)
    throw new OptionError(`prob_dist must be 1 or 2 dim\n  in multinomial of ${formatShape(input.shape)}`);
  const n = input.shape.at(-1)!;
  if (numSamples <= 0)
    throw new OptionError(`cannot sample n_sample <= 0 samples\n  in multinomial: got ${numSamples}`);
  if (!replacement && numSamples > n) {
    throw new OptionError(
      `cannot sample n_sample > prob_dist.size(-1) samples without replacement\n  in multinomial: ${numSamples} of ${n}; say { replacement: true }`,
    );
  }
  if (n > 2 ** 24) throw new OptionError('number of categories cannot exceed 2^24\n  in multinomial');
  if (n === 0) throw new OptionError('invalid multinomial distribution (sum of probabilities <= 0)\n  in multinomial');
  const weights = input.detach();
  const shape = [...weights.shape.slice(0, -1), numSamples];
  if (shape.includes(0)) return arange(0, { device: input.device }).reshape(shape) as Tensor<'int32'>;
  reportAny(
    () => weights.ge(0).logicalAnd(weights.lt(Number.POSITIVE_INFINITY)).logicalNot(),
    () => new OptionError('probability tensor contains either `inf`, `nan` or element < 0\n  in multinomial'),
  );
  reportAny(
    () => weights.amax(-1).le(0),
    () => new OptionError('invalid multinomial distribution (sum of probabilities <= 0)\n  in multinomial'),
  );
  // The greatest as 1, so that neither sums nor quotients overflow.
  return scope(() => {
    const scaled = weights.div(weights.amax(-1, { keepdim: true }));
    return (replacement ? inverting : racing)(scaled, numSamples, options);
  }) as Tensor<'int32'>;
}

/** Methods. */
export const choiceMethods = { bernoulli, multinomial };
/** In place. */
export const choiceInPlaceMethods = { bernoulli_: inPlace('bernoulli_', bernoulliOf, true) };
