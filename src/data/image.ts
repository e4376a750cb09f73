/** Images as bytes: of canvases, bitmaps and files. Nothing is fetched here. */
import { describe, FormatError, OptionError, ShapeError } from '../core/errors.ts';
import { decodeInPage, drawnPixels, isPage } from './image-page.ts';

/** Pixels in rows, the channels of a pixel side by side. `ImageData` is one. */
export interface ImageLike {
  readonly data: Uint8Array | Uint8ClampedArray | Uint16Array;
  readonly width: number;
  readonly height: number;
  /** 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha. Default 4, as in ImageData. */
  readonly channels?: number;
  /** Bits per channel. Default 8. */
  readonly depth?: number;
}

/** What {@link imageOf} reads: pixels, or what a page can draw. */
export type ImageSource =
  | ImageLike
  | ImageBitmap
  | OffscreenCanvas
  | HTMLCanvasElement
  | HTMLImageElement
  | HTMLVideoElement
  | VideoFrame;

/**
 * The pixels of a canvas, a bitmap, a loaded `<img>`, a frame, as they are shown: upright, in sRGB; or the image itself where it
 * has them already.
 */
export function imageOf(source: ImageSource): Required<ImageLike> {
  if (typeof source !== 'object' || source === null)
    throw new OptionError(`expected an image, a canvas or { data, width, height, channels }, got ${describe(source)}`);
  if ('data' in source) return checked(source);
  const drawn = drawnPixels(source);
  if (!drawn)
    throw new OptionError(`expected an image, a canvas or { data, width, height, channels }, got ${describe(source)}`);
  return checked(drawn);
}

function checked(image: ImageLike): Required<ImageLike> {
  const { data, width, height, channels = 4, depth = 8 } = image;
  if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray || data instanceof Uint16Array))
    throw new OptionError(`image: data must be integers of 8 or 16 bits in a typed array, got ${describe(data)}`);
  if (![1, 2, 3, 4].includes(channels))
    throw new ShapeError(`image: channels must be 1 to 4, got ${describe(channels)}`);
  if (![width, height].every((n) => Number.isInteger(n) && n > 0) || data.length !== width * height * channels) {
    throw new ShapeError(
      `image: ${describe(width)} × ${describe(height)} pixels of ${channels} channels need ${width * height * channels} elements, got ${data.length}`,
    );
  }
  return { data, width, height, channels, depth };
}

/**
 * The pixels of a PNG, and in pages of whatever format they can show. The bytes are yours to get: a file that the user chose, or
 * `await fetch(url)`. Pages decode themselves; elsewhere PNG is read by the package `fast-png`, which must be installed.
 *
 * The numbers are those of the file: color profiles and gamma are not applied, and colors under alpha stay as they are. A PNG has
 * the channels of its header, a palette those of its colors; other formats have 3, or 4 where something shines through. Pages turn
 * photos upright, as their EXIF data say (PIL: ImageOps.exif_transpose), and have 8 bits per channel, also of PNGs with 16.
 *
 * @throws FormatError for what is no image, OptionError where `fast-png` is needed and missing.
 * @example
 * const image = { data: new Uint8Array([255, 0, 0]), width: 1, height: 1, channels: 3 };
 * new data.transforms.ToTensor().forward(image).shape; // [3, 1, 1]
 */
export async function decodeImage(source: Uint8Array | ArrayBuffer | Blob | Response): Promise<Required<ImageLike>> {
  if (typeof Response !== 'undefined' && source instanceof Response) {
    if (!source.ok) throw new FormatError(`decodeImage: ${source.url} ${answerOf(source)}`);
    return decode(await source.blob(), source.url ? `${source.url} is` : 'the bytes are');
  }
  if (!(source instanceof Uint8Array || source instanceof ArrayBuffer || source instanceof Blob)) refuse(source);
  return decode(source instanceof Blob ? source : new Blob([source as BlobPart]), 'the bytes are');
}

/** What is none of what {@link decodeImage} takes. */
function refuse(source: unknown): never {
  const isName = typeof source === 'string' || source instanceof URL;
  throw new OptionError(
    `decodeImage(): argument 'source' must be bytes, a Blob or a Response, not ${describe(source)}${isName ? `\n  decodeImage(await fetch(${describe(String(source))}))` : ''}`,
  );
}

const answerOf = ({ type, status, statusText }: Response): string =>
  type === 'opaque'
    ? "was fetched with { mode: 'no-cors' }: a page may not read it"
    : `answered ${status} ${statusText}`.trimEnd();

async function decode(blob: Blob, from: string): Promise<Required<ImageLike>> {
  if (isPage()) return checked(await decodeInPage(blob, from));
  return decodePng(new Uint8Array(await blob.arrayBuffer()));
}

