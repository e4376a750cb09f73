/** torch.nn.functional in camelCase. */
export type { Reduction } from '../impl/common.ts';
export * from './activation.ts';
export type { Pair } from './arguments.ts';
export * from './conv.ts';
export * from './dropout.ts';
export * from './linear.ts';
export * from './loss.ts';
export * from './norm.ts';
export * from './pooling.ts';
export * from './sparse.ts';
