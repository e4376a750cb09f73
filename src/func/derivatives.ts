/** Derivatives of functions (torch.autograd.functional). Everything stays on the device; nothing is read. */
import { checkFunction, checkOptions, GradError, ShapeError, wrongType } from '../core/errors.ts';
import { formatShape, sameShape } from '../core/shape.ts';
import { onesLike, zeros, zerosLike } from '../tensor/create.ts';
import { grad, stack } from '../tensor/functions/core.ts';
import { scope } from '../tensor/scope.ts';
import { checkTensor, enableGrad, Tensor } from '../tensor/tensor.ts';

/** Settings of functions that differentiate a function. */
export interface DerivativeOptions {
  /** Record the result, so that it can be differentiated again. Default false. */
  readonly createGraph?: boolean;
  /** Throw where an output does not depend on an input, instead of giving zeros. Default false. */
  readonly strict?: boolean;
}

/** One tensor, or a list of them: results have the form of what was given. */
export type OneOrMore = Tensor | readonly Tensor[];
/** As many tensors as were given, in the same form. */
export type SameForm<I extends OneOrMore> = I extends Tensor ? Tensor : Tensor[];
/** A function of one tensor, or of as many as there are inputs. */
export type FunctionOf<I extends OneOrMore, R> = I extends Tensor ? (input: Tensor) => R : (...inputs: Tensor[]) => R;

interface Evaluation {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly single: boolean;
}

const list = (name: string, argument: string, given: OneOrMore): readonly Tensor[] => {
  const all = given instanceof Tensor ? [given] : given;
  if (!Array.isArray(all)) wrongType(name, argument, 'a Tensor or a list of Tensors', given);
  for (const t of all) checkTensor(name, t, argument);
  return all;
};

/** Calls the function on inputs of its own: the given ones under createGraph, so that gradients flow on; else leaves. */
export function evaluate(
  name: string,
  fn: (...inputs: Tensor[]) => OneOrMore,
  given: OneOrMore,
  onwards: boolean,
): Evaluation {
  checkFunction(name, fn);
  const inputs = list(name, 'inputs', given).map((t) => {
    const own = onwards && t.requiresGrad ? t.view(t.shape) : t.detach();
    return own.requiresGrad ? own : own.requiresGrad_();
  });
  const result = fn(...inputs);
  const single = result instanceof Tensor;
  return { inputs, outputs: list(name, 'outputs of fn', result), single };
}

/** Gradients that were not reached are zeros; under `strict` that is an error. */
function filled(name: string, grads: readonly (Tensor | null)[], inputs: readonly Tensor[], strict: boolean): Tensor[] {
  return grads.map((g, i) => {
    if (g) return g;
    if (strict)
      throw new GradError(
        `Output of the user-provided function is independent of input ${i}. This is not allowed in strict mode.\n  in ${name}()`,
      );
    return zerosLike(inputs[i]!);
  });
}

const names = ['createGraph', 'strict'] as const;
const sameForm = <I extends OneOrMore>(given: I, results: Tensor[]): SameForm<I> =>
  (given instanceof Tensor ? results[0]! : results) as SameForm<I>;
const settle = (results: Tensor[], createGraph: boolean): Tensor[] =>
  createGraph ? results : results.map((t) => t.detach());

/** A vector beside each tensor, of the same shape; one element may go without. */
function vectors(name: string, given: OneOrMore | null | undefined, beside: readonly Tensor[]): readonly Tensor[] {
  if (given === null || given === undefined) {
    const [only] = beside;
    if (beside.length !== 1 || only!.numel() !== 1)
      throw new ShapeError(
        `The vector v can only be None if the user-provided function returns a single Tensor with a single element.\n  in ${name}()`,
      );
    return [onesLike(only!)];
  }
  const all = list(name, 'v', given);
  if (all.length !== beside.length)
    throw new ShapeError(
      `v is a tuple of invalid length: should be ${beside.length} but got ${all.length}.\n  in ${name}()`,
    );
  all.forEach((v, i) => {
    if (!sameShape(v.shape, beside[i]!.shape))
      throw new ShapeError(
        `v has invalid size: should be ${formatShape(beside[i]!.shape)} but got ${formatShape(v.shape)}.\n  in ${name}()`,
      );
  });
  return all;
}

/** Rows of the Jacobian of one output: one backward pass for each of its elements. */
export function rowsOf(out: Tensor, inputs: readonly Tensor[], createGraph: boolean, strict: boolean): Tensor[] {
  const n = out.numel();
  const flat = out.reshape([n]);
  const rows = Array.from({ length: n }, (_, i) =>
    filled(
      'jacobian',
      out.requiresGrad
        ? grad(flat.at(i), inputs, { retainGraph: true, createGraph, allowUnused: true })
        : inputs.map(() => null),
      inputs,
      strict,
    ),
  );
  return inputs.map((input, k) => {
    const shape = [...out.shape, ...input.shape];
    return n === 0
      ? zeros(shape, { dtype: input.dtype, device: input.device })
      : stack(rows.map((r) => r[k]!)).reshape(shape);
  });
}

