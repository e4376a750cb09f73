/** Elements as files store them, and as tensors hold them. */
import { allocate, bytesOf, type DType, type DTypeArrays, isFloat, viewOf } from '../core/dtype.ts';
import { roundToHalf } from '../core/float16.ts';

/** A tensor as it stands in a file: plain data, no device. */
export type RawTensor = { [D in DType]: { dtype: D; shape: readonly number[]; data: DTypeArrays[D] } }[DType];

/** Types of elements in files, by PyTorch's names. */
export type StoredType = DType | 'bfloat16' | 'int8' | 'uint8' | 'int16' | 'uint16' | 'int64' | 'uint64';

/** How a stored type is read: little-endian bytes to the elements of a dtype. `fail` is told of elements that do not fit. */
export interface Stored {
  /** Bytes of an element in the file. */
  readonly size: number;
  /** What tensors hold instead. */
  readonly dtype: DType;
  read(bytes: Uint8Array, count: number, fail: (problem: string) => never): RawTensor['data'];
}

/**
 * Integers of less than 32 bits, and those of 64 bits that are in range, become int32; bfloat16, the upper half of a float32,
 * float32.
 */
export const storedTypes: Readonly<Record<StoredType, Stored>> = {
  float32: plain('float32'),
  float64: plain('float64'),
  int32: plain('int32'),
  uint32: plain('uint32'),
  bool: { dtype: 'bool', size: 1, read: readBool },
  uint8: widened(Uint8Array),
  int8: widened(Int8Array),
  uint16: widened(Uint16Array),
  int16: widened(Int16Array),
  int64: long((low, high) => high === low >> 31, 'getBigInt64'),
  uint64: long((low, high) => high === 0 && low >= 0, 'getBigUint64'),
  float16: { dtype: 'float16', size: 2, read: readFloat16 },
  bfloat16: { dtype: 'float32', size: 2, read: readBfloat16 },
};

function plain(dtype: DType): Stored {
  const size = bytesOf(dtype);
  return {
    dtype,
    size,
    read(bytes, count) {
      const { buffer, byteOffset } = aligned(bytes, size);
      return viewOf(dtype, buffer as ArrayBuffer, byteOffset, count);
    },
  };
}

/** A typed array must start at a multiple of its element size; a file need not put it there. */
const aligned = (bytes: Uint8Array, size: number): Uint8Array =>
  bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
const viewOver = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

interface SmallIntegers {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, offset: number, count: number): ArrayLike<number>;
}
function widened(Small: SmallIntegers): Stored {
  const size = Small.BYTES_PER_ELEMENT;
  return {
    dtype: 'int32',
    size,
    read(bytes, count) {
      const { buffer, byteOffset } = aligned(bytes, size);
      return new Int32Array(new Small(buffer, byteOffset, count));
    },
  };
}

function long(fits: (low: number, high: number) => boolean, get: 'getBigInt64' | 'getBigUint64'): Stored {
  return {
    dtype: 'int32',
    size: 8,
    read(bytes, count, fail) {
      const { buffer, byteOffset } = aligned(bytes, 4);
      const words = new Int32Array(buffer, byteOffset, 2 * count);
      const out = new Int32Array(count);
      for (let i = 0; i < count; i++) {
        const low = words[2 * i]!;
        if (!fits(low, words[2 * i + 1]!))
          fail(`holds ${viewOver(bytes)[get](8 * i, true)} at element ${i}, which int32 cannot hold`);
        out[i] = low;
      }
      return out;
    },
  };
}

function readBool(bytes: Uint8Array, _count: number, fail: (problem: string) => never): Uint8Array {
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! > 1) fail(`holds ${bytes[i]} at element ${i}, a BOOL is 0 or 1`);
  // A plain view: the caller may have handed in a subclass, such as Node's Buffer.
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

const halvesOver = (bytes: Uint8Array, count: number): Uint16Array => {
  const { buffer, byteOffset } = aligned(bytes, 2);
  return new Uint16Array(buffer, byteOffset, count);
};
/** What each half is: a table, which is faster than to work it out. */
let numbersOfHalves: Float32Array | null = null;

function readFloat16(bytes: Uint8Array, count: number): Float32Array {
  numbersOfHalves ??= new Float32Array(65536).map((_, bits) => halfToNumber(bits));
  const halves = halvesOver(bytes, count);
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) out[i] = numbersOfHalves[halves[i]!]!;
  return out;
}

function readBfloat16(bytes: Uint8Array, count: number): Float32Array {
  const halves = halvesOver(bytes, count);
  const bits = new Uint32Array(count);
  // Moved as bits, so that the payloads of NaNs survive.
  for (let i = 0; i < count; i++) bits[i] = halves[i]! << 16;
  return new Float32Array(bits.buffer);
}

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
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

/** The float types that a file may be given to hold, whatever floats a tensor has. */
export type FloatType = 'float32' | 'float64' | 'float16' | 'bfloat16';
/** All of them. */
export const floatTypes: readonly FloatType[] = ['float32', 'float64', 'float16', 'bfloat16'];

/** What a tensor of `dtype` becomes in a file whose floats are to be `floats`; float16 tensors take two bytes an element. */
export function typeInFile(dtype: DType, floats: FloatType | undefined): DType | 'bfloat16' {
  return floats !== undefined && isFloat(dtype) ? floats : dtype;
}
/** Bytes of an element in a file. */
export const sizeInFile = (type: StoredType): number => storedTypes[type].size;

/** The little-endian bytes of a tensor's elements as `type`, which is its dtype or a float type. */
export function bytesInFile({ dtype, data }: RawTensor, type: DType | 'bfloat16'): Uint8Array {
  if (type === 'float16') return bytesOver(Uint16Array.from(data, halfBits));
  if (type === 'bfloat16') return bytesOver(brainBits(data));
  if (type === dtype) return bytesOver(data);
  const out = allocate(type, data.length);
  out.set(data);
  return bytesOver(out);
}

const bytesOver = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** The upper halves of float32 numbers, rounded to nearest, ties to even. */
function brainBits(data: RawTensor['data']): Uint16Array {
  const bits = new Uint32Array(Float32Array.from(data).buffer);
  return Uint16Array.from(bits, (word) => {
    if ((word & 0x7fffffff) > 0x7f800000) return (word >>> 16) | 0x40;
    return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  });
}

/** A copy with the bytes of each element in the opposite order. */
export function swapBytes(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = bytes[i - (i % size) + size - 1 - (i % size)]!;
  return out;
}

/** Dims of a tensor, at most: as many as PyTorch allows. */
export const mostDims = 64;

/** A name or value from a file, cut so that a hostile one does not flood the message. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}
