/** More factories: like others, by formula, windows of signal processing. */
import { type DType, isFloat } from '../../core/dtype.ts';
import {
  checkFunction,
  checkNumbers,
  checkOptions,
  DTypeError,
  describe,
  OptionError,
  ShapeError,
  wrongType,
} from '../../core/errors.ts';
import { type OptionalArgs, optionalArgs, shapeArgs } from '../arguments.ts';
import { checkBounds } from '../bounds.ts';
import { composed } from '../compose.ts';
import {
  arange,
  empty,
  full,
  linspace,
  ones,
  type RandomOptions,
  randint,
  type TensorOptions,
  tensor,
  zeros,
} from '../create.ts';
import { scope } from '../scope.ts';
import { checkTensor, type NestedArray, Tensor } from '../tensor.ts';
import { pow } from './core.ts';
import { i0 } from './elementary.ts';
import { meshgrid } from './joining.ts';
import { asStrided } from './views.ts';

const optionNames = ['dtype', 'device', 'requiresGrad'] as const;

/** The options of a tensor like `x`. */
function like<O extends TensorOptions>(name: string, x: Tensor, options: O, known: readonly string[] = optionNames): O {
  checkTensor(name, x);
  checkOptions(name, options, known);
  return { dtype: x.dtype, device: x.device, ...options };
}
const finish = (x: Tensor, { requiresGrad }: TensorOptions): Tensor => (requiresGrad ? x.requiresGrad_() : x);

// ---- like another tensor --------------------------------------------------------------------------------------------

/** Zeros (PyTorch: any values) in the shape, dtype and on the device of another tensor. Source: torch.empty_like. */
export function emptyLike(input: Tensor, options: TensorOptions = {}): Tensor {
  const own = like('emptyLike', input, options);
  return empty(input.shape, own);
}
/**
 * Integers in [low, high), low being 0 unless given, in the shape, dtype and on the device of another tensor.
 * Source: torch.randint_like.
 *
 * @throws OptionError unless low < high.
 * @example
 * randintLike(zeros([2, 3]), 10).shape; // [2, 3]
 */
export function randintLike(input: Tensor, high: number, options?: RandomOptions): Tensor;
export function randintLike(input: Tensor, low: number, high: number, options?: RandomOptions): Tensor;
export function randintLike(
  input: Tensor,
  first: number,
  second?: number | RandomOptions,
  third?: RandomOptions,
): Tensor {
  const [low, high] = typeof second === 'number' ? [first, second] : [0, first];
  const options = (typeof second === 'number' ? third : second) ?? {};
  return randint(low, high, input.shape, like('randintLike', input, options, [...optionNames, 'generator']));
}

type SizeArgs<O> = (number | readonly number[] | O | undefined)[];
function sizesThenOptions<O extends TensorOptions>(args: SizeArgs<O>): { size: number[]; options: O } {
  const last = args.at(-1);
  const hasOptions = typeof last === 'object' && !Array.isArray(last);
  return {
    size: shapeArgs((hasOptions ? args.slice(0, -1) : args) as readonly (number | readonly number[])[]),
    options: (hasOptions ? last : {}) as O,
  };
}
const sized =
  (name: string, make: (size: number[], options: TensorOptions) => Tensor) =>
  (input: Tensor, ...args: SizeArgs<TensorOptions>): Tensor => {
    const { size, options } = sizesThenOptions(args);
    return make(size, like(name, input, options));
  };
function newFull(
  input: Tensor,
  size: number | readonly number[],
  fillValue: number | boolean,
  options: TensorOptions = {},
): Tensor {
  return full(size, fillValue, like('newFull', input, options));
}
function newTensor(input: Tensor, data: NestedArray, options: TensorOptions = {}): Tensor {
  return tensor(data, like('newTensor', input, options));
}

/**
 * Zeros (PyTorch: any values) with these strides. Source: torch.empty_strided.
 *
 * @throws ShapeError unless there is one stride per size.
 * @example
 * emptyStrided([2, 3], [1, 2]).stride(); // [1, 2]
 */
