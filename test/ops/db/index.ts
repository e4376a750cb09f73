/** The op database: one row per op. Each family's expected values are in test/golden/<family>.json. */
import { activationOps } from './activations.ts';
import { arithmeticOps } from './arithmetic.ts';
import { arithmeticInplaceOps } from './arithmetic-inplace.ts';
import { attentionOps } from './attention.ts';
import { binaryOps } from './binary.ts';
import { compareOps } from './compare.ts';
import { convOps } from './conv.ts';
import { convolutionOps } from './convolution.ts';
import { countingOps } from './counting.ts';
import { creationOps } from './creation.ts';
import { ctcOps } from './ctc.ts';
import { distanceOps } from './distances.ts';
import { dynamicOps } from './dynamic.ts';
import { elementaryOps } from './elementary.ts';
import { embeddingOps } from './embedding.ts';
import { factorisationOps } from './factorisations.ts';
import { fftOps } from './fft.ts';
import { fillingOps } from './filling.ts';
import { indexingOps } from './indexing.ts';
import { indexingWriteOps } from './indexing-write.ts';
import { inplaceOps } from './inplace.ts';
import { integerOps } from './integers.ts';
import { joiningOps } from './joining.ts';
import type { AsyncOpCase, OpCase } from './kit.ts';
import { linalgOps } from './linalg.ts';
import { lossOps } from './loss.ts';
import { lossesOps } from './losses.ts';
import { matmulOps } from './matmul.ts';
import { normOps } from './norm.ts';
import { normalisationOps } from './normalisation.ts';
import { paddingOps } from './padding.ts';
import { poolingOps } from './pooling.ts';
import { productOps } from './products.ts';
import { quantileOps } from './quantiles.ts';
import { rearrangingOps } from './rearranging.ts';
import { recurrentOps } from './recurrent.ts';
import { reduceOps } from './reduce.ts';
import { resamplingOps } from './resampling.ts';
import { scanOps } from './scans.ts';
import { scatterOps } from './scatter.ts';
import { setOps } from './sets.ts';
import { shapeOps } from './shape.ts';
import { softmaxOps } from './softmax.ts';
import { sortingOps } from './sorting.ts';
import { specialOps } from './special.ts';
import { statisticsOps } from './statistics.ts';
import { triangularOps } from './triangular.ts';
import { unaryOps } from './unary.ts';
import { viewOps } from './views.ts';

export const families: Readonly<Record<string, readonly OpCase[]>> = {
  unary: unaryOps,
  elementary: elementaryOps,
  special: specialOps,
  binary: binaryOps,
  compare: compareOps,
  reduce: reduceOps,
  scans: scanOps,
  statistics: statisticsOps,
  matmul: matmulOps,
  products: productOps,
  distances: distanceOps,
  factorisations: factorisationOps,
  linalg: linalgOps,
  softmax: softmaxOps,
  conv: convOps,
  convolution: convolutionOps,
  indexing: indexingOps,
  shape: shapeOps,
  inplace: inplaceOps,
  norm: normOps,
  loss: lossOps,
  losses: lossesOps,
  ctc: ctcOps,
  recurrent: recurrentOps,
  normalisation: normalisationOps,
  attention: attentionOps,
  activations: activationOps,
  filling: fillingOps,
  pooling: poolingOps,
  resampling: resamplingOps,
  views: viewOps,
  triangular: triangularOps,
  rearranging: rearrangingOps,
  padding: paddingOps,
  joining: joiningOps,
  creation: creationOps,
  arithmetic: arithmeticOps,
  arithmeticInplace: arithmeticInplaceOps,
  integers: integerOps,
  scatter: scatterOps,
  indexingWrite: indexingWriteOps,
  embedding: embeddingOps,
  sorting: sortingOps,
  quantiles: quantileOps,
  sets: setOps,
  counting: countingOps,
  fft: fftOps,
};

/** Ops whose results have to be awaited. */
export const asyncFamilies: Readonly<Record<string, readonly AsyncOpCase[]>> = {
  dynamic: dynamicOps,
};

export * from './kit.ts';
