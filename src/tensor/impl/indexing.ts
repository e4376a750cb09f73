/** Reading by position: at(), gather, indexSelect; and what writing by position shares with it. */
import { Var } from '../../autograd/var.ts';
import { DTypeError, describe, OptionError, ShapeError } from '../../core/errors.ts';
import { broadcastShapes, formatShape, normalizeDim, numel, type Shape, sameShape } from '../../core/shape.ts';
import { cast, named, op, scalar, scoped } from './common.ts';

/** One entry of at(): see Tensor.at. */
export type Index = number | string | null | readonly (number | null | undefined)[] | Var;

/** Words for an index out of range; null stands for one that only the device knows. */
type Complaint = (bad: number | null) => string;

/**
 * Throws when an index is known to lie outside [low, high). Where only the device knows, returns what has the next read check
 * it: to be called once the op has been recorded, since an op that failed has nothing to be checked.
 */
export function checkWithin(index: Var, low: number, high: number, complain: Complaint): () => void {
  const { range } = index.storage.value;
  if (numel(index.shape) === 0 || (range && range.min >= low && range.max < high)) return nothing;
  // A part of the data need not hold the least and greatest of it.
  if (range?.exact && index.isWhole) throw new ShapeError(complain(range.min < low ? range.min : range.max));
  return () => {
    const flag = scoped(() => {
      const below = op('lt', [index, scalar(low, index.dtype)]);
      const above = op('ge', [index, scalar(high, index.dtype)]);
      return op('any', [op('logicalOr', [below, above])], { dims: index.shape.map((_, i) => i) });
    });
    index.engine.assertFalse(flag.storage.value, () => new ShapeError(complain(null)));
  };
}
const nothing = (): void => {};

/** As {@link checkWithin}, for [0, size); in the words of ops that pick slices. */
export const checkIndex = (name: string, index: Var, size: number): (() => void) =>
  checkWithin(index, 0, size, (bad) =>
    bad === null
      ? `index out of range\n  in ${name}: an index computed on the device is out of bounds for size ${size} (valid: 0 to ${size - 1})`
      : `index ${bad} out of range\n  in ${name}: it is out of bounds for size ${size} (valid: 0 to ${size - 1})`,
  );
/** In the words of ops that pick elements along a dim. */
export const outOfBounds =
  (name: string, dim: number, size: number): Complaint =>
  (bad) =>
    `index ${bad === null ? 'computed on the device' : bad} is out of bounds for dimension ${dim} with size ${size}\n  in ${name}`;

/** An index as int32, or a complaint. */
export function asIndex(name: string, index: Var): Var {
  if (index.dtype === 'bool')
    throw new DTypeError(
      `${name}: a boolean mask selects a number of elements that depends on data; use await x.maskedSelect(mask) or where()\n  a mask of some of the dims: x.at(...(await nonzero(mask, { asTuple: true }))); to write: x.put_([mask], value)`,
    );
  if (index.dtype !== 'int32' && index.dtype !== 'uint32') {
    throw new DTypeError(
      name === 'at'
        ? `tensors used as indices must be integer tensors, got ${index.dtype}\n  in at(); cast with .to('int32')`
        : `${name}(): Expected dtype int32 for index, got ${index.dtype}\n  cast with .to('int32')`,
    );
  }
  return cast(index, 'int32');
}

export function gather(x: Var, dim: number, index: Var): Var {
  const d = normalizeDim('gather', dim, x.shape.length);
  const i = asIndex('gather', index);
  const size = x.shape[d] ?? 1;
  const watch = checkWithin(i, 0, size, outOfBounds('gather', d, size));
  // PyTorch takes an empty index of any rank.
  const ofAnyShape = x.shape.length === 0 || (numel(i.shape) === 0 && i.shape.length !== x.shape.length);
  const flat = (v: Var): Var => op('reshape', [v], { shape: [numel(v.shape)] });
  const out = ofAnyShape
    ? scoped(() => op('reshape', [op('gather', [flat(x), flat(i)], { dim: 0 })], { shape: i.shape }))
    : op('gather', [x, i], { dim: d });
  watch();
  return out;
}
/** A 0-d tensor as one of a single element. */
export const asVector = (x: Var): Var => (x.shape.length > 0 ? x : op('reshape', [x], { shape: [1] }));

