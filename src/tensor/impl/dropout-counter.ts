import type { DType } from '../../core/dtype.ts';
import type { Scalar } from '../../ops/refs.ts';
import { scalar } from './common.ts';
import type { RandomKey } from './random.ts';

/** What the row of dropout takes after its first operand, and rows that drop elements within after theirs. */
export const dropoutCounter = ({ key0, key1, stream }: RandomKey, p: number, scale: number, dtype: DType): Scalar[] => [
  ...[key0, key1, stream].map((v) => scalar(v, 'uint32')),
  scalar(p, 'float32'),
  scalar(scale, dtype),
];
