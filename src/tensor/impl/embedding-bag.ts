/** Sums, means and maxima of rows of a table. */
import type { Var } from '../../autograd/var.ts';
import { OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape, numel } from '../../core/shape.ts';
import { cast, named, op, scalar, scoped } from './common.ts';
import { checkWeights, constant, type Lookup, lookUp } from './embedding.ts';
import { asIndex, checkWithin } from './indexing.ts';
import { runningSum } from './masked.ts';
import { extremumAlong } from './reduce.ts';

/** How the rows of a bag become one. */
export type BagMode = 'sum' | 'mean' | 'max';
export interface Bags extends Lookup {
  readonly mode: BagMode;
  readonly offsets: Var | null;
  readonly weights: Var | null;
  readonly includeLastOffset: boolean;
}

/** The entries (n, D) of all bags, in order; `keep`: those that count. */
interface Entries {
  readonly rows: Var;
  readonly keep: Var | null;
}

export function embeddingBag(index: Var, weight: Var, bags: Bags): Var {
  const { mode, weights } = bags;
  if (!['sum', 'mean', 'max'].includes(mode)) throw new OptionError('mode has to be one of sum, mean or max');
  if (mode === 'max' && bags.scaleGradByFreq)
    throw new OptionError('max mode does not support scaling the gradient by the frequency\n  in embeddingBag');
  checkOffsets(index, bags.offsets);
  if (weights) checkWeights(weights, index, mode);
  const { flat, rows, padding, watch } = lookUp('embeddingBag', index, weight, bags);
  const checks = [watch];
  const out = scoped(() => {
    const n = numel(index.shape);
    const all = rows();
    const keep =
      padding === null ? null : op('reshape', [op('ne', [flat(), scalar(padding, 'int32')])], { shape: [n, 1] });
    const scaled = weights ? op('mul', [all, op('reshape', [weights], { shape: [n, 1] })]) : all;
    const entries = { rows: scaled, keep };
    if (!bags.offsets) return fixed(entries, index.shape as [number, number], mode);
    return ragged(entries, asIndex('embeddingBag', bags.offsets), mode, bags.includeLastOffset, checks);
  });
  for (const check of checks) check();
  return named(out, 'EmbeddingBagBackward0');
}

function checkOffsets(index: Var, offsets: Var | null): void {
  const rank = index.shape.length;
  if (rank !== 1 && rank !== 2)
    throw new ShapeError(`input has to be 1D or 2D Tensor, but got Tensor of dimension ${rank}\n  in embeddingBag`);
  if (rank === 2 && offsets)
    throw new OptionError(
      `if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences. However, found offsets of type Tensor\n  in embeddingBag`,
    );
  if (rank === 1 && !offsets)
    throw new OptionError('offsets has to be a 1D Tensor but got None\n  in embeddingBag: 1D input needs offsets');
  if (offsets && offsets.shape.length !== 1)
    throw new ShapeError(`offsets has to be a 1D Tensor\n  in embeddingBag: got ${formatShape(offsets.shape)}`);
}

const constantLike = (shape: readonly number[], value: number, like: Var): Var =>
  op('fill', [scalar(value, like.dtype)], { shape: [...shape], dtype: like.dtype }, like.engine);

/** The rows that count, with `other` in place of the rest. */
const counted = ({ rows, keep }: Entries, other: number): Var =>
  keep ? op('where', [keep, rows, scalar(other, rows.dtype)]) : rows;
/** 1 for entries that count, as a column. */
const ones = ({ rows, keep }: Entries): Var =>
  keep ? cast(keep, rows.dtype) : constantLike([rows.shape[0]!, 1], 1, rows);
/** The mean of no entries is 0. */
const mean = (sum: Var, count: Var): Var => op('div', [sum, op('maximum', [count, scalar(1, count.dtype)])]);

