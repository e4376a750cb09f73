/**
 * Optimizer updates over whole parameter lists. Operands: attrs.n parameters, then n gradients, then n of each state, then
 * scalars. On the GPU the n tensors of each kind lie in one arena, so that an update is one dispatch whatever n is.
 */
import { DTypeError, ShapeError } from '../core/errors.ts';
import { formatShape, sameShape } from '../core/shape.ts';
import type { Attrs, KernelRow, Meta, Scalar } from './types.ts';

const n = (attrs: Attrs): number => attrs.n as number;

/** groups: how many lists of n tensors come first; written: which of those lists are results, in order. */
function update(
  name: string,
  groups: (attrs: Attrs) => number,
  written: (attrs: Attrs) => readonly number[],
): KernelRow {
  return {
    kind: 'opaque',
    layout: 'contiguous',
    infer: (inputs: readonly (Meta | Scalar)[], attrs) => {
      const tensors = inputs.slice(0, n(attrs) * groups(attrs)) as Meta[];
      tensors.forEach((t, i) => {
        const p = tensors[i % n(attrs)]!;
        if (!sameShape(t.shape, p.shape))
          throw new ShapeError(
            `${name}: expected a tensor of the parameter's shape ${formatShape(p.shape)}, got ${formatShape(t.shape)}`,
          );
        if (t.dtype !== p.dtype)
          throw new DTypeError(`${name}: expected ${p.dtype} like the parameter, got ${t.dtype}`);
      });
      return written(attrs).flatMap((g) =>
        tensors.slice(g * n(attrs), (g + 1) * n(attrs)).map(({ shape, dtype }) => ({ shape, dtype })),
      );
    },
    inPlace: (attrs) =>
      written(attrs).flatMap((g, w) =>
        Array.from({ length: n(attrs) }, (_, i) => [w * n(attrs) + i, g * n(attrs) + i] as const),
      ),
    vjp: 'none',
  };
}

export const updateRows = {
  /**
   * p, g[, momentum buffer]; scalars lr, momentum, dampening, weightDecay.
   * attrs: n, momentum (bool), nesterov (bool), maximize (bool).
   * g' = ±g + weightDecay·p; buf = momentum·buf + (1 − dampening)·g'; p −= lr·(nesterov ? g' + momentum·buf : buf)
   */
  sgdStep: update(
    'sgdStep',
    (a) => (a.momentum ? 3 : 2),
    (a) => (a.momentum ? [0, 2] : [0]),
  ),
  /**
   * p, g, m, v; scalars lr, beta2, eps, weightDecay, 1 − beta1^t, 1 − beta2^t, 1 − beta1, 1 − beta2 (the last two lose
   * digits when a device subtracts them in float32).
   * attrs: n, decoupled (AdamW: p −= lr·weightDecay·p first; else g += weightDecay·p), maximize.
   * m = β1·m + (1−β1)·g; v = β2·v + (1−β2)·g²; p −= (lr/(1−β1^t))·m / (√v/√(1−β2^t) + eps)
   */
  adamStep: update(
    'adamStep',
    () => 4,
    () => [0, 2, 3],
  ),
} satisfies Record<string, KernelRow>;
