/** torch.autograd: as lumigrad/func, but that `grad` is of tensors, not of functions. */
export { grad } from '../tensor/functions/core.ts';
export * from './index.ts';
