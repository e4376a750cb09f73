/** Mapping a function over a batch. */
import { apply, type VarInput, withInterceptor } from '../../autograd/apply.ts';
import { Var } from '../../autograd/var.ts';
import { checkFunction, describe, OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { formatShape, normalizeDim } from '../../core/shape.ts';
import { type Attrs, isScalar } from '../../ops/types.ts';
import { type OptionalArgs, optionalArgs } from '../../tensor/arguments.ts';
import { cat } from '../../tensor/functions/core.ts';
import { scope } from '../../tensor/scope.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { Batched } from './batched.ts';
import { composition, runBatched } from './rules.ts';

/** Which dim of an argument holds the samples; null: the argument is the same for all. */
export type InDims = number | null | readonly (number | null)[];

/** Settings of {@link vmap}. */
export interface VmapOptions {
  /** For every argument, or one for each. Default 0. */
  readonly inDims?: InDims;
  /** Where the samples go in the results: for every one, or one for each. Default 0. */
  readonly outDims?: number | readonly number[];
  /** What random ops do: throw, give every sample the same numbers, or other ones. Default 'error'. */
  readonly randomness?: 'error' | 'same' | 'different';
  /** At most so many samples at once. Default: all. */
  readonly chunkSize?: number | null;
}

const randomSources = new Set(['uniform', 'normal', 'randomInt']);
let depth = 0;

/**
 * A function that works on a batch, made of one that works on a sample: an added dim of the arguments, `inDims`, is mapped over,
 * and comes back in the results as `outDims`. Ops run once for all samples; the few that cannot run once for each. Arguments
 * and results may be tensors, or lists and plain objects of them. Source: torch.vmap.
 *
 * @throws ShapeError when arguments have different numbers of samples; OptionError for dims that do not fit the arguments.
 * @example
 * const dots = vmap((a: Tensor, b: Tensor) => a.mul(b).sum(), { inDims: [0, null] });
 * await (dots(tensor([[1, 2], [3, 4]]), tensor([10, 1])) as Tensor).tolist(); // [12, 34]
 */
export function vmap<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  ...rest: OptionalArgs<
    [inDims: InDims, outDims: number | readonly number[], randomness: 'error' | 'same' | 'different'],
    VmapOptions
  >
): (...args: A) => R {
  checkFunction('vmap', fn);
  const options = optionalArgs<VmapOptions>('vmap', ['inDims', 'outDims', 'randomness', 'chunkSize'], rest);
  const { inDims = 0, outDims = 0, randomness = 'error', chunkSize = null } = options;
  if (!['error', 'same', 'different'].includes(randomness))
    throw new OptionError(
      `Only allowed values for randomness are 'error', 'different', or 'same'. Got ${describe(randomness)}`,
    );
  return (...args: A): R => {
    const dims = args.map((_, i) => (Array.isArray(inDims) ? inDims[i] : inDims) as number | null);
    if (Array.isArray(inDims) && inDims.length !== args.length)
      throw new OptionError(
        `vmap: in_dims is not compatible with the structure of inputs: ${inDims.length} dims for ${args.length} arguments`,
      );
    const size = sizeOf(args, dims);
    const run = (from: number, count: number): R =>
      scope(() => mapOnce(fn, narrowed(args, dims, from, count, size) as A, dims, count, outDims, randomness));
    if (chunkSize === null || chunkSize >= size) return run(0, size);
    const starts = Array.from({ length: Math.ceil(size / chunkSize) }, (_, i) => i * chunkSize);
    const parts = starts.map((from) => run(from, Math.min(chunkSize, size - from)));
    return scope(() => joined(parts, outDims)) as R;
  };
}

/** Applies `change` to every tensor in lists and plain objects. */
function walk(value: unknown, change: (t: Tensor, n: number) => unknown, count = { n: 0 }): unknown {
  if (value instanceof Tensor) return change(value, count.n++);
  if (Array.isArray(value)) return value.map((v) => walk(v, change, count));
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, walk(v, change, count)]));
  return value;
}

