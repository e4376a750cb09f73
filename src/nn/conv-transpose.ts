/** Transposed convolutions along one, two or three dims. */
import { OptionError, wrongType } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import type { ConvTransposeOptions, Sizes } from '../tensor/functional/index.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput, integers } from './checks.ts';
import { type ConvLayerOptions, ConvNd, differing } from './conv.ts';

/** Settings of {@link ConvTranspose1d}, {@link ConvTranspose2d} and {@link ConvTranspose3d}. */
export interface ConvTransposeLayerOptions extends Omit<ConvLayerOptions, 'padding' | 'paddingMode'> {
  /** What the convolution that this transposes pads by: it takes as much off the result, at each side. Default 0. */
  readonly padding?: Sizes;
  /** Added to the size of the result at one side, smaller than stride or dilation. Default 0. */
  readonly outputPadding?: Sizes;
  /** Only `'zeros'`. */
  readonly paddingMode?: 'zeros';
}
/** What forward of a transposed convolution takes beside its input. */
export interface OutputSizeOptions {
  /** The result's shape, or its spatial sizes: several inputs of a convolution give results of one size. */
  readonly outputSize?: readonly number[] | null;
}
/** The size of the result, positionally or by name. */
export type OutputSizeArgs = OptionalArgs<[outputSize: readonly number[] | null], OutputSizeOptions>;

/** What transposed convolutions are in any number of dims. */
export abstract class ConvTransposeNd extends ConvNd {
  declare readonly padding: readonly number[];
  readonly outputPadding: readonly number[];

  constructor(
    dims: number,
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    given: readonly [options?: ConvTransposeLayerOptions],
  ) {
    const layer = new.target.name;
    const [options] = given;
    if ((options?.paddingMode ?? 'zeros') !== 'zeros')
      throw new OptionError(`Only "zeros" padding mode is supported for ${layer}`);
    if (typeof options?.padding === 'string')
      wrongType(layer, 'padding', 'an integer or a list of them', options.padding);
    super(dims, inChannels, outChannels, kernelSize, given, ['outputPadding']);
    this.outputPadding = integers(layer, 'outputPadding', options?.outputPadding ?? 0, 0, dims);
  }

  override weightShape(): readonly number[] {
    return [this.inChannels, this.outChannels / this.groups, ...this.kernelSize];
  }
  protected override outputRepr(): string {
    return differing('output_padding', this.outputPadding, 0);
  }
}

/** The output padding that gives a result of `outputSize`. */
function paddingFor(layer: ConvTransposeNd, input: Tensor, given: readonly number[]): readonly number[] {
  const { name } = layer.constructor;
  const { kernelSize, stride, padding, dilation } = layer;
  const dims = kernelSize.length;
  if (!Array.isArray(given) || !given.every(Number.isInteger))
    wrongType(name, 'outputSize', 'a list of integers', given);
  const lead = input.ndim === dims + 2 ? 2 : 1;
  const size: readonly number[] = given.length === lead + dims ? given.slice(lead) : given;
  if (size.length !== dims) {
    throw new OptionError(
      `ConvTranspose${dims}D: for ${input.ndim}D input, output_size must have ${dims} or ${lead + dims} elements (got ${size.length})\n  in ${name}`,
    );
  }
  const least = kernelSize.map(
    (k, d) => ((input.shape[d + lead] ?? 1) - 1) * stride[d]! - 2 * padding[d]! + dilation[d]! * (k - 1) + 1,
  );
  const most = least.map((n, d) => n + stride[d]! - 1);
  if (size.some((n, d) => n < least[d]! || n > most[d]!)) {
    throw new OptionError(
      `requested an output size of ${formatShape(size)}, but valid sizes range from ${formatShape(least)} to ${formatShape(most)} (for an input of torch.Size(${formatShape(input.shape.slice(2))}))\n  in ${name}`,
    );
  }
  return size.map((n, d) => n - least[d]!);
}

