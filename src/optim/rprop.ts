import { OptionError } from '../core/errors.ts';
import type { OptionalArgs } from '../tensor/arguments.ts';
import { ArenaOptimizer } from './arena-optimizer.ts';
import type { Params } from './optimizer.ts';
import { atLeast } from './validate.ts';

/** Settings of {@link Rprop}. Numbers may be changed between steps. */
export interface RpropOptions {
  /** The first step size. Default 1e-2. */
  lr: number;
  /** By what a step size shrinks where the gradient's sign has changed, and grows where not. Default [0.5, 1.2]. */
  etas: readonly [number, number];
  /** The least and the greatest step size. Default [1e-6, 50]. */
  stepSizes: readonly [number, number];
  /** Go uphill. Default false. */
  maximize: boolean;
}
const defaults: RpropOptions = { lr: 1e-2, etas: [0.5, 1.2], stepSizes: [1e-6, 50], maximize: false };

/**
 * Resilient backpropagation, for full batches (Riedmiller & Braun; PyTorch's torch.optim.Rprop): one dispatch per parameter
 * group.
 *
 * @throws OptionError for settings out of range.
 * @example
 * const optimizer = new optim.Rprop(model.parameters(), { lr: 1e-2 });
 */
export class Rprop extends ArenaOptimizer<RpropOptions> {
  constructor(params: Params<RpropOptions>, ...options: OptionalArgs<[lr: number], Partial<RpropOptions>>) {
    super('Rprop', params, options, defaults);
  }
  validate({ lr, etas }: RpropOptions): void {
    atLeast('learning rate', lr, 0);
    if (!(etas[0] > 0 && etas[0] < 1 && etas[1] > 1))
      throw new OptionError(`Invalid eta values: ${etas[0]}, ${etas[1]}`);
  }
  initial({ lr }: RpropOptions) {
    return { prev: 0, step_size: lr };
  }
  protected update({ lr, etas, stepSizes, maximize }: RpropOptions) {
    return { op: 'rpropStep' as const, attrs: { maximize }, scalars: [lr, 0, ...etas, ...stepSizes] };
  }
}
