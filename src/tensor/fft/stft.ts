/** Spectra over time: torch.stft and its inverse. */
import { isFloat } from '../../core/dtype.ts';
import { DTypeError, OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { formatShape } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { ones } from '../create.ts';
import { type PaddingMode, pad } from '../functional/padding.ts';
import { narrow } from '../functions/views.ts';
import { op } from '../impl/common.ts';
import { scope } from '../scope.ts';
import { checkTensor, Tensor } from '../tensor.ts';
import { along, realInput } from './common.ts';
import { irfft } from './real.ts';

interface Frames {
  /** Distance between frames; a quarter of nFft by default. */
  readonly hopLength?: number | null;
  /** Length of the window, in the middle of each frame; nFft by default. */
  readonly winLength?: number | null;
  /** (winLength) numbers by which a frame is multiplied; ones by default. */
  readonly window?: Tensor | null;
  /** Frame t has its middle (true, the default) or its start at t · hopLength. */
  readonly center?: boolean;
  /** Times nFft^−½. */
  readonly normalized?: boolean;
}
/** Options of {@link stft}. */
export interface StftOptions extends Frames {
  /** How the signal goes on where a frame in its middle reaches beyond; 'reflect' by default. */
  readonly padMode?: PaddingMode;
  /** Only the first nFft/2 + 1 frequencies, of which the others are conjugates. True by default. */
  readonly onesided?: boolean | null;
  /** Complex numbers are pairs in the last dim here, whatever this says. */
  readonly returnComplex?: boolean | null;
}
/** Options of {@link istft}. */
export interface IstftOptions extends Frames {
  /** Whether only the first nFft/2 + 1 frequencies are there. By default the input's size tells. */
  readonly onesided?: boolean | null;
  /** Length of the signal. By default that of all frames, without what reaches beyond the middle of the first and the last. */
  readonly length?: number | null;
}

interface Geometry {
  readonly hop: number;
  /** (nFft) */
  readonly window: Tensor;
}
/** Checks what both take; `like` says of which dtype and on which device the window is. */
function geometry(name: string, like: Tensor, nFft: number, options: Frames): Geometry {
  const { hopLength, winLength, window = null } = options;
  const hop = hopLength ?? Math.floor(nFft / 4);
  const size = winLength ?? nFft;
  for (const [argument, value] of Object.entries({ hopLength: hop, winLength: size }))
    if (!Number.isInteger(value)) wrongType(name, argument, 'int', value);
  if (hop <= 0) throw new OptionError(`${name}: expected hop_length > 0, but got hop_length=${hop}`);
  if (!(size > 0 && size <= nFft))
    throw new OptionError(`${name}: expected 0 < win_length <= n_fft, but got win_length=${size}`);
  if (window !== null) checkTensor(name, window, 'window');
  if (window !== null && (window.ndim !== 1 || window.shape[0] !== size)) {
    throw new ShapeError(
      `${name}: expected a 1D window tensor of size equal to win_length=${size}, but got window with size ${formatShape(window.shape)}`,
    );
  }
  const before = Math.floor((nFft - size) / 2);
  const given = window ?? ones([size], { dtype: like.dtype, device: like.device });
  return { hop, window: size === nFft ? given : pad(given, [before, nFft - size - before]) };
}

const stftNames = [
  'hopLength',
  'winLength',
  'window',
  'center',
  'padMode',
  'normalized',
  'onesided',
  'returnComplex',
] as const;
type StftArgs = OptionalArgs<[hopLength: number | null, winLength: number | null], StftOptions>;

/**
 * The short-time Fourier transform of a real signal (T) or signals (B, T): the spectrum of each frame of nFft numbers, as complex
 * numbers (B, frequencies, frames, 2). Source: torch.stft.
 *
 * @throws ShapeError for a signal of other dims or shorter than a frame, or a window of another length; OptionError for lengths that
 * cannot be; DTypeError for integers.
 * @example
 * stft(zeros([100]), 16).shape; // [9, 26, 2]
 */
export function stft(input: Tensor, nFft: number, ...rest: StftArgs): Tensor {
  checkTensor('stft', input);
  const options = optionalArgs<StftOptions>('stft', stftNames, rest);
  const { center = true, padMode = 'reflect', normalized = false } = options;
  const onesided = options.onesided ?? true;
  if (!Number.isInteger(nFft)) wrongType('stft', 'nFft', 'int', nFft);
  if (!isFloat(input.dtype)) throw new DTypeError('stft: expected a tensor of floating point or complex values');
  if (input.ndim !== 1 && input.ndim !== 2)
    throw new ShapeError(`stft: expected a 1D or 2D tensor\n  got shape ${formatShape(input.shape)}`);
  return composed(input.ndim === 1 ? 'SqueezeBackward1' : 'TransposeBackward0', () => {
    const side = Math.floor(nFft / 2);
    const signals = input.ndim === 1 ? input.unsqueeze(0) : input;
    const whole = center && nFft > 0 ? pad(signals.unsqueeze(1), [side, side], { mode: padMode }).squeeze(1) : signals;
    const length = whole.shape[1]!;
    if (!(nFft > 0 && nFft <= length))
      throw new ShapeError(`stft: expected 0 < n_fft < ${length}, but got n_fft=${nFft}`);
    const { hop, window } = geometry('stft', input, nFft, options);
    const frames = whole.unfold(1, nFft, hop).mul(window);
    const scale = normalized ? 1 / Math.sqrt(nFft) : 1;
    const size = onesided ? side + 1 : nFft;
    const spectra = along(realInput('stft', frames), { dim: 2, n: nFft }, { inverse: false, scale, size });
    const result = spectra.x.transpose(1, 2);
    return input.ndim === 1 ? result.squeeze(0) : result;
  });
}

const istftNames = ['hopLength', 'winLength', 'window', 'center', 'normalized', 'onesided', 'length'] as const;
type IstftArgs = OptionalArgs<[hopLength: number | null, winLength: number | null], IstftOptions>;

/** The sum of frames (B, F, N) that begin `hop` apart, as signals. */
function overlapped(frames: Tensor, hop: number): Tensor {
  const [batch, count, n] = frames.shape as [number, number, number];
  const length = n + hop * (count - 1);
  const attrs = { shape: [batch, length], strides: [length, hop, 1], offset: 0 };
  return new Tensor(op('scatterViewAdd', [frames.impl], attrs));
}

/**
 * The inverse of {@link stft}: the signal (T) or signals (B, T) whose frames, multiplied by the window, come nearest to these
 * spectra, (B, frequencies, frames, 2). Windows must leave out no number. Source: torch.istft; Griffin & Lim, "Signal estimation from
 * modified short-time Fourier transform" (1984).
 *
 * @throws ShapeError for an input of another shape, OptionError for lengths that cannot be, and (at the next read) where the windows are 0.
 * @example
 * const x = arange(8).float();
 * await istft(stft(x, 4), 4).tolist(); // [0, 1, 2, 3, 4, 5, 6, 7]
 */
export function istft(input: Tensor, nFft: number, ...rest: IstftArgs): Tensor {
  checkTensor('istft', input);
  const options = optionalArgs<IstftOptions>('istft', istftNames, rest);
  const { center = true, normalized = false, length = null } = options;
  if (!Number.isInteger(nFft)) wrongType('istft', 'nFft', 'int', nFft);
  if (!isFloat(input.dtype) || input.shape.at(-1) !== 2 || (input.ndim !== 3 && input.ndim !== 4)) {
    throw new ShapeError(
      `istft requires a complex-valued input tensor matching the output from stft\n  (frequencies, frames, 2), or a batch of them; got ${formatShape(input.shape)}`,
    );
  }
  if (input.numel() === 0)
    throw new ShapeError(`istft: input tensor cannot be empty.\n  got ${formatShape(input.shape)}`);
  const size = input.shape.at(-3)!;
  const onesided = options.onesided ?? size !== nFft;
  const frequencies = onesided ? Math.floor(nFft / 2) + 1 : nFft;
  if (size !== frequencies) {
    throw new ShapeError(
      `istft: expected the frequency dimension (3rd to the last) of the input tensor to match n_fft${onesided ? ' / 2 + 1' : ''} when onesided=${onesided ? 'True' : 'False'}, but got ${size}`,
    );
  }
  const { hop, window } = geometry('istft', input, nFft, options);
  if (hop > (options.winLength ?? nFft))
    throw new OptionError(`istft: expected 0 < hop_length <= win_length\n  got ${hop}`);
  return composed(input.ndim === 3 ? 'SqueezeBackward1' : 'DivBackward0', () => {
    const spectra = (input.ndim === 3 ? input.unsqueeze(0) : input).transpose(1, 2);
    const norm = normalized ? 'ortho' : 'backward';
    // Of a whole spectrum the first half counts.
    const half = narrow(spectra, 2, 0, Math.floor(nFft / 2) + 1);
    const frames = irfft(half, nFft, 2, { norm, real: false });
    const count = frames.shape[1]!;
    const sum = overlapped(frames.mul(window), hop);
    const weight = overlapped(window.square().expand([1, count, nFft]), hop);
    const start = center ? Math.floor(nFft / 2) : 0;
    const end = Math.min(length === null ? sum.shape[1]! - start : start + length, sum.shape[1]!);
    const [kept, by] = [sum, weight].map((x) => narrow(x, 1, start, Math.max(end - start, 0))) as [Tensor, Tensor];
    reportGaps(by);
    const signal = kept.div(by);
    const filled = length !== null && length > end - start ? pad(signal, [0, length - (end - start)]) : signal;
    return input.ndim === 3 ? filled.squeeze(0) : filled;
  });
}
/** Lets the next read throw where windows leave out a number. */
function reportGaps(weight: Tensor): void {
  const flag = scope(() => weight.detach().abs().le(1e-11).any()).impl;
  flag.engine.assertFalse(
    flag.storage.value,
    () =>
      new OptionError(
        'istft: window overlap add min: 1\n  the windows of all frames together are 0 somewhere; choose a shorter hopLength',
      ),
  );
}

/** Methods. */
export const stftMethods = { stft, istft };
