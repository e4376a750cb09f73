import { expect, test } from 'vitest';
import { SentencePieceTokenizer } from '../../src/data/index.ts';
import { FormatError, OptionError } from '../../src/index.ts';

/** A tokenizer.bin: three marks, 256 bytes, and pieces with their scores. */
function file(pieces: readonly (readonly [text: string, score: number])[]): Uint8Array {
  const bytes = Array.from({ length: 256 }, (_, b) => `<0x${b.toString(16).padStart(2, '0').toUpperCase()}>`);
  const all = [...['<unk>', '<s>', '</s>', ...bytes].map((text) => [text, 0] as const), ...pieces];
  const parts = all.map(([text, score]) => {
    const head = Buffer.alloc(8);
    head.writeFloatLE(score, 0);
    head.writeInt32LE(Buffer.byteLength(text), 4);
    return Buffer.concat([head, Buffer.from(text)]);
  });
  return new Uint8Array(Buffer.concat([Buffer.alloc(4), ...parts]));
}
const pieces = [[' ', -9], ['a', -9], ['b', -9], ['c', -9], ['ab', -2], ['bc', -1], [' a', -3], ['abc', -4], ['ü', -9]] as const; // biome-ignore format: a table
const tokenizer = SentencePieceTokenizer.fromBytes(file(pieces));
const id = (text: string): number => 259 + pieces.findIndex(([piece]) => piece === text);

test('the greatest score is merged first, of equal ones the first', () => {
  expect(tokenizer.length).toBe(259 + pieces.length);
  // b c, before a b; then nothing joins a and bc but abc, after the space and the a.
  expect(tokenizer.encode('abc', { bos: false })).toEqual([id(' a'), id('bc')]);
  expect(tokenizer.encode('babc', { bos: false })).toEqual([id(' '), id('b'), id('abc')]);
  expect(tokenizer.encode('cabab', { bos: false })).toEqual([id(' '), id('c'), id('ab'), id('ab')]);
  expect(tokenizer.encode('b', { eos: true })).toEqual([1, id(' '), id('b'), 2]);
  expect(tokenizer.encode('')).toEqual([1]);
});

test('characters without a piece are bytes, and texts come back', () => {
  expect(tokenizer.encode('ü🙂', { bos: false })).toEqual([id(' '), id('ü'), 3 + 0xf0, 3 + 0x9f, 3 + 0x99, 3 + 0x82]);
  for (const text of ['', ' ', 'abc', ' a  b', 'ü\n🙂<s>', '\ufeffa', '<unk>']) {
    expect(tokenizer.decode(tokenizer.encode(text, { eos: true }))).toBe(text);
  }
  expect(tokenizer.encode('<s>').slice(2)).toEqual([...'<s>'].map((c) => 3 + c.charCodeAt(0)));
  expect(tokenizer.decode([3 + 0xf0, id('a')])).toBe('\ufffda');
  expect(() => tokenizer.decode([999])).toThrow(OptionError);
});

test('damaged files are refused', () => {
  const good = file(pieces);
  const bad = (bytes: Uint8Array): void => expect(() => SentencePieceTokenizer.fromBytes(bytes)).toThrow(FormatError);
  const at = file([]).length;
  for (const value of [-1, 2, 2 ** 31 - 1]) {
    const copy = good.slice(0, at + 9);
    new DataView(copy.buffer).setInt32(at + 4, value, true);
    bad(copy);
  }
  const nan = good.slice();
  new DataView(nan.buffer).setFloat32(at, Number.NaN, true);
  bad(nan);
  for (const end of [0, 4, 11, 100, good.length - 1]) bad(good.subarray(0, end));
});
