/** The Cauchy distribution. */
import type { Shape } from '../core/shape.ts';
import { fullLike } from '../tensor/create.ts';
import { atan, tan } from '../tensor/functions/elementary.ts';
import type { Tensor, TensorOrNumber } from '../tensor/tensor.ts';
import { uniformDraw } from './draws.ts';
import { LocationScale } from './location-scale.ts';
import type { DistributionArgs } from './parameters.ts';

/**
 * The Cauchy distribution of median `loc` and half width at half maximum `scale` > 0. It has no mean: NaN. Source:
 * torch.distributions.Cauchy.
 *
 * @throws OptionError for a scale that is not positive; ShapeError when the parameters do not broadcast.
 * @example
 * const d = new distributions.Cauchy(0, 1);
 * await d.logProb(1).item(); // -1.8379
 * await d.cdf(1).item(); // 0.75
 */
export class Cauchy extends LocationScale {
  constructor(loc: TensorOrNumber, scale: TensorOrNumber, ...rest: DistributionArgs) {
    super('Cauchy', loc, scale, rest);
  }
  protected override draw(shape: Shape): Tensor {
    // Between the poles of the tangent.
    const u = uniformDraw(this.like, shape).clamp({ min: 2 ** -25 });
    return tan(u.sub(0.5).mul(Math.PI)).mul(this.scale).add(this.loc);
  }
  protected override logProbOf(value: Tensor): Tensor {
    return value.sub(this.loc).div(this.scale).square().log1p().add(this.scale.mul(Math.PI).log()).neg();
  }
  protected override cdfOf(value: Tensor): Tensor {
    return atan(value.sub(this.loc).div(this.scale)).div(Math.PI).add(0.5);
  }
  protected override icdfOf(value: Tensor): Tensor {
    return tan(value.sub(0.5).mul(Math.PI)).mul(this.scale).add(this.loc);
  }
  protected override entropyOf(): Tensor {
    return this.scale.mul(4 * Math.PI).log();
  }
  protected override meanOf(): Tensor {
    return fullLike(this.loc, Number.NaN);
  }
  protected override varianceOf(): Tensor {
    return fullLike(this.loc, Number.POSITIVE_INFINITY);
  }
  protected override modeOf(): Tensor {
    return this.loc;
  }
  protected override expanded(shape: Shape): Cauchy {
    return new Cauchy(this.loc.expand(shape), this.scale.expand(shape), { validateArgs: false });
  }
}
