/** 2-d convolution: (N, C, H, W) * (O, C/groups, kH, kW) -> (N, O, oH, oW). Bias is added outside, as an epilogue. */
import { isFloat } from '../core/dtype.ts';
import { DTypeError, OptionError, ShapeError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import { type Attrs, eachForTheOther, type KernelRow, type Meta, type Ref, type Scalar } from './types.ts';

export interface Conv2dAttrs {
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly groups: number;
}
export const conv2dAttrs = (attrs: Attrs): Conv2dAttrs => attrs as Attrs & Conv2dAttrs;

export function convOutputSize(
  size: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation: number,
): number {
  return Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
}

function inferForward(inputs: readonly (Meta | Scalar)[], attrs: Attrs): Meta[] {
  const [x, w] = inputs as readonly [Meta, Meta];
  const { stride, padding, dilation, groups } = conv2dAttrs(attrs);
  if (x.shape.length !== 4 || w.shape.length !== 4) {
    throw new ShapeError(
      `Expected 3D (unbatched) or 4D (batched) input to conv2d, but got input of size: ${formatShape(x.shape)}\n  with weight of size ${formatShape(w.shape)}`,
    );
  }
  if (x.dtype !== w.dtype) throw new DTypeError(`conv2d: input is ${x.dtype} but weight is ${w.dtype}`);
  if (!isFloat(x.dtype)) throw new DTypeError(`conv2d: not implemented for ${x.dtype}; cast with .to('float32')`);
  for (const [name, pair, least] of [
    ['stride', stride, 1],
    ['padding', padding, 0],
    ['dilation', dilation, 1],
  ] as const) {
    if (pair.length !== 2 || pair.some((v) => !Number.isInteger(v) || v < least)) {
      throw new OptionError(`conv2d: ${name} must be integers >= ${least}, got [${pair.join(', ')}]`);
    }
  }
  const [n, c, h, width] = x.shape as readonly [number, number, number, number];
  const [o, cg, kh, kw] = w.shape as readonly [number, number, number, number];
  if (!Number.isInteger(groups) || groups < 1 || o % groups !== 0) {
    throw new OptionError(
      `conv2d: groups must divide the number of output channels, got groups=${groups} and weight of size ${formatShape(w.shape)}`,
    );
  }
  if (cg * groups !== c) {
    throw new ShapeError(
      `Given groups=${groups}, weight of size ${formatShape(w.shape)}, expected input${formatShape(x.shape)} to have ${cg * groups} channels, but got ${c} channels instead\n  in conv2d`,
    );
  }
  const oh = convOutputSize(h, kh, stride[0], padding[0], dilation[0]);
  const ow = convOutputSize(width, kw, stride[1], padding[1], dilation[1]);
  if (oh < 1 || ow < 1) {
    throw new ShapeError(
      `Calculated padded input size per channel: (${h + 2 * padding[0]} x ${width + 2 * padding[1]}). Kernel size: (${dilation[0] * (kh - 1) + 1} x ${dilation[1] * (kw - 1) + 1}). Kernel size can't be greater than actual input size\n  in conv2d`,
    );
  }
  return [{ shape: [n, o, oh, ow], dtype: x.dtype }];
}

export const convRows = {
  /** (x, weight); attrs: stride, padding, dilation ([h, w] each), groups */
  conv2d: {
    kind: 'contraction',
    infer: inferForward,
    saves: { inputs: eachForTheOther },
    vjp: ({ k, inputs, grads, needs, attrs }) => {
      const [x, w] = inputs as [Ref, Ref];
      return [
        needs[0] ? k.op('conv2dBackwardInput', [grads[0]!, w], { ...attrs, inputShape: x.shape }) : null,
        needs[1] ? k.op('conv2dBackwardWeight', [x, grads[0]!], { ...attrs, weightShape: w.shape }) : null,
      ];
    },
  },
  /** (dy, weight) -> dx; linear in both, so its own gradients are the two other convolutions. attrs: conv2d's, inputShape */
  conv2dBackwardInput: {
    kind: 'contraction',
    infer: ([dy], attrs) => [{ shape: attrs.inputShape as readonly number[], dtype: (dy as Meta).dtype }],
    saves: { inputs: eachForTheOther },
    vjp: ({ k, inputs, grads, needs, attrs: { inputShape: _, ...conv } }) => {
      const [dy, w] = inputs as [Ref, Ref];
      return [
        needs[0] ? k.op('conv2d', [grads[0]!, w], conv) : null,
        needs[1] ? k.op('conv2dBackwardWeight', [grads[0]!, dy], { ...conv, weightShape: w.shape }) : null,
      ];
    },
  },
  /** (x, dy) -> dWeight. attrs: conv2d's, weightShape */
  conv2dBackwardWeight: {
    kind: 'contraction',
    infer: ([x], attrs) => [{ shape: attrs.weightShape as readonly number[], dtype: (x as Meta).dtype }],
    saves: { inputs: eachForTheOther },
    vjp: ({ k, inputs, grads, needs, attrs: { weightShape: _, ...conv } }) => {
      const [x, dy] = inputs as [Ref, Ref];
      return [
        needs[0] ? k.op('conv2dBackwardInput', [dy, grads[0]!], { ...conv, inputShape: x.shape }) : null,
        needs[1] ? k.op('conv2d', [x, grads[0]!], conv) : null,
      ];
    },
  },
} satisfies Record<string, KernelRow>;
