/** Transforms of complex numbers. */
import { optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import type { Tensor } from '../tensor.ts';
import {
  along,
  anyInput,
  axesOf,
  axisOf,
  complexOf,
  type FftArgs,
  type FftnArgs,
  type FftnOptions,
  type FftOptions,
  gradFn,
  gridNames,
  lineNames,
  type RealOption,
  scaleOf,
} from './common.ts';

/** What {@link fft} and {@link ifft} take. */
export interface ComplexFftOptions extends FftOptions, RealOption {}
/** What {@link fftn}, {@link fft2} and their inverses take. */
export interface ComplexFftnOptions extends FftnOptions, RealOption {}

function line(name: string, input: Tensor, rest: FftArgs<ComplexFftOptions>, inverse: boolean): Tensor {
  const { real, ...options } = optionalArgs<ComplexFftOptions>(name, [...lineNames, 'real'], rest);
  const x = anyInput(name, input, real);
  const axis = axisOf(name, x, options);
  const scale = scaleOf(name, options.norm, inverse, axis.n);
  return composed(gradFn(x), () => along(x, axis, { inverse, scale }).x);
}
function grid(name: string, input: Tensor, options: ComplexFftnOptions, inverse: boolean): Tensor {
  const x = anyInput(name, input, options.real);
  const axes = axesOf(name, x, options);
  const scale = axes.map(({ n }) => scaleOf(name, options.norm, inverse, n));
  return composed(gradFn(x), () =>
    axes.length === 0 ? complexOf(x) : axes.reduce((y, axis, i) => along(y, axis, { inverse, scale: scale[i]! }), x).x,
  );
}
const optionsOf = (name: string, rest: FftnArgs<ComplexFftnOptions>): ComplexFftnOptions =>
  optionalArgs<ComplexFftnOptions>(name, [...gridNames, 'real'], rest);

/**
 * The discrete Fourier transform Σ_j x_j e^(−2πi·jk/n) along one dim, of any length n. Complex numbers, (…, 2) in and out.
 * Source: torch.fft.fft.
 *
 * @throws ShapeError for a dim that there is not, or a length below 1.
 * @example
 * await fft.fft(tensor([1, 2, 3])).tolist(); // [[6, 0], [-1.5, 0.866], [-1.5, -0.866]]
 * await fft.fft(tensor([[0, 1], [1, 0]])).tolist(); // [[1, 1], [-1, 1]]
 * await fft.fft(tensor([3, 1]), { real: true }).tolist(); // [[4, 0], [2, 0]]
 */
export function fft(input: Tensor, ...rest: FftArgs<ComplexFftOptions>): Tensor {
  return line('fft', input, rest, false);
}
/**
 * The inverse of {@link fft}: 1/n Σ_k x_k e^(2πi·jk/n). Source: torch.fft.ifft.
 *
 * @throws ShapeError for a dim that there is not, or a length below 1.
 * @example
 * await fft.ifft(tensor([[3, 0], [1, 0]])).tolist(); // [[2, 0], [1, 0]]
 */
export function ifft(input: Tensor, ...rest: FftArgs<ComplexFftOptions>): Tensor {
  return line('ifft', input, rest, true);
}
/**
 * {@link fft} along several dims, by default all. Source: torch.fft.fftn.
 *
 * @throws ShapeError for dims that there are not or that repeat, or lengths below 1.
 * @example
 * await fft.fftn(tensor([[1, 2], [3, 4]]), { real: true }).tolist(); // [[[10, 0], [-2, 0]], [[-4, 0], [0, 0]]]
 */
export function fftn(input: Tensor, ...rest: FftnArgs<ComplexFftnOptions>): Tensor {
  return grid('fftn', input, optionsOf('fftn', rest), false);
}
/** The inverse of {@link fftn}. Source: torch.fft.ifftn. */
export function ifftn(input: Tensor, ...rest: FftnArgs<ComplexFftnOptions>): Tensor {
  return grid('ifftn', input, optionsOf('ifftn', rest), true);
}
/**
 * {@link fft} along two dims, by default the last ones. Source: torch.fft.fft2.
 *
 * @throws ShapeError for dims that there are not or that repeat, or lengths below 1.
 * @example
 * await fft.fft2(tensor([[1, 0, 0], [0, 0, 0]]), [1, 1]).tolist(); // [[[1, 0]]]
 */
export function fft2(input: Tensor, ...rest: FftnArgs<ComplexFftnOptions>): Tensor {
  return grid('fft2', input, { dim: [-2, -1], ...optionsOf('fft2', rest) }, false);
}
/** The inverse of {@link fft2}. Source: torch.fft.ifft2. */
export function ifft2(input: Tensor, ...rest: FftnArgs<ComplexFftnOptions>): Tensor {
  return grid('ifft2', input, { dim: [-2, -1], ...optionsOf('ifft2', rest) }, true);
}
