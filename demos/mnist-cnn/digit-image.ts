import { side } from './digits.ts';

/** Paints a 28 × 28 digit on a canvas of that size: ink in `color`, paper transparent. */
export function paintDigit(canvas: HTMLCanvasElement, image: Uint8Array, color: string): void {
  const context = canvas.getContext('2d')!;
  const picture = context.createImageData(side, side);
  const [red, green, blue] = rgb(color);
  for (let i = 0; i < image.length; i++) picture.data.set([red, green, blue, image[i]!], 4 * i);
  context.putImageData(picture, 0, 0);
}

/** The parts of a colour written `#rrggbb`. */
export function rgb(color: string): [red: number, green: number, blue: number] {
  const value = Number.parseInt(color.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}
