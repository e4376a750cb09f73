/** The log-normal distribution. */
import type { Shape } from '../core/shape.ts';
import type { Tensor, TensorOrNumber } from '../tensor/tensor.ts';
import { Normal } from './normal.ts';
import { type DistributionArgs, validateArgsOf } from './parameters.ts';
import { TransformedDistribution } from './transformed-distribution.ts';
import { ExpTransform } from './transforms.ts';

/**
 * The distribution of numbers whose logarithms are normal, of mean `loc` and standard deviation `scale` > 0. Source:
 * torch.distributions.LogNormal.
 *
 * @throws OptionError for a scale that is not positive; ShapeError when the parameters do not broadcast.
 * @example
 * const d = new distributions.LogNormal(0, 1);
 * await d.mean.item(); // 1.6487
 * await d.logProb(2).item(); // -1.8523
 */
export class LogNormal extends TransformedDistribution {
  private readonly normal: Normal;

  constructor(loc: TensorOrNumber, scale: TensorOrNumber, ...rest: DistributionArgs) {
    const validateArgs = validateArgsOf('LogNormal', rest);
    const normal = new Normal(loc, scale, { validateArgs });
    super(normal, new ExpTransform(), { validateArgs });
    this.normal = normal;
  }
  override get kind(): string {
    return 'LogNormal';
  }
  /** The mean of the logarithm. */
  get loc(): Tensor {
    return this.normal.loc;
  }
  /** The standard deviation of the logarithm. */
  get scale(): Tensor {
    return this.normal.scale;
  }
  protected override expanded(shape: Shape): LogNormal {
    return new LogNormal(this.loc.expand(shape), this.scale.expand(shape), { validateArgs: false });
  }
  protected override entropyOf(): Tensor {
    return this.normal.entropy().add(this.loc);
  }
  protected override meanOf(): Tensor {
    return this.scale.square().mul(0.5).add(this.loc).exp();
  }
  protected override varianceOf(): Tensor {
    const square = this.scale.square();
    return square.expm1().mul(this.loc.mul(2).add(square).exp());
  }
  protected override modeOf(): Tensor {
    return this.loc.sub(this.scale.square()).exp();
  }
}
