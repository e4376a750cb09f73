/** Base of the optimizers: parameter groups, and state as data. */

import type { DType } from '../core/dtype.ts';
import { describe, OptionError } from '../core/errors.ts';
import type { Recorder } from '../graph/node.ts';
import { optionalArgs } from '../tensor/arguments.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { OptimizerMethods } from './optimizer-methods.ts';

/** Parameters with settings of their own. */
export type ParamGroup<O> = O & {
  params: Tensor[];
  /** The rate before any scheduler; schedulers write it, and resumed ones read it. */
  initialLr?: number;
  /** Names of the parameters, where they came with them. */
  paramNames?: string[];
  /** A name of your own. */
  name?: string;
};
type Named = Iterable<readonly [name: string, param: Tensor]>;
/** Parameters, and settings that differ from those of the optimizer. */
export type Group<O> = Partial<O> & {
  readonly params: Iterable<Tensor> | Tensor | Named;
  readonly initialLr?: number;
  readonly name?: string;
};
/** What optimizers take: parameters, with names or without, or groups of them with settings of their own. */
export type Params<O> = Iterable<Tensor> | Named | Iterable<Group<O>>;

/** PyTorch's choices among its own kernels: taken, and without a meaning here, where every update is fused. */
const hints = ['foreach', 'fused', 'capturable', 'differentiable'];

/**
 * What all optimizers share. Parameters move into one allocation when the optimizer is made, and so do gradients and state, so that
 * an update is one dispatch, whatever the number of parameters. PyTorch's `foreach`, `fused` and `capturable` are taken and
 * change nothing.
 *
 * @example
 * const optimizer = new optim.SGD([
 *   { params: [ones([2], { requiresGrad: true })], lr: 0.1 },
 *   { params: [ones([3], { requiresGrad: true })] },
 * ], { lr: 0.01 });
 * optimizer.paramGroups[0]!.lr = 0.05;
 * optimizer.paramGroups[1]!.lr; // 0.01
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: init() installs the methods before there is a tensor to optimize.
export abstract class Optimizer<O extends object = object> {
  /** The groups, whose settings may be changed between steps: `optimizer.paramGroups[0].lr = 1e-4`. */
  readonly paramGroups: ParamGroup<O>[] = [];
  /** Settings of groups that have none of their own. */
  readonly defaults: O;
  /** The name in errors. */
  readonly title: string;
  /** Names of settings. */
  readonly known: readonly string[];

  /** `given`: the rate or the settings, as the caller gave them; `defaults` in the order of PyTorch's arguments. */
  constructor(title: string, params: Params<O>, given: readonly unknown[], defaults: O) {
    this.title = title;
    this.known = [...Object.keys(defaults), ...hints];
    this.defaults = { ...defaults, ...optionalArgs(title, this.known as (keyof O & string)[], given) };
    if (
      params instanceof Tensor ||
      typeof (params as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] !== 'function'
    ) {
      throw new OptionError(
        `params argument given to the optimizer should be an iterable of Tensors or dicts, but got ${describe(params)}\n  give model.parameters(), or [tensor]`,
      );
    }
    const list = [...(params as Iterable<Tensor | Group<O>>)];
    if (list.length === 0) throw new OptionError('optimizer got an empty parameter list');
    if (list.every(isGroup<O>)) for (const group of list) this.addParamGroup(group);
    else this.addParamGroup({ params: list as Tensor[] } as Partial<O> & { params: Tensor[] });
  }

  /** Checks a group's settings; throws OptionError. */
  abstract validate(group: O): void;
  /** One update of all parameters that have a gradient. */
  abstract step(closure?: () => Tensor): Tensor | undefined | Promise<Tensor>;
}
export interface Optimizer<O extends object> extends OptimizerMethods<O> {}

/** Is it a group, and no parameter? */
export function isGroup<O>(p: unknown): p is Group<O> {
  return typeof p === 'object' && p !== null && 'params' in p;
}

/** Lists of tensors on one device and of one dtype. */
export function byMemory(params: readonly Tensor[]): Tensor[][] {
  const parts = new Map<Recorder, Map<DType, Tensor[]>>();
  for (const p of params) {
    const types = parts.get(p.impl.engine) ?? new Map<DType, Tensor[]>();
    parts.set(p.impl.engine, types);
    const list = types.get(p.dtype);
    if (list) list.push(p);
    else types.set(p.dtype, [p]);
  }
  return [...parts.values()].flatMap((types) => [...types.values()]);
}
