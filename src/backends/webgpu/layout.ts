/** Element positions as WGSL text: from a row-major index over a shape to offset + Σ i·strides. */
import { contiguousStrides, type Layout, type Shape } from '../../core/shape.ts';
import { literal } from './shader.ts';

/** Every range of an arena starts at a multiple of this, so that it can be bound alone on any device. */
export const arenaAlignment = 256;

const u32 = (n: number): string => literal(n, 'uint32');

export interface Coalesced {
  readonly shape: number[];
  /** Strides of each layout over `shape`. */
  readonly strides: number[][];
}

/** Drops dims of size 1 and merges neighbours that every layout walks as one. Row-major order is unchanged. */
export function coalesce(shape: Shape, layouts: readonly (readonly number[])[]): Coalesced {
  const out: Coalesced = { shape: [], strides: layouts.map(() => []) };
  for (let i = 0; i < shape.length; i++) {
    const size = shape[i]!;
    if (size === 1) continue;
    const last = out.shape.length - 1;
    const merges = last >= 0 && layouts.every((strides, l) => out.strides[l]![last] === strides[i]! * size);
    if (merges) {
      out.shape[last]! *= size;
      layouts.forEach((strides, l) => {
        out.strides[l]![last] = strides[i]!;
      });
    } else {
      out.shape.push(size);
      layouts.forEach((strides, l) => {
        out.strides[l]!.push(strides[i]!);
      });
    }
  }
  return out;
}

export interface Positions {
  /** Statements that compute coordinates. */
  readonly lines: readonly string[];
  /** One expression per layout. */
  readonly at: readonly string[];
}

/**
 * Positions in several layouts of one shape, for the row-major index `e` (the name of a u32 value). Divisors are constants.
 * Arithmetic is modulo 2^32, so that negative strides need no signed types. `prefix` keeps the coordinates' names apart.
 */
export function positions(shape: Shape, layouts: readonly Layout[], e: string, prefix = 'c'): Positions {
  const { shape: sizes, strides } = coalesce(
    shape,
    layouts.map((l) => l.strides),
  );
  const dense = contiguousStrides(sizes);
  const lines: string[] = [];
  // Coordinates are computed once, by the first layout that needs them.
  const coordinates = (): void => {
    if (lines.length > 0 || sizes.length <= 1) return;
    let rest = e;
    for (let i = sizes.length - 1; i > 0; i--) {
      // An empty shape has no position, but WGSL refuses the text of a division by zero.
      const size = u32(Math.max(1, sizes[i]!));
      lines.push(`let ${prefix}${i} = ${rest} % ${size};`);
      const next = i === 1 ? `${prefix}0` : `${prefix}r${i}`;
      lines.push(`let ${next} = ${rest} / ${size};`);
      rest = next;
    }
  };
  const at = layouts.map((layout, l) => {
    const steps = strides[l]!;
    if (steps.every((s) => s === 0)) return u32(layout.offset);
    if (steps.every((s, i) => s === dense[i])) return layout.offset === 0 ? e : `${e} + ${u32(layout.offset)}`;
    coordinates();
    let sum = u32(layout.offset);
    steps.forEach((step, i) => {
      if (step === 0) return;
      const coordinate = sizes.length === 1 ? e : `${prefix}${i}`;
      const term = Math.abs(step) === 1 ? coordinate : `${coordinate} * ${u32(Math.abs(step))}`;
      sum = step > 0 && sum === '0u' ? term : `${sum} ${step > 0 ? '+' : '-'} ${term}`;
    });
    return sum;
  });
  return { lines, at };
}

/** A function from a row-major index over `layout.shape` to the element's position. */
export function positionFunction(name: string, layout: Layout): string {
  const { lines, at } = positions(layout.shape, [layout], 'e');
  return [`fn ${name}(e: u32) -> u32 {`, ...lines, `return ${at[0]};`, '}'].join('\n');
}
