/** Writing by position in all forms of PyTorch's indexing: x[index] = value. */
import { writeInPlace } from '../../autograd/in-place.ts';
import { Var } from '../../autograd/var.ts';
import { DTypeError, OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape, numel, type Shape, sameShape } from '../../core/shape.ts';
import { cast, full, named, type Operand, op, scoped } from './common.ts';
import { type Index, select, type TensorEntry } from './indexing.ts';
import { joinTensors } from './indexing-tensors.ts';
import { selectInOrder } from './masked.ts';
import { add } from './pointwise.ts';
import { spread } from './scatter.ts';
import { adding } from './scatter-add.ts';
import { expand } from './shape.ts';

/** x[index] = value, or += value at each position if `accumulate`. The value is cast and broadcast. */
export function put_(x: Var, indices: readonly Index[], value: Operand, accumulate: boolean): void {
  const checks: (() => void)[] = [];
  const { part, tensors } = select('put_', x, indices);
  // What is overwritten as a whole keeps nothing of what it was.
  writeInPlace(
    'put_',
    part,
    () => written('put_', part, tensors, value, accumulate, checks),
    tensors.length === 0 && !accumulate,
  );
  for (const watch of checks) watch();
}

/** torch.index_put: tensors for the leading dims, null for a whole dim. */
export function indexPut(x: Var, indices: readonly (Var | null)[], value: Operand, accumulate: boolean): Var {
  if (value instanceof Var && value.dtype !== x.dtype)
    throw new DTypeError(
      `Index put requires the source and destination dtypes match, got ${x.dtype} for the destination and ${value.dtype} for the source.`,
    );
  const checks: (() => void)[] = [];
  const out = scoped(() => {
    const entries = indices.map((i) => i ?? ':');
    const { part, tensors } = select('indexPut', x, entries);
    return written('indexPut', part, tensors, value, accumulate, checks);
  });
  for (const watch of checks) watch();
  return out;
}

/** `part` after the write. */
function written(
  name: string,
  part: Var,
  tensors: readonly TensorEntry[],
  value: Operand,
  accumulate: boolean,
  checks: (() => void)[],
): Var {
  if (!(value instanceof Var) && tensors.length === 0 && !accumulate)
    return full(part.shape, value, part.dtype, part.engine);
  const v = value instanceof Var ? cast(value, part.dtype) : spread(value, [], part);
  const masks = tensors.filter(({ index }) => index.dtype === 'bool');
  if (tensors.length === 0) return whole(part, v, accumulate);
  if (masks.length === 0) return named(byTensors(name, part, tensors, v, accumulate, checks), 'IndexPutBackward0');
  if (tensors.length > 1) {
    throw new OptionError(
      `${name}: a boolean mask and other index tensors together select a number of elements that depends on data\n  turn the mask into index tensors first, with ...(await nonzero(mask, { asTuple: true }))`,
    );
  }
  return named(byMask(part, tensors[0]!, v, accumulate, checks), 'IndexPutBackward0');
}

/** `value` as what is assigned to `shape`. */
function fitted(value: Var, shape: Shape): Var {
  const trimmed = withoutLeading(value, shape.length);
  const own = trimmed.shape;
  const lead = shape.length - own.length;
  if (lead < 0 || own.some((d, i) => d !== 1 && d !== shape[lead + i])) {
    throw new ShapeError(
      `shape mismatch: value tensor of shape ${formatShape(value.shape)} cannot be broadcast to indexing result of shape ${formatShape(shape)}`,
    );
  }
  return sameShape(own, shape) ? trimmed : op('expand', [trimmed], { shape });
}

/** As in PyTorch, leading dims of size 1 do not count. */
function withoutLeading(value: Var, rank: number): Var {
  let extra = 0;
  while (value.shape.length - extra > rank && value.shape[extra] === 1) extra++;
  return extra === 0 ? value : op('reshape', [value], { shape: value.shape.slice(extra) });
}

function whole(part: Var, value: Var, accumulate: boolean): Var {
  const source = expand(withoutLeading(value, part.shape.length), part.shape);
  return accumulate ? add(part, source) : op('copy', [source]);
}

function byTensors(
  name: string,
  part: Var,
  tensors: readonly TensorEntry[],
  value: Var,
  accumulate: boolean,
  checks: (() => void)[],
): Var {
  const { order, before, after, shape, folded, flat } = joinTensors(name, part, tensors, checks);
  const source = fitted(value, [...before, ...shape, ...after]);
  const entries = op('reshape', [source], { shape: [...before, numel(shape), ...after] });
  const operands = [folded, flat, entries] as const;
  const next = accumulate
    ? adding('indexAdd', operands, before.length)
    : op('indexCopy', operands, { dim: before.length });
  const moved = op('reshape', [next], { shape: order.map((d) => part.shape[d]!) });
  if (order.every((d, i) => d === i)) return moved;
  return op('permute', [moved], { dims: order.map((_, d) => order.indexOf(d)) });
}

/** One value for all that a mask selects, or a list of values, one for each. */
function byMask(
  part: Var,
  { index: mask, dim }: TensorEntry,
  value: Var,
  accumulate: boolean,
  checks: (() => void)[],
): Var {
  const covered = mask.shape.length;
  const after = part.shape.length - dim - covered;
  const ones = (n: number): number[] => new Array<number>(n).fill(1);
  const where = op('reshape', [mask], { shape: [...mask.shape, ...ones(after)] });
  const rank = value.shape.length;
  const list = rank - 1 - after;
  let source = value;
  if (list >= 0) {
    const [lead, rest] = [value.shape.slice(0, list), value.shape.slice(list + 1)];
    // The dim of the selected elements becomes the masked dims.
    source =
      value.shape[list] === 1
        ? op('reshape', [value], { shape: [...lead, ...ones(covered), ...rest] })
        : op('reshape', [selectInOrder(value, list, mask, checks)], { shape: [...lead, ...mask.shape, ...rest] });
  }
  const wide = fitted(source, part.shape);
  return op('where', [where, accumulate ? add(part, wide) : wide, part]);
}
