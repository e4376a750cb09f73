import { describe, OptionError } from '../core/errors.ts';
import type { OptionalArgs } from '../tensor/arguments.ts';
import { ArenaOptimizer } from './arena-optimizer.ts';
import type { Params } from './optimizer.ts';
import { atLeast } from './validate.ts';

/** Settings of {@link Adadelta}. Numbers may be changed between steps. */
export interface AdadeltaOptions {
  /** Scales the steps. Default 1. */
  lr: number;
  /** How slowly the averages of squared gradients and steps forget. Default 0.9. */
  rho: number;
  /** Added to the averages before their roots. Default 1e-6. */
  eps: number;
  /** Added to the gradient, times the parameter. Default 0. */
  weightDecay: number;
  /** Go uphill. Default false. */
  maximize: boolean;
}
const defaults: AdadeltaOptions = { lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0, maximize: false };

/**
 * Adadelta (Zeiler, arXiv 1212.5701; PyTorch's torch.optim.Adadelta): one dispatch per parameter group.
 *
 * @throws OptionError for settings out of range.
 * @example
 * const optimizer = new optim.Adadelta(model.parameters());
 */
export class Adadelta extends ArenaOptimizer<AdadeltaOptions> {
  constructor(params: Params<AdadeltaOptions>, ...options: OptionalArgs<[lr: number], Partial<AdadeltaOptions>>) {
    super('Adadelta', params, options, defaults);
  }
  validate({ lr, rho, eps, weightDecay }: AdadeltaOptions): void {
    atLeast('learning rate', lr, 0);
    if (!(rho >= 0 && rho <= 1)) throw new OptionError(`Invalid rho value: ${describe(rho)}`);
    atLeast('epsilon value', eps, 0);
    atLeast('weight_decay value', weightDecay, 0);
  }
  initial() {
    return { square_avg: 0, acc_delta: 0 };
  }
  protected update({ lr, rho, eps, weightDecay, maximize }: AdadeltaOptions) {
    return { op: 'adadeltaStep' as const, attrs: { maximize }, scalars: [lr, weightDecay, rho, eps, 1 - rho] };
  }
}
