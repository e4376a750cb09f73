/**
 * Connectionist temporal classification: Graves et al., "Connectionist temporal classification" (ICML 2006). The states of
 * a target of S labels are blank, label, blank … blank: 2S + 1 of them.
 */
import { isFloat } from '../../core/dtype.ts';
import { DTypeError, GradError } from '../../core/errors.ts';
import type { KernelRow, Meta, Ref } from '../types.ts';

export const ctcRows = {
  /**
   * (log-probabilities (T, N, C), targets (N, S), lengths (N, 2) of inputs and targets; the last two int32) -> (loss (N),
   * log α (N, T, 2S + 1)). Labels other than attrs.blank that are no class give NaN.
   */
  ctcLoss: {
    kind: 'opaque',
    infer: (inputs) => {
      const [x, targets] = inputs as [Meta, Meta];
      const [time, batch] = x.shape as [number, number];
      const { dtype } = x;
      if (!isFloat(dtype)) throw new DTypeError(`ctcLoss: not implemented for ${dtype}; cast with .to('float32')`);
      return [
        { shape: [batch], dtype },
        { shape: [batch, time, 2 * targets.shape[1]! + 1], dtype },
      ];
    },
    saves: { inputs: [0, 1, 2], outputs: [0, 1] },
    nonDifferentiable: [1],
    vjp: ({ k, inputs, outputs, grads, attrs }) => [
      k.op('ctcLossBackward', [grads[0]!, ...(inputs as Ref[]), ...outputs], attrs),
      null,
      null,
    ],
  },
  /**
   * (g (N), and the operands and results of ctcLoss) -> g·(exp(x) − the probability of each class at each time), as if x
   * were normalised; with attrs.zeroInfinity 0 where the loss is infinite.
   */
  ctcLossBackward: {
    kind: 'opaque',
    infer: ([, x]) => [{ shape: (x as Meta).shape, dtype: (x as Meta).dtype }],
    vjp: () => {
      throw new GradError(
        'derivative for aten::_ctc_loss_backward is not implemented\n  the gradient of ctcLoss cannot itself be differentiated, here as in PyTorch',
      );
    },
  },
} satisfies Record<string, KernelRow>;
