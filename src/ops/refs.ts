import type { DType } from '../core/dtype.ts';
import type { Layout, Shape } from '../core/shape.ts';

/** Static attributes: they may enter shader text and the plan's key. Anything that varies from step to step is a scalar input instead. */
export type AttrValue = number | boolean | string | readonly number[];
export type Attrs = Readonly<Record<string, AttrValue>>;

/** Shape and dtype of an operand or result. */
export interface Meta {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A number given as an operand: it has no shape, broadcasts with anything, and travels as data on every run. */
export interface Scalar {
  readonly scalar: number;
  readonly dtype: DType;
}

/** An operand of a gradient rule: a recorded value with a view. */
export interface Ref extends Meta {
  readonly ref: true;
  /** How its elements lie in memory; absent where only shape and dtype are known. */
  readonly layout?: Layout;
}
export type Input = Ref | Scalar;

/** Records an op, on any device, and returns all of its results: what gradient rules and composite ops build with. */
export type Emit = (op: string, inputs: readonly Input[], attrs?: Attrs) => Ref[];

export function isScalar(input: Meta | Scalar): input is Scalar {
  return 'scalar' in input;
}
