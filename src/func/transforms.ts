/** torch.func's derivatives: functions that return functions. */
import { checkFunction, checkOptions, describe, GradError, OptionError, ShapeError } from '../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { zerosLike } from '../tensor/create.ts';
import { grad as gradients } from '../tensor/functions/core.ts';
import { scope } from '../tensor/scope.ts';
import { enableGrad, Tensor } from '../tensor/tensor.ts';
import { jacobian } from './derivatives.ts';

/** Tensors in lists, plain objects and Maps: gradients have the form of what they are the gradients of. */
export type Nested = Tensor | readonly Nested[] | { readonly [name: string]: Nested } | ReadonlyMap<string, Nested>;

/** Which argument, or which ones, are differentiated by. */
export interface ArgnumsOptions {
  /** Counted from 0. Default 0. */
  readonly argnums?: number | readonly number[];
}
/** Settings of {@link grad} and {@link gradAndValue}. */
export interface GradOptions extends ArgnumsOptions {
  /** The function returns `[value, aux]`, and aux comes back beside the gradients. Default false. */
  readonly hasAux?: boolean;
}
type Rest = OptionalArgs<[argnums: number | readonly number[], hasAux: boolean], GradOptions>;

/** Calls `fn` on every tensor of something nested, and returns the same form. */
function mapNested(value: unknown, fn: (t: Tensor) => Tensor): unknown {
  if (value instanceof Tensor) return fn(value);
  if (Array.isArray(value)) return value.map((v) => mapNested(v, fn));
  if (value instanceof Map) return new Map([...value].map(([k, v]) => [k, mapNested(v, fn)]));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, mapNested(v, fn)]));
  throw new OptionError(`grad: what is differentiated by must be Tensors, got ${describe(value)}`);
}

/** By position, where a negative number counts from the end. */
function positions(given: unknown, count: number): readonly number[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  return list.map((at) => {
    if (!Number.isInteger(at)) throw new OptionError(`argnum must be int or Tuple[int], got: ${describe(at)}`);
    const place = (at as number) < 0 ? (at as number) + count : (at as number);
    if (place < 0 || place >= count) throw new OptionError(`Got argnum=${at}, but only ${count} positional inputs`);
    return place;
  });
}

/** [gradients, value, aux] of one call. */
function differentiate(
  fn: (...args: never[]) => unknown,
  { argnums = 0, hasAux = false }: GradOptions,
  args: readonly unknown[],
): readonly [grads: unknown, value: Tensor, aux: unknown] {
  const at = positions(argnums, args.length);
  return scope(() =>
    enableGrad(() => {
      const inputs: Tensor[] = [];
      // Where the caller's tensors are on a tape, so will the gradients be; else these are leaves of their own.
      let onwards = false;
      const own = args.map((arg, i) =>
        at.includes(i)
          ? mapNested(arg, (t) => {
              onwards ||= t.requiresGrad;
              const input = t.requiresGrad ? t.view(t.shape) : t.detach().requiresGrad_();
              inputs.push(input);
              return input;
            })
          : arg,
      );
      const result = fn(...(own as never[]));
      const [value, aux] = hasAux ? (result as readonly [unknown, unknown]) : [result, null];
      checkValue(value);
      const found = value.requiresGrad
        ? gradients(value, inputs, { createGraph: onwards, allowUnused: true })
        : inputs.map(() => null);
      const made = new Map(inputs.map((t, i) => [t, found[i] ?? zerosLike(t)]));
      const settled = (t: Tensor): Tensor => (onwards ? t : t.detach());
      const formed = at.map((i) => mapNested(own[i], (t) => settled(made.get(t)!)));
      return [Array.isArray(argnums) ? formed : formed[0], settled(value), aux] as const;
    }),
  );
}

function checkValue(value: unknown): asserts value is Tensor {
  if (!(value instanceof Tensor))
    throw new GradError(`gradAndValue(f)(...args): Expected f(...args) to return a Tensor, got ${describe(value)}`);
  if (value.ndim !== 0)
    throw new ShapeError(
      `gradAndValue(f)(...args): Expected f(...args) to return a scalar Tensor, got tensor with ${value.ndim} dims. Maybe you wanted to use the vjp or jacrev APIs instead?`,
    );
}

