/**
 * Optimizer updates over whole parameter lists. Operands: attrs.n parameters, then n gradients, then n of each state, then
 * scalars. On the GPU the n tensors of each kind lie in one arena, so that an update is one dispatch whatever n is.
 *
 * `updateRules` says what an update reads. Its formula stands in `shaders/update/<file>.wgsl` and in the CPU's kernels. Common
 * to all of them, and therefore not theirs: the sign of the gradient (attrs.maximize) and the decay of weights, p −= lr·decay·p
 * where attrs.decoupled, else g += decay·p.
 */
import { DTypeError, OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape, sameShape } from '../../core/shape.ts';
import type { Attrs, KernelRow, Meta, Scalar } from '../types.ts';

/** What an update reads. */
export interface UpdateRule {
  readonly file: string;
  /** Names of the states, in order, under these attributes. */
  readonly states: (attrs: Attrs) => readonly string[];
  /** Scalars after the learning rate and the weight decay, in order. */
  readonly scalars: readonly string[];
  /** Attributes, true or false, that change the formula. */
  readonly flags: readonly string[];
}
const always =
  (...names: string[]) =>
  () =>
    names;

/**
 * "1 − β" and the like travel as scalars of their own: they would lose digits where a device subtracts them in float32.
 */
export const updateRules = {
  /** b = momentum·b + undamped·g; p −= lr·(nesterov ? g + momentum·b : b), or lr·g. `undamped` is 1 − dampening. */
  sgdStep: {
    file: 'sgd',
    states: (a) => (a.momentum ? ['momentum_buffer'] : []),
    scalars: ['factor', 'undamped'],
    flags: ['momentum', 'nesterov'],
  },
  /** m += (1−β1)·(g − m); v = β2·v + (1−β2)·g²; p −= lr/(1−β1^t)·m / (√(v or its maximum)/√(1−β2^t) + eps) */
  adamStep: {
    file: 'adam',
    states: (a) => ['exp_avg', 'exp_avg_sq', ...(a.amsgrad ? ['max_exp_avg_sq'] : [])],
    scalars: ['beta2', 'eps', 'correction1', 'correction2', 'rest1', 'rest2'],
    flags: ['amsgrad'],
  },
  /** m, v as Adam's; p −= (gradStep·g + meanStep·m) / (√(v/(1−β2^t)) + eps) */
  nadamStep: {
    file: 'nadam',
    states: always('exp_avg', 'exp_avg_sq'),
    scalars: ['beta2', 'eps', 'correction2', 'rest1', 'rest2', 'gradStep', 'meanStep'],
    flags: [],
  },
  /** m, v as Adam's; p −= lr/(1−β1^t)·m·(rectified > 0 ? rectified/(√v + eps) : 1) */
  radamStep: {
    file: 'radam',
    states: always('exp_avg', 'exp_avg_sq'),
    scalars: ['beta2', 'eps', 'correction1', 'rectified', 'rest1', 'rest2'],
    flags: [],
  },
  /** m as Adam's; u = max(β2·u, |g| + eps); p −= lr/(1−β1^t)·m/u */
  adamaxStep: {
    file: 'adamax',
    states: always('exp_avg', 'exp_inf'),
    scalars: ['beta2', 'eps', 'correction1', 'rest1'],
    flags: [],
  },
  /** v = ρ·v + (1−ρ)·g²; d = √(a + eps)/√(v + eps)·g; a = ρ·a + (1−ρ)·d²; p −= lr·d */
  adadeltaStep: {
    file: 'adadelta',
    states: always('square_avg', 'acc_delta'),
    scalars: ['rho', 'eps', 'rest'],
    flags: [],
  },
  /** s += g²; p −= lr·g/(√s + eps) */
  adagradStep: { file: 'adagrad', states: always('sum'), scalars: ['eps'], flags: [] },
  /** v = α·v + (1−α)·g²; centered: a += (1−α)·(g − a), v − a² for v; d = g/(√v + eps); b = momentum·b + d for d; p −= lr·d */
  rmspropStep: {
    file: 'rmsprop',
    states: (a) => ['square_avg', ...(a.momentum ? ['momentum_buffer'] : []), ...(a.centered ? ['grad_avg'] : [])],
    scalars: ['alpha', 'eps', 'factor', 'rest'],
    flags: ['centered', 'momentum'],
  },
  /** p = kept·p − eta·g; a = mu is 1 ? p : a + mu·(p − a). `kept` is 1 − λ·eta. */
  asgdStep: { file: 'asgd', states: always('ax'), scalars: ['eta', 'kept', 'mu'], flags: [] },
  /** s = clamp(s·(shrink, 1 or grow, as g·prev is < 0, 0 or > 0), least, most); g = 0 where that is < 0; p −= sign(g)·s; prev = g */
  rpropStep: {
    file: 'rprop',
    states: always('prev', 'step_size'),
    scalars: ['shrink', 'grow', 'least', 'most'],
    flags: [],
  },
  /** p −= lr·sign(β1·m + (1−β1)·g); m = β2·m + (1−β2)·g */
  lionStep: {
    file: 'lion',
    states: always('exp_avg'),
    scalars: ['beta1', 'rest1', 'beta2', 'rest2'],
    flags: [],
  },
} satisfies Record<string, UpdateRule>;
export type UpdateOp = keyof typeof updateRules;

