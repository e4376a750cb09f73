/** The binomial distribution. */
import { OptionError } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { arange } from '../tensor/create.ts';
import { xlogy } from '../tensor/functions/arithmetic.ts';
import { lgamma } from '../tensor/functions/elementary.ts';
import type { Tensor, TensorOrNumber } from '../tensor/tensor.ts';
import { binomialDraw } from './binomial-draws.ts';
import { type Constraint, integerInterval, nonnegativeInteger, real, unitInterval } from './constraints.ts';
import { broadcastAll, type ProbsOptions, probsOrLogits } from './parameters.ts';
import { Success } from './success.ts';

/** Options of {@link Binomial}. */
export interface BinomialOptions extends ProbsOptions {
  /** The number of trials. Default 1. */
  readonly totalCount?: TensorOrNumber;
}
/** Its arguments. */
export type BinomialArgs = OptionalArgs<
  [
    totalCount: TensorOrNumber,
    probs: TensorOrNumber | null,
    logits: TensorOrNumber | null,
    validateArgs: boolean | null,
  ],
  BinomialOptions
>;

/**
 * How many of `totalCount` trials succeed, each with a probability given as `probs` or as `{ logits }`. Draws are floating, and exact
 * to the generator's resolution. Source: torch.distributions.Binomial.
 *
 * @throws OptionError unless exactly one of `probs` and `logits` is given, or for what is no probability or no number of trials.
 * @example
 * const d = new distributions.Binomial(4, tensor([0.5, 0.1]));
 * await d.mean.tolist(); // [2, 0.4]
 * await d.logProb(2).tolist(); // [-0.9808, -3.0241]
 */
export class Binomial extends Success {
  /** The number of trials. */
  readonly totalCount: Tensor;
  private readonly trials: TensorOrNumber;

  constructor(...rest: BinomialArgs) {
    const names = ['totalCount', 'probs', 'logits', 'validateArgs'] as const;
    const { totalCount = 1, ...others } = optionalArgs<BinomialOptions>('Binomial', names, rest);
    const { kind, value, validateArgs } = probsOrLogits('Binomial', [others]);
    const wide = broadcastAll('Binomial', { value, totalCount });
    super(
      {
        name: 'Binomial',
        batchShape: wide.value.shape,
        like: wide.value,
        parameters: {
          totalCount: [totalCount, nonnegativeInteger],
          [kind]: [value, kind === 'probs' ? unitInterval : real],
        },
        validateArgs,
      },
      kind,
      wide.value,
    );
    this.totalCount = wide.totalCount;
    this.trials = totalCount;
  }
  override get hasEnumerateSupport(): boolean {
    return true;
  }
  override get support(): Constraint {
    return integerInterval(0, this.trials);
  }
  protected override expanded(shape: Shape): Binomial {
    const { trials } = this;
    const totalCount = typeof trials === 'number' ? trials : this.totalCount.expand(shape);
    return new Binomial({ totalCount, [this.which]: this.param.expand(shape), validateArgs: false });
  }
  protected override draw(shape: Shape): Tensor {
    return binomialDraw(this.totalCount.detach().expand(shape), this.probs.detach().expand(shape));
  }
  protected override logProbOf(value: Tensor): Tensor {
    const { totalCount: n } = this;
    const ways = lgamma(n.add(1))
      .sub(lgamma(value.add(1)))
      .sub(lgamma(n.sub(value).add(1)));
    if (this.which === 'probs')
      return ways.add(xlogy(value, this.param)).add(xlogy(n.sub(value), this.param.neg().add(1)));
    const { param } = this;
    // n·log(1 + e^logit), which does not overflow.
    const all = param.clamp({ min: 0 }).add(param.abs().neg().exp().log1p()).mul(n);
    return ways.add(value.mul(param)).sub(all);
  }
  protected override entropyOf(): Tensor {
    const logProb = this.logProbOf(this.valuesOf().reshape([-1, ...this.batchShape.map(() => 1)]));
    return logProb
      .exp()
      .mul(logProb.clamp({ min: -3e38 }))
      .sum(0)
      .neg();
  }
  protected override meanOf(): Tensor {
    return this.totalCount.mul(this.probs);
  }
  protected override varianceOf(): Tensor {
    return this.totalCount.mul(this.probs).mul(this.probs.neg().add(1));
  }
  protected override modeOf(): Tensor {
    return this.totalCount.add(1).mul(this.probs).floor().minimum(this.totalCount).clamp({ min: 0 });
  }
  protected override valuesOf(): Tensor {
    const { dtype, device } = this.like;
    if (typeof this.trials !== 'number')
      throw new OptionError(
        'Inhomogeneous total count not supported by `enumerate_support`.\n  in Binomial: give totalCount as a number; of a tensor only the device knows it',
      );
    return arange(this.trials + 1, { dtype, device });
  }
}
