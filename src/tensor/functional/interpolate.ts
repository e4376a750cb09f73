/** Images, lines and volumes of another size. */
import { isFloat } from '../../core/dtype.ts';
import { DTypeError, OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { formatShape, type Shape } from '../../core/shape.ts';
import type { ResampleFilter } from '../../ops/extended/resample.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { full, op, scalar } from '../impl/common.ts';
import { checkTensor, Tensor } from '../tensor.ts';
import { adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d } from './adaptive.ts';
import type { Sizes } from './arguments.ts';

/** How values between the given ones are found. */
export type InterpolationMode =
  | 'nearest'
  | 'nearest-exact'
  | 'linear'
  | 'bilinear'
  | 'bicubic'
  | 'trilinear'
  | 'area'
  | 'lanczos';

/** Settings of {@link interpolate}: either size or scaleFactor. */
export interface InterpolateOptions {
  /** Spatial sizes of the result. */
  readonly size?: Sizes | null;
  /** How many times larger the result is, in each spatial dim. */
  readonly scaleFactor?: Sizes | null;
  /** Default 'nearest'. */
  readonly mode?: InterpolationMode;
  /** The centres of the corner elements coincide, instead of the corners. Linear and cubic modes only. Default false. */
  readonly alignCorners?: boolean | null;
  /** Take the scale from the sizes, which are whole, instead of from scaleFactor. */
  readonly recomputeScaleFactor?: boolean | null;
  /** Shrinking counts all elements, as if blurred first. 'bilinear' and 'bicubic' only; 'lanczos' requires it. */
  readonly antialias?: boolean;
}

interface Mode {
  readonly filter: ResampleFilter;
  /** The number of spatial dims it is for; any where absent. */
  readonly dims?: number;
  readonly wide?: ResampleFilter;
}
const modes: Readonly<Record<Exclude<InterpolationMode, 'area'>, Mode>> = {
  nearest: { filter: 'nearest' },
  'nearest-exact': { filter: 'nearestExact' },
  linear: { filter: 'linear', dims: 1 },
  bilinear: { filter: 'linear', dims: 2, wide: 'wideLinear' },
  bicubic: { filter: 'cubic', dims: 2, wide: 'wideCubic' },
  trilinear: { filter: 'linear', dims: 3 },
  lanczos: { filter: 'wideLanczos', dims: 2, wide: 'wideLanczos' },
};
const blocky = ['nearest', 'area', 'nearest-exact'];

const python = (v: readonly number[]): string => `(${v.join(', ')}${v.length === 1 ? ',' : ''})`;

/** One number per spatial dim, from one for all or a list. */
function perDim(name: string, argument: 'size' | 'scaleFactor', given: Sizes, space: Shape): readonly number[] {
  const list: unknown = Array.isArray(given) ? given : space.map(() => given);
  const fits = argument === 'size' ? Number.isInteger : Number.isFinite;
  if (!Array.isArray(list) || !list.every(fits))
    wrongType(
      name,
      argument,
      argument === 'size' ? 'an integer or a list of them' : 'a number or a list of them',
      given,
    );
  if (list.length === space.length) return list;
  const [what, letter] = argument === 'size' ? ['output size of', 'o'] : ['scale_factor of shape', 's'];
  throw new OptionError(
    `Input and ${argument === 'size' ? 'output' : 'scale_factor'} must have the same number of spatial dimensions, but got input with spatial dimensions of ${formatShape(space)} and ${what} ${python(list)}. ` +
      `Please provide input tensor in (N, C, d1, d2, ...,dK) format and ${argument === 'size' ? 'output size' : 'scale_factor'} in (${letter}1, ${letter}2, ...,${letter}K) format.\n  in ${name}`,
  );
}

function checkMode(name: string, mode: string, rank: number, antialias: boolean): void {
  const known = mode === 'area' || (mode in modes && Object.hasOwn(modes, mode));
  const dims = known && mode !== 'area' ? modes[mode as keyof typeof modes].dims : undefined;
  if (known && (dims ?? rank - 2) === rank - 2 && rank >= 3 && rank <= 5) {
    if (mode === 'lanczos' && !antialias) throw new OptionError(`Lanczos mode requires antialias=True\n  in ${name}`);
    return;
  }
  const needs = { linear: 3, bilinear: 4, trilinear: 5 }[mode];
  throw new ShapeError(
    needs && rank >= 3 && rank <= 5
      ? `Got ${rank}D input, but ${mode} mode needs ${needs}D input\n  in ${name}`
      : `Input Error: Only 3D, 4D and 5D input Tensors supported (got ${rank}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got ${mode})\n  in ${name}`,
  );
}

/** How many inputs one step among the results is, as PyTorch rounds it in the tensor's dtype. */
function stepOf(x: Tensor, from: number, to: number, align: boolean, factor: number | undefined): number {
  const round = x.dtype === 'float32' ? Math.fround : (v: number): number => v;
  if (align) return to > 1 ? round((from - 1) / (to - 1)) : 0;
  return factor !== undefined && factor > 0 ? round(1 / factor) : round(from / to);
}

interface Plan {
  readonly filter: ResampleFilter;
  readonly alignCorners: boolean;
  readonly to: readonly number[];
  readonly steps: readonly number[];
}
/** Resamples the dims from 2 on, of which there are up to three: two at a time. */
function resample(x: Tensor, { filter, alignCorners, to, steps }: Plan): Tensor {
  const two = (z: Tensor, dim: number, at: number): Tensor =>
    new Tensor(
      op('resample', [z.impl, scalar(steps[at]!, z.dtype), scalar(steps[at + 1]!, z.dtype)], {
        filter,
        dim,
        alignCorners,
        from: z.shape.slice(dim, dim + 2),
        to: to.slice(at, at + 2),
      }),
    );
  const one = (z: Tensor): Tensor =>
    new Tensor(
      op('resample', [z.unsqueeze(2).impl, scalar(1, z.dtype), scalar(steps[0]!, z.dtype)], {
        filter,
        dim: 2,
        alignCorners,
        from: [1, z.shape[2]!],
        to: [1, to[0]!],
      }),
    ).squeeze(2);
  if (to.length === 1) return one(x);
  return to.length === 2 ? two(x, 2, 0) : one(two(x, 3, 1));
}

const gradFns: Readonly<Record<string, string>> = { 'nearest-exact': 'NearestExact' };
function gradFnOf(mode: string, dims: number, antialias: boolean): string {
  const title = gradFns[mode] ?? mode[0]!.toUpperCase() + mode.slice(1);
  return `Upsample${title}${dims}D${antialias ? 'Aa' : ''}Backward0`;
}

function enlarge(name: string, input: Tensor, options: InterpolateOptions): Tensor {
  checkTensor(name, input);
  const { size = null, scaleFactor = null, mode = 'nearest', alignCorners = null, antialias = false } = options;
  const recompute = options.recomputeScaleFactor ?? false;
  if (blocky.includes(mode) && alignCorners !== null)
    throw new OptionError(
      `align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear\n  in ${name}: mode is '${mode}'`,
    );
  const space = input.shape.slice(2);
  if ((size === null) === (scaleFactor === null))
    throw new OptionError(
      `${size === null ? 'either size or scale_factor should be defined' : 'only one of size or scale_factor should be defined'}\n  in ${name}`,
    );
  if (recompute && size !== null)
    throw new OptionError(`recompute_scale_factor is not meaningful with an explicit size.\n  in ${name}`);
  if (antialias && !(['bilinear', 'bicubic', 'lanczos'].includes(mode) && input.ndim === 4))
    throw new OptionError(
      `Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input\n  in ${name}`,
    );
  const factors = scaleFactor === null ? null : perDim(name, 'scaleFactor', scaleFactor, space);
  const to = factors
    ? space.map((d, i) => Math.trunc(d * factors[i]!))
    : perDim(name, 'size', size!, space).map((d) => d);
  checkMode(name, mode, input.ndim, antialias);
  if (!isFloat(input.dtype))
    throw new DTypeError(
      `"${mode}" interpolation not implemented for '${input.dtype}'\n  in ${name}: cast with .float()`,
    );
  if (mode === 'lanczos' && alignCorners)
    throw new OptionError(`Lanczos mode does not support align_corners=True\n  in ${name}`);
  checkSizes(name, input.shape, to);
  if (mode === 'area') {
    const pool = [adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d][to.length - 1]!;
    return pool(input, to);
  }
  const align = alignCorners ?? false;
  const { filter, wide } = modes[mode];
  const plan: Plan = {
    filter: antialias ? wide! : filter,
    alignCorners: align,
    to,
    steps: to.map((n, i) => stepOf(input, space[i]!, n, align, recompute ? undefined : factors?.[i])),
  };
  return composed(gradFnOf(mode, to.length, antialias), () => {
    const y = resample(input, plan);
    if (!antialias) return y;
    // Weights that do not add up to 1, because they are sampled or cut off at the edge, are divided by what a plane of ones becomes.
    const ones = new Tensor(full([1, 1, ...space], 1, input.dtype, input.impl.engine));
    return y.div(resample(ones, plan));
  });
}

function checkSizes(name: string, shape: Shape, to: readonly number[]): void {
  const [from, letters] = [shape.slice(2), ['D', 'H', 'W'].slice(-to.length)];
  if ([...from, ...to].some((d) => d <= 0)) {
    const text = (of: readonly number[]): string => `(${of.map((d, i) => `${letters[i]}: ${d}`).join(', ')})`;
    throw new ShapeError(
      `Input and output sizes should be greater than 0, but got input ${text(from)} ${to.length === 1 ? 'and ' : ''}output ${text(to)}\n  in ${name}`,
    );
  }
  if (shape[1] === 0)
    throw new ShapeError(
      `Non-empty ${shape.length}D data tensor expected but got a tensor with sizes ${formatShape(shape)}\n  in ${name}`,
    );
}

const names = ['size', 'scaleFactor', 'mode', 'alignCorners', 'recomputeScaleFactor', 'antialias'] as const;
type Rest<O> = OptionalArgs<[size: Sizes | null, scaleFactor: Sizes | null, options: O], O>;

/**
 * (N, C, L), (N, C, H, W) or (N, C, D, H, W) at another size. Modes: 'nearest' (as PyTorch, not centred) and 'nearest-exact' (as
 * image libraries); 'linear', 'bilinear', 'trilinear' for one, two, three spatial dims; 'bicubic' (a = -0.75); 'area', which is
 * adaptive average pooling; 'lanczos'. With `scaleFactor` the size is rounded down, and the factor itself places the samples
 * unless `recomputeScaleFactor`. Source: torch.nn.functional.interpolate.
 *
 * @throws OptionError unless exactly one of size and scaleFactor is given; ShapeError for a mode that is not for this rank.
 * @example
 * await functional.interpolate(tensor([[[1.5, 2.5]]]), { scaleFactor: 2 }).tolist(); // [[[1.5, 1.5, 2.5, 2.5]]]
 */
export function interpolate(input: Tensor, ...rest: Rest<InterpolateOptions>): Tensor {
  return enlarge('interpolate', input, optionalArgs<InterpolateOptions>('interpolate', names, rest));
}
/** Settings of {@link upsample}. */
export type UpsampleOptions = Pick<InterpolateOptions, 'size' | 'scaleFactor' | 'mode' | 'alignCorners'>;
/**
 * {@link interpolate} by its old name. Source: torch.nn.functional.upsample.
 *
 * @example
 * functional.upsample(randn([1, 3, 4, 4]), { scaleFactor: 2, mode: 'bilinear' }).shape; // [1, 3, 8, 8]
 */
export function upsample(input: Tensor, ...rest: Rest<UpsampleOptions>): Tensor {
  return enlarge('upsample', input, optionalArgs<UpsampleOptions>('upsample', names.slice(0, 4) as never, rest));
}
/** Settings of {@link upsampleNearest} and {@link upsampleBilinear}. */
export type UpsampleSizeOptions = Pick<InterpolateOptions, 'size' | 'scaleFactor'>;
/**
 * {@link interpolate} with mode 'nearest'. Source: torch.nn.functional.upsample_nearest.
 *
 * @example
 * await functional.upsampleNearest(tensor([[[1.5, 2.5]]]), 4).tolist(); // [[[1.5, 1.5, 2.5, 2.5]]]
 */
export function upsampleNearest(input: Tensor, ...rest: Rest<UpsampleSizeOptions>): Tensor {
  return enlarge(
    'upsampleNearest',
    input,
    optionalArgs<UpsampleSizeOptions>('upsampleNearest', ['size', 'scaleFactor'], rest),
  );
}
/**
 * {@link interpolate} of planes with mode 'bilinear' and aligned corners. Source: torch.nn.functional.upsample_bilinear.
 *
 * @example
 * await functional.upsampleBilinear(tensor([[[[1.0, 2.5]]]]), [1, 3]).tolist(); // [[[[1, 1.75, 2.5]]]]
 */
export function upsampleBilinear(input: Tensor, ...rest: Rest<UpsampleSizeOptions>): Tensor {
  const options = optionalArgs<UpsampleSizeOptions>('upsampleBilinear', ['size', 'scaleFactor'], rest);
  return enlarge('upsampleBilinear', input, { ...options, mode: 'bilinear', alignCorners: true });
}
