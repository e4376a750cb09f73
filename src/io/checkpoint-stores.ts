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

/**
 * A file of Node, and the one before it beside it, ending in `.previous`. A new one is written to `.new`, flushed to the disk, and
 * renamed.
 *
 * @example
 * const store = fileStore('/tmp/lumigrad-example-run.safetensors');
 */
export function fileStore(path: string): CheckpointStore {
  if (!builtin)
    throw new OptionError('fileStore: there are files in Node only\n  in a page, use opfsStore() or indexedDbStore()');
  const fs = builtin('node:fs').promises;
  const { dirname } = builtin('node:path');
  const previous = `${path}.previous`;
  const isMissing = (error: unknown): boolean => (error as { code?: string }).code === 'ENOENT';
  const exists = (name: string): Promise<boolean> =>
    fs.stat(name).then(
      (stat) => stat.isFile(),
      () => false,
    );
  /** Whether the file at `path` was written or verified by this process. */
  let known = false;
  return {
    async versions() {
      const names = [path, previous];
      const there = await Promise.all(names.map(exists));
      return names.filter((_, i) => there[i]).map((name) => () => fs.readFile(name));
    },
    async write(bytes, isGood) {
      const fresh = await fs.open(`${path}.new`, 'w');
      try {
        await fresh.writeFile(bytes);
        await fresh.sync();
      } finally {
        await fresh.close();
      }
      // A damaged file must not take the place of the last good one.
      known ||= (await exists(path)) && (await isGood(await fs.readFile(path)));
      if (known) {
        await fs.rename(path, previous).catch((error: unknown) => {
          if (!isMissing(error)) throw error;
        });
      }
      await fs.rename(`${path}.new`, path);
      known = true;
      await syncFolder(dirname(path));
    },
  };

  /** Renames are on the disk when the folder is; not every system can be asked for it. */
  async function syncFolder(folder: string): Promise<void> {
    const handle = await fs.open(folder, 'r').catch(() => null);
    await handle?.sync().catch(() => {});
    await handle?.close();
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
  return numbered({
    async list() {
      const found: number[] = [];
      for await (const file of (await folder()).keys()) {
        const n = file.startsWith(prefix) ? /^(\d+)\.safetensors$/.exec(file.slice(prefix.length))?.[1] : undefined;
        if (n) found.push(Number(n));
      }
      return found;
    },
    async read(n) {
      const handle = await (await folder()).getFileHandle(fileOf(n));
      return new Uint8Array(await (await handle.getFile()).arrayBuffer());
    },
    async write(n, bytes, remove) {
      const files = await folder();
      const stream = await (await files.getFileHandle(fileOf(n), { create: true })).createWritable();
      await stream.write(bytes as Uint8Array<ArrayBuffer>);
      await stream.close();
      for (const old of remove) await files.removeEntry(fileOf(old));
    },
  });
}

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
