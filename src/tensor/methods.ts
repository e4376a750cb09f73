/**
 * Methods that are free functions with the tensor as first argument: `x.cumsum(0)` is `cumsum(x, 0)`. Each family in
 * ./functions lists which of its functions are methods in PyTorch; init() installs them on Tensor (see surface.ts), so that a
 * page loads the code with the device and not before.
 */
import type { DType, Floating } from '../core/dtype.ts';
import { angleMethods } from './functions/angles.ts';
import type { Tensor } from './tensor.ts';

type Rest<F> = F extends (input: Tensor, ...rest: infer A) => unknown ? A : never;
type Result<F> = F extends (...args: never[]) => infer R ? R : never;

/** The functions of M as methods. */
export type Methods<M> = { [K in keyof M]: (...args: Rest<M[K]>) => Result<M[K]> };
/** The functions of M as methods that return R. */
export type Returning<M, R> = { [K in keyof M]: (...args: Rest<M[K]>) => R };

/** name -> function of a tensor. */
type MethodTable = Readonly<Record<string, (input: Tensor, ...args: never[]) => unknown>>;

/** Everything installed on Tensor, family by family. */
export const methodTables: readonly MethodTable[] = [angleMethods];

/** The installed methods, for the type of Tensor<D>. */
export interface ExtendedMethods<D extends DType> extends Returning<typeof angleMethods, Tensor<Floating<D>>> {}
