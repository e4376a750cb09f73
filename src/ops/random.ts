import type { CompositeRow, Input, Ref } from './types.ts';

export const randomComposites = {
  /**
   * (x, key0, key1, stream, p, scale) -> x with elements zeroed with probability p and the rest multiplied by scale. The
   * mask is recomputed from the counter in the backward pass, so it is never stored.
   */
  dropout: {
    kind: 'composite',
    forward: (k, [x, key0, key1, stream, p, scale]) => {
      const { shape } = x as Ref;
      const u = k.op('uniform', [key0!, key1!, stream!], { shape, dtype: 'float32' });
      return [k.where(k.compare('ge', u, p!), k.mul(x!, scale!), 0)];
    },
    // Linear in x: the gradient goes through the very same mask.
    vjp: ({ k, inputs: [, ...counter], grads }) => [
      k.op('dropout', [grads[0]!, ...(counter as Input[])]),
      ...counter.map(() => null),
    ],
  },
} satisfies Record<string, CompositeRow>;
