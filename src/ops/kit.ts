import type { DType } from '../core/dtype.ts';
import { contiguousStrides, isContiguous, mayOverlap, type Shape, sameShape } from '../core/shape.ts';
import type { Attrs, Emit, Input, Meta, Ref } from './refs.ts';

type Operand = Ref | number;

/** Tensor arithmetic over an `Emit`, for gradient rules, references and composite ops. Numbers take the other operand's dtype. */
export class Kit {
  private readonly emit: Emit;
  /** What is built now will itself be differentiated (createGraph): rules must not treat saved statistics as constants. */
  readonly differentiable: boolean;

  constructor(emit: Emit, differentiable = false) {
    this.emit = emit;
    this.differentiable = differentiable;
  }

  op(name: string, inputs: readonly Input[], attrs: Attrs = {}): Ref {
    return this.emit(name, inputs, attrs)[0]!;
  }
  all(name: string, inputs: readonly Input[], attrs: Attrs = {}): Ref[] {
    return this.emit(name, inputs, attrs);
  }
  private binary(name: string, a: Operand | Input, b: Operand | Input): Ref {
    const dtype = typeof a !== 'number' ? a.dtype : (b as Input).dtype;
    return this.op(name, [lift(a, dtype), lift(b, typeof b === 'number' ? dtype : b.dtype)]);
  }

  add(a: Operand | Input, b: Operand | Input): Ref {
    return this.binary('add', a, b);
  }
  sub(a: Operand | Input, b: Operand | Input): Ref {
    return this.binary('sub', a, b);
  }
  mul(a: Operand | Input, b: Operand | Input): Ref {
    return this.binary('mul', a, b);
  }
  div(a: Operand | Input, b: Operand | Input): Ref {
    return this.binary('div', a, b);
  }
  compare(name: 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge', a: Operand | Input, b: Operand | Input): Ref {
    return this.binary(name, a, b);
  }
  unary(name: string, a: Input): Ref {
    return this.op(name, [a]);
  }
  /** `a` where the condition holds, else `b`. */
  where(condition: Ref, a: Operand | Input, b: Operand | Input): Ref {
    const dtype = typeof a !== 'number' ? a.dtype : typeof b !== 'number' ? b.dtype : 'float32';
    return this.op('where', [condition, lift(a, dtype), lift(b, dtype)]);
  }
  cast(a: Ref, dtype: DType): Ref {
    return a.dtype === dtype ? a : this.op('cast', [a], { dtype });
  }
  /** A tensor of one value. */
  full(shape: Shape, value: number, dtype: DType): Ref {
    return this.op('fill', [{ scalar: value, dtype }], { shape, dtype });
  }
  zerosLike(a: Meta): Ref {
    return this.full(a.shape, 0, a.dtype);
  }
  /** start, start + step, … along a new 1-d tensor. */
  arange(length: number, dtype: DType): Ref {
    return this.op(
      'arange',
      [
        { scalar: 0, dtype },
        { scalar: 1, dtype },
      ],
      { shape: [length], dtype },
    );
  }

  /** Reduces over `dims`, keeping them with size 1. */
  reduce(name: 'sum' | 'prod' | 'amax' | 'amin' | 'any' | 'all', a: Ref, dims: readonly number[]): Ref {
    return this.op(name, [a], { dims });
  }
  sum(a: Ref, dims: readonly number[]): Ref {
    return dims.length === 0 ? a : this.reduce('sum', a, dims);
  }
  /** Mean over `dims`, kept with size 1. */
  mean(a: Ref, dims: readonly number[]): Ref {
    const n = dims.reduce((p, d) => p * a.shape[d]!, 1);
    return this.mul(this.sum(a, dims), 1 / n);
  }
  /** Undoes broadcasting: sums `a` down to `shape`. */
  sumTo(a: Ref, shape: Shape): Ref {
    if (sameShape(a.shape, shape)) return a;
    const lead = a.shape.length - shape.length;
    const dims: number[] = [];
    a.shape.forEach((d, i) => {
      if (i < lead || (shape[i - lead] === 1 && d !== 1)) dims.push(i);
    });
    return this.reshape(this.sum(a, dims), shape);
  }
  matmul(a: Ref, b: Ref): Ref {
    return this.op('matmul', [a, b]);
  }

  reshape(a: Ref, shape: Shape): Ref {
    return sameShape(a.shape, shape) ? a : this.op('reshape', [a], { shape });
  }
  expand(a: Ref, shape: Shape): Ref {
    return sameShape(a.shape, shape) ? a : this.op('expand', [a], { shape });
  }
  permute(a: Ref, dims: readonly number[]): Ref {
    return this.op('permute', [a], { dims });
  }
  /** Swaps the last two dims. */
  mT(a: Ref): Ref {
    const r = a.shape.length;
    return this.permute(a, [...Array(r - 2).keys(), r - 1, r - 2]);
  }
  slice(a: Ref, starts: readonly number[], sizes: readonly number[], steps: readonly number[]): Ref {
    return this.op('slice', [a], { starts, sizes, steps });
  }
  /** Writes `src` into `base` at the elements that a layout over the contiguous `base` selects. */
  scatterView(base: Ref, src: Ref, { strides, offset }: { strides: readonly number[]; offset: number }): Ref {
    return this.op('scatterView', [base, src, { scalar: offset, dtype: 'uint32' }], { strides });
  }
  /** Zeros of `shape` with `src` written at `layout`. */
  scatterIntoZeros(shape: Shape, src: Ref, layout: { strides: readonly number[]; offset: number }): Ref {
    return this.scatterView(this.full(shape, 0, src.dtype), src, layout);
  }
  /** As {@link scatterIntoZeros} for a layout that may select an element several times: what goes to one place is added up. */
  addIntoZeros(shape: Shape, src: Ref, { strides, offset }: { strides: readonly number[]; offset: number }): Ref {
    const repeated = src.shape.flatMap((d, i) => (d > 1 && strides[i] === 0 ? [i] : []));
    const once = this.sum(src, repeated);
    if (!mayOverlap({ shape: once.shape, strides })) return this.scatterIntoZeros(shape, once, { strides, offset });
    return this.op('scatterViewAdd', [once], { shape, strides, offset });
  }
  /** The elements that a layout over the contiguous `a` selects. */
  asStrided(a: Ref, shape: Shape, strides: readonly number[], offset = 0): Ref {
    const whole = a.layout && isContiguous(a.layout) ? a : this.op('copy', [a]);
    return this.op('asStrided', [whole], { shape, strides, offset });
  }
  contiguousStrides(shape: Shape): number[] {
    return contiguousStrides(shape);
  }
}

function lift(a: Operand | Input, dtype: DType): Input {
  return typeof a === 'number' ? { scalar: a, dtype } : a;
}
