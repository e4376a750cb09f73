/** Transforms from and to real numbers, of which half the spectrum says all: the other half is its mirror image, conjugated. */
import { OptionError } from '../../core/errors.ts';
import { optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { arange } from '../create.ts';
import type { Tensor } from '../tensor.ts';
import {
  type Axis,
  along,
  anyInput,
  axesOf,
  axisOf,
  type FftArgs,
  type FftnArgs,
  type FftnOptions,
  type FftOptions,
  gradFn,
  gridNames,
  lineNames,
  type Numbers,
  realInput,
  scaleOf,
} from './common.ts';
import type { ComplexFftnOptions, ComplexFftOptions } from './complex.ts';

const half = (n: number): number => Math.floor(n / 2) + 1;
const whole = (size: number): number => 2 * (size - 1);

/**
 * The real numbers whose spectrum begins with x: each number but the first and, of even lengths, the last stands for two, and
 * the real part of a conjugate is the same.
 */
function fromHalf(x: Numbers, axis: Axis, inverse: boolean, scale: number): Numbers {
  const { dim, n } = axis;
  const size = Math.min(half(n), x.shape[dim]!);
  const kept = x.x.shape[dim]! > size ? x.x.narrow(dim, 0, size) : x.x;
  const k = arange(size, { dtype: kept.dtype, device: kept.device });
  const alone = k.eq(0).logicalOr(k.mul(2).eq(n));
  const count = kept.newFull([], 2).where(alone.logicalNot(), 1);
  const shape = kept.shape.map((_, d) => (d === dim ? size : 1));
  const weighted = { ...x, x: kept.mul(count.reshape(shape)), shape: x.shape.map((d, i) => (i === dim ? size : d)) };
  return along(weighted, axis, { inverse, scale, realOut: true });
}

function toHalfLine(name: string, input: Tensor, rest: FftArgs, inverse: boolean): Tensor {
  const options = optionalArgs<FftOptions>(name, lineNames, rest);
  const x = realInput(name, input);
  const axis = axisOf(name, x, options);
  const scale = scaleOf(name, options.norm, inverse, axis.n);
  return composed(gradFn(x), () => along(x, axis, { inverse, scale, size: half(axis.n) }).x);
}
function fromHalfLine(name: string, input: Tensor, rest: FftArgs<ComplexFftOptions>, inverse: boolean): Tensor {
  const { real, ...options } = optionalArgs<ComplexFftOptions>(name, [...lineNames, 'real'], rest);
  const x = anyInput(name, input, real);
  const axis = axisOf(name, x, options, whole);
  const scale = scaleOf(name, options.norm, inverse, axis.n);
  return composed(gradFn(x, true), () => fromHalf(x, axis, inverse, scale).x);
}

function lastOf(name: string, axes: readonly Axis[]): Axis {
  const last = axes.at(-1);
  if (!last) throw new OptionError(`${name} must transform at least one axis`);
  return last;
}
/** The last dim first. */
function toHalfGrid(name: string, input: Tensor, options: FftnOptions, inverse: boolean): Tensor {
  const x = realInput(name, input);
  const axes = axesOf(name, x, options);
  const last = lastOf(name, axes);
  const scale = axes.map(({ n }) => scaleOf(name, options.norm, inverse, n));
  return composed(gradFn(x), () => {
    const first = along(x, last, { inverse, scale: scale.at(-1)!, size: half(last.n) });
    return axes.slice(0, -1).reduce((y, axis, i) => along(y, axis, { inverse, scale: scale[i]! }), first).x;
  });
}
/** The last dim last. */
function fromHalfGrid(name: string, input: Tensor, options: ComplexFftnOptions, inverse: boolean): Tensor {
  const x = anyInput(name, input, options.real);
  const axes = axesOf(name, x, options, whole);
  const last = lastOf(name, axes);
  const scale = axes.map(({ n }) => scaleOf(name, options.norm, inverse, n));
  return composed(gradFn(x, true), () => {
    const others = axes.slice(0, -1).reduce((y, axis, i) => along(y, axis, { inverse, scale: scale[i]! }), x);
    return fromHalf(others, last, inverse, scale.at(-1)!).x;
  });
}
const realOptions = (name: string, rest: FftnArgs): FftnOptions => optionalArgs<FftnOptions>(name, gridNames, rest);
const anyOptions = (name: string, rest: FftnArgs<ComplexFftnOptions>): ComplexFftnOptions =>
  optionalArgs<ComplexFftnOptions>(name, [...gridNames, 'real'], rest);
const lastTwo = { dim: [-2, -1] } as const;

// ---- real numbers, half of their spectrum ---------------------------------------------------------------------------

/**
 * The first n/2 + 1 numbers of the Fourier transform of real numbers, as complex ones (…, 2); the others are their conjugates.
 * Source: torch.fft.rfft.
 *
 * @throws ShapeError for a dim that there is not, or a length below 1.
 * @example
 * await fft.rfft(tensor([1, 2, 3])).tolist(); // [[6, 0], [-1.5, 0.866]]
 */
export function rfft(input: Tensor, ...rest: FftArgs): Tensor {
  return toHalfLine('rfft', input, rest, false);
}
/**
 * The inverse of {@link rfft}: n real numbers from n/2 + 1 complex ones; n is 2 (size − 1) unless given, so give it where it is
 * odd. Source: torch.fft.irfft.
 *
 * @throws ShapeError for a dim that there is not, or a length below 1.
 * @example
 * await fft.irfft(tensor([[6, 0], [-1.5, 0.8660254]]), 3).tolist(); // [1, 2, 3]
 */
export function irfft(input: Tensor, ...rest: FftArgs<ComplexFftOptions>): Tensor {
  return fromHalfLine('irfft', input, rest, true);
}
/**
 * {@link rfft} along the last of several dims (by default all), {@link fft} along the others. Source: torch.fft.rfftn.
 *
 * @throws ShapeError for dims that there are not or that repeat, or lengths below 1; OptionError for no dim.
 * @example
 * await fft.rfftn(tensor([[1, 2], [3, 4]])).tolist(); // [[[10, 0], [-2, 0]], [[-4, 0], [0, 0]]]
 */
export function rfftn(input: Tensor, ...rest: FftnArgs): Tensor {
  return toHalfGrid('rfftn', input, realOptions('rfftn', rest), false);
}
/** The inverse of {@link rfftn}. Source: torch.fft.irfftn. */
export function irfftn(input: Tensor, ...rest: FftnArgs<ComplexFftnOptions>): Tensor {
  return fromHalfGrid('irfftn', input, anyOptions('irfftn', rest), true);
}
/** {@link rfftn} of the last two dims. Source: torch.fft.rfft2. */
export function rfft2(input: Tensor, ...rest: FftnArgs): Tensor {
  return toHalfGrid('rfft2', input, { ...lastTwo, ...realOptions('rfft2', rest) }, false);
}
/** The inverse of {@link rfft2}. Source: torch.fft.irfft2. */
export function irfft2(input: Tensor, ...rest: FftnArgs<ComplexFftnOptions>): Tensor {
  return fromHalfGrid('irfft2', input, { ...lastTwo, ...anyOptions('irfft2', rest) }, true);
}

// ---- a real spectrum, half of its signal ----------------------------------------------------------------------------

/**
 * The Fourier transform, which is real, of a signal of which half is given: the other half is its mirror image, conjugated.
 * n is 2 (size − 1) unless given. Source: torch.fft.hfft.
 *
 * @throws ShapeError for a dim that there is not, or a length below 1.
 * @example
 * await fft.hfft(tensor([[1, 0], [2, 1]]), 3).tolist(); // [5, 0.7321, -2.7321]
 */
export function hfft(input: Tensor, ...rest: FftArgs<ComplexFftOptions>): Tensor {
  return fromHalfLine('hfft', input, rest, false);
}
/**
 * The inverse of {@link hfft}: half of the signal whose spectrum is real. Source: torch.fft.ihfft.
 *
 * @throws ShapeError for a dim that there is not, or a length below 1.
 * @example
 * await fft.ihfft(tensor([5, 0.732051, -2.732051])).tolist(); // [[1, 0], [2, 1]]
 */
export function ihfft(input: Tensor, ...rest: FftArgs): Tensor {
  return toHalfLine('ihfft', input, rest, true);
}
/** {@link hfft} along the last of several dims (by default all), {@link fft} along the others. Source: torch.fft.hfftn. */
export function hfftn(input: Tensor, ...rest: FftnArgs<ComplexFftnOptions>): Tensor {
  return fromHalfGrid('hfftn', input, anyOptions('hfftn', rest), false);
}
/** The inverse of {@link hfftn}. Source: torch.fft.ihfftn. */
export function ihfftn(input: Tensor, ...rest: FftnArgs): Tensor {
  return toHalfGrid('ihfftn', input, realOptions('ihfftn', rest), true);
}
/** {@link hfftn} of the last two dims. Source: torch.fft.hfft2. */
export function hfft2(input: Tensor, ...rest: FftnArgs<ComplexFftnOptions>): Tensor {
  return fromHalfGrid('hfft2', input, { ...lastTwo, ...anyOptions('hfft2', rest) }, false);
}
/** The inverse of {@link hfft2}. Source: torch.fft.ihfft2. */
export function ihfft2(input: Tensor, ...rest: FftnArgs): Tensor {
  return toHalfGrid('ihfft2', input, { ...lastTwo, ...realOptions('ihfft2', rest) }, true);
}
