import { describe, OptionError } from '../core/errors.ts';
import { Optimizer, type Params, type Run } from './optimizer.ts';
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
  /** Go uphill. Default false. */
  maximize: boolean;
}
const defaults: AdamOptions = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, maximize: false };

abstract class AdamBase extends Optimizer<AdamOptions> {
  /** Decay the weights themselves, not the gradient. */
  protected abstract readonly decoupled: boolean;

  protected validate({ lr, betas, eps, weightDecay }: AdamOptions): void {
    atLeast('learning rate', lr, 0);
    atLeast('epsilon value', eps, 0);
    if (!Array.isArray(betas))
      throw new OptionError(`Invalid beta parameters: ${describe(betas)}\n  write { betas: [0.9, 0.999] }`);
    inUnitInterval('beta parameter at index 0', betas[0]);
    inUnitInterval('beta parameter at index 1', betas[1]);
    atLeast('weight_decay value', weightDecay, 0);
  }
  protected stateNames(): readonly string[] {
    return ['exp_avg', 'exp_avg_sq'];
  }
  protected update({ lr, betas: [beta1, beta2], eps, weightDecay, maximize }: AdamOptions, { step }: Run) {
    const scalars = [lr, beta2, eps, weightDecay, 1 - beta1 ** step, 1 - beta2 ** step, 1 - beta1, 1 - beta2];
    return { op: 'adamStep' as const, attrs: { decoupled: this.decoupled, maximize }, scalars };
  }
}

/**
 * Adam (Kingma & Ba, arXiv 1412.6980; PyTorch's torch.optim.Adam): one dispatch per parameter group.
 *
 * @example
 * const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
 */
export class Adam extends AdamBase {
  protected readonly decoupled = false;
  constructor(params: Params<AdamOptions>, options: Partial<AdamOptions> = {}) {
    super('Adam', params, options, defaults);
  }
}

/** Adam with decoupled weight decay (Loshchilov & Hutter, arXiv 1711.05101; PyTorch's torch.optim.AdamW). */
export class AdamW extends AdamBase {
  protected readonly decoupled = true;
  constructor(params: Params<AdamOptions>, options: Partial<AdamOptions> = {}) {
    super('AdamW', params, options, { ...defaults, weightDecay: 1e-2 });
  }
}
