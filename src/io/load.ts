/** Reading and writing files of every format, by what is in them. */
import type { DType } from '../core/dtype.ts';
import { checkOptions, describe, FormatError, OptionError } from '../core/errors.ts';
import { fromArray } from '../tensor/create.ts';
import type { DeviceName } from '../tensor/device.ts';
import { checkTensor, type Tensor } from '../tensor/tensor.ts';
import { type FloatType, quote, type RawTensor } from './elements.ts';
import { isNpy, parseNpy, serializeNpy } from './npy.ts';
import { readHeader, readTensor } from './safetensors.ts';
import { type ByteSource, builtin, type FileSource, withSource } from './source.ts';
import { type NamedTensors, named, rawOf, saveSafetensors } from './tensors.ts';
import { isLegacyTorch, loadLegacyTorch, loadTorchZip, orDispose, type PlaceOptions } from './torch-load.ts';
import { serializeTorch } from './torch-save.ts';
import { readZip, readZipEntry, writeZip, type ZipEntry } from './zip.ts';

/** Settings of {@link load}. */
export interface LoadOptions {
  /** Where tensors go. Default: the device that init() chose. */
  readonly mapLocation?: DeviceName;
  /** What floats become. Default: what they are, bfloat16 float32. Devices other than the CPU have no float64, NumPy's default. */
  readonly dtype?: DType;
}

/**
 * Reads a file by its content: safetensors, `.pt` and `.pth` of `torch.save`, `.npz` (each a Map of tensors by name, or what
 * else a `.pt` holds) or `.npy` (a tensor). Of a `.pt`, dicts become Maps, tuples and lists arrays, sets Sets; tensors that
 * shared memory share it. Nothing in a file is ever run: a pickle that asks for anything but tensors and plain data is refused, as
 * by `torch.load(weights_only=True)`. Source: torch.load.
 *
 * @throws FormatError when the file is of none of these formats, damaged, or asks for more than data; nothing is loaded then.
 * @example
 * const state = await load(bytes);
 * model.loadStateDict(state);
 * [...state.keys()]; // ['0.weight', '0.bias', '2.weight', '2.bias']
 */
export async function load<T = Map<string, Tensor>>(source: FileSource, options: LoadOptions = {}): Promise<T> {
  checkOptions('load', options, ['mapLocation', 'dtype']);
  const place = { device: options.mapLocation, dtype: options.dtype };
  return withSource('load', source, async (file) => {
    const head = await file.read(0, Math.min(64, file.size));
    const format = formats.find(({ is }) => is(head));
    if (!format) throw new FormatError(`load: ${refusal(head)}`);
    return (await format.load(file, place)) as T;
  });
}

/** A file of NumPy or safetensors as tensors. */
function place(raw: RawTensor, { device, dtype }: PlaceOptions): Tensor {
  const own = dtype !== undefined && raw.dtype.startsWith('float') ? dtype : raw.dtype;
  return fromArray(raw.data, raw.shape, { dtype: own, ...(device && { device }) });
}

interface Format {
  is(head: Uint8Array): boolean;
  load(file: ByteSource, options: PlaceOptions): Promise<unknown>;
}
const startsWith =
  (...bytes: readonly number[]) =>
  (head: Uint8Array): boolean =>
    bytes.every((byte, i) => head[i] === byte);
const all = (file: ByteSource): Promise<Uint8Array> => file.read(0, file.size);

const formats: readonly Format[] = [
  { is: isNpy, load: async (file, options) => place(parseNpy(await all(file)), options) },
  { is: startsWith(0x50, 0x4b), load: loadZip },
  { is: isLegacyTorch, load: async (file, options) => loadLegacyTorch(await all(file), options) },
  { is: (head) => head[8] === 0x7b, load: loadSafetensorsFile },
];

/** Bytes that are read at once, so that a file is never held beside all of its tensors. */
const piece = 8 << 20;

async function loadSafetensorsFile(file: ByteSource, options: PlaceOptions): Promise<Map<string, Tensor>> {
  const { start, entries } = await readHeader(file);
  const made = new Map<string, Tensor>();
  const rest = entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end);
  return orDispose(made.values(), async () => {
    for (let first = 0; first < rest.length; ) {
      const { begin } = rest[first]!;
      const after = rest.findIndex(({ end }, i) => i > first && end - begin > piece);
      const some = rest.slice(first, after === -1 ? rest.length : after);
      const bytes = await file.read(start + begin, start + some.at(-1)!.end);
      for (const entry of some)
        made.set(entry.name, place(readTensor(entry, bytes.subarray(entry.begin - begin, entry.end - begin)), options));
      first += some.length;
    }
    return new Map(entries.map(({ name }) => [name, made.get(name)!]));
  });
}

async function loadZip(file: ByteSource, options: PlaceOptions): Promise<unknown> {
  const entries = await readZip(file);
  if ([...entries.keys()].some((name) => /(^|\/)data\.pkl$/.test(name))) return loadTorchZip(file, entries, options);
  const arrays = await readNpz(file, entries);
  return new Map([...arrays].map(([name, raw]) => [name, place(raw, options)]));
}

async function readNpz(file: ByteSource, entries: ReadonlyMap<string, ZipEntry>): Promise<Map<string, RawTensor>> {
  const arrays = new Map<string, RawTensor>();
  for (const entry of entries.values()) {
    if (!entry.name.endsWith('.npy'))
      throw new FormatError(`load: the archive holds ${quote(entry.name)}: it is neither of NumPy nor of PyTorch`);
    arrays.set(entry.name.slice(0, -'.npy'.length), parseNpy(await readZipEntry(file, entry)));
  }
  return arrays;
}

