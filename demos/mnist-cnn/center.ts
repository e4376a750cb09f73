import { pixels, side } from './digits.ts';

/** MNIST's digits were scaled to fit a box of 20 pixels and put with their centre of mass in the middle of 28. */
const box = 20;

/**
 * A drawing as MNIST would have it: `ink` is square, `size` × `size`, 255 where there is ink. Returns 28 × 28 bytes, or
 * null when nothing is drawn.
 */
export function centerDigit(ink: ArrayLike<number>, size: number): Uint8Array | null {
  const bounds = inkBounds(ink, size);
  if (bounds === null) return null;
  const { left, top, width, height } = bounds;
  const scale = Math.max(width, height) / box;
  const columns = Math.max(1, Math.round(width / scale));
  const rows = Math.max(1, Math.round(height / scale));
  const small = new Float64Array(columns * rows);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      small[y * columns + x] = meanInk(ink, size, left + x * scale, top + y * scale, scale);
    }
  }
  return placeByMass(small, columns, rows);
}

function inkBounds(ink: ArrayLike<number>, size: number) {
  let [left, right, top, bottom] = [size, -1, size, -1];
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if (ink[y * size + x]! < 32) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** The mean over a square, each pixel weighed by how much of it lies inside. */
function meanInk(ink: ArrayLike<number>, size: number, x0: number, y0: number, length: number): number {
  let sum = 0;
  for (let y = Math.floor(y0); y < Math.min(size, y0 + length); y++) {
    const tall = Math.min(y + 1, y0 + length) - Math.max(y, y0);
    for (let x = Math.floor(x0); x < Math.min(size, x0 + length); x++) {
      const wide = Math.min(x + 1, x0 + length) - Math.max(x, x0);
      sum += tall * wide * ink[y * size + x]!;
    }
  }
  return sum / (length * length);
}

function placeByMass(small: Float64Array, columns: number, rows: number): Uint8Array {
  let [mass, sumX, sumY] = [0, 0, 0];
  small.forEach((value, i) => {
    mass += value;
    sumX += value * ((i % columns) + 0.5);
    sumY += value * (Math.floor(i / columns) + 0.5);
  });
  // The box always fits: its centre of mass lies inside it, and it is clamped to stay on the picture.
  const offset = (sum: number, length: number) =>
    Math.min(side - length, Math.max(0, Math.round(side / 2 - sum / mass)));
  const offsetX = offset(sumX, columns);
  const offsetY = offset(sumY, rows);
  const out = new Uint8Array(pixels);
  small.forEach((value, i) => {
    out[(offsetY + Math.floor(i / columns)) * side + offsetX + (i % columns)] = Math.round(value);
  });
  return out;
}
