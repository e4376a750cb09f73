/** torch.func.functional_call. */
import { wrongType } from '../core/errors.ts';
import { Tensor } from '../tensor/tensor.ts';

/** Settings of {@link functionalCall}. */
export interface FunctionalCallOptions {
  /** One tensor for a parameter that has several names stands in all of its places. Default true. */
  readonly tieWeights?: boolean;
  /** Throw where a parameter or buffer is missing. Default false. */
  readonly strict?: boolean;
}
/** Tensors by the names that a state gives them. */
export type TensorsByName = Readonly<Record<string, Tensor>> | ReadonlyMap<string, Tensor>;

/** A module, as far as it matters here. */
export interface CallableModule {
  forward(...inputs: never[]): unknown;
  /** @internal */
  callWith(tensors: unknown, args: readonly unknown[], options?: FunctionalCallOptions): unknown;
}

/**
 * Calls a module as if these were its parameters and buffers; what is not given stays the module's own. Gradients reach the
 * given tensors, and buffers that change change in them. `args` is the input, or a list of inputs. Source:
 * torch.func.functional_call.
 *
 * @param parameterAndBufferDicts by names as in a state dict: a plain object or a Map, or a list of them.
 * @throws OptionError for names that the module does not have, and under `strict` for those that are not given.
 * @example
 * const layer = new nn.Linear(2, 1);
 * const weight = tensor([[1, 10]], { dtype: 'float32', requiresGrad: true });
 * const y = functionalCall(layer, { weight, bias: zeros([1]) }, ones([3, 2]));
 * y.sum().backward();
 * await weight.grad!.tolist(); // [[3, 3]]
 */
export function functionalCall<M extends CallableModule>(
  module: M,
  parameterAndBufferDicts: TensorsByName | readonly TensorsByName[],
  args: Tensor | Parameters<M['forward']> | null = null,
  options: FunctionalCallOptions = {},
): ReturnType<M['forward']> {
  if (typeof module?.callWith !== 'function') wrongType('functionalCall', 'module', 'a Module', module);
  const inputs = args === null ? [] : args instanceof Tensor ? [args] : args;
  return module.callWith(parameterAndBufferDicts, inputs as readonly unknown[], options) as ReturnType<M['forward']>;
}
