/** Pictures of simple things, drawn at random: data that needs no download. */
import { mulberry32 } from './random.ts';

/** What a picture may show; 0 is the background. */
export const shapes = ['background', 'disc', 'square', 'triangle'] as const;

export interface Scenes {
  readonly count: number;
  readonly side: number;
  /** Greys in 0 … 1, count × side × side. */
  readonly images: Float32Array;
  /** What each pixel shows: a position in {@link shapes}. */
  readonly labels: Uint8Array;
}

/** Is the point (x, y), in radii from the middle, inside? */
const inside: readonly ((x: number, y: number) => boolean)[] = [
  () => false,
  (x, y) => x * x + y * y < 1,
  (x, y) => Math.abs(x) < 0.85 && Math.abs(y) < 0.85,
  (x, y) => y < 0.8 && y > 2 * Math.abs(x) - 0.9,
];

/** Pictures of two shapes each, of any brightness, in noise. */
export function drawScenes(count: number, side: number, seed: number): Scenes {
  const random = mulberry32(seed);
  const images = new Float32Array(count * side * side);
  const labels = new Uint8Array(count * side * side);
  for (let n = 0; n < count; n++) {
    const things = [0, 1].map(() => ({
      kind: 1 + Math.floor(random() * (shapes.length - 1)),
      radius: side * (0.2 + 0.15 * random()),
      x: side * (0.2 + 0.6 * random()),
      y: side * (0.2 + 0.6 * random()),
      grey: 0.5 + 0.4 * random(),
    }));
    for (let i = 0; i < side * side; i++) {
      const [px, py] = [(i % side) + 0.5, Math.floor(i / side) + 0.5];
      const at = n * side * side + i;
      images[at] = 0.1 + 0.2 * random();
      for (const { kind, radius, x, y, grey } of things) {
        if (!inside[kind]!((px - x) / radius, (py - y) / radius)) continue;
        images[at] = grey + 0.1 * random();
        labels[at] = kind;
      }
    }
  }
  return { count, side, images, labels };
}
