/** Images as pages have them: canvases, bitmaps, elements, files and addresses, down to the pixel. */

import { describe, expect, test } from 'vitest';
import { decodeImage, parseIdx, parseSprite, transforms } from '../../src/data/index.ts';
import { FormatError, OptionError, ShapeError } from '../../src/index.ts';
import { png, pngs } from './png.ts';

const blobOf = (bytes: Uint8Array<ArrayBuffer>, type = 'image/png'): Blob => new Blob([bytes], { type });
const toTensor = new transforms.ToTensor();
const bytesOf = async (source: Parameters<typeof toTensor.forward>[0], channels: 1 | 3 | 4 = 3): Promise<number[]> => {
  const x = new transforms.ToTensor({ channels }).forward(source);
  return Array.from(await x.permute(1, 2, 0).reshape(-1).data(), (v) => Math.round(v * 255));
};

/** Red, green / blue, half transparent white. */
function drawn(): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [2, 2];
  const context = canvas.getContext('2d')!;
  const colors = ['#ff0000', '#00ff00', '#0000ff', '#ffffff80'];
  for (const [i, color] of colors.entries()) {
    context.fillStyle = color;
    context.fillRect(i % 2, i >> 1, 1, 1);
  }
  return canvas;
}
const rgba = [255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255, 255, 255, 128];
const rgb = rgba.filter((_, i) => i % 4 < 3);

async function elementOf(url: string, crossOrigin?: string): Promise<HTMLImageElement> {
  const image = new Image();
  if (crossOrigin) image.crossOrigin = crossOrigin;
  image.src = url;
  await image.decode();
  return image;
}

describe('decodeImage gives the numbers of the file', () => {
  test.each(pngs)('%s', async (_, make, channels, data) => {
    const bytes = await make();
    const image = await decodeImage(blobOf(bytes));
    expect([image.channels, image.depth, [...image.data]]).toEqual([channels, 8, data]);
    expect(toTensor.forward(image).shape[0]).toBe(channels === 2 ? 1 : channels);
    expect(await decodeImage(bytes)).toEqual(image);
    expect(await decodeImage(new Response(bytes))).toEqual(image);
  });

  test('PNGs of 16 bits become 8', async () => {
    const image = await decodeImage(await png([2, 1, 16, 0], [0, 0x9c, 0x40, 0xff, 0xff]));
    expect(image).toEqual({ data: Uint8Array.of(156, 255), width: 2, height: 1, channels: 1, depth: 8 });
  });

  test('photos are upright, and have three channels', async () => {
    // Left dark, right light; the EXIF data say: turn clockwise. So the top becomes dark.
    const canvas = new OffscreenCanvas(16, 8);
    const context = canvas.getContext('2d')!;
    for (const [i, color] of ['#000', '#fff'].entries()) {
      context.fillStyle = color;
      context.fillRect(8 * i, 0, 8, 8);
    }
    const jpeg = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 1 })).arrayBuffer());
    const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
    const exif = [...new TextEncoder().encode('Exif\0\0'), ...tiff];
    const turned = Uint8Array.from([0xff, 0xd8, 0xff, 0xe1, 0, exif.length + 2, ...exif, ...jpeg.subarray(2)]);
    const { width, height, channels, data } = await decodeImage(turned);
    expect([width, height, channels]).toEqual([8, 16, 3]);
    expect([data[0], data.at(-1)]).toEqual([0, 255]);
    expect((await decodeImage(jpeg)).width).toBe(16);
  });

  test('what is none says so', async () => {
    await expect(decodeImage(new Uint8Array([1, 2, 3]))).rejects.toThrow(FormatError);
    await expect(decodeImage(new Uint8Array())).rejects.toThrow('the bytes are no image');
    const whole = await png([2, 2, 8, 0], [0, 1, 2, 0, 3, 255]);
    await expect(decodeImage(whole.slice(0, 40))).rejects.toThrow('no image that this browser can read');
    // A server that answers everything with its one page.
    const page = new Response('<!doctype html>', { headers: { 'Content-Type': 'text/html' } });
    await expect(decodeImage(page)).rejects.toThrow('text/html');
    await expect(decodeImage(await fetch('/no/such/image.png', { headers: { Accept: 'image/png' } }))).rejects.toThrow(
      /image\.png (answered 404|is no image)/,
    );
    await expect(decodeImage('digits.png' as never)).rejects.toThrow("decodeImage(await fetch('digits.png'))");
    await expect(decodeImage(null as never)).rejects.toThrow(OptionError);
  });
});

