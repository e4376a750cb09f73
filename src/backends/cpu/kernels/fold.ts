/** Adding through an overlapping view. */
import { numel } from '../../../core/shape.ts';
import type { CpuKernel } from '../kernel.ts';
import { tensorAt } from '../operands.ts';
import { dense } from '../strided.ts';

const scatterViewAdd: CpuKernel = (inputs, [out], attrs) => {
  const src = tensorAt(inputs, 0);
  const values = dense(src);
  const { shape } = src.layout;
  const { strides, offset } = attrs as unknown as { strides: readonly number[]; offset: number };
  const sum = out!.data;
  sum.fill(0);
  const count = numel(shape);
  if (count === 0) return;
  const last = shape.length - 1;
  const width = last < 0 ? 1 : shape[last]!;
  const step = last < 0 ? 0 : strides[last]!;
  const index = new Array<number>(Math.max(last, 0)).fill(0);
  let row = offset;
  for (let n = 0; n < count; n += width) {
    if (out!.dtype === 'bool') for (let i = 0, p = row; i < width; i++, p += step) sum[p]! |= values[n + i]!;
    else for (let i = 0, p = row; i < width; i++, p += step) sum[p]! += values[n + i]!;
    for (let d = last - 1; d >= 0; d--) {
      row += strides[d]!;
      if (++index[d]! < shape[d]!) break;
      row -= strides[d]! * shape[d]!;
      index[d] = 0;
    }
  }
};

export const foldKernels = { scatterViewAdd } satisfies Record<string, CpuKernel>;
