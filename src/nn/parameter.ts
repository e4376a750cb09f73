import { checkOptions } from '../core/errors.ts';
import { checkTensor, Tensor } from '../tensor/tensor.ts';

/** A tensor that a module trains: registered when assigned to a module's property, and requiring grad. */
export class Parameter extends Tensor {
  /** For types alone: a plain tensor in the place of a parameter would be none of the module's any more. */
  declare protected readonly trained: true;
  /** Shares the memory of `data`, outside its history. */
  constructor(data: Tensor, options: { requiresGrad?: boolean } = {}) {
    checkTensor('Parameter', data, 'data');
    checkOptions('Parameter', options, ['requiresGrad']);
    const { impl } = data.detach();
    super(impl);
    impl.storage.value.kept = true;
    if (options.requiresGrad ?? true) this.requiresGrad_();
  }

  override async toStringAsync(): Promise<string> {
    return `Parameter containing:\n${await super.toStringAsync()}`;
  }
}
