/**
 * Discrete Fourier transforms: torch.fft. Complex numbers are real tensors with a last dim of size 2, the real part and the
 * imaginary one, as torch.view_as_real shows them; that dim does not count among the dims that are named.
 *
 * An input whose last dim has size 2 is therefore complex, and any other real. Say `{ real: true }` of real numbers that may
 * come in twos. rfft, ihfft and their kin take real numbers always.
 */
export type { FftNorm, FftnOptions, FftOptions, RealOption } from './common.ts';
export {
  type ComplexFftnOptions,
  type ComplexFftOptions,
  fft,
  fft2,
  fftn,
  ifft,
  ifft2,
  ifftn,
} from './complex.ts';
export {
  type ConvolveOptions,
  type FrequencyOptions,
  fftConvolve,
  fftfreq,
  fftshift,
  ifftshift,
  rfftfreq,
  type ShiftOptions,
  toComplex,
} from './helpers.ts';
export {
  hfft,
  hfft2,
  hfftn,
  ihfft,
  ihfft2,
  ihfftn,
  irfft,
  irfft2,
  irfftn,
  rfft,
  rfft2,
  rfftn,
} from './real.ts';
