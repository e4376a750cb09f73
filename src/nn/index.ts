/** torch.nn: layers, containers and losses. */
export {
  GELU,
  type InplaceArgs,
  type InplaceOptions,
  LeakyReLU,
  ReLU,
  Sigmoid,
  SiLU,
  Softplus,
  Tanh,
} from './activation.ts';
export * from './adaptive-pooling.ts';
export { type AdaptiveLogSoftmaxOptions, AdaptiveLogSoftmaxWithLoss } from './adaptive-softmax.ts';
export {
  MultiheadAttention,
  type MultiheadAttentionForwardOptions,
  type MultiheadAttentionOptions,
} from './attention.ts';
export type { BackwardHook, BackwardPreHook, Gradients } from './backward-hooks.ts';
export { Bilinear } from './bilinear.ts';
export { Buffer } from './buffer.ts';
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
export type { ConversionOptions } from './conversion.ts';
export * from './ctc-loss.ts';
export { CosineSimilarity, PairwiseDistance } from './distance.ts';
export * from './dropout.ts';
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
export * from './gates.ts';
export * from './group-norm.ts';
export * as init from './init.ts';
export type { NamedEntries } from './keyed.ts';
export { KVCache, type KVCacheStep } from './kv-cache.ts';
export * from './lazy-conv.ts';
export { LazyLinear } from './lazy-linear.ts';
export * from './lazy-norm.ts';
export { Identity, Linear, type LinearOptions } from './linear.ts';
export { LinearCrossEntropyLoss, type LinearCrossEntropyLossOptions } from './linear-cross-entropy-loss.ts';
export { BCEWithLogitsLoss, CrossEntropyLoss, MSELoss, NLLLoss } from './loss.ts';
export * from './lp-pooling.ts';
export * from './margin-loss.ts';
export { type ForwardHook, type ForwardPreHook, type HookHandle, Module, type NamedOptions } from './module.ts';
export { ModuleDict } from './module-dict.ts';
export type { ForwardHookOptions, HookOptions } from './module-methods.ts';
export {
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  type BatchNormLayerOptions,
  LayerNorm,
  type LayerNormLayerOptions,
  SyncBatchNorm,
} from './norm.ts';
export * from './padding.ts';
export { Parameter } from './parameter.ts';
export { ParameterDict, ParameterList } from './parameter-containers.ts';
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
export * from './rectifiers.ts';
export * from './regression-loss.ts';
export {
  GRU,
  LSTM,
  type LSTMOptions,
  type LSTMState,
  type RecurrentLayerOptions,
  RNN,
  RNNBase,
  type RNNOptions,
  type StateArg,
} from './rnn.ts';
export {
  GRUCell,
  LSTMCell,
  type RecurrentCellOptions,
  RNNCell,
  RNNCellBase,
  type RNNCellOptions,
} from './rnn-cells.ts';
export { ChannelShuffle, PixelShuffle, PixelUnshuffle } from './shuffling.ts';
export * from './softmax.ts';
export type {
  LoadResult,
  LoadStateDictOptions,
  LoadStateDictPostHook,
  LoadStateDictPreHook,
  StateDict,
  StateDictHook,
  StateDictOptions,
  StateDictPreHook,
} from './state-dict.ts';
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
  isLazy,
  UninitializedBuffer,
  type UninitializedOptions,
  UninitializedParameter,
} from './uninitialized.ts';
export { MaxUnpool1d, MaxUnpool2d, MaxUnpool3d, type MaxUnpoolLayerOptions } from './unpooling.ts';
export {
  Upsample,
  type UpsampleLayerOptions,
  UpsamplingBilinear2d,
  UpsamplingNearest2d,
  type UpsamplingOptions,
} from './upsampling.ts';
export * as utils from './utils.ts';