function sizeOf(args: readonly unknown[], dims: readonly (number | null)[]): number {
  const sizes = new Set<number>();
  args.forEach((arg, i) => {
    const dim = dims[i];
    if (dim === null || dim === undefined) return;
    walk(arg, (t) => {
      if (t.ndim === 0)
        throw new OptionError(
          `vmap: Got in_dim=${dim} for an input but the input is of dimensionality 0\n  use inDims null for it`,
        );
      sizes.add(t.shape[normalizeDim('vmap', dim, t.ndim)]!);
    });
  });
  if (sizes.size === 0)
    throw new OptionError('vmap: at least one argument must be mapped over\n  inDims gives null for every tensor');
  if (sizes.size > 1)
    throw new ShapeError(
      `vmap: Expected all tensors to have the same size in the mapped dimension, got sizes ${formatShape([...sizes])} for the mapped dimension`,
    );
  return [...sizes][0]!;
}

function narrowed(
  args: readonly unknown[],
  dims: readonly (number | null)[],
  from: number,
  count: number,
  size: number,
): readonly unknown[] {
  if (count === size) return args;
  return args.map((arg, i) => {
    const dim = dims[i];
    if (dim === null || dim === undefined) return arg;
    return walk(arg, (t) => {
      const at = normalizeDim('vmap', dim, t.ndim);
      return t.at(...t.shape.map((_, d) => (d === at ? ([from, from + count] as const) : ':')));
    });
  });
}

const withFirst = (t: Tensor, dim: number): Tensor => {
  const order = t.shape.map((_, i) => i).filter((d) => d !== dim);
  return dim === 0 ? t : t.permute([dim, ...order]);
};

function mapOnce<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  args: A,
  dims: readonly (number | null)[],
  size: number,
  outDims: number | readonly number[],
  randomness: string,
): R {
  const level = ++depth;
  try {
    const samples = args.map((arg, i) => {
      const dim = dims[i];
      if (dim === null || dim === undefined) return arg;
      return walk(arg, (t) => new Tensor(new Batched(withFirst(t, normalizeDim('vmap', dim, t.ndim)).impl, level)));
    });
    const result = withInterceptor(
      (op, inputs, attrs, engine) => intercept(op, inputs, attrs, { level, size, randomness }, engine),
      () => fn(...(samples as unknown as A)),
    );
    return walk(result, (t, n) => {
      const v = t.impl;
      const all =
        v instanceof Batched && v.level === level ? new Tensor(v.batch) : t.unsqueeze(0).expand([size, ...t.shape]);
      const to = normalizeDim('vmap', (typeof outDims === 'number' ? outDims : outDims[n]) ?? 0, all.ndim);
      const order = all.shape.map((_, i) => i).slice(1);
      return to === 0 ? all : all.permute([...order.slice(0, to), 0, ...order.slice(to)]);
    }) as R;
  } finally {
    depth--;
  }
}

interface Level {
  readonly level: number;
  readonly size: number;
  readonly randomness: string;
}

/** One op of the mapped function. Runs with the interceptor of the next outer level in place. */
function intercept(
  op: string,
  inputs: readonly VarInput[],
  attrs: Attrs,
  { level, size, randomness }: Level,
  engine: Parameters<typeof apply>[3],
): Var[] | null {
  if (randomSources.has(op)) {
    if (randomness === 'error')
      throw new OptionError(
        `vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' randomness flags on vmap\n  vmap(fn, { randomness: 'different' })`,
      );
    if (randomness === 'same') return null;
    const drawn = apply(op, inputs, { ...attrs, shape: [size, ...(attrs.shape as readonly number[])] }, engine);
    return drawn.map((v) => new Batched(v, level));
  }
  const mine = (i: VarInput): i is Batched => i instanceof Batched && i.level === level;
  if (!inputs.some(mine)) return null;
  const composed = withInterceptor(
    (...call) => intercept(call[0], call[1], call[2], { level, size, randomness }, call[3]),
    () => composition(op, inputs, attrs),
  );
  if (composed) return composed;
  const sampled = inputs.map((i) => (mine(i) ? { v: i.batch, batched: true } : { v: i, batched: false }));
  for (const { v } of sampled) if (!isScalar(v) && !(v instanceof Var)) wrongType(op, 'input', 'a Tensor', v);
  return runBatched(op, sampled, attrs, size).map((v) => new Batched(v, level));
}

function joined(parts: readonly unknown[], outDims: number | readonly number[]): unknown {
  const tensors = parts.map((part) => {
    const found: Tensor[] = [];
    walk(part, (t) => found.push(t));
    return found;
  });
  return walk(parts[0], (_, n) =>
    cat(
      tensors.map((list) => list[n]!),
      (typeof outDims === 'number' ? outDims : outDims[n]) ?? 0,
    ),
  );
}
