import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BPETokenizer, CharTokenizer, loadTokenizer, Vocab } from '../../src/data/index.ts';
import { FormatError, OptionError } from '../../src/index.ts';

test('Vocab', () => {
  const vocab = Vocab.fromIterator(
    [
      ['b', 'a'],
      ['b', 'c', 'a', '<unk>'],
    ],
    { specials: ['<unk>'], unknown: '<unk>', minFreq: 2 },
  );
  expect(vocab.itos).toEqual(['<unk>', 'a', 'b']);
  expect(vocab.lookupIndices(['b', 'zzz'])).toEqual([2, 0]);
  expect(vocab.lookupTokens([1, 0])).toEqual(['a', '<unk>']);
  expect(() => vocab.lookupTokens([3])).toThrow('out of bounds for vocab of size 3');
  expect(() => new Vocab(['a', 'a'])).toThrow("'a' occurs twice");
  expect(() => new Vocab(['a']).lookupIndices(['b'])).toThrow("Token 'b' not found and default index is not set");
  expect(new Vocab(['__proto__']).lookupIndices(['__proto__'])).toEqual([0]);
});

test('CharTokenizer takes characters, not halves of them', () => {
  const tokenizer = CharTokenizer.train('a🙂b');
  expect(tokenizer.encode('🙂a')).toEqual([2, 0]);
  expect(tokenizer.decode([2, 0])).toBe('🙂a');
  expect(() => tokenizer.encode('x')).toThrow(OptionError);
});

describe('BPETokenizer', () => {
  test('learns the pairs of the worked example', () => {
    // Sennrich et al.'s. Of pairs that occur equally often the one with the smaller numbers comes first.
    const text = `${'low '.repeat(5)}${'lower '.repeat(2)}${'newest '.repeat(6)}${'widest '.repeat(3)}`;
    const tokenizer = BPETokenizer.train(text, 262);
    const token = (i: number) => tokenizer.decode([i]);
    expect([0, 1, 2, 3, 4, 5].map((i) => token(256 + i))).toEqual(['es', 'est', 'lo', 'low', ' n', ' low']);
    expect(tokenizer.encode('lowest').map(token)).toEqual(['low', 'est']);
    expect(tokenizer.length).toBe(262);
  });
  test('merges in the order in which they were learned', () => {
    const [a, b, c] = [97, 98, 99] as const;
    // bc before ab: abc is a, bc.
    const tokenizer = new BPETokenizer([
      [b, c],
      [a, b],
    ]);
    expect(tokenizer.encode('abc')).toEqual([a, 256]);
    expect(tokenizer.encode('abab')).toEqual([257, 257]);
  });
  test('any text comes back', () => {
    const tokenizer = BPETokenizer.train('the cat sat on the mat, the end', 290, { specials: ['<|end|>', '<|end'] });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => tokenizer.decode(tokenizer.encode(text)) === text),
      { numRuns: 100 },
    );
    const again = BPETokenizer.fromJSON(JSON.parse(JSON.stringify(tokenizer)));
    expect(again.encode('the cat<|end|>x')).toEqual(tokenizer.encode('the cat<|end|>x'));
    expect(tokenizer.encode('<|end|><|end')).toEqual([tokenizer.length - 2, tokenizer.length - 1]);
    expect(tokenizer.decode([0xc3])).toBe('\uFFFD');
  });
  test('training stops where no pair occurs twice', () => {
    expect(BPETokenizer.train('abc', 1000).length).toBe(256);
  });
  test('wrong use', () => {
    expect(() => BPETokenizer.train('a', 100)).toThrow(OptionError);
    expect(() => new BPETokenizer([[256, 97]])).toThrow(FormatError);
    expect(() => BPETokenizer.fromJSON({} as never)).toThrow(OptionError);
    expect(() => new BPETokenizer([]).decode([256])).toThrow('there is no token 256');
    const bomb = Array.from(
      { length: 40 },
      (_, i) => [255 + i + Number(i === 0) * -158, 255 + i + Number(i === 0) * -158] as const,
    );
    expect(() => new BPETokenizer(bomb)).toThrow('over 65536 bytes');
  });
});

test('loadTokenizer reads a tokenizer.json', async () => {
  const json = {
    version: '1.0',
    added_tokens: [],
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: null,
    decoder: null,
    model: { type: 'WordLevel', vocab: { '[UNK]': 0, hello: 1, world: 2 }, unk_token: '[UNK]' },
  };
  const wordPiece = {
    ...json,
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: { '[UNK]': 0, play: 1, '##ing': 2 },
    },
  };
  const tokenizer = await loadTokenizer(JSON.stringify(wordPiece));
  expect(tokenizer.encode('Playing xyz').ids).toEqual([1, 2, 0]);
  await expect(loadTokenizer(3 as never)).rejects.toThrow(OptionError);
});