const optionsOf = (name: string, rest: readonly unknown[]): GradOptions =>
  optionalArgs<GradOptions>(name, ['argnums', 'hasAux'], rest);

/**
 * A function that returns the gradient of `fn` by its first argument, or by those of `argnums`: a Tensor, or nested lists, plain
 * objects or Maps of them. `fn` returns a 0-d tensor. Nests: the gradient of a gradient. Source: torch.func.grad.
 *
 * @throws ShapeError when the value is no scalar, OptionError for an argument that there is not.
 * @example
 * const slope = func.grad((x: Tensor) => x.pow(3));
 * await slope(tensor(3, { dtype: 'float32' })).item(); // 27
 * const curvature = func.grad((x: Tensor) => slope(x));
 * await curvature(tensor(3, { dtype: 'float32' })).item(); // 18
 */
export function grad<P extends Nested, A extends readonly unknown[]>(
  fn: (input: P, ...rest: A) => Tensor,
): (input: P, ...rest: A) => P;
export function grad<A extends readonly unknown[]>(
  fn: (...args: A) => Tensor | readonly [Tensor, unknown],
  ...rest: Rest
): (...args: A) => Nested;
export function grad(fn: (...args: never[]) => unknown, ...rest: Rest): (...args: unknown[]) => unknown {
  checkFunction('grad', fn);
  const options = optionsOf('grad', rest);
  return (...args) => {
    const [grads, , aux] = differentiate(fn, options, args);
    return options.hasAux ? [grads, aux] : grads;
  };
}

/**
 * As {@link grad}, but what it returns gives `[gradient, value]`; under `hasAux` `[gradient, [value, aux]]`. Source:
 * torch.func.grad_and_value.
 *
 * @throws ShapeError when the value is no scalar, OptionError for an argument that there is not.
 * @example
 * const loss = (w: Tensor, x: Tensor) => x.mul(w).square().sum();
 * const [slope, value] = gradAndValue(loss)(tensor([1, 2]).float(), tensor([3, 1]).float());
 * [await slope.tolist(), await value.item()]; // [[18, 4], 13]
 */
export function gradAndValue<P extends Nested, A extends readonly unknown[]>(
  fn: (input: P, ...rest: A) => Tensor,
): (input: P, ...rest: A) => [gradient: P, value: Tensor];
export function gradAndValue<A extends readonly unknown[]>(
  fn: (...args: A) => Tensor | readonly [Tensor, unknown],
  ...rest: Rest
): (...args: A) => [gradient: Nested, value: Tensor | readonly [Tensor, unknown]];
export function gradAndValue(fn: (...args: never[]) => unknown, ...rest: Rest): (...args: unknown[]) => unknown {
  checkFunction('gradAndValue', fn);
  const options = optionsOf('gradAndValue', rest);
  return (...args) => {
    const [grads, value, aux] = differentiate(fn, options, args);
    return [grads, options.hasAux ? [value, aux] : value];
  };
}

/**
 * A function that returns the Jacobian of `fn` by its argument number `argnums`; see {@link jacobian}. Source: torch.func.jacrev.
 *
 * @throws OptionError for an argument that there is not.
 * @example
 * const j = jacrev((x: Tensor) => x.square());
 * await j(tensor([1, 2]).float()).tolist(); // [[2, 0], [0, 4]]
 */
export function jacrev<A extends readonly unknown[]>(
  fn: (...args: A) => Tensor,
  options: { readonly argnums?: number } = {},
): (...args: A) => Tensor {
  checkFunction('jacrev', fn);
  checkOptions('jacrev', options, ['argnums']);
  return (...args) => {
    const [at] = positions(options.argnums ?? 0, args.length);
    const by = args[at!] as Tensor;
    const createGraph = by instanceof Tensor && by.requiresGrad;
    return jacobian((x: Tensor) => fn(...(args.with(at!, x) as unknown as A)), by, { createGraph });
  };
}
