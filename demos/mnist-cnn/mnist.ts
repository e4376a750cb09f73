import { parseIdx } from 'lumigrad/data';
import { type Digits, type Mnist, side } from './digits.ts';

/** The four files of MNIST by name, without an ending. */
export type ReadFile = (name: string) => Promise<Uint8Array>;

/** MNIST from its four IDX files. `read` may give them gzipped or plain. */
export async function loadMnist(read: ReadFile): Promise<Mnist> {
  const [train, test] = await Promise.all([loadPart(read, 'train'), loadPart(read, 't10k')]);
  return { train, test };
}

async function loadPart(read: ReadFile, part: string): Promise<Digits> {
  const [images, labels] = await Promise.all(
    ['images-idx3', 'labels-idx1'].map(async (kind) => parseIdx(await unzip(await read(`${part}-${kind}-ubyte`)))),
  );
  const count = images!.shape[0]!;
  if (
    images!.dtype !== 'uint8' ||
    labels!.dtype !== 'uint8' ||
    `${images!.shape}` !== `${[count, side, side]}` ||
    `${labels!.shape}` !== `${[count]}`
  ) {
    throw new Error(
      `MNIST ${part}: images of shape [${images!.shape}] and labels of shape [${labels!.shape}] do not fit`,
    );
  }
  return { count, images: images!.data, labels: labels!.data };
}

/** Some servers unzip a .gz file on the way and some do not, so ask the bytes and not the name. */
async function unzip(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
