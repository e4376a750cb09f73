/** Sliding windows as columns, and columns back into images, as layers. */
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import type { FoldOptions, Sizes } from '../tensor/functional/index.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput, integers } from './checks.ts';
import { Module } from './module.ts';
import { pythonSizes } from './repr.ts';

/** What both directions know of their windows. */
abstract class Windows extends Module {
  readonly kernelSize: Sizes;
  readonly dilation: Sizes;
  readonly padding: Sizes;
  readonly stride: Sizes;

  constructor(kernelSize: Sizes, rest: readonly unknown[]) {
    super();
    const layer = this.constructor.name;
    const names = ['dilation', 'padding', 'stride'] as const;
    const { dilation = 1, padding = 0, stride = 1 } = optionalArgs<FoldOptions>(layer, names, rest);
    this.kernelSize = kernelSize;
    this.dilation = dilation;
    this.padding = padding;
    this.stride = stride;
    for (const [name, value] of Object.entries({ kernelSize, dilation, stride })) integers(layer, name, value, 1, 2);
    integers(layer, 'padding', padding, 0, 2);
  }

  protected get settings(): FoldOptions {
    const { dilation, padding, stride } = this;
    return { dilation, padding, stride };
  }
  override extraRepr(): string {
    return `kernel_size=${pythonSizes(this.kernelSize)}, dilation=${pythonSizes(this.dilation)}, padding=${pythonSizes(this.padding)}, stride=${pythonSizes(this.stride)}`;
  }
}

/**
 * Adds columns up to images (col2im): `(N, C·kH·kW, L)` or `(C·kH·kW, L)` gives `(N, C, H, W)`, where `outputSize` is [H, W]. The
 * adjoint of {@link Unfold}. Source: torch.nn.Fold.
 *
 * @throws ShapeError when the columns are not those of an image of this size.
 * @example
 * new nn.Fold([4, 5], [2, 2]).forward(randn([1, 12, 12])).shape; // [1, 3, 4, 5]
 */
export class Fold extends Windows {
  readonly outputSize: Sizes;

  constructor(outputSize: Sizes, kernelSize: Sizes, ...rest: OptionalArgs<[dilation: Sizes], FoldOptions>) {
    super(kernelSize, rest);
    integers(this.constructor.name, 'outputSize', outputSize, 1, 2);
    this.outputSize = outputSize;
  }
  override forward(input: Tensor): Tensor {
    checkInput(this.constructor.name, input);
    return functional.fold(input, this.outputSize, this.kernelSize, this.settings);
  }
  override extraRepr(): string {
    return `output_size=${pythonSizes(this.outputSize)}, ${super.extraRepr()}`;
  }
}

/**
 * The windows of images as columns (im2col): `(N, C, H, W)` or `(C, H, W)` gives `(N, C·kH·kW, L)`, a column for each of the L
 * places of the window. Source: torch.nn.Unfold.
 *
 * @throws ShapeError when no window fits.
 * @example
 * new nn.Unfold([2, 3]).forward(randn([2, 5, 3, 4])).shape; // [2, 30, 4]
 */
export class Unfold extends Windows {
  constructor(kernelSize: Sizes, ...rest: OptionalArgs<[dilation: Sizes, padding: Sizes], FoldOptions>) {
    super(kernelSize, rest);
  }
  override forward(input: Tensor): Tensor {
    checkInput(this.constructor.name, input);
    return functional.unfold(input, this.kernelSize, this.settings);
  }
}
