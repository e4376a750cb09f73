/** Files of torch.save. */
import type { DType } from '../core/dtype.ts';
import { FormatError } from '../core/errors.ts';
import { numel } from '../core/shape.ts';
import { Parameter } from '../nn/parameter.ts';
import { fromArray } from '../tensor/create.ts';
import type { DeviceName } from '../tensor/device.ts';
import { asStrided } from '../tensor/functions/views.ts';
import { noGrad, type Tensor } from '../tensor/tensor.ts';
import { mostDims, quote, type RawTensor, type StoredType, storedTypes, swapBytes } from './elements.ts';
import { failPickle, Global, type PickleTable, unpickle } from './pickle.ts';
import type { ByteSource } from './source.ts';
import { readZipEntry, type ZipEntry } from './zip.ts';

/** How tensors are made of a file. */
export interface PlaceOptions {
  readonly device?: DeviceName | undefined;
  /** What float64 and other floats become. */
  readonly dtype?: DType | undefined;
}

/** Memory that tensors of a file share. */
interface FileStorage {
  readonly key: string;
  /** Of its elements; null: bytes, each tensor says of what. */
  readonly type: StoredType | null;
  readonly count: number;
}
/** A tensor of a file, before there is one. */
class Described {
  readonly storage: FileStorage;
  readonly type: StoredType;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly requiresGrad: boolean;
  /** Whether it is a Parameter. */
  readonly parameter: boolean;
  constructor(fields: Omit<Described, 'asParameter'>) {
    this.storage = fields.storage;
    this.type = fields.type;
    this.offset = fields.offset;
    this.shape = fields.shape;
    this.strides = fields.strides;
    this.requiresGrad = fields.requiresGrad;
    this.parameter = fields.parameter;
  }
  asParameter(requiresGrad: boolean): Described {
    return new Described({ ...this, requiresGrad, parameter: true });
  }
}

