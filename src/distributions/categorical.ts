/** Distributions over categories, by their number. */
import { OptionError, wrongType } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import { arange, full } from '../tensor/create.ts';
import { broadcastShapes } from '../tensor/functions/views.ts';
import { scope } from '../tensor/scope.ts';
import { Tensor, type TensorOrNumber } from '../tensor/tensor.ts';
import { type Constraint, integerInterval, nonnegative, realVector, simplex } from './constraints.ts';
import { Distribution } from './distribution.ts';
import { exponentialDraw } from './draws.ts';
import { broadcastAll, clampProbs, type ProbsOptions, type ProbsOrLogits, probsOrLogits } from './parameters.ts';

/** Options of distributions over categories. */
export interface CategoricalOptions extends Omit<ProbsOptions, 'probs' | 'logits'> {
  /** Weights of the categories (…, K), of any positive sum. */
  readonly probs?: Tensor | null;
  /** Logarithms of weights (…, K). */
  readonly logits?: Tensor | null;
}
/** Their optional arguments. */
export type CategoricalArgs =
  | [probs?: Tensor | null, logits?: Tensor | null, validateArgs?: boolean | null]
  | [options: CategoricalOptions]
  | [probs: Tensor | null, options: CategoricalOptions]
  | [probs: Tensor | null, logits: Tensor | null, options: CategoricalOptions];

/** Weights of K ≥ 1 categories, or their logarithms, floating. */
export function weightsOf(name: string, rest: readonly unknown[]): ProbsOrLogits & { readonly value: Tensor } {
  const { kind, value, validateArgs } = probsOrLogits(name, rest);
  if (typeof value !== 'number' && !(value instanceof Tensor)) wrongType(name, kind, 'a tensor', value);
  const { param } = broadcastAll(name, { param: value });
  if (param.ndim < 1) throw new OptionError(`\`${kind}\` parameter must be at least one-dimensional.\n  in ${name}`);
  return { kind, value: param, validateArgs };
}
/** Weights of any sum: none is negative, and they are not all 0. */
const weights: Constraint = {
  eventDim: 1,
  isDiscrete: false,
  check: (value) => nonnegative.check(value).all(-1).logicalAnd(value.sum(-1).gt(0)),
  holds: () => true,
  toString: () => `${simplex}`,
};

/**
 * One of K categories, by its number (int32). Weights come as `probs` (of any positive sum), or as `{ logits }`, their logarithms (of
 * which a constant may be missing): the last dim is of the categories, those before it are the batch's. Source:
 * torch.distributions.Categorical.
 *
 * @throws OptionError unless exactly one of them is given, or for weights that are negative or all 0.
 * @example
 * const logits = tensor([[0, 1, 2]]).float().requiresGrad_();
 * const policy = new distributions.Categorical({ logits });
 * const action = policy.sample(); // int32, [1]
 * const loss = policy.logProb(action).mul(-1).sum(); // for a reward of 1
 * await policy.probs.tolist(); // [[0.09, 0.2447, 0.6652]]
 */
export class Categorical extends Distribution {
  private readonly which: 'probs' | 'logits';
  private readonly param: Tensor;
  /** How many categories there are. */
  readonly numEvents: number;

  constructor(...rest: CategoricalArgs) {
    const { kind, value, validateArgs } = weightsOf('Categorical', rest);
    const batchShape = value.shape.slice(0, -1);
    const parameters = { [kind]: [value, kind === 'probs' ? weights : realVector] as const };
    super({ name: 'Categorical', batchShape, like: value, parameters, validateArgs });
    this.which = kind;
    this.param = value;
    this.numEvents = value.shape.at(-1)!;
  }
  /** The probabilities, whose sum is 1: (…batchShape, K). */
  get probs(): Tensor {
    const { param } = this;
    return this.which === 'logits' ? param.softmax(-1) : scope(() => param.div(param.sum(-1, { keepdim: true })));
  }
  /** The logarithms of {@link probs}. */
  get logits(): Tensor {
    return this.which === 'logits' ? this.param.logSoftmax(-1) : scope(() => clampProbs(this.probs).log());
  }
  override get hasEnumerateSupport(): boolean {
    return true;
  }
  override get support(): Constraint {
    return integerInterval(0, this.numEvents - 1);
  }
  protected override asTensor(method: string, value: TensorOrNumber): Tensor {
    return value instanceof Tensor ? value : super.asTensor(method, value);
  }
  protected override expanded(shape: Shape): Categorical {
    return new Categorical({ [this.which]: this.param.expand([...shape, this.numEvents]), validateArgs: false });
  }
  /** The greatest of the weights over exponential numbers, by their logarithms (Gumbel's trick). A weight of 0 never wins. */
  protected override draw(shape: Shape): Tensor {
    const race = exponentialDraw(this.like, [...shape, this.numEvents]);
    const speed = this.which === 'probs' ? this.param.div(race) : this.param.sub(race.log());
    return speed.argmax(-1);
  }
  protected override logProbOf(value: Tensor): Tensor {
    const shape = broadcastShapes(value.shape, this.batchShape);
    const logits = this.logits.expand([...shape, this.numEvents]);
    const index = value
      .to('int32')
      .unsqueeze(-1)
      .expand([...shape, 1]);
    return logits.gather(-1, index).squeeze(-1);
  }
  protected override entropyOf(): Tensor {
    // Of impossible categories 0, and not 0 · -∞.
    return this.logits.clamp({ min: -3e38 }).mul(this.probs).sum(-1).neg();
  }
  /** There is no mean of categories: NaN. */
  protected override meanOf(): Tensor {
    const { dtype, device } = this.like;
    return full([...this.batchShape], Number.NaN, { dtype, device });
  }
  protected override varianceOf(): Tensor {
    return this.meanOf();
  }
  protected override modeOf(): Tensor {
    return this.param.argmax(-1);
  }
  protected override valuesOf(): Tensor {
    return arange(this.numEvents, { device: this.like.device });
  }
}
