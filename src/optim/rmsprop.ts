import type { OptionalArgs } from '../tensor/arguments.ts';
import { ArenaOptimizer } from './arena-optimizer.ts';
import type { Params } from './optimizer.ts';
import { atLeast } from './validate.ts';

/** Settings of {@link RMSprop}. Numbers may be changed between steps. */
export interface RMSpropOptions {
  /** Learning rate. Default 1e-2. */
  lr: number;
  /** How slowly the average of squared gradients forgets. Default 0.99. */
  alpha: number;
  /** Added to the root of the average. Default 1e-8. */
  eps: number;
  /** Added to the gradient, times the parameter. Default 0. */
  weightDecay: number;
  /** How much of the last step goes into this one. Default 0. */
  momentum: number;
  /** Divide by the variance of the gradient, not by its square's average. Default false. */
  centered: boolean;
  /** Go uphill. Default false. */
  maximize: boolean;
}
const defaults: RMSpropOptions = {
  lr: 1e-2,
  alpha: 0.99,
  eps: 1e-8,
  weightDecay: 0,
  momentum: 0,
  centered: false,
  maximize: false,
};

/**
 * RMSprop (Hinton, Neural networks for machine learning, lecture 6; PyTorch's torch.optim.RMSprop): one dispatch per parameter
 * group.
 *
 * @throws OptionError for settings out of range.
 * @example
 * const optimizer = new optim.RMSprop(model.parameters(), { lr: 1e-2, momentum: 0.9 });
 */
export class RMSprop extends ArenaOptimizer<RMSpropOptions> {
  constructor(
    params: Params<RMSpropOptions>,
    ...options: OptionalArgs<[lr: number, alpha: number], Partial<RMSpropOptions>>
  ) {
    super('RMSprop', params, options, defaults);
  }
  validate({ lr, alpha, eps, weightDecay, momentum }: RMSpropOptions): void {
    atLeast('learning rate', lr, 0);
    atLeast('epsilon value', eps, 0);
    atLeast('momentum value', momentum, 0);
    atLeast('weight_decay value', weightDecay, 0);
    atLeast('alpha value', alpha, 0);
  }
  initial({ momentum, centered }: RMSpropOptions) {
    return { square_avg: 0, ...(momentum > 0 && { momentum_buffer: 0 }), ...(centered && { grad_avg: 0 }) };
  }
  protected update({ lr, alpha, eps, weightDecay, momentum, centered, maximize }: RMSpropOptions) {
    return {
      op: 'rmspropStep' as const,
      attrs: { momentum: momentum > 0, centered, maximize },
      scalars: [lr, weightDecay, alpha, eps, momentum, 1 - alpha],
    };
  }
}
