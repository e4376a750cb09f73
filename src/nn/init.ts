/** Initial values, as torch.nn.init: each fills a tensor in place, outside the tape, and returns it. */
import { checkNumbers, describe, OptionError, ShapeError, wrongType } from '../core/errors.ts';
import { numel } from '../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { eye, fromArray, rand, randn, tensor } from '../tensor/create.ts';
import { where } from '../tensor/functions/core.ts';
import { Generator } from '../tensor/impl/random.ts';
import { qr } from '../tensor/linalg/index.ts';
import { scope } from '../tensor/scope.ts';
import { ndtr, ndtri } from '../tensor/special/index.ts';
import { noGrad, type Tensor } from '../tensor/tensor.ts';
import { checkInput } from './checks.ts';

const fill = (t: Tensor, make: () => Tensor): Tensor => noGrad(() => scope(() => t.copy_(make())));
const shaped = (t: Tensor, generator?: Generator | null) => ({
  dtype: t.dtype as 'float32',
  device: t.device,
  ...(generator && { generator }),
});

/** Where the randomness comes from. */
export interface InitOptions {
  /** Default: what manualSeed() seeds. */
  readonly generator?: Generator | null;
}
const known = <O extends object>(op: string, names: readonly string[], given: readonly unknown[]): Partial<O> => {
  const options = optionalArgs<Record<string, unknown>>(op, [...names, 'generator'], given);
  const { generator, ...numbers } = options;
  checkNumbers(op, Object.fromEntries(Object.entries(numbers).filter(([, v]) => typeof v !== 'boolean')));
  if (generator !== undefined && generator !== null && !(generator instanceof Generator))
    wrongType(op, 'generator', 'a Generator', generator);
  return options as Partial<O>;
};

/** Settings of {@link uniform_}. */
export interface UniformOptions extends InitOptions {
  readonly a?: number;
  readonly b?: number;
}
/**
 * Uniform in [a, b), by default [0, 1).
 *
 * @example
 * const { weight } = new nn.Linear(2, 3);
 * nn.init.uniform_(weight, -0.1, 0.1);
 */
export function uniform_(t: Tensor, ...rest: OptionalArgs<[a: number, b: number], UniformOptions>): Tensor {
  checkInput('uniform_', t, 't');
  const { a = 0, b = 1, generator } = known<UniformOptions>('uniform_', ['a', 'b'], rest);
  return fill(t, () =>
    rand(t.shape, shaped(t, generator))
      .mul(b - a)
      .add(a),
  );
}
/** Settings of {@link normal_}. */
export interface NormalOptions extends InitOptions {
  readonly mean?: number;
  readonly std?: number;
}
/**
 * Normal of the given mean, by default 0, and standard deviation, by default 1.
 *
 * @example
 * const { weight } = new nn.Linear(2, 3);
 * nn.init.normal_(weight, 0, 0.02);
 */
export function normal_(t: Tensor, ...rest: OptionalArgs<[mean: number, std: number], NormalOptions>): Tensor {
  checkInput('normal_', t, 't');
  const { mean = 0, std = 1, generator } = known<NormalOptions>('normal_', ['mean', 'std'], rest);
  return fill(t, () => randn(t.shape, shaped(t, generator)).mul(std).add(mean));
}
/** One value everywhere. */
export function constant_(t: Tensor, val: number): Tensor {
  checkInput('constant_', t, 't');
  return noGrad(() => t.fill_(val));
}
/** Zeros. */
export function zeros_(t: Tensor): Tensor {
  return constant_(t, 0);
}
/** Ones. */
export function ones_(t: Tensor): Tensor {
  return constant_(t, 1);
}

/** Inputs and outputs of one unit: the receptive field times the channels. */
export function fanInAndOut(t: Tensor): [fanIn: number, fanOut: number] {
  checkInput('fanInAndOut', t, 't');
  if (t.ndim < 2)
    throw new ShapeError('Fan in and fan out can not be computed for tensor with fewer than 2 dimensions');
  const field = numel(t.shape.slice(2));
  return [t.shape[1]! * field, t.shape[0]! * field];
}

/** A name of PyTorch's, such as leaky_relu, is as good as one in camelCase. */
const camel = (name: unknown): string =>
  typeof name === 'string' ? name.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase()) : '';
type Snake<S extends string> = S extends `${infer A}R${infer B}` ? S | `${A}_r${B}` : S;
type Nonlinearity = Snake<
  | 'linear'
  | `conv${1 | 2 | 3}d`
  | `convTranspose${1 | 2 | 3}d`
  | `conv_transpose${1 | 2 | 3}d`
  | 'sigmoid'
  | 'tanh'
  | 'relu'
  | 'leakyRelu'
  | 'selu'
>;
/**
 * The recommended gain of a nonlinearity; `param` is the slope of leakyRelu, by default 0.01.
 *
 * @throws OptionError for other names.
 * @example
 * nn.init.calculateGain('leakyRelu', 1); // 1
 */