export function emptyStrided(size: readonly number[], stride: readonly number[], options: TensorOptions = {}): Tensor {
  checkOptions('emptyStrided', options, optionNames);
  const reach = size.reduce((end, d, i) => end + (d - 1) * (stride[i] ?? 0), 1);
  const memory = size.includes(0) ? 0 : Math.max(reach, 0);
  return finish(asStrided(empty([memory], { ...options, requiresGrad: false }), size, stride).detach(), options);
}
function newEmptyStrided(
  input: Tensor,
  size: readonly number[],
  stride: readonly number[],
  options: TensorOptions = {},
): Tensor {
  return emptyStrided(size, stride, like('newEmptyStrided', input, options));
}
/**
 * Zeros (PyTorch: any values) whose dims lie in memory in the order given, the outermost first. Source: torch.empty_permuted.
 *
 * @throws ShapeError unless `physicalLayout` names each dim once.
 * @example
 * emptyPermuted([2, 3], [1, 0]).stride(); // [1, 2]
 */
export function emptyPermuted(
  size: readonly number[],
  physicalLayout: readonly number[],
  options: TensorOptions = {},
): Tensor {
  checkOptions('emptyPermuted', options, optionNames);
  if (physicalLayout.length !== size.length) {
    throw new ShapeError(
      `Number of dimensions in size does not match the length of the physical_layout; i.e. len(size) = ${size.length} is not equal to len(physical_layout) = ${physicalLayout.length}`,
    );
  }
  const strange = physicalLayout.find((d) => !(d >= 0 && d < size.length));
  if (strange !== undefined)
    throw new ShapeError(
      `Dimension out of range (expected to be between 0 and ${size.length - 1}, but got ${strange} at index ${physicalLayout.indexOf(strange)}).  NB: negative dims not currently supported.`,
    );
  if (new Set(physicalLayout).size !== size.length) throw new ShapeError('Duplicate dim not allowed');
  const laid = empty(
    physicalLayout.map((d) => size[d]!),
    { ...options, requiresGrad: false },
  );
  return finish(laid.permute(size.map((_, d) => physicalLayout.indexOf(d))).detach(), options);
}

// ---- from data ------------------------------------------------------------------------------------------------------

/** What {@link asTensor} and {@link scalarTensor} take. */
export type AsTensorOptions = Pick<TensorOptions, 'dtype' | 'device'>;
/**
 * A tensor of given data; a tensor as it is, or cast. Source: torch.as_tensor.
 *
 * @throws OptionError for a tensor on another device: moving it takes time, `await x.to(device)`.
 * @example
 * await asTensor([1, 2], { dtype: 'float32' }).tolist(); // [1, 2]
 */
export function asTensor(data: Tensor | Parameters<typeof tensor>[0], options: AsTensorOptions = {}): Tensor {
  checkOptions('asTensor', options, ['dtype', 'device']);
  if (!(data instanceof Tensor)) return tensor(data, options);
  if (options.device && options.device !== data.device) {
    throw new OptionError(
      `asTensor: the tensor is on the ${data.device} device\n  move it with await x.to('${options.device}')`,
    );
  }
  return options.dtype && options.dtype !== data.dtype ? data.to(options.dtype) : data;
}
/** A tensor of given data: asTensor() under NumPy's name. Source: torch.asarray. */
export function asarray(data: Parameters<typeof asTensor>[0], options: AsTensorOptions = {}): Tensor {
  return asTensor(data, options);
}
/**
 * A 0-d tensor, float32 unless `dtype` says otherwise. Source: torch.scalar_tensor.
 *
 * @example
 * await scalarTensor(3).item(); // 3
 */
export function scalarTensor(s: number | boolean, options: TensorOptions = {}): Tensor {
  checkOptions('scalarTensor', options, optionNames);
  return full([], s, { dtype: 'float32', ...options });
}

// ---- by formula -----------------------------------------------------------------------------------------------------

/** Options of {@link logspace}. */
export interface LogspaceOptions extends TensorOptions {
  /** 10 by default. */
  readonly base?: number;
}
/**
 * `steps` powers of `base`, from base^start to base^end, both included, evenly spaced in the exponent. Source: torch.logspace.
 *
 * @throws OptionError for a negative number of steps.
 * @example
 * await logspace(0, 2, 3).tolist(); // [1, 10, 100]
 */
