/** Attention: weighted means of values, by how well queries match keys. */
import { kitFor } from '../../autograd/apply.ts';
import { isGradEnabled } from '../../autograd/grad-mode.ts';
import type { Var } from '../../autograd/var.ts';
import { isFloat } from '../../core/dtype.ts';
import { checkNumbers, DTypeError, OptionError, ShapeError } from '../../core/errors.ts';
import { broadcastShapes, formatShape, numel, sameShape } from '../../core/shape.ts';
import { causalMask } from '../../ops/extended/attention.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { zeros } from '../create.ts';
import { cat, where } from '../functions/core.ts';
import { op, scalar } from '../impl/common.ts';
import { dropoutCounter } from '../impl/dropout-counter.ts';
import { type Generator, generatorOr } from '../impl/random.ts';
import { checkTensor, Tensor } from '../tensor.ts';
import { dropout } from './dropout.ts';
import { linear } from './linear.ts';

/** Settings of {@link scaledDotProductAttention}. */
export interface AttentionOptions {
  /** Broadcasts over (…, L, S): bool, true where a query may look; or float, added to the scores. */
  readonly attnMask?: Tensor | null;
  /** How likely each weight is dropped. Default 0; give 0 outside of training. */
  readonly dropoutP?: number;
  /** Query i sees the keys 0 … i only. Not together with attnMask. */
  readonly isCausal?: boolean;
  /** Factor of the scores. Default 1/√E. */
  readonly scale?: number | null;
  /** Keys and values have fewer heads (dim −3) than queries, each for a group of neighbours. */
  readonly enableGqa?: boolean;
  /** Where the dropout's randomness comes from. */
  readonly generator?: Generator;
}
const attentionNames = ['attnMask', 'dropoutP', 'isCausal', 'scale', 'enableGqa', 'generator'] as const;

function checkAttention(query: Tensor, key: Tensor, value: Tensor, { attnMask, isCausal }: AttentionOptions): void {
  const name = 'scaledDotProductAttention';
  checkTensor(name, query, 'query');
  checkTensor(name, key, 'key');
  checkTensor(name, value, 'value');
  if (Math.min(query.ndim, key.ndim, value.ndim) < 2)
    throw new ShapeError(
      `Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: ${query.ndim} key.dim: ${key.ndim} and value.dim: ${value.ndim} instead.\n  in ${name}`,
    );
  if (query.dtype !== key.dtype || query.dtype !== value.dtype)
    throw new DTypeError(
      `Expected query, key, and value to have the same dtype, but got query.dtype: ${query.dtype} key.dtype: ${key.dtype} and value.dtype: ${value.dtype} instead.\n  in ${name}`,
    );
  if (!isFloat(query.dtype))
    throw new DTypeError(`expected scalar type Float but found ${query.dtype}\n  in ${name}; cast with .float()`);
  if (!attnMask) return;
  checkTensor(name, attnMask, 'attnMask');
  if (isCausal)
    throw new OptionError(
      `Explicit attn_mask should not be set when is_causal=True\n  in ${name}: give one of the two`,
    );
  if (attnMask.dtype !== 'bool' && attnMask.dtype !== query.dtype)
    throw new DTypeError(
      `Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: ${attnMask.dtype} and  query.dtype: ${query.dtype} instead.\n  in ${name}`,
    );
}

const causal = (like: Tensor, queries: number, keys: number): Tensor =>
  new Tensor(causalMask(kitFor(like.impl.engine, false), queries, keys) as Var);

/** softmax along the last dim; where a query sees nothing, 0. */
const weightsOf = (scores: Tensor): Tensor =>
  new Tensor(op('softmax', [scores.impl], { dim: scores.ndim - 1, safe: true }));

/** From so many weights on (16 MiB) they are not kept for the backward pass. */
const MANY_WEIGHTS = 2 ** 22;

