/** The exponential distribution. */
import type { Shape } from '../core/shape.ts';
import { zerosLike } from '../tensor/create.ts';
import type { Tensor, TensorOrNumber } from '../tensor/tensor.ts';
import { type Constraint, nonnegative, positive } from './constraints.ts';
import { Distribution } from './distribution.ts';
import { exponentialDraw } from './draws.ts';
import { broadcastAll, type DistributionArgs, validateArgsOf } from './parameters.ts';

/**
 * The exponential distribution of rate `rate` > 0: that of the time between events. Source: torch.distributions.Exponential.
 *
 * @throws OptionError for a rate that is not positive.
 * @example
 * const d = new distributions.Exponential(2);
 * await d.mean.item(); // 0.5
 * await d.logProb(1).item(); // -1.3069
 */
export class Exponential extends Distribution {
  /** Events per unit of time. */
  readonly rate: Tensor;

  constructor(rate: TensorOrNumber, ...rest: DistributionArgs) {
    const validateArgs = validateArgsOf('Exponential', rest);
    const wide = broadcastAll('Exponential', { rate });
    const parameters = { rate: [rate, positive] } as const;
    super({ name: 'Exponential', batchShape: wide.rate.shape, like: wide.rate, parameters, validateArgs });
    this.rate = wide.rate;
  }
  override get hasRsample(): boolean {
    return true;
  }
  override get support(): Constraint {
    return nonnegative;
  }
  protected override draw(shape: Shape): Tensor {
    return exponentialDraw(this.like, shape).div(this.rate);
  }
  protected override logProbOf(value: Tensor): Tensor {
    return this.rate.log().sub(this.rate.mul(value));
  }
  protected override cdfOf(value: Tensor): Tensor {
    return this.rate.mul(value).neg().expm1().neg();
  }
  protected override icdfOf(value: Tensor): Tensor {
    return value.neg().log1p().neg().div(this.rate);
  }
  protected override entropyOf(): Tensor {
    return this.rate.log().neg().add(1);
  }
  protected override meanOf(): Tensor {
    return this.rate.reciprocal();
  }
  protected override varianceOf(): Tensor {
    return this.rate.square().reciprocal();
  }
  protected override stddevOf(): Tensor {
    return this.rate.reciprocal();
  }
  protected override modeOf(): Tensor {
    return zerosLike(this.rate);
  }
  protected override expanded(shape: Shape): Exponential {
    return new Exponential(this.rate.expand(shape), { validateArgs: false });
  }
}
