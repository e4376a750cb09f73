/** Distributions of functions of what others draw. */
import { describe, OptionError } from '../core/errors.ts';
import { type Shape, sameShape } from '../core/shape.ts';
import { Tensor } from '../tensor/tensor.ts';
import { type Constraint, independent } from './constraints.ts';
import { checkDistribution, Distribution } from './distribution.ts';
import { Independent } from './independent.ts';
import { type DistributionArgs, sumRightmost, validateArgsOf } from './parameters.ts';
import { ComposeTransform, Transform, timesSign } from './transforms.ts';

/**
 * The distribution of what a transform, or several one after the other, makes of the draws of another. Source:
 * torch.distributions.TransformedDistribution.
 *
 * @throws OptionError for what is no transform.
 * @example
 * const d = new distributions.TransformedDistribution(new distributions.Normal(0, 1), [
 *   new distributions.ExpTransform(),
 *   new distributions.AffineTransform(1, 2),
 * ]);
 * await d.logProb(3).item(); // -1.6121
 * await d.cdf(3).item(); // 0.5
 */
export class TransformedDistribution extends Distribution {
  /** What is drawn first. */
  readonly baseDist: Distribution;
  /** What is done with it, first to last. */
  readonly transforms: readonly Transform[];
  private readonly steps: ComposeTransform;

  constructor(baseDistribution: Distribution, transforms: Transform | readonly Transform[], ...rest: DistributionArgs) {
    const name = 'TransformedDistribution';
    const validateArgs = validateArgsOf(name, rest);
    checkDistribution(name, 'baseDistribution', baseDistribution);
    const list = transforms instanceof Transform ? [transforms] : transforms;
    if (!Array.isArray(list) || list.some((t) => !(t instanceof Transform)))
      throw new OptionError(`transforms must be a Transform or list, but was ${describe(transforms)}\n  in ${name}`);
    const steps = new ComposeTransform(list);
    const { eventShape: event } = baseDistribution;
    // Parameters of transforms may have more dims than what is drawn: each element of theirs wants a draw of its own.
    const shape = steps.forwardShape([...baseDistribution.batchShape, ...event]);
    const wide = shape.slice(0, shape.length - event.length);
    const drawn = sameShape(wide, baseDistribution.batchShape) ? baseDistribution : baseDistribution.expand(wide);
    const { eventDim } = steps.domain;
    const more = Math.max(0, eventDim - event.length);
    const baseDist = more > 0 ? new Independent(drawn, more) : drawn;
    const events = Math.max(steps.codomain.eventDim, event.length + steps.codomain.eventDim - eventDim);
    const cut = shape.length - events;
    super({
      name,
      batchShape: shape.slice(0, cut),
      eventShape: shape.slice(cut),
      like: baseDistribution.like,
      validateArgs,
    });
    this.baseDist = baseDist;
    this.transforms = list;
    this.steps = steps;
  }
  override get hasRsample(): boolean {
    return this.baseDist.hasRsample;
  }
  override get support(): Constraint {
    if (this.transforms.length === 0) return this.baseDist.support;
    const { codomain } = this.steps;
    const more = this.eventShape.length - codomain.eventDim;
    return more > 0 ? independent(codomain, more) : codomain;
  }
  protected override expanded(shape: Shape): Distribution {
    const outer = this.eventShape.length - this.baseDist.eventShape.length;
    const base = this.baseDist.expand([...shape, ...this.eventShape.slice(0, outer)]);
    return new TransformedDistribution(base, this.transforms, { validateArgs: false });
  }
  protected override draw(_shape: Shape, sampleShape: Shape): Tensor {
    const { baseDist } = this;
    const drawn = baseDist.hasRsample ? baseDist.rsample(sampleShape) : baseDist.sample(sampleShape);
    return this.transforms.reduce((x, t) => t.forward(x), drawn);
  }
  protected override logProbOf(value: Tensor): Tensor {
    let dim = this.eventShape.length;
    let y = value;
    let sum: Tensor | null = null;
    for (const t of this.transforms.toReversed()) {
      const x = t.inverse(y);
      dim += t.domain.eventDim - t.codomain.eventDim;
      const slope = sumRightmost(t.logAbsDetJacobian(x, y), dim - t.domain.eventDim);
      sum = sum ? sum.add(slope) : slope;
      y = x;
    }
    const base = sumRightmost(this.baseDist.logProb(y), dim - this.baseDist.eventShape.length);
    return sum ? base.sub(sum) : base;
  }
  /** 1 - p where the transforms turn the order round. */
  private turned(p: Tensor): Tensor {
    const sign = this.transforms.reduce((all: ReturnType<typeof timesSign>, t) => timesSign(all, t.sign), 1);
    if (!(sign instanceof Tensor)) return sign === 1 ? p : p.neg().add(1);
    return p.sub(0.5).mul(sign).add(0.5);
  }
  protected override cdfOf(value: Tensor): Tensor {
    return this.turned(this.baseDist.cdf(this.steps.inverse(value)));
  }
  protected override icdfOf(value: Tensor): Tensor {
    return this.steps.forward(this.baseDist.icdf(this.turned(value)));
  }
}
