import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { checkTensor, Tensor } from '../tensor/tensor.ts';

/** A tensor that is state of a module but not trained: registered when assigned to a module's property. */
export class Buffer extends Tensor {
  /** Whether it is in state dicts. */
  readonly persistent: boolean;

  /**
   * Shares the memory of `data`, outside its history. Source: torch.nn.Buffer.
   *
   * @example
   * class Centre extends nn.Module {
   *   mean = new nn.Buffer(zeros([3]));
   *   override forward(x: Tensor): Tensor {
   *     return x.sub(this.mean);
   *   }
   * }
   * [...new Centre().stateDict().keys()]; // ['mean']
   */
  constructor(data: Tensor, ...rest: OptionalArgs<[persistent: boolean], { readonly persistent?: boolean }>) {
    checkTensor('Buffer', data, 'data');
    const { persistent = true } = optionalArgs<{ persistent: boolean }>('Buffer', ['persistent'], rest);
    const { impl } = data.detach();
    super(impl);
    impl.storage.value.kept = true;
    this.persistent = persistent;
  }
}