function attend(query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions): Tensor {
  const { attnMask, dropoutP = 0, isCausal, scale, generator } = options;
  const [queries, keys] = [query.shape.at(-2)!, key.shape.at(-2)!];
  const factor = scale ?? 1 / Math.sqrt(Math.max(query.shape.at(-1)!, 1));
  const operands = [query, key, value];
  const lead = broadcastShapes('scaledDotProductAttention', ...operands.map((x) => x.shape.slice(0, -2)));
  const tracked = isGradEnabled() && [...operands, attnMask].some((x) => x?.requiresGrad);
  if (tracked && dropoutP < 1 && numel(lead) * queries * keys >= MANY_WEIGHTS) {
    const mask = attnMask && !isCausal ? attnMask.impl : scalar(0, query.dtype);
    const key = () => generatorOr('scaledDotProductAttention', generator).next();
    const counter = dropoutP > 0 ? dropoutCounter(key(), dropoutP, 1 / (1 - dropoutP), query.dtype) : [];
    const whole = operands.map((x) => x.expand([...lead, ...x.shape.slice(-2)]).impl);
    const inputs = [...whole, scalar(factor, query.dtype), mask, ...counter];
    return new Tensor(op('attention', inputs, { causal: isCausal ?? false }));
  }
  // Scale and mask are computed as the product is stored.
  const scores = query.matmul(key.transpose(-1, -2)).mul(factor);
  const mask = isCausal ? causal(query, queries, keys) : attnMask;
  const seen = !mask
    ? scores
    : mask.dtype === 'bool'
      ? where(mask, scores, Number.NEGATIVE_INFINITY)
      : scores.add(mask);
  return dropout(weightsOf(seen), dropoutP, { ...(generator && { generator }) }).matmul(value);
}

/** Heads of queries as (heads of keys, queries that share one): keys and values are broadcast and not repeated. */
function attendInGroups(query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions): Tensor {
  const [heads, shared] = [query.shape.at(-3), key.shape.at(-3)];
  if (heads === undefined || shared === undefined || value.shape.at(-3) !== shared || heads % shared !== 0)
    throw new ShapeError(
      `Number of heads in key and value must divide the number of heads in query\n  in scaledDotProductAttention of ${formatShape(query.shape)}, ${formatShape(key.shape)} and ${formatShape(value.shape)}`,
    );
  if (heads === shared) return attend(query, key, value, options);
  const { attnMask } = options;
  const grouped = (x: Tensor): Tensor =>
    x.reshape([...x.shape.slice(0, -3), shared, heads / shared, ...x.shape.slice(-2)]);
  const mask =
    !attnMask || attnMask.ndim < 3
      ? attnMask
      : attnMask.shape.at(-3) === 1
        ? attnMask.unsqueeze(-3)
        : grouped(attnMask);
  const y = attend(grouped(query), key.unsqueeze(-3), value.unsqueeze(-3), { ...options, attnMask: mask ?? null });
  return y.reshape([...y.shape.slice(0, -4), heads, ...y.shape.slice(-2)]);
}

/**
 * softmax(Q·Kᵀ·scale + mask)·V: queries (…, L, E), keys (…, S, E) and values (…, S, Ev) give (…, L, Ev); leading dims broadcast. A
 * query that may look nowhere gets 0. Source: Vaswani et al., arXiv 1706.03762; torch.nn.functional.scaled_dot_product_attention.
 *
 * @throws ShapeError where sizes do not fit, DTypeError for several dtypes, OptionError for isCausal with a mask.
 * @example
 * const q = tensor([[1.5, 0], [0, 1.5]]);
 * const v = tensor([[2.5], [4]]);
 * await functional.scaledDotProductAttention(q, q, v, { isCausal: true }).tolist(); // [[2.5], [3.7454]]
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  ...rest: OptionalArgs<[attnMask: Tensor | null], AttentionOptions>
): Tensor {
  const options = optionalArgs<AttentionOptions>('scaledDotProductAttention', attentionNames, rest, ['scale']);
  checkNumbers('scaledDotProductAttention', { scale: options.scale ?? 1 });
  checkAttention(query, key, value, options);
  return composed('UnsafeViewBackward0', () =>
    (options.enableGqa ? attendInGroups : attend)(query, key, value, options),
  );
}

/** Settings of {@link multiHeadAttentionForward}. */
export interface MultiHeadAttentionOptions {
  /** Apply dropout. Default true. */
  readonly training?: boolean;
  /** (N, S) or (S): true (or −∞, of floats to add) at keys that nobody looks at. */
  readonly keyPaddingMask?: Tensor | null;
  /** Return the weights too. Default true; without, less memory is needed. */
  readonly needWeights?: boolean;
  /** (L, S) or (N·numHeads, L, S): true where a query may not look, or floats to add to the scores. */
  readonly attnMask?: Tensor | null;
  /** Project by qProjWeight, kProjWeight and vProjWeight instead of inProjWeight. */
  readonly useSeparateProjWeight?: boolean;
  readonly qProjWeight?: Tensor | null;
  readonly kProjWeight?: Tensor | null;
  readonly vProjWeight?: Tensor | null;
  /** Keys and values (N·numHeads, S, E/numHeads) to use instead of the projected ones. */
  readonly staticK?: Tensor | null;
  readonly staticV?: Tensor | null;
  /** Return the mean of the heads' weights (N, L, S), the default; else each head's (N, numHeads, L, S). */
  readonly averageAttnWeights?: boolean;
  /** The mask given is the causal one; with needWeights false it need not be read. */
  readonly isCausal?: boolean;
}
const multiHeadNames = [
  'training',
  'keyPaddingMask',
  'needWeights',
  'attnMask',
  'useSeparateProjWeight',
  'qProjWeight',
  'kProjWeight',
  'vProjWeight',
  'staticK',
  'staticV',
  'averageAttnWeights',
  'isCausal',
] as const;

