import type { DType } from '../core/dtype.ts';
import type { Tensor } from './tensor.ts';

/** What max(), sort(), topk() … along a dim return: `{ values, indices }` and, as PyTorch's named tuples, a pair of these. */
export interface Extremum<D extends DType = DType> {
  readonly values: Tensor<D>;
  readonly indices: Tensor<'int32'>;
  readonly 0: Tensor<D>;
  readonly 1: Tensor<'int32'>;
  /** For `const [values, indices] = x.max(1)`. */
  [Symbol.iterator](): Iterator<Tensor>;
}

export function extremum<D extends DType>(values: Tensor<D>, indices: Tensor<'int32'>): Extremum<D> {
  const pair = [values, indices] as const;
  // Where properties are listed, the names alone are seen.
  return Object.defineProperties({ values, indices } as Extremum<D>, {
    0: { value: values },
    1: { value: indices },
    [Symbol.iterator]: { value: () => pair.values() },
  });
}
