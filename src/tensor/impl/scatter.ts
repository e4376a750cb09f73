/** Writing by position: scatter and index functions that overwrite or reduce, take and put. */
import { Var } from '../../autograd/var.ts';
import type { DType } from '../../core/dtype.ts';
import { DTypeError, describe, OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape, normalizeDim, numel, type Shape, sameShape } from '../../core/shape.ts';
import { as, cast, highest, lowest, named, type Operand, op, scalar, scoped } from './common.ts';
import { asIndex, asVector, checkWithin, gather, outOfBounds } from './indexing.ts';
import { wrapNegative } from './indexing-tensors.ts';
import { mul } from './pointwise.ts';
import { adding, scatterBy } from './scatter-add.ts';

/** How scatterReduce and indexReduce combine numbers at one place. */
export type ReduceName = 'sum' | 'prod' | 'mean' | 'amax' | 'amin';

/** The rows that write by element, and by slice. */
const elements = { write: 'scatter', add: 'scatterAdd', combine: 'scatterReduce' } as const;
const slices = { write: 'indexCopy', add: 'indexAdd', combine: 'indexReduce' } as const;

/** One number as a tensor of `shape`, without memory for each element. */
export const spread = (value: number | boolean, shape: Shape, like: Var): Var =>
  op('expand', [op('fill', [scalar(value, like.dtype)], { shape: [], dtype: like.dtype }, like.engine)], { shape });

/** What changes nothing when it is reduced with others. */
function neutral(reduce: ReduceName, dtype: DType): number {
  if (reduce === 'sum' || reduce === 'mean') return 0;
  if (reduce === 'prod') return 1;
  if (dtype === 'bool') return reduce === 'amax' ? 0 : 1;
  return reduce === 'amax' ? lowest(dtype) : highest(dtype);
}

/** Reduces src into x, or into nothing where `includeSelf` is false. */
function reduceInto(
  { write, add, combine }: typeof elements | typeof slices,
  [x, index, src]: readonly [Var, Var, Var],
  dim: number,
  reduce: ReduceName,
  includeSelf: boolean,
): Var {
  const fresh = (a: Var, value: number): Var => op(write, [a, index, spread(value, src.shape, a)], { dim });
  const base = includeSelf ? x : fresh(x, neutral(reduce, x.dtype));
  if (reduce === 'prod' || reduce === 'amax' || reduce === 'amin')
    return op(combine, [base, index, src], { dim, reduce });
  const total = adding(add, [base, index, src], dim);
  if (reduce === 'sum') return total;
  const ones = spread(1, x.shape, x);
  const start = includeSelf ? ones : fresh(ones, 0);
  return quotient(total, op(add, [start, index, spread(1, src.shape, x)], { dim }));
}

/** total/count; integers are rounded down. */
function quotient(total: Var, count: Var): Var {
  if (total.dtype !== 'int32' && total.dtype !== 'uint32') return op('div', [total, count]);
  // In float32 first, whose error is small enough for a second step to be exact. The half keeps whole numbers whole.
  const float = (v: Var): Var => cast(v, 'float32');
  const floor = (v: Var): Var => cast(op('floor', [op('div', [v, float(count)])]), total.dtype);
  const near = floor(float(total));
  const rest = op('sub', [total, op('mul', [near, count])]);
  return op('add', [near, floor(op('add', [float(rest), scalar(0.5, 'float32')]))]);
}

function checkReduce(said: string, reduce: unknown, known: readonly string[]): void {
  if (known.includes(reduce as string)) return;
  throw new OptionError(`${said} ${known.slice(0, -1).join(', ')} or ${known.at(-1)} but got ${describe(reduce)}.`);
}

/** As much of src as the index covers. */
const covered = (src: Var, index: Var): Var =>
  sameShape(src.shape, index.shape)
    ? src
    : op('slice', [src], { starts: src.shape.map(() => 0), sizes: index.shape, steps: src.shape.map(() => 1) });

/** torch.scatter: src is a tensor, or one number for all. */
export function scatter(x: Var, dim: number, index: Var, src: Operand, reduce: 'add' | 'multiply' | undefined): Var {
  if (reduce !== undefined) checkReduce('reduce argument must be either', reduce, ['add', 'multiply']);
  const from = src instanceof Var ? src : scoped(() => spread(src, index.shape, x));
  return named(
    scatterBy('scatter', x, dim, index, from, (base, i, values, d) => {
      const part = covered(values, i);
      if (reduce === 'add') return adding('scatterAdd', [base, i, part], d);
      if (reduce === 'multiply') return op('scatterReduce', [base, i, part], { dim: d, reduce: 'prod' });
      return op('scatter', [base, i, part], { dim: d });
    }),
    src instanceof Var ? 'ScatterBackward0' : 'ScatterBackward1',
  );
}

