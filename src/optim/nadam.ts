import type { OptionalArgs } from '../tensor/arguments.ts';
import { type AdamOptions, checkAdam } from './adam.ts';
import { ArenaOptimizer, type Counts } from './arena-optimizer.ts';
import type { Params } from './optimizer.ts';
import { atLeast } from './validate.ts';

/** Settings of {@link NAdam}. Numbers may be changed between steps. */
export interface NAdamOptions extends Omit<AdamOptions, 'amsgrad'> {
  /** Learning rate. Default 2e-3. */
  lr: number;
  /** How fast the momentum comes to its full strength. Default 4e-3. */
  momentumDecay: number;
}
const defaults: NAdamOptions = {
  lr: 2e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  momentumDecay: 4e-3,
  decoupledWeightDecay: false,
  maximize: false,
};

/**
 * Adam with Nesterov momentum (Dozat, Incorporating Nesterov momentum into Adam; PyTorch's torch.optim.NAdam): one dispatch per
 * parameter group.
 *
 * @throws OptionError for settings out of range.
 * @example
 * const optimizer = new optim.NAdam(model.parameters(), { lr: 2e-3 });
 */
export class NAdam extends ArenaOptimizer<NAdamOptions> {
  constructor(params: Params<NAdamOptions>, ...options: OptionalArgs<[lr: number], Partial<NAdamOptions>>) {
    super('NAdam', params, options, defaults);
  }
  validate(group: NAdamOptions): void {
    checkAdam(group);
    atLeast('momentum_decay value', group.momentumDecay, 0);
  }
  initial() {
    return { exp_avg: 0, exp_avg_sq: 0 };
  }
  override initialCounts(): Counts {
    return { step: 0, mu_product: 1 };
  }
  protected update(group: NAdamOptions, counts: Counts) {
    const { lr, betas, eps, weightDecay, momentumDecay, maximize, decoupledWeightDecay: decoupled } = group;
    const [beta1, beta2] = betas;
    const step = counts.step!;
    const momentum = (at: number) => beta1 * (1 - 0.5 * 0.96 ** (at * momentumDecay));
    const [mu, next] = [momentum(step), momentum(step + 1)];
    counts.mu_product! *= mu;
    const steps = [(lr * (1 - mu)) / (1 - counts.mu_product!), (lr * next) / (1 - counts.mu_product! * next)];
    return {
      op: 'nadamStep' as const,
      attrs: { decoupled, maximize },
      scalars: [lr, weightDecay, beta2, eps, 1 - beta2 ** step, 1 - beta1, 1 - beta2, ...steps],
    };
  }
}
