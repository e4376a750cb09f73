/** Adding by position, and what the functions that write by an index share. */
import type { Var } from '../../autograd/var.ts';
import { DTypeError, ShapeError } from '../../core/errors.ts';
import { formatShape, normalizeDim, numel, type Shape } from '../../core/shape.ts';
import { cast, op, scoped } from './common.ts';
import { asIndex, asVector, checkWithin, outOfBounds } from './indexing.ts';

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