const storageTypes: Readonly<Record<string, StoredType>> = {
  FloatStorage: 'float32',
  DoubleStorage: 'float64',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
};
/** Those that PyTorch has and no tensor here can hold. */
const foreignStorageTypes: Readonly<Record<string, string>> = {
  ComplexFloatStorage: 'complex64',
  ComplexDoubleStorage: 'complex128',
  QInt8Storage: 'qint8',
  QUInt8Storage: 'quint8',
  QInt32Storage: 'qint32',
  QUInt4x2Storage: 'quint4x2',
  QUInt2x4Storage: 'quint2x4',
};
const foreignTypes = [...Object.values(foreignStorageTypes), 'complex32', 'float8_e4m3fn', 'float8_e5m2', 'float8_e4m3fnuz', 'float8_e5m2fnuz', 'float8_e8m0fnu', 'float4_e2m1fn_x2']; // biome-ignore format: a list
/** Stands for a class of storages in a pickle. */
class StorageClass {
  readonly type: string | null;
  constructor(type: string | null) {
    this.type = type;
  }
}
/** Stands for a dtype in a pickle. */
class FileDType {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

const bad = (what: string): never => failPickle(`a malformed ${what}`);
const isSize = (v: unknown): v is number => typeof v === 'number' && Number.isSafeInteger(v) && v >= 0;
const isSizes = (v: unknown): v is number[] => Array.isArray(v) && v.length <= mostDims && v.every(isSize);

const supported = (type: string): StoredType =>
  Object.hasOwn(storedTypes, type) ? (type as StoredType) : failPickle(`tensors of ${type} are not supported`);

function describeTensor(args: readonly unknown[], type: unknown): Described {
  const [storage, offset, shape, strides, requiresGrad = false] = args;
  if (!(isStorage(storage) && isSize(offset) && isSizes(shape) && isSizes(strides) && shape.length === strides.length))
    return bad('tensor');
  const own = type === undefined ? storage.type : type instanceof FileDType ? type.name : null;
  const stored = supported(own ?? 'bytes');
  const available = storage.type === null ? storage.count / storedTypes[stored].size : storage.count;
  const end = shape.includes(0) ? 0 : shape.reduce((sum, size, d) => sum + (size - 1) * strides[d]!, offset) + 1;
  if (!(end <= available) || !Number.isSafeInteger(shape.reduce((n, size) => n * size, 1)))
    return failPickle(`a tensor of sizes [${shape.slice(0, 8).join(', ')}] reaches beyond its storage of ${available}`);
  return new Described({
    storage,
    type: stored,
    offset,
    shape,
    strides,
    requiresGrad: requiresGrad === true,
    parameter: false,
  });
}

const storages = new WeakSet<object>();
const isStorage = (v: unknown): v is FileStorage => typeof v === 'object' && v !== null && storages.has(v);

function latin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** What a pickle of torch.save may import; all else is refused. */
function tableOf(found: Map<string, FileStorage>): PickleTable {
  const dict = ([items = []]: readonly unknown[]): Map<unknown, unknown> =>
    Array.isArray(items) && items.every((item) => Array.isArray(item) && item.length === 2)
      ? new Map(items as [unknown, unknown][])
      : bad('OrderedDict');
  const set = ([items = []]: readonly unknown[]): Set<unknown> => (Array.isArray(items) ? new Set(items) : bad('set'));
  const parameter = ([data, requiresGrad]: readonly unknown[]): Described =>
    data instanceof Described ? data.asParameter(requiresGrad === true) : bad('Parameter');
  const rebuild: Readonly<Record<string, (args: readonly unknown[]) => Described>> = {
    'torch._utils._rebuild_tensor': (args) => describeTensor(args, undefined),
    'torch._utils._rebuild_tensor_v2': (args) => describeTensor(args, undefined),
    'torch._utils._rebuild_tensor_v3': (args) => describeTensor(args, args[6] ?? null),
    'torch._utils._rebuild_parameter': parameter,
    'torch._utils._rebuild_parameter_with_state': parameter,
  };
  const bytes = ([content = '', encoding = 'latin1']: readonly unknown[]): Uint8Array =>
    content instanceof Uint8Array
      ? content.slice()
      : typeof content === 'string' && (encoding === 'latin1' || encoding === 'latin-1')
        ? latin1(content)
        : bad('bytes');
  return {
    functions: {
      ...rebuild,
      'collections.OrderedDict': dict,
      // How often something occurs, by what it is: schedulers keep their milestones so.
      'collections.Counter': ([counts = new Map()]) => (counts instanceof Map ? counts : bad('Counter')),
      '__builtin__.set': set,
      'builtins.set': set,
      'torch.Size': ([sizes]) => (isSizes(sizes) ? sizes : bad('Size')),
      // Devices are names here.
      'torch.device': ([type, index]) =>
        typeof type === 'string' && /^[a-z]{1,20}$/.test(type) && (index === undefined || isSize(index))
          ? `${type}${index === undefined ? '' : `:${index}`}`
          : bad('device'),
      '_codecs.encode': bytes,
      '__builtin__.bytearray': bytes,
      'builtins.bytearray': bytes,
      // A tensor that was given attributes, which are left out.
      'torch._tensor._rebuild_from_type_v2': ([make, , args]) =>
        make instanceof Global && Object.hasOwn(rebuild, make.name) && Array.isArray(args)
          ? rebuild[make.name]!(args)
          : bad('tensor'),
    },
    values: {
      ...Object.fromEntries(
        Object.entries({ ...storageTypes, ...foreignStorageTypes }).map(([name, type]) => [
          `torch.${name}`,
          new StorageClass(type),
        ]),
      ),
      'torch.storage.UntypedStorage': new StorageClass(null),
      ...Object.fromEntries(
        [...Object.keys(storedTypes), ...foreignTypes].map((name) => [`torch.${name}`, new FileDType(name)]),
      ),
      'torch.Tensor': null,
      'torch.nn.parameter.Parameter': null,
    },
    persistent(id) {
      const [kind, of, key, , count, view] = Array.isArray(id) ? (id as unknown[]) : [];
      if (kind !== 'storage' || !(of instanceof StorageClass) || typeof key !== 'string' || !isSize(count))
        return bad('storage');
      if ((view ?? null) !== null) return failPickle('storages that are views of others are not supported');
      const type = of.type === null ? null : supported(of.type);
      const known = found.get(key);
      if (known && (known.type !== type || known.count !== count)) return bad('storage');
      const storage = known ?? { key, type, count };
      storages.add(storage);
      found.set(key, storage);
      return storage;
    },
  };
}

/** No honest state is deeper. */
const deepest = 100;

/** Checks that the value is a tree (parts may be shared) of plain data and tensors, and gives it with every tensor replaced. */
function rebuilt(value: unknown, replace: (t: Described) => unknown): unknown {
  const done = new Map<object, unknown>();
  const above = new Set<object>();
  const visit = (v: unknown): unknown => {
    if (typeof v !== 'object' || v === null || v instanceof Uint8Array) return v;
    if (v instanceof FileDType) return `torch.${v.name}`;
    if (done.has(v)) return done.get(v);
    if (above.has(v)) failPickle('a value contains itself');
    if (above.size === deepest) failPickle(`values are nested more than ${deepest} deep`);
    above.add(v);
    const result = parts(v);
    above.delete(v);
    done.set(v, result);
    return result;
  };
  const parts = (v: object): unknown => {
    if (v instanceof Described) return replace(v);
    if (Array.isArray(v)) return v.map(visit);
    if (v instanceof Map) return new Map([...v].map(([key, item]) => [visit(key), visit(item)]));
    if (v instanceof Set) return new Set([...v].map(visit));
    return failPickle(v instanceof Global ? `${v.name} is no data` : 'a storage without a tensor');
  };
  return visit(value);
}

/** The value of a file whose pickle gave `value`: tensors with the memory that `read` finds. */
async function build(
  value: unknown,
  read: (storage: FileStorage) => Promise<Uint8Array>,
  options: PlaceOptions,
  bigEndian = false,
): Promise<unknown> {
  const described = new Set<Described>();
  rebuilt(value, (t) => described.add(t));
  // One memory for all tensors of a storage and type.
  const memories = new Map<FileStorage, Map<StoredType, Described[]>>();
  for (const t of described) {
    const types = memories.get(t.storage) ?? new Map<StoredType, Described[]>();
    memories.set(t.storage, types);
    const list = types.get(t.type) ?? [];
    types.set(t.type, list);
    list.push(t);
  }
  const made = new Map<Described, Tensor>();
  return orDispose(made.values(), async () => {
    // One storage after the other, so that the file is never held beside all of its tensors.
    for (const [storage, types] of memories) {
      const bytes = await read(storage);
      const fail = (problem: string): never => failPickle(`the storage ${quote(storage.key)} ${problem}`);
      for (const [type, list] of types) {
        const { size, dtype, read: decode } = storedTypes[type];
        const count = Math.floor(bytes.length / size);
        const part = bytes.subarray(0, count * size);
        const data = decode(bigEndian && size > 1 ? swapBytes(part, size) : part, count, fail);
        const to = { dtype: dtypeFor(dtype, options), ...(options.device && { device: options.device }) };
        noGrad(() => {
          for (const [t, view] of viewsOf(list, data, to)) made.set(t, finished(t, view));
        });
      }
    }
    return rebuilt(value, (t) => made.get(t));
  });
}

/** What `make` gives; where it fails, the tensors that it had made until then are let go. */
export async function orDispose<T>(tensors: Iterable<Tensor>, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    for (const t of tensors) t.dispose();
    throw error;
  }
}

