import type { OptionalArgs } from '../tensor/arguments.ts';
import { type AdamOptions, checkAdam } from './adam.ts';
import { ArenaOptimizer, type Counts } from './arena-optimizer.ts';
import type { Params } from './optimizer.ts';

/** Settings of {@link Adamax}. Numbers may be changed between steps. */
export interface AdamaxOptions extends Omit<AdamOptions, 'amsgrad' | 'decoupledWeightDecay'> {
  /** Learning rate. Default 2e-3. */
  lr: number;
}
const defaults: AdamaxOptions = { lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, maximize: false };

/**
 * Adam with the maximum norm (Kingma & Ba, arXiv 1412.6980, section 7; PyTorch's torch.optim.Adamax): one dispatch per
 * parameter group.
 *
 * @throws OptionError for settings out of range.
 * @example
 * const optimizer = new optim.Adamax(model.parameters(), { lr: 2e-3 });
 */
export class Adamax extends ArenaOptimizer<AdamaxOptions> {
  constructor(params: Params<AdamaxOptions>, ...options: OptionalArgs<[lr: number], Partial<AdamaxOptions>>) {
    super('Adamax', params, options, defaults);
  }
  validate(group: AdamaxOptions): void {
    checkAdam(group);
  }
  initial() {
    return { exp_avg: 0, exp_inf: 0 };
  }
  protected update({ lr, betas: [beta1, beta2], eps, weightDecay, maximize }: AdamaxOptions, { step = 1 }: Counts) {
    const scalars = [lr, weightDecay, beta2, eps, 1 - beta1 ** step, 1 - beta1];
    return { op: 'adamaxStep' as const, attrs: { maximize }, scalars };
  }
}
