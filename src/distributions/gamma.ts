/** The gamma distribution, and the chi-squared one. */
import type { Shape } from '../core/shape.ts';
import { xlogy } from '../tensor/functions/arithmetic.ts';
import { digamma, lgamma } from '../tensor/functions/elementary.ts';
import { broadcastTensors } from '../tensor/functions/views.ts';
import type { Tensor, TensorOrNumber } from '../tensor/tensor.ts';
import { type Constraint, nonnegative, positive } from './constraints.ts';
import { Distribution } from './distribution.ts';
import { logGammaDraw } from './gamma-draws.ts';
import { gammaCdf } from './gamma-integrals.ts';
import { broadcastAll, type DistributionArgs, tinyOf, validateArgsOf } from './parameters.ts';

/**
 * The gamma distribution of shape `concentration` > 0 and rate `rate` > 0. Draws follow both parameters. Source:
 * torch.distributions.Gamma.
 *
 * @throws OptionError for parameters that are not positive; ShapeError when they do not broadcast.
 * @example
 * const d = new distributions.Gamma(2, 0.5);
 * await d.mean.item(); // 4
 * await d.logProb(tensor([1, 4])).tolist(); // [-1.8863, -2]
 */
export class Gamma extends Distribution {
  /** The shape. */
  readonly concentration: Tensor;
  /** 1 over the scale. */
  readonly rate: Tensor;

  constructor(concentration: TensorOrNumber, rate: TensorOrNumber, ...rest: DistributionArgs) {
    const validateArgs = validateArgsOf('Gamma', rest);
    const wide = broadcastAll('Gamma', { concentration, rate });
    const parameters = { concentration: [concentration, positive], rate: [rate, positive] } as const;
    super({ name: 'Gamma', batchShape: wide.concentration.shape, like: wide.concentration, parameters, validateArgs });
    this.concentration = wide.concentration;
    this.rate = wide.rate;
  }
  override get hasRsample(): boolean {
    return true;
  }
  override get support(): Constraint {
    return nonnegative;
  }
  protected override draw(shape: Shape): Tensor {
    const drawn = logGammaDraw(this.concentration.expand(shape)).exp().div(this.rate);
    return drawn.clamp({ min: tinyOf(drawn) });
  }
  protected override logProbOf(value: Tensor): Tensor {
    const { concentration, rate } = this;
    const powers = xlogy(concentration, rate).add(xlogy(concentration.sub(1), value));
    return powers.sub(rate.mul(value)).sub(lgamma(concentration));
  }
  protected override cdfOf(value: Tensor): Tensor {
    const [a, x] = broadcastTensors(this.concentration, value.mul(this.rate));
    return gammaCdf(a!, x!);
  }
  protected override entropyOf(): Tensor {
    const { concentration, rate } = this;
    return concentration
      .sub(rate.log())
      .add(lgamma(concentration))
      .sub(digamma(concentration).mul(concentration.sub(1)));
  }
  protected override meanOf(): Tensor {
    return this.concentration.div(this.rate);
  }
  protected override varianceOf(): Tensor {
    return this.concentration.div(this.rate.square());
  }
  protected override modeOf(): Tensor {
    return this.concentration.sub(1).div(this.rate).clamp({ min: 0 });
  }
  protected override expanded(shape: Shape): Gamma {
    return new Gamma(this.concentration.expand(shape), this.rate.expand(shape), { validateArgs: false });
  }
}

/**
 * The distribution of the sum of `df` squares of standard normal numbers. Source: torch.distributions.Chi2.
 *
 * @throws OptionError for degrees of freedom that are not positive.
 * @example
 * await new distributions.Chi2(3).variance.item(); // 6
 */
export class Chi2 extends Gamma {
  constructor(df: TensorOrNumber, ...rest: DistributionArgs) {
    const validateArgs = validateArgsOf('Chi2', rest);
    const { wide } = broadcastAll('Chi2', { wide: df });
    super(typeof df === 'number' ? df / 2 : wide.mul(0.5), 0.5, { validateArgs });
  }
  override get kind(): string {
    return 'Chi2';
  }
  /** The degrees of freedom. */
  get df(): Tensor {
    return this.concentration.mul(2);
  }
  protected override expanded(shape: Shape): Chi2 {
    return new Chi2(this.df.expand(shape), { validateArgs: false });
  }
}
