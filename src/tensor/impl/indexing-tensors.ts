/** Reading by integer tensors: several broadcast together and index their dims jointly. */
import type { Var } from '../../autograd/var.ts';
import { ShapeError } from '../../core/errors.ts';
import { broadcastShapes, formatShape, numel, type Shape } from '../../core/shape.ts';
import { op, scalar } from './common.ts';
import { asIndex, checkWithin, outOfBounds, type TensorEntry } from './indexing.ts';

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

export function byTensors(x: Var, tensors: readonly TensorEntry[], checks: (() => void)[]): Var {
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
