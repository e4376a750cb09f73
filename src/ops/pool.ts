/** 2-d pooling over (N, C, H, W). */
import { isFloat } from '../core/dtype.ts';
import { DTypeError, OptionError, ShapeError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import type { Attrs, KernelRow, Meta, Ref, Scalar } from './types.ts';

export interface Pool2dAttrs {
  readonly kernelSize: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  /** max only */
  readonly dilation: readonly [number, number];
  readonly ceilMode: boolean;
  /** average only */
  readonly countIncludePad: boolean;
  /** average only; 0 means the window's own size */
  readonly divisorOverride: number;
  /**
   * Adaptive pooling: this many windows per dim, whatever the other settings say. Window i of n over `size` inputs runs from
   * floor(i·size/n) up to ceil((i + 1)·size/n).
   */
  readonly outputSize?: readonly [number, number];
}
export const pool2dAttrs = (attrs: Attrs): Pool2dAttrs => attrs as Attrs & Pool2dAttrs;

/** PyTorch's rule: with ceilMode the last window must start inside the input or its left padding. */
export function poolOutputSize(
  size: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation: number,
  ceil: boolean,
): number {
  const span = size + 2 * padding - dilation * (kernel - 1) - 1;
  let out = (ceil ? Math.ceil(span / stride) : Math.floor(span / stride)) + 1;
  if (ceil && (out - 1) * stride >= size + padding) out--;
  return out;
}

function outputShape(op: string, x: Meta, attrs: Attrs): number[] {
  const { kernelSize, stride, padding, dilation, ceilMode, outputSize } = pool2dAttrs(attrs);
  if (x.shape.length !== 4) {
    throw new ShapeError(`${op}: Expected 3D or 4D input, but got input of size ${formatShape(x.shape)}`);
  }
  if (!isFloat(x.dtype) && !(op === 'maxPool2d' && x.dtype === 'int32'))
    throw new DTypeError(`${op}: not implemented for ${x.dtype}; cast with .to('float32')`);
  if (outputSize) return [x.shape[0]!, x.shape[1]!, ...outputSize];
  for (const [name, pair, least] of [
    ['kernelSize', kernelSize, 1],
    ['stride', stride, 1],
    ['padding', padding, 0],
    ['dilation', dilation, 1],
  ] as const) {
    if (pair.length !== 2 || pair.some((v) => !Number.isInteger(v) || v < least)) {
      throw new OptionError(`${op}: ${name} must be integers >= ${least}, got [${pair.join(', ')}]`);
    }
  }
  if (padding.some((p, i) => p > ((kernelSize[i]! - 1) * dilation[i]! + 1) / 2)) {
    throw new OptionError(
      `${op}: pad should be at most half of effective kernel size, but got pad=[${padding.join(', ')}] and kernelSize=[${kernelSize.join(', ')}]`,
    );
  }
  const [n, c, h, w] = x.shape as readonly [number, number, number, number];
  const oh = poolOutputSize(h, kernelSize[0], stride[0], padding[0], dilation[0], ceilMode);
  const ow = poolOutputSize(w, kernelSize[1], stride[1], padding[1], dilation[1], ceilMode);
  if (oh < 1 || ow < 1) {
    throw new ShapeError(
      `Given input size: (${c}x${h}x${w}). Calculated output size: (${c}x${oh}x${ow}). Output size is too small\n  in ${op}`,
    );
  }
  return [n, c, oh, ow];
}

export const poolRows = {
  /** x -> (y, index of each maximum in its input plane, int32). First of equal values; NaN wins. */
  maxPool2d: {
    kind: 'reduction',
    infer: ([x]: readonly (Meta | Scalar)[], attrs) => {
      const shape = outputShape('maxPool2d', x as Meta, attrs);
      return [
        { shape, dtype: (x as Meta).dtype },
        { shape, dtype: 'int32' },
      ];
    },
    saves: { outputs: [1] },
    nonDifferentiable: [1],
    vjp: ({ k, inputs, outputs, grads, attrs }) => [
      grads[0]
        ? k.op('maxPool2dBackward', [grads[0], outputs[1]!], { ...attrs, inputShape: (inputs[0] as Ref).shape })
        : null,
    ],
  },
  /** (dy, indices) -> dx: each input gathers from the windows that chose it. attrs: maxPool2d's, inputShape */
  maxPool2dBackward: {
    kind: 'reduction',
    infer: ([dy], attrs) => [{ shape: attrs.inputShape as readonly number[], dtype: (dy as Meta).dtype }],
    saves: { inputs: [1] },
    // Linear in dy: its gradient picks the chosen elements.
    vjp: ({ k, inputs, grads }) => {
      const indices = inputs[1] as Ref;
      const [n, c, oh, ow] = indices.shape as readonly [number, number, number, number];
      const planes = k.reshape(grads[0]!, [n, c, grads[0]!.shape[2]! * grads[0]!.shape[3]!]);
      const picked = k.op('gather', [planes, k.reshape(indices, [n, c, oh * ow])], { dim: 2 });
      return [k.reshape(picked, [n, c, oh, ow]), null];
    },
  },
  avgPool2d: {
    kind: 'reduction',
    infer: ([x]: readonly (Meta | Scalar)[], attrs) => [
      { shape: outputShape('avgPool2d', x as Meta, attrs), dtype: (x as Meta).dtype },
    ],
    vjp: ({ k, inputs, grads, attrs }) => [
      k.op('avgPool2dBackward', [grads[0]!], { ...attrs, inputShape: (inputs[0] as Ref).shape }),
    ],
  },
  /** dy -> dx. attrs: avgPool2d's, inputShape */
  avgPool2dBackward: {
    kind: 'reduction',
    infer: ([dy], attrs) => [{ shape: attrs.inputShape as readonly number[], dtype: (dy as Meta).dtype }],
    vjp: ({ k, grads, attrs: { inputShape: _, ...pool } }) => [k.op('avgPool2d', [grads[0]!], pool)],
  },
} satisfies Record<string, KernelRow>;
