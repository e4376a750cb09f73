/** BERT: the encoder of Devlin et al., with the state-dict keys of Hugging Face's `BertModel`. */
import { checkOptions, OptionError, ShapeError } from '../core/errors.ts';
import { formatShape, sameShape } from '../core/shape.ts';
import { GELU, ReLU, Tanh } from '../nn/activation.ts';
import { checkIntegers } from '../nn/checks.ts';
import { ModuleList } from '../nn/containers.ts';
import { Dropout } from '../nn/dropout.ts';
import { Embedding } from '../nn/embedding.ts';
import { normal_, zeros_ } from '../nn/init.ts';
import { Linear } from '../nn/linear.ts';
import { Module } from '../nn/module.ts';
import { LayerNorm } from '../nn/norm.ts';
import { arange } from '../tensor/create.ts';
import { scaledDotProductAttention } from '../tensor/functional/attention.ts';
import { scope } from '../tensor/scope.ts';
import { noGrad, type Tensor } from '../tensor/tensor.ts';
import { mergeHeads, splitHeads } from './attention.ts';

/** Sizes of a {@link Bert}; the defaults are those of BERT base. */
export interface BertConfig {
  /** Default 30522. */
  readonly vocabSize?: number;
  /** Default 768. */
  readonly hiddenSize?: number;
  /** Default 12. */
  readonly numHiddenLayers?: number;
  /** Default 12. */
  readonly numAttentionHeads?: number;
  /** Features between the two linear layers. Default 3072. */
  readonly intermediateSize?: number;
  /** Default `'gelu'`. */
  readonly hiddenAct?: 'gelu' | 'relu';
  /** Dropout behind embedding, attention and feed-forward. Default 0.1. */
  readonly hiddenDropoutProb?: number;
  /** Dropout of attention weights. Default 0.1. */
  readonly attentionProbsDropoutProb?: number;
  /** The most tokens it reads. Default 512. */
  readonly maxPositionEmbeddings?: number;
  /** Kinds of tokens: of the first or the second sentence. Default 2. */
  readonly typeVocabSize?: number;
  /** Default 1e-12. */
  readonly layerNormEps?: number;
  /** The token that fills up texts; its embedding starts at zero. Default 0. */
  readonly padTokenId?: number;
  /** Add the pooler, a layer on the first token. Default true. */
  readonly addPoolingLayer?: boolean;
}
const defaults = {
  vocabSize: 30522,
  hiddenSize: 768,
  numHiddenLayers: 12,
  numAttentionHeads: 12,
  intermediateSize: 3072,
  hiddenAct: 'gelu' as 'gelu' | 'relu',
  hiddenDropoutProb: 0.1,
  attentionProbsDropoutProb: 0.1,
  maxPositionEmbeddings: 512,
  typeVocabSize: 2,
  layerNormEps: 1e-12,
  padTokenId: 0,
  addPoolingLayer: true,
};
type Config = typeof defaults;

const normOf = (config: Config): LayerNorm => new LayerNorm(config.hiddenSize, { eps: config.layerNormEps });

class BertEmbeddings extends Module {
  wordEmbeddings: Embedding;
  positionEmbeddings: Embedding;
  tokenTypeEmbeddings: Embedding;
  LayerNorm: LayerNorm;
  dropout: Dropout;

  constructor(config: Config) {
    super();
    const { hiddenSize } = config;
    this.wordEmbeddings = new Embedding(config.vocabSize, hiddenSize, { paddingIdx: config.padTokenId });
    this.positionEmbeddings = new Embedding(config.maxPositionEmbeddings, hiddenSize);
    this.tokenTypeEmbeddings = new Embedding(config.typeVocabSize, hiddenSize);
    this.LayerNorm = normOf(config);
    this.dropout = new Dropout(config.hiddenDropoutProb);
  }
  override forward(ids: Tensor, types: Tensor | null): Tensor {
    const positions = arange(ids.shape[1]!, { device: ids.device });
    // Without types, all tokens are of the first kind.
    const kind = types ? this.tokenTypeEmbeddings.forward(types) : this.tokenTypeEmbeddings.weight.at(0);
    const sum = this.wordEmbeddings.forward(ids).add(kind).add(this.positionEmbeddings.forward(positions));
    return this.dropout.forward(this.LayerNorm.forward(sum));
  }
}

