/** Convolutions. */
import { checkOptions, OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape } from '../../core/shape.ts';
import * as nn from '../impl/nn.ts';
import { scope } from '../scope.ts';
import { checkTensor, Tensor, varOf } from '../tensor.ts';
import { optional, type Pair, pair } from './arguments.ts';

/** Settings of {@link conv2d}, with PyTorch's defaults: stride 1, no padding, dilation 1, one group. */
export interface Conv2dOptions {
  readonly stride?: Pair;
  /** Zeros around the input. `'same'` keeps its size (stride 1 only), `'valid'` is 0. */
  readonly padding?: Pair | 'same' | 'valid';
  readonly dilation?: Pair;
  readonly groups?: number;
}
/**
 * 2-d convolution (cross-correlation): (N, C, H, W) or (C, H, W) with weight (O, C/groups, kH, kW) and bias (O).
 *
 * @throws ShapeError when channels or sizes do not fit.
 * @example
 * functional.conv2d(randn([1, 3, 8, 8]), randn([4, 3, 3, 3]), null, { padding: 1 }).shape; // [1, 4, 8, 8]
 */
export function conv2d(input: Tensor, weight: Tensor, bias?: Tensor | null, options: Conv2dOptions = {}): Tensor {
  checkOptions('conv2d', options, ['stride', 'padding', 'dilation', 'groups']);
  checkTensor('conv2d', input);
  checkTensor('conv2d', weight, 'weight');
  if (weight.ndim !== 4)
    throw new ShapeError(
      `weight should have four dimensions\n  in conv2d: (O, C/groups, kH, kW), got ${formatShape(weight.shape)}`,
    );
  const { padding = 0, groups = 1 } = options;
  const stride = pair('conv2d', 'stride', options.stride ?? 1);
  const dilation = pair('conv2d', 'dilation', options.dilation ?? 1);
  if (padding === 'same') return convSame(input, weight, bias, { stride, dilation, groups });
  if (typeof padding === 'string' && padding !== 'valid') {
    throw new OptionError(
      `Invalid padding string '${padding}', should be one of {'valid', 'same'}\n  in conv2d: or give numbers`,
    );
  }
  const zeros = padding === 'valid' ? ([0, 0] as const) : pair('conv2d', 'padding', padding);
  return new Tensor(
    nn.conv2d(varOf('conv2d', input), varOf('conv2d', weight, 'weight'), optional('conv2d', bias, 'bias'), {
      stride,
      padding: zeros,
      dilation,
      groups,
    }),
  );
}

/** An even kernel needs one zero more at the end: pad by that on both sides and drop the first results. */
function convSame(
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null | undefined,
  args: Omit<nn.Conv2dArgs, 'padding'>,
): Tensor {
  if (args.stride.some((s) => s !== 1))
    throw new OptionError(
      "padding='same' is not supported for strided convolutions\n  in conv2d: give the padding as numbers",
    );
  return scope(() => {
    const totals = args.dilation.map((d, i) => d * (weight.shape[2 + i]! - 1));
    const padding = totals.map((t) => Math.ceil(t / 2));
    const y = new Tensor(
      nn.conv2d(varOf('conv2d', input), varOf('conv2d', weight, 'weight'), optional('conv2d', bias, 'bias'), {
        ...args,
        padding,
      }),
    );
    return totals.every((t) => t % 2 === 0) ? y : y.at('...', ...totals.map((t) => [t % 2] as const));
  });
}
