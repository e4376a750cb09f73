/** Class indices as vectors: one-hot, rows of a table, and bags of them. */
import { withGradMode } from '../../autograd/grad-mode.ts';
import { writeInPlace } from '../../autograd/in-place.ts';
import type { Var } from '../../autograd/var.ts';
import { describe, OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { formatShape, numel, sameShape } from '../../core/shape.ts';
import { cast, named, op, scalar, scoped } from './common.ts';
import { asIndex, checkIndex, checkWithin } from './indexing.ts';

/** @param classes undefined: one more than the greatest index, where the host knows it. */
export function oneHot(index: Var, classes: number | undefined): Var {
  const i = asIndex('oneHot', index);
  const count = classes === undefined || classes === -1 ? knownClasses(i) : classes;
  if (!(Number.isInteger(count) && count > 0))
    throw new OptionError(`oneHot: numClasses must be a positive integer, got ${count}`);
  i.engine.backend.checkSize('oneHot', [...i.shape, count], 'int32');
  const watch = checkWithin(i, 0, count, (bad) =>
    bad !== null && bad < 0
      ? `Class values must be non-negative.\n  in oneHot: got ${bad}`
      : `Class values must be smaller than num_classes.\n  in oneHot: ${bad === null ? 'one computed on the device' : bad} is not in [0, ${count - 1}]`,
  );
  const out = scoped(() => {
    const steps = op('arange', [scalar(0, 'int32'), scalar(1, 'int32')], { shape: [count], dtype: 'int32' }, i.engine);
    return cast(op('eq', [op('reshape', [i], { shape: [...i.shape, 1] }), steps]), 'int32');
  });
  watch();
  return out;
}

function knownClasses(index: Var): number {
  if (numel(index.shape) === 0)
    throw new OptionError('Can not infer total number of classes from empty tensor.\n  in oneHot: give numClasses');
  const { range } = index.storage.value;
  if (range?.exact && index.isWhole) return Math.max(range.max, 0) + 1;
  throw new OptionError(
    'oneHot: how many classes there are depends on data that only the device has\n  give numClasses, or read it first: 1 + await index.max().item()',
  );
}

/** How rows are looked up; see the options of functional.embedding. */
export interface Lookup {
  readonly paddingIdx: number | null;
  readonly maxNorm: number | null;
  readonly normType: number;
  readonly scaleGradByFreq: boolean;
}

/** Rows of `weight`. Rows at `paddingIdx` get no gradient. */
export function embedding(index: Var, weight: Var, lookup: Lookup): Var {
  const { flat, rows, padding, watch } = lookUp('embedding', index, weight, lookup);
  const result = scoped(() => {
    const shape = [...index.shape, weight.shape[1]!];
    if (padding === null) return op('reshape', [rows()], { shape });
    const column = op('reshape', [op('eq', [flat(), scalar(padding, 'int32')])], { shape: [numel(index.shape), 1] });
    const all = rows();
    return op('reshape', [op('where', [column, constant(all), all])], { shape });
  });
  watch();
  return named(result, 'EmbeddingBackward0');
}

/** The same values outside the tape. */
export function constant(v: Var): Var {
  const still = op('copy', [v]);
  still.edge = null;
  return still;
}

/** What is looked up, once checked. The functions record: they are to be called in a scope. */
interface Rows {
  readonly flat: () => Var;
  /** (n, D) */
  readonly rows: () => Var;
  readonly padding: number | null;
  readonly watch: () => void;
}

/** Checks the operands; norms of the rows that are looked up are limited first. */
export function lookUp(name: string, index: Var, weight: Var, lookup: Lookup): Rows {
  if (weight.shape.length !== 2)
    throw new ShapeError(`'weight' must be 2-D\n  in ${name}: got ${formatShape(weight.shape)}`);
  const i = asIndex(name, index);
  const [count] = weight.shape as [number, number];
  const padding = paddingRow(name, lookup.paddingIdx, count);
  const { maxNorm } = lookup;
  if (maxNorm !== null && typeof maxNorm !== 'number') wrongType(name, 'maxNorm', 'a number', maxNorm);
  const watch = checkIndex(name, i, count);
  const n = numel(i.shape);
  const flat = (): Var => op('reshape', [i], { shape: [n] });
  if (maxNorm !== null && n > 0) limitNorms(weight, flat, maxNorm, lookup.normType);
  const rows = (): Var => {
    const at = flat();
    const picked = op('indexSelect', [weight, at], { dim: 0 });
    return lookup.scaleGradByFreq && picked.requiresGrad ? sharedGradient(picked, at, count) : picked;
  };
  return { flat, rows, padding, watch };
}

function paddingRow(name: string, paddingIdx: number | null, count: number): number | null {
  if (paddingIdx === null) return null;
  if (!(Number.isInteger(paddingIdx) && paddingIdx >= -count && paddingIdx < count)) {
    throw new OptionError(
      `Padding_idx must be within num_embeddings\n  in ${name}: got ${describe(paddingIdx)} for ${count} rows`,
    );
  }
  return paddingIdx < 0 ? paddingIdx + count : paddingIdx;
}

/** Scales, in place and outside the tape, the rows at `flat` whose norm is greater than `maxNorm`. */
function limitNorms(weight: Var, flat: () => Var, maxNorm: number, p: number): void {
  const { dtype } = weight;
  const number = (v: number) => scalar(v, dtype);
  const compute = (): Var => {
    const at = flat();
    const rows = op('indexSelect', [weight, at], { dim: 0 });
    const size = op('abs', [rows]);
    const norm =
      p === Number.POSITIVE_INFINITY
        ? op('amax', [size], { dims: [1] })
        : op('pow', [op('sum', [op('pow', [size, number(p)])], { dims: [1] }), number(1 / p)]);
    // PyTorch's rule, which divides by a little more than the norm.
    const smaller = op('div', [number(maxNorm), op('add', [norm, number(1e-7)])]);
    const scaled = op('mul', [rows, op('where', [op('gt', [norm, number(maxNorm)]), smaller, number(1)])]);
    return op('indexCopy', [weight, at, scaled], { dim: 0 });
  };
  withGradMode(false, () => writeInPlace('embedding', weight, compute), 'noGrad');
}

/** The rows themselves, with gradients divided by how often each is looked up. */
function sharedGradient(rows: Var, at: Var, count: number): Var {
  const int = { dtype: 'int32' as const };
  const fill = (value: number, n: number): Var =>
    op('fill', [scalar(value, 'int32')], { shape: [n], ...int }, rows.engine);
  const times = op('indexSelect', [op('indexAdd', [fill(0, count), at, fill(1, at.shape[0]!)], { dim: 0 }), at], {
    dim: 0,
  });
  const column = cast(op('reshape', [times], { shape: [at.shape[0]!, 1] }), rows.dtype);
  const share = op('div', [rows, column]);
  return op('add', [constant(rows), op('sub', [share, constant(share)])]);
}

/** Throws unless the weights of a bag have its shape. */
export function checkWeights(weights: Var, index: Var, mode: string): void {
  if (mode !== 'sum')
    throw new OptionError(
      `embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got mode='${mode}').\n  in embeddingBag`,
    );
  if (!sameShape(weights.shape, index.shape))
    throw new ShapeError(
      `embedding_bag: If per_sample_weights (${formatShape(weights.shape)}) is not None, then it must have the same shape as the input (${formatShape(index.shape)})`,
    );
}
