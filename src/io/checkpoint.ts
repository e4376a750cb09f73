/** Checkpoints: all that training needs to go on as if it had never stopped, in one safetensors file. */
import { checkOptions, describe, FormatError, OptionError, wrongType } from '../core/errors.ts';
import { isLazy } from '../nn/uninitialized.ts';
import type { DeviceName } from '../tensor/device.ts';
import { getRngState, setRngState } from '../tensor/functions/seeding.ts';
import { Generator } from '../tensor/impl/random.ts';
import { noGrad, Tensor } from '../tensor/tensor.ts';
import { type CheckpointStore, fileStore, hasOpfs, indexedDbStore, opfsStore } from './checkpoint-stores.ts';
import { crc32, crc32Of } from './crc32.ts';
import { quote } from './elements.ts';
import { parseUntrustedJson } from './json.ts';
import { parseSafetensors, serializeSafetensors } from './safetensors.ts';
import { builtin, type FileSource, withSource } from './source.ts';
import { flatten, generatorFrom, isStateful, jsonText, type Stateful, unflatten } from './state-tree.ts';

/** What a checkpoint is kept in: a path (Node), a name in the page's own storage, or a store. */
export type CheckpointTarget = string | CheckpointStore;

/** The parts of a run, under names of your choice: things with a `stateDict()`, generators, tensors, and plain data. */
export type CheckpointParts = Readonly<Record<string, unknown>>;

/** What {@link loadCheckpoint} restores: things with a `loadStateDict()`, and generators. */
export type CheckpointTargets = Readonly<Record<string, Stateful | Generator>>;

const kind = 'lumigrad.checkpoint';
const version = '1';
const noChecksum = '00000000';
/** What every checkpoint starts with, after the length of its header: the checksum stands behind it. */
const opening = '{"__metadata__":{"checksum":"';
const checksumAt = 8 + opening.length;
/** Of a state, whose tags take a level of their own. */
const deepestJson = 400;

/**
 * A checkpoint as the bytes of a safetensors file, to download or to send: see {@link saveCheckpoint}.
 *
 * @example
 * const bytes = await serializeCheckpoint({ model, optimizer, step: 100 });
 * (await loadCheckpoint(bytes, { model, optimizer }))!.step; // 100
 */
export async function serializeCheckpoint(parts: CheckpointParts): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof parts !== 'object' || parts === null)
    wrongType('saveCheckpoint', 'parts', 'an object such as { model, optimizer, step }', parts);
  // All that follows up to the first await sees the state of one moment, even if training goes on meanwhile.
  const { json, tensors } = flatten({ parts: { ...parts }, rng: getRngState() });
  const entries = await Promise.all(tensors.map(async ([name, read]) => [name, await read] as const));
  const bytes = serializeSafetensors(entries, { checksum: noChecksum, kind, version, state: jsonText(json) });
  bytes.set(new TextEncoder().encode(await checksumOf(bytes)), checksumAt);
  return bytes;
}

/** Of a file as it is without a checksum. */
async function checksumOf(bytes: Uint8Array): Promise<string> {
  const blank = crc32(new TextEncoder().encode(noChecksum), crc32(bytes.subarray(0, checksumAt)));
  const crc = await crc32Of(bytes.subarray(checksumAt + noChecksum.length), blank);
  return crc.toString(16).padStart(noChecksum.length, '0');
}

/** Writes that are under way, by name: they must not overtake each other. */
const writing = new Map<CheckpointTarget, Promise<void>>();

/**
 * Saves all that training needs to go on as if it had never stopped: of whatever has a `stateDict()` (model, optimizer, scheduler,
 * scaler, loader …) its state, of generators where they are, of tensors and plain data the values, and the state of the default
 * generator. What is saved is the state of the moment of the call, even if training goes on before the promise resolves.
 *
 * An interrupted save loses nothing: the new file is complete, on the disk and checked before the one before the last is given up. In
 * Node the target is a path; in a page, a name in its own file system (OPFS) or, where there is none, its database (IndexedDB).
 *
 * @throws OptionError for what cannot be saved, naming it.
 * @example
 * await saveCheckpoint('/tmp/lumigrad-example-run.safetensors', { model, optimizer, step: 100 });
 * const saved = await loadCheckpoint('/tmp/lumigrad-example-run.safetensors', { model, optimizer });
 * saved!.step; // 100
 */
