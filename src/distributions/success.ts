/** What distributions have in common that are given a probability of success, or the logarithm of its odds. */
import { scope } from '../tensor/scope.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Distribution, type Setup } from './distribution.ts';
import { probsToLogits } from './parameters.ts';

/** Whichever of the two was given is kept; the other is computed where it is asked for. */
export abstract class Success extends Distribution {
  protected readonly which: 'probs' | 'logits';
  protected readonly param: Tensor;

  protected constructor(setup: Setup, which: 'probs' | 'logits', param: Tensor) {
    super(setup);
    this.which = which;
    this.param = param;
  }
  /** The probability of success, which is 1. */
  get probs(): Tensor {
    return this.which === 'probs' ? this.param : this.param.sigmoid();
  }
  /** The logarithm of the odds of success. */
  get logits(): Tensor {
    return this.which === 'logits' ? this.param : scope(() => probsToLogits(this.param));
  }
}