/**
 * The Jacobian of `fn`: for an output (*out) and an input (*in), d output / d input of shape (*out, *in). For several inputs a
 * list, for several outputs a list of those. One backward pass per element of the output. Source: torch.autograd.functional.jacobian.
 *
 * @throws GradError under `strict` when an output does not depend on an input.
 * @example
 * await jacobian((x: Tensor) => x.square(), tensor([1, 2], { dtype: 'float32' })).tolist(); // [[2, 0], [0, 4]]
 */
export function jacobian<I extends OneOrMore>(
  fn: FunctionOf<I, Tensor>,
  inputs: I,
  options?: DerivativeOptions,
): SameForm<I>;
export function jacobian<I extends OneOrMore>(
  fn: FunctionOf<I, readonly Tensor[]>,
  inputs: I,
  options?: DerivativeOptions,
): SameForm<I>[];
export function jacobian<I extends OneOrMore>(
  fn: FunctionOf<I, OneOrMore>,
  inputs: I,
  options: DerivativeOptions = {},
): SameForm<I> | SameForm<I>[] {
  checkOptions('jacobian', options, names);
  const { createGraph = false, strict = false } = options;
  const all = scope(() =>
    enableGrad(() => {
      const e = evaluate('jacobian', fn as (...i: Tensor[]) => OneOrMore, inputs, createGraph);
      const blocks = e.outputs.map((out) => settle(rowsOf(out, e.inputs, createGraph, strict), createGraph));
      return { blocks, single: e.single };
    }),
  );
  const formed = all.blocks.map((block) => sameForm(inputs, block));
  return all.single ? formed[0]! : formed;
}

/**
 * The Hessian of a function of one value: for inputs (*a) and (*b) a block (*a, *b). For several inputs a list of lists. Source:
 * torch.autograd.functional.hessian.
 *
 * @throws ShapeError when the function's value has more than one element.
 * @example
 * await hessian((x: Tensor) => x.pow(3).sum(), tensor([1, 2], { dtype: 'float32' })).tolist(); // [[6, 0], [0, 12]]
 */
export function hessian<I extends OneOrMore>(
  fn: FunctionOf<I, Tensor>,
  inputs: I,
  options: DerivativeOptions = {},
): I extends Tensor ? Tensor : Tensor[][] {
  checkOptions('hessian', options, names);
  const { createGraph = false, strict = false } = options;
  const given = list('hessian', 'inputs', inputs);
  const gradient = (...args: Tensor[]): readonly Tensor[] => {
    const value = (fn as (...i: Tensor[]) => Tensor)(...args);
    checkScalar('hessian', value);
    const grads = value.requiresGrad
      ? grad(value, args, { createGraph: true, allowUnused: true })
      : args.map(() => null);
    return filled('hessian', grads, args, strict);
  };
  const blocks = jacobian(gradient as FunctionOf<readonly Tensor[], readonly Tensor[]>, given, { createGraph });
  return (inputs instanceof Tensor ? blocks[0]![0]! : blocks) as I extends Tensor ? Tensor : Tensor[][];
}

function checkScalar(name: string, value: Tensor): void {
  checkTensor(name, value, 'the value of fn');
  if (value.numel() !== 1)
    throw new ShapeError(
      `The Tensor returned by the function given to ${name} should contain a single element\n  got shape ${formatShape(value.shape)}`,
    );
}

/** What functions that multiply a derivative with a vector return: the function's value, and the product. */
export type ValueAndProduct<P> = readonly [value: OneOrMore, product: P];

/**
 * The function's value, and vᵀJ: one backward pass. `v` has the form and shape of the value, and may be left out for one
 * element. Source: torch.autograd.functional.vjp.
 *
 * @throws ShapeError when v does not fit the value.
 * @example
 * const x = tensor([1, 2], { dtype: 'float32' });
 * const [value, product] = vjp((x: Tensor) => x.square(), x, tensor([1, 10], { dtype: 'float32' }));
 * await product.tolist(); // [2, 40]
 */
export function vjp<I extends OneOrMore>(
  fn: FunctionOf<I, OneOrMore>,
  inputs: I,
  v?: OneOrMore | null,
  options: DerivativeOptions = {},
): ValueAndProduct<SameForm<I>> {
  checkOptions('vjp', options, names);
  const { createGraph = false, strict = false } = options;
  return scope(() =>
    enableGrad(() => {
      const e = evaluate('vjp', fn as (...i: Tensor[]) => OneOrMore, inputs, createGraph);
      const gradOutputs = vectors('vjp', v, e.outputs);
      const product = pull(e, gradOutputs, createGraph, 'vjp', strict);
      const value = settle([...e.outputs], createGraph);
      return [e.single ? value[0]! : value, sameForm(inputs, settle(product, createGraph))] as const;
    }),
  );
}

