/** The beta distribution. */
import type { Shape } from '../core/shape.ts';
import { xlogy } from '../tensor/functions/arithmetic.ts';
import { where } from '../tensor/functions/core.ts';
import { digamma, lgamma } from '../tensor/functions/elementary.ts';
import type { Tensor, TensorOrNumber } from '../tensor/tensor.ts';
import { type Constraint, positive, unitInterval } from './constraints.ts';
import { Distribution } from './distribution.ts';
import { logGammaDraw } from './gamma-draws.ts';
import { broadcastAll, clampProbs, type DistributionArgs, validateArgsOf } from './parameters.ts';

/** The logarithm of the beta function. */
export const logBeta = (a: Tensor, b: Tensor): Tensor =>
  lgamma(a)
    .add(lgamma(b))
    .sub(lgamma(a.add(b)));

/**
 * The beta distribution of numbers between 0 and 1, with shapes `concentration1` > 0 and `concentration0` > 0. Draws follow both.
 * Source: torch.distributions.Beta.
 *
 * @throws OptionError for parameters that are not positive; ShapeError when they do not broadcast.
 * @example
 * const d = new distributions.Beta(2, 3);
 * await d.mean.item(); // 0.4
 * await d.logProb(0.5).item(); // 0.4055
 */
export class Beta extends Distribution {
  /** The shape at 1: often α. */
  readonly concentration1: Tensor;
  /** The shape at 0: often β. */
  readonly concentration0: Tensor;

  constructor(concentration1: TensorOrNumber, concentration0: TensorOrNumber, ...rest: DistributionArgs) {
    const validateArgs = validateArgsOf('Beta', rest);
    const wide = broadcastAll('Beta', { concentration1, concentration0 });
    const parameters = {
      concentration1: [concentration1, positive],
      concentration0: [concentration0, positive],
    } as const;
    super({ name: 'Beta', batchShape: wide.concentration1.shape, like: wide.concentration1, parameters, validateArgs });
    this.concentration1 = wide.concentration1;
    this.concentration0 = wide.concentration0;
  }
  override get hasRsample(): boolean {
    return true;
  }
  override get support(): Constraint {
    return unitInterval;
  }
  protected override draw(shape: Shape): Tensor {
    const [one, zero] = [this.concentration1, this.concentration0].map((c) => logGammaDraw(c.expand(shape)));
    return clampProbs(one!.sub(zero!).sigmoid());
  }
  protected override logProbOf(value: Tensor): Tensor {
    const { concentration1: a, concentration0: b } = this;
    const powers = xlogy(a.sub(1), value).add(xlogy(b.sub(1), value.neg().add(1)));
    return powers.sub(logBeta(a, b));
  }
  protected override entropyOf(): Tensor {
    const { concentration1: a, concentration0: b } = this;
    const total = a.add(b);
    const ends = digamma(a)
      .mul(a.sub(1))
      .add(digamma(b).mul(b.sub(1)));
    return logBeta(a, b)
      .sub(ends)
      .add(digamma(total).mul(total.sub(2)));
  }
  protected override meanOf(): Tensor {
    return this.concentration1.div(this.concentration1.add(this.concentration0));
  }
  protected override varianceOf(): Tensor {
    const total = this.concentration1.add(this.concentration0);
    return this.concentration1.mul(this.concentration0).div(total.square().mul(total.add(1)));
  }
  protected override modeOf(): Tensor {
    const { concentration1: a, concentration0: b } = this;
    const [m, n] = [a, b].map((c) => c.sub(1).clamp({ min: 0 })) as [Tensor, Tensor];
    // With both shapes below 1 the density is highest at the ends, of which PyTorch names 1.
    return where(a.lt(1).logicalAnd(b.lt(1)), 1, m.div(m.add(n)));
  }
  protected override expanded(shape: Shape): Beta {
    return new Beta(this.concentration1.expand(shape), this.concentration0.expand(shape), { validateArgs: false });
  }
}
