import { checkOptions, describe, FormatError, OptionError, wrongType } from '../../core/errors.ts';

/** A token of a {@link SentencePieceTokenizer}: its bytes in UTF-8, and how early it is merged (the greater, the earlier). */
export interface SentencePiece {
  readonly bytes: Uint8Array;
  readonly score: number;
}

/** Settings of {@link SentencePieceTokenizer}'s encode. */
export interface SentencePieceEncodeOptions {
  /** Put the mark of a text's beginning, token 1, before it. Default true. */
  readonly bos?: boolean;
  /** Put the mark of a text's end, token 2, behind it. Default false. */
  readonly eos?: boolean;
}

/** Llama's order: unknown, beginning and end of a text; then a token for each byte; then pieces of text. */
const [bosId, eosId, firstByte, firstPiece] = [1, 2, 3, 259] as const;

/**
 * Byte pair encoding as SentencePiece does it and Llama's vocabulary wants it: pieces of text are merged by score, spaces belong to
 * the word behind them, and characters without a piece become their bytes. Reads the `tokenizer.bin` of llama2.c. Source: Kudo and
 * Richardson, arXiv 1808.06226; github.com/karpathy/llama2.c.
 *
 * @throws FormatError for fewer than the 259 tokens that marks and bytes are.
 * @example
 * const words = [...new Array(259).fill(''), ' ', 'a', ' a'];
 * const pieces = words.map((word) => ({ bytes: new TextEncoder().encode(word), score: word.length }));
 * const tokenizer = new SentencePieceTokenizer(pieces);
 * tokenizer.encode('a!'); // [1, 261, 36]
 * tokenizer.decode([1, 261, 36]); // 'a!'
 */
export class SentencePieceTokenizer {
  readonly pieces: readonly SentencePiece[];
  /** Number of tokens. */
  readonly length: number;
  private readonly numbers = new Map<string, number>();

  constructor(pieces: readonly SentencePiece[]) {
    if (!Array.isArray(pieces)) wrongType('SentencePieceTokenizer', 'pieces', 'a list of pieces', pieces);
    if (pieces.length < firstPiece)
      throw new FormatError(`SentencePieceTokenizer: ${pieces.length} tokens are fewer than its marks and bytes`);
    this.pieces = pieces;
    this.length = pieces.length;
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    for (let id = firstPiece; id < pieces.length; id++) {
      const text = decoder.decode(pieces[id]!.bytes);
      if (!this.numbers.has(text)) this.numbers.set(text, id);
    }
  }

  /**
   * Reads a `tokenizer.bin`: the length of the longest token, then of each its score, its length and its bytes.
   *
   * @throws FormatError for a file that ends within a token, or has too few.
   */
  static fromBytes(bytes: Uint8Array): SentencePieceTokenizer {
    const op = 'SentencePieceTokenizer.fromBytes';
    if (!(bytes instanceof Uint8Array)) wrongType(op, 'bytes', 'Uint8Array', bytes);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const pieces: SentencePiece[] = [];
    let at = 4;
    while (at < bytes.length) {
      const begin = at + 8;
      const length = begin <= bytes.length ? view.getInt32(at + 4, true) : -1;
      if (length < 0 || length > bytes.length - begin)
        throw new FormatError(
          `${op}: token ${pieces.length}, at byte ${at} of ${bytes.length}, does not fit in the file`,
        );
      const score = view.getFloat32(at, true);
      if (Number.isNaN(score)) throw new FormatError(`${op}: token ${pieces.length} has no score, but NaN`);
      at = begin + length;
      pieces.push({ score, bytes: bytes.slice(begin, at) });
    }
    return new SentencePieceTokenizer(pieces);
  }

  /** The tokens of a text. */
  encode(text: string, options: SentencePieceEncodeOptions = {}): number[] {
    if (typeof text !== 'string') wrongType('SentencePieceTokenizer.encode', 'text', 'a string', text);
    checkOptions('SentencePieceTokenizer.encode', options, ['bos', 'eos']);
    const { bos = true, eos = false } = options;
    const ids: number[] = bos ? [bosId] : [];
    const encoder = new TextEncoder();
    // A space before the first word, as before all others.
    for (const part of this.merged(text === '' ? [] : [...` ${text}`])) {
      const id = this.numbers.get(part);
      if (id !== undefined) ids.push(id);
      else for (const byte of encoder.encode(part)) ids.push(firstByte + byte);
    }
    if (eos) ids.push(eosId);
    return ids;
  }

  /** Joins the neighbours of the greatest score, the first of equal ones, until no two make a piece. */
  private merged(parts: string[]): string[] {
    const scoreAt = (i: number): number => {
      const id = i >= 0 && i + 1 < parts.length ? this.numbers.get(parts[i]! + parts[i + 1]!) : undefined;
      return id === undefined ? Number.NEGATIVE_INFINITY : this.pieces[id]!.score;
    };
    // Of each part with the next. Only the neighbours of a merge change.
    const scores = parts.map((_, i) => scoreAt(i));
    for (;;) {
      let best = 0;
      for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i;
      if (!(scores[best]! > Number.NEGATIVE_INFINITY)) return parts;
      parts.splice(best, 2, parts[best]! + parts[best + 1]!);
      scores.splice(best, 1);
      scores[best] = scoreAt(best);
      if (best > 0) scores[best - 1] = scoreAt(best - 1);
    }
  }

  /** The text of tokens, without marks. @throws OptionError for a number that no token has. */
  decode(ids: ArrayLike<number>): string {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    let text = '';
    for (const id of Array.from(ids)) {
      const piece = this.pieces[id];
      if (!piece)
        throw new OptionError(`SentencePieceTokenizer.decode: there is no token ${describe(id)} among ${this.length}`);
      if (id < firstByte) continue;
      // A character may begin in one token and end in the next.
      text += decoder.decode(id < firstPiece ? Uint8Array.of(id - firstByte) : piece.bytes, { stream: true });
    }
    return (text + decoder.decode()).replace(/^ /, '');
  }
}
