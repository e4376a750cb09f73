import type { CompositeRow, Input } from './types.ts';

export const randomComposites = {
  /**
   * (x, key0, key1, stream, p, scale) -> x times a mask that is 0 with probability p and else scale. The mask, of shape
   * attrs.shape and broadcast over x, is recomputed from the counter in the backward pass, so it is never stored.
   */
  dropout: {
    kind: 'composite',
    forward: (k, [x, key0, key1, stream, p, scale], { shape }) => {
      const u = k.op('uniform', [key0!, key1!, stream!], { shape: shape!, dtype: 'float32' });
      return [k.mul(x!, k.where(k.compare('ge', u, p!), scale!, 0))];
    },
    // Linear in x: the gradient goes through the very same mask.
    vjp: ({ k, inputs: [, ...counter], grads, attrs }) => [
      k.op('dropout', [grads[0]!, ...(counter as Input[])], attrs),
      ...counter.map(() => null),
    ],
  },
} satisfies Record<string, CompositeRow>;