/** Wrong sizes, in PyTorch's words. */
function expectThat(holds: boolean, message: string): asserts holds {
  if (!holds) throw new ShapeError(`${message}\n  in multiHeadAttentionForward`);
}

function checkMultiHead(query: Tensor, key: Tensor, value: Tensor, o: MultiHeadAttentionOptions): void {
  const rank = query.ndim;
  expectThat(
    rank === 2 || rank === 3,
    `query should be unbatched 2D or batched 3D tensor but received ${rank}-D query tensor`,
  );
  const query_ = `For ${rank === 3 ? 'batched (3-D)' : 'unbatched (2-D)'} \`query\`, expected`;
  expectThat(
    key.ndim === rank && value.ndim === rank,
    `${query_} \`key\` and \`value\` to be ${rank}-D but found ${key.ndim}-D and ${value.ndim}-D tensors respectively`,
  );
  const padding = o.keyPaddingMask;
  expectThat(
    !padding || padding.ndim === rank - 1,
    `${query_} \`key_padding_mask\` to be \`None\` or ${rank - 1}-D but found ${padding?.ndim}-D tensor instead`,
  );
  const mask = o.attnMask;
  expectThat(
    !mask || mask.ndim === 2 || mask.ndim === 3,
    `${query_} \`attn_mask\` to be \`None\`, 2-D or 3-D but found ${mask?.ndim}-D tensor instead`,
  );
  for (const [name, m] of [
    ['key_padding_mask', padding],
    ['attn_mask', mask],
  ] as const) {
    if (m && m.dtype !== 'bool' && !isFloat(m.dtype))
      throw new DTypeError(
        `only bool and floating types of ${name} are supported\n  in multiHeadAttentionForward: got ${m.dtype}`,
      );
  }
  if (o.isCausal && !mask)
    throw new OptionError(
      'Need attn_mask if specifying the is_causal hint.\n  in multiHeadAttentionForward; scaledDotProductAttention() makes the mask itself',
    );
}

/** A mask as numbers to add: −∞ where true. */
const additive = (mask: Tensor, like: Tensor): Tensor =>
  mask.dtype === 'bool'
    ? where(mask, Number.NEGATIVE_INFINITY, zeros([], { dtype: like.dtype, device: like.device }))
    : mask.to(like.dtype);
/** With `size` more columns of zeros. */
const widened = (mask: Tensor, columns: number): Tensor =>
  cat([mask, zeros([...mask.shape.slice(0, -1), columns], { dtype: mask.dtype, device: mask.device })], mask.ndim - 1);

type Projected = readonly [q: Tensor, k: Tensor, v: Tensor];