export async function saveCheckpoint(target: CheckpointTarget, parts: CheckpointParts): Promise<void> {
  const store = storeOf('saveCheckpoint', target);
  const bytes = serializeCheckpoint(parts);
  // It is awaited when its turn comes; until then a failure must not count as unhandled.
  bytes.catch(() => {});
  const before = writing.get(target);
  const done = (async () => {
    await before?.catch(() => {});
    await store.write(await bytes, isGood);
  })();
  writing.set(target, done);
  try {
    await done;
  } finally {
    if (writing.get(target) === done) writing.delete(target);
  }
}

/** Settings of {@link loadCheckpoint}. */
export interface LoadCheckpointOptions {
  /** Where tensors go that nothing of the targets says it of. Default: the device that init() chose. */
  readonly device?: DeviceName;
  /** Told of a checkpoint that was damaged, so that the one before it is taken. */
  readonly onDamaged?: (error: FormatError) => void;
}

/**
 * Restores the newest good checkpoint: each of `targets` gets its state, the default generator goes on from where it was, and
 * everything else that was saved is returned. Null where nothing was ever saved: a first start.
 *
 * @throws FormatError when all there is is damaged, OptionError when the checkpoint lacks one of `targets`, and what a target's
 * `loadStateDict()` throws; nothing is changed then.
 * @example
 * const saved = await loadCheckpoint('/tmp/lumigrad-no-such-run.safetensors', { model, optimizer });
 * const first = (saved?.step as number | undefined) ?? 0; // 0
 */
export async function loadCheckpoint(
  target: CheckpointTarget | FileSource,
  targets: CheckpointTargets = {},
  options: LoadCheckpointOptions = {},
): Promise<Record<string, unknown> | null> {
  checkOptions('loadCheckpoint', options, ['device', 'onDamaged']);
  for (const [name, to] of Object.entries(targets)) {
    if (!isStateful(to) && !(to instanceof Generator))
      throw new OptionError(
        `loadCheckpoint: '${name}' is ${describe(to)}, which has no loadStateDict()\n  plain data is returned: (await loadCheckpoint(target, { model })).step`,
      );
  }
  const file = await newestGood(target, options.onDamaged);
  if (!file) return null;
  const { parts, rng } = stateOf(file, options.device ?? deviceOf(Object.values(targets)));
  const missing = Object.keys(targets).filter((name) => !Object.hasOwn(parts, name));
  if (missing.length > 0)
    throw new OptionError(
      `loadCheckpoint: the checkpoint has no ${missing.map((name) => `'${name}'`).join(', ')}\n  it has ${Object.keys(parts).join(', ')}`,
    );
  await applyAll(targets, parts);
  setRngState(rng);
  return Object.fromEntries(Object.entries(parts).filter(([name]) => !Object.hasOwn(targets, name)));
}

// ---- reading --------------------------------------------------------------------------------------------------------

type File = ReturnType<typeof parseSafetensors>;

/** The newest checkpoint that is whole; null where there is none at all. */
async function newestGood(
  target: CheckpointTarget | FileSource,
  onDamaged: ((error: FormatError) => void) | undefined,
): Promise<File | null> {
  if (typeof target !== 'string' && !isStore(target))
    return parseCheckpoint(await withSource('loadCheckpoint', target, (source) => source.read(0, source.size)));
  const versions = await storeOf('loadCheckpoint', target).versions();
  let first: FormatError | undefined;
  for (const read of versions) {
    try {
      return await parseCheckpoint(await read());
    } catch (error) {
      if (!(error instanceof FormatError) || error instanceof LaterVersion) throw error;
      first ??= error;
      onDamaged?.(error);
    }
  }
  if (first) throw first;
  return null;
}

/** A whole checkpoint that cannot be read here: what is older must not be taken for the newest, nor be kept in its stead. */
class LaterVersion extends FormatError {}

/** The file, if its checksum and all of its header are right. */
async function parseCheckpoint(bytes: Uint8Array): Promise<File> {
  const file = parseSafetensors(bytes);
  if (file.metadata.get('kind') !== kind)
    throw new FormatError('checkpoint: this is no checkpoint of saveCheckpoint()');
  if ((await checksumOf(bytes)) !== file.metadata.get('checksum'))
    throw new FormatError('checkpoint: the checksum is wrong: the file is damaged');
  const written = file.metadata.get('version') ?? '';
  if (written !== version)
    throw new LaterVersion(
      `checkpoint: version ${quote(written)} is unknown: a later Lumigrad wrote it\n  load it with that, or save under another name`,
    );
  return file;
}

