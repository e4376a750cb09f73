/** Batches taken for events. */
import { OptionError } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import type { Tensor, TensorOrNumber } from '../tensor/tensor.ts';
import { type Constraint, independent } from './constraints.ts';
import { checkDistribution, Distribution } from './distribution.ts';
import { type DistributionArgs, sumRightmost, validateArgsOf } from './parameters.ts';

/**
 * The last dims of a batch as dims of the event, which are independent of each other: logProb() is summed over them. Source:
 * torch.distributions.Independent.
 *
 * @throws OptionError for more dims than the batch has.
 * @example
 * const d = new distributions.Independent(new distributions.Normal(zeros([5, 3]), 1), 1);
 * d.batchShape; // [5]
 * d.eventShape; // [3]
 * d.logProb(d.sample()).shape; // [5]
 */
export class Independent<D extends Distribution = Distribution> extends Distribution {
  /** The distribution whose batch it is. */
  readonly baseDist: D;
  /** How many dims of the batch are dims of the event. */
  readonly reinterpretedBatchNdims: number;

  constructor(baseDistribution: D, reinterpretedBatchNdims: number, ...rest: DistributionArgs) {
    const validateArgs = validateArgsOf('Independent', rest);
    checkDistribution('Independent', 'baseDistribution', baseDistribution);
    const { batchShape, eventShape } = baseDistribution;
    const n = reinterpretedBatchNdims;
    if (!(Number.isInteger(n) && n >= 0 && n <= batchShape.length)) {
      throw new OptionError(
        `Expected reinterpreted_batch_ndims <= len(base_distribution.batch_shape), actual ${n} vs ${batchShape.length}\n  in Independent`,
      );
    }
    const cut = batchShape.length - n;
    super({
      name: 'Independent',
      batchShape: batchShape.slice(0, cut),
      eventShape: [...batchShape.slice(cut), ...eventShape],
      like: baseDistribution.like,
      validateArgs,
    });
    this.baseDist = baseDistribution;
    this.reinterpretedBatchNdims = n;
  }
  override get hasRsample(): boolean {
    return this.baseDist.hasRsample;
  }
  override get hasEnumerateSupport(): boolean {
    return this.reinterpretedBatchNdims === 0 && this.baseDist.hasEnumerateSupport;
  }
  override get support(): Constraint {
    const { baseDist, reinterpretedBatchNdims: n } = this;
    return n === 0 ? baseDist.support : independent(baseDist.support, n);
  }
  override toString(): string {
    return `Independent(${this.baseDist}, ${this.reinterpretedBatchNdims})`;
  }
  protected override expanded(shape: Shape): Independent {
    const { baseDist, reinterpretedBatchNdims: n } = this;
    return new Independent(baseDist.expand([...shape, ...this.eventShape.slice(0, n)]), n, { validateArgs: false });
  }
  /** The base checks what it is asked. */
  protected override checkedValue(method: string, value: TensorOrNumber): Tensor {
    return this.asTensor(method, value);
  }
  protected override draw(_shape: Shape, sampleShape: Shape): Tensor {
    return this.baseDist.hasRsample ? this.baseDist.rsample(sampleShape) : this.baseDist.sample(sampleShape);
  }
  protected override logProbOf(value: Tensor): Tensor {
    return sumRightmost(this.baseDist.logProb(value), this.reinterpretedBatchNdims);
  }
  protected override entropyOf(): Tensor {
    return sumRightmost(this.baseDist.entropy(), this.reinterpretedBatchNdims);
  }
  protected override meanOf(): Tensor {
    return this.baseDist.mean;
  }
  protected override varianceOf(): Tensor {
    return this.baseDist.variance;
  }
  protected override modeOf(): Tensor {
    return this.baseDist.mode;
  }
  protected override valuesOf(): Tensor {
    return this.baseDist.enumerateSupport();
  }
}