function project(
  inputs: Projected,
  embedding: number,
  weight: Tensor | null,
  bias: Tensor | null,
  o: MultiHeadAttentionOptions,
): Projected {
  const [query, key, value] = inputs;
  if (o.useSeparateProjWeight) {
    const { qProjWeight: q, kProjWeight: k, vProjWeight: v } = o;
    if (!q || !k || !v)
      throw new OptionError(
        'use_separate_proj_weight is True but one of q_proj_weight, k_proj_weight and v_proj_weight is None\n  in multiHeadAttentionForward',
      );
    const biases = bias?.chunk(3) ?? [];
    return [
      linear(query, q, biases[0] ?? null),
      linear(key, k, biases[1] ?? null),
      linear(value, v, biases[2] ?? null),
    ];
  }
  if (!weight)
    throw new OptionError(
      'use_separate_proj_weight is False but in_proj_weight is None\n  in multiHeadAttentionForward',
    );
  // One product for as many as share their input.
  if (query === key && key === value) return linear(query, weight, bias).chunk(3, -1) as unknown as Projected;
  if (key !== value) {
    const biases = bias?.chunk(3) ?? [];
    return weight.chunk(3).map((w, i) => linear(inputs[i]!, w, biases[i] ?? null)) as unknown as Projected;
  }
  const sizes = [embedding, 2 * embedding];
  const [own, both] = weight.split(sizes) as [Tensor, Tensor];
  const [ownBias, bothBias] = bias?.split(sizes) ?? [];
  const [k, v] = linear(key, both, bothBias ?? null).chunk(2, -1) as [Tensor, Tensor];
  return [linear(query, own, ownBias ?? null), k, v];
}

/**
 * Attention in several heads of projected queries (L, N, E), keys (S, N, Ek) and values (S, N, Ev), or without the N: `[output,
 * weights]` with the output (L, N, E), and the weights null if not needed. nn.MultiheadAttention keeps the many weights. Source:
 * Vaswani et al., arXiv 1706.03762; torch.nn.functional.multi_head_attention_forward.
 *
 * @throws ShapeError where sizes do not fit, OptionError for weights that are missing.
 * @example
 * const x = tensor([[1.5], [2.5]]);
 * const [y] = functional.multiHeadAttentionForward(
 *   x, x, x, 1, 1, ones([3, 1]), null, null, null, false, 0, ones([1, 1]), null,
 * );
 * await y.tolist(); // [[2.3176], [2.4241]]
 */
