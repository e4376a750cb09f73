/** Normalisation. */
import { checkOptions, wrongType } from '../../core/errors.ts';
import type { Shape } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import * as nn from '../impl/nn.ts';
import { checkTensor, noGrad, Tensor, varOf } from '../tensor.ts';
import { optional } from './arguments.ts';

/** Settings of {@link layerNorm}. */
export interface LayerNormOptions {
  readonly weight?: Tensor | null;
  readonly bias?: Tensor | null;
  readonly eps?: number;
}
/**
 * (x − mean)/√(variance + eps)·weight + bias over the trailing dims `normalizedShape`, with the biased variance. Source: Ba,
 * Kiros & Hinton, arXiv 1607.06450.
 *
 * @throws ShapeError when x does not end in `normalizedShape`.
 * @example
 * await functional.layerNorm(tensor([1.5, 2.5]), 2).tolist(); // [-1, 1]
 */
export function layerNorm(
  input: Tensor,
  normalizedShape: number | Shape,
  ...rest: OptionalArgs<[weight: Tensor | null, bias: Tensor | null, eps: number], LayerNormOptions>
): Tensor {
  const options = optionalArgs<LayerNormOptions>('layerNorm', ['weight', 'bias', 'eps'], rest);
  const shape = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape;
  if (!Array.isArray(shape)) wrongType('layerNorm', 'normalizedShape', 'int or a list of ints', shape);
  return new Tensor(
    nn.layerNorm(
      varOf('layerNorm', input),
      shape,
      optional('layerNorm', options.weight, 'weight'),
      optional('layerNorm', options.bias, 'bias'),
      options.eps ?? 1e-5,
    ),
  );
}

/** Settings of {@link batchNorm}. */
export interface BatchNormOptions {
  readonly weight?: Tensor | null;
  readonly bias?: Tensor | null;
  /** Use the batch's statistics, and fold them into the running ones. */
  readonly training?: boolean;
  /** The batch's share in the running statistics; a 0-d tensor where it is known on the device only. */
  readonly momentum?: number | Tensor;
  readonly eps?: number;
}
/**
 * Normalises each channel (dim 1) of (N, C) or (N, C, …). With `training` by the batch's statistics, and the running ones are
 * updated in place; else by the running ones. Source: Ioffe & Szegedy, arXiv 1502.03167.
 */
export function batchNorm(
  input: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  options: BatchNormOptions = {},
): Tensor {
  checkOptions('batchNorm', options, ['weight', 'bias', 'training', 'momentum', 'eps']);
  const { momentum = 0.1, eps = 1e-5, training = false } = options;
  if (typeof momentum !== 'number') checkTensor('batchNorm', momentum, 'momentum');
  const fold = (running: Tensor | null, batch: Tensor): void => {
    if (typeof momentum === 'number') running?.mul_(1 - momentum).add_(batch, { alpha: momentum });
    else running?.mul_(momentum.neg().add(1)).add_(batch.mul(momentum));
  };
  return new Tensor(
    nn.batchNorm(
      varOf('batchNorm', input),
      optional('batchNorm', runningMean, 'runningMean'),
      optional('batchNorm', runningVar, 'runningVar'),
      {
        weight: optional('batchNorm', options.weight, 'weight'),
        bias: optional('batchNorm', options.bias, 'bias'),
        training,
        eps,
        update: (mean, variance) => {
          noGrad(() => {
            fold(runningMean, new Tensor(mean));
            fold(runningVar, new Tensor(variance));
          });
        },
      },
    ),
  );
}
