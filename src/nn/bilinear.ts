import { checkOptions, OptionError } from '../core/errors.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput, checkIntegers, checkSwitches, factoryNames, makeParameter } from './checks.ts';
import { uniform_ } from './init.ts';
import type { LinearOptions } from './linear.ts';
import { Module } from './module.ts';
import type { Parameter } from './parameter.ts';
import { pythonBool } from './repr.ts';

/**
 * y = x₁ᵀ·W·x₂ + b: `(*, in1Features)` and `(*, in2Features)` give `(*, outFeatures)`. Weight
 * `(outFeatures, in1Features, in2Features)` and bias `(outFeatures)` start uniform in ±1/√in1Features. Source: torch.nn.Bilinear.
 *
 * @throws ShapeError when the inputs' last dims are not in1Features and in2Features.
 * @example
 * const layer = new nn.Bilinear(20, 30, 40);
 * layer.forward(randn([8, 20]), randn([8, 30])).shape; // [8, 40]
 */
export class Bilinear extends Module {
  readonly in1Features: number;
  readonly in2Features: number;
  readonly outFeatures: number;
  weight: Parameter;
  bias: Parameter | null;

  constructor(in1Features: number, in2Features: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    checkIntegers('Bilinear', { in1Features, in2Features, outFeatures });
    checkOptions('Bilinear', options, ['bias', ...factoryNames]);
    checkSwitches('Bilinear', { bias: options.bias });
    if (in1Features <= 0)
      throw new OptionError(`in1_features must be > 0, but got (in1_features=${in1Features})\n  in Bilinear`);
    this.in1Features = in1Features;
    this.in2Features = in2Features;
    this.outFeatures = outFeatures;
    this.weight = makeParameter([outFeatures, in1Features, in2Features], options);
    this.bias = (options.bias ?? true) ? makeParameter([outFeatures], options) : null;
    this.resetParameters();
  }

  /** Draws the initial values anew. */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.in1Features);
    uniform_(this.weight, -bound, bound);
    if (this.bias) uniform_(this.bias, -bound, bound);
  }

  override forward(input1: Tensor, input2: Tensor): Tensor {
    checkInput('Bilinear', input1, 'input1');
    return functional.bilinear(input1, input2, this.weight, this.bias);
  }

  override extraRepr(): string {
    return (
      `in1_features=${this.in1Features}, in2_features=${this.in2Features}, out_features=${this.outFeatures}, ` +
      `bias=${pythonBool(this.bias !== null)}`
    );
  }
}
