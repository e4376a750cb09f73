/** Files made to harm: every one is refused with a typed error, soon, and with nothing loaded half. */
import fc from 'fast-check';
import { FormatError, init, LumigradError, ones, type Tensor, tensor } from 'lumigrad';
import {
  load,
  loadCheckpoint,
  parseNpy,
  safeOpen,
  saveNpy,
  saveNpz,
  saveSafetensors,
  serializeCheckpoint,
  serializeTorch,
} from 'lumigrad/io';
import { beforeAll, describe, expect, test } from 'vitest';
import { crc32 } from '../../src/io/crc32.ts';
import { writeZip } from '../../src/io/zip.ts';
import golden from '../golden/files.json';

beforeAll(() => init({ device: 'cpu' }));

const file = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const text = (s: string): number[] => [...new TextEncoder().encode(s)];
/** A file of torch.save whose pickle is these opcodes. */
const pickled = (codes: readonly (number | string)[]): Promise<Uint8Array> =>
  archive({
    'a/data.pkl': codes.flatMap((c) => (typeof c === 'string' ? Array.from(c, (d) => d.charCodeAt(0)) : [c])),
  });
const archive = (files: Record<string, number[] | Uint8Array>): Promise<Uint8Array<ArrayBuffer>> =>
  writeZip(Object.entries(files).map(([name, bytes]) => ({ name, bytes: Uint8Array.from(bytes) })));

async function refuses(bytes: Uint8Array | Promise<Uint8Array>, message: string | RegExp): Promise<void> {
  const loading = load(await bytes);
  await expect(loading).rejects.toThrow(FormatError);
  await expect(loading).rejects.toThrow(message);
}

