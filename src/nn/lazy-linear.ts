import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput, checkIntegers, checkSwitches, factory, factoryNames } from './checks.ts';
import { hasUninitializedParams, inferAtFirstForward, settle } from './lazy.ts';
import { Linear, type LinearOptions } from './linear.ts';
import { UninitializedParameter } from './uninitialized.ts';

/**
 * {@link Linear} that takes inFeatures from its first input, and is a Linear from then on. Its parameters have no shape before:
 * make the optimizer after a first forward, or load a state dict. Source: torch.nn.LazyLinear.
 *
 * @throws ShapeError when what was loaded does not fit the first input.
 * @example
 * const layer = new nn.LazyLinear(4);
 * layer.forward(randn([2, 3])).shape; // [2, 4]
 * String(layer); // 'Linear(in_features=3, out_features=4, bias=True)'
 */
export class LazyLinear extends Linear {
  constructor(outFeatures: number, ...rest: OptionalArgs<[bias: boolean], LinearOptions>) {
    const layer = new.target.name;
    const { bias = true, ...options } = optionalArgs<LinearOptions>(layer, ['bias', ...factoryNames], rest);
    checkIntegers(layer, { outFeatures });
    checkSwitches(layer, { bias });
    super(0, 0, { ...factory(options), bias: false });
    Object.assign(this, { outFeatures });
    this.weight = new UninitializedParameter(options);
    if (bias) this.bias = new UninitializedParameter(options);
    inferAtFirstForward(this, Linear);
  }

  override resetParameters(): void {
    if (this.inFeatures !== 0 && !this.hasUninitializedParams()) super.resetParameters();
  }
  /** Whether it still waits for its first input. */
  hasUninitializedParams(): boolean {
    return hasUninitializedParams(this);
  }
  /** Makes the parameters that this input asks for. */
  initializeParameters(input: Tensor): void {
    checkInput(this.constructor.name, input);
    settle(this, 'inFeatures', input.shape.at(-1) ?? 0, () => ({
      weight: [this.outFeatures, this.inFeatures],
      bias: [this.outFeatures],
    }));
  }
}