export function scatterReduce(
  x: Var,
  dim: number,
  index: Var,
  src: Var,
  reduce: ReduceName,
  includeSelf: boolean,
): Var {
  checkReduce('reduce argument must be either', reduce, ['sum', 'prod', 'mean', 'amax', 'amin']);
  return named(
    scatterBy('scatterReduce', x, dim, index, src, (base, i, values, d) =>
      reduceInto(elements, [base, i, covered(values, i)], d, reduce, includeSelf),
    ),
    'ScatterReduceBackward0',
  );
}

/** What the functions that write slices check, each in its own words. */
function bySlice(
  name: 'indexAdd' | 'indexCopy' | 'indexReduce',
  [x, dim, index, source]: readonly [Var, number, Var, Var],
  write: (base: Var, index: Var, source: Var, dim: number) => Var,
): Var {
  const d = normalizeDim(name, dim, x.shape.length);
  const i = asIndex(name, index);
  const said = `${name.replace(/[A-Z]/, (c) => `_${c.toLowerCase()}`)}_()`;
  if (i.shape.length > 1)
    throw new ShapeError(
      name === 'indexCopy'
        ? `${said}: Index should have dimension 1 or 0 (got ${i.shape.length})`
        : `${said}: Index is supposed to be a vector, but got dim: ${i.shape.length} with type: ${i.dtype} and size: ${formatShape(i.shape)}`,
    );
  if (x.dtype !== source.dtype)
    throw new DTypeError(
      name === 'indexCopy'
        ? `${said}: self and source expected to have the same dtype, but got (self) ${x.dtype} and (source) ${source.dtype}`
        : `${said}: self (${x.dtype}) and source (${source.dtype}) must have the same scalar type`,
    );
  const [base, from] = [x.shape.length > 0 ? x.shape : [1], source.shape.length > 0 ? source.shape : [1]];
  if (from.length !== base.length || from.some((n, k) => k !== d && n !== base[k]))
    throw new ShapeError(
      name === 'indexCopy'
        ? `${said}: Source/destination tensor must have same slice shapes\n  at dimension ${d} of ${formatShape(x.shape)} and ${formatShape(source.shape)}`
        : `source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = ${formatShape(x.shape)} source.shape = ${formatShape(source.shape)}\n  in ${name}`,
    );
  if (numel(i.shape) !== from[d])
    throw new ShapeError(
      `${said}: Number of indices (${numel(i.shape)}) should be equal to source.size(dim)${name === 'indexCopy' ? '' : ':'} (${from[d]}), for dim: ${d}`,
    );
  const size = base[d]!;
  const watch = checkWithin(i, 0, size, outOfBounds(name, d, size));
  const out = scoped(() => {
    const y = write(asVector(x), asVector(i), asVector(source), d);
    return x.shape.length > 0 ? y : op('reshape', [y], { shape: [] });
  });
  watch();
  return out;
}

export function indexAdd(x: Var, dim: number, index: Var, source: Var, alpha: number): Var {
  return named(
    bySlice('indexAdd', [x, dim, index, source], (base, i, from, d) => {
      const scaled = (factor: number): Var =>
        from.dtype === 'bool' ? mul(from, factor !== 0) : op('mul', [from, scalar(factor, from.dtype)]);
      return adding('indexAdd', [base, i, Number(alpha) === 1 ? from : scaled(Number(alpha))], d);
    }),
    'IndexAddBackward0',
  );
}
export function indexCopy(x: Var, dim: number, index: Var, source: Var): Var {
  return named(
    bySlice('indexCopy', [x, dim, index, source], (base, i, from, d) => op('indexCopy', [base, i, from], { dim: d })),
    'IndexCopyBackward0',
  );
}
export function indexReduce(
  x: Var,
  dim: number,
  index: Var,
  source: Var,
  reduce: ReduceName,
  includeSelf: boolean,
): Var {
  checkReduce('index_reduce(): Expected reduce to be one of', reduce, ['prod', 'mean', 'amax', 'amin']);
  return named(
    bySlice('indexReduce', [x, dim, index, source], (base, i, from, d) =>
      reduceInto(slices, [base, i, from], d, reduce, includeSelf),
    ),
    'IndexReduceBackward0',
  );
}

