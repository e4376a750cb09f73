/** Optimizer updates, in place where the results are the operands, and norms and scalings of lists. Formulas: src/ops/extended/update.ts. */
import type { TypedArray } from '../../../core/dtype.ts';
import { type UpdateOp, type UpdateRule, updateRules } from '../../../ops/extended/update.ts';
import type { Attrs } from '../../../ops/types.ts';
import type { CpuKernel } from '../kernel.ts';
import { scratch } from '../memory.ts';
import { scalarAt, tensorAt } from '../operands.ts';
import { dense } from '../strided.ts';

/** Lists of a tensor's elements: the parameter, its states; and the same lists to be written. They may be the same memory. */
type Lists = readonly TypedArray[];
/** An update under some scalars: of the elements of one tensor, whose gradient has its sign and decay already. */
type Rule = (
  lr: number,
  scalars: readonly number[],
  attrs: Attrs,
) => (g: TypedArray, from: Lists, to: Lists, n: number) => void;

/** The list at a place that the rule says is there. */
const at = (lists: Lists, i: number): TypedArray => lists[i]!;

const sgd: Rule = (lr, [factor, undamped], { momentum, nesterov }) => {
  if (!momentum)
    return (g, [p], [newP], n) => {
      for (let i = 0; i < n; i++) newP![i] = p![i]! - lr * g[i]!;
    };
  // The direction is a·g + b·buffer: (1, factor) for Nesterov's, (0, 1) otherwise.
  const a = nesterov ? 1 : 0;
  const b = nesterov ? factor! : 1;
  return (g, [p, buffer], [newP, newBuffer], n) => {
    for (let i = 0; i < n; i++) {
      const v = factor! * buffer![i]! + undamped! * g[i]!;
      newBuffer![i] = v;
      newP![i] = p![i]! - lr * (a * g[i]! + b * v);
    }
  };
};

const adam: Rule = (lr, [beta2, eps, correction1, correction2, rest1, rest2], { amsgrad }) => {
  const step = lr / correction1!;
  const scale = 1 / Math.sqrt(correction2!);
  return (g, from, to, n) => {
    const [p, m, v] = [at(from, 0), at(from, 1), at(from, 2)];
    const [newP, newM, newV] = [at(to, 0), at(to, 1), at(to, 2)];
    // Without AMSGrad the maximum is the average itself.
    const most = amsgrad ? at(from, 3) : v;
    const newMost = amsgrad ? at(to, 3) : newV;
    for (let i = 0; i < n; i++) {
      const d = g[i]!;
      const first = m[i]! + rest1! * (d - m[i]!);
      const second = beta2! * v[i]! + rest2! * d * d;
      const bound = amsgrad ? Math.max(most[i]!, second) : second;
      newM[i] = first;
      newV[i] = second;
      newMost[i] = bound;
      newP[i] = p[i]! - (step * first) / (Math.sqrt(bound) * scale + eps!);
    }
  };
};

const nadam: Rule =
  (_, [beta2, eps, correction2, rest1, rest2, gradStep, meanStep]) =>
  (g, [p, m, v], [newP, newM, newV], n) => {
    for (let i = 0; i < n; i++) {
      const d = g[i]!;
      const first = m![i]! + rest1! * (d - m![i]!);
      const second = beta2! * v![i]! + rest2! * d * d;
      newM![i] = first;
      newV![i] = second;
      newP![i] = p![i]! - (gradStep! * d + meanStep! * first) / (Math.sqrt(second / correction2!) + eps!);
    }
  };

const radam: Rule =
  (lr, [beta2, eps, correction1, rectified, rest1, rest2]) =>
  (g, [p, m, v], [newP, newM, newV], n) => {
    for (let i = 0; i < n; i++) {
      const d = g[i]!;
      const first = m![i]! + rest1! * (d - m![i]!);
      const second = beta2! * v![i]! + rest2! * d * d;
      newM![i] = first;
      newV![i] = second;
      const adaptive = rectified! > 0 ? rectified! / (Math.sqrt(second) + eps!) : 1;
      newP![i] = p![i]! - (lr / correction1!) * first * adaptive;
    }
  };

