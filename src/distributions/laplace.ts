/** The Laplace distribution. */
import type { Shape } from '../core/shape.ts';
import type { Tensor, TensorOrNumber } from '../tensor/tensor.ts';
import { uniformDraw } from './draws.ts';
import { LocationScale } from './location-scale.ts';
import type { DistributionArgs } from './parameters.ts';

/**
 * The Laplace distribution of mean `loc` and scale `scale` > 0: its density falls exponentially on both sides. Source:
 * torch.distributions.Laplace.
 *
 * @throws OptionError for a scale that is not positive; ShapeError when the parameters do not broadcast.
 * @example
 * const d = new distributions.Laplace(0, 1);
 * await d.logProb(tensor([0, 2])).tolist(); // [-0.6931, -2.6931]
 * await d.variance.item(); // 2
 */
export class Laplace extends LocationScale {
  constructor(loc: TensorOrNumber, scale: TensorOrNumber, ...rest: DistributionArgs) {
    super('Laplace', loc, scale, rest);
  }
  protected override draw(shape: Shape): Tensor {
    // In (-1, 1), without the ends, where the logarithm is infinite.
    const u = uniformDraw(this.like, shape)
      .mul(2)
      .sub(1 - 2 ** -24);
    return this.loc.sub(
      this.scale.mul(u.sign()).mul(
        u
          .abs()
          .clamp({ max: 1 - 2 ** -24 })
          .neg()
          .log1p(),
      ),
    );
  }
  protected override logProbOf(value: Tensor): Tensor {
    return value.sub(this.loc).abs().div(this.scale).add(this.scale.mul(2).log()).neg();
  }
  protected override cdfOf(value: Tensor): Tensor {
    const off = value.sub(this.loc);
    return off.sign().mul(off.abs().div(this.scale).neg().expm1()).mul(-0.5).add(0.5);
  }
  protected override icdfOf(value: Tensor): Tensor {
    const off = value.sub(0.5);
    return this.loc.sub(this.scale.mul(off.sign()).mul(off.abs().mul(-2).log1p()));
  }
  protected override entropyOf(): Tensor {
    return this.scale.mul(2).log().add(1);
  }
  protected override meanOf(): Tensor {
    return this.loc;
  }
  protected override varianceOf(): Tensor {
    return this.scale.square().mul(2);
  }
  protected override stddevOf(): Tensor {
    return this.scale.mul(Math.SQRT2);
  }
  protected override modeOf(): Tensor {
    return this.loc;
  }
  protected override expanded(shape: Shape): Laplace {
    return new Laplace(this.loc.expand(shape), this.scale.expand(shape), { validateArgs: false });
  }
}
