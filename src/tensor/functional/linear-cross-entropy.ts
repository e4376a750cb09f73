/** A linear layer and the loss of its results in one. */
import { OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape, numel, type Shape, sameShape } from '../../core/shape.ts';
import { optionalArgs } from '../arguments.ts';
import { scope } from '../scope.ts';
import { checkTensor, type Tensor } from '../tensor.ts';
import { linear } from './linear.ts';
import { type CrossEntropyOptions, crossEntropy } from './loss.ts';

/** Settings of {@link linearCrossEntropy}. */
export interface LinearCrossEntropyOptions extends Omit<CrossEntropyOptions, 'ignoreIndex'> {
  /** Added to the products: (C), or (C, d₁, …) as the weight has them. */
  readonly linearBias?: Tensor | null;
  /** Targets of this value count for nothing. Default −100. Not for class probabilities. */
  readonly ignoreIndex?: number | null;
}
const names = ['linearBias', 'weight', 'reduction', 'ignoreIndex', 'labelSmoothing'] as const;

/**
 * {@link crossEntropy} of linear(input, linearWeight, linearBias): input (N, in) or (in), weight (C, in), or (C, d₁, …, in) for
 * a loss of (N, d₁, …) targets. Source: torch.nn.functional.linear_cross_entropy.
 *
 * @throws ShapeError for sizes that do not fit, OptionError for an ignoreIndex with class probabilities.
 * @example
 * const x = tensor([[1, 2]], { dtype: 'float32' });
 * await functional.linearCrossEntropy(x, ones([2, 2]), tensor([1])).item(); // 0.6931
 */
export function linearCrossEntropy(
  input: Tensor,
  linearWeight: Tensor,
  target: Tensor,
  options: LinearCrossEntropyOptions = {},
): Tensor {
  checkTensor('linearCrossEntropy', input);
  checkTensor('linearCrossEntropy', linearWeight, 'linearWeight');
  checkTensor('linearCrossEntropy', target, 'target');
  const {
    linearBias = null,
    ignoreIndex,
    ...rest
  } = optionalArgs<LinearCrossEntropyOptions>('linearCrossEntropy', names, [options]);
  const rows = rowsOf(input, linearWeight, linearBias);
  const shape = [...input.shape.slice(0, -1), ...rows];
  const given = ignoreIndex !== undefined && ignoreIndex !== null;
  if (given && sameShape(target.shape, shape))
    throw new OptionError('ignore_index cannot be specified when target contains probabilities');
  return scope(() => {
    const flat = linearWeight.reshape(numel(rows), input.shape.at(-1)!);
    const logits = linear(input, flat, linearBias?.reshape(numel(rows)));
    return crossEntropy(logits.reshape(shape), target, { ...rest, ...(given && { ignoreIndex }) });
  });
}

/** The weight's dims but the last, of which there is a product each. */
function rowsOf(input: Tensor, weight: Tensor, bias: Tensor | null): Shape {
  if (input.ndim < 1 || input.ndim > 2)
    throw new ShapeError(`expected input with dimensionality 1 or 2, got ${input.ndim}`);
  if (weight.ndim < 2)
    throw new ShapeError(`expected linear_weight with dimensionality at least 2, got ${weight.ndim}`);
  const [own, its] = [input.shape.at(-1)!, weight.shape.at(-1)!];
  if (own !== its)
    throw new ShapeError(
      `expected equal input and linear_weight last dimensions (in_features), got ${own} and ${its}, respectively`,
    );
  const rows = weight.shape.slice(0, -1);
  if (bias) {
    checkTensor('linearCrossEntropy', bias, 'linearBias');
    if (!sameShape(bias.shape, rows))
      throw new ShapeError(`expected linear_bias shape ${asTuple(rows)}, got ${asTuple(bias.shape)}`);
  }
  if (rows.length > 1 && input.ndim === 1)
    throw new ShapeError(
      `K-dimensional loss defined by linear_weight shape ${asTuple(weight.shape)} requires batched input, (N, ${own}), got unbatched input with shape ${asTuple(input.shape)}`,
    );
  return rows;
}
const asTuple = (shape: Shape): string =>
  shape.length === 1 ? `(${shape[0]},)` : formatShape(shape).replace('[', '(').replace(']', ')');
