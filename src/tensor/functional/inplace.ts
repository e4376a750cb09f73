/** What activations share: their arguments, and that they may overwrite what they are given. */
import { wrongType } from '../../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { inPlace } from '../compose.ts';
import { checkTensor, type Tensor } from '../tensor.ts';

/** What activations take that may do their work in place. */
export interface InplaceOptions {
  /** Overwrite the input, and return it. Default false. */
  readonly inplace?: boolean;
}
/** Nothing but that. */
export type InplaceArgs = OptionalArgs<[inplace: boolean], InplaceOptions>;

/** Calls an activation with its options by name, in place where they say so. */
export function activation<O extends InplaceOptions>(
  name: string,
  names: readonly (keyof O & string)[],
  input: Tensor,
  given: readonly unknown[],
  compute: (x: Tensor, options: Partial<O>) => Tensor,
): Tensor {
  checkTensor(name, input);
  const options = optionalArgs<O>(name, [...names, 'inplace'], given);
  const { inplace = false } = options;
  if (typeof inplace !== 'boolean') wrongType(name, 'inplace', 'true or false', inplace);
  const apply = (x: Tensor): Tensor => compute(x, options);
  return inplace ? inPlace(name, apply)(input) : apply(input);
}
