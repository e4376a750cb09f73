/** torch.func's derivatives: functions that return functions. */
import { gradientEdge } from '../autograd/apply.ts';
import { isGradEnabled } from '../autograd/grad-mode.ts';
import { type BackwardNode, tapeLength } from '../autograd/var.ts';
import { checkFunction, checkOptions, describe, GradError, OptionError, ShapeError } from '../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { zerosLike } from '../tensor/create.ts';
import { grad as gradients } from '../tensor/functions/core.ts';
import { scope } from '../tensor/scope.ts';
import { enableGrad, Tensor } from '../tensor/tensor.ts';
import { evaluate, rowsOf } from './derivatives.ts';

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

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Calls `fn` on every tensor of something nested, and returns the same form; what is none goes through `other`. */
function mapNested(value: unknown, fn: (t: Tensor) => Tensor, other: (value: unknown) => unknown = refuse): unknown {
  if (value instanceof Tensor) return fn(value);
  const inner = (v: unknown): unknown => mapNested(v, fn, other);
  if (Array.isArray(value)) return value.map(inner);
  if (value instanceof Map) return new Map([...value].map(([k, v]) => [k, inner(v)]));
  if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, inner(v)]));
  return other(value);
}
function refuse(value: unknown): never {
  throw new OptionError(`grad: what is differentiated by must be Tensors, got ${describe(value)}`);
}

/** By position, where a negative number counts from the end. */
function positions(given: unknown, count: number): readonly number[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  const places = list.map((at) => {
    if (!Number.isInteger(at)) throw new OptionError(`argnum must be int or Tuple[int], got: ${describe(at)}`);
    const place = (at as number) < 0 ? (at as number) + count : (at as number);
    if (place < 0 || place >= count) throw new OptionError(`Got argnum=${at}, but only ${count} positional inputs`);
    return place;
  });
  if (new Set(places).size < places.length)
    throw new OptionError(`argnums elements must be unique, got (${places.join(', ')})`);
  return places;
}

/**
 * Runs `body` where gradients are recorded. Its `onTape` tells whether a tensor hangs on the tape as it was before: on what the
 * caller differentiates by, or `fn` uses beside its arguments. Those gradients flow on; all else comes back without a history.
 */
function apart<R>(body: (onTape: (t: Tensor) => boolean, recording: boolean) => R): R {
  const recording = isGradEnabled();
  const before = tapeLength();
  const clear = new Set<BackwardNode>();
  const onTape = (t: Tensor): boolean => {
    const edges = [recording ? gradientEdge(t.impl) : null];
    const seen = new Set<BackwardNode>();
    for (const edge of edges) {
      if (!edge || clear.has(edge.node) || seen.has(edge.node)) continue;
      if (edge.node.sequence < before) return true;
      seen.add(edge.node);
      edges.push(...edge.node.edges);
    }
    for (const node of seen) clear.add(node);
    return false;
  };
  return scope(() => enableGrad(() => body(onTape, recording)));
}

/** [gradients, value, aux] of one call. */
function differentiate(
  fn: (...args: never[]) => unknown,
  { argnums = 0, hasAux = false }: GradOptions,
  args: readonly unknown[],
): readonly [grads: unknown, value: Tensor, aux: unknown] {
  const at = positions(argnums, args.length);
  return apart((onTape, recording) => {
    const inputs: Tensor[] = [];
    const own = args.map((arg, i) =>
      at.includes(i)
        ? mapNested(arg, (t) => {
            const input = recording && t.requiresGrad ? t.view(t.shape) : t.detach().requiresGrad_();
            inputs.push(input);
            return input;
          })
        : arg,
    );
    const [value, aux] = taken(fn(...(own as never[])), hasAux);
    const found = value.requiresGrad
      ? gradients(value, inputs, { createGraph: onTape(value), allowUnused: true })
      : inputs.map(() => null);
    const made = new Map(inputs.map((t, i) => [t, found[i] ?? zerosLike(t)]));
    const settled = (t: Tensor): Tensor => (onTape(t) ? t : t.detach());
    const formed = at.map((i) => mapNested(own[i], (t) => settled(made.get(t)!)));
    return [
      Array.isArray(argnums) ? formed : formed[0],
      settled(value),
      mapNested(aux, settled, (other) => other),
    ] as const;
  });
}

/** What the function gave, taken apart. */
function taken(result: unknown, hasAux: boolean): readonly [value: Tensor, aux: unknown] {
  if (hasAux && !(Array.isArray(result) && result.length === 2))
    throw new GradError(
      `gradAndValue(f)(...args): output of function f should be a tuple: (output, aux) if has_aux is True\n  return [value, aux], got ${describe(result)}`,
    );
  const [value, aux] = hasAux ? (result as readonly [unknown, unknown]) : [result, null];
  checkValue(value);
  return [value, aux];
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
 * A function that returns the Jacobian of `fn` by its argument number `argnums`, or a list of those by several; see
 * {@link jacobian}. Source: torch.func.jacrev.
 *
 * @throws OptionError for an argument that there is not.
 * @example
 * const j = jacrev((x: Tensor) => x.square());
 * await j(tensor([1, 2]).float()).tolist(); // [[2, 0], [0, 4]]
 */
export function jacrev<A extends readonly unknown[]>(
  fn: (...args: A) => Tensor,
  options?: { readonly argnums?: number },
): (...args: A) => Tensor;
export function jacrev<A extends readonly unknown[]>(
  fn: (...args: A) => Tensor,
  options: { readonly argnums: readonly number[] },
): (...args: A) => Tensor[];
export function jacrev<A extends readonly unknown[]>(
  fn: (...args: A) => Tensor,
  options: ArgnumsOptions = {},
): (...args: A) => Tensor | Tensor[] {
  checkFunction('jacrev', fn);
  checkOptions('jacrev', options, ['argnums']);
  const { argnums = 0 } = options;
  return (...args) => {
    const at = positions(argnums, args.length);
    return apart((onTape, recording) => {
      const placed = (own: readonly Tensor[]): A => args.map((arg, i) => own[at.indexOf(i)] ?? arg) as unknown as A;
      const by = at.map((i) => args[i] as Tensor);
      const { inputs, outputs, single } = evaluate('jacrev', (...own) => fn(...placed(own)), by, recording);
      const blocks = outputs.map((out) => {
        const rows = rowsOf(out, inputs, onTape(out), false).map((t) => (onTape(t) ? t : t.detach()));
        return Array.isArray(argnums) ? rows : rows[0]!;
      });
      return (single ? blocks[0]! : blocks) as Tensor | Tensor[];
    });
  };
}
