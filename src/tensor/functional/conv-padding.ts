/** Convolutions that pad by something other than zeros. */
import { describe, OptionError } from '../../core/errors.ts';
import type { Tensor } from '../tensor.ts';
import { type PaddingMode, pad } from './padding.ts';

/** What is around the input of a convolution: zeros, its mirror image, its edge, or its other end. */
export type ConvPaddingMode = 'zeros' | Exclude<PaddingMode, 'constant'>;

/** The settings of a convolution that say how it pads. */
export interface ConvPadding {
  readonly kernelSize: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: readonly number[] | 'same' | 'valid';
  readonly paddingMode: ConvPaddingMode;
}

const known = ['zeros', 'reflect', 'replicate', 'circular'];

/** Throws, in PyTorch's words, for a mode that does not exist. */
export function checkPaddingMode(layer: string, mode: unknown): void {
  if (typeof mode === 'string' && known.includes(mode)) return;
  throw new OptionError(
    `padding_mode must be one of {${known.map((m) => `'${m}'`).join(', ')}}, but got padding_mode=${describe(mode)}\n  in ${layer}: paddingMode`,
  );
}

/** The input as a convolution without padding is to see it. */
export function padForConv(input: Tensor, { kernelSize, dilation, padding, paddingMode }: ConvPadding): Tensor {
  const ends = kernelSize.map((k, i): readonly [number, number] => {
    if (typeof padding !== 'string') return [padding[i]!, padding[i]!];
    const total = padding === 'same' ? dilation[i]! * (k - 1) : 0;
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  });
  return pad(input, ends.reverse().flat(), paddingMode as PaddingMode);
}
