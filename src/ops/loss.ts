import { isFloat } from '../core/dtype.ts';
import { DTypeError, ShapeError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import type { KernelRow, Meta, Ref } from './types.ts';

export const lossRows = {
  /**
   * (logits (N, C), target (N) int32) -> (loss per row (N), log Σ exp per row (N)). A row whose target is
   * attrs.ignoreIndex has loss 0; a target outside [0, C) gives NaN.
   */
  crossEntropy: {
    kind: 'reduction',
    infer: (inputs) => {
      const [x, target] = inputs as [Meta, Meta];
      if (!isFloat(x.dtype)) throw new DTypeError(`crossEntropy: expected floating-point logits, got ${x.dtype}`);
      if (target.dtype !== 'int32')
        throw new DTypeError(
          `expected target dtype to be int32, but got ${target.dtype}\n  in crossEntropy; cast it with .to('int32')`,
        );
      if (x.shape.length !== 2 || target.shape.length !== 1 || x.shape[0] !== target.shape[0]) {
        throw new ShapeError(
          `Expected input batch_size (${x.shape[0]}) to match target batch_size (${target.shape[0]}).\n  in crossEntropy of ${formatShape(x.shape)} and ${formatShape(target.shape)}`,
        );
      }
      const row = { shape: [x.shape[0]!], dtype: x.dtype };
      return [row, row];
    },
    saves: { inputs: [0, 1], outputs: [1] },
    nonDifferentiable: [1],
    vjp: ({ k, inputs, outputs, grads, attrs }) => [
      k.op('crossEntropyBackward', [grads[0]!, inputs[0] as Ref, inputs[1] as Ref, outputs[1]!], attrs),
      null,
    ],
  },
  /** (g (N), logits, target, log Σ exp) -> g·(softmax(logits) − onehot(target)), 0 in ignored rows */
  crossEntropyBackward: {
    kind: 'reduction',
    infer: ([, x]) => [{ shape: (x as Meta).shape, dtype: (x as Meta).dtype }],
    vjp: 'reference',
    reference: (k, inputs, attrs) => {
      const [g, x, target] = inputs as [Ref, Ref, Ref, Ref];
      const [n, c] = x.shape as [number, number];
      const column = k.reshape(target, [n, 1]);
      const hot = k.compare('eq', k.expand(column, [n, c]), k.expand(k.reshape(k.arange(c, 'int32'), [1, c]), [n, c]));
      const p = k.op('softmax', [x], { dim: 1 });
      const kept = k.compare('ne', column, attrs.ignoreIndex as number);
      const scale = k.where(kept, k.reshape(g, [n, 1]), 0);
      return [k.mul(k.sub(p, k.cast(hot, x.dtype)), k.expand(scale, [n, c]))];
    },
  },
} satisfies Record<string, KernelRow>;
