/**
 * Softmax along one dim (attrs.dim, non-negative), forward and backward in one kernel each. With attrs.safe the softmax of
 * nothing but −∞ is 0 and not NaN.
 */
import { isFloat } from '../core/dtype.ts';
import { DTypeError } from '../core/errors.ts';
import type { KernelRow, Meta, Ref } from './types.ts';

function forward(name: 'softmax' | 'logSoftmax'): KernelRow {
  return {
    kind: 'reduction',
    infer: ([x]) => {
      const { shape, dtype } = x as Meta;
      if (!isFloat(dtype)) throw new DTypeError(`${name}: not implemented for ${dtype}; cast with .to('float32')`);
      return [{ shape, dtype }];
    },
    saves: { outputs: [0] },
    vjp: ({ k, outputs, grads, attrs: { dim } }) => [k.op(`${name}Backward`, [grads[0]!, outputs[0]!], { dim: dim! })],
    reference: (k, [x], attrs) => {
      const dims = [attrs.dim as number];
      const r = x as Ref;
      const highest = k.reduce('amax', r, dims);
      const none = k.expand(k.compare('eq', highest, Number.NEGATIVE_INFINITY), r.shape);
      const shifted = k.sub(r, k.expand(highest, r.shape));
      const e = k.unary('exp', shifted);
      const sum = k.sum(e, dims);
      if (name === 'logSoftmax') return [k.sub(shifted, k.expand(k.unary('log', sum), r.shape))];
      const y = k.div(e, k.expand(sum, r.shape));
      return [attrs.safe ? k.where(none, 0, y) : y];
    },
  };
}
const backwardInfer: KernelRow['infer'] = ([dy]) => [{ shape: (dy as Meta).shape, dtype: (dy as Meta).dtype }];

export const softmaxRows = {
  softmax: forward('softmax'),
  logSoftmax: forward('logSoftmax'),
  /** (dy, y) -> y·(dy − Σ dy·y) */
  softmaxBackward: {
    kind: 'reduction',
    infer: backwardInfer,
    vjp: 'reference',
    reference: (k, inputs, attrs) => {
      const [dy, y] = inputs as [Ref, Ref];
      const dot = k.sum(k.mul(dy, y), [attrs.dim as number]);
      return [k.mul(y, k.sub(dy, k.expand(dot, y.shape)))];
    },
  },
  /** (dy, y) -> dy − exp(y)·Σ dy */
  logSoftmaxBackward: {
    kind: 'reduction',
    infer: backwardInfer,
    vjp: 'reference',
    reference: (k, inputs, attrs) => {
      const [dy, y] = inputs as [Ref, Ref];
      const total = k.sum(dy, [attrs.dim as number]);
      return [k.sub(dy, k.mul(k.unary('exp', y), k.expand(total, y.shape)))];
    },
  },
} satisfies Record<string, KernelRow>;
