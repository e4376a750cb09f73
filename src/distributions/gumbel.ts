/** The Gumbel distribution. */
import type { Shape } from '../core/shape.ts';
import type { Tensor, TensorOrNumber } from '../tensor/tensor.ts';
import { gumbelDraw } from './draws.ts';
import { LocationScale } from './location-scale.ts';
import type { DistributionArgs } from './parameters.ts';

/** Euler's constant: the mean of the Gumbel distribution of location 0 and scale 1. */
export const euler = 0.5772156649015329;

/**
 * The Gumbel distribution of mode `loc` and scale `scale` > 0: that of the greatest of many numbers. Source:
 * torch.distributions.Gumbel.
 *
 * @throws OptionError for a scale that is not positive; ShapeError when the parameters do not broadcast.
 * @example
 * const d = new distributions.Gumbel(1, 2);
 * await d.mean.item(); // 2.1544
 * await d.cdf(1).item(); // 0.3679
 */
export class Gumbel extends LocationScale {
  constructor(loc: TensorOrNumber, scale: TensorOrNumber, ...rest: DistributionArgs) {
    super('Gumbel', loc, scale, rest);
  }
  protected override draw(shape: Shape): Tensor {
    return gumbelDraw(this.like, shape).mul(this.scale).add(this.loc);
  }
  protected override logProbOf(value: Tensor): Tensor {
    const y = this.loc.sub(value).div(this.scale);
    return y.sub(y.exp()).sub(this.scale.log());
  }
  protected override cdfOf(value: Tensor): Tensor {
    return this.loc.sub(value).div(this.scale).exp().neg().exp();
  }
  protected override icdfOf(value: Tensor): Tensor {
    return this.loc.sub(this.scale.mul(value.log().neg().log()));
  }
  protected override entropyOf(): Tensor {
    return this.scale.log().add(1 + euler);
  }
  protected override meanOf(): Tensor {
    return this.scale.mul(euler).add(this.loc);
  }
  protected override varianceOf(): Tensor {
    return this.scale.square().mul(Math.PI ** 2 / 6);
  }
  protected override stddevOf(): Tensor {
    return this.scale.mul(Math.PI / Math.sqrt(6));
  }
  protected override modeOf(): Tensor {
    return this.loc;
  }
  protected override expanded(shape: Shape): Gumbel {
    return new Gumbel(this.loc.expand(shape), this.scale.expand(shape), { validateArgs: false });
  }
}
