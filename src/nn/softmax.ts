/** Layers that make distributions over classes. */
import { describe, OptionError, ShapeError } from '../core/errors.ts';
import { snakeCase } from '../core/names.ts';
import type { OptionalArgs } from '../tensor/arguments.ts';
import { implicitDim } from '../tensor/functional/gates.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Activation } from './activation.ts';

/** Along which dim. */
export interface SoftmaxLayerOptions {
  /** Null lets the number of dims decide, as PyTorch does (deprecated): 0 for 0, 1 and 3 of them, else 1. Default null. */
  readonly dim?: number | null;
}
type Args = OptionalArgs<[dim: number | null], SoftmaxLayerOptions>;

/** What works along one dim. */
abstract class AlongDim extends Activation {
  declare readonly dim: number | null;

  constructor(given: Args) {
    super({ dim: null }, given);
    const { dim } = this;
    const layer = this.constructor.name;
    if (dim === null) {
      console.warn(
        `Implicit dimension choice for ${snakeCase(layer[0]!.toLowerCase() + layer.slice(1))} has been deprecated. Change the call to include dim=X as an argument.\n  classes are usually along dim 1: new nn.${layer}(1)`,
      );
    } else if (!Number.isInteger(dim))
      throw new OptionError(
        `${layer}: dim must be an integer, got ${describe(dim)}\n  classes are usually along dim 1: new nn.${layer}(1)`,
      );
  }
  /** The dim to go along in `input`. */
  protected dimOf(input: Tensor): number {
    return this.dim ?? implicitDim(input);
  }
  override extraRepr(): string {
    return `dim=${this.dim ?? 'None'}`;
  }
}

/**
 * e^x / Σ e^x along `dim`. Source: torch.nn.Softmax.
 *
 * @throws OptionError for a dim that is no integer.
 * @example
 * await new nn.Softmax(1).forward(zeros([1, 4])).tolist(); // [[0.25, 0.25, 0.25, 0.25]]
 */
export class Softmax extends AlongDim {
  constructor(...given: Args) {
    super(given);
  }
  protected override compute(input: Tensor): Tensor {
    return input.softmax(this.dimOf(input));
  }
}

/**
 * log(softmax(x)) along `dim`, without loss of precision. Source: torch.nn.LogSoftmax.
 *
 * @throws OptionError for a dim that is no integer.
 * @example
 * await new nn.LogSoftmax(1).forward(zeros([1, 2])).tolist(); // [[-0.6931, -0.6931]]
 */
export class LogSoftmax extends AlongDim {
  constructor(...given: Args) {
    super(given);
  }
  protected override compute(input: Tensor): Tensor {
    return input.logSoftmax(this.dimOf(input));
  }
}

/**
 * softmax(−x) along `dim`. Source: torch.nn.Softmin.
 *
 * @throws OptionError for a dim that is no integer.
 * @example
 * await new nn.Softmin(0).forward(tensor([1, 2], { dtype: 'float32' })).tolist(); // [0.7311, 0.2689]
 */
export class Softmin extends AlongDim {
  constructor(...given: Args) {
    super(given);
  }
  protected override compute(input: Tensor): Tensor {
    return functional.softmin(input, this.dimOf(input));
  }
}

/**
 * softmax over the channels of each place of `(N, C, H, W)` or `(C, H, W)`. Source: torch.nn.Softmax2d.
 *
 * @throws ShapeError for other numbers of dims.
 * @example
 * new nn.Softmax2d().forward(randn([2, 3, 4, 5])).shape; // [2, 3, 4, 5]
 */
export class Softmax2d extends Activation {
  constructor() {
    super({}, []);
  }
  protected override compute(input: Tensor): Tensor {
    if (input.ndim !== 3 && input.ndim !== 4)
      throw new ShapeError(`Softmax2d: expected input to be 3D or 4D, got ${input.ndim}D instead`);
    return input.softmax(-3);
  }
}
