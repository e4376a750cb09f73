/** Zip archives, as NumPy and PyTorch write them: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
import { FormatError, OptionError } from '../core/errors.ts';
import { crc32Of } from './crc32.ts';
import { quote } from './elements.ts';
import { type ByteSource, room } from './source.ts';

/** A file in an archive. */
export interface ZipEntry {
  readonly name: string;
  /** Bytes of the content. */
  readonly size: number;
  readonly compressedSize: number;
  /** 0: stored; 8: deflated. */
  readonly method: number;
  readonly crc: number;
  /** Where its own header stands. */
  readonly at: number;
  /** Where the file after it begins. */
  readonly limit: number;
}

// Nothing honest is beyond both: what is small may inflate as it likes, and weights do not shrink to a 200th.
const smallArchive = 256 << 20;
const mostInflated = 200;
/** What a byte of deflate can become: two bits for 258 bytes. */
const mostOfDeflate = 1032;
/** The greatest comment, after the record that ends an archive. */
const longestEnding = 22 + 0xffff;

const viewOver = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const fail = (problem: string): never => {
  throw new FormatError(`zip: ${problem}`);
};

/**
 * Lists an archive: names are unique, contents do not overlap, lie within the file, and are not out of proportion to it.
 *
 * @throws FormatError when it is not so.
 */
export async function readZip(source: ByteSource): Promise<Map<string, ZipEntry>> {
  const { count, at, size } = await readEnding(source);
  // An entry takes 46 bytes and more, so a count that lies cannot cost anything.
  const directory = await source.read(at, at + size);
  const view = viewOver(directory);
  const entries = new Map<string, Listed>();
  let position = 0;
  for (let i = 0; i < count; i++) {
    if (position + 46 > size || view.getUint32(position, true) !== 0x02014b50) fail('the directory is damaged');
    const nameLength = view.getUint16(position + 28, true);
    const extraLength = view.getUint16(position + 30, true);
    const next = position + 46 + nameLength + extraLength + view.getUint16(position + 32, true);
    if (next > size) fail('the directory is damaged');
    const nameAt = position + 46;
    const name = decodeName(directory.subarray(nameAt, nameAt + nameLength));
    if (view.getUint16(position + 8, true) & 1) fail(`${quote(name)} is encrypted`);
    const sizes = { size: 24, compressedSize: 20, at: 42 };
    const wide = wideSizes(directory.subarray(nameAt + nameLength, nameAt + nameLength + extraLength));
    const number = (field: keyof typeof sizes): number => {
      const short = view.getUint32(position + sizes[field], true);
      return short === 0xffffffff ? wide() : short;
    };
    const entry: Listed = {
      name,
      size: number('size'),
      compressedSize: number('compressedSize'),
      at: number('at'),
      method: view.getUint16(position + 10, true),
      crc: view.getUint32(position + 16, true),
      limit: 0,
    };
    if (entries.has(name)) fail(`two files are named ${quote(name)}`);
    entries.set(name, entry);
    position = next;
  }
  if (position !== size) fail('the directory is damaged');
  checkSizes([...entries.values()], at, source.size);
  return entries;
}

/** The end of an archive says where its directory is. */
async function readEnding(source: ByteSource): Promise<{ count: number; at: number; size: number }> {
  const from = Math.max(0, source.size - longestEnding);
  const tail = await source.read(from, source.size);
  const view = viewOver(tail);
  let end = tail.length - 22;
  while (
    end >= 0 &&
    !(view.getUint32(end, true) === 0x06054b50 && end + 22 + view.getUint16(end + 20, true) === tail.length)
  )
    end--;
  if (end < 0) fail('no directory at the end: the file is truncated');
  if (view.getUint32(end + 4, true) !== 0) fail('archives of several volumes are not supported');
  let [count, size, at] = [
    view.getUint16(end + 10, true),
    view.getUint32(end + 12, true),
    view.getUint32(end + 16, true),
  ];
  let directoryEnd = from + end;
  const locator = end - 20;
  if (locator >= 0 && view.getUint32(locator, true) === 0x07064b50) {
    const place = Number(view.getBigUint64(locator + 8, true));
    if (!(place + 56 <= from + locator)) fail('the directory is damaged');
    const record = viewOver(await source.read(place, place + 56));
    if (record.getUint32(0, true) !== 0x06064b50) fail('the directory is damaged');
    [count, size, at] = [32, 40, 48].map((offset) => Number(record.getBigUint64(offset, true))) as [
      number,
      number,
      number,
    ];
    directoryEnd = place;
  }
  if (at + size !== directoryEnd) fail('the directory is not where it is said to be: the file is truncated or damaged');
  return { count, at, size };
}