export function calculateGain(nonlinearity: Nonlinearity, param: number | null = null): number {
  if (param !== null && typeof param !== 'number')
    throw new OptionError(`negative_slope ${describe(param)} not a valid number`);
  const gains: Readonly<Record<string, number>> = {
    linear: 1,
    sigmoid: 1,
    tanh: 5 / 3,
    relu: Math.SQRT2,
    leakyRelu: Math.sqrt(2 / (1 + (param ?? 0.01) ** 2)),
    selu: 3 / 4,
  };
  const name = camel(nonlinearity).replace(/^conv(Transpose)?[123]d$/, 'linear');
  if (!Object.hasOwn(gains, name)) {
    throw new OptionError(
      `Unsupported nonlinearity ${describe(nonlinearity)}\n  in calculateGain: it knows ${Object.keys(gains).join(', ')}`,
    );
  }
  return gains[name]!;
}

/** Settings of {@link kaimingUniform_} and {@link kaimingNormal_}: the slope below 0, and which fan keeps its variance. */
export interface KaimingOptions extends InitOptions {
  readonly a?: number;
  readonly mode?: 'fanIn' | 'fanOut' | 'fan_in' | 'fan_out';
  readonly nonlinearity?: Nonlinearity;
}
type KaimingArgs = OptionalArgs<
  [a: number, mode: NonNullable<KaimingOptions['mode']>, nonlinearity: Nonlinearity],
  KaimingOptions
>;
function kaiming(op: string, t: Tensor, rest: KaimingArgs): { std: number; options: InitOptions } {
  const names = ['a', 'mode', 'nonlinearity', 'generator'] as const;
  const {
    a = 0,
    mode = 'fanIn',
    nonlinearity = 'leakyRelu',
    ...options
  } = optionalArgs<KaimingOptions>(op, names, rest);
  checkNumbers(op, { a });
  const fan = camel(mode);
  if (fan !== 'fanIn' && fan !== 'fanOut')
    throw new OptionError(`Mode ${describe(mode)} not supported, please use one of fanIn, fanOut\n  in ${op}`);
  const [fanIn, fanOut] = fanInAndOut(t);
  return { std: calculateGain(nonlinearity, a) / Math.sqrt(fan === 'fanIn' ? fanIn : fanOut), options };
}
/** Uniform with the variance that keeps a rectifier's signal as it is. Source: He et al., arXiv 1502.01852. */
export function kaimingUniform_(t: Tensor, ...rest: KaimingArgs): Tensor {
  const { std, options } = kaiming('kaimingUniform_', t, rest);
  const bound = Math.sqrt(3) * std;
  return numel(t.shape) === 0 ? t : uniform_(t, { a: -bound, b: bound, ...options });
}
/** Normal with the variance that keeps a rectifier's signal as it is. Source: He et al., arXiv 1502.01852. */
export function kaimingNormal_(t: Tensor, ...rest: KaimingArgs): Tensor {
  const { std, options } = kaiming('kaimingNormal_', t, rest);
  return numel(t.shape) === 0 ? t : normal_(t, { mean: 0, std, ...options });
}

/** Settings of {@link xavierUniform_}, {@link xavierNormal_} and {@link orthogonal_}. */
export interface GainOptions extends InitOptions {
  /** Default 1. */
  readonly gain?: number;
}
type GainArgs = OptionalArgs<[gain: number], GainOptions>;
/** Uniform in ±gain·√(6/(fanIn + fanOut)). Source: Glorot & Bengio, AISTATS 2010. */
export function xavierUniform_(t: Tensor, ...rest: GainArgs): Tensor {
  const { gain = 1, ...options } = known<GainOptions>('xavierUniform_', ['gain'], rest);
  const [fanIn, fanOut] = fanInAndOut(t);
  const bound = gain * Math.sqrt(6 / (fanIn + fanOut));
  return uniform_(t, { a: -bound, b: bound, ...options });
}
/** Normal of standard deviation gain·√(2/(fanIn + fanOut)). Source: Glorot & Bengio, AISTATS 2010. */
export function xavierNormal_(t: Tensor, ...rest: GainArgs): Tensor {
  const { gain = 1, ...options } = known<GainOptions>('xavierNormal_', ['gain'], rest);
  const [fanIn, fanOut] = fanInAndOut(t);
  return normal_(t, { mean: 0, std: gain * Math.sqrt(2 / (fanIn + fanOut)), ...options });
}

/** Settings of {@link truncNormal_}. */
export interface TruncNormalOptions extends NormalOptions {
  /** Bounds. Default −2 and 2. */
  readonly a?: number;
  readonly b?: number;
}
/**
 * Normal of the given mean and standard deviation, within [a, b]. Drawn by the inverse of the distribution function. Source:
 * torch.nn.init.trunc_normal_.
 *
 * @example
 * const { weight } = new nn.Linear(2, 3);
 * nn.init.truncNormal_(weight, 0, 0.02);
 */