async function isGood(bytes: Uint8Array): Promise<boolean> {
  return parseCheckpoint(bytes).then(
    () => true,
    (error: unknown) => error instanceof LaterVersion,
  );
}

interface State {
  readonly parts: Record<string, unknown>;
  readonly rng: readonly [number, number];
}

function stateOf({ tensors, metadata }: File, device: DeviceName | undefined): State {
  const json = parseUntrustedJson(metadata.get('state') ?? '', 'checkpoint state', deepestJson);
  const [parts, rng] = json instanceof Map ? [json.get('parts'), json.get('rng')] : [];
  if (!(parts instanceof Map)) throw new FormatError('checkpoint: the state is malformed');
  const state = unflatten(parts, tensors, device);
  // What is tagged is no object of parts.
  if (!isPlain(state)) throw new FormatError('checkpoint: the state is malformed');
  return { parts: state, rng: generatorFrom(rng).getState() };
}

const isPlain = (v: unknown): v is Record<string, unknown> =>
  typeof v === 'object' && v !== null && Object.getPrototypeOf(v) === Object.prototype;

// ---- applying -------------------------------------------------------------------------------------------------------

/** The device of the first tensor that any of these has. */
function deviceOf(targets: readonly (Stateful | Generator)[]): DeviceName | undefined {
  let device: DeviceName | undefined;
  for (const to of targets) {
    if (isStateful(to))
      mapTensors(to.stateDict(), (t) => {
        device ??= t.device;
        return t;
      });
  }
  return device;
}

/** Gives each target its state; where one refuses, those before it get back what they had. */
async function applyAll(targets: CheckpointTargets, parts: Readonly<Record<string, unknown>>): Promise<void> {
  const undo: (() => unknown)[] = [];
  // What has no shapes yet cannot get them back: it is the last to be changed.
  const all = Object.entries(targets).map(([name, to]) => ({ name, to, lazy: isStateful(to) && hasLazy(to) }));
  try {
    for (const { name, to, lazy } of all.sort((a, b) => Number(a.lazy) - Number(b.lazy))) {
      if (to instanceof Generator) {
        const before = to.getState();
        const saved = parts[name];
        if (!(saved instanceof Generator)) throw new OptionError(`loadCheckpoint: '${name}' was no generator`);
        to.setState(saved.getState());
        undo.push(() => to.setState(before));
        continue;
      }
      const before = lazy ? null : noGrad(() => mapTensors(to.stateDict(), (t) => t.clone()));
      await to.loadStateDict(parts[name] as never);
      if (before === null) continue;
      undo.push(() => to.loadStateDict(before as never));
    }
  } catch (error) {
    for (const back of undo.reverse()) await back();
    throw error;
  }
}

/** Has it parameters whose shapes the first forward, or the first state, gives? */
function hasLazy(to: Stateful): boolean {
  let found = false;
  mapTensors(to.stateDict(), (t) => {
    found ||= isLazy(t);
    return t;
  });
  return found;
}

/** A state with every tensor replaced. */
function mapTensors(value: unknown, change: (t: Tensor) => Tensor): unknown {
  const visit = (v: unknown): unknown => mapTensors(v, change);
  if (value instanceof Tensor) return change(value);
  if (Array.isArray(value)) return value.map(visit);
  if (value instanceof Map) return new Map([...value].map(([key, v]) => [key, visit(v)]));
  if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, visit(v)]));
  return value;
}

// ---- places ---------------------------------------------------------------------------------------------------------

const isStore = (target: unknown): target is CheckpointStore =>
  typeof target === 'object' && target !== null && 'versions' in target && 'write' in target;

/** Stores of names, so that a store remembers what it has verified. */
const stores = new Map<string, CheckpointStore>();

function storeOf(op: string, target: CheckpointTarget): CheckpointStore {
  if (isStore(target)) return target;
  if (typeof target !== 'string' || target === '')
    throw new OptionError(`${op}(): argument 'target' must be a name or a store, not ${describe(target)}`);
  const known = stores.get(target);
  if (known) return known;
  const store = builtin ? fileStore(target) : hasOpfs() ? opfsStore(target) : indexedDbStore(target);
  stores.set(target, store);
  return store;
}