/** The 64-bit numbers that stand in for those of 32 bits that are all ones, in their order. */
function wideSizes(extra: Uint8Array): () => number {
  const view = viewOver(extra);
  for (let at = 0; at + 4 <= extra.length; ) {
    const end = at + 4 + view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 1 && end <= extra.length) {
      let next = at + 4;
      return () => {
        if (next + 8 > end) fail('the directory is damaged');
        next += 8;
        return Number(view.getBigUint64(next - 8, true));
      };
    }
    at = end;
  }
  return () => fail('the directory is damaged');
}

function decodeName(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return fail('a name is not valid UTF-8');
  }
}

/** An entry whose limit is found when all are known. */
type Listed = { -readonly [K in keyof ZipEntry]: ZipEntry[K] };

function checkSizes(entries: readonly Listed[], directoryAt: number, fileSize: number): void {
  let end = 0;
  const inOrder = entries.toSorted((a, b) => a.at - b.at);
  for (const [i, entry] of inOrder.entries()) {
    const { name, at, compressedSize, size, method } = entry;
    entry.limit = inOrder[i + 1]?.at ?? directoryAt;
    if (method !== 0 && method !== 8) fail(`${quote(name)} is compressed by method ${method}; supported is deflate`);
    if (method === 0 && size !== compressedSize) fail(`the sizes of ${quote(name)} contradict each other`);
    if (at < end) fail(`${quote(name)} overlaps the file before it`);
    end = at + 30 + compressedSize;
    if (!(end <= directoryAt)) fail(`${quote(name)} lies beyond the end`);
  }
  const total = entries.reduce((sum, { size }) => sum + size, 0);
  if (total > Math.max(smallArchive, mostInflated * fileSize))
    fail(`${fileSize} bytes that are to become ${total}: this is no honest archive`);
  for (const { name, size, compressedSize } of entries) {
    if (size > mostOfDeflate * (compressedSize + 1)) fail(`the sizes of ${quote(name)} contradict each other`);
  }
}

/** Where the content of a stored entry begins. */
async function contentAt(source: ByteSource, { name, at, compressedSize, limit }: ZipEntry): Promise<number> {
  const encoded = new TextEncoder().encode(name);
  const bytes = await source.read(at, Math.min(at + 30 + encoded.length, source.size));
  const header = viewOver(bytes);
  // Who goes by the directory and who goes by the headers must find the same.
  if (
    header.getUint32(0, true) !== 0x04034b50 ||
    header.getUint16(26, true) !== encoded.length ||
    encoded.some((byte, i) => bytes[30 + i] !== byte)
  )
    fail(`the header of ${quote(name)} is damaged`);
  const begin = at + 30 + encoded.length + header.getUint16(28, true);
  if (begin + compressedSize > limit) fail(`${quote(name)} lies beyond its end`);
  return begin;
}

/**
 * The content of an entry.
 *
 * @throws FormatError when it is not of the size and checksum that the directory says.
 */
export async function readZipEntry(source: ByteSource, entry: ZipEntry): Promise<Uint8Array> {
  const begin = await contentAt(source, entry);
  const stored = await source.read(begin, begin + entry.compressedSize);
  const content = entry.method === 0 ? stored : await inflate(stored, entry);
  if ((await crc32Of(content)) !== entry.crc) fail(`the content of ${quote(entry.name)} is damaged`);
  return content;
}