async function decodePng(bytes: Uint8Array): Promise<Required<ImageLike>> {
  const png = await import('fast-png').catch((cause: unknown) => {
    throw new OptionError('decodeImage: outside of pages the package fast-png reads images: npm install fast-png', {
      cause,
    });
  });
  try {
    const image = png.decode(bytes, { checkCrc: true });
    const { width, height, channels, depth } = image.palette ? { ...image, channels: image.palette[0]!.length } : image;
    const data = (image.palette ? png.convertIndexedToRgb(image) : image.data) as Uint8Array | Uint16Array;
    if (!image.palette && depth < 8)
      return checked({ data: unpackBits(data, width, height, depth), width, height, channels, depth: 8 });
    return checked({ data, width, height, channels, depth: depth === 16 ? 16 : 8 });
  } catch (cause) {
    throw new FormatError(`decodeImage: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** Gray of less than a byte per pixel, whose rows begin at whole bytes, as bytes from 0 to 255. */
function unpackBits(data: ArrayLike<number>, width: number, height: number, depth: number): Uint8Array {
  const most = 2 ** depth - 1;
  const row = Math.ceil((width * depth) / 8);
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const bit = (i % width) * depth;
    const byte = data[Math.floor(i / width) * row + (bit >> 3)]!;
    return (((byte >> (8 - depth - (bit & 7))) & most) * 255) / most;
  });
}

/** How {@link parseSprite} finds the images. */
export interface SpriteOptions {
  /** 'grid': tiles from left to right, then down. 'rows': each row of pixels is an image, row after row of it. Default 'grid'. */
  readonly layout?: 'grid' | 'rows';
  /** Default: those of the sheet, without alpha. */
  readonly channels?: 1 | 3 | 4;
}
/** Images and their shape: a source of a TensorDataset. */
export interface ImageBatch {
  readonly data: Uint8Array;
  /** (N, C, H, W). */
  readonly shape: [n: number, channels: number, height: number, width: number];
}

/**
 * The images of a sprite sheet: bytes of shape (N, C, H, W), for a TensorDataset.
 *
 * @throws ShapeError when the sheet does not divide into images of that size.
 * @example
 * const sheet = { data: new Uint8Array([1, 2, 3, 4]), width: 4, height: 1, channels: 1 };
 * const sprites = parseSprite(sheet, [1, 2]);
 * sprites.shape; // [2, 1, 1, 2]
 */
export function parseSprite(
  sheet: ImageSource,
  size: readonly [number, number],
  options: SpriteOptions = {},
): ImageBatch {
  const { layout = 'grid' } = options;
  const image = imageOf(sheet);
  const [height, width] = size;
  const channels = options.channels ?? ((image.channels < 3 ? 1 : 3) as 1 | 3);
  if (image.depth !== 8) throw new FormatError(`parseSprite: the sheet has ${image.depth} bits per channel, not 8`);
  const across = layout === 'rows' ? 1 : image.width / width;
  const down = layout === 'rows' ? image.height : image.height / height;
  if (!Number.isInteger(across) || !Number.isInteger(down) || (layout === 'rows' && image.width !== width * height)) {
    throw new ShapeError(
      `parseSprite: a sheet of ${image.width} × ${image.height} pixels does not divide into ${layout === 'rows' ? 'rows of' : 'tiles of'} ${width} × ${height}`,
    );
  }
  const planes = planesOf(image, channels);
  const pixels = image.width * image.height;
  const count = across * down;
  const data = new Uint8Array(count * channels * height * width);
  let at = 0;
  for (let n = 0; n < count; n++) {
    const first =
      layout === 'rows' ? n * image.width : Math.floor(n / across) * height * image.width + (n % across) * width;
    const stride = layout === 'rows' ? width : image.width;
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < height; y++, at += width) {
        const from = c * pixels + first + y * stride;
        data.set(planes.subarray(from, from + width), at);
      }
    }
  }
  return { data, shape: [count, channels, height, width] };
}

/** Gray as PIL computes it (ITU-R 601). */
const gray = [0.299, 0.587, 0.114] as const;

/** Pixels as planes, one per channel: color to gray and back, alpha dropped or opaque. */
export function planesOf(image: Required<ImageLike>, channels: number): Uint8Array | Uint16Array {
  const { data, channels: has } = image;
  const pixels = image.width * image.height;
  const opaque = 2 ** image.depth - 1;
  const planes = image.depth > 8 ? new Uint16Array(channels * pixels) : new Uint8Array(channels * pixels);
  const color = has >= 3;
  for (let i = 0; i < pixels; i++) {
    const from = i * has;
    if (channels === 1)
      planes[i] = color
        ? Math.round(gray[0] * data[from]! + gray[1] * data[from + 1]! + gray[2] * data[from + 2]!)
        : data[from]!;
    else for (let c = 0; c < 3; c++) planes[c * pixels + i] = data[from + (color ? c : 0)]!;
    if (channels === 4) planes[3 * pixels + i] = has % 2 === 0 ? data[from + has - 1]! : opaque;
  }
  return planes;
}
