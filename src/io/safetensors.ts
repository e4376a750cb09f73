import { allocate, bytesOf, type DType, type DTypeArrays, viewOf } from '../core/dtype.ts';
import { describe, FormatError, OptionError, ShapeError, wrongType } from '../core/errors.ts';
import { roundToHalf } from '../core/float16.ts';
import { type Json, parseUntrustedJson } from './json.ts';

/** A tensor as it stands in a file: plain data, no device. */
export type RawTensor = { [D in DType]: { dtype: D; shape: readonly number[]; data: DTypeArrays[D] } }[DType];

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

// How each stored dtype is read. Integers narrower than 32 bits and 64-bit ones in range become int32, half floats float32.
interface Stored {
  size: number;
  read(bytes: Uint8Array, count: number, fail: (problem: string) => never): RawTensor['data'];
  dtype: DType;
}
const stored: Readonly<Record<string, Stored>> = {
  F32: plain('float32'),
  F64: plain('float64'),
  I32: plain('int32'),
  U32: plain('uint32'),
  BOOL: { dtype: 'bool', size: 1, read: readBool },
  U8: converted('int32', 1, (v, at) => v.getUint8(at)),
  I8: converted('int32', 1, (v, at) => v.getInt8(at)),
  U16: converted('int32', 2, (v, at) => v.getUint16(at, true)),
  I16: converted('int32', 2, (v, at) => v.getInt16(at, true)),
  I64: converted('int32', 8, (v, at) => Number(v.getBigInt64(at, true))),
  U64: converted('int32', 8, (v, at) => Number(v.getBigUint64(at, true))),
  F16: converted('float16', 2, (v, at) => halfToNumber(v.getUint16(at, true))),
  BF16: { dtype: 'float32', size: 2, read: readBfloat16 },
};
const fileDType: Record<DType, string> = {
  float32: 'F32',
  float16: 'F16',
  float64: 'F64',
  int32: 'I32',
  uint32: 'U32',
  bool: 'BOOL',
};

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
  const { header, start } = readHeader(bytes);
  const tensors = new Map<string, RawTensor>();
  const metadata = new Map<string, string>();
  const entries: Entry[] = [];
  for (const [name, value] of header) {
    if (name === '__metadata__') readMetadata(value, metadata);
    else entries.push(readEntry(name, value));
  }
  checkLayout(entries, bytes.length - start);
  for (const entry of entries) {
    const { name, shape, kind, begin, end } = entry;
    const fail = (problem: string): never => entryError(name, problem);
    const data = kind.read(bytes.subarray(start + begin, start + end), entry.count, fail);
    tensors.set(name, { dtype: kind.dtype, shape, data } as RawTensor);
  }
  return { tensors, metadata };
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
): Uint8Array<ArrayBuffer> {
  if (typeof (entries as Partial<typeof entries> | null)?.[Symbol.iterator] !== 'function')
    wrongType('serializeSafetensors', 'entries', 'a list of [name, tensor] pairs', entries);
  if (typeof metadata !== 'object' || metadata === null)
    wrongType('serializeSafetensors', 'metadata', 'an object of strings', metadata);
  const list = [...entries];
  for (const entry of list) checkEntry(entry);
  const offsets = new Map<string, number>();
  let offset = 0;
  for (const [name, tensor] of [...list].sort(([, a], [, b]) => alignment(b) - alignment(a))) {
    checkWritable(name, tensor, offsets);
    offsets.set(name, offset);
    offset += bytesInFile(tensor);
  }
  // Strings are joined by hand: as an object's keys, '__proto__' would vanish and '0' would move to the front.
  const fields = list.map(([name, tensor]) => {
    const begin = offsets.get(name)!;
    const info = {
      dtype: fileDType[tensor.dtype],
      shape: tensor.shape,
      data_offsets: [begin, begin + bytesInFile(tensor)],
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
  for (const [name, { dtype, data }] of list) {
    if (dtype === 'float16') {
      const view = new DataView(file.buffer, start + offsets.get(name)!);
      for (const [i, x] of data.entries()) view.setUint16(2 * i, halfBits(x), true);
      continue;
    }
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start + offsets.get(name)!);
  }
  return file;
}

const alignment = ({ dtype }: RawTensor): number => (dtype === 'float16' ? 2 : bytesOf(dtype));
const bytesInFile = (tensor: RawTensor): number => tensor.data.length * alignment(tensor);

function checkEntry(entry: unknown): void {
  const [name, tensor] = Array.isArray(entry) ? (entry as unknown[]) : [];
  if (typeof name !== 'string' || typeof tensor !== 'object' || tensor === null)
    wrongType('serializeSafetensors', 'entries', 'a list of [name, tensor] pairs', entry);
}

function checkWritable(name: string, { dtype, shape, data }: RawTensor, taken: ReadonlyMap<string, number>): void {
  if (name === '__metadata__') throw new OptionError("safetensors: the name '__metadata__' is reserved by the format");
  if (taken.has(name)) throw new OptionError(`safetensors: two tensors are named '${name}'`);
  if (!Object.hasOwn(fileDType, dtype))
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

interface Entry {
  name: string;
  shape: number[];
  kind: Stored;
  count: number;
  begin: number;
  end: number;
}

function readHeader(bytes: Uint8Array): { header: Map<string, Json>; start: number } {
  if (bytes.length < 8)
    throw new FormatError(`safetensors: the file has ${bytes.length} bytes, shorter than the 8-byte header length`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes)) {
    throw new FormatError(
      `safetensors: the header says it is ${length} bytes long, more than the allowed ${maxHeaderBytes}; is this a safetensors file?`,
    );
  }
  const start = 8 + Number(length);
  if (start > bytes.length) {
    throw new FormatError(
      `safetensors: truncated: the header says it is ${length} bytes long, ${bytes.length - 8} bytes follow`,
    );
  }
  if (bytes[8] !== 0x7b || length === 0n)
    throw new FormatError("safetensors: the header does not start with '{' at byte 8");
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, start));
  } catch {
    throw new FormatError('safetensors: the header is not valid UTF-8');
  }
  const header = parseUntrustedJson(text, 'safetensors header', maxHeaderDepth);
  return { header: header as Map<string, Json>, start }; // it starts with '{'
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
  const kind = typeof dtype === 'string' && Object.hasOwn(stored, dtype) ? stored[dtype] : undefined;
  if (kind === undefined) {
    entryError(name, `has unsupported dtype ${shorten(dtype)}; supported are ${Object.keys(stored).join(', ')}`);
  }
  const shape = value.get('shape');
  if (!isSizes(shape)) entryError(name, `has a bad shape ${shorten(shape)}`);
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
  return Array.isArray(value) && value.every((n) => typeof n === 'number' && Number.isSafeInteger(n) && n >= 0);
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

