/** The half-normal distribution. */
import type { Shape } from '../core/shape.ts';
import { zerosLike } from '../tensor/create.ts';
import { erfinv } from '../tensor/functions/elementary.ts';
import type { Tensor, TensorOrNumber } from '../tensor/tensor.ts';
import { type Constraint, nonnegative, positive } from './constraints.ts';
import { Distribution } from './distribution.ts';
import { normalDraw } from './draws.ts';
import { halfLog2Pi } from './normal.ts';
import { broadcastAll, type DistributionArgs, validateArgsOf } from './parameters.ts';

/**
 * The distribution of |x| for normal x of mean 0 and standard deviation `scale` > 0. Source: torch.distributions.HalfNormal.
 *
 * @throws OptionError for a scale that is not positive.
 * @example
 * const d = new distributions.HalfNormal(1);
 * await d.mean.item(); // 0.7979
 * await d.logProb(1).item(); // -0.7258
 */
export class HalfNormal extends Distribution {
  /** The standard deviation of x. */
  readonly scale: Tensor;

  constructor(scale: TensorOrNumber, ...rest: DistributionArgs) {
    const validateArgs = validateArgsOf('HalfNormal', rest);
    const wide = broadcastAll('HalfNormal', { scale });
    const parameters = { scale: [scale, positive] } as const;
    super({ name: 'HalfNormal', batchShape: wide.scale.shape, like: wide.scale, parameters, validateArgs });
    this.scale = wide.scale;
  }
  override get hasRsample(): boolean {
    return true;
  }
  override get support(): Constraint {
    return nonnegative;
  }
  protected override draw(shape: Shape): Tensor {
    return normalDraw(this.like, shape).abs().mul(this.scale);
  }
  protected override logProbOf(value: Tensor): Tensor {
    const inside = value
      .div(this.scale)
      .square()
      .mul(-0.5)
      .sub(this.scale.log())
      .add(Math.LN2 - halfLog2Pi);
    return inside.where(value.ge(0), Number.NEGATIVE_INFINITY);
  }
  protected override cdfOf(value: Tensor): Tensor {
    return value.div(this.scale).mul(Math.SQRT1_2).erf();
  }
  protected override icdfOf(value: Tensor): Tensor {
    return erfinv(value).mul(Math.SQRT2).mul(this.scale);
  }
  protected override entropyOf(): Tensor {
    return this.scale.log().add(0.5 + halfLog2Pi - Math.LN2);
  }
  protected override meanOf(): Tensor {
    return this.scale.mul(Math.sqrt(2 / Math.PI));
  }
  protected override varianceOf(): Tensor {
    return this.scale.square().mul(1 - 2 / Math.PI);
  }
  protected override modeOf(): Tensor {
    return zerosLike(this.scale);
  }
  protected override expanded(shape: Shape): HalfNormal {
    return new HalfNormal(this.scale.expand(shape), { validateArgs: false });
  }
}
