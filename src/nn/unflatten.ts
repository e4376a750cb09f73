import { wrongType } from '../core/errors.ts';
import { unflatten } from '../tensor/functions/views.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput } from './checks.ts';
import { Module } from './module.ts';
import { pythonTuple } from './repr.ts';

/**
 * Splits dim `dim` into dims of `unflattenedSize`, one of which may be −1: `(N, C·H·W)` gives `(N, C, H, W)`. Undoes
 * {@link Flatten}. Source: torch.nn.Unflatten.
 *
 * @throws ShapeError when the sizes do not multiply up to that of the dim.
 * @example
 * new nn.Unflatten(1, [2, 5, 5]).forward(randn([3, 50])).shape; // [3, 2, 5, 5]
 */
export class Unflatten extends Module {
  readonly dim: number;
  readonly unflattenedSize: readonly number[];

  constructor(dim: number, unflattenedSize: readonly number[]) {
    super();
    if (!Number.isInteger(dim)) wrongType('Unflatten', 'dim', 'int', dim);
    if (!Array.isArray(unflattenedSize) || !unflattenedSize.every(Number.isInteger))
      wrongType('Unflatten', 'unflattenedSize', 'a list of ints', unflattenedSize);
    this.dim = dim;
    this.unflattenedSize = [...unflattenedSize];
  }

  override forward(input: Tensor): Tensor {
    checkInput('Unflatten', input);
    return unflatten(input, this.dim, this.unflattenedSize);
  }

  override extraRepr(): string {
    return `dim=${this.dim}, unflattened_size=${pythonTuple(this.unflattenedSize)}`;
  }
}