const dtypeFor = (dtype: DType, options: PlaceOptions): DType =>
  dtype.startsWith('float') ? (options.dtype ?? dtype) : dtype;

const finished = (t: Described, made: Tensor): Tensor => {
  if (t.parameter) return new Parameter(made, { requiresGrad: t.requiresGrad });
  return t.requiresGrad ? made.requiresGrad_() : made;
};

/** The tensors over one memory. One that lies in it in order takes no more of it than it needs. */
function viewsOf(
  list: readonly Described[],
  data: RawTensor['data'],
  to: { dtype: DType; device?: DeviceName },
): [Described, Tensor][] {
  const [only] = list;
  if (list.length === 1 && only && inOrder(only))
    return [[only, fromArray(data.subarray(only.offset, only.offset + numel(only.shape)), only.shape, to)]];
  const memory = fromArray(data, [data.length], to);
  return list.map((t) => [t, asStrided(memory, t.shape, t.strides, { storageOffset: t.offset })]);
}

function inOrder({ shape, strides }: Described): boolean {
  let step = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    if (shape[d] !== 1 && strides[d] !== step) return false;
    step *= shape[d]!;
  }
  return true;
}

// ---- the two formats ------------------------------------------------------------------------------------------------

/** Reads the zip archive that torch.save writes since PyTorch 1.6. */
export async function loadTorchZip(
  source: ByteSource,
  entries: ReadonlyMap<string, ZipEntry>,
  options: PlaceOptions,
): Promise<unknown> {
  const pickleName = [...entries.keys()].find((name) => /^[^/]*\/data\.pkl$/.test(name)) ?? 'data.pkl';
  const folder = pickleName.slice(0, -'data.pkl'.length);
  const content = async (name: string): Promise<Uint8Array> => {
    const entry = entries.get(folder + name);
    if (!entry) throw new FormatError(`torch: the file lacks ${quote(folder + name)}`);
    return readZipEntry(source, entry);
  };
  if (entries.has(`${folder}constants.pkl`))
    throw new FormatError(
      'torch: this is a TorchScript archive, which holds code\n  save model.state_dict() with torch.save',
    );
  const order = entries.has(`${folder}byteorder`) ? new TextDecoder().decode(await content('byteorder')) : 'little';
  if (order !== 'little' && order !== 'big') throw new FormatError(`torch: Unknown endianness type: ${quote(order)}`);
  const found = new Map<string, FileStorage>();
  const pickle = await content('data.pkl');
  const { value, end } = unpickle(pickle, tableOf(found));
  if (end !== pickle.length) failPickle('bytes are left at the end');
  const read = async (storage: FileStorage): Promise<Uint8Array> => {
    const size = storage.type === null ? 1 : storedTypes[storage.type].size;
    const name = `data/${storage.key}`;
    // Looked at before it is read: what it inflates to is what the pickle says, or nothing.
    if (entries.get(folder + name)?.size !== storage.count * size)
      failPickle(`the storage ${quote(storage.key)} is not of the ${storage.count} elements that are announced`);
    return content(name);
  };
  return build(value, read, options, order === 'big');
}

