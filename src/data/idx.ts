import { FormatError, wrongType } from '../core/errors.ts';

/** Element arrays of an IDX file, by the type byte's meaning. */
export interface IdxArrays {
  uint8: Uint8Array;
  int8: Int8Array;
  int16: Int16Array;
  int32: Int32Array;
  float32: Float32Array;
  float64: Float64Array;
}
/** Element types of IDX files. */
export type IdxDType = keyof IdxArrays;

/** What {@link parseIdx} returns: `data` is row-major and holds the product of `shape` elements. */
export type IdxArray = { [D in IdxDType]: { dtype: D; shape: number[]; data: IdxArrays[D] } }[IdxDType];

const types: Readonly<Record<number, { dtype: IdxDType; size: number }>> = {
  8: { dtype: 'uint8', size: 1 },
  9: { dtype: 'int8', size: 1 },
  11: { dtype: 'int16', size: 2 },
  12: { dtype: 'int32', size: 4 },
  13: { dtype: 'float32', size: 4 },
  14: { dtype: 'float64', size: 8 },
};

/**
 * Reads an IDX file, the format MNIST comes in: two zero bytes, a type byte, the number of dims, each dim as a
 * big-endian uint32, then the elements, big-endian and row-major.
 *
 * One-byte types share memory with `bytes`; the others are copied into the machine's byte order.
 *
 * @throws FormatError when the bytes are not exactly one whole IDX array.
 * @example
 * const { shape, data } = parseIdx(new Uint8Array([0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1])); // [3], [7, 2, 1]
 */
export function parseIdx(bytes: Uint8Array): IdxArray {
  if (!(bytes instanceof Uint8Array))
    wrongType('parseIdx', 'bytes', 'Uint8Array', bytes, 'new Uint8Array(buffer) makes one of an ArrayBuffer');
  if (bytes.length < 4) throw new FormatError(`IDX: the file has ${bytes.length} bytes, shorter than the 4-byte magic`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = types[bytes[2]!];
  if (bytes[0] !== 0 || bytes[1] !== 0 || type === undefined) {
    const found = [...bytes.subarray(0, 4)].map((b) => b.toString(16).padStart(2, '0')).join(' ');
    const hint = bytes[0] === 0x1f && bytes[1] === 0x8b ? ' (this is a gzip file: decompress it first)' : '';
    throw new FormatError(
      `IDX: bad magic ${found} at byte 0; expected 00 00, a type (08 09 0b 0c 0d 0e), a rank${hint}`,
    );
  }
  const rank = bytes[3]!;
  const header = 4 + 4 * rank;
  if (bytes.length < header) {
    throw new FormatError(`IDX: a rank-${rank} header takes ${header} bytes, the file has ${bytes.length}`);
  }
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const count = countElements(shape, type.size);
  const expected = header + count * type.size;
  if (bytes.length !== expected) {
    const what = bytes.length < expected ? 'truncated' : 'trailing bytes';
    throw new FormatError(
      `IDX: ${what}: ${type.dtype} of shape [${shape.join(', ')}] takes ${expected} bytes, the file has ${bytes.length}`,
    );
  }
  return readElements(type.dtype, view, header, shape, count);
}

/** Product of the dims; refuses sizes that no exact byte count exists for, before anything is allocated. */
function countElements(shape: readonly number[], size: number): number {
  let nonzero = 1;
  for (const dim of shape) {
    if (dim !== 0) nonzero *= dim;
    if (nonzero * size > Number.MAX_SAFE_INTEGER) {
      throw new FormatError(
        `IDX: shape [${shape.slice(0, 8).join(', ')}${shape.length > 8 ? ', …' : ''}] is beyond 2^53 bytes`,
      );
    }
  }
  return shape.includes(0) ? 0 : nonzero;
}

function readElements(dtype: IdxDType, view: DataView, start: number, shape: number[], count: number): IdxArray {
  const offset = view.byteOffset + start;
  switch (dtype) {
    case 'uint8':
      return { dtype, shape, data: new Uint8Array(view.buffer, offset, count) };
    case 'int8':
      return { dtype, shape, data: new Int8Array(view.buffer, offset, count) };
    case 'int16':
      return { dtype, shape, data: Int16Array.from({ length: count }, (_, i) => view.getInt16(start + 2 * i)) };
    case 'int32':
      return { dtype, shape, data: Int32Array.from({ length: count }, (_, i) => view.getInt32(start + 4 * i)) };
    case 'float32':
      return { dtype, shape, data: Float32Array.from({ length: count }, (_, i) => view.getFloat32(start + 4 * i)) };
    case 'float64':
      return { dtype, shape, data: Float64Array.from({ length: count }, (_, i) => view.getFloat64(start + 8 * i)) };
  }
}
