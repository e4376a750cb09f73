/** Where files come from: anything whose bytes can be asked for by range. */
import { describe, FormatError, OptionError } from '../core/errors.ts';

/** Bytes to be read by range. */
export interface ByteSource {
  /** In all. */
  readonly size: number;
  /** The bytes from `begin` up to `end`, both of which lie within. */
  read(begin: number, end: number): Promise<Uint8Array>;
  /** Lets go of what was opened to read. */
  close(): Promise<void>;
}

/** What Node's `fs.promises.open()` gives, as far as it is used here. */
export interface NodeFileHandle {
  stat(): Promise<{ readonly size: number }>;
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
}

/**
 * What files are read from: bytes, a `File` or `Blob`, the handle of a file (of Node, or of the page's file system), or a name. A
 * name is a path in Node and a URL in a page; of a server that answers range requests only what is needed is fetched.
 */
export type FileSource = Uint8Array | ArrayBuffer | Blob | URL | string | NodeFileHandle | FileSystemFileHandle;

/** Node's own modules, or undefined in a page: asked for so that no bundler looks for them. */
export const builtin: NodeJS.Process['getBuiltinModule'] | undefined =
  typeof process === 'object' && typeof process.versions?.node === 'string' ? process.getBuiltinModule : undefined;

/**
 * Makes a source of what a caller gave. `op` is who asks, for messages; `whole` says that all of it will be read, so that a server is
 * asked once.
 */
export async function openSource(op: string, from: FileSource, whole = false): Promise<ByteSource> {
  if (from instanceof Uint8Array) return ofBytes(from);
  if (from instanceof ArrayBuffer) return ofBytes(new Uint8Array(from));
  if (from instanceof Blob) return ofBlob(op, from);
  if (typeof from === 'string' || from instanceof URL) {
    const isUrl = /^(https?|blob|data):/i.test(String(from));
    return builtin && !isUrl ? ofPath(op, from) : ofUrl(op, String(from), whole);
  }
  if (typeof from === 'object' && from !== null) {
    if ('getFile' in from) return ofBlob(op, await from.getFile().catch((cause) => unreadable(op, 'the file', cause)));
    if ('read' in from && 'stat' in from) return ofHandle(from, async () => {});
  }
  throw new OptionError(
    `${op}(): argument 'source' must be bytes, a Blob, a file's handle or a name, not ${describe(from)}`,
  );
}

/** Memory for so many bytes. @throws FormatError where there is less. */
export function room(op: string, length: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw new FormatError(`${op}: ${length} bytes are more than there is memory for`, { cause });
  }
}

function unreadable(op: string, what: string, cause: unknown): never {
  throw new FormatError(`${op}: cannot read ${what}: ${cause instanceof Error ? cause.message : cause}`, { cause });
}

/** Opens, uses and closes a source of which all will be read. */
export async function withSource<T>(op: string, from: FileSource, use: (source: ByteSource) => Promise<T>): Promise<T> {
  const source = await openSource(op, from, true);
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

const nothingToClose = async (): Promise<void> => {};

const ofBytes = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: async (begin, end) => bytes.subarray(begin, end),
  close: nothingToClose,
});

const ofBlob = (op: string, blob: Blob): ByteSource => ({
  size: blob.size,
  read: async (begin, end) =>
    // A file may be gone, or changed, since the page was given it.
    new Uint8Array(
      await blob
        .slice(begin, end)
        .arrayBuffer()
        .catch((cause) => unreadable(op, 'the file', cause)),
    ),
  close: nothingToClose,
});

async function ofPath(op: string, path: string | URL): Promise<ByteSource> {
  const { promises } = builtin!('node:fs');
  let handle: Awaited<ReturnType<typeof promises.open>>;
  try {
    handle = await promises.open(path, 'r');
  } catch (cause) {
    throw new FormatError(`${op}: cannot open ${path}: ${(cause as Error).message}`, { cause });
  }
  return ofHandle(handle, () => handle.close());
}

async function ofHandle(handle: NodeFileHandle, close: () => Promise<void>): Promise<ByteSource> {
  const { size } = await handle.stat();
  return {
    size,
    async read(begin, end) {
      const bytes = room('read', end - begin);
      for (let at = 0; at < bytes.length; ) {
        const { bytesRead } = await handle.read(bytes, at, bytes.length - at, begin + at);
        if (bytesRead === 0) throw new FormatError(`the file became shorter than ${size} bytes while it was read`);
        at += bytesRead;
      }
      return bytes;
    },
    close,
  };
}

/** Fetched with the first request: mostly a header, sometimes the file. */
const firstBytes = 65536;

async function ofUrl(op: string, url: string, all: boolean): Promise<ByteSource> {
  const failed = (cause: unknown): never => unreadable(op, url, cause);
  const bytesOf = async (response: Response): Promise<Uint8Array> =>
    new Uint8Array(await response.arrayBuffer().catch(failed));
  const ask = async (range: string | null): Promise<Response> => {
    const response = await fetch(url, range === null ? {} : { headers: { Range: range } }).catch(failed);
    if (!response.ok) throw new FormatError(`${op}: ${url} answered ${response.status} ${response.statusText}`);
    return response;
  };
  // Of data and blob URLs, no server can be asked for a part.
  const hasServer = !/^(blob|data):/i.test(url);
  const first = await ask(hasServer && !all ? `bytes=0-${firstBytes - 1}` : null).catch((error: FormatError) => {
    // Chromium refuses a range of what the server compresses on its way.
    if (all || !(error.cause instanceof TypeError)) throw error;
    return ask(null);
  });
  const size = Number(/^bytes 0-\d+\/(\d+)$/.exec(first.headers.get('Content-Range') ?? '')?.[1]);
  // Ranges of what was compressed on its way are of no use.
  if (first.status !== 206 || Number.isNaN(size) || first.headers.has('Content-Encoding')) {
    const whole = first.status === 206 ? await ask(null) : first;
    return ofBytes(await bytesOf(whole));
  }
  const head = await bytesOf(first);
  return {
    size,
    async read(begin, end) {
      if (end <= head.length) return head.subarray(begin, end);
      const part = await ask(`bytes=${begin}-${end - 1}`);
      const bytes = await bytesOf(part);
      if (
        part.status !== 206 ||
        bytes.length !== end - begin ||
        !part.headers.get('Content-Range')?.endsWith(`/${size}`)
      )
        throw new FormatError(`${op}: ${url} changed, or did not answer with the range that was asked for`);
      return bytes;
    },
    close: nothingToClose,
  };
}