export function truncNormal_(
  t: Tensor,
  ...rest: OptionalArgs<[mean: number, std: number, a: number, b: number], TruncNormalOptions>
): Tensor {
  checkInput('truncNormal_', t, 't');
  const options = known<TruncNormalOptions>('truncNormal_', ['mean', 'std', 'a', 'b'], rest);
  const { mean = 0, std = 1, a = -2, b = 2, generator } = options;
  if (!(std > 0) || !(a < b))
    throw new OptionError(`truncNormal_: std must be positive and a < b, got ${std}, ${a}, ${b}`);
  // On the left the distribution function is accurate, however far out: what lies on the right is drawn there, and mirrored.
  const side = a + b > 2 * mean ? -1 : 1;
  const ends = [a, b].map((bound) => (side * (bound - mean)) / std).sort((x, y) => x - y);
  return fill(t, () => {
    const p = ndtr(tensor(ends, { dtype: 'float32', device: t.device }));
    const [low, high] = [p.at(0), p.at(1)];
    const u = rand(t.shape, shaped(t, generator)).mul(high.sub(low)).add(low);
    return ndtri(u)
      .mul(side * std)
      .add(mean)
      .clamp(a, b);
  });
}

function checkDims(t: Tensor, op: string, least: number, most: number): void {
  checkInput(op, t, 't');
  if (t.ndim >= least && t.ndim <= most) return;
  const wanted = most === least ? `${least}` : most === 5 ? '3, 4, or 5' : `${least} or more`;
  throw new ShapeError(`Only tensors with ${wanted} dimensions are supported\n  in ${op}`);
}

/** The identity matrix. */
export function eye_(t: Tensor): Tensor {
  checkDims(t, 'eye_', 2, 2);
  return fill(t, () => eye(t.shape[0]!, t.shape[1]!, { dtype: t.dtype, device: t.device }));
}

/**
 * A convolution's weight (out, in, *) that passes its channels on as they are, in each of `groups` groups. Source:
 * torch.nn.init.dirac_.
 *
 * @throws OptionError when the groups do not divide the outputs.
 */
export function dirac_(t: Tensor, ...rest: OptionalArgs<[groups: number], { readonly groups?: number }>): Tensor {
  checkDims(t, 'dirac_', 3, 5);
  const { groups = 1 } = optionalArgs<{ groups: number }>('dirac_', ['groups'], rest);
  const [out, channels, ...field] = t.shape as [number, number, ...number[]];
  if (out % groups !== 0) throw new OptionError('dim 0 must be divisible by groups');
  const data = new Float32Array(numel(t.shape));
  const centre = field.reduce((at, size) => at * size + Math.floor(size / 2), 0);
  const own = out / groups;
  for (let g = 0; g < groups; g++)
    for (let d = 0; d < Math.min(own, channels); d++) data[((g * own + d) * channels + d) * numel(field) + centre] = 1;
  return fill(t, () => fromArray(data, t.shape, { device: t.device }));
}

/**
 * A matrix whose rows or columns are orthogonal, times `gain`; what has more dims is a matrix of its first one by the others. Source:
 * torch.nn.init.orthogonal_, arXiv 1312.6120.
 *
 * @example
 * const w = nn.init.orthogonal_(zeros([3, 2]));
 * (await w.t().matmul(w).sub(eye(2)).abs().amax().item()) < 1e-5; // true
 */
export function orthogonal_(t: Tensor, ...rest: GainArgs): Tensor {
  checkDims(t, 'orthogonal_', 2, Number.POSITIVE_INFINITY);
  const { gain = 1, generator } = known<GainOptions>('orthogonal_', ['gain'], rest);
  if (numel(t.shape) === 0) return t;
  const rows = t.shape[0]!;
  const columns = numel(t.shape) / rows;
  const wide = rows < columns;
  return fill(t, () => {
    const { Q, R } = qr(randn(wide ? [columns, rows] : [rows, columns], shaped(t, generator)));
    // Uniform among all orthogonal matrices.
    const made = Q.mul(R.diagonal(0, -2, -1).sign());
    return (wide ? made.t() : made).reshape(t.shape).mul(gain);
  });
}

/** Settings of {@link sparse_}. */
export interface SparseOptions extends InitOptions {
  /** Default 0.01. */
  readonly std?: number;
}
/**
 * Normal of standard deviation `std`, but zeros at ⌈sparsity·rows⌉ random places of each column. Source: torch.nn.init.sparse_;
 * Martens, ICML 2010.
 */
export function sparse_(t: Tensor, sparsity: number, ...rest: OptionalArgs<[std: number], SparseOptions>): Tensor {
  checkDims(t, 'sparse_', 2, 2);
  checkNumbers('sparse_', { sparsity });
  const { std = 0.01, generator } = known<SparseOptions>('sparse_', ['std'], rest);
  const zeros = Math.ceil(sparsity * t.shape[0]!);
  return fill(t, () => {
    // The ranks of random numbers are a random order.
    const ranks = rand(t.shape, shaped(t, generator)).argsort(0).argsort(0);
    return where(ranks.lt(zeros), 0, randn(t.shape, shaped(t, generator)).mul(std));
  });
}
