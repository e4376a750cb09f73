/** Activations made of straight and exponential pieces, as layers: each takes any shape and returns the same. */
import { checkNumbers } from '../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Activation, type InplaceArgs, type InplaceOptions } from './activation.ts';
import { checkInput, checkIntegers, type FactoryOptions, makeParameter } from './checks.ts';
import { constant_ } from './init.ts';
import { Module } from './module.ts';
import type { Parameter } from './parameter.ts';
import { pythonFloat } from './repr.ts';

/**
 * min(max(x, 0), 6). Source: torch.nn.ReLU6, arXiv 1704.04861.
 *
 * @example
 * await new nn.ReLU6().forward(tensor([-1, 3, 8])).tolist(); // [0, 3, 6]
 */
export class ReLU6 extends Activation {
  declare readonly inplace: boolean;
  constructor(...given: InplaceArgs) {
    super({ inplace: false }, given);
  }
  protected override compute(input: Tensor): Tensor {
    return functional.relu6(input);
  }
}

/**
 * x limited to [minVal, maxVal]. Source: torch.nn.Hardtanh.
 *
 * @example
 * await new nn.Hardtanh().forward(tensor([-3, 0.5, 2])).tolist(); // [-1, 0.5, 1]
 */
export class Hardtanh extends Activation {
  /** Default −1. */
  declare readonly minVal: number;
  /** Default 1. */
  declare readonly maxVal: number;
  declare readonly inplace: boolean;
  constructor(
    ...given: OptionalArgs<
      [minVal: number, maxVal: number, inplace: boolean],
      InplaceOptions & { readonly minVal?: number; readonly maxVal?: number }
    >
  ) {
    super({ minVal: -1, maxVal: 1, inplace: false }, given);
  }
  protected override compute(input: Tensor): Tensor {
    return functional.hardtanh(input, this.minVal, this.maxVal);
  }
  override extraRepr(): string {
    return this.shown('minVal', 'maxVal');
  }
}

/**
 * clamp((x + 3)/6, 0, 1). Source: torch.nn.Hardsigmoid.
 *
 * @example
 * await new nn.Hardsigmoid().forward(tensor([-4, 0, 4.5])).tolist(); // [0, 0.5, 1]
 */
export class Hardsigmoid extends Activation {
  declare readonly inplace: boolean;
  constructor(...given: InplaceArgs) {
    super({ inplace: false }, given);
  }
  protected override compute(input: Tensor): Tensor {
    return functional.hardsigmoid(input);
  }
  /** PyTorch shows nothing here. */
  override extraRepr(): string {
    return '';
  }
}

/**
 * x·hardsigmoid(x). Source: torch.nn.Hardswish, arXiv 1905.02244.
 *
 * @example
 * await new nn.Hardswish().forward(tensor([0, 1.5, 4])).tolist(); // [0, 1.125, 4]
 */
export class Hardswish extends Activation {
  declare readonly inplace: boolean;
  constructor(...given: InplaceArgs) {
    super({ inplace: false }, given);
  }
  protected override compute(input: Tensor): Tensor {
    return functional.hardswish(input);
  }
  /** PyTorch shows nothing here. */
  override extraRepr(): string {
    return '';
  }
}

/**
 * x where positive, alpha·(e^x − 1) elsewhere. Source: torch.nn.ELU, arXiv 1511.07289.
 *
 * @example
 * await new nn.ELU().forward(tensor([-1, 0.5])).tolist(); // [-0.6321, 0.5]
 */
export class ELU extends Activation {
  /** Default 1. */
  declare readonly alpha: number;
  declare readonly inplace: boolean;
  constructor(...given: OptionalArgs<[alpha: number, inplace: boolean], InplaceOptions & { readonly alpha?: number }>) {
    super({ alpha: 1, inplace: false }, given);
  }
  protected override compute(input: Tensor): Tensor {
    return functional.elu(input, this.alpha);
  }
  override extraRepr(): string {
    return this.shown('alpha');
  }
}

/**
 * max(0, x) + min(0, alpha·(e^(x/alpha) − 1)). Source: torch.nn.CELU, arXiv 1704.07483.
 *
 * @example
 * await new nn.CELU(2).forward(tensor([-1, 0.5])).tolist(); // [-0.7869, 0.5]
 */
export class CELU extends Activation {
  /** Default 1. */
  declare readonly alpha: number;
  declare readonly inplace: boolean;
  constructor(...given: OptionalArgs<[alpha: number, inplace: boolean], InplaceOptions & { readonly alpha?: number }>) {
    super({ alpha: 1, inplace: false }, given);
  }
  protected override compute(input: Tensor): Tensor {
    return functional.celu(input, this.alpha);
  }
  override extraRepr(): string {
    return this.shown('alpha');
  }
}

/**
 * scale·elu(x, 1.6733), with the scale 1.0507: keeps mean 0 and variance 1. Source: torch.nn.SELU, arXiv 1706.02515.
 *
 * @example
 * await new nn.SELU().forward(tensor([-1, 0.5])).tolist(); // [-1.1113, 0.5254]
 */
