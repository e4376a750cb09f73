/** Arguments that may come positionally or by name, in one options object. */
import type { DType } from '../core/dtype.ts';
import { checkNumbers, checkOptions, describe, OptionError, wrongType } from '../core/errors.ts';
import type { Dim } from './impl/reduce.ts';

/** Whether reduced dims stay. */
export interface KeepdimOptions {
  /** Keep the reduced dims with size 1. */
  readonly keepdim?: boolean;
}
/** Which dims to reduce: one, several, or (null) all. */
export interface DimOptions extends KeepdimOptions {
  readonly dim?: number | readonly number[] | null;
}
/** Options of var and std. */
export interface VarianceOptions extends DimOptions {
  /** Subtracted from the number of elements: 1 (default) is the unbiased estimate. */
  readonly correction?: number | null;
  /** False is `correction: 0`. */
  readonly unbiased?: boolean;
}
/** Optional arguments of var and std: `(dim, unbiased, keepdim)`, `(unbiased)`, or by name. */
export type VarianceArgs =
  | OptionalArgs<[dim: DimOrFlag, unbiased: boolean, keepdim: boolean], VarianceOptions>
  | [dim: DimOrFlag | undefined, options: VarianceOptions]
  | [dim: DimOrFlag | undefined, unbiased: boolean, options: VarianceOptions];
type DimOrFlag = number | readonly number[] | boolean | null;
/** Options of sum, prod and mean. */
export interface ReductionOptions<E extends DType = DType> extends DimOptions {
  /** Convert the tensor to this dtype first. */
  readonly dtype?: E | null;
}
/** The first argument of reductions. */
export type DimArg = number | readonly number[] | null | DimOptions;
/** Which dim, and whether it stays. */
export interface OneDimOptions extends KeepdimOptions {
  readonly dim?: number | null;
}

/** Is it an options object, and not a value itself? */
export const isOptions = <O extends object>(v: O | number | boolean | readonly unknown[] | null | undefined): v is O =>
  typeof v === 'object' && v !== null && !Array.isArray(v);

/** dim and keepdim, positionally or as options. */
export function dimArgs(
  name: string,
  dim: DimArg | undefined,
  keepdim: boolean | KeepdimOptions | undefined,
  extra: readonly string[] = [],
  more?: object,
): { dim: Dim; keepdim: boolean; options: ReductionOptions } {
  if (keepdim !== undefined && typeof keepdim !== 'boolean' && !isOptions(keepdim)) {
    wrongType(
      name,
      'keepdim',
      'true or false',
      keepdim,
      typeof dim === 'number' && typeof keepdim === 'number'
        ? `several dims go into one list: ${name}([${dim}, ${keepdim}])`
        : '',
    );
  }
  const options: ReductionOptions = {
    ...(isOptions(dim) ? dim : undefined),
    ...(typeof keepdim === 'object' ? keepdim : undefined),
    ...more,
  };
  checkOptions(name, options, ['dim', 'keepdim', ...extra]);
  return {
    dim: isOptions(dim) ? dim.dim : ((dim ?? options.dim) as Dim),
    keepdim: typeof keepdim === 'boolean' ? keepdim : (options.keepdim ?? false),
    options,
  };
}
/** Those of var and std. */
export function varianceArgs(
  name: string,
  rest: VarianceArgs,
): { readonly dim: Dim; readonly keepdim: boolean; readonly correction: number } {
  const names = typeof rest[0] === 'boolean' ? (['unbiased', 'dim'] as const) : (['dim', 'unbiased'] as const);
  const options = optionalArgs<VarianceOptions>(name, [...names, 'keepdim', 'correction'], rest);
  const { dim, keepdim = false, unbiased = true, correction } = options;
  if (typeof keepdim !== 'boolean') wrongType(name, 'keepdim', 'true or false', keepdim);
  if (typeof unbiased !== 'boolean')
    wrongType(name, 'unbiased', 'true or false', unbiased, `several dims go into one list: ${name}([0, 1])`);
  if (options.unbiased !== undefined && correction !== undefined && correction !== null)
    throw new OptionError(
      `${name}() received an invalid combination of arguments: give unbiased or correction, not both`,
    );
  checkNumbers(name, { correction: correction ?? 1 });
  return { dim, keepdim, correction: correction ?? (unbiased ? 1 : 0) };
}
/** As {@link dimArgs}, for functions that work along one dim only. */
export function oneDim(
  name: string,
  dim: number | null | OneDimOptions | undefined,
  keepdim: boolean | KeepdimOptions | undefined,
): { dim: number | null; keepdim: boolean } {
  const a = dimArgs(name, dim, keepdim);
  if (typeof a.dim === 'object' && a.dim !== null)
    throw new OptionError(`${name}: dim must be a number, got ${describe(a.dim)}`);
  return { dim: a.dim ?? null, keepdim: a.keepdim };
}
/** A dim that may come positionally or as an option, 0 by default. */
export function dimOption(name: string, dim: number | { readonly dim?: number }): number {
  if (typeof dim !== 'object') return dim;
  checkOptions(name, dim, ['dim']);
  return dim.dim ?? 0;
}

/** Sizes or dims, one by one or in a list. */
export const shapeArgs = (sizes: readonly (number | readonly number[])[]): number[] => sizes.flat() as number[];

/** Optional arguments P one after the other, or O by name, or some of P and the rest by name. */
export type OptionalArgs<P extends readonly unknown[], O> =
  | { [K in keyof P]?: P[K] | undefined }
  | [options: O]
  | SomeThenOptions<P, O>;
type SomeThenOptions<P extends readonly unknown[], O, Some extends readonly unknown[] = []> = P extends readonly [
  infer A,
  ...infer Rest,
]
  ? [...Some, A | undefined, O] | SomeThenOptions<Rest, O, [...Some, A | undefined]>
  : never;

/** A plain `{ … }`, and no tensor, list or other instance. */
export const isPlain = (v: unknown): v is object =>
  typeof v === 'object' && v !== null && [Object.prototype, null].includes(Object.getPrototypeOf(v));

/**
 * The optional arguments of a call by name, however they were given: one after the other in the order of `names`, in one
 * trailing options object, or some of each. `open`: those that checkOptions() shall let be of any type.
 *
 * @throws OptionError for an unknown name, one given twice, or too many arguments.
 */
export function optionalArgs<O extends object>(
  op: string,
  names: readonly (keyof O & string)[],
  given: readonly unknown[],
  open?: readonly (keyof O & string)[],
): Partial<O> {
  const last = given.at(-1);
  const options = isPlain(last) ? last : undefined;
  const positional = options ? given.slice(0, -1) : given;
  checkOptions(op, options, names, open);
  if (positional.length > names.length) {
    throw new OptionError(
      `${op}() takes at most ${names.length} optional arguments (${names.join(', ')}), got ${positional.length}`,
    );
  }
  const result: Record<string, unknown> = { ...options };
  for (const [i, value] of positional.entries()) {
    if (value === undefined) continue;
    const name = names[i]!;
    if (result[name] !== undefined) throw new OptionError(`${op}() got multiple values for argument '${name}'`);
    result[name] = value;
  }
  return result as Partial<O>;
}
