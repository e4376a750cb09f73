import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import {
  checkInput,
  checkIntegers,
  checkSwitches,
  type FactoryOptions,
  factoryNames,
  makeParameter,
  optionsOf,
} from './checks.ts';
import { fanInAndOut, kaimingUniform_, uniform_ } from './init.ts';
import { Module } from './module.ts';
import type { Parameter } from './parameter.ts';
import { pythonBool } from './repr.ts';

/** Settings of {@link Linear}. */
export interface LinearOptions extends FactoryOptions {
  /** Add a learnable bias. Default true. */
  readonly bias?: boolean;
}

/**
 * y = x·Wᵀ + b: `(*, inFeatures)` gives `(*, outFeatures)`. Weight `(outFeatures, inFeatures)` and bias `(outFeatures)` start
 * uniform in ±1/√inFeatures. Source: torch.nn.Linear.
 *
 * @throws ShapeError when the input's last dim is not inFeatures.
 * @example
 * const layer = new nn.Linear(20, 30);
 * layer.forward(randn([128, 20])).shape; // [128, 30]
 */
export class Linear extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  weight: Parameter;
  bias: Parameter | null;

  constructor(inFeatures: number, outFeatures: number, ...given: [options?: LinearOptions]) {
    super();
    checkIntegers('Linear', { inFeatures, outFeatures });
    const options = optionsOf<LinearOptions>('Linear', ['bias', ...factoryNames], given);
    checkSwitches('Linear', { bias: options.bias });
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = makeParameter([outFeatures, inFeatures], options);
    this.bias = (options.bias ?? true) ? makeParameter([outFeatures], options) : null;
    this.resetParameters();
  }

  /** Draws the initial values anew. */
  resetParameters(): void {
    initialise(this.weight, this.bias);
  }

  override forward(input: Tensor): Tensor {
    checkInput('Linear', input);
    return functional.linear(input, this.weight, this.bias);
  }

  override extraRepr(): string {
    return `in_features=${this.inFeatures}, out_features=${this.outFeatures}, bias=${pythonBool(this.bias !== null)}`;
  }
}

/** PyTorch's default for linear and convolution layers: uniform in ±1/√fanIn. */
export function initialise(weight: Parameter, bias: Parameter | null): void {
  kaimingUniform_(weight, { a: Math.sqrt(5) });
  const [fanIn] = fanInAndOut(weight);
  if (bias && fanIn > 0) uniform_(bias, -1 / Math.sqrt(fanIn), 1 / Math.sqrt(fanIn));
}

/** Returns its input: a stand-in where a layer is wanted. Source: torch.nn.Identity. */
export class Identity extends Module {
  override forward<T>(input: T): T {
    return input;
  }
}