class BertSelfAttention extends Module {
  readonly #heads: number;
  query: Linear;
  key: Linear;
  value: Linear;
  dropout: Dropout;

  constructor({ hiddenSize, numAttentionHeads, attentionProbsDropoutProb }: Config) {
    super();
    this.#heads = numAttentionHeads;
    this.query = new Linear(hiddenSize, hiddenSize);
    this.key = new Linear(hiddenSize, hiddenSize);
    this.value = new Linear(hiddenSize, hiddenSize);
    this.dropout = new Dropout(attentionProbsDropoutProb);
  }
  override forward(x: Tensor, attnMask: Tensor | null): Tensor {
    const [query, key, value] = [this.query, this.key, this.value].map((layer) =>
      splitHeads(layer.forward(x), this.#heads),
    ) as [Tensor, Tensor, Tensor];
    const dropoutP = this.training ? this.dropout.p : 0;
    return mergeHeads(scaledDotProductAttention(query, key, value, { attnMask, dropoutP }));
  }
}

/** A linear layer whose result is added to what went into the block. */
class BertOutput extends Module {
  dense: Linear;
  LayerNorm: LayerNorm;
  dropout: Dropout;

  constructor(size: number, config: Config) {
    super();
    this.dense = new Linear(size, config.hiddenSize);
    this.LayerNorm = normOf(config);
    this.dropout = new Dropout(config.hiddenDropoutProb);
  }
  override forward(x: Tensor, input: Tensor): Tensor {
    return this.LayerNorm.forward(this.dropout.forward(this.dense.forward(x)).add(input));
  }
}
class BertSelfOutput extends BertOutput {}

class BertAttention extends Module {
  self: BertSelfAttention;
  output: BertSelfOutput;

  constructor(config: Config) {
    super();
    this.self = new BertSelfAttention(config);
    this.output = new BertSelfOutput(config.hiddenSize, config);
  }
  override forward(x: Tensor, mask: Tensor | null): Tensor {
    return this.output.forward(this.self.forward(x, mask), x);
  }
}

class BertIntermediate extends Module {
  dense: Linear;
  intermediateActFn: GELU | ReLU;

  constructor({ hiddenSize, intermediateSize, hiddenAct }: Config) {
    super();
    this.dense = new Linear(hiddenSize, intermediateSize);
    this.intermediateActFn = hiddenAct === 'gelu' ? new GELU() : new ReLU();
  }
  override forward(x: Tensor): Tensor {
    return this.intermediateActFn.forward(this.dense.forward(x));
  }
}

class BertLayer extends Module {
  attention: BertAttention;
  intermediate: BertIntermediate;
  output: BertOutput;

  constructor(config: Config) {
    super();
    this.attention = new BertAttention(config);
    this.intermediate = new BertIntermediate(config);
    this.output = new BertOutput(config.intermediateSize, config);
  }
  override forward(x: Tensor, mask: Tensor | null): Tensor {
    const y = this.attention.forward(x, mask);
    return this.output.forward(this.intermediate.forward(y), y);
  }
}

class BertEncoder extends Module {
  layer: ModuleList<BertLayer>;

  constructor(config: Config) {
    super();
    this.layer = new ModuleList(Array.from({ length: config.numHiddenLayers }, () => new BertLayer(config)));
  }
  override forward(x: Tensor, mask: Tensor | null): Tensor {
    let y = x;
    for (const layer of this.layer) y = layer.forward(y, mask);
    return y;
  }
}

class BertPooler extends Module {
  dense: Linear;
  activation = new Tanh();

