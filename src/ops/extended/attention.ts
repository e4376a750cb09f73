/**
 * Attention whose backward pass computes the weights again. They are as many as queries times keys; kept for each layer of a
 * model, they would be most of its memory. Source: Chen et al., arXiv 1604.06174; Rabe & Staats, arXiv 2112.05682.
 */
import { type Attrs, type CompositeRow, type Input, isScalar, type Kit, type Ref, type Scalar } from '../types.ts';

type Operands = readonly [q: Ref, k: Ref, v: Ref, scale: Scalar, mask: Input, ...counter: Input[]];

/** Which of S keys each of L queries may see: those that do not come later. Bool (L, S), one expression of the place. */
export function causalMask(k: Kit, queries: number, keys: number): Ref {
  const whole = (scalar: number): Scalar => ({ scalar, dtype: 'int32' });
  const place = k.op('arange', [whole(0), whole(1)], { shape: [queries, keys], dtype: 'int32' });
  const row = k.op('floorDivide', [place, whole(Math.max(keys, 1))]);
  return k.compare('ge', row, k.sub(place, k.mul(row, keys)));
}

/** softmax(q·kᵀ·scale + mask), 0 where a query sees nothing. */
function weights(k: Kit, [q, key, , scale, mask]: Operands, { causal }: Attrs): Ref {
  const scores = k.mul(k.matmul(q, k.mT(key)), scale);
  const [queries, keys] = scores.shape.slice(-2) as [number, number];
  const seen = (): Ref => {
    const allowed = causal ? causalMask(k, queries, keys) : mask;
    if (isScalar(allowed)) return scores;
    return allowed.dtype === 'bool' ? k.where(allowed, scores, Number.NEGATIVE_INFINITY) : k.add(scores, allowed);
  };
  return k.op('softmax', [seen()], { dim: scores.shape.length - 1, safe: true });
}

/** The same weights, or gradients of weights, are dropped forwards and backwards: by the counter. */
const dropped = (k: Kit, x: Ref, [, , , , , ...counter]: Operands): Ref =>
  counter.length === 0 ? x : k.op('dropout', [x, ...counter], { shape: x.shape });

export const attentionComposites = {
  /**
   * (q (…, L, E), k (…, S, E), v (…, S, Ev), scale, a mask that broadcasts over (…, L, S): true where a query may look, or floats
   * to add; or the scalar 0; then, for dropout, what the row of that name takes) -> (…, L, Ev). attrs.causal: no mask, but each
   * query sees no later keys. The leading dims are the same.
   */
  attention: {
    kind: 'composite',
    forward: (k, inputs, attrs) => {
      const operands = inputs as Operands;
      return [k.matmul(dropped(k, weights(k, operands, attrs), operands), operands[2])];
    },
    saves: { inputs: [0, 1, 2, 4] },
    vjp: ({ k, inputs, grads, attrs, needs }) => {
      const operands = inputs as Operands;
      const [q, key, v, scale, mask] = operands;
      const dy = grads[0]!;
      const w = weights(k, operands, attrs);
      const dv = needs[2] ? k.matmul(k.mT(dropped(k, w, operands)), dy) : null;
      const none = inputs.slice(5).map(() => null);
      if (!needs[0] && !needs[1] && !needs[4]) return [null, null, dv, null, null, ...none];
      const dw = dropped(k, k.matmul(dy, k.mT(v)), operands);
      const ds = k.op('softmaxBackward', [dw, w], { dim: w.shape.length - 1 });
      return [
        needs[0] ? k.mul(k.matmul(ds, key), scale) : null,
        needs[1] ? k.mul(k.matmul(k.mT(ds), q), scale) : null,
        dv,
        null,
        needs[4] && !isScalar(mask) ? k.sumTo(ds, mask.shape) : null,
        ...none,
      ];
    },
  },
} satisfies Record<string, CompositeRow>;
