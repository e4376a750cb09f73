/** The functions that random programs call. */
import {
  bernoulli,
  cat,
  type DType,
  functional as F,
  fromArray,
  type Generator,
  grad,
  ones,
  rand,
  randn,
  stack,
  type Tensor,
  type TensorIndex,
  where,
  zerosLike,
} from '../../../src/index.ts';

export type CallArg = number | boolean | string | null | readonly CallArg[];
export type CallArgs = Readonly<Record<string, CallArg>>;

export interface CallContext {
  readonly t: readonly Tensor[];
  readonly n: readonly number[];
  readonly a: CallArgs;
  readonly device: 'cpu' | 'webgpu';
  readonly generator: Generator;
}
type CallFn = (c: CallContext) => readonly Tensor[];

const unaryNames = [
  'neg',
  'abs',
  'exp',
  'expm1',
  'log',
  'log1p',
  'sqrt',
  'rsqrt',
  'reciprocal',
  'square',
  'sin',
  'cos',
  'tanh',
  'sigmoid',
  'relu',
  'erf',
  'floor',
  'ceil',
  'round',
  'sign',
  'logicalNot',
  'clone',
  'detach',
  'contiguous',
] as const;
const binaryNames = [
  'add',
  'sub',
  'mul',
  'div',
  'pow',
  'maximum',
  'minimum',
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
  'logicalAnd',
  'logicalOr',
  'logicalXor',
  'matmul',
] as const;
const scalarNames = ['add', 'sub', 'mul', 'div', 'pow', 'lt', 'ge'] as const;
const reduceNames = ['sum', 'mean', 'prod', 'amax', 'amin', 'var', 'std', 'any', 'all'] as const;

const dims = (a: CallArgs): number[] | null => a.dim as number[] | null;
const keep = (a: CallArgs): { keepdim: boolean } => ({ keepdim: a.keepdim === true });

const table: Record<string, CallFn> = {
  // creation
  rand: ({ a, device, generator }) => [rand(a.shape as number[], { device, generator })],
  randn: ({ a, device, generator }) => [randn(a.shape as number[], { device, generator })],
  ones: ({ a, device }) => [ones(a.shape as number[], { device })],
  constant: ({ a, n, device }) => [fromArray(new Float32Array([n[0]!]), [], { device }).expand(a.shape as number[])],
  dropout: ({ t, n, generator }) => [F.dropout(t[0]!, n[0], { generator })],
  bernoulli: ({ t, generator }) => [bernoulli(t[0]!, { generator })],
  // element-wise
  gelu: ({ t }) => [F.gelu(t[0]!)],
  silu: ({ t }) => [F.silu(t[0]!)],
  leakyRelu: ({ t, n }) => [F.leakyRelu(t[0]!, n[0])],
  to: ({ t, a }) => [t[0]!.to(a.dtype as DType)],
  clamp: ({ t, n }) => [t[0]!.clamp(n[0], n[1])],
  where: ({ t }) => [where(t[0]!, t[1]!, t[2]!)],
  maskedFill: ({ t, n }) => [t[0]!.maskedFill(t[1]!, n[0]!)],
  addAlpha: ({ t, n }) => [t[0]!.add(t[1]!, { alpha: n[0]! })],
  // views
  reshape: ({ t, a }) => [t[0]!.reshape(a.shape as number[])],
  permute: ({ t, a }) => [t[0]!.permute(a.dims as number[])],
  expand: ({ t, a }) => [t[0]!.expand(a.shape as number[])],
  flip: ({ t, a }) => [t[0]!.flip(a.dims as number[])],
  squeeze: ({ t }) => [t[0]!.squeeze()],
  unsqueeze: ({ t, a }) => [t[0]!.unsqueeze(a.dim as number)],
  at: ({ t, a }) => [t[0]!.at(...(a.index as TensorIndex[]))],
  split: ({ t, a }) => t[0]!.split(a.size as number, a.dim as number),
  // reductions
  argmax: ({ t, a }) => [t[0]!.argmax(a.dim as number | null)],
  argmin: ({ t, a }) => [t[0]!.argmin(a.dim as number | null)],
  maxAlong: ({ t, a }) => Object.values(t[0]!.max(a.dim as number)),
  logsumexp: ({ t, a }) => [t[0]!.logsumexp(a.dim as number)],
  // rows
  softmax: ({ t, a }) => [t[0]!.softmax(a.dim as number)],
  logSoftmax: ({ t, a }) => [t[0]!.logSoftmax(a.dim as number)],
  layerNorm: ({ t }) => [F.layerNorm(t[0]!, [t[0]!.shape[t[0]!.ndim - 1]!], { eps: 0.1 })],
  crossEntropy: ({ t }) => [F.crossEntropy(t[0]!, t[1]!)],
  mseLoss: ({ t }) => [F.mseLoss(t[0]!, t[1]!)],
  linear: ({ t }) => [F.linear(t[0]!, t[1]!)],
  // joining and indexing
  cat: ({ t, a }) => [cat(t, a.dim as number)],
  stack: ({ t, a }) => [stack(t, a.dim as number)],
  gather: ({ t, a }) => [t[0]!.gather(a.dim as number, t[1]!)],
  indexSelect: ({ t, a }) => [t[0]!.indexSelect(a.dim as number, t[1]!)],
  scatterAdd: ({ t, a }) => [t[0]!.scatterAdd(a.dim as number, t[1]!, t[2]!)],
  pickRows: ({ t }) => [t[0]!.at(t[1]!)],
  oneHot: ({ t, a }) => [F.oneHot(t[0]!, a.classes as number)],
  // gradients of gradients
  grad: ({ t: [loss, leaf], a }) => {
    const options = { createGraph: a.createGraph === true, retainGraph: true, allowUnused: true };
    return [grad(loss!, leaf!, options)[0] ?? zerosLike(leaf!)];
  },
  // in place
  add_: ({ t, n }) => write(t[0]!.add_(t[1] ?? n[0]!)),
  addAlpha_: ({ t, n }) => write(t[0]!.add_(t[1]!, { alpha: n[0]! })),
  sub_: ({ t, n }) => write(t[0]!.sub_(t[1] ?? n[0]!)),
  mul_: ({ t, n }) => write(t[0]!.mul_(t[1] ?? n[0]!)),
  div_: ({ t, n }) => write(t[0]!.div_(n[0]!)),
  copy_: ({ t }) => write(t[0]!.copy_(t[1]!)),
  zero_: ({ t }) => write(t[0]!.zero_()),
  fill_: ({ t, n }) => write(t[0]!.fill_(n[0]!)),
  clamp_: ({ t, n }) => write(t[0]!.clamp_(n[0], n[1])),
};
for (const name of unaryNames) table[name] = ({ t }) => [t[0]![name]()];
for (const name of binaryNames) table[name] = ({ t }) => [t[0]![name](t[1]!)];
for (const name of scalarNames) table[`${name}Number`] = ({ t, n }) => [t[0]![name](n[0]!)];
for (const name of reduceNames)
  table[name] = ({ t, a }) => {
    const x: Record<typeof name, (dim: ReturnType<typeof dims>, options: ReturnType<typeof keep>) => Tensor> = t[0]!;
    return [x[name](dims(a), keep(a))];
  };

/** In-place calls have no result: the program goes on with the name it wrote to. */
const write = (_: Tensor): readonly Tensor[] => [];

export const calls: Readonly<Record<string, CallFn>> = table;