/** Bags of one size: (B, N) indices. */
function fixed(entries: Entries, [bags, size]: readonly [number, number], mode: BagMode): Var {
  const cube = (v: Var): Var => op('reshape', [v], { shape: [bags, size, v.shape[1]!] });
  const flat = (v: Var): Var => op('reshape', [v], { shape: [bags, v.shape[2]!] });
  const sum = (v: Var): Var => flat(op('sum', [cube(v)], { dims: [1] }));
  if (mode === 'sum' || size === 0) return sum(counted(entries, 0));
  if (mode === 'mean') return mean(sum(counted(entries, 0)), sum(ones(entries)));
  const [best] = extremumAlong('max', cube(counted(entries, Number.NEGATIVE_INFINITY)), 1, false);
  if (!entries.keep) return best;
  return op('where', [flat(op('any', [cube(entries.keep)], { dims: [1] })), best, scalar(0, best.dtype)]);
}

/** Bags that start at `offsets`. */
function ragged(
  entries: Entries,
  offsets: Var,
  mode: BagMode,
  includeLastOffset: boolean,
  checks: (() => void)[],
): Var {
  const { rows } = entries;
  const n = rows.shape[0]!;
  const given = offsets.shape[0]!;
  if (includeLastOffset && given === 0)
    throw new ShapeError('include_last_offset: number of offset should be at least 1\n  in embeddingBag');
  const bags = includeLastOffset ? given - 1 : given;
  if (given > 0) {
    checks.push(
      checkWithin(
        offsets,
        0,
        n + 1,
        (bad) =>
          `offsets[-1] can not be greater than input's length ${n} but got offsets[-1] of ${bad ?? 'one computed on the device'}\n  in embeddingBag`,
      ),
    );
    checks.push(() => startsAtZero(offsets));
  }
  const id = bagOf(offsets, n);
  const add = (v: Var): Var => op('indexAdd', [constantLike([bags, v.shape[1]!], 0, v), id, v], { dim: 0 });
  if (mode === 'sum' || n === 0) return add(counted(entries, 0));
  if (mode === 'mean') return mean(add(counted(entries, 0)), add(ones(entries)));
  return greatest(entries, id, bags);
}

/** Which bag each of n entries is in: how many bags have started by then. */
function bagOf(offsets: Var, n: number): Var {
  const one = op('expand', [constantLike([], 1, offsets)], { shape: offsets.shape });
  const starts = op('indexAdd', [constantLike([n + 1], 0, offsets), offsets, one], { dim: 0 });
  const begun = op('slice', [runningSum(starts)], { starts: [0], sizes: [n], steps: [1] });
  return op('sub', [begun, scalar(1, 'int32')]);
}

function startsAtZero(offsets: Var): void {
  const flag = scoped(() => {
    const first = op('slice', [offsets], { starts: [0], sizes: [1], steps: [1] });
    return op('reshape', [op('ne', [first, scalar(0, 'int32')])], { shape: [] });
  });
  const words =
    'offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0.\n  in embeddingBag';
  offsets.engine.assertFalse(flag.storage.value, () => new ShapeError(words));
}

/** The greatest entry of each bag and column; of equal ones the first, which gets the gradient. */
function greatest(entries: Entries, id: Var, bags: number): Var {
  const { rows } = entries;
  const [n, width] = rows.shape as [number, number];
  const seen = constant(counted(entries, Number.NEGATIVE_INFINITY));
  const least = constantLike([bags, width], Number.NEGATIVE_INFINITY, rows);
  const best = op('indexReduce', [least, id, seen], { dim: 0, reduce: 'amax' });
  const steps = op('arange', [scalar(0, 'int32'), scalar(1, 'int32')], { shape: [n], dtype: 'int32' }, rows.engine);
  const order = op('reshape', [steps], { shape: [n, 1] });
  const equal = op('eq', [seen, op('indexSelect', [best, id], { dim: 0 })]);
  const attains = entries.keep ? op('logicalAnd', [equal, entries.keep]) : equal;
  const place = op('where', [attains, order, scalar(n, 'int32')]);
  const none = constantLike([bags, width], n, order);
  // An empty bag has no first entry: reading out of range gives 0.
  const first = op('indexReduce', [none, id, place], { dim: 0, reduce: 'amin' });
  return op('gather', [rows, first], { dim: 0 });
}
