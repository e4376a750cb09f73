/** Overwriting and combining by index, in the order of src. Writes out of range are dropped. */
import type { DType } from '../../../core/dtype.ts';
import type { CpuKernel } from '../kernel.ts';
import { around, tensorAt } from '../operands.ts';
import { copyInto, dense, forEachPosition } from '../strided.ts';

type Combine = (there: number, arrives: number) => number;

const combinations: Readonly<Record<string, (dtype: DType) => Combine>> = {
  last: () => (_, b) => b,
  // Integers wrap around, beyond what a double holds too.
  prod: (dtype) => (dtype === 'int32' || dtype === 'uint32' ? Math.imul : (a, b) => a * b),
  // NaN wins, as in Math.max.
  amax: () => Math.max,
  amin: () => Math.min,
};
const combination = (op: 'last' | 'attrs', attrs: Readonly<Record<string, unknown>>, dtype: DType): Combine =>
  combinations[op === 'last' ? op : (attrs.reduce as string)]!(dtype);

/** One index for each element of src. */
const byElement =
  (op: 'last' | 'attrs'): CpuKernel =>
  (inputs, [out], attrs) => {
    const index = tensorAt(inputs, 1);
    const src = tensorAt(inputs, 2);
    copyInto(out!, tensorAt(inputs, 0));
    const combine = combination(op, attrs, src.dtype);
    const dim = attrs.dim as number;
    const { shape } = index.layout;
    const picks = dense(index);
    const values = dense({ ...src, layout: { ...src.layout, shape } });
    const size = out!.shape[dim] ?? 1;
    const { inner: step } = around(out!.shape, dim);
    const strides = out!.shape.map((_, d) => (d === dim ? 0 : around(out!.shape, d).inner));
    const y = out!.data;
    forEachPosition({ shape, strides, offset: 0 }, (position, n) => {
      const i = picks[n]!;
      if (i < 0 || i >= size) return;
      const at = position + i * step;
      y[at] = combine(y[at]!, values[n]!);
    });
  };

/** One index for each slice of src. */
const bySlice =
  (op: 'last' | 'attrs'): CpuKernel =>
  (inputs, [out], attrs) => {
    copyInto(out!, tensorAt(inputs, 0));
    const source = tensorAt(inputs, 2);
    const combine = combination(op, attrs, source.dtype);
    const index = dense(tensorAt(inputs, 1));
    const src = dense(source);
    const y = out!.data;
    const { outer, size, inner } = around(out!.shape, attrs.dim as number);
    let from = 0;
    for (let o = 0; o < outer; o++) {
      for (let k = 0; k < index.length; k++, from += inner) {
        const i = index[k]!;
        if (i < 0 || i >= size) continue;
        const to = (o * size + i) * inner;
        for (let e = 0; e < inner; e++) y[to + e] = combine(y[to + e]!, src[from + e]!);
      }
    }
  };

export const scatterKernels = {
  scatter: byElement('last'),
  indexCopy: bySlice('last'),
  scatterReduce: byElement('attrs'),
  indexReduce: bySlice('attrs'),
} satisfies Record<string, CpuKernel>;
