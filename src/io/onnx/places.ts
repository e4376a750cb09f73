import { type Layout, numel } from '../../core/shape.ts';

/** Where the elements of a layout lie, in their order. */
export function placesOf({ shape, strides, offset }: Layout): number[] {
  const places: number[] = [];
  const total = numel(shape);
  for (let i = 0; i < total; i++) {
    let place = offset;
    let rest = i;
    for (let d = shape.length - 1; d >= 0; d--) {
      place += (rest % shape[d]!) * strides[d]!;
      rest = Math.floor(rest / shape[d]!);
    }
    places.push(place);
  }
  return places;
}
