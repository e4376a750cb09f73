/** Functions of torch that torch.nn.functional wraps, with their own forms of arguments. */
import { OptionError } from '../../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { gridSample } from '../functional/grid.ts';
import { pad as padded } from '../functional/padding.ts';
import { checkTensor, type Tensor } from '../tensor.ts';

/**
 * {@link pad} in the mode 'constant'. Source: torch.constant_pad_nd.
 *
 * @throws ShapeError for a padding that does not fit the dims.
 * @example
 * await constantPadNd(tensor([1, 2]), [1, 0], 7).tolist(); // [7, 1, 2]
 */
export function constantPadNd(
  input: Tensor,
  pad: readonly number[],
  ...rest: OptionalArgs<[value: number | boolean], { readonly value?: number | boolean }>
): Tensor {
  const { value = 0 } = optionalArgs<{ value: number | boolean }>('constantPadNd', ['value'], rest);
  return padded(input, pad, { value });
}

const modes = ['bilinear', 'nearest', 'bicubic'] as const;
const paddings = ['zeros', 'border', 'reflection'] as const;

/**
 * {@link gridSample} with its modes as numbers: 0 bilinear, 1 nearest, 2 bicubic; outside the input 0 zeros, 1 the border, 2 its
 * reflection. Source: torch.grid_sampler.
 *
 * @throws OptionError for another number, ShapeError when batch sizes or the grid's last dim do not fit.
 * @example
 * const image = tensor([[[[1, 2], [3, 4]]]], { dtype: 'float32' });
 * await gridSampler(image, zeros([1, 1, 1, 2]), 0, 0, true).tolist(); // [[[[2.5]]]]
 */
export function gridSampler(
  input: Tensor,
  grid: Tensor,
  interpolationMode: number,
  paddingMode: number,
  alignCorners: boolean,
): Tensor {
  checkTensor('gridSampler', input);
  const mode = modes[interpolationMode];
  const outside = paddings[paddingMode];
  if (!mode || !outside)
    throw new OptionError(
      `gridSampler: the modes are 0 (${modes[0]}), 1 (${modes[1]}) or 2 (${modes[2]}), and 0 (${paddings[0]}), 1 (${paddings[1]}) or 2 (${paddings[2]}), got ${interpolationMode} and ${paddingMode}`,
    );
  return gridSample(input, grid, { mode, paddingMode: outside, alignCorners });
}
/** {@link gridSampler} of images. Source: torch.grid_sampler_2d. */
export const gridSampler2d = gridSampler;
/** {@link gridSampler} of volumes. Source: torch.grid_sampler_3d. */
export const gridSampler3d = gridSampler;
