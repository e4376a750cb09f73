/** torch.nn: layers, containers and losses. */
export * from './activation.ts';
export * from './adaptive-pooling.ts';
export { MultiheadAttention, type MultiheadAttentionForwardOptions, type MultiheadAttentionOptions } from './attention.ts';
export { Bilinear } from './bilinear.ts';
export type { FactoryOptions } from './checks.ts';
export { cloneModule } from './clone.ts';
export { ModuleList, type NamedModules, Sequential } from './containers.ts';
export { Conv1d, Conv2d, Conv3d, type ConvLayerOptions } from './conv.ts';
export {
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeLayerOptions,
  type OutputSizeOptions,
} from './conv-transpose.ts';
export { CosineSimilarity, PairwiseDistance } from './distance.ts';
export { Dropout } from './dropout.ts';
export { Embedding, type EmbeddingOptions, type PretrainedOptions } from './embedding.ts';
export {
  type BagForwardOptions,
  EmbeddingBag,
  type EmbeddingBagLayerOptions,
  type PretrainedBagOptions,
} from './embedding-bag.ts';
export { Flatten } from './flatten.ts';
export { Fold, Unfold } from './fold.ts';
export {
  FractionalMaxPool2d,
  FractionalMaxPool3d,
  type FractionalMaxPoolLayerOptions,
} from './fractional-pooling.ts';
export * as init from './init.ts';
export { KVCache, type KVCacheStep } from './kv-cache.ts';
export * from './lazy-conv.ts';
export { LazyLinear } from './lazy-linear.ts';
export { Identity, Linear, type LinearOptions } from './linear.ts';
export * from './loss.ts';
export { type ForwardHook, type ForwardPreHook, type HookHandle, Module } from './module.ts';
export { BatchNorm1d, BatchNorm2d, type BatchNormLayerOptions, LayerNorm, type LayerNormLayerOptions } from './norm.ts';
export * from './lp-pooling.ts';
export * from './padding.ts';
export { Parameter } from './parameter.ts';
export {
  AvgPool1d,
  AvgPool2d,
  AvgPool3d,
  MaxPool1d,
  MaxPool2d,
  MaxPool3d,
  type MaxPoolLayerOptions,
  type MaybeIndexed,
} from './pooling.ts';
export { ChannelShuffle, PixelShuffle, PixelUnshuffle } from './shuffling.ts';
export {
  GRU,
  LSTM,
  type LSTMOptions,
  type LSTMState,
  type RecurrentLayerOptions,
  RNN,
  RNNBase,
  type RNNOptions,
} from './rnn.ts';
export {
  GRUCell,
  LSTMCell,
  RNNCell,
  RNNCellBase,
  type RNNCellOptions,
  type RecurrentCellOptions,
} from './rnn-cells.ts';
export type { LoadResult, StateDict } from './state-dict.ts';
export * from './transformer.ts';
export {
  type Activation,
  type DecoderLayerForwardOptions,
  type EncoderLayerForwardOptions,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
} from './transformer-layer.ts';
export { Unflatten } from './unflatten.ts';
export {
  isUninitialized,
  UninitializedBuffer,
  type UninitializedOptions,
  UninitializedParameter,
} from './uninitialized.ts';
export { MaxUnpool1d, MaxUnpool2d, MaxUnpool3d, type MaxUnpoolLayerOptions } from './unpooling.ts';
export { Upsample, type UpsampleLayerOptions, UpsamplingBilinear2d, UpsamplingNearest2d, type UpsamplingOptions } from './upsampling.ts';
export * as utils from './utils.ts';
