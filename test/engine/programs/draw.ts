/** Draws calls with operands that suit them. */
import { broadcastShapes, numel, type Shape } from '../../../src/core/shape.ts';
import { isGradEnabled, type Tensor } from '../../../src/index.ts';
import type { CallArgs } from './calls.ts';
import { CallDraft, type Drawing, peek, type Variable } from './variables.ts';

type Drawer = (d: Drawing) => boolean;

const isFloat = (v: Variable): boolean => v.tensor.dtype === 'float32';
const isInt = (v: Variable): boolean => v.tensor.dtype === 'int32';
const isBool = (v: Variable): boolean => v.tensor.dtype === 'bool';
const isSmall = (shape: Shape): boolean => numel(shape) <= 12 && shape.length <= 3;
const every = (v: Variable, test: (x: number) => boolean): boolean => v.values.every((list) => list.every(test));

/** How far from a jump or kink values must be, so that rounding cannot carry them across. */
const margin = 0.01;
const awayFrom =
  (...points: readonly number[]) =>
  (x: number): boolean =>
    points.every((p) => Math.abs(x - p) > margin);

const unary: readonly (readonly [op: string, domain: (x: number) => boolean])[] = [
  ['neg', () => true],
  ['square', () => true],
  ['sin', () => true],
  ['cos', () => true],
  ['tanh', () => true],
  ['sigmoid', () => true],
  ['erf', () => true],
  ['gelu', () => true],
  ['silu', () => true],
  ['exp', (x) => x < 2.5],
  ['expm1', (x) => x < 2.5],
  ['log', (x) => x > 0.1],
  ['log1p', (x) => x > -0.8],
  ['sqrt', (x) => x > 0.1],
  ['rsqrt', (x) => x > 0.1],
  ['reciprocal', (x) => Math.abs(x) > 0.2],
  ['relu', awayFrom(0)],
  ['abs', awayFrom(0)],
  ['sign', awayFrom(0)],
  ['floor', (x) => Math.abs(x - Math.round(x)) > margin],
  ['ceil', (x) => Math.abs(x - Math.round(x)) > margin],
  ['round', (x) => Math.abs(x - Math.floor(x) - 0.5) > margin],
];

const drawUnary: Drawer = (d) => {
  const [op, domain] = d.random.pick(unary);
  const x = d.pick((v) => isFloat(v) && every(v, domain));
  return x !== undefined && d.call(new CallDraft(op, [x], { out: [d.fresh()] }));
};

/** A second operand that broadcasts with the first. */
function partner(d: Drawing, x: Variable, accept: (v: Variable) => boolean): Variable | undefined {
  return d.pick((v) => {
    if (!accept(v)) return false;
    try {
      return isSmall(broadcastShapes('', x.shape, v.shape));
    } catch {
      return false;
    }
  });
}

/** The elements of two operands, paired by broadcasting, for both variants. */
function pairs(x: Variable, y: Variable): readonly (readonly [number, number])[] {
  const shape = broadcastShapes('', x.shape, y.shape);
  const wide = (t: Tensor): number[] => peek(t.detach().expand(shape));
  return x.tensors.flatMap((t, i) => {
    const other = wide(y.tensors[i]!);
    return wide(t).map((a, n) => [a, other[n]!] as const);
  });
}

const apart = (x: Variable, y: Variable): boolean => pairs(x, y).every(([a, b]) => Math.abs(a - b) > margin);

const drawBinary: Drawer = (d) => {
  const op = d.random.pick(['add', 'sub', 'mul', 'div', 'maximum', 'minimum', 'lt', 'ge', 'addAlpha', 'add', 'mul']);
  const x = d.pick(isFloat);
  const y = x && partner(d, x, isFloat);
  if (!x || !y) return false;
  if (op === 'div' && !every(y, (v) => Math.abs(v) > 0.2)) return false;
  if (['maximum', 'minimum', 'lt', 'ge'].includes(op) && !apart(x, y)) return false;
  const numbers = op === 'addAlpha' ? [d.pair(-1, 0.9)] : [];
  return d.call(new CallDraft(op, [x, y], { numbers, out: [d.fresh()] }));
};

const drawNumber: Drawer = (d) => {
  const op = d.random.pick(['add', 'sub', 'mul', 'div', 'pow', 'lt', 'ge']);
  const number = op === 'div' ? d.pair(0.5, 2) : op === 'pow' ? ([2, 3] as const) : d.pair(-1.5, 1.5);
  const domain =
    op === 'lt' || op === 'ge' ? awayFrom(...number) : op === 'pow' ? (x: number) => x > 0.1 && x < 2.5 : () => true;
  const x = d.pick((v) => isFloat(v) && every(v, domain));
  return x !== undefined && d.call(new CallDraft(`${op}Number`, [x], { numbers: [number], out: [d.fresh()] }));
};

