import { checkOptions, describe, OptionError, wrongType } from '../../core/errors.ts';

/** Settings of {@link Vocab}. */
export interface VocabOptions {
  /** Tokens that stand before all others: `<pad>`, `<unk>`. */
  readonly specials?: readonly string[];
  /** What unknown tokens become; one of the tokens. Default: they throw. */
  readonly unknown?: string | null;
}

/**
 * Tokens and their numbers. Source: torchtext.vocab.Vocab.
 *
 * @throws OptionError for a token that occurs twice.
 * @example
 * const vocab = new Vocab(['a', 'b'], { specials: ['<unk>'], unknown: '<unk>' });
 * vocab.lookupIndices(['b', 'z']); // [2, 0]
 */
export class Vocab {
  /** Tokens by number. */
  readonly itos: readonly string[];
  /** Numbers by token. */
  readonly stoi: ReadonlyMap<string, number>;
  /** The number of unknown tokens, or null. */
  readonly defaultIndex: number | null;

  constructor(tokens: Iterable<string>, options: VocabOptions = {}) {
    checkOptions('Vocab', options, ['specials', 'unknown']);
    if (typeof tokens?.[Symbol.iterator] !== 'function') wrongType('Vocab', 'tokens', 'a list of strings', tokens);
    const { specials = [], unknown = null } = options;
    const itos = [...specials, ...tokens];
    const stoi = new Map<string, number>();
    itos.forEach((token, i) => {
      if (typeof token !== 'string') wrongType('Vocab', 'tokens', 'a list of strings', token);
      if (stoi.has(token)) throw new OptionError(`Vocab: the token ${describe(token)} occurs twice`);
      stoi.set(token, i);
    });
    this.itos = itos;
    this.stoi = stoi;
    this.defaultIndex = unknown === null ? null : (stoi.get(unknown) ?? null);
    if (unknown !== null && this.defaultIndex === null)
      throw new OptionError(`Vocab: unknown must be one of the tokens, got ${describe(unknown)}`);
  }

  /** The vocabulary of texts that were split into tokens: the most frequent first, equally frequent ones in order. */
  static fromIterator(
    iterator: Iterable<Iterable<string>>,
    options: VocabOptions & { readonly minFreq?: number; readonly maxTokens?: number } = {},
  ): Vocab {
    const { minFreq = 1, maxTokens = Infinity, ...rest } = options;
    const counts = new Map<string, number>();
    for (const tokens of iterator) for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
    const specials = rest.specials ?? [];
    for (const special of specials) counts.delete(special);
    const tokens = [...counts]
      .filter(([, count]) => count >= minFreq)
      .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
      .slice(0, Math.max(maxTokens - specials.length, 0))
      .map(([token]) => token);
    return new Vocab(tokens, rest);
  }

  /** Number of tokens. */
  get length(): number {
    return this.itos.length;
  }
  /** Whether a token is one of them. */
  has(token: string): boolean {
    return this.stoi.has(token);
  }
  /**
   * The numbers of tokens.
   *
   * @throws OptionError for an unknown token, where nothing stands for those.
   */
  lookupIndices(tokens: Iterable<string>): number[] {
    return Array.from(tokens, (token) => {
      const found = this.stoi.get(token) ?? this.defaultIndex;
      if (found === null) throw new OptionError(`Token ${describe(token)} not found and default index is not set`);
      return found;
    });
  }
  /**
   * The tokens of numbers.
   *
   * @throws OptionError for a number that no token has.
   */
  lookupTokens(indices: ArrayLike<number>): string[] {
    return Array.from(indices, (i) => {
      const token = this.itos[i];
      if (token === undefined)
        throw new OptionError(`Specified index ${describe(i)} is out of bounds for vocab of size ${this.length}`);
      return token;
    });
  }
}

/**
 * Text as the numbers of its characters (code points).
 *
 * @throws OptionError for a character that the vocabulary lacks.
 * @example
 * const tokenizer = CharTokenizer.train('hello');
 * tokenizer.vocab.itos; // ['e', 'h', 'l', 'o']
 * tokenizer.encode('hole'); // [1, 3, 2, 0]
 * tokenizer.decode([1, 3, 2, 0]); // 'hole'
 */
export class CharTokenizer {
  readonly vocab: Vocab;
  constructor(vocab: Vocab) {
    if (!(vocab instanceof Vocab)) wrongType('CharTokenizer', 'vocab', 'a Vocab', vocab, 'CharTokenizer.train(text)');
    this.vocab = vocab;
  }
  /** Of all characters that occur in the text, in order. */
  static train(text: string, options: VocabOptions = {}): CharTokenizer {
    const byCode = (a: string, b: string): number => a.codePointAt(0)! - b.codePointAt(0)!;
    return new CharTokenizer(new Vocab([...new Set(text)].sort(byCode), options));
  }
  /** The numbers of the characters of a text. */
  encode(text: string): number[] {
    return this.vocab.lookupIndices(text);
  }
  /** The text again. */
  decode(ids: ArrayLike<number>): string {
    return this.vocab.lookupTokens(ids).join('');
  }
}