export function logspace(
  start: number | Tensor,
  end: number | Tensor,
  steps: number,
  ...rest: OptionalArgs<[base: number], LogspaceOptions> | [base: number, options: TensorOptions]
): Tensor {
  const { base = 10, ...options } = optionalArgs<LogspaceOptions>('logspace', ['base', ...optionNames], rest);
  checkBounds('logspace', start, end);
  checkNumbers('logspace', { steps, base });
  const dtype = options.dtype ?? 'float32';
  const float = { ...options, dtype: isFloat(dtype) ? dtype : 'float32', requiresGrad: false } as const;
  const powers = composed('PowBackward0', () => pow(base, linspace(start, end, steps, float)).to(dtype));
  return finish(powers, options);
}
/** Options of {@link fromfunction}. */
export interface FromfunctionOptions extends Pick<TensorOptions, 'device'> {
  /** Of the positions that the function is given, float32 by default. */
  readonly dtype?: DType;
}
/**
 * What `fn` makes of the positions of a tensor of this shape: it is called once, with one tensor of this shape for each dim,
 * holding the position along it. Source: numpy.fromfunction.
 *
 * @throws OptionError unless `fn` is a function.
 * @example
 * await fromfunction((i, j) => i.mul(10).add(j), [2, 3], { dtype: 'int32' }).tolist(); // [[0, 1, 2], [10, 11, 12]]
 */
export function fromfunction<T>(
  fn: (...positions: Tensor[]) => T,
  shape: readonly number[],
  options: FromfunctionOptions = {},
): T {
  checkFunction('fromfunction', fn);
  checkOptions('fromfunction', options, ['dtype', 'device']);
  if (!Array.isArray(shape)) wrongType('fromfunction', 'shape', 'a list of ints', shape);
  const lines = shape.map((n) => arange(n, { dtype: 'float32', ...options }));
  return fn(...(lines.length > 0 ? meshgrid(lines) : []));
}
/** Options of {@link vander}. */
export interface VanderOptions {
  /** Number of columns; default: as many as there are numbers. */
  readonly N?: number | null;
  /** Powers from 0 upwards, not downwards. */
  readonly increasing?: boolean;
}
/**
 * The Vandermonde matrix: row i holds the powers of x[i], the highest first. Source: torch.vander.
 *
 * @throws ShapeError unless x is 1-d, OptionError for a negative N.
 * @example
 * await vander(tensor([2, 3]), 3).tolist(); // [[4, 2, 1], [9, 3, 1]]
 */
export function vander(
  x: Tensor,
  ...rest: OptionalArgs<[N: number | null, increasing: boolean], VanderOptions>
): Tensor {
  checkTensor('vander', x, 'x');
  const { N, increasing = false } = optionalArgs<VanderOptions>('vander', ['N', 'increasing'], rest);
  if (x.ndim !== 1) throw new ShapeError(`x must be a one-dimensional tensor.\n  in vander: it has ${x.ndim} dims`);
  const n = N ?? x.shape[0]!;
  if (!(Number.isInteger(n) && n >= 0))
    throw new OptionError(`N must be non-negative.\n  in vander: got ${describe(n)}`);
  return composed('FlipBackward0', () => {
    const base = x.dtype === 'bool' ? x.int() : x;
    const powers = base.unsqueeze(1).pow(arange(n, { dtype: base.dtype, device: x.device }));
    return increasing ? powers : powers.flip(1);
  });
}

// ---- windows --------------------------------------------------------------------------------------------------------

/** Options of the windows. */
export interface WindowOptions extends TensorOptions {
  /** True (default) for spectral analysis: the window of one more, without its last. False: symmetric. */
  readonly periodic?: boolean;
}
type WindowArgs<O, P extends readonly unknown[] = [periodic: boolean]> =
  | OptionalArgs<P, O>
  | [periodic: boolean, options: O];

/** `formula` is given the positions as angles: 0 at the first, 2π at the last (or one past it). */
function windowed(name: string, length: number, options: WindowOptions, formula: (angle: Tensor) => Tensor): Tensor {
  if (!Number.isInteger(length)) wrongType(name, 'windowLength', 'int', length);
  if (length < 0) {
    throw new OptionError(`${name} requires non-negative window_length, got window_length=${length}`);
  }
  const { periodic = true, ...rest } = options;
  if (typeof periodic !== 'boolean') wrongType(name, 'periodic', 'true or false', periodic);
  const own = { dtype: 'float32', ...rest, requiresGrad: false } as const;
  if (!isFloat(own.dtype)) throw new DTypeError(`${name} expects floating point dtypes, got: ${own.dtype}`);
  if (length <= 1) return finish(ones([length], own), rest);
  const turn = (2 * Math.PI) / (periodic ? length : length - 1);
  return finish(
    scope(() => formula(arange(length, own).mul(turn))),
    rest,
  );
}
const windowNames = ['periodic', ...optionNames] as const;

