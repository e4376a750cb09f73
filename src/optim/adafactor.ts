import { OptionError } from '../core/errors.ts';
import type { OptionalArgs } from '../tensor/arguments.ts';
import { zeros } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { ComposedOptimizer, type Member } from './composed-optimizer.ts';
import type { Params } from './optimizer.ts';

/** Settings of {@link Adafactor}. Numbers may be changed between steps. */
export interface AdafactorOptions {
  /** The greatest learning rate; it falls as 1/√step. Default 1e-2. */
  lr: number;
  /** The power of the step by which averages forget. Default -0.8. */
  beta2Decay: number;
  /** The least root of a variance (null: the dtype's epsilon), and the least scale of a parameter. Default [null, 1e-3]. */
  eps: readonly [number | null, number];
  /** The greatest root mean square of a step, before the rate. Default 1. */
  d: number;
  /** Shrinks the parameters by lr·weightDecay of themselves. Default 0. */
  weightDecay: number;
  /** Go uphill. Default false. */
  maximize: boolean;
}
const defaults: AdafactorOptions = {
  lr: 1e-2,
  beta2Decay: -0.8,
  eps: [null, 1e-3],
  d: 1,
  weightDecay: 0,
  maximize: false,
};

/**
 * Adafactor: a matrix's second moments are kept as one row and one column (Shazeer & Stern, arXiv 1804.04235; PyTorch's
 * torch.optim.Adafactor).
 *
 * @throws OptionError for settings out of range.
 * @example
 * const optimizer = new optim.Adafactor(model.parameters(), { lr: 1e-2 });
 */
export class Adafactor extends ComposedOptimizer<AdafactorOptions> {
  constructor(params: Params<AdafactorOptions>, ...options: OptionalArgs<[lr: number], Partial<AdafactorOptions>>) {
    super('Adafactor', params, options, defaults);
  }
  validate({ lr, beta2Decay, eps, d, weightDecay }: AdafactorOptions): void {
    if (!(lr >= 0)) throw new OptionError(`Learning rate should be >= 0 but is: ${lr}`);
    if (!(beta2Decay <= 0)) throw new OptionError(`beta2_decay should be <= 0 but is: ${beta2Decay}`);
    if (eps[0] !== null && !(eps[0] >= 0)) throw new OptionError(`epsilon1 should be >= 0 but is: ${eps[0]}`);
    if (!(eps[1] >= 0)) throw new OptionError(`epsilon2 should be >= 0 but is: ${eps[1]}`);
    if (!(d >= 1)) throw new OptionError(`Clipping threshold d should be >= 1 but is: ${d}`);
    if (!(weightDecay >= 0)) throw new OptionError(`weight_decay should be >= 0 but is: ${weightDecay}`);
  }

  protected initial(p: Tensor): Record<string, number | Tensor> {
    const like = (shape: readonly number[]) => zeros(shape, { dtype: p.dtype, device: p.device });
    const { shape, ndim } = p;
    if (ndim < 2) return { step: 0, variance: like(shape) };
    const without = (dim: number) => like(shape.map((size, i) => (i === dim ? 1 : size)));
    return { step: 0, row_var: without(ndim - 1), col_var: without(ndim - 2) };
  }
  protected update(group: AdafactorOptions, members: readonly Member[]): void {
    for (const member of members) {
      const { p, state } = member;
      const step = (state.step as number) + 1;
      state.step = step;
      const least = group.eps[0] ?? (p.dtype === 'float16' ? 2 ** -10 : p.dtype === 'float64' ? 2 ** -52 : 2 ** -23);
      const scale = rootMeanSquare(p)
        .clamp({ min: group.eps[1] })
        .mul(Math.min(group.lr, 1 / Math.sqrt(step)));
      if (group.weightDecay !== 0) p.mul_(1 - group.lr * group.weightDecay);
      const variance = varianceOf(member, step ** group.beta2Decay, least);
      const grad = group.maximize ? member.grad.neg() : member.grad;
      const direction = grad.mul(variance.clamp({ min: least * least }).rsqrt());
      const clipped = rootMeanSquare(direction).div(group.d).clamp({ min: 1 });
      p.sub_(direction.mul(scale.div(clipped)));
    }
  }
}

const rootMeanSquare = (x: Tensor): Tensor => x.square().mean().sqrt();

/** Averages the squared gradient, `share` of it new: whole for a vector, as the product of a row and a column else. */
function varianceOf({ grad, state }: Member, share: number, least: number): Tensor {
  const { row_var: rows, col_var: columns, variance } = state as Record<string, Tensor>;
  const square = grad.square();
  if (!rows || !columns) return variance!.lerp_(square, share);
  rows.lerp_(square.mean(-1, { keepdim: true }), share);
  columns.lerp_(square.mean(-2, { keepdim: true }), share);
  return rows.matmul(columns).div(rows.mean(-2, { keepdim: true }).clamp({ min: least }));
}
