import { apply, type VarInput, withInterceptor } from '../autograd/apply.ts';
import { withLowering } from '../autograd/autocast.ts';
import { Var } from '../autograd/var.ts';
import type { DType } from '../core/dtype.ts';
import { checkFunction, checkOptions, GradError, OptionError } from '../core/errors.ts';

/** Settings of {@link autocast}. */
export interface AutocastOptions {
  /** What products are computed in. Default 'float16'; 'float32' leaves all as it is. */
  readonly dtype?: 'float16' | 'float32';
  /** False runs the function as it is, also within another autocast(). Default true. */
  readonly enabled?: boolean;
  /** Taken for PyTorch's sake: a cast is part of the kernel that reads it. */
  readonly cacheEnabled?: boolean | null;
}

/** Ops that need the range of float32: PyTorch's list, by the names of the primitives that its functions are made of. */
const widened = new Set(
  (
    'exp expm1 log log10 log1p log2 pow reciprocal rsqrt sinh cosh tan acos asin erfinv softplus softmax logSoftmax cumsum cumprod ' +
    'prod sum layerNorm crossEntropy binaryCrossEntropyWithLogits'
  ).split(' '),
);

const as = (x: Var, dtype: DType): Var => (x.dtype === dtype ? x : apply('cast', [x], { dtype })[0]!);
const isHalfOrSingle = (x: Var): boolean => x.dtype === 'float16' || x.dtype === 'float32';

/**
 * Runs `fn` with mixed precision: products and convolutions of float32 and float16 tensors take and give float16, and
 * functions that need its range (exponentials, logarithms, sums, softmax, losses, layer norm) take and give float32. Others
 * compute in what they are given. Parameters stay float32, and so do their gradients. Call backward() outside, as in PyTorch.
 * Source: torch.autocast.
 *
 * A float16 tensor holds rounded halves but takes four bytes, and is computed with as float32, on every device: autocast()
 * gives PyTorch's numbers, and neither speed nor memory.
 *
 * @throws OptionError for an async function, or another dtype.
 * @example
 * const layer = new nn.Linear(3, 2);
 * amp.autocast(() => layer.forward(ones([1, 3])).dtype); // 'float16'
 */
export function autocast<T>(fn: () => T, options?: AutocastOptions): T;
export function autocast<T>(options: AutocastOptions, fn: () => T): T;
export function autocast<T>(first: (() => T) | AutocastOptions, second?: (() => T) | AutocastOptions): T {
  const [fn, options] = (typeof first === 'object' ? [second, first] : [first, second]) as [() => T, AutocastOptions?];
  checkFunction('autocast', fn);
  checkOptions('autocast', options, ['dtype', 'enabled', 'cacheEnabled']);
  const { dtype = 'float16', enabled = true } = options ?? {};
  if (dtype !== 'float16' && dtype !== 'float32') {
    throw new OptionError(
      `autocast: dtype must be 'float16' or 'float32', got ${String(dtype)}\n  there is no bfloat16 on WebGPU`,
    );
  }
  const active = enabled && dtype === 'float16';
  const result = withLowering(
    active ? (vars) => vars.map((v) => (v && isHalfOrSingle(v) ? as(v, dtype) : v)) : null,
    () => (active ? withInterceptor(widen, fn) : fn()),
  );
  if (result instanceof Promise) {
    result.catch(() => {});
    throw new GradError(
      'autocast() takes a synchronous function: the mode cannot span an await\n  await first, then wrap the tensor code in autocast(() => …)',
    );
  }
  return result;
}

/** In float32: ops that need its range, and those that are given both types. */
function widen(op: string, inputs: readonly VarInput[], attrs: Parameters<typeof apply>[2]): Var[] | null {
  const isHalf = (x: VarInput): boolean => x.dtype === 'float16';
  if (!inputs.some(isHalf)) return null;
  const vars = inputs.filter((x) => x instanceof Var);
  const wide = widened.has(op) ? vars.some(isHalf) : vars.some(({ dtype }) => dtype === 'float32');
  if (!wide) return null;
  const raised = (x: VarInput): VarInput => (x instanceof Var ? as(x, 'float32') : { ...x, dtype: 'float32' });
  return apply(
    op,
    inputs.map((x) => (isHalf(x) ? raised(x) : x)),
    attrs,
  );
}
