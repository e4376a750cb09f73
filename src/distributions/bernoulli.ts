/** The Bernoulli distribution. */
import type { Shape } from '../core/shape.ts';
import { arange } from '../tensor/create.ts';
import { binaryCrossEntropyWithLogits } from '../tensor/functional/index.ts';
import { broadcastTensors } from '../tensor/functions/views.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { boolean, type Constraint, real, unitInterval } from './constraints.ts';
import { uniformDraw } from './draws.ts';
import { broadcastAll, type ProbsArgs, probsOrLogits } from './parameters.ts';
import { Success } from './success.ts';

/** The cross-entropy between probabilities (or values) and the logits, element by element. */
export function crossEntropyOf(logits: Tensor, target: Tensor): Tensor {
  const [x, y] = broadcastTensors(logits, target);
  return binaryCrossEntropyWithLogits(x!, y!, { reduction: 'none' });
}

/**
 * 1 with a probability, else 0. The probability is given as `probs`, or as `{ logits }`, the logarithm of the odds. Draws are floating.
 * Source: torch.distributions.Bernoulli.
 *
 * @throws OptionError unless exactly one of them is given, or for what is no probability.
 * @example
 * const d = new distributions.Bernoulli(tensor([0.2, 0.7]));
 * await d.logProb(1).tolist(); // [-1.6094, -0.3567]
 * await new distributions.Bernoulli({ logits: tensor([0, 2]) }).probs.tolist(); // [0.5, 0.8808]
 */
export class Bernoulli extends Success {
  constructor(...rest: ProbsArgs) {
    const { kind, value, validateArgs } = probsOrLogits('Bernoulli', rest);
    const { param } = broadcastAll('Bernoulli', { param: value });
    const parameters = { [kind]: [value, kind === 'probs' ? unitInterval : real] as const };
    super({ name: 'Bernoulli', batchShape: param.shape, like: param, parameters, validateArgs }, kind, param);
  }
  override get hasEnumerateSupport(): boolean {
    return true;
  }
  override get support(): Constraint {
    return boolean;
  }
  protected override expanded(shape: Shape): Bernoulli {
    return new Bernoulli({ [this.which]: this.param.expand(shape), validateArgs: false });
  }
  protected override draw(shape: Shape): Tensor {
    return uniformDraw(this.like, shape).lt(this.probs).to(this.like.dtype);
  }
  protected override logProbOf(value: Tensor): Tensor {
    return crossEntropyOf(this.logits, value).neg();
  }
  protected override entropyOf(): Tensor {
    return crossEntropyOf(this.logits, this.probs);
  }
  protected override meanOf(): Tensor {
    return this.probs;
  }
  protected override varianceOf(): Tensor {
    return this.probs.mul(this.probs.neg().add(1));
  }
  protected override modeOf(): Tensor {
    const { probs } = this;
    return probs.ge(0.5).to(probs.dtype).where(probs.ne(0.5), Number.NaN);
  }
  protected override valuesOf(): Tensor {
    const { dtype, device } = this.like;
    return arange(2, { dtype, device });
  }
}
