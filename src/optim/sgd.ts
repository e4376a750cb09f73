import { OptionError } from '../core/errors.ts';
import type { OptionalArgs } from '../tensor/arguments.ts';
import { ArenaOptimizer, type Counts } from './arena-optimizer.ts';
import type { Params } from './optimizer.ts';
import { atLeast } from './validate.ts';

/** Settings of {@link SGD}. Numbers may be changed between steps. */
export interface SGDOptions {
  /** Learning rate. Default 1e-3. */
  lr: number;
  /** How much of the last step goes into this one. Default 0. */
  momentum: number;
  /** How much less than all of the gradient goes into the momentum. Default 0. */
  dampening: number;
  /** Added to the gradient, times the parameter. Default 0. */
  weightDecay: number;
  /** Nesterov momentum: look one step ahead. Default false. */
  nesterov: boolean;
  /** Go uphill. Default false. */
  maximize: boolean;
}
const defaults: SGDOptions = { lr: 1e-3, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false, maximize: false };

/**
 * Stochastic gradient descent with momentum (PyTorch's torch.optim.SGD): one dispatch per parameter group.
 *
 * @example
 * const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
 */
export class SGD extends ArenaOptimizer<SGDOptions> {
  override readonly counted = false;
  constructor(
    params: Params<SGDOptions>,
    ...options: OptionalArgs<[lr: number, momentum: number], Partial<SGDOptions>>
  ) {
    super('SGD', params, options, defaults);
  }
  validate({ lr, momentum, dampening, weightDecay, nesterov }: SGDOptions): void {
    atLeast('learning rate', lr, 0);
    atLeast('momentum value', momentum, 0);
    atLeast('weight_decay value', weightDecay, 0);
    if (nesterov && (momentum <= 0 || dampening !== 0))
      throw new OptionError('Nesterov momentum requires a momentum and zero dampening');
  }
  initial({ momentum }: SGDOptions) {
    return { ...(momentum !== 0 && { momentum_buffer: 0 }) };
  }
  protected update(group: SGDOptions, { step }: Counts) {
    const { lr, momentum, dampening, weightDecay, nesterov, maximize } = group;
    // PyTorch's first buffer is the gradient itself, undamped.
    const scalars = [lr, weightDecay, momentum, step === 1 ? 1 : 1 - dampening];
    return { op: 'sgdStep' as const, attrs: { momentum: momentum !== 0, nesterov, maximize }, scalars };
  }
}
