/** 2-d convolution: (N, C, H, W) * (O, C/groups, kH, kW) -> (N, O, oH, oW). Bias is added outside, as an epilogue. */
import { isFloat } from '../core/dtype.ts';
import { DTypeError, OptionError, ShapeError } from '../core/errors.ts';
import { formatShape, type Shape, sameShape } from '../core/shape.ts';
import { type Attrs, eachForTheOther, type KernelRow, type Kit, type Meta, type Ref } from './types.ts';

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

/** Rank of the unbatched input, in words. */
const ranks = ['', '2D (unbatched) or 3D', '3D (unbatched) or 4D', '4D (unbatched) or 5D'];

/** Sizes as PyTorch prints them in these messages. */
const times = (sizes: readonly number[]): string => `(${sizes.join(' x ')})`;

export interface ConvAttrs {
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

/** Throws for settings that no convolution has; `op` has as many spatial dims as `stride`. */
export function checkConv(op: string, x: Meta, w: Meta, { stride, padding, dilation, groups }: ConvAttrs): void {
  const n = stride.length;
  if (x.shape.length !== n + 2 || w.shape.length !== n + 2) {
    throw new ShapeError(
      `Expected ${ranks[n]} (batched) input to ${op}, but got input of size: ${formatShape(x.shape)}\n  with weight of size ${formatShape(w.shape)}`,
    );
  }
  if (x.dtype !== w.dtype) throw new DTypeError(`${op}: input is ${x.dtype} but weight is ${w.dtype}`);
  if (!isFloat(x.dtype)) throw new DTypeError(`${op}: not implemented for ${x.dtype}; cast with .to('float32')`);
  const refuse = (text: string, got: readonly number[]): never => {
    throw new OptionError(`${text}\n  in ${op}: got ${formatShape(got)}`);
  };
  const below = (list: readonly number[], least: number): boolean =>
    list.length !== n || list.some((v) => !Number.isInteger(v) || v < least);
  if (below(stride, 1)) refuse('non-positive stride is not supported', stride);
  if (below(padding, 0)) refuse('negative padding is not supported', padding);
  if (below(dilation, 1)) refuse(`dilation should be greater than zero, but got ${formatShape(dilation)}`, dilation);
  if (!Number.isInteger(groups) || groups < 1) refuse('non-positive groups is not supported', [groups]);
  if (w.shape[0]! < groups || w.shape[0]! % groups !== 0) {
    throw new ShapeError(
      `Given groups=${groups}, expected weight to be divisible by ${groups} at dimension 0, but got weight of size [${formatShape(w.shape)}] instead\n  in ${op}: give as many filters per group`,
    );
  }
  if (x.shape.slice(2).includes(0)) {
    throw new ShapeError(
      `Only zero batch or zero channel inputs are supported, but got input shape: ${formatShape(x.shape)}\n  in ${op}`,
    );
  }
}

/** Shape of a convolution's result. */
export function convShape(op: string, x: Meta, w: Meta, attrs: ConvAttrs): number[] {
  checkConv(op, x, w, attrs);
  const { stride, padding, dilation, groups } = attrs;
  const [n, c, ...size] = x.shape as [number, number, ...number[]];
  const [o, cg, ...kernel] = w.shape as [number, number, ...number[]];
  if (cg * groups !== c) {
    throw new ShapeError(
      `Given groups=${groups}, weight of size ${formatShape(w.shape)}, expected input${formatShape(x.shape)} to have ${cg * groups} channels, but got ${c} channels instead\n  in ${op}`,
    );
  }
  const out = size.map((s, i) => convOutputSize(s, kernel[i]!, stride[i]!, padding[i]!, dilation[i]!));
  if (out.some((s) => s < 1)) {
    throw new ShapeError(
      `Calculated padded input size per channel: ${times(size.map((s, i) => s + 2 * padding[i]!))}. Kernel size: ${times(kernel.map((k, i) => dilation[i]! * (k - 1) + 1))}. Kernel size can't be greater than actual input size\n  in ${op}`,
    );
  }
  return [n, o, ...out];
}

/** Shape of the result of a transposed convolution, whose weight is (C, O/groups, …). */
export function convTransposeShape(
  op: string,
  x: Meta,
  w: Meta,
  attrs: ConvAttrs & { readonly outputPadding: readonly number[] },
): number[] {
  checkConv(op, x, w, attrs);
  const { stride, padding, dilation, groups, outputPadding } = attrs;
  const [n, c, ...size] = x.shape as [number, number, ...number[]];
  const [rows, og, ...kernel] = w.shape as [number, number, ...number[]];
  if (rows !== c) {
    throw new ShapeError(
      `Given transposed=1, weight of size ${formatShape(w.shape)}, expected input${formatShape(x.shape)} to have ${rows} channels, but got ${c} channels instead\n  in ${op}`,
    );
  }
  if (outputPadding.some((p, i) => p < 0 || (p >= stride[i]! && p >= dilation[i]!))) {
    throw new OptionError(
      outputPadding.some((p) => p < 0)
        ? `negative output_padding is not supported\n  in ${op}: got ${formatShape(outputPadding)}`
        : `output padding must be smaller than either stride or dilation, but got output_padding: ${formatShape(outputPadding)} stride: ${formatShape(stride)} dilation: ${formatShape(dilation)}\n  in ${op}`,
    );
  }
  const out = size.map(
    (s, i) => (s - 1) * stride[i]! - 2 * padding[i]! + dilation[i]! * (kernel[i]! - 1) + outputPadding[i]! + 1,
  );
  if (out.some((s) => s < 1)) {
    throw new ShapeError(
      `Given input size per channel: ${times(size)}. Calculated output size per channel: ${times(out)}. Output size is too small\n  in ${op}`,
    );
  }
  return [n, og * groups, ...out];
}

/** The leading part of `a`: output padding beyond the stride lets the other convolution give more than there was. */
export function cropTo(k: Kit, a: Ref, shape: Shape): Ref {
  if (sameShape(a.shape, shape)) return a;
  return k.slice(
    a,
    shape.map(() => 0),
    shape,
    shape.map(() => 1),
  );
}

export const convRows = {
  /** (x, weight); attrs: stride, padding, dilation ([h, w] each), groups */
  conv2d: {
    kind: 'contraction',
    infer: ([x, w], attrs) => [
      { shape: convShape('conv2d', x as Meta, w as Meta, conv2dAttrs(attrs)), dtype: (x as Meta).dtype },
    ],
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
        needs[0] ? cropTo(k, k.op('conv2d', [grads[0]!, w], conv), dy.shape) : null,
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
        needs[1] ? cropTo(k, k.op('conv2d', [x, grads[0]!], conv), dy.shape) : null,
      ];
    },
  },
} satisfies Record<string, KernelRow>;
