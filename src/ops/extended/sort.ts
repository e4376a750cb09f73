/** Putting in order, and finding places in what is in order. Equal numbers keep their order; NaN is the greatest. */
import type { Kit } from '../kit.ts';
import type { CompositeRow, KernelRow, Meta, Ref } from '../types.ts';

export const sortRows = {
  /** x -> (its elements in order along attrs.dim, where each stood). */
  sort: {
    kind: 'opaque',
    infer: (inputs) => {
      const { shape, dtype } = inputs[0] as Meta;
      return [
        { shape, dtype },
        { shape, dtype: 'int32' },
      ];
    },
    saves: { outputs: [1] },
    vjp: ({ k, outputs, grads, attrs }) => [k.op('unsort', [grads[0]!, outputs[1]!], { dim: attrs.dim! })],
  },
  /** (x, index) -> y with y[.., index[i,j,k], ..] = x[i,j,k] along attrs.dim, where each line of the index is a permutation. */
  unsort: {
    kind: 'opaque',
    infer: (inputs) => [inputs[0] as Meta],
    saves: { inputs: [1] },
    vjp: ({ k, inputs, grads, attrs }) => [k.op('gather', [grads[0]!, inputs[1] as Ref], attrs), null],
  },
  /** (boundaries […, n] or [n], values […, m]) -> how many boundaries are below each value; attrs.right: below or equal. */
  searchsorted: {
    kind: 'opaque',
    infer: (inputs) => [{ shape: (inputs[1] as Meta).shape, dtype: 'int32' }],
    vjp: () => [],
  },
} satisfies Record<string, KernelRow>;

function equals(k: Kit, x: Ref, y: Ref): Ref {
  const nan = (a: Ref): Ref => k.compare('ne', a, a);
  return k.op('logicalOr', [k.compare('eq', x, y), k.op('logicalAnd', [nan(x), nan(y)])]);
}

export const sortComposites = {
  /** (x, y 0-d) -> y, one of x's elements. All elements that equal it share the gradient. */
  sharedElement: {
    kind: 'composite',
    forward: (k, inputs) => {
      const [x, y] = inputs as [Ref, Ref];
      const others = k.where(equals(k, x, y), x, Number.NEGATIVE_INFINITY);
      return [k.reshape(k.reduce('amax', others, [...x.shape.keys()]), [])];
    },
    saves: { inputs: [0, 1] },
    vjp: ({ k, inputs, grads }) => {
      const [x, y] = inputs as [Ref, Ref];
      const share = k.cast(equals(k, x, y), x.dtype);
      const count = k.reshape(k.sum(share, [...x.shape.keys()]), []);
      return [k.mul(share, k.div(grads[0]!, count)), null];
    },
  },
} satisfies Record<string, CompositeRow>;