async function inflate(bytes: Uint8Array, { name, size }: ZipEntry): Promise<Uint8Array> {
  const content = room('zip', size);
  let length = 0;
  const stream = through(bytes, new DecompressionStream('deflate-raw')).getReader();
  try {
    for (;;) {
      const { done, value } = await stream.read();
      if (done) break;
      length += value.length;
      // It may never end.
      if (length > size) break;
      content.set(value, length - value.length);
    }
  } catch {
    fail(`the content of ${quote(name)} is damaged`);
  }
  await stream.cancel().catch(() => {});
  if (length !== size) fail(`the content of ${quote(name)} is not of the ${size} bytes that are announced`);
  return content;
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = room('zip', length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** What `bytes` become when they are sent through a stream. */
function through(bytes: Uint8Array, transform: DecompressionStream | CompressionStream): ReadableStream<Uint8Array> {
  const source = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  return source.pipeThrough(transform as ReadableWritablePair<Uint8Array, Uint8Array>);
}

/** A file to be put into an archive. */
export interface ZipContent {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Compress it. Default false. */
  readonly deflate?: boolean;
}

/**
 * An archive of these files, in order. Contents begin at multiples of 64 bytes, so that they can be mapped into memory; the extra
 * field that makes room for it is the one that PyTorch uses.
 */
export async function writeZip(files: readonly ZipContent[]): Promise<Uint8Array<ArrayBuffer>> {
  const refuse = (): never => {
    throw new OptionError('zip: archives of 4 GiB and more, or of 65535 files, are not written\n  use safetensors');
  };
  if (files.length >= 0xffff) refuse();
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, bytes, deflate = false } of files) {
    const content = deflate
      ? new Uint8Array(await new Response(through(bytes, new CompressionStream('deflate-raw'))).arrayBuffer())
      : bytes;
    // Numbers of 32 bits say where things are; what is compressed takes less than it would.
    if (at + content.length >= 0xffffffff || bytes.length >= 0xffffffff) refuse();
    const encoded = new TextEncoder().encode(name);
    if (encoded.length > 0xffff) throw new OptionError(`zip: a name of ${encoded.length} bytes is too long`);
    const bare = at + 30 + encoded.length + 4;
    const padding = (64 - (bare % 64)) % 64;
    const record = new Uint8Array(46 + encoded.length);
    const view = viewOver(record);
    view.setUint32(0, 0x02014b50, true);
    for (const [
      offset,
      value,
    ] of [[4, 20], [6, 20], [8, 0x800], [10, deflate ? 8 : 0], [12, 0], [14, 0x21], [28, encoded.length]] as const) // biome-ignore format: a table
      view.setUint16(offset, value, true);
    view.setUint32(16, await crc32Of(bytes), true);
    view.setUint32(20, content.length, true);
    view.setUint32(24, bytes.length, true);
    view.setUint32(42, at, true);
    record.set(encoded, 46);
    directory.push(record);
    const header = new Uint8Array(30 + encoded.length + 4 + padding);
    // The same facts as in the directory, from the version on; then the name and the extra field.
    header.set(record.subarray(6, 32), 4);
    const headerView = viewOver(header);
    headerView.setUint32(0, 0x04034b50, true);
    header.set(encoded, 30);
    headerView.setUint16(28, 4 + padding, true);
    headerView.setUint16(30 + encoded.length, 0x4246, true);
    headerView.setUint16(32 + encoded.length, padding, true);
    header.fill(0x5a, 34 + encoded.length);
    parts.push(header, content);
    at += header.length + content.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  if (at + size >= 0xffffffff) refuse();
  const ending = new Uint8Array(22);
  const view = viewOver(ending);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, files.length, true);
  view.setUint16(10, files.length, true);
  view.setUint32(12, size, true);
  view.setUint32(16, at, true);
  return joined([...parts, ...directory, ending], at + size + 22);
}
