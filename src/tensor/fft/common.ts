/** What the transforms share: complex operands, dims, lengths, norms. */
import { isFloat } from '../../core/dtype.ts';
import { DTypeError, describe, OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { formatShape, normalizeDim } from '../../core/shape.ts';
import type { OptionalArgs } from '../arguments.ts';
import { zerosLike } from '../create.ts';
import { stack } from '../functions/core.ts';
import { narrow } from '../functions/views.ts';
import { op } from '../impl/common.ts';
import { checkTensor, Tensor } from '../tensor.ts';

/** Where the factor 1/n goes: to the inverse transform, half of it (as 1/√n) to both, or to the forward one. */
export type FftNorm = 'backward' | 'ortho' | 'forward';

/** What transforms of one dim take. Dims are those of the numbers: the last dim of size 2 of complex numbers does not count. */
export interface FftOptions {
  /** Length of the transform: the input is cut, or filled up with zeros. */
  readonly n?: number | null;
  /** The last by default. */
  readonly dim?: number;
  /** 'backward' by default. */
  readonly norm?: FftNorm | null;
}
/** What transforms of several dims take. */
export interface FftnOptions {
  /** Length of the transform along each dim; −1 leaves one as it is. */
  readonly s?: number | readonly number[] | null;
  /** All dims, or the last ones if only `s` is given. */
  readonly dim?: number | readonly number[] | null;
  /** 'backward' by default. */
  readonly norm?: FftNorm | null;
}
/** Whether the numbers are real. */
export interface RealOption {
  /**
   * True: the input holds real numbers; false: complex ones. By default an input whose last dim has size 2 is complex, and any
   * other real.
   */
  readonly real?: boolean;
}
/** n, dim and norm, one after the other or by name. */
export type FftArgs<O = FftOptions> = OptionalArgs<[n: number | null, dim: number, norm: FftNorm | null], O>;
/** s, dim and norm, one after the other or by name. */
export type FftnArgs<O = FftnOptions> = OptionalArgs<
  [s: FftnOptions['s'], dim: FftnOptions['dim'], norm: FftNorm | null],
  O
>;

export const lineNames = ['n', 'dim', 'norm'] as const;
export const gridNames = ['s', 'dim', 'norm'] as const;

/** Numbers of floating-point dtype; `real`: without a last dim for two parts. */
export interface Numbers {
  readonly x: Tensor;
  readonly real: boolean;
  /** Sizes without that last dim. */
  readonly shape: readonly number[];
}
const numbersOf = (x: Tensor, real: boolean): Numbers => ({ x, real, shape: real ? x.shape : x.shape.slice(0, -1) });

function floats(name: string, input: Tensor): Tensor {
  checkTensor(name, input);
  if (input.dtype === 'float16')
    throw new DTypeError(`Unsupported dtype Half\n  in ${name}: cast it with .to('float32')`);
  return isFloat(input.dtype) ? input : input.to('float32');
}
/** Real numbers. */
export const realInput = (name: string, input: Tensor): Numbers => numbersOf(floats(name, input), true);
/** Does the input hold real numbers? See RealOption. */
export function isReal(name: string, input: Tensor, real: boolean | undefined): boolean {
  checkTensor(name, input);
  if (real !== undefined && typeof real !== 'boolean') wrongType(name, 'real', 'true or false', real);
  const isPair = input.shape.at(-1) === 2;
  if (real === false && !isPair) {
    throw new ShapeError(
      `Tensor must have a last dimension of size 2\n  in ${name} of ${formatShape(input.shape)}: complex numbers are pairs (real, imaginary)`,
    );
  }
  return real ?? !isPair;
}
/** Real or complex numbers. */
export const anyInput = (name: string, input: Tensor, real: boolean | undefined): Numbers =>
  numbersOf(floats(name, input), isReal(name, input, real));

function dimIn(name: string, dim: unknown, rank: number): number {
  if (!Number.isInteger(dim)) wrongType(name, 'dim', 'int', dim);
  if (rank === 0) throw new ShapeError(`Dimension specified as ${dim} but tensor has no dimensions\n  in ${name}`);
  return normalizeDim(name, dim as number, rank);
}
function checkLength(name: string, argument: string, n: unknown): asserts n is number {
  if (!Number.isInteger(n)) wrongType(name, argument, 'int', n);
  if ((n as number) < 1) throw new ShapeError(`Invalid number of data points (${n}) specified\n  in ${name}`);
}

/** A dim, and the length of the transform along it. */
export interface Axis {
  readonly dim: number;
  readonly n: number;
}

/** The dim of a transform and its length: that of the input, of which `natural` makes another. */
export function axisOf(
  name: string,
  { shape }: Numbers,
  { n, dim = -1 }: FftOptions,
  natural = (size: number): number => size,
): Axis {
  const d = dimIn(name, dim, shape.length);
  const length = n ?? natural(shape[d]!);
  checkLength(name, 'n', length);
  return { dim: d, n: length };
}

const listOf = (value: number | readonly number[] | null | undefined): readonly number[] | null =>
  typeof value === 'number' ? [value] : (value ?? null);

/** The dims of a transform and their lengths; the length of the last is `natural` of its size. */
export function axesOf(
  name: string,
  { shape }: Numbers,
  { s, dim }: FftnOptions,
  natural = (size: number): number => size,
): Axis[] {
  const lengths = listOf(s);
  const given = listOf(dim);
  const rank = shape.length;
  for (const [argument, list] of Object.entries({ s: lengths, dim: given }))
    if (list !== null && !Array.isArray(list)) wrongType(name, argument, 'a list of ints', list);
  if (given && lengths && given.length !== lengths.length) {
    throw new OptionError(
      `When given, dim and shape arguments must have the same length\n  in ${name}: dim ${describe(given)} and s ${describe(lengths)}`,
    );
  }
  if (lengths && lengths.length > rank && !given) {
    throw new ShapeError(
      `Got shape with ${lengths.length} values but input tensor only has ${rank} dimensions.\n  in ${name}`,
    );
  }
  const first = rank - (lengths?.length ?? rank);
  const dims = given?.map((d) => dimIn(name, d, rank)) ?? Array.from({ length: rank - first }, (_, i) => first + i);
  if (new Set(dims).size < dims.length)
    throw new ShapeError(`FFT dims must be unique\n  in ${name}: ${describe(dims)}`);
  return dims.map((d, i) => {
    const size = shape[d]!;
    const wanted = lengths?.[i] ?? -1;
    const n = wanted === -1 ? (i === dims.length - 1 ? natural(size) : size) : wanted;
    checkLength(name, 's', n);
    return { dim: d, n };
  });
}

/** What a transform of `n` numbers is multiplied by. */
export function scaleOf(name: string, norm: FftNorm | null | undefined, inverse: boolean, n: number): number {
  switch (norm ?? 'backward') {
    case 'ortho':
      return 1 / Math.sqrt(n);
    case 'backward':
      return inverse ? 1 / n : 1;
    case 'forward':
      return inverse ? 1 : 1 / n;
    default:
      throw new OptionError(
        `Invalid normalization mode: "${String(norm)}"\n  in ${name}: it takes 'backward', 'ortho' or 'forward'`,
      );
  }
}

/** How a transform is done: in which direction, scaled by what, how much of it is kept (all), and whether its imaginary part is. */
export interface Way {
  readonly inverse: boolean;
  readonly scale?: number;
  readonly size?: number;
  readonly realOut?: boolean;
}
/** A transform along one dim. */
export function along(
  { x, real, shape }: Numbers,
  { dim, n }: Axis,
  { inverse, scale = 1, size = n, realOut = false }: Way,
): Numbers {
  const cut = shape[dim]! > n ? narrow(x, dim, 0, n) : x;
  const attrs = { dim, n, size, scale, inverse, realIn: real, realOut };
  return numbersOf(new Tensor(op('fft1d', [cut.impl], attrs)), realOut);
}

/** The name of a transform in PyTorch's autograd: from real or complex numbers to real or complex ones. */
export const gradFn = (from: Numbers, realOut = false): string =>
  `Fft${from.real ? 'R' : 'C'}2${realOut ? 'R' : 'C'}Backward0`;

/** Real numbers as pairs with the imaginary part 0; complex ones as they are, in memory of their own. */
export const complexOf = ({ x, real }: Numbers): Tensor => (real ? stack([x, zerosLike(x)], -1) : x.clone());
