import { OptionError } from '../core/errors.ts';
import type { OptionalArgs } from '../tensor/arguments.ts';
import { ArenaOptimizer } from './arena-optimizer.ts';
import type { Params } from './optimizer.ts';
import { atLeast } from './validate.ts';

/** Settings of {@link Lion}. Numbers may be changed between steps. */
export interface LionOptions {
  /** Learning rate. Default 1e-4. */
  lr: number;
  /** The share of the average in the direction, and how slowly the average forgets. Default [0.9, 0.99]. */
  betas: readonly [number, number];
  /** Shrinks the parameters by lr·weightDecay of themselves. Default 0. */
  weightDecay: number;
  /** Shrink by weightDecay at the first rate, whatever that was. Default false. */
  decoupledWeightDecay: boolean;
}
const defaults: LionOptions = { lr: 1e-4, betas: [0.9, 0.99], weightDecay: 0, decoupledWeightDecay: false };

/**
 * Lion: the sign of an average, one state less than Adam (Chen et al., arXiv 2302.06675; with the defaults of lion-pytorch): one
 * dispatch per parameter group.
 *
 * @throws OptionError for settings out of range.
 * @example
 * const optimizer = new optim.Lion(model.parameters(), { lr: 1e-4, weightDecay: 1e-2 });
 */
export class Lion extends ArenaOptimizer<LionOptions> {
  override readonly counted = false;
  constructor(params: Params<LionOptions>, ...options: OptionalArgs<[lr: number], Partial<LionOptions>>) {
    super('Lion', params, options, defaults);
  }
  validate({ lr, betas, weightDecay }: LionOptions): void {
    if (!(lr > 0)) throw new OptionError(`Invalid learning rate: ${lr}`);
    for (const [i, beta] of betas.entries())
      if (!(beta >= 0 && beta <= 1)) throw new OptionError(`Invalid beta parameter at index ${i}: ${beta}`);
    atLeast('weight_decay value', weightDecay, 0);
  }
  initial() {
    return { exp_avg: 0 };
  }
  protected update({ lr, betas: [beta1, beta2], weightDecay, decoupledWeightDecay }: LionOptions) {
    const decay = decoupledWeightDecay ? weightDecay / this.defaults.lr : weightDecay;
    const scalars = [lr, decay, beta1, 1 - beta1, beta2, 1 - beta2];
    return { op: 'lionStep' as const, attrs: { decoupled: true }, scalars };
  }
}
