import type { OptionalArgs } from '../tensor/arguments.ts';
import { ArenaOptimizer, type Counts } from './arena-optimizer.ts';
import type { Params } from './optimizer.ts';
import { atLeast } from './validate.ts';

/** Settings of {@link Adagrad}. Numbers may be changed between steps. */
export interface AdagradOptions {
  /** Learning rate. Default 1e-2. */
  lr: number;
  /** The rate of step t is lr / (1 + (t − 1)·lrDecay). Default 0. */
  lrDecay: number;
  /** Added to the gradient, times the parameter. Default 0. */
  weightDecay: number;
  /** What the sum of squared gradients starts from. Default 0. */
  initialAccumulatorValue: number;
  /** Added to the root of the sum. Default 1e-10. */
  eps: number;
  /** Go uphill. Default false. */
  maximize: boolean;
}
const defaults: AdagradOptions = {
  lr: 1e-2,
  lrDecay: 0,
  weightDecay: 0,
  initialAccumulatorValue: 0,
  eps: 1e-10,
  maximize: false,
};

/**
 * Adagrad (Duchi et al., Adaptive subgradient methods; PyTorch's torch.optim.Adagrad): one dispatch per parameter group.
 *
 * @throws OptionError for settings out of range.
 * @example
 * const optimizer = new optim.Adagrad(model.parameters(), { lr: 1e-2 });
 */
export class Adagrad extends ArenaOptimizer<AdagradOptions> {
  constructor(params: Params<AdagradOptions>, ...options: OptionalArgs<[lr: number], Partial<AdagradOptions>>) {
    super('Adagrad', params, options, defaults);
  }
  validate({ lr, lrDecay, weightDecay, initialAccumulatorValue, eps }: AdagradOptions): void {
    atLeast('learning rate', lr, 0);
    atLeast('lr_decay value', lrDecay, 0);
    atLeast('weight_decay value', weightDecay, 0);
    atLeast('initial_accumulator_value value', initialAccumulatorValue, 0);
    atLeast('epsilon value', eps, 0);
  }
  initial({ initialAccumulatorValue }: AdagradOptions) {
    return { sum: initialAccumulatorValue };
  }
  protected update({ lr, lrDecay, weightDecay, eps, maximize }: AdagradOptions, { step = 1 }: Counts) {
    const scalars = [lr / (1 + (step - 1) * lrDecay), weightDecay, eps];
    return { op: 'adagradStep' as const, attrs: { maximize }, scalars };
  }
}
