import { checkOptions, describe, FormatError, OptionError, wrongType } from '../../core/errors.ts';

/** Settings of {@link BPETokenizer}. */
export interface BPEOptions {
  /** Texts that are one token each wherever they occur: `<|endoftext|>`. They are numbered behind all others. */
  readonly specials?: readonly string[];
}

/** A pair of tokens that became one: the token of number 256 + i is the pair `merges[i]`. */
export type Merge = readonly [left: number, right: number];

/** Words with the space before them, numbers, and runs of signs: merges do not cross these. As GPT-2 splits. */
const pieces = /'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

const key = (left: number, right: number): number => left * 2 ** 24 + right;

/**
 * Byte pair encoding: every text has an encoding, since the first 256 tokens are the bytes; the frequent pairs are tokens too.
 * Source: Sennrich et al., "Neural machine translation of rare words with subword units", 2016; on bytes, as GPT-2.
 *
 * @example
 * const tokenizer = BPETokenizer.train('low lower lowest low', 260);
 * tokenizer.decode(tokenizer.encode('slow 🙂')); // 'slow 🙂'
 * tokenizer.encode('low').length; // 1
 */
export class BPETokenizer {
  readonly merges: readonly Merge[];
  readonly specials: readonly string[];
  /** Number of tokens. */
  readonly length: number;
  private readonly ranks = new Map<number, number>();
  private readonly bytes: Uint8Array[];
  private readonly special: ReadonlyMap<string, number>;
  private readonly splitter: RegExp | null;
  private readonly known = new Map<string, readonly number[]>();

  constructor(merges: readonly Merge[], options: BPEOptions = {}) {
    checkOptions('BPETokenizer', options, ['specials']);
    if (!Array.isArray(merges)) wrongType('BPETokenizer', 'merges', 'a list of pairs', merges);
    this.bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
    for (const [i, pair] of merges.entries()) {
      const [left, right] = (pair ?? []) as Merge;
      const [a, b] = [this.bytes[left], this.bytes[right]];
      if (!a || !b) throw new FormatError(`BPETokenizer: merge ${i} is no pair of earlier tokens: ${describe(pair)}`);
      // Each may double the length of the longest token.
      if (a.length + b.length > 2 ** 16)
        throw new FormatError(`BPETokenizer: merge ${i} makes a token of over 65536 bytes`);
      const joined = new Uint8Array(a.length + b.length);
      joined.set(a);
      joined.set(b, a.length);
      this.ranks.set(key(left, right), i);
      this.bytes.push(joined);
    }
    this.merges = merges;
    this.specials = [...(options.specials ?? [])];
    if (this.specials.includes('') || new Set(this.specials).size < this.specials.length)
      throw new OptionError('BPETokenizer: specials must differ and not be empty');
    this.special = new Map(this.specials.map((text, i) => [text, this.bytes.length + i]));
    this.length = this.bytes.length + this.specials.length;
    // The longest first, where one begins as another does.
    const escaped = [...this.specials]
      .sort((a, b) => b.length - a.length)
      .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    this.splitter = escaped.length > 0 ? new RegExp(`(${escaped.join('|')})`) : null;
  }

