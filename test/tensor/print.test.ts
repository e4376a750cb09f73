/** Tensors print as PyTorch prints them, letter for letter, with the names of their tape nodes (test/golden/printing.json). */
import { describe, expect, test } from 'vitest';
import {
  cat,
  type DType,
  div,
  fromArray,
  functional,
  init,
  noGrad,
  ones,
  pow,
  stack,
  sub,
  type Tensor,
  tensor,
  where,
  zeros,
} from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';

interface Ramp {
  readonly count: number;
  readonly step: number;
  readonly modulus: number;
}
interface Golden {
  readonly tensors: readonly {
    readonly dtype: DType;
    readonly shape: readonly number[];
    readonly values: readonly (number | string)[] | Ramp;
    readonly text: string;
  }[];
  readonly functions: Readonly<Record<string, string>>;
}
const golden = Object.values(
  import.meta.glob<Golden>('../golden/printing.json', { eager: true, import: 'default' }),
)[0]!;

const numbers = (values: readonly (number | string)[] | Ramp): number[] =>
  'count' in values
    ? Array.from({ length: values.count }, (_, i) => (i % values.modulus) * values.step + 0)
    : values.map(Number);

test.each(golden.tensors.map((t) => [`${t.dtype} [${t.shape}]: ${t.text.split('\n')[0]!.slice(0, 60)}`, t] as const))(
  '%s',
  async (_, { dtype, shape, values, text }) => {
    await init({ device: 'cpu' });
    expect(await fromArray(Float64Array.from(numbers(values)), shape, { dtype }).toStringAsync()).toBe(text);
  },
);

describe('suffixes', () => {
  test('requires_grad and grad_fn', async () => {
    const x = ones([2], { requiresGrad: true });
    expect(await x.toStringAsync()).toBe('tensor([1., 1.], requires_grad=True)');
    expect(await x.mul(2).toStringAsync()).toBe('tensor([2., 2.], grad_fn=<MulBackward0>)');
    expect(await noGrad(() => x.mul(2)).toStringAsync()).toBe('tensor([2., 2.])');
    expect(await x.detach().toStringAsync()).toBe('tensor([1., 1.])');
    expect(await new nn.Parameter(ones([2])).toStringAsync()).toBe(
      'Parameter containing:\ntensor([1., 1.], requires_grad=True)',
    );
    expect(String(x.mul(2))).toBe('tensor(shape=[2], dtype=float32, device=cpu, grad_fn=<MulBackward0>)');
  });
  // A suffix moves to its own line where it would pass column 80; PyTorch counts a little generously.
  test.each([
    [9, 'tensor([0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000],\n       requires_grad=True)'],
    [6, 'tensor([0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000], requires_grad=True)'],
    [7, 'tensor([0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000],\n       requires_grad=True)'],
  ])('wrap: %i elements', async (n, text) => {
    expect(await zeros([n]).add(0.5).requiresGrad_().toStringAsync()).toBe(text);
  });
});

