/** Frequencies, their order, complex numbers from two parts, and convolution. */
import { type DType, isFloat } from '../../core/dtype.ts';
import { checkNumbers, DTypeError, OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { formatShape, normalizeDim } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { arange, type TensorOptions, zerosLike } from '../create.ts';
import { stack } from '../functions/core.ts';
import { roll } from '../functions/rearranging.ts';
import { broadcastTensors, narrow } from '../functions/views.ts';
import { scope } from '../scope.ts';
import { checkTensor, type Tensor } from '../tensor.ts';
import { isReal, type RealOption } from './common.ts';
import { irfftn, rfftn } from './real.ts';

// ---- frequencies ----------------------------------------------------------------------------------------------------

/** What {@link fftfreq} and {@link rfftfreq} take. */
export interface FrequencyOptions extends TensorOptions {
  /** Distance between samples, 1 by default. */
  readonly d?: number;
}
type FrequencyArgs = OptionalArgs<[d: number], FrequencyOptions> | [d: number, options: FrequencyOptions];

function frequencies(name: string, n: number, rest: FrequencyArgs, of: (k: Tensor) => Tensor, count: number): Tensor {
  if (!Number.isInteger(n)) wrongType(name, 'n', 'int', n);
  if (n < 0) throw new ShapeError(`Trying to create tensor with negative dimension ${n}: [${n}]\n  in ${name}`);
  const names = ['d', 'dtype', 'device', 'requiresGrad'] as const;
  const {
    d = 1,
    requiresGrad = false,
    dtype = 'float32',
    ...options
  } = optionalArgs<FrequencyOptions>(name, names, rest);
  checkNumbers(name, { d });
  if (!isFloat(dtype as DType))
    throw new DTypeError(`${name} requires a floating point or complex dtype\n  got ${dtype}`);
  const made = scope(() => of(arange(count, { ...options, dtype })).mul(1 / (n * d)));
  return requiresGrad ? made.requiresGrad_() : made;
}
/**
 * The frequencies of the numbers that {@link fft} gives, in cycles per unit of `d`, the distance between samples: 0, 1, … then
 * the negative ones, over n·d. Source: torch.fft.fftfreq.
 *
 * @throws DTypeError for a dtype that is not floating.
 * @example
 * await fft.fftfreq(4).tolist(); // [0, 0.25, -0.5, -0.25]
 */
export function fftfreq(n: number, ...rest: FrequencyArgs): Tensor {
  return frequencies('fftfreq', n, rest, (k) => k.where(k.lt(n / 2), k.sub(n)), n);
}
/**
 * The frequencies of the numbers that rfft gives: 0, 1, … n/2, over n·d. Source: torch.fft.rfftfreq.
 *
 * @throws DTypeError for a dtype that is not floating.
 * @example
 * await fft.rfftfreq(4, 0.5).tolist(); // [0, 0.5, 1]
 */
export function rfftfreq(n: number, ...rest: FrequencyArgs): Tensor {
  return frequencies('rfftfreq', n, rest, (k) => k, Math.floor(n / 2) + 1);
}

// ---- order ----------------------------------------------------------------------------------------------------------

/** What {@link fftshift} and {@link ifftshift} take. */
export interface ShiftOptions extends RealOption {
  /** All dims of the numbers by default. */
  readonly dim?: number | readonly number[] | null;
}
type ShiftArgs = OptionalArgs<[dim: ShiftOptions['dim']], ShiftOptions>;

function shifted(name: string, input: Tensor, rest: ShiftArgs, by: (size: number) => number): Tensor {
  const { dim, real } = optionalArgs<ShiftOptions>(name, ['dim', 'real'], rest);
  const isPair = !isReal(name, input, real);
  const rank = input.ndim - Number(isPair);
  const list = dim ?? Array.from({ length: rank }, (_, i) => i);
  const dims = (typeof list === 'number' ? [list] : list).map((d) => normalizeDim(name, d, rank));
  if (rank === 0 || dims.length === 0) return input.clone();
  return roll(
    input,
    dims.map((d) => by(input.shape[d]!)),
    dims,
  );
}
/**
 * Puts frequency 0 in the middle of each dim. Source: torch.fft.fftshift.
 *
 * @throws ShapeError for a dim that there is not.
 * @example
 * await fft.fftshift(fft.fftfreq(4)).tolist(); // [-0.5, -0.25, 0, 0.25]
 */
export function fftshift(input: Tensor, ...rest: ShiftArgs): Tensor {
  return shifted('fftshift', input, rest, (size) => Math.floor(size / 2));
}
/**
 * The inverse of {@link fftshift}. Source: torch.fft.ifftshift.
 *
 * @throws ShapeError for a dim that there is not.
 * @example
 * await fft.ifftshift(tensor([-1, 0, 1])).tolist(); // [0, 1, -1]
 */
export function ifftshift(input: Tensor, ...rest: ShiftArgs): Tensor {
  return shifted('ifftshift', input, rest, (size) => Math.ceil(size / 2));
}

// ---- complex numbers ------------------------------------------------------------------------------------------------

/**
 * Complex numbers (…, 2) of a real part and an imaginary one, 0 unless given; they broadcast. PyTorch: torch.complex, seen
 * through torch.view_as_real.
 *
 * @throws DTypeError unless both are of one floating dtype.
 * @example
 * await fft.toComplex(tensor([1.5, 2]), tensor([0.5, 1])).tolist(); // [[1.5, 0.5], [2, 1]]
 */
export function toComplex(real: Tensor, imag?: Tensor | null): Tensor {
  checkTensor('toComplex', real, 'real');
  const second = imag ?? zerosLike(real);
  checkTensor('toComplex', second, 'imag');
  if (!isFloat(real.dtype) || real.dtype !== second.dtype) {
    throw new DTypeError(
      `Expected both inputs to be Half, Float or Double tensors of one dtype, but got ${real.dtype} and ${second.dtype}\n  in toComplex`,
    );
  }
  return composed('ComplexBackward0', () => stack(broadcastTensors(real, second), -1));
}

// ---- convolution ----------------------------------------------------------------------------------------------------

/** What {@link fftConvolve} takes. */
export interface ConvolveOptions {
  /**
   * 'full' (default): every position at which the two overlap, n + m − 1 of them; 'same': as many as the first has, from the
   * middle; 'valid': those at which one lies within the other.
   */
  readonly mode?: 'full' | 'same' | 'valid';
  /** The dims to convolve along, the last by default; the others broadcast. */
  readonly dim?: number | readonly number[];
}
/** The least length from n on whose factors are 2, 3 and 5. */
function fastLength(n: number): number {
  for (let length = Math.max(n, 1); ; length++) {
    let rest = length;
    for (const p of [2, 3, 5]) while (rest % p === 0) rest /= p;
    if (rest === 1) return length;
  }
}
const sizes: Readonly<Record<string, (n: number, m: number) => number>> = {
  full: (n, m) => n + m - 1,
  same: (n) => n,
  valid: (n, m) => Math.max(n, m) - Math.min(n, m) + 1,
};
/**
 * The convolution of real numbers by way of their Fourier transforms: O(n log n), for long filters. Both must have as many
 * dims. Source: scipy.signal.fftconvolve.
 *
 * @throws ShapeError for dims that do not fit, OptionError for an unknown mode.
 * @example
 * await fft.fftConvolve(tensor([1, 2, 3]), tensor([0, 1, 0.5])).tolist(); // [0, 1, 2.5, 4, 1.5]
 * await fft.fftConvolve(tensor([1, 2, 3]), tensor([0, 1, 0.5]), { mode: 'same' }).tolist(); // [1, 2.5, 4]
 */
export function fftConvolve(
  input: Tensor,
  other: Tensor,
  ...rest: OptionalArgs<[mode: 'full' | 'same' | 'valid', dim: number | readonly number[]], ConvolveOptions>
): Tensor {
  checkTensor('fftConvolve', input);
  checkTensor('fftConvolve', other, 'other');
  const { mode = 'full', dim = -1 } = optionalArgs<ConvolveOptions>('fftConvolve', ['mode', 'dim'], rest);
  const size = Object.hasOwn(sizes, mode) ? sizes[mode]! : null;
  if (!size) throw new OptionError(`fftConvolve: mode must be 'full', 'same' or 'valid', not '${String(mode)}'`);
  if (input.ndim !== other.ndim || input.ndim === 0) {
    throw new ShapeError(
      `The operands must be the same dimension (got ${input.ndim} and ${other.ndim}).\n  in fftConvolve of ${formatShape(input.shape)} and ${formatShape(other.shape)}`,
    );
  }
  const dims = (typeof dim === 'number' ? [dim] : dim).map((d) => normalizeDim('fftConvolve', d, input.ndim));
  const pairs = dims.map((d) => [input.shape[d]!, other.shape[d]!] as const);
  if (dims.length === 0 || pairs.some((pair) => pair.includes(0)))
    throw new ShapeError('fftConvolve: there must be numbers to convolve along at least one dim');
  const s = pairs.map(([n, m]) => fastLength(n + m - 1));
  return composed('FftC2RBackward0', () => {
    const [a, b] = [input, other].map((x) => rfftn(x, { s, dim: dims })) as [Tensor, Tensor];
    const [re, im] = [a.select(-1, 0), a.select(-1, 1)];
    const [re2, im2] = [b.select(-1, 0), b.select(-1, 1)];
    const product = stack([re.mul(re2).sub(im.mul(im2)), re.mul(im2).add(im.mul(re2))], -1);
    const circular = irfftn(product, { s, dim: dims, real: false });
    return dims.reduce((y, d, i) => {
      const [n, m] = pairs[i]!;
      const length = size(n, m);
      const start = mode === 'valid' ? Math.min(n, m) - 1 : Math.floor((n + m - 1 - length) / 2);
      return narrow(y, d, start, length);
    }, circular);
  });
}