const drawClamp: Drawer = (d) => {
  const [low, high] = [d.pair(-1.5, -0.25), d.pair(0.25, 1.5)];
  const x = d.pick((v) => isFloat(v) && every(v, awayFrom(...low, ...high)));
  if (!x) return false;
  if (d.random.chance(0.3) && every(x, awayFrom(0)))
    return d.call(new CallDraft('leakyRelu', [x], { numbers: [d.pair(0.0625, 0.5)], out: [d.fresh()] }));
  return d.call(new CallDraft('clamp', [x], { numbers: [low, high], out: [d.fresh()] }));
};

const drawSelect: Drawer = (d) => {
  const mask = d.pick(isBool);
  if (!mask) return false;
  const x = partner(d, mask, isFloat);
  if (!x) return false;
  if (d.random.chance(0.4)) {
    // The mask must broadcast to x, not x to the mask.
    if (numel(broadcastShapes('', x.shape, mask.shape)) !== x.tensor.numel() || x.shape.length < mask.shape.length)
      return false;
    return d.call(new CallDraft('maskedFill', [x, mask], { numbers: [d.pair(-1, 1)], out: [d.fresh()] }));
  }
  const y = partner(d, x, isFloat);
  if (!y) return false;
  try {
    if (!isSmall(broadcastShapes('', x.shape, y.shape, mask.shape))) return false;
  } catch {
    return false;
  }
  return d.call(new CallDraft('where', [mask, x, y], { out: [d.fresh()] }));
};

const drawBool: Drawer = (d) => {
  const x = d.pick(isBool);
  if (!x) return false;
  const op = d.random.pick(['logicalNot', 'logicalAnd', 'logicalOr', 'logicalXor', 'any', 'all', 'to', 'to']);
  const out = [d.fresh()];
  if (op === 'logicalNot') return d.call(new CallDraft(op, [x], { out }));
  if (op === 'to') return d.call(new CallDraft(op, [x], { args: { dtype: d.random.pick(['float32', 'int32']) }, out }));
  if (op === 'any' || op === 'all') return d.call(new CallDraft(op, [x], { args: someDims(d, x), out }));
  const y = partner(d, x, isBool);
  return y !== undefined && d.call(new CallDraft(op, [x, y], { out }));
};

const drawInt: Drawer = (d) => {
  const x = d.pick(isInt);
  const out = [d.fresh()];
  if (!x) {
    const f = d.pick((v) => isFloat(v) && every(v, (n) => Math.abs(n - Math.round(n)) > margin));
    return f !== undefined && d.call(new CallDraft('to', [f], { args: { dtype: 'int32' }, out }));
  }
  const op = d.random.pick(['add', 'sub', 'mul', 'eq', 'ne', 'lt', 'maximum', 'sum', 'amax', 'to', 'neg']);
  if (op === 'neg') return d.call(new CallDraft(op, [x], { out }));
  if (op === 'to') return d.call(new CallDraft(op, [x], { args: { dtype: d.random.pick(['float32', 'bool']) }, out }));
  if (op === 'sum' || op === 'amax') return d.call(new CallDraft(op, [x], { args: someDims(d, x), out }));
  const y = partner(d, x, isInt);
  return y !== undefined && d.call(new CallDraft(op, [x, y], { out }));
};

const shapes: readonly Shape[] = [
  [],
  [1],
  [2],
  [3],
  [6],
  [12],
  [1, 3],
  [3, 1],
  [2, 1],
  [2, 2],
  [2, 3],
  [3, 2],
  [3, 4],
  [4, 3],
  [2, 6],
  [1, 2, 3],
  [2, 2, 3],
  [2, 3, 2],
  [2, 1, 3],
];

