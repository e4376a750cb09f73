/** Student's t-distribution. */
import type { Shape } from '../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { fullLike } from '../tensor/create.ts';
import { where } from '../tensor/functions/core.ts';
import { digamma, lgamma } from '../tensor/functions/elementary.ts';
import type { Tensor, TensorOrNumber } from '../tensor/tensor.ts';
import { logBeta } from './beta.ts';
import { type Constraint, positive, real } from './constraints.ts';
import { Distribution } from './distribution.ts';
import { normalDraw } from './draws.ts';
import { logGammaDraw } from './gamma-draws.ts';
import { broadcastAll, checkedFlag, type DistributionOptions } from './parameters.ts';

/** Options of {@link StudentT}. */
export interface StudentTOptions extends DistributionOptions {
  /** The mode. Default 0. */
  readonly loc?: TensorOrNumber;
  /** The width. Default 1. */
  readonly scale?: TensorOrNumber;
}

/**
 * Student's t-distribution with `df` > 0 degrees of freedom, around `loc` and as wide as `scale` > 0. Source:
 * torch.distributions.StudentT.
 *
 * @throws OptionError for parameters that are not positive; ShapeError when they do not broadcast.
 * @example
 * const d = new distributions.StudentT(3, { scale: 2 });
 * await d.logProb(0).item(); // -1.6940
 * await d.variance.item(); // 12
 */
export class StudentT extends Distribution {
  /** The degrees of freedom. */
  readonly df: Tensor;
  /** The mode. */
  readonly loc: Tensor;
  /** The width. */
  readonly scale: Tensor;

  constructor(
    df: TensorOrNumber,
    ...rest: OptionalArgs<[loc: TensorOrNumber, scale: TensorOrNumber, validateArgs: boolean | null], StudentTOptions>
  ) {
    const options = optionalArgs<StudentTOptions>('StudentT', ['loc', 'scale', 'validateArgs'], rest, ['scale']);
    const { loc = 0, scale = 1 } = options;
    const wide = broadcastAll('StudentT', { df, loc, scale });
    const parameters = { df: [df, positive], loc: [loc, real], scale: [scale, positive] } as const;
    const validateArgs = checkedFlag('StudentT', options.validateArgs);
    super({ name: 'StudentT', batchShape: wide.df.shape, like: wide.df, parameters, validateArgs });
    this.df = wide.df;
    this.loc = wide.loc;
    this.scale = wide.scale;
  }
  override get hasRsample(): boolean {
    return true;
  }
  override get support(): Constraint {
    return real;
  }
  protected override expanded(shape: Shape): StudentT {
    const [df, loc, scale] = [this.df, this.loc, this.scale].map((p) => p.expand(shape)) as [Tensor, Tensor, Tensor];
    return new StudentT(df, { loc, scale, validateArgs: false });
  }
  protected override draw(shape: Shape): Tensor {
    const half = this.df.mul(0.5).expand(shape);
    // A normal number over the root of a chi-squared one per degree of freedom.
    const spread = half.log().sub(logGammaDraw(half)).mul(0.5).exp();
    return normalDraw(this.like, shape).mul(spread).mul(this.scale).add(this.loc);
  }
  protected override logProbOf(value: Tensor): Tensor {
    const { df, loc, scale } = this;
    const half = df.mul(0.5);
    const size = lgamma(half.add(0.5)).sub(lgamma(half)).sub(df.mul(Math.PI).log().mul(0.5)).sub(scale.log());
    const y = value.sub(loc).div(scale);
    return size.sub(half.add(0.5).mul(y.square().div(df).log1p()));
  }
  protected override entropyOf(): Tensor {
    const half = this.df.mul(0.5);
    const more = half.add(0.5);
    const width = this.scale
      .log()
      .add(this.df.log().mul(0.5))
      .add(logBeta(half, half.mul(0).add(0.5)));
    return more.mul(digamma(more).sub(digamma(half))).add(width);
  }
  protected override meanOf(): Tensor {
    return where(this.df.gt(1), this.loc, Number.NaN);
  }
  protected override varianceOf(): Tensor {
    const { df } = this;
    const finite = this.scale.square().mul(df).div(df.sub(2));
    return where(df.gt(2), finite, fullLike(df, Number.POSITIVE_INFINITY).where(df.gt(1), Number.NaN));
  }
  protected override modeOf(): Tensor {
    return this.loc;
  }
}
