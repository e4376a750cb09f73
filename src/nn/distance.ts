/** Angles and distances of vectors, as layers. */
import { checkNumbers, wrongType } from '../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import type { CosineOptions, PairwiseOptions } from '../tensor/functional/index.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput, checkSwitches } from './checks.ts';
import { Module } from './module.ts';

/**
 * The cosine of the angle between vectors along `dim`: `(*, D, *)` twice gives `(*, *)`. Lengths below `eps` count as `eps`.
 * Source: torch.nn.CosineSimilarity.
 *
 * @throws ShapeError where shapes do not broadcast.
 * @example
 * await new nn.CosineSimilarity().forward(tensor([[3, 4.0]]).float(), tensor([[4, 3]]).float()).tolist(); // [0.96]
 */
export class CosineSimilarity extends Module {
  readonly dim: number;
  readonly eps: number;

  constructor(...rest: OptionalArgs<[dim: number, eps: number], CosineOptions>) {
    super();
    const { dim = 1, eps = 1e-8 } = optionalArgs<CosineOptions>('CosineSimilarity', ['dim', 'eps'], rest);
    if (!Number.isInteger(dim)) wrongType('CosineSimilarity', 'dim', 'int', dim);
    checkNumbers('CosineSimilarity', { eps });
    this.dim = dim;
    this.eps = eps;
  }
  override forward(x1: Tensor, x2: Tensor): Tensor {
    checkInput('CosineSimilarity', x1, 'x1');
    return functional.cosineSimilarity(x1, x2, { dim: this.dim, eps: this.eps });
  }
}

/**
 * The p-norm of the difference of vectors along the last dim: `(N, D)` or `(D)` twice gives `(N)` or a scalar, `(N, 1)` with
 * `keepdim`. `eps` is added to each difference. Source: torch.nn.PairwiseDistance.
 *
 * @throws ShapeError where shapes do not broadcast.
 * @example
 * await new nn.PairwiseDistance().forward(tensor([[3.5, 4]]), tensor([[0.5, 0]])).tolist(); // [5]
 */
export class PairwiseDistance extends Module {
  readonly norm: number;
  readonly eps: number;
  readonly keepdim: boolean;

  constructor(...rest: OptionalArgs<[p: number, eps: number, keepdim: boolean], PairwiseOptions>) {
    super();
    const names = ['p', 'eps', 'keepdim'] as const;
    const { p = 2, eps = 1e-6, keepdim = false } = optionalArgs<PairwiseOptions>('PairwiseDistance', names, rest);
    checkNumbers('PairwiseDistance', { p, eps });
    checkSwitches('PairwiseDistance', { keepdim });
    this.norm = p;
    this.eps = eps;
    this.keepdim = keepdim;
  }
  override forward(x1: Tensor, x2: Tensor): Tensor {
    checkInput('PairwiseDistance', x1, 'x1');
    return functional.pairwiseDistance(x1, x2, { p: this.norm, eps: this.eps, keepdim: this.keepdim });
  }
}