describe('pickles', () => {
  const STOP = '.';
  const SET = ['c__builtin__\nset\n'];
  test.each<[string, (number | string)[], string]>([
    ['empty', [], 'truncated'],
    ['that end too early', [0x80, 2, '}'], 'truncated'],
    ['of nothing', [STOP], 'a value is missing'],
    ['with values left over', ['NN', STOP], 'values are left at the end'],
    ['with bytes left over', ['N', STOP, 'x'], 'bytes are left at the end'],
    ['with an opcode of old protocols', ['I1\n', STOP], 'the opcode 0x49'],
    ['that build objects', ['i__main__\nX\n', STOP], 'the opcode 0x69'],
    ['that ask for eval', ['cbuiltins\neval\n(X\x01\x00\x00\x001tR', STOP], 'builtins.eval, which is not allowed'],
    [
      'that ask by stack',
      ['X\x02\x00\x00\x00osX\x06\x00\x00\x00system', 0x93, STOP],
      'os.system, which is not allowed',
    ],
    ['that ask for a member of every object', ['cconstructor\nprototype\n', STOP], 'constructor.prototype'],
    ['that ask for a dotted path', ['ctorch\nserialization.os.system\n', STOP], 'torch.serialization.os.system'],
    ['that call what is no function', ['N)R', STOP], 'a call of what is no function'],
    ['that call without arguments', [...SET, 'NR', STOP], 'without arguments'],
    ['that return a function', [...SET, STOP], '__builtin__.set is no data'],
    ['that hide a function in a list', ['](', ...SET, 'e', STOP], 'is no data'],
    ['that take what was never kept', ['h\x00', STOP], 'nothing was kept under 0'],
    ['that take from below a mark', ['N(a', STOP], 'a value is missing'],
    ['without a mark', ['t', STOP], 'a mark is missing'],
    ['that append to a dict', ['}Na', STOP], 'what is no list'],
    ['that set items of a list', [']NNs', STOP], 'what is no dict'],
    ['that set half an item', ['}(Nu', STOP], 'what is no dict'],
    ['that set attributes', [']}b', STOP], 'attributes are set on what is no dict'],
    ['that contain themselves', [']q\x00h\x00a', STOP], 'contains itself'],
    ['whose dict is its own key', ['}q\x00h\x00Ns', STOP], 'contains itself'],
    ['of lists in lists', [']'.repeat(200) + 'a'.repeat(199), STOP], 'nested more than 100 deep'],
    ['of very many lists in lists', [']'.repeat(200_000) + 'a'.repeat(199_999), STOP], 'nested more than 100 deep'],
    ['with an endless text', ['X\xff\xff\xff\xff', STOP], 'truncated'],
    ['with a text that is none', ['X\x02\x00\x00\x00', 0xff, 0xfe, STOP], 'not valid UTF-8'],
    ['with a number of 4 GB', [0x8b, 0xff, 0xff, 0xff, 0xff, STOP], 'an integer of 4294967295 bytes'],
    ['with an unknown storage', ['NQ', STOP], 'a malformed storage'],
    [
      'with a tensor without a storage',
      ['ctorch._utils\n_rebuild_tensor_v2\n(NK\x00))NN', 'tR', STOP],
      'a malformed tensor',
    ],
    [
      'with bytes of another encoding',
      ['c_codecs\nencode\nX\x01\x00\x00\x00aX\x04\x00\x00\x00utf8', 0x86, 'R', STOP],
      'a malformed bytes',
    ],
  ])('%s', async (_name, codes, message) => {
    await refuses(pickled(codes), message);
  });

  // A list of two times the list before it, sixty times: 2^60 lists for whoever does not notice.
  const kept = (i: number): string => `h${String.fromCharCode(i)}`;
  const doubled = (first: string, open: string, close: string): string =>
    Array.from({ length: 60 }, (_, i) => `${open}${kept(i)}${kept(i)}${close}q${String.fromCharCode(i + 1)}0`).reduce(
      (all, step) => all + step,
      `${first}q\x000`,
    );
  test('parts that are shared a thousandfold cost nothing', async () => {
    const value = await load<unknown[]>(await pickled([`${doubled(']', '](', 'e')}${kept(60)}.`]));
    expect(value[0]).toBe(value[1]);
  });
  // A list of 10 000 that is kept, and given to a function 10 000 times: 100 million items.
  const many = 10_000;
  const again = (before: string, call: string): string => `${before}q\x000](${call.repeat(many)}e.`;
  const item = 'X\x01\x00\x00\x00a';
  test.each<[string, string, string]>([
    ['a name that is a list of lists', `${doubled(']', '](', 'e')}${kept(60)}h\x00\x93.`, 'a name that is no text'],
    ['names of devices of names of devices', `${doubled(item, 'ctorch\ndevice\n(', 'tR')}N.`, 'a malformed device'],
    ['sets of a list', again(`](${'N'.repeat(many)}e`, 'c__builtin__\nset\n(h\x00tR'), 'over and over'],
    [
      'dicts of a list',
      again(`](${`(${item}Nt`.repeat(1000)}e`, 'ccollections\nOrderedDict\n(h\x00tR'),
      'over and over',
    ],
    [
      'bytes of a text',
      again(`X\x10\x27\x00\x00${'a'.repeat(many)}`, 'c_codecs\nencode\n(h\x00X\x06\x00\x00\x00latin1tR'),
      'over and over',
    ],
    ['a size of more dims than there are', `ctorch\nSize\n((${'K\x01'.repeat(65)}ttR.`, 'a malformed Size'],
  ])('%s', async (_name, codes, message) => {
    await refuses(pickled([codes]), message);
  });
  test('what PyTorch writes beside tensors', async () => {
    // A Counter, as of a scheduler's milestones; bytearrays of either protocol; a device with its number; 2^31 as a long.
    const value = await load<unknown[]>(
      await pickled([
        `](ccollections\nCounter\n(}${item}K\x02stR`,
        'c__builtin__\nbytearray\n(C\x02hitR',
        'cbuiltins\nbytearray\n)R',
        'ctorch\ndevice\n(X\x04\x00\x00\x00cudaK\x01tR',
        'ctorch\ncomplex64\n',
        '\x8a\x05\x00\x00\x00\x80\x00e.',
      ]),
    );
    const bytes = [new TextEncoder().encode('hi'), new Uint8Array()];
    expect(value).toEqual([new Map([['a', 2]]), ...bytes, 'cuda:1', 'torch.complex64', 2 ** 31]);
  });
});

describe('tensors of torch.save', () => {
  const uint32 = (n: number) => [0, 8, 16, 24].map((shift) => (n >>> shift) & 0xff);
  const int = (n: number) => [0x4a, ...uint32(n)];
  const string = (s: string) => [0x58, ...uint32(s.length), ...text(s)];
  const list = (...items: number[][]) => [0x28, ...items.flat(), 0x74];
  const storage = (count: number[], key = '0', type = 'FloatStorage') =>
    list(
      string('storage'),
      text(`ctorch${type.startsWith('storage') ? '.' : '\n'}${type}\n`),
      string(key),
      string('cpu'),
      count,
    ).concat(0x51);
  const rebuild = (store: number[], offset: number[], sizes: number[][], strides: number[][]) => [
    ...text('ctorch._utils\n_rebuild_tensor_v2\n'),
    ...list(store, offset, list(...sizes), list(...strides), [0x89], [0x4e]),
    0x52,
    0x2e,
  ];
  const of = (pickle: number[], data: number[] = [0, 0, 128, 63]) =>
    archive({ 'a/data.pkl': pickle, 'a/data/0': data });

  test('as they should be', async () => {
    const t = await load<Tensor>(await of(rebuild(storage(int(1)), int(0), [int(1)], [int(1)])));
    expect(await t.tolist()).toEqual([1]);
    // A hundred million elements that are one: no more than the file justifies is allocated.
    const wide = await load<Tensor>(await of(rebuild(storage(int(1)), int(0), [int(1e4), int(1e4)], [int(0), int(0)])));
    expect(wide.shape).toEqual([1e4, 1e4]);
  });
  test('of a machine of the other byte order, whether or not the storage says its type', async () => {
    const file = (count: number, key: string, rest: number[][]) =>
      archive({
        'a/byteorder': text('big'),
        'a/data.pkl': [
          ...text(`ctorch._utils\n_rebuild_tensor_v${rest.length > 0 ? 3 : 2}\n`),
          ...list(storage(int(count), '0', key), int(0), list(int(2)), list(int(1)), [0x89], [0x4e], ...rest),
          0x52,
          0x2e,
        ],
        'a/data/0': [0, 0, 0, 1, 0, 0, 1, 0],
      });
    const typed = await load<Tensor>(await file(2, 'IntStorage', []));
    const untyped = await load<Tensor>(await file(8, 'storage\nUntypedStorage', [text('ctorch\nuint32\n')]));
    expect([typed.dtype, await typed.tolist(), untyped.dtype, await untyped.tolist()]).toEqual([
      'int32',
      [1, 256],
      'uint32',
      [1, 256],
    ]);
    await refuses(archive({ 'a/byteorder': text('odd'), 'a/data.pkl': text('N.') }), 'Unknown endianness type: "odd"');
  });
  test('with attributes of their own, which are left out', async () => {
    const [rebuilt] = [rebuild(storage(int(1)), int(0), [int(1)], [int(1)])];
    const args = rebuilt.slice('ctorch._utils\n_rebuild_tensor_v2\n'.length, -2);
    const t = await load<Tensor>(
      await of([
        ...text('ctorch._tensor\n_rebuild_from_type_v2\n'),
        ...list(text('ctorch._utils\n_rebuild_tensor_v2\n'), text('ctorch\nTensor\n'), args, [0x7d]),
        0x52,
        0x2e,
      ]),
    );
    expect(await t.tolist()).toEqual([1]);
  });
  test.each<[string, Promise<Uint8Array>, string]>([
    [
      'of complex numbers',
      of(rebuild(storage(int(1), '0', 'ComplexFloatStorage'), int(0), [], [])),
      'tensors of complex64 are not supported',
    ],
    [
      'of quantized numbers',
      of(rebuild(storage(int(1), '0', 'QInt8Storage'), int(0), [], [])),
      'tensors of qint8 are not supported',
    ],
    ['beyond the storage', of(rebuild(storage(int(1)), int(0), [int(2)], [int(1)])), 'reaches beyond its storage of 1'],
    ['at an offset beyond it', of(rebuild(storage(int(1)), int(1), [int(1)], [int(1)])), 'reaches beyond'],
    ['at a negative offset', of(rebuild(storage(int(1)), int(-1), [int(1)], [int(1)])), 'a malformed tensor'],
    ['of a negative size', of(rebuild(storage(int(1)), int(0), [int(-1)], [int(1)])), 'a malformed tensor'],
    ['of a negative stride', of(rebuild(storage(int(1)), int(0), [int(1)], [int(-1)])), 'a malformed tensor'],
    ['of a size without a stride', of(rebuild(storage(int(1)), int(0), [int(1)], [])), 'a malformed tensor'],
    [
      'of 2^60 elements',
      of(rebuild(storage(int(1)), int(0), [int(2 ** 30), int(2 ** 30)], [int(0), int(0)])),
      'reaches beyond',
    ],
    [
      'whose storage is longer in the pickle',
      of(rebuild(storage(int(2)), int(0), [int(2)], [int(1)])),
      'not of the 2 elements',
    ],
    [
      'whose storage is shorter in the pickle',
      of(rebuild(storage(int(1)), int(0), [int(1)], [int(1)]), [0, 0, 0, 0, 0]),
      'not of the 1 elements',
    ],
    [
      'whose storage is missing',
      of(rebuild(storage(int(1), '1'), int(0), [int(1)], [int(1)])),
      'not of the 1 elements',
    ],
    [
      'whose storage has a path',
      of(rebuild(storage(int(1), '../x'), int(0), [int(1)], [int(1)])),
      'not of the 1 elements',
    ],
    [
      'whose storage is of an unknown type',
      of(rebuild(storage(int(1), '0', 'WordStorage'), int(0), [int(1)], [int(1)])),
      'torch.WordStorage',
    ],
    [
      'whose flags are no booleans',
      of(rebuild(storage(int(1), '0', 'BoolStorage'), int(0), [int(1)], [int(1)]), [2]),
      'holds 2 at element 0',
    ],
  ])('%s', async (_name, bytes, message) => {
    await refuses(bytes, message);
  });
});

describe('archives', () => {
  const one = (): Promise<Uint8Array<ArrayBuffer>> => saveNpz({ x: ones([3]) }, { compressed: true });
  const directoryOf = (bytes: Uint8Array) => new DataView(bytes.buffer).getUint32(bytes.length - 6, true);
  const changed = async (offset: number, value: number, size: 2 | 4, make = one) => {
    const bytes = await make();
    const view = new DataView(bytes.buffer);
    if (size === 4) view.setUint32(directoryOf(bytes) + offset, value, true);
    else view.setUint16(directoryOf(bytes) + offset, value, true);
    return bytes;
  };

  test('bombs are not set off', async () => {
    const bomb = await writeZip([{ name: 'x.npy', bytes: new Uint8Array(4 << 20), deflate: true }]);
    expect(bomb.length).toBeLessThan(10_000);
    const says = (size: number): Uint8Array => {
      const bytes = bomb.slice();
      new DataView(bytes.buffer).setUint32(directoryOf(bomb) + 24, size, true);
      return bytes;
    };
    // One that says it is small: reading stops there. One that says how large it is.
    await refuses(says(1000), 'not of the 1000 bytes that are announced');
    await refuses(says(0xfffffff0), `${bomb.length} bytes that are to become 4294967280: this is no honest archive`);
  });
  test('entries that share their content', async () => {
    const bytes = await saveNpz({ x: ones([3]), y: ones([3]) });
    const view = new DataView(bytes.buffer);
    view.setUint32(directoryOf(bytes) + 46 + 5 + 42, 0, true);
    await refuses(bytes, 'overlaps the file before it');
  });
  test.each<[string, () => Promise<Uint8Array>, string]>([
    ['encrypted', () => changed(8, 1, 2), 'encrypted'],
    ['of another method', () => changed(10, 12, 2), 'method 12'],
    ['of another checksum', () => changed(16, 5, 4), 'is damaged'],
    ['of a size that is not stored', () => changed(10, 0, 2), 'contradict each other'],
    ['with a place beyond the end', () => changed(42, 0x7fffffff, 4), 'lies beyond the end'],
    ['of a size that deflate cannot give', () => changed(24, 0x7fffff, 4), 'contradict each other'],
    [
      'with another name in its own header',
      async () => (await one()).with(30, 0x79),
      'the header of "x.npy" is damaged',
    ],
    [
      'whose content begins in the file after it',
      async () => {
        const bytes = await saveNpz({ x: ones([3]), y: ones([3]) });
        new DataView(bytes.buffer).setUint16(28, 200, true);
        return bytes;
      },
      '"x.npy" lies beyond its end',
    ],
    ['with a place that is no header', () => changed(42, 4, 4), 'the header of "x.npy" is damaged'],
    ['with a content beyond the end', () => changed(20, 0x7ffffff, 4), 'lies beyond the end'],
    ['with a name beyond the end', () => changed(28, 0xffff, 2), 'the directory is damaged'],
    ['of an unknown record', () => changed(0, 7, 4), 'the directory is damaged'],
    ['with a size of 64 bits that is missing', () => changed(24, 0xffffffff, 4), 'the directory is damaged'],
    [
      'of two files of one name',
      () => writeZip([1, 2].map(() => ({ name: 'x.npy', bytes: new Uint8Array() }))),
      'two files are named "x.npy"',
    ],
    ['with other files', () => archive({ 'readme.txt': [1] }), 'neither of NumPy nor of PyTorch'],
    ['within an archive', async () => archive({ 'x.npy': await one() }), 'does not start with \\x93NUMPY'],
    ['of nothing but an end', async () => Uint8Array.from([0x50, 0x4b, 5, 6, ...new Array(18).fill(255)]), 'zip: '],
  ])('%s', async (_name, make, message) => {
    await refuses(make(), message);
  });
});

describe('arrays of NumPy', () => {
  const npy = (header: string, data: number[] = []): Uint8Array =>
    Uint8Array.from([0x93, ...text('NUMPY'), 1, 0, header.length & 255, header.length >> 8, ...text(header), ...data]);
  const head = (fields: string) => `{${fields}}\n`;
  const good = "'descr': '|u1', 'fortran_order': False, 'shape': (2,), ";
  test.each<[string, Uint8Array, string]>([
    ['of another version', npy(head(good)).with(6, 9), 'version 9'],
    ['with a header beyond the end', npy(head(good)).with(9, 20), 'truncated in the header'],
    ['with a long header', npy(head(good)).with(9, 200), 'a header of'],
    ['with code for a header', npy("__import__('os').system('x')"), 'the header is no dict'],
    ['with code in the header', npy(head("'shape': __import__('os')")), "bad 'shape'"],
    ['with an unknown field', npy(head("'x': 1")), 'malformed at character 4'],
    ['without a field', npy(head("'descr': '|u1', 'shape': ()")), "lacks 'fortran_order'"],
    ['with a field twice', npy(head(`${good} 'descr': '<f8'`)), "two values of 'descr'"],
    ['with an unfinished header', npy(head(good).slice(0, -2)), 'malformed'],
    ['of huge sizes', npy(head(good.replace('(2,)', '(99999999999999999999,)'))), 'is too large'],
    ['of huge sizes together', npy(head(good.replace('(2,)', `(${'4294967296,'.repeat(4)})`)), [1, 2]), 'takes'],
    ['of more dims than there are', npy(head(good.replace('2', '1,'.repeat(64) + 1)), [1]), 'an array of 65 dims'],
    ['cut short', npy(head(good), [1]), 'takes 2 bytes, 1 follow'],
    ['too long', npy(head(good), [1, 2, 3]), 'takes 2 bytes, 3 follow'],
    ['of a negative size', npy(head(good.replace('2', '-2')), [1, 2]), "bad 'shape'"],
    ['whose type is a member of every object', npy(head(good.replace('|u1', '|constructor'))), 'is not supported'],
  ])('%s', (_name, bytes, message) => {
    expect(() => parseNpy(bytes)).toThrow(FormatError);
    expect(() => parseNpy(bytes)).toThrow(message);
  });
  test('as they should be', () => {
    expect(parseNpy(npy(head(good), [1, 2])).data).toEqual(Int32Array.of(1, 2));
    expect(parseNpy(npy(head("'shape':(2L,),'fortran_order':True,'descr':'|u1'"), [1, 2])).shape).toEqual([2]);
  });
});

describe('damage', () => {
  const samples = async (): Promise<[string, Uint8Array][]> => [
    ['safetensors', await saveSafetensors({ a: ones([2, 2]), b: tensor([1, 2, 3]) }, { metadata: { k: 'v' } })],
    ['npy', await saveNpy(ones([2, 3]))],
    ['npz', await saveNpz({ a: ones([3]), b: tensor([1]) })],
    ['npz, deflated', await saveNpz({ a: ones([30]) }, { compressed: true })],
    ['torch', await serializeTorch({ a: ones([3]).at([1, 3]), l: [1, 'x', null], m: new Map([[1, 2.5]]) })],
    ['torch, before 1.6', file(golden.torch.legacy)],
    ['checkpoint', await serializeCheckpoint({ a: ones([2]), step: 1, m: new Map([[1, Number.NaN]]) })],
  ];
  /** Loads, or refuses with an error of this library. */
  const attempt = async (bytes: Uint8Array): Promise<boolean> => {
    try {
      await load(bytes);
      return true;
    } catch (error) {
      if (!(error instanceof LumigradError)) throw error;
      return false;
    }
  };

  test('every cut of every format is refused', async () => {
    for (const [name, bytes] of await samples()) {
      expect(await attempt(bytes), name).toBe(true);
      const step = Math.max(1, Math.floor(bytes.length / 400));
      for (let end = 0; end < bytes.length; end += step)
        expect(await attempt(bytes.slice(0, end)), `${name} cut at ${end}`).toBe(false);
    }
  });

  test('changed bytes, removed ranges and joined halves never do worse', async () => {
    const all = await samples();
    const edit = fc.oneof(
      fc.record({ at: fc.nat(), byte: fc.nat(255) }),
      fc.record({ at: fc.nat(), remove: fc.integer({ min: 1, max: 8 }) }),
      fc.record({ at: fc.nat(), insert: fc.uint8Array({ minLength: 1, maxLength: 8 }) }),
    );
    const apply = (
      bytes: Uint8Array,
      e: { at: number; byte?: number; remove?: number; insert?: Uint8Array },
    ): Uint8Array => {
      const at = e.at % bytes.length;
      if (e.byte !== undefined) return bytes.with(at, e.byte);
      return Uint8Array.from([...bytes.slice(0, at), ...(e.insert ?? []), ...bytes.slice(at + (e.remove ?? 0))]);
    };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...all),
        fc.array(edit, { minLength: 1, maxLength: 3 }),
        async ([name, bytes], edits) => {
          const damaged = edits.reduce<Uint8Array>(apply, bytes);
          await attempt(damaged);
          await safeOpen(damaged).catch((error) => expect(error).toBeInstanceOf(FormatError));
          if (name === 'checkpoint')
            await loadCheckpoint(damaged).catch((error) => expect(error).toBeInstanceOf(LumigradError));
        },
      ),
      { numRuns: 1000 },
    );
  });
});

test('the checksum is that of zip files', () => {
  expect(crc32(Uint8Array.from(text('123456789')))).toBe(0xcbf43926);
  expect(crc32(Uint8Array.from(text('789')), crc32(Uint8Array.from(text('123456'))))).toBe(0xcbf43926);
  // Eight at a time, and the rest: as byte by byte.
  const bytes = Uint8Array.from({ length: 1003 }, (_, i) => (i * i * 7 + 3 * i) & 0xff);
  const one = Array.from(bytes).reduce((crc, byte) => crc32(Uint8Array.of(byte), crc), 0);
  expect(crc32(bytes)).toBe(one);
  expect(crc32(bytes.subarray(3), crc32(bytes.subarray(0, 3)))).toBe(one);
});
