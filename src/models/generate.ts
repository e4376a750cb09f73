/** Text from language models, token by token. */
import { checkNumbers, checkOptions, OptionError, ShapeError, wrongType } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import type { KVCache } from '../nn/kv-cache.ts';
import { arange, full, rand } from '../tensor/create.ts';
import { flush, throttle } from '../tensor/device.ts';
import { cat, where } from '../tensor/functions/core.ts';
import type { Generator } from '../tensor/impl/random.ts';
import { scope } from '../tensor/scope.ts';
import { checkTensor, noGrad, type Tensor } from '../tensor/tensor.ts';

/** What {@link generate} asks of a model. C is what it remembers of the tokens that it has read. */
export interface LanguageModel<C = KVCache> {
  /** The most tokens that it can read. */
  readonly maxLength: number;
  /** An empty cache for `batch` texts of up to `capacity` tokens. */
  makeCache(batch: number, capacity: number): C;
  /** Scores (N, 1, vocabulary) of the token that follows int32 ids (N, L), the last ones of a text whose others are in the cache. */
  forward(ids: Tensor, options: { readonly cache: C | null; readonly logitsToKeep: number }): Tensor;
}

/** Settings of {@link generate}. */
export interface GenerateOptions {
  /** Default 20. */
  readonly maxNewTokens?: number;
  /** Draw tokens by their probability; false takes the likeliest. Default: true if one of the next three is given. */
  readonly doSample?: boolean;
  /** Divides the scores: below 1 for safer, above 1 for bolder texts. Default 1. */
  readonly temperature?: number;
  /** Draw among this many likeliest tokens only. Default null: all. */
  readonly topK?: number | null;
  /** Draw among the likeliest tokens only whose probabilities together just reach this. Default 1: all. */
  readonly topP?: number;
  /** A text ends with this token; what follows it is filled with it too. With it, each step waits for the device. */
  readonly eosTokenId?: number | null;
  /** Keep keys and values of earlier tokens. Default true; without, each token costs a pass over the whole text. */
  readonly useCache?: boolean;
  /** Where the randomness comes from. */
  readonly generator?: Generator;
  /** Called with each new token (N, 1), which it may read; generation waits for what it returns. */
  readonly onToken?: (token: Tensor) => void | Promise<void>;
}
const optionNames = [
  'maxNewTokens',
  'doSample',
  'temperature',
  'topK',
  'topP',
  'eosTokenId',
  'useCache',
  'generator',
  'onToken',
];

/**
 * Continues int32 texts (N, L): returns them with the new tokens behind, (N, L + maxNewTokens), or fewer where all texts ended.
 * Put the model into eval() mode first. Nothing is read on the way unless there is an eosTokenId, and from the second token on
 * every step is the same plan. Source: the generate() of huggingface.co/docs/transformers.
 *
 * @throws ShapeError for texts that get longer than the model can read, OptionError for settings out of range.
 */
export async function generate<C>(
  model: LanguageModel<C>,
  ids: Tensor,
  options: GenerateOptions = {},
): Promise<Tensor> {
  checkTensor('generate', ids, 'ids');
  checkOptions('generate', options, optionNames);
  const { maxNewTokens = 20, eosTokenId = null, useCache = true, onToken } = options;
  const pick = picker(options);
  const [batch, length] = ids.shape as [number, number];
  if (ids.ndim !== 2 || length === 0)
    throw new ShapeError(`generate: expected ids of (N, L), L at least 1, but got ${formatShape(ids.shape)}`);
  if (!Number.isInteger(maxNewTokens) || maxNewTokens < 0)
    throw new OptionError(`generate: maxNewTokens must be an integer of at least 0, got ${maxNewTokens}`);
  const total = length + maxNewTokens;
  if (total > model.maxLength)
    throw new ShapeError(
      `generate: ${length} tokens and ${maxNewTokens} new ones are more than the ${model.maxLength} that the model can read`,
    );
  const cache = useCache && maxNewTokens > 0 ? model.makeCache(batch, total) : null;
  const place = { device: ids.device } as const;
  const texts = noGrad(() =>
    scope(() => cat([ids.int(), full([batch, maxNewTokens], 0, { dtype: 'int32', ...place })], 1)),
  );
  const ended = eosTokenId === null ? null : full([batch, 1], false, { dtype: 'bool', ...place });

  let next = ids;
  for (let position = length; position < total; position++) {
    // Without a cache the model reads the whole text again.
    const read = cache ? next : texts.at(':', [0, position]);
    next = noGrad(() =>
      scope(() => {
        const logits = model.forward(read, { cache, logitsToKeep: 1 });
        const token = pick(logits.reshape([batch, -1]));
        const written = ended ? where(ended, eosTokenId as number, token).int() : token;
        ended?.logicalOr_(written.eq(eosTokenId as number));
        // The position is data: the same kernel writes every token.
        texts.copy_(where(columns(texts).eq(position), written, texts));
        return within(written, logits.shape.at(-1)!);
      }),
    );
    flush();
    await onToken?.(next);
    if (ended && (await ended.all().item())) return texts.at(':', [0, position + 1]).clone();
    await throttle();
  }
  return texts;
}

