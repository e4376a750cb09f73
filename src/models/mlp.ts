/** Plain networks of linear layers. */
import { checkNumbers, checkOptions, OptionError } from '../core/errors.ts';
import { ReLU } from '../nn/activation.ts';
import { checkIntegers, checkSwitches } from '../nn/checks.ts';
import { Sequential } from '../nn/containers.ts';
import { Dropout } from '../nn/dropout.ts';
import { Linear } from '../nn/linear.ts';
import type { Module } from '../nn/module.ts';

/** Settings of {@link MLP}. */
export interface MLPOptions {
  /** Makes what comes after each hidden layer, of so many features. Default: nothing. */
  readonly normLayer?: ((numFeatures: number) => Module) | null;
  /** The nonlinearity's class. Default ReLU. */
  readonly activationLayer?: new () => Module;
  /** Learn biases. Default true. */
  readonly bias?: boolean;
  /** Share of the features that dropout drops after each layer, the last one too. Default 0. */
  readonly dropout?: number;
}

/**
 * Linear layers with a nonlinearity between them: (*, inChannels) gives (*, the last of hiddenChannels). Source: torchvision.ops.MLP.
 *
 * @throws OptionError for an empty list of sizes.
 * @example
 * const model = new models.MLP(784, [128, 10]);
 * model.forward(randn([4, 784])).shape; // [4, 10]
 */
export class MLP extends Sequential {
  constructor(inChannels: number, hiddenChannels: readonly number[], options: MLPOptions = {}) {
    checkOptions('MLP', options, ['normLayer', 'activationLayer', 'bias', 'dropout']);
    const { normLayer = null, activationLayer = ReLU, bias = true, dropout = 0 } = options;
    if (!Array.isArray(hiddenChannels) || hiddenChannels.length === 0)
      throw new OptionError('MLP: hiddenChannels must be a list of sizes, the last one that of the result');
    checkIntegers('MLP', {
      inChannels,
      ...Object.fromEntries(hiddenChannels.map((n, i) => [`hiddenChannels[${i}]`, n])),
    });
    checkSwitches('MLP', { bias });
    checkNumbers('MLP', { dropout });
    const sizes = [inChannels, ...hiddenChannels];
    super(
      ...hiddenChannels.flatMap((size, i) => {
        const last = i === hiddenChannels.length - 1;
        const between = last ? [] : [...(normLayer ? [normLayer(size)] : []), new activationLayer()];
        return [new Linear(sizes[i]!, size, { bias }), ...between, new Dropout(dropout)];
      }),
    );
  }
}