export function multiHeadAttentionForward(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  embedDimToCheck: number,
  numHeads: number,
  inProjWeight: Tensor | null,
  inProjBias: Tensor | null,
  biasK: Tensor | null,
  biasV: Tensor | null,
  addZeroAttn: boolean,
  dropoutP: number,
  outProjWeight: Tensor,
  outProjBias: Tensor | null,
  ...rest: OptionalArgs<[training: boolean], MultiHeadAttentionOptions>
): [output: Tensor, weights: Tensor | null] {
  const name = 'multiHeadAttentionForward';
  const o = optionalArgs<MultiHeadAttentionOptions>(name, multiHeadNames, rest);
  const { training = true, needWeights = true, averageAttnWeights = true } = o;
  checkTensor(name, query, 'query');
  checkTensor(name, key, 'key');
  checkTensor(name, value, 'value');
  checkMultiHead(query, key, value, o);
  const batched = query.ndim === 3;
  const embedding = query.shape.at(-1)!;
  expectThat(
    embedding === embedDimToCheck,
    `was expecting embedding dimension of ${embedDimToCheck}, but got ${embedding}`,
  );
  expectThat(embedding % numHeads === 0, `embed_dim ${embedding} not divisible by num_heads ${numHeads}`);
  expectThat(
    o.useSeparateProjWeight
      ? sameShape(key.shape.slice(0, -1), value.shape.slice(0, -1))
      : sameShape(key.shape, value.shape),
    `key shape ${formatShape(key.shape)} does not match value shape ${formatShape(value.shape)}`,
  );
  if (!biasK !== !biasV) throw new OptionError(`bias_k and bias_v must both be set, or neither\n  in ${name}`);
  const results = composed('ViewBackward0', (): Tensor[] => {
    const wide = (x: Tensor): Tensor => (batched ? x : x.unsqueeze(1));
    const q0 = wide(query);
    const k0 = key === query ? q0 : wide(key);
    const v0 = value === key ? k0 : wide(value);
    const [length, batch] = q0.shape as [number, number];
    let [q, k, v] = project([q0, k0, v0], embedding, inProjWeight, inProjBias, o);
    let added = 0;
    if (biasK && biasV) {
      k = cat([k, biasK.expand([1, batch, embedding])], 0);
      v = cat([v, biasV.expand([1, batch, embedding])], 0);
      added++;
    }
    const size = embedding / numHeads;
    /** (L, N, E) or, if given, (N·heads, L, E/heads) as (N, heads, L, E/heads). */
    const heads = (x: Tensor, given: Tensor | null | undefined, which: string): Tensor => {
      if (!given) return x.reshape([x.shape[0]!, batch, numHeads, size]).permute(1, 2, 0, 3);
      expectThat(
        given.shape[0] === batch * numHeads && given.shape[2] === size,
        `expecting ${which} of [${batch * numHeads}, *, ${size}], but got ${formatShape(given.shape)}`,
      );
      return given.reshape([batch, numHeads, given.shape[1]!, size]);
    };
    let keys = heads(k, o.staticK, 'static_k');
    let values = heads(v, o.staticV, 'static_v');
    if (addZeroAttn) {
      const none = zeros([batch, numHeads, 1, size], { dtype: k.dtype, device: k.device });
      keys = cat([keys, none], 2);
      values = cat([values, none], 2);
      added++;
    }
    const sources = keys.shape[2]!;
    const hint = o.isCausal === true && !o.keyPaddingMask && !needWeights;
    const mask = hint ? null : masks(o, { batch, numHeads, length, sources, added, like: q });
    const p = training ? dropoutP : 0;
    const rows = heads(q, null, 'query');
    const output = (y: Tensor): Tensor => {
      const merged = linear(y.permute(2, 0, 1, 3).reshape([length, batch, embedding]), outProjWeight, outProjBias);
      return batched ? merged : merged.squeeze(1);
    };
    if (!needWeights)
      return [output(scaledDotProductAttention(rows, keys, values, { attnMask: mask, dropoutP: p, isCausal: hint }))];
    const scores = rows.matmul(keys.transpose(-1, -2)).mul(1 / Math.sqrt(size));
    const weights = dropout((mask ? scores.add(mask) : scores).softmax(-1), p);
    const shown = averageAttnWeights ? weights.mean(1) : weights;
    return [output(weights.matmul(values)), batched ? shown : shown.squeeze(0)];
  });
  return [results[0]!, results[1] ?? null];
}

interface Scores {
  readonly batch: number;
  readonly numHeads: number;
  readonly length: number;
  readonly sources: number;
  /** Keys that were added behind those that masks are for. */
  readonly added: number;
  readonly like: Tensor;
}
/** Both masks as one to add, which broadcasts over (N, heads, L, S). */
function masks(o: MultiHeadAttentionOptions, { batch, numHeads, length, sources, added, like }: Scores): Tensor | null {
  const finish = (m: Tensor): Tensor => {
    const numbers = additive(m, like);
    return added > 0 ? widened(numbers, added) : numbers;
  };
  const given = sources - added;
  let mask: Tensor | null = null;
  const { attnMask, keyPaddingMask } = o;
  if (attnMask) {
    const expected = attnMask.ndim === 2 ? [length, given] : [batch * numHeads, length, given];
    expectThat(
      sameShape(attnMask.shape, expected),
      `The shape of the ${attnMask.ndim}D attn_mask is ${formatShape(attnMask.shape)}, but should be ${formatShape(expected)}.`,
    );
    mask = finish(attnMask.ndim === 2 ? attnMask : attnMask.reshape([batch, numHeads, length, given]));
  }
  if (keyPaddingMask) {
    const [rows, columns] = [keyPaddingMask.ndim === 2 ? keyPaddingMask.shape[0]! : 1, keyPaddingMask.shape.at(-1)!];
    expectThat(rows === batch, `Expected key_padded_mask.shape[0] to be ${batch}, but got ${rows}`);
    expectThat(columns === given, `Expected key_padded_mask.shape[1] to be ${given}, but got ${columns}`);
    const padding = finish(keyPaddingMask.reshape([batch, 1, 1, given]));
    mask = mask ? mask.add(padding) : padding;
  }
  return mask;
}
