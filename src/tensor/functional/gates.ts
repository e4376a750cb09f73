/** Smooth activations, and softmax's relatives. */
import { OptionError, ShapeError } from '../../core/errors.ts';
import { normalizeDim } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { type Generator, generatorOr, uniform } from '../impl/random.ts';
import { argExtremum } from '../impl/reduce.ts';
import { checkTensor, Tensor } from '../tensor.ts';
import { softplus } from './activation.ts';
import { activation, type InplaceArgs } from './inplace.ts';

/**
 * x·tanh(log(1 + e^x)). Source: Misra, arXiv 1908.08681.
 *
 * @example
 * await functional.mish(tensor([-1, 0.5])).tolist(); // [-0.3034, 0.3752]
 */
export function mish(input: Tensor, ...rest: InplaceArgs): Tensor {
  return activation('mish', [], input, rest, (x) => composed('MishBackward0', () => x.mul(softplus(x).tanh())));
}
/**
 * x/(1 + |x|). Source: torch.nn.functional.softsign.
 *
 * @example
 * await functional.softsign(tensor([-1, 3])).tolist(); // [-0.5, 0.75]
 */
export function softsign(input: Tensor): Tensor {
  checkTensor('softsign', input);
  return composed('DivBackward0', () => input.div(input.abs().add(1)));
}
/**
 * x − tanh(x). Source: torch.nn.functional.tanhshrink.
 *
 * @example
 * await functional.tanhshrink(tensor([0, 2])).tolist(); // [0, 1.036]
 */
export function tanhshrink(input: Tensor): Tensor {
  checkTensor('tanhshrink', input);
  return composed('SubBackward0', () => input.sub(input.tanh()));
}
/**
 * log(1/(1 + e^−x)), without loss where x is far from 0. Source: torch.nn.functional.logsigmoid.
 *
 * @example
 * await functional.logsigmoid(tensor([0, -99.5])).tolist(); // [-0.6931, -99.5]
 */
export function logsigmoid(input: Tensor): Tensor {
  checkTensor('logsigmoid', input);
  return composed('LogSigmoidBackward0', () => softplus(input.neg()).neg());
}
/**
 * a·σ(b), where a and b are the halves of the input along `dim`. Source: Dauphin et al., arXiv 1612.08083.
 *
 * @throws ShapeError when the dim cannot be halved.
 * @example
 * await functional.glu(tensor([2, 4, 0, 0])).tolist(); // [1, 2]
 */
export function glu(input: Tensor, ...rest: OptionalArgs<[dim: number], { dim?: number }>): Tensor {
  const { dim = -1 } = optionalArgs<{ dim?: number }>('glu', ['dim'], rest);
  checkTensor('glu', input);
  if (input.ndim === 0) throw new ShapeError('glu does not support scalars because halving size must be even');
  const d = normalizeDim('glu', dim, input.ndim);
  const size = input.shape[d]!;
  if (size % 2 !== 0)
    throw new ShapeError(`Halving dimension must be even, but dimension ${d} is size ${size}\n  in glu`);
  return composed('GluBackward0', () => {
    const [a, b] = input.chunk(2, d) as [Tensor, Tensor];
    return a.mul(b.sigmoid());
  });
}
/** Settings of {@link softmin}. */
export interface SoftminOptions {
  /** The result's dtype; the input is cast first. */
  readonly dtype?: 'float16' | 'float32' | 'float64' | null;
}
/**
 * softmax(−x): the smaller, the likelier. Source: torch.nn.functional.softmin.
 *
 * @throws ShapeError when `dim` is out of range.
 * @example
 * await functional.softmin(tensor([1.5, 1.5]), 0).tolist(); // [0.5, 0.5]
 */
export function softmin(
  input: Tensor,
  ...rest: OptionalArgs<[dim: number], SoftminOptions & { dim?: number }>
): Tensor {
  const { dim, dtype } = optionalArgs<SoftminOptions & { dim?: number | null }>('softmin', ['dim', 'dtype'], rest);
  checkTensor('softmin', input);
  return composed('SoftmaxBackward0', () => (dtype ? input.to(dtype) : input).neg().softmax(dim ?? implicitDim(input)));
}
/** The dim of softmax where none is given, as PyTorch (which warns of it). */
export const implicitDim = ({ ndim }: Tensor): number => (ndim === 0 || ndim === 1 || ndim === 3 ? 0 : 1);

/** Settings of {@link gumbelSoftmax}. */
export interface GumbelSoftmaxOptions {
  /** Temperature. Default 1. */
  readonly tau?: number;
  /** One-hot results, with the gradient of the soft ones. Default false. */
  readonly hard?: boolean;
  readonly dim?: number;
  readonly generator?: Generator;
}
/**
 * A sample of the Gumbel-softmax distribution: softmax((logits + g)/tau) with Gumbel noise g. Sources: Maddison et al.,
 * arXiv 1611.00712; Jang et al., arXiv 1611.01144.
 *
 * @throws OptionError for a temperature that is not positive.
 * @example
 * const sample = functional.gumbelSoftmax(randn([4, 10]), { hard: true });
 * await sample.sum(1).tolist(); // [1, 1, 1, 1]
 */
export function gumbelSoftmax(
  input: Tensor,
  ...rest: OptionalArgs<[tau: number, hard: boolean], GumbelSoftmaxOptions>
): Tensor {
  const options = optionalArgs<GumbelSoftmaxOptions>('gumbelSoftmax', ['tau', 'hard', 'dim', 'generator'], rest);
  const { tau = 1, hard = false, dim = -1, generator } = options;
  checkTensor('gumbelSoftmax', input);
  if (!(tau > 0)) throw new OptionError(`gumbelSoftmax: tau must be positive, got ${tau}`);
  return composed(hard ? 'AddBackward0' : 'SoftmaxBackward0', () => {
    const { shape, dtype, engine } = input.impl;
    const u = new Tensor(uniform(shape, dtype, engine, generatorOr('gumbelSoftmax', generator)));
    // u may be 0, whose logarithm is −∞: half a step above it, never.
    const gumbels = u
      .add(2 ** -25)
      .log()
      .neg()
      .log()
      .neg();
    const soft = input.add(gumbels).div(tau).softmax(dim);
    if (!hard) return soft;
    const best = new Tensor(argExtremum('argmax', soft.detach().impl, dim, true));
    const one = soft
      .detach()
      .mul(0)
      .scatterAdd(normalizeDim('gumbelSoftmax', dim, input.ndim), best, best.float().mul(0).add(1));
    return one.sub(soft.detach()).add(soft);
  });
}
