/** What pointwise rows are made with: dtype rules, and rows by kind. */
import { type DType, isFloat } from '../core/dtype.ts';
import { DTypeError } from '../core/errors.ts';
import type { Kit } from './kit.ts';
import type { Input, PointwiseRow, Ref, Saves, Vjp } from './types.ts';

export const floatOnly =
  (op: string) =>
  ([a]: readonly DType[]): DType => {
    if (!isFloat(a!))
      throw new DTypeError(`${op}: expected a floating-point tensor, got ${a}; cast it with .to('float32')`);
    return a!;
  };
export const numeric =
  (op: string) =>
  ([a]: readonly DType[]): DType => {
    if (a === 'bool') throw new DTypeError(`${op}: not implemented for 'Bool'; cast it with .to('int32')`);
    return a!;
  };
export const boolean =
  (op: string) =>
  (dtypes: readonly DType[]): DType => {
    for (const d of dtypes) if (d !== 'bool') throw new DTypeError(`${op}: expected bool operands, got ${d}`);
    return 'bool';
  };
export const same =
  (op: string) =>
  (dtypes: readonly DType[]): DType => {
    if (dtypes.some((d) => d !== dtypes[0])) {
      throw new DTypeError(`${op}: expected operands of one dtype, got ${dtypes.join(' and ')}`);
    }
    return numeric(op)(dtypes);
  };

/** Gradient of a unary op as arithmetic: from the saved tensor (operand or result), the incoming gradient and the op's parameters. */
export type Derivative = (k: Kit, saved: Ref, dy: Ref, ...params: Input[]) => Ref;

interface UnarySpec {
  readonly saves: 'input' | 'output';
  readonly derivative: Derivative;
  /** Extra scalar operands after x. */
  readonly params?: number;
  readonly accepts?: (op: string) => (dtypes: readonly DType[]) => DType;
}

/**
 * A unary op and its backward kernel `<name>Backward(saved, dy, ...params)`; both live in `shaders/pointwise/<name>.wgsl`.
 * The derivative as arithmetic is the kernel's oracle and what double backward differentiates.
 */
export function unary<N extends string>(name: N, spec: UnarySpec): Record<N | `${N}Backward`, PointwiseRow> {
  const params = spec.params ?? 0;
  const forward: PointwiseRow = {
    kind: 'pointwise',
    arity: 1 + params,
    dtype: (spec.accepts ?? floatOnly)(name),
    saves: spec.saves === 'input' ? { inputs: [0] } : { outputs: [0] },
    vjp: ({ k, inputs, outputs, grads }) => {
      const saved = (spec.saves === 'input' ? inputs[0] : outputs[0]) as Ref;
      return [k.op(`${name}Backward`, [saved, grads[0]!, ...inputs.slice(1)]), ...inputs.slice(1).map(() => null)];
    },
  };
  const backward: PointwiseRow = {
    kind: 'pointwise',
    arity: 2 + params,
    dtype: (spec.accepts ?? floatOnly)(`${name}Backward`),
    vjp: 'reference',
    reference: (k, [saved, dy, ...rest]) => [spec.derivative(k, saved as Ref, dy as Ref, ...rest)],
  };
  return { [name]: forward, [`${name}Backward`]: backward } as Record<N | `${N}Backward`, PointwiseRow>;
}

/** A unary op whose gradient is zero wherever it exists. */
export function stepwise(name: string, accepts: (op: string) => (d: readonly DType[]) => DType): PointwiseRow {
  return { kind: 'pointwise', arity: 1, dtype: accepts(name), vjp: ({ k, inputs }) => [k.zerosLike(inputs[0] as Ref)] };
}

export function binary(name: string, saves: Saves['inputs'] & object, vjp: Vjp): PointwiseRow {
  return { kind: 'pointwise', arity: 2, dtype: same(name), saves: { inputs: saves }, vjp };
}
export const compare = (name: string): PointwiseRow => ({
  kind: 'pointwise',
  arity: 2,
  dtype: (d) => {
    if (d[0] !== d[1]) throw new DTypeError(`${name}: expected operands of one dtype, got ${d.join(' and ')}`);
    return 'bool';
  },
  vjp: 'none',
});
export const logical = (name: string): PointwiseRow => ({
  kind: 'pointwise',
  arity: 2,
  dtype: boolean(name),
  vjp: 'none',
});