export class SELU extends Activation {
  declare readonly inplace: boolean;
  constructor(...given: InplaceArgs) {
    super({ inplace: false }, given);
  }
  protected override compute(input: Tensor): Tensor {
    return functional.selu(input);
  }
}

/**
 * x where positive, a slope times x elsewhere: drawn in [lower, upper] for each element in training, their mean in evaluation. Source: torch.nn.RReLU, arXiv 1505.00853.
 *
 * @example
 * await new nn.RReLU(0.25, 0.75).eval().forward(tensor([-2.4, 0.5])).tolist(); // [-1.2, 0.5]
 */
export class RReLU extends Activation {
  /** Default 1/8. */
  declare readonly lower: number;
  /** Default 1/3. */
  declare readonly upper: number;
  declare readonly inplace: boolean;
  constructor(
    ...given: OptionalArgs<
      [lower: number, upper: number, inplace: boolean],
      InplaceOptions & { readonly lower?: number; readonly upper?: number }
    >
  ) {
    super({ lower: 1 / 8, upper: 1 / 3, inplace: false }, given);
  }
  protected override compute(input: Tensor): Tensor {
    return functional.rrelu(input, this.lower, this.upper, { training: this.training });
  }
  override extraRepr(): string {
    return this.shown('lower', 'upper');
  }
}

/**
 * 0 in [−lambd, lambd], x outside. Source: torch.nn.Hardshrink.
 *
 * @example
 * await new nn.Hardshrink().forward(tensor([-2.5, 0.25, 1])).tolist(); // [-2.5, 0, 1]
 */
export class Hardshrink extends Activation {
  /** Default 0.5. */
  declare readonly lambd: number;
  constructor(...given: OptionalArgs<[lambd: number], { readonly lambd?: number }>) {
    super({ lambd: 0.5 }, given);
  }
  protected override compute(input: Tensor): Tensor {
    return functional.hardshrink(input, this.lambd);
  }
  override extraRepr(): string {
    return pythonFloat(this.lambd);
  }
}

/**
 * x moved towards 0 by lambd, and 0 in [−lambd, lambd]. Source: torch.nn.Softshrink.
 *
 * @example
 * await new nn.Softshrink().forward(tensor([-2.5, 0.25, 1])).tolist(); // [-2, 0, 0.5]
 */
export class Softshrink extends Activation {
  /** Default 0.5. */
  declare readonly lambd: number;
  constructor(...given: OptionalArgs<[lambd: number], { readonly lambd?: number }>) {
    super({ lambd: 0.5 }, given);
  }
  protected override compute(input: Tensor): Tensor {
    return functional.softshrink(input, this.lambd);
  }
  override extraRepr(): string {
    return pythonFloat(this.lambd);
  }
}

/** Settings of {@link PReLU}. */
export interface PReLUOptions extends FactoryOptions {
  /** Slopes: 1 for all channels, or one for each. Default 1. */
  readonly numParameters?: number;
  /** What they start with. Default 0.25. */
  readonly init?: number;
}
/**
 * x where positive, weight·x elsewhere, with a learnt slope: one for all, or one for each channel of `(N, C, *)`. Source:
 * torch.nn.PReLU, arXiv 1502.01852.
 *
 * @throws ShapeError when the slopes are not as many as the channels.
 * @example
 * await new nn.PReLU().forward(tensor([-2, 1.5])).tolist(); // [-0.5, 1.5]
 */
export class PReLU extends Module {
  readonly numParameters: number;
  readonly init: number;
  weight: Parameter;

  constructor(...given: OptionalArgs<[numParameters: number, init: number], PReLUOptions>) {
    super();
    const options = optionalArgs<PReLUOptions>('PReLU', ['numParameters', 'init', 'device', 'dtype'], given);
    const { numParameters = 1, init = 0.25 } = options;
    checkIntegers('PReLU', { numParameters });
    checkNumbers('PReLU', { init });
    this.numParameters = numParameters;
    this.init = init;
    this.weight = makeParameter([numParameters], options);
    this.resetParameters();
  }
  /** Sets the initial slope anew. */
  resetParameters(): void {
    constant_(this.weight, this.init);
  }
  override forward(input: Tensor): Tensor {
    checkInput('PReLU', input);
    return functional.prelu(input, this.weight);
  }
  override extraRepr(): string {
    return `num_parameters=${this.numParameters}`;
  }
}

/**
 * x where above `threshold`, `value` elsewhere. Source: torch.nn.Threshold.
 *
 * @example
 * await new nn.Threshold(0.5, 9).forward(tensor([-3.5, 2])).tolist(); // [9, 2]
 */
export class Threshold extends Activation {
  readonly threshold: number;
  readonly value: number;
  declare readonly inplace: boolean;
  constructor(threshold: number, value: number, ...given: InplaceArgs) {
    super({ inplace: false }, given);
    checkNumbers('Threshold', { threshold, value });
    this.threshold = threshold;
    this.value = value;
  }
  protected override compute(input: Tensor): Tensor {
    return functional.threshold(input, this.threshold, this.value);
  }
  override extraRepr(): string {
    return this.shown('threshold', 'value');
  }
}
