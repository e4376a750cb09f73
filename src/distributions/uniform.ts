/** The uniform distribution. */
import type { Shape } from '../core/shape.ts';
import { fullLike } from '../tensor/create.ts';
import type { Tensor, TensorOrNumber } from '../tensor/tensor.ts';
import { type Constraint, interval, lessThan, real } from './constraints.ts';
import { Distribution } from './distribution.ts';
import { uniformDraw } from './draws.ts';
import { broadcastAll, type DistributionArgs, validateArgsOf } from './parameters.ts';

/**
 * The uniform distribution of numbers from `low` to below `high`. Source: torch.distributions.Uniform.
 *
 * @throws OptionError unless low < high; ShapeError when they do not broadcast.
 * @example
 * const d = new distributions.Uniform(0, tensor([1, 4]));
 * await d.logProb(0.5).tolist(); // [0, -1.3863]
 * await d.mean.tolist(); // [0.5, 2]
 */
export class Uniform extends Distribution {
  /** The least value. */
  readonly low: Tensor;
  /** The end, which is not drawn. */
  readonly high: Tensor;
  /** As they were given: of numbers, the support can be checked at the call. */
  private readonly ends: { readonly low: TensorOrNumber; readonly high: TensorOrNumber };

  constructor(low: TensorOrNumber, high: TensorOrNumber, ...rest: DistributionArgs) {
    const validateArgs = validateArgsOf('Uniform', rest);
    const wide = broadcastAll('Uniform', { low, high });
    const parameters = { low: [low, lessThan(high)], high: [high, real] } as const;
    super({ name: 'Uniform', batchShape: wide.low.shape, like: wide.low, parameters, validateArgs });
    this.low = wide.low;
    this.high = wide.high;
    this.ends = { low, high };
  }
  override get hasRsample(): boolean {
    return true;
  }
  override get support(): Constraint {
    return interval(this.ends.low, this.ends.high);
  }
  protected override draw(shape: Shape): Tensor {
    return uniformDraw(this.like, shape).mul(this.high.sub(this.low)).add(this.low);
  }
  protected override logProbOf(value: Tensor): Tensor {
    const inside = this.low.le(value).logicalAnd(this.high.gt(value));
    return this.high.sub(this.low).log().neg().where(inside, Number.NEGATIVE_INFINITY);
  }
  protected override cdfOf(value: Tensor): Tensor {
    return value.sub(this.low).div(this.high.sub(this.low)).clamp(0, 1);
  }
  protected override icdfOf(value: Tensor): Tensor {
    return value.mul(this.high.sub(this.low)).add(this.low);
  }
  protected override entropyOf(): Tensor {
    return this.high.sub(this.low).log();
  }
  protected override meanOf(): Tensor {
    return this.high.add(this.low).mul(0.5);
  }
  protected override varianceOf(): Tensor {
    return this.high.sub(this.low).square().div(12);
  }
  protected override stddevOf(): Tensor {
    return this.high.sub(this.low).div(Math.sqrt(12));
  }
  /** None is likelier than others: NaN. */
  protected override modeOf(): Tensor {
    return fullLike(this.high, Number.NaN);
  }
  protected override expanded(shape: Shape): Uniform {
    return new Uniform(this.low.expand(shape), this.high.expand(shape), { validateArgs: false });
  }
}