function transposed(
  layer: ConvTransposeNd,
  input: Tensor,
  rest: readonly unknown[],
  fn: (input: Tensor, weight: Tensor, options: ConvTransposeOptions) => Tensor,
): Tensor {
  const { name } = layer.constructor;
  checkInput(name, input);
  const { outputSize = null } = optionalArgs<OutputSizeOptions>(name, ['outputSize'], rest);
  const { weight, bias, stride, padding, dilation, groups } = layer;
  const outputPadding = outputSize === null ? layer.outputPadding : paddingFor(layer, input, outputSize);
  return fn(input, weight, { bias, stride, padding, outputPadding, groups, dilation });
}

/**
 * Transposed 1-d convolution: `(N, C, L)` or `(C, L)` gives `(N, O, L')`; see {@link ConvTranspose2d}. Weight
 * `(C, O/groups, k)`. Source: torch.nn.ConvTranspose1d.
 *
 * @throws OptionError for channels that groups do not divide, or an output size that cannot be.
 * @throws ShapeError for an input of other channels.
 * @example
 * new nn.ConvTranspose1d(4, 2, 3, { stride: 2 }).forward(randn([1, 4, 5])).shape; // [1, 2, 11]
 */
export class ConvTranspose1d extends ConvTransposeNd {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    ...given: [options?: ConvTransposeLayerOptions]
  ) {
    super(1, inChannels, outChannels, kernelSize, given);
  }
  override forward(input: Tensor, ...rest: OutputSizeArgs): Tensor {
    return transposed(this, input, rest, functional.convTranspose1d);
  }
}

/**
 * Transposed 2-d convolution, the gradient of {@link Conv2d} by its input: `(N, C, H, W)` or `(C, H, W)` gives `(N, O, H', W')`,
 * H' = (H − 1)·stride − 2·padding + dilation·(kernelSize − 1) + outputPadding + 1. Weight `(C, O/groups, kH, kW)` and bias `(O)`
 * start uniform in ±1/√fanIn. `forward(x, { outputSize })` chooses among the sizes that the stride leaves open. Source:
 * torch.nn.ConvTranspose2d.
 *
 * @throws OptionError for channels that groups do not divide, or an output size that cannot be.
 * @throws ShapeError for an input of other channels.
 * @example
 * const down = new nn.Conv2d(4, 4, 3, { stride: 2, padding: 1 });
 * const up = new nn.ConvTranspose2d(4, 4, 3, { stride: 2, padding: 1 });
 * const h = down.forward(randn([1, 4, 12, 12]));
 * up.forward(h).shape; // [1, 4, 11, 11]
 * up.forward(h, { outputSize: [12, 12] }).shape; // [1, 4, 12, 12]
 */
export class ConvTranspose2d extends ConvTransposeNd {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    ...given: [options?: ConvTransposeLayerOptions]
  ) {
    super(2, inChannels, outChannels, kernelSize, given);
  }
  override forward(input: Tensor, ...rest: OutputSizeArgs): Tensor {
    return transposed(this, input, rest, functional.convTranspose2d);
  }
}

/**
 * Transposed 3-d convolution: `(N, C, D, H, W)` or `(C, D, H, W)` gives `(N, O, D', H', W')`; see {@link ConvTranspose2d}. Weight
 * `(C, O/groups, kD, kH, kW)`. Source: torch.nn.ConvTranspose3d.
 *
 * @throws OptionError for channels that groups do not divide, or an output size that cannot be.
 * @throws ShapeError for an input of other channels.
 * @example
 * new nn.ConvTranspose3d(4, 2, 2, { stride: 2 }).forward(randn([1, 4, 2, 3, 3])).shape; // [1, 2, 4, 6, 6]
 */
export class ConvTranspose3d extends ConvTransposeNd {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    ...given: [options?: ConvTransposeLayerOptions]
  ) {
    super(3, inChannels, outChannels, kernelSize, given);
  }
  override forward(input: Tensor, ...rest: OutputSizeArgs): Tensor {
    return transposed(this, input, rest, functional.convTranspose3d);
  }
}
