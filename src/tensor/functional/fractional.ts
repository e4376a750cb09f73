/** Fractional max pooling: windows at pseudo-random places, for sizes that do not divide. */
import { OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { formatShape, numel } from '../../core/shape.ts';
import { optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { rand } from '../create.ts';
import { op, scalar } from '../impl/common.ts';
import { checkTensor, Tensor } from '../tensor.ts';
import { type Sizes, sizes } from './arguments.ts';
import { checkPooled, torchName } from './windows.ts';

/** Settings of {@link fractionalMaxPool2d} and {@link fractionalMaxPool3d}: either outputSize or outputRatio. */
export interface FractionalMaxPoolOptions {
  /** Spatial sizes of the result. */
  readonly outputSize?: Sizes | null;
  /** Spatial sizes of the result as parts of the input's, between 0 and 1. */
  readonly outputRatio?: number | readonly number[] | null;
  /** Return the index of each maximum in its plane or volume too, int32. */
  readonly returnIndices?: boolean;
  /** Numbers in [0, 1) of shape (N, C, spatial dims) that place the windows, innermost dim first. Default: random. */
  readonly _randomSamples?: Tensor | null;
}
type WithIndices = FractionalMaxPoolOptions & { readonly returnIndices: true };
/** Values, and the index of each. */
type Indexed = [values: Tensor, indices: Tensor<'int32'>];

function outputSize(name: string, space: readonly number[], options: FractionalMaxPoolOptions): readonly number[] {
  const { outputSize: size = null, outputRatio: ratio = null } = options;
  const python = `fractional_max_pool${space.length}d`;
  if (size !== null) return sizes(name, 'outputSize', size, space.length);
  if (ratio === null)
    throw new OptionError(
      `${python} requires specifying either an output_size or an output_ratio\n  in ${name}: { outputSize } or { outputRatio }`,
    );
  const ratios = typeof ratio === 'number' ? space.map(() => ratio) : ratio;
  if (!Array.isArray(ratios) || ratios.length !== space.length || !ratios.every((r) => r > 0 && r < 1))
    wrongType(name, 'outputRatio', 'a number between 0 and 1, or one per spatial dim', ratio);
  return space.map((d, i) => Math.trunc(d * ratios[i]!));
}

/** 0, 1, … n - 1 */
const count = (x: Tensor, n: number): Tensor =>
  new Tensor(op('arange', [scalar(0, 'int32'), scalar(1, 'int32')], { shape: [n], dtype: 'int32' }, x.impl.engine));

/** Where the n windows along a dim begin, for each sample: (planes, n). The last ends where the input does. */
function starts(sample: Tensor, size: number, kernel: number, n: number): Tensor {
  const i = count(sample, n);
  if (n === 1) return i.add(size - kernel).expand(sample.shape[0]!, 1);
  const alpha = Math.fround((size - kernel) / (n - 1));
  const first = sample.unsqueeze(1);
  const at = first.add(i).mul(alpha).int().sub(first.mul(alpha).int());
  return at.maskedFill(i.eq(n - 1), size - kernel);
}

function fractional(
  name: string,
  dims: number,
  input: Tensor,
  kernelSize: Sizes,
  rest: readonly unknown[],
): Tensor | Indexed {
  const options = optionalArgs<FractionalMaxPoolOptions>(
    name,
    ['outputSize', 'outputRatio', 'returnIndices', '_randomSamples'],
    rest,
  );
  checkTensor(name, input);
  checkPooled(name, input, dims);
  const lead = input.shape.slice(0, -dims);
  const space = input.shape.slice(-dims);
  const kernel = sizes(name, 'kernelSize', kernelSize, dims);
  const to = outputSize(name, space, options);
  const letters = dims === 2 ? ['height', 'width'] : ['time', 'height', 'width'];
  space.forEach((d, i) => {
    // In volumes PyTorch asks for one element more.
    if (to[i]! < 1 || to[i]! + kernel[i]! - 1 > d - (dims - 2))
      throw new ShapeError(
        `${torchName(name)}(): pool ${letters[i]} ${kernel[i]} too large relative to input ${letters[i]} ${d}\n  in ${name}: ${to[i]} windows`,
      );
  });
  const planes = numel(lead);
  const given = options._randomSamples ?? null;
  const shape = [lead.length === 2 ? lead[0]! : 1, lead.at(-1)!, dims];
  if (given !== null) checkTensor(name, given, '_randomSamples');
  if (given !== null && formatShape(given.shape) !== formatShape(shape))
    throw new ShapeError(
      given.ndim === 3 && given.shape[2] !== dims
        ? `Expect _random_samples.size(2) equals to ${dims}; got ${given.shape[2]}.\n  in ${name}`
        : `Expect _random_samples to have shape ${formatShape(shape)}, got ${formatShape(given.shape)}\n  in ${name}`,
    );
  const results = composed(`FractionalMaxPool${dims}DBackward0`, () => {
    const samples = (given ?? rand(shape, { device: input.device })).reshape(planes, dims);
    // (planes, …to, …kernel): which elements each window holds.
    let index: Tensor | null = null;
    for (let d = 0; d < dims; d++) {
      const along = (axis: number, n: number): number[] =>
        Array.from({ length: 2 * dims }, (_, i) => (i === axis ? n : 1));
      const at = starts(samples.at(':', dims - 1 - d), space[d]!, kernel[d]!, to[d]!).reshape(
        planes,
        ...along(d, to[d]!),
      );
      const here = at.add(count(input, kernel[d]!).reshape(along(dims + d, kernel[d]!)));
      index = index ? index.mul(space[d]!).add(here) : here;
    }
    const perPlane = numel(to);
    const flat = index!.reshape(planes, perPlane * numel(kernel));
    const windows = new Tensor(op('gather', [input.reshape(planes, numel(space)).impl, flat.impl], { dim: 1 }));
    const { values, indices } = windows.reshape(planes, perPlane, numel(kernel)).max(-1);
    const chosen = flat.reshape(planes, perPlane, numel(kernel)).gather(-1, indices.unsqueeze(-1));
    return [values.reshape(...lead, ...to), chosen.reshape(...lead, ...to)];
  });
  return options.returnIndices ? (results as Indexed) : results[0]!;
}

/**
 * Greatest elements of windows at pseudo-random places of (N, C, H, W) or (C, H, W): steps between windows vary by one, so that
 * any size can be had. Source: torch.nn.functional.fractional_max_pool2d; Graham, "Fractional Max-Pooling", 2014.
 *
 * @throws ShapeError when the windows do not fit; OptionError without outputSize and outputRatio.
 * @example
 * functional.fractionalMaxPool2d(randn([2, 3, 9, 9]), 2, { outputRatio: 0.7 }).shape; // [2, 3, 6, 6]
 */
export function fractionalMaxPool2d(input: Tensor, kernelSize: Sizes, options: WithIndices): Indexed;
export function fractionalMaxPool2d(input: Tensor, kernelSize: Sizes, options: FractionalMaxPoolOptions): Tensor;
export function fractionalMaxPool2d(input: Tensor, kernelSize: Sizes, ...rest: unknown[]): Tensor | Indexed {
  return fractional('fractionalMaxPool2d', 2, input, kernelSize, rest);
}
/**
 * Greatest elements of windows at pseudo-random places of (N, C, D, H, W) or (C, D, H, W): see {@link fractionalMaxPool2d}.
 * Source: torch.nn.functional.fractional_max_pool3d.
 *
 * @throws ShapeError when the windows do not fit; OptionError without outputSize and outputRatio.
 * @example
 * functional.fractionalMaxPool3d(randn([1, 2, 5, 6, 7]), 2, { outputSize: 3 }).shape; // [1, 2, 3, 3, 3]
 */
export function fractionalMaxPool3d(input: Tensor, kernelSize: Sizes, options: WithIndices): Indexed;
export function fractionalMaxPool3d(input: Tensor, kernelSize: Sizes, options: FractionalMaxPoolOptions): Tensor;
export function fractionalMaxPool3d(input: Tensor, kernelSize: Sizes, ...rest: unknown[]): Tensor | Indexed {
  return fractional('fractionalMaxPool3d', 3, input, kernelSize, rest);
}
