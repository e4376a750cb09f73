import type { CpuTensor } from './kernel.ts';

export function tensorAt(inputs: readonly (CpuTensor | number)[], i: number): CpuTensor {
  return inputs[i] as CpuTensor;
}
export function scalarAt(inputs: readonly (CpuTensor | number)[], i: number): number {
  return inputs[i] as number;
}

/** Sizes of a shape before, at and after a dim: a contiguous tensor seen as [outer, size, inner]. */
export function around(shape: readonly number[], dim: number): { outer: number; size: number; inner: number } {
  let outer = 1;
  let inner = 1;
  for (let i = 0; i < dim; i++) outer *= shape[i]!;
  for (let i = dim + 1; i < shape.length; i++) inner *= shape[i]!;
  return { outer, size: shape[dim] ?? 1, inner };
}
