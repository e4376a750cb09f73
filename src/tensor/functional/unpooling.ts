/** The inverse of max pooling. */
import { OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { formatShape, numel } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { named } from '../impl/common.ts';
import { asIndex, checkWithin } from '../impl/indexing.ts';
import { maxUnpool } from '../impl/pooling.ts';
import { checkTensor, Tensor } from '../tensor.ts';
import { type Sizes, sizes } from './arguments.ts';

/** Settings of {@link maxUnpool2d} and its kin. */
export interface MaxUnpoolOptions {
  /** Default (null): the kernel's size. */
  readonly stride?: Sizes | null;
  readonly padding?: Sizes;
  /** The pooled tensor's shape, or its spatial sizes: several sizes pool to the same. */
  readonly outputSize?: readonly number[] | null;
}
type Rest = OptionalArgs<[stride: Sizes | null, options: MaxUnpoolOptions], MaxUnpoolOptions>;

function unpooledSize(input: Tensor, kernel: readonly number[], stride: readonly number[], padding: readonly number[]) {
  return kernel.map((k, i) => (input.shape.at(i - kernel.length)! - 1) * stride[i]! + k - 2 * padding[i]!);
}

function checkOutputSize(name: string, given: unknown, least: readonly number[], stride: readonly number[]): number[] {
  const dims = least.length;
  if (!Array.isArray(given) || !given.every(Number.isInteger))
    wrongType(name, 'outputSize', 'a list of integers', given);
  const size: number[] = given.length === dims + 2 ? given.slice(2) : given;
  if (size.length !== dims)
    throw new ShapeError(
      `output_size should be a sequence containing ${dims} or ${dims + 2} elements, but it has a length of '${size.length}'\n  in ${name}`,
    );
  least.forEach((usual, d) => {
    const [low, high] = [usual - stride[d]!, usual + stride[d]!];
    if (size[d]! > low && size[d]! < high) return;
    throw new ShapeError(
      `invalid output_size "(${size.join(', ')}${dims === 1 ? ',' : ''})" (dim ${d} must be between ${low} and ${high})\n  in ${name}`,
    );
  });
  return size;
}

function unpool(
  name: string,
  dims: number,
  gradFn: string,
  input: Tensor,
  indices: Tensor,
  kernelSize: Sizes,
  rest: readonly unknown[],
): Tensor {
  const options = optionalArgs<MaxUnpoolOptions>(name, ['stride', 'padding', 'outputSize'], rest);
  checkTensor(name, input);
  checkTensor(name, indices, 'indices');
  const { shape } = input;
  if (shape.length !== dims + 1 && shape.length !== dims + 2)
    throw new ShapeError(
      `Input to max_unpooling${dims}d should be a ${dims + 1}d or ${dims + 2}d Tensor, but got a tensor with ${shape.length} dimensions.\n  in ${name}`,
    );
  if (formatShape(indices.shape) !== formatShape(shape))
    throw new ShapeError(
      `Expected shape of indices to be same as that of the input tensor (${formatShape(shape)}) but got indices tensor with shape: ${formatShape(indices.shape)}\n  in ${name}`,
    );
  const kernel = sizes(name, 'kernelSize', kernelSize, dims);
  const stride = sizes(name, 'stride', options.stride ?? kernelSize, dims);
  const usual = unpooledSize(input, kernel, stride, sizes(name, 'padding', options.padding ?? 0, dims));
  const size = options.outputSize ? checkOutputSize(name, options.outputSize, usual, stride) : usual;
  if (size.some((d) => d < 0))
    throw new OptionError(
      `max_unpooling: output_size must contain non-negative spatial dimensions, but got [${size.join(', ')}]\n  in ${name}: less padding, or a larger kernelSize`,
    );
  const at = asIndex(name, indices.impl);
  const volume = dims === 1 ? `${size[0]}x1` : size.join('x');
  const watch = checkWithin(at, 0, numel(size), (bad) =>
    bad === null
      ? `Found an invalid max index (output volumes are of size ${volume})\n  in ${name}: an index computed on the device`
      : `Found an invalid max index: ${bad} (output volumes are of size ${volume})\n  in ${name}`,
  );
  const out = named(maxUnpool(input.impl, at, size), gradFn);
  watch();
  return new Tensor(out);
}

/**
 * Zeros of (N, C, L) or (C, L) with each of `input` (N, C, l) at its index: what {@link maxPool1d} took it from. Of several
 * values with one index the last stays. Source: torch.nn.functional.max_unpool1d.
 *
 * @throws ShapeError for an `outputSize` that cannot have been pooled to the input's, or an index outside.
 * @example
 * const [y, at] = functional.maxPool1d(tensor([[1, 3, 2, 5]]), 2, { returnIndices: true });
 * await functional.maxUnpool1d(y, at, 2).tolist(); // [[0, 3, 0, 5]]
 */
export function maxUnpool1d(input: Tensor, indices: Tensor, kernelSize: Sizes, ...rest: Rest): Tensor {
  return unpool('maxUnpool1d', 1, 'SqueezeBackward1', input, indices, kernelSize, rest);
}
/**
 * Zeros of (N, C, H, W) or (C, H, W) with each of `input` at its index: see {@link maxUnpool1d}. Source:
 * torch.nn.functional.max_unpool2d.
 *
 * @throws ShapeError for an `outputSize` that cannot have been pooled to the input's, or an index outside.
 * @example
 * const [y, at] = functional.maxPool2d(randn([1, 3, 9, 9]), 2, { returnIndices: true });
 * functional.maxUnpool2d(y, at, 2, { outputSize: [9, 9] }).shape; // [1, 3, 9, 9]
 */
export function maxUnpool2d(input: Tensor, indices: Tensor, kernelSize: Sizes, ...rest: Rest): Tensor {
  return unpool('maxUnpool2d', 2, 'MaxUnpool2DBackward0', input, indices, kernelSize, rest);
}
/**
 * Zeros of (N, C, D, H, W) or (C, D, H, W) with each of `input` at its index: see {@link maxUnpool1d}. Source:
 * torch.nn.functional.max_unpool3d.
 *
 * @throws ShapeError for an `outputSize` that cannot have been pooled to the input's, or an index outside.
 * @example
 * const [y, at] = functional.maxPool3d(randn([1, 3, 4, 4, 4]), 2, { returnIndices: true });
 * functional.maxUnpool3d(y, at, 2).shape; // [1, 3, 4, 4, 4]
 */
export function maxUnpool3d(input: Tensor, indices: Tensor, kernelSize: Sizes, ...rest: Rest): Tensor {
  return unpool('maxUnpool3d', 3, 'MaxUnpool3DBackward0', input, indices, kernelSize, rest);
}
