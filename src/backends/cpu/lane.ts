import type { DType, TypedArray } from '../../core/dtype.ts';

/** Where a loop reads or writes one value of a program: element i of the chunk is `data[at + i]`. */
export interface Lane {
  data: TypedArray;
  /** The same memory as 32-bit words; empty for dtypes that are not four bytes wide. */
  bits: Int32Array;
  at: number;
}

/**
 * Evaluates one pointwise op over a chunk of `n` elements. `start` is the chunk's position in the domain, for ops that make
 * values from the element's index; `rest` holds operands after the third.
 */
export type Loop = (n: number, out: Lane, a: Lane, b: Lane, c: Lane, start: number, rest: readonly Lane[]) => void;

/** Chooses the loop for a result dtype and the operands' dtypes. */
export type PointwiseKernel = (dtype: DType, inputs: readonly DType[]) => Loop;

const wide = (d: DType): boolean => d !== 'float32' && d !== 'bool';

/**
 * `float32` runs when float32 (and perhaps bool) is all there is; `other` otherwise, `integer` when the first operand is
 * one. The float32 loops of common ops are written out, one by one: V8 specialises a loop per place in the source, so a
 * shared one would be slow for all of them.
 */
export function byDType(float32: Loop, other: Loop, integer = other): PointwiseKernel {
  return (dtype, inputs) => {
    if (!wide(dtype) && !inputs.some(wide) && inputs.includes('float32')) return float32;
    return inputs[0] === 'int32' || inputs[0] === 'uint32' ? integer : other;
  };
}

/** One loop for every dtype, from a function of one element. */
export function map1(f: (x: number) => number): Loop {
  return (n, { data: o, at: p }, { data: x, at: q }) => {
    for (let i = 0; i < n; i++) o[p + i] = f(x[q + i]!);
  };
}
export function map2(f: (x: number, y: number) => number): Loop {
  return (n, { data: o, at: p }, { data: x, at: q }, { data: y, at: r }) => {
    for (let i = 0; i < n; i++) o[p + i] = f(x[q + i]!, y[r + i]!);
  };
}
export function map3(f: (x: number, y: number, z: number) => number): Loop {
  return (n, { data: o, at: p }, { data: x, at: q }, { data: y, at: r }, { data: z, at: s }) => {
    for (let i = 0; i < n; i++) o[p + i] = f(x[q + i]!, y[r + i]!, z[s + i]!);
  };
}
export function map4(f: (x: number, y: number, z: number, w: number) => number): Loop {
  return (n, { data: o, at: p }, { data: x, at: q }, { data: y, at: r }, { data: z, at: s }, _start, rest) => {
    const { data: w, at: t } = rest[0]!;
    for (let i = 0; i < n; i++) o[p + i] = f(x[q + i]!, y[r + i]!, z[s + i]!, w[t + i]!);
  };
}

/** An op without a loop of its own for float32. */
export function everyDType(loop: Loop, integer = loop): PointwiseKernel {
  return byDType(loop, loop, integer);
}
