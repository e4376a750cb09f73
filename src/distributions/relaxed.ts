/** Continuous relaxations of discrete distributions: Gumbel-softmax. */
import { OptionError } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import { optionalArgs } from '../tensor/arguments.ts';
import { softplus } from '../tensor/functional/index.ts';
import { logsumexp } from '../tensor/functions/statistics.ts';
import type { Tensor, TensorOrNumber } from '../tensor/tensor.ts';
import { Bernoulli } from './bernoulli.ts';
import { Categorical, type CategoricalArgs } from './categorical.ts';
import { type Constraint, simplex, unitInterval } from './constraints.ts';
import { Distribution } from './distribution.ts';
import { gumbelDraw, uniformDraw } from './draws.ts';
import { broadcastAll, clampProbs, type ProbsArgs, type ProbsOptions, probsToLogits } from './parameters.ts';

/** A temperature, which is one number for all. */
function temperatureOf(name: string, temperature: TensorOrNumber): Tensor {
  const { value } = broadcastAll(name, { value: temperature });
  if (value.numel() !== 1 || (typeof temperature === 'number' && !(temperature > 0)))
    throw new OptionError(`${name}: the temperature must be one number above 0`);
  return value;
}
/** log n!, of a number of the host. */
const logFactorial = (n: number): number => (n < 2 ? 0 : Math.log(n) + logFactorial(n - 1));
const flagOf = (name: string, rest: readonly unknown[]): boolean | null =>
  optionalArgs<ProbsOptions>(name, ['probs', 'logits', 'validateArgs'], rest).validateArgs ?? null;

/**
 * Numbers between 0 and 1, the nearer to these the lower the temperature: a {@link Bernoulli} through whose draws gradients flow.
 * Source: torch.distributions.RelaxedBernoulli; Maddison et al., arXiv 1611.00712.
 *
 * @throws OptionError as Bernoulli does, or for a temperature that is not one positive number.
 * @example
 * const logits = zeros([3], { requiresGrad: true });
 * const d = new distributions.RelaxedBernoulli(0.5, { logits });
 * d.rsample().sum().backward();
 * logits.grad!.shape; // [3]
 * await d.logProb(0.5).tolist(); // [-0.6931, -0.6931, -0.6931]
 */
export class RelaxedBernoulli extends Distribution {
  /** How far from 0 and 1. */
  readonly temperature: Tensor;
  private readonly discrete: Bernoulli;

  constructor(temperature: TensorOrNumber, ...rest: ProbsArgs) {
    const name = 'RelaxedBernoulli';
    const discrete = new Bernoulli(...rest);
    super({ name, batchShape: discrete.batchShape, like: discrete.like, validateArgs: flagOf(name, rest) });
    this.temperature = temperatureOf(name, temperature);
    this.discrete = discrete;
  }
  /** The probability of 1, without relaxation. */
  get probs(): Tensor {
    return this.discrete.probs;
  }
  /** The logarithm of its odds. */
  get logits(): Tensor {
    return this.discrete.logits;
  }
  override get hasRsample(): boolean {
    return true;
  }
  override get support(): Constraint {
    return unitInterval;
  }
  protected override expanded(shape: Shape): RelaxedBernoulli {
    return new RelaxedBernoulli(this.temperature, { logits: this.logits.expand(shape), validateArgs: false });
  }
  protected override draw(shape: Shape): Tensor {
    const noise = probsToLogits(uniformDraw(this.like, shape));
    return clampProbs(noise.add(this.logits).div(this.temperature).sigmoid());
  }
  protected override logProbOf(value: Tensor): Tensor {
    const x = probsToLogits(value);
    const off = this.logits.sub(x.mul(this.temperature));
    const slope = softplus(x).add(softplus(x.neg()));
    return this.temperature.log().add(off).sub(softplus(off).mul(2)).add(slope);
  }
}

/**
 * Vectors of numbers whose sum is 1, the nearer to a single 1 the lower the temperature: a {@link Categorical} through whose draws
 * gradients flow. Source: torch.distributions.RelaxedOneHotCategorical; Jang et al., arXiv 1611.01144.
 *
 * @throws OptionError as Categorical does, or for a temperature that is not one positive number.
 * @example
 * const logits = zeros([3], { requiresGrad: true });
 * const d = new distributions.RelaxedOneHotCategorical(0.5, { logits });
 * const y = d.rsample();
 * await y.sum().item(); // 1
 * y.at(0).backward();
 * logits.grad!.shape; // [3]
 */
export class RelaxedOneHotCategorical extends Distribution {
  /** How far from a single 1. */
  readonly temperature: Tensor;
  private readonly discrete: Categorical;

  constructor(temperature: TensorOrNumber, ...rest: CategoricalArgs) {
    const name = 'RelaxedOneHotCategorical';
    const discrete = new Categorical(...rest);
    super({
      name,
      batchShape: discrete.batchShape,
      eventShape: discrete.logits.shape.slice(-1),
      like: discrete.like,
      validateArgs: flagOf(name, rest),
    });
    this.temperature = temperatureOf(name, temperature);
    this.discrete = discrete;
  }
  /** The probabilities, without relaxation: (…batchShape, K). */
  get probs(): Tensor {
    return this.discrete.probs;
  }
  /** Their logarithms. */
  get logits(): Tensor {
    return this.discrete.logits;
  }
  override get hasRsample(): boolean {
    return true;
  }
  override get support(): Constraint {
    return simplex;
  }
  protected override expanded(shape: Shape): RelaxedOneHotCategorical {
    const logits = this.logits.expand([...shape, ...this.eventShape]);
    return new RelaxedOneHotCategorical(this.temperature, { logits, validateArgs: false });
  }
  protected override draw(shape: Shape): Tensor {
    return gumbelDraw(this.like, shape).add(this.logits).div(this.temperature).softmax(-1);
  }
  protected override logProbOf(value: Tensor): Tensor {
    const k = this.eventShape[0]!;
    const x = value.log();
    const score = this.logits.sub(x.mul(this.temperature));
    const relative = score
      .sub(logsumexp(score, -1, { keepdim: true }))
      .sub(x)
      .sum(-1);
    return relative.add(this.temperature.log().mul(k - 1)).add(logFactorial(k - 1));
  }
}
