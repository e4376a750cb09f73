/** The most used activation functions as layers: each takes any shape and returns the same. */
import { OptionError } from '../core/errors.ts';
import type { OptionalArgs } from '../tensor/arguments.ts';
import { inPlace } from '../tensor/compose.ts';
import * as functional from '../tensor/functional/index.ts';
import type { InplaceArgs, InplaceOptions } from '../tensor/functional/inplace.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput } from './checks.ts';
import { Configured } from './configured.ts';
import { pythonFloat } from './repr.ts';

export type { InplaceArgs, InplaceOptions };

/** What activations share: a function of the input alone, which may overwrite it. */
export abstract class Activation extends Configured {
  protected abstract compute(input: Tensor): Tensor;

  override forward(input: Tensor): Tensor {
    const name = this.constructor.name;
    checkInput(name, input);
    const { inplace } = this as InplaceOptions;
    return inplace ? inPlace(name, (x: Tensor) => this.compute(x))(input) : this.compute(input);
  }
  /** The settings, and whether it is in place where it is. */
  protected override shown(...names: string[]): string {
    return super.shown(...names, ...((this as InplaceOptions).inplace ? ['inplace'] : []));
  }
  override extraRepr(): string {
    return this.shown();
  }
}

/**
 * max(x, 0). Source: torch.nn.ReLU.
 *
 * @example
 * await new nn.ReLU().forward(tensor([-1, 2])).tolist(); // [0, 2]
 */
export class ReLU extends Activation {
  declare readonly inplace: boolean;
  constructor(...given: InplaceArgs) {
    super({ inplace: false }, given);
  }
  protected override compute(input: Tensor): Tensor {
    return input.relu();
  }
}

/**
 * x where positive, negativeSlope·x elsewhere. Source: torch.nn.LeakyReLU.
 *
 * @example
 * await new nn.LeakyReLU(0.1).forward(tensor([-2.5, 1])).tolist(); // [-0.25, 1]
 */
export class LeakyReLU extends Activation {
  /** Default 0.01. */
  declare readonly negativeSlope: number;
  declare readonly inplace: boolean;
  constructor(
    ...given: OptionalArgs<
      [negativeSlope: number, inplace: boolean],
      InplaceOptions & { readonly negativeSlope?: number }
    >
  ) {
    super({ negativeSlope: 0.01, inplace: false }, given);
  }
  protected override compute(input: Tensor): Tensor {
    return functional.leakyRelu(input, this.negativeSlope);
  }
  override extraRepr(): string {
    return this.shown('negativeSlope');
  }
}

type Approximation = 'none' | 'tanh';
/**
 * x·Φ(x), or with `approximate: 'tanh'` its tanh form. Source: torch.nn.GELU, arXiv 1606.08415.
 *
 * @example
 * await new nn.GELU().forward(tensor([-1.5, 0, 1.5])).tolist(); // [-0.1002, 0, 1.3998]
 */
export class GELU extends Activation {
  declare readonly approximate: Approximation;
  constructor(...given: OptionalArgs<[approximate: Approximation], { readonly approximate?: Approximation }>) {
    super({ approximate: 'none' }, given);
    if (!['none', 'tanh'].includes(this.approximate)) {
      throw new OptionError(`approximate argument must be either none or tanh.\n  in GELU: got '${this.approximate}'`);
    }
  }
  protected override compute(input: Tensor): Tensor {
    return functional.gelu(input, { approximate: this.approximate });
  }
  override extraRepr(): string {
    return `approximate='${this.approximate}'`;
  }
}

/**
 * x·σ(x). Source: torch.nn.SiLU, arXiv 1702.03118.
 *
 * @example
 * await new nn.SiLU().forward(tensor([-1, 0, 1])).tolist(); // [-0.2689, 0, 0.7311]
 */
export class SiLU extends Activation {
  declare readonly inplace: boolean;
  constructor(...given: InplaceArgs) {
    super({ inplace: false }, given);
  }
  protected override compute(input: Tensor): Tensor {
    return functional.silu(input);
  }
}

/**
 * 1/(1 + e^−x). Source: torch.nn.Sigmoid.
 *
 * @example
 * await new nn.Sigmoid().forward(tensor([0, 2])).tolist(); // [0.5, 0.8808]
 */
export class Sigmoid extends Activation {
  constructor() {
    super({}, []);
  }
  protected override compute(input: Tensor): Tensor {
    return input.sigmoid();
  }
}

/**
 * tanh x. Source: torch.nn.Tanh.
 *
 * @example
 * await new nn.Tanh().forward(tensor([-1, 0, 1])).tolist(); // [-0.7616, 0, 0.7616]
 */
export class Tanh extends Activation {
  constructor() {
    super({}, []);
  }
  protected override compute(input: Tensor): Tensor {
    return input.tanh();
  }
}

/**
 * log(1 + e^(beta·x))/beta, linear where beta·x > threshold. Source: torch.nn.Softplus.
 *
 * @example
 * await new nn.Softplus().forward(tensor([-1.5, 0, 1.5])).tolist(); // [0.2014, 0.6931, 1.7014]
 */
export class Softplus extends Activation {
  /** Default 1. */
  declare readonly beta: number;
  /** Default 20. */
  declare readonly threshold: number;
  constructor(
    ...given: OptionalArgs<[beta: number, threshold: number], { readonly beta?: number; readonly threshold?: number }>
  ) {
    super({ beta: 1, threshold: 20 }, given);
  }
  protected override compute(input: Tensor): Tensor {
    return functional.softplus(input, this.beta, this.threshold);
  }
  override extraRepr(): string {
    return `beta=${pythonFloat(this.beta)}, threshold=${pythonFloat(this.threshold)}`;
  }
}