const drawView: Drawer = (d) => {
  const { random } = d;
  const x = d.pick(() => true);
  if (!x) return false;
  const rank = x.shape.length;
  const out = [d.fresh()];
  const view = (op: string, args: CallArgs, writable = true): boolean =>
    d.call(new CallDraft(op, [x], { args, out, writable, isView: true }));
  switch (random.below(8)) {
    case 0: {
      const shape = random.pick(shapes.filter((s) => numel(s) === x.tensor.numel()).concat([[x.tensor.numel()]]));
      return view('reshape', { shape });
    }
    case 1:
      return rank > 1 && view('permute', { dims: random.shuffled(x.shape.map((_, i) => i)) });
    case 2: {
      const wide = x.shape.map((n) => (n === 1 ? random.pick([1, 2, 3]) : n));
      const shape = random.chance(0.3) ? [2, ...wide] : wide;
      return isSmall(shape) && view('expand', { shape }, false);
    }
    case 3:
      // PyTorch's flip is a copy.
      return rank > 0 && !d.torch && view('flip', { dims: [random.below(rank)] });
    case 4:
      return x.shape.includes(1) ? view('squeeze', {}) : view('unsqueeze', { dim: random.below(rank + 1) });
    case 5: {
      if (rank === 0) return false;
      const dim = random.below(rank);
      const size = x.shape[dim]!;
      if (size < 2) return false;
      const parts = Math.ceil(size / 2);
      return d.call(
        new CallDraft('split', [x], {
          args: { size: 2, dim },
          out: Array.from({ length: parts }, () => d.fresh()),
          writable: !d.torch,
          isView: true,
        }),
      );
    }
    default: {
      if (rank === 0) return false;
      const index = x.shape.map((size) => {
        const kind = random.below(4);
        if (kind === 0 && size > 0) return random.below(2 * size) - size;
        if (kind === 1 || size < 2) return ':';
        const from = random.below(size - 1);
        if (kind === 2) return [from, Math.min(size, from + 1 + random.below(size))];
        return random.chance(0.5) && !d.torch ? [null, null, -1 - random.below(2)] : [null, null, 2];
      });
      if (random.chance(0.15)) index.splice(random.below(index.length + 1), 0, null as unknown as ':');
      return view('at', { index });
    }
  }
};

/** Dims to reduce over: one, all, or several, with or without keeping them. */
function someDims(d: Drawing, x: Variable): { dim: readonly number[] | null; keepdim: boolean } {
  const all = x.shape.map((_, i) => i);
  const dim =
    all.length === 0 || d.random.chance(0.3) ? null : d.random.shuffled(all).slice(0, 1 + d.random.below(all.length));
  return { dim, keepdim: d.random.chance(0.4) };
}

/** No two of the elements along `dims` are close. */
function distinct(x: Variable, dims: readonly number[] | null): boolean {
  const rank = x.shape.length;
  const over = dims ?? x.shape.map((_, i) => i);
  const order = [...x.shape.map((_, i) => i).filter((i) => !over.includes(i)), ...over];
  const run = over.reduce((n, i) => n * x.shape[i]!, 1);
  return x.tensors.every((t) => {
    const data = peek(rank > 0 ? t.detach().permute(order) : t);
    for (let at = 0; at < data.length; at += run) {
      const row = data.slice(at, at + run).sort((a, b) => a - b);
      if (row.some((v, i) => i > 0 && v - row[i - 1]! < margin)) return false;
    }
    return true;
  });
}

const drawReduce: Drawer = (d) => {
  const { random } = d;
  const op = random.pick([
    'sum',
    'sum',
    'mean',
    'mean',
    'prod',
    'amax',
    'amin',
    'var',
    'std',
    'argmax',
    'argmin',
    'maxAlong',
    'logsumexp',
  ]);
  const x = d.pick((v) => isFloat(v) && v.tensor.numel() > 0);
  if (!x) return false;
  const rank = x.shape.length;
  const out = [d.fresh()];
  const args = someDims(d, x);
  if (op === 'amax' || op === 'amin') return distinct(x, args.dim) && d.call(new CallDraft(op, [x], { args, out }));
  if (op === 'prod') {
    // PyTorch's prod takes one dim.
    const dim = rank === 0 || random.chance(0.3) ? null : [random.below(rank)];
    return every(x, (v) => Math.abs(v) > 0.1) && d.call(new CallDraft(op, [x], { args: { dim, keepdim: false }, out }));
  }
  if (op === 'var' || op === 'std') {
    const count = (args.dim ?? x.shape.map((_, i) => i)).reduce((n, i) => n * x.shape[i]!, 1);
    return count > 1 && distinct(x, args.dim) && d.call(new CallDraft(op, [x], { args, out }));
  }
  if (op === 'sum' || op === 'mean') return d.call(new CallDraft(op, [x], { args, out }));
  if (rank === 0) return false;
  const dim = random.below(rank);
  if (op === 'logsumexp') return distinct(x, [dim]) && d.call(new CallDraft(op, [x], { args: { dim }, out }));
  if (!distinct(x, [dim])) return false;
  return d.call(new CallDraft(op, [x], { args: { dim }, out: op === 'maxAlong' ? [...out, d.fresh()] : out }));
};

