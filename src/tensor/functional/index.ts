/** torch.nn.functional in camelCase. */

export { channelShuffle } from '../functions/rearranging.ts';
export type { Reduction } from '../impl/common.ts';
export * from './activation.ts';
export * from './adaptive.ts';
export type { Pair, Sizes } from './arguments.ts';
export * from './attention.ts';
export * from './conv.ts';
export type { ConvPaddingMode } from './conv-padding.ts';
export * from './ctc.ts';
export * from './distance.ts';
export * from './dropout.ts';
export * from './fold.ts';
export * from './fractional.ts';
export {
  type GumbelSoftmaxOptions,
  glu,
  gumbelSoftmax,
  logsigmoid,
  mish,
  type SoftminOptions,
  softmin,
  softsign,
  tanhshrink,
} from './gates.ts';
export * from './grid.ts';
export * from './group-norm.ts';
export type { InplaceArgs, InplaceOptions } from './inplace.ts';
export * from './interpolate.ts';
export * from './linear.ts';
export * from './linear-cross-entropy.ts';
export * from './loss.ts';
export {
  type CosineEmbeddingOptions,
  cosineEmbeddingLoss,
  type Distance,
  hingeEmbeddingLoss,
  type MarginOptions,
  type MultiMarginOptions,
  marginRankingLoss,
  multilabelMarginLoss,
  multilabelSoftMarginLoss,
  multiMarginLoss,
  softMarginLoss,
  type TripletDistanceOptions,
  type TripletMarginOptions,
  tripletMarginLoss,
  tripletMarginWithDistanceLoss,
} from './margin-loss.ts';
export * from './norm.ts';
export * from './overwriting.ts';
export * from './padding.ts';
export * from './pixels.ts';
export * from './pooling.ts';
export * from './rectifiers.ts';
export {
  type GaussianNllOptions,
  gaussianNllLoss,
  huberLoss,
  type KlDivOptions,
  klDiv,
  type LossOptions,
  l1Loss,
  type PoissonNllOptions,
  poissonNllLoss,
  smoothL1Loss,
  type WeightedLossOptions,
} from './regression-loss.ts';
export * from './sparse.ts';
export * from './unpooling.ts';
export * from './with-indices.ts';
