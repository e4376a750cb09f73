/** Llama: a decoder-only transformer with RMSNorm, rotary positions, SwiGLU and grouped queries, with Hugging Face's keys. */
import { checkOptions, ShapeError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import { SiLU } from '../nn/activation.ts';
import { checkIntegers } from '../nn/checks.ts';
import { ModuleList } from '../nn/containers.ts';
import { Embedding } from '../nn/embedding.ts';
import { normal_, zeros_ } from '../nn/init.ts';
import { KVCache } from '../nn/kv-cache.ts';
import { Linear } from '../nn/linear.ts';
import { Module } from '../nn/module.ts';
import { Parameter } from '../nn/parameter.ts';
import { pythonFloat } from '../nn/repr.ts';
import { arange, ones } from '../tensor/create.ts';
import { rmsNorm } from '../tensor/functional/group-norm.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type CachedLayer, causalAttention, mergeHeads, splitHeads } from './attention.ts';
import { type GenerateOptions, generate } from './generate.ts';
import type { LanguageModelForwardOptions } from './gpt2.ts';

/** Sizes of a {@link Llama}; the defaults are those of Llama 2 with 7 billion parameters. */
export interface LlamaConfig {
  /** Default 32000. */
  readonly vocabSize?: number;
  /** Default 4096. */
  readonly hiddenSize?: number;
  /** Features between the linear layers. Default 11008. */
  readonly intermediateSize?: number;
  /** Default 32. */
  readonly numHiddenLayers?: number;
  /** Default 32. */
  readonly numAttentionHeads?: number;
  /** Heads of keys and values, each for a group of query heads. Default numAttentionHeads. */
  readonly numKeyValueHeads?: number | null;
  /** Features of a head. Default hiddenSize/numAttentionHeads. */
  readonly headDim?: number | null;
  /** The most tokens it reads. Default 2048. */
  readonly maxPositionEmbeddings?: number;
  /** Default 1e-6. */
  readonly rmsNormEps?: number;
  /** Wavelengths of positions go up to 2π times this. Default 10000. */
  readonly ropeTheta?: number;
  /** Turn neighbours (2i, 2i+1), as Meta's own weights and llama2.c have it, and not (i, i + headDim/2). Default false. */
  readonly ropeInterleaved?: boolean;
  /** Biases of the projections to queries, keys, values and back. Default false. */
  readonly attentionBias?: boolean;
  /** Embedding and last layer are one matrix. Default false. */
  readonly tieWordEmbeddings?: boolean;
}
const defaults = {
  vocabSize: 32000,
  hiddenSize: 4096,
  intermediateSize: 11008,
  numHiddenLayers: 32,
  numAttentionHeads: 32,
  numKeyValueHeads: null as number | null,
  headDim: null as number | null,
  maxPositionEmbeddings: 2048,
  rmsNormEps: 1e-6,
  ropeTheta: 10000,
  ropeInterleaved: false,
  attentionBias: false,
  tieWordEmbeddings: false,
};
type Config = Omit<typeof defaults, 'numKeyValueHeads' | 'headDim'> & { numKeyValueHeads: number; headDim: number };

class LlamaRMSNorm extends Module {
  readonly #eps: number;
  weight: Parameter;

  constructor(size: number, eps: number) {
    super();
    this.#eps = eps;
    this.weight = new Parameter(ones([size]));
  }
  override forward(x: Tensor): Tensor {
    return rmsNorm(x, this.weight.shape, { weight: this.weight, eps: this.#eps });
  }
  override extraRepr(): string {
    return `(${this.weight.shape[0]},), eps=${pythonFloat(this.#eps)}`;
  }
}

/** What turns a head's pairs of features by its token's position: cosines (L, 1, …) and signed sines, shaped as the pairs. */
interface Rotation {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

/** Rotary position embedding. Source: Su et al., arXiv 2104.09864. */
class LlamaRotaryEmbedding extends Module {
  readonly #half: number;
  readonly #base: number;
  readonly #interleaved: boolean;

  constructor({ headDim, ropeTheta, ropeInterleaved }: Config) {
    super();
    this.#half = headDim / 2;
    this.#base = ropeTheta;
    this.#interleaved = ropeInterleaved;
  }
  /** At int32 positions (L). Computed as it is needed: no table limits the length. */
  override forward(positions: Tensor): Rotation {
    const { device } = positions;
    const pairDim = this.#interleaved ? -1 : -2;
    const steps = arange(this.#half, { dtype: 'float32', device }).mul(-Math.log(this.#base) / this.#half);
    const angles = positions.float().reshape([-1, 1, 1]).mul(steps.exp()).unsqueeze(pairDim);
    const signs = arange(-1, 3, 2, { dtype: 'float32', device }).reshape(this.#interleaved ? [2] : [2, 1]);
    return { cos: angles.cos(), sin: angles.sin().mul(signs) };
  }
}

/** Heads (N, L, heads·D) as (N, heads, L, D), turned. The partner of each feature is read by a flipped view: nothing is copied. */
function rotate(x: Tensor, heads: number, { cos, sin }: Rotation): Tensor {
  const [batch, length, width] = x.shape as [number, number, number];
  const size = width / heads;
  const interleaved = sin.shape.at(-1) === 2 && cos.shape.at(-1) === 1;
  const pairs = x.reshape([batch, length, heads, ...(interleaved ? [size / 2, 2] : [2, size / 2])]);
  const turned = pairs.mul(cos).add(pairs.flip(interleaved ? -1 : -2).mul(sin));
  return turned.reshape([batch, length, heads, size]).permute(0, 2, 1, 3);
}

class LlamaAttention extends Module {
  readonly #heads: number;
  readonly #groups: number;
  qProj: Linear;
  kProj: Linear;
  vProj: Linear;
  oProj: Linear;

  constructor({ hiddenSize, headDim, numAttentionHeads, numKeyValueHeads, attentionBias: bias }: Config) {
    super();
    this.#heads = numAttentionHeads;
    this.#groups = numKeyValueHeads;
    this.qProj = new Linear(hiddenSize, numAttentionHeads * headDim, { bias });
    this.kProj = new Linear(hiddenSize, numKeyValueHeads * headDim, { bias });
    this.vProj = new Linear(hiddenSize, numKeyValueHeads * headDim, { bias });
    this.oProj = new Linear(numAttentionHeads * headDim, hiddenSize, { bias });
  }
  override forward(x: Tensor, rotation: Rotation, cached: CachedLayer | null): Tensor {
    const query = rotate(this.qProj.forward(x), this.#heads, rotation);
    const key = rotate(this.kProj.forward(x), this.#groups, rotation);
    const value = splitHeads(this.vProj.forward(x), this.#groups);
    return this.oProj.forward(mergeHeads(causalAttention(query, key, value, cached)));
  }
}

class LlamaMLP extends Module {
  gateProj: Linear;
  upProj: Linear;
  downProj: Linear;
  actFn = new SiLU();

  constructor({ hiddenSize, intermediateSize }: Config) {
    super();
    this.gateProj = new Linear(hiddenSize, intermediateSize, { bias: false });
    this.upProj = new Linear(hiddenSize, intermediateSize, { bias: false });
    this.downProj = new Linear(intermediateSize, hiddenSize, { bias: false });
  }
  override forward(x: Tensor): Tensor {
    return this.downProj.forward(this.actFn.forward(this.gateProj.forward(x)).mul(this.upProj.forward(x)));
  }
}

class LlamaDecoderLayer extends Module {
  selfAttn: LlamaAttention;
  mlp: LlamaMLP;
  inputLayernorm: LlamaRMSNorm;
  postAttentionLayernorm: LlamaRMSNorm;

  constructor(config: Config) {
    super();
    this.selfAttn = new LlamaAttention(config);
    this.mlp = new LlamaMLP(config);
    this.inputLayernorm = new LlamaRMSNorm(config.hiddenSize, config.rmsNormEps);
    this.postAttentionLayernorm = new LlamaRMSNorm(config.hiddenSize, config.rmsNormEps);
  }
  override forward(x: Tensor, rotation: Rotation, cached: CachedLayer | null): Tensor {
    const y = x.add(this.selfAttn.forward(this.inputLayernorm.forward(x), rotation, cached));
    return y.add(this.mlp.forward(this.postAttentionLayernorm.forward(y)));
  }
}

class LlamaModel extends Module {
  embedTokens: Embedding;
  layers: ModuleList<LlamaDecoderLayer>;
  norm: LlamaRMSNorm;
  rotaryEmb: LlamaRotaryEmbedding;

  constructor(config: Config) {
    super();
    this.embedTokens = new Embedding(config.vocabSize, config.hiddenSize);
    this.layers = new ModuleList(Array.from({ length: config.numHiddenLayers }, () => new LlamaDecoderLayer(config)));
    this.norm = new LlamaRMSNorm(config.hiddenSize, config.rmsNormEps);
    this.rotaryEmb = new LlamaRotaryEmbedding(config);
  }
  override forward(ids: Tensor, cache: KVCache | null, logitsToKeep: number): Tensor {
    const length = ids.shape[1]!;
    const step = cache?.step(length);
    const rotation = this.rotaryEmb.forward(step?.positions ?? arange(length, { device: ids.device }));
    let x = this.embedTokens.forward(ids);
    let layer = 0;
    for (const block of this.layers) x = block.forward(x, rotation, step ? { step, layer: layer++ } : null);
    return this.norm.forward(logitsToKeep > 0 ? x.at(':', [Math.max(length - logitsToKeep, 0), length]) : x);
  }
}

/**
 * Llama with its language-model head: int32 ids (N, L) give scores (N, L, vocabSize) of the token that follows each. Source: Touvron
 * et al., arXiv 2302.13971 and 2307.09288; transformers' LlamaForCausalLM.
 *
 * @throws ShapeError for more than maxPositionEmbeddings tokens, or sizes that do not divide.
 * @example
 * const model = new models.Llama({
 *   vocabSize: 11, hiddenSize: 8, intermediateSize: 16, numHiddenLayers: 2, numAttentionHeads: 2, numKeyValueHeads: 1,
 * });
 * const ids = tensor([[1, 2, 3]]);
 * model.forward(ids).shape; // [1, 3, 11]
 * (await model.generate(ids, { maxNewTokens: 4, temperature: 0.8, topK: 5 })).shape; // [1, 7]
 */
export class Llama extends Module {
  readonly config: Config;
  model: LlamaModel;
  lmHead: Linear;

  constructor(config: LlamaConfig = {}) {
    super();
    checkOptions('Llama', config, Object.keys(defaults));
    const given = { ...defaults, ...config };
    const numKeyValueHeads = given.numKeyValueHeads ?? given.numAttentionHeads;
    const headDim = given.headDim ?? given.hiddenSize / given.numAttentionHeads;
    const { vocabSize, hiddenSize, intermediateSize, numHiddenLayers, numAttentionHeads } = given;
    checkIntegers(
      'Llama',
      { vocabSize, hiddenSize, intermediateSize, numHiddenLayers, numAttentionHeads, numKeyValueHeads, headDim },
      1,
    );
    if (numAttentionHeads % numKeyValueHeads !== 0 || headDim % 2 !== 0)
      throw new ShapeError(
        `Llama: numKeyValueHeads must divide numAttentionHeads and headDim must be even, got ${numKeyValueHeads}, ${numAttentionHeads} and ${headDim}`,
      );
    this.config = { ...given, numKeyValueHeads, headDim };
    this.model = new LlamaModel(this.config);
    this.lmHead = new Linear(hiddenSize, vocabSize, { bias: false });
    if (given.tieWordEmbeddings) this.lmHead.weight = this.model.embedTokens.weight;
    this.resetParameters();
  }

  /** Draws the initial values anew: normal of deviation 0.02. */
  resetParameters(): void {
    for (const [name, p] of this.namedParameters()) {
      if (p.ndim > 1) normal_(p, 0, 0.02);
      else if (name.endsWith('bias')) zeros_(p);
    }
  }

  /** The most tokens it reads. */
  get maxLength(): number {
    return this.config.maxPositionEmbeddings;
  }

  /** An empty cache for `batch` texts of up to `capacity` tokens. */
  makeCache(batch: number, capacity: number): KVCache {
    const { numHiddenLayers, numKeyValueHeads, headDim } = this.config;
    const { device, dtype } = this.lmHead.weight;
    return new KVCache(numHiddenLayers, batch, numKeyValueHeads, capacity, headDim, { device, dtype });
  }

  override forward(ids: Tensor, options: LanguageModelForwardOptions = {}): Tensor {
    checkOptions('Llama.forward', options, ['cache', 'logitsToKeep']);
    const { cache = null, logitsToKeep = 0 } = options;
    if (ids.ndim !== 2) throw new ShapeError(`Llama: expected ids of (N, L), but got ${formatShape(ids.shape)}`);
    const total = (cache?.length ?? 0) + ids.shape[1]!;
    if (total > this.maxLength)
      throw new ShapeError(`Llama: ${total} tokens are more than the ${this.maxLength} that it can read`);
    return this.lmHead.forward(this.model.forward(ids, cache, logitsToKeep));
  }

  /** Continues texts (N, L); see {@link generate}. */
  generate(ids: Tensor, options: GenerateOptions = {}): Promise<Tensor> {
    return generate(this, ids, options);
  }
}