export function indexSelect(x: Var, dim: number, index: Var): Var {
  const d = normalizeDim('indexSelect', dim, x.shape.length);
  const i = asVector(asIndex('indexSelect', index));
  const watch = checkIndex('indexSelect', i, x.shape[d] ?? 1);
  if (x.shape.length === 0 && numel(i.shape) !== 1) {
    throw new ShapeError(
      `index_select(): Index to scalar can have only 1 value, got ${numel(i.shape)} value(s)\n  in indexSelect`,
    );
  }
  const out =
    x.shape.length === 0
      ? scoped(() => op('reshape', [op('indexSelect', [asVector(x), i], { dim: 0 })], { shape: [] }))
      : op('indexSelect', [x, i], { dim: d });
  const { range } = x.storage.value;
  // Known indices select nothing else; others may read zeros.
  if (range && watch === nothing) out.storage.value.range = { ...range, exact: false };
  watch();
  return out;
}
/** x with src written at index along dim by `write`, after the checks that writing by element shares. */
export function scatterBy(
  name: string,
  x: Var,
  dim: number,
  index: Var,
  src: Var,
  write: (x: Var, index: Var, src: Var, dim: number) => Var,
): Var {
  const d = normalizeDim(name, dim, x.shape.length);
  const i = asIndex(name, index);
  checkScatter(name, x, i, src, d);
  const size = x.shape[d] ?? 1;
  const watch = checkWithin(i, 0, size, outOfBounds(name, d, size));
  const out = scoped(() => {
    if (numel(i.shape) === 0 && i.shape.length !== x.shape.length) return op('copy', [x]);
    const y = write(asVector(x), asVector(i), asVector(src), d);
    return x.shape.length > 0 ? y : op('reshape', [y], { shape: [] });
  });
  watch();
  return out;
}

function checkScatter(name: string, x: Var, index: Var, src: Var, dim: number): void {
  if (x.dtype !== src.dtype)
    throw new DTypeError(
      `scatter(): Expected self.dtype to be equal to src.dtype\n  in ${name}: got ${x.dtype} and ${src.dtype}`,
    );
  if (numel(index.shape) === 0) return;
  const [self, at, from] = [x, index, src].map(({ shape }) => (shape.length > 0 ? shape : [1])) as [
    Shape,
    Shape,
    Shape,
  ];
  for (const [what, shape] of [
    ['self', self],
    ['src', from],
  ] as const) {
    if (shape.length === at.length) continue;
    throw new ShapeError(
      `Index tensor must have the same number of dimensions as ${what} tensor\n  in ${name}: the index is ${formatShape(index.shape)}, and ${what} ${formatShape(shape)}`,
    );
  }
  if (at.some((d, i) => d > from[i]! || (i !== dim && d > self[i]!))) {
    throw new ShapeError(
      `Expected index ${formatShape(at)} to be no larger than self ${formatShape(self)} apart from dimension ${dim} and to be no larger size than src ${formatShape(from)}\n  in ${name}`,
    );
  }
}

/** A row that adds. The sum of bools is whether one of them is true. */
export function adding(row: 'scatterAdd' | 'indexAdd', [x, index, src]: readonly [Var, Var, Var], dim: number): Var {
  if (x.dtype !== 'bool') return op(row, [x, index, src], { dim });
  return cast(op(row, [cast(x, 'int32'), index, cast(src, 'int32')], { dim }), 'bool');
}
export const scatterAdd = (x: Var, dim: number, index: Var, src: Var): Var =>
  scatterBy('scatterAdd', x, dim, index, src, (base, i, from, d) => adding('scatterAdd', [base, i, from], d));

/** Tensor and mask broadcast together, each as a vector. */
export function forMask(x: Var, mask: Var): { x: Var; where: Var } {
  if (mask.dtype !== 'bool')
    throw new DTypeError(
      `masked_select: expected BoolTensor for mask, got ${mask.dtype}\n  in maskedSelect; compare first, as in x.gt(0)`,
    );
  const shape = broadcastShapes('maskedSelect', x.shape, mask.shape);
  const flat = (v: Var): Var => scoped(() => op('reshape', [op('expand', [v], { shape })], { shape: [numel(shape)] }));
  return { x: flat(x), where: flat(mask) };
}

/** An index tensor, and the first of the dims that it indexes: one, or as many as a bool mask has. */
export interface TensorEntry {
  readonly index: Var;
  readonly dim: number;
}
/** What the numbers, slices, ':' and null of an index select, and the tensors that index its dims. */
export interface Selection {
  readonly part: Var;
  readonly tensors: readonly TensorEntry[];
}

