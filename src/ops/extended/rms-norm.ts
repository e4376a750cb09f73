/** Root mean square normalisation (Zhang & Sennrich, arXiv 1910.07467) over the trailing attrs.count dims. */
import type { Kit } from '../kit.ts';
import { trailing } from '../norm.ts';
import type { Attrs, Input, KernelRow, Meta, Ref } from '../types.ts';

/** 1/√(mean x² + eps), with the trailing dims at size 1. */
const rootOf = (k: Kit, x: Ref, eps: Input, attrs: Attrs): Ref =>
  k.unary('rsqrt', k.add(k.mean(k.mul(x, x), trailing(x, attrs)), eps));

/** dx = r·(dy − xhat·mean(dy·xhat)), xhat = x·r */
function backward(k: Kit, dy: Ref, x: Ref, r: Ref, attrs: Attrs): Ref {
  const wide = (a: Ref): Ref => k.expand(a, x.shape);
  const xhat = k.mul(x, wide(r));
  return k.mul(k.sub(dy, k.mul(xhat, wide(k.mean(k.mul(dy, xhat), trailing(x, attrs))))), wide(r));
}

export const rmsNormRows = {
  /** (x, eps) -> (x·r, r), r = 1/√(mean x² + eps) */
  rmsNorm: {
    kind: 'reduction',
    infer: ([x], attrs) => {
      const { shape, dtype } = x as Meta;
      const dims = trailing(x as Meta, attrs);
      return [
        { shape, dtype },
        { shape: shape.map((d, i) => (dims.includes(i) ? 1 : d)), dtype },
      ];
    },
    saves: { inputs: [0], outputs: [1] },
    nonDifferentiable: [1],
    vjp: ({ k, inputs, outputs, grads, attrs }) => {
      const [x, eps] = inputs as [Ref, Input];
      if (!k.differentiable) return [k.op('rmsNormBackward', [grads[0]!, x, outputs[1]!], attrs), null];
      return [backward(k, grads[0]!, x, rootOf(k, x, eps, attrs), attrs), null];
    },
    reference: (k, inputs, attrs) => {
      const [x, eps] = inputs as [Ref, Input];
      const r = rootOf(k, x, eps, attrs);
      return [k.mul(x, k.expand(r, x.shape)), r];
    },
  },
  /** (dy, x, r) -> dx */
  rmsNormBackward: {
    kind: 'reduction',
    infer: ([dy]) => [{ shape: (dy as Meta).shape, dtype: (dy as Meta).dtype }],
    vjp: 'reference',
    reference: (k, inputs, attrs) => {
      const [dy, x, r] = inputs as [Ref, Ref, Ref];
      return [backward(k, dy, x, r, attrs)];
    },
  },
} satisfies Record<string, KernelRow>;
