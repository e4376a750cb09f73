import { allocate } from '../core/dtype.ts';
import { checkOptions, describe, FormatError, OptionError, ShapeError, wrongType } from '../core/errors.ts';
import {
  bytesInFile,
  type FloatType,
  floatTypes,
  mostDims,
  quote,
  type RawTensor,
  type Stored,
  type StoredType,
  sizeInFile,
  storedTypes,
  typeInFile,
} from './elements.ts';
import { type Json, parseUntrustedJson } from './json.ts';
import type { ByteSource } from './source.ts';

/** What {@link parseSafetensors} returns. */
export interface SafetensorsFile {
  /** In the file's own order. */
  tensors: Map<string, RawTensor>;
  metadata: Map<string, string>;
}

/** The reference implementation's own limit on the header. */
const maxHeaderBytes = 100_000_000;
/** header > tensor > shape; one more so that the message is about the field and not about depth. */
const maxHeaderDepth = 4;

/** The format's names of element types. */
const fileTypes: Readonly<Record<StoredType, string>> = {
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  float64: 'F64',
  int32: 'I32',
  uint32: 'U32',
  bool: 'BOOL',
  uint8: 'U8',
  int8: 'I8',
  uint16: 'U16',
  int16: 'I16',
  int64: 'I64',
  uint64: 'U64',
};
const typeNamed = new Map(Object.entries(fileTypes).map(([type, name]) => [name, storedTypes[type as StoredType]]));

/**
 * Reads a safetensors file (https://github.com/huggingface/safetensors#format). Pure: no device is touched.
 *
 * F32, F16, F64, I32, U32 and BOOL keep their dtype; BF16 widens to float32; I8, U8, I16, U16 widen to int32, and so
 * do I64 and U64 where every value fits. Aligned data shares memory with `bytes`.
 *
 * @throws FormatError when the file is truncated, malformed, or says one thing and holds another.
 */
export function parseSafetensors(bytes: Uint8Array): SafetensorsFile {
  if (!(bytes instanceof Uint8Array))
    wrongType('parseSafetensors', 'bytes', 'Uint8Array', bytes, 'new Uint8Array(buffer) makes one of an ArrayBuffer');
  const start = headerEnd(bytes.subarray(0, 8), bytes.length);
  const { entries, metadata } = parseHeader(bytes.subarray(8, start), bytes.length - start);
  const tensors = new Map(
    entries.map((entry) => [entry.name, readTensor(entry, bytes.subarray(start + entry.begin, start + entry.end))]),
  );
  return { tensors, metadata };
}

/** Settings of {@link serializeSafetensors}. */
export interface SerializeOptions {
  /** What floats become in the file, to make it smaller. Default: what they are. */
  readonly dtype?: FloatType;
}

/**
 * Writes a safetensors file. Keys keep their order; the data is laid out with the widest dtype first, so that every
 * tensor is aligned and readers can map it without a copy.
 *
 * @throws OptionError for a name the format cannot hold; ShapeError when data and shape disagree.
 */
