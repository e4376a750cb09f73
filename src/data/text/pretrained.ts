import { OptionError, wrongType } from '../../core/errors.ts';

/** What {@link loadTokenizer} gives; there is more in the documentation of `@huggingface/tokenizers`. */
export interface PretrainedTokenizer {
  encode(
    text: string,
    options?: { text_pair?: string | null; add_special_tokens?: boolean },
  ): { ids: number[]; tokens: string[]; attention_mask: number[] };
  decode(ids: number[], options?: { skip_special_tokens?: boolean }): string;
  tokenize(text: string): string[];
  token_to_id(token: string): number | undefined;
  id_to_token(id: number): string | undefined;
}

/**
 * The tokenizer of a published model, from the contents of its `tokenizer.json` and `tokenizer_config.json` (parsed, or as text):
 * WordPiece, BPE, Unigram and the rest, as the package `@huggingface/tokenizers` reads them, which must be installed.
 *
 * @throws OptionError where the package is missing.
 */
export async function loadTokenizer(
  tokenizer: object | string,
  config: object | string = {},
): Promise<PretrainedTokenizer> {
  const parsed = [tokenizer, config].map((v) => (typeof v === 'string' ? (JSON.parse(v) as unknown) : v));
  for (const value of parsed)
    if (typeof value !== 'object' || value === null)
      wrongType('loadTokenizer', 'tokenizer', 'the contents of a tokenizer.json', value);
  const { Tokenizer } = await import('@huggingface/tokenizers').catch((cause: unknown) => {
    throw new OptionError(
      'loadTokenizer: the package @huggingface/tokenizers reads tokenizers: npm install @huggingface/tokenizers',
      { cause },
    );
  });
  return new Tokenizer(parsed[0] as never, parsed[1] as never);
}