  constructor({ hiddenSize }: Config) {
    super();
    this.dense = new Linear(hiddenSize, hiddenSize);
  }
  override forward(x: Tensor): Tensor {
    return this.activation.forward(this.dense.forward(x.at(':', 0)));
  }
}

/** Settings of {@link Bert}'s forward. */
export interface BertForwardOptions {
  /** (N, L): 1 or true at tokens of the text, 0 or false where it is filled up. Default: all are of the text. */
  readonly attentionMask?: Tensor | null;
  /** int32 (N, L): the kind of each token. Default 0. */
  readonly tokenTypeIds?: Tensor | null;
}
/** What {@link Bert} gives. */
export interface BertResult {
  /** A vector for each token, (N, L, hiddenSize). */
  readonly lastHiddenState: Tensor;
  /** A vector for each text, (N, hiddenSize), made of its first token; null without the pooler. */
  readonly poolerOutput: Tensor | null;
}

/**
 * BERT without a head: int32 ids (N, L) give a vector for each token and one for each text. Weights of Hugging Face's `BertModel`
 * load as they are. Source: Devlin et al., arXiv 1810.04805; transformers' BertModel.
 *
 * @throws ShapeError for more than maxPositionEmbeddings tokens, ids outside the vocabulary, or a mask that does not fit.
 * @example
 * const model = new models.Bert({
 *   vocabSize: 11, hiddenSize: 8, numHiddenLayers: 2, numAttentionHeads: 2, intermediateSize: 16,
 * }).eval();
 * const attentionMask = tensor([[1, 1, 1, 0]]);
 * const { lastHiddenState } = model.forward(tensor([[1, 2, 3, 0]]), { attentionMask });
 * lastHiddenState.shape; // [1, 4, 8]
 * models.meanPooling(lastHiddenState, attentionMask).shape; // [1, 8]
 */
export class Bert extends Module {
  readonly config: Config;
  embeddings: BertEmbeddings;
  encoder: BertEncoder;
  pooler: BertPooler | null;

  constructor(config: BertConfig = {}) {
    super();
    checkOptions('Bert', config, Object.keys(defaults));
    const c = { ...defaults, ...config };
    const { vocabSize, hiddenSize, numHiddenLayers, numAttentionHeads, intermediateSize } = c;
    checkIntegers('Bert', { vocabSize, hiddenSize, numHiddenLayers, numAttentionHeads, intermediateSize }, 1);
    if (hiddenSize % numAttentionHeads !== 0)
      throw new ShapeError(
        `The hidden size (${hiddenSize}) is not a multiple of the number of attention heads (${numAttentionHeads})\n  in Bert`,
      );
    if (c.hiddenAct !== 'gelu' && c.hiddenAct !== 'relu')
      throw new OptionError(`Bert: hiddenAct must be 'gelu' or 'relu', got ${c.hiddenAct}`);
    this.config = c;
    this.embeddings = new BertEmbeddings(c);
    this.encoder = new BertEncoder(c);
    this.pooler = c.addPoolingLayer ? new BertPooler(c) : null;
    this.resetParameters();
  }

  /** Draws the initial values anew: normal of deviation 0.02. */
  resetParameters(): void {
    for (const [name, p] of this.namedParameters()) {
      if (p.ndim > 1) normal_(p, 0, 0.02);
      else if (name.endsWith('bias')) zeros_(p);
    }
    noGrad(() => this.embeddings.wordEmbeddings.weight.at(this.config.padTokenId).zero_());
  }

  override forward(ids: Tensor, options: BertForwardOptions = {}): BertResult {
    checkOptions('Bert.forward', options, ['attentionMask', 'tokenTypeIds']);
    const { attentionMask, tokenTypeIds } = options;
    if (ids.ndim !== 2) throw new ShapeError(`Bert: expected ids of (N, L), but got ${formatShape(ids.shape)}`);
    if (attentionMask && !sameShape(attentionMask.shape, ids.shape))
      throw new ShapeError(
        `Bert: expected an attentionMask of ${formatShape(ids.shape)}, but got ${formatShape(attentionMask.shape)}`,
      );
    const [batch, length] = ids.shape as [number, number];
    const mask = attentionMask ? attentionMask.ne(0).reshape([batch, 1, 1, length]) : null;
    const lastHiddenState = this.encoder.forward(this.embeddings.forward(ids, tokenTypeIds ?? null), mask);
    return { lastHiddenState, poolerOutput: this.pooler?.forward(lastHiddenState) ?? null };
  }
}

/**
 * The mean of token vectors (N, L, E) over the tokens where the mask (N, L) is not 0, as sentence embeddings are made: (N, E).
 * Source: sbert.net, models.Pooling.
 *
 * @example
 * const tokens = tensor([[[1.5, 0], [2.5, 1], [9, 9]]]);
 * await models.meanPooling(tokens, tensor([[1, 1, 0]])).tolist(); // [[2, 0.5]]
 */
export function meanPooling(tokens: Tensor, attentionMask: Tensor): Tensor {
  return scope(() => {
    const weights = attentionMask.ne(0).to(tokens.dtype).unsqueeze(-1);
    return tokens
      .mul(weights)
      .sum(1)
      .div(weights.sum(1).clamp({ min: 1e-9 }));
  });
}
