/** torch.nn.utils.fusion: batch normalisation in evaluation as part of the layer before it. */
import { OptionError } from '../../core/errors.ts';
import { ones, zeros } from '../../tensor/create.ts';
import { noGrad, type Tensor } from '../../tensor/tensor.ts';
import { cloneModule } from '../clone.ts';
import type { Module } from '../module.ts';
import type { FeatureNorm } from '../norm.ts';
import { Parameter } from '../parameter.ts';

/** A layer with a weight, whose outputs lie along its first dim, and perhaps a bias. */
type Weighted = Module & { weight: Parameter; bias: Parameter | null };
interface Statistics {
  readonly runningMean: Tensor;
  readonly runningVar: Tensor;
  readonly eps: number;
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;
}

/** weight and bias of a layer that does the normalisation, too. */
function fused(weight: Tensor, bias: Tensor | null, statistics: Statistics, dim: number): [Parameter, Parameter] {
  const { runningMean: mean, runningVar, eps, weight: scale, bias: shift } = statistics;
  const { shape, dtype, device } = mean;
  const factor = (scale ?? ones(shape, { dtype, device })).mul(runningVar.add(eps).rsqrt());
  const wide = weight.shape.map((_, i) => (i === dim ? -1 : 1));
  const b = (bias ?? zeros(shape, { dtype, device })).sub(mean).mul(factor);
  return [new Parameter(weight.mul(factor.reshape(wide))), new Parameter(shift ? b.add(shift) : b)];
}

function fuse<M extends Weighted>(op: string, layer: M, bn: FeatureNorm, dim: number): M {
  if (layer.training || bn.training)
    throw new OptionError(`Fusion only for eval!\n  in ${op}: call eval() on both modules first`);
  const { runningMean, runningVar } = bn;
  if (!runningMean || !runningVar)
    throw new OptionError(`Only support fusing BatchNorm with tracked running statistics\n  in ${op}`);
  return noGrad(() => {
    const copy = cloneModule(layer);
    const { eps, weight, bias } = bn;
    [copy.weight, copy.bias] = fused(layer.weight, layer.bias, { runningMean, runningVar, eps, weight, bias }, dim);
    return copy;
  });
}

/**
 * A convolution that does what `conv` and then `bn` do in evaluation. Give `transpose` for transposed convolutions. Source:
 * torch.nn.utils.fuse_conv_bn_eval.
 *
 * @throws OptionError for modules in training.
 * @example
 * const [conv, bn] = [new nn.Conv2d(2, 3, 3).eval(), new nn.BatchNorm2d(3).eval()];
 * const fused = nn.utils.fuseConvBnEval(conv, bn);
 * fused.forward(randn([1, 2, 5, 5])).shape; // [1, 3, 3, 3]
 */
export function fuseConvBnEval<M extends Weighted>(conv: M, bn: FeatureNorm, transpose = false): M {
  return fuse('fuseConvBnEval', conv, bn, transpose ? 1 : 0);
}

/**
 * A linear layer that does what `linear` and then `bn` do in evaluation. Source: torch.nn.utils.fuse_linear_bn_eval.
 *
 * @throws OptionError for modules in training, or of different sizes.
 * @example
 * const fused = nn.utils.fuseLinearBnEval(new nn.Linear(2, 3).eval(), new nn.BatchNorm1d(3).eval());
 * fused.forward(randn([4, 2])).shape; // [4, 3]
 */
export function fuseLinearBnEval<M extends Weighted>(linear: M, bn: FeatureNorm): M {
  if (linear.weight.shape[0] !== bn.numFeatures && bn.numFeatures !== 1)
    throw new OptionError('To fuse, linear.out_features == bn.num_features or bn.num_features == 1');
  return fuse('fuseLinearBnEval', linear, bn, 0);
}
