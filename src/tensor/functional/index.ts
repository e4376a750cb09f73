/** torch.nn.functional in camelCase. */

export { channelShuffle } from '../functions/rearranging.ts';
export type { Reduction } from '../impl/common.ts';
export * from './activation.ts';
export * from './adaptive.ts';
export type { Pair, Sizes } from './arguments.ts';
export * from './conv.ts';
export * from './dropout.ts';
export * from './fold.ts';
export * from './fractional.ts';
export * from './grid.ts';
export * from './interpolate.ts';
export * from './linear.ts';
export * from './loss.ts';
export * from './norm.ts';
export * from './padding.ts';
export * from './pixels.ts';
export * from './pooling.ts';
export * from './sparse.ts';
export * from './unpooling.ts';
export * from './with-indices.ts';
export * from './gates.ts';
export * from './rectifiers.ts';