function columns(texts: Tensor): Tensor {
  return arange(texts.shape[1]!, { device: texts.device });
}
/** What was picked among `size` scores is below `size`: nobody needs to watch it. */
function within(token: Tensor, size: number): Tensor {
  token.impl.storage.value.range = { min: 0, max: size - 1, exact: false };
  return token;
}

/** How a token (N, 1) is chosen by scores (N, V). */
function picker(options: GenerateOptions): (logits: Tensor) => Tensor {
  const { temperature, topK = null, topP, generator } = options;
  const wanted = temperature !== undefined || topK !== null || topP !== undefined;
  const { doSample = wanted } = options;
  if (typeof doSample !== 'boolean') wrongType('generate', 'doSample', 'true or false', doSample);
  checkNumbers('generate', { temperature: temperature ?? 1, topP: topP ?? 1 });
  if (!doSample && wanted)
    throw new OptionError('generate: temperature, topK and topP are for drawing tokens\n  leave out doSample: false');
  if (temperature !== undefined && !(temperature > 0))
    throw new OptionError(
      `\`temperature\` (=${temperature}) has to be a strictly positive float, otherwise your next token scores will be invalid.\n  in generate: { doSample: false } takes the likeliest token`,
    );
  if (topK !== null && !(Number.isInteger(topK) && topK > 0))
    throw new OptionError(`\`top_k\` has to be a strictly positive integer, but is ${topK}\n  in generate`);
  if (topP !== undefined && !(topP > 0 && topP <= 1))
    throw new OptionError(`\`top_p\` has to be a float > 0 and < 1, but is ${topP}\n  in generate`);
  if (!doSample) return (logits) => logits.argmax(-1, { keepdim: true });
  return (logits) => {
    let scores: Tensor = logits.div(temperature ?? 1);
    if (topK !== null) scores = atLeast(scores, kthLargest(scores, Math.min(topK, scores.shape[1]!)));
    if (topP !== undefined && topP < 1) scores = atLeast(scores, nucleus(scores, topP));
    // The greatest of scores with Gumbel noise is a draw from their softmax: no sums, nothing to read.
    const noise = rand(scores.shape, { device: scores.device, ...(generator && { generator }) });
    return scores.sub(noise.log().neg().log()).argmax(-1, { keepdim: true });
  };
}
const atLeast = (scores: Tensor, least: Tensor): Tensor => where(scores.lt(least), Number.NEGATIVE_INFINITY, scores);

const kthLargest = (scores: Tensor, k: number): Tensor => scores.topk(k).values.at(':', [k - 1, k]);

/** The least score among the likeliest whose probabilities together reach p. */
function nucleus(scores: Tensor, p: number): Tensor {
  const sorted = scores.sort(-1, { descending: true }).values;
  const shares = sorted.softmax(-1);
  const before = shares.cumsum(-1).sub(shares);
  return where(before.ge(p), Number.POSITIVE_INFINITY, sorted).amin(-1, { keepdim: true });
}
