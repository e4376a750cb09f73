/** The geometric distribution. */
import type { Shape } from '../core/shape.ts';
import { zerosLike } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { crossEntropyOf } from './bernoulli.ts';
import { type Constraint, nonnegativeInteger, real, unitInterval } from './constraints.ts';
import { uniformDraw } from './draws.ts';
import { broadcastAll, type ProbsArgs, probsOrLogits } from './parameters.ts';
import { Success } from './success.ts';

/** Probabilities above 0, as PyTorch says it. */
const possible: Constraint = {
  eventDim: 0,
  isDiscrete: false,
  check: (value) => unitInterval.check(value).logicalAnd(value.gt(0)),
  holds: (value) => value > 0 && value <= 1,
  toString: () => `${unitInterval}`,
};

/**
 * How many trials fail before one succeeds, with a probability given as `probs` or as `{ logits }`: 0, 1, 2, … Draws are floating.
 * Source: torch.distributions.Geometric.
 *
 * @throws OptionError unless exactly one of them is given, or for a probability of 0.
 * @example
 * const d = new distributions.Geometric(0.25);
 * await d.mean.item(); // 3
 * await d.logProb(tensor([0, 2])).tolist(); // [-1.3863, -1.9617]
 */
export class Geometric extends Success {
  constructor(...rest: ProbsArgs) {
    const { kind, value, validateArgs } = probsOrLogits('Geometric', rest);
    const { param } = broadcastAll('Geometric', { param: value });
    const parameters = { [kind]: [value, kind === 'probs' ? possible : real] as const };
    super({ name: 'Geometric', batchShape: param.shape, like: param, parameters, validateArgs }, kind, param);
  }
  override get support(): Constraint {
    return nonnegativeInteger;
  }
  protected override expanded(shape: Shape): Geometric {
    return new Geometric({ [this.which]: this.param.expand(shape), validateArgs: false });
  }
  protected override draw(shape: Shape): Tensor {
    return uniformDraw(this.like, shape).neg().log1p().div(this.probs.neg().log1p()).floor();
  }
  protected override logProbOf(value: Tensor): Tensor {
    const { probs } = this;
    const failure = probs.neg().log1p();
    // Where success is sure, no failure has probability 1, and not 0 · -∞.
    const failures = value.mul(failure).where(probs.ne(1).logicalOr(value.ne(0)), 0);
    return failures.add(probs.log());
  }
  protected override entropyOf(): Tensor {
    return crossEntropyOf(this.logits, this.probs).div(this.probs);
  }
  protected override meanOf(): Tensor {
    return this.probs.reciprocal().sub(1);
  }
  protected override varianceOf(): Tensor {
    return this.probs.reciprocal().sub(1).div(this.probs);
  }
  protected override modeOf(): Tensor {
    return zerosLike(this.param);
  }
}