const drawProduct: Drawer = (d) => {
  const a = d.pick((v) => isFloat(v) && v.shape.length > 0);
  if (!a) return false;
  const inner = a.shape[a.shape.length - 1]!;
  const b = d.pick(
    (v) =>
      isFloat(v) && v.shape.length > 0 && (v.shape[v.shape.length - 2] ?? v.shape[0]) === inner && v.shape.length <= 2,
  );
  if (!b) {
    const w = d.pick((v) => isFloat(v) && v.shape.length === 2 && v.shape[1] === inner);
    return (
      w !== undefined &&
      isSmall([...a.shape.slice(0, -1), w.shape[0]!]) &&
      d.call(new CallDraft('linear', [a, w], { out: [d.fresh()] }))
    );
  }
  return (
    isSmall([...a.shape.slice(0, -1), b.shape[1] ?? 1]) && d.call(new CallDraft('matmul', [a, b], { out: [d.fresh()] }))
  );
};

const drawRows: Drawer = (d) => {
  const x = d.pick((v) => isFloat(v) && v.shape.length > 0 && numel(v.shape) > 0);
  if (!x) return false;
  const out = [d.fresh()];
  const op = d.random.pick(['softmax', 'logSoftmax', 'layerNorm', 'crossEntropy', 'mseLoss']);
  if (op === 'layerNorm') return d.call(new CallDraft(op, [x], { out }));
  if (op === 'crossEntropy') {
    if (x.shape.length !== 2) return false;
    const target = d.leaf([x.shape[0]!], 'int32', () => d.random.below(x.shape[1]!));
    return d.call(new CallDraft(op, [x, target], { out }));
  }
  if (op === 'mseLoss') {
    const y = d.pick((v) => isFloat(v) && v.shape.join() === x.shape.join());
    return y !== undefined && d.call(new CallDraft(op, [x, y], { out }));
  }
  return d.call(new CallDraft(op, [x], { args: { dim: d.random.below(x.shape.length) }, out }));
};

const drawJoin: Drawer = (d) => {
  const x = d.pick((v) => isFloat(v) && v.shape.length > 0);
  const y = x && d.pick((v) => isFloat(v) && v.shape.join() === x.shape.join());
  if (!x || !y) return false;
  const op = d.random.pick(['cat', 'stack']);
  const dim = d.random.below(x.shape.length + (op === 'stack' ? 1 : 0));
  return x.tensor.numel() <= 6 && d.call(new CallDraft(op, [x, y], { args: { dim }, out: [d.fresh()] }));
};

const drawIndex: Drawer = (d) => {
  const { random } = d;
  const x = d.pick((v) => isFloat(v) && v.shape.length > 0 && numel(v.shape) > 0);
  if (!x) return false;
  const out = [d.fresh()];
  const op = random.pick(['gather', 'indexSelect', 'scatterAdd', 'pickRows']);
  const dim = op === 'pickRows' ? 0 : random.below(x.shape.length);
  const size = x.shape[dim]!;
  const position = (): number => random.below(size);
  if (op === 'gather') {
    const index = d.leaf(
      x.shape.map((n, i) => (i === dim ? 1 + random.below(3) : n)),
      'int32',
      position,
    );
    return d.call(new CallDraft(op, [x, index], { args: { dim }, out }));
  }
  if (op === 'scatterAdd') {
    const source = d.pick(
      (v) =>
        isFloat(v) &&
        v.shape.length === x.shape.length &&
        v.shape.every((n, i) => i === dim || n <= x.shape[i]!) &&
        numel(v.shape) > 0,
    );
    if (!source) return false;
    const index = d.leaf(source.shape, 'int32', position);
    return d.call(new CallDraft(op, [x, index, source], { args: { dim }, out }));
  }
  // Where indices may be negative is known when they are recorded, so both variants have the same sign.
  const negative = op === 'pickRows' && random.chance(0.3);
  const index = d.leaf([2], 'int32', () => (negative ? position() - size : position()));
  return d.call(new CallDraft(op, [x, index], { args: op === 'indexSelect' ? { dim } : {}, out }));
};

const drawRandom: Drawer = (d) => {
  if (d.torch) return false;
  const { random } = d;
  const out = [d.fresh()];
  const op = random.pick(['rand', 'randn', 'dropout', 'dropout', 'bernoulli']);
  if (op === 'rand' || op === 'randn')
    return d.call(new CallDraft(op, [], { args: { shape: random.pick([[3], [2, 3], [3, 2]]) }, out }));
  if (op === 'bernoulli') {
    const p = d.pick((v) => isFloat(v) && !v.tensor.requiresGrad && every(v, (n) => n > 0 && n < 1));
    return p !== undefined && d.call(new CallDraft(op, [p], { out }));
  }
  const x = d.pick(isFloat);
  return x !== undefined && d.call(new CallDraft('dropout', [x], { numbers: [d.pair(0.25, 0.75)], out }));
};