describe('pixels of what a page can draw', () => {
  test.each([
    ['a canvas', async () => drawn()],
    ['its ImageData', async () => drawn().getContext('2d')!.getImageData(0, 0, 2, 2)],
    ['a bitmap', async () => createImageBitmap(drawn())],
    [
      'an OffscreenCanvas',
      async () => {
        const canvas = new OffscreenCanvas(2, 2);
        canvas.getContext('2d')!.drawImage(drawn(), 0, 0);
        return canvas;
      },
    ],
    ['an <img>', async () => elementOf(drawn().toDataURL())],
    [
      'an <img> of a blob, shown larger',
      async () => {
        const blob = await new Promise<Blob>((done) => drawn().toBlob((b) => done(b!)));
        const image = await elementOf(URL.createObjectURL(blob));
        [image.width, image.height] = [50, 50];
        return image;
      },
    ],
  ] as const)('%s', async (_, make) => {
    const source = await make();
    expect(await bytesOf(source, 4)).toEqual(rgba);
    expect(await bytesOf(source)).toEqual(rgb);
  });

  test('a frame', async () => {
    // Opaque, as those of cameras and films.
    const frame = new VideoFrame(await createImageBitmap(drawn(), 0, 0, 2, 1), { timestamp: 0 });
    expect(await bytesOf(frame, 4)).toEqual(rgba.slice(0, 8));
    frame.close();
    expect(() => toTensor.forward(frame)).toThrow('has been closed');
  });

  test('an <img> is as it is shown: with its color profile', async () => {
    const url = URL.createObjectURL(blobOf(await png([1, 1, 8, 2], [0, 200, 100, 50], { gAMA: [0, 1, 0x86, 0xa0] })));
    const [red] = await bytesOf(await elementOf(url));
    expect(red).toBeGreaterThan(220);
  });

  test('a sprite sheet from a file', async () => {
    const sheet = await decodeImage(await png([4, 2, 8, 0], [0, 1, 2, 3, 4, 0, 5, 6, 7, 8]));
    expect(parseSprite(sheet, [2, 2])).toEqual({ data: Uint8Array.of(1, 2, 5, 6, 3, 4, 7, 8), shape: [2, 1, 2, 2] });
    expect(parseSprite(drawn(), [1, 2]).shape).toEqual([2, 3, 1, 2]);
  });

  test('what is not there yet, or not any more', async () => {
    const bitmap = await createImageBitmap(drawn());
    bitmap.close();
    expect(() => toTensor.forward(bitmap)).toThrow('it is empty, or has been closed');
    expect(() => toTensor.forward(document.createElement('img'))).toThrow('await image.decode() first');
    const early = new Image();
    early.src = drawn().toDataURL();
    if (!early.complete) expect(() => toTensor.forward(early)).toThrow('await image.decode() first');
    const broken = new Image();
    broken.src = 'data:image/png;base64,AAAA';
    await broken.decode().catch(() => {});
    expect(() => toTensor.forward(broken)).toThrow('data:image/png;base64,AAAA was not found, or is no image');
    expect(() => toTensor.forward(document.createElement('video'))).toThrow("await its 'loadeddata' event first");
    expect(() => toTensor.forward(document.createElement('div') as never)).toThrow(OptionError);
    const half = { data: new Float32Array(4), width: 1, height: 1 };
    expect(() => toTensor.forward(half as never)).toThrow('integers of 8 or 16 bits');
    expect(() => toTensor.forward(new OffscreenCanvas(0, 1))).toThrow(ShapeError);
  });

  test('of another site: only with its leave', async () => {
    // The same server by its other name is another site.
    const other = new URL('/demos/shared/icon.svg', location.href);
    other.hostname = location.hostname === 'localhost' ? '127.0.0.1' : 'localhost';
    const taken = await elementOf(other.href);
    expect(() => toTensor.forward(taken)).toThrow(OptionError);
    expect(() => toTensor.forward(taken)).toThrow("set image.crossOrigin = 'anonymous' before image.src");
    const canvas = document.createElement('canvas');
    canvas.getContext('2d')!.drawImage(taken, 0, 0);
    expect(() => toTensor.forward(canvas)).toThrow('comes from another site');
    const bitmap = await createImageBitmap(canvas);
    expect(() => toTensor.forward(bitmap)).toThrow('comes from another site');
    expect(toTensor.forward(await elementOf(other.href, 'anonymous')).shape[0]).toBe(3);
    await expect(decodeImage(await fetch(other, { mode: 'no-cors' }))).rejects.toThrow(
      "was fetched with { mode: 'no-cors' }: a page may not read it",
    );
  });
});

test('IDX by address, also packed', async () => {
  const idx = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3, 7, 8, 9);
  const url = URL.createObjectURL(new Blob([idx]));
  const read = async (response: Response) => parseIdx(new Uint8Array(await response.arrayBuffer()));
  expect(await read(await fetch(url))).toMatchObject({ shape: [1, 3], data: Uint8Array.of(7, 8, 9) });
  await expect(fetch(url, { headers: { Range: 'bytes=0-13' } }).then(read)).rejects.toThrow('truncated');
  const packed = new Response(new Blob([idx]).stream().pipeThrough(new CompressionStream('gzip')));
  const bytes = new Uint8Array(await packed.arrayBuffer());
  expect(() => parseIdx(bytes)).toThrow('this is a gzip file');
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  expect((await read(new Response(unpacked))).data).toEqual(Uint8Array.of(7, 8, 9));
});
