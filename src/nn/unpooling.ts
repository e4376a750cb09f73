/** The inverse of max pooling, as layers. */
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import type { MaxUnpoolOptions, Sizes } from '../tensor/functional/index.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput, integers } from './checks.ts';
import type { OutputSizeArgs, OutputSizeOptions } from './conv-transpose.ts';
import { Module } from './module.ts';
import { pythonTuple } from './repr.ts';

/** Settings of {@link MaxUnpool1d}, {@link MaxUnpool2d} and {@link MaxUnpool3d}. */
export type MaxUnpoolLayerOptions = Pick<MaxUnpoolOptions, 'stride' | 'padding'>;
type Args = OptionalArgs<[stride: Sizes | null, padding: Sizes], MaxUnpoolLayerOptions>;

/** What unpoolings are in any number of dims. */
abstract class MaxUnpoolNd extends Module {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];

  constructor(dims: number, kernelSize: Sizes, rest: readonly unknown[]) {
    super();
    const layer = this.constructor.name;
    const { stride, padding = 0 } = optionalArgs<MaxUnpoolLayerOptions>(layer, ['stride', 'padding'], rest);
    this.kernelSize = integers(layer, 'kernelSize', kernelSize, 1, dims);
    this.stride = integers(layer, 'stride', stride ?? kernelSize, 1, dims);
    this.padding = integers(layer, 'padding', padding, 0, dims);
  }

  override extraRepr(): string {
    return `kernel_size=${pythonTuple(this.kernelSize)}, stride=${pythonTuple(this.stride)}, padding=${pythonTuple(this.padding)}`;
  }
}

function unpooled(
  layer: MaxUnpoolNd,
  input: Tensor,
  indices: Tensor,
  rest: readonly unknown[],
  fn: (input: Tensor, indices: Tensor, kernelSize: Sizes, options: MaxUnpoolOptions) => Tensor,
): Tensor {
  const { name } = layer.constructor;
  checkInput(name, input);
  const { outputSize = null } = optionalArgs<OutputSizeOptions>(name, ['outputSize'], rest);
  return fn(input, indices, layer.kernelSize, { stride: layer.stride, padding: layer.padding, outputSize });
}

/**
 * Zeros of `(N, C, L)` or `(C, L)` with each of the input `(N, C, l)` at its index: what {@link MaxPool1d} with
 * `returnIndices` took it from. `forward(x, indices, { outputSize })` chooses among the sizes that pool to the input's.
 * Source: torch.nn.MaxUnpool1d.
 *
 * @throws ShapeError for an `outputSize` that cannot have been pooled to the input's, or an index outside.
 * @example
 * const [y, at] = new nn.MaxPool1d(2, { returnIndices: true }).forward(tensor([[1.0, 3.5, 2.0, 5.0]]));
 * await new nn.MaxUnpool1d(2).forward(y, at).tolist(); // [[0, 3.5, 0, 5]]
 */
export class MaxUnpool1d extends MaxUnpoolNd {
  constructor(kernelSize: Sizes, ...rest: Args) {
    super(1, kernelSize, rest);
  }
  override forward(input: Tensor, indices: Tensor, ...rest: OutputSizeArgs): Tensor {
    return unpooled(this, input, indices, rest, functional.maxUnpool1d);
  }
}

/**
 * Zeros of `(N, C, H, W)` or `(C, H, W)` with each of the input at its index; see {@link MaxUnpool1d}.
 * Source: torch.nn.MaxUnpool2d.
 *
 * @throws ShapeError for an `outputSize` that cannot have been pooled to the input's, or an index outside.
 * @example
 * const [y, at] = new nn.MaxPool2d(2, { returnIndices: true }).forward(randn([1, 3, 5, 5]));
 * new nn.MaxUnpool2d(2).forward(y, at, { outputSize: [5, 5] }).shape; // [1, 3, 5, 5]
 */
export class MaxUnpool2d extends MaxUnpoolNd {
  constructor(kernelSize: Sizes, ...rest: Args) {
    super(2, kernelSize, rest);
  }
  override forward(input: Tensor, indices: Tensor, ...rest: OutputSizeArgs): Tensor {
    return unpooled(this, input, indices, rest, functional.maxUnpool2d);
  }
}

/**
 * Zeros of `(N, C, D, H, W)` or `(C, D, H, W)` with each of the input at its index; see {@link MaxUnpool1d}.
 * Source: torch.nn.MaxUnpool3d.
 *
 * @throws ShapeError for an `outputSize` that cannot have been pooled to the input's, or an index outside.
 * @example
 * const [y, at] = new nn.MaxPool3d(2, { returnIndices: true }).forward(randn([1, 2, 4, 4, 4]));
 * new nn.MaxUnpool3d(2).forward(y, at).shape; // [1, 2, 4, 4, 4]
 */
export class MaxUnpool3d extends MaxUnpoolNd {
  constructor(kernelSize: Sizes, ...rest: Args) {
    super(3, kernelSize, rest);
  }
  override forward(input: Tensor, indices: Tensor, ...rest: OutputSizeArgs): Tensor {
    return unpooled(this, input, indices, rest, functional.maxUnpool3d);
  }
}