describe('names of tape nodes', () => {
  /** The expressions of functions() in tools/golden/printing.py. */
  function functions(): Record<string, Tensor> {
    const F = functional;
    const made = (...shape: number[]) => ones(shape, { requiresGrad: true });
    const [x, v, w, b, bat] = [made(2, 3), made(3), made(4, 3), made(4), made(2, 2, 3)];
    const [img, kernel] = [made(2, 2, 6, 6), made(3, 2, 3, 3)];
    const [labels, half, rows] = [tensor([0, 2]), zeros([2, 3]).add(0.5), tensor([0, 1])];
    const mask = tensor([
      [true, false, true],
      [false, true, false],
    ]);
    return {
      'x + x': x.add(x),
      'x + 1': x.add(1),
      'x - x': x.sub(x),
      'x - 1': x.sub(1),
      '1 - x': sub(1, x),
      'x * x': x.mul(x),
      'x * 2': x.mul(2),
      'x / x': x.div(x),
      'x / 2': x.div(2),
      '2 / x': div(2, x),
      'x ** x': x.pow(x),
      'x ** 2': x.pow(2),
      '2 ** x': pow(2, x),
      neg: x.neg(),
      abs: x.abs(),
      exp: x.exp(),
      expm1: x.expm1(),
      log: x.log(),
      log1p: x.log1p(),
      sqrt: x.sqrt(),
      rsqrt: x.rsqrt(),
      reciprocal: x.reciprocal(),
      square: x.square(),
      sin: x.sin(),
      cos: x.cos(),
      tanh: x.tanh(),
      sigmoid: x.sigmoid(),
      relu: x.relu(),
      erf: x.erf(),
      clamp: x.clamp(0, 1),
      'clamp by tensors': x.clamp(half, half),
      maximum: x.maximum(half),
      minimum: x.minimum(half),
      maskedFill: x.maskedFill(mask, 1),
      where: where(mask, x, half),
      sum: x.sum(),
      'sum along': x.sum(1),
      mean: x.mean(),
      'mean along': x.mean(1, true),
      prod: x.prod(),
      'prod along': x.prod(1),
      var: x.var(),
      'std along': x.std(1),
      max: x.max(),
      'max along': x.max(1).values,
      min: x.min(),
      'min along': x.min(1).values,
      amax: x.amax(1),
      amin: x.amin(1),
      logsumexp: x.logsumexp(1),
      'matrix by matrix': x.matmul(w.T),
      'matrix by vector': x.matmul(v),
      'vector by vector': v.matmul(v),
      'batch by matrix': bat.matmul(w.T),
      'batch by batch': bat.matmul(bat.mT),
      mm: x.mm(w.T),
      softmax: x.softmax(1),
      logSoftmax: x.logSoftmax(1),
      reshape: x.reshape(3, 2),
      view: x.view(6),
      flatten: x.flatten(),
      permute: x.permute(1, 0),
      T: x.T,
      transpose: x.transpose(0, 1),
      mT: bat.mT,
      expand: x.expand(2, 2, 3),
      flip: x.flip(0),
      squeeze: x.at(null).squeeze(),
      'squeeze a dim': x.at(null).squeeze(0),
      unsqueeze: x.unsqueeze(0),
      split: x.split(1)[0]!,
      'split by sizes': x.split([1, 1])[0]!,
      chunk: x.chunk(2)[0]!,
      'x[0]': x.at(0),
      'x[0:1]': x.at([0, 1]),
      'x[:, 1]': x.at(':', 1),
      'x[0, 1:2]': x.at(0, [1, 2]),
      'x[None]': x.at(null),
      'x[0, None]': x.at(0, null),
      'x[..., 0]': x.at('...', 0),
      'x[rows]': x.at(rows),
      gather: x.gather(1, labels.reshape(2, 1)),
      indexSelect: x.indexSelect(0, rows),
      scatterAdd: x.scatterAdd(1, labels.reshape(2, 1), half),
      clone: x.clone(),
      to: x.double(),
      cat: cat([x, x]),
      stack: stack([x, x]),
      add_: x.mul(1).add_(1),
      mul_: x.mul(1).mul_(x),
      linear: F.linear(x, w, b),
      'linear without bias': F.linear(x, w),
      'linear of a batch': F.linear(bat, w, b),
      conv2d: F.conv2d(img, kernel),
      maxPool2d: F.maxPool2d(img, 2),
      avgPool2d: F.avgPool2d(img, 2),
      layerNorm: F.layerNorm(x, 3, { weight: v, bias: v }),
      dropout: F.dropout(x, 0.5),
      batchNorm: F.batchNorm(x, v.detach(), v.detach(), { weight: v, bias: v, training: true, momentum: 0 }),
      'batchNorm in evaluation': F.batchNorm(x, v.detach(), v.detach(), { weight: v, bias: v }),
      embedding: F.embedding(rows, w),
      leakyRelu: F.leakyRelu(x),
      gelu: F.gelu(x),
      'gelu by tanh': F.gelu(x, { approximate: 'tanh' }),
      silu: F.silu(x),
      softplus: F.softplus(x),
      crossEntropy: F.crossEntropy(x, labels),
      'crossEntropy, sum': F.crossEntropy(x, labels, { reduction: 'sum' }),
      'crossEntropy, weighted': F.crossEntropy(x, labels, { weight: half.at(0) }),
      'crossEntropy, smoothed': F.crossEntropy(x, labels, { labelSmoothing: 0.1 }),
      nllLoss: F.nllLoss(x, labels),
      mseLoss: F.mseLoss(x, half),
      bceWithLogits: F.bceWithLogits(x, half),
      'logits of log': x.log().log(),
    };
  }

  test('are those of PyTorch', () => {
    expect(Object.fromEntries(Object.entries(functions()).map(([name, y]) => [name, y.gradFn]))).toEqual(
      golden.functions,
    );
  });
});
