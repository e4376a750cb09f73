/** Products with weights. */
import * as nn from '../impl/nn.ts';
import { Tensor, varOf } from '../tensor.ts';
import { optional } from './arguments.ts';

/** x·Wᵀ + b: (*, in) with weight (out, in) and bias (out) gives (*, out). */
export function linear(input: Tensor, weight: Tensor, bias?: Tensor | null): Tensor {
  return new Tensor(
    nn.linear(varOf('linear', input), varOf('linear', weight, 'weight'), optional('linear', bias, 'bias')),
  );
}
