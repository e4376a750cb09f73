/**
 * PyTorch's optional arguments come one after the other or by name: a line per function says both, and the results must be the
 * same. An unknown name throws.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import * as lg from '../../src/index.ts';

beforeAll(() => lg.init({ device: 'cpu' }));

type Call = (...args: never) => unknown;
type Line = readonly [
  name: string,
  fn: Call,
  required: () => readonly unknown[],
  optional: Readonly<Record<string, unknown>>,
];

const float = { dtype: 'float32' } as const;
const m = (): lg.Tensor =>
  lg.tensor(
    [
      [0.5, -2, 3, 1],
      [4, 0.25, -1, 2],
      [1.5, 3.5, 0, -0.75],
    ],
    float,
  );
const row = (): lg.Tensor => lg.tensor([3, 1, 2, 5, 1, 4], float);
const whole = (): lg.Tensor => lg.tensor([3, 1, 2, 5, 1, 4]);
const line = (): lg.Tensor => row().reshape(1, 1, 6);
const plane = (): lg.Tensor => lg.arange(32).float().reshape(1, 2, 4, 4);
const spd = (): lg.Tensor =>
  lg.tensor(
    [
      [4, 1, 0.5],
      [1, 3, 0.25],
      [0.5, 0.25, 2],
    ],
    float,
  );
const F = lg.functional;
const { linalg, special, fft } = lg;

/** Required arguments, then the optional ones in PyTorch's order. */
const lines: readonly Line[] = [
  // reductions
  ['sum', lg.sum, () => [m()], { dim: 1, keepdim: true }],
  ['mean', lg.mean, () => [m()], { dim: 1, keepdim: true }],
  ['prod', lg.prod, () => [m()], { dim: 1, keepdim: true }],
  ['amax', lg.amax, () => [m()], { dim: 1, keepdim: true }],
  ['amin', lg.amin, () => [m()], { dim: [0, 1], keepdim: true }],
  ['argmax', lg.argmax, () => [m()], { dim: 1, keepdim: true }],
  ['argmin', lg.argmin, () => [m()], { dim: 1, keepdim: true }],
  ['any', lg.any, () => [m()], { dim: 1, keepdim: true }],
  ['all', lg.all, () => [m()], { dim: 1, keepdim: true }],
  ['max', lg.max as Call, () => [m()], { dim: 1, keepdim: true }],
  ['min', lg.min as Call, () => [m()], { dim: 1, keepdim: true }],
  ['logsumexp', lg.logsumexp, () => [m(), 1], { keepdim: true }],
  ['std', lg.std, () => [m()], { dim: 1, unbiased: false, keepdim: true }],
  ['variance', lg.variance, () => [m()], { dim: 1, unbiased: false, keepdim: true }],
  ['aminmax', lg.aminmax, () => [m()], { dim: 1, keepdim: true }],
  ['countNonzero', lg.countNonzero, () => [m()], { dim: 1 }],
  ['median', lg.median as Call, () => [m()], { dim: 1, keepdim: true }],
  ['nanmedian', lg.nanmedian as Call, () => [m()], { dim: 1, keepdim: true }],
  ['mode', lg.mode, () => [m()], { dim: 1, keepdim: true }],
  ['quantile', lg.quantile, () => [m(), 0.5], { dim: 1, keepdim: true }],
  ['nanquantile', lg.nanquantile, () => [m(), 0.5], { dim: 1, keepdim: true }],
  ['kthvalue', lg.kthvalue, () => [m(), 2], { dim: 0, keepdim: true }],
  // order and counts
  ['sort', lg.sort, () => [m()], { dim: 0, descending: true }],
  ['argsort', lg.argsort, () => [m()], { dim: 0, descending: true }],
  ['topk', lg.topk, () => [m(), 2], { dim: 0, largest: false, sorted: true }],
  ['unique', lg.unique as Call, () => [row()], { sorted: true, returnInverse: true, returnCounts: true, dim: 0 }],
  [
    'uniqueConsecutive',
    lg.uniqueConsecutive as Call,
    () => [row()],
    { returnInverse: true, returnCounts: true, dim: 0 },
  ],
  ['bincount', lg.bincount, () => [whole()], { weights: null, minlength: 8 }],
  ['histc', lg.histc, () => [row()], { bins: 4, min: 0, max: 6 }],
  ['histogram', lg.histogram, () => [row()], { bins: 3, range: [0, 6] }],
  ['nonzeroStatic', lg.nonzeroStatic as Call, () => [whole()], { size: 8, fillValue: -2 }],
  // shapes
  ['flatten', lg.flatten, () => [plane()], { startDim: 1, endDim: 2 }],
  ['squeeze', lg.squeeze, () => [line()], { dim: 0 }],
  ['split', lg.split, () => [m(), 2], { dim: 1 }],
  ['chunk', lg.chunk, () => [m(), 2], { dim: 1 }],
  ['cat', (a: lg.Tensor, ...r: [number]) => lg.cat([a, a], ...r), () => [m()], { dim: 1 }],
  ['stack', (a: lg.Tensor, ...r: [number]) => lg.stack([a, a], ...r), () => [m()], { dim: 1 }],
  ['unbind', lg.unbind, () => [m()], { dim: 1 }],
  ['tensorSplit', lg.tensorSplit, () => [m(), 2], { dim: 1 }],
  ['splitWithSizes', lg.splitWithSizes, () => [m(), [1, 3]], { dim: 1 }],
  ['diagonal', lg.diagonal, () => [plane()], { offset: 1, dim1: -2, dim2: -1 }],
  ['diag', lg.diag, () => [m()], { diagonal: 1 }],
  ['diagflat', lg.diagflat, () => [row()], { offset: 1 }],
  ['diagEmbed', lg.diagEmbed, () => [m()], { offset: 1, dim1: 0, dim2: 2 }],
  ['tril', lg.tril, () => [m()], { diagonal: 1 }],
  ['triu', lg.triu, () => [m()], { diagonal: 1 }],
  ['roll', lg.roll, () => [m(), 1], { dims: 1 }],
  ['rot90', lg.rot90, () => [m()], { k: 2, dims: [0, 1] }],
  ['repeatInterleave', lg.repeatInterleave as Call, () => [m(), 2], { dim: 1 }],
  ['asStrided', lg.asStrided, () => [row(), [2, 2], [2, 1]], { storageOffset: 1 }],
  ['combinations', lg.combinations, () => [row()], { r: 2, withReplacement: true }],
  ['vander', lg.vander, () => [row()], { N: 3, increasing: true }],
  // indexing
  ['takeAlongDim', lg.takeAlongDim, () => [m(), lg.tensor([[0], [1], [2]])], { dim: 1 }],
  ['put', lg.put, () => [row(), lg.tensor([0, 0]), lg.tensor([1, 2], float)], { accumulate: true }],
  ['indexPut', lg.indexPut, () => [row(), [lg.tensor([0, 0])], lg.tensor([1, 2], float)], { accumulate: true }],
  ['sliceScatter', lg.sliceScatter, () => [row(), lg.ones([2])], { dim: 0, start: 1, end: 5, step: 2 }],
  ['diagonalScatter', lg.diagonalScatter, () => [m(), lg.ones([3])], { offset: 1, dim1: 0, dim2: 1 }],
  // numbers
  ['round', lg.round, () => [m().div(3)], { decimals: 2 }],
  ['div', lg.div, () => [m(), 0.75], { roundingMode: 'floor' }],
  ['clamp', lg.clamp, () => [m()], { min: 0, max: 2 }],
  ['clip', lg.clip, () => [m()], { min: 0, max: 2 }],
  ['nanToNum', lg.nanToNum, () => [m().log()], { nan: 1, posinf: 2, neginf: 3 }],
  ['logit', lg.logit, () => [m().sigmoid()], { eps: 0.1 }],
  ['isclose', lg.isclose, () => [m(), m().add(0.05)], { rtol: 0, atol: 0.1, equalNan: true }],
  ['allclose', lg.allclose, () => [m(), m().add(0.05)], { rtol: 0, atol: 0.1, equalNan: true }],
  ['softmax', lg.softmax, () => [whole(), 0], { dtype: 'float32' }],
  ['logSoftmax', lg.logSoftmax, () => [whole(), 0], { dtype: 'float32' }],
  // creation
  ['eye', lg.eye as Call, () => [2], { m: 3 }],
  ['logspace', lg.logspace as Call, () => [0, 2, 3], { base: 2 }],
  ['hannWindow', lg.hannWindow as Call, () => [5], { periodic: false }],
  ['arange', lg.arange as Call, () => [0, 6], { step: 2 }],
  // activations
  ['F.softmax', F.softmax, () => [m()], { dim: 1 }],
  ['F.logSoftmax', F.logSoftmax, () => [m()], { dim: 1 }],
  ['F.softmin', F.softmin, () => [m()], { dim: 1 }],
  ['F.leakyRelu', F.leakyRelu, () => [m()], { negativeSlope: 0.2, inplace: true }],
  ['F.elu', F.elu, () => [m()], { alpha: 0.5, inplace: true }],
  ['F.celu', F.celu, () => [m()], { alpha: 0.5, inplace: true }],
  ['F.glu', F.glu, () => [m()], { dim: 1 }],
  ['F.hardtanh', F.hardtanh, () => [m()], { minVal: -0.5, maxVal: 0.5, inplace: true }],
  ['F.hardshrink', F.hardshrink, () => [m()], { lambd: 1 }],
  ['F.softshrink', F.softshrink, () => [m()], { lambd: 1 }],
  ['F.softplus', F.softplus, () => [m()], { beta: 2, threshold: 3 }],
  ['F.rrelu', F.rrelu, () => [m()], { lower: 0.1, upper: 0.1 }],
  ['F.normalize', F.normalize, () => [m()], { p: 1, dim: 0, eps: 1e-6 }],
  ['F.cosineSimilarity', F.cosineSimilarity, () => [m(), m().flip(1)], { dim: 0, eps: 1e-6 }],
  ['F.pairwiseDistance', F.pairwiseDistance, () => [m(), m().flip(1)], { p: 1, eps: 0.1, keepdim: true }],
  ['F.oneHot', F.oneHot, () => [whole()], { numClasses: 7 }],
  ['F.layerNorm', F.layerNorm as Call, () => [m(), [4]], { weight: null, bias: null, eps: 0.1 }],
  ['F.pad', F.pad, () => [m(), [1, 1]], { mode: 'constant', value: 2 }],
  ['F.linear', F.linear as Call, () => [m(), m()], { bias: null }],
  ['F.dropout', F.dropout, () => [m()], { p: 0, training: true }],
  ['F.localResponseNorm', F.localResponseNorm as Call, () => [plane(), 2], { alpha: 0.1, beta: 0.5, k: 2 }],
  // pooling
  ['F.maxPool1d', F.maxPool1d as Call, () => [line(), 2], { stride: 1 }],
  ['F.maxPool2d', F.maxPool2d as Call, () => [plane(), 2], { stride: 1 }],
  ['F.avgPool1d', F.avgPool1d, () => [line(), 2], { stride: 1 }],
  ['F.avgPool2d', F.avgPool2d, () => [plane(), 2], { stride: 1 }],
  ['F.lpPool1d', F.lpPool1d as Call, () => [line(), 2, 2], { stride: 1 }],
  ['F.lpPool2d', F.lpPool2d as Call, () => [plane(), 2, 2], { stride: 1 }],
  ['F.adaptiveMaxPool2d', F.adaptiveMaxPool2d as Call, () => [plane(), 2], { returnIndices: true }],
  ['F.unfold', F.unfold, () => [plane(), 2], { dilation: 1, padding: 1, stride: 2 }],
  ['F.conv1d', F.conv1d as Call, () => [line(), lg.ones([1, 1, 2])], { bias: null, stride: 2 }],
  ['F.conv2d', F.conv2d as Call, () => [plane(), lg.ones([1, 2, 2, 2])], { bias: null, stride: 2 }],
  ['F.interpolate', F.interpolate as Call, () => [plane()], { size: [2, 2] }],
  ['F.gridSample', F.gridSample as Call, () => [plane(), lg.zeros([1, 2, 2, 2])], { mode: 'nearest' }],
  // linear algebra
  ['linalg.norm', linalg.norm as Call, () => [m()], { ord: 'fro', dim: [0, 1], keepdim: true }],
  ['linalg.vectorNorm', linalg.vectorNorm as Call, () => [m()], { ord: 3, dim: 1, keepdim: true }],
  ['linalg.matrixNorm', linalg.matrixNorm as Call, () => [m()], { ord: 'fro', dim: [0, 1], keepdim: true }],
  ['linalg.cond', linalg.cond as Call, () => [spd()], { p: 'fro' }],
  ['linalg.qr', linalg.qr as Call, () => [spd()], { mode: 'reduced' }],
  ['linalg.eigvalsh', linalg.eigvalsh as Call, () => [spd()], { UPLO: 'U' }],
  ['linalg.tensorinv', linalg.tensorinv as Call, () => [spd().reshape(3, 3)], { ind: 1 }],
  ['linalg.svd', linalg.svd as Call, () => [spd()], { fullMatrices: false }],
  ['linalg.lstsq', linalg.lstsq as Call, () => [spd(), lg.ones([3, 1])], { rcond: null }],
  ['norm', lg.norm as Call, () => [m()], { p: 2, dim: 1, keepdim: true }],
  ['dist', lg.dist as Call, () => [m(), m().flip(1)], { p: 1 }],
  ['cdist', lg.cdist as Call, () => [m(), m().flip(1)], { p: 1 }],
  ['cross', lg.cross as Call, () => [lg.ones([2, 3]), spd().at([0, 2])], { dim: 1 }],
  ['tensordot', lg.tensordot as Call, () => [m(), m().t()], { dims: 1 }],
  ['diff', lg.diff as Call, () => [m()], { n: 2, dim: 0 }],
  ['special.logit', special.logit as Call, () => [m().sigmoid()], { eps: 0.1 }],
  ['fft.rfft', fft.rfft as Call, () => [row()], { n: 4, dim: 0, norm: 'ortho' }],
  ['fft.fftfreq', fft.fftfreq as Call, () => [6], { d: 0.5 }],
  ['fft.fftshift', fft.fftshift as Call, () => [row()], { dim: 0 }],
];

/** Every number in a result, whatever it is made of. */
async function flat(result: unknown): Promise<unknown[]> {
  const value = await result;
  if (value instanceof lg.Tensor) return [value.dtype, ...value.shape, ...Array.from(await value.data())];
  if (typeof value !== 'object' || value === null) return [value];
  return (await Promise.all(Object.values(value).map(flat))).flat();
}
const call = (fn: Call, args: readonly unknown[]): unknown => fn(...(args as never));

describe('optional arguments', () => {
  test.each(lines.map((l) => [l[0], l] as const))(
    '%s: one after the other is the same as by name',
    async (_, [, fn, required, optional]) => {
      const byName = await flat(call(fn, [...required(), optional]));
      expect(await flat(call(fn, [...required(), ...Object.values(optional)]))).toEqual(byName);
    },
  );
  test.each(lines.map((l) => [l[0], l] as const))('%s: an unknown name throws', async (_, [, fn, required]) => {
    await expect(async () => flat(call(fn, [...required(), { nosuch: 1 }]))).rejects.toThrow(lg.OptionError);
  });
});
