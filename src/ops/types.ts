import type { DType } from '../core/dtype.ts';
import type { Layout } from '../core/shape.ts';
import type { Kit } from './kit.ts';
import type { Attrs, Input, Meta, Ref, Scalar } from './refs.ts';

export type { Attrs, AttrValue, Emit, Input, Meta, Ref, Scalar } from './refs.ts';
export { isScalar } from './refs.ts';
export type { Kit };

export interface GradContext {
  readonly k: Kit;
  /** The op's operands. Reading one that the row does not save gives only its shape and dtype; using it throws. */
  readonly inputs: readonly Input[];
  readonly outputs: readonly Ref[];
  /** One per result; null where no gradient arrived. */
  readonly grads: readonly (Ref | null)[];
  readonly attrs: Attrs;
  /** Which inputs want a gradient. */
  readonly needs: readonly boolean[];
}

/** One gradient per input, null for those that need none. For pointwise rows broadcasting is undone by the caller. */
export type Vjp = (ctx: GradContext) => readonly (Ref | null)[];

/** For bilinear ops: each operand is kept for the gradient of the other. */
export const eachForTheOther = ([a, b]: readonly boolean[]): readonly number[] => [
  ...(b ? [0] : []),
  ...(a ? [1] : []),
];

/** Which operands and results a gradient rule reads. Everything else is free to be forgotten after the forward pass. */
export interface Saves {
  /** A function where it depends on which operands want a gradient: a product keeps `a` only for the gradient of `b`. */
  readonly inputs?: readonly number[] | ((needs: readonly boolean[]) => readonly number[]);
  readonly outputs?: readonly number[];
}

interface RowBase {
  /**
   * The gradient rule. `'none'`: not differentiable, and reaching it with a tensor that requires grad throws.
   * `'reference'`: differentiate the reference composition instead (fused backward kernels).
   */
  readonly vjp: Vjp | 'none' | 'reference';
  readonly saves?: Saves;
  /** The same results composed from simpler ops: test oracle, fallback, and the path for double backward. */
  readonly reference?: (k: Kit, inputs: readonly Input[], attrs: Attrs) => readonly Ref[];
  /** True for results that carry no gradient although their dtype is floating (saved statistics). */
  readonly nonDifferentiable?: readonly number[];
}

/** Evaluated element by element; the graph fuses these freely. */
export interface PointwiseRow extends RowBase {
  readonly kind: 'pointwise';
  /** Number of operands; a `'source'` op also receives the element's linear index. */
  readonly arity: number;
  readonly source?: true;
  /** dtype of the result; throws a DTypeError for operands it does not take. */
  readonly dtype: (inputs: readonly DType[], attrs: Attrs) => DType;
}

/** A dedicated kernel. */
export interface KernelRow extends RowBase {
  /** reduction and contraction kernels have holes for pointwise prologues and epilogues; opaque ones do not. */
  readonly kind: 'reduction' | 'contraction' | 'opaque';
  readonly infer: (inputs: readonly (Meta | Scalar)[], attrs: Attrs) => Meta[];
  /** result index -> operand index that it overwrites. */
  readonly inPlace?: (attrs: Attrs) => readonly (readonly [output: number, input: number])[];
  /** 'strided' kernels read any layout; for the others the recorder inserts a contiguous copy. Default 'strided'. */
  readonly layout?: 'strided' | 'contiguous';
}

/** Another reading of the same memory. `layout` returns null when that is impossible and a copy is needed first. */
export interface ViewRow extends RowBase {
  readonly kind: 'view';
  readonly layout: (input: Layout, attrs: Attrs) => Layout | null;
}

/** Composed from other ops in the forward pass, with a gradient rule of its own. */
export interface CompositeRow extends RowBase {
  readonly kind: 'composite';
  readonly forward: (k: Kit, inputs: readonly Input[], attrs: Attrs) => readonly Ref[];
}

export type OpRow = PointwiseRow | KernelRow | ViewRow | CompositeRow;
