import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { checkInput, checkIntegers, checkSwitches, factory, factoryNames } from './checks.ts';
import { type LazyKind, lazy, settle } from './lazy.ts';
import { Linear, type LinearOptions } from './linear.ts';
import { UninitializedParameter } from './uninitialized.ts';

const kind: LazyKind<
  Linear,
  [inFeatures: number, outFeatures: number, options: LinearOptions],
  [outFeatures: number, ...rest: OptionalArgs<[bias: boolean], LinearOptions>]
> = {
  size: 'inFeatures',
  prepare(name, [outFeatures, ...rest]) {
    const { bias = true, ...options } = optionalArgs<LinearOptions>(name, ['bias', ...factoryNames], rest);
    checkIntegers(name, { outFeatures });
    checkSwitches(name, { bias });
    const expect = (layer: Linear): void => {
      Object.assign(layer, { outFeatures });
      layer.weight = new UninitializedParameter(options);
      if (bias) layer.bias = new UninitializedParameter(options);
    };
    return { plain: [0, 0, { ...factory(options), bias: false }], expect };
  },
  infer(layer, input) {
    checkInput(layer.constructor.name, input);
    settle(layer, 'inFeatures', input.shape.at(-1) ?? 0, () => ({
      weight: [layer.outFeatures, layer.inFeatures],
      bias: [layer.outFeatures],
    }));
  },
};

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
export class LazyLinear extends lazy(Linear, kind) {}
