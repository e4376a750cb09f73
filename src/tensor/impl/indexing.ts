/** Reading by position: at(), gather, indexSelect, scatterAdd, oneHot, embedding. */
import { Var } from '../../autograd/var.ts';
import { DTypeError, describe, OptionError, ShapeError } from '../../core/errors.ts';
import { broadcastShapes, formatShape, normalizeDim, numel, type Shape } from '../../core/shape.ts';
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
const checkIndex = (name: string, index: Var, size: number): (() => void) =>
  checkWithin(index, 0, size, (bad) =>
    bad === null
      ? `index out of range\n  in ${name}: an index computed on the device is out of bounds for size ${size} (valid: 0 to ${size - 1})`
      : `index ${bad} out of range\n  in ${name}: it is out of bounds for size ${size} (valid: 0 to ${size - 1})`,
  );
/** In the words of ops that pick elements along a dim. */
const outOfBounds =
  (name: string, dim: number, size: number): Complaint =>
  (bad) =>
    `index ${bad === null ? 'computed on the device' : bad} is out of bounds for dimension ${dim} with size ${size}\n  in ${name}`;

function asIndex(name: string, index: Var): Var {
  if (index.dtype === 'bool')
    throw new DTypeError(
      `${name}: a boolean mask selects a number of elements that depends on data; use await x.maskedSelect(mask) or where()`,
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
  const out =
    x.shape.length === 0
      ? scoped(() =>
          op(
            'reshape',
            [
              op('gather', [op('reshape', [x], { shape: [1] }), op('reshape', [i], { shape: [numel(i.shape)] })], {
                dim: 0,
              }),
            ],
            { shape: i.shape },
          ),
        )
      : op('gather', [x, i], { dim: d });
  watch();
  return out;
}
export function indexSelect(x: Var, dim: number, index: Var): Var {
  const d = normalizeDim('indexSelect', dim, x.shape.length);
  const i = asIndex('indexSelect', index);
  const watch = checkIndex('indexSelect', i, x.shape[d] ?? 1);
  const out = op('indexSelect', [x, i], { dim: d });
  const { range } = x.storage.value;
  // Known indices select nothing else; others may read zeros.
  if (range && watch === nothing) out.storage.value.range = { ...range, exact: false };
  watch();
  return out;
}
export function scatterAdd(x: Var, dim: number, index: Var, src: Var): Var {
  const d = normalizeDim('scatterAdd', dim, x.shape.length);
  const i = asIndex('scatterAdd', index);
  const size = x.shape[d] ?? 1;
  const watch = checkWithin(i, 0, size, outOfBounds('scatterAdd', d, size));
  const out = op('scatterAdd', [x, i, src], { dim: d });
  watch();
  return out;
}

export function oneHot(index: Var, classes: number): Var {
  if (!(Number.isInteger(classes) && classes > 0))
    throw new OptionError(`oneHot: numClasses must be a positive integer, got ${classes}`);
  const i = asIndex('oneHot', index);
  i.engine.backend.checkSize('oneHot', [...i.shape, classes], 'int32');
  const watch = checkWithin(i, 0, classes, (bad) =>
    bad !== null && bad < 0
      ? `Class values must be non-negative.\n  in oneHot: got ${bad}`
      : `Class values must be smaller than num_classes.\n  in oneHot: ${bad === null ? 'one computed on the device' : bad} is not in [0, ${classes - 1}]`,
  );
  const out = scoped(() => {
    const steps = op(
      'arange',
      [scalar(0, 'int32'), scalar(1, 'int32')],
      { shape: [classes], dtype: 'int32' },
      i.engine,
    );
    return cast(op('eq', [op('reshape', [i], { shape: [...i.shape, 1] }), steps]), 'int32');
  });
  watch();
  return out;
}

/** Rows of `weight`. Rows at `paddingIdx` get no gradient. */
export function embedding(index: Var, weight: Var, paddingIdx: number | null): Var {
  if (weight.shape.length !== 2)
    throw new ShapeError(`'weight' must be 2-D\n  in embedding: got ${formatShape(weight.shape)}`);
  const i = asIndex('embedding', index);
  const [rowCount] = weight.shape as [number, number];
  if (paddingIdx !== null && !(Number.isInteger(paddingIdx) && paddingIdx >= -rowCount && paddingIdx < rowCount)) {
    throw new OptionError(
      `Padding_idx must be within num_embeddings\n  in embedding: got ${describe(paddingIdx)} for ${rowCount} rows`,
    );
  }
  const watch = checkIndex('embedding', i, rowCount);
  const result = scoped(() => {
    const flat = op('reshape', [i], { shape: [numel(i.shape)] });
    const rows = op('indexSelect', [weight, flat], { dim: 0 });
    const shape = [...i.shape, weight.shape[1]!];
    if (paddingIdx === null) return op('reshape', [rows], { shape });
    const rest = paddingIdx < 0 ? paddingIdx + rowCount : paddingIdx;
    const column = op('reshape', [op('eq', [flat, scalar(rest, 'int32')])], { shape: [numel(i.shape), 1] });
    const still = op('copy', [rows]);
    still.edge = null;
    return op('reshape', [op('where', [column, still, rows])], { shape });
  });
  watch();
  return named(result, 'EmbeddingBackward0');
}

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

/** PyTorch's basic and integer-tensor indexing. */
export function at(x: Var, indices: readonly Index[]): Var {
  const entries = fillEllipsis(x, indices);
  const starts: number[] = [];
  const sizes: number[] = [];
  const steps: number[] = [];
  const shape: number[] = [];
  const tensors: { index: Var; dim: number }[] = [];
  let dim = 0;
  for (const entry of entries) {
    if (entry === null) {
      shape.push(1);
      continue;
    }
    const size = x.shape[dim]!;
    if (typeof entry === 'number') {
      starts.push(position(entry, size, dim));
      sizes.push(1);
      steps.push(1);
    } else {
      const s =
        isIndexTensor(entry) || entry === ':'
          ? { start: 0, size, step: 1 }
          : resolveSlice(entry as readonly (number | null | undefined)[], size);
      starts.push(s.start);
      sizes.push(s.size);
      steps.push(s.step);
      if (isIndexTensor(entry)) tensors.push({ index: asIndex('at', entry), dim: shape.length });
      shape.push(s.size);
    }
    dim++;
  }
  const checks: (() => void)[] = [];
  const result = scoped(() => {
    const whole = starts.every((s, i) => s === 0 && sizes[i] === x.shape[i] && steps[i] === 1);
    const part = whole ? x : op('slice', [x], { starts, sizes, steps });
    const basic = op('reshape', [part], { shape });
    return tensors.length === 0 ? basic : byTensors(basic, tensors, checks);
  });
  for (const watch of checks) watch();
  return named(result, indexName(indices));
}

/** PyTorch applies the entries one by one and shows the last; index tensors go together. */
function indexName(indices: readonly Index[]): string {
  if (indices.some(isIndexTensor)) return 'IndexBackward0';
  const last = indices.filter((i) => typeof i !== 'string').at(-1);
  if (last === undefined) return 'AliasBackward0';
  return typeof last === 'number' ? 'SelectBackward0' : last === null ? 'UnsqueezeBackward0' : 'SliceBackward0';
}

const isIndexTensor = (entry: Index): entry is Var => entry instanceof Var;

function checkEntry(entry: Index): void {
  if (entry === null || typeof entry === 'number' || entry === ':' || entry === '...' || isIndexTensor(entry)) return;
  if (!Array.isArray(entry)) {
    throw new OptionError(
      `at: ${describe(entry)} is no index; use ':' or '...', [start, stop, step], a number, null or an int32 tensor`,
    );
  }
  if (entry.length > 3) {
    throw new OptionError(
      `at: a list is a slice [start, stop, step], got ${entry.length} numbers\n  to pick positions use a tensor, as in x.at(tensor([0, 2, 1, 3]))`,
    );
  }
}

function fillEllipsis(x: Var, indices: readonly Index[]): Index[] {
  indices.forEach(checkEntry);
  const used = indices.filter((i) => i !== null && i !== '...').length;
  const dots = indices.filter((i) => i === '...').length;
  if (dots > 1) throw new OptionError("an index can only have a single ellipsis ('...')");
  if (used > x.shape.length)
    throw new ShapeError(
      `too many indices for tensor of dimension ${x.shape.length}\n  in at() of ${formatShape(x.shape)} with ${used} indices`,
    );
  const fill = new Array<Index>(x.shape.length - used).fill(':');
  const where = indices.indexOf('...');
  return where < 0 ? [...indices, ...fill] : [...indices.slice(0, where), ...fill, ...indices.slice(where + 1)];
}

function position(i: number, size: number, dim: number): number {
  if (!Number.isInteger(i) || i < -size || i >= size)
    throw new ShapeError(`index ${i} is out of bounds for dimension ${dim} with size ${size}\n  in at()`);
  return i < 0 ? i + size : i;
}

/** Python's slice rules; a negative step walks backwards (PyTorch lacks that, NumPy has it). */
function resolveSlice(
  entry: readonly (number | null | undefined)[],
  size: number,
): { start: number; size: number; step: number } {
  const [a, b, c] = entry;
  const step = c ?? 1;
  if (!Number.isInteger(step) || step === 0)
    throw new OptionError(`slice step must be a non-zero integer, got ${describe(step)}\n  in at()`);
  for (const v of [a, b])
    if (v !== null && v !== undefined && !Number.isInteger(v))
      throw new OptionError(
        `slice indices must be integers or None\n  in at(): got ${describe(v)}; leave a bound open with null`,
      );
  const clip = (v: number, lo: number, hi: number): number => Math.min(Math.max(v < 0 ? v + size : v, lo), hi);
  const [lo, hi] = step > 0 ? [0, size] : [-1, size - 1];
  const start = a === null || a === undefined ? (step > 0 ? 0 : size - 1) : clip(a, lo, hi);
  const stop = b === null || b === undefined ? (step > 0 ? size : -1) : clip(b, lo, hi);
  const count = Math.max(0, Math.ceil((stop - start) / step));
  return { start: count === 0 ? 0 : start, size: count, step };
}

/** Integer tensors broadcast together and index their dims jointly; the result's dims stand where the first was, or in front. */
function byTensors(x: Var, tensors: readonly { index: Var; dim: number }[], checks: (() => void)[]): Var {
  const dims = tensors.map((t) => t.dim);
  const shape = broadcastShapes('at', ...tensors.map((t) => t.index.shape));
  const adjacent = dims.every((d, i) => i === 0 || d === dims[i - 1]! + 1);
  const lead = adjacent ? dims[0]! : 0;
  const rest = x.shape.map((_, i) => i).filter((i) => !dims.includes(i));
  const order = [...rest.slice(0, lead), ...dims, ...rest.slice(lead)];
  const moved = op('permute', [x], { dims: order });
  const before: Shape = moved.shape.slice(0, lead);
  const after: Shape = moved.shape.slice(lead + dims.length);
  const joint = numel(dims.map((d) => x.shape[d]!));
  const folded = op('reshape', [moved], { shape: [...before, joint, ...after] });
  let flat: Var | null = null;
  for (const { index, dim } of tensors) {
    const size = x.shape[dim]!;
    checks.push(checkWithin(index, -size, size, outOfBounds('at()', dim, size)));
    const wrapped = wrapNegative(index, size);
    const wide = op('expand', [wrapped], { shape });
    flat = flat === null ? wide : op('add', [op('mul', [flat, scalar(size, 'int32')]), wide]);
  }
  const picked = op('indexSelect', [folded, op('reshape', [flat!], { shape: [numel(shape)] })], { dim: lead });
  return op('reshape', [picked], { shape: [...before, ...shape, ...after] });
}

function wrapNegative(index: Var, size: number): Var {
  const { range } = index.storage.value;
  if (range && range.min >= 0) return index;
  return op('where', [op('lt', [index, scalar(0, 'int32')]), op('add', [index, scalar(size, 'int32')]), index]);
}