const adamax: Rule =
  (lr, [beta2, eps, correction1, rest1]) =>
  (g, [p, m, u], [newP, newM, newU], n) => {
    for (let i = 0; i < n; i++) {
      const first = m![i]! + rest1! * (g[i]! - m![i]!);
      const bound = Math.max(beta2! * u![i]!, Math.abs(g[i]!) + eps!);
      newM![i] = first;
      newU![i] = bound;
      newP![i] = p![i]! - ((lr / correction1!) * first) / bound;
    }
  };

const adadelta: Rule =
  (lr, [rho, eps, rest]) =>
  (g, [p, v, a], [newP, newV, newA], n) => {
    for (let i = 0; i < n; i++) {
      const square = rho! * v![i]! + rest! * g[i]! * g[i]!;
      const delta = (Math.sqrt(a![i]! + eps!) / Math.sqrt(square + eps!)) * g[i]!;
      newV![i] = square;
      newA![i] = rho! * a![i]! + rest! * delta * delta;
      newP![i] = p![i]! - lr * delta;
    }
  };

const adagrad: Rule =
  (lr, [eps]) =>
  (g, [p, s], [newP, newS], n) => {
    for (let i = 0; i < n; i++) {
      const sum = s![i]! + g[i]! * g[i]!;
      newS![i] = sum;
      newP![i] = p![i]! - (lr * g[i]!) / (Math.sqrt(sum) + eps!);
    }
  };

const rmsprop: Rule = (lr, [alpha, eps, factor, rest], { momentum, centered }) => {
  const averages = momentum ? 3 : 2;
  return (g, from, to, n) => {
    const [p, v, newP, newV] = [at(from, 0), at(from, 1), at(to, 0), at(to, 1)];
    for (let i = 0; i < n; i++) {
      const d = g[i]!;
      const square = alpha! * v[i]! + rest! * d * d;
      newV[i] = square;
      let mean = 0;
      if (centered) {
        mean = at(from, averages)[i]! + rest! * (d - at(from, averages)[i]!);
        at(to, averages)[i] = mean;
      }
      let direction = d / (Math.sqrt(square - mean * mean) + eps!);
      if (momentum) {
        direction += factor! * at(from, 2)[i]!;
        at(to, 2)[i] = direction;
      }
      newP[i] = p[i]! - lr * direction;
    }
  };
};

const asgd: Rule =
  (_, [eta, kept, mu]) =>
  (g, [p, a], [newP, newA], n) => {
    for (let i = 0; i < n; i++) {
      const moved = kept! * p![i]! - eta! * g[i]!;
      newP![i] = moved;
      newA![i] = mu === 1 ? moved : a![i]! + mu! * (moved - a![i]!);
    }
  };

/** -1, 0 or 1; 0 for NaN, as in PyTorch. */
const sign = (x: number): number => (x > 0 ? 1 : x < 0 ? -1 : 0);

const rprop: Rule =
  (_, [shrink, grow, least, most]) =>
  (g, [p, prev, size], [newP, newPrev, newSize], n) => {
    for (let i = 0; i < n; i++) {
      const agreement = sign(g[i]!) * sign(prev![i]!);
      const d = agreement < 0 ? 0 : g[i]!;
      const change = agreement > 0 ? grow! : agreement < 0 ? shrink! : 1;
      const step = Math.min(Math.max(size![i]! * change, least!), most!);
      newPrev![i] = d;
      newSize![i] = step;
      newP![i] = p![i]! - sign(d) * step;
    }
  };

const lion: Rule =
  (lr, [beta1, rest1, beta2, rest2]) =>
  (g, [p, m], [newP, newM], n) => {
    for (let i = 0; i < n; i++) {
      const mean = m![i]!;
      newP![i] = p![i]! - lr * sign(beta1! * mean + rest1! * g[i]!);
      newM![i] = beta2! * mean + rest2! * g[i]!;
    }
  };

const rules: Record<UpdateOp, Rule> = {
  sgdStep: sgd,
  adamStep: adam,
  nadamStep: nadam,
  radamStep: radam,
  adamaxStep: adamax,
  adadeltaStep: adadelta,
  adagradStep: adagrad,
  rmspropStep: rmsprop,
  asgdStep: asgd,
  rpropStep: rprop,
  lionStep: lion,
};

