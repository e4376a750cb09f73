/** Recurrent layers composed of a product and element-wise ops per step: the oracle, and the path of double backward. */
import type { Kit } from '../kit.ts';
import { type Attrs, type Input, isScalar, type Ref } from '../types.ts';
import { type CellKind, cellKinds } from './recurrent-sizes.ts';

const columns = (k: Kit, x: Ref, first: number, size: number): Ref =>
  k.slice(x, [0, first], [x.shape[0]!, size], [1, 1]);
/** Columns in groups of `size`. */
const split = (k: Kit, x: Ref, size: number): Ref[] =>
  Array.from({ length: x.shape[1]! / size }, (_, n) => columns(k, x, n * size, size));
const stepOf = (k: Kit, x: Ref, t: number): Ref => {
  const [, batch, width] = x.shape as [number, number, number];
  return k.reshape(k.slice(x, [t, 0, 0], [1, batch, width], [1, 1, 1]), [batch, width]);
};
const beside = (k: Kit, parts: readonly Ref[]): Ref => k.op('cat', parts, { dim: 1 });
/** One (N, …) per step, in the order of time. */
const stacked = (k: Kit, steps: readonly Ref[]): Ref =>
  k.op(
    'cat',
    steps.map((x) => k.reshape(x, [1, ...x.shape])),
    { dim: 0 },
  );
const present = (x: Input): Ref | null => (isScalar(x) ? null : x);

/** Chooses between what a step gives to a sequence that still goes on, and what it leaves. */
type Choose = (going: Ref, else_: Ref | number) => Ref;
const chooser = (k: Kit, lengths: Ref | null, t: number): Choose => {
  if (!lengths) return (going) => going;
  const live = k.compare('gt', k.reshape(lengths, [lengths.shape[0]!, 1]), t);
  return (going, else_) => k.where(live, going, else_);
};
const orderOf = (time: number, reverse: boolean): number[] => {
  const order = Array.from({ length: time }, (_, t) => t);
  return reverse ? order.reverse() : order;
};

interface State {
  readonly h: Ref;
  readonly c: Ref;
}
/** One step: its state, and the columns that backward needs, without h before it. `x`, `r`: both sums, by gate. */
type Cell = (k: Kit, x: readonly Ref[], r: readonly Ref[], state: State) => State & { readonly kept: readonly Ref[] };

const plain =
  (activation: 'tanh' | 'relu'): Cell =>
  (k, [x], [r], { c }) => {
    const h = k.unary(activation, k.add(x!, r!));
    return { h, c, kept: [h] };
  };

const cells: Readonly<Record<CellKind, Cell>> = {
  lstm: (k, x, r, { c }) => {
    const sums = x.map((v, n) => k.add(v, r[n]!));
    const [i, f, g, o] = sums.map((v, n) => k.unary(n === 2 ? 'tanh' : 'sigmoid', v)) as [Ref, Ref, Ref, Ref];
    const next = k.add(k.mul(f, c), k.mul(i, g));
    return { h: k.mul(o, k.unary('tanh', next)), c: next, kept: [i, f, g, o, c] };
  },
  gru: (k, x, [ra, za, na], { h, c }) => {
    const r = k.unary('sigmoid', k.add(x[0]!, ra!));
    const z = k.unary('sigmoid', k.add(x[1]!, za!));
    const n = k.unary('tanh', k.add(x[2]!, k.mul(r, na!)));
    return { h: k.add(n, k.mul(z, k.sub(h, n))), c, kept: [r, z, n, na!] };
  },
  tanh: plain('tanh'),
  relu: plain('relu'),
};

/** See `recurrent`. */
export function forwardReference(k: Kit, inputs: readonly Input[], attrs: Attrs): Ref[] {
  const [gx, weight] = inputs as [Ref, Ref];
  const [h0, c0, bias, lengths, projection] = inputs.slice(2).map(present);
  const kind = attrs.kind as CellKind;
  const [time, batch] = gx.shape as [number, number, number];
  const hidden = weight.shape[0]! / cellKinds[kind].gates;
  const { dtype } = gx;
  let h = h0 ?? k.full([batch, weight.shape[1]!], 0, dtype);
  let c = c0 ?? k.full([batch, hidden], 0, dtype);
  const outputs: Ref[] = [];
  const saved: Ref[] = [];
  for (const t of orderOf(time, attrs.reverse as boolean)) {
    const product = k.matmul(h, k.mT(weight));
    const r = split(k, bias ? k.add(product, bias) : product, hidden);
    const next = cells[kind](k, split(k, stepOf(k, gx, t), hidden), r, { h, c });
    const output = projection ? k.matmul(next.h, k.mT(projection)) : next.h;
    const choose = chooser(k, lengths ?? null, t);
    saved[t] = choose(beside(k, [...next.kept, h]), 0);
    outputs[t] = choose(output, 0);
    h = choose(output, h);
    c = choose(next.c, c);
  }
  const final = kind === 'lstm' ? beside(k, [h, c]) : k.op('copy', [h]);
  return [stacked(k, outputs), final, attrs.keep ? stacked(k, saved) : k.full([0], 0, dtype)];
}

