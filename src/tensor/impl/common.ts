/** What the functions on Vars share: scopes, scalars, promotion, option checks. */
import { apply, type VarInput } from '../../autograd/apply.ts';
import { Var } from '../../autograd/var.ts';
import { category, type DType, isFloat, promoteTypes } from '../../core/dtype.ts';
import { DTypeError, OptionError } from '../../core/errors.ts';
import type { Recorder } from '../../graph/node.ts';
import { inScope } from '../../graph/scope.ts';
import type { OpName } from '../../ops/index.ts';
import type { Attrs, Scalar } from '../../ops/types.ts';

export type Operand = Var | number | boolean;

/** Runs a composite function as a scope: only what it returns is user-level. */
export function scoped<T extends Var | readonly Var[]>(fn: () => T): T {
  return inScope(fn, (result) => {
    const all: readonly Var[] = result instanceof Var ? [result] : result;
    for (const v of all) v.storage.value.kept = true;
  });
}

/** Names the tape node of a function composed of several ops as PyTorch does: see autograd/names.ts. */
export function named<T extends Var>(result: T, name: string): T {
  if (result.edge) result.edge.node.name = name;
  return result;
}

/** Applies a one-result op. */
export function op(name: OpName, inputs: readonly VarInput[], attrs: Attrs = {}, engine?: Recorder): Var {
  return apply(name, inputs, attrs, engine)[0]!;
}

export function scalar(value: number | boolean, dtype: DType): Scalar {
  const number = Number(value);
  if (dtype === 'bool') return { scalar: Number(number !== 0), dtype };
  if (dtype !== 'int32' && dtype !== 'uint32') return { scalar: number, dtype };
  const least = lowest(dtype);
  const most = highest(dtype);
  if (!(number >= least && number <= most)) {
    throw new DTypeError(
      `value cannot be converted to type ${dtype} without overflow\n  ${number} is not in [${least}, ${most}]; cast the tensor with .float() first, or make it with { dtype: 'float32' }`,
    );
  }
  return { scalar: Math.trunc(number), dtype };
}
/** The least number of a dtype. */
export const lowest = (d: DType): number =>
  d === 'int32' ? -(2 ** 31) : d === 'uint32' ? 0 : Number.NEGATIVE_INFINITY;
/** The greatest number of a dtype. */
export const highest = (d: DType): number =>
  d === 'int32' ? 2 ** 31 - 1 : d === 'uint32' ? 2 ** 32 - 1 : Number.POSITIVE_INFINITY;

/** The dtype a JavaScript number stands for among tensors: integers do not raise an integer tensor. */
function numberType(n: number | boolean): DType {
  return typeof n === 'boolean' ? 'bool' : Number.isInteger(n) ? 'int32' : 'float32';
}

/**
 * PyTorch's promotion: dimensioned tensors decide among themselves; 0-d tensors, then numbers, only raise the category
 * (bool < integer < float). Source: torch.result_type.
 */
export function resultType(...operands: readonly Operand[]): DType {
  const vars = operands.filter((o): o is Var => o instanceof Var);
  const join = (types: readonly DType[]): DType | null => (types.length > 0 ? types.reduce(promoteTypes) : null);
  const dimensioned = join(vars.filter((v) => v.shape.length > 0).map((v) => v.dtype));
  const zeroDim = join(vars.filter((v) => v.shape.length === 0).map((v) => v.dtype));
  const numbers = join(operands.filter((o): o is number | boolean => !(o instanceof Var)).map(numberType));
  return raise(raise(dimensioned, zeroDim), numbers) ?? 'float32';
}

function raise(strong: DType | null, weak: DType | null): DType | null {
  if (strong === null || weak === null) return strong ?? weak;
  return category(weak) > category(strong) ? weak : strong;
}

/** dtypes as PyTorch's messages call them. */
export const spoken: Readonly<Record<DType, string>> = {
  bool: 'Bool',
  int32: 'Int',
  uint32: 'UInt32',
  float16: 'Half',
  float32: 'Float',
  float64: 'Double',
};
/** Throws, in PyTorch's words, for a dtype that `op` does not take. */
export function notImplemented(op: string, kernel: string, dtype: DType): never {
  const target = dtype === 'bool' || isFloat(dtype) ? 'int' : 'float';
  throw new DTypeError(
    `"${kernel}" not implemented for '${spoken[dtype]}'\n  in ${op}; cast it with .${target}() first`,
  );
}

export function cast(x: Var, dtype: DType): Var {
  return x.dtype === dtype ? x : op('cast', [x], { dtype });
}

/** An operand as `dtype`: tensors are cast, numbers become scalars. */
export function as(operand: Operand, dtype: DType): VarInput {
  return operand instanceof Var ? cast(operand, dtype) : scalar(operand, dtype);
}

/** Integers and bools become the default float; floats stay. */
export function floating(x: Var): Var {
  return isFloat(x.dtype) ? x : cast(x, 'float32');
}

/** Whether the device takes tensors of this shape, be it stored or only read through. */
export function isAddressable({ engine, dtype }: Var, shape: readonly number[]): boolean {
  try {
    engine.backend.checkSize('', shape, dtype);
    return true;
  } catch {
    return false;
  }
}

/** A constant of any shape. */
export function full(shape: readonly number[], value: number | boolean, dtype: DType, engine: Recorder): Var {
  return op('fill', [scalar(value, dtype)], { shape: [...shape], dtype }, engine);
}

/** What a loss does with the losses of single elements. */
export type Reduction = 'mean' | 'sum' | 'none';

export function checkReduction(name: string, reduction: string): asserts reduction is Reduction {
  if (!['mean', 'sum', 'none'].includes(reduction)) {
    throw new OptionError(
      `${String(reduction)} is not a valid value for reduction\n  in ${name}: use 'mean', 'sum' or 'none'`,
    );
  }
}
