import { describe, OptionError } from '../core/errors.ts';
import type { OptionalArgs } from '../tensor/arguments.ts';
import { ArenaOptimizer, type Counts } from './arena-optimizer.ts';
import type { Params } from './optimizer.ts';
import { atLeast, inUnitInterval } from './validate.ts';

/** Settings of {@link Adam} and {@link AdamW}. Numbers may be changed between steps. */
export interface AdamOptions {
  /** Learning rate. Default 1e-3. */
  lr: number;
  /** How slowly the averages of the gradient and of its square forget. Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** Added to the root of the second average. Default 1e-8. */
  eps: number;
  /** Default 0 for Adam, 0.01 for AdamW. */
  weightDecay: number;
  /** Divide by the greatest second average so far (Reddi et al., On the convergence of Adam and beyond). Default false. */
  amsgrad: boolean;
  /** Go uphill. Default false. */
  maximize: boolean;
  /** Decay the weights themselves, not the gradient. Default false for Adam, true for AdamW. */
  decoupledWeightDecay: boolean;
}
const defaults: AdamOptions = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  amsgrad: false,
  maximize: false,
  decoupledWeightDecay: false,
};

/** Checks the settings that Adam and its kin share, in PyTorch's words. */
export function checkAdam({ lr, betas, eps, weightDecay }: Pick<AdamOptions, 'lr' | 'betas' | 'eps' | 'weightDecay'>) {
  atLeast('learning rate', lr, 0);
  atLeast('epsilon value', eps, 0);
  if (!Array.isArray(betas))
    throw new OptionError(`Invalid beta parameters: ${describe(betas)}\n  write { betas: [0.9, 0.999] }`);
  inUnitInterval('beta parameter at index 0', betas[0]);
  inUnitInterval('beta parameter at index 1', betas[1]);
  atLeast('weight_decay value', weightDecay, 0);
}

abstract class AdamBase extends ArenaOptimizer<AdamOptions> {
  validate(group: AdamOptions): void {
    checkAdam(group);
  }
  initial({ amsgrad }: AdamOptions) {
    return { exp_avg: 0, exp_avg_sq: 0, ...(amsgrad && { max_exp_avg_sq: 0 }) };
  }
  protected update(group: AdamOptions, { step }: Counts) {
    const { lr, betas, eps, weightDecay, amsgrad, maximize, decoupledWeightDecay: decoupled } = group;
    const [beta1, beta2] = betas;
    const corrections = [1 - beta1 ** step!, 1 - beta2 ** step!, 1 - beta1, 1 - beta2];
    return {
      op: 'adamStep' as const,
      attrs: { amsgrad, decoupled, maximize },
      scalars: [lr, weightDecay, beta2, eps, ...corrections],
    };
  }
}

/**
 * Adam (Kingma & Ba, arXiv 1412.6980; PyTorch's torch.optim.Adam): one dispatch per parameter group.
 *
 * @example
 * const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
 */
export class Adam extends AdamBase {
  constructor(params: Params<AdamOptions>, ...options: OptionalArgs<[lr: number], Partial<AdamOptions>>) {
    super('Adam', params, options, defaults);
  }
}

/** Adam with decoupled weight decay (Loshchilov & Hutter, arXiv 1711.05101; PyTorch's torch.optim.AdamW). */
export class AdamW extends AdamBase {
  constructor(params: Params<AdamOptions>, ...options: OptionalArgs<[lr: number], Partial<AdamOptions>>) {
    super('AdamW', params, options, { ...defaults, weightDecay: 1e-2, decoupledWeightDecay: true });
  }
}
