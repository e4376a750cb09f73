import { wrongType } from '../core/errors.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput } from './checks.ts';
import { Module } from './module.ts';

/**
 * Joins the dims from startDim to endDim: `(N, C, H, W)` gives `(N, C·H·W)`. Source: torch.nn.Flatten.
 *
 * @example
 * new nn.Flatten().forward(zeros([8, 32, 7, 7])).shape; // [8, 1568]
 */
export class Flatten extends Module {
  readonly startDim: number;
  readonly endDim: number;

  constructor(startDim = 1, endDim = -1) {
    super();
    for (const [name, dim] of Object.entries({ startDim, endDim }))
      if (!Number.isInteger(dim)) wrongType('Flatten', name, 'int', dim);
    this.startDim = startDim;
    this.endDim = endDim;
  }

  override forward(input: Tensor): Tensor {
    checkInput('Flatten', input);
    return input.flatten(this.startDim, this.endDim);
  }

  override extraRepr(): string {
    return `start_dim=${this.startDim}, end_dim=${this.endDim}`;
  }
}
