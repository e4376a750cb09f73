import type { DType, TypedArray } from '../../core/dtype.ts';
import type { Layout, Shape } from '../../core/shape.ts';
import type { Attrs } from '../../ops/types.ts';

export interface CpuTensor {
  readonly data: TypedArray;
  readonly layout: Layout;
  readonly dtype: DType;
}

/** Contiguous; `data` has exactly the elements of `shape`. */
export interface CpuOutput {
  readonly data: TypedArray;
  readonly shape: Shape;
  readonly dtype: DType;
}

/**
 * A kernel on typed arrays. Scalars arrive as numbers. A result that overwrites an operand arrives with
 * `output.data === input.data`, already holding the old values; no other output aliases an input.
 */
export type CpuKernel = (inputs: readonly (CpuTensor | number)[], outputs: readonly CpuOutput[], attrs: Attrs) => void;
