/** Running results along attrs.dim: element k of the result is made of the elements 0 … k of its line. */
import { isFloat } from '../../core/dtype.ts';
import { DTypeError } from '../../core/errors.ts';
import type { Kit } from '../kit.ts';
import type { Attrs, GradContext, KernelRow, Meta, Ref } from '../types.ts';

const dimOf = (attrs: Attrs): number => attrs.dim as number;
/** A slice along one dim, with another start, size and step than all of it. */
const along = (k: Kit, x: Ref, dim: number, [start, size, step]: readonly [number, number, number]): Ref =>
  k.slice(
    x,
    x.shape.map((_, i) => (i === dim ? start : 0)),
    x.shape.map((n, i) => (i === dim ? size : n)),
    x.shape.map((_, i) => (i === dim ? step : 1)),
  );
const flip = (k: Kit, x: Ref, dim: number): Ref => along(k, x, dim, [x.shape[dim]! - 1, x.shape[dim]!, -1]);
const one = (k: Kit, { shape, dtype }: Ref, dim: number, value: number): Ref =>
  k.full(
    shape.map((n, i) => (i === dim ? 1 : n)),
    value,
    dtype,
  );
/** The element before each, and `first` before the first. */
const before = (k: Kit, x: Ref, dim: number, first: number): Ref =>
  k.op('cat', [one(k, x, dim, first), along(k, x, dim, [0, x.shape[dim]! - 1, 1])], { dim });
/** The element behind each, and 0 behind the last. */
const behind = (k: Kit, x: Ref, dim: number): Ref =>
  k.op('cat', [along(k, x, dim, [1, x.shape[dim]! - 1, 1]), one(k, x, dim, 0)], { dim });

/** r_k = g_k + a_{k+1}·r_{k+1}: what reaches b_k of y_k = a_k·y_{k−1} + b_k. */
function backwards(k: Kit, a: Ref, g: Ref, attrs: Attrs): Ref {
  const dim = dimOf(attrs);
  return flip(k, k.op('linearScan', [flip(k, behind(k, a, dim), dim), flip(k, g, dim)], attrs), dim);
}

type Rule = (ctx: GradContext, x: Ref, y: Ref, g: Ref) => Ref;
/** A row of one operand; lines without elements have no gradient to compute. */
const scan = (name: string, rule: Rule, more: Partial<KernelRow> = {}): KernelRow => ({
  kind: 'opaque',
  infer: ([x]) => {
    const { shape, dtype } = x as Meta;
    if (dtype === 'bool') throw new DTypeError(`${name}: not implemented for 'Bool'; cast it with .to('int32')`);
    return [{ shape, dtype }];
  },
  vjp: (ctx) => {
    const g = ctx.grads[0]!;
    return [g.shape.includes(0) ? g : rule(ctx, ctx.inputs[0] as Ref, ctx.outputs[0]!, g)];
  },
  ...more,
});
const extremum: KernelRow = {
  kind: 'opaque',
  infer: ([x]) => [x as Meta, { shape: (x as Meta).shape, dtype: 'int32' }],
  saves: { outputs: [1] },
  vjp: ({ k, outputs, grads, attrs }) => [k.op('scatterAdd', [k.zerosLike(grads[0]!), outputs[1]!, grads[0]!], attrs)],
};

export const scanRows = {
  cumsum: scan('cumsum', ({ k, attrs }, _x, _y, g) =>
    flip(k, k.op('cumsum', [flip(k, g, dimOf(attrs))], attrs), dimOf(attrs)),
  ),
  /** Its gradient divides by nothing, so zeros need no care: the product of what is before, times what follows from here. */
  cumprod: scan('cumprod', ({ k, attrs }, x, y, g) => k.mul(before(k, y, dimOf(attrs), 1), backwards(k, x, g, attrs)), {
    saves: { inputs: [0], outputs: [0] },
  }),
  /** x -> (the greatest so far, where it stands: the last of equal ones). NaN, once met, stays. */
  cummax: extremum,
  cummin: extremum,
  logcumsumexp: scan(
    'logcumsumexp',
    ({ k, attrs }, x, y, g) => {
      // Σ_{j≥i} g_j·e^(y_i−y_j): each factor is at most 1, as y never falls. From ∞ to ∞ is no step.
      const last = before(k, y, dimOf(attrs), Number.NEGATIVE_INFINITY);
      const step = k.sub(last, y);
      const stays = k.op('logicalAnd', [k.compare('eq', last, y), k.compare('ne', step, step)]);
      const decay = k.unary('exp', k.where(stays, 0, step));
      return k.mul(k.unary('exp', k.sub(x, y)), backwards(k, decay, g, attrs));
    },
    {
      saves: { inputs: [0], outputs: [0] },
      infer: ([x]) => {
        const { shape, dtype } = x as Meta;
        if (!isFloat(dtype)) throw new DTypeError(`logcumsumexp: expected a floating-point tensor, got ${dtype}`);
        return [{ shape, dtype }];
      },
    },
  ),
  /** (a, b) -> y with y_k = a_k·y_{k−1} + b_k along attrs.dim, from y_{−1} = 0. Of one shape and floating dtype. */
  linearScan: {
    kind: 'opaque',
    infer: ([a]) => [a as Meta],
    saves: { inputs: [0], outputs: [0] },
    vjp: ({ k, inputs, outputs, grads, attrs }) => {
      const g = grads[0]!;
      if (g.shape.includes(0)) return [g, g];
      const r = backwards(k, inputs[0] as Ref, g, attrs);
      return [k.mul(r, before(k, outputs[0]!, dimOf(attrs), 0)), r];
    },
  },
} satisfies Record<string, KernelRow>;