function plain(dtype: DType): Stored {
  const size = bytesOf(dtype);
  return {
    dtype,
    size,
    read(bytes, count) {
      // A typed array must start at a multiple of its element size; a file need not put it there.
      const { buffer, byteOffset } = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
      return viewOf(dtype, buffer as ArrayBuffer, byteOffset, count);
    },
  };
}

function converted(dtype: 'int32' | 'float16', size: number, get: (view: DataView, at: number) => number): Stored {
  return {
    dtype,
    size,
    read(bytes, count, fail) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const out = allocate(dtype, count);
      for (let i = 0; i < count; i++) {
        const value = get(view, i * size);
        out[i] = value;
        if (dtype === 'int32' && out[i] !== value) fail(`holds ${value} at element ${i}, which int32 cannot hold`);
      }
      return out;
    },
  };
}

function readBool(bytes: Uint8Array, _count: number, fail: (problem: string) => never): Uint8Array {
  const bad = bytes.findIndex((b) => b > 1);
  if (bad !== -1) fail(`holds ${bytes[bad]} at element ${bad}, a BOOL is 0 or 1`);
  // A plain view: the caller may have handed in a subclass, such as Node's Buffer.
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

function readBfloat16(bytes: Uint8Array, count: number): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // A bfloat16 is the upper half of a float32; moved as bits, so that NaN payloads survive.
  const bits = Uint32Array.from({ length: count }, (_, i) => view.getUint16(2 * i, true) << 16);
  return new Float32Array(bits.buffer);
}

/** The bits of the half nearest to a number. */
function halfBits(x: number): number {
  if (Number.isNaN(x)) return 0x7e00;
  const half = roundToHalf(x);
  const sign = half < 0 || Object.is(half, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(half);
  if (magnitude === Number.POSITIVE_INFINITY) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | (magnitude * 2 ** 24);
  const exponent = Math.floor(Math.log2(magnitude));
  return sign | ((exponent + 15) << 10) | (magnitude * 2 ** (10 - exponent) - 1024);
}

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

function entryError(name: string, problem: string): never {
  throw new FormatError(`safetensors: tensor ${quote(name)} ${problem}`);
}

/** A name or value from the file, cut so that a hostile one does not flood the message. */
function quote(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}
function shorten(value: Json | undefined): string {
  if (value === undefined) return '(missing)';
  if (Array.isArray(value)) return value.slice(0, 8).map(shorten).join(', ') + (value.length > 8 ? ', …' : '');
  if (value instanceof Map) return '(an object)';
  return typeof value === 'string' ? quote(value) : String(value);
}
