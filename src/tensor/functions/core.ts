/** Free functions: torch.* in camelCase, for those who prefer sum(x, 1) to x.sum(1). */

import { gradientEdge } from '../../autograd/apply.ts';
import { type BackwardOptions, runBackward } from '../../autograd/backward.ts';
import type { Var } from '../../autograd/var.ts';
import { checkOptions, describe, GradError, OptionError, wrongType } from '../../core/errors.ts';
import { dimOption, type KeepdimOptions, type OneDimOptions, optionalArgs } from '../arguments.ts';
import { zerosLike } from '../create.ts';
import type { Extremum } from '../extremum.ts';
import * as pointwise from '../impl/pointwise.ts';
import * as shapes from '../impl/shape.ts';
import { checkTensor, type DivArgs, type DivOptions, operand, Tensor, type TensorOrNumber, varOf } from '../tensor.ts';

/** The first argument of these becomes `this` of the method of the same name. */
/* @__NO_SIDE_EFFECTS__ */
function free<K extends keyof Tensor & string>(
  name: K,
): Tensor[K] extends (...args: infer A) => infer R ? (input: Tensor, ...args: A) => R : never {
  const call = (input: Tensor, ...args: unknown[]): unknown => {
    checkTensor(name, input);
    return (input[name] as (...a: unknown[]) => unknown).apply(input, args);
  };
  return call as never;
}

export const neg = free('neg');
export const abs = free('abs');
export const exp = free('exp');
export const expm1 = free('expm1');
export const log = free('log');
export const log1p = free('log1p');
export const sqrt = free('sqrt');
export const rsqrt = free('rsqrt');
export const reciprocal = free('reciprocal');
export const square = free('square');
export const sin = free('sin');
export const cos = free('cos');
export const tanh = free('tanh');
export const sigmoid = free('sigmoid');
export const relu = free('relu');
export const erf = free('erf');
export const floor = free('floor');
export const ceil = free('ceil');
export const round = free('round');
export const sign = free('sign');
export const clamp = free('clamp');
export const maximum = free('maximum');
export const minimum = free('minimum');
export const eq = free('eq');
export const ne = free('ne');
export const lt = free('lt');
export const le = free('le');
export const gt = free('gt');
export const ge = free('ge');
export const logicalAnd = free('logicalAnd');
export const logicalOr = free('logicalOr');
export const logicalXor = free('logicalXor');
export const logicalNot = free('logicalNot');
export const maskedFill = free('maskedFill');
export const sum = free('sum');
export const prod = free('prod');
export const mean = free('mean');
export const std = free('std');
export const amax = free('amax');
export const amin = free('amin');
export const argmax = free('argmax');
export const argmin = free('argmin');
export const any = free('any');
export const all = free('all');
export const matmul = free('matmul');
export const softmax = free('softmax');
export const logSoftmax = free('logSoftmax');
export const reshape = free('reshape');
export const permute = free('permute');
export const transpose = free('transpose');
export const flip = free('flip');
export const squeeze = free('squeeze');
export const unsqueeze = free('unsqueeze');
export const flatten = free('flatten');
export const split = free('split');
export const chunk = free('chunk');
export const gather = free('gather');
export const indexSelect = free('indexSelect');
export const clone = free('clone');

/**
 * a + alpha·b. The first operand of the arithmetic functions may be a number too.
 *
 * @example
 * await sub(1, tensor([1, 2])).tolist(); // [0, -1]
 */
export function add(a: TensorOrNumber, b: TensorOrNumber, options: { alpha?: number } = {}): Tensor {
  checkOptions('add', options, ['alpha']);
  return new Tensor(pointwise.add(operand('add', a, 'input'), operand('add', b), options.alpha));
}
/** a − alpha·b */
export function sub(a: TensorOrNumber, b: TensorOrNumber, options: { alpha?: number } = {}): Tensor {
  checkOptions('sub', options, ['alpha']);
  return new Tensor(pointwise.sub(operand('sub', a, 'input'), operand('sub', b), options.alpha));
}
/** a·b */
export function mul(a: TensorOrNumber, b: TensorOrNumber): Tensor {
  return new Tensor(pointwise.mul(operand('mul', a, 'input'), operand('mul', b)));
}
/** a/b, as it is or rounded: see {@link DivOptions}. */
export function div(a: TensorOrNumber, b: TensorOrNumber, ...rest: DivArgs): Tensor {
  const { roundingMode } = optionalArgs<DivOptions>('div', ['roundingMode'], rest);
  return new Tensor(pointwise.div(operand('div', a, 'input'), operand('div', b), roundingMode));
}
/** a^b */
export function pow(a: TensorOrNumber, b: TensorOrNumber): Tensor {
  return new Tensor(pointwise.pow(operand('pow', a, 'input'), operand('pow', b)));
}
/**
 * a where the condition is true, b elsewhere; either may be a number. With the condition alone, where it is true: an int32
 * vector of indices per dim, as `nonzero(condition, { asTuple: true })`. How many there are depends on the data: await it.
 *
 * @example
 * await where(tensor([true, false]), 1, tensor([2, 3])).tolist(); // [1, 3]
 */
