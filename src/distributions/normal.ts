/** The normal distribution. */
import type { Shape } from '../core/shape.ts';
import { erfinv } from '../tensor/functions/elementary.ts';
import type { Tensor, TensorOrNumber } from '../tensor/tensor.ts';
import { normalDraw } from './draws.ts';
import { LocationScale } from './location-scale.ts';
import type { DistributionArgs } from './parameters.ts';

/** Half of log 2π. */
export const halfLog2Pi = 0.5 * Math.log(2 * Math.PI);

/**
 * The normal distribution of mean `loc` and standard deviation `scale` > 0. Source: torch.distributions.Normal.
 *
 * @throws OptionError for a scale that is not positive; ShapeError when the parameters do not broadcast.
 * @example
 * const loc = tensor([0, 1]).float().requiresGrad_();
 * const d = new distributions.Normal(loc, 2);
 * await d.logProb(1).tolist(); // [-1.7371, -1.6121]
 * d.rsample([10]).mean().backward();
 * await loc.grad!.tolist(); // [0.5, 0.5]
 */
export class Normal extends LocationScale {
  constructor(loc: TensorOrNumber, scale: TensorOrNumber, ...rest: DistributionArgs) {
    super('Normal', loc, scale, rest);
  }
  protected override expanded(shape: Shape): Normal {
    return new Normal(this.loc.expand(shape), this.scale.expand(shape), { validateArgs: false });
  }
  protected override draw(shape: Shape): Tensor {
    return normalDraw(this.like, shape).mul(this.scale).add(this.loc);
  }
  protected override logProbOf(value: Tensor): Tensor {
    return value.sub(this.loc).div(this.scale).square().mul(-0.5).sub(this.scale.log()).sub(halfLog2Pi);
  }
  protected override cdfOf(value: Tensor): Tensor {
    return value.sub(this.loc).div(this.scale).mul(Math.SQRT1_2).erf().add(1).mul(0.5);
  }
  protected override icdfOf(value: Tensor): Tensor {
    return erfinv(value.mul(2).sub(1)).mul(Math.SQRT2).mul(this.scale).add(this.loc);
  }
  protected override entropyOf(): Tensor {
    return this.scale.log().add(0.5 + halfLog2Pi);
  }
  protected override meanOf(): Tensor {
    return this.loc;
  }
  protected override varianceOf(): Tensor {
    return this.scale.square();
  }
  protected override stddevOf(): Tensor {
    return this.scale;
  }
  protected override modeOf(): Tensor {
    return this.loc;
  }
}