/** Gradients at one step. `sums`: of what the gates are made from, by gate. */
interface StepGradient {
  readonly sums: readonly Ref[];
  /** What reaches W_hh·h + b, where that is not `sums`. */
  readonly product: readonly Ref[];
  /** Of c before the step. */
  readonly c: Ref;
  /** Of h before the step, besides what the product passes on. */
  readonly h: Ref | null;
}
/** `dKept`: what else reaches the kept columns. */
type CellGradient = (
  k: Kit,
  kept: readonly Ref[],
  h: Ref,
  dh: Ref,
  dc: Ref,
  dKept: readonly Ref[] | null,
) => StepGradient;

const plus = (k: Kit, a: Ref, b: Ref | undefined): Ref => (b ? k.add(a, b) : a);
/** dy·y·(1 − y) */
const throughSigmoid = (k: Kit, dy: Ref, y: Ref): Ref => k.mul(dy, k.mul(y, k.sub(1, y)));
/** dy·(1 − y²) */
const throughTanh = (k: Kit, dy: Ref, y: Ref): Ref => k.mul(dy, k.sub(1, k.mul(y, y)));

const cellGradients: Readonly<Record<CellKind, CellGradient>> = {
  lstm: (k, [i, f, g, o, before], _h, dh, dcNext, more) => {
    const t = k.unary('tanh', k.add(k.mul(f!, before!), k.mul(i!, g!)));
    const dc = k.add(dcNext, throughTanh(k, k.mul(dh, o!), t));
    const di = plus(k, k.mul(dc, g!), more?.[0]);
    const df = plus(k, k.mul(dc, before!), more?.[1]);
    const dg = plus(k, k.mul(dc, i!), more?.[2]);
    const d_o = plus(k, k.mul(dh, t), more?.[3]);
    const sums = [
      throughSigmoid(k, di, i!),
      throughSigmoid(k, df, f!),
      throughTanh(k, dg, g!),
      throughSigmoid(k, d_o, o!),
    ];
    return { sums, product: sums, c: plus(k, k.mul(dc, f!), more?.[4]), h: null };
  },
  gru: (k, [r, z, n, a], h, dh, c, more) => {
    const dn = throughTanh(k, plus(k, k.mul(dh, k.sub(1, z!)), more?.[2]), n!);
    const dz = throughSigmoid(k, plus(k, k.mul(dh, k.sub(h, n!)), more?.[1]), z!);
    const dr = throughSigmoid(k, plus(k, k.mul(dn, a!), more?.[0]), r!);
    const da = plus(k, k.mul(dn, r!), more?.[3]);
    return { sums: [dr, dz, dn], product: [dr, dz, da], c, h: k.mul(dh, z!) };
  },
  tanh: (k, [y], _h, dh, c, more) => {
    const sums = [throughTanh(k, plus(k, dh, more?.[0]), y!)];
    return { sums, product: sums, c, h: null };
  },
  relu: (k, [y], _h, dh, c, more) => {
    const sums = [k.where(k.compare('le', y!, 0), 0, plus(k, dh, more?.[0]))];
    return { sums, product: sums, c, h: null };
  },
};

/** See `recurrentBackward`. `dSaved`: the gradient of what was kept, where there is one. */
export function backwardReference(k: Kit, inputs: readonly Input[], attrs: Attrs, dSaved: Ref | null): Ref[] {
  const [saved, weight] = inputs as [Ref, Ref];
  const [dOutput, dFinal, lengths, projection] = inputs.slice(2).map(present);
  const kind = attrs.kind as CellKind;
  const { gates, kept } = cellKinds[kind];
  const [time, batch] = saved.shape as [number, number, number];
  const hidden = weight.shape[0]! / gates;
  const state = weight.shape[1]!;
  const { dtype } = saved;
  let dh = dFinal ? columns(k, dFinal, 0, state) : k.full([batch, state], 0, dtype);
  let dc = dFinal && kind === 'lstm' ? columns(k, dFinal, state, hidden) : k.full([batch, hidden], 0, dtype);
  const sums: Ref[] = [];
  const more: Ref[] = [];
  for (const t of orderOf(time, !attrs.reverse)) {
    const choose = chooser(k, lengths ?? null, t);
    const here = dOutput ? k.add(dh, stepOf(k, dOutput, t)) : dh;
    const row = stepOf(k, saved, t);
    const added = dSaved && stepOf(k, dSaved, t);
    const before = columns(k, row, kept * hidden, state);
    const step = cellGradients[kind](
      k,
      split(k, columns(k, row, 0, kept * hidden), hidden),
      before,
      projection ? k.matmul(here, projection) : here,
      dc,
      added && split(k, columns(k, added, 0, kept * hidden), hidden),
    );
    const product = beside(k, step.product);
    let dBefore = k.matmul(product, weight);
    if (step.h) dBefore = k.add(dBefore, step.h);
    if (added) dBefore = k.add(dBefore, columns(k, added, kept * hidden, state));
    sums[t] = choose(beside(k, step.sums), 0);
    more[t] = choose(kind === 'gru' ? product : here, 0);
    dh = choose(dBefore, dh);
    dc = choose(step.c, dc);
  }
  const dState = kind === 'lstm' ? beside(k, [dh, dc]) : k.op('copy', [dh]);
  return [stacked(k, sums), dState, ...(kind === 'gru' || projection ? [stacked(k, more)] : [])];
}
