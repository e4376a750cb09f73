/** Distributions over categories, as vectors with a 1. */
import type { Shape } from '../core/shape.ts';
import { eye } from '../tensor/create.ts';
import { oneHot as oneHotOf } from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Categorical, type CategoricalArgs, weightsOf } from './categorical.ts';
import { type Constraint, oneHot } from './constraints.ts';
import { Distribution } from './distribution.ts';

/**
 * One of K categories, as a vector with a 1 at its place: as {@link Categorical}, but with the categories for the event's dim. Draws
 * are floating. Source: torch.distributions.OneHotCategorical.
 *
 * @throws OptionError unless exactly one of `probs` and `logits` is given, or for weights that are negative or all 0.
 * @example
 * const d = new distributions.OneHotCategorical(tensor([1, 1, 2]));
 * d.sample([5]).shape; // [5, 3]
 * await d.logProb(tensor([0, 0, 1])).item(); // -0.6931
 */
export class OneHotCategorical extends Distribution {
  private readonly which: 'probs' | 'logits';
  private readonly param: Tensor;
  private readonly categorical: Categorical;

  constructor(...rest: CategoricalArgs) {
    const { kind, value, validateArgs } = weightsOf('OneHotCategorical', rest);
    const categorical = new Categorical({ [kind]: value, validateArgs });
    super({
      name: 'OneHotCategorical',
      batchShape: categorical.batchShape,
      eventShape: value.shape.slice(-1),
      like: value,
      validateArgs,
    });
    this.which = kind;
    this.param = value;
    this.categorical = categorical;
  }
  /** The probabilities, whose sum is 1: (…batchShape, K). */
  get probs(): Tensor {
    return this.categorical.probs;
  }
  /** The logarithms of {@link probs}. */
  get logits(): Tensor {
    return this.categorical.logits;
  }
  override get hasEnumerateSupport(): boolean {
    return true;
  }
  override get support(): Constraint {
    return oneHot;
  }
  /** What this one is made of, for a batch of another shape. */
  protected wide(shape: Shape) {
    return { [this.which]: this.param.expand([...shape, ...this.eventShape]), validateArgs: false };
  }
  protected override expanded(shape: Shape): OneHotCategorical {
    return new OneHotCategorical(this.wide(shape));
  }
  private vectors(categories: Tensor): Tensor {
    return oneHotOf(categories, this.eventShape[0]!).to(this.like.dtype);
  }
  protected override draw(_shape: Shape, sampleShape: Shape): Tensor {
    return this.vectors(this.categorical.sample(sampleShape));
  }
  protected override logProbOf(value: Tensor): Tensor {
    return this.logits.mul(value).sum(-1);
  }
  protected override entropyOf(): Tensor {
    return this.categorical.entropy();
  }
  protected override meanOf(): Tensor {
    return this.probs;
  }
  protected override varianceOf(): Tensor {
    const { probs } = this;
    return probs.mul(probs.neg().add(1));
  }
  protected override modeOf(): Tensor {
    return this.vectors(this.param.argmax(-1));
  }
  protected override valuesOf(): Tensor {
    const { dtype, device } = this.like;
    return eye(this.eventShape[0]!, { dtype, device });
  }
}

/**
 * As {@link OneHotCategorical}, with draws through which gradients reach the probabilities as if they were these: a biased, but
 * practical estimate. Source: torch.distributions.OneHotCategoricalStraightThrough; Bengio et al., arXiv 1308.3432.
 *
 * @example
 * const logits = tensor([0, 0]).float().requiresGrad_();
 * const d = new distributions.OneHotCategoricalStraightThrough({ logits });
 * d.rsample().mul(tensor([4, 0])).sum().backward();
 * await logits.grad!.tolist(); // [1, -1]
 */
export class OneHotCategoricalStraightThrough extends OneHotCategorical {
  override get hasRsample(): boolean {
    return true;
  }
  protected override expanded(shape: Shape): OneHotCategoricalStraightThrough {
    return new OneHotCategoricalStraightThrough(this.wide(shape));
  }
  protected override draw(shape: Shape, sampleShape: Shape): Tensor {
    const { probs } = this;
    return super.draw(shape, sampleShape).add(probs.sub(probs.detach()));
  }
}
