/** GPT-2: the decoder-only transformer of Radford et al. (2019), with the state-dict keys of Hugging Face's `gpt2`. */
import { checkOptions, ShapeError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import { GELU } from '../nn/activation.ts';
import { checkIntegers } from '../nn/checks.ts';
import { ModuleList } from '../nn/containers.ts';
import { Dropout } from '../nn/dropout.ts';
import { Embedding } from '../nn/embedding.ts';
import { normal_, zeros_ } from '../nn/init.ts';
import { KVCache } from '../nn/kv-cache.ts';
import { Module } from '../nn/module.ts';
import { LayerNorm } from '../nn/norm.ts';
import { Parameter } from '../nn/parameter.ts';
import { arange, empty } from '../tensor/create.ts';
import { linear } from '../tensor/functional/linear.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type CachedLayer, causalAttention, mergeHeads, splitHeads } from './attention.ts';
import { type GenerateOptions, generate } from './generate.ts';

/** Sizes of a {@link GPT2}; the defaults are those of the smallest one, with 124 million parameters. */
export interface GPT2Config {
  /** Default 50257. */
  readonly vocabSize?: number;
  /** The most tokens it reads. Default 1024. */
  readonly nPositions?: number;
  /** Default 768. */
  readonly nEmbd?: number;
  /** Default 12. */
  readonly nLayer?: number;
  /** Default 12. */
  readonly nHead?: number;
  /** Features between the two linear layers. Default 4·nEmbd. */
  readonly nInner?: number | null;
  /** Dropout behind attention and feed-forward. Default 0.1. */
  readonly residPdrop?: number;
  /** Dropout of the embedding. Default 0.1. */
  readonly embdPdrop?: number;
  /** Dropout of attention weights. Default 0.1. */
  readonly attnPdrop?: number;
  /** Default 1e-5. */
  readonly layerNormEpsilon?: number;
}
const defaults = {
  vocabSize: 50257,
  nPositions: 1024,
  nEmbd: 768,
  nLayer: 12,
  nHead: 12,
  nInner: null as number | null,
  residPdrop: 0.1,
  embdPdrop: 0.1,
  attnPdrop: 0.1,
  layerNormEpsilon: 1e-5,
};
type Config = typeof defaults;

/** A linear layer whose weight is stored (in, out), as the original's. */
class Conv1D extends Module {
  readonly nf: number;
  readonly nx: number;
  weight: Parameter;
  bias: Parameter;

  constructor(nf: number, nx: number) {
    super();
    this.nf = nf;
    this.nx = nx;
    this.weight = new Parameter(empty([nx, nf]));
    this.bias = new Parameter(empty([nf]));
  }
  override forward(x: Tensor): Tensor {
    return x.matmul(this.weight).add(this.bias);
  }
  override extraRepr(): string {
    return `nf=${this.nf}, nx=${this.nx}`;
  }
}

class GPT2Attention extends Module {
  readonly #heads: number;
  cAttn: Conv1D;
  cProj: Conv1D;
  attnDropout: Dropout;
  residDropout: Dropout;

  constructor({ nEmbd, nHead, attnPdrop, residPdrop }: Config) {
    super();
    this.#heads = nHead;
    this.cAttn = new Conv1D(3 * nEmbd, nEmbd);
    this.cProj = new Conv1D(nEmbd, nEmbd);
    this.attnDropout = new Dropout(attnPdrop);
    this.residDropout = new Dropout(residPdrop);
  }
  override forward(x: Tensor, cached: CachedLayer | null): Tensor {
    const parts = this.cAttn.forward(x).chunk(3, -1);
    const [query, key, value] = parts.map((part) => splitHeads(part, this.#heads)) as [Tensor, Tensor, Tensor];
    const y = causalAttention(query, key, value, cached, this.training ? this.attnDropout.p : 0);
    return this.residDropout.forward(this.cProj.forward(mergeHeads(y)));
  }
}

class GPT2MLP extends Module {
  cFc: Conv1D;
  cProj: Conv1D;
  act = new GELU({ approximate: 'tanh' });
  dropout: Dropout;

  constructor({ nEmbd, nInner, residPdrop }: Config) {
    super();
    const inner = nInner ?? 4 * nEmbd;
    this.cFc = new Conv1D(inner, nEmbd);
    this.cProj = new Conv1D(nEmbd, inner);
    this.dropout = new Dropout(residPdrop);
  }
  override forward(x: Tensor): Tensor {
    return this.dropout.forward(this.cProj.forward(this.act.forward(this.cFc.forward(x))));
  }
}

class GPT2Block extends Module {
  ln_1: LayerNorm;
  attn: GPT2Attention;
  ln_2: LayerNorm;
  mlp: GPT2MLP;

  constructor(config: Config) {
    super();
    const norm = () => new LayerNorm(config.nEmbd, { eps: config.layerNormEpsilon });
    this.ln_1 = norm();
    this.attn = new GPT2Attention(config);
    this.ln_2 = norm();
    this.mlp = new GPT2MLP(config);
  }
  override forward(x: Tensor, cached: CachedLayer | null): Tensor {
    const y = x.add(this.attn.forward(this.ln_1.forward(x), cached));
    return y.add(this.mlp.forward(this.ln_2.forward(y)));
  }
}

/** Settings of a language model's forward. */
export interface LanguageModelForwardOptions {
  /** Of earlier tokens of the same texts: the tokens are added to it. */
  readonly cache?: KVCache | null;
  /** Score the last so many tokens only; 0 (default) scores all. */
  readonly logitsToKeep?: number;
}

/**
 * GPT-2 with its language-model head, which shares the embedding's weight: int32 ids (N, L) give scores (N, L, vocabSize) of the
 * token that follows each. Weights of Hugging Face's `gpt2` load with `{ strict: false }`, which leaves out their masks. Source:
 * Radford et al., Language Models are Unsupervised Multitask Learners; transformers' GPT2LMHeadModel.
 *
 * @throws ShapeError for more than nPositions tokens, or ids outside the vocabulary.
 * @example
 * const model = new models.GPT2({ vocabSize: 11, nPositions: 16, nEmbd: 8, nLayer: 2, nHead: 2 }).eval();
 * const ids = tensor([[1, 2, 3]]);
 * model.forward(ids).shape; // [1, 3, 11]
 * (await model.generate(ids, { maxNewTokens: 4 })).shape; // [1, 7]
 */
export class GPT2 extends Module {
  readonly config: Config;
  wte: Embedding;
  wpe: Embedding;
  drop: Dropout;
  h: ModuleList<GPT2Block>;
  lnF: LayerNorm;

  constructor(config: GPT2Config = {}) {
    super();
    checkOptions('GPT2', config, Object.keys(defaults));
    const { vocabSize, nPositions, nEmbd, nLayer, nHead, ...others } = { ...defaults, ...config };
    checkIntegers('GPT2', { vocabSize, nPositions, nEmbd, nLayer, nHead }, 1);
    if (nEmbd % nHead !== 0) throw new ShapeError(`GPT2: nEmbd must be divisible by nHead, got ${nEmbd} and ${nHead}`);
    const c = { vocabSize, nPositions, nEmbd, nLayer, nHead, ...others };
    this.config = c;
    this.wte = new Embedding(vocabSize, nEmbd);
    this.wpe = new Embedding(nPositions, nEmbd);
    this.drop = new Dropout(c.embdPdrop);
    this.h = new ModuleList(Array.from({ length: nLayer }, () => new GPT2Block(c)));
    this.lnF = new LayerNorm(nEmbd, { eps: c.layerNormEpsilon });
    this.resetParameters();
  }

  /** Draws the initial values anew: normal of deviation 0.02, less for what is added up over the layers. */
  resetParameters(): void {
    for (const [name, p] of this.namedParameters()) {
      if (name.endsWith('c_proj.weight')) normal_(p, 0, 0.02 / Math.sqrt(2 * this.config.nLayer));
      else if (p.ndim > 1) normal_(p, 0, 0.02);
      else if (name.endsWith('bias')) zeros_(p);
    }
  }

  /** The most tokens it reads. */
  get maxLength(): number {
    return this.config.nPositions;
  }

  /** An empty cache for `batch` texts of up to `capacity` tokens. */
  makeCache(batch: number, capacity: number): KVCache {
    const { nLayer, nHead, nEmbd } = this.config;
    const { device, dtype } = this.wte.weight;
    return new KVCache(nLayer, batch, nHead, capacity, nEmbd / nHead, { device, dtype });
  }

  override forward(ids: Tensor, options: LanguageModelForwardOptions = {}): Tensor {
    checkOptions('GPT2.forward', options, ['cache', 'logitsToKeep']);
    const { cache = null, logitsToKeep = 0 } = options;
    if (ids.ndim !== 2) throw new ShapeError(`GPT2: expected ids of (N, L), but got ${formatShape(ids.shape)}`);
    const length = ids.shape[1]!;
    const step = cache?.step(length);
    const positions = step?.positions ?? arange(length, { device: ids.device });
    let x = this.drop.forward(this.wte.forward(ids).add(this.wpe.forward(positions)));
    let layer = 0;
    for (const block of this.h) x = block.forward(x, step ? { step, layer: layer++ } : null);
    const last = logitsToKeep > 0 ? x.at(':', [Math.max(length - logitsToKeep, 0), length]) : x;
    return linear(this.lnF.forward(last), this.wte.weight);
  }

  /** Continues texts (N, L); see {@link generate}. */
  generate(ids: Tensor, options: GenerateOptions = {}): Promise<Tensor> {
    return generate(this, ids, options);
  }
}