/** direction·g + decay·p into `out`. Not 0·p: an infinite parameter would turn into NaN. */
function decayed(out: TypedArray, direction: number, g: TypedArray, decay: number, p: TypedArray): TypedArray {
  const n = g.length;
  if (decay === 0) for (let i = 0; i < n; i++) out[i] = direction * g[i]!;
  else for (let i = 0; i < n; i++) out[i] = direction * g[i]! + decay * p[i]!;
  return out;
}

const update =
  (op: UpdateOp): CpuKernel =>
  (inputs, outputs, attrs) => {
    const n = attrs.n as number;
    const { states, scalars }: UpdateRule = updateRules[op];
    const lists = [0, ...states(attrs).map((_, i) => i + 2)];
    const first = (lists.length + 1) * n;
    const lr = scalarAt(inputs, first);
    const weightDecay = scalarAt(inputs, first + 1);
    const rule = rules[op](
      lr,
      scalars.map((_, i) => scalarAt(inputs, first + 2 + i)),
      attrs,
    );
    const direction = attrs.maximize ? -1 : 1;
    const keep = attrs.decoupled ? 1 - lr * weightDecay : 1;
    const decay = attrs.decoupled ? 0 : weightDecay;
    const { dtype } = outputs[0]!;
    const longest = Math.max(...outputs.map(({ data }) => data.length));
    const [spareG, spareP] = [scratch(dtype, longest), scratch(dtype, longest)];
    for (let t = 0; t < n; t++) {
      const from = lists.map((list) => dense(tensorAt(inputs, list * n + t)));
      const to = lists.map((_, i) => outputs[i * n + t]!.data);
      const g = dense(tensorAt(inputs, n + t));
      const [p] = from as [TypedArray];
      if (keep !== 1) from[0] = decayed(spareP, keep, p, 0, p);
      const plain = direction === 1 && decay === 0;
      rule(plain ? g : decayed(spareG, direction, g, decay, p), from, to, p.length);
    }
  };

const normOfLists: CpuKernel = (inputs, outputs, attrs) => {
  const n = attrs.n as number;
  const p = attrs.norm === 'any' ? scalarAt(inputs, n) : 2;
  let total = 0;
  for (let t = 0; t < n; t++) {
    const g = dense(tensorAt(inputs, t));
    if (attrs.norm === 'infinity') for (let i = 0; i < g.length; i++) total = Math.max(total, Math.abs(g[i]!));
    else if (attrs.norm === 'two') for (let i = 0; i < g.length; i++) total += g[i]! * g[i]!;
    else for (let i = 0; i < g.length; i++) total += Math.abs(g[i]!) ** p;
  }
  outputs[0]!.data[0] = attrs.norm === 'infinity' ? total : attrs.norm === 'two' ? Math.sqrt(total) : total ** (1 / p);
};

const scaleLists: CpuKernel = (inputs, outputs, attrs) => {
  const n = attrs.n as number;
  const clip = attrs.by === 'clip';
  const [a = 0, b = 0] = [0, 1].map((i) => (inputs[(clip ? n + 1 : n) + i] ?? 0) as number);
  const factor = clip ? Math.min(a / (dense(tensorAt(inputs, n))[0]! + 1e-6), 1) : a;
  for (let t = 0; t < n; t++) {
    const g = dense(tensorAt(inputs, t));
    const out = outputs[t]!.data;
    if (attrs.by === 'clamp') for (let i = 0; i < g.length; i++) out[i] = Math.min(Math.max(g[i]!, a), b);
    else for (let i = 0; i < g.length; i++) out[i] = g[i] === 0 ? g[i]! : g[i]! * factor;
  }
};

const averageLists: CpuKernel = (inputs, outputs, attrs) => {
  const n = attrs.n as number;
  const weight = dense(tensorAt(inputs, 2 * n))[0]!;
  for (let t = 0; t < n; t++) {
    const [average, x] = [dense(tensorAt(inputs, t)), dense(tensorAt(inputs, n + t))];
    const out = outputs[t]!.data;
    if (weight === 1) out.set(x);
    else for (let i = 0; i < x.length; i++) out[i] = average[i]! + weight * (x[i]! - average[i]!);
  }
};

const updates = Object.fromEntries(Object.keys(rules).map((op) => [op, update(op as UpdateOp)])) as Record<
  UpdateOp,
  CpuKernel
>;

export const updateKernels = { ...updates, normOfLists, averageLists, scaleLists } satisfies Record<string, CpuKernel>;
