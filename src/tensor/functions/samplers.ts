/** Sampling at the places of a grid, as torch spells it. */
import { OptionError } from '../../core/errors.ts';
import { gridSample } from '../functional/grid.ts';
import { checkTensor, type Tensor } from '../tensor.ts';

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
