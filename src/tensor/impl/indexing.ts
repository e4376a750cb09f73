/** Reading by position: at(), gather, indexSelect; and what writing by position shares with it. */
import { Var } from '../../autograd/var.ts';
import { DTypeError, describe, OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape, normalizeDim, numel, sameShape } from '../../core/shape.ts';
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
export function at(x: Var, indices: readonly Index[], byTensors?: ByTensors): Var {
  const checks: (() => void)[] = [];
  const result = scoped(() => {
    const { part, tensors } = select('at', x, indices);
    return tensors.length === 0 ? viewOf(part, x) : byTensors!(part, tensors, checks);
  });
  for (const watch of checks) watch();
  return named(result, indexName(indices));
}
/** Reads by the tensors of an index; it comes with the extended surface. */
export type ByTensors = (x: Var, tensors: readonly TensorEntry[], checks: (() => void)[]) => Var;

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
