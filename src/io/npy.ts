/** NumPy's files of one array: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
import type { DType } from '../core/dtype.ts';
import { describe, FormatError, OptionError, wrongType } from '../core/errors.ts';
import { bytesInFile, mostDims, quote, type RawTensor, type StoredType, storedTypes, swapBytes } from './elements.ts';

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** NumPy's own limit on headers that it has not been told to trust. */
const longestHeader = 10_000;

/** NumPy's codes, without the byte order. */
const codes: Readonly<Record<string, StoredType>> = {
  f4: 'float32',
  f8: 'float64',
  f2: 'float16',
  i4: 'int32',
  u4: 'uint32',
  i8: 'int64',
  u8: 'uint64',
  i2: 'int16',
  u2: 'uint16',
  i1: 'int8',
  u1: 'uint8',
  b1: 'bool',
};
const codeOf = Object.fromEntries(Object.entries(codes).map(([code, type]) => [type, code])) as Record<DType, string>;

const fail = (problem: string): never => {
  throw new FormatError(`npy: ${problem}`);
};

/** Is this the beginning of a .npy file? */
export const isNpy = (head: Uint8Array): boolean => magic.every((byte, i) => head[i] === byte);

/**
 * Reads a .npy file. Pure: no device is touched. Either byte order and either memory order; float32, float64, float16, int32,
 * uint32 and bool keep their dtype, other integers become int32 where every value fits. Object arrays, which hold pickles, complex
 * numbers, texts and structures are refused.
 *
 * @throws FormatError when the file is truncated, malformed, or of another type of elements.
 * @example
 * parseNpy(serializeNpy({ dtype: 'int32', shape: [2], data: new Int32Array([3, 4]) })).data; // Int32Array [3, 4]
 */
export function parseNpy(bytes: Uint8Array): RawTensor {
  if (!(bytes instanceof Uint8Array))
    wrongType('parseNpy', 'bytes', 'Uint8Array', bytes, 'new Uint8Array(buffer) makes one of an ArrayBuffer');
  if (!isNpy(bytes)) fail('the file does not start with \\x93NUMPY');
  const version = bytes[6] ?? 0;
  if (version < 1 || version > 3) fail(`version ${version} of the format is unknown`);
  const fixed = version === 1 ? 10 : 12;
  if (bytes.length < fixed) fail('truncated in the header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > longestHeader) fail(`a header of ${length} bytes; more than ${longestHeader} are not allowed`);
  const start = fixed + length;
  if (bytes.length < start) fail('truncated in the header');
  const { type, swapped, fortran, shape } = readHeader(new TextDecoder().decode(bytes.subarray(fixed, start)));
  const { size, dtype, read } = storedTypes[type];
  const count = shape.includes(0) ? 0 : shape.reduce((product, dim) => product * dim, 1);
  // A product beyond 2^53 never equals the size of a file.
  if (count * size !== bytes.length - start)
    fail(
      `an array of shape (${shape.join(', ')}) takes ${count * size} bytes, ${bytes.length - start} follow the header`,
    );
  const content = bytes.subarray(start);
  const data = read(swapped && size > 1 ? swapBytes(content, size) : content, count, (problem) =>
    fail(`the array ${problem}`),
  );
  return { dtype, shape, data: fortran ? toRowMajor(data, shape) : data } as RawTensor;
}

/**
 * A .npy file with this array, as `numpy.save` writes it.
 *
 * @throws OptionError for what is no tensor's data.
 */
export function serializeNpy(tensor: RawTensor): Uint8Array<ArrayBuffer> {
  const { dtype, shape, data } = tensor;
  if (!Object.hasOwn(codeOf, dtype)) throw new OptionError(`serializeNpy: unknown dtype ${describe(dtype)}`);
  const count = shape.reduce((product, dim) => product * dim, 1);
  if (count !== data.length)
    throw new OptionError(`serializeNpy: shape [${shape.join(', ')}] needs ${count} elements, got ${data.length}`);
  const order = dtype === 'bool' ? '|' : '<';
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${order}${codeOf[dtype]}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const start = Math.ceil((10 + text.length + 1) / 64) * 64;
  const content = bytesInFile(tensor, dtype);
  const file = new Uint8Array(start + content.length);
  file.set([...magic, 1, 0, (start - 10) & 0xff, (start - 10) >> 8]);
  file.set(new TextEncoder().encode(`${text.padEnd(start - 11)}\n`), 10);
  file.set(content, start);
  return file;
}

interface Header {
  readonly type: StoredType;
  readonly swapped: boolean;
  readonly fortran: boolean;
  readonly shape: readonly number[];
}

/** The fields of a header, which is a dict as Python writes it. */
const fields: readonly (readonly [name: string, value: RegExp])[] = [
  ['descr', /'(?:[^'\\]*)'|\[/y],
  ['fortran_order', /True|False/y],
  ['shape', /\(\s*(?:\d+L?\s*,\s*)*(?:\d+L?\s*)?\)/y],
];

function readHeader(text: string): Header {
  const values = new Map<string, string>();
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  take(/\s*\{\s*/y) ?? fail('the header is no dict');
  while (!take(/\}\s*$/y)) {
    const name = take(/'\w+'/y)?.slice(1, -1);
    const [, value] = fields.find(([field]) => field === name) ?? fail(`the header is malformed at character ${at}`);
    take(/\s*:\s*/y);
    const found = take(value) ?? fail(`the header has a bad '${name}'`);
    if (found === '[') fail('arrays of structures are not supported');
    if (values.has(name!)) fail(`the header has two values of '${name}'`);
    values.set(name!, found);
    if (!take(/\s*,\s*/y)) take(/\s+/y);
  }
  const [descr, fortran, shape] = fields.map(([name]) => values.get(name) ?? fail(`the header lacks '${name}'`));
  const [, order, code] = /^'([<>|=]?)(\w+)'$/.exec(descr!) ?? fail(`the type ${quote(descr!)} is not supported`);
  if (code === 'O') fail('arrays of objects are pickles, which are not read\n  save an array of numbers');
  if (!Object.hasOwn(codes, code!))
    fail(`the type ${quote(descr!.slice(1, -1))} is not supported; supported are ${Object.keys(codes).join(', ')}`);
  const sizes = shape!.match(/\d+/g)?.map(Number) ?? [];
  if (sizes.length > mostDims) fail(`an array of ${sizes.length} dims; more than ${mostDims} are not supported`);
  if (!sizes.every(Number.isSafeInteger)) fail(`the shape ${quote(shape!)} is too large`);
  return { type: codes[code!]!, swapped: order === '>', fortran: fortran === 'True', shape: sizes };
}

/** Elements that stand column by column, the first dim running fastest, in row-major order. */
function toRowMajor<A extends RawTensor['data']>(data: A, shape: readonly number[]): A {
  const out = data.slice() as A;
  const strides = shape.map((_, d) => shape.slice(0, d).reduce((product, size) => product * size, 1));
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < out.length; to++) {
    out[to] = data[from]!;
    for (let d = shape.length - 1; d >= 0; d--) {
      from += strides[d]!;
      index[d]!++;
      if (index[d]! < shape[d]!) break;
      from -= strides[d]! * shape[d]!;
      index[d] = 0;
    }
  }
  return out;
}
