/** Mixtures of distributions of one kind. */
import { ShapeError, wrongType } from '../core/errors.ts';
import { formatShape, type Shape, sameShape } from '../core/shape.ts';
import { logsumexp } from '../tensor/functions/statistics.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Categorical } from './categorical.ts';
import type { Constraint } from './constraints.ts';
import { checkDistribution, Distribution } from './distribution.ts';
import { type DistributionArgs, validateArgsOf } from './parameters.ts';

/**
 * A mixture: which of the K distributions in the last dim of the components' batch draws, a {@link Categorical} decides. Source:
 * torch.distributions.MixtureSameFamily.
 *
 * @throws ShapeError unless batch and number of components fit.
 * @example
 * const d = new distributions.MixtureSameFamily(
 *   new distributions.Categorical(tensor([1, 1])),
 *   new distributions.Normal(tensor([-2, 2]), 1),
 * );
 * d.sample([5]).shape; // [5]
 * await d.logProb(2).item(); // -1.6118
 * await d.variance.item(); // 5
 */
export class MixtureSameFamily extends Distribution {
  /** Which draws. */
  readonly mixtureDistribution: Categorical;
  /** What draws. */
  readonly componentDistribution: Distribution;

  constructor(mixtureDistribution: Categorical, componentDistribution: Distribution, ...rest: DistributionArgs) {
    const name = 'MixtureSameFamily';
    const validateArgs = validateArgsOf(name, rest);
    if (!(mixtureDistribution instanceof Categorical))
      wrongType(name, 'mixtureDistribution', 'a Categorical', mixtureDistribution);
    checkDistribution(name, 'componentDistribution', componentDistribution);
    const { batchShape, eventShape } = componentDistribution;
    const [outer, k] = [batchShape.slice(0, -1), batchShape.at(-1)];
    const mixed = mixtureDistribution.batchShape;
    if (k !== mixtureDistribution.numEvents || (mixed.length > 0 && !sameShape(mixed, outer))) {
      throw new ShapeError(
        `\`mixture_distribution.batch_shape\` is not compatible with \`component_distribution.batch_shape\`\n  in ${name}: ${formatShape(mixed)} of ${mixtureDistribution.numEvents}, and ${formatShape(batchShape)}`,
      );
    }
    super({ name, batchShape: outer, eventShape, like: componentDistribution.like, validateArgs });
    this.mixtureDistribution = mixtureDistribution;
    this.componentDistribution = componentDistribution;
  }
  override get support(): Constraint {
    return this.componentDistribution.support;
  }
  override toString(): string {
    return `MixtureSameFamily(\n  ${this.mixtureDistribution},\n  ${this.componentDistribution})`;
  }
  protected override expanded(shape: Shape): MixtureSameFamily {
    const k = this.mixtureDistribution.numEvents;
    const mixture = this.mixtureDistribution.expand(shape);
    return new MixtureSameFamily(mixture, this.componentDistribution.expand([...shape, k]), { validateArgs: false });
  }
  /** (…, K) to (…, K, 1, …), against the components' events. */
  private padded(t: Tensor): Tensor {
    return t.reshape([...t.shape, ...this.eventShape.map(() => 1)]);
  }
  /** Where the components are. */
  private get at(): number {
    return -1 - this.eventShape.length;
  }
  protected override draw(shape: Shape, sampleShape: Shape): Tensor {
    const all = this.componentDistribution.sample(sampleShape);
    const outer = [...sampleShape, ...this.batchShape];
    const chosen = this.mixtureDistribution
      .expand(this.batchShape)
      .sample(sampleShape)
      .reshape([...outer, 1]);
    const index = this.padded(chosen).expand([...outer, 1, ...this.eventShape]);
    return all.gather(outer.length, index).reshape([...shape]);
  }
  protected override logProbOf(value: Tensor): Tensor {
    const each = this.componentDistribution.logProb(value.unsqueeze(this.at));
    return logsumexp(each.add(this.mixtureDistribution.logits), -1);
  }
  protected override cdfOf(value: Tensor): Tensor {
    const each = this.componentDistribution.cdf(value.unsqueeze(this.at));
    return each.mul(this.mixtureDistribution.probs).sum(-1);
  }
  protected override meanOf(): Tensor {
    return this.padded(this.mixtureDistribution.probs).mul(this.componentDistribution.mean).sum(this.at);
  }
  protected override varianceOf(): Tensor {
    const probs = this.padded(this.mixtureDistribution.probs);
    const off = this.componentDistribution.mean.sub(this.meanOf().unsqueeze(this.at));
    return this.componentDistribution.variance.add(off.square()).mul(probs).sum(this.at);
  }
}
