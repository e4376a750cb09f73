import type { Tokenizer } from '@huggingface/tokenizers';
import { OptionError, wrongType } from '../../core/errors.ts';

/**
 * The tokenizer of a published model, from the contents of its `tokenizer.json` and `tokenizer_config.json` (parsed, or as text):
 * WordPiece, BPE, Unigram and the rest, as the package `@huggingface/tokenizers` reads them, which must be installed.
 *
 * @throws OptionError where the package is missing.
 */
export async function loadTokenizer(tokenizer: object | string, config: object | string = {}): Promise<Tokenizer> {
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
