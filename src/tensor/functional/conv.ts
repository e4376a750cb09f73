/** Convolutions and transposed convolutions. */
import { lowered } from '../../autograd/autocast.ts';
import { OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import * as impl from '../impl/conv.ts';
import { checkTensor, Tensor, varOf } from '../tensor.ts';
import { optional, type Sizes, sizes } from './arguments.ts';

/** Settings of {@link conv2d} and its kin, with PyTorch's defaults: no bias, stride 1, no padding, dilation 1, one group. */
export interface ConvOptions {
  /** One number per channel of the result, added to it. */
  readonly bias?: Tensor | null;
  readonly stride?: Sizes;
  /** Zeros around the input. `'same'` keeps its size (stride 1 only), `'valid'` is 0. */
  readonly padding?: Sizes | 'same' | 'valid';
  readonly dilation?: Sizes;
  /** Channels fall into this many groups that do not mix. */
  readonly groups?: number;
}
/** Settings of {@link convTranspose2d} and its kin. */
export interface ConvTransposeOptions extends Omit<ConvOptions, 'padding'> {
  /** What the convolution that this transposes pads by: it takes as much off the result, at each side. */
  readonly padding?: Sizes;
  /** Added to the size of the result at one side, smaller than stride or dilation. */
  readonly outputPadding?: Sizes;
}
type ConvRest = OptionalArgs<
  [
    bias: Tensor | null,
    stride: Sizes | ConvOptions,
    padding: Sizes | 'same' | 'valid' | ConvOptions,
    dilation: Sizes | ConvOptions,
    groups: number | ConvOptions,
    options: ConvOptions,
  ],
  ConvOptions
>;
type ConvTransposeRest = OptionalArgs<
  [
    bias: Tensor | null,
    stride: Sizes | ConvTransposeOptions,
    padding: Sizes | ConvTransposeOptions,
    outputPadding: Sizes | ConvTransposeOptions,
    groups: number | ConvTransposeOptions,
    dilation: Sizes | ConvTransposeOptions,
    options: ConvTransposeOptions,
  ],
  ConvTransposeOptions
>;

const counts = ['', 'three', 'four', 'five'];

function checkWeight(op: string, dims: number, weight: Tensor, transposed: boolean): void {
  if (weight.ndim === dims + 2) return;
  const kernel = ['kD, kH, kW', 'kH, kW', 'k'][3 - dims];
  const channels = transposed ? 'C, O/groups' : 'O, C/groups';
  throw new ShapeError(
    `weight should have ${weight.ndim < 3 ? 'at least three' : counts[dims]} dimensions\n  in ${op}: (${channels}, ${kernel}), got ${formatShape(weight.shape)}`,
  );
}

function conv(op: string, dims: number, input: Tensor, weight: Tensor, rest: readonly unknown[]): Tensor {
  const names = ['bias', 'stride', 'padding', 'dilation', 'groups'] as const;
  const { bias, padding = 0, groups = 1, ...options } = optionalArgs<ConvOptions>(op, names, rest);
  checkTensor(op, input);
  checkTensor(op, weight, 'weight');
  checkWeight(op, dims, weight, false);
  const stride = sizes(op, 'stride', options.stride ?? 1, dims);
  const dilation = sizes(op, 'dilation', options.dilation ?? 1, dims);
  const operands = lowered([varOf(op, input), varOf(op, weight, 'weight'), optional(op, bias, 'bias')] as const);
  if (padding === 'same') {
    if (stride.some((s) => s !== 1))
      throw new OptionError(
        `padding='same' is not supported for strided convolutions\n  in ${op}: give the padding as numbers`,
      );
    return new Tensor(impl.convSame(op, ...operands, { dilation, groups }));
  }
  if (typeof padding === 'string' && padding !== 'valid') {
    throw new OptionError(
      `Invalid padding string '${padding}', should be one of {'valid', 'same'}\n  in ${op}: or give numbers`,
    );
  }
  const zeros = sizes(op, 'padding', padding === 'valid' ? 0 : padding, dims);
  return new Tensor(impl.conv(op, ...operands, { stride, padding: zeros, dilation, groups }));
}

function convTranspose(op: string, dims: number, input: Tensor, weight: Tensor, rest: readonly unknown[]): Tensor {
  const names = ['bias', 'stride', 'padding', 'outputPadding', 'groups', 'dilation'] as const;
  const { bias, groups = 1, ...options } = optionalArgs<ConvTransposeOptions>(op, names, rest);
  checkTensor(op, input);
  checkTensor(op, weight, 'weight');
  checkWeight(op, dims, weight, true);
  const args = {
    stride: sizes(op, 'stride', options.stride ?? 1, dims),
    padding: sizes(op, 'padding', options.padding ?? 0, dims),
    outputPadding: sizes(op, 'outputPadding', options.outputPadding ?? 0, dims),
    dilation: sizes(op, 'dilation', options.dilation ?? 1, dims),
    groups,
  };
  const operands = lowered([varOf(op, input), varOf(op, weight, 'weight'), optional(op, bias, 'bias')] as const);
  return new Tensor(impl.convTranspose(op, ...operands, args));
}

/**
 * 1-d convolution (cross-correlation): (N, C, L) or (C, L) with weight (O, C/groups, k) and bias (O) gives (N, O, L').
 * Source: torch.nn.functional.conv1d.
 *
 * @throws ShapeError when channels or sizes do not fit.
 * @throws OptionError for a stride, padding, dilation or groups that cannot be.
 * @example
 * await functional.conv1d(tensor([[0.5, 1, 3]]), tensor([[[-1.5, 2]]])).tolist(); // [[1.25, 4.5]]
 */
export function conv1d(input: Tensor, weight: Tensor, ...rest: ConvRest): Tensor {
  return conv('conv1d', 1, input, weight, rest);
}
/**
 * 2-d convolution (cross-correlation): (N, C, H, W) or (C, H, W) with weight (O, C/groups, kH, kW) and bias (O).
 * Source: torch.nn.functional.conv2d.
 *
 * @throws ShapeError when channels or sizes do not fit.
 * @throws OptionError for a stride, padding, dilation or groups that cannot be.
 * @example
 * functional.conv2d(randn([1, 3, 8, 8]), randn([4, 3, 3, 3]), null, { padding: 1 }).shape; // [1, 4, 8, 8]
 */
export function conv2d(input: Tensor, weight: Tensor, ...rest: ConvRest): Tensor {
  return conv('conv2d', 2, input, weight, rest);
}
/**
 * 3-d convolution (cross-correlation): (N, C, D, H, W) or (C, D, H, W) with weight (O, C/groups, kD, kH, kW) and bias (O).
 * Source: torch.nn.functional.conv3d.
 *
 * @throws ShapeError when channels or sizes do not fit.
 * @throws OptionError for a stride, padding, dilation or groups that cannot be.
 * @example
 * functional.conv3d(randn([1, 3, 4, 8, 8]), randn([4, 3, 3, 3, 3]), { padding: 1 }).shape; // [1, 4, 4, 8, 8]
 */
export function conv3d(input: Tensor, weight: Tensor, ...rest: ConvRest): Tensor {
  return conv('conv3d', 3, input, weight, rest);
}

/**
 * The transpose of {@link conv1d}, its gradient by the input: (N, C, L) or (C, L) with weight (C, O/groups, k) and bias (O)
 * gives (N, O, (L − 1)·stride − 2·padding + dilation·(k − 1) + outputPadding + 1). Source:
 * torch.nn.functional.conv_transpose1d.
 *
 * @throws ShapeError when channels or sizes do not fit.
 * @throws OptionError for an output padding not below stride or dilation, or other settings that cannot be.
 * @example
 * await functional.convTranspose1d(tensor([[0.5, 1]]), tensor([[[1.5, 4]]]), { stride: 2 }).tolist(); // [[0.75, 2, 1.5, 4]]
 */
export function convTranspose1d(input: Tensor, weight: Tensor, ...rest: ConvTransposeRest): Tensor {
  return convTranspose('convTranspose1d', 1, input, weight, rest);
}
/**
 * The transpose of {@link conv2d}, its gradient by the input: (N, C, H, W) or (C, H, W) with weight (C, O/groups, kH, kW) and
 * bias (O). Source: torch.nn.functional.conv_transpose2d.
 *
 * @throws ShapeError when channels or sizes do not fit.
 * @throws OptionError for an output padding not below stride or dilation, or other settings that cannot be.
 * @example
 * functional.convTranspose2d(randn([1, 8, 7, 7]), randn([8, 4, 2, 2]), { stride: 2 }).shape; // [1, 4, 14, 14]
 */
export function convTranspose2d(input: Tensor, weight: Tensor, ...rest: ConvTransposeRest): Tensor {
  return convTranspose('convTranspose2d', 2, input, weight, rest);
}
/**
 * The transpose of {@link conv3d}, its gradient by the input: (N, C, D, H, W) or (C, D, H, W) with weight
 * (C, O/groups, kD, kH, kW) and bias (O). Source: torch.nn.functional.conv_transpose3d.
 *
 * @throws ShapeError when channels or sizes do not fit.
 * @throws OptionError for an output padding not below stride or dilation, or other settings that cannot be.
 * @example
 * functional.convTranspose3d(randn([1, 8, 3, 7, 7]), randn([8, 4, 2, 2, 2]), { stride: 2 }).shape; // [1, 4, 6, 14, 14]
 */
export function convTranspose3d(input: Tensor, weight: Tensor, ...rest: ConvTransposeRest): Tensor {
  return convTranspose('convTranspose3d', 3, input, weight, rest);
}
/**
 * 1-d convolution of sequences laid out as time, batch, channels: (L, N, C) with weight (k, C, O) and bias (O) gives (L', N, O),
 * with `pad` zeros at both ends. Source: torch.nn.functional.conv_tbc.
 *
 * @throws ShapeError when channels or sizes do not fit.
 * @example
 * const x = tensor([0.5, 1, 3]).reshape(3, 1, 1);
 * await functional.convTbc(x, tensor([[[2]]], { dtype: 'float32' }), zeros([1])).flatten().tolist(); // [1, 2, 6]
 */
export function convTbc(
  input: Tensor,
  weight: Tensor,
  bias: Tensor,
  ...rest: OptionalArgs<[pad: number], { readonly pad?: number }>
): Tensor {
  const { pad = 0 } = optionalArgs<{ pad: number }>('convTbc', ['pad'], rest);
  for (const [argument, x] of Object.entries({ input, weight })) {
    checkTensor('convTbc', x, argument);
    if (x.ndim !== 3)
      throw new ShapeError(
        `${argument === 'input' ? 'Input' : 'Weight'} must have 3 dims: ${argument === 'input' ? 'time, batch, in_channel' : 'kernel_width, in_channels, out_channels.'}\n  in convTbc: got ${formatShape(x.shape)}`,
      );
  }
  return composed('ConvTbcBackward0', () =>
    conv1d(input.permute(1, 2, 0), weight.permute(2, 1, 0), bias, 1, pad).permute(2, 0, 1),
  );
}
