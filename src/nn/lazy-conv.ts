/** Convolutions that take their input channels from their first input. */
import { OptionError, ShapeError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import type { Sizes } from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput, checkIntegers, checkSwitches, type FactoryOptions, factory, factoryNames } from './checks.ts';
import { Conv1d, Conv2d, Conv3d, type ConvLayerOptions, type ConvNd } from './conv.ts';
import { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, type ConvTransposeLayerOptions } from './conv-transpose.ts';
import { hasUninitializedParams, inferAtFirstForward, settle } from './lazy.ts';
import { UninitializedParameter } from './uninitialized.ts';

type Args<O> = OptionalArgs<[stride: Sizes], O>;

/** The options of a convolution, checked. */
function settings<O extends ConvLayerOptions | ConvTransposeLayerOptions>(
  layer: string,
  rest: readonly unknown[],
  more: readonly (keyof O & string)[] = [],
): O {
  const names = ['stride', 'padding', 'dilation', 'groups', 'bias', 'paddingMode', ...more, ...factoryNames];
  const given = optionalArgs<O>(layer, names as (keyof O & string)[], rest) as O;
  checkSwitches(layer, { bias: given.bias });
  return given;
}

/** Puts parameters without a shape into a convolution of no channels. */
function expectChannels(
  layer: ConvNd,
  outChannels: number,
  options: FactoryOptions & { readonly bias?: boolean },
): void {
  const { name } = layer.constructor;
  checkIntegers(name, { outChannels });
  if (outChannels % layer.groups !== 0)
    throw new OptionError(`out_channels must be divisible by groups\n  in ${name}: ${outChannels} by ${layer.groups}`);
  Object.assign(layer, { outChannels });
  layer.weight = new UninitializedParameter(factory(options));
  if (options.bias ?? true) layer.bias = new UninitializedParameter(factory(options));
}

function initialize(layer: ConvNd & { resetParameters(): void }, input: Tensor): void {
  const { name } = layer.constructor;
  checkInput(name, input);
  const dims = layer.kernelSize.length;
  if (input.ndim !== dims + 1 && input.ndim !== dims + 2) {
    throw new ShapeError(
      `Expected ${dims + 1}D (unbatched) or ${dims + 2}D (batched) input to ${name}, but got input of size: torch.Size(${formatShape(input.shape)})`,
    );
  }
  const channels = input.shape[input.ndim - dims - 1]!;
  if (channels % layer.groups !== 0)
    throw new OptionError(`in_channels must be divisible by groups\n  in ${name}: ${channels} by ${layer.groups}`);
  settle(layer, 'inChannels', channels, () => ({ weight: layer.weightShape(), bias: [layer.outChannels] }));
}

/**
 * {@link Conv1d} that takes inChannels from its first input `(N, C, L)`, and is a Conv1d from then on; see
 * {@link LazyLinear}. Source: torch.nn.LazyConv1d.
 *
 * @throws ShapeError for a first input of another rank; OptionError for channels that groups do not divide.
 * @example
 * new nn.LazyConv1d(4, 3).forward(randn([2, 3, 8])).shape; // [2, 4, 6]
 */
export class LazyConv1d extends Conv1d {
  constructor(outChannels: number, kernelSize: Sizes, ...rest: Args<ConvLayerOptions>) {
    const options = settings<ConvLayerOptions>(new.target.name, rest);
    super(0, 0, kernelSize, { ...options, bias: false });
    expectChannels(this, outChannels, options);
    inferAtFirstForward(this, Conv1d);
  }
  override resetParameters(): void {
    if (this.inChannels !== 0 && !this.hasUninitializedParams()) super.resetParameters();
  }
  /** Whether it still waits for its first input. */
  hasUninitializedParams(): boolean {
    return hasUninitializedParams(this);
  }
  /** Makes the parameters that this input asks for. */
  initializeParameters(input: Tensor): void {
    initialize(this, input);
  }
}

/**
 * {@link Conv2d} that takes inChannels from its first input `(N, C, H, W)`, and is a Conv2d from then on; see
 * {@link LazyLinear}. Source: torch.nn.LazyConv2d.
 *
 * @throws ShapeError for a first input of another rank; OptionError for channels that groups do not divide.
 * @example
 * new nn.LazyConv2d(4, 3).forward(randn([2, 3, 8, 8])).shape; // [2, 4, 6, 6]
 */
export class LazyConv2d extends Conv2d {
  constructor(outChannels: number, kernelSize: Sizes, ...rest: Args<ConvLayerOptions>) {
    const options = settings<ConvLayerOptions>(new.target.name, rest);
    super(0, 0, kernelSize, { ...options, bias: false });
    expectChannels(this, outChannels, options);
    inferAtFirstForward(this, Conv2d);
  }
  override resetParameters(): void {
    if (this.inChannels !== 0 && !this.hasUninitializedParams()) super.resetParameters();
  }
  /** Whether it still waits for its first input. */
  hasUninitializedParams(): boolean {
    return hasUninitializedParams(this);
  }
  /** Makes the parameters that this input asks for. */
  initializeParameters(input: Tensor): void {
    initialize(this, input);
  }
}

