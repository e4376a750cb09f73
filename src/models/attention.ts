/** What the attention layers of several models do with heads. */
import type { KVCacheStep } from '../nn/kv-cache.ts';
import { scaledDotProductAttention } from '../tensor/functional/attention.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** (N, L, heads·D) as (N, heads, L, D). */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const [batch, length, width] = x.shape as [number, number, number];
  return x.reshape([batch, length, heads, width / heads]).permute(0, 2, 1, 3);
}

/** (N, heads, L, D) as (N, L, heads·D). */
export function mergeHeads(x: Tensor): Tensor {
  const [batch, heads, length, size] = x.shape as [number, number, number, number];
  return x.permute(0, 2, 1, 3).reshape([batch, length, heads * size]);
}

/** The place of a layer in a model that generates with a cache. */
export interface CachedLayer {
  readonly step: KVCacheStep;
  readonly layer: number;
}

/**
 * Attention of each token to itself and those before: queries (N, heads, L, D), keys and values (N, heads', L, D), heads' dividing
 * heads. With a cache, also to the tokens in it, to which these are added.
 */
export function causalAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  cached: CachedLayer | null,
  dropoutP = 0,
): Tensor {
  const enableGqa = key.shape[1] !== query.shape[1];
  const all = cached?.step.update(cached.layer, key, value);
  // The first tokens see nothing but themselves: no need to look at the whole capacity.
  if (!all || cached?.step.start === 0)
    return scaledDotProductAttention(query, key, value, { isCausal: true, dropoutP, enableGqa });
  return scaledDotProductAttention(query, ...all, { attnMask: cached!.step.mask, dropoutP, enableGqa });
}
