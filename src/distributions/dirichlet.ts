/** The Dirichlet distribution. */
import { OptionError, wrongType } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import { oneHot } from '../tensor/functional/index.ts';
import { xlogy } from '../tensor/functions/arithmetic.ts';
import { digamma, lgamma } from '../tensor/functions/elementary.ts';
import { Tensor } from '../tensor/tensor.ts';
import { type Constraint, independent, positive, simplex } from './constraints.ts';
import { Distribution } from './distribution.ts';
import { logGammaDraw } from './gamma-draws.ts';
import { broadcastAll, type DistributionArgs, validateArgsOf } from './parameters.ts';

/**
 * The Dirichlet distribution of vectors of K probabilities, with shapes `concentration` (…, K), all > 0. Draws follow it. Source:
 * torch.distributions.Dirichlet.
 *
 * @throws OptionError for shapes that are not positive, or a number.
 * @example
 * const d = new distributions.Dirichlet(tensor([1, 2, 3]));
 * d.sample([5]).shape; // [5, 3]
 * await d.mean.tolist(); // [0.1667, 0.3333, 0.5]
 */
export class Dirichlet extends Distribution {
  /** The shapes, (…batchShape, K). */
  readonly concentration: Tensor;

  constructor(concentration: Tensor, ...rest: DistributionArgs) {
    const validateArgs = validateArgsOf('Dirichlet', rest);
    if (!(concentration instanceof Tensor)) wrongType('Dirichlet', 'concentration', 'a tensor', concentration);
    if (concentration.ndim < 1)
      throw new OptionError('`concentration` parameter must be at least one-dimensional.\n  in Dirichlet');
    const { wide } = broadcastAll('Dirichlet', { wide: concentration });
    const parameters = { concentration: [concentration, independent(positive, 1)] } as const;
    const [batchShape, eventShape] = [wide.shape.slice(0, -1), wide.shape.slice(-1)];
    super({ name: 'Dirichlet', batchShape, eventShape, like: wide, parameters, validateArgs });
    this.concentration = wide;
  }
  override get hasRsample(): boolean {
    return true;
  }
  override get support(): Constraint {
    return simplex;
  }
  protected override expanded(shape: Shape): Dirichlet {
    return new Dirichlet(this.concentration.expand([...shape, ...this.eventShape]), { validateArgs: false });
  }
  protected override draw(shape: Shape): Tensor {
    return logGammaDraw(this.concentration.expand(shape)).softmax(-1);
  }
  protected override logProbOf(value: Tensor): Tensor {
    const c = this.concentration;
    return xlogy(c.sub(1), value)
      .sub(lgamma(c))
      .sum(-1)
      .add(lgamma(c.sum(-1)));
  }
  protected override entropyOf(): Tensor {
    const c = this.concentration;
    const [total, k] = [c.sum(-1), this.eventShape[0]!];
    const ends = digamma(c).mul(c.sub(1)).sum(-1);
    return lgamma(c)
      .sum(-1)
      .sub(lgamma(total))
      .add(digamma(total).mul(total.sub(k)))
      .sub(ends);
  }
  protected override meanOf(): Tensor {
    return this.concentration.div(this.concentration.sum(-1, { keepdim: true }));
  }
  protected override varianceOf(): Tensor {
    const c = this.concentration;
    const total = c.sum(-1, { keepdim: true });
    return c.mul(total.sub(c)).div(total.square().mul(total.add(1)));
  }
  protected override modeOf(): Tensor {
    const c = this.concentration;
    const above = c.sub(1).clamp({ min: 0 });
    // With all shapes below 1 there is none inside; PyTorch names the first corner.
    const corner = oneHot(c.argmax(-1).mul(0), this.eventShape[0]!).to(c.dtype);
    return corner.where(c.lt(1).all(-1, { keepdim: true }), above.div(above.sum(-1, { keepdim: true })));
  }
}
