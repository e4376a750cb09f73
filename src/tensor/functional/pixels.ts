/** Space for channels, and back. */
import { describe, OptionError, ShapeError } from '../../core/errors.ts';
import { composed } from '../compose.ts';
import { checkTensor, type Tensor } from '../tensor.ts';

function check(name: string, option: string, input: Tensor, factor: number): void {
  checkTensor(name === 'pixel_shuffle' ? 'pixelShuffle' : 'pixelUnshuffle', input);
  if (input.ndim < 3)
    throw new ShapeError(
      `${name} expects input to have at least 3 dimensions, but got input with ${input.ndim} dimension(s)`,
    );
  if (!(Number.isInteger(factor) && factor > 0))
    throw new OptionError(`${name} expects a positive ${option}, but got ${describe(factor)}`);
}

/**
 * Moves channels into space: (…, C·r², H, W) to (…, C, H·r, W·r). Source: torch.nn.functional.pixel_shuffle; Shi et al. 2016.
 *
 * @throws ShapeError when r² does not divide the channels.
 * @example
 * await pixelShuffle(arange(4).reshape(4, 1, 1), 2).tolist(); // [[[0, 1], [2, 3]]]
 */
export function pixelShuffle(input: Tensor, upscaleFactor: number): Tensor {
  check('pixel_shuffle', 'upscale_factor', input, upscaleFactor);
  const r = upscaleFactor;
  const batch = input.shape.slice(0, -3);
  const [channels, height, width] = input.shape.slice(-3) as [number, number, number];
  if (channels % r ** 2 !== 0) {
    throw new ShapeError(
      `pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but input.size(-3)=${channels} is not divisible by ${r ** 2}`,
    );
  }
  const c = channels / r ** 2;
  const b = batch.length;
  const order = [...batch.keys(), b, b + 3, b + 1, b + 4, b + 2];
  return composed('PixelShuffleBackward0', () =>
    input
      .reshape(...batch, c, r, r, height, width)
      .permute(order)
      .clone()
      .reshape(...batch, c, height * r, width * r),
  );
}
/**
 * Moves space into channels: (…, C, H·r, W·r) to (…, C·r², H, W), undoing pixelShuffle().
 * Source: torch.nn.functional.pixel_unshuffle.
 *
 * @throws ShapeError when r does not divide height and width.
 * @example
 * await pixelUnshuffle(arange(4).reshape(1, 2, 2), 2).flatten().tolist(); // [0, 1, 2, 3]
 */
export function pixelUnshuffle(input: Tensor, downscaleFactor: number): Tensor {
  check('pixel_unshuffle', 'downscale_factor', input, downscaleFactor);
  const r = downscaleFactor;
  const batch = input.shape.slice(0, -3);
  const [channels, height, width] = input.shape.slice(-3) as [number, number, number];
  for (const [name, dim, size] of [
    ['height', -2, height],
    ['width', -1, width],
  ] as const) {
    if (size % r !== 0) {
      throw new ShapeError(
        `pixel_unshuffle expects ${name} to be divisible by downscale_factor, but input.size(${dim})=${size} is not divisible by ${r}`,
      );
    }
  }
  const b = batch.length;
  const order = [...batch.keys(), b, b + 2, b + 4, b + 1, b + 3];
  return composed('PixelUnshuffleBackward0', () =>
    input
      .reshape(...batch, channels, height / r, r, width / r, r)
      .permute(order)
      .clone()
      .reshape(...batch, channels * r ** 2, height / r, width / r),
  );
}