/** What files of other formats start with, and what to do about them. */
const others: readonly (readonly [is: (head: Uint8Array) => boolean, what: string])[] = [
  [startsWith(0x1f, 0x8b), 'this is compressed by gzip\n  unpack it first, with new DecompressionStream("gzip")'],
  [startsWith(0x80), 'this is a bare pickle, which may run any code\n  save tensors with torch.save or safetensors'],
  [startsWith(0x89, 0x48, 0x44, 0x46), 'this is HDF5\n  save the weights as safetensors'],
  [startsWith(0x47, 0x47, 0x55, 0x46), 'this is GGUF\n  use the safetensors of the same model'],
  [startsWith(0x3c), 'this is HTML or XML: probably a page that says why there is no file'],
];
const refusal = (head: Uint8Array): string =>
  others.find(([is]) => is(head))?.[1] ??
  'the file is neither of safetensors nor of torch.save, and no .npy or .npz\n  is it all there?';

// ---- NumPy ----------------------------------------------------------------------------------------------------------

/**
 * A `.npy` file of this tensor, as `numpy.save` writes it.
 *
 * @example
 * const file = await saveNpy(tensor([[1, 2], [3, 4]]));
 * (await load<Tensor>(file)).shape; // [2, 2]
 */
export async function saveNpy(tensor: Tensor): Promise<Uint8Array<ArrayBuffer>> {
  checkTensor('saveNpy', tensor, 'tensor');
  return serializeNpy(await rawOf(tensor));
}

/** Settings of {@link saveNpz}. */
export interface SaveNpzOptions {
  /** Deflate the arrays, as `numpy.savez_compressed`. Default false. */
  readonly compressed?: boolean;
}

/**
 * A `.npz` file of these tensors, as `numpy.savez` writes it.
 *
 * @example
 * const file = await saveNpz(model.stateDict(), { compressed: true });
 * (await load(file)).get('2.bias')!.shape; // [2]
 */
export async function saveNpz(tensors: NamedTensors, options: SaveNpzOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions('saveNpz', options, ['compressed']);
  const list = named('saveNpz', tensors);
  const arrays = await Promise.all(list.map(async ([name, t]) => [name, await rawOf(t)] as const));
  const { compressed = false } = options;
  return writeZip(
    arrays.map(([name, raw]) => ({ name: `${name}.npy`, bytes: serializeNpy(raw), deflate: compressed })),
  );
}

// ---- writing --------------------------------------------------------------------------------------------------------

/** The formats that {@link save} writes. */
export type FileFormat = 'safetensors' | 'pt' | 'npy' | 'npz';

/** Settings of {@link save}. */
export interface SaveOptions {
  /** Default: what the name ends in, else safetensors. */
  readonly format?: FileFormat;
  /** What floats become, in safetensors. */
  readonly dtype?: FloatType;
  /** Short texts kept with the tensors, in safetensors. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What files are written to: a path in Node, or the handle of a file of the page's file system. */
export type FileTarget = string | URL | FileSystemFileHandle;

/**
 * Writes a state dict, or what else the format holds, to a file. With `.pt` it is read by `torch.load(weights_only=True)`. Source:
 * torch.save.
 *
 * @param obj tensors by name; a tensor for `.npy`; for `.pt` also numbers, texts, lists, plain objects and Maps of these.
 * @throws OptionError for what the format cannot hold.
 * @example
 * await save(model.stateDict(), '/tmp/lumigrad-example.pt');
 * (await load('/tmp/lumigrad-example.pt')).size; // 4
 */
export async function save(obj: unknown, f: FileTarget, options: SaveOptions = {}): Promise<void> {
  checkOptions('save', options, ['format', 'dtype', 'metadata']);
  if (!(typeof f === 'string' || f instanceof URL || (typeof f === 'object' && f !== null && 'createWritable' in f)))
    throw new OptionError(`save(): argument 'f' must be a path or a file's handle, not ${describe(f)}`);
  const name = typeof f === 'object' && 'name' in f ? f.name : String(f);
  const format = options.format ?? formatOf(name);
  const write = Object.hasOwn(writers, format) ? writers[format] : undefined;
  if (!write)
    throw new OptionError(`save: format must be one of ${Object.keys(writers).join(', ')}, got ${describe(format)}`);
  const { dtype, metadata } = options;
  if (format !== 'safetensors' && (dtype !== undefined || metadata !== undefined))
    throw new OptionError(`save: dtype and metadata go with safetensors, not with ${format}`);
  const bytes = await write(obj, { ...(dtype && { dtype }), ...(metadata && { metadata }) });
  if (typeof f === 'object' && 'createWritable' in f) {
    const stream = await f.createWritable();
    await stream.write(bytes);
    await stream.close();
    return;
  }
  if (!builtin)
    throw new OptionError('save: in a page, give the handle of a file\n  saveSafetensors() gives the bytes');
  await builtin('node:fs').promises.writeFile(f, bytes);
}

function formatOf(name: string): FileFormat {
  const ending = /\.(\w+)$/.exec(name)?.[1];
  return ending === 'pt' || ending === 'pth' ? 'pt' : ending === 'npy' || ending === 'npz' ? ending : 'safetensors';
}

const writers: Readonly<
  Record<FileFormat, (obj: unknown, options: Omit<SaveOptions, 'format'>) => Promise<Uint8Array<ArrayBuffer>>>
> = {
  safetensors: (obj, options) => saveSafetensors(obj as NamedTensors, options),
  pt: (obj) => serializeTorch(obj),
  npy: (obj) => saveNpy(obj as Tensor),
  npz: (obj) => saveNpz(obj as NamedTensors),
};
