/** What the functions on sorted tensors share. */
import { apply } from '../../autograd/apply.ts';
import { isGradEnabled } from '../../autograd/grad-mode.ts';
import { Var } from '../../autograd/var.ts';
import { GradError, ShapeError } from '../../core/errors.ts';
import { formatShape } from '../../core/shape.ts';
import { type Recorder, Storage } from '../../graph/node.ts';
import { op } from './common.ts';

/** The elements in order along a dim, and where each stood. */
export function sorted(x: Var, dim: number, descending = false): [values: Var, indices: Var] {
  const [values, indices] = apply('sort', [x], { dim, descending }) as [Var, Var];
  indices.storage.value.range = { min: 0, max: Math.max((x.shape[dim] ?? 1) - 1, 0), exact: false };
  return [values, indices];
}

/** A gather by indices that are known to be in range: nothing checks them. */
export const pick = (x: Var, dim: number, index: Var): Var => op('gather', [x, index], { dim });

/** `size` neighbours along a dim. */
export function part(x: Var, dim: number, start: number, size: number): Var {
  return op('slice', [x], {
    starts: x.shape.map((_, i) => (i === dim ? start : 0)),
    sizes: x.shape.map((d, i) => (i === dim ? size : d)),
    steps: x.shape.map(() => 1),
  });
}

/** How many of each row's sorted boundaries are below a value, or (right) not above it. */
export const search = (boundaries: Var, values: Var, right: boolean): Var =>
  op('searchsorted', [boundaries, values], { right });

/** For functions whose result tells no gradient where to go. */
export function refuseGradient(name: string, ...operands: readonly Var[]): void {
  if (isGradEnabled() && operands.some((v) => v.requiresGrad))
    throw new GradError(
      `the derivative for '${name}' is not implemented.\n  detach() the tensor: gradients do not flow through ${name}`,
    );
}

/** What looks for one element along a dim needs one. */
export function needAlong(name: string, x: Var, dim: number): void {
  if (x.shape[dim] === 0)
    throw new ShapeError(
      `${name}(): Expected reduction dim ${dim} to have non-zero size.\n  got shape ${formatShape(x.shape)}`,
    );
}

/** An int32 tensor of numbers computed on the host. */
export function uploaded(engine: Recorder, data: Int32Array, shape: readonly number[]): Var {
  const value = engine.upload(data, shape, 'int32');
  return new Var(new Storage(value), value.layout);
}