function pull(e: Evaluation, v: readonly Tensor[], createGraph: boolean, name: string, strict: boolean): Tensor[] {
  const live = e.outputs.map((o, i) => [o, v[i]!] as const).filter(([o]) => o.requiresGrad);
  const grads =
    live.length === 0
      ? e.inputs.map(() => null)
      : grad(
          live.map(([o]) => o),
          e.inputs,
          { gradOutputs: live.map(([, g]) => g), createGraph, allowUnused: true },
        );
  return filled(name, grads, e.inputs, strict);
}

/**
 * The function's value, and J·v, by differentiating vᵀJ by v. `v` has the form and shape of the inputs. Source:
 * torch.autograd.functional.jvp.
 *
 * @throws ShapeError when v does not fit the inputs.
 * @example
 * const x = tensor([1, 2], { dtype: 'float32' });
 * const [value, product] = jvp((x: Tensor) => x.square(), x, tensor([1, 10], { dtype: 'float32' }));
 * await (product as Tensor).tolist(); // [2, 40]
 */
export function jvp<I extends OneOrMore>(
  fn: FunctionOf<I, OneOrMore>,
  inputs: I,
  v?: OneOrMore | null,
  options: DerivativeOptions = {},
): ValueAndProduct<OneOrMore> {
  checkOptions('jvp', options, names);
  const { createGraph = false, strict = false } = options;
  return scope(() =>
    enableGrad(() => {
      const e = evaluate('jvp', fn as (...i: Tensor[]) => OneOrMore, inputs, createGraph);
      const direction = vectors('jvp', v, e.inputs);
      // Linear in these: their value does not matter, only that one can differentiate by them.
      const dual = e.outputs.map((o) => zerosLike(o).requiresGrad_());
      const pulled = pull(e, dual, true, 'jvp', strict);
      const live = pulled.map((g, i) => [g, direction[i]!] as const).filter(([g]) => g.requiresGrad);
      const pushed =
        live.length === 0
          ? dual.map(() => null)
          : grad(
              live.map(([g]) => g),
              dual,
              { gradOutputs: live.map(([, d]) => d), createGraph, allowUnused: true },
            );
      const product = settle(filled('jvp', pushed, dual, strict), createGraph);
      const value = settle([...e.outputs], createGraph);
      return e.single ? ([value[0]!, product[0]!] as const) : ([value, product] as const);
    }),
  );
}

/** v·H, or H·v: the Hessian is symmetric where it is continuous, and then the two are one. */
function hessianProduct<I extends OneOrMore>(
  name: 'hvp' | 'vhp',
  fn: FunctionOf<I, Tensor>,
  inputs: I,
  v: OneOrMore | null | undefined,
  options: DerivativeOptions,
): readonly [value: Tensor, product: SameForm<I>] {
  checkOptions(name, options, names);
  const { createGraph = false, strict = false } = options;
  return scope(() =>
    enableGrad(() => {
      const e = evaluate(name, fn as (...i: Tensor[]) => OneOrMore, inputs, createGraph);
      const [value] = e.outputs;
      checkScalar(name, value!);
      const direction = vectors(name, v, e.inputs);
      const gradient = pull(e, [onesLike(value!)], true, name, strict);
      const product = pull({ ...e, outputs: gradient }, direction, createGraph, name, strict);
      return [settle([value!], createGraph)[0]!, sameForm(inputs, settle(product, createGraph))] as const;
    }),
  );
}

/**
 * The value of a function of one value, and its Hessian times `v`, without making the Hessian. Source:
 * torch.autograd.functional.hvp.
 *
 * @throws ShapeError when v does not fit the inputs, or the value has several elements.
 * @example
 * const x = tensor([1, 2], { dtype: 'float32' });
 * const [value, product] = hvp((x: Tensor) => x.pow(3).sum(), x, tensor([1, 1], { dtype: 'float32' }));
 * await product.tolist(); // [6, 12]
 */
export function hvp<I extends OneOrMore>(
  fn: FunctionOf<I, Tensor>,
  inputs: I,
  v?: OneOrMore | null,
  options: DerivativeOptions = {},
): readonly [value: Tensor, product: SameForm<I>] {
  return hessianProduct('hvp', fn, inputs, v, options);
}
/** The value of a function of one value, and `v` times its Hessian. Source: torch.autograd.functional.vhp. */
export function vhp<I extends OneOrMore>(
  fn: FunctionOf<I, Tensor>,
  inputs: I,
  v?: OneOrMore | null,
  options: DerivativeOptions = {},
): readonly [value: Tensor, product: SameForm<I>] {
  return hessianProduct('vhp', fn, inputs, v, options);
}
