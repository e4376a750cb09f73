/** Where checkpoints are kept: each place holds the newest and the one before it, so that no interruption loses both. */
import { LumigradError, OptionError } from '../core/errors.ts';
import { builtin } from './source.ts';

/** Is this a whole and undamaged checkpoint? */
export type IsGood = (bytes: Uint8Array) => Promise<boolean>;

/** A place for one checkpoint. Write your own to keep checkpoints elsewhere. */
export interface CheckpointStore {
  /** What is there, newest first; not all of it need be good. */
  versions(): Promise<readonly (() => Promise<Uint8Array>)[]>;
  /** Adds a newest one. Whenever this is interrupted, the last good one must still be there. */
  write(bytes: Uint8Array, isGood: IsGood): Promise<void>;
}

/** Files that were begun by this process. */
let writes = 0;

/**
 * A file of Node, and the one before it beside it, ending in `.previous`. A new one is written to a file that ends in `.new`,
 * flushed to the disk, and renamed.
 *
 * @throws LumigradError, when used, where the file system refuses (a full disk, no permission): what was saved before is still there.
 * @example
 * const store = fileStore('/tmp/lumigrad-example-run.safetensors');
 */
export function fileStore(path: string): CheckpointStore {
  if (!builtin)
    throw new OptionError('fileStore: there are files in Node only\n  in a page, use opfsStore() or indexedDbStore()');
  const fs = builtin('node:fs').promises;
  const { basename, dirname, join } = builtin('node:path');
  const previous = `${path}.previous`;
  const isMissing = (error: unknown): boolean =>
    error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
  /** Missing is what is not there, and not what cannot be looked at: a run would start anew over the one that is. */
  const exists = (name: string): Promise<boolean> =>
    fs.stat(name).then(
      (stat) => stat.isFile(),
      (error: unknown) => !isMissing(error) && failed('read', name, error),
    );
  const read = (name: string): Promise<Uint8Array> =>
    fs.readFile(name).catch((error: unknown) => {
      // Gone since it was listed: as good as empty.
      return isMissing(error) ? new Uint8Array(0) : failed('read', name, error);
    });
  /** Whether the file at `path` was written or verified by this process. */
  let known = false;
  return {
    async versions() {
      const names = [path, previous];
      const there = await Promise.all(names.map(exists));
      return names.filter((_, i) => there[i]).map((name) => () => read(name));
    },
    async write(bytes, isGood) {
      if (!known) await sweep();
      // Of this process and call alone: two that save at once must not write into one file.
      const fresh = `${path}.${process.pid}-${++writes}.new`;
      try {
        await writeThrough(fresh, bytes);
        // A damaged file must not take the place of the last good one.
        known ||= (await exists(path)) && (await isGood(await read(path)));
        if (known) await setAside();
        await fs.rename(fresh, path);
      } catch (error) {
        await fs.rm(fresh, { force: true }).catch(() => {});
        failed('write', path, error);
      }
      known = true;
      await syncFolder(dirname(path));
    },
  };

  /** Takes out what processes had begun that were killed since. */
  async function sweep(): Promise<void> {
    const names = await fs.readdir(dirname(path)).catch(() => []);
    const begun = `${basename(path)}.`;
    for (const name of names) {
      const pid = name.startsWith(begun) ? /^(\d+)-\d+\.new$/.exec(name.slice(begun.length))?.[1] : undefined;
      if (pid && !isAlive(Number(pid))) await fs.rm(join(dirname(path), name), { force: true }).catch(() => {});
    }
  }

  async function writeThrough(name: string, bytes: Uint8Array): Promise<void> {
    const file = await fs.open(name, 'w');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** Gives the file at `path` its second name. It keeps the first, so that who reads meanwhile finds one; not every system can. */
  async function setAside(): Promise<void> {
    await fs.rm(previous, { force: true });
    await fs
      .link(path, previous)
      .catch(() => fs.rename(path, previous))
      .catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
  }

  function failed(what: string, name: string, cause: unknown): never {
    if (cause instanceof LumigradError) throw cause;
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new LumigradError(`fileStore: cannot ${what} ${name}: ${problem}`, { cause });
  }

  /** Renames are on the disk when the folder is; not every system can be asked for it. */
  async function syncFolder(folder: string): Promise<void> {
    const handle = await fs.open(folder, 'r').catch(() => null);
    await handle?.sync().catch(() => {});
    await handle?.close();
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It is another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Numbered versions of something: what {@link numbered} makes a store of. */
interface Slots {
  list(): Promise<number[]>;
  read(n: number): Promise<Uint8Array>;
  /** Adds version `n` and takes out others, all or (at worst) only the former. */
  write(n: number, bytes: Uint8Array, remove: readonly number[]): Promise<void>;
}

function numbered(slots: Slots): CheckpointStore {
  const newestFirst = async (): Promise<number[]> => (await slots.list()).sort((a, b) => b - a);
  const known = new Set<number>();
  return {
    async versions() {
      return (await newestFirst()).map((n) => () => slots.read(n));
    },
    async write(bytes, isGood) {
      const there = await newestFirst();
      let keep: number | undefined;
      for (const n of there) {
        if (!known.has(n) && !(await isGood(await slots.read(n)))) continue;
        keep = n;
        break;
      }
      const next = (there[0] ?? 0) + 1;
      await slots.write(
        next,
        bytes,
        there.filter((n) => n !== keep),
      );
      known.add(next);
    },
  };
}

const folderName = 'lumigrad-checkpoints';

/**
 * Files of the page's own file system (OPFS). A file appears there when it has been written as a whole.
 *
 * @throws LumigradError, when used, where the browser has no such file system.
 */
export function opfsStore(name: string): CheckpointStore {
  const prefix = `${encodeURIComponent(name)}-`;
  const fileOf = (n: number): string => `${prefix}${n}.safetensors`;
  const folder = async (): Promise<FileSystemDirectoryHandle> => {
    if (!hasOpfs())
      throw new LumigradError('opfsStore: this browser has no file system for pages\n  use indexedDbStore()');
    return (await navigator.storage.getDirectory()).getDirectoryHandle(folderName, { create: true });
  };
  /** Takes out what browsers had begun that were killed since. That of a page that lives is locked. */
  const sweep = async (files: FileSystemDirectoryHandle): Promise<void> => {
    for await (const file of files.keys())
      if (file.startsWith(prefix) && /^\d+\.safetensors(\.\d+)?\.crswap$/.test(file.slice(prefix.length)))
        await files.removeEntry(file).catch(() => {});
  };
  let swept = false;
  return numbered({
    async list() {
      const found: number[] = [];
      for await (const [file, handle] of (await folder()).entries()) {
        const n = file.startsWith(prefix) ? /^(\d+)\.safetensors$/.exec(file.slice(prefix.length))?.[1] : undefined;
        // An empty one is the name of a save that was interrupted, or that another page has just begun.
        if (n && handle.kind === 'file' && (await sizeOf(handle as FileSystemFileHandle)) > 0) found.push(Number(n));
      }
      return found;
    },
    async read(n) {
      try {
        const handle = await (await folder()).getFileHandle(fileOf(n));
        return new Uint8Array(await (await handle.getFile()).arrayBuffer());
      } catch (error) {
        // Gone since it was listed: as good as empty.
        if (isGone(error)) return new Uint8Array(0);
        throw error;
      }
    },
    async write(n, bytes, remove) {
      const files = await folder();
      if (!swept) await sweep(files);
      swept = true;
      const stream = await (await files.getFileHandle(fileOf(n), { create: true })).createWritable();
      try {
        await stream.write(bytes as Uint8Array<ArrayBuffer>);
        await stream.close();
      } catch (cause) {
        await stream.abort().catch(() => {});
        await files.removeEntry(fileOf(n)).catch(() => {});
        throw new LumigradError(`opfsStore: cannot write: ${cause instanceof Error ? cause.message : cause}`, {
          cause,
        });
      }
      for (const old of remove) {
        // Another page may have been there before, or be reading or writing it: then the next save takes it out.
        await files.removeEntry(fileOf(old)).catch((error: unknown) => {
          if (!isGone(error) && !isInUse(error)) throw error;
        });
      }
    },
  });
}

/** 0 where it has gone meanwhile. */
async function sizeOf(handle: FileSystemFileHandle): Promise<number> {
  return handle.getFile().then(
    (file) => file.size,
    () => 0,
  );
}

const isNamed = (error: unknown, name: string): boolean => error instanceof DOMException && error.name === name;
const isGone = (error: unknown): boolean => isNamed(error, 'NotFoundError');
const isInUse = (error: unknown): boolean => isNamed(error, 'NoModificationAllowedError');

/** Has this browser files that a page may write, and swaps them in when they are closed? */
export function hasOpfs(): boolean {
  return (
    typeof navigator === 'object' &&
    typeof navigator.storage?.getDirectory === 'function' &&
    typeof FileSystemFileHandle === 'function' &&
    'createWritable' in FileSystemFileHandle.prototype
  );
}

const storeName = 'checkpoints';

/** Records of a database of the page (IndexedDB). A new one and the removal of old ones are a single, strict transaction. */
export function indexedDbStore(name: string): CheckpointStore {
  const keyOf = (n: number): IDBValidKey => [name, n];
  return numbered({
    list: () =>
      inDatabase('readonly', (store) => store.getAllKeys(IDBKeyRange.bound([name, 0], [name, Infinity]))).then((keys) =>
        (keys as [string, number][]).map(([, n]) => n),
      ),
    async read(n) {
      const value = await inDatabase('readonly', (store) => store.get(keyOf(n)) as IDBRequest<Uint8Array | undefined>);
      // Gone since it was listed: as good as empty.
      return value ?? new Uint8Array(0);
    },
    async write(n, bytes, remove) {
      await inDatabase('readwrite', (store) => {
        for (const old of remove) store.delete(keyOf(old));
        return store.put(bytes, keyOf(n));
      });
    },
  });
}

/** One transaction, and the result of its last request. */
async function inDatabase<T>(mode: IDBTransactionMode, use: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  if (typeof indexedDB === 'undefined')
    throw new LumigradError('indexedDbStore: there is no database here\n  in Node, use fileStore()');
  const opening = indexedDB.open(folderName, 1);
  opening.onupgradeneeded = () => void opening.result.createObjectStore(storeName);
  const database = await settled(opening);
  try {
    // Strict: done when it is on the disk, and not only in a cache.
    const transaction = database.transaction(storeName, mode, { durability: 'strict' });
    const request = use(transaction.objectStore(storeName));
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(databaseError(transaction.error));
    });
    return request.result;
  } finally {
    database.close();
  }
}

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(databaseError(request.error));
  });

const databaseError = (cause: DOMException | null): LumigradError =>
  new LumigradError(`indexedDbStore: ${cause?.message ?? 'the database failed'}`, { cause });