/** The basic part of an index, as a view. */
export function select(name: string, x: Var, indices: readonly Index[]): Selection {
  const starts: number[] = [];
  const sizes: number[] = [];
  const steps: number[] = [];
  const shape: number[] = [];
  const tensors: TensorEntry[] = [];
  let dim = 0;
  const take = (start: number, size: number, step: number): void => {
    starts.push(start);
    sizes.push(size);
    steps.push(step);
    dim++;
  };
  for (const entry of fillEllipsis(name, x, indices)) {
    const size = x.shape[dim]!;
    if (entry === null) shape.push(1);
    else if (typeof entry === 'number') take(position(name, entry, size, dim), 1, 1);
    else if (isIndexTensor(entry)) {
      tensors.push({ index: entry, dim: shape.length });
      const covered = entry.dtype === 'bool' ? maskedDims(x, entry, dim) : [size];
      shape.push(...covered);
      for (const d of covered) take(0, d, 1);
    } else {
      const s = entry === ':' ? { start: 0, size, step: 1 } : resolveSlice(name, entry as SliceEntry, size);
      take(s.start, s.size, s.step);
      shape.push(s.size);
    }
  }
  const whole = starts.every((s, i) => s === 0 && sizes[i] === x.shape[i] && steps[i] === 1);
  const part = whole ? x : op('slice', [x], { starts, sizes, steps });
  return { part: sameShape(part.shape, shape) ? part : op('reshape', [part], { shape }), tensors };
}

/** PyTorch's basic and integer-tensor indexing. */
export function at(x: Var, indices: readonly Index[]): Var {
  const checks: (() => void)[] = [];
  const result = scoped(() => {
    const { part, tensors } = select('at', x, indices);
    return tensors.length === 0 ? viewOf(part, x) : byTensors(part, tensors, checks);
  });
  for (const watch of checks) watch();
  return named(result, indexName(indices));
}

/** Never x itself: what at() gives has a history of its own. */
const viewOf = (part: Var, x: Var): Var => (part === x ? op('reshape', [x], { shape: x.shape }) : part);

function maskedDims(x: Var, mask: Var, dim: number): readonly number[] {
  const covered = x.shape.slice(dim, dim + mask.shape.length);
  const odd = covered.findIndex((d, i) => d !== mask.shape[i]);
  if (odd >= 0) {
    throw new ShapeError(
      `The shape of the mask ${formatShape(mask.shape)} at index ${odd} does not match the shape of the indexed tensor ${formatShape(x.shape)} at index ${dim + odd}`,
    );
  }
  return covered;
}

/** PyTorch applies the entries one by one and shows the last; index tensors go together. */
function indexName(indices: readonly Index[]): string {
  if (indices.some(isIndexTensor)) return 'IndexBackward0';
  const last = indices.filter((i) => typeof i !== 'string').at(-1);
  if (last === undefined) return 'AliasBackward0';
  return typeof last === 'number' ? 'SelectBackward0' : last === null ? 'UnsqueezeBackward0' : 'SliceBackward0';
}

const isIndexTensor = (entry: Index): entry is Var => entry instanceof Var;

type SliceEntry = readonly (number | null | undefined)[];

function checkEntry(name: string, entry: Index): void {
  if (entry === null || typeof entry === 'number' || entry === ':' || entry === '...' || isIndexTensor(entry)) return;
  if (!Array.isArray(entry)) {
    throw new OptionError(
      `${name}: ${describe(entry)} is no index; use ':' or '...', [start, stop, step], a number, null or an int32 tensor`,
    );
  }
  if (entry.length > 3) {
    throw new OptionError(
      `${name}: a list is a slice [start, stop, step], got ${entry.length} numbers\n  to pick positions use a tensor, as in x.at(tensor([0, 2, 1, 3]))`,
    );
  }
}

function fillEllipsis(name: string, x: Var, indices: readonly Index[]): Index[] {
  for (const entry of indices) checkEntry(name, entry);
  const dimsOf = (i: Index): number =>
    i === null || i === '...' ? 0 : isIndexTensor(i) && i.dtype === 'bool' ? i.shape.length : 1;
  const used = indices.reduce<number>((n, i) => n + dimsOf(i), 0);
  const dots = indices.filter((i) => i === '...').length;
  if (dots > 1) throw new OptionError("an index can only have a single ellipsis ('...')");
  if (used > x.shape.length)
    throw new ShapeError(
      `too many indices for tensor of dimension ${x.shape.length}\n  in ${name}() of ${formatShape(x.shape)} with ${used} indices`,
    );
  const fill = new Array<Index>(x.shape.length - used).fill(':');
  const where = indices.indexOf('...');
  return where < 0 ? [...indices, ...fill] : [...indices.slice(0, where), ...fill, ...indices.slice(where + 1)];
}

function position(name: string, i: number, size: number, dim: number): number {
  if (!Number.isInteger(i) || i < -size || i >= size)
    throw new ShapeError(`index ${i} is out of bounds for dimension ${dim} with size ${size}\n  in ${name}()`);
  return i < 0 ? i + size : i;
}

