/** Products with weights. */
import { DTypeError, ShapeError } from '../../core/errors.ts';
import { formatShape } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { spoken } from '../impl/common.ts';
import { contract } from '../impl/contraction.ts';
import * as nn from '../impl/nn.ts';
import { checkTensor, Tensor, varOf } from '../tensor.ts';
import { optional } from './arguments.ts';

/** What may be added to a product. */
export interface BiasOption {
  readonly bias?: Tensor | null;
}
type BiasArgs = OptionalArgs<[bias: Tensor | null], BiasOption>;

/**
 * x·Wᵀ + b: (*, in) with weight (out, in) and bias (out) gives (*, out). A weight (in) gives (*). Source:
 * torch.nn.functional.linear.
 *
 * @throws ShapeError where sizes do not fit, DTypeError for several dtypes.
 * @example
 * await functional.linear(tensor([1, 2]), tensor([[3, 4], [5, 6]]), tensor([10, 20])).tolist(); // [21, 37]
 */
export function linear(input: Tensor, weight: Tensor, ...rest: BiasArgs): Tensor {
  const { bias } = optionalArgs<BiasOption>('linear', ['bias'], rest);
  return new Tensor(
    nn.linear(varOf('linear', input), varOf('linear', weight, 'weight'), optional('linear', bias, 'bias')),
  );
}

/**
 * x₁ᵀ·W·x₂ + b for each of `out` matrices: (*, in1) and (*, in2) with weight (out, in1, in2) and bias (out) give (*, out).
 * Source: torch.nn.functional.bilinear.
 *
 * @throws ShapeError where sizes do not fit, DTypeError for several dtypes.
 * @example
 * await functional.bilinear(tensor([1, 2]), tensor([3, 4]), tensor([[[1, 0], [0, 1]]]), tensor([5])).tolist(); // [16]
 */
export function bilinear(input1: Tensor, input2: Tensor, weight: Tensor, ...rest: BiasArgs): Tensor {
  const { bias = null } = optionalArgs<BiasOption>('bilinear', ['bias'], rest);
  const given = { input1, input2, weight, ...(bias && { bias }) };
  for (const [argument, x] of Object.entries(given)) checkTensor('bilinear', x, argument);
  checkBilinear(input1, input2, weight, bias);
  const types = new Set(Object.values(given).map((x) => x.dtype));
  if (types.size > 1)
    throw new DTypeError(
      `All tensors must have the same dtype, got ${Object.entries(given)
        .map(([name, x]) => `${name}: ${spoken[x.dtype].toLowerCase()}`)
        .join(', ')}\n  in bilinear; cast with .to()`,
    );
  const lead = input1.shape.slice(0, -1).map((_, i) => i);
  const [i, j, o] = [lead.length, lead.length + 1, lead.length + 2];
  return composed(bias ? 'AddBackward0' : 'ViewBackward0', () => {
    const terms = [
      { x: input1.impl, labels: [...lead, i] },
      { x: weight.impl, labels: [o, i, j] },
      { x: input2.impl, labels: [...lead, j] },
    ];
    const y = new Tensor(contract(terms, [...lead, o]));
    return bias ? y.add(bias) : y;
  });
}
function checkBilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | null): void {
  if (input1.ndim === 0 || input2.ndim === 0)
    throw new ShapeError(
      'Dimension specified as -1 but tensor has no dimensions\n  in bilinear: the inputs need at least one',
    );
  if (weight.ndim !== 3)
    throw new ShapeError(`bilinear(): weight must be (out, in1, in2)\n  got ${formatShape(weight.shape)}`);
  if (input1.ndim !== input2.ndim)
    throw new ShapeError(`bilinear(): input dimensions do not match: got ${input1.ndim} and ${input2.ndim}`);
  const differ = input1.shape.findIndex((d, i) => i < input1.ndim - 1 && d !== input2.shape[i]);
  if (differ >= 0)
    throw new ShapeError(
      `bilinear(): input batch dimensions do not match at dim ${differ}: got ${input1.shape[differ]} and ${input2.shape[differ]}`,
    );
  for (const [n, x] of [input1, input2].entries()) {
    if (x.shape.at(-1) !== weight.shape[n + 1])
      throw new ShapeError(
        `bilinear(): input${n + 1} size does not match weight size: got ${x.shape.at(-1)} but expected ${weight.shape[n + 1]}`,
      );
  }
  if (bias && (bias.ndim !== 1 || bias.shape[0] !== weight.shape[0]))
    throw new ShapeError(
      `bilinear(): bias size does not match weight size: got ${bias.shape[0] ?? 1} but expected ${weight.shape[0]}`,
    );
}