export function where(condition: Tensor): Promise<Tensor<'int32'>[]>;
export function where(condition: Tensor, a: TensorOrNumber, b: TensorOrNumber): Tensor;
export function where(condition: Tensor, ...branches: TensorOrNumber[]): Tensor | Promise<Tensor<'int32'>[]> {
  if (branches.length === 0) {
    checkTensor('where', condition, 'condition');
    return condition.nonzero({ asTuple: true });
  }
  const [a, b] = branches as [TensorOrNumber, TensorOrNumber];
  return new Tensor(
    pointwise.where(varOf('where', condition, 'condition'), operand('where', a, 'input'), operand('where', b)),
  );
}
/** torch.max: of all elements, along a dim, or of two tensors. */
export function max(input: Tensor): Tensor;
export function max(input: Tensor, other: Tensor): Tensor;
export function max(input: Tensor, dim: number | OneDimOptions, keepdim?: boolean | KeepdimOptions): Extremum;
export function max(
  input: Tensor,
  arg?: Tensor | number | OneDimOptions,
  keepdim?: boolean | KeepdimOptions,
): Tensor | Extremum {
  checkTensor('max', input);
  if (arg instanceof Tensor) return input.maximum(arg);
  return arg === undefined ? input.max() : input.max(arg, keepdim);
}
/** torch.min: of all elements, along a dim, or of two tensors. */
export function min(input: Tensor): Tensor;
export function min(input: Tensor, other: Tensor): Tensor;
export function min(input: Tensor, dim: number | OneDimOptions, keepdim?: boolean | KeepdimOptions): Extremum;
export function min(
  input: Tensor,
  arg?: Tensor | number | OneDimOptions,
  keepdim?: boolean | KeepdimOptions,
): Tensor | Extremum {
  checkTensor('min', input);
  if (arg instanceof Tensor) return input.minimum(arg);
  return arg === undefined ? input.min() : input.min(arg, keepdim);
}
/** torch.var (`var` is a reserved word as a free name: exported as `variance`). */
export function variance(input: Tensor, ...args: Parameters<Tensor['var']>): Tensor {
  checkTensor('variance', input);
  return input.var(...args);
}

function varsOf(op: string, tensors: readonly Tensor[], argument = 'tensors'): Var[] {
  if (!Array.isArray(tensors)) wrongType(op, argument, 'a list of Tensors', tensors);
  return tensors.map((t) => varOf(op, t, argument));
}

/**
 * Joins tensors along an existing dim.
 *
 * @throws ShapeError when their other dims differ.
 * @example
 * await cat([tensor([1]), tensor([2, 3])]).tolist(); // [1, 2, 3]
 */
export function cat(tensors: readonly Tensor[], dim: number | { readonly dim?: number } = 0): Tensor {
  return new Tensor(shapes.cat(varsOf('cat', tensors), dimOption('cat', dim)));
}
/**
 * Joins tensors of one shape along a new dim.
 *
 * @example
 * await stack([tensor([1, 2]), tensor([3, 4])], 1).tolist(); // [[1, 3], [2, 4]]
 */
export function stack(tensors: readonly Tensor[], dim: number | { readonly dim?: number } = 0): Tensor {
  return new Tensor(shapes.stack(varsOf('stack', tensors), dimOption('stack', dim)));
}

function rootsOf(
  outputs: readonly Tensor[],
  gradOutputs: readonly (Tensor | null)[] | undefined,
): { v: Var; grad: Var | null }[] {
  const given = gradOutputs ?? outputs.map(() => null);
  if (!Array.isArray(given) || given.length !== outputs.length) {
    throw new OptionError(
      `grad: gradOutputs must be a list with one entry per output, got ${describe(gradOutputs)} for ${outputs.length} outputs`,
    );
  }
  return varsOf('grad', outputs, 'outputs').map((v, i) => ({
    v,
    grad: given[i] ? varOf('grad', given[i], 'gradOutputs') : null,
  }));
}

/** Options of {@link grad}. */
export interface GradOptions extends BackwardOptions {
  /** Return null for inputs that the outputs do not depend on, instead of throwing. */
  readonly allowUnused?: boolean;
  /** Return zeros for them. */
  readonly materializeGrads?: boolean;
}
/**
 * Gradients of the sum of `outputs` with respect to `inputs`, returned and not accumulated (torch.autograd.grad).
 *
 * @example
 * const x = tensor(3, { dtype: 'float32', requiresGrad: true });
 * const [dx] = grad(x.square(), [x]);
 * await dx!.item(); // 6
 */
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions & { gradOutputs?: readonly (Tensor | null)[] } = {},
): (Tensor | null)[] {
  checkOptions('grad', options, ['createGraph', 'retainGraph', 'allowUnused', 'materializeGrads', 'gradOutputs']);
  const outs = outputs instanceof Tensor ? [outputs] : outputs;
  const ins = inputs instanceof Tensor ? [inputs] : inputs;
  const edges = varsOf('grad', ins, 'inputs').map(gradientEdge);
  if (edges.includes(null))
    throw new GradError(
      'One of the differentiated Tensors does not require grad\n  in grad(): make it with { requiresGrad: true }',
    );
  const { gradOutputs, materializeGrads = false, allowUnused = materializeGrads, ...rest } = options;
  const mapped = (t: Tensor): boolean => t.impl.whole !== t.impl;
  if (outs.some(mapped) && !ins.every(mapped)) {
    throw new GradError(
      'vmap: the gradient of one sample by a tensor that all samples share would be the sum over all of them\n  map over w.expand([batch, ...w.shape]) to have one for each sample',
    );
  }
  const results = runBackward(rootsOf(outs, gradOutputs), rest, edges);
  return results.map((g, n) => {
    if (!g && materializeGrads) return zerosLike(ins[n]!);
    if (!g && !allowUnused) {
      throw new GradError(
        `The differentiated Tensor at index ${n} appears to not have been used in the graph. Set { allowUnused: true } if this is the desired behavior.`,
      );
    }
    if (g) g.storage.value.kept = true;
    return g && new Tensor(ins[n]!.impl.partOf(g));
  });
}