  /**
   * Merges the most frequent pair of tokens of `text`, again and again, until there are `vocabSize` tokens or no pair occurs twice.
   * Of equally frequent pairs the one with the smaller numbers comes first.
   *
   * @throws OptionError for a size below 256.
   */
  static train(text: string, vocabSize: number, options: BPEOptions = {}): BPETokenizer {
    if (typeof text !== 'string') wrongType('BPETokenizer.train', 'text', 'a string', text);
    const most = vocabSize - 256 - (options.specials?.length ?? 0);
    if (!Number.isInteger(vocabSize) || most < 0)
      throw new OptionError(
        `BPETokenizer.train: vocabSize must be an integer of at least 256 and the specials, got ${describe(vocabSize)}`,
      );
    const counts = new Map<string, number>();
    for (const [piece] of text.matchAll(pieces)) counts.set(piece, (counts.get(piece) ?? 0) + 1);
    const encoder = new TextEncoder();
    const words = [...counts].map(([piece, count]) => ({ ids: [...encoder.encode(piece)], count }));
    // How often each pair occurs, and in which words; kept up to date, so that a merge looks only at its own words.
    const pairs = new Map<number, { count: number; readonly words: Set<number> }>();
    const note = (word: number, sign: 1 | -1): void => {
      const { ids, count } = words[word]!;
      for (let i = 0; i + 1 < ids.length; i++) {
        const at = key(ids[i]!, ids[i + 1]!);
        const pair = pairs.get(at) ?? { count: 0, words: new Set() };
        pair.count += sign * count;
        if (sign > 0) pair.words.add(word);
        pairs.set(at, pair);
      }
    };
    words.forEach((_, word) => {
      note(word, 1);
    });
    const merges: Merge[] = [];
    while (merges.length < most) {
      let [best, bestCount] = [-1, 1];
      for (const [at, { count }] of pairs)
        if (count > bestCount || (count === bestCount && at < best)) [best, bestCount] = [at, count];
      if (best < 0) break;
      const merge: Merge = [Math.floor(best / 2 ** 24), best % 2 ** 24];
      for (const word of pairs.get(best)!.words) {
        note(word, -1);
        words[word]!.ids = joined(words[word]!.ids, merge, 256 + merges.length);
        note(word, 1);
      }
      pairs.delete(best);
      merges.push(merge);
    }
    return new BPETokenizer(merges, options);
  }

  /** The numbers of the tokens of a text. Special tokens in it become theirs. */
  encode(text: string): number[] {
    if (typeof text !== 'string') wrongType('BPETokenizer.encode', 'text', 'a string', text);
    const parts = this.splitter ? text.split(this.splitter) : [text];
    const ids: number[] = [];
    for (const part of parts) {
      const special = this.special.get(part);
      if (special !== undefined) ids.push(special);
      else for (const [piece] of part.matchAll(pieces)) for (const id of this.encodePiece(piece)) ids.push(id);
    }
    return ids;
  }

  /**
   * The text of tokens. Bytes that are no UTF-8 become U+FFFD.
   *
   * @throws OptionError for a number that no token has.
   */
  decode(ids: ArrayLike<number>): string {
    const decoder = new TextDecoder();
    let text = '';
    for (const id of Array.from(ids)) {
      const special = this.specials[id - this.bytes.length];
      if (special !== undefined) {
        text += decoder.decode() + special;
        continue;
      }
      const bytes = this.bytes[id];
      if (!bytes) throw new OptionError(`BPETokenizer.decode: there is no token ${describe(id)} among ${this.length}`);
      // A character may begin in one token and end in the next.
      text += decoder.decode(bytes, { stream: true });
    }
    return text + decoder.decode();
  }

  /** Merges in the order in which they were learned. */
  private encodePiece(piece: string): readonly number[] {
    const known = this.known.get(piece);
    if (known) return known;
    let ids = [...new TextEncoder().encode(piece)];
    for (;;) {
      let rank = Infinity;
      for (let i = 0; i + 1 < ids.length; i++)
        rank = Math.min(rank, this.ranks.get(key(ids[i]!, ids[i + 1]!)) ?? Infinity);
      if (rank === Infinity) break;
      ids = joined(ids, this.merges[rank]!, 256 + rank);
    }
    // Words come again; a text of nothing but new ones must not fill the memory.
    if (this.known.size < 50_000 && piece.length < 100) this.known.set(piece, ids);
    return ids;
  }

  /** What {@link BPETokenizer.fromJSON} takes. */
  toJSON(): { merges: Merge[]; specials: string[] } {
    return { merges: [...this.merges], specials: [...this.specials] };
  }
  /**
   * The tokenizer that toJSON() described.
   *
   * @throws FormatError for merges that cannot be.
   */
  static fromJSON(json: { readonly merges: readonly Merge[]; readonly specials?: readonly string[] }): BPETokenizer {
    return new BPETokenizer(json?.merges, { specials: json?.specials ?? [] });
  }
}

/** Every occurrence of the pair replaced by one token. */
function joined(ids: readonly number[], [left, right]: Merge, token: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] === left && ids[i + 1] === right) {
      out.push(token);
      i++;
    } else out.push(ids[i]!);
  }
  return out;
}
