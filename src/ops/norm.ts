/** Normalisation. The affine part (weight, bias) is ordinary arithmetic outside, fused as an epilogue where possible. */
import { isFloat } from '../core/dtype.ts';
import { DTypeError } from '../core/errors.ts';
import type { Kit } from './kit.ts';
import type { Attrs, CompositeRow, Input, KernelRow, Meta, Ref, Scalar } from './types.ts';

/** The trailing `attrs.count` dims. */
export const trailing = (x: Meta, attrs: Attrs): number[] => {
  const n = attrs.count as number;
  return Array.from({ length: n }, (_, i) => x.shape.length - n + i);
};

export const normRows = {
  /**
   * (x, eps) -> (xhat, mean, rstd): normalises over the trailing attrs.count dims; mean and rstd keep them with size 1.
   * Two-pass variance, biased (Ba et al., arXiv 1607.06450).
   */
  layerNorm: {
    kind: 'reduction',
    infer: ([x]: readonly (Meta | Scalar)[], attrs) => {
      const { shape, dtype } = x as Meta;
      if (!isFloat(dtype)) throw new DTypeError(`layerNorm: not implemented for ${dtype}; cast with .to('float32')`);
      const dims = trailing(x as Meta, attrs);
      const stat = { shape: shape.map((d, i) => (dims.includes(i) ? 1 : d)), dtype };
      return [{ shape, dtype }, stat, stat];
    },
    saves: { inputs: [0], outputs: [1, 2] },
    nonDifferentiable: [1, 2],
    vjp: ({ k, inputs, outputs, grads, attrs }) => {
      const x = inputs[0] as Ref;
      if (!k.differentiable) return [k.op('layerNormBackward', [grads[0]!, x, outputs[1]!, outputs[2]!], attrs), null];
      // The saved statistics carry no gradient: rebuild them from x.
      const dims = trailing(x, attrs);
      const { xhat, rstd } = normalise(k, x, inputs[1]!, dims);
      return [normBackward(k, grads[0]!, xhat, rstd, dims), null];
    },
    reference: (k, [x, eps], attrs) => {
      const { xhat, mean, rstd } = normalise(k, x as Ref, eps!, trailing(x as Ref, attrs));
      return [xhat, mean, rstd];
    },
  },
  /** (dy, x, mean, rstd) -> dx = rstd·(dy − mean(dy) − xhat·mean(dy·xhat)), xhat = (x − mean)·rstd */
  layerNormBackward: {
    kind: 'reduction',
    infer: ([dy]) => [{ shape: (dy as Meta).shape, dtype: (dy as Meta).dtype }],
    vjp: 'reference',
    reference: (k, inputs, attrs) => {
      const [dy, x, mean, rstd] = inputs as [Ref, Ref, Ref, Ref];
      const xhat = k.mul(k.sub(x, k.expand(mean, x.shape)), k.expand(rstd, x.shape));
      return [normBackward(k, dy, xhat, rstd, trailing(dy, attrs))];
    },
  },
} satisfies Record<string, KernelRow>;

/** xhat = (x − mean)·rstd over `dims`, with a two-pass, biased variance. */
function normalise(
  k: Kit,
  x: Ref,
  eps: Input,
  dims: readonly number[],
): { xhat: Ref; mean: Ref; variance: Ref; rstd: Ref } {
  const mean = k.mean(x, dims);
  const centred = k.sub(x, k.expand(mean, x.shape));
  const variance = k.mean(k.mul(centred, centred), dims);
  const rstd = k.unary('rsqrt', k.add(variance, eps));
  return { xhat: k.mul(centred, k.expand(rstd, x.shape)), mean, variance, rstd };
}

/** dx of xhat = (x − mean)·rstd over `dims`, where mean and rstd are x's own. */
function normBackward(k: Kit, dy: Ref, xhat: Ref, rstd: Ref, dims: readonly number[]): Ref {
  const wide = (a: Ref): Ref => k.expand(a, dy.shape);
  const inner = k.sub(k.sub(dy, wide(k.mean(dy, dims))), k.mul(xhat, wide(k.mean(k.mul(dy, xhat), dims))));
  return k.mul(inner, wide(rstd));
}

/** All dims but the channel (dim 1). */
const batchDims = (x: Meta): number[] => x.shape.map((_, i) => i).filter((i) => i !== 1);

export const normComposites = {
  /**
   * Training-mode batch normalisation: (x, eps) -> (xhat, mean, biased variance), per channel (dim 1), statistics with
   * the other dims kept at size 1 (Ioffe & Szegedy, arXiv 1502.03167).
   */
  batchNorm: {
    kind: 'composite',
    forward: (k, [x, eps]) => {
      const { xhat, mean, variance } = normalise(k, x as Ref, eps!, batchDims(x as Ref));
      return [xhat, mean, variance];
    },
    // xhat is rebuilt from x: one tensor less to keep, and it fuses into the kernels that read it.
    saves: { inputs: [0], outputs: [1, 2] },
    nonDifferentiable: [1, 2],
    vjp: ({ k, inputs, outputs, grads }) => {
      const [x, eps] = inputs as [Ref, Input];
      const dims = batchDims(x);
      if (k.differentiable) {
        const { xhat, rstd } = normalise(k, x, eps, dims);
        return [normBackward(k, grads[0]!, xhat, rstd, dims), null];
      }
      const rstd = k.unary('rsqrt', k.add(outputs[2]!, eps));
      const xhat = k.mul(k.sub(x, k.expand(outputs[1]!, x.shape)), k.expand(rstd, x.shape));
      return [normBackward(k, grads[0]!, xhat, rstd, dims), null];
    },
  },
} satisfies Record<string, CompositeRow>;
