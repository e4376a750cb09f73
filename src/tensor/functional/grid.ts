/** Reading images at computed places, and the places of affine maps. */
import { isFloat } from '../../core/dtype.ts';
import { DTypeError, describe, OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { formatShape, numel, type Shape } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { cast, op, scalar } from '../impl/common.ts';
import { checkTensor, Tensor } from '../tensor.ts';

/** Settings of {@link gridSample}. */
export interface GridSampleOptions {
  /** How values between pixels are found; 'bilinear' (default) is trilinear for volumes. 'bicubic' is for planes only. */
  readonly mode?: 'bilinear' | 'nearest' | 'bicubic';
  /** What lies outside: zeros (default), the pixels at the border, or the image mirrored. */
  readonly paddingMode?: 'zeros' | 'border' | 'reflection';
  /** -1 and 1 are the centres of the corner pixels, instead of their outer corners. Default false. */
  readonly alignCorners?: boolean | null;
}
const modes = ['bilinear', 'nearest', 'bicubic'];
const paddings = ['zeros', 'border', 'reflection'];

function checkGrid(input: Tensor, grid: Tensor, mode: string): void {
  const sizes = `input with sizes ${formatShape(input.shape)} and grid with sizes ${formatShape(grid.shape)}`;
  const dims = input.ndim - 2;
  if (input.shape[0] !== grid.shape[0])
    throw new ShapeError(
      `grid_sampler(): expected grid and input to have same batch size, but got ${sizes}\n  in gridSample: grid is (N, …, ${Math.max(dims, 2)})`,
    );
  if (grid.shape.at(-1) !== dims)
    throw new ShapeError(
      `grid_sampler(): expected grid to have size ${dims} in last dimension, but got grid with sizes ${formatShape(grid.shape)}\n  in gridSample of ${formatShape(input.shape)}`,
    );
  if ((dims !== 2 && dims !== 3) || grid.ndim !== input.ndim)
    throw new ShapeError(
      `grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but got ${sizes}\n  in gridSample`,
    );
  const empty = input.shape.findIndex((d, i) => d === 0 && i >= 2);
  if (empty >= 0)
    throw new ShapeError(
      `grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes ${formatShape(input.shape)} with dimension ${empty} being empty\n  in gridSample`,
    );
  if (mode === 'bicubic' && dims !== 2)
    throw new ShapeError('grid_sampler(): bicubic interpolation only supports 4D input\n  in gridSample');
  if (!isFloat(input.dtype))
    throw new DTypeError(`"grid_sampler" not implemented for '${input.dtype}'\n  in gridSample: cast with .float()`);
  if (input.dtype !== grid.dtype)
    throw new DTypeError(
      `grid_sampler(): expected input and grid to have same dtype, but input has ${input.dtype} and grid has ${grid.dtype}\n  in gridSample`,
    );
}

/** A fold of the line of places into [0, size - 1]. Integral places stay integral. */
type Fold = (place: Tensor, size: number) => Tensor;

/** Also of NaN, which becomes 0. No gradient outside, nor at the ends. */
const clip: Fold = (place, size) => {
  const below = place.ge(size - 1);
  const inside = place.maskedFill(below, size - 1);
  return inside.maskedFill(place.gt(0).logicalNot(), 0);
};
/** Mirrored at both ends, again and again: at the centres of the outermost pixels, or at their outer edges. */
const reflect =
  (align: boolean): Fold =>
  (place, size) => {
    const [low, span] = align ? [0, size - 1] : [-0.5, size];
    if (span === 0) return place.mul(0).maskedFill(place.ne(place), 0);
    const away = place.sub(low).abs();
    const times = away.div(span).floor();
    const rest = away.sub(times.mul(span));
    const odd = times.sub(times.div(2).floor().mul(2)).gt(0.5);
    const folded = rest.add(rest.mul(-2).add(span).mul(odd)).add(low);
    return clip(folded, size);
  };
const none: Fold = (place) => place;

/** What is infinite, NaN or beyond all pixels lies outside, and has no gradient. */
const sane = (place: Tensor): Tensor => place.maskedFill(place.abs().lt(1e9).logicalNot(), -100);

/** Cubic convolution (Keys 1981) with a = -0.75: the weights of the four taps around a place `t` of the way from the second to the third. */
function cubicWeights(t: Tensor): Tensor[] {
  const near = (u: Tensor): Tensor => u.mul(1.25).sub(2.25).mul(u).mul(u).add(1);
  const far = (u: Tensor): Tensor => u.mul(-0.75).add(3.75).mul(u).sub(6).mul(u).add(3);
  const s = t.mul(-1).add(1);
  return [far(t.add(1)), near(t), near(s), far(s.add(1))];
}

/** One tap along a dim: the pixel's number, integral but floating, and its weight; null weighs 1. */
interface Tap {
  readonly pixel: Tensor;
  readonly weight: Tensor | null;
}
/** place -> taps, given how places outside fold back in. */
type Interpolation = (place: Tensor, size: number, fold: Fold) => Tap[];

const interpolations: Readonly<Record<NonNullable<GridSampleOptions['mode']>, Interpolation>> = {
  bilinear: (place, size, fold) => {
    const at = sane(fold(place, size));
    const pixel = at.detach().floor();
    const part = at.sub(pixel);
    return [
      { pixel, weight: part.mul(-1).add(1) },
      { pixel: pixel.add(1), weight: part },
    ];
  },
  nearest: (place, size, fold) => [{ pixel: sane(fold(place, size)).round(), weight: null }],
  bicubic: (place, size, fold) => {
    const at = sane(place);
    const pixel = at.detach().floor();
    return cubicWeights(at.sub(pixel)).map((weight, k) => ({ pixel: fold(pixel.add(k - 1), size), weight }));
  },
};

/** The number of a pixel among those of its dim, and whether there is such a one. */
function indexOf({ pixel }: Tap, size: number): { index: Tensor; inside: Tensor } {
  return { index: pixel.to('int32') as Tensor, inside: pixel.ge(0).logicalAnd(pixel.le(size - 1)) };
}

/** All choices of one tap per dim. */
const combinations = (taps: readonly Tap[][]): Tap[][] =>
  taps.reduce<Tap[][]>((all, dim) => all.flatMap((chosen) => dim.map((tap) => [...chosen, tap])), [[]]);

function sample(input: Tensor, grid: Tensor, options: GridSampleOptions): Tensor {
  const { mode = 'bilinear', paddingMode = 'zeros' } = options;
  const align = options.alignCorners ?? false;
  const [n, c, ...space] = input.shape as [number, number, ...number[]];
  const outer = grid.shape.slice(1, -1);
  const count = n * numel(outer);
  const fold: Fold = { zeros: none, border: clip, reflection: reflect(align) }[paddingMode];
  const taps = space.map((size, i) => {
    // The grid's last dim goes x, y, z: from the innermost dim outwards.
    const given = grid.at('...', space.length - 1 - i).reshape(count);
    const place = align ? given.add(1).mul((size - 1) / 2) : given.add(1).mul(size).sub(1).div(2);
    return interpolations[mode](place, size, fold);
  });
  // One row of channels per pixel of the batch: index -1 reads zeros, and its gradient is dropped.
  const rows = input.permute(0, ...space.map((_, i) => i + 2), 1).reshape(n * numel(space), c);
  const engine = input.impl.engine;
  const images = op(
    'arange',
    [scalar(0, 'int32'), scalar(numel(space), 'int32')],
    { shape: [n], dtype: 'int32' },
    engine,
  );
  const image = new Tensor(images).unsqueeze(1).expand(n, numel(outer)).reshape(count);
  const read = (chosen: readonly Tap[]): Tensor => {
    let inside: Tensor | null = null;
    let pixel: Tensor | null = null;
    for (const [i, tap] of chosen.entries()) {
      const one = indexOf(tap, space[i]!);
      inside = inside ? inside.logicalAnd(one.inside) : one.inside;
      pixel = pixel ? pixel.mul(space[i]!).add(one.index) : one.index;
    }
    const index = pixel!.add(image).maskedFill(inside!.logicalNot(), -1);
    const values = new Tensor(op('indexSelect', [rows.impl, index.impl], { dim: 0 }));
    const weights = chosen.flatMap(({ weight }) => (weight ? [weight] : []));
    if (weights.length > 0) return values.mul(weights.reduce((a, b) => a.mul(b)).unsqueeze(1));
    // The grid's gradient is zero, but there is one.
    return chosen.reduce((y, { pixel: zero }) => y.add(zero.mul(0).unsqueeze(1)), values);
  };
  const sum = combinations(taps)
    .map(read)
    .reduce((a, b) => a.add(b));
  return sum.reshape(n, ...outer, c).permute(0, outer.length + 1, ...outer.map((_, i) => i + 1));
}

/**
 * Values of `input` (N, C, H, W) at the places of `grid` (N, H', W', 2): (N, C, H', W'); or of volumes (N, C, D, H, W) at
 * (N, D', H', W', 3). A place is (x, y) or (x, y, z), from -1 at the left, top and front end to 1 at the other. Gradients go to
 * both. Source: torch.nn.functional.grid_sample.
 *
 * @throws ShapeError when batch sizes or the grid's last dim do not fit.
 * @example
 * const image = tensor([[[[1, 2], [3, 4]]]], { dtype: 'float32' });
 * const middle = tensor([[[[0, 0]]]], { dtype: 'float32' });
 * await functional.gridSample(image, middle).tolist(); // [[[[2.5]]]]
 */
export function gridSample(
  input: Tensor,
  grid: Tensor,
  ...rest: OptionalArgs<[mode: GridSampleOptions['mode']], GridSampleOptions>
): Tensor {
  const options = optionalArgs<GridSampleOptions>('gridSample', ['mode', 'paddingMode', 'alignCorners'], rest);
  const { mode = 'bilinear', paddingMode = 'zeros' } = options;
  if (!modes.includes(mode))
    throw new OptionError(
      `nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: ${describe(mode)}\n  in gridSample`,
    );
  if (!paddings.includes(paddingMode))
    throw new OptionError(
      `nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: ${describe(paddingMode)}\n  in gridSample`,
    );
  checkTensor('gridSample', input);
  checkTensor('gridSample', grid, 'grid');
  checkGrid(input, grid, mode);
  return composed(`GridSampler${input.ndim - 2}DBackward0`, () => sample(input, grid, options));
}

/** Settings of {@link affineGrid}. */
export interface AffineGridOptions {
  /** -1 and 1 are the centres of the corner pixels, instead of their outer corners. Default false. */
  readonly alignCorners?: boolean | null;
}

function checkTheta(theta: Tensor, size: readonly number[]): void {
  if (!Array.isArray(size) || !size.every(Number.isInteger))
    wrongType('affineGrid', 'size', 'a list of integers', size);
  if (!isFloat(theta.dtype))
    throw new DTypeError(
      `Expected theta to have floating point type, but got torch.${theta.dtype}\n  in affineGrid: cast with .float()`,
    );
  if (size.length !== 4 && size.length !== 5)
    throw new ShapeError(
      `affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size ${formatShape(size)}.`,
    );
  const dims = size.length - 2;
  if (theta.ndim !== 3 || theta.shape[1] !== dims || theta.shape[2] !== dims + 1)
    throw new ShapeError(
      `Expected a batch of ${dims}D affine matrices of shape Nx${dims}x${dims + 1} for size ${formatShape(size)}. Got torch.Size(${formatShape(theta.shape)}).\n  in affineGrid`,
    );
  if (size.some((d) => d <= 0))
    throw new ShapeError(`Expected non-zero, positive output size. Got ${formatShape(size)}\n  in affineGrid`);
  if (theta.shape[0] !== size[0])
    throw new ShapeError(
      `Expected size for first two dimensions of batch2 tensor to be: [${size[0]}, ${dims + 1}] but got: [${theta.shape[0]}, ${dims + 1}].\n  in affineGrid: theta is (N, ${dims}, ${dims + 1})`,
    );
}

/** The places of n pixels from -1 to 1. */
function placesOf(theta: Tensor, n: number, align: boolean, shape: Shape): Tensor {
  const [start, step] = align ? [n > 1 ? -1 : 0, n > 1 ? 2 / (n - 1) : 0] : [1 / n - 1, 2 / n];
  const engine = theta.impl.engine;
  const dtype = theta.dtype;
  const steps = op('arange', [scalar(0, dtype), scalar(1, dtype)], { shape: [n], dtype }, engine);
  return new Tensor(cast(steps, dtype)).mul(step).add(start).reshape(shape);
}

/**
 * The grid that {@link gridSample} reads to map images by the affine matrices `theta` (N, 2, 3): (N, H, W, 2) for size
 * [N, C, H, W]; or (N, 3, 4) and (N, D, H, W, 3) for [N, C, D, H, W]. Source: torch.nn.functional.affine_grid.
 *
 * @throws ShapeError when theta does not fit the size.
 * @example
 * const identity = tensor([[[1, 0, 0], [0, 1, 0]]], { dtype: 'float32' });
 * await functional.affineGrid(identity, [1, 1, 1, 2]).tolist(); // [[[[-0.5, 0], [0.5, 0]]]]
 */
export function affineGrid(
  theta: Tensor,
  size: readonly number[],
  ...rest: OptionalArgs<[alignCorners: boolean | null], AffineGridOptions>
): Tensor {
  const { alignCorners } = optionalArgs<AffineGridOptions>('affineGrid', ['alignCorners'], rest);
  checkTensor('affineGrid', theta, 'theta');
  checkTheta(theta, size);
  const space = size.slice(2);
  const dims = space.length;
  return composed('AffineGridGeneratorBackward0', () => {
    // Column k of theta, beside every pixel.
    const column = (k: number): Tensor => theta.at(':', ':', k).reshape(size[0]!, ...space.map(() => 1), dims);
    return space.reduce((sum, n, i) => {
      const along = placesOf(theta, n, alignCorners ?? false, [...space.map((_, j) => (j === i ? n : 1)), 1]);
      return sum.add(column(dims - 1 - i).mul(along));
    }, column(dims));
  });
}
