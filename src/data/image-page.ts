/** Pixels as pages have them: of what they can draw, and of files that they can show. */
import { FormatError, OptionError, ShapeError } from '../core/errors.ts';

/** Four channels of 8 bits. */
export interface PagePixels {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** Can pixels be drawn here? */
export const isPage = (): boolean => typeof createImageBitmap === 'function' && typeof OffscreenCanvas !== 'undefined';

/** What the sizes of things that can be drawn are called. */
type Drawable = Partial<HTMLImageElement & HTMLVideoElement & VideoFrame>;

/** What is drawn, as it is shown: upright, in sRGB. Null for what cannot be drawn. */
export function drawnPixels(source: object): PagePixels | null {
  const of: Drawable = source;
  const width = of.displayWidth ?? of.videoWidth ?? of.naturalWidth ?? of.width;
  const height = of.displayHeight ?? of.videoHeight ?? of.naturalHeight ?? of.height;
  if (typeof width !== 'number' || typeof height !== 'number' || !isPage()) return null;
  checkReady(of, width, height);
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  try {
    if (!context) throw new Error('this browser has no canvas of that size');
    context.drawImage(source as CanvasImageSource, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'SecurityError')
      throw new OptionError(
        "the image comes from another site, and a page may not read its pixels\n  set image.crossOrigin = 'anonymous' before image.src; the other site must send Access-Control-Allow-Origin",
        { cause },
      );
    throw new ShapeError(`an image of ${width} × ${height} pixels cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** What is not there yet would be drawn as nothing at all, without a word. */
function checkReady(source: Drawable, width: number, height: number): void {
  if (source.videoWidth !== undefined && source.readyState! < 2)
    throw new ShapeError("the video has no frame yet\n  await its 'loadeddata' event first");
  if (width > 0 && height > 0) return;
  const size = `the image has no pixels (${width} × ${height})`;
  if (source.naturalWidth === undefined) throw new ShapeError(`${size}: it is empty, or has been closed`);
  if (source.complete && source.src)
    throw new FormatError(`${size}: ${source.src} was not found, or is no image with a size of its own`);
  throw new ShapeError(`${size}\n  await image.decode() first`);
}

/** The pixels of a file of any format that this browser knows. */
export async function decodeInPage(blob: Blob, from: string): Promise<PagePixels & { readonly channels: number }> {
  // The numbers of the file, whatever the screen.
  const settings = { colorSpaceConversion: 'none', premultiplyAlpha: 'none' } as const;
  const bitmap = await createImageBitmap(blob, settings).catch((cause: unknown) => {
    const what = blob.type.startsWith('text/') ? `, but ${blob.type}: a page that says why there is none?` : '';
    throw new FormatError(`decodeImage: ${from} no image that this browser can read${what}`, { cause });
  });
  try {
    const drawn = drawnPixels(bitmap)!;
    const shinesThrough = drawn.data.some((v, i) => i % 4 === 3 && v < 255);
    const pixels = (shinesThrough && exactPixels(bitmap)) || drawn;
    const channels = pngChannels(new Uint8Array(await blob.arrayBuffer())) ?? (shinesThrough ? 4 : 3);
    const { width, height } = pixels;
    return { data: withChannels(pixels.data, channels), width, height, channels };
  } finally {
    bitmap.close();
  }
}

/** Of four channels those that are meant: gray is in all three colors. */
function withChannels(data: Uint8Array | Uint8ClampedArray, channels: number): Uint8Array | Uint8ClampedArray {
  if (channels === 4) return data;
  const kept = new Uint8Array((data.length / 4) * channels);
  for (let from = 0, to = 0; from < data.length; from += 4) {
    for (let c = 0; c < channels; c++) kept[to++] = data[from + (channels === 2 && c === 1 ? 3 : c)]!;
  }
  return kept;
}

const pngStart = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** By the color type of the header: gray, -, RGB, a palette, gray and alpha, -, RGB and alpha. */
const channelsOfType = [1, undefined, 3, 3, 2, undefined, 4];

/** The channels of a PNG; undefined for other formats, which do not say. */
function pngChannels(bytes: Uint8Array): number | undefined {
  if (!pngStart.every((byte, i) => bytes[i] === byte)) return undefined;
  const type = bytes[25]!;
  return type === 3 && hasTransparency(bytes) ? 4 : channelsOfType[type];
}

/** Is there a chunk tRNS before the pixels? */
function hasTransparency(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer);
  for (let at = pngStart.length; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (name === 'tRNS' || name === 'IDAT') return name === 'tRNS';
  }
  return false;
}

let graphics: WebGL2RenderingContext | null = null;

/**
 * The pixels of a bitmap whose colors are not multiplied with their alpha. A canvas multiplies them, which loses the colors of what
 * is all but transparent; a texture does not. Null where there is no WebGL, or none that large.
 */
function exactPixels(bitmap: ImageBitmap): PagePixels | null {
  if (!graphics || graphics.isContextLost()) graphics = new OffscreenCanvas(1, 1).getContext('webgl2');
  const gl = graphics;
  const { width, height } = bitmap;
  if (!gl || Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) return null;
  const texture = gl.createTexture();
  const frame = gl.createFramebuffer();
  const data = new Uint8Array(4 * width * height);
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
  gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, data);
  const failed = gl.getError() !== gl.NO_ERROR || gl.isContextLost();
  gl.deleteFramebuffer(frame);
  gl.deleteTexture(texture);
  return failed ? null : { data, width, height };
}
