/** Reading and writing by index. Out-of-range indices never touch memory: reads give 0, writes are dropped. */
import type { TypedArray } from '../../../core/dtype.ts';
import { numel } from '../../../core/shape.ts';
import type { CpuKernel } from '../kernel.ts';
import { around, scalarAt, tensorAt } from '../operands.ts';
import { Cursor, copyInto, dense, forEachPosition } from '../strided.ts';

const gather: CpuKernel = (inputs, [out], attrs) => {
  const { data, layout } = tensorAt(inputs, 0);
  const index = dense(tensorAt(inputs, 1));
  const dim = attrs.dim as number;
  const size = layout.shape[dim] ?? 1;
  const step = layout.strides[dim] ?? 0;
  // The index's shape walked with x's strides, standing still along `dim`.
  const strides = layout.strides.map((s, d) => (d === dim ? 0 : s));
  forEachPosition({ shape: out!.shape, strides, offset: layout.offset }, (position, n) => {
    const i = index[n]!;
    out!.data[n] = i >= 0 && i < size ? data[position + i * step]! : 0;
  });
};

const scatterAdd: CpuKernel = (inputs, [out], attrs) => {
  const base = tensorAt(inputs, 0);
  const index = tensorAt(inputs, 1);
  const src = tensorAt(inputs, 2);
  copyInto(out!, base);
  const dim = attrs.dim as number;
  const { shape } = index.layout;
  const picks = dense(index);
  // Only as much of src as the index covers.
  const values = dense({ ...src, layout: { ...src.layout, shape } });
  const size = out!.shape[dim] ?? 1;
  const { inner: step } = around(out!.shape, dim);
  const strides = out!.shape.map((_, d) => (d === dim ? 0 : around(out!.shape, d).inner));
  const y = out!.data;
  forEachPosition({ shape, strides, offset: 0 }, (position, n) => {
    const i = picks[n]!;
    if (i >= 0 && i < size) y[position + i * step]! += values[n]!;
  });
};

function copyBlock(out: TypedArray, to: number, x: TypedArray, from: number, n: number): void {
  for (let i = 0; i < n; i++) out[to + i] = x[from + i]!;
}
function addBlock(out: TypedArray, to: number, x: TypedArray, from: number, n: number): void {
  for (let i = 0; i < n; i++) out[to + i]! += x[from + i]!;
}

const indexSelect: CpuKernel = (inputs, [out], attrs) => {
  const x = tensorAt(inputs, 0);
  const data = dense(x);
  const index = dense(tensorAt(inputs, 1));
  const { outer, size, inner } = around(x.layout.shape, attrs.dim as number);
  const y = out!.data;
  let to = 0;
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < index.length; k++, to += inner) {
      const i = index[k]!;
      if (i >= 0 && i < size) copyBlock(y, to, data, (o * size + i) * inner, inner);
      else y.fill(0, to, to + inner);
    }
  }
};

const indexAdd: CpuKernel = (inputs, [out], attrs) => {
  copyInto(out!, tensorAt(inputs, 0));
  const index = dense(tensorAt(inputs, 1));
  const src = dense(tensorAt(inputs, 2));
  const { outer, size, inner } = around(out!.shape, attrs.dim as number);
  let from = 0;
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < index.length; k++, from += inner) {
      const i = index[k]!;
      if (i >= 0 && i < size) addBlock(out!.data, (o * size + i) * inner, src, from, inner);
    }
  }
};

const cat: CpuKernel = (inputs, [out], attrs) => {
  const dim = attrs.dim as number;
  const { outer, size, inner } = around(out!.shape, dim);
  let at = 0;
  for (let t = 0; t < inputs.length; t++) {
    const x = tensorAt(inputs, t);
    const data = dense(x);
    const block = x.layout.shape[dim]! * inner;
    for (let o = 0; o < outer; o++) {
      const from = o * block;
      const to = o * size * inner + at;
      if (block < 32) copyBlock(out!.data, to, data, from, block);
      else out!.data.set(data.subarray(from, from + block), to);
    }
    at += block;
  }
};

const scatterView: CpuKernel = (inputs, [out], attrs) => {
  copyInto(out!, tensorAt(inputs, 0));
  const src = tensorAt(inputs, 1);
  const { shape } = src.layout;
  const view = { shape, strides: attrs.strides as readonly number[], offset: scalarAt(inputs, 2) };
  new Cursor(view).store(out!.data, dense(src), 0, numel(shape));
};

export const indexKernels = { gather, scatterAdd, indexSelect, indexAdd, cat, scatterView } satisfies Record<
  string,
  CpuKernel
>;