export function serializeSafetensors(
  entries: Iterable<readonly [name: string, tensor: RawTensor]>,
  metadata: Readonly<Record<string, string>> = {},
  options: SerializeOptions = {},
): Uint8Array<ArrayBuffer> {
  checkOptions('serializeSafetensors', options, ['dtype']);
  if (options.dtype !== undefined && !floatTypes.includes(options.dtype))
    throw new OptionError(`safetensors: dtype must be one of ${floatTypes.join(', ')}, got ${describe(options.dtype)}`);
  if (typeof (entries as Partial<typeof entries> | null)?.[Symbol.iterator] !== 'function')
    wrongType('serializeSafetensors', 'entries', 'a list of [name, tensor] pairs', entries);
  if (typeof metadata !== 'object' || metadata === null)
    wrongType('serializeSafetensors', 'metadata', 'an object of strings', metadata);
  const list = [...entries];
  for (const entry of list) checkEntry(entry);
  const typeOf = ({ dtype }: RawTensor) => typeInFile(dtype, options.dtype);
  const sizeOf = (tensor: RawTensor): number => sizeInFile(typeOf(tensor));
  for (const [name, tensor] of list) checkWritable(name, tensor);
  const offsets = new Map<string, number>();
  let offset = 0;
  for (const [name, tensor] of [...list].sort(([, a], [, b]) => sizeOf(b) - sizeOf(a))) {
    if (offsets.has(name)) throw new OptionError(`safetensors: two tensors are named '${name}'`);
    offsets.set(name, offset);
    offset += tensor.data.length * sizeOf(tensor);
  }
  // Strings are joined by hand: as an object's keys, '__proto__' would vanish and '0' would move to the front.
  const fields = list.map(([name, tensor]) => {
    const begin = offsets.get(name)!;
    const info = {
      dtype: fileTypes[typeOf(tensor)],
      shape: tensor.shape,
      data_offsets: [begin, begin + tensor.data.length * sizeOf(tensor)],
    };
    return `${JSON.stringify(name)}:${JSON.stringify(info)}`;
  });
  for (const [key, text] of Object.entries(metadata)) {
    if (typeof text !== 'string')
      throw new OptionError(`safetensors: metadata '${key}' must be a string, got ${typeof text}`);
  }
  if (Object.keys(metadata).length > 0) fields.unshift(`"__metadata__":${JSON.stringify(metadata)}`);
  const json = new TextEncoder().encode(`{${fields.join(',')}}`);
  const start = 8 + Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(start + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.fill(0x20, 8, start);
  file.set(json, 8);
  for (const [name, tensor] of list) file.set(bytesInFile(tensor, typeOf(tensor)), start + offsets.get(name)!);
  return file;
}

function checkEntry(entry: unknown): void {
  const [name, tensor] = Array.isArray(entry) ? (entry as unknown[]) : [];
  if (typeof name !== 'string' || typeof tensor !== 'object' || tensor === null)
    wrongType('serializeSafetensors', 'entries', 'a list of [name, tensor] pairs', entry);
}

function checkWritable(name: string, { dtype, shape, data }: RawTensor): void {
  if (name === '__metadata__') throw new OptionError("safetensors: the name '__metadata__' is reserved by the format");
  if (!Object.hasOwn(fileTypes, dtype))
    throw new OptionError(`safetensors: tensor '${name}' has unknown dtype ${describe(dtype)}`);
  if (!(data instanceof allocate(dtype, 0).constructor))
    throw new OptionError(`safetensors: the data of tensor '${name}' is no ${dtype} array but ${describe(data)}`);
  const count = shape.reduce((product, dim) => product * dim, 1);
  if (count !== data.length) {
    throw new ShapeError(
      `safetensors: tensor '${name}' of shape [${shape.join(', ')}] needs ${count} elements, got ${data.length}`,
    );
  }
}

/** Where a tensor stands, and what it is: checked against the file's size. */
export interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly kind: Stored;
  readonly count: number;
  /** Bytes of the data section. */
  readonly begin: number;
  readonly end: number;
}

/** The header of a file of which nothing else is read. */
export async function readHeader(
  source: ByteSource,
): Promise<{ readonly start: number } & ReturnType<typeof parseHeader>> {
  const start = headerEnd(await source.read(0, Math.min(8, source.size)), source.size);
  return { start, ...parseHeader(await source.read(8, start), source.size - start) };
}

/** Where the header ends and the data begins, of a file of `size` bytes that starts with `head`. */
function headerEnd(head: Uint8Array, size: number): number {
  if (size < 8) throw new FormatError(`safetensors: the file has ${size} bytes, shorter than the 8-byte header length`);
  const length = new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes)) {
    throw new FormatError(
      `safetensors: the header says it is ${length} bytes long, more than the allowed ${maxHeaderBytes}; is this a safetensors file?`,
    );
  }
  const end = 8 + Number(length);
  if (end > size) {
    throw new FormatError(
      `safetensors: truncated: the header says it is ${length} bytes long, ${size - 8} bytes follow`,
    );
  }
  return end;
}

