/** The Poisson distribution. */
import type { Shape } from '../core/shape.ts';
import { xlogy } from '../tensor/functions/arithmetic.ts';
import { poisson } from '../tensor/functions/choices.ts';
import { lgamma } from '../tensor/functions/elementary.ts';
import type { Tensor, TensorOrNumber } from '../tensor/tensor.ts';
import { type Constraint, nonnegative, nonnegativeInteger } from './constraints.ts';
import { Distribution } from './distribution.ts';
import { broadcastAll, type DistributionArgs, validateArgsOf } from './parameters.ts';

/**
 * The Poisson distribution of rate `rate` ≥ 0: that of numbers of events. Draws are floating. Source: torch.distributions.Poisson.
 *
 * @throws OptionError for a negative rate.
 * @example
 * const d = new distributions.Poisson(tensor([1, 4]));
 * await d.logProb(tensor([0, 3])).tolist(); // [-1, -1.6329]
 */
export class Poisson extends Distribution {
  /** The mean. */
  readonly rate: Tensor;

  constructor(rate: TensorOrNumber, ...rest: DistributionArgs) {
    const validateArgs = validateArgsOf('Poisson', rest);
    const wide = broadcastAll('Poisson', { rate });
    const parameters = { rate: [rate, nonnegative] } as const;
    super({ name: 'Poisson', batchShape: wide.rate.shape, like: wide.rate, parameters, validateArgs });
    this.rate = wide.rate;
  }
  override get support(): Constraint {
    return nonnegativeInteger;
  }
  protected override draw(shape: Shape): Tensor {
    return poisson(this.rate.detach().expand(shape));
  }
  protected override logProbOf(value: Tensor): Tensor {
    return xlogy(value, this.rate)
      .sub(this.rate)
      .sub(lgamma(value.add(1)));
  }
  protected override meanOf(): Tensor {
    return this.rate;
  }
  protected override varianceOf(): Tensor {
    return this.rate;
  }
  protected override modeOf(): Tensor {
    return this.rate.floor();
  }
  protected override expanded(shape: Shape): Poisson {
    return new Poisson(this.rate.expand(shape), { validateArgs: false });
  }
}
