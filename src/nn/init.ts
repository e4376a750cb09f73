/** Initial values, as torch.nn.init: each fills a tensor in place, outside the tape, and returns it. */
import { checkNumbers, checkOptions, describe, OptionError, ShapeError } from '../core/errors.ts';
import { numel } from '../core/shape.ts';
import { rand, randn } from '../tensor/create.ts';
import { scope } from '../tensor/scope.ts';
import { noGrad, type Tensor } from '../tensor/tensor.ts';
import { checkInput } from './checks.ts';

const fill = (t: Tensor, make: () => Tensor): Tensor => noGrad(() => scope(() => t.copy_(make())));
const shaped = (t: Tensor) => ({ dtype: t.dtype as 'float32', device: t.device });

/** Uniform in [a, b). */
export function uniform_(t: Tensor, a = 0, b = 1): Tensor {
  checkInput('uniform_', t, 't');
  checkNumbers('uniform_', { a, b });
  return fill(t, () =>
    rand(t.shape, shaped(t))
      .mul(b - a)
      .add(a),
  );
}
/** Normal of the given mean and standard deviation. */
export function normal_(t: Tensor, mean = 0, std = 1): Tensor {
  checkInput('normal_', t, 't');
  checkNumbers('normal_', { mean, std });
  return fill(t, () => randn(t.shape, shaped(t)).mul(std).add(mean));
}
/** One value everywhere. */
export function constant_(t: Tensor, value: number): Tensor {
  checkInput('constant_', t, 't');
  return noGrad(() => t.fill_(value));
}
/** Zeros. */
export function zeros_(t: Tensor): Tensor {
  return constant_(t, 0);
}
/** Ones. */
export function ones_(t: Tensor): Tensor {
  return constant_(t, 1);
}

/** Inputs and outputs of one unit: the receptive field times the channels. */
export function fanInAndOut(t: Tensor): [fanIn: number, fanOut: number] {
  checkInput('fanInAndOut', t, 't');
  if (t.ndim < 2)
    throw new ShapeError('Fan in and fan out can not be computed for tensor with fewer than 2 dimensions');
  const field = numel(t.shape.slice(2));
  return [t.shape[1]! * field, t.shape[0]! * field];
}

type Nonlinearity = 'linear' | 'sigmoid' | 'tanh' | 'relu' | 'leakyRelu' | 'selu';
/** The recommended gain of a nonlinearity. */
export function calculateGain(nonlinearity: Nonlinearity, param = 0.01): number {
  const gains: Record<Nonlinearity, number> = {
    linear: 1,
    sigmoid: 1,
    tanh: 5 / 3,
    relu: Math.SQRT2,
    leakyRelu: Math.sqrt(2 / (1 + param ** 2)),
    selu: 3 / 4,
  };
  if (!Object.hasOwn(gains, nonlinearity)) {
    throw new OptionError(
      `Unsupported nonlinearity ${describe(nonlinearity)}\n  in calculateGain: it knows ${Object.keys(gains).join(', ')}`,
    );
  }
  return gains[nonlinearity];
}

/** Settings of {@link kaimingUniform_} and {@link kaimingNormal_}: the slope below 0, and which fan keeps its variance. */
export interface KaimingOptions {
  readonly a?: number;
  readonly mode?: 'fanIn' | 'fanOut';
  readonly nonlinearity?: Nonlinearity;
}
function kaimingStd(op: string, t: Tensor, options: KaimingOptions): number {
  checkOptions(op, options, ['a', 'mode', 'nonlinearity']);
  const { a = 0, mode = 'fanIn', nonlinearity = 'leakyRelu' } = options;
  checkNumbers(op, { a });
  if (mode !== 'fanIn' && mode !== 'fanOut')
    throw new OptionError(`Mode ${describe(mode)} not supported, please use one of fanIn, fanOut\n  in ${op}`);
  const [fanIn, fanOut] = fanInAndOut(t);
  return calculateGain(nonlinearity, a) / Math.sqrt(mode === 'fanIn' ? fanIn : fanOut);
}
/** Uniform with the variance that keeps a rectifier's signal as it is. Source: He et al., arXiv 1502.01852. */
export function kaimingUniform_(t: Tensor, options: KaimingOptions = {}): Tensor {
  const bound = Math.sqrt(3) * kaimingStd('kaimingUniform_', t, options);
  return uniform_(t, -bound, bound);
}
/** Normal with the variance that keeps a rectifier's signal as it is. Source: He et al., arXiv 1502.01852. */
export function kaimingNormal_(t: Tensor, options: KaimingOptions = {}): Tensor {
  return normal_(t, 0, kaimingStd('kaimingNormal_', t, options));
}
/** Uniform in ±gain·√(6/(fanIn + fanOut)). Source: Glorot & Bengio, AISTATS 2010. */
export function xavierUniform_(t: Tensor, gain = 1): Tensor {
  checkNumbers('xavierUniform_', { gain });
  const [fanIn, fanOut] = fanInAndOut(t);
  const bound = gain * Math.sqrt(6 / (fanIn + fanOut));
  return uniform_(t, -bound, bound);
}
/** Normal of standard deviation gain·√(2/(fanIn + fanOut)). Source: Glorot & Bengio, AISTATS 2010. */
export function xavierNormal_(t: Tensor, gain = 1): Tensor {
  checkNumbers('xavierNormal_', { gain });
  const [fanIn, fanOut] = fanInAndOut(t);
  return normal_(t, 0, gain * Math.sqrt(2 / (fanIn + fanOut)));
}
