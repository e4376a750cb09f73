/** Tensors filled: with one value, around another tensor, with evenly spaced numbers. */
import { OptionError } from '../../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { arange, type TensorOptions } from '../create.ts';
import { pad as padded } from '../functional/padding.ts';
import { as, op } from '../impl/common.ts';
import { spread } from '../impl/scatter.ts';
import { checkTensor, oneValue, operand, Tensor, type TensorOrNumber } from '../tensor.ts';

/**
 * A tensor of the input's shape and dtype with `value`, a number or a 0-d tensor, everywhere. Source: torch.fill.
 *
 * @throws ShapeError for a value that is no single number.
 * @example
 * await fill(zeros([2]), 3).tolist(); // [3, 3]
 */
export function fill(input: Tensor, value: TensorOrNumber): Tensor {
  checkTensor('fill', input);
  const given = operand('fill', value, 'value');
  if (value instanceof Tensor) oneValue(value);
  // A choice that never falls on the input: its gradient is zero, but there is one.
  const { impl: x } = input;
  return composed(`FillBackward${Number(value instanceof Tensor)}`, () => {
    const always = op('cast', [spread(1, x.shape, x)], { dtype: 'bool' });
    return new Tensor(op('where', [always, as(given, x.dtype), x]));
  });
}

/**
 * {@link pad} in the mode 'constant'. Source: torch.constant_pad_nd.
 *
 * @throws ShapeError for a padding that does not fit the dims.
 * @example
 * await constantPadNd(tensor([1, 2]), [1, 0], 7).tolist(); // [7, 1, 2]
 */
export function constantPadNd(
  input: Tensor,
  pad: readonly number[],
  ...rest: OptionalArgs<[value: number | boolean], { readonly value?: number | boolean }>
): Tensor {
  const { value = 0 } = optionalArgs<{ value: number | boolean }>('constantPadNd', ['value'], rest);
  return padded(input, pad, { value });
}

/**
 * start, start + step, … up to `end` and with it, float32 unless `dtype` says otherwise. {@link arange} is what PyTorch
 * recommends. Source: torch.range.
 *
 * @throws OptionError for a step that is 0 or leads away from `end`.
 * @example
 * await range(1, 2, 0.5).tolist(); // [1, 1.5, 2]
 */
export function range(
  start: number,
  end: number,
  ...rest: OptionalArgs<[step: number], TensorOptions & { readonly step?: number }> | [step: number, TensorOptions]
): Tensor {
  const last = rest.at(-1);
  const { step: named, ...options }: TensorOptions & { step?: number } = typeof last === 'object' ? last : {};
  const step = typeof rest[0] === 'number' ? rest[0] : (named ?? 1);
  const made = { dtype: 'float32', ...options } as const;
  if (step === 0 || (end - start) / step < 0)
    throw new OptionError(
      `${step === 0 ? 'step must be nonzero' : 'upper bound and lower bound inconsistent with step sign'}\n  in range(${start}, ${end}, ${step})`,
    );
  // Half a step more than there is room for: neither end is lost by rounding.
  return arange(start, start + (Math.floor((end - start) / step) + 0.5) * step, step, made);
}
