import { encode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import {
  decodeImage,
  parseCifar10,
  parseCifar100,
  parseCsv,
  parseSprite,
  TensorDataset,
  transforms,
} from '../../src/data/index.ts';
import { FormatError, OptionError, ShapeError } from '../../src/index.ts';
import { pngs } from './png.ts';

describe('CIFAR', () => {
  test('labels and planes', async () => {
    const bytes = Uint8Array.from({ length: 2 * 3073 }, (_, i) => i % 251);
    bytes[0] = 7;
    bytes[3073] = 2;
    const { images, labels } = parseCifar10(bytes);
    expect([...labels.data]).toEqual([7, 2]);
    expect(images.data.subarray(0, 3072)).toEqual(bytes.subarray(1, 3073));
    expect(images.data.subarray(3072)).toEqual(bytes.subarray(3074));
    const [x, y] = new TensorDataset({ ...images, scale: 1 / 255 }, labels).get(1);
    expect([x.shape, await y.item()]).toEqual([[3, 32, 32], 2]);
  });
  test('CIFAR-100 has a coarse label first', () => {
    const bytes = new Uint8Array(3074);
    bytes.set([19, 99, 5]);
    const { images, labels, coarseLabels } = parseCifar100(bytes);
    expect([labels.data[0], coarseLabels.data[0], images.data[0]]).toEqual([99, 19, 5]);
  });
  test('what is none', () => {
    expect(() => parseCifar10(new Uint8Array(3074))).toThrow(FormatError);
    expect(() => parseCifar10(new Uint8Array(3073).fill(10))).toThrow('record 0 has label 10, of 10 classes');
    expect(() => parseCifar10([1] as never)).toThrow(OptionError);
  });
});

describe('images', () => {
  test('PNG of any kind', async () => {
    const data = new Uint8Array([255, 0, 0, 0, 255, 51]);
    const image = await decodeImage(encode({ width: 2, height: 1, data, channels: 3, depth: 8 }));
    expect(image).toEqual({ width: 2, height: 1, data, channels: 3, depth: 8 });
    const deep = encode({ width: 1, height: 1, data: Uint16Array.of(40000), channels: 1, depth: 16 });
    expect(await decodeImage(deep)).toMatchObject({ depth: 16, data: Uint16Array.of(40000) });
    const fetched = new Response(encode({ width: 2, height: 1, data, channels: 3, depth: 8 }) as BodyInit);
    expect((await decodeImage(fetched)).data).toEqual(data);
    expect(await new transforms.ToTensor().forward(image).tolist()).toEqual([
      [[1, 0]],
      [[0, 1]],
      [[0, expect.closeTo(0.2)]],
    ]);
  });
  test('what is none', async () => {
    await expect(decodeImage(new Uint8Array([1, 2, 3]))).rejects.toThrow(FormatError);
    const cut = encode({ width: 2, height: 1, data: new Uint8Array(6), channels: 3, depth: 8 }).subarray(0, 50);
    await expect(decodeImage(cut)).rejects.toThrow(FormatError);
    await expect(decodeImage(new Response('', { status: 404 }))).rejects.toThrow('404');
    await expect(decodeImage('digits.png' as never)).rejects.toThrow("decodeImage(await fetch('digits.png'))");
  });
  // The same in a page: image.browser.test.ts.
  test.each(pngs)('%s', async (_, make, channels, data) => {
    const image = await decodeImage(await make());
    expect([image.channels, image.depth, [...image.data]]).toEqual([channels, 8, data]);
  });
  test('sprite sheets: tiles, and images that are rows', () => {
    const grid = { width: 4, height: 2, channels: 1, data: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]) };
    expect(parseSprite(grid, [2, 2])).toEqual({ data: new Uint8Array([1, 2, 5, 6, 3, 4, 7, 8]), shape: [2, 1, 2, 2] });
    const rows = { width: 2, height: 2, channels: 3, data: Uint8Array.from({ length: 12 }, (_, i) => i) };
    const sprites = parseSprite(rows, [2, 1], { layout: 'rows' });
    expect(sprites.shape).toEqual([2, 3, 2, 1]);
    expect([...sprites.data]).toEqual([0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]);
    expect(() => parseSprite(grid, [3, 2])).toThrow(ShapeError);
    expect(() => parseSprite({ ...grid, width: 5 }, [2, 2])).toThrow(
      '5 × 2 pixels of 1 channels need 10 elements, got 8',
    );
  });
});

describe('CSV', () => {
  test('types, quotes, missing values', () => {
    const table = parseCsv(
      '\uFEFFid,name,score,empty\r\n1,"Doe, ""Jo""",0.5,\r\n\r\n-2,"two\nlines",NA,\r\n3,,1e3,\r\n',
    );
    expect(table.names).toEqual(['id', 'name', 'score', 'empty']);
    expect(table.column('id')).toEqual(Int32Array.of(1, -2, 3));
    expect(table.column('name')).toEqual(['Doe, "Jo"', 'two\nlines', null]);
    expect(table.column('score')).toEqual(Float64Array.of(0.5, Number.NaN, 1000));
    expect(table.column('empty')).toEqual([null, null, null]);
    expect(table.length).toBe(3);
    expect(table.numbers('score', 'id')).toEqual({
      data: Float32Array.of(0.5, 1, Number.NaN, -2, 1000, 3),
      shape: [3, 2],
    });
    expect(table.numbers().shape).toEqual([3, 2]);
  });
  test('categories', () => {
    const table = parseCsv('kind\nb\na\n\nb\n');
    expect(table.categories('kind')).toEqual({ values: ['a', 'b'], data: Int32Array.of(1, 0, 1), shape: [3] });
    expect(() => table.categories('kind', ['a'])).toThrow("row 0 has 'b'");
    expect(parseCsv('n\n10\n9\n').categories('n').values).toEqual(['9', '10']);
  });
  test('without a header, with another delimiter, quoted numbers', () => {
    const table = parseCsv('1;"2"\n""\n'.replace('""\n', '3;""\n'), { header: false, delimiter: ';' });
    expect(table.names).toEqual(['0', '1']);
    expect(table.column('1')).toEqual(['2', '']);
    expect(parseCsv('').length).toBe(0);
    expect(parseCsv('a,b').names).toEqual(['a', 'b']);
    expect(parseCsv('a,b\n1,').column('b')).toEqual([null]);
  });
  test('names are only names', () => {
    expect(parseCsv('__proto__,constructor\n1,2\n').column('__proto__')).toEqual(Int32Array.of(1));
    expect(() => parseCsv('a\n1\n').column('toString')).toThrow(OptionError);
  });
  test.each([
    ['a,b\n1\n', 'line 2 has 1 values, not 2'],
    ['a\n"1\n2\n', 'the quote that begins in line 2 does not end'],
    ['a\n"1"2\n', "line 2 has '2' behind a quoted value"],
    ['a,a\n', "the name 'a' occurs twice in line 1"],
    ['a,b\n"1\n2",3\n4\n', 'line 4 has 1 values, not 2'],
  ])('wrong: %j', (text, message) => {
    expect(() => parseCsv(text)).toThrow(FormatError);
    expect(() => parseCsv(text)).toThrow(message);
  });
  test('a line of a million quotes, or of a million digits, is read like any other', () => {
    expect(parseCsv(`a\n"${'""'.repeat(1e6)}"\n`).column('a')[0]).toBe('"'.repeat(1e6));
    expect(parseCsv(`a\n${'1'.repeat(1e6)}\n`).column('a')).toEqual(['1'.repeat(1e6)]);
  });
});
