import { describe, expect, test } from 'vitest';
import { FormatError } from '../../src/core/errors.ts';
import { parseIdx } from '../../src/data/idx.ts';

function idx(type: number, dims: readonly number[], body: readonly number[]): Uint8Array {
  const header = dims.flatMap((d) => [(d >>> 24) & 255, (d >>> 16) & 255, (d >>> 8) & 255, d & 255]);
  return Uint8Array.from([0, 0, type, dims.length, ...header, ...body]);
}

function problem(bytes: Uint8Array): string {
  let caught: unknown;
  try {
    parseIdx(bytes);
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(FormatError);
  return (caught as Error).message;
}

describe('parseIdx reads', () => {
  test('every type, big-endian', () => {
    expect(parseIdx(idx(0x08, [2, 2], [1, 2, 3, 255]))).toEqual({
      dtype: 'uint8',
      shape: [2, 2],
      data: Uint8Array.of(1, 2, 3, 255),
    });
    expect(parseIdx(idx(0x09, [2], [255, 127])).data).toEqual(Int8Array.of(-1, 127));
    expect(parseIdx(idx(0x0b, [2], [0x01, 0x02, 0xff, 0xfe])).data).toEqual(Int16Array.of(258, -2));
    expect(parseIdx(idx(0x0c, [1], [0xff, 0xff, 0xff, 0x80])).data).toEqual(Int32Array.of(-128));
    expect(parseIdx(idx(0x0d, [1], [0x3f, 0xc0, 0, 0])).data).toEqual(Float32Array.of(1.5));
    expect(parseIdx(idx(0x0e, [1], [0xbf, 0xf8, 0, 0, 0, 0, 0, 0])).data).toEqual(Float64Array.of(-1.5));
  });

  test('bytes that start at an odd offset of their buffer', () => {
    const file = idx(0x0d, [2], [0x3f, 0x80, 0, 0, 0x40, 0, 0, 0]);
    const shifted = new Uint8Array(file.length + 3);
    shifted.set(file, 3);
    expect(parseIdx(shifted.subarray(3)).data).toEqual(Float32Array.of(1, 2));
  });

  test('scalars and empty arrays', () => {
    expect(parseIdx(idx(0x08, [], [7]))).toEqual({ dtype: 'uint8', shape: [], data: Uint8Array.of(7) });
    expect(parseIdx(idx(0x0c, [3, 0], []))).toEqual({ dtype: 'int32', shape: [3, 0], data: new Int32Array(0) });
  });
});

describe('parseIdx refuses', () => {
  test('files shorter than their header', () => {
    expect(problem(new Uint8Array(0))).toContain('0 bytes');
    expect(problem(Uint8Array.of(0, 0, 8))).toContain('3 bytes');
    expect(problem(Uint8Array.of(0, 0, 8, 3, 0, 0))).toContain('rank-3 header takes 16 bytes, the file has 6');
    expect(problem(Uint8Array.of(0, 0, 8, 255))).toContain('rank-255');
  });

  test('another magic, and says so for gzip', () => {
    expect(problem(Uint8Array.of(1, 0, 8, 1, 0, 0, 0, 0))).toContain('bad magic 01 00 08 01');
    expect(problem(idx(0x0a, [1], [0]))).toContain('bad magic 00 00 0a 01');
    expect(problem(Uint8Array.of(0x1f, 0x8b, 8, 0))).toContain('gzip');
  });

  test('data that is cut short or too long', () => {
    expect(problem(idx(0x08, [2, 3], [1, 2, 3, 4, 5]))).toContain(
      'truncated: uint8 of shape [2, 3] takes 18 bytes, the file has 17',
    );
    expect(problem(idx(0x0d, [1], [0, 0, 0, 0, 9]))).toContain('trailing bytes');
    expect(problem(idx(0x0e, [0], [1]))).toContain('trailing bytes');
  });

  test('sizes no file can have, without allocating them', () => {
    expect(problem(idx(0x08, [0xffffffff], []))).toContain('truncated');
    expect(problem(idx(0x0e, [0xffffffff, 0xffffff], []))).toContain('beyond 2^53');
    expect(
      problem(
        idx(
          0x08,
          Array.from({ length: 255 }, () => 0xffffffff),
          [],
        ),
      ),
    ).toContain('beyond 2^53');
    expect(problem(idx(0x08, [0xffffffff, 0xffffffff, 0], []))).toContain('beyond 2^53');
  });

  test('every truncation of a good file', () => {
    const good = idx(0x0b, [2, 2], [0, 1, 0, 2, 0, 3, 0, 4]);
    for (let length = 0; length < good.length; length++) problem(good.slice(0, length));
  });
});
