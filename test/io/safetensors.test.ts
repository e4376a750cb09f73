import { describe, expect, test } from 'vitest';
import { FormatError, OptionError, ShapeError } from '../../src/core/errors.ts';
import type { RawTensor } from '../../src/io/elements.ts';
import { parseSafetensors, serializeSafetensors } from '../../src/io/safetensors.ts';

/** A file from a header text (or bytes) and a data section. */
function file(header: string | Uint8Array, data: readonly number[] = [], claimedLength?: number | bigint): Uint8Array {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(claimedLength ?? json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

const entry = (dtype: string, shape: string, begin: number, end: number) =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;

function problem(bytes: Uint8Array): string {
  let caught: unknown;
  try {
    parseSafetensors(bytes);
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(FormatError);
  return (caught as Error).message;
}

const only = (header: string, data: readonly number[]) => parseSafetensors(file(header, data)).tensors.get('x')!;

describe('parseSafetensors reads', () => {
  test('the example of the format: names, shapes, metadata, padding spaces', () => {
    const header = `{"__metadata__":{"format":"pt"},"b":${entry('F32', '[2,1]', 0, 8)},"a":${entry('I32', '[]', 8, 12)}}   `;
    const { tensors, metadata } = parseSafetensors(file(header, [0, 0, 128, 63, 0, 0, 0, 192, 255, 255, 255, 255]));
    expect([...metadata]).toEqual([['format', 'pt']]);
    expect([...tensors.keys()]).toEqual(['b', 'a']);
    expect(tensors.get('b')).toEqual({ dtype: 'float32', shape: [2, 1], data: Float32Array.of(1, -2) });
    expect(tensors.get('a')).toEqual({ dtype: 'int32', shape: [], data: Int32Array.of(-1) });
  });

  test('every dtype', () => {
    const read = (dtype: string, bytes: number[], count: number) =>
      only(`{"x":${entry(dtype, `[${count}]`, 0, bytes.length)}}`, bytes);
    expect(read('U8', [0, 255], 2)).toMatchObject({ dtype: 'int32', data: Int32Array.of(0, 255) });
    expect(read('I8', [0, 255], 2)).toMatchObject({ dtype: 'int32', data: Int32Array.of(0, -1) });
    expect(read('U16', [1, 255], 1)).toMatchObject({ dtype: 'int32', data: Int32Array.of(0xff01) });
    expect(read('I16', [0, 128], 1)).toMatchObject({ dtype: 'int32', data: Int32Array.of(-32768) });
    expect(read('I64', [254, 255, 255, 255, 255, 255, 255, 255], 1)).toMatchObject({ data: Int32Array.of(-2) });
    expect(read('U64', [7, 0, 0, 0, 0, 0, 0, 0], 1)).toMatchObject({ data: Int32Array.of(7) });
    expect(read('U32', [0, 0, 0, 128], 1)).toMatchObject({ dtype: 'uint32', data: Uint32Array.of(2 ** 31) });
    expect(read('BOOL', [1, 0], 2)).toMatchObject({ dtype: 'bool', data: Uint8Array.of(1, 0) });
    expect(read('F64', [0, 0, 0, 0, 0, 0, 248, 63], 1)).toMatchObject({ dtype: 'float64', data: Float64Array.of(1.5) });
  });

  test('half precision: normal, subnormal, infinity, NaN', () => {
    // 1, -2, 2^-24 (least subnormal), 65504 (greatest), +inf, NaN
    const halves = only(`{"x":${entry('F16', '[6]', 0, 12)}}`, [0, 60, 0, 192, 1, 0, 255, 123, 0, 124, 0, 126]);
    expect(halves.data).toEqual(Float32Array.of(1, -2, 2 ** -24, 65504, Infinity, NaN));
    expect(halves.dtype).toBe('float16');
    const data = Float32Array.of(0, -0, 1, -2.5, 2 ** -24, -(2 ** -15), 65504, -Infinity, 1.0009765625);
    const again = parseSafetensors(serializeSafetensors([['h', { dtype: 'float16', shape: [9], data }]]));
    expect(again.tensors.get('h')).toEqual({ dtype: 'float16', shape: [9], data });
    const brain = only(`{"x":${entry('BF16', '[3]', 0, 6)}}`, [128, 63, 128, 255, 192, 127]);
    expect(brain.data).toEqual(Float32Array.of(1, -Infinity, NaN));
  });

  test('data that is not aligned, whatever kind of byte array holds it', () => {
    const header = `{"flag":${entry('BOOL', '[1]', 0, 1)},"x":${entry('F32', '[1]', 1, 5)}}`;
    const bytes = file(header, [1, 0, 0, 128, 63]);
    expect(parseSafetensors(bytes).tensors.get('x')!.data).toEqual(Float32Array.of(1));
    if (typeof Buffer !== 'undefined') {
      // A Node Buffer's slice() does not copy, unlike a Uint8Array's.
      const { tensors } = parseSafetensors(Buffer.from(bytes));
      expect(tensors.get('x')!.data).toEqual(Float32Array.of(1));
      expect(tensors.get('flag')!.data.constructor).toBe(Uint8Array);
    }
  });

  test('empty files, empty tensors, and offsets in any order', () => {
    expect(parseSafetensors(file('{}')).tensors.size).toBe(0);
    const header = `{"x":${entry('U8', '[1]', 1, 2)},"none":${entry('F32', '[0,3]', 1, 1)},"y":${entry('U8', '[1]', 0, 1)}}`;
    const { tensors } = parseSafetensors(file(header, [5, 6]));
    expect([...tensors].map(([name, t]) => [name, [...t.data]])).toEqual([
      ['x', [6]],
      ['none', []],
      ['y', [5]],
    ]);
  });

  test('names that are special to JavaScript are only names', () => {
    const names = ['__proto__', 'constructor', 'toString', '0', 'é€😀', 'a"b\\c'];
    const entries = names.map((name, i): [string, RawTensor] => [
      name,
      { dtype: 'int32', shape: [1], data: Int32Array.of(i) },
    ]);
    const { tensors, metadata } = parseSafetensors(serializeSafetensors(entries));
    expect([...tensors.keys()]).toEqual(names);
    expect([...tensors.values()].map((t) => t.data[0])).toEqual([0, 1, 2, 3, 4, 5]);
    expect(metadata.size).toBe(0);
    expect(parseSafetensors(file('{"__metadata__":{"__proto__":"x"}}')).metadata.get('__proto__')).toBe('x');
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});

describe('serializeSafetensors', () => {
  test('round trip keeps names, order, dtypes, shapes, bits and metadata', () => {
    const entries: [string, RawTensor][] = [
      ['flag', { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) }],
      ['w', { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, -0, NaN, Infinity) }],
      ['d', { dtype: 'float64', shape: [1], data: Float64Array.of(Math.PI) }],
      ['i', { dtype: 'int32', shape: [], data: Int32Array.of(-5) }],
      ['u', { dtype: 'uint32', shape: [1, 1], data: Uint32Array.of(2 ** 32 - 1) }],
      ['none', { dtype: 'float32', shape: [0], data: new Float32Array(0) }],
    ];
    const bytes = serializeSafetensors(entries, { epoch: '3' });
    const { tensors, metadata } = parseSafetensors(bytes);
    expect([...tensors]).toEqual(entries);
    expect([...metadata]).toEqual([['epoch', '3']]);
    expect(serializeSafetensors(tensors, { epoch: '3' })).toEqual(bytes);
  });

  test('every tensor is aligned, so reading makes no copy', () => {
    const bytes = serializeSafetensors([
      ['flag', { dtype: 'bool', shape: [1], data: Uint8Array.of(1) }],
      ['d', { dtype: 'float64', shape: [1], data: Float64Array.of(2) }],
      ['f', { dtype: 'float32', shape: [1], data: Float32Array.of(3) }],
    ]);
    for (const { data } of parseSafetensors(bytes).tensors.values()) expect(data.buffer).toBe(bytes.buffer);
  });

  test('refuses what a reader would refuse', () => {
    const t: RawTensor = { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) };
    expect(() => serializeSafetensors([['__metadata__', t]])).toThrow(OptionError);
    expect(() =>
      serializeSafetensors([
        ['a', t],
        ['a', t],
      ]),
    ).toThrow(/two tensors are named 'a'/);
    expect(() => serializeSafetensors([['a', { ...t, shape: [3] }]])).toThrow(ShapeError);
    expect(() => serializeSafetensors([], { step: 3 } as unknown as Record<string, string>)).toThrow(
      /'step' must be a string/,
    );
  });
});

describe('parseSafetensors refuses', () => {
  const cases: [name: string, bytes: Uint8Array, message: string][] = [
    ['an empty file', new Uint8Array(0), '0 bytes'],
    ['a file shorter than the header length', new Uint8Array(7), '7 bytes'],
    ['a header length of zero', file(''), "does not start with '{'"],
    ['a header longer than the file', file('{}', [], 3), 'truncated'],
    ['a header over 100 MB', file('{}', [], 100_000_001), '100000001 bytes long'],
    ['a header length of 2^64 - 1', file('{}', [], 2n ** 64n - 1n), 'is this a safetensors file?'],
    ['a header that is an array', file('[]'), "does not start with '{'"],
    ['a header that starts with a space', file(' {}'), "does not start with '{'"],
    ['invalid UTF-8', file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)), 'UTF-8'],
    ['a byte order mark', file('\ufeff{}'), "does not start with '{'"],
    ['broken JSON', file('{"x":'), 'expected a value at character 5'],
    ['text after the JSON', file('{} x'), 'unexpected text after the end'],
    ['zero padding', file('{}\0\0'), 'unexpected text after the end'],
    ['a control character in a name', file('{"a\nb":1}'), 'unfinished string'],
    ['a bad escape', file('{"\\q":1}'), 'bad escape'],
    ['a trailing comma', file('{"__metadata__":{},}'), 'expected a string'],
    ['an unfinished string', file('{"x'), 'unfinished string'],
    ['deep JSON', file(`{"x":${'['.repeat(100_000)}`), 'nested deeper than 4'],
    ['deep objects', file('{"x":'.repeat(50_000)), 'nested deeper than 4'],
    [
      'duplicate names',
      file(`{"x":${entry('U8', '[1]', 0, 1)},"x":${entry('U8', '[1]', 0, 1)}}`, [1]),
      'duplicate key "x"',
    ],
    ['duplicate names, one escaped', file('{"__metadata__":{"a":"1","\\u0061":"2"}}'), 'duplicate key "a"'],
    ['metadata that is a number', file('{"__metadata__":{"a":1}}'), 'is not a string'],
    ['metadata that is a list', file('{"__metadata__":[]}'), 'not an object of strings'],
    ['a tensor that is no object', file('{"x":3}'), 'is not an object'],
    ['no dtype', file('{"x":{"shape":[],"data_offsets":[0,0]}}'), 'unsupported dtype (missing)'],
    ['an unknown dtype', file(`{"x":${entry('F8_E4M3', '[1]', 0, 1)}}`, [0]), 'unsupported dtype "F8_E4M3"'],
    [
      'a dtype named like an object member',
      file(`{"x":${entry('constructor', '[1]', 0, 1)}}`, [0]),
      'unsupported dtype',
    ],
    ['a negative zero', file(`{"x":${entry('U8', '[-0]', 0, 0)}}`), 'bad shape'],
    ['more dims than there are', file(`{"x":${entry('U8', `[${Array(65).fill(1)}]`, 0, 1)}}`, [0]), 'has 65 dims'],
    ['a negative dim', file(`{"x":${entry('U8', '[-1]', 0, 1)}}`, [0]), 'bad shape -1'],
    ['a fractional dim', file(`{"x":${entry('U8', '[0.5]', 0, 1)}}`, [0]), 'bad shape 0.5'],
    ['a dim beyond 2^53', file(`{"x":${entry('U8', '[1e300]', 0, 1)}}`, [0]), 'bad shape'],
    ['a text dim', file(`{"x":${entry('U8', '["1"]', 0, 1)}}`, [0]), 'bad shape "1"'],
    ['a shape that is missing', file('{"x":{"dtype":"U8","data_offsets":[0,0]}}'), 'bad shape (missing)'],
    [
      'a product that overflows',
      file(`{"x":${entry('U8', '[4294967296,4294967296,4294967296]', 0, 1)}}`, [0]),
      'its data_offsets span 1',
    ],
    [
      'a product that wraps 64 bits to 0',
      file(`{"x":${entry('U8', '[4294967296,4294967296]', 0, 0)}}`),
      'its data_offsets span 0',
    ],
    ['three offsets', file('{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1,1]}}', [0]), 'bad data_offsets'],
    ['a negative offset', file(`{"x":${entry('U8', '[1]', -1, 0)}}`, [0]), 'bad data_offsets'],
    ['begin after end', file(`{"x":${entry('U8', '[1]', 1, 0)}}`, [0]), 'begins at 1, after its end 0'],
    [
      'offsets that do not fit the shape',
      file(`{"x":${entry('F32', '[2]', 0, 4)}}`, [0, 0, 0, 0]),
      'takes 8 bytes, its data_offsets span 4',
    ],
    ['offsets past the end', file(`{"x":${entry('U8', '[2]', 0, 2)}}`, [0]), 'truncated'],
    [
      'overlapping tensors',
      file(`{"x":${entry('U8', '[2]', 0, 2)},"y":${entry('U8', '[2]', 1, 3)}}`, [0, 0, 0]),
      'overlaps',
    ],
    [
      'the same bytes twice',
      file(`{"x":${entry('U8', '[1]', 0, 1)},"y":${entry('U8', '[1]', 0, 1)}}`, [0]),
      'overlaps',
    ],
    [
      'a hole between tensors',
      file(`{"x":${entry('U8', '[1]', 0, 1)},"y":${entry('U8', '[1]', 2, 3)}}`, [0, 0, 0]),
      'hole',
    ],
    ['a hole at the start', file(`{"x":${entry('U8', '[1]', 1, 2)}}`, [0, 0]), 'hole'],
    ['bytes after the last tensor', file(`{"x":${entry('U8', '[1]', 0, 1)}}`, [0, 9]), '1 bytes after the last tensor'],
    ['data but no tensors', file('{}', [1]), '1 bytes after the last tensor'],
    ['a BOOL that is 2', file(`{"x":${entry('BOOL', '[2]', 0, 2)}}`, [1, 2]), 'holds 2 at element 1'],
    [
      'an I64 beyond int32',
      file(`{"x":${entry('I64', '[1]', 0, 8)}}`, [0, 0, 0, 128, 0, 0, 0, 0]),
      'holds 2147483648 at element 0',
    ],
  ];
  test.each(cases)('%s', (_name, bytes, message) => {
    expect(problem(bytes)).toContain(message);
  });

  test('a message never repeats a hostile name whole', () => {
    expect(problem(file(`{"${'x'.repeat(1_000_000)}":1}`)).length).toBeLessThan(200);
  });

  test('every truncation of a good file', () => {
    const good = serializeSafetensors([['x', { dtype: 'float32', shape: [3], data: Float32Array.of(1, 2, 3) }]]);
    for (let length = 0; length < good.length; length++) problem(good.slice(0, length));
  });

  test('random damage gives a result or a FormatError, nothing else', () => {
    const good = serializeSafetensors(
      [
        ['a.weight', { dtype: 'float32', shape: [2, 2], data: new Float32Array(4) }],
        ['n', { dtype: 'bool', shape: [1], data: Uint8Array.of(1) }],
      ],
      { format: 'pt' },
    );
    let state = 12345;
    const random = (n: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state % n;
    };
    for (let round = 0; round < 3000; round++) {
      const bytes = good.slice();
      for (let i = 0; i <= random(3); i++) bytes[random(bytes.length)] = random(256);
      try {
        parseSafetensors(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }
  });
});