/** The number that files before PyTorch 1.6 start with, as an opcode. */
const legacyMagic = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/** Is this the beginning of a file of PyTorch before 1.6? Later protocols of pickles put a frame around the number. */
export const isLegacyTorch = (head: Uint8Array): boolean =>
  head[0] === 0x80 && legacyMagic.every((byte, i) => head[i + (head[2] === 0x95 ? 11 : 2)] === byte);

/** Reads the format of PyTorch before 1.6: pickles one after the other, then the storages. */
export async function loadLegacyTorch(bytes: Uint8Array, options: PlaceOptions): Promise<unknown> {
  const found = new Map<string, FileStorage>();
  const table = tableOf(found);
  let at = 0;
  const next = (): unknown => {
    const { value, end } = unpickle(bytes, table, at);
    at = end;
    return value;
  };
  next();
  if (next() !== 1001) failPickle('the protocol of this file is unknown');
  const system = next();
  if (!(system instanceof Map) || system.get('little_endian') !== true)
    failPickle('files of big-endian machines are not supported');
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) return bad('list of storages');
  const contents = new Map<string, Uint8Array>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const key of keys as unknown[]) {
    const storage = typeof key === 'string' ? found.get(key) : undefined;
    if (!storage || contents.has(storage.key)) return bad('list of storages');
    const size = storage.type === null ? 1 : storedTypes[storage.type].size;
    const end = at + 8 + storage.count * size;
    if (!(end <= bytes.length)) failPickle('truncated');
    if (Number(view.getBigUint64(at, true)) !== storage.count) bad('storage');
    contents.set(storage.key, bytes.subarray(at + 8, end));
    at = end;
  }
  if (at !== bytes.length) failPickle('bytes are left at the end');
  return build(value, async ({ key }) => contents.get(key) ?? bad('list of storages'), options);
}
