/** PNGs made by hand, with what encoders leave out: few bits, palettes, profiles. */
import { crc32 } from '../../src/io/crc32.ts';

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function chunk(name: string, data: Iterable<number>): number[] {
  const body = [...new TextEncoder().encode(name), ...data];
  return [...word(body.length - 4), ...body, ...word(crc32(Uint8Array.from(body)))];
}

const word = (n: number): number[] => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];

/** Rows begin with the number of their filter: 0 is none. */
export async function png(
  [width, height, depth, type]: readonly [number, number, number, number],
  rows: readonly number[],
  more: Readonly<Record<string, readonly number[]>> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks = Object.entries(more).flatMap(([name, data]) => chunk(name, data));
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk('IHDR', [...word(width), ...word(height), depth, type, 0, 0, 0]),
    ...chunks,
    ...chunk('IDAT', await deflate(Uint8Array.from(rows))),
    ...chunk('IEND', []),
  ]);
}

/** What every PNG below decodes to, in a page and in Node. */
export const pngs: readonly (readonly [
  what: string,
  make: () => Promise<Uint8Array<ArrayBuffer>>,
  channels: number,
  data: readonly number[],
])[] = [
  ['RGB', () => png([2, 1, 8, 2], [0, 200, 100, 50, 10, 128, 240]), 3, [200, 100, 50, 10, 128, 240]],
  [
    'colors under alpha, also where nothing shines',
    () => png([3, 1, 8, 6], [0, 200, 100, 50, 3, 10, 20, 30, 0, 255, 128, 1, 128]),
    4,
    [200, 100, 50, 3, 10, 20, 30, 0, 255, 128, 1, 128],
  ],
  ['an opaque alpha', () => png([1, 1, 8, 6], [0, 1, 2, 3, 255]), 4, [1, 2, 3, 255]],
  ['gray', () => png([2, 2, 8, 0], [0, 1, 2, 0, 3, 255]), 1, [1, 2, 3, 255]],
  ['gray and alpha', () => png([2, 1, 8, 4], [0, 9, 8, 100, 255]), 2, [9, 8, 100, 255]],
  ['gray of 1 bit', () => png([3, 2, 1, 0], [0, 0b10100000, 0, 0b01000000]), 1, [255, 0, 255, 0, 255, 0]],
  ['gray of 2 bits', () => png([3, 1, 2, 0], [0, 0b00011000]), 1, [0, 85, 170]],
  ['gray of 4 bits', () => png([3, 1, 4, 0], [0, 0x0f, 0x80]), 1, [0, 255, 136]],
  [
    'a palette',
    () => png([3, 1, 1, 3], [0, 0b10100000], { PLTE: [1, 2, 3, 250, 251, 252] }),
    3,
    [250, 251, 252, 1, 2, 3, 250, 251, 252],
  ],
  [
    'a palette with alpha',
    () => png([2, 1, 8, 3], [0, 0, 1], { PLTE: [1, 2, 3, 250, 251, 252], tRNS: [7] }),
    4,
    [1, 2, 3, 7, 250, 251, 252, 255],
  ],
  [
    'a gamma, which is not applied',
    () => png([1, 1, 8, 2], [0, 200, 100, 50], { gAMA: [0, 1, 0x86, 0xa0] }),
    3,
    [200, 100, 50],
  ],
  [
    'a color space (Display P3), which is not applied',
    () => png([1, 1, 8, 2], [0, 200, 100, 50], { cICP: [12, 13, 0, 1] }),
    3,
    [200, 100, 50],
  ],
];