/**
 * {@link Conv3d} that takes inChannels from its first input `(N, C, D, H, W)`, and is a Conv3d from then on; see
 * {@link LazyLinear}. Source: torch.nn.LazyConv3d.
 *
 * @throws ShapeError for a first input of another rank; OptionError for channels that groups do not divide.
 * @example
 * new nn.LazyConv3d(4, 3).forward(randn([1, 3, 4, 4, 4])).shape; // [1, 4, 2, 2, 2]
 */
export class LazyConv3d extends Conv3d {
  constructor(outChannels: number, kernelSize: Sizes, ...rest: Args<ConvLayerOptions>) {
    const options = settings<ConvLayerOptions>(new.target.name, rest);
    super(0, 0, kernelSize, { ...options, bias: false });
    expectChannels(this, outChannels, options);
    inferAtFirstForward(this, Conv3d);
  }
  override resetParameters(): void {
    if (this.inChannels !== 0 && !this.hasUninitializedParams()) super.resetParameters();
  }
  /** Whether it still waits for its first input. */
  hasUninitializedParams(): boolean {
    return hasUninitializedParams(this);
  }
  /** Makes the parameters that this input asks for. */
  initializeParameters(input: Tensor): void {
    initialize(this, input);
  }
}

/**
 * {@link ConvTranspose1d} that takes inChannels from its first input `(N, C, L)`, and is a ConvTranspose1d from then on; see
 * {@link LazyLinear}. Source: torch.nn.LazyConvTranspose1d.
 *
 * @throws ShapeError for a first input of another rank; OptionError for channels that groups do not divide.
 * @example
 * new nn.LazyConvTranspose1d(4, 3).forward(randn([2, 3, 8])).shape; // [2, 4, 10]
 */
export class LazyConvTranspose1d extends ConvTranspose1d {
  constructor(outChannels: number, kernelSize: Sizes, ...rest: Args<ConvTransposeLayerOptions>) {
    const options = settings<ConvTransposeLayerOptions>(new.target.name, rest, ['outputPadding']);
    super(0, 0, kernelSize, { ...options, bias: false });
    expectChannels(this, outChannels, options);
    inferAtFirstForward(this, ConvTranspose1d);
  }
  override resetParameters(): void {
    if (this.inChannels !== 0 && !this.hasUninitializedParams()) super.resetParameters();
  }
  /** Whether it still waits for its first input. */
  hasUninitializedParams(): boolean {
    return hasUninitializedParams(this);
  }
  /** Makes the parameters that this input asks for. */
  initializeParameters(input: Tensor): void {
    initialize(this, input);
  }
}

/**
 * {@link ConvTranspose2d} that takes inChannels from its first input `(N, C, H, W)`, and is a ConvTranspose2d from then on; see
 * {@link LazyLinear}. Source: torch.nn.LazyConvTranspose2d.
 *
 * @throws ShapeError for a first input of another rank; OptionError for channels that groups do not divide.
 * @example
 * new nn.LazyConvTranspose2d(4, 3).forward(randn([2, 3, 8, 8])).shape; // [2, 4, 10, 10]
 */
export class LazyConvTranspose2d extends ConvTranspose2d {
  constructor(outChannels: number, kernelSize: Sizes, ...rest: Args<ConvTransposeLayerOptions>) {
    const options = settings<ConvTransposeLayerOptions>(new.target.name, rest, ['outputPadding']);
    super(0, 0, kernelSize, { ...options, bias: false });
    expectChannels(this, outChannels, options);
    inferAtFirstForward(this, ConvTranspose2d);
  }
  override resetParameters(): void {
    if (this.inChannels !== 0 && !this.hasUninitializedParams()) super.resetParameters();
  }
  /** Whether it still waits for its first input. */
  hasUninitializedParams(): boolean {
    return hasUninitializedParams(this);
  }
  /** Makes the parameters that this input asks for. */
  initializeParameters(input: Tensor): void {
    initialize(this, input);
  }
}

/**
 * {@link ConvTranspose3d} that takes inChannels from its first input `(N, C, D, H, W)`, and is a ConvTranspose3d from then on; see
 * {@link LazyLinear}. Source: torch.nn.LazyConvTranspose3d.
 *
 * @throws ShapeError for a first input of another rank; OptionError for channels that groups do not divide.
 * @example
 * new nn.LazyConvTranspose3d(4, 3).forward(randn([1, 3, 4, 4, 4])).shape; // [1, 4, 6, 6, 6]
 */
export class LazyConvTranspose3d extends ConvTranspose3d {
  constructor(outChannels: number, kernelSize: Sizes, ...rest: Args<ConvTransposeLayerOptions>) {
    const options = settings<ConvTransposeLayerOptions>(new.target.name, rest, ['outputPadding']);
    super(0, 0, kernelSize, { ...options, bias: false });
    expectChannels(this, outChannels, options);
    inferAtFirstForward(this, ConvTranspose3d);
  }
  override resetParameters(): void {
    if (this.inChannels !== 0 && !this.hasUninitializedParams()) super.resetParameters();
  }
  /** Whether it still waits for its first input. */
  hasUninitializedParams(): boolean {
    return hasUninitializedParams(this);
  }
  /** Makes the parameters that this input asks for. */
  initializeParameters(input: Tensor): void {
    initialize(this, input);
  }
}