/** Reads the JSON of a header, and checks it against the bytes of data that follow. */
function parseHeader(
  json: Uint8Array,
  dataBytes: number,
): { readonly entries: readonly Entry[]; readonly metadata: Map<string, string> } {
  if (json[0] !== 0x7b) throw new FormatError("safetensors: the header does not start with '{' at byte 8");
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json);
  } catch {
    throw new FormatError('safetensors: the header is not valid UTF-8');
  }
  const metadata = new Map<string, string>();
  const entries: Entry[] = [];
  // An object, since it starts with '{'.
  for (const [name, value] of parseUntrustedJson(text, 'safetensors header', maxHeaderDepth) as Map<string, Json>) {
    if (name === '__metadata__') readMetadata(value, metadata);
    else entries.push(readEntry(name, value));
  }
  checkLayout(entries, dataBytes);
  return { entries, metadata };
}

/** The tensor of an entry, from its bytes. */
export function readTensor({ name, shape, kind, count }: Entry, bytes: Uint8Array): RawTensor {
  const data = kind.read(bytes, count, (problem) => entryError(name, problem));
  return { dtype: kind.dtype, shape, data } as RawTensor;
}

function readMetadata(value: Json, into: Map<string, string>): void {
  if (!(value instanceof Map)) throw new FormatError('safetensors: __metadata__ is not an object of strings');
  for (const [key, text] of value) {
    if (typeof text !== 'string') throw new FormatError(`safetensors: __metadata__ ${quote(key)} is not a string`);
    into.set(key, text);
  }
}

function readEntry(name: string, value: Json): Entry {
  if (!(value instanceof Map)) entryError(name, 'is not an object with dtype, shape and data_offsets');
  const dtype = value.get('dtype');
  const kind = typeof dtype === 'string' ? typeNamed.get(dtype) : undefined;
  if (kind === undefined) {
    entryError(name, `has unsupported dtype ${shorten(dtype)}; supported are ${[...typeNamed.keys()].join(', ')}`);
  }
  const shape = value.get('shape');
  if (!isSizes(shape)) entryError(name, `has a bad shape ${shorten(shape)}`);
  if (shape.length > mostDims) entryError(name, `has ${shape.length} dims; more than ${mostDims} are not supported`);
  const offsets = value.get('data_offsets');
  if (!isSizes(offsets) || offsets.length !== 2) entryError(name, `has bad data_offsets ${shorten(offsets)}`);
  const [begin, end] = offsets as [number, number];
  if (begin > end) entryError(name, `begins at ${begin}, after its end ${end}`);
  const count = shape.includes(0) ? 0 : shape.reduce((product, dim) => product * dim, 1);
  // A product beyond 2^53 can never equal a byte range of a file, so the comparison also refuses overflow.
  if (count * kind.size !== end - begin) {
    entryError(
      name,
      `of shape [${shorten(shape)}] and dtype ${dtype} takes ${count * kind.size} bytes, its data_offsets span ${end - begin}`,
    );
  }
  return { name, shape, kind, count, begin, end };
}

function isSizes(value: Json | undefined): value is number[] {
  // A negative zero is no size, though it is not less than one.
  const isSize = (n: Json): boolean => Number.isSafeInteger(n) && (n as number) >= 0 && !Object.is(n, -0);
  return Array.isArray(value) && value.every(isSize);
}

/** The data section must be covered exactly once: no holes, no overlaps, nothing after the last tensor. */
function checkLayout(entries: readonly Entry[], dataBytes: number): void {
  let at = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < at) entryError(name, `overlaps the tensor before it (begins at ${begin}, that one ends at ${at})`);
    if (begin > at) entryError(name, `leaves a hole before it (begins at ${begin}, the data so far ends at ${at})`);
    if (end > dataBytes) entryError(name, `ends at ${end}, the file holds ${dataBytes} bytes of data: it is truncated`);
    at = end;
  }
  if (at < dataBytes)
    throw new FormatError(`safetensors: ${dataBytes - at} bytes after the last tensor belong to none`);
}

function entryError(name: string, problem: string): never {
  throw new FormatError(`safetensors: tensor ${quote(name)} ${problem}`);
}

function shorten(value: Json | undefined): string {
  if (value === undefined) return '(missing)';
  if (Array.isArray(value)) return value.slice(0, 8).map(shorten).join(', ') + (value.length > 8 ? ', …' : '');
  if (value instanceof Map) return '(an object)';
  return typeof value === 'string' ? quote(value) : String(value);
}
