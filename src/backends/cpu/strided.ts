/** Moving elements between a strided layout and a contiguous array, by an odometer: no division per element. */
import type { TypedArray } from '../../core/dtype.ts';
import { isContiguous, type Layout, numel } from '../../core/shape.ts';
import type { CpuOutput, CpuTensor } from './kernel.ts';
import { scratch } from './memory.ts';

/** Drops dims of size 1 and merges neighbours that one stride can walk. */
export function coalesce({ shape, strides, offset }: Layout): Layout {
  const outShape: number[] = [];
  const outStrides: number[] = [];
  shape.forEach((size, i) => {
    if (size === 1) return;
    const last = outShape.length - 1;
    if (last >= 0 && outStrides[last] === strides[i]! * size) {
      outShape[last] = outShape[last]! * size;
      outStrides[last] = strides[i]!;
    } else {
      outShape.push(size);
      outStrides.push(strides[i]!);
    }
  });
  return { shape: outShape, strides: outStrides, offset };
}

// Two copies of one loop each: V8 compiles per source location, and float32 must not pay for the other dtypes.
function loadFloat32(out: Float32Array, at: number, src: Float32Array, from: number, stride: number, n: number): void {
  if (stride === 0) out.fill(src[from]!, at, at + n);
  else for (let i = 0, p = from; i < n; i++, p += stride) out[at + i] = src[p]!;
}
function loadAny(out: TypedArray, at: number, src: TypedArray, from: number, stride: number, n: number): void {
  if (stride === 0) out.fill(src[from]!, at, at + n);
  else for (let i = 0, p = from; i < n; i++, p += stride) out[at + i] = src[p]!;
}
function storeFloat32(out: Float32Array, at: number, stride: number, src: Float32Array, from: number, n: number): void {
  for (let i = 0, p = at; i < n; i++, p += stride) out[p] = src[from + i]!;
}
function storeAny(out: TypedArray, at: number, stride: number, src: TypedArray, from: number, n: number): void {
  for (let i = 0, p = at; i < n; i++, p += stride) out[p] = src[from + i]!;
}

/** Walks a layout in row-major order, a run along its innermost dim at a time. */
export class Cursor {
  private readonly shape: readonly number[];
  private readonly strides: readonly number[];
  private readonly offset: number;
  private readonly index: number[];
  private readonly inner: number;
  private readonly innerStride: number;
  /** Start of the current innermost row, and the position within it. */
  private row = 0;
  private column = 0;

  constructor(layout: Layout) {
    const { shape, strides, offset } = coalesce(layout);
    const last = shape.length - 1;
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
    this.inner = last < 0 ? 1 : shape[last]!;
    this.innerStride = last < 0 ? 0 : strides[last]!;
    this.index = new Array<number>(Math.max(last, 0)).fill(0);
    this.reset();
  }

  reset(): void {
    this.index.fill(0);
    this.row = this.offset;
    this.column = 0;
  }

  /** Copies the next `n` elements of `src` to `out` at `at`. */
  load(out: TypedArray, at: number, src: TypedArray, n: number): void {
    const float32 = out instanceof Float32Array && src instanceof Float32Array;
    const end = at + n;
    while (at < end) {
      const take = Math.min(end - at, this.inner - this.column);
      const from = this.row + this.column * this.innerStride;
      if (float32) loadFloat32(out, at, src, from, this.innerStride, take);
      else loadAny(out, at, src, from, this.innerStride, take);
      at += take;
      this.advance(take);
    }
  }

  /** Copies `n` elements of `src` from `from` to the next places of `out`. */
  store(out: TypedArray, src: TypedArray, from: number, n: number): void {
    const float32 = out instanceof Float32Array && src instanceof Float32Array;
    const end = from + n;
    while (from < end) {
      const take = Math.min(end - from, this.inner - this.column);
      const at = this.row + this.column * this.innerStride;
      if (float32) storeFloat32(out, at, this.innerStride, src, from, take);
      else storeAny(out, at, this.innerStride, src, from, take);
      from += take;
      this.advance(take);
    }
  }

  private advance(taken: number): void {
    this.column += taken;
    if (this.column < this.inner) return;
    this.column = 0;
    for (let d = this.index.length - 1; d >= 0; d--) {
      this.row += this.strides[d]!;
      if (++this.index[d]! < this.shape[d]!) return;
      this.row -= this.strides[d]! * this.shape[d]!;
      this.index[d] = 0;
    }
  }
}

/** Calls `visit` with the position of every element of a layout, in row-major order. */
export function forEachPosition(layout: Layout, visit: (position: number, n: number) => void): void {
  const { shape, strides, offset } = layout;
  const count = numel(shape);
  const index = new Array<number>(shape.length).fill(0);
  let position = offset;
  for (let n = 0; n < count; n++) {
    visit(position, n);
    for (let d = shape.length - 1; d >= 0; d--) {
      position += strides[d]!;
      if (++index[d]! < shape[d]!) break;
      position -= strides[d]! * shape[d]!;
      index[d] = 0;
    }
  }
}

/** The elements in row-major order: the tensor's own memory where it is contiguous, else a copy in scratch memory. */
export function dense({ data, layout, dtype }: CpuTensor): TypedArray {
  const n = numel(layout.shape);
  if (n === 0) return data.subarray(0, 0);
  if (isContiguous(layout))
    return layout.offset === 0 && data.length === n ? data : data.subarray(layout.offset, layout.offset + n);
  const out = scratch(dtype, n);
  new Cursor(layout).load(out, 0, data, n);
  return out;
}

/** Copies a tensor's elements to `out`, unless `out` is that memory already. */
export function copyInto(out: CpuOutput, from: CpuTensor): void {
  if (out.data === from.data) return;
  new Cursor(from.layout).load(out.data, 0, from.data, numel(out.shape));
}