const count = (attrs: Attrs): number => attrs.n as number;

/** n lists of tensors like the first; `written`: which of the lists are results, in order. */
function lists(
  name: string,
  groups: (attrs: Attrs) => number,
  written: (attrs: Attrs) => readonly number[],
): Pick<KernelRow, 'kind' | 'layout' | 'infer' | 'inPlace' | 'vjp'> {
  return {
    kind: 'opaque',
    layout: 'contiguous',
    infer: (inputs: readonly (Meta | Scalar)[], attrs) => {
      const n = count(attrs);
      const tensors = inputs.slice(0, n * groups(attrs)) as Meta[];
      tensors.forEach((t, i) => {
        const p = tensors[i % n]!;
        if (!sameShape(t.shape, p.shape))
          throw new ShapeError(
            `${name}: expected a tensor of the parameter's shape ${formatShape(p.shape)}, got ${formatShape(t.shape)}`,
          );
        if (t.dtype !== p.dtype)
          throw new DTypeError(
            `${name}: expected ${p.dtype} like the parameter, got ${t.dtype}\n  make the optimizer after model.half(), double() or to(): its state has the dtype that the parameters had`,
          );
      });
      return written(attrs).flatMap((g) =>
        tensors.slice(g * n, (g + 1) * n).map(({ shape, dtype }) => ({ shape, dtype })),
      );
    },
    inPlace: (attrs) =>
      written(attrs).flatMap((g, w) =>
        Array.from({ length: count(attrs) }, (_, i) => [w * count(attrs) + i, g * count(attrs) + i] as const),
      ),
    vjp: 'none',
  };
}

const updates = Object.fromEntries(
  Object.entries<UpdateRule>(updateRules).map(([name, { states }]) => [
    name,
    lists(
      name,
      (attrs) => 2 + states(attrs).length,
      // All but the gradients.
      (attrs) => [0, ...states(attrs).map((_, i) => 2 + i)],
    ),
  ]),
) as Record<UpdateOp, KernelRow>;

/** How {@link updateRows.scaleLists} makes an element of what it was. */
export const scalings = ['factor', 'clip', 'clamp'] as const;

export const updateRows = {
  ...updates,
  /**
   * The norm of n tensors as of one long vector: 0-d, of their dtype. attrs: n, norm: 'two' (√Σg²), 'infinity' (max |g|) or
   * 'any' ((Σ|g|^p)^(1/p), with p the scalar after the tensors).
   */
  normOfLists: {
    kind: 'opaque',
    layout: 'contiguous',
    infer: (inputs) => [{ shape: [], dtype: (inputs[0] as Meta).dtype }],
    vjp: 'none',
  },
  /**
   * n running averages, then n tensors, then a weight (0-d): average += weight·(tensor − average), and the tensor itself where
   * the weight is 1.
   */
  averageLists: lists(
    'averageLists',
    () => 2,
    () => [0],
  ),
  /**
   * n tensors, in place, by attrs.by: 'factor' times a scalar; 'clip' times min(1, most/(norm + 1e-6)) with operands norm (0-d)
   * and most; 'clamp' limited to the scalars least and most. Zeros stay zeros whatever the factor: what lies between the
   * tensors of an arena is zero, and must not become NaN.
   */
  scaleLists: {
    ...lists(
      'scaleLists',
      () => 1,
      () => [0],
    ),
    infer: (inputs, attrs) => {
      if (!scalings.includes(attrs.by as 'clip')) throw new OptionError(`scaleLists: by must be one of ${scalings}`);
      return inputs.slice(0, count(attrs)).map((t) => ({ shape: (t as Meta).shape, dtype: (t as Meta).dtype }));
    },
  },
} satisfies Record<string, KernelRow>;
