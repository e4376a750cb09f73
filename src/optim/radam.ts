import type { OptionalArgs } from '../tensor/arguments.ts';
import { type AdamOptions, checkAdam } from './adam.ts';
import { ArenaOptimizer, type Counts } from './arena-optimizer.ts';
import type { Params } from './optimizer.ts';

/** Settings of {@link RAdam}. Numbers may be changed between steps. */
export type RAdamOptions = Omit<AdamOptions, 'amsgrad'>;
const defaults: RAdamOptions = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  decoupledWeightDecay: false,
  maximize: false,
};

/**
 * Rectified Adam, which needs no warm-up (Liu et al., arXiv 1908.03265; PyTorch's torch.optim.RAdam): one dispatch per
 * parameter group.
 *
 * @throws OptionError for settings out of range.
 * @example
 * const optimizer = new optim.RAdam(model.parameters(), { lr: 1e-3 });
 */
export class RAdam extends ArenaOptimizer<RAdamOptions> {
  constructor(params: Params<RAdamOptions>, ...options: OptionalArgs<[lr: number], Partial<RAdamOptions>>) {
    super('RAdam', params, options, defaults);
  }
  validate(group: RAdamOptions): void {
    checkAdam(group);
  }
  initial() {
    return { exp_avg: 0, exp_avg_sq: 0 };
  }
  protected update(group: RAdamOptions, { step = 1 }: Counts) {
    const { lr, betas, eps, weightDecay, maximize, decoupledWeightDecay: decoupled } = group;
    const [beta1, beta2] = betas;
    const correction2 = 1 - beta2 ** step;
    // The length of the average that the second moment is: its variance can be told from length 5 on.
    const longest = 2 / (1 - beta2) - 1;
    const length = longest - (2 * step * beta2 ** step) / correction2;
    const variance = ((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length);
    const rectified = length > 5 ? Math.sqrt(variance) * Math.sqrt(correction2) : 0;
    return {
      op: 'radamStep' as const,
      attrs: { decoupled, maximize },
      scalars: [lr, weightDecay, beta2, eps, 1 - beta1 ** step, rectified, 1 - beta1, 1 - beta2],
    };
  }
}
