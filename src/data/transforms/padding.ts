import { OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { pad } from '../../tensor/functional/padding.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { mirrored, select } from './resampling.ts';

/** What lies outside of an image: a constant, its edge, its mirror image without or with the edge. */
export type Edge = 'constant' | 'edge' | 'reflect' | 'symmetric';

export type Sides = readonly [left: number, top: number, right: number, bottom: number];

/** One number for all sides, two for [left and right, top and bottom], or four. */
export function sidesOf(place: string, padding: number | readonly number[]): Sides {
  const list = typeof padding === 'number' ? [padding] : padding;
  if (!Array.isArray(list) || ![1, 2, 4].includes(list.length) || !list.every((n) => Number.isInteger(n) && n >= 0))
    wrongType(place, 'padding', 'an integer or a list of 1, 2, or 4', padding);
  const [left, top = left, right = left, bottom = top] = list;
  return [left!, top!, right!, bottom!];
}

const outside: Readonly<Record<Edge, ((at: number, size: number) => number) | null>> = {
  constant: null,
  edge: (at, size) => Math.min(Math.max(at, 0), size - 1),
  reflect: (at, size) => mirrored(at, size, 0),
  symmetric: (at, size) => mirrored(at, size, 1),
};

export function padTo(
  place: string,
  image: Tensor,
  [left, top, right, bottom]: Sides,
  mode: Edge,
  fill: number,
): Tensor {
  if (!Object.hasOwn(outside, mode))
    throw new OptionError(
      `Padding mode should be either constant, edge, reflect or symmetric\n  in ${place}: got '${mode}'`,
    );
  if (left + top + right + bottom === 0) return image;
  const inside = outside[mode];
  if (!inside) return pad(image, [left, right, top, bottom], { value: fill });
  const [height, width] = [image.size(-2), image.size(-1)];
  if (mode === 'reflect' && (Math.max(left, right) >= width || Math.max(top, bottom) >= height))
    throw new ShapeError(
      `Padding size should be less than the corresponding input dimension\n  in ${place}: [${left}, ${top}, ${right}, ${bottom}] around ${height} × ${width}`,
    );
  const positions = (before: number, size: number, after: number): number[] =>
    Array.from({ length: before + size + after }, (_, i) => inside(i - before, size));
  return select(image, positions(top, height, bottom), positions(left, width, right));
}