const drawCopy: Drawer = (d) => {
  const op = d.random.pick(['clone', 'detach', 'contiguous']);
  const x = d.pick(isFloat);
  return x !== undefined && d.call(new CallDraft(op, [x], { out: [d.fresh()], isView: true }));
};

const drawFull: Drawer = (d) => {
  const shape = d.random.pick([[3], [2, 3], [3, 2]]);
  const out = [d.fresh()];
  if (d.random.chance(0.4)) return d.call(new CallDraft('ones', [], { args: { shape }, out }));
  if (d.random.chance(0.2)) d.leaf(shape, 'bool', () => d.random.below(2));
  else d.leaf(shape, 'float32', () => d.away(d.random.number(-2, 2)), d.random.chance(0.5));
  return true;
};

/** A tensor whose elements lie at distinct places, not a leaf that records. */
function target(d: Drawing): Variable | undefined {
  return d.pick((v) => {
    if (!isFloat(v) || !v.writable) return false;
    const { layout, base, leaf } = v.tensor.impl;
    if (layout.shape.some((n, i) => n > 1 && layout.strides[i] === 0)) return false;
    return !isGradEnabled() || (leaf === null && !base?.leaf);
  });
}

const drawWrite: Drawer = (d) => {
  const { random } = d;
  const x = target(d);
  if (!x) return false;
  const op = random.pick([
    'add_',
    'add_',
    'sub_',
    'mul_',
    'mul_',
    'div_',
    'copy_',
    'copy_',
    'zero_',
    'fill_',
    'clamp_',
    'addAlpha_',
  ]);
  if (op === 'zero_') return d.write(new CallDraft(op, [x]));
  if (op === 'fill_') return d.write(new CallDraft(op, [x], { numbers: [d.pair(-1, 1)] }));
  if (op === 'div_') return d.write(new CallDraft(op, [x], { numbers: [d.pair(0.5, 2)] }));
  if (op === 'clamp_') {
    const bounds = [d.pair(-1.5, -0.25), d.pair(0.25, 1.5)] as const;
    return every(x, awayFrom(...bounds.flat())) && d.write(new CallDraft(op, [x], { numbers: bounds }));
  }
  if (op !== 'copy_' && op !== 'addAlpha_' && random.chance(0.4))
    return d.write(new CallDraft(op, [x], { numbers: [d.pair(-1, 1)] }));
  const y = d.pick((v) => {
    if (!isFloat(v) || v.shape.length > x.shape.length) return false;
    if (d.torch && v.storage === x.storage && v !== x) return false;
    return v.shape.every((n, i) => n === 1 || n === x.shape[x.shape.length - v.shape.length + i]);
  });
  if (!y) return false;
  const numbers = op === 'addAlpha_' ? [d.pair(-1, 0.9)] : [];
  return d.write(new CallDraft(op, [x, y], { numbers }));
};

const drawGrad: Drawer = (d) => {
  const loss = d.pick((v) => isFloat(v) && v.tensor.numel() === 1 && v.tensor.requiresGrad && !v.isLeaf);
  const leaf = loss && d.pick((v) => v.isLeaf);
  if (!loss || !leaf) return false;
  return d.call(new CallDraft('grad', [loss, leaf], { args: { createGraph: d.random.chance(0.7) }, out: [d.fresh()] }));
};

const drawers: readonly (readonly [weight: number, draw: Drawer])[] = [
  [10, drawUnary],
  [12, drawBinary],
  [6, drawNumber],
  [3, drawClamp],
  [3, drawSelect],
  [3, drawBool],
  [2, drawInt],
  [14, drawView],
  [9, drawReduce],
  [5, drawProduct],
  [5, drawRows],
  [3, drawJoin],
  [5, drawIndex],
  [3, drawRandom],
  [4, drawCopy],
  [2, drawFull],
  [14, drawWrite],
  [4, drawGrad],
];
const total = drawers.reduce((sum, [weight]) => sum + weight, 0);

/** One call, of any kind. False when nothing suitable was found. */
export function drawCall(d: Drawing): boolean {
  let at = d.random.next() * total;
  for (const [weight, draw] of drawers) {
    at -= weight;
    if (at < 0) return draw(d);
  }
  return false;
}