/**
 * The Hann window ½ − ½ cos(2πn/N). Source: torch.hann_window.
 *
 * @throws OptionError for a negative length, DTypeError for integers.
 * @example
 * await hannWindow(4).tolist(); // [0, 0.5, 1, 0.5]
 */
export function hannWindow(windowLength: number, ...rest: WindowArgs<WindowOptions>): Tensor {
  const options = optionalArgs<WindowOptions>('hannWindow', windowNames, rest);
  return windowed('hannWindow', windowLength, options, (angle) => angle.cos().mul(-0.5).add(0.5));
}
/** Options of {@link hammingWindow}. */
export interface HammingOptions extends WindowOptions {
  /** 0.54 by default. */
  readonly alpha?: number;
  /** 0.46 by default. */
  readonly beta?: number;
}
/**
 * The Hamming window α − β cos(2πn/N). Source: torch.hamming_window.
 *
 * @throws OptionError for a negative length, DTypeError for integers.
 * @example
 * await hammingWindow(4).tolist(); // [0.08, 0.54, 1, 0.54]
 */
export function hammingWindow(
  windowLength: number,
  ...rest: WindowArgs<HammingOptions, [periodic: boolean, alpha: number, beta: number]>
): Tensor {
  const names = ['periodic', 'alpha', 'beta', ...optionNames] as const;
  const { alpha = 0.54, beta = 0.46, ...options } = optionalArgs<HammingOptions>('hammingWindow', names, rest);
  checkNumbers('hammingWindow', { alpha, beta });
  return windowed('hammingWindow', windowLength, options, (angle) => angle.cos().mul(-beta).add(alpha));
}
/**
 * The Blackman window 0.42 − ½ cos(2πn/N) + 0.08 cos(4πn/N). Source: torch.blackman_window.
 *
 * @throws OptionError for a negative length, DTypeError for integers.
 * @example
 * await blackmanWindow(3, false).tolist(); // [0, 1, 0]
 */
export function blackmanWindow(windowLength: number, ...rest: WindowArgs<WindowOptions>): Tensor {
  const options = optionalArgs<WindowOptions>('blackmanWindow', windowNames, rest);
  return windowed('blackmanWindow', windowLength, options, (angle) =>
    angle.mul(2).cos().mul(0.08).sub(angle.cos().mul(0.5)).add(0.42),
  );
}
/**
 * The Bartlett window, a triangle: 1 − |2n/N − 1|. Source: torch.bartlett_window.
 *
 * @throws OptionError for a negative length, DTypeError for integers.
 * @example
 * await bartlettWindow(4).tolist(); // [0, 0.5, 1, 0.5]
 */
export function bartlettWindow(windowLength: number, ...rest: WindowArgs<WindowOptions>): Tensor {
  const options = optionalArgs<WindowOptions>('bartlettWindow', windowNames, rest);
  return windowed('bartlettWindow', windowLength, options, (angle) =>
    angle
      .mul(1 / Math.PI)
      .sub(1)
      .abs()
      .neg()
      .add(1),
  );
}

/** Options of {@link kaiserWindow}. */
export interface KaiserOptions extends WindowOptions {
  /** The larger, the wider the main lobe of its spectrum and the lower the others; 12 by default. */
  readonly beta?: number;
}
/**
 * The Kaiser window I₀(β√(1 − (2n/N − 1)²)) / I₀(β). Source: torch.kaiser_window.
 *
 * @throws OptionError for a negative length, DTypeError for integers.
 * @example
 * await kaiserWindow(2, { beta: 1 }).tolist(); // [0.7898, 1]
 */
export function kaiserWindow(
  windowLength: number,
  ...rest: WindowArgs<KaiserOptions, [periodic: boolean, beta: number]>
): Tensor {
  const names = ['periodic', 'beta', ...optionNames] as const;
  const { beta = 12, ...options } = optionalArgs<KaiserOptions>('kaiserWindow', names, rest);
  checkNumbers('kaiserWindow', { beta });
  return windowed('kaiserWindow', windowLength, options, (angle) => {
    const across = angle
      .mul(1 / Math.PI)
      .sub(1)
      .square();
    const arch = across.neg().add(1).clamp({ min: 0 }).sqrt().mul(beta);
    return i0(arch).div(i0(scalarTensor(beta, { dtype: angle.dtype, device: angle.device })));
  });
}

export const creationMethods = {
  newZeros: sized('newZeros', zeros),
  newOnes: sized('newOnes', ones),
  newEmpty: sized('newEmpty', empty),
  newEmptyStrided,
  newFull,
  newTensor,
};
