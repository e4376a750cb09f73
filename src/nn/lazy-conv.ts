/** Convolutions that take their input channels from their first input. */
import { OptionError, ShapeError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import type { Sizes } from '../tensor/functional/index.ts';
import { checkInput, checkIntegers, checkSwitches, type FactoryOptions, factory, factoryNames } from './checks.ts';
import { Conv1d, Conv2d, Conv3d, type ConvLayerOptions, type ConvNd } from './conv.ts';
import { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, type ConvTransposeLayerOptions } from './conv-transpose.ts';
import { type LazyKind, lazy, settle } from './lazy.ts';
import { UninitializedParameter } from './uninitialized.ts';

type Options = ConvLayerOptions | ConvTransposeLayerOptions;
type Given<O> = [outChannels: number, kernelSize: Sizes, ...rest: OptionalArgs<[stride: Sizes], O>];
type Plain<O> = [inChannels: number, outChannels: number, kernelSize: Sizes, options: O];

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

/* @__NO_SIDE_EFFECTS__ */
function convolutions<O extends Options>(...more: readonly (keyof O & string)[]): LazyKind<ConvNd, Plain<O>, Given<O>> {
  const names = ['stride', 'padding', 'dilation', 'groups', 'bias', 'paddingMode', ...more, ...factoryNames];
  return {
    size: 'inChannels',
    prepare(name, [outChannels, kernelSize, ...rest]) {
      const options = optionalArgs<O>(name, names as (keyof O & string)[], rest) as O;
      checkSwitches(name, { bias: options.bias });
      return {
        plain: [0, 0, kernelSize, { ...options, bias: false }],
        expect: (layer) => expectChannels(layer, outChannels, options),
      };
    },
    infer(layer, input) {
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
    },
  };
}
const plain = /* @__PURE__ */ convolutions<ConvLayerOptions>();
const transposed = /* @__PURE__ */ convolutions<ConvTransposeLayerOptions>('outputPadding');

/**
 * {@link Conv1d} that takes inChannels from its first input `(N, C, L)`, and is a Conv1d from then on; see
 * {@link LazyLinear}. Source: torch.nn.LazyConv1d.
 *
 * @throws ShapeError for a first input of another rank; OptionError for channels that groups do not divide.
 * @example
 * new nn.LazyConv1d(4, 3).forward(randn([2, 3, 8])).shape; // [2, 4, 6]
 */
export class LazyConv1d extends lazy(Conv1d, plain) {}

/**
 * {@link Conv2d} that takes inChannels from its first input `(N, C, H, W)`, and is a Conv2d from then on; see
 * {@link LazyLinear}. Source: torch.nn.LazyConv2d.
 *
 * @throws ShapeError for a first input of another rank; OptionError for channels that groups do not divide.
 * @example
 * new nn.LazyConv2d(4, 3).forward(randn([2, 3, 8, 8])).shape; // [2, 4, 6, 6]
 */
export class LazyConv2d extends lazy(Conv2d, plain) {}

/**
 * {@link Conv3d} that takes inChannels from its first input `(N, C, D, H, W)`, and is a Conv3d from then on; see
 * {@link LazyLinear}. Source: torch.nn.LazyConv3d.
 *
 * @throws ShapeError for a first input of another rank; OptionError for channels that groups do not divide.
 * @example
 * new nn.LazyConv3d(4, 3).forward(randn([1, 3, 4, 4, 4])).shape; // [1, 4, 2, 2, 2]
 */
export class LazyConv3d extends lazy(Conv3d, plain) {}

/**
 * {@link ConvTranspose1d} that takes inChannels from its first input `(N, C, L)`, and is a ConvTranspose1d from then on; see
 * {@link LazyLinear}. Source: torch.nn.LazyConvTranspose1d.
 *
 * @throws ShapeError for a first input of another rank; OptionError for channels that groups do not divide.
 * @example
 * new nn.LazyConvTranspose1d(4, 3).forward(randn([2, 3, 8])).shape; // [2, 4, 10]
 */
export class LazyConvTranspose1d extends lazy(ConvTranspose1d, transposed) {}

/**
 * {@link ConvTranspose2d} that takes inChannels from its first input `(N, C, H, W)`, and is a ConvTranspose2d from then on; see
 * {@link LazyLinear}. Source: torch.nn.LazyConvTranspose2d.
 *
 * @throws ShapeError for a first input of another rank; OptionError for channels that groups do not divide.
 * @example
 * new nn.LazyConvTranspose2d(4, 3).forward(randn([2, 3, 8, 8])).shape; // [2, 4, 10, 10]
 */
export class LazyConvTranspose2d extends lazy(ConvTranspose2d, transposed) {}

/**
 * {@link ConvTranspose3d} that takes inChannels from its first input `(N, C, D, H, W)`, and is a ConvTranspose3d from then on; see
 * {@link LazyLinear}. Source: torch.nn.LazyConvTranspose3d.
 *
 * @throws ShapeError for a first input of another rank; OptionError for channels that groups do not divide.
 * @example
 * new nn.LazyConvTranspose3d(4, 3).forward(randn([1, 3, 4, 4, 4])).shape; // [1, 4, 6, 6, 6]
 */
export class LazyConvTranspose3d extends lazy(ConvTranspose3d, transposed) {}