/** Python's slice rules; a negative step walks backwards (PyTorch lacks that, NumPy has it). */
export function resolveSlice(
  name: string,
  entry: SliceEntry,
  size: number,
): { start: number; size: number; step: number } {
  const [a, b, c] = entry;
  const step = c ?? 1;
  if (!Number.isInteger(step) || step === 0)
    throw new OptionError(`slice step must be a non-zero integer, got ${describe(step)}\n  in ${name}()`);
  for (const v of [a, b])
    if (v !== null && v !== undefined && !Number.isInteger(v))
      throw new OptionError(
        `slice indices must be integers or None\n  in ${name}(): got ${describe(v)}; leave a bound open with null`,
      );
  const clip = (v: number, lo: number, hi: number): number => Math.min(Math.max(v < 0 ? v + size : v, lo), hi);
  const [lo, hi] = step > 0 ? [0, size] : [-1, size - 1];
  const start = a === null || a === undefined ? (step > 0 ? 0 : size - 1) : clip(a, lo, hi);
  const stop = b === null || b === undefined ? (step > 0 ? size : -1) : clip(b, lo, hi);
  const count = Math.max(0, Math.ceil((stop - start) / step));
  return { start: count === 0 ? 0 : start, size: count, step };
}

/** Several integer tensors as one vector of positions along one dim of `x` with their dims joined. */
export interface Joined {
  /** The dims of `x`, those before the joined ones, these, and the rest. */
  readonly order: readonly number[];
  readonly before: Shape;
  readonly after: Shape;
  /** Shape of the broadcast tensors. */
  readonly shape: Shape;
  /** `x` in this order, with the indexed dims as one. */
  readonly folded: Var;
  readonly flat: Var;
}

/**
 * Integer tensors broadcast together and index their dims jointly. The dims of the result stand where the tensors were if
 * these are neighbours, else in front; 0-d tensors count as numbers.
 */
export function joinTensors(name: string, x: Var, entries: readonly TensorEntry[], checks: (() => void)[]): Joined {
  const tensors = entries.map(({ index, dim }) => ({ index: asIndex(name, index), dim }));
  const dims = tensors.map((t) => t.dim);
  const shape = broadcastIndices(tensors.map((t) => t.index.shape));
  const rest = x.shape.map((_, i) => i).filter((i) => !dims.includes(i));
  const wide = tensors.filter((t) => t.index.shape.length > 0).map((t) => t.dim);
  const [first, last] = [wide[0] ?? 0, wide.at(-1) ?? 0];
  const lead = rest.some((i) => i > first && i < last) ? 0 : rest.filter((i) => i < first).length;
  const order = [...rest.slice(0, lead), ...dims, ...rest.slice(lead)];
  const moved = order.every((d, i) => d === i) ? x : op('permute', [x], { dims: order });
  const before = moved.shape.slice(0, lead);
  const after = moved.shape.slice(lead + dims.length);
  const joint = numel(dims.map((d) => x.shape[d]!));
  let flat: Var | null = null;
  for (const { index, dim } of tensors) {
    const size = x.shape[dim]!;
    checks.push(checkWithin(index, -size, size, outOfBounds(`${name}()`, dim, size)));
    const each = op('expand', [wrapNegative(index, size)], { shape });
    flat = flat === null ? each : op('add', [op('mul', [flat, scalar(size, 'int32')]), each]);
  }
  return {
    order,
    before,
    after,
    shape,
    folded: op('reshape', [moved], { shape: [...before, joint, ...after] }),
    flat: op('reshape', [flat!], { shape: [numel(shape)] }),
  };
}

function broadcastIndices(shapes: readonly Shape[]): Shape {
  try {
    return broadcastShapes('at', ...shapes);
  } catch {
    throw new ShapeError(
      `shape mismatch: indexing tensors could not be broadcast together with shapes ${shapes.map(formatShape).join(', ')}`,
    );
  }
}

function byTensors(x: Var, tensors: readonly TensorEntry[], checks: (() => void)[]): Var {
  const { before, after, shape, folded, flat } = joinTensors('at', x, tensors, checks);
  const picked = op('indexSelect', [folded, flat], { dim: before.length });
  return op('reshape', [picked], { shape: [...before, ...shape, ...after] });
}

/** Negative positions count from the end. */
export function wrapNegative(index: Var, size: number): Var {
  const { range } = index.storage.value;
  if (range && range.min >= 0) return index;
  return op('where', [op('lt', [index, scalar(0, 'int32')]), op('add', [index, scalar(size, 'int32')]), index]);
}
