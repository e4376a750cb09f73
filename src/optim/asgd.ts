import type { OptionalArgs } from '../tensor/arguments.ts';
import { ArenaOptimizer, type Counts } from './arena-optimizer.ts';
import type { Params } from './optimizer.ts';
import { atLeast } from './validate.ts';

/** Settings of {@link ASGD}. Numbers may be changed between steps. */
export interface ASGDOptions {
  /** Learning rate. Default 1e-2. */
  lr: number;
  /** How fast the rate falls, and parameters shrink. Default 1e-4. */
  lambd: number;
  /** The power by which the rate falls. Default 0.75. */
  alpha: number;
  /** The step after which parameters are averaged. Default 1e6. */
  t0: number;
  /** Added to the gradient, times the parameter. Default 0. */
  weightDecay: number;
  /** Go uphill. Default false. */
  maximize: boolean;
}
const defaults: ASGDOptions = { lr: 1e-2, lambd: 1e-4, alpha: 0.75, t0: 1e6, weightDecay: 0, maximize: false };

/**
 * Averaged stochastic gradient descent (Polyak & Juditsky, Acceleration of stochastic approximation by averaging; PyTorch's
 * torch.optim.ASGD): one dispatch per parameter group. The averages are `optimizer.state(p).ax`.
 *
 * @throws OptionError for settings out of range.
 * @example
 * const optimizer = new optim.ASGD(model.parameters(), { lr: 1e-2, t0: 100 });
 */
export class ASGD extends ArenaOptimizer<ASGDOptions> {
  constructor(params: Params<ASGDOptions>, ...options: OptionalArgs<[lr: number], Partial<ASGDOptions>>) {
    super('ASGD', params, options, defaults);
  }
  validate({ lr, weightDecay }: ASGDOptions): void {
    atLeast('learning rate', lr, 0);
    atLeast('weight_decay value', weightDecay, 0);
  }
  initial() {
    return { ax: 0 };
  }
  override initialCounts({ lr }: ASGDOptions): Counts {
    return { step: 0, eta: lr, mu: 1 };
  }
  protected update({ lr, lambd, alpha, t0, weightDecay, maximize }: ASGDOptions, counts: Counts) {
    const { step = 1, eta = lr, mu = 1 } = counts;
    // As in PyTorch, the rate of a step is what the step before left.
    counts.eta = lr / (1 + lambd * lr * step) ** alpha;
    counts.mu = 1 / Math.max(1, step - t0);
    return { op: 'asgdStep' as const, attrs: { maximize }, scalars: [lr, weightDecay, eta, 1 - lambd * eta, mu] };
  }
}
