/** What the translations of ops are given. */
import type { VarInput } from '../../autograd/apply.ts';
import type { Var } from '../../autograd/var.ts';
import type { DType } from '../../core/dtype.ts';
import type { Layout } from '../../core/shape.ts';
import type { Attrs } from '../../ops/types.ts';
import type { OnnxAttribute } from './proto.ts';

/** A graph under way, as far as translations add to it. */
export interface NodeBuilder {
  /** Adds a node of one result, and returns its name. */
  node(op: string, inputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>): string;
  /** A constant of 64-bit integers: shapes and dims. */
  integers(values: readonly number[], shape?: readonly number[]): string;
  /** A constant that is one number, or that many in a list. */
  number(value: number, type: DType, length?: number): string;
  /** The elements at these places of the flattened `from`. */
  pick(from: string, layout: Layout): string;
  /** The name of an operand: that of a tensor, or a constant. */
  operand(input: VarInput): string;
}

/** An op that was applied. */
export interface Applied {
  readonly graph: NodeBuilder;
  readonly inputs: readonly VarInput[];
  /** Names of the inputs; null for numbers. */
  readonly operands: readonly (string | null)[];
  readonly attrs: Attrs;
  readonly results: readonly Var[];
}
/** Adds nodes for an op, and gives the names of its results; undefined where there is no way. */
export type Translation = (applied: Applied) => readonly string[] | undefined;