/** One value at slices of x; negative positions count from the end. */
export function indexFill(x: Var, dim: number, index: Var, value: Operand): Var {
  const d = normalizeDim('indexFill', dim, x.shape.length);
  const i = asIndex('indexFill', index);
  if (i.shape.length > 1)
    throw new ShapeError(`Index has to be a vector/scalar\n  in indexFill: got ${formatShape(i.shape)}`);
  needScalar('index_fill_', value);
  const size = x.shape[d] ?? 1;
  const watch = checkWithin(i, -size, size, outOfBounds('indexFill', d, size));
  const out = scoped(() => {
    const none = op('fill', [scalar(false, 'bool')], { shape: [size], dtype: 'bool' }, x.engine);
    const at = wrapNegative(asVector(i), size);
    const chosen = op('indexCopy', [none, at, spread(true, at.shape, none)], { dim: 0 });
    const shape = x.shape.map((n, k) => (k === d ? n : 1));
    return op('where', [op('reshape', [chosen], { shape }), as(value, x.dtype), x]);
  });
  watch();
  return named(out, value instanceof Var ? 'IndexFillBackward1' : 'IndexFillBackward0');
}

/** Throws unless `value` is one number or a 0-d tensor. */
export function needScalar(name: string, value: Operand): void {
  if (value instanceof Var && value.shape.length > 0)
    throw new ShapeError(
      `${name} only supports a 0-dimensional value tensor, but got tensor with ${value.shape.length} dimension(s).`,
    );
}

/** In the words of ops that see a tensor as a vector. */
const outOfElements =
  (name: string, size: number) =>
  (bad: number | null): string =>
    `out of range: tried to access index ${bad ?? 'computed on the device'} on a tensor of ${size} elements.\n  in ${name}`;

const flattened = (x: Var): Var => op('reshape', [x], { shape: [numel(x.shape)] });

export function take(x: Var, index: Var): Var {
  const i = asIndex('take', index);
  const size = numel(x.shape);
  if (size === 0 && numel(i.shape) > 0)
    throw new ShapeError(
      'take(): tried to take from an empty tensor\n  give an empty index, or a tensor with elements',
    );
  const watch = checkWithin(i, -size, size, outOfElements('take', size));
  const out = scoped(() => {
    const at = flattened(wrapNegative(i, size));
    return op('reshape', [op('indexSelect', [flattened(x), at], { dim: 0 })], { shape: i.shape });
  });
  watch();
  return named(out, 'TakeBackward0');
}

/** torch.put: x as a vector with source at index, in x's shape. */
export function put(x: Var, index: Var, source: Var, accumulate: boolean): Var {
  const i = asIndex('put', index);
  const size = numel(x.shape);
  if (numel(i.shape) !== numel(source.shape))
    throw new ShapeError(
      `put_(): Expected source and index to have the same number of elements, but got source.numel() = ${numel(source.shape)}, index.numel() = ${numel(i.shape)}`,
    );
  if (x.dtype !== source.dtype)
    throw new DTypeError(
      `put_(): self and source expected to have the same dtype, but got self.dtype = ${x.dtype} and source.dtype = ${source.dtype}`,
    );
  const watch = checkWithin(i, -size, size, outOfElements('put', size));
  const out = scoped(() => {
    const at = flattened(wrapNegative(i, size));
    const operands = [flattened(x), at, flattened(source)] as const;
    const next = accumulate ? adding('indexAdd', operands, 0) : op('indexCopy', operands, { dim: 0 });
    return op('reshape', [next], { shape: x.shape });
  });
  watch();
  return named(out, 'PutBackward0');
}

/** torch.take_along_dim: gather, with the other dims broadcast; dim null: of x as a vector. */
export function takeAlongDim(x: Var, index: Var, dim: number | null): Var {
  const i = asIndex('takeAlongDim', index);
  if (dim === null) return scoped(() => gather(flattened(x), 0, flattened(i)));
  if (x.shape.length !== i.shape.length)
    throw new ShapeError(
      `torch.take_along_dim(): input and indices should have the same number of dimensions, but got ${x.shape.length} dimensions for input, and ${i.shape.length} dimensions for indices`,
    );
  const d = normalizeDim('takeAlongDim', dim, x.shape.length);
  const joint = x.shape.map((n, k) => (n === 1 ? i.shape[k]! : n));
  const wide = (v: Var): Var => {
    const shape = joint.map((n, k) => (k === d ? v.shape[k]! : n));
    const odd = v.shape.findIndex((n, k) => n !== shape[k] && n !== 1);
    if (odd >= 0)
      throw new ShapeError(
        `The size of tensor a (${x.shape[odd]}) must match the size of tensor b (${i.shape[odd]}) at non-singleton dimension ${odd}\n  in takeAlongDim of ${formatShape(x.shape)} by ${formatShape(i.shape)}`,
      );
    return op('expand', [v], { shape });
  };
  const watch = checkWithin(i, -x.shape[d]!, x.shape[d]!, outOfBounds('takeAlongDim', d, x.shape[d]!));
  const out = scoped(() => gather(wide(x), d, wide(wrapNegative(i, x.shape[d]!))));
  watch();
  return out;
}
