/** torch.nn: layers, containers and losses. */
export * from './activation.ts';
export type { FactoryOptions } from './checks.ts';
export { ModuleList, type NamedModules, Sequential } from './containers.ts';
export { Conv2d, type Conv2dLayerOptions } from './conv.ts';
export { Dropout } from './dropout.ts';
export { Embedding, type EmbeddingOptions } from './embedding.ts';
export { Flatten } from './flatten.ts';
export * as init from './init.ts';
export { Identity, Linear, type LinearOptions } from './linear.ts';
export * from './loss.ts';
export { type ForwardHook, type ForwardPreHook, type HookHandle, Module } from './module.ts';
export { BatchNorm1d, BatchNorm2d, type BatchNormLayerOptions, LayerNorm, type LayerNormLayerOptions } from './norm.ts';
export { Parameter } from './parameter.ts';
export { AvgPool2d, MaxPool2d } from './pooling.ts';
export type { LoadResult, StateDict } from './state-dict.ts';
export * as utils from './utils.ts';
